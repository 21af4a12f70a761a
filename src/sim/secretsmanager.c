/*
 * secretsmanager.c - Secrets Manager: secrets, their versions, and their end after a while.
 *
 * (account, region, "secret", name) -> {ARN, Name, Description, KmsKeyId, Tags, _versions, _policy,
 *     _created_ms, _changed_ms, _accessed_ms, _deleted_ms, _gone_ms}
 * "_versions" holds id -> {SecretString or SecretBinary, _stages, _created_ms}.
 *
 * Source: Secrets Manager API Reference, version 2017-10-17; Secrets Manager User Guide, "Secrets
 *         Manager quotas" and "Delete a secret".
 * Limits: no rotation, no replicas; values are not encrypted, and a key is not looked for.
 */
#include "secretsmanager_priv.h"

#include <string.h>

enum { TAGS_MOST = 50, VALUE_BYTES_MOST = 65536, DAY_S = 24 * 60 * 60, WINDOW_DAYS = 30 };

/* --- Which secret --------------------------------------------------------------------------------
 */

static int not_found(struct sim_call *call)
{
    return sim_error(call, "ResourceNotFoundException", 400,
                     "Secrets Manager can't find the specified secret.");
}

static bool is_deleted(const struct json *secret)
{
    return json_get(secret, "_gone_ms") != NULL;
}

static struct json *secret_named(struct sim_call *call, const char *account, const char *name)
{
    struct json *secret = sim_get(call, account, call->region, "secret", name);

    if (is_deleted(secret) && json_number(secret, "_gone_ms", 0) <= (double)call->now_ms)
        return NULL; /* its recovery window is over */
    return secret;
}

/* The name in "secret:NAME-AbCdEf": the six random characters may be left out. */
static struct json *secret_of_arn(struct sim_call *call, const char *arn)
{
    struct sim_arn_parts parts;
    const char *name;
    struct json *secret;
    size_t len;

    if (!sim_arn_split(arn, call->arena, &parts) || !str_eq(parts.service, "secretsmanager") ||
        !str_eq(parts.region, call->region) || !str_starts(parts.resource, "secret:"))
        return NULL;
    name = parts.resource + strlen("secret:");
    secret = secret_named(call, parts.account, name);
    len = strlen(name);
    if (secret == NULL && len > 7 && name[len - 7] == '-') {
        secret = secret_named(call, parts.account, arena_strn(call->arena, name, len - 7));
        if (!str_eq(json_str(secret, "ARN"), arn))
            secret = NULL;
    }
    return secret;
}

/* Another account's secret is open to whom its policy lets. */
struct json *secret_asked(struct sim_call *call)
{
    const char *id = sim_param(call, "SecretId");
    struct json *secret =
        str_starts(id, "arn:") ? secret_of_arn(call, id) : secret_named(call, call->account, id);
    const char *action = arena_printf(call->arena, "secretsmanager:%s", call->operation->name);

    if (secret == NULL) {
        (void)not_found(call);
        return NULL;
    }
    if (!str_eq(json_str(secret, "_account"), call->account) &&
        sim_resource_policy_caller(call, json_str(secret, "_policy"), action,
                                   json_str(secret, "ARN")) != SIM_ALLOWED) {
        (void)sim_denied(call, action, json_str(secret, "ARN"));
        return NULL;
    }
    return secret;
}

struct json *secret_open(struct sim_call *call)
{
    struct json *secret = secret_asked(call);

    if (secret != NULL && is_deleted(secret)) {
        (void)sim_error(call, "InvalidRequestException", 400,
                        "You can't perform this operation on the secret because it was marked for "
                        "deletion.");
        return NULL;
    }
    return secret;
}

void secret_put(struct sim_call *call, const struct json *secret)
{
    sim_put(call, json_str(secret, "_account"), call->region, "secret", json_str(secret, "Name"),
            secret);
}

void secret_say(struct sim_call *call, const struct json *secret)
{
    json_put_str(call->answer, "ARN", json_str(secret, "ARN"));
    json_put_str(call->answer, "Name", json_str(secret, "Name"));
}

/* --- Versions ------------------------------------------------------------------------------------
 */

static bool has_value(const struct sim_call *call)
{
    return json_get(call->params, "SecretString") != NULL ||
           json_get(call->params, "SecretBinary") != NULL;
}

