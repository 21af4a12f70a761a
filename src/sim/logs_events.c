/*
 * logs_events.c - log streams and their events.
 *
 * Source: CloudWatch Logs API Reference, version 2014-03-28, "PutLogEvents", "FilterLogEvents".
 * Limits: a group keeps its newest EVENTS_MOST events, whatever its retention.
 */
#include "logs_priv.h"

#include <string.h>

enum { EVENTS_MOST = 5000, BATCH_MOST = 10000, PAGE = 10000 };

/* --- Add -----------------------------------------------------------------------------------------
 */

static void need_stream(struct sim_call *call, const struct log_group_name *group,
                        const char *stream)
{
    const char *kind = log_kind(call, "log-stream", group->name);
    struct json *record;

    if (sim_has(call, group->account, group->region, kind, stream))
        return;
    record = json_object(call->arena);
    json_put_str(record, "logStreamName", stream);
    json_put_number(record, "creationTime", (double)call->now_ms);
    json_put_str(record, "arn",
                 sim_arn(call, "logs", group->region, group->account, "log-group:%s:log-stream:%s",
                         group->name, stream));
    sim_put(call, group->account, group->region, kind, stream, record);
}

static void event_put(struct sim_call *call, const struct log_group_name *group, const char *stream,
                      const char *message, int64_t at_ms)
{
    const char *kind = log_kind(call, "log-event", group->name);
    const char *id = sim_id(call, "", 56, "0123456789");
    struct json *event = json_object(call->arena);

    if (sim_store_count(call->sim->store, group->account, group->region, kind) >= EVENTS_MOST)
        (void)sim_delete(call, group->account, group->region, kind,
                         sim_record_id(sim_first(call, group->account, group->region, kind)));
    json_put_str(event, "logStreamName", stream);
    json_put_number(event, "timestamp", (double)at_ms);
    json_put_str(event, "message", message);
    json_put_number(event, "ingestionTime", (double)call->now_ms);
    json_put_str(event, "eventId", id);
    sim_put(call, group->account, group->region, kind, id, event);
}

void log_event_add(struct sim_call *call, const struct log_group_name *group, const char *stream,
                   const char *message, int64_t at_ms)
{
    need_stream(call, group, stream);
    event_put(call, group, stream, message, at_ms);
    log_filters_look(call, group, message, at_ms);
}

/* --- The operations ------------------------------------------------------------------------------
 */

static int create_log_stream(struct sim_call *call)
{
    const struct json *group = log_group_asked(call, "logGroupName");
    struct log_group_name name = {call->account, call->region, sim_param(call, "logGroupName")};
    const char *stream = sim_param(call, "logStreamName");

    if (group == NULL)
        return -1;
    if (sim_has(call, call->account, call->region, log_kind(call, "log-stream", name.name), stream))
        return sim_error(call, "ResourceAlreadyExistsException", 400,
                         "The specified log stream already exists");
    need_stream(call, &name, stream);
    return 0;
}

static int describe_log_streams(struct sim_call *call)
{
    struct sim_page page = {.list = "logStreams",
                            .size = 50,
                            .size_param = "limit",
                            .token_in = "nextToken",
                            .token_out = "nextToken"};
    const char *prefix = sim_param(call, "logStreamNamePrefix");
    const struct json *group = log_group_asked(call, "logGroupName");

    if (group == NULL || sim_page_open(call, &page) != 0)
        return -1;
    for (const struct sim_record *it =
             sim_page_first(&page, call->account, call->region,
                            log_kind(call, "log-stream", json_str(group, "logGroupName")));
         it != NULL; it = sim_page_next(&page, it))
        if (prefix == NULL || str_starts(sim_record_id(it), prefix))
            json_add(page.items, sim_record_json(it, call->arena));
    return 0;
}

