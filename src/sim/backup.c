/*
 * backup.c - AWS Backup: vaults, also logically air-gapped ones, and tags.
 *
 * Source: AWS Backup Developer Guide, API Reference, version 2018-11-15; "AWS Backup quotas";
 *         "Logically air-gapped vault".  That DescribeBackupVault says AccessDeniedException of a
 *         vault that is not there is not documented, but observed (and what Terraform's provider
 *         takes for absence).
 * Limits: the caller's permissions on the key are not looked at.
 */
#include "backup_priv.h"

#include "kms_priv.h"
#include "resource_policy.h"

#include <string.h>

enum {
    VAULTS_MOST = 100, /* of an account and region */
    TAGS_MOST = 50,
    AIR_GAPPED_DAYS_LEAST = 7,
    DAYS_MOST = 36500,
    READY_S_LEAST = 10,
    READY_S_RANGE = 30,
};

/* --- Errors --------------------------------------------------------------------------------------
 */

int backup_invalid(struct sim_call *call, const char *format, ...)
{
    const char *text;
    va_list args;

    va_start(args, format);
    text = arena_vprintf(call->arena, format, args);
    va_end(args);
    return sim_error(call, "InvalidParameterValueException", 400, "%s", text);
}

int backup_refuse(struct sim_call *call, const char *format, ...)
{
    const char *text;
    va_list args;

    va_start(args, format);
    text = arena_vprintf(call->arena, format, args);
    va_end(args);
    return sim_error(call, "InvalidRequestException", 400, "%s", text);
}

int backup_not_found(struct sim_call *call, const char *format, ...)
{
    const char *text;
    va_list args;

    va_start(args, format);
    text = arena_vprintf(call->arena, format, args);
    va_end(args);
    return sim_error(call, "ResourceNotFoundException", 400, "%s", text);
}

int backup_need(struct sim_call *call, const struct json *params, const char *names)
{
    while (*names != '\0') {
        size_t len = strcspn(names, " ");
        const char *name = arena_strn(call->arena, names, len);

        if (json_get(params, name) == NULL)
            return sim_error(call, "MissingParameterValueException", 400,
                             "Missing required parameter: %s", name);
        names += len;
        names += *names == ' ';
    }
    return 0;
}

int backup_exists(struct sim_call *call, const char *arn, const char *text)
{
    (void)sim_error(call, "AlreadyExistsException", 400, "%s", text);
    sim_error_put(call, "Arn", arn);
    return -1;
}

double backup_number(const struct json *object, const char *key, double fallback)
{
    const char *text = json_str(object, key);
    uint64_t number;

    if (text != NULL && str_to_u64(text, &number))
        return (double)number;
    return json_number(object, key, fallback);
}

/* --- Vaults --------------------------------------------------------------------------------------
 */

struct json *backup_vault(struct sim_call *call)
{
    const char *name = sim_param(call, "backupVaultName");
    struct json *vault;

    if (name == NULL)
        name = sim_param(call, "BackupVaultName");
    vault = sim_get(call, call->account, call->region, "backup-vault", name);
    if (vault == NULL)
        (void)backup_not_found(call, "Backup vault '%s' cannot be found.", name);
    return vault;
}

void backup_vault_put(struct sim_call *call, const struct json *vault)
{
    sim_put(call, call->account, call->region, "backup-vault", json_str(vault, "BackupVaultName"),
            vault);
}

bool backup_vault_is_final(const struct sim_call *call, const struct json *vault)
{
    double lock_ms = json_number(vault, "_lock_ms", 0);

    return str_eq(json_str(vault, "VaultType"), "LOGICALLY_AIR_GAPPED_BACKUP_VAULT") ||
           (lock_ms > 0 && (double)call->now_ms >= lock_ms);
}

static size_t points_in(struct sim_call *call, const char *vault)
{
    size_t count = 0;

    for (const struct sim_record *it = sim_first(call, call->account, call->region, "backup-point");
         it != NULL; it = sim_store_next(it))
        count +=
            str_eq(json_str(sim_record_json(it, call->arena), "BackupVaultName"), vault) ? 1 : 0;
    return count;
}

static struct json *shown(struct sim_call *call, const struct json *vault)
{
    struct json *out = json_copy(vault, call->arena);
    double lock_ms = json_number(vault, "_lock_ms", 0);

    json_put_str(out, "VaultState", sim_ready(call, vault) ? "AVAILABLE" : "CREATING");
    json_put_number(out, "NumberOfRecoveryPoints",
                    (double)points_in(call, json_str(vault, "BackupVaultName")));
    sim_put_time(call, out, "CreationDate", (int64_t)json_number(vault, "_created_ms", 0));
    if (lock_ms > 0)
        sim_put_time(call, out, "LockDate", (int64_t)lock_ms);
    return out;
}