static int check_value(struct sim_call *call)
{
    const char *text = sim_param(call, "SecretString"), *bytes = sim_param(call, "SecretBinary");

    if (text != NULL && bytes != NULL)
        return sim_bad_input(call, "You can't specify both a binary secret value and a string "
                                   "secret value in the same secret.");
    if ((text != NULL && (text[0] == '\0' || strlen(text) > VALUE_BYTES_MOST)) ||
        (bytes != NULL && strlen(bytes) > VALUE_BYTES_MOST * 4 / 3 + 4))
        return sim_bad_input(call, "The secret value must have between 1 and %d bytes.",
                             VALUE_BYTES_MOST);
    return 0;
}

static const char *version_id(struct sim_call *call)
{
    const char *token = sim_param(call, "ClientRequestToken");
    char *id = arena_alloc(call->arena, 37);

    if (token != NULL)
        return token;
    rng_uuid(call->sim->env->rng, id);
    return id;
}

static bool same_value(const struct sim_call *call, const struct json *version)
{
    return str_eq(sim_param(call, "SecretString"), json_str(version, "SecretString")) &&
           str_eq(sim_param(call, "SecretBinary"), json_str(version, "SecretBinary"));
}

static bool has_stage(const struct json *version, const char *stage)
{
    for (const struct json *it = json_first(json_get(version, "_stages")); it != NULL;
         it = it->next)
        if (str_eq(it->string, stage))
            return true;
    return false;
}

/* The versions after a new one came: what was current is the previous one, and what has no stage
 * is no longer kept. */
static struct json *versions_moved(struct sim_call *call, const struct json *versions)
{
    struct json *out = json_object(call->arena);

    for (const struct json *it = json_first(versions); it != NULL; it = it->next) {
        struct json *version = json_copy(it, call->arena);

        if (!has_stage(it, "AWSCURRENT"))
            continue;
        json_remove(version, "_stages");
        json_add_str(json_put_array(version, "_stages"), "AWSPREVIOUS");
        json_put(out, it->key, version);
    }
    return out;
}

/* A version that is there already with the same value is the same request again.  -1: the error
 * is set. */
static int add_version(struct sim_call *call, struct json *secret, const char *id)
{
    const struct json *versions = json_get(secret, "_versions"), *there = json_get(versions, id);
    struct json *moved, *version;

    if (there != NULL && !same_value(call, there))
        return sim_error(call, "ResourceExistsException", 400,
                         "You can't use ClientRequestToken %s because that value is already in use "
                         "for a version of secret %s.",
                         id, json_str(secret, "ARN"));
    if (there != NULL)
        return 0;
    moved = versions_moved(call, versions);
    version = json_put_object(moved, id);
    json_put_str(version, "SecretString", sim_param(call, "SecretString"));
    json_put_str(version, "SecretBinary", sim_param(call, "SecretBinary"));
    json_add_str(json_put_array(version, "_stages"), "AWSCURRENT");
    json_put_number(version, "_created_ms", (double)call->now_ms);
    sim_set(secret, "_versions", moved);
    sim_set_number(secret, "_changed_ms", (double)call->now_ms);
    return 0;
}

/* --- Create and change ---------------------------------------------------------------------------
 */

int secret_check_tags(struct sim_call *call, const struct json *tags)
{
    if (tags != NULL && tags->count > TAGS_MOST)
        return sim_bad_input(call, "A secret has at most %d tags.", TAGS_MOST);
    for (const struct json *it = json_first(tags); it != NULL; it = it->next) {
        const char *key = json_str(it, "Key");

        if (key == NULL || key[0] == '\0' || strlen(key) > 128 || str_starts(key, "aws:"))
            return sim_bad_input(call, "The tag key is not valid.");
    }
    return 0;
}

/* The same creation again is answered as before. */
static int create_existing(struct sim_call *call, struct json *secret, const char *id)
{
    const struct json *version = json_get(json_get(secret, "_versions"), id);

    if (is_deleted(secret))
        return sim_error(call, "InvalidRequestException", 400,
                         "You can't create this secret because a secret with this name is already "
                         "scheduled for deletion.");
    if (version == NULL || !same_value(call, version))
        return sim_error(call, "ResourceExistsException", 400,
                         "The operation failed because the secret %s already exists.",
                         json_str(secret, "Name"));
    secret_say(call, secret);
    json_put_str(call->answer, "VersionId", id);
    return 0;
}

