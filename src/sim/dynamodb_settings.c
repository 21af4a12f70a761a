/*
 * dynamodb_settings.c - tags of tables and their point-in-time recovery.
 *
 * Source: DynamoDB API Reference, version 2012-08-10, "TagResource", "UpdateContinuousBackups".
 */
#include "dynamodb_priv.h"

#include <string.h>

enum { TAGS_MOST = 50, RECOVERY_DAYS = 35, LAG_MS = 5 * 60 * 1000 };

/* --- Tags ----------------------------------------------------------------------------------------
 */

static struct json *tagged(struct sim_call *call)
{
    const char *arn = sim_param(call, "ResourceArn");
    struct json *table = str_starts(arn, "arn:") ? table_find(call, arn) : NULL;

    if (!str_starts(arn, "arn:"))
        (void)sim_bad_input(call, "Invalid TableArn: Invalid ResourceArn provided as input %s",
                            arn);
    else if (table == NULL)
        (void)sim_error(call, "ResourceNotFoundException", 400,
                        "Requested resource not found: ResourcArn: %s not found", arn);
    return table;
}

static int tag_resource(struct sim_call *call)
{
    struct json *table = tagged(call), *tags;

    if (table == NULL)
        return -1;
    tags = sim_tags_with(call->arena, json_get(table, "_tags"), json_get(call->params, "Tags"));
    if (tags->count > TAGS_MOST)
        return sim_bad_input(call, "Too many tags: the limit is %d.", TAGS_MOST);
    sim_set(table, "_tags", tags);
    table_put(call, table);
    return 0;
}

static int untag_resource(struct sim_call *call)
{
    struct json *table = tagged(call);

    if (table == NULL)
        return -1;
    sim_set(
        table, "_tags",
        sim_tags_without(call->arena, json_get(table, "_tags"), json_get(call->params, "TagKeys")));
    table_put(call, table);
    return 0;
}

static int list_tags(struct sim_call *call)
{
    const struct json *table = tagged(call);

    if (table == NULL)
        return -1;
    json_put(call->answer, "Tags", json_get(table, "_tags"));
    return 0;
}

/* --- Point-in-time recovery ----------------------------------------------------------------------
 */

static void show_backups(struct sim_call *call, const struct json *table)
{
    struct json *out = json_put_object(call->answer, "ContinuousBackupsDescription"), *recovery;
    int64_t since_ms = (int64_t)json_number(table, "_pitr_ms", 0);

    json_put_str(out, "ContinuousBackupsStatus", "ENABLED"); /* of every table, always */
    recovery = json_put_object(out, "PointInTimeRecoveryDescription");
    json_put_str(recovery, "PointInTimeRecoveryStatus", since_ms > 0 ? "ENABLED" : "DISABLED");
    if (since_ms == 0)
        return;
    json_put_number(recovery, "RecoveryPeriodInDays",
                    json_number(table, "_pitr_days", RECOVERY_DAYS));
    sim_put_time(call, recovery, "EarliestRestorableDateTime", since_ms);
    sim_put_time(call, recovery, "LatestRestorableDateTime",
                 call->now_ms - since_ms > LAG_MS ? call->now_ms - LAG_MS : since_ms);
}

static int update_backups(struct sim_call *call)
{
    struct json *table = table_find(call, sim_param(call, "TableName"));
    const struct json *wanted = json_get(call->params, "PointInTimeRecoverySpecification");

    if (table == NULL || str_eq(json_str(table, "TableStatus"), "CREATING"))
        return sim_error(call,
                         table == NULL ? "TableNotFoundException"
                                       : "ContinuousBackupsUnavailableException",
                         400, "Table not found: %s", sim_param(call, "TableName"));
    if (!json_bool(wanted, "PointInTimeRecoveryEnabled", false))
        json_remove(table, "_pitr_ms");
    else if (json_get(table, "_pitr_ms") == NULL)
        json_put_number(table, "_pitr_ms", (double)call->now_ms);
    if (json_get(wanted, "RecoveryPeriodInDays") != NULL)
        sim_set_number(table, "_pitr_days",
                       json_number(wanted, "RecoveryPeriodInDays", RECOVERY_DAYS));
    table_put(call, table);
    show_backups(call, table);
    return 0;
}

static int describe_backups(struct sim_call *call)
{
    const struct json *table = table_find(call, sim_param(call, "TableName"));

    if (table == NULL)
        return sim_error(call, "TableNotFoundException", 400, "Table not found: %s",
                         sim_param(call, "TableName"));
    show_backups(call, table);
    return 0;
}

#define ARN                                                                                        \
    {                                                                                              \
        .name = "ResourceArn", .required = true, .min = 1, .max = 1283                             \
    }
#define TABLE                                                                                      \
    {                                                                                              \
        .name = "TableName", .required = true, .min = 1, .max = 1024                               \
    }
#define END                                                                                        \
    {                                                                                              \
        .name = NULL                                                                               \
    }

static const struct sim_rule tag_rules[] = {ARN, {.name = "Tags", .required = true}, END};
static const struct sim_rule untag_rules[] = {ARN, {.name = "TagKeys", .required = true}, END};
static const struct sim_rule arn_rules[] = {ARN, END};
static const struct sim_rule table_rules[] = {TABLE, END};
static const struct sim_rule update_rules[] = {
    TABLE, {.name = "PointInTimeRecoverySpecification", .required = true}, END};

const struct sim_operation dynamodb_setting_operations[] = {
    {.name = "TagResource", .handler = tag_resource, .access = SIM_WRITE, .rules = tag_rules},
    {.name = "UntagResource", .handler = untag_resource, .access = SIM_WRITE, .rules = untag_rules},
    {.name = "ListTagsOfResource", .handler = list_tags, .rules = arn_rules},
    {.name = "UpdateContinuousBackups",
     .handler = update_backups,
     .access = SIM_WRITE,
     .rules = update_rules},
    {.name = "DescribeContinuousBackups", .handler = describe_backups, .rules = table_rules},
    END,
};