/* The key that AWS Backup has in every account and region, of which nobody else sees anything. */
static const char *own_key(struct sim_call *call)
{
    const struct json *there = sim_get(call, call->account, call->region, "backup-own-key", "self");
    struct json *key = json_object(call->arena);

    if (there != NULL)
        return json_str(there, "arn");
    json_put_str(key, "arn",
                 sim_arn(call, "kms", call->region, call->account, "key/%s",
                         sim_id(call, "", 32, SIM_HEX_DIGITS)));
    sim_put(call, call->account, call->region, "backup-own-key", "self", key);
    return json_str(key, "arn");
}

static int check_key(struct sim_call *call)
{
    const char *arn = sim_param(call, "EncryptionKeyArn");
    const struct json *key;

    if (arn == NULL)
        return 0;
    if (!str_starts(arn, "arn:"))
        return backup_invalid(call, "Invalid encryption key ARN: %s", arn);
    key = kms_find(call, call->region, arn);
    if (key == NULL || !kms_is_enabled(key))
        return backup_invalid(call, "The encryption key %s does not exist or is not enabled.", arn);
    return 0;
}

static void answer_created(struct sim_call *call, const struct json *vault, bool with_state)
{
    json_put_str(call->answer, "BackupVaultName", json_str(vault, "BackupVaultName"));
    json_put_str(call->answer, "BackupVaultArn", json_str(vault, "BackupVaultArn"));
    sim_put_time(call, call->answer, "CreationDate", (int64_t)json_number(vault, "_created_ms", 0));
    if (with_state)
        json_put_str(call->answer, "VaultState", sim_ready(call, vault) ? "AVAILABLE" : "CREATING");
}

static struct json *new_vault(struct sim_call *call, const char *type)
{
    const char *name = sim_param(call, "backupVaultName");
    struct json *vault = json_object(call->arena);

    json_put_str(vault, "BackupVaultName", name);
    json_put_str(vault, "BackupVaultArn",
                 sim_arn(call, "backup", call->region, call->account, "backup-vault:%s", name));
    json_put_str(vault, "VaultType", type);
    json_put_str(vault, "CreatorRequestId", sim_param(call, "CreatorRequestId"));
    json_put_bool(vault, "Locked", false);
    json_put_number(vault, "_created_ms", (double)call->now_ms);
    json_put_number(vault, "_ready_ms", (double)call->now_ms);
    return vault;
}

/* 1: this very request was carried out before, and its answer is given again.  -1: refused. */
static int check_new(struct sim_call *call, bool air_gapped)
{
    const char *name = sim_param(call, "backupVaultName");
    const char *token = sim_param(call, "CreatorRequestId");
    const struct json *there = sim_get(call, call->account, call->region, "backup-vault", name);

    if (backup_tags_check(call, json_get(call->params, "BackupVaultTags")) != 0)
        return -1;
    if (there != NULL && token != NULL && str_eq(json_str(there, "CreatorRequestId"), token)) {
        answer_created(call, there, air_gapped);
        return 1;
    }
    if (there != NULL)
        return backup_exists(call, json_str(there, "BackupVaultArn"),
                             "Backup vault with the same name already exists");
    if (check_key(call) != 0)
        return -1;
    if (sim_store_count(call->sim->store, call->account, call->region, "backup-vault") >=
        VAULTS_MOST)
        return sim_error(call, "LimitExceededException", 400,
                         "The number of backup vaults has reached its limit.");
    return 0;
}

static int create_backup_vault(struct sim_call *call)
{
    const char *key = sim_param(call, "EncryptionKeyArn");
    int known = check_new(call, false);
    struct json *vault;

    if (known != 0)
        return known < 0 ? -1 : 0;
    vault = new_vault(call, "BACKUP_VAULT");
    json_put_str(vault, "EncryptionKeyArn", key == NULL ? own_key(call) : key);
    json_put_bool(vault, "_aws_key", key == NULL);
    backup_vault_put(call, vault);
    backup_tags_put(call, json_str(vault, "BackupVaultArn"),
                    json_get(call->params, "BackupVaultTags"));
    answer_created(call, vault, false);
    return 0;
}

