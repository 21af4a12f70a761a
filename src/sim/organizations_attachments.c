/*
 * organizations_attachments.c - which policies are attached where.
 *
 * Source: docs.aws.amazon.com/organizations/latest/APIReference: AttachPolicy, DetachPolicy,
 *         ListTargetsForPolicy; ConstraintViolationException's reasons.
 * Limits: changes of one target at the same moment conflict only if calls have a latency.
 */
#include "organizations_priv.h"

const char *org_attached_kind(const struct sim_call *call, const char *type, const char *target)
{
    return arena_printf(call->arena, "policies-of/%s/%s", type, target);
}

void org_attach(struct sim_call *call, const struct org *org, const char *type, const char *policy,
                const char *target)
{
    struct json *attachment = json_object(call->arena);

    json_put_number(attachment, "_at_ms", (double)call->now_ms);
    org_put(call, org, org_attached_kind(call, type, target), policy, attachment);
    org_mark(call, org, org_kind(call, "targets-of", policy), target);
}

void org_detach(struct sim_call *call, const struct org *org, const char *type, const char *policy,
                const char *target)
{
    org_delete(call, org, org_attached_kind(call, type, target), policy);
    org_delete(call, org, org_kind(call, "targets-of", policy), target);
}

void org_attach_defaults(struct sim_call *call, const struct org *org, const char *target)
{
    const struct org_policy_type *type;

    for (size_t i = 0; (type = org_type_at(i)) != NULL; i++)
        if (type->everywhere != NULL &&
            json_bool(org_get(call, org, "policy-type", type->name), "on", false))
            org_attach(call, org, type->name, type->everywhere, target);
}

void org_detach_target(struct sim_call *call, const struct org *org, const char *target)
{
    const struct org_policy_type *type;

    for (size_t i = 0; (type = org_type_at(i)) != NULL; i++) {
        const char *kind = org_attached_kind(call, type->name, target);
        const struct sim_record *record;

        while ((record = org_first(call, org, kind)) != NULL)
            org_detach(call, org, type->name, arena_str(call->arena, sim_record_id(record)),
                       target);
    }
    org_delete(call, org, "busy", target);
}

static void detach_policy_everywhere(struct sim_call *call, const struct org *org, const char *type,
                                     const char *policy)
{
    const char *kind = org_kind(call, "targets-of", policy);
    const struct sim_record *record;

    while ((record = org_first(call, org, kind)) != NULL)
        org_detach(call, org, type, policy, arena_str(call->arena, sim_record_id(record)));
}

void org_detach_type(struct sim_call *call, const struct org *org, const char *type)
{
    const struct sim_record *record;

    for (record = org_first(call, org, org_kind(call, "policies", type)); record != NULL;
         record = sim_store_next(record))
        detach_policy_everywhere(call, org, type, sim_record_id(record));
}

/* --- Attach and detach ---------------------------------------------------------------------------
 */

struct attachment {
    const struct org_policy_type *type;
    const char *policy, *target;
    const char *kind; /* of the target's policies of that type */
};

static int open_attachment(struct sim_call *call, const struct org *org, struct attachment *out)
{
    struct json *policy;

    out->policy = sim_param(call, "PolicyId");
    out->target = sim_param(call, "TargetId");
    if (org_need_policy(call, org, out->policy, &policy) != 0)
        return -1;
    if (org_entity(call, org, out->target) == ORG_NOTHING)
        return org_error(call, "TargetNotFoundException",
                         "You specified a target that doesn't exist.");
    out->type = org_type(json_str(policy, "Type"));
    out->kind = org_attached_kind(call, out->type->name, out->target);
    if (!str_eq(org_type_status(call, org, out->type->name), "ENABLED"))
        return org_error(call, "PolicyTypeNotEnabledException",
                         "This operation can be performed only for enabled policy types.");
    if (!sim_ready(call, org_get(call, org, "busy", out->target)))
        return org_error(call, "ConcurrentModificationException",
                         "AWS Organizations can't complete your request because it conflicts with "
                         "another attempt to modify the same entity. Try again later.");
    return 0;
}

