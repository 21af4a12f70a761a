/*
 * logs_filters.c - metric filters: log events that become numbers.
 *
 * Source: CloudWatch Logs API Reference, version 2014-03-28, "PutMetricFilter"; CloudWatch Logs
 *         User Guide, "Creating metrics from log events using filters".
 */
#include "cloudwatch_priv.h"
#include "logs_priv.h"

#include <stdlib.h>
#include <string.h>

enum { FILTERS_MOST = 100 };

/* --- What a filter makes of an event -------------------------------------------------------------
 */

/* "1", or "$.size": the number there.  False: there is none. */
static bool value_of(const struct json *event, const char *text, struct arena *arena, double *out)
{
    const struct json *found = text[0] == '$' ? log_selected(event, text, arena) : NULL;
    char *end;

    if (text[0] == '$') {
        *out = found != NULL && found->type == JSON_NUMBER ? found->number : 0;
        return found != NULL && found->type == JSON_NUMBER;
    }
    *out = strtod(text, &end);
    return end != text && *end == '\0';
}

/* {"User": "$.userIdentity.userName"} as [{Name, Value}]; NULL: a part is not there. */
static struct json *dimensions_of(const struct json *event, const struct json *wanted,
                                  struct arena *arena)
{
    struct json *out = json_array(arena);

    for (const struct json *it = json_first(wanted); it != NULL; it = it->next) {
        const struct json *value = log_selected(event, it->string, arena);
        struct json *dimension;

        if (value == NULL || value->type != JSON_STRING)
            return NULL;
        dimension = json_add_object(out);
        json_put_str(dimension, "Name", it->key);
        json_put_str(dimension, "Value", value->string);
    }
    return out;
}

static void count_match(struct sim_call *call, const struct log_group_name *group,
                        const struct json *to, const char *message, int64_t at_ms)
{
    struct metric metric = {json_str(to, "metricNamespace"), json_str(to, "metricName"), NULL};
    struct err ignored = ERR_INIT;
    struct json *event = NULL;
    double value;

    if (json_parse(message, strlen(message), call->arena, &event, &ignored) != 0)
        event = json_object(call->arena);
    metric.dimensions = dimensions_of(event, json_get(to, "dimensions"), call->arena);
    if (metric.dimensions != NULL &&
        value_of(event, json_str(to, "metricValue"), call->arena, &value))
        metric_add(call, group->account, group->region, &metric, value, at_ms);
}

static void count(struct sim_call *call, const struct log_group_name *group,
                  const struct json *filter, const char *message, int64_t at_ms)
{
    const struct json *to = json_first(json_get(filter, "metricTransformations"));
    const struct metric metric = {json_str(to, "metricNamespace"), json_str(to, "metricName"),
                                  NULL};
    const char *why;
    const struct log_pattern *pattern =
        log_pattern_parse(json_str(filter, "filterPattern"), call->arena, &why);

    if (log_pattern_matches(pattern, message, call->arena))
        count_match(call, group, to, message, at_ms);
    else if (json_get(to, "defaultValue") != NULL)
        metric_add(call, group->account, group->region, &metric, json_number(to, "defaultValue", 0),
                   at_ms);
}

void log_filters_look(struct sim_call *call, const struct log_group_name *group,
                      const char *message, int64_t at_ms)
{
    for (const struct sim_record *it = sim_first(call, group->account, group->region,
                                                 log_kind(call, "log-filter", group->name));
         it != NULL; it = sim_store_next(it))
        count(call, group, sim_record_json(it, call->arena), message, at_ms);
}

/* --- The operations ------------------------------------------------------------------------------
 */

static const struct sim_rule transformation_rules[] = {
    {.name = "metricName", .required = true, .min = 1, .max = 255},
    {.name = "metricNamespace", .required = true, .min = 1, .max = 255},
    {.name = "metricValue", .required = true, .min = 1, .max = 100},
    {.name = NULL},
};

static int check_transformation(struct sim_call *call, const struct json *list)
{
    const struct json *to = json_first(list), *dimensions = json_get(to, "dimensions");
    const char *value = json_str(to, "metricValue");
    double number;

    if (list->count != 1)
        return sim_bad_input(call, "1 validation error detected: Value at 'metricTransformations' "
                                   "failed to satisfy constraint: Member must have length 1");
    if (sim_check_rules(call, transformation_rules, to) != 0)
        return -1;
    if (value[0] != '$' && !value_of(NULL, value, call->arena, &number))
        return sim_bad_input(call, "Invalid metric transformation: metricValue must be a number "
                                   "or a selector.");
    if (dimensions != NULL && (dimensions->count > 3 || json_get(to, "defaultValue") != NULL))
        return sim_bad_input(call, "Invalid metric transformation: dimensions and default value "
                                   "are mutually exclusive properties.");
    return 0;
}

