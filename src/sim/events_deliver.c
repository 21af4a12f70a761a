/*
 * events_deliver.c - PutEvents, and the way of an event: rules that match, their targets, and at
 *                    most one bus further.
 *
 * Source: EventBridge API Reference, "PutEvents"; EventBridge User Guide, "Sending and receiving
 *         events between AWS accounts", "Sending events to a bus in another Region", "Using
 *         resource-based policies".
 * Limits: an event arrives at once or never, and is not tried again; targets other than buses,
 *         topics and queues swallow it.  What is put on a bus of one's own that does not exist is
 *         taken, and gone.
 */
#include "events_priv.h"

#include "plinth/base/time.h"

#include <string.h>

enum { ENTRIES_MOST = 10, ENTRY_BYTES_MOST = 256 * 1024 };

/* --- Rules and targets ---------------------------------------------------------------------------
 */

/* A bus of the same account takes what the role may send; another account's must agree as well. */
static bool may_put(struct sim_call *call, const struct event_bus *from, const struct event_bus *to,
                    const struct json *rule, const char *role_arn)
{
    const char *action = "events:PutEvents", *arn = event_bus_arn(call, to);
    bool same_account = str_eq(from->account, to->account);
    const struct sim_service_act act = {.service = "events.amazonaws.com",
                                        .source_arn = json_str(rule, "Arn"),
                                        .source_account = from->account};
    struct sim_call as;

    if (role_arn == NULL)
        return same_account && str_eq(from->region, to->region);
    if (!sim_service_assume(call, &act, from->region, role_arn, &as))
        return false;
    if (sim_objection(&as, action, arn) != NULL)
        return false;
    return same_account ||
           sim_resource_policy_caller(&as, event_bus_policy(call, to), action, arn) == SIM_ALLOWED;
}

static void deliver(struct sim_call *call, const struct event_bus *bus, const struct json *event,
                    bool readers_only, bool hopped);

static void to_target(struct sim_call *call, const struct event_bus *bus, const struct json *rule,
                      const struct json *target, const struct json *event, bool hopped)
{
    const char *arn = json_str(target, "Arn");
    struct sim_service_act act = {.service = "events.amazonaws.com",
                                  .resource = arn,
                                  .source_arn = json_str(rule, "Arn"),
                                  .source_account = bus->account};
    struct event_bus next;
    struct sim_arn_parts parts;

    if (event_bus_of_arn(call, arn, &next)) {
        if (!hopped && event_bus_exists(call, &next) &&
            may_put(call, bus, &next, rule, json_str(target, "RoleArn")))
            deliver(call, &next, event, false, true);
        return;
    }
    if (!sim_arn_split(arn, call->arena, &parts) || !str_eq(parts.region, bus->region))
        return;
    act.action = str_eq(parts.service, "sns") ? "sns:Publish" : "sqs:SendMessage";
    if (str_eq(parts.service, "sns"))
        (void)sns_publish_for(call, arn, event_input(call, target, rule, event), &act);
    else if (str_eq(parts.service, "sqs"))
        (void)sqs_send_for(call, arn, event_input(call, target, rule, event), &act);
}

static bool rule_matches(struct sim_call *call, const struct json *rule, const struct json *event)
{
    const char *text = json_str(rule, "EventPattern"), *why;
    const struct json *pattern = text == NULL ? NULL : event_pattern_parse(text, call->arena, &why);

    return pattern != NULL && !str_eq(json_str(rule, "State"), "DISABLED") &&
           event_pattern_matches(pattern, event);
}

/* The rule of a record, if it matches; NULL.  A reader's record holds the pattern alone, ready to
 * be compared: nearly every call is a read that no rule looks for. */
static const struct json *matching(struct sim_call *call, const struct event_bus *bus,
                                   const struct sim_record *record, bool is_reader,
                                   const struct json *event)
{
    const struct json *json = sim_record_json(record, call->arena);

    if (is_reader)
        return event_pattern_matches(json_get(json, "Pattern"), event)
                   ? sim_get(call, bus->account, bus->region, event_rule_kind(call, bus),
                             sim_record_id(record))
                   : NULL;
    return rule_matches(call, json, event) ? json : NULL;
}

static const struct sim_record *first_rule(struct sim_call *call, const struct event_bus *bus,
                                           bool readers_only)
{
    return sim_first(call, bus->account, bus->region,
                     readers_only ? event_reader_kind(call, bus) : event_rule_kind(call, bus));
}

static void deliver(struct sim_call *call, const struct event_bus *bus, const struct json *event,
                    bool readers_only, bool hopped)
{
    for (const struct sim_record *it = first_rule(call, bus, readers_only); it != NULL;
         it = sim_store_next(it)) {
        const struct json *rule = matching(call, bus, it, readers_only, event);

        for (const struct json *target = json_first(json_get(rule, "_targets")); target != NULL;
             target = target->next)
            to_target(call, bus, rule, target, event, hopped);
    }
}

bool event_is_wanted(struct sim_call *call, const struct event_bus *bus, const struct json *event,
                     bool readers_only)
{
    for (const struct sim_record *it = first_rule(call, bus, readers_only); it != NULL;
         it = sim_store_next(it))
        if (matching(call, bus, it, readers_only, event) != NULL)
            return true;
    return false;
}