/* It is locked from the start, and for good. */
static int create_air_gapped_vault(struct sim_call *call)
{
    const char *key = sim_param(call, "EncryptionKeyArn");
    double least = json_number(call->params, "MinRetentionDays", 0);
    double most = json_number(call->params, "MaxRetentionDays", 0);
    double seconds = READY_S_LEAST + (double)rng_below(call->sim->env->rng, READY_S_RANGE);
    struct json *vault;
    int known;

    if (backup_need(call, call->params, "MinRetentionDays MaxRetentionDays") != 0)
        return -1;
    if (least < AIR_GAPPED_DAYS_LEAST || most < least || most > DAYS_MOST)
        return backup_invalid(call,
                              "The retention must be between %d and %d days, and its minimum "
                              "no longer than its maximum.",
                              AIR_GAPPED_DAYS_LEAST, DAYS_MOST);
    known = check_new(call, true);
    if (known != 0)
        return known < 0 ? -1 : 0;
    vault = new_vault(call, "LOGICALLY_AIR_GAPPED_BACKUP_VAULT");
    if (key != NULL)
        json_put_str(vault, "EncryptionKeyArn", key);
    json_put_str(vault, "EncryptionKeyType",
                 key == NULL ? "AWS_OWNED_KMS_KEY" : "CUSTOMER_MANAGED_KMS_KEY");
    sim_set_bool(vault, "Locked", true);
    json_put_number(vault, "MinRetentionDays", least);
    json_put_number(vault, "MaxRetentionDays", most);
    sim_set_number(vault, "_ready_ms", (double)sim_due_ms(call, seconds));
    backup_vault_put(call, vault);
    backup_tags_put(call, json_str(vault, "BackupVaultArn"),
                    json_get(call->params, "BackupVaultTags"));
    answer_created(call, vault, true);
    return 0;
}

static int describe_backup_vault(struct sim_call *call)
{
    const char *owner = sim_param(call, "backupVaultAccountId");
    const struct json *vault = sim_get(call, call->account, call->region, "backup-vault",
                                       sim_param(call, "backupVaultName"));

    backup_advance_organization(call);
    if (vault == NULL || (owner != NULL && !str_eq(owner, call->account)))
        return sim_error(call, "AccessDeniedException", 403,
                         "Insufficient privileges to perform this action.");
    call->answer = shown(call, vault);
    return 0;
}

static int list_backup_vaults(struct sim_call *call)
{
    struct sim_page page = BACKUP_PAGE_OF("BackupVaultList");
    const char *type = sim_param(call, "vaultType");

    if (sim_page_open(call, &page) != 0)
        return -1;
    if (json_bool(call->params, "shared", false))
        return 0;
    backup_advance_organization(call);
    for (const struct sim_record *it =
             sim_page_first(&page, call->account, call->region, "backup-vault");
         it != NULL; it = sim_page_next(&page, it)) {
        const struct json *vault = sim_record_json(it, call->arena);

        if (type == NULL || str_eq(type, json_str(vault, "VaultType")))
            json_add(page.items, shown(call, vault));
    }
    return 0;
}

/* An empty vault can go whatever its lock: there is nothing in it to keep. */
static int delete_backup_vault(struct sim_call *call)
{
    const struct json *vault = backup_vault(call);

    if (vault == NULL)
        return -1;
    if (!sim_ready(call, vault))
        return backup_refuse(call, "The vault is being created.");
    backup_advance_organization(call);
    if (points_in(call, json_str(vault, "BackupVaultName")) > 0)
        return backup_refuse(call,
                             "Backup vault cannot be deleted because it contains recovery points.");
    (void)sim_delete(call, call->account, call->region, "backup-tags",
                     json_str(vault, "BackupVaultArn"));
    (void)sim_delete(call, call->account, call->region, "backup-vault",
                     json_str(vault, "BackupVaultName"));
    return 0;
}

/* --- Tags ----------------------------------------------------------------------------------------
 */

int backup_tags_check(struct sim_call *call, const struct json *tags)
{
    if (tags != NULL && tags->type != JSON_OBJECT)
        return backup_invalid(call, "Tags must be a map.");
    if (tags != NULL && tags->count > TAGS_MOST)
        return sim_error(call, "LimitExceededException", 400, "Too many tags.");
    for (const struct json *tag = json_first(tags); tag != NULL; tag = tag->next)
        if (tag->key[0] == '\0' || strlen(tag->key) > 128 || str_starts(tag->key, "aws:") ||
            tag->string == NULL || strlen(tag->string) > 256)
            return backup_invalid(call, "Invalid tag: %s", tag->key);
    return 0;
}

void backup_tags_put(struct sim_call *call, const char *arn, const struct json *tags)
{
    sim_put(call, call->account, call->region, "backup-tags", arn,
            tags == NULL ? json_object(call->arena) : tags);
}

/* The tags of the parameter resourceArn; NULL with the error set. */
static struct json *tags_asked(struct sim_call *call)
{
    const char *arn = sim_param(call, "resourceArn");
    struct json *tags = sim_get(call, call->account, call->region, "backup-tags", arn);

    if (tags == NULL)
        (void)backup_not_found(call, "The resource %s cannot be found.", arn);
    return tags;
}

