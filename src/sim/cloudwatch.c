/*
 * cloudwatch.c - CloudWatch: alarms on metrics, and numbers that are put.
 *
 * Source: CloudWatch API Reference, version 2010-08-01; CloudWatch User Guide, "CloudWatch
 *         service quotas".
 * Limits: alarms on one metric with a plain statistic; no composite alarms, no metric math, and
 *         numbers cannot be read back.
 */
#include "cloudwatch_priv.h"

#include <string.h>

enum { ALARMS_MOST = 5000, ACTIONS_MOST = 5, TAGS_MOST = 50 };

/* --- PutMetricAlarm ------------------------------------------------------------------------------
 */

static const char *const action_lists[] = {"OKActions", "AlarmActions", "InsufficientDataActions"};

static int check_actions(struct sim_call *call)
{
    struct sim_arn_parts parts;

    for (size_t i = 0; i < sizeof action_lists / sizeof action_lists[0]; i++) {
        const struct json *list = json_get(call->params, action_lists[i]);

        if (list != NULL && list->count > ACTIONS_MOST)
            return sim_bad_input(call, "Too many actions: the limit is %d.", ACTIONS_MOST);
        for (const struct json *it = json_first(list); it != NULL; it = it->next) {
            if (it->type != JSON_STRING || !sim_arn_split(it->string, call->arena, &parts))
                return sim_bad_input(call, "Invalid arn syntax");
            if (!str_eq(parts.region, call->region))
                return sim_bad_input(call, "Invalid region %s specified. Only %s is supported.",
                                     parts.region, call->region);
        }
    }
    return 0;
}

static int check_numbers(struct sim_call *call)
{
    double period = json_number(call->params, "Period", 0);
    double count = json_number(call->params, "EvaluationPeriods", 0);
    double needed = json_number(call->params, "DatapointsToAlarm", count);

    if (json_get(call->params, "Metrics") != NULL ||
        json_get(call->params, "ExtendedStatistic") != NULL)
        return sim_bad_input(call, "The simulator knows alarms on one plain metric alone.");
    if (period != 10 && period != 20 && period != 30 && (period < 60 || (int)period % 60 != 0))
        return sim_bad_input(call, "Invalid value for Period: 10, 20, 30 or a multiple of 60.");
    if (period * count > (period >= 3600 ? 604800 : 86400))
        return sim_bad_input(call, "Metrics cannot be checked across more than a day "
                                   "(EvaluationPeriods * Period must be <= 86400).");
    if (needed < 1 || needed > count)
        return sim_bad_input(call, "DatapointsToAlarm must be between 1 and EvaluationPeriods.");
    return 0;
}

static void take_settings(struct sim_call *call, struct json *alarm)
{
    static const char *const members[] = {
        "AlarmName",         "AlarmDescription",   "MetricName",
        "Namespace",         "Statistic",          "Period",
        "EvaluationPeriods", "Threshold",          "Unit",
        "DatapointsToAlarm", "ComparisonOperator", "TreatMissingData"};
    const struct json *dimensions = json_get(call->params, "Dimensions");

    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        if (json_get(call->params, members[i]) != NULL)
            json_put(alarm, members[i], json_get(call->params, members[i]));
    json_put_bool(alarm, "ActionsEnabled", json_bool(call->params, "ActionsEnabled", true));
    for (size_t i = 0; i < sizeof action_lists / sizeof action_lists[0]; i++) {
        const struct json *list = json_get(call->params, action_lists[i]);

        json_put(alarm, action_lists[i], list == NULL ? json_array(call->arena) : list);
    }
    json_put(alarm, "Dimensions", dimensions == NULL ? json_array(call->arena) : dimensions);
    sim_put_time(call, alarm, "AlarmConfigurationUpdatedTimestamp", call->now_ms);
}

static const struct json *find(struct sim_call *call, const char *name)
{
    return sim_get(call, call->account, call->region, "alarm", name);
}

/* One that is there keeps its state and its tags; everything else is as this call says. */
static int put_metric_alarm(struct sim_call *call)
{
    static const char *const kept[] = {"StateValue", "StateReason", "StateUpdatedTimestamp",
                                       "StateTransitionedTimestamp", "_tags"};
    const char *name = sim_param(call, "AlarmName");
    const struct json *there = find(call, name);
    struct json *alarm = json_object(call->arena);

    if (check_actions(call) != 0 || check_numbers(call) != 0)
        return -1;
    if (there == NULL &&
        sim_store_count(call->sim->store, call->account, call->region, "alarm") >= ALARMS_MOST)
        return sim_error(call, "LimitExceeded", 400, "The quota of alarms is reached.");
    take_settings(call, alarm);
    json_put_str(alarm, "AlarmArn",
                 sim_arn(call, "cloudwatch", call->region, call->account, "alarm:%s", name));
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
        if (json_get(there, kept[i]) != NULL)
            json_put(alarm, kept[i], json_get(there, kept[i]));
    if (there == NULL) {
        json_put_str(alarm, "StateValue", "INSUFFICIENT_DATA");
        json_put_str(alarm, "StateReason", "Unchecked: Initial alarm creation");
        sim_put_time(call, alarm, "StateUpdatedTimestamp", call->now_ms);
        json_put(alarm, "_tags", sim_tags_with(call->arena, NULL, json_get(call->params, "Tags")));
    }
    sim_put(call, call->account, call->region, "alarm", name, alarm);
    alarm_schedule(call, call->account, call->region, alarm, sim_due_ms(call, 60));
    return 0;
}

