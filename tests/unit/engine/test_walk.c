/* Plans, applies and their sums; what a stop leaves behind. */
#include "small.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_plan_apply_apply(void **state)
{
    struct small *small = *state;
    struct rehearsal_outcome plan = small_plan(small), apply = small_apply(small), again;

    assert_int_equal(plan.sim_writes, 0);
    assert_int_equal(plan.summary.writes, 0);
    assert_int_equal(apply.summary.changes, plan.summary.changes);
    assert_int_equal(apply.summary.outcomes[OUTCOME_CHANGED],
                     plan.summary.outcomes[OUTCOME_DRIFTED]);
    again = small_apply(small);
    assert_int_equal(again.sim_writes, 0);
    assert_int_equal(again.summary.outcomes[OUTCOME_CLEAN], again.summary.targets);
}

/* The digest is of the plan and of what it saw, and of nothing else. */
static void test_digest(void **state)
{
    struct small *small = *state;
    struct rehearsal_outcome first = small_plan(small), second = small_plan(small), later;
    struct json *params = json_object(rehearsal_arena(small->rehearsal));
    struct err err = ERR_INIT;

    assert_int_equal(strlen(first.digest), 64);
    assert_string_equal(first.digest, second.digest);
    json_put_str(params, "FeatureSet", "ALL");
    assert_int_equal(rehearsal_call(small->rehearsal, NULL, "us-east-1",
                                    AWS_ORGANIZATIONS_CREATE_ORGANIZATION, params, NULL, &err),
                     0);
    later = small_plan(small);
    assert_string_not_equal(first.digest, later.digest);
}

/* Ctrl-C after each call in turn: the sum is honest, nothing is begun after it, and the next run
 * goes on. */
static void test_a_stop_at_any_time(void **state)
{
    uint64_t calls;
    size_t interrupted = 0;

    {
        struct small *small = *state;

        (void)small_apply(small);
        calls = sim_calls(rehearsal_sim(small->rehearsal), NULL, NULL);
    }
    for (uint64_t stop = 1; stop < calls; stop += 7) {
        struct rehearsal *rehearsal = rehearsal_new(3, true);
        struct rehearsal_options options = {.apply = true,
                                            .trouble = {.stop_after_calls = (int64_t)stop}};
        struct small small = {rehearsal, rehearsal_baseline(rehearsal, SMALL_DATA("small.yaml"))};
        struct rehearsal_outcome outcome = rehearsal_run(rehearsal, small.baseline, &options);

        if (outcome.result == 0) {
            assert_int_equal(small_sum(&outcome), outcome.summary.targets);
            assert_true(outcome.summary.interrupted);
            interrupted++;
        } else {
            assert_int_equal(outcome.err.code, ERR_CANCELLED);
        }
        outcome = small_apply(&small);
        assert_int_equal(outcome.result, 0);
        assert_int_equal(small_unhappy(&outcome), 0);
        outcome = small_plan(&small);
        assert_int_equal(outcome.summary.outcomes[OUTCOME_CLEAN], outcome.summary.targets);
        rehearsal_free(rehearsal);
    }
    assert_true(interrupted > 5);
}

/* The same seed is the same run, to the byte. */
static void test_a_run_replays_from_its_seed(void **state)
{
    struct small *small = *state;
    struct rehearsal_outcome first = small_apply(small), second;
    struct rehearsal *rehearsal = rehearsal_new(3, true);

    second = rehearsal_run(rehearsal, rehearsal_baseline(rehearsal, SMALL_DATA("small.yaml")),
                           &(struct rehearsal_options){.apply = true});
    assert_string_equal(first.text, second.text);
    assert_int_equal(first.summary.elapsed_ms, second.summary.elapsed_ms);
    rehearsal_free(rehearsal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SMALL_TEST(test_plan_apply_apply),
        SMALL_TEST(test_digest),
        SMALL_TEST(test_a_stop_at_any_time),
        SMALL_TEST(test_a_run_replays_from_its_seed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
