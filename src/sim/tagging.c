/*
 * tagging.c - the Resource Groups Tagging API: what an account has in a region, by its tags.
 *
 * Source: AWS Resource Groups Tagging API Reference, version 2017-01-26: GetResources.  Resources
 *         without tags are not in its answers.
 * Limits: knows buckets, tables and backup vaults; resources whose tags were taken away are left
 * out at once; no compliance details.
 */
#include "tagging.h"

#include "s3_priv.h"

#include <string.h>

enum { PAGE = 50, PAGE_LEAST = 1, PAGE_MOST = 100, FILTERS_MOST = 50, VALUES_MOST = 20 };

/* --- The resources -------------------------------------------------------------------------------
 */

static struct json *add_resource(struct json *out, const char *arn, const char *type,
                                 double created_ms)
{
    struct json *resource = json_add_object(out);

    json_put_str(resource, "arn", arn);
    json_put_str(resource, "type", type);
    json_put_number(resource, "created_ms", created_ms);
    return json_put_array(resource, "tags");
}

static void add_buckets(struct sim_call *call, const char *account, const char *region,
                        struct json *out)
{
    for (const struct sim_record *it = sim_first(call, account, "", "bucket-of"); it != NULL;
         it = sim_store_next(it)) {
        const char *name = sim_record_id(it);
        const struct json *bucket = sim_get(call, "", "", "bucket", name), *set;
        struct json *tags;

        if (!str_eq(json_str(bucket, "_region"), region))
            continue;
        tags = add_resource(out, sim_arn(call, "s3", "", "", "%s", name), "s3:bucket",
                            json_number(bucket, "_created_ms", 0));
        set = json_path(s3_get(call, name, "tagging"), "TagSet", "Tag", NULL);
        for (const struct json *tag = s3_first(set); tag != NULL; tag = s3_next(set, tag))
            json_add(tags, tag);
    }
}

static void add_vaults(struct sim_call *call, const char *account, const char *region,
                       struct json *out)
{
    for (const struct sim_record *it = sim_first(call, account, region, "backup-vault"); it != NULL;
         it = sim_store_next(it)) {
        const struct json *vault = sim_record_json(it, call->arena);
        const char *arn = json_str(vault, "BackupVaultArn");
        struct json *tags =
            add_resource(out, arn, "backup:backup-vault", json_number(vault, "_created_ms", 0));

        for (const struct json *tag =
                 json_first(sim_get(call, account, region, "backup-tags", arn));
             tag != NULL; tag = tag->next) {
            struct json *item = json_add_object(tags);

            json_put_str(item, "Key", tag->key);
            json_put_str(item, "Value", tag->string);
        }
    }
}

/* One that is being deleted is no longer there. */
static void add_tables(struct sim_call *call, const char *account, const char *region,
                       struct json *out)
{
    for (const struct sim_record *it = sim_first(call, account, region, "table"); it != NULL;
         it = sim_store_next(it)) {
        const struct json *table = sim_record_json(it, call->arena);
        struct json *tags;

        if (json_get(table, "_gone_ms") != NULL)
            continue;
        tags = add_resource(out, json_str(table, "TableArn"), "dynamodb:table",
                            json_number(table, "CreationDateTime", 0) * 1000);
        for (const struct json *tag = json_first(json_get(table, "_tags")); tag != NULL;
             tag = tag->next)
            json_add(tags, tag);
    }
}

struct json *sim_resources(struct sim_call *call, const char *account, const char *region)
{
    struct json *out = json_array(call->arena);

    add_buckets(call, account, region, out);
    add_tables(call, account, region, out);
    add_vaults(call, account, region, out);
    return out;
}

/* --- GetResources --------------------------------------------------------------------------------
 */

static bool list_has(const struct json *list, const char *text)
{
    for (const struct json *it = json_first(list); it != NULL; it = it->next)
        if (str_eq(it->string, text))
            return true;
    return false;
}

static bool filter_passes(const struct json *filter, const struct json *tags)
{
    const struct json *values = json_get(filter, "Values");

    for (const struct json *tag = json_first(tags); tag != NULL; tag = tag->next)
        if (str_eq(json_str(tag, "Key"), json_str(filter, "Key")))
            return values == NULL || values->count == 0 || list_has(values, json_str(tag, "Value"));
    return false;
}

