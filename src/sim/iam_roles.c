/*
 * iam_roles.c - roles and their trust policies.
 *
 * Source: IAM API Reference, version 2010-05-08.
 */
#include "iam_priv.h"

#include <string.h>

enum { ROLES_MOST = 1000, TRUST_BYTES_MOST = 2048 };

static const struct sim_rule name_rules[] = {IAM_NAME_RULE("RoleName", 64), IAM_RULES_END};

/* --- Trust policies --- */

/* "arn:aws:iam::111122223333:role/path/name": the record of what it names, if its account is one of
 * ours; *out_known false if it is not, and nothing can be said. */
static struct json *named_principal(struct sim_call *call, const char *arn, bool *out_known)
{
    const char *account = strstr(arn, ":iam::"), *name = strrchr(arn, '/');
    const char *kind = strstr(arn, ":role/") != NULL ? "role" : "user";

    *out_known = false;
    if (account == NULL || name == NULL || strlen(account) < 6 + 12 + 1)
        return NULL;
    account = arena_strn(call->arena, account + 6, 12);
    *out_known = sim_has(call, "", "", "account", account);
    return sim_get(call, account, "", kind, sim_iam_key(call->arena, name + 1));
}

static int check_principal(struct sim_call *call, const struct json *value)
{
    const struct json *record;
    bool known;

    if (value->type != JSON_STRING)
        return 0;
    record = named_principal(call, value->string, &known);
    if (!known || (record != NULL && sim_ready(call, record)))
        return 0;
    return iam_malformed(call, arena_printf(call->arena,
                                            "Invalid principal in policy: \"AWS\":"
                                            "\"%s\"",
                                            value->string));
}

static int check_statement(struct sim_call *call, const struct json *statement)
{
    const struct json *aws = json_path(statement, "Principal", "AWS", NULL);

    if (json_get(statement, "Resource") != NULL || json_get(statement, "NotResource") != NULL)
        return iam_malformed(call, "Has prohibited field Resource");
    if (aws == NULL || aws->type != JSON_ARRAY)
        return aws == NULL ? 0 : check_principal(call, aws);
    for (const struct json *it = aws->first; it != NULL; it = it->next)
        if (check_principal(call, it) != 0)
            return -1;
    return 0;
}

int iam_check_trust(struct sim_call *call, const char *document)
{
    const char *why;
    const struct json *policy = sim_policy_parse(document, true, call->arena, &why);
    const struct json *statements = json_get(policy, "Statement");

    if (policy == NULL)
        return iam_malformed(call, why);
    if (iam_policy_size(document) > TRUST_BYTES_MOST)
        return iam_quota(call, "ACLSizePerRole", TRUST_BYTES_MOST);
    if (statements->type == JSON_OBJECT)
        return check_statement(call, statements);
    for (const struct json *it = statements->first; it != NULL; it = it->next)
        if (check_statement(call, it) != 0)
            return -1;
    return 0;
}

/* --- Roles --- */

static void put_last_use(struct sim_call *call, const char *name, struct json *out)
{
    const struct json *use =
        sim_get(call, call->account, "", "role-used", sim_iam_key(call->arena, name));

    if (use == NULL)
        return;
    sim_put_time(call, out, "LastUsedDate", (int64_t)json_number(use, "ms", 0));
    json_put_str(out, "Region", json_str(use, "region"));
}

/* A list leaves out what only GetRole tells. */
static struct json *shown(struct sim_call *call, const struct json *role, bool in_list)
{
    struct json *out = json_copy(role, call->arena);

    sim_set_str(out, "AssumeRolePolicyDocument",
                iam_encoded(call, json_str(role, "AssumeRolePolicyDocument")));
    if (in_list) {
        json_remove(out, "Tags");
        json_remove(out, "PermissionsBoundary");
    } else {
        json_remove(out, "RoleLastUsed");
        put_last_use(call, json_str(role, "RoleName"), json_put_object(out, "RoleLastUsed"));
    }
    return out;
}

static struct json *role_of(struct sim_call *call)
{
    return iam_entity(call, "role");
}

/* Its service alone changes a service-linked role. */
static struct json *role_to_change(struct sim_call *call)
{
    struct json *role = role_of(call);

    if (role == NULL || !str_starts(json_str(role, "Path"), "/aws-service-role/"))
        return role;
    (void)sim_error(call, "UnmodifiableEntity", 400,
                    "Cannot perform the operation on the protected role '%s' - this role is only "
                    "modifiable by AWS",
                    json_str(role, "RoleName"));
    return NULL;
}