/* A change lasts until its answer can be there, so that calls one after the other never conflict.
 */
static void keep_busy(struct sim_call *call, const struct org *org, const char *target)
{
    const struct sim_options *options = &call->sim->options;
    struct json *busy = json_object(call->arena);

    if (!options->delays)
        return;
    json_put_number(busy, "_ready_ms", (double)(call->now_ms + options->latency_ms / 2));
    org_put(call, org, "busy", target, busy);
}

static int attach_policy(struct sim_call *call)
{
    struct attachment it;
    struct org org;

    if (org_open(call, &org) != 0 || open_attachment(call, &org, &it) != 0)
        return -1;
    if (org_has(call, &org, it.kind, it.policy))
        return org_error(call, "DuplicatePolicyAttachmentException",
                         "The selected policy is already attached to the specified target.");
    if (org_count(call, &org, it.kind) >= it.type->attached_most)
        return org_constraint(call, "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
                              "You have attached the maximum number of policies to the specified "
                              "target.");
    org_attach(call, &org, it.type->name, it.policy, it.target);
    keep_busy(call, &org, it.target);
    return 0;
}

static int detach_policy(struct sim_call *call)
{
    struct attachment it;
    struct org org;

    if (org_open(call, &org) != 0 || open_attachment(call, &org, &it) != 0)
        return -1;
    if (!org_has(call, &org, it.kind, it.policy))
        return org_error(call, "PolicyNotAttachedException",
                         "The policy isn't attached to the specified target in the specified "
                         "root.");
    if (str_eq(it.policy, ORG_RCP_FULL_ACCESS))
        return org_invalid(call, "NON_DETACHABLE_POLICY",
                           "You can't detach this AWS Managed Policy.");
    if (str_eq(it.type->name, ORG_SCP) && org_count(call, &org, it.kind) == 1)
        return org_constraint(call, "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
                              "You cannot remove the last policy attached to the specified "
                              "target. You must have at least one attached at all times.");
    org_detach(call, &org, it.type->name, it.policy, it.target);
    keep_busy(call, &org, it.target);
    return 0;
}

/* --- Listing -------------------------------------------------------------------------------------
 */

static void add_target(struct sim_call *call, const struct org *org, const char *id,
                       struct json *items)
{
    struct json *target = json_add_object(items), *known;
    enum org_entity entity = org_entity(call, org, id);

    if (entity == ORG_ACCOUNT)
        known = org_account(call, org, id);
    else
        known = org_get(call, org, entity == ORG_OU ? "ou" : "root", id);
    json_put_str(target, "TargetId", id);
    json_put_str(target, "Arn", json_str(known, "Arn"));
    json_put_str(target, "Name", json_str(known, "Name"));
    json_put_str(target, "Type", org_entity_name(entity));
}

static int list_targets(struct sim_call *call)
{
    const char *id = sim_param(call, "PolicyId");
    struct json *policy;
    struct org org;

    if (org_open(call, &org) != 0 || org_need_policy(call, &org, id, &policy) != 0)
        return -1;
    return org_list(call, &org, "Targets", org_kind(call, "targets-of", id), add_target);
}

static const struct sim_rule attach_rules[] = {
    ORG_RULE_POLICY,
    ORG_RULE_ENTITY("TargetId"),
    ORG_RULES_END,
};
static const struct sim_rule policy_rules[] = {ORG_RULE_POLICY, ORG_RULES_END};

const struct sim_operation org_attachment_operations[] = {
    ORG_WRITE("AttachPolicy", attach_policy, attach_rules),
    ORG_WRITE("DetachPolicy", detach_policy, attach_rules),
    ORG_READ("ListTargetsForPolicy", list_targets, policy_rules),
    ORG_OPERATIONS_END,
};
