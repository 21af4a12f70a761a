/*
 * dynamodb_items.c - the items of a table.
 *
 * Source: DynamoDB API Reference, version 2012-08-10, "PutItem", "Query", "Scan", "UpdateItem";
 *         DynamoDB Developer Guide, "Condition expressions" and "Key conditions".
 * Limits: of expressions "attribute_exists(a)", "attribute_not_exists(a)" as condition, "a = :v"
 *         joined by AND as key condition, and "SET a = :v, ..." as update; no filters, no
 *         projections.  Every other expression is refused, never taken as true.
 */
#include "dynamodb_priv.h"

#include <ctype.h>
#include <string.h>

enum { ITEM_BYTES_MOST = 400 * 1024 };

/* --- Keys ----------------------------------------------------------------------------------------
 */

static int check_key_value(struct sim_call *call, const struct json *item, const char *name)
{
    const struct json *value = json_get(item, name);

    if (value == NULL)
        return sim_bad_input(call, "One of the required keys was not given a value");
    if (value->type != JSON_OBJECT || value->count != 1 || value->first->type != JSON_STRING ||
        strlen(value->first->key) != 1 || strchr("SNB", value->first->key[0]) == NULL ||
        value->first->string[0] == '\0')
        return sim_bad_input(call,
                             "One or more parameter values were invalid: Type mismatch for "
                             "key %s",
                             name);
    return 0;
}

/* The values of its key, as the record's id.  NULL with the error set. */
static const char *key_of(struct sim_call *call, const struct json *table, const struct json *item,
                          bool nothing_else)
{
    const struct json *schema = json_get(table, "KeySchema");
    struct json *key = json_array(call->arena);

    for (const struct json *it = json_first(schema); it != NULL; it = it->next) {
        const char *name = json_str(it, "AttributeName");

        if (check_key_value(call, item, name) != 0)
            return NULL;
        json_add(key, json_get(item, name));
    }
    if (nothing_else && item->count != schema->count) {
        (void)sim_bad_input(call, "The provided key element does not match the schema");
        return NULL;
    }
    return json_text(key, call->arena);
}

/* --- Expressions ---------------------------------------------------------------------------------
 */

static const char *skip_blanks(const char *at)
{
    while (isspace((unsigned char)*at))
        at++;
    return at;
}

