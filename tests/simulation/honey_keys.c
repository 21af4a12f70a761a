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
#include "../support/honey_check.h"
#include "../support/rehearsal.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/control/honey.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEED = 11, KEYS = 5 };

static const char folder[] = PLINTH_SOURCEDIR "/tests/control/honey_tokens/baseline.yaml";
static const char *const rotated = "key-in-secret";

/* The baseline's places that are not in AWS. */
static const char *const files[] = {"/home/build/.aws/credentials", "/usr/local/bin/put-key", NULL};

struct world {
    struct rehearsal *rehearsal;
    const struct baseline *baseline;
    const char *what; /* of failures */
    int failures;
};

static void fail(void *arg, const char *why, const char *detail)
{
    struct world *world = arg;

    world->failures++;
    (void)printf("%s: %s: %s\n", world->what, why, detail);
}

/* --- What plinth does ----------------------------------------------------------------------------
 */

static struct rehearsal_outcome apply(struct world *world)
{
    static const char *const only[] = {"honey_map", "honey_tokens", NULL};

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
    honey_check(world->rehearsal, files, KEYS, fail, world);
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