static int put_log_events(struct sim_call *call)
{
    const struct json *group = log_group_asked(call, "logGroupName");
    const struct json *events = json_get(call->params, "logEvents");
    struct log_group_name name = {call->account, call->region, sim_param(call, "logGroupName")};
    const char *stream = sim_param(call, "logStreamName");

    if (group == NULL)
        return -1;
    if (!sim_has(call, call->account, call->region, log_kind(call, "log-stream", name.name),
                 stream))
        return sim_error(call, "ResourceNotFoundException", 400,
                         "The specified log stream does not exist.");
    if (events->count == 0 || events->count > BATCH_MOST)
        return sim_bad_input(call, "A batch has between 1 and %d log events.", BATCH_MOST);
    for (const struct json *it = json_first(events); it != NULL; it = it->next)
        if (json_str(it, "message") == NULL || json_get(it, "timestamp") == NULL)
            return sim_bad_input(call, "A log event needs a message and a timestamp.");
    for (const struct json *it = json_first(events); it != NULL; it = it->next)
        log_event_add(call, &name, stream, json_str(it, "message"),
                      (int64_t)json_number(it, "timestamp", 0));
    return 0;
}

static bool in_streams(const struct sim_call *call, const char *stream)
{
    const struct json *names = json_get(call->params, "logStreamNames");
    const char *prefix = sim_param(call, "logStreamNamePrefix");

    if (prefix != NULL)
        return str_starts(stream, prefix);
    for (const struct json *it = json_first(names); it != NULL; it = it->next)
        if (str_eq(it->string, stream))
            return true;
    return names == NULL;
}

static int filter_log_events(struct sim_call *call)
{
    const char *member =
        sim_param(call, "logGroupIdentifier") != NULL ? "logGroupIdentifier" : "logGroupName";
    const char *text = sim_param(call, "filterPattern"), *why;
    const struct log_pattern *pattern =
        log_pattern_parse(text == NULL ? "" : text, call->arena, &why);
    struct sim_page page = {.list = "events",
                            .size = PAGE,
                            .size_param = "limit",
                            .token_in = "nextToken",
                            .token_out = "nextToken"};
    const struct json *group;
    double from = json_number(call->params, "startTime", 0);
    double to = json_number(call->params, "endTime", 1e15);

    if (sim_param(call, member) == NULL)
        return sim_bad_input(call, "Either logGroupName or logGroupIdentifier is required.");
    if (pattern == NULL)
        return sim_bad_input(call, "Invalid filter pattern: %s", why);
    group = log_group_asked(call, member);
    if (group == NULL || sim_page_open(call, &page) != 0)
        return -1;
    for (const struct sim_record *it =
             sim_page_first(&page, call->account, call->region,
                            log_kind(call, "log-event", json_str(group, "logGroupName")));
         it != NULL; it = sim_page_next(&page, it)) {
        const struct json *event = sim_record_json(it, call->arena);
        double at = json_number(event, "timestamp", 0);

        if (at >= from && at <= to && in_streams(call, json_str(event, "logStreamName")) &&
            log_pattern_matches(pattern, json_str(event, "message"), call->arena))
            json_add(page.items, event);
    }
    (void)json_put_array(call->answer, "searchedLogStreams");
    return 0;
}

#define GROUP                                                                                      \
    {                                                                                              \
        .name = "logGroupName", .required = true, .min = 1, .max = 512                             \
    }
#define STREAM                                                                                     \
    {                                                                                              \
        .name = "logStreamName", .required = true, .min = 1, .max = 512                            \
    }
#define END                                                                                        \
    {                                                                                              \
        .name = NULL                                                                               \
    }

static const struct sim_rule group_rules[] = {GROUP, END};
static const struct sim_rule stream_rules[] = {GROUP, STREAM, END};
static const struct sim_rule put_rules[] = {
    GROUP, STREAM, {.name = "logEvents", .required = true}, END};
static const struct sim_rule filter_rules[] = {{.name = "filterPattern", .max = 1024}, END};

const struct sim_operation log_event_operations[] = {
    {.name = "CreateLogStream",
     .handler = create_log_stream,
     .access = SIM_WRITE,
     .rules = stream_rules},
    {.name = "DescribeLogStreams", .handler = describe_log_streams, .rules = group_rules},
    {.name = "PutLogEvents", .handler = put_log_events, .access = SIM_WRITE, .rules = put_rules},
    {.name = "FilterLogEvents", .handler = filter_log_events, .rules = filter_rules},
    END,
};