/* A name, "#placeholder" or ":value"; NULL: there is none. */
static const char *word(struct sim_call *call, const char **at)
{
    const char *start = *at = skip_blanks(*at);
    size_t len = strspn(start, "#:_.-abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               "0123456789");

    *at = skip_blanks(start + len);
    return len == 0 ? NULL : arena_strn(call->arena, start, len);
}

static bool take(const char **at, const char *mark)
{
    size_t len = strlen(mark);

    *at = skip_blanks(*at);
    if (strncasecmp(*at, mark, len) != 0)
        return false;
    *at = skip_blanks(*at + len);
    return true;
}

static const char *attribute(const struct sim_call *call, const char *name)
{
    return name != NULL && name[0] == '#'
               ? json_str(json_get(call->params, "ExpressionAttributeNames"), name)
               : name;
}

static const struct json *value_named(const struct sim_call *call, const char *name)
{
    return name == NULL ? NULL
                        : json_get(json_get(call->params, "ExpressionAttributeValues"), name);
}

static int not_understood(struct sim_call *call, const char *which)
{
    return sim_bad_input(call, "Invalid %s: the simulator does not know this expression.", which);
}

/* "name = :value", into `out` under the attribute's name. */
static bool equation(struct sim_call *call, const char **at, struct json *out)
{
    const char *name = attribute(call, word(call, at));
    const struct json *value;

    if (name == NULL || !take(at, "="))
        return false;
    value = value_named(call, word(call, at));
    if (value == NULL)
        return false;
    sim_set(out, name, value);
    return true;
}

static int check_condition(struct sim_call *call, const struct json *item)
{
    const char *at = sim_param(call, "ConditionExpression"), *name;
    bool wanted, absent;

    if (at == NULL)
        return 0;
    absent = take(&at, "attribute_not_exists");
    if ((!absent && !take(&at, "attribute_exists")) || !take(&at, "("))
        return not_understood(call, "ConditionExpression");
    name = attribute(call, word(call, &at));
    if (name == NULL || !take(&at, ")") || *at != '\0')
        return not_understood(call, "ConditionExpression");
    wanted = (json_get(item, name) == NULL) == absent;
    return wanted ? 0
                  : sim_error(call, "ConditionalCheckFailedException", 400,
                              "The conditional request failed");
}

/* --- One item ------------------------------------------------------------------------------------
 */

static struct json *item_at(struct sim_call *call, const struct json *table, const char *key)
{
    return sim_get(call, call->account, call->region, table_item_kind(call, table), key);
}

static int item_store(struct sim_call *call, const struct json *table, const char *key,
                      const struct json *item)
{
    if (strlen(json_text(item, call->arena)) > ITEM_BYTES_MOST)
        return sim_bad_input(call, "Item size has exceeded the maximum allowed size");
    sim_put(call, call->account, call->region, table_item_kind(call, table), key, item);
    return 0;
}

static void say_old(struct sim_call *call, const struct json *old)
{
    if (old != NULL && str_eq(sim_param(call, "ReturnValues"), "ALL_OLD"))
        json_put(call->answer, "Attributes", old);
}

static int put_item(struct sim_call *call)
{
    const struct json *table = table_serving(call), *item = json_get(call->params, "Item"), *old;
    const char *key = table == NULL ? NULL : key_of(call, table, item, false);

    if (key == NULL)
        return -1;
    old = item_at(call, table, key);
    if (check_condition(call, old) != 0 || item_store(call, table, key, item) != 0)
        return -1;
    say_old(call, old);
    return 0;
}

static int get_item(struct sim_call *call)
{
    const struct json *table = table_serving(call), *item;
    const char *key =
        table == NULL ? NULL : key_of(call, table, json_get(call->params, "Key"), true);

    if (key == NULL)
        return -1;
    item = item_at(call, table, key);
    if (item != NULL)
        json_put(call->answer, "Item", item);
    return 0;
}

static int delete_item(struct sim_call *call)
{
    const struct json *table = table_serving(call), *old;
    const char *key =
        table == NULL ? NULL : key_of(call, table, json_get(call->params, "Key"), true);

    if (key == NULL)
        return -1;
    old = item_at(call, table, key);
    if (check_condition(call, old) != 0)
        return -1;
    (void)sim_delete(call, call->account, call->region, table_item_kind(call, table), key);
    say_old(call, old);
    return 0;
}

/* An item that is not there begins as its key. */
static int update_item(struct sim_call *call)
{
    const struct json *table = table_serving(call), *old;
    const char *at = sim_param(call, "UpdateExpression"),
               *key =
                   table == NULL ? NULL : key_of(call, table, json_get(call->params, "Key"), true);
    struct json *item;

    if (key == NULL)
        return -1;
    old = item_at(call, table, key);
    item = json_copy(old == NULL ? json_get(call->params, "Key") : old, call->arena);
    if (at != NULL) {
        if (!take(&at, "SET "))
            return not_understood(call, "UpdateExpression");
        do {
            if (!equation(call, &at, item))
                return not_understood(call, "UpdateExpression");
        } while (take(&at, ","));
        if (*at != '\0')
            return not_understood(call, "UpdateExpression");
    }
    if (check_condition(call, old) != 0 || item_store(call, table, key, item) != 0)
        return -1;
    say_old(call, old);
    if (str_eq(sim_param(call, "ReturnValues"), "ALL_NEW"))
        json_put(call->answer, "Attributes", item);
    return 0;
}

/* --- Many items ----------------------------------------------------------------------------------
 */

static bool has_all(const struct json *item, const struct json *wanted)
{
    for (const struct json *it = json_first(wanted); it != NULL; it = it->next)
        if (json_get(item, it->key) == NULL || !json_equal(json_get(item, it->key), it))
            return false;
    return true;
}

static void say_last(struct sim_call *call, const struct json *table, const struct json *item)
{
    struct json *key = json_put_object(call->answer, "LastEvaluatedKey");

    for (const struct json *it = json_first(json_get(table, "KeySchema")); it != NULL;
         it = it->next)
        json_put(key, json_str(it, "AttributeName"), json_get(item, json_str(it, "AttributeName")));
}

/* In the order in which they came; from behind ExclusiveStartKey on. */
static int read_many(struct sim_call *call, const struct json *table, const struct json *wanted)
{
    const struct json *start = json_get(call->params, "ExclusiveStartKey");
    size_t most = (size_t)json_number(call->params, "Limit", 1000000);
    const char *after = start == NULL ? NULL : key_of(call, table, start, true);
    struct json *items = json_put_array(call->answer, "Items");
    const struct sim_record *it;

    if (start != NULL && after == NULL)
        return -1;
    it = sim_first(call, call->account, call->region, table_item_kind(call, table));
    for (; after != NULL && it != NULL; it = sim_store_next(it))
        if (str_eq(sim_record_id(it), after))
            after = NULL;
    for (; it != NULL; it = sim_store_next(it)) {
        const struct json *item = sim_record_json(it, call->arena);

        if (!has_all(item, wanted))
            continue;
        json_add(items, item);
        if (items->count == most && sim_store_next(it) != NULL) {
            say_last(call, table, item);
            break;
        }
    }
    json_put_number(call->answer, "Count", (double)items->count);
    json_put_number(call->answer, "ScannedCount", (double)items->count);
    return 0;
}

static int must_be_plain(struct sim_call *call)
{
    static const char *const others[] = {"FilterExpression", "ProjectionExpression",
                                         "IndexName",        "ScanFilter",
                                         "QueryFilter",      "KeyConditions"};

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (json_get(call->params, others[i]) != NULL)
            return not_understood(call, others[i]);
    return 0;
}

static int scan(struct sim_call *call)
{
    const struct json *table = table_serving(call);

    return table == NULL || must_be_plain(call) != 0 ? -1 : read_many(call, table, NULL);
}

static int query(struct sim_call *call)
{
    const struct json *table = table_serving(call), *schema = json_get(table, "KeySchema");
    const char *at = sim_param(call, "KeyConditionExpression");
    struct json *wanted = json_object(call->arena);

    if (table == NULL || must_be_plain(call) != 0)
        return -1;
    do {
        if (at == NULL || !equation(call, &at, wanted))
            return not_understood(call, "KeyConditionExpression");
    } while (take(&at, "AND "));
    if (*at != '\0')
        return not_understood(call, "KeyConditionExpression");
    if (json_get(wanted, json_str(schema->first, "AttributeName")) == NULL)
        return sim_bad_input(call, "Query condition missed key schema element: %s",
                             json_str(schema->first, "AttributeName"));
    return read_many(call, table, wanted);
}

#define TABLE                                                                                      \
    {                                                                                              \
        .name = "TableName", .required = true, .min = 1, .max = 1024                               \
    }
#define END                                                                                        \
    {                                                                                              \
        .name = NULL                                                                               \
    }

static const struct sim_rule put_rules[] = {TABLE, {.name = "Item", .required = true}, END};
static const struct sim_rule key_rules[] = {TABLE, {.name = "Key", .required = true}, END};
static const struct sim_rule many_rules[] = {
    TABLE, {.name = "Limit", .number = true, .min = 1}, END};

const struct sim_operation dynamodb_item_operations[] = {
    {.name = "PutItem", .handler = put_item, .access = SIM_WRITE, .rules = put_rules},
    {.name = "GetItem", .handler = get_item, .rules = key_rules},
    {.name = "UpdateItem", .handler = update_item, .access = SIM_WRITE, .rules = key_rules},
    {.name = "DeleteItem", .handler = delete_item, .access = SIM_WRITE, .rules = key_rules},
    {.name = "Scan", .handler = scan, .rules = many_rules},
    {.name = "Query", .handler = query, .rules = many_rules},
    END,
};
