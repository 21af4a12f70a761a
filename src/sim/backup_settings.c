/*
 * backup_settings.c - AWS Backup: what an organization and an account's region are opted in to.
 *
 * Source: AWS Backup API Reference: UpdateGlobalSettings, DescribeGlobalSettings,
 *         UpdateRegionSettings, DescribeRegionSettings.  What is on from the start is an estimate:
 *         AWS says only that newer types are off.
 */
#include "backup_priv.h"

#include <string.h>

/* --- Of the organization -------------------------------------------------------------------------
 */

static const char *const global_names[] = {"isCrossAccountBackupEnabled", "isMpaEnabled",
                                           "isDelegatedAdministratorEnabled"};
enum { GLOBAL_COUNT = sizeof global_names / sizeof global_names[0] };

static struct json *global_settings(struct sim_call *call, const char *management)
{
    struct json *settings = sim_get(call, management, "", "backup-settings", "self"), *map;

    if (settings != NULL)
        return settings;
    settings = json_object(call->arena);
    map = json_put_object(settings, "GlobalSettings");
    for (size_t i = 0; i < GLOBAL_COUNT; i++)
        json_put_str(map, global_names[i], "false");
    return settings;
}

bool backup_crosses_accounts(struct sim_call *call)
{
    struct sim_organization own;

    return sim_organization_of(call, call->account, &own) &&
           json_bool(json_get(global_settings(call, own.management), "GlobalSettings"),
                     global_names[0], false);
}

static int describe_global_settings(struct sim_call *call)
{
    struct sim_organization own;

    if (!sim_organization_of(call, call->account, &own))
        return backup_refuse(call, "The account is not a member of an organization.");
    call->answer = global_settings(call, own.management);
    return 0;
}

static int update_global_settings(struct sim_call *call)
{
    const struct json *given = json_get(call->params, "GlobalSettings");
    struct json *settings, *map;

    if (!sim_is_management(call))
        return backup_refuse(call, "Only the management account of an organization can change "
                                   "these settings.");
    if (backup_need(call, call->params, "GlobalSettings") != 0)
        return -1;
    settings = global_settings(call, call->account);
    map = json_copy(json_get(settings, "GlobalSettings"), call->arena);
    for (const struct json *it = json_first(given); it != NULL; it = it->next) {
        if (json_get(map, it->key) == NULL || it->type != JSON_STRING ||
            (!str_eq(it->string, "true") && !str_eq(it->string, "false")))
            return backup_invalid(call, "Invalid global setting: %s", it->key);
        sim_set_str(map, it->key, it->string);
    }
    sim_set(settings, "GlobalSettings", map);
    json_remove(settings, "LastUpdateTime");
    sim_put_time(call, settings, "LastUpdateTime", call->now_ms);
    sim_put(call, call->account, "", "backup-settings", "self", settings);
    return 0;
}

/* --- Of a region ---------------------------------------------------------------------------------
 */

static const struct {
    const char *name;
    bool on;                  /* from the start */
    bool managed, manageable; /* by AWS Backup in place of the service's own backup */
} types[] = {
    {"Aurora", true, false, false},
    {"CloudFormation", false, false, false},
    {"DocumentDB", false, false, false},
    {"DynamoDB", true, false, true},
    {"EBS", true, false, false},
    {"EC2", true, false, false},
    {"EFS", true, true, true},
    {"EKS", false, false, false},
    {"FSx", true, false, false},
    {"Neptune", false, false, false},
    {"RDS", true, false, false},
    {"Redshift", false, false, false},
    {"Redshift Serverless", false, false, false},
    {"S3", false, false, false},
    {"SAP HANA on Amazon EC2", false, false, false},
    {"Storage Gateway", true, false, false},
    {"Timestream", false, false, false},
    {"VirtualMachine", true, false, false},
};
enum { TYPE_COUNT = sizeof types / sizeof types[0] };

bool backup_type_exists(const char *type)
{
    for (size_t i = 0; i < TYPE_COUNT; i++)
        if (str_eq(types[i].name, type))
            return true;
    return false;
}

static struct json *region_settings(struct sim_call *call)
{
    struct json *settings = sim_get(call, call->account, call->region, "backup-settings", "self");
    struct json *opted, *managed;

    if (settings != NULL)
        return settings;
    settings = json_object(call->arena);
    opted = json_put_object(settings, "ResourceTypeOptInPreference");
    managed = json_put_object(settings, "ResourceTypeManagementPreference");
    for (size_t i = 0; i < TYPE_COUNT; i++) {
        json_put_bool(opted, types[i].name, types[i].on);
        if (types[i].manageable)
            json_put_bool(managed, types[i].name, types[i].managed);
    }
    return settings;
}

bool backup_is_opted_in(struct sim_call *call, const char *type)
{
    return json_bool(json_get(region_settings(call), "ResourceTypeOptInPreference"), type, false);
}

static int describe_region_settings(struct sim_call *call)
{
    call->answer = region_settings(call);
    return 0;
}

/* Take over the booleans of one map of the parameters. */
static int change_map(struct sim_call *call, struct json *settings, const char *name)
{
    struct json *map = json_copy(json_get(settings, name), call->arena);

    for (const struct json *it = json_first(json_get(call->params, name)); it != NULL;
         it = it->next) {
        if (json_get(map, it->key) == NULL || it->type != JSON_BOOL)
            return backup_invalid(call, "Invalid resource type: %s", it->key);
        sim_set_bool(map, it->key, json_bool(json_get(call->params, name), it->key, false));
    }
    sim_set(settings, name, map);
    return 0;
}

static int update_region_settings(struct sim_call *call)
{
    struct json *settings = region_settings(call);

    if (call->params->count == 0)
        return backup_need(call, call->params, "ResourceTypeOptInPreference");
    if (change_map(call, settings, "ResourceTypeOptInPreference") != 0 ||
        change_map(call, settings, "ResourceTypeManagementPreference") != 0)
        return -1;
    sim_put(call, call->account, call->region, "backup-settings", "self", settings);
    return 0;
}

const struct sim_operation backup_setting_operations[] = {
    BACKUP_OPERATION("DescribeGlobalSettings", "GET", "/global-settings", describe_global_settings,
                     SIM_READ, NULL),
    BACKUP_OPERATION("UpdateGlobalSettings", "PUT", "/global-settings", update_global_settings,
                     SIM_WRITE, NULL),
    BACKUP_OPERATION("DescribeRegionSettings", "GET", "/account-settings", describe_region_settings,
                     SIM_READ, NULL),
    BACKUP_OPERATION("UpdateRegionSettings", "PUT", "/account-settings", update_region_settings,
                     SIM_WRITE, NULL),
    BACKUP_END,
};