/* --- Describe, delete, set -----------------------------------------------------------------------
 */

static bool names_text(const struct json *list, const char *text)
{
    for (const struct json *it = json_first(list); it != NULL; it = it->next)
        if (it->type == JSON_STRING && str_eq(it->string, text))
            return true;
    return false;
}

static bool is_asked_for(const struct sim_call *call, const struct json *alarm)
{
    const struct json *names = json_get(call->params, "AlarmNames");
    const char *prefix = sim_param(call, "AlarmNamePrefix"), *state = sim_param(call, "StateValue");
    const char *name = json_str(alarm, "AlarmName");

    return (json_first(names) == NULL || names_text(names, name)) &&
           (prefix == NULL || str_starts(name, prefix)) &&
           (state == NULL || str_eq(json_str(alarm, "StateValue"), state));
}

static int describe_alarms(struct sim_call *call)
{
    struct sim_page page = {.list = "MetricAlarms",
                            .size = 50,
                            .size_most = 100,
                            .size_param = "MaxRecords",
                            .token_in = "NextToken",
                            .token_out = "NextToken"};
    const struct json *types = json_get(call->params, "AlarmTypes");

    if (json_get(call->params, "AlarmNames") != NULL && sim_param(call, "AlarmNamePrefix") != NULL)
        return sim_bad_input(call, "AlarmNames and AlarmNamePrefix are mutually exclusive.");
    if (sim_page_open(call, &page) != 0)
        return -1;
    (void)json_put_array(call->answer, "CompositeAlarms");
    if (json_first(types) != NULL && !names_text(types, "MetricAlarm"))
        return 0;
    for (const struct sim_record *it = sim_page_first(&page, call->account, call->region, "alarm");
         it != NULL; it = sim_page_next(&page, it)) {
        const struct json *alarm = sim_record_json(it, call->arena);

        if (is_asked_for(call, alarm))
            json_add(page.items, alarm);
    }
    return 0;
}

/* Either all of them, or none. */
static int delete_alarms(struct sim_call *call)
{
    const struct json *names = json_get(call->params, "AlarmNames");

    for (const struct json *it = json_first(names); it != NULL; it = it->next)
        if (it->type != JSON_STRING || find(call, it->string) == NULL)
            return sim_error(call, "ResourceNotFound", 404, "An alarm does not exist.");
    for (const struct json *it = json_first(names); it != NULL; it = it->next)
        (void)sim_delete(call, call->account, call->region, "alarm", it->string);
    return 0;
}

static int set_alarm_state(struct sim_call *call)
{
    struct json *alarm =
        sim_get(call, call->account, call->region, "alarm", sim_param(call, "AlarmName"));

    if (alarm == NULL)
        return sim_error(call, "ResourceNotFound", 404, "The alarm does not exist.");
    alarm_enter(call, call->account, call->region, alarm, sim_param(call, "StateValue"),
                sim_param(call, "StateReason"), call->now_ms);
    alarm_schedule(call, call->account, call->region, alarm, call->now_ms + 60 * 1000);
    return 0;
}

/* --- PutMetricData -------------------------------------------------------------------------------
 */

static int put_metric_data(struct sim_call *call)
{
    const struct json *data = json_get(call->params, "MetricData");

    for (const struct json *it = json_first(data); it != NULL; it = it->next)
        if (json_str(it, "MetricName") == NULL || json_get(it, "Value") == NULL)
            return sim_bad_input(call, "The simulator takes a MetricName and one Value.");
    for (const struct json *it = json_first(data); it != NULL; it = it->next)
        metric_add(call, call->account, call->region,
                   &(struct metric){sim_param(call, "Namespace"), json_str(it, "MetricName"),
                                    json_get(it, "Dimensions")},
                   json_number(it, "Value", 0), call->now_ms);
    return 0;
}

/* --- Tags ----------------------------------------------------------------------------------------
 */

static struct json *tagged(struct sim_call *call)
{
    struct sim_arn_parts parts;
    struct json *alarm = NULL;

    if (sim_arn_split(sim_param(call, "ResourceARN"), call->arena, &parts) &&
        str_eq(parts.account, call->account) && str_starts(parts.resource, "alarm:"))
        alarm =
            sim_get(call, call->account, call->region, "alarm", parts.resource + strlen("alarm:"));
    if (alarm == NULL)
        (void)sim_error(call, "ResourceNotFoundException", 404, "The alarm does not exist.");
    return alarm;
}

