/*
 * organizations_policies.c - policies: create, read, change, delete, and what a document must be.
 *
 * Source: docs.aws.amazon.com/organizations/latest/APIReference: CreatePolicy, UpdatePolicy,
 *         DeletePolicy, DescribePolicy, ListPolicies; orgs_manage_policies_scps_syntax,
 *         orgs_manage_policies_rcps_syntax.
 * Limits: documents of the types that are not IAM's language are checked for being an object with
 *         the member of their type; backup policies for their whole structure.
 */
#include "organizations_priv.h"

#include <string.h>

/* --- Records -------------------------------------------------------------------------------------
 */

static void put_policy(struct sim_call *call, const struct org *org, const struct json *policy)
{
    const char *id = json_str(policy, "Id"), *type = json_str(policy, "Type");
    struct json *named = json_object(call->arena);

    json_put_str(named, "Id", id);
    org_put(call, org, "policy", id, policy);
    org_mark(call, org, org_kind(call, "policies", type), id);
    org_put(call, org, org_kind(call, "policy-name", type), json_str(policy, "Name"), named);
}

static void remove_policy(struct sim_call *call, const struct org *org, const struct json *policy)
{
    const char *id = json_str(policy, "Id"), *type = json_str(policy, "Type");

    org_delete(call, org, org_kind(call, "policies", type), id);
    org_delete(call, org, org_kind(call, "policy-name", type), json_str(policy, "Name"));
    org_delete(call, org, "tags", id);
    org_delete(call, org, "policy", id);
}

static const char *lower(struct sim_call *call, const char *type)
{
    char *out = arena_str(call->arena, type);

    for (char *at = out; *at != '\0'; at++)
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at - 'A' + 'a');
    return out;
}

static void create_managed(struct sim_call *call, const struct org *org, const char *id,
                           const char *name, const char *type, const char *content)
{
    struct json *policy = json_object(call->arena);

    json_put_str(policy, "Id", id);
    json_put_str(policy, "Arn",
                 sim_arn(call, "organizations", "", "aws", "policy/%s/%s", lower(call, type), id));
    json_put_str(policy, "Name", name);
    json_put_str(policy, "Description",
                 str_eq(type, ORG_SCP) ? "Allows access to every operation"
                                       : "Allows access to every resource");
    json_put_str(policy, "Type", type);
    json_put_bool(policy, "AwsManaged", true);
    json_put_str(policy, "_content", content);
    put_policy(call, org, policy);
}

void org_policies_create_managed(struct sim_call *call, const struct org *org)
{
    create_managed(call, org, ORG_FULL_ACCESS, "FullAWSAccess", ORG_SCP,
                   "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
                   "\"Action\":\"*\",\"Resource\":\"*\"}]}");
    create_managed(call, org, ORG_RCP_FULL_ACCESS, "RCPFullAWSAccess", ORG_RCP,
                   "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
                   "\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}]}");
}

void org_policies_delete(struct sim_call *call, const struct org *org)
{
    const struct sim_record *record;

    while ((record = org_first(call, org, "policy")) != NULL)
        remove_policy(call, org, sim_record_json(record, call->arena));
    org_delete_all(call, org, "policy-type");
}

int org_need_policy(struct sim_call *call, const struct org *org, const char *id, struct json **out)
{
    *out = org_get(call, org, "policy", id);
    if (*out != NULL)
        return 0;
    return org_error(call, "PolicyNotFoundException", "You specified a policy that doesn't exist.");
}

struct json *org_policy_summary(struct sim_call *call, const struct json *policy)
{
    struct json *summary = json_copy(policy, call->arena);

    json_remove(summary, "_content");
    return summary;
}

static void answer_policy(struct sim_call *call, const struct json *policy)
{
    struct json *out = json_put_object(call->answer, "Policy");

    json_put(out, "PolicySummary", org_policy_summary(call, policy));
    json_put_str(out, "Content", json_str(policy, "_content"));
}

/* --- Documents -----------------------------------------------------------------------------------
 */

static int malformed(struct sim_call *call, const char *why)
{
    return sim_error(call, "MalformedPolicyDocumentException", 400,
                     "The provided policy document does not meet the requirements of the "
                     "specified policy type: %s.",
                     why);
}