static const struct sim_rule create_rules[] = {
    IAM_NAME_RULE("RoleName", 64),
    {.name = "AssumeRolePolicyDocument", .required = true, .min = 1, .max = 131072},
    {.name = "Description", .max = 1000},
    {.name = "MaxSessionDuration", .number = true, .min = 3600, .max = 43200},
    IAM_RULES_END,
};

static int create_role(struct sim_call *call)
{
    const char *document = sim_param(call, "AssumeRolePolicyDocument");
    struct json *role = iam_entity_new(call, "role", "AROA", ROLES_MOST);

    if (role == NULL || iam_check_trust(call, document) != 0 || iam_tag(call, role) != 0 ||
        iam_boundary(call, role) != 0)
        return -1;
    json_put_str(role, "AssumeRolePolicyDocument", document);
    json_put_str(role, "Description", sim_param(call, "Description"));
    json_put_number(role, "MaxSessionDuration",
                    json_number(call->params, "MaxSessionDuration", 3600));
    iam_entity_put(call, "role", role);
    json_put(call->answer, "Role", shown(call, role, false));
    return 0;
}

static int get_role(struct sim_call *call)
{
    const struct json *role = role_of(call);

    if (role == NULL)
        return -1;
    json_put(call->answer, "Role", shown(call, role, false));
    return 0;
}

static int list_roles(struct sim_call *call)
{
    struct sim_page page = iam_page("Roles");
    const char *prefix = sim_param(call, "PathPrefix");

    if (sim_page_open(call, &page) != 0)
        return -1;
    for (const struct sim_record *it = sim_page_first(&page, call->account, "", "role"); it != NULL;
         it = sim_page_next(&page, it)) {
        const struct json *role = sim_record_json(it, call->arena);

        if (prefix == NULL || str_starts(json_str(role, "Path"), prefix))
            json_add(page.items, shown(call, role, true));
    }
    return 0;
}

static const struct sim_rule update_rules[] = {
    IAM_NAME_RULE("RoleName", 64),
    {.name = "Description", .max = 1000},
    {.name = "MaxSessionDuration", .number = true, .min = 3600, .max = 43200},
    IAM_RULES_END,
};

static int update_role(struct sim_call *call)
{
    struct json *role = role_to_change(call);

    if (role == NULL)
        return -1;
    if (sim_param(call, "Description") != NULL)
        sim_set_str(role, "Description", sim_param(call, "Description"));
    if (json_get(call->params, "MaxSessionDuration") != NULL)
        sim_set_number(role, "MaxSessionDuration",
                       json_number(call->params, "MaxSessionDuration", 3600));
    iam_entity_put(call, "role", role);
    return 0;
}

static const struct sim_rule trust_rules[] = {
    IAM_NAME_RULE("RoleName", 64),
    {.name = "PolicyDocument", .required = true, .min = 1, .max = 131072},
    IAM_RULES_END,
};

static int update_assume_role_policy(struct sim_call *call)
{
    struct json *role = role_to_change(call);

    if (role == NULL || iam_check_trust(call, sim_param(call, "PolicyDocument")) != 0)
        return -1;
    sim_set_str(role, "AssumeRolePolicyDocument", sim_param(call, "PolicyDocument"));
    iam_entity_put(call, "role", role);
    return 0;
}

static int delete_role(struct sim_call *call)
{
    if (role_to_change(call) == NULL || iam_entity_bare(call, "role") != 0)
        return -1;
    (void)sim_delete(call, call->account, "", "role", iam_entity_key(call, "role"));
    (void)sim_delete(call, call->account, "", "role-used", iam_entity_key(call, "role"));
    return 0;
}

static int tag_role(struct sim_call *call)
{
    struct json *role = role_of(call);

    if (role == NULL || iam_tag(call, role) != 0)
        return -1;
    iam_entity_put(call, "role", role);
    return 0;
}

static int untag_role(struct sim_call *call)
{
    return iam_untag(call, "role");
}

static int list_role_tags(struct sim_call *call)
{
    return iam_list_tags(call, "role");
}

static const struct sim_rule boundary_rules[] = {
    IAM_NAME_RULE("RoleName", 64),
    {.name = "PermissionsBoundary", .required = true, .min = 20, .max = 2048},
    IAM_RULES_END,
};

static int put_boundary(struct sim_call *call)
{
    struct json *role = role_to_change(call);

    if (role == NULL || iam_boundary(call, role) != 0)
        return -1;
    iam_entity_put(call, "role", role);
    return 0;
}

static int delete_boundary(struct sim_call *call)
{
    struct json *role = role_to_change(call);

    if (role == NULL)
        return -1;
    json_remove(role, "PermissionsBoundary");
    iam_entity_put(call, "role", role);
    return 0;
}

/* --- Service-linked roles --- */

