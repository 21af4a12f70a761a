/*
 * seeds.c - many worlds, each with trouble of its own: calls that fail or are refused, answers that
 * are lost, throttling, runs that are killed in the middle, services that cannot be reached for a
 * while, and clocks that are set wrong.  Each must converge, with no account and no honey token
 * twice, and no key that nobody knows.
 *
 *   simulation_seeds [FIRST COUNT]
 *
 * A failure prints the seed; `simulation_seeds SEED 1` plays it again.
 */
#include "../support/honey_check.h"
#include "../support/rehearsal.h"

#include "plinth/base/arena.h"
#include "plinth/base/env.h"
#include "plinth/base/str.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { SEEDS = 1000, RUNS_MOST = 12, HONEY_KEYS = 2, HONEY_EVERY = 5 };

static const char *const files[] = {"/home/build/.aws/credentials", NULL};

static bool is_clean(const struct rehearsal_outcome *outcome)
{
    return outcome->result == 0 &&
           outcome->summary.outcomes[OUTCOME_CLEAN] == outcome->summary.targets;
}

/* An account for each of the baseline, and none more. */
static bool accounts_are_right(struct rehearsal *rehearsal, const struct baseline *baseline)
{
    const struct inventory *inventory = rehearsal_inventory(rehearsal);

    for (size_t i = 0; i < baseline->account_count; i++)
        if (inventory_account_of(inventory, &baseline->accounts[i]) == NULL)
            return false;
    return inventory->account_count == baseline->account_count;
}

/* --- Trouble -------------------------------------------------------------------------------------
 */

static int64_t between(struct rng *rng, int64_t least, int64_t most)
{
    return least + (int64_t)rng_below(rng, (uint64_t)(most - least + 1));
}

/* One write, and after a kill all that follow. */
static void disturb_a_write(struct rng *rng, struct sim *sim)
{
    static const enum sim_fault faults[] = {SIM_KILL_BEFORE, SIM_KILL_AFTER,   SIM_LOSE_ONE,
                                            SIM_REFUSE_ONE,  SIM_THROTTLE_ONE, SIM_ERROR_ONE};

    sim_inject(sim, faults[rng_below(rng, sizeof faults / sizeof faults[0])],
               1 + rng_below(rng, 25));
}

static struct rehearsal_cut some_cut(struct rng *rng)
{
    static const char *const hosts[] = {"//organizations.", "//iam.", "//sts.",
                                        "//account.",       "//ssm.", "//s3."};
    int64_t from_ms = between(rng, 0, 120 * 1000);

    if (rng_below(rng, 3) != 0)
        return (struct rehearsal_cut){0};
    return (struct rehearsal_cut){.host = hosts[rng_below(rng, sizeof hosts / sizeof hosts[0])],
                                  .from_ms = from_ms,
                                  .until_ms = from_ms + between(rng, 1000, 300 * 1000)};
}

/* Up to a day, in both directions: more than AWS takes a signature for. */
static struct rehearsal_jump some_jump(struct rng *rng)
{
    enum { DAY_MS = 24 * 3600 * 1000 };

    if (rng_below(rng, 3) != 0)
        return (struct rehearsal_jump){0};
    return (struct rehearsal_jump){.after_calls = between(rng, 0, 60),
                                   .by_ms = between(rng, -DAY_MS, DAY_MS)};
}

/* --- A world -------------------------------------------------------------------------------------
 */

struct world {
    uint64_t seed;
    bool honey;
    struct rehearsal *rehearsal;
    const struct baseline *baseline;
    struct rehearsal_outcome outcome; /* of the last run */
    int failed;
};

static void fail(void *arg, const char *why, const char *detail)
{
    struct world *world = arg;

    world->failed = 1;
    (void)printf("seed %" PRIu64 ": %s: %s\n%s\n%s\n", world->seed, why, detail,
                 world->outcome.err.text, world->outcome.text);
}

/* Runs until one is clean; the first few are disturbed. */
static void converge(struct world *world, struct rng *rng)
{
    struct sim *sim = rehearsal_sim(world->rehearsal);
    uint64_t disturbed = rng_below(rng, 4);
    int runs = 0;

    do {
        struct rehearsal_options apply = {.apply = true};

        if (disturbed > 0) {
            disturbed--;
            disturb_a_write(rng, sim);
            apply.cut = some_cut(rng);
            apply.jump = some_jump(rng);
        }
        world->outcome = rehearsal_run(world->rehearsal, world->baseline, &apply);
        sim_inject(sim, SIM_NO_FAULT, 0);
        world->outcome =
            rehearsal_run(world->rehearsal, world->baseline, &(struct rehearsal_options){0});
    } while (!is_clean(&world->outcome) && ++runs < RUNS_MOST);
}

static void check(struct world *world)
{
    if (!is_clean(&world->outcome))
        fail(world, "it does not converge", "");
    else if (world->outcome.sim_writes > 0)
        fail(world, "a plan wrote", "");
    else if (!accounts_are_right(world->rehearsal, world->baseline))
        fail(world, "accounts are missing, or there twice", "");
    else if (world->honey)
        honey_check(world->rehearsal, files, HONEY_KEYS, fail, world);
}

static int one_world(uint64_t seed)
{
    struct rng *rng = rng_seeded_new(seed);
    double fault_rate = (double)rng_below(rng, 100) / 1000, lost_rate = fault_rate / 2;
    struct world world = {.seed = seed,
                          .honey = seed % HONEY_EVERY == 0,
                          .rehearsal = rehearsal_new_troubled(seed, fault_rate, lost_rate)};

    world.baseline = rehearsal_baseline(
        world.rehearsal, world.honey ? PLINTH_SOURCEDIR "/tests/simulation/honey.yaml"
                                     : PLINTH_SOURCEDIR "/tests/unit/engine/data/small.yaml");
    converge(&world, rng);
    check(&world);
    rehearsal_free(world.rehearsal);
    rng_seeded_free(rng);
    return world.failed;
}

int main(int argc, char **argv)
{
    uint64_t first = 1, count = SEEDS;
    int failures = 0;

    if (argc != 1 && (argc != 3 || !str_to_u64(argv[1], &first) || !str_to_u64(argv[2], &count))) {
        (void)fprintf(stderr, "usage: simulation_seeds [FIRST COUNT]\n");
        return 2;
    }
    for (uint64_t seed = first; seed < first + count; seed++)
        failures += one_world(seed);
    (void)printf("%" PRIu64 " worlds from seed %" PRIu64 ": %d failed\n", count, first, failures);
    return failures == 0 ? 0 : 1;
}
