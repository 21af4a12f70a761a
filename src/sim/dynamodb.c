/*
 * dynamodb.c - DynamoDB: tables, from CREATING to gone.
 *
 * Source: DynamoDB API Reference, version 2012-08-10, "CreateTable", "UpdateTable", "DeleteTable";
 *         DynamoDB Developer Guide, "Quotas" and "Naming rules".
 * Limits: no secondary indexes, streams or replicas; throughput is kept, not enforced.
 */
#include "dynamodb_priv.h"

#include <stdlib.h>
#include <string.h>

enum { TABLES_MOST = 2500, CREATE_S = 10, CHANGE_S = 5 };

/* --- Which table ---------------------------------------------------------------------------------
 */

static const char *plain_name(struct sim_call *call, const char *name)
{
    struct sim_arn_parts parts;

    return sim_arn_split(name, call->arena, &parts) && str_starts(parts.resource, "table/") &&
                   str_eq(parts.account, call->account)
               ? parts.resource + strlen("table/")
               : name;
}

static const char *status_of(const struct sim_call *call, const struct json *table)
{
    if (json_get(table, "_gone_ms") != NULL)
        return "DELETING";
    if (!sim_ready(call, table))
        return "CREATING";
    return json_number(table, "_updating_ms", 0) > (double)call->now_ms ? "UPDATING" : "ACTIVE";
}

/* A table that is gone takes its items along. */
static void drop(struct sim_call *call, const struct json *table)
{
    const char *kind = table_item_kind(call, table);
    const struct sim_record *it, *next;

    for (it = sim_first(call, call->account, call->region, kind); it != NULL; it = next) {
        next = sim_store_next(it);
        (void)sim_delete(call, call->account, call->region, kind, sim_record_id(it));
    }
    (void)sim_delete(call, call->account, call->region, "table", json_str(table, "TableName"));
}

struct json *table_find(struct sim_call *call, const char *name)
{
    struct json *table =
        sim_get(call, call->account, call->region, "table", plain_name(call, name));
    double gone_ms = json_number(table, "_gone_ms", 0);

    if (gone_ms > 0 && gone_ms <= (double)call->now_ms) {
        drop(call, table);
        return NULL;
    }
    if (table != NULL)
        sim_set_str(table, "TableStatus", status_of(call, table));
    return table;
}

struct json *table_open(struct sim_call *call)
{
    struct json *table = table_find(call, sim_param(call, "TableName"));

    if (table == NULL)
        (void)sim_error(call, "ResourceNotFoundException", 400,
                        "Requested resource not found: Table: %s not found",
                        plain_name(call, sim_param(call, "TableName")));
    return table;
}

struct json *table_serving(struct sim_call *call)
{
    struct json *table = table_find(call, sim_param(call, "TableName"));
    const char *status = json_str(table, "TableStatus");

    if (table != NULL && (str_eq(status, "ACTIVE") || str_eq(status, "UPDATING")))
        return table;
    (void)sim_error(call, "ResourceNotFoundException", 400, "Requested resource not found");
    return NULL;
}

void table_put(struct sim_call *call, const struct json *table)
{
    sim_put(call, call->account, call->region, "table", json_str(table, "TableName"), table);
}

const char *table_item_kind(const struct sim_call *call, const struct json *table)
{
    return arena_printf(call->arena, "table-item/%s", json_str(table, "TableName"));
}

/* --- What a table is made of ---------------------------------------------------------------------
 */

static const char *attribute_type(const struct sim_call *call, const char *name)
{
    for (const struct json *it = json_first(json_get(call->params, "AttributeDefinitions"));
         it != NULL; it = it->next)
        if (str_eq(json_str(it, "AttributeName"), name))
            return json_str(it, "AttributeType");
    return NULL;
}

static const struct sim_rule definition_rules[] = {
    {.name = "AttributeName", .required = true, .min = 1, .max = 255},
    {.name = "AttributeType", .required = true, .values = "S|N|B"},
    {.name = NULL},
};

