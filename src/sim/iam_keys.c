/*
 * iam_keys.c - access keys of users, and of root for an AssumeRoot session.
 *
 * Source: IAM API Reference, version 2010-05-08; IAM User Guide, "IAM quotas" (two keys a user).
 */
#include "iam_priv.h"

#include "plinth/base/time.h"

enum { KEYS_MOST = 2 };

static const struct sim_rule user_rules[] = {IAM_CALLER_RULE, IAM_RULES_END};
static const struct sim_rule key_rules[] = {
    {.name = "UserName", .min = 1, .max = 128, .chars = IAM_NAME_CHARS},
    {.name = "AccessKeyId", .required = true, .min = 16, .max = 128, .chars = "a-zA-Z0-9_"},
    IAM_RULES_END,
};
static const struct sim_rule update_rules[] = {
    {.name = "AccessKeyId", .required = true, .min = 16, .max = 128, .chars = "a-zA-Z0-9_"},
    {.name = "Status", .required = true, .values = "Active|Inactive|Expired"},
    IAM_RULES_END,
};

/* Whose keys: the user named, or the caller.  The kind of their records; NULL with the error set.
 */
static const char *keys_of(struct sim_call *call)
{
    if (sim_param(call, "UserName") == NULL && call->principal.kind == SIM_ROOT)
        return "user-key//root";
    if (iam_name_caller(call) != 0 || iam_entity(call, "user") == NULL)
        return NULL;
    return arena_printf(call->arena, "user-key/%s", iam_entity_key(call, "user"));
}

static void put_credential(struct sim_call *call, const char *id)
{
    const char *name = sim_param(call, "UserName");
    const struct json *user = name == NULL ? NULL : iam_entity(call, "user");
    struct json *credential = json_object(call->arena);
    const char *arn =
        user == NULL ? sim_arn(call, "iam", "", call->account, "root") : json_str(user, "Arn");

    json_put_str(credential, "_account", call->account);
    json_put_str(credential, "_kind", user == NULL ? "root" : "user");
    json_put_str(credential, "_arn", arn);
    json_put_str(credential, "_source_arn", arn);
    json_put_str(credential, "_user_id", user == NULL ? call->account : json_str(user, "UserId"));
    json_put_str(credential, "_name", user == NULL ? "root" : json_str(user, "UserName"));
    json_put_str(credential, "_status", "Active");
    sim_put(call, "", "", "credential", id, credential);
}

static int create_access_key(struct sim_call *call)
{
    const char *keys = keys_of(call), *id, *secret;
    struct json *key;

    if (keys == NULL)
        return -1;
    if (sim_store_count(call->sim->store, call->account, "", keys) >= KEYS_MOST)
        return iam_quota(call, "AccessKeysPerUser", KEYS_MOST);
    id = sim_access_key_id(call->sim, call->arena, "AKIA", call->account);
    secret = sim_secret_key(call->sim, id, call->arena);
    put_credential(call, id);
    key = json_put_object(call->answer, "AccessKey");
    json_put_str(key, "UserName", sim_param(call, "UserName"));
    json_put_str(key, "AccessKeyId", id);
    json_put_str(key, "Status", "Active");
    sim_put_time(call, key, "CreateDate", call->now_ms);
    sim_put(call, call->account, "", keys, id, key);
    json_put_str(key, "SecretAccessKey", secret); /* shown once, and kept nowhere */
    return 0;
}

static int list_access_keys(struct sim_call *call)
{
    struct sim_page page = iam_page("AccessKeyMetadata");
    const char *keys = keys_of(call);

    if (keys == NULL || sim_page_open(call, &page) != 0)
        return -1;
    for (const struct sim_record *it = sim_page_first(&page, call->account, "", keys); it != NULL;
         it = sim_page_next(&page, it))
        json_add(page.items, sim_record_json(it, call->arena));
    return 0;
}

/* The key that the call names; NULL with the error set. */
static struct json *key_of(struct sim_call *call, const char **out_keys)
{
    const char *id = sim_param(call, "AccessKeyId");
    struct json *key;

    *out_keys = keys_of(call);
    if (*out_keys == NULL)
        return NULL;
    key = sim_get(call, call->account, "", *out_keys, id);
    if (key == NULL)
        (void)iam_no_entity(call, "The Access Key with id %s cannot be found.", id);
    return key;
}

static int update_access_key(struct sim_call *call)
{
    const char *keys, *id = sim_param(call, "AccessKeyId"), *status = sim_param(call, "Status");
    struct json *key = key_of(call, &keys), *credential;

    if (key == NULL)
        return -1;
    sim_set_str(key, "Status", status);
    sim_put(call, call->account, "", keys, id, key);
    credential = sim_get(call, "", "", "credential", id);
    sim_set_str(credential, "_status", status);
    sim_put(call, "", "", "credential", id, credential);
    return 0;
}

static int delete_access_key(struct sim_call *call)
{
    const char *keys, *id = sim_param(call, "AccessKeyId");

    if (key_of(call, &keys) == NULL)
        return -1;
    (void)sim_delete(call, call->account, "", keys, id);
    (void)sim_delete(call, "", "", "credential", id);
    return 0;
}

static int get_access_key_last_used(struct sim_call *call)
{
    const char *id = sim_param(call, "AccessKeyId");
    const struct json *credential = sim_get(call, "", "", "credential", id);
    struct json *used;

    if (!str_eq(json_str(credential, "_account"), call->account) ||
        json_str(credential, "_token") != NULL)
        return iam_no_entity(call, "The Access Key with id %s cannot be found.", id);
    json_put_str(call->answer, "UserName", json_str(credential, "_name"));
    used = json_put_object(call->answer, "AccessKeyLastUsed");
    if (json_get(credential, "_used_ms") != NULL)
        sim_put_time(call, used, "LastUsedDate", (int64_t)json_number(credential, "_used_ms", 0));
    json_put_str(used, "ServiceName",
                 json_get(credential, "_used_ms") == NULL ? "N/A"
                                                          : json_str(credential, "_used_service"));
    json_put_str(used, "Region",
                 json_get(credential, "_used_ms") == NULL ? "N/A"
                                                          : json_str(credential, "_used_region"));
    return 0;
}

const struct sim_operation iam_key_operations[] = {
    {.name = "CreateAccessKey",
     .handler = create_access_key,
     .access = SIM_WRITE,
     .rules = user_rules},
    {.name = "ListAccessKeys", .handler = list_access_keys, .rules = user_rules},
    {.name = "UpdateAccessKey",
     .handler = update_access_key,
     .access = SIM_WRITE,
     .rules = update_rules},
    {.name = "DeleteAccessKey",
     .handler = delete_access_key,
     .access = SIM_WRITE,
     .rules = key_rules},
    {.name = "GetAccessKeyLastUsed", .handler = get_access_key_last_used, .rules = key_rules},
    {.name = NULL},
};
