/* A rollout as it stands, as a document that survives its process. */
#include "plinth/engine/rollout.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"

static const char *const states[] = {
    [ROLLOUT_RUNNING] = "running", [ROLLOUT_PAUSED] = "paused", [ROLLOUT_STOPPED] = "stopped",
    [ROLLOUT_ABORTED] = "aborted", [ROLLOUT_DONE] = "done",
};

static const char *const phases[] = {
    [ROLLOUT_APPLY] = "apply", [ROLLOUT_BAKE] = "bake", [ROLLOUT_SETTLE] = "settle"};

const char *rollout_state_name(enum rollout_state state)
{
    return states[state];
}

struct rollout *rollout_new(const struct rollout_spec *spec, const char *id, const char *digest,
                            struct arena *arena)
{
    struct rollout *rollout = arena_alloc(arena, sizeof *rollout);

    *rollout = (struct rollout){.spec = spec,
                                .id = arena_str(arena, id),
                                .digest = arena_str(arena, digest),
                                .detach_on_alarm = spec->detach_on_alarm,
                                .arena = arena};
    rollout->waves = arena_array(arena, spec->wave_count, sizeof *rollout->waves);
    return rollout;
}

struct json *rollout_document(const struct rollout *rollout, struct arena *arena)
{
    struct json *document = json_object(arena), *waves;

    json_put_str(document, "format", ROLLOUT_FORMAT);
    json_put_str(document, "id", rollout->id);
    json_put_str(document, "digest", rollout->digest);
    json_put_str(document, "state", states[rollout->state]);
    json_put_str(document, "phase", phases[rollout->phase]);
    json_put_number(document, "wave", (double)rollout->wave);
    json_put_number(document, "bake_since", (double)rollout->bake_since_ms);
    if (rollout->phase == ROLLOUT_BAKE) /* for who looks at it */
        json_put_number(
            document, "bake_until",
            (double)(rollout->bake_since_ms + rollout->spec->waves[rollout->wave].bake_ms));
    json_put_bool(document, "detach_on_alarm", rollout->detach_on_alarm);
    json_put_bool(document, "detaching", rollout->detaching);
    json_put_bool(document, "detached", rollout->detached);
    json_put_str(document, "why", rollout->why);
    if (rollout->failures_most != NULL)
        json_put_str(document, "max_failures",
                     arena_printf(arena, "%u%s", rollout->failures_most->value,
                                  rollout->failures_most->percent ? "%" : ""));
    waves = json_put_array(document, "waves");
    for (size_t i = 0; i < rollout->spec->wave_count; i++) {
        const struct wave *wave = &rollout->spec->waves[i];
        const struct rollout_progress *progress = &rollout->waves[i];
        struct json *item = json_add_object(waves), *accounts;

        json_put_str(item, "name", wave->name);
        json_put_number(item, "began", (double)progress->began_ms);
        json_put_number(item, "failed", (double)progress->failed);
        json_put_number(item, "denied_before", (double)progress->denied_before);
        json_put_number(item, "denied", (double)progress->denied);
        accounts = json_put_array(item, "accounts");
        for (size_t a = 0; a < wave->account_count; a++)
            json_add_str(accounts, wave->accounts[a]->name);
    }
    return document;
}

/* -1: none of them. */
static int place_of(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(names[i], name))
            return (int)i;
    return -1;
}

/* A number that came from a file; out of range it is `most`. */
static double bounded(const struct json *json, const char *key, double most)
{
    double number = json_number(json, key, 0);

    return number >= 0 && number <= most ? number : most;
}

static void parse_waves(const struct json *document, struct rollout *rollout)
{
    const struct json *waves = json_get(document, "waves");
    const double most = 9e15; /* whole numbers of a double */

    for (size_t i = 0; i < rollout->spec->wave_count; i++) {
        const struct json *item = json_at(waves, i);

        rollout->waves[i] = (struct rollout_progress){
            .began_ms = (int64_t)bounded(item, "began", most),
            .failed = (size_t)bounded(item, "failed", most),
            .denied_before = (uint64_t)bounded(item, "denied_before", most),
            .denied = (uint64_t)bounded(item, "denied", most),
        };
    }
    rollout->bake_since_ms = (int64_t)bounded(document, "bake_since", most);
}

int rollout_parse(const struct json *document, struct rollout *rollout, struct err *err)
{
    size_t count = rollout->spec->wave_count;
    int state = place_of(states, sizeof states / sizeof states[0], json_str(document, "state"));
    int phase = place_of(phases, sizeof phases / sizeof phases[0], json_str(document, "phase"));
    const char *failures = json_str(document, "max_failures");
    struct share *share = arena_alloc(rollout->arena, sizeof *share);
    const char *id, *digest;

    if (!str_eq(json_str(document, "format"), ROLLOUT_FORMAT) || state < 0 || phase < 0)
        return err_set(err, ERR_PROTOCOL, "it is no rollout that this version knows");
    if (json_need_str(document, "id", &id, err) != 0 ||
        json_need_str(document, "digest", &digest, err) != 0)
        return -1;
    if (!str_eq(digest, rollout->digest))
        return err_set(err, ERR_GATE,
                       "the baseline is not the one that rollout %s began with: abort it first",
                       id);
    rollout->id = arena_str(rollout->arena, id);
    rollout->state = (enum rollout_state)state;
    rollout->phase = (enum rollout_phase)phase;
    rollout->wave = (size_t)bounded(document, "wave", (double)count);
    if ((rollout->wave == count) != (rollout->phase == ROLLOUT_SETTLE))
        return err_set(err, ERR_PROTOCOL, "its wave and its phase do not fit");
    rollout->detach_on_alarm = json_bool(document, "detach_on_alarm", false);
    rollout->detaching = json_bool(document, "detaching", false);
    rollout->detached = json_bool(document, "detached", false);
    rollout->why = arena_str(rollout->arena, json_str(document, "why"));
    rollout->failures_most = baseline_share(failures, share) ? share : NULL;
    parse_waves(document, rollout);
    return 0;
}
