/*
 * ssm_describe.c - what is told of parameters besides their values, and their tags.
 *
 * Source: Systems Manager API Reference, version 2014-11-06, "DescribeParameters",
 *         "ParameterStringFilter", "AddTagsToResource".
 * Limits: of the filters Name, Path, Type, Tier, KeyId and tag:<key>; other resources than
 *         parameters have no tags here.
 */
#include "ssm_priv.h"

#include <string.h>

enum { TAGS_MOST = 50 };

/* --- Describe ------------------------------------------------------------------------------------
 */

static void describe(const struct sim_call *call, const struct json *parameter, struct json *out)
{
    static const char *const members[] = {"Name",  "ARN",         "Type",
                                          "KeyId", "Description", "Version",
                                          "Tier",  "DataType",    "AllowedPattern"};

    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        if (json_get(parameter, members[i]) != NULL)
            json_put(out, members[i], json_get(parameter, members[i]));
    sim_put_time(call, out, "LastModifiedDate", (int64_t)json_number(parameter, "_modified_ms", 0));
    json_put_str(out, "LastModifiedUser", json_str(parameter, "_modified_by"));
    (void)json_put_array(out, "Policies");
}

static const char *tag_value(const struct json *parameter, const char *key)
{
    for (const struct json *it = json_first(json_get(parameter, "_tags")); it != NULL;
         it = it->next)
        if (str_eq(json_str(it, "Key"), key))
            return json_str(it, "Value");
    return NULL;
}

static bool value_fits(const struct json *parameter, const char *key, const char *option,
                       const char *value)
{
    const char *name = json_str(parameter, "Name");
    const char *have =
        str_starts(key, "tag:") ? tag_value(parameter, key + 4) : json_str(parameter, key);

    if (str_eq(key, "Path"))
        return ssm_is_below(name, value, str_eq(option, "Recursive"));
    if (have == NULL)
        return false;
    if (str_eq(option, "BeginsWith"))
        return str_starts(have, value) || (value[0] != '/' && str_starts(have + 1, value));
    return str_eq(option, "Contains") ? strstr(have, value) != NULL : str_eq(have, value);
}

/* Filters are joined by AND, their values by OR. */
static bool fits(const struct json *parameter, const struct json *filters)
{
    for (const struct json *it = json_first(filters); it != NULL; it = it->next) {
        bool any = json_get(it, "Values") == NULL;

        for (const struct json *value = json_first(json_get(it, "Values")); value != NULL;
             value = value->next)
            any = any ||
                  value_fits(parameter, json_str(it, "Key"), json_str(it, "Option"), value->string);
        if (!any)
            return false;
    }
    return true;
}

static int check_filters(struct sim_call *call, const struct json *filters)
{
    static const char *const keys[] = {"Name", "Path", "Type", "Tier", "KeyId"};

    for (const struct json *it = json_first(filters); it != NULL; it = it->next) {
        const char *key = json_str(it, "Key");
        bool known = key != NULL && str_starts(key, "tag:");

        for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
            known = known || str_eq(key, keys[i]);
        if (!known)
            return sim_error(call, "InvalidFilterKey", 400, "The specified key isn't valid.");
    }
    return 0;
}

static int describe_parameters(struct sim_call *call)
{
    struct sim_page page = {.list = "Parameters",
                            .size = 50,
                            .size_param = "MaxResults",
                            .token_in = "NextToken",
                            .token_out = "NextToken"};
    const struct json *filters = json_get(call->params, "ParameterFilters");

    if (check_filters(call, filters) != 0 || sim_page_open(call, &page) != 0)
        return -1;
    for (const struct sim_record *it =
             sim_page_first(&page, call->account, call->region, "parameter");
         it != NULL; it = sim_page_next(&page, it)) {
        const struct json *parameter = sim_record_json(it, call->arena);

        if (fits(parameter, filters))
            describe(call, parameter, json_add_object(page.items));
    }
    return 0;
}

/* --- Tags ----------------------------------------------------------------------------------------
 */

int ssm_check_tags(struct sim_call *call, const struct json *tags)
{
    if (tags != NULL && tags->count > TAGS_MOST)
        return sim_error(call, "TooManyTagsError", 400,
                         "The Targets parameter includes too many tags.");
    for (const struct json *it = json_first(tags); it != NULL; it = it->next) {
        const char *key = json_str(it, "Key");

        if (key == NULL || key[0] == '\0' || strlen(key) > 128 || str_starts(key, "aws:") ||
            json_str(it, "Value") == NULL)
            return sim_bad_input(call, "The tag key or value is not valid.");
    }
    return 0;
}

static struct json *tagged(struct sim_call *call)
{
    struct json *parameter = ssm_find(call, sim_param(call, "ResourceId"));

    if (parameter == NULL)
        (void)sim_error(call, "InvalidResourceId", 400, "The resource ID isn't valid.");
    return parameter;
}

static int add_tags(struct sim_call *call)
{
    struct json *parameter = tagged(call), *tags;

    if (parameter == NULL)
        return -1;
    tags = sim_tags_with(call->arena, json_get(parameter, "_tags"), json_get(call->params, "Tags"));
    if (ssm_check_tags(call, tags) != 0)
        return -1;
    sim_set(parameter, "_tags", tags);
    ssm_put(call, parameter);
    return 0;
}

static int remove_tags(struct sim_call *call)
{
    struct json *parameter = tagged(call);

    if (parameter == NULL)
        return -1;
    sim_set(parameter, "_tags",
            sim_tags_without(call->arena, json_get(parameter, "_tags"),
                             json_get(call->params, "TagKeys")));
    ssm_put(call, parameter);
    return 0;
}

static int list_tags(struct sim_call *call)
{
    const struct json *parameter = tagged(call);

    if (parameter == NULL)
        return -1;
    json_put(call->answer, "TagList", json_get(parameter, "_tags"));
    return 0;
}

#define RESOURCE                                                                                   \
    {.name = "ResourceType", .required = true, .values = "Parameter"},                             \
    {                                                                                              \
        .name = "ResourceId", .required = true, .min = 1, .max = 2048                              \
    }
#define END                                                                                        \
    {                                                                                              \
        .name = NULL                                                                               \
    }

static const struct sim_rule list_rules[] = {RESOURCE, END};
static const struct sim_rule add_rules[] = {RESOURCE, {.name = "Tags", .required = true}, END};
static const struct sim_rule remove_rules[] = {
    RESOURCE, {.name = "TagKeys", .required = true}, END};

const struct sim_operation ssm_description_operations[] = {
    {.name = "DescribeParameters", .handler = describe_parameters},
    {.name = "AddTagsToResource", .handler = add_tags, .access = SIM_WRITE, .rules = add_rules},
    {.name = "RemoveTagsFromResource",
     .handler = remove_tags,
     .access = SIM_WRITE,
     .rules = remove_rules},
    {.name = "ListTagsForResource", .handler = list_tags, .rules = list_rules},
    END,
};
