#include "backup_read.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"
#include "plinth/codec/json.h"

#include <stdlib.h>
#include <string.h>

enum { RESOURCES_OF_PAGE = 100, ARN_COLONS = 5 };

const enum aws_op backup_read_ops[] = {
    AWS_BACKUP_LIST_PROTECTED_RESOURCES,
    AWS_RESOURCEGROUPSTAGGINGAPI_GET_RESOURCES,
    AWS_S3_LIST_BUCKETS,
    AWS_DYNAMODB_LIST_TABLES,
    AWS_OP_NONE,
};

/* --- What AWS Backup backs up --------------------------------------------------------------------
 */

/* AWS Backup Developer Guide, "Supported resources", as far as ARNs tell them apart. */
static const struct {
    const char *type;
    const char *service, *resource; /* of the ARN: the resource begins so, and has no more parts */
    const char *filter;             /* the tagging API's name */
} types[] = {
    {"S3", "s3", "", "s3"},
    {"DynamoDB", "dynamodb", "table/", "dynamodb:table"},
    {"EBS", "ec2", "volume/", "ec2:volume"},
    {"EC2", "ec2", "instance/", "ec2:instance"},
    {"RDS", "rds", "db:", "rds:db"},
    {"Aurora", "rds", "cluster:", "rds:cluster"},
    {"EFS", "elasticfilesystem", "file-system/", "elasticfilesystem:file-system"},
    {"FSx", "fsx", "file-system/", "fsx:file-system"},
    {"Redshift", "redshift", "cluster:", "redshift:cluster"},
};
enum { TYPE_COUNT = sizeof types / sizeof types[0] };

const char *backup_resource_type(const char *arn)
{
    const char *service = NULL, *resource = arn;

    for (int colons = 0; colons < ARN_COLONS; colons++) {
        resource = strchr(resource, ':');
        if (resource == NULL)
            return NULL;
        resource++;
        if (colons == 1)
            service = resource;
    }
    for (size_t i = 0; i < TYPE_COUNT; i++) {
        size_t len = strlen(types[i].service), prefix = strlen(types[i].resource);

        if (strncmp(service, types[i].service, len) == 0 && service[len] == ':' &&
            str_starts(resource, types[i].resource) && strpbrk(resource + prefix, "/:") == NULL)
            return types[i].type;
    }
    return NULL;
}

/* --- Gathering -----------------------------------------------------------------------------------
 */

struct gathering {
    const struct aws_target *target;
    const struct backup_selections *selections;
    struct arena *arena;
    VEC(struct backup_resource) found; /* any of them may be there several times */
};

static void add(struct gathering *gathering, const struct backup_resource *resource)
{
    if (resource->arn != NULL && resource->type != NULL)
        *VEC_ADD(gathering->arena, &gathering->found) = *resource;
}

static bool is_selected(const struct gathering *gathering, const struct json *tags)
{
    const struct backup_selections *selections = gathering->selections;

    for (const struct json *it = json_first(tags); it != NULL; it = it->next)
        for (size_t i = 0; i < selections->count; i++)
            if (str_eq(json_str(it, "Key"), selections->items[i].key) &&
                str_eq(json_str(it, "Value"), selections->items[i].value))
                return true;
    return false;
}

static int add_protected(struct gathering *gathering, struct err *err)
{
    const struct json *list;

    if (aws_list(gathering->target, AWS_BACKUP_LIST_PROTECTED_RESOURCES, NULL, gathering->arena,
                 &list, err) != 0)
        return -1;
    for (const struct json *it = json_first(list); it != NULL; it = it->next)
        add(gathering, &(struct backup_resource){
                           .arn = json_str(it, "ResourceArn"),
                           .type = json_str(it, "ResourceType"),
                           .last_ms = (int64_t)(json_number(it, "LastBackupTime", 0) * 1000)});
    return 0;
}

