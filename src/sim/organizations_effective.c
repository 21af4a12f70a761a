/*
 * organizations_effective.c - what the policies on the way from the root to an account add up to.
 *
 * Source: docs.aws.amazon.com/organizations/latest/APIReference: DescribeEffectivePolicy;
 *         orgs_manage_policies_inheritance_mgmt: the operators @@assign, @@append, @@remove.
 * Limits: @@operators_allowed_for_child_policies is accepted and not enforced.
 */
#include "organizations_priv.h"

#include <string.h>

/* Not for SCPs and RCPs, which are not merged. */
#define EFFECTIVE_TYPES                                                                            \
    "TAG_POLICY|BACKUP_POLICY|AISERVICES_OPT_OUT_POLICY|CHATBOT_POLICY|DECLARATIVE_POLICY_EC2|"    \
    "SECURITYHUB_POLICY|SECURITYHUB_CSPM_POLICY|INSPECTOR_POLICY|UPGRADE_ROLLOUT_POLICY|"          \
    "BEDROCK_POLICY|S3_POLICY|NETWORK_SECURITY_DIRECTOR_POLICY|GUARDDUTY_POLICY"

enum { LEVELS_MOST = ORG_OU_DEPTH_MOST + 2 }; /* root, OUs, account */

static bool list_has(const struct json *list, const struct json *value)
{
    for (const struct json *it = json_first(list); it != NULL; it = it->next)
        if (json_equal(it, value))
            return true;
    return false;
}

/* `base` with the items of `append`, without those of `remove`. */
static struct json *change_list(struct arena *arena, const struct json *base,
                                const struct json *append, const struct json *remove)
{
    struct json *out = json_array(arena);
    const struct json *it;

    for (it = json_first(base); it != NULL; it = it->next)
        if (!list_has(remove, it))
            json_add(out, it);
    for (it = json_first(append); it != NULL; it = it->next)
        if (!list_has(out, it) && !list_has(remove, it))
            json_add(out, it);
    return out;
}

static struct json *merge(struct arena *arena, const struct json *base, const struct json *over)
{
    const struct json *assign = json_get(over, "@@assign"), *append = json_get(over, "@@append");
    const struct json *remove = json_get(over, "@@remove");
    struct json *out;

    if (over->type != JSON_OBJECT)
        return json_copy(over, arena);
    if (assign != NULL)
        return json_copy(assign, arena);
    if (append != NULL || remove != NULL)
        return change_list(arena, base, append, remove);
    out = base != NULL && base->type == JSON_OBJECT ? json_copy(base, arena) : json_object(arena);
    for (const struct json *it = json_first(over); it != NULL; it = it->next)
        if (!str_starts(it->key, "@@"))
            sim_set(out, it->key, merge(arena, json_get(base, it->key), it));
    return out;
}

/* *since becomes the time of the last of the attachments, if it is later. */
static struct json *merge_target(struct sim_call *call, const struct org *org, const char *type,
                                 const char *target, struct json *base, double *since)
{
    const struct sim_record *record;

    for (record = org_first(call, org, org_attached_kind(call, type, target)); record != NULL;
         record = sim_store_next(record)) {
        struct json *policy = org_get(call, org, "policy", sim_record_id(record)), *document;
        const char *text = json_str(policy, "_content");
        double at = json_number(sim_record_json(record, call->arena), "_at_ms", 0);
        struct err err = ERR_INIT;

        if (at > *since)
            *since = at;
        if (json_parse(text, strlen(text), call->arena, &document, &err) == 0)
            base = merge(call->arena, base, document);
    }
    return base;
}

/* NULL: no policy of that type applies. */
static struct json *effective(struct sim_call *call, const struct org *org, const char *type,
                              const char *account, double *since)
{
    const char *levels[LEVELS_MOST];
    struct json *out = NULL;
    size_t count = 0;

    *since = 0;
    for (const char *id = account; id != NULL && count < LEVELS_MOST;
         id = org_parent(call, org, id))
        levels[count++] = id;
    while (count > 0)
        out = merge_target(call, org, type, levels[--count], out, since);
    return out;
}

struct json *sim_effective_policy(struct sim_call *call, const char *account, const char *type,
                                  double *since_ms)
{
    struct sim_organization found;
    double since;

    if (!sim_organization_of(call, account, &found))
        return NULL;
    return effective(call, &(struct org){.id = found.id, .management = found.management}, type,
                     account, since_ms == NULL ? &since : since_ms);
}

/* Every member may look at its own. */
static int open_target(struct sim_call *call, struct org *org, const char **out_target)
{
    const char *target = sim_param(call, "TargetId");

    *out_target = target == NULL ? call->account : target;
    if (str_eq(*out_target, call->account))
        return org_open_as_member(call, org);
    return org_open(call, org);
}

static int describe_effective_policy(struct sim_call *call)
{
    const char *type = sim_param(call, "PolicyType"), *target;
    struct json *policy, *out;
    struct org org;
    double since;

    if (open_target(call, &org, &target) != 0)
        return -1;
    if (org_entity(call, &org, target) != ORG_ACCOUNT)
        return org_error(call, "TargetNotFoundException",
                         "You specified a target that doesn't exist.");
    policy = effective(call, &org, type, target, &since);
    if (policy == NULL)
        return org_error(call, "EffectivePolicyNotFoundException",
                         "The effective policy for the specified account and policy type doesn't "
                         "exist.");
    out = json_put_object(call->answer, "EffectivePolicy");
    json_put_str(out, "PolicyContent", json_text(policy, call->arena));
    sim_put_time(call, out, "LastUpdatedTimestamp", (int64_t)since);
    json_put_str(out, "TargetId", target);
    json_put_str(out, "PolicyType", type);
    return 0;
}

static const struct sim_rule effective_rules[] = {
    {.name = "PolicyType", .required = true, .values = EFFECTIVE_TYPES},
    {.name = "TargetId", .min = 1, .max = 100, .chars = "-a-z0-9"},
    ORG_RULES_END,
};

const struct sim_operation org_effective_operations[] = {
    ORG_READ("DescribeEffectivePolicy", describe_effective_policy, effective_rules),
    ORG_OPERATIONS_END,
};
