/*
 * honey_keys.c - no honey key twice, and none that nobody knows: plinth is killed before and after
 * every write of an apply and of a rotation, loses every answer and is refused every write.
 *
 *   simulation_honey_keys
 *
 * After the run that follows, every access key that works is the one that the map names, and its
 * secret lies in one place: where it was planted.  Nothing else in the simulated AWS, not even a
 * record of the call, has it.
 */
#include "../support/rehearsal.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/hash.h"
#include "plinth/codec/json.h"
#include "plinth/control/honey.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEED = 11, KEYS = 5 };

static const char folder[] = PLINTH_SOURCEDIR "/tests/control/honey_tokens/baseline.yaml";
static const char *const rotated = "key-in-secret";

/* The baseline's places that are not in AWS. */
static const char *const files[] = {"/home/build/.aws/credentials", "/usr/local/bin/put-key"};

struct world {
    struct rehearsal *rehearsal;
    const struct baseline *baseline;
    const char *what; /* of failures */
    int failures;
};

static void fail(struct world *world, const char *why, const char *detail)
{
    world->failures++;
    (void)printf("%s: %s: %s\n", world->what, why, detail);
}

/* --- What plinth does ----------------------------------------------------------------------------
 */

static struct rehearsal_outcome apply(struct world *world)
{
    static const char *const only[] = {"honey_tokens", NULL};

    return rehearsal_run(world->rehearsal, world->baseline,
                         &(struct rehearsal_options){.selection.only = only, .apply = true});
}

static int rotate(void *arg, struct engine *engine, struct err *err)
{
    struct world *world = arg;
    struct arena *arena = rehearsal_arena(world->rehearsal);
    const struct honey_spec *spec = honey_settings(world->baseline, arena);
    const struct honey_token *token = honey_token_find(spec, rotated);
    struct control_ctx ctx;

    if (engine_context(engine, control_find("honey_tokens"),
                       honey_account(world->baseline, spec, token), arena, &ctx, err) != 0)
        return -1;
    return honey_rotate(&ctx, rotated, err);
}

static struct rehearsal_outcome rotate_once(struct world *world)
{
    return rehearsal_run(world->rehearsal, world->baseline,
                         &(struct rehearsal_options){.job = rotate, .job_arg = world});
}

/* --- What is there -------------------------------------------------------------------------------
 */

/* A record as text.  Bodies of objects are kept in base64. */
static const char *record_text(const struct json *record, struct arena *arena)
{
    const char *body = json_str(json_get(record, "record"), "_body");
    size_t len;

    return body == NULL ? json_text(record, arena)
                        : (const char *)base64_decode(body, strlen(body), arena, &len);
}

/* Records of the simulator that have the text in them: things, events of its trail, all. */
static size_t records_with(const struct json *records, const char *text, struct arena *arena)
{
    size_t count = 0;

    for (const struct json *it = json_first(records); it != NULL; it = it->next)
        count += strstr(record_text(it, arena), text) != NULL;
    return count;
}

static size_t files_with(const struct rehearsal *rehearsal, const char *text)
{
    size_t count = 0;

    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        const char *content = rehearsal_file(rehearsal, files[i]);

        count += content != NULL && strstr(content, text) != NULL;
    }
    return count;
}

/* The map as text: entries lie in the simulator as they were written. */
static bool map_names(const struct json *records, const char *id, struct arena *arena)
{
    for (const struct json *it = json_first(records); it != NULL; it = it->next) {
        const char *text = json_text(it, arena);

        if (strstr(text, "/plinth/honey/") != NULL && strstr(text, id) != NULL)
            return true;
    }
    return false;
}

static bool is_user_key(const struct json *record)
{
    return str_eq(json_str(record, "kind"), "credential") &&
           str_starts(json_str(record, "id"), "AKIA") &&
           str_starts(json_str(json_get(record, "record"), "_arn"), "arn:aws:iam::") &&
           str_eq(json_str(json_get(record, "record"), "_kind"), "user");
}

