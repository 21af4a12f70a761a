/*
 * backup_vault_settings.c - AWS Backup: a vault's access policy, its lock and its notifications.
 *
 * Source: AWS Backup API Reference: PutBackupVaultAccessPolicy, PutBackupVaultLockConfiguration,
 *         PutBackupVaultNotifications; AWS Backup Developer Guide, "AWS Backup Vault Lock".
 * Limits: nothing is published to the topic.
 */
#include "backup_priv.h"

#include "resource_policy.h"

#include <string.h>

enum { DAYS_MOST = 36500, COOLING_OFF_DAYS_LEAST = 3, POLICY_BYTES_MOST = 20480 };
static const double day_ms = 86400e3;

/* --- Access policy -------------------------------------------------------------------------------
 */

static int put_access_policy(struct sim_call *call)
{
    const char *text = sim_param(call, "Policy"), *why = NULL;
    struct json *vault = backup_vault(call);

    if (vault == NULL || backup_need(call, call->params, "Policy") != 0)
        return -1;
    if (strlen(text) > POLICY_BYTES_MOST)
        return backup_invalid(call, "The policy is longer than %d bytes.", POLICY_BYTES_MOST);
    if (sim_resource_policy_parse(call, text, &why) == NULL)
        return backup_invalid(call, "Invalid policy: %s", why);
    sim_set_str(vault, "_policy", text);
    backup_vault_put(call, vault);
    return 0;
}

static int get_access_policy(struct sim_call *call)
{
    const struct json *vault = sim_get(call, call->account, call->region, "backup-vault",
                                       sim_param(call, "backupVaultName"));

    if (vault == NULL)
        return sim_error(call, "AccessDeniedException", 403,
                         "Insufficient privileges to perform this action.");
    if (json_str(vault, "_policy") == NULL)
        return backup_not_found(call, "Backup vault '%s' has no associated policy.",
                                json_str(vault, "BackupVaultName"));
    json_put_str(call->answer, "BackupVaultName", json_str(vault, "BackupVaultName"));
    json_put_str(call->answer, "BackupVaultArn", json_str(vault, "BackupVaultArn"));
    json_put_str(call->answer, "Policy", json_str(vault, "_policy"));
    return 0;
}

static int delete_access_policy(struct sim_call *call)
{
    struct json *vault = backup_vault(call);

    if (vault == NULL)
        return -1;
    json_remove(vault, "_policy");
    backup_vault_put(call, vault);
    return 0;
}

/* --- Lock ----------------------------------------------------------------------------------------
 */

static int check_open(struct sim_call *call, const struct json *vault)
{
    if (backup_vault_is_final(call, vault))
        return backup_refuse(call, "Vault Lock configuration is immutable and cannot be changed.");
    return 0;
}

static int check_lock(struct sim_call *call)
{
    double least = json_number(call->params, "MinRetentionDays", 1);
    double most = json_number(call->params, "MaxRetentionDays", DAYS_MOST);
    double changeable = json_number(call->params, "ChangeableForDays", COOLING_OFF_DAYS_LEAST);

    if (least < 1 || least > DAYS_MOST)
        return backup_invalid(call, "MinRetentionDays must be between 1 and %d.", DAYS_MOST);
    if (most < 1 || most > DAYS_MOST)
        return backup_invalid(call, "MaxRetentionDays must be between 1 and %d.", DAYS_MOST);
    if (most < least)
        return backup_invalid(call, "MaxRetentionDays cannot be less than MinRetentionDays.");
    if (changeable < COOLING_OFF_DAYS_LEAST || changeable > DAYS_MOST)
        return backup_invalid(call, "ChangeableForDays must be between %d and %d.",
                              COOLING_OFF_DAYS_LEAST, DAYS_MOST);
    return 0;
}

static void unlock(struct json *vault)
{
    static const char *const members[] = {"MinRetentionDays", "MaxRetentionDays", "_lock_ms"};

    sim_set_bool(vault, "Locked", false);
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        json_remove(vault, members[i]);
}

/* The new configuration takes the whole place of the one before. */
static int put_lock(struct sim_call *call)
{
    static const char *const bounds[] = {"MinRetentionDays", "MaxRetentionDays"};
    const struct json *changeable = json_get(call->params, "ChangeableForDays");
    struct json *vault = backup_vault(call);

    if (vault == NULL || check_open(call, vault) != 0 || check_lock(call) != 0)
        return -1;
    unlock(vault);
    sim_set_bool(vault, "Locked", true);
    for (size_t i = 0; i < sizeof bounds / sizeof bounds[0]; i++)
        if (json_get(call->params, bounds[i]) != NULL)
            json_put_number(vault, bounds[i], json_number(call->params, bounds[i], 0));
    if (changeable != NULL)
        json_put_number(vault, "_lock_ms", (double)call->now_ms + changeable->number * day_ms);
    backup_vault_put(call, vault);
    return 0;
}

static int delete_lock(struct sim_call *call)
{
    struct json *vault = backup_vault(call);

    if (vault == NULL || check_open(call, vault) != 0)
        return -1;
    if (!json_bool(vault, "Locked", false))
        return backup_not_found(call, "Backup vault '%s' has no lock configuration.",
                                json_str(vault, "BackupVaultName"));
    unlock(vault);
    backup_vault_put(call, vault);
    return 0;
}

