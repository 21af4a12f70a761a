/*
 * organizations_types.c - the types of policies, and turning them on and off.
 *
 * Source: docs.aws.amazon.com/organizations/latest/APIReference: EnablePolicyType,
 *         DisablePolicyType; orgs_manage_policies_enable-disable (disabling detaches all policies
 *         of the type; SCPs and RCPs come back as FullAWSAccess everywhere); orgs_reference_limits,
 *         with the SCP quotas of May 2026 (10 of 10,240 characters).
 */
#include "organizations_priv.h"

/* Seconds a type is pending. */
enum { TYPE_S = 10 };

static const struct org_policy_type types[] = {
    {.name = ORG_SCP,
     .everywhere = ORG_FULL_ACCESS,
     .text_most = 10240,
     .attached_most = 10,
     .policies_most = 10000,
     .iam_language = true},
    {.name = ORG_RCP,
     .everywhere = ORG_RCP_FULL_ACCESS,
     .text_most = 5120,
     .attached_most = 5,
     .policies_most = 1000,
     .iam_language = true},
    {.name = "TAG_POLICY",
     .top = "tags",
     .text_most = 10000,
     .attached_most = 10,
     .policies_most = 1000},
    {.name = "BACKUP_POLICY",
     .top = "plans",
     .text_most = 10000,
     .attached_most = 10,
     .policies_most = 1000,
     .why = org_backup_policy_why},
    {.name = "AISERVICES_OPT_OUT_POLICY",
     .top = "services",
     .text_most = 2500,
     .attached_most = 5,
     .policies_most = 1000},
    {.name = "CHATBOT_POLICY",
     .top = "chatbots",
     .text_most = 10000,
     .attached_most = 5,
     .policies_most = 1000},
    {.name = "DECLARATIVE_POLICY_EC2",
     .top = "ec2_attributes",
     .text_most = 10000,
     .attached_most = 10,
     .policies_most = 1000},
    {.name = "SECURITYHUB_POLICY",
     .trusted = "securityhub.amazonaws.com",
     .text_most = 10000,
     .attached_most = 10,
     .policies_most = 1000},
    {.name = "SECURITYHUB_CSPM_POLICY",
     .text_most = 10000,
     .attached_most = 10,
     .policies_most = 1000},
    {.name = "INSPECTOR_POLICY",
     .trusted = "inspector2.amazonaws.com",
     .text_most = 10000,
     .attached_most = 10,
     .policies_most = 1000},
    {.name = "UPGRADE_ROLLOUT_POLICY",
     .text_most = 10000,
     .attached_most = 10,
     .policies_most = 1000},
    {.name = "BEDROCK_POLICY", .text_most = 10000, .attached_most = 10, .policies_most = 1000},
    {.name = "S3_POLICY", .text_most = 10000, .attached_most = 10, .policies_most = 1000},
    {.name = "NETWORK_SECURITY_DIRECTOR_POLICY",
     .text_most = 10000,
     .attached_most = 10,
     .policies_most = 1000},
    {.name = "GUARDDUTY_POLICY", .text_most = 10000, .attached_most = 10, .policies_most = 1000},
};

const struct org_policy_type *org_type_at(size_t index)
{
    return index < sizeof types / sizeof types[0] ? &types[index] : NULL;
}

const struct org_policy_type *org_type(const char *name)
{
    const struct org_policy_type *type;

    for (size_t i = 0; (type = org_type_at(i)) != NULL; i++)
        if (str_eq(type->name, name))
            return type;
    return NULL;
}

const char *org_type_status(struct sim_call *call, const struct org *org, const char *type)
{
    const struct json *record = org_get(call, org, "policy-type", type);
    bool on = json_bool(record, "on", false), ready = sim_ready(call, record);

    if (on)
        return ready ? "ENABLED" : "PENDING_ENABLE";
    return ready ? NULL : "PENDING_DISABLE";
}

static void put_type(struct sim_call *call, const struct org *org, const char *name, bool on,
                     int64_t ready_ms)
{
    struct json *record = json_object(call->arena);

    json_put_str(record, "Type", name);
    json_put_bool(record, "on", on);
    json_put_number(record, "_ready_ms", (double)ready_ms);
    org_put(call, org, "policy-type", name, record);
}

static void attach_to_all(struct sim_call *call, const struct org *org, const char *kind,
                          const struct org_policy_type *type)
{
    const struct sim_record *record;

    for (record = org_first(call, org, kind); record != NULL; record = sim_store_next(record))
        org_attach(call, org, type->name, type->everywhere, sim_record_id(record));
}

void org_type_enable(struct sim_call *call, const struct org *org,
                     const struct org_policy_type *type, int64_t ready_ms)
{
    put_type(call, org, type->name, true, ready_ms);
    if (type->everywhere == NULL)
        return;
    attach_to_all(call, org, "root", type);
    attach_to_all(call, org, "ou", type);
    attach_to_all(call, org, "member", type);
}

/* One change of types at a time. */
static int check_change(struct sim_call *call, const struct org *org)
{
    const struct sim_record *record;

    if (!str_eq(sim_param(call, "RootId"), org->root))
        return org_error(call, "RootNotFoundException", "You specified a root that doesn't exist.");
    if (!org->all_features)
        return org_error(call, "PolicyTypeNotAvailableForOrganizationException",
                         "You can't use the specified policy type with the feature set currently "
                         "enabled for this organization.");
    for (record = org_first(call, org, "policy-type"); record != NULL;
         record = sim_store_next(record))
        if (!sim_ready(call, sim_record_json(record, call->arena)))
            return org_error(call, "PolicyChangesInProgressException",
                             "Changes to the policy types are in progress. Try again later.");
    return 0;
}

static int enable_type(struct sim_call *call)
{
    const struct org_policy_type *type = org_type(sim_param(call, "PolicyType"));
    struct org org;

    if (org_open(call, &org) != 0 || check_change(call, &org) != 0)
        return -1;
    if (org_type_status(call, &org, type->name) != NULL)
        return org_error(call, "PolicyTypeAlreadyEnabledException",
                         "The specified policy type is already enabled.");
    if (type->trusted != NULL && !sim_service_trusted(call, org.management, type->trusted))
        return org_constraint(call, "SERVICE_ACCESS_NOT_ENABLED",
                              "You attempted to enable a policy type before you enabled service "
                              "access. Call the EnableAWSServiceAccess API first.");
    org_type_enable(call, &org, type, sim_due_ms(call, TYPE_S));
    json_put(call->answer, "Root", org_root(call, &org));
    return 0;
}

static int disable_type(struct sim_call *call)
{
    const char *type = sim_param(call, "PolicyType");
    struct org org;

    if (org_open(call, &org) != 0 || check_change(call, &org) != 0)
        return -1;
    if (org_type_status(call, &org, type) == NULL)
        return org_error(call, "PolicyTypeNotEnabledException",
                         "This operation can be performed only for enabled policy types.");
    put_type(call, &org, type, false, sim_due_ms(call, TYPE_S));
    org_detach_type(call, &org, type);
    json_put(call->answer, "Root", org_root(call, &org));
    return 0;
}

static const struct sim_rule type_rules[] = {
    {.name = "RootId", .required = true, .min = 6, .max = 34, .chars = "-a-z0-9"},
    ORG_RULE_TYPE("PolicyType"),
    ORG_RULES_END,
};

const struct sim_operation org_type_operations[] = {
    ORG_WRITE("EnablePolicyType", enable_type, type_rules),
    ORG_WRITE("DisablePolicyType", disable_type, type_rules),
    ORG_OPERATIONS_END,
};