static int tag_with(struct sim_call *call, struct json *alarm, const struct json *tags)
{
    if (tags->count > TAGS_MOST)
        return sim_bad_input(call, "Too many tags: the limit is %d.", TAGS_MOST);
    sim_set(alarm, "_tags", tags);
    sim_put(call, call->account, call->region, "alarm", json_str(alarm, "AlarmName"), alarm);
    return 0;
}

static int tag_resource(struct sim_call *call)
{
    struct json *alarm = tagged(call);

    return alarm == NULL ? -1
                         : tag_with(call, alarm,
                                    sim_tags_with(call->arena, json_get(alarm, "_tags"),
                                                  json_get(call->params, "Tags")));
}

static int untag_resource(struct sim_call *call)
{
    struct json *alarm = tagged(call);

    return alarm == NULL ? -1
                         : tag_with(call, alarm,
                                    sim_tags_without(call->arena, json_get(alarm, "_tags"),
                                                     json_get(call->params, "TagKeys")));
}

static int list_tags(struct sim_call *call)
{
    const struct json *alarm = tagged(call);

    if (alarm == NULL)
        return -1;
    json_put(call->answer, "Tags", json_get(alarm, "_tags"));
    return 0;
}

#define ALARM                                                                                      \
    {                                                                                              \
        .name = "AlarmName", .required = true, .min = 1, .max = 255                                \
    }
#define STATES "OK|ALARM|INSUFFICIENT_DATA"
#define ARN                                                                                        \
    {                                                                                              \
        .name = "ResourceARN", .required = true, .min = 1, .max = 1024                             \
    }
#define END                                                                                        \
    {                                                                                              \
        .name = NULL                                                                               \
    }

static const struct sim_rule put_rules[] = {
    ALARM,
    {.name = "AlarmDescription", .max = 1024},
    {.name = "MetricName", .required = true, .min = 1, .max = 255},
    {.name = "Namespace", .required = true, .min = 1, .max = 255},
    {.name = "Statistic", .required = true, .values = "SampleCount|Average|Sum|Minimum|Maximum"},
    {.name = "Period", .required = true, .number = true, .min = 1},
    {.name = "EvaluationPeriods", .required = true, .number = true, .min = 1},
    {.name = "DatapointsToAlarm", .number = true, .min = 1},
    {.name = "Threshold", .required = true},
    {.name = "ComparisonOperator",
     .required = true,
     .values = "GreaterThanOrEqualToThreshold|GreaterThanThreshold|LessThanThreshold|"
               "LessThanOrEqualToThreshold"},
    {.name = "TreatMissingData", .values = "breaching|notBreaching|ignore|missing"},
    END,
};
static const struct sim_rule describe_rules[] = {{.name = "StateValue", .values = STATES}, END};
static const struct sim_rule delete_rules[] = {{.name = "AlarmNames", .required = true}, END};
static const struct sim_rule set_rules[] = {
    ALARM,
    {.name = "StateValue", .required = true, .values = STATES},
    {.name = "StateReason", .required = true, .max = 1023},
    END,
};
static const struct sim_rule data_rules[] = {
    {.name = "Namespace", .required = true, .min = 1, .max = 255},
    {.name = "MetricData", .required = true},
    END,
};
static const struct sim_rule tag_rules[] = {ARN, {.name = "Tags", .required = true}, END};
static const struct sim_rule untag_rules[] = {ARN, {.name = "TagKeys", .required = true}, END};
static const struct sim_rule arn_rules[] = {ARN, END};

static const struct sim_operation operations[] = {
    {.name = "PutMetricAlarm",
     .handler = put_metric_alarm,
     .access = SIM_WRITE,
     .rules = put_rules},
    {.name = "DescribeAlarms", .handler = describe_alarms, .rules = describe_rules},
    {.name = "DeleteAlarms", .handler = delete_alarms, .access = SIM_WRITE, .rules = delete_rules},
    {.name = "SetAlarmState", .handler = set_alarm_state, .access = SIM_WRITE, .rules = set_rules},
    {.name = "PutMetricData", .handler = put_metric_data, .access = SIM_WRITE, .rules = data_rules},
    {.name = "TagResource", .handler = tag_resource, .access = SIM_WRITE, .rules = tag_rules},
    {.name = "UntagResource", .handler = untag_resource, .access = SIM_WRITE, .rules = untag_rules},
    {.name = "ListTagsForResource", .handler = list_tags, .rules = arn_rules},
    END,
};

const struct sim_service sim_service_cloudwatch = {
    .name = "cloudwatch",
    .signing_name = "monitoring",
    .endpoint = "monitoring",
    .protocol = SIM_JSON,
    .json_version = "1.0",
    .target_prefix = "GraniteServiceVersion20100801",
    .bad_input = "ValidationError",
    .operations = {operations},
};
