/*
 * organizations_resource_policy.c - the policy by which members get to manage policies.
 *
 * Source: docs.aws.amazon.com/organizations/latest/APIReference: PutResourcePolicy and its kin;
 *         orgs_delegate_policies.
 * Limits: the policy's resources are not looked at; of conditions on what the call is about only
 *         organizations:PolicyType and organizations:ServicePrincipal are.
 */
#include "organizations_priv.h"

enum { POLICY_BYTES_MOST = 40000 };

bool org_resource_policy_allows(struct sim_call *call, const struct org *org)
{
    const struct json *record = org_get(call, org, "resource-policy", "self");
    struct sim_question question = {.action = sim_action(call),
                                    .region = call->region,
                                    .principal = &call->principal,
                                    .context = sim_context(call, org->management)};

    return sim_policy_verdict(call, json_str(record, "Content"), &question) == SIM_ALLOWED;
}

static void answer_policy(struct sim_call *call, const struct json *record)
{
    struct json *policy = json_put_object(call->answer, "ResourcePolicy");
    struct json *summary = json_put_object(policy, "ResourcePolicySummary");

    json_put_str(summary, "Id", json_str(record, "Id"));
    json_put_str(summary, "Arn", json_str(record, "Arn"));
    json_put_str(policy, "Content", json_str(record, "Content"));
}

static int need_policy(struct sim_call *call, const struct org *org, struct json **out)
{
    *out = org_get(call, org, "resource-policy", "self");
    if (*out != NULL)
        return 0;
    return org_error(call, "ResourcePolicyNotFoundException",
                     "We can't find a resource policy request with the parameter that you "
                     "specified.");
}

static int put_resource_policy(struct sim_call *call)
{
    const char *content = sim_param(call, "Content"), *why, *id;
    const struct json *tags = json_get(call->params, "Tags");
    struct json *record;
    struct org org;

    if (org_open(call, &org) != 0)
        return -1;
    if (sim_policy_parse(content, true, call->arena, &why) == NULL)
        return org_invalid(call, "INVALID_RESOURCE_POLICY_JSON", why);
    record = org_get(call, &org, "resource-policy", "self");
    if (record != NULL && json_first(tags) != NULL)
        return org_invalid(call, "TARGET_NOT_SUPPORTED",
                           "Tags can only be given when the resource policy is created.");
    if (org_tags_check(call, &org, tags, NULL) != 0)
        return -1;
    if (record == NULL) {
        record = json_object(call->arena);
        id = sim_id(call, "rp-", 8, SIM_LOWER_DIGITS);
        json_put_str(record, "Id", id);
        json_put_str(record, "Arn", org_arn(call, &org, "resourcepolicy", id));
        org_tags_add(call, &org, id, tags);
    }
    sim_set_str(record, "Content", content);
    org_put(call, &org, "resource-policy", "self", record);
    answer_policy(call, record);
    return 0;
}

static int describe_resource_policy(struct sim_call *call)
{
    struct json *record;
    struct org org;

    if (org_open(call, &org) != 0 || need_policy(call, &org, &record) != 0)
        return -1;
    answer_policy(call, record);
    return 0;
}

static int delete_resource_policy(struct sim_call *call)
{
    struct json *record;
    struct org org;

    if (org_open(call, &org) != 0 || need_policy(call, &org, &record) != 0)
        return -1;
    org_delete(call, &org, "tags", json_str(record, "Id"));
    org_delete(call, &org, "resource-policy", "self");
    return 0;
}

static const struct sim_rule put_rules[] = {
    {.name = "Content", .required = true, .min = 1, .max = POLICY_BYTES_MOST},
    ORG_RULES_END,
};

const struct sim_operation org_resource_policy_operations[] = {
    ORG_WRITE("PutResourcePolicy", put_resource_policy, put_rules),
    ORG_READ("DescribeResourcePolicy", describe_resource_policy, NULL),
    ORG_WRITE("DeleteResourcePolicy", delete_resource_policy, NULL),
    ORG_OPERATIONS_END,
};