static int list_tags(struct sim_call *call)
{
    const struct json *tags = tags_asked(call);

    if (tags == NULL)
        return -1;
    json_put(call->answer, "Tags", tags);
    return 0;
}

static int tag_resource(struct sim_call *call)
{
    const struct json *given = json_get(call->params, "Tags");
    struct json *tags = tags_asked(call);

    if (tags == NULL || backup_need(call, call->params, "Tags") != 0 ||
        backup_tags_check(call, given) != 0)
        return -1;
    for (const struct json *tag = json_first(given); tag != NULL; tag = tag->next)
        sim_set_str(tags, tag->key, tag->string);
    if (backup_tags_check(call, tags) != 0)
        return -1;
    backup_tags_put(call, sim_param(call, "resourceArn"), tags);
    return 0;
}

static int untag_resource(struct sim_call *call)
{
    struct json *tags = tags_asked(call);

    if (tags == NULL || backup_need(call, call->params, "TagKeyList") != 0)
        return -1;
    for (const struct json *key = json_first(json_get(call->params, "TagKeyList")); key != NULL;
         key = key->next)
        json_remove(tags, key->string);
    backup_tags_put(call, sim_param(call, "resourceArn"), tags);
    return 0;
}

/* --- The tables ----------------------------------------------------------------------------------
 */

#define VAULT_NAME                                                                                 \
    {                                                                                              \
        .name = "backupVaultName", .required = true, .min = 2, .max = 50, .chars = "-a-zA-Z0-9_"   \
    }
#define VAULT_TYPES "BACKUP_VAULT|LOGICALLY_AIR_GAPPED_BACKUP_VAULT|RESTORE_ACCESS_BACKUP_VAULT"

const struct sim_rule backup_vault_rules[] = {VAULT_NAME, BACKUP_END};
static const struct sim_rule create_rules[] = {
    VAULT_NAME,
    {.name = "CreatorRequestId", .min = 1, .max = 50, .chars = "-a-zA-Z0-9_."},
    {.name = "MinRetentionDays", .number = true},
    {.name = "MaxRetentionDays", .number = true},
    BACKUP_END,
};
static const struct sim_rule list_rules[] = {{.name = "vaultType", .values = VAULT_TYPES},
                                             BACKUP_END};

static const char vault_uri[] = "/backup-vaults/{backupVaultName}";

static const struct sim_operation operations[] = {
    BACKUP_OPERATION("CreateBackupVault", "PUT", vault_uri, create_backup_vault, SIM_WRITE,
                     create_rules),
    BACKUP_OPERATION("CreateLogicallyAirGappedBackupVault", "PUT",
                     "/logically-air-gapped-backup-vaults/{backupVaultName}",
                     create_air_gapped_vault, SIM_WRITE, create_rules),
    BACKUP_OPERATION("DescribeBackupVault", "GET", vault_uri, describe_backup_vault, SIM_READ,
                     NULL),
    BACKUP_OPERATION("ListBackupVaults", "GET", "/backup-vaults", list_backup_vaults, SIM_READ,
                     list_rules),
    BACKUP_OPERATION("DeleteBackupVault", "DELETE", vault_uri, delete_backup_vault, SIM_WRITE,
                     NULL),
    BACKUP_OPERATION("ListTags", "GET", "/tags/{resourceArn}", list_tags, SIM_READ, NULL),
    BACKUP_OPERATION("TagResource", "POST", "/tags/{resourceArn}", tag_resource, SIM_WRITE, NULL),
    BACKUP_OPERATION("UntagResource", "POST", "/untag/{resourceArn}", untag_resource, SIM_WRITE,
                     NULL),
    BACKUP_END,
};

/* What a vault's access policy refuses, it refuses to its own account too. */
static int before(struct sim_call *call)
{
    const char *name = sim_param(call, "backupVaultName");
    const struct json *vault;
    const char *arn;

    if (name == NULL)
        return 0;
    vault = sim_get(call, call->account, call->region, "backup-vault", name);
    arn = json_str(vault, "BackupVaultArn");
    if (vault != NULL && sim_resource_policy_caller(call, json_str(vault, "_policy"),
                                                    sim_action(call), arn) == SIM_REFUSED)
        return sim_denied(call, sim_action(call), arn);
    return 0;
}

const struct sim_service sim_service_backup = {
    .name = "backup",
    .protocol = SIM_REST_JSON,
    .bad_input = "InvalidParameterValueException",
    .throttled = "ThrottlingException",
    .throttled_status = 429,
    .before = before,
    .operations = {operations, backup_vault_setting_operations, backup_setting_operations,
                   backup_restore_operations, backup_plan_operations, backup_job_operations,
                   backup_point_operations},
};
