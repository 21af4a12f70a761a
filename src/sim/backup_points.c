/*
 * backup_points.c - AWS Backup: recovery points, and the resources that they protect.
 *
 * Source: AWS Backup API Reference: ListRecoveryPointsByBackupVault, ListRecoveryPointsByResource,
 *         DeleteRecoveryPoint, ListProtectedResources, ListProtectedResourcesByBackupVault.
 */
#include "backup_priv.h"

#include "plinth/base/time.h"

#include <string.h>

double backup_time_param(const struct sim_call *call, const char *name, double fallback)
{
    const char *text = sim_param(call, name);
    int64_t ms;
    uint64_t seconds;

    if (text == NULL)
        return fallback;
    if (time_parse_rfc3339(text, &ms))
        return (double)ms;
    return str_to_u64(text, &seconds) ? (double)seconds * 1000 : fallback;
}

/* --- What is protected ---------------------------------------------------------------------------
 */

static const char *protected_kind(struct sim_call *call, const char *vault)
{
    return vault == NULL ? "backup-protected"
                         : arena_printf(call->arena, "backup-protected/%s", vault);
}

/* The newest point of a resource in a vault; of all vaults, copies left out, if it is NULL. */
static const struct json *newest(struct sim_call *call, const char *resource, const char *vault)
{
    const struct json *best = NULL;

    for (const struct sim_record *it = sim_first(call, call->account, call->region, "backup-point");
         it != NULL; it = sim_store_next(it)) {
        const struct json *point = sim_record_json(it, call->arena);

        if (str_eq(json_str(point, "ResourceArn"), resource) &&
            (vault == NULL ? !json_bool(point, "_copy", false)
                           : str_eq(json_str(point, "BackupVaultName"), vault)) &&
            json_number(point, "_created_ms", 0) >= json_number(best, "_created_ms", 0))
            best = point;
    }
    return best;
}

static void protect(struct sim_call *call, const char *resource, const char *vault)
{
    const struct json *point = newest(call, resource, vault);
    const char *kind = protected_kind(call, vault);
    struct json *entry = json_object(call->arena);

    if (point == NULL) {
        (void)sim_delete(call, call->account, call->region, kind, resource);
        return;
    }
    json_put_str(entry, "ResourceArn", resource);
    json_put_str(entry, "ResourceType", json_str(point, "ResourceType"));
    sim_put_time(call, entry, "LastBackupTime", (int64_t)json_number(point, "_created_ms", 0));
    json_put_str(entry, "LastBackupVaultArn", json_str(point, "BackupVaultArn"));
    json_put_str(entry, "LastRecoveryPointArn", json_str(point, "RecoveryPointArn"));
    sim_put(call, call->account, call->region, kind, resource, entry);
}

static void protect_both(struct sim_call *call, const struct json *point)
{
    protect(call, json_str(point, "ResourceArn"), NULL);
    protect(call, json_str(point, "ResourceArn"), json_str(point, "BackupVaultName"));
}

void backup_point_add(struct sim_call *call, const struct json *point)
{
    sim_put(call, call->account, call->region, "backup-point", json_str(point, "RecoveryPointArn"),
            point);
    protect_both(call, point);
}

static void remove_point(struct sim_call *call, const struct json *point)
{
    (void)sim_delete(call, call->account, call->region, "backup-point",
                     json_str(point, "RecoveryPointArn"));
    protect_both(call, point);
}

void backup_points_expire(struct sim_call *call)
{
    const struct sim_record *it = sim_first(call, call->account, call->region, "backup-point");

    while (it != NULL) {
        const struct json *point = sim_record_json(it, call->arena);
        double delete_ms = json_number(point, "_delete_ms", 0);

        it = sim_store_next(it);
        if (delete_ms > 0 && (double)call->now_ms >= delete_ms)
            remove_point(call, point);
    }
}

/* --- Operations ----------------------------------------------------------------------------------
 */

static bool is_wanted(const struct sim_call *call, const struct json *point)
{
    static const char *const filters[][2] = {{"backupVaultName", "BackupVaultName"},
                                             {"resourceArn", "ResourceArn"},
                                             {"resourceType", "ResourceType"}};
    const char *plan = sim_param(call, "backupPlanId");
    double created = json_number(point, "_created_ms", 0);

    for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++) {
        const char *wanted = sim_param(call, filters[i][0]);

        if (wanted != NULL && !str_eq(wanted, json_str(point, filters[i][1])))
            return false;
    }
    if (plan != NULL && !str_eq(json_str(json_get(point, "CreatedBy"), "BackupPlanId"), plan))
        return false;
    return created >= backup_time_param(call, "createdAfter", 0) &&
           created <= backup_time_param(call, "createdBefore", created);
}

