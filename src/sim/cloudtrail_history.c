/*
 * cloudtrail_history.c - the event history of an account and region, and LookupEvents.
 *
 * (account, region, "trail-event", event id) -> the CloudTrail record
 * ("", "", "trail-event-at", event id)       -> {account, region}, oldest first
 *
 * Source: CloudTrail API Reference, version 2013-11-01, "LookupEvents"; CloudTrail User Guide,
 *         "Working with CloudTrail event history" (management events of the last 90 days).
 * Limits: of all accounts together only the newest EVENTS_MOST are kept; no Insights events.
 */
#include "cloudtrail_priv.h"

#include "plinth/base/time.h"
#include "plinth/base/vec.h"
#include "plinth/codec/hash.h"

#include <stdlib.h>
#include <string.h>

enum { EVENTS_MOST = 5000, PAGE = 50, VISIBLE_S = 120 };

static const double history_ms = 90.0 * 24 * 60 * 60 * 1000;

/* --- Remember ------------------------------------------------------------------------------------
 */

static void forget_oldest(struct sim_call *call)
{
    const struct sim_record *oldest = sim_first(call, "", "", "trail-event-at");
    const struct json *at = sim_record_json(oldest, call->arena);
    const char *id = arena_str(call->arena, sim_record_id(oldest));

    (void)sim_delete(call, json_str(at, "account"), json_str(at, "region"), "trail-event", id);
    (void)sim_delete(call, "", "", "trail-event-at", id);
}

void cloudtrail_remember(struct sim_call *call, const struct trail_event *told, struct json *record)
{
    const char *id = json_str(record, "eventID");
    struct json *at = json_object(call->arena);

    if (sim_store_count(call->sim->store, "", "", "trail-event-at") >= EVENTS_MOST)
        forget_oldest(call);
    json_put_number(record, "_at_ms", (double)call->now_ms);
    json_put_number(record, "_ready_ms", (double)sim_due_ms(call, VISIBLE_S));
    json_put_str(at, "account", told->recipient);
    json_put_str(at, "region", call->region);
    sim_put(call, told->recipient, call->region, "trail-event", id, record);
    sim_put(call, "", "", "trail-event-at", id, at);
}

/* --- LookupEvents --------------------------------------------------------------------------------
 */

static const char *user_of(const struct sim_call *call, const struct json *record)
{
    const struct json *identity = json_get(record, "userIdentity");
    const char *name = json_str(identity, "userName"), *arn = json_str(identity, "arn");
    const char *slash = arn == NULL ? NULL : strrchr(arn, '/');

    (void)call;
    return name != NULL ? name : slash != NULL ? slash + 1 : NULL;
}

/* The value that a record has of a lookup attribute; NULL: none. */
static const char *attribute_of(const struct sim_call *call, const struct json *record,
                                const char *key)
{
    if (str_eq(key, "EventId"))
        return json_str(record, "eventID");
    if (str_eq(key, "EventName"))
        return json_str(record, "eventName");
    if (str_eq(key, "EventSource"))
        return json_str(record, "eventSource");
    if (str_eq(key, "ReadOnly"))
        return json_bool(record, "readOnly", false) ? "true" : "false";
    if (str_eq(key, "AccessKeyId"))
        return json_str(json_get(record, "userIdentity"), "accessKeyId");
    return str_eq(key, "Username") ? user_of(call, record) : NULL;
}

/* A parameter of the request, by its value: what ResourceName finds. */
static bool names_resource(const struct json *record, const char *name)
{
    for (const struct json *it = json_first(json_get(record, "requestParameters")); it != NULL;
         it = it->next)
        if (it->type == JSON_STRING && str_eq(it->string, name))
            return true;
    return false;
}

static bool fits(struct sim_call *call, const struct json *record)
{
    const struct json *wanted = json_first(json_get(call->params, "LookupAttributes"));
    const char *key = json_str(wanted, "AttributeKey"), *value = json_str(wanted, "AttributeValue");
    double at_ms = json_number(record, "_at_ms", 0);

    if (!sim_ready(call, record) || at_ms < (double)call->now_ms - history_ms ||
        at_ms < json_number(call->params, "StartTime", 0) * 1000 ||
        at_ms > json_number(call->params, "EndTime", 1e15) * 1000)
        return false;
    if (wanted == NULL)
        return true;
    return str_eq(key, "ResourceName") ? names_resource(record, value)
                                       : str_eq(attribute_of(call, record, key), value);
}