/* "s3" names all of a service, "s3:bucket" one type. */
static bool type_passes(const struct json *filters, const char *type)
{
    for (const struct json *it = json_first(filters); it != NULL; it = it->next) {
        size_t len = it->string == NULL ? 0 : strlen(it->string);

        if (len > 0 && str_starts(type, it->string) && (type[len] == ':' || type[len] == '\0'))
            return true;
    }
    return filters == NULL || filters->count == 0;
}

static bool passes(const struct sim_call *call, const struct json *resource)
{
    const struct json *arns = json_get(call->params, "ResourceARNList");
    const struct json *tags = json_get(resource, "tags");

    if (tags->count == 0 || (arns != NULL && !list_has(arns, json_str(resource, "arn"))) ||
        !type_passes(json_get(call->params, "ResourceTypeFilters"), json_str(resource, "type")))
        return false;
    for (const struct json *it = json_first(json_get(call->params, "TagFilters")); it != NULL;
         it = it->next)
        if (!filter_passes(it, tags))
            return false;
    return true;
}

static int check_filters(struct sim_call *call)
{
    const struct json *filters = json_get(call->params, "TagFilters");
    bool by_arn = json_get(call->params, "ResourceARNList") != NULL;

    if (by_arn && (filters != NULL || json_get(call->params, "ResourceTypeFilters") != NULL ||
                   json_get(call->params, "ResourcesPerPage") != NULL))
        return sim_bad_input(call, "ResourceARNList cannot be used with other parameters.");
    if (filters != NULL && filters->count > FILTERS_MOST)
        return sim_bad_input(call, "There are more than %d tag filters.", FILTERS_MOST);
    for (const struct json *it = json_first(filters); it != NULL; it = it->next) {
        const struct json *values = json_get(it, "Values");

        if (json_str(it, "Key") == NULL || json_str(it, "Key")[0] == '\0')
            return sim_bad_input(call, "A tag filter has no key.");
        if (values != NULL && values->count > VALUES_MOST)
            return sim_bad_input(call, "A tag filter has more than %d values.", VALUES_MOST);
    }
    return 0;
}

/* The token is the ARN to go on behind; "" at the end. */
static int get_resources(struct sim_call *call)
{
    size_t most = (size_t)json_number(call->params, "ResourcesPerPage", PAGE);
    const char *token = sim_param(call, "PaginationToken"), *next = "";
    struct json *list = json_put_array(call->answer, "ResourceTagMappingList"), *item;
    bool passed = token == NULL || *token == '\0';

    if (check_filters(call) != 0)
        return -1;
    for (const struct json *it = json_first(sim_resources(call, call->account, call->region));
         it != NULL; it = it->next) {
        if (passed && passes(call, it)) {
            if (list->count == most) {
                next = json_str(list->last, "ResourceARN");
                break;
            }
            item = json_add_object(list);
            json_put_str(item, "ResourceARN", json_str(it, "arn"));
            json_put(item, "Tags", json_get(it, "tags"));
        }
        passed = passed || str_eq(json_str(it, "arn"), token);
    }
    if (!passed)
        return sim_error(call, "PaginationTokenExpiredException", 400,
                         "The PaginationToken is invalid or has expired.");
    json_put_str(call->answer, "PaginationToken", next);
    return 0;
}

static const struct sim_rule resources_rules[] = {
    {.name = "ResourcesPerPage", .number = true, .min = PAGE_LEAST, .max = PAGE_MOST},
    {.name = NULL},
};

static const struct sim_operation operations[] = {
    {.name = "GetResources", .handler = get_resources, .rules = resources_rules},
    {.name = NULL},
};

const struct sim_service sim_service_tagging = {
    .name = "resource-groups-tagging-api",
    .signing_name = "tagging",
    .endpoint = "tagging",
    .protocol = SIM_JSON,
    .json_version = "1.1",
    .target_prefix = "ResourceGroupsTaggingAPI_20170126",
    .bad_input = "InvalidParameterException",
    .operations = {operations},
};
