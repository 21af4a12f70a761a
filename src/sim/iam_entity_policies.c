/*
 * iam_entity_policies.c - policies attached to roles and users, and written into them.
 *
 * Source: IAM API Reference, version 2010-05-08; the operations of roles and users differ by name
 *         only, so each handler looks at its own name for the kind.
 */
#include "iam_priv.h"

#include <string.h>

enum { ATTACHED_MOST = 10, ROLE_INLINE_BYTES_MOST = 10240, USER_INLINE_BYTES_MOST = 2048 };

static const char *kind_of(const struct sim_call *call)
{
    return strstr(call->operation->name, "Role") != NULL ? "role" : "user";
}

static const char *list_of(struct sim_call *call, const char *what)
{
    return arena_printf(call->arena, "%s-%s/%s", kind_of(call), what,
                        iam_entity_key(call, kind_of(call)));
}

/* --- Attached --- */

static const char *holders_of(struct sim_call *call, const char *arn)
{
    return arena_printf(call->arena, "policy-holder/%s", arn);
}

static const char *holder_id(struct sim_call *call)
{
    return arena_printf(call->arena, "%s/%s", kind_of(call), iam_entity_key(call, kind_of(call)));
}

static int attach(struct sim_call *call)
{
    const char *arn = sim_param(call, "PolicyArn"), *list = list_of(call, "attached"), *name;
    struct json *attached = json_object(call->arena);

    if (iam_entity(call, kind_of(call)) == NULL || (name = iam_policy_name(call, arn)) == NULL)
        return -1;
    if (sim_has(call, call->account, "", list, arn))
        return 0; /* attached twice is attached */
    if (sim_store_count(call->sim->store, call->account, "", list) >= ATTACHED_MOST)
        return iam_quota(call,
                         str_eq(kind_of(call), "role") ? "PoliciesPerRole" : "PoliciesPerUser",
                         ATTACHED_MOST);
    json_put_str(attached, "PolicyName", name);
    json_put_str(attached, "PolicyArn", arn);
    sim_put(call, call->account, "", list, arn, attached);
    sim_put(call, call->account, "", holders_of(call, arn), holder_id(call),
            json_object(call->arena));
    return 0;
}

static int detach(struct sim_call *call)
{
    const char *arn = sim_param(call, "PolicyArn");

    if (iam_entity(call, kind_of(call)) == NULL)
        return -1;
    if (!sim_delete(call, call->account, "", list_of(call, "attached"), arn))
        return iam_no_entity(call, "Policy %s was not found.", arn);
    (void)sim_delete(call, call->account, "", holders_of(call, arn), holder_id(call));
    return 0;
}

static int list_attached(struct sim_call *call)
{
    struct sim_page page = iam_page("AttachedPolicies");

    if (iam_entity(call, kind_of(call)) == NULL || sim_page_open(call, &page) != 0)
        return -1;
    for (const struct sim_record *it =
             sim_page_first(&page, call->account, "", list_of(call, "attached"));
         it != NULL; it = sim_page_next(&page, it))
        json_add(page.items, sim_record_json(it, call->arena));
    return 0;
}

/* --- Inline --- */

/* All inline policies of the entity together have one quota. */
static int check_size(struct sim_call *call, const char *name, const char *document)
{
    bool role = str_eq(kind_of(call), "role");
    size_t most = role ? ROLE_INLINE_BYTES_MOST : USER_INLINE_BYTES_MOST;
    size_t size = iam_policy_size(document);

    for (const struct sim_record *it = sim_first(call, call->account, "", list_of(call, "policy"));
         it != NULL; it = sim_store_next(it))
        if (!str_eq(sim_record_id(it), name))
            size += iam_policy_size(json_str(sim_record_json(it, call->arena), "PolicyDocument"));
    if (size > most)
        return sim_error(call, "LimitExceeded", 409,
                         "Maximum policy size of %zu bytes exceeded for %s %s", most, kind_of(call),
                         sim_param(call, iam_name_member(kind_of(call))));
    return 0;
}

static int put_policy(struct sim_call *call)
{
    const char *name = sim_param(call, "PolicyName"), *why;
    const char *document = sim_param(call, "PolicyDocument");
    struct json *policy = json_object(call->arena);

    if (iam_entity(call, kind_of(call)) == NULL)
        return -1;
    if (sim_policy_parse(document, false, call->arena, &why) == NULL)
        return iam_malformed(call, why);
    if (check_size(call, name, document) != 0)
        return -1;
    json_put_str(policy, "PolicyName", name);
    json_put_str(policy, "PolicyDocument", document);
    sim_put(call, call->account, "", list_of(call, "policy"), name, policy);
    return 0;
}