static void show(struct sim_call *call, struct json *record, struct json *out)
{
    static const char *const same[] = {"EventId", "EventName", "ReadOnly", "AccessKeyId",
                                       "EventSource"};
    int64_t at_ms = (int64_t)json_number(record, "_at_ms", 0);

    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
        json_put_str(out, same[i], attribute_of(call, record, same[i]));
    json_put_str(out, "Username", user_of(call, record));
    sim_put_time(call, out, "EventTime", at_ms);
    (void)json_put_array(out, "Resources");
    json_remove(record, "_at_ms");
    json_remove(record, "_ready_ms");
    json_put_str(out, "CloudTrailEvent", json_text(record, call->arena));
}

static int check_attributes(struct sim_call *call)
{
    static const struct sim_rule rules[] = {
        {.name = "AttributeKey",
         .required = true,
         .values = "EventId|EventName|ReadOnly|Username|ResourceType|ResourceName|EventSource|"
                   "AccessKeyId"},
        {.name = "AttributeValue", .required = true, .min = 1, .max = 2000},
        {.name = NULL},
    };
    const struct json *list = json_get(call->params, "LookupAttributes");
    const struct json *start = json_get(call->params, "StartTime");

    if (list != NULL && list->count > 1)
        return sim_error(call, "InvalidLookupAttributesException", 400,
                         "Only one lookup attribute is supported.");
    if (json_first(list) != NULL && sim_check_rules(call, rules, list->first) != 0)
        return sim_error(call, "InvalidLookupAttributesException", 400,
                         "The lookup attribute is not valid.");
    if (start != NULL &&
        json_number(call->params, "EndTime", 1e15) < json_number(call->params, "StartTime", 0))
        return sim_error(call, "InvalidTimeRangeException", 400,
                         "The end time is before the start time.");
    return 0;
}

/* A token is the number of the last event shown; older ones follow.  False: it is none. */
static bool token_read(const struct sim_call *call, uint64_t *out_before)
{
    const char *token = sim_param(call, "NextToken");
    unsigned char *text;
    size_t len;

    *out_before = UINT64_MAX;
    if (token == NULL)
        return true;
    text = base64_decode(token, strlen(token), call->arena, &len);
    return text != NULL && strlen((char *)text) == len && str_to_u64((char *)text, out_before);
}

static int lookup_events(struct sim_call *call)
{
    double most = json_number(call->params, "MaxResults", PAGE);
    struct json *events = json_put_array(call->answer, "Events");
    VEC(const struct sim_record *) all = {0};
    uint64_t before;

    if (check_attributes(call) != 0)
        return -1;
    if (!(most >= 1 && most <= PAGE))
        return sim_error(call, "InvalidMaxResultsException", 400,
                         "MaxResults must be between 1 and %d.", PAGE);
    if (!token_read(call, &before))
        return sim_error(call, "InvalidNextTokenException", 400, "The token is not valid.");
    for (const struct sim_record *it = sim_first(call, call->account, call->region, "trail-event");
         it != NULL; it = sim_store_next(it))
        *VEC_ADD(call->arena, &all) = it;
    for (size_t i = all.count; i-- > 0;) { /* the newest first */
        struct json *record = sim_record_json(all.items[i], call->arena);
        char *number =
            arena_printf(call->arena, "%llu", (unsigned long long)sim_record_number(all.items[i]));

        if (sim_record_number(all.items[i]) >= before || !fits(call, record))
            continue;
        show(call, record, json_add_object(events));
        if ((double)events->count == most) {
            json_put_str(call->answer, "NextToken",
                         base64_encode(number, strlen(number), call->arena));
            break;
        }
    }
    return 0;
}

const struct sim_operation cloudtrail_history_operations[] = {
    {.name = "LookupEvents", .handler = lookup_events},
    {.name = NULL},
};
