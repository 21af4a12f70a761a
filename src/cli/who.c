/*
 * who.c - the newest writes to the services of a control, by anybody but plinth.
 *
 * CloudTrail does not know what a control is.  What it is asked for are the writes to the services
 * that the control itself calls, in the account and region where it works: they are candidates, and
 * the notes say no more than that.
 */
#include "who.h"

#include "session.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/base/time.h"
#include "plinth/codec/json.h"

#include <string.h>

enum { LOOKUPS_MOST = 100, NOTES_MOST = 3, SERVICES_MOST = 8 };

const enum aws_op who_ops[] = {AWS_CLOUDTRAIL_LOOKUP_EVENTS, AWS_OP_NONE};

/* One question and its answer: targets of a control in one place ask the same. */
struct lookup {
    const struct account *account;
    const char *region;
    enum aws_service service;
    int64_t since_ms;
    const struct json *events; /* NULL: `failure` says why */
    const char *failure;
};

struct who {
    struct session *session;
    struct arena *arena;
    struct lookup lookups[LOOKUPS_MOST];
    size_t count;
};

/* --- Ask -----------------------------------------------------------------------------------------
 */

static void ask(struct who *who, struct lookup *lookup)
{
    const struct aws_service_info *info = aws_service_info(lookup->service);
    struct json *params = json_object(who->arena), *attribute;
    const struct json *answer;
    struct err err = ERR_INIT;
    struct aws_target target;

    if (!engine_enter(who->session->engine, lookup->account, lookup->region, &target)) {
        lookup->failure = "the account does not exist";
        return;
    }
    target.read_only = true;
    target.allowed = who_ops;
    attribute = json_add_object(json_put_array(params, "LookupAttributes"));
    json_put_str(attribute, "AttributeKey", "EventSource");
    json_put_str(attribute, "AttributeValue",
                 arena_printf(who->arena, "%s.amazonaws.com", info->endpoint));
    json_put_number(params, "StartTime", (double)(lookup->since_ms / 1000));
    json_put_number(params, "MaxResults", 50);
    if (aws_call(&target, AWS_CLOUDTRAIL_LOOKUP_EVENTS, params, who->arena, &answer, &err) != 0)
        lookup->failure = arena_str(who->arena, err.text);
    else
        lookup->events = json_get(answer, "Events");
}

/* Events of global services are in one region. */
static const char *region_of(const struct who *who, const struct unit_result *unit,
                             enum aws_service service)
{
    const struct session *session = who->session;

    if (aws_service_info(service)->global)
        return aws_partition_find(session->identity.partition)->global_region;
    return unit->region != NULL ? unit->region : session->loaded.baseline->home_region;
}

/* NULL: too many were asked already. */
static const struct lookup *look_up(struct who *who, const struct unit_result *unit,
                                    enum aws_service service, int64_t since_ms)
{
    const struct account *account = engine_place(who->session->engine, unit);
    const char *region = region_of(who, unit, service);
    struct lookup *lookup;

    for (size_t i = 0; i < who->count; i++) {
        lookup = &who->lookups[i];
        if (lookup->account == account && lookup->service == service &&
            lookup->since_ms == since_ms && str_eq(lookup->region, region))
            return lookup;
    }
    if (account == NULL || who->count == LOOKUPS_MOST)
        return NULL;
    lookup = &who->lookups[who->count++];
    *lookup = (struct lookup){
        .account = account, .region = region, .service = service, .since_ms = since_ms};
    ask(who, lookup);
    return lookup;
}

/* --- Tell ----------------------------------------------------------------------------------------
 */

/* The session of plinth itself: what it mended is not what somebody did. */
static bool is_ours(const struct json *record)
{
    const char *arn = json_str(json_get(record, "userIdentity"), "arn");

    return arn != NULL && str_ends(arn, "/plinth");
}

static void tell(struct who *who, size_t unit, const struct json *record)
{
    const struct json *identity = json_get(record, "userIdentity");
    const char *caller = json_str(identity, "arn"), *address = json_str(record, "sourceIPAddress");
    const char *refused = json_str(record, "errorCode"), *agent = json_str(record, "userAgent");

    if (caller == NULL)
        caller = json_str(identity, "invokedBy");
    engine_note(who->session->engine, unit,
                arena_printf(who->arena, "who: %s called %s at %s from %s by %s%s%s",
                             caller == NULL ? "somebody" : caller, json_str(record, "eventName"),
                             json_str(record, "eventTime"),
                             address == NULL ? "an unknown address" : address,
                             agent == NULL ? "an unknown program" : agent,
                             refused == NULL ? "" : ", refused: ", refused == NULL ? "" : refused));
}

/* How many were told. */
static size_t tell_events(struct who *who, size_t unit, const struct lookup *lookup, size_t most)
{
    size_t told = 0;

    for (const struct json *it = json_first(lookup->events); it != NULL && told < most;
         it = it->next) {
        const char *text = json_str(it, "CloudTrailEvent");
        struct err ignored = ERR_INIT;
        struct json *record;

        if (str_eq(json_str(it, "ReadOnly"), "true") || text == NULL ||
            json_parse(text, strlen(text), who->arena, &record, &ignored) != 0 ||
            json_bool(record, "readOnly", false) || is_ours(record))
            continue;
        tell(who, unit, record);
        told++;
    }
    return told;
}

/* The services that the control writes to, each once. */
static size_t services_of(const struct control *control, enum aws_service out[SERVICES_MOST])
{
    size_t count = 0;

    for (const enum aws_op *op = control->ops; *op != AWS_OP_NONE; op++) {
        const struct aws_op_info *info = aws_op_info(*op);
        bool known = info->access != AWS_WRITE;

        for (size_t i = 0; i < count; i++)
            known = known || out[i] == info->service;
        if (!known && count < SERVICES_MOST)
            out[count++] = info->service;
    }
    return count;
}

static void ask_about(struct who *who, const struct run_result *plan, size_t i, int64_t since_ms)
{
    enum aws_service services[SERVICES_MOST];
    struct unit_result unit = results_unit(plan, i);
    size_t count = services_of(unit.control, services), told = 0;
    const char *failure = NULL;
    char since[TIME_TEXT_BYTES];

    for (size_t s = 0; s < count && told < NOTES_MOST; s++) {
        const struct lookup *lookup = look_up(who, &unit, services[s], since_ms);

        if (lookup == NULL)
            failure = "too many places to ask";
        else if (lookup->events == NULL && lookup->failure != NULL)
            failure = lookup->failure;
        else
            told += tell_events(who, i, lookup, NOTES_MOST - told);
    }
    time_rfc3339(since_ms, since);
    if (told == 0)
        engine_note(who->session->engine, i,
                    failure != NULL
                        ? arena_printf(who->arena, "who: CloudTrail was not asked: %s", failure)
                        : arena_printf(who->arena,
                                       "who: CloudTrail tells of no write by anybody else there "
                                       "since %s (an event takes up to 15 minutes)",
                                       since));
}

void who_ask(struct session *session, const struct run_result *plan, const int64_t *since_ms)
{
    struct who *who = arena_alloc(session->arena, sizeof *who);

    *who = (struct who){.session = session, .arena = session->arena};
    for (size_t i = 0; i < plan->unit_count; i++)
        if (results_unit(plan, i).outcome == OUTCOME_DRIFTED)
            ask_about(who, plan, i, since_ms[i]);
}
