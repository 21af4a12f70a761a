/*
 * iam_users.c - users, and what they do not have: passwords and MFA devices.
 *
 * Source: IAM API Reference, version 2010-05-08.
 * Limits: no login profiles and no MFA devices exist here, for users or for root.
 */
#include "iam_priv.h"

enum { USERS_MOST = 5000 };

static const struct sim_rule name_rules[] = {IAM_NAME_RULE("UserName", 128), IAM_RULES_END};
static const struct sim_rule create_rules[] = {IAM_NAME_RULE("UserName", 64), IAM_RULES_END};
static const struct sim_rule caller_rules[] = {IAM_CALLER_RULE, IAM_RULES_END};

static int create_user(struct sim_call *call)
{
    struct json *user = iam_entity_new(call, "user", "AIDA", USERS_MOST);

    if (user == NULL || iam_tag(call, user) != 0 || iam_boundary(call, user) != 0)
        return -1;
    iam_entity_put(call, "user", user);
    json_put(call->answer, "User", user);
    return 0;
}

int iam_name_caller(struct sim_call *call)
{
    if (sim_param(call, "UserName") != NULL)
        return 0;
    if (call->principal.kind != SIM_USER)
        return sim_bad_input(call, "Must specify userName when calling with non-User credentials");
    json_put_str(call->params, "UserName", call->principal.name);
    return 0;
}

static int get_user(struct sim_call *call)
{
    const struct json *user = iam_name_caller(call) == 0 ? iam_entity(call, "user") : NULL;

    if (user == NULL)
        return -1;
    json_put(call->answer, "User", user);
    return 0;
}

static int list_users(struct sim_call *call)
{
    struct sim_page page = iam_page("Users");
    const char *prefix = sim_param(call, "PathPrefix");

    if (sim_page_open(call, &page) != 0)
        return -1;
    for (const struct sim_record *it = sim_page_first(&page, call->account, "", "user"); it != NULL;
         it = sim_page_next(&page, it)) {
        struct json *user = sim_record_json(it, call->arena);

        json_remove(user, "Tags");
        json_remove(user, "PermissionsBoundary");
        if (prefix == NULL || str_starts(json_str(user, "Path"), prefix))
            json_add(page.items, user);
    }
    return 0;
}

static int delete_user(struct sim_call *call)
{
    const char *key = iam_entity_key(call, "user");

    if (iam_entity(call, "user") == NULL || iam_entity_bare(call, "user") != 0)
        return -1;
    if (sim_store_count(call->sim->store, call->account, "",
                        arena_printf(call->arena, "user-key/%s", key)) > 0)
        return sim_error(call, "DeleteConflict", 409,
                         "Cannot delete entity, must delete access keys first.");
    (void)sim_delete(call, call->account, "", "user", key);
    return 0;
}

static int tag_user(struct sim_call *call)
{
    struct json *user = iam_entity(call, "user");

    if (user == NULL || iam_tag(call, user) != 0)
        return -1;
    iam_entity_put(call, "user", user);
    return 0;
}

static int untag_user(struct sim_call *call)
{
    return iam_untag(call, "user");
}

static int list_user_tags(struct sim_call *call)
{
    return iam_list_tags(call, "user");
}

static const struct sim_rule boundary_rules[] = {
    IAM_NAME_RULE("UserName", 64),
    {.name = "PermissionsBoundary", .required = true, .min = 20, .max = 2048},
    IAM_RULES_END,
};

static int put_boundary(struct sim_call *call)
{
    struct json *user = iam_entity(call, "user");

    if (user == NULL || iam_boundary(call, user) != 0)
        return -1;
    iam_entity_put(call, "user", user);
    return 0;
}

static int delete_boundary(struct sim_call *call)
{
    struct json *user = iam_entity(call, "user");

    if (user == NULL)
        return -1;
    json_remove(user, "PermissionsBoundary");
    iam_entity_put(call, "user", user);
    return 0;
}

/* --- Passwords and devices --- */

static int login_profile(struct sim_call *call)
{
    if (sim_param(call, "UserName") != NULL && iam_entity(call, "user") == NULL)
        return -1;
    return iam_no_entity(call, "Login Profile for User %s cannot be found.",
                         sim_param(call, "UserName") == NULL ? call->account
                                                             : sim_param(call, "UserName"));
}

static int empty_list(struct sim_call *call, const char *name)
{
    if (sim_param(call, "UserName") != NULL && iam_entity(call, "user") == NULL)
        return -1;
    (void)json_put_array(call->answer, name);
    json_put_bool(call->answer, "IsTruncated", false);
    return 0;
}

static int list_mfa_devices(struct sim_call *call)
{
    return empty_list(call, "MFADevices");
}

static int list_signing_certificates(struct sim_call *call)
{
    return empty_list(call, "Certificates");
}

const struct sim_operation iam_user_operations[] = {
    {.name = "CreateUser", .handler = create_user, .access = SIM_WRITE, .rules = create_rules},
    {.name = "GetUser", .handler = get_user, .rules = caller_rules},
    {.name = "ListUsers", .handler = list_users},
    {.name = "DeleteUser", .handler = delete_user, .access = SIM_WRITE, .rules = name_rules},
    {.name = "TagUser", .handler = tag_user, .access = SIM_WRITE, .rules = name_rules},
    {.name = "UntagUser", .handler = untag_user, .access = SIM_WRITE, .rules = name_rules},
    {.name = "ListUserTags", .handler = list_user_tags, .rules = name_rules},
    {.name = "PutUserPermissionsBoundary",
     .handler = put_boundary,
     .access = SIM_WRITE,
     .rules = boundary_rules},
    {.name = "DeleteUserPermissionsBoundary",
     .handler = delete_boundary,
     .access = SIM_WRITE,
     .rules = name_rules},
    {.name = "GetLoginProfile", .handler = login_profile, .rules = caller_rules},
    {.name = "DeleteLoginProfile",
     .handler = login_profile,
     .access = SIM_WRITE,
     .rules = caller_rules},
    {.name = "ListMFADevices", .handler = list_mfa_devices, .rules = caller_rules},
    {.name = "ListSigningCertificates",
     .handler = list_signing_certificates,
     .rules = caller_rules},
    {.name = NULL},
};