static int no_policy(struct sim_call *call)
{
    return iam_no_entity(call, "The %s policy with name %s cannot be found.", kind_of(call),
                         sim_param(call, "PolicyName"));
}

static int get_policy(struct sim_call *call)
{
    const struct json *policy, *entity = iam_entity(call, kind_of(call));
    const char *member = iam_name_member(kind_of(call));

    if (entity == NULL)
        return -1;
    policy =
        sim_get(call, call->account, "", list_of(call, "policy"), sim_param(call, "PolicyName"));
    if (policy == NULL)
        return no_policy(call);
    json_put_str(call->answer, member, json_str(entity, member));
    json_put_str(call->answer, "PolicyName", json_str(policy, "PolicyName"));
    json_put_str(call->answer, "PolicyDocument",
                 iam_encoded(call, json_str(policy, "PolicyDocument")));
    return 0;
}

static int delete_policy(struct sim_call *call)
{
    if (iam_entity(call, kind_of(call)) == NULL)
        return -1;
    if (!sim_delete(call, call->account, "", list_of(call, "policy"),
                    sim_param(call, "PolicyName")))
        return no_policy(call);
    return 0;
}

static int list_policies(struct sim_call *call)
{
    struct sim_page page = iam_page("PolicyNames");

    if (iam_entity(call, kind_of(call)) == NULL || sim_page_open(call, &page) != 0)
        return -1;
    for (const struct sim_record *it =
             sim_page_first(&page, call->account, "", list_of(call, "policy"));
         it != NULL; it = sim_page_next(&page, it))
        json_add_str(page.items, sim_record_id(it));
    return 0;
}

#define ARN_RULE                                                                                   \
    {                                                                                              \
        .name = "PolicyArn", .required = true, .min = 20, .max = 2048                              \
    }
#define POLICY_RULE IAM_NAME_RULE("PolicyName", 128)
#define DOCUMENT_RULE                                                                              \
    {                                                                                              \
        .name = "PolicyDocument", .required = true, .min = 1, .max = 131072                        \
    }
#define ROLE_RULE IAM_NAME_RULE("RoleName", 64)
#define USER_RULE IAM_NAME_RULE("UserName", 128)

static const struct sim_rule role_rules[] = {ROLE_RULE, IAM_RULES_END};
static const struct sim_rule role_arn_rules[] = {ROLE_RULE, ARN_RULE, IAM_RULES_END};
static const struct sim_rule role_name_rules[] = {ROLE_RULE, POLICY_RULE, IAM_RULES_END};
static const struct sim_rule role_put_rules[] = {ROLE_RULE, POLICY_RULE, DOCUMENT_RULE,
                                                 IAM_RULES_END};
static const struct sim_rule user_rules[] = {USER_RULE, IAM_RULES_END};
static const struct sim_rule user_arn_rules[] = {USER_RULE, ARN_RULE, IAM_RULES_END};
static const struct sim_rule user_name_rules[] = {USER_RULE, POLICY_RULE, IAM_RULES_END};
static const struct sim_rule user_put_rules[] = {USER_RULE, POLICY_RULE, DOCUMENT_RULE,
                                                 IAM_RULES_END};

#define READ(operation, function, checks)                                                          \
    {                                                                                              \
        .name = (operation), .handler = (function), .rules = (checks)                              \
    }
#define WRITE(operation, function, checks)                                                         \
    {                                                                                              \
        .name = (operation), .handler = (function), .access = SIM_WRITE, .rules = (checks)         \
    }

const struct sim_operation iam_entity_policy_operations[] = {
    WRITE("AttachRolePolicy", attach, role_arn_rules),
    WRITE("DetachRolePolicy", detach, role_arn_rules),
    READ("ListAttachedRolePolicies", list_attached, role_rules),
    WRITE("PutRolePolicy", put_policy, role_put_rules),
    READ("GetRolePolicy", get_policy, role_name_rules),
    WRITE("DeleteRolePolicy", delete_policy, role_name_rules),
    READ("ListRolePolicies", list_policies, role_rules),
    WRITE("AttachUserPolicy", attach, user_arn_rules),
    WRITE("DetachUserPolicy", detach, user_arn_rules),
    READ("ListAttachedUserPolicies", list_attached, user_rules),
    WRITE("PutUserPolicy", put_policy, user_put_rules),
    READ("GetUserPolicy", get_policy, user_name_rules),
    WRITE("DeleteUserPolicy", delete_policy, user_name_rules),
    READ("ListUserPolicies", list_policies, user_rules),
    {.name = NULL},
};