/* Every key of a user that exists: planted once, and known. */
static void check_keys(struct world *world, const char *login)
{
    struct arena *arena = rehearsal_arena(world->rehearsal);
    const struct json *records =
        json_get(sim_dump(rehearsal_sim(world->rehearsal), arena), "records");
    size_t keys = 0;

    for (const struct json *it = json_first(records); it != NULL; it = it->next) {
        const char *id = json_str(it, "id");
        const char *secret = sim_secret_key(rehearsal_sim(world->rehearsal), id, arena);

        if (!is_user_key(it) || str_eq(id, login))
            continue;
        keys++;
        if (!map_names(records, id, arena))
            fail(world, "a key that the map does not know", id);
        if (records_with(records, secret, arena) + files_with(world->rehearsal, secret) != 1)
            fail(world, "the secret of a key is not in exactly one place", id);
    }
    if (keys != KEYS)
        fail(world, "wrong number of keys", arena_printf(arena, "%zu", keys));
}

/* --- One fault -----------------------------------------------------------------------------------
 */

static const struct {
    enum sim_fault fault;
    const char *name;
} faults[] = {
    {SIM_KILL_BEFORE, "killed before"},
    {SIM_KILL_AFTER, "killed after"},
    {SIM_LOSE_ONE, "answer lost of"},
    {SIM_REFUSE_ONE, "refused"},
};

static void begin(struct world *world)
{
    static const char *const before[] = {"organization", "organizational_units", "accounts", NULL};

    world->rehearsal = rehearsal_new(SEED, true);
    world->baseline = rehearsal_baseline(world->rehearsal, folder);
    (void)rehearsal_run(world->rehearsal, world->baseline,
                        &(struct rehearsal_options){.selection.only = before, .apply = true});
}

static void settle(struct world *world)
{
    struct rehearsal_outcome outcome = apply(world);
    const size_t *outcomes = outcome.summary.outcomes;

    if (outcome.result != 0 ||
        outcomes[OUTCOME_CLEAN] + outcomes[OUTCOME_CHANGED] != outcome.summary.targets)
        fail(world, "the next run does not put it right", outcome.text);
    check_keys(world, sim_login(rehearsal_sim(world->rehearsal)).access_key_id);
    rehearsal_free(world->rehearsal);
}

static int one_fault(struct rehearsal_outcome (*doing)(struct world *world), const char *name,
                     size_t fault, uint64_t nth)
{
    char what[128];
    struct world world = {.what = what};

    (void)snprintf(what, sizeof what, "%s: %s write %" PRIu64, name, faults[fault].name, nth);
    begin(&world);
    if (doing == rotate_once)
        (void)apply(&world);
    sim_inject(rehearsal_sim(world.rehearsal), faults[fault].fault, nth);
    (void)doing(&world);
    sim_inject(rehearsal_sim(world.rehearsal), SIM_NO_FAULT, 0);
    settle(&world);
    return world.failures;
}

static int all_faults(struct rehearsal_outcome (*doing)(struct world *world), const char *name)
{
    struct world world = {.what = name};
    struct rehearsal_outcome outcome;
    int failures = 0;

    begin(&world);
    if (doing == rotate_once)
        (void)apply(&world);
    outcome = doing(&world);
    if (outcome.result != 0 || outcome.sim_writes == 0)
        fail(&world, "it does not work unbroken", outcome.err.text);
    settle(&world);
    failures += world.failures;
    for (size_t fault = 0; fault < sizeof faults / sizeof faults[0]; fault++)
        for (uint64_t nth = 1; nth <= outcome.sim_writes; nth++)
            failures += one_fault(doing, name, fault, nth);
    (void)printf("%s: %" PRIu64 " writes, each with %zu faults\n", name, outcome.sim_writes,
                 sizeof faults / sizeof faults[0]);
    return failures;
}

int main(void)
{
    int failures = all_faults(apply, "apply") + all_faults(rotate_once, "rotate");

    if (failures > 0)
        (void)printf("%d failures\n", failures);
    return failures == 0 ? 0 : 1;
}