static int add_tagged(struct gathering *gathering, const struct backup_tag *tag, struct err *err)
{
    struct json *params = json_object(gathering->arena), *filters, *filter;
    const struct json *list;

    json_put_number(params, "ResourcesPerPage", RESOURCES_OF_PAGE);
    filters = json_put_array(params, "ResourceTypeFilters");
    for (size_t i = 0; i < TYPE_COUNT; i++)
        json_add_str(filters, types[i].filter);
    if (tag->key != NULL) {
        filter = json_add_object(json_put_array(params, "TagFilters"));
        json_put_str(filter, "Key", tag->key);
        if (tag->value != NULL)
            json_add_str(json_put_array(filter, "Values"), tag->value);
    }
    if (aws_list(gathering->target, AWS_RESOURCEGROUPSTAGGINGAPI_GET_RESOURCES, params,
                 gathering->arena, &list, err) != 0)
        return -1;
    for (const struct json *it = json_first(list); it != NULL; it = it->next) {
        const char *arn = json_str(it, "ResourceARN");

        add(gathering,
            &(struct backup_resource){.arn = arn,
                                      .type = arn == NULL ? NULL : backup_resource_type(arn),
                                      .selected = is_selected(gathering, json_get(it, "Tags"))});
    }
    return 0;
}

static int add_buckets(struct gathering *gathering, const char *partition, struct err *err)
{
    struct json *params = json_object(gathering->arena);
    const struct json *list;

    json_put_str(params, "bucket-region", gathering->target->region);
    if (aws_list(gathering->target, AWS_S3_LIST_BUCKETS, params, gathering->arena, &list, err) != 0)
        return -1;
    for (const struct json *it = json_first(list); it != NULL; it = it->next)
        add(gathering,
            &(struct backup_resource){.arn = arena_printf(gathering->arena, "arn:%s:s3:::%s",
                                                          partition, json_str(it, "Name")),
                                      .type = "S3"});
    return 0;
}

static int add_tables(struct gathering *gathering, const char *partition, struct err *err)
{
    const struct aws_target *target = gathering->target;
    const struct json *list;

    if (aws_list(target, AWS_DYNAMODB_LIST_TABLES, NULL, gathering->arena, &list, err) != 0)
        return -1;
    for (const struct json *it = json_first(list); it != NULL; it = it->next)
        add(gathering,
            &(struct backup_resource){
                .arn = arena_printf(gathering->arena, "arn:%s:dynamodb:%s:%s:table/%s", partition,
                                    target->region, target->account_id, it->string),
                .type = "DynamoDB"});
    return 0;
}

/* --- One of each ---------------------------------------------------------------------------------
 */

/* By ARN, and of the same one first what says when it was backed up. */
static int by_arn(const void *a, const void *b)
{
    const struct backup_resource *x = a, *y = b;
    int order = strcmp(x->arn, y->arn);

    if (order != 0)
        return order;
    return x->last_ms > y->last_ms ? -1 : x->last_ms < y->last_ms;
}

static bool has_arn(const struct backup_resource *items, size_t count, const char *arn)
{
    size_t low = 0, high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(items[middle].arn, arn);

        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

static void sort(struct backup_resource *items, size_t count)
{
    if (count > 1)
        qsort(items, count, sizeof *items, by_arn);
}

/* What was found, once each, and only if it is among `wanted` (NULL: all of it). */
static void take(struct gathering *gathering, const struct gathering *wanted,
                 struct backup_resources *out)
{
    struct backup_resource *items = gathering->found.items;

    sort(items, gathering->found.count);
    *out = (struct backup_resources){.items = items};
    for (size_t i = 0; i < gathering->found.count; i++) {
        bool again = out->count > 0 && str_eq(items[out->count - 1].arn, items[i].arn);

        if (again)
            items[out->count - 1].selected |= items[i].selected;
        else if (wanted == NULL || has_arn(wanted->found.items, wanted->found.count, items[i].arn))
            items[out->count++] = items[i];
    }
}

int backup_read(const struct aws_target *target, const char *partition,
                const struct backup_tag *tag, const struct backup_selections *selections,
                struct arena *arena, struct backup_resources *out, struct err *err)
{
    struct gathering all = {.target = target, .selections = selections, .arena = arena};
    struct gathering tagged = all;

    if (add_protected(&all, err) != 0 || add_tagged(&tagged, tag, err) != 0)
        return -1;
    for (size_t i = 0; i < tagged.found.count; i++)
        *VEC_ADD(arena, &all.found) = tagged.found.items[i];
    if (tag->key != NULL) {
        sort(tagged.found.items, tagged.found.count);
        take(&all, &tagged, out);
        return 0;
    }
    if (add_buckets(&all, partition, err) != 0 || add_tables(&all, partition, err) != 0)
        return -1;
    take(&all, NULL, out);
    return 0;
}