static int create_secret(struct sim_call *call)
{
    const char *name = sim_param(call, "Name"), *id = version_id(call);
    const struct json *tags = json_get(call->params, "Tags");
    struct json *secret = secret_named(call, call->account, name);

    if (check_value(call) != 0 || secret_check_tags(call, tags) != 0)
        return -1;
    if (secret != NULL)
        return create_existing(call, secret, id);
    secret = json_object(call->arena);
    json_put_str(secret, "ARN",
                 sim_arn(call, "secretsmanager", call->region, call->account, "secret:%s-%s", name,
                         sim_id(call, "", 6,
                                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789")));
    json_put_str(secret, "Name", name);
    json_put_str(secret, "Description", sim_param(call, "Description"));
    json_put_str(secret, "KmsKeyId", sim_param(call, "KmsKeyId"));
    json_put(secret, "Tags", sim_tags_with(call->arena, NULL, tags));
    json_put_str(secret, "_account", call->account);
    json_put_number(secret, "_created_ms", (double)call->now_ms);
    json_put_number(secret, "_changed_ms", (double)call->now_ms);
    if (has_value(call) && add_version(call, secret, id) != 0)
        return -1;
    secret_put(call, secret);
    secret_say(call, secret);
    if (has_value(call))
        json_put_str(call->answer, "VersionId", id);
    return 0;
}

static int put_secret_value(struct sim_call *call)
{
    struct json *secret = secret_open(call);
    const char *id = version_id(call);

    if (secret == NULL || check_value(call) != 0)
        return -1;
    if (!has_value(call))
        return sim_bad_input(call, "You must provide either SecretString or SecretBinary.");
    if (add_version(call, secret, id) != 0)
        return -1;
    secret_put(call, secret);
    secret_say(call, secret);
    json_put_str(call->answer, "VersionId", id);
    json_put(call->answer, "VersionStages", json_path(secret, "_versions", id, "_stages", NULL));
    return 0;
}

static int update_secret(struct sim_call *call)
{
    struct json *secret = secret_open(call);
    const char *id = version_id(call);

    if (secret == NULL || check_value(call) != 0 ||
        (has_value(call) && add_version(call, secret, id) != 0))
        return -1;
    if (sim_param(call, "Description") != NULL)
        sim_set_str(secret, "Description", sim_param(call, "Description"));
    if (sim_param(call, "KmsKeyId") != NULL)
        sim_set_str(secret, "KmsKeyId", sim_param(call, "KmsKeyId"));
    sim_set_number(secret, "_changed_ms", (double)call->now_ms);
    secret_put(call, secret);
    secret_say(call, secret);
    if (has_value(call))
        json_put_str(call->answer, "VersionId", id);
    return 0;
}

/* --- Read ----------------------------------------------------------------------------------------
 */

static const struct json *version_wanted(struct sim_call *call, const struct json *secret)
{
    const char *id = sim_param(call, "VersionId"), *stage = sim_param(call, "VersionStage");
    const struct json *versions = json_get(secret, "_versions");

    for (const struct json *it = json_first(versions); it != NULL; it = it->next)
        if ((id == NULL || str_eq(it->key, id)) &&
            ((stage == NULL && id != NULL) || has_stage(it, stage == NULL ? "AWSCURRENT" : stage)))
            return it;
    if (id != NULL)
        (void)sim_error(call, "ResourceNotFoundException", 400,
                        "Secrets Manager can't find the specified secret value for VersionId: %s",
                        id);
    else
        (void)sim_error(call, "ResourceNotFoundException", 400,
                        "Secrets Manager can't find the specified secret value for staging label: "
                        "%s",
                        stage == NULL ? "AWSCURRENT" : stage);
    return NULL;
}

static int get_secret_value(struct sim_call *call)
{
    struct json *secret = secret_open(call);
    const struct json *version = secret == NULL ? NULL : version_wanted(call, secret);

    if (version == NULL)
        return -1;
    secret_say(call, secret);
    json_put_str(call->answer, "VersionId", version->key);
    json_put_str(call->answer, "SecretString", json_str(version, "SecretString"));
    json_put_str(call->answer, "SecretBinary", json_str(version, "SecretBinary"));
    json_put(call->answer, "VersionStages", json_get(version, "_stages"));
    sim_put_time(call, call->answer, "CreatedDate",
                 (int64_t)json_number(version, "_created_ms", 0));
    /* The date is a day's, as AWS keeps it. */
    sim_set_number(secret, "_accessed_ms",
                   (double)(call->now_ms - call->now_ms % (DAY_S * INT64_C(1000))));
    secret_put(call, secret);
    return 0;
}

/* --- Delete and restore --------------------------------------------------------------------------
 */

static int check_window(struct sim_call *call, bool at_once)
{
    if (at_once && json_get(call->params, "RecoveryWindowInDays") != NULL)
        return sim_bad_input(call, "You can't use ForceDeleteWithoutRecovery in conjunction with "
                                   "RecoveryWindowInDays.");
    return 0;
}

static int delete_secret(struct sim_call *call)
{
    bool at_once = json_bool(call->params, "ForceDeleteWithoutRecovery", false);
    double days = json_number(call->params, "RecoveryWindowInDays", WINDOW_DAYS);
    int64_t gone_ms = call->now_ms + (at_once ? 0 : (int64_t)(days * DAY_S * 1000));
    struct json *secret;

    if (check_window(call, at_once) != 0)
        return -1;
    secret = secret_asked(call);
    if (secret == NULL && at_once && str_eq(call->error_code, "ResourceNotFoundException")) {
        call->error_code = NULL; /* what is not there is deleted */
        call->status = 0;
        json_put_str(call->answer, "Name", sim_param(call, "SecretId"));
        sim_put_time(call, call->answer, "DeletionDate", call->now_ms);
        return 0;
    }
    if (secret == NULL)
        return -1;
    if (is_deleted(secret) && !at_once)
        return sim_error(call, "InvalidRequestException", 400,
                         "You can't perform this operation on the secret because it was already "
                         "scheduled for deletion.");
    secret_say(call, secret);
    sim_put_time(call, call->answer, "DeletionDate", gone_ms);
    sim_set_number(secret, "_deleted_ms", (double)call->now_ms);
    sim_set_number(secret, "_gone_ms", (double)gone_ms);
    if (at_once)
        (void)sim_delete(call, json_str(secret, "_account"), call->region, "secret",
                         json_str(secret, "Name"));
    else
        secret_put(call, secret);
    return 0;
}

static int restore_secret(struct sim_call *call)
{
    struct json *secret = secret_asked(call);

    if (secret == NULL)
        return -1;
    json_remove(secret, "_deleted_ms");
    json_remove(secret, "_gone_ms");
    secret_put(call, secret);
    secret_say(call, secret);
    return 0;
}

#define SECRET_NAME_CHARS "a-zA-Z0-9/_+=.@-"
#define SECRET_ID                                                                                  \
    {                                                                                              \
        .name = "SecretId", .required = true, .min = 1, .max = 2048                                \
    }
#define TOKEN                                                                                      \
    {                                                                                              \
        .name = "ClientRequestToken", .min = 32, .max = 64                                         \
    }
#define END                                                                                        \
    {                                                                                              \
        .name = NULL                                                                               \
    }

static const struct sim_rule create_rules[] = {
    {.name = "Name", .required = true, .min = 1, .max = 512, .chars = SECRET_NAME_CHARS},
    {.name = "Description", .max = 2048},
    {.name = "KmsKeyId", .max = 2048},
    TOKEN,
    END,
};
static const struct sim_rule change_rules[] = {
    SECRET_ID, TOKEN, {.name = "Description", .max = 2048}, {.name = "KmsKeyId", .max = 2048}, END};
static const struct sim_rule id_rules[] = {SECRET_ID, END};
static const struct sim_rule delete_rules[] = {
    SECRET_ID, {.name = "RecoveryWindowInDays", .number = true, .min = 7, .max = 30}, END};

static const struct sim_operation operations[] = {
    {.name = "CreateSecret", .handler = create_secret, .access = SIM_WRITE, .rules = create_rules},
    {.name = "PutSecretValue",
     .handler = put_secret_value,
     .access = SIM_WRITE,
     .rules = change_rules},
    {.name = "UpdateSecret", .handler = update_secret, .access = SIM_WRITE, .rules = change_rules},
    {.name = "GetSecretValue", .handler = get_secret_value, .rules = id_rules},
    {.name = "DeleteSecret", .handler = delete_secret, .access = SIM_WRITE, .rules = delete_rules},
    {.name = "RestoreSecret", .handler = restore_secret, .access = SIM_WRITE, .rules = id_rules},
    END,
};

const struct sim_service sim_service_secretsmanager = {
    .name = "secrets-manager",
    .signing_name = "secretsmanager",
    .endpoint = "secretsmanager",
    .protocol = SIM_JSON,
    .json_version = "1.1",
    .target_prefix = "secretsmanager",
    .bad_input = "InvalidParameterException",
    .operations = {operations, secret_description_operations},
};