/* What a listing of one resource tells of a point; its size has another name there. */
static struct json *of_resource(const struct json *point, struct arena *arena)
{
    static const char *const members[] = {"RecoveryPointArn", "CreationDate",    "Status",
                                          "EncryptionKeyArn", "BackupVaultName", "IsParent"};
    struct json *out = json_object(arena);

    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        if (json_get(point, members[i]) != NULL)
            json_put(out, members[i], json_get(point, members[i]));
    json_put_number(out, "BackupSizeBytes", json_number(point, "BackupSizeInBytes", 0));
    return out;
}

static int list_points(struct sim_call *call, bool by_resource)
{
    struct sim_page page = BACKUP_PAGE_OF("RecoveryPoints");

    if (sim_page_open(call, &page) != 0)
        return -1;
    for (const struct sim_record *it =
             sim_page_first(&page, call->account, call->region, "backup-point");
         it != NULL; it = sim_page_next(&page, it)) {
        struct json *point = sim_record_json(it, call->arena);

        if (!is_wanted(call, point))
            continue;
        json_add(page.items, by_resource ? of_resource(point, call->arena) : point);
    }
    return 0;
}

static int list_points_by_vault(struct sim_call *call)
{
    backup_advance_organization(call);
    return backup_vault(call) == NULL ? -1 : list_points(call, false);
}

static int list_points_by_resource(struct sim_call *call)
{
    backup_advance_organization(call);
    return list_points(call, true);
}

static int delete_point(struct sim_call *call)
{
    const char *arn = sim_param(call, "recoveryPointArn");
    const struct json *vault = backup_vault(call), *point;

    if (vault == NULL)
        return -1;
    backup_advance_organization(call);
    point = sim_get(call, call->account, call->region, "backup-point", arn);
    if (point == NULL ||
        !str_eq(json_str(point, "BackupVaultName"), json_str(vault, "BackupVaultName")))
        return backup_not_found(call, "Recovery point %s cannot be found.", arn);
    if (json_bool(vault, "Locked", false))
        return backup_refuse(call, "Recovery point cannot be deleted: backup vault '%s' is locked.",
                             json_str(vault, "BackupVaultName"));
    remove_point(call, point);
    return 0;
}

static int list_protected(struct sim_call *call, const char *vault)
{
    struct sim_page page = BACKUP_PAGE_OF("Results");

    if (sim_page_open(call, &page) != 0)
        return -1;
    for (const struct sim_record *it =
             sim_page_first(&page, call->account, call->region, protected_kind(call, vault));
         it != NULL; it = sim_page_next(&page, it))
        json_add(page.items, sim_record_json(it, call->arena));
    return 0;
}

static int list_protected_resources(struct sim_call *call)
{
    backup_advance(call, call->account);
    return list_protected(call, NULL);
}

static int list_protected_by_vault(struct sim_call *call)
{
    backup_advance_organization(call);
    if (backup_vault(call) == NULL)
        return -1;
    return list_protected(call, sim_param(call, "backupVaultName"));
}

const struct sim_operation backup_point_operations[] = {
    BACKUP_OPERATION("ListRecoveryPointsByBackupVault", "GET",
                     "/backup-vaults/{backupVaultName}/recovery-points", list_points_by_vault,
                     SIM_READ, backup_vault_rules),
    BACKUP_OPERATION("ListRecoveryPointsByResource", "GET",
                     "/resources/{resourceArn}/recovery-points", list_points_by_resource, SIM_READ,
                     NULL),
    BACKUP_OPERATION("DeleteRecoveryPoint", "DELETE",
                     "/backup-vaults/{backupVaultName}/recovery-points/{recoveryPointArn}",
                     delete_point, SIM_WRITE, backup_vault_rules),
    BACKUP_OPERATION("ListProtectedResources", "GET", "/resources", list_protected_resources,
                     SIM_READ, NULL),
    BACKUP_OPERATION("ListProtectedResourcesByBackupVault", "GET",
                     "/backup-vaults/{backupVaultName}/resources", list_protected_by_vault,
                     SIM_READ, backup_vault_rules),
    BACKUP_END,
};
