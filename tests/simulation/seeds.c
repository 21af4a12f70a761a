/*
 * seeds.c - many worlds, each with trouble of its own: calls that fail, answers that are lost,
 * throttling, and runs that are killed in the middle.  Each must converge, with nothing twice.
 *
 *   simulation_seeds [FIRST COUNT]
 *
 * A failure prints the seed; `simulation_seeds SEED 1` plays it again.
 */
#include "../support/rehearsal.h"

#include "plinth/base/arena.h"
#include "plinth/base/env.h"
#include "plinth/base/str.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { SEEDS = 1000, RUNS_MOST = 12 };

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

static int fail(uint64_t seed, const char *why, const struct rehearsal_outcome *outcome)
{
    (void)printf("seed %" PRIu64 ": %s\n%s\n%s\n", seed, why, outcome->err.text, outcome->text);
    return 1;
}

/* Runs until one is clean; the first few are killed somewhere. */
static int one_world(uint64_t seed)
{
    struct rng *rng = rng_seeded_new(seed);
    double fault_rate = (double)rng_below(rng, 100) / 1000, lost_rate = fault_rate / 2;
    struct rehearsal *rehearsal = rehearsal_new_troubled(seed, fault_rate, lost_rate);
    const struct baseline *baseline =
        rehearsal_baseline(rehearsal, PLINTH_SOURCEDIR "/tests/unit/engine/data/small.yaml");
    struct rehearsal_outcome outcome = {.err = ERR_INIT, .text = ""};
    uint64_t kills = rng_below(rng, 4);
    int runs = 0, result = 0;

    do {
        struct rehearsal_options apply = {.apply = true};

        if (kills > 0) {
            kills--;
            sim_inject(rehearsal_sim(rehearsal),
                       rng_below(rng, 2) == 0 ? SIM_KILL_BEFORE : SIM_KILL_AFTER,
                       1 + rng_below(rng, 25));
        }
        outcome = rehearsal_run(rehearsal, baseline, &apply);
        sim_inject(rehearsal_sim(rehearsal), SIM_NO_FAULT, 0);
        outcome = rehearsal_run(rehearsal, baseline, &(struct rehearsal_options){0});
    } while (!is_clean(&outcome) && ++runs < RUNS_MOST);
    if (!is_clean(&outcome))
        result = fail(seed, "it does not converge", &outcome);
    else if (outcome.sim_writes > 0)
        result = fail(seed, "a plan wrote", &outcome);
    else if (!accounts_are_right(rehearsal, baseline))
        result = fail(seed, "accounts are missing, or there twice", &outcome);
    rehearsal_free(rehearsal);
    rng_seeded_free(rng);
    return result;
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