static size_t characters(const char *text)
{
    size_t count = 0, len = strlen(text);

    while (len > 0) {
        size_t step = utf8_len(text, len);

        if (step == 0)
            step = 1;
        text += step;
        len -= step;
        count++;
    }
    return count;
}

/* An RCP of a customer only denies, and to everyone. */
static int check_rcp(struct sim_call *call, const struct json *policy)
{
    const struct json *statements = json_get(policy, "Statement"), *it;

    it = statements->type == JSON_ARRAY ? json_first(statements) : statements;
    for (; it != NULL; it = statements->type == JSON_ARRAY ? it->next : NULL) {
        if (!str_eq(json_str(it, "Effect"), "Deny"))
            return malformed(call, "the Effect of a resource control policy must be Deny");
        if (!str_eq(json_str(it, "Principal"), "*"))
            return malformed(call, "the Principal of a resource control policy must be *");
    }
    return 0;
}

static int check_content(struct sim_call *call, const struct org_policy_type *type,
                         const char *content)
{
    struct json *document;
    struct err err = ERR_INIT;
    const char *why = NULL;

    if (characters(content) > type->text_most)
        return org_constraint(call, "POLICY_CONTENT_LIMIT_EXCEEDED",
                              "You have exceeded the maximum size of a policy document.");
    if (type->iam_language) {
        document = sim_policy_parse(content, str_eq(type->name, ORG_RCP), call->arena, &why);
        if (document == NULL)
            return malformed(call, why);
        return str_eq(type->name, ORG_RCP) ? check_rcp(call, document) : 0;
    }
    if (json_parse(content, strlen(content), call->arena, &document, &err) != 0)
        return malformed(call, err.text);
    if (document->type != JSON_OBJECT)
        return malformed(call, "it must be a JSON object");
    if (type->top != NULL && json_get(document, type->top) == NULL)
        return malformed(call, arena_printf(call->arena, "it has no \"%s\"", type->top));
    why = type->why == NULL ? NULL : type->why(document, call->arena);
    return why == NULL ? 0 : malformed(call, why);
}

/* --- Operations ----------------------------------------------------------------------------------
 */

static int check_name(struct sim_call *call, const struct org *org, const char *type,
                      const char *name)
{
    if (!org_has(call, org, org_kind(call, "policy-name", type), name))
        return 0;
    return org_error(call, "DuplicatePolicyException",
                     "A policy with the specified name and type already exists.");
}

static int create_policy(struct sim_call *call)
{
    const struct org_policy_type *type = org_type(sim_param(call, "Type"));
    const char *content = sim_param(call, "Content"), *name = sim_param(call, "Name"), *id;
    const struct json *tags = json_get(call->params, "Tags");
    struct json *policy;
    struct org org;

    if (org_open(call, &org) != 0)
        return -1;
    if (!org.all_features)
        return org_error(call, "PolicyTypeNotAvailableForOrganizationException",
                         "You can't use the specified policy type with the feature set currently "
                         "enabled for this organization.");
    if (check_content(call, type, content) != 0 || check_name(call, &org, type->name, name) != 0 ||
        org_tags_check(call, &org, tags, NULL) != 0)
        return -1;
    if (org_count(call, &org, org_kind(call, "policies", type->name)) >= type->policies_most)
        return org_constraint(call, "POLICY_NUMBER_LIMIT_EXCEEDED",
                              "You have exceeded the number of policies of this type.");
    id = sim_id(call, "p-", 10, SIM_LOWER_DIGITS);
    policy = json_object(call->arena);
    json_put_str(policy, "Id", id);
    json_put_str(policy, "Arn",
                 sim_arn(call, "organizations", "", org.management, "policy/%s/%s/%s", org.id,
                         lower(call, type->name), id));
    json_put_str(policy, "Name", name);
    json_put_str(policy, "Description", sim_param(call, "Description"));
    json_put_str(policy, "Type", type->name);
    json_put_bool(policy, "AwsManaged", false);
    json_put_str(policy, "_content", content);
    put_policy(call, &org, policy);
    org_tags_add(call, &org, id, tags);
    answer_policy(call, policy);
    return 0;
}

static int need_own_policy(struct sim_call *call, const struct org *org, struct json **out)
{
    if (org_need_policy(call, org, sim_param(call, "PolicyId"), out) != 0)
        return -1;
    if (json_bool(*out, "AwsManaged", false))
        return org_invalid(call, "IMMUTABLE_POLICY",
                           "You specified a policy that is managed by AWS and can't be modified.");
    return 0;
}