/* --- Notifications -------------------------------------------------------------------------------
 */

#define EVENTS                                                                                     \
    "BACKUP_JOB_STARTED|BACKUP_JOB_COMPLETED|BACKUP_JOB_SUCCESSFUL|BACKUP_JOB_FAILED|"             \
    "BACKUP_JOB_EXPIRED|RESTORE_JOB_STARTED|RESTORE_JOB_COMPLETED|RESTORE_JOB_SUCCESSFUL|"         \
    "RESTORE_JOB_FAILED|COPY_JOB_STARTED|COPY_JOB_SUCCESSFUL|COPY_JOB_FAILED|"                     \
    "RECOVERY_POINT_MODIFIED|BACKUP_PLAN_CREATED|BACKUP_PLAN_MODIFIED|S3_BACKUP_OBJECT_FAILED|"    \
    "S3_RESTORE_OBJECT_FAILED|CONTINUOUS_BACKUP_INTERRUPTED|RECOVERY_POINT_INDEX_COMPLETED|"       \
    "RECOVERY_POINT_INDEX_DELETED|RECOVERY_POINT_INDEXING_FAILED"

static int put_notifications(struct sim_call *call)
{
    static const struct sim_rule event = {.name = "BackupVaultEvents", .values = EVENTS};
    const char *topic = sim_param(call, "SNSTopicArn");
    const struct json *events = json_get(call->params, "BackupVaultEvents");
    struct json *vault = backup_vault(call), *out;

    if (vault == NULL || backup_need(call, call->params, "SNSTopicArn BackupVaultEvents") != 0)
        return -1;
    if (!str_starts(topic, sim_arn(call, "sns", call->region, call->account, "%s", "")))
        return backup_invalid(call, "Invalid SNS topic ARN: %s", topic);
    if (events->count == 0)
        return backup_invalid(call, "BackupVaultEvents must not be empty.");
    for (const struct json *it = json_first(events); it != NULL; it = it->next)
        if (sim_check(call, &event, it) != 0)
            return -1;
    out = json_object(call->arena);
    json_put_str(out, "SNSTopicArn", topic);
    json_put(out, "BackupVaultEvents", events);
    sim_set(vault, "_notifications", out);
    backup_vault_put(call, vault);
    return 0;
}

static int get_notifications(struct sim_call *call)
{
    const struct json *vault = backup_vault(call);

    if (vault == NULL)
        return -1;
    if (json_get(vault, "_notifications") == NULL)
        return backup_not_found(call, "Backup vault '%s' has no notification configuration.",
                                json_str(vault, "BackupVaultName"));
    call->answer = json_copy(json_get(vault, "_notifications"), call->arena);
    json_put_str(call->answer, "BackupVaultName", json_str(vault, "BackupVaultName"));
    json_put_str(call->answer, "BackupVaultArn", json_str(vault, "BackupVaultArn"));
    return 0;
}

static int delete_notifications(struct sim_call *call)
{
    struct json *vault = backup_vault(call);

    if (vault == NULL)
        return -1;
    json_remove(vault, "_notifications");
    backup_vault_put(call, vault);
    return 0;
}

/* --- The table -----------------------------------------------------------------------------------
 */

static const struct sim_rule lock_rules[] = {
    {.name = "MinRetentionDays", .number = true},
    {.name = "MaxRetentionDays", .number = true},
    {.name = "ChangeableForDays", .number = true},
    BACKUP_END,
};

static const char policy_uri[] = "/backup-vaults/{backupVaultName}/access-policy",
                  lock_uri[] = "/backup-vaults/{backupVaultName}/vault-lock",
                  notifications_uri[] = "/backup-vaults/{backupVaultName}/notification-"
                                        "configuration";

const struct sim_operation backup_vault_setting_operations[] = {
    BACKUP_OPERATION("PutBackupVaultAccessPolicy", "PUT", policy_uri, put_access_policy, SIM_WRITE,
                     backup_vault_rules),
    BACKUP_OPERATION("GetBackupVaultAccessPolicy", "GET", policy_uri, get_access_policy, SIM_READ,
                     backup_vault_rules),
    BACKUP_OPERATION("DeleteBackupVaultAccessPolicy", "DELETE", policy_uri, delete_access_policy,
                     SIM_WRITE, backup_vault_rules),
    BACKUP_OPERATION("PutBackupVaultLockConfiguration", "PUT", lock_uri, put_lock, SIM_WRITE,
                     lock_rules),
    BACKUP_OPERATION("DeleteBackupVaultLockConfiguration", "DELETE", lock_uri, delete_lock,
                     SIM_WRITE, NULL),
    BACKUP_OPERATION("PutBackupVaultNotifications", "PUT", notifications_uri, put_notifications,
                     SIM_WRITE, backup_vault_rules),
    BACKUP_OPERATION("GetBackupVaultNotifications", "GET", notifications_uri, get_notifications,
                     SIM_READ, backup_vault_rules),
    BACKUP_OPERATION("DeleteBackupVaultNotifications", "DELETE", notifications_uri,
                     delete_notifications, SIM_WRITE, backup_vault_rules),
    BACKUP_END,
};