/* One HASH key, then perhaps a RANGE key; every attribute is a key's, every key an attribute. */
static int check_keys(struct sim_call *call)
{
    const struct json *keys = json_get(call->params, "KeySchema");
    const struct json *attributes = json_get(call->params, "AttributeDefinitions");
    static const char *const types[] = {"HASH", "RANGE"};
    size_t count = 0;

    for (const struct json *it = json_first(attributes); it != NULL; it = it->next)
        if (sim_check_rules(call, definition_rules, it) != 0)
            return -1;
    if (keys == NULL || keys->count == 0 || keys->count > 2)
        return sim_bad_input(call, "One or more parameter values were invalid: The number of key "
                                   "elements must be between 1 and 2");
    for (const struct json *it = keys->first; it != NULL; it = it->next, count++) {
        if (!str_eq(json_str(it, "KeyType"), types[count]))
            return sim_bad_input(call,
                                 "Invalid KeySchema: The %s KeySchemaElement is not a %s key "
                                 "type",
                                 count == 0 ? "first" : "second", types[count]);
        if (attribute_type(call, json_str(it, "AttributeName")) == NULL)
            return sim_bad_input(call, "One or more parameter values were invalid: Some index key "
                                       "attributes are not defined in AttributeDefinitions.");
    }
    if (attributes->count != keys->count)
        return sim_bad_input(call, "One or more parameter values were invalid: Number of "
                                   "attributes in KeySchema does not exactly match number of "
                                   "attributes defined in AttributeDefinitions");
    return 0;
}

/* NULL is PROVISIONED. */
static int check_billing(struct sim_call *call, const char *mode)
{
    const struct json *units = json_get(call->params, "ProvisionedThroughput");

    if (str_eq(mode, "PAY_PER_REQUEST") && units != NULL)
        return sim_bad_input(call, "One or more parameter values were invalid: Neither "
                                   "ReadCapacityUnits nor WriteCapacityUnits can be specified when "
                                   "BillingMode is PAY_PER_REQUEST");
    if (!str_eq(mode, "PAY_PER_REQUEST") && json_number(units, "ReadCapacityUnits", 0) < 1)
        return sim_bad_input(call, "One or more parameter values were invalid: ReadCapacityUnits "
                                   "and WriteCapacityUnits must both be specified when BillingMode "
                                   "is PROVISIONED");
    return 0;
}

static void take_billing(struct sim_call *call, struct json *table, const char *mode)
{
    const struct json *units = json_get(call->params, "ProvisionedThroughput");
    struct json *out = json_object(call->arena), *summary = json_object(call->arena);

    json_put_number(out, "NumberOfDecreasesToday", 0);
    json_put_number(out, "ReadCapacityUnits", json_number(units, "ReadCapacityUnits", 0));
    json_put_number(out, "WriteCapacityUnits", json_number(units, "WriteCapacityUnits", 0));
    sim_set(table, "ProvisionedThroughput", out);
    if (str_eq(mode, "PAY_PER_REQUEST")) {
        json_put_str(summary, "BillingMode", mode);
        sim_set(table, "BillingModeSummary", summary);
    } else {
        json_remove(table, "BillingModeSummary");
    }
}

/* Without a specification a table is encrypted with DynamoDB's own key, and says nothing of it. */
static void take_encryption(struct sim_call *call, struct json *table)
{
    const struct json *wanted = json_get(call->params, "SSESpecification");
    struct json *out = json_object(call->arena);
    const char *key = json_str(wanted, "KMSMasterKeyId");

    if (wanted == NULL)
        return;
    json_remove(table, "SSEDescription");
    if (!json_bool(wanted, "Enabled", false))
        return;
    json_put_str(out, "Status", "ENABLED");
    json_put_str(out, "SSEType", "KMS");
    json_put_str(out, "KMSMasterKeyArn",
                 key != NULL && str_starts(key, "arn:")
                     ? key
                     : sim_arn(call, "kms", call->region, call->account, "%s%s",
                               key == NULL || str_starts(key, "alias/") ? "" : "key/",
                               key == NULL ? "alias/aws/dynamodb" : key));
    json_put(table, "SSEDescription", out);
}