static int put_metric_filter(struct sim_call *call)
{
    const char *text = sim_param(call, "filterPattern"), *name = sim_param(call, "filterName");
    const struct json *group = log_group_asked(call, "logGroupName");
    const struct json *to = json_get(call->params, "metricTransformations");
    struct json *filter = json_object(call->arena);
    const char *why, *kind;

    if (group == NULL)
        return -1;
    if (log_pattern_parse(text, call->arena, &why) == NULL)
        return sim_bad_input(call, "Invalid metric filter pattern: %s", why);
    if (check_transformation(call, to) != 0)
        return -1;
    kind = log_kind(call, "log-filter", json_str(group, "logGroupName"));
    if (!sim_has(call, call->account, call->region, kind, name) &&
        sim_store_count(call->sim->store, call->account, call->region, kind) >= FILTERS_MOST)
        return sim_error(call, "LimitExceededException", 400, "Resource limit exceeded.");
    json_put_str(filter, "filterName", name);
    json_put_str(filter, "filterPattern", text);
    json_put(filter, "metricTransformations", to);
    json_put_number(filter, "creationTime", (double)call->now_ms);
    json_put_str(filter, "logGroupName", json_str(group, "logGroupName"));
    sim_put(call, call->account, call->region, kind, name, filter);
    return 0;
}

static bool is_asked_for(const struct sim_call *call, const struct json *filter)
{
    const struct json *to = json_first(json_get(filter, "metricTransformations"));
    const char *prefix = sim_param(call, "filterNamePrefix");
    const char *name = sim_param(call, "metricName");
    const char *namespace = sim_param(call, "metricNamespace");

    return (prefix == NULL || str_starts(json_str(filter, "filterName"), prefix)) &&
           (name == NULL || (str_eq(name, json_str(to, "metricName")) &&
                             str_eq(namespace, json_str(to, "metricNamespace"))));
}

/* Of one group, or of all of them. */
static int describe_metric_filters(struct sim_call *call)
{
    const char *wanted = sim_param(call, "logGroupName");
    struct sim_page page = {.list = "metricFilters",
                            .size = 50,
                            .size_param = "limit",
                            .token_in = "nextToken",
                            .token_out = "nextToken"};

    if ((wanted != NULL && log_group_asked(call, "logGroupName") == NULL) ||
        sim_page_open(call, &page) != 0)
        return -1;
    if (wanted != NULL) {
        for (const struct sim_record *it = sim_page_first(&page, call->account, call->region,
                                                          log_kind(call, "log-filter", wanted));
             it != NULL; it = sim_page_next(&page, it)) {
            const struct json *filter = sim_record_json(it, call->arena);

            if (is_asked_for(call, filter))
                json_add(page.items, filter);
        }
        return 0;
    }
    for (const struct sim_record *group = sim_first(call, call->account, call->region, "log-group");
         group != NULL; group = sim_store_next(group))
        for (const struct sim_record *it =
                 sim_first(call, call->account, call->region,
                           log_kind(call, "log-filter", sim_record_id(group)));
             it != NULL; it = sim_store_next(it))
            if (is_asked_for(call, sim_record_json(it, call->arena)))
                json_add(page.items, sim_record_json(it, call->arena));
    return 0;
}

static int delete_metric_filter(struct sim_call *call)
{
    const struct json *group = log_group_asked(call, "logGroupName");

    if (group == NULL)
        return -1;
    if (!sim_delete(call, call->account, call->region,
                    log_kind(call, "log-filter", json_str(group, "logGroupName")),
                    sim_param(call, "filterName")))
        return sim_error(call, "ResourceNotFoundException", 400,
                         "The specified metric filter does not exist.");
    return 0;
}

#define GROUP                                                                                      \
    {                                                                                              \
        .name = "logGroupName", .required = true, .min = 1, .max = 512                             \
    }
#define FILTER                                                                                     \
    {                                                                                              \
        .name = "filterName", .required = true, .min = 1, .max = 512                               \
    }
#define END                                                                                        \
    {                                                                                              \
        .name = NULL                                                                               \
    }

static const struct sim_rule put_rules[] = {
    GROUP,
    FILTER,
    {.name = "filterPattern", .required = true, .max = 1024},
    {.name = "metricTransformations", .required = true},
    END,
};
static const struct sim_rule delete_rules[] = {GROUP, FILTER, END};

const struct sim_operation log_filter_operations[] = {
    {.name = "PutMetricFilter",
     .handler = put_metric_filter,
     .access = SIM_WRITE,
     .rules = put_rules},
    {.name = "DescribeMetricFilters", .handler = describe_metric_filters},
    {.name = "DeleteMetricFilter",
     .handler = delete_metric_filter,
     .access = SIM_WRITE,
     .rules = delete_rules},
    END,
};
