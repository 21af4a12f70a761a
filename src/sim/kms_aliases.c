/*
 * kms_aliases.c - AWS KMS: other names of keys.
 *
 * Source: KMS API Reference, version 2014-11-01; KMS Developer Guide, "Aliases in AWS KMS".
 * Limits: the keys that AWS manages (alias/aws/...) are not there.
 */
#include "kms_priv.h"

#include "resource_policy.h"

static int check_name(struct sim_call *call, const char *name)
{
    if (!str_starts(name, "alias/") || name[6] == '\0')
        return sim_error(call, "ValidationException", 400,
                         "Alias must start with the prefix \"alias/\". Please see "
                         "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html");
    if (str_starts(name, "alias/aws/"))
        return sim_error(call, "NotAuthorizedException", 400, "The alias %s is reserved for AWS.",
                         name);
    return 0;
}

static const char *alias_arn(struct sim_call *call, const char *name)
{
    return sim_arn(call, "kms", call->region, call->account, "%s", name);
}

/* The key of this name, if its policy lets the caller do this.  NULL with the error set. */
static struct json *open_key(struct sim_call *call, const char *name)
{
    struct json *key = kms_find(call, call->region, name);

    if (key == NULL || !str_eq(json_str(key, "AWSAccountId"), call->account)) {
        (void)sim_error(call, "NotFoundException", 400, "Key '%s' does not exist", name);
        return NULL;
    }
    if (sim_resource_policy_caller(call, json_str(key, "_policy"), sim_action(call),
                                   json_str(key, "Arn")) == SIM_ALLOWED)
        return key;
    (void)sim_denied(call, sim_action(call), json_str(key, "Arn"));
    return NULL;
}

/* The key that TargetKeyId names; NULL with the error set. */
static struct json *open_target(struct sim_call *call)
{
    struct json *key = open_key(call, sim_param(call, "TargetKeyId"));

    return key != NULL && kms_must_be(call, key, true) == 0 ? key : NULL;
}

static void put_alias(struct sim_call *call, const char *name, const struct json *key)
{
    struct json *alias = sim_get(call, call->account, call->region, "kms-alias", name);

    if (alias == NULL) {
        alias = json_object(call->arena);
        json_put_str(alias, "AliasName", name);
        json_put_str(alias, "AliasArn", alias_arn(call, name));
        sim_put_time(call, alias, "CreationDate", call->now_ms);
    }
    sim_set_str(alias, "TargetKeyId", json_str(key, "KeyId"));
    json_remove(alias, "LastUpdatedDate");
    sim_put_time(call, alias, "LastUpdatedDate", call->now_ms);
    sim_put(call, call->account, call->region, "kms-alias", name, alias);
}

/* A key takes its aliases with it. */
static bool exists(struct sim_call *call, const char *name)
{
    return kms_find(call, call->region, name) != NULL;
}

static int create_alias(struct sim_call *call)
{
    const char *name = sim_param(call, "AliasName");
    struct json *key;

    if (check_name(call, name) != 0 || (key = open_target(call)) == NULL)
        return -1;
    if (exists(call, name))
        return sim_error(call, "AlreadyExistsException", 400,
                         "An alias with the name %s already exists", alias_arn(call, name));
    put_alias(call, name, key);
    return 0;
}

static int alias_not_found(struct sim_call *call, const char *name)
{
    return sim_error(call, "NotFoundException", 400, "Alias %s is not found.",
                     alias_arn(call, name));
}

/* The caller must be allowed by the old key and by the new one. */
static int update_alias(struct sim_call *call)
{
    const char *name = sim_param(call, "AliasName");
    struct json *key;

    if (check_name(call, name) != 0)
        return -1;
    if (!exists(call, name))
        return alias_not_found(call, name);
    if (open_key(call, name) == NULL || (key = open_target(call)) == NULL)
        return -1;
    put_alias(call, name, key);
    return 0;
}

static int delete_alias(struct sim_call *call)
{
    const char *name = sim_param(call, "AliasName");

    if (check_name(call, name) != 0)
        return -1;
    if (!exists(call, name))
        return alias_not_found(call, name);
    (void)sim_delete(call, call->account, call->region, "kms-alias", name);
    return 0;
}

static int list_aliases(struct sim_call *call)
{
    struct sim_page page = {.list = "Aliases",
                            .size = 50,
                            .size_most = 100,
                            .size_param = "Limit",
                            .token_in = "Marker",
                            .token_out = "NextMarker",
                            .more_out = "Truncated"};
    const struct json *key = NULL;

    if (sim_param(call, "KeyId") != NULL && (key = kms_open(call)) == NULL)
        return -1;
    if (sim_page_open(call, &page) != 0)
        return -1;
    for (const struct sim_record *it =
             sim_page_first(&page, call->account, call->region, "kms-alias");
         it != NULL; it = sim_page_next(&page, it)) {
        const struct json *alias = sim_record_json(it, call->arena);

        if (exists(call, json_str(alias, "AliasName")) &&
            (key == NULL || str_eq(json_str(alias, "TargetKeyId"), json_str(key, "KeyId"))))
            json_add(page.items, alias);
    }
    return 0;
}

#define ALIAS_NAME                                                                                 \
    {                                                                                              \
        .name = "AliasName", .required = true, .min = 1, .max = 256, .chars = "-a-zA-Z0-9:/_",     \
        .pattern = "^[a-zA-Z0-9:/_-]+$"                                                            \
    }
#define END                                                                                        \
    {                                                                                              \
        .name = NULL                                                                               \
    }

static const struct sim_rule name_rules[] = {ALIAS_NAME, END};
static const struct sim_rule target_rules[] = {
    ALIAS_NAME,
    {.name = "TargetKeyId", .required = true, .min = 1, .max = 2048},
    END,
};

const struct sim_operation kms_alias_operations[] = {
    {.name = "CreateAlias", .handler = create_alias, .access = SIM_WRITE, .rules = target_rules},
    {.name = "UpdateAlias", .handler = update_alias, .access = SIM_WRITE, .rules = target_rules},
    {.name = "DeleteAlias", .handler = delete_alias, .access = SIM_WRITE, .rules = name_rules},
    {.name = "ListAliases", .handler = list_aliases},
    END,
};