static int update_policy(struct sim_call *call)
{
    const char *name = sim_param(call, "Name"), *content = sim_param(call, "Content");
    const char *description = sim_param(call, "Description"), *type;
    struct json *policy;
    struct org org;

    if (org_open(call, &org) != 0 || need_own_policy(call, &org, &policy) != 0)
        return -1;
    type = json_str(policy, "Type");
    if (content != NULL && check_content(call, org_type(type), content) != 0)
        return -1;
    if (name != NULL && !str_eq(name, json_str(policy, "Name"))) {
        if (check_name(call, &org, type, name) != 0)
            return -1;
        org_delete(call, &org, org_kind(call, "policy-name", type), json_str(policy, "Name"));
        sim_set_str(policy, "Name", name);
    }
    if (description != NULL)
        sim_set_str(policy, "Description", description);
    if (content != NULL)
        sim_set_str(policy, "_content", content);
    put_policy(call, &org, policy);
    answer_policy(call, policy);
    return 0;
}

static int delete_policy(struct sim_call *call)
{
    struct json *policy;
    struct org org;

    if (org_open(call, &org) != 0 || need_own_policy(call, &org, &policy) != 0)
        return -1;
    if (org_count(call, &org, org_kind(call, "targets-of", json_str(policy, "Id"))) > 0)
        return org_error(call, "PolicyInUseException",
                         "The policy is attached to one or more entities. You must detach it from "
                         "all roots, OUs, and accounts before performing this operation.");
    remove_policy(call, &org, policy);
    return 0;
}

static int describe_policy(struct sim_call *call)
{
    struct json *policy;
    struct org org;

    if (org_open(call, &org) != 0 ||
        org_need_policy(call, &org, sim_param(call, "PolicyId"), &policy) != 0)
        return -1;
    answer_policy(call, policy);
    return 0;
}

static void add_policy(struct sim_call *call, const struct org *org, const char *id,
                       struct json *items)
{
    json_add(items, org_policy_summary(call, org_get(call, org, "policy", id)));
}

static int list_policies(struct sim_call *call)
{
    struct org org;

    if (org_open(call, &org) != 0)
        return -1;
    return org_list(call, &org, "Policies", org_kind(call, "policies", sim_param(call, "Filter")),
                    add_policy);
}

static int list_policies_for_target(struct sim_call *call)
{
    const char *target = sim_param(call, "TargetId");
    struct org org;

    if (org_open(call, &org) != 0)
        return -1;
    if (org_entity(call, &org, target) == ORG_NOTHING)
        return org_error(call, "TargetNotFoundException",
                         "You specified a target that doesn't exist.");
    return org_list(call, &org, "Policies",
                    org_attached_kind(call, sim_param(call, "Filter"), target), add_policy);
}

static const struct sim_rule create_rules[] = {
    {.name = "Content", .required = true, .min = 1},
    {.name = "Description", .required = true, .max = 512},
    {.name = "Name", .required = true, .min = 1, .max = 128},
    ORG_RULE_TYPE("Type"),
    ORG_RULES_END,
};
static const struct sim_rule update_rules[] = {
    ORG_RULE_POLICY,
    {.name = "Content", .min = 1},
    {.name = "Description", .max = 512},
    {.name = "Name", .min = 1, .max = 128},
    ORG_RULES_END,
};
static const struct sim_rule policy_rules[] = {ORG_RULE_POLICY, ORG_RULES_END};
static const struct sim_rule list_rules[] = {ORG_RULE_TYPE("Filter"), ORG_RULES_END};
static const struct sim_rule target_rules[] = {
    ORG_RULE_ENTITY("TargetId"),
    ORG_RULE_TYPE("Filter"),
    ORG_RULES_END,
};

const struct sim_operation org_policy_operations[] = {
    ORG_WRITE("CreatePolicy", create_policy, create_rules),
    ORG_WRITE("UpdatePolicy", update_policy, update_rules),
    ORG_WRITE("DeletePolicy", delete_policy, policy_rules),
    ORG_READ("DescribePolicy", describe_policy, policy_rules),
    ORG_READ("ListPolicies", list_policies, list_rules),
    ORG_READ("ListPoliciesForTarget", list_policies_for_target, target_rules),
    ORG_OPERATIONS_END,
};