static const struct sim_rule linked_rules[] = {
    {.name = "AWSServiceName", .required = true, .min = 1, .max = 128, .chars = "a-zA-Z0-9_+=,.@-"},
    {.name = "Description", .max = 1000},
    IAM_RULES_END,
};

/* Where AWS's name is not made from the service's as below.  Who looks for such a role should look
 * by its path all the same. */
static const struct {
    const char *service, *role;
} linked_names[] = {
    {"access-analyzer.amazonaws.com", "AWSServiceRoleForAccessAnalyzer"},
    {"cloudtrail.amazonaws.com", "AWSServiceRoleForCloudTrail"},
    {"guardduty.amazonaws.com", "AWSServiceRoleForAmazonGuardDuty"},
    {"inspector2.amazonaws.com", "AWSServiceRoleForAmazonInspector2"},
    {"macie.amazonaws.com", "AWSServiceRoleForAmazonMacie"},
    {"malware-protection.guardduty.amazonaws.com",
     "AWSServiceRoleForAmazonGuardDutyMalwareProtection"},
    {"securityhub.amazonaws.com", "AWSServiceRoleForSecurityHub"},
    {"sso.amazonaws.com", "AWSServiceRoleForSSO"},
};

/* backup.amazonaws.com gives AWSServiceRoleForBackup. */
static const char *linked_name(struct sim_call *call, const char *service)
{
    char *word = arena_strn(call->arena, service, strcspn(service, "."));

    for (size_t i = 0; i < sizeof linked_names / sizeof linked_names[0]; i++)
        if (str_eq(linked_names[i].service, service))
            return linked_names[i].role;
    if (word[0] >= 'a' && word[0] <= 'z')
        word[0] = (char)(word[0] - 'a' + 'A');
    return arena_printf(call->arena, "AWSServiceRoleFor%s", word);
}

static int create_service_linked_role(struct sim_call *call)
{
    const char *service = sim_param(call, "AWSServiceName");
    const char *name = linked_name(call, service);
    struct json *role;

    if (!str_ends(service, ".amazonaws.com"))
        return sim_error(call, "InvalidInput", 400, "Service %s is not valid.", service);
    if (sim_has(call, call->account, "", "role", sim_iam_key(call->arena, name)))
        return sim_error(call, "InvalidInput", 400,
                         "Service role name %s has been taken in this account, please try a "
                         "different suffix.",
                         name);
    sim_set_str(call->params, "RoleName", name);
    sim_set_str(call->params, "Path", arena_printf(call->arena, "/aws-service-role/%s/", service));
    role = iam_entity_new(call, "role", "AROA", ROLES_MOST);
    if (role == NULL)
        return -1;
    json_put_str(role, "AssumeRolePolicyDocument",
                 arena_printf(call->arena,
                              "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Action\":"
                              "[\"sts:AssumeRole\"],\"Effect\":\"Allow\",\"Principal\":"
                              "{\"Service\":[\"%s\"]}}]}",
                              service));
    json_put_str(role, "Description", sim_param(call, "Description"));
    json_put_number(role, "MaxSessionDuration", 3600);
    iam_entity_put(call, "role", role);
    json_put(call->answer, "Role", shown(call, role, false));
    return 0;
}

const struct sim_operation iam_role_operations[] = {
    {.name = "CreateRole", .handler = create_role, .access = SIM_WRITE, .rules = create_rules},
    {.name = "GetRole", .handler = get_role, .rules = name_rules},
    {.name = "ListRoles", .handler = list_roles},
    {.name = "UpdateRole",
     .handler = update_role,
     .access = SIM_WRITE,
     .rules = update_rules,
     .empty_result = true},
    {.name = "UpdateAssumeRolePolicy",
     .handler = update_assume_role_policy,
     .access = SIM_WRITE,
     .rules = trust_rules},
    {.name = "DeleteRole", .handler = delete_role, .access = SIM_WRITE, .rules = name_rules},
    {.name = "TagRole", .handler = tag_role, .access = SIM_WRITE, .rules = name_rules},
    {.name = "UntagRole", .handler = untag_role, .access = SIM_WRITE, .rules = name_rules},
    {.name = "ListRoleTags", .handler = list_role_tags, .rules = name_rules},
    {.name = "PutRolePermissionsBoundary",
     .handler = put_boundary,
     .access = SIM_WRITE,
     .rules = boundary_rules},
    {.name = "DeleteRolePermissionsBoundary",
     .handler = delete_boundary,
     .access = SIM_WRITE,
     .rules = name_rules},
    {.name = "CreateServiceLinkedRole",
     .handler = create_service_linked_role,
     .access = SIM_WRITE,
     .rules = linked_rules},
    {.name = NULL},
};
