/*
 * rollout_look.c - what organization policies denied in the accounts of a wave.
 *
 * Source: CloudTrail API Reference, "LookupEvents": the last 90 days, 50 events a page, two pages a
 *         second for each account and region; IAM User Guide, "Troubleshoot access denied error
 *         messages", for the words of errorMessage.
 */
#include "engine_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/base/time.h"
#include "plinth/engine/rollout.h"
#include "plinth/fiber/fiber.h"

#include <string.h>

enum { PAGES_MOST = 200, LOOKS_IN_FLIGHT = 128 };

#define GLOBAL_REGION "us-east-1" /* where CloudTrail has the events of global services */

const enum aws_op rollout_ops[] = {AWS_CLOUDTRAIL_LOOKUP_EVENTS, AWS_OP_NONE};

struct looking {
    struct engine *engine;
    int64_t from_ms, split_ms, to_ms;
    struct arena *arena; /* of the result */
    struct rollout_denied *out;
    struct fiber_group group;
    bool cancelled;
};

/* One account and region. */
struct place {
    struct looking *looking;
    const struct account *account;
    const char *region;
};

/* --- A record ------------------------------------------------------------------------------------
 */

static bool is_ours(const struct json *record, const char *member_role)
{
    const char *arn = json_str(json_get(record, "userIdentity"), "arn");
    const char *role = arn == NULL ? NULL : strstr(arn, ":assumed-role/");
    size_t len = strlen(member_role);

    if (role == NULL)
        return false;
    role += strlen(":assumed-role/");
    return strncmp(role, member_role, len) == 0 && str_eq(role + len, "/plinth");
}

bool rollout_is_denial(const struct json *record, const char *member_role)
{
    const char *code = json_str(record, "errorCode"), *text = json_str(record, "errorMessage");

    return code != NULL && text != NULL &&
           (strstr(code, "AccessDenied") != NULL || strstr(code, "Unauthorized") != NULL) &&
           (strstr(text, "explicit deny in a service control policy") != NULL ||
            strstr(text, "explicit deny in a resource control policy") != NULL) &&
           !is_ours(record, member_role);
}

static const char *example_of(const struct place *place, const struct json *record)
{
    struct arena *arena = place->looking->arena;
    const char *source = json_str(record, "eventSource"), *name = json_str(record, "eventName");
    const char *arn = json_str(json_get(record, "userIdentity"), "arn");
    char *text = arena_printf(arena, "%.64s %.64s by %.200s in %s, %s",
                              source == NULL ? "" : source, name == NULL ? "?" : name,
                              arn == NULL ? "?" : arn, place->account->name, place->region);

    str_defang(text, '?');
    return text;
}

static void count_event(const struct place *place, const struct json *event, struct arena *scratch)
{
    struct looking *looking = place->looking;
    const char *text = json_str(event, "CloudTrailEvent"), *at;
    struct err ignored = ERR_INIT; /* what is no record is no denial */
    struct json *record;
    int64_t ms;

    if (text == NULL || json_parse(text, strlen(text), scratch, &record, &ignored) != 0 ||
        !rollout_is_denial(record, looking->engine->options.baseline->organization.member_role))
        return;
    at = json_str(record, "eventTime");
    if (at == NULL || !time_parse_rfc3339(at, &ms))
        ms = looking->split_ms;
    /* Records have whole seconds. */
    if (ms < looking->split_ms / 1000 * 1000) {
        looking->out->before++;
        return;
    }
    looking->out->after++;
    if (looking->out->example == NULL)
        looking->out->example = example_of(place, record);
}

/* --- A place -------------------------------------------------------------------------------------
 */

/* A wave may have accounts of the last hour. */
static int look_up(const struct place *place, const struct aws_target *target,
                   const struct json *params, struct arena *scratch, const struct json **out,
                   struct err *err)
{
    const struct engine *engine = place->looking->engine;
    bool fresh = engine_is_fresh(engine, place->account - engine->options.baseline->accounts);
    int64_t waited_ms = 0;

    while (aws_call(target, AWS_CLOUDTRAIL_LOOKUP_EVENTS, params, scratch, out, err) != 0) {
        if (!fresh || !patience_fits(err) || !patience_wait(engine, &waited_ms, err))
            return -1;
        err_clear(err);
    }
    return 0;
}