/* --- The operations ------------------------------------------------------------------------------
 */

static int create_table(struct sim_call *call)
{
    const char *name = sim_param(call, "TableName"), *mode = sim_param(call, "BillingMode");
    struct json *table;
    char id[37];

    if (check_keys(call) != 0 || check_billing(call, mode) != 0)
        return -1;
    if (table_find(call, name) != NULL)
        return sim_error(call, "ResourceInUseException", 400, "Table already exists: %s", name);
    if (sim_store_count(call->sim->store, call->account, call->region, "table") >= TABLES_MOST)
        return sim_error(call, "LimitExceededException", 400,
                         "Subscriber limit exceeded: There is a limit of %d tables per subscriber",
                         TABLES_MOST);
    table = json_object(call->arena);
    json_put(table, "AttributeDefinitions", json_get(call->params, "AttributeDefinitions"));
    json_put_str(table, "TableName", name);
    json_put(table, "KeySchema", json_get(call->params, "KeySchema"));
    json_put_str(table, "TableStatus", "CREATING");
    sim_put_time(call, table, "CreationDateTime", call->now_ms);
    json_put_number(table, "TableSizeBytes", 0);
    json_put_number(table, "ItemCount", 0);
    json_put_str(table, "TableArn",
                 sim_arn(call, "dynamodb", call->region, call->account, "table/%s", name));
    rng_uuid(call->sim->env->rng, id);
    json_put_str(table, "TableId", id);
    json_put_bool(table, "DeletionProtectionEnabled",
                  json_bool(call->params, "DeletionProtectionEnabled", false));
    take_billing(call, table, mode);
    take_encryption(call, table);
    json_put(table, "_tags", sim_tags_with(call->arena, NULL, json_get(call->params, "Tags")));
    json_put_number(table, "_ready_ms", (double)sim_due_ms(call, CREATE_S));
    table_put(call, table);
    json_put(call->answer, "TableDescription", table);
    return 0;
}

static int describe_table(struct sim_call *call)
{
    struct json *table = table_open(call);

    if (table == NULL)
        return -1;
    sim_set_number(table, "ItemCount",
                   (double)sim_store_count(call->sim->store, call->account, call->region,
                                           table_item_kind(call, table)));
    json_put(call->answer, "Table", table);
    return 0;
}

static int must_be_active(struct sim_call *call, const struct json *table)
{
    if (str_eq(json_str(table, "TableStatus"), "ACTIVE"))
        return 0;
    return sim_error(call, "ResourceInUseException", 400,
                     "Attempt to change a resource which is still in use: Table is being %s: %s",
                     str_eq(json_str(table, "TableStatus"), "CREATING")   ? "created"
                     : str_eq(json_str(table, "TableStatus"), "DELETING") ? "deleted"
                                                                          : "updated",
                     json_str(table, "TableName"));
}

static int update_table(struct sim_call *call)
{
    const char *mode = sim_param(call, "BillingMode");
    struct json *table = table_open(call);
    bool billing = mode != NULL || json_get(call->params, "ProvisionedThroughput") != NULL;

    if (table == NULL || must_be_active(call, table) != 0 ||
        (billing && check_billing(call, mode) != 0))
        return -1;
    if (billing)
        take_billing(call, table, mode);
    take_encryption(call, table);
    if (json_get(call->params, "DeletionProtectionEnabled") != NULL)
        sim_set_bool(table, "DeletionProtectionEnabled",
                     json_bool(call->params, "DeletionProtectionEnabled", false));
    sim_set_number(table, "_updating_ms", (double)sim_due_ms(call, CHANGE_S));
    table_put(call, table);
    sim_set_str(table, "TableStatus", "UPDATING");
    json_put(call->answer, "TableDescription", table);
    return 0;
}