void event_deliver(struct sim_call *call, const struct event_bus *bus, const struct json *event,
                   bool readers_only)
{
    deliver(call, bus, event, readers_only, false);
}

/* --- PutEvents -----------------------------------------------------------------------------------
 */

/* NULL: it is fine; else the entry's error code with *out_text. */
static const char *entry_fault(struct sim_call *call, const struct json *entry,
                               struct json **out_detail, const char **out_text)
{
    static const char *const required[] = {"Source", "DetailType", "Detail"};
    struct err err = ERR_INIT;
    const char *detail = json_str(entry, "Detail");

    for (size_t i = 0; i < sizeof required / sizeof required[0]; i++)
        if (json_str(entry, required[i]) == NULL) {
            *out_text = arena_printf(call->arena,
                                     "Parameter %s is not valid. Reason: %s is a required "
                                     "argument.",
                                     required[i], required[i]);
            return "InvalidArgument";
        }
    *out_text = "Not authorized for the source.";
    if (str_starts(json_str(entry, "Source"), "aws."))
        return "NotAuthorizedForSourceException";
    *out_text = "Detail is malformed.";
    if (json_parse(detail, strlen(detail), call->arena, out_detail, &err) != 0 ||
        (*out_detail)->type != JSON_OBJECT)
        return "MalformedDetail";
    return NULL;
}

static struct json *event_of(struct sim_call *call, const struct json *entry, const char *id,
                             const struct json *detail)
{
    struct json *event = json_object(call->arena);
    const struct json *resources = json_get(entry, "Resources");
    int64_t at_ms = (int64_t)(json_number(entry, "Time", (double)call->now_ms / 1000) * 1000);
    char time[TIME_TEXT_BYTES];

    time_rfc3339(at_ms, time);
    json_put_str(event, "version", "0");
    json_put_str(event, "id", id);
    json_put_str(event, "detail-type", json_str(entry, "DetailType"));
    json_put_str(event, "source", json_str(entry, "Source"));
    json_put_str(event, "account", call->account);
    json_put_str(event, "time", time);
    json_put_str(event, "region", call->region);
    json_put(event, "resources", resources == NULL ? json_array(call->arena) : resources);
    json_put(event, "detail", detail);
    return event;
}

static const struct sim_rule entry_rules[] = {
    {.name = "Time", .number = true, .max = 1e11},
    {.name = NULL},
};

/* Every bus that is named must take events of the caller, before any is put. */
static int entries_check(struct sim_call *call, const struct json *entries)
{
    size_t bytes = strlen(json_text(entries, call->arena));
    struct event_bus bus;

    if (entries->type != JSON_ARRAY || entries->count == 0 || entries->count > ENTRIES_MOST)
        return sim_bad_input(call,
                             "1 validation error detected: Value at 'entries' failed to "
                             "satisfy constraint: Member must have length between 1 and %d",
                             ENTRIES_MOST);
    if (bytes > ENTRY_BYTES_MOST)
        return sim_bad_input(call, "Total size of the entries in the request is over the limit.");
    for (const struct json *it = entries->first; it != NULL; it = it->next) {
        if (sim_check_rules(call, entry_rules, it) != 0 ||
            event_bus_named(call, json_str(it, "EventBusName"), &bus) != 0)
            return -1;
        if (!str_eq(bus.account, call->account) &&
            sim_resource_policy_caller(call, event_bus_policy(call, &bus), "events:PutEvents",
                                       event_bus_arn(call, &bus)) != SIM_ALLOWED)
            return sim_denied(call, "events:PutEvents", event_bus_arn(call, &bus));
    }
    return 0;
}

static const struct sim_rule put_rules[] = {
    {.name = "Entries", .required = true},
    {.name = NULL},
};

static int put_events(struct sim_call *call)
{
    const struct json *entries = json_get(call->params, "Entries");
    double failed = 0;
    struct json *out;

    if (entries_check(call, entries) != 0)
        return -1;
    out = json_put_array(call->answer, "Entries");
    for (const struct json *it = entries->first; it != NULL; it = it->next) {
        struct json *result = json_add_object(out), *detail;
        struct event_bus bus;
        const char *text = NULL, *code = entry_fault(call, it, &detail, &text);
        char id[37];

        if (code != NULL) {
            json_put_str(result, "ErrorCode", code);
            json_put_str(result, "ErrorMessage", text);
            failed++;
            continue;
        }
        rng_uuid(call->sim->env->rng, id);
        json_put_str(result, "EventId", id);
        if (event_bus_named(call, json_str(it, "EventBusName"), &bus) == 0)
            deliver(call, &bus, event_of(call, it, id, detail), false,
                    !str_eq(bus.account, call->account));
    }
    json_put_number(call->answer, "FailedEntryCount", failed);
    return 0;
}

const struct sim_operation event_put_operations[] = {
    {.name = "PutEvents", .handler = put_events, .access = SIM_WRITE, .rules = put_rules},
    {.name = NULL},
};
