/*
 * small.h - a rehearsal of data/small.yaml for one test.
 */
#ifndef PLINTH_TESTS_SMALL_H
#define PLINTH_TESTS_SMALL_H

#include "../../support/rehearsal.h"

#include "plinth/base/arena.h"
#include "plinth/codec/json.h"

struct small {
    struct rehearsal *rehearsal;
    const struct baseline *baseline;
};

#define SMALL_DATA(name) PLINTH_SOURCEDIR "/tests/unit/engine/data/" name

static inline int small_setup(void **state)
{
    struct rehearsal *rehearsal = rehearsal_new(3, true);
    struct small *small = arena_alloc(rehearsal_arena(rehearsal), sizeof *small);

    small->rehearsal = rehearsal;
    small->baseline = rehearsal_baseline(rehearsal, SMALL_DATA("small.yaml"));
    *state = small;
    return 0;
}

static inline int small_teardown(void **state)
{
    rehearsal_free(((struct small *)*state)->rehearsal);
    return 0;
}

static inline struct rehearsal_outcome small_plan(struct small *small)
{
    return rehearsal_run(small->rehearsal, small->baseline, &(struct rehearsal_options){0});
}

static inline struct rehearsal_outcome small_apply(struct small *small)
{
    return rehearsal_run(small->rehearsal, small->baseline,
                         &(struct rehearsal_options){.apply = true});
}

/* Targets that did not end well. */
static inline size_t small_unhappy(const struct rehearsal_outcome *outcome)
{
    const size_t *outcomes = outcome->summary.outcomes;

    return outcomes[OUTCOME_FAILED] + outcomes[OUTCOME_SKIPPED] + outcomes[OUTCOME_UNKNOWN];
}

static inline size_t small_sum(const struct rehearsal_outcome *outcome)
{
    size_t sum = 0;

    for (int i = 0; i < OUTCOME_COUNT; i++)
        sum += outcome->summary.outcomes[i];
    return sum;
}

#define SMALL_TEST(test) cmocka_unit_test_setup_teardown(test, small_setup, small_teardown)

#endif