static int read_pages(const struct place *place, const struct aws_target *target, struct err *err)
{
    struct looking *looking = place->looking;
    struct arena *scratch = arena_new("look"), *next = arena_new("look token");
    const char *token = NULL;
    int pages = 0, result;

    do {
        struct json *params = json_object(scratch);
        const struct json *page;

        json_put_number(params, "StartTime", (double)(looking->from_ms / 1000));
        json_put_number(params, "EndTime", (double)((looking->to_ms + 999) / 1000));
        json_put_str(params, "NextToken", token);
        result = look_up(place, target, params, scratch, &page, err);
        if (result != 0)
            break;
        for (const struct json *it = json_first(json_get(page, "Events")); it != NULL;
             it = it->next)
            count_event(place, it, scratch);
        arena_reset(next);
        token = arena_str(next, json_str(page, "NextToken"));
        arena_reset(scratch);
    } while (token != NULL && ++pages < PAGES_MOST);
    looking->out->more = looking->out->more || token != NULL;
    arena_free(next);
    arena_free(scratch);
    return result;
}

/* Elsewhere a region limit may keep plinth out as well: then there is nothing to be harmed. */
static bool must_be_seen(const struct engine *engine, const char *region)
{
    const struct strings *regions = &engine->options.baseline->regions;

    for (size_t i = 0; i < regions->count; i++)
        if (str_eq(regions->items[i], region))
            return true;
    return false;
}

static void look_fiber(void *arg)
{
    struct place *place = arg;
    struct looking *looking = place->looking;
    struct err err = ERR_INIT;
    struct aws_target target;

    if (!engine_enter(looking->engine, place->account, place->region, &target))
        return;
    target.allowed = rollout_ops;
    target.read_only = true;
    if (read_pages(place, &target, &err) == 0)
        return;
    looking->cancelled = looking->cancelled || err.code == ERR_CANCELLED;
    if (must_be_seen(looking->engine, place->region) && looking->out->unread == NULL)
        looking->out->unread = arena_printf(looking->arena, "the event history of %s in %s: %s",
                                            place->account->name, place->region, err.text);
}

static void look_at(struct looking *looking, const struct account *account, const char *region)
{
    struct place *place = arena_alloc(looking->arena, sizeof *place);

    *place = (struct place){looking, account, region};
    fiber_group_spawn(&looking->group, "look", look_fiber, place);
}

/* All regions that the account has, or, where no control has regions, those of the baseline. */
static void look_at_account(struct looking *looking, const struct account *account)
{
    struct engine *engine = looking->engine;
    const struct strings *regions = &engine->options.baseline->regions;
    ptrdiff_t number = account - engine->options.baseline->accounts;
    struct err ignored = ERR_INIT; /* each place says the same */
    bool global = false;

    if ((account->roles & ROLE_MANAGEMENT) || engine_account_id(engine, number) == NULL)
        return; /* which no such policy binds */
    (void)regions_ask(engine, number, &ignored);
    for (size_t i = 0; i < engine->regions.count; i++) {
        const char *region = engine->regions.items[i].name;

        if (!regions_enabled(engine, number, i) && !must_be_seen(engine, region))
            continue;
        global = global || str_eq(region, GLOBAL_REGION);
        look_at(looking, account, region);
    }
    for (size_t i = 0; engine->regions.count == 0 && i < regions->count; i++) {
        global = global || str_eq(regions->items[i], GLOBAL_REGION);
        look_at(looking, account, regions->items[i]);
    }
    if (!global && str_eq(engine->identity.partition, "aws"))
        look_at(looking, account, GLOBAL_REGION);
}

int rollout_look(struct engine *engine, const struct wave *wave, int64_t from_ms, int64_t split_ms,
                 int64_t to_ms, struct arena *arena, struct rollout_denied *out, struct err *err)
{
    struct looking looking = {.engine = engine,
                              .from_ms = from_ms,
                              .split_ms = split_ms,
                              .to_ms = to_ms,
                              .arena = arena,
                              .out = out};

    *out = (struct rollout_denied){0};
    fiber_group_init(&looking.group, engine->options.sched, LOOKS_IN_FLIGHT);
    for (size_t i = 0; i < wave->account_count; i++)
        look_at_account(&looking, wave->accounts[i]);
    fiber_group_wait(&looking.group);
    if (looking.cancelled)
        return err_set(err, ERR_CANCELLED, "interrupted");
    return 0;
}