static int delete_table(struct sim_call *call)
{
    struct json *table = table_open(call);

    if (table == NULL || must_be_active(call, table) != 0)
        return -1;
    if (json_bool(table, "DeletionProtectionEnabled", false))
        return sim_bad_input(call,
                             "Resource cannot be deleted as it is currently protected against "
                             "deletion. Disable deletion protection first.");
    sim_set_number(table, "_gone_ms", (double)sim_due_ms(call, CHANGE_S));
    table_put(call, table);
    sim_set_str(table, "TableStatus", "DELETING");
    json_put(call->answer, "TableDescription", table);
    return 0;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* By name; a page goes on behind the name that it is told. */
static int list_tables(struct sim_call *call)
{
    size_t count = sim_store_count(call->sim->store, call->account, call->region, "table");
    size_t most = (size_t)json_number(call->params, "Limit", 100), used = 0;
    const char **names = arena_array(call->arena, count + 1, sizeof *names);
    const char *after = sim_param(call, "ExclusiveStartTableName");
    struct json *list = json_put_array(call->answer, "TableNames");

    count = 0;
    for (const struct sim_record *it = sim_first(call, call->account, call->region, "table");
         it != NULL; it = sim_store_next(it))
        names[count++] = arena_str(call->arena, sim_record_id(it));
    qsort(names, count, sizeof *names, by_text);
    for (size_t i = 0; i < count; i++) {
        if ((after != NULL && strcmp(names[i], after) <= 0) || table_find(call, names[i]) == NULL)
            continue;
        if (used == most) {
            json_put_str(call->answer, "LastEvaluatedTableName",
                         json_at(list, list->count - 1)->string);
            break;
        }
        json_add_str(list, names[i]);
        used++;
    }
    return 0;
}

#define TABLE_RULE                                                                                 \
    {                                                                                              \
        .name = "TableName", .required = true, .min = 1, .max = 1024, .chars = "a-zA-Z0-9_.:/-"    \
    }
#define END                                                                                        \
    {                                                                                              \
        .name = NULL                                                                               \
    }

static const struct sim_rule table_rules[] = {TABLE_RULE, END};
static const struct sim_rule create_rules[] = {
    {.name = "TableName", .required = true, .min = 3, .max = 255, .chars = "a-zA-Z0-9_.-"},
    {.name = "AttributeDefinitions", .required = true},
    {.name = "KeySchema", .required = true},
    {.name = "BillingMode", .values = "PROVISIONED|PAY_PER_REQUEST"},
    END,
};
static const struct sim_rule update_rules[] = {
    TABLE_RULE, {.name = "BillingMode", .values = "PROVISIONED|PAY_PER_REQUEST"}, END};
static const struct sim_rule list_rules[] = {
    {.name = "Limit", .number = true, .min = 1, .max = 100}, END};

static const struct sim_operation operations[] = {
    {.name = "CreateTable", .handler = create_table, .access = SIM_WRITE, .rules = create_rules},
    {.name = "DescribeTable", .handler = describe_table, .rules = table_rules},
    {.name = "UpdateTable", .handler = update_table, .access = SIM_WRITE, .rules = update_rules},
    {.name = "DeleteTable", .handler = delete_table, .access = SIM_WRITE, .rules = table_rules},
    {.name = "ListTables", .handler = list_tables, .rules = list_rules},
    END,
};

const struct sim_service sim_service_dynamodb = {
    .name = "dynamodb",
    .protocol = SIM_JSON,
    .json_version = "1.0",
    .target_prefix = "DynamoDB_20120810",
    .bad_input = "ValidationException",
    .operations = {operations, dynamodb_setting_operations, dynamodb_item_operations},
};
