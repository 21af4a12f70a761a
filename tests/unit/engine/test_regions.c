/* Which regions there are, and which an account has. */
#include "small.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Regions are those that AWS has, not those of a list of ours; one that an account has not opted in
 * to is no target. */
static void test_regions_are_read_live(void **state)
{
    struct small *small = *state;
    const struct baseline *regional = rehearsal_baseline(
        small->rehearsal, PLINTH_SOURCEDIR "/tests/control/ebs_encryption/baseline.yaml");
    static const char *const near[] = {"eu-west-11", NULL}, *const here[] = {"eu-west-1", NULL},
                             *const off[] = {"eu-south-1", NULL},
                             *const only[] = {"ebs_encryption", NULL};
    struct rehearsal_options options = {.selection = {.only = only, .regions = near}};
    struct rehearsal_outcome outcome = rehearsal_run(small->rehearsal, regional, &options);

    assert_int_equal(outcome.err.code, ERR_USAGE);
    assert_non_null(strstr(outcome.err.text, "did you mean \"eu-west-1\""));
    options.selection.regions = here;
    outcome = rehearsal_run(small->rehearsal, regional, &options);
    assert_int_equal(outcome.summary.targets, 2);
    options.selection.regions = off;
    outcome = rehearsal_run(small->rehearsal, regional, &options);
    assert_int_equal(outcome.result, 0);
    assert_int_equal(outcome.summary.targets, 0);
    options.selection.regions = NULL;
    outcome = rehearsal_run(small->rehearsal, regional, &options);
    assert_int_equal(outcome.summary.targets, 2 * 17);
    assert_int_equal(small_sum(&outcome), outcome.summary.targets);
}

#define OPT_IN PLINTH_SOURCEDIR "/tests/control/opt_in_regions/baseline.yaml"

/* A region that is switched on is planned and secured in the same run, and proved in the next. */
static void test_a_region_that_comes_is_secured(void **state)
{
    struct small *small = *state;
    const struct baseline *baseline = rehearsal_baseline(small->rehearsal, OPT_IN);
    static const char *const regions[] = {"eu-south-1", NULL};
    const struct rehearsal_options all = {.apply = true};
    const struct rehearsal_options there = {.selection.regions = regions};
    struct rehearsal_outcome outcome = rehearsal_run(small->rehearsal, baseline, &all);

    assert_int_equal(small_sum(&outcome), outcome.summary.targets);
    assert_int_equal(outcome.summary.outcomes[OUTCOME_FAILED], 0);
    assert_int_equal(outcome.summary.outcomes[OUTCOME_SKIPPED], 0);
    assert_non_null(strstr(outcome.plan_text, "eu-south-1"));
    /* Two accounts, 17 regions that each has and two that are switched on. */
    assert_int_equal(
        sim_calls(rehearsal_sim(small->rehearsal), "ec2", "EnableEbsEncryptionByDefault"),
        2 * (17 + 2));
    outcome = rehearsal_run(small->rehearsal, baseline, &there);
    assert_int_equal(outcome.summary.changes, 0);
    assert_int_equal(outcome.summary.outcomes[OUTCOME_CLEAN], outcome.summary.targets);
}

/* The same for what the management and the security account do for all others. */
static void test_administrators_of_a_region_that_comes(void **state)
{
    struct small *small = *state;
    const struct baseline *baseline = rehearsal_baseline(small->rehearsal, PLINTH_SOURCEDIR
                                                         "/tests/unit/engine/data/regions.yaml");
    struct rehearsal_options options = {.apply = true};
    struct rehearsal_outcome outcome = rehearsal_run(small->rehearsal, baseline, &options);
    uint64_t analyzers =
        sim_calls(rehearsal_sim(small->rehearsal), "accessanalyzer", "CreateAnalyzer");

    assert_int_equal(outcome.summary.outcomes[OUTCOME_FAILED], 0);
    assert_int_equal(outcome.summary.outcomes[OUTCOME_SKIPPED], 0);
    assert_int_equal(analyzers, 17 + 1);
    options.apply = false;
    outcome = rehearsal_run(small->rehearsal, baseline, &options);
    if (outcome.summary.changes > 0)
        fail_msg("%s", outcome.text);
    assert_int_equal(outcome.summary.outcomes[OUTCOME_CLEAN], outcome.summary.targets);
}

/* What cannot be done in a region that did not come is skipped and said so. */
static void test_a_region_that_does_not_come(void **state)
{
    struct small *small = *state;
    const struct baseline *baseline = rehearsal_baseline(small->rehearsal, OPT_IN);
    static const char *const before[] = {"organization", "accounts", NULL};
    struct rehearsal_options options = {.apply = true, .selection.only = before};
    struct rehearsal_outcome outcome = rehearsal_run(small->rehearsal, baseline, &options);

    assert_int_equal(outcome.summary.outcomes[OUTCOME_FAILED], 0);
    rehearsal_wait(small->rehearsal, INT64_C(2) * 60 * 60 * 1000);
    sim_inject(rehearsal_sim(small->rehearsal), SIM_REFUSE_ONE, 1);
    options.selection.only = NULL;
    outcome = rehearsal_run(small->rehearsal, baseline, &options);
    assert_int_equal(small_sum(&outcome), outcome.summary.targets);
    assert_int_equal(outcome.summary.outcomes[OUTCOME_FAILED], 1);
    assert_true(outcome.summary.outcomes[OUTCOME_SKIPPED] >= 1);
    assert_non_null(strstr(outcome.text, "is not switched on yet"));
}

/* Who does not run the control that switches it on does not wait for the region. */
static void test_a_region_that_nobody_switches_on(void **state)
{
    struct small *small = *state;
    const struct baseline *baseline = rehearsal_baseline(small->rehearsal, OPT_IN);
    static const char *const only[] = {"ebs_encryption", NULL};
    const struct rehearsal_options options = {.selection.only = only};
    struct rehearsal_outcome outcome = rehearsal_run(small->rehearsal, baseline, &options);

    assert_int_equal(outcome.summary.targets, 2 * 17);
}

/* One region out of reach: it is unknown by name, and the others are done. */
static void test_a_dead_region_stops_no_other(void **state)
{
    struct small *small = *state;
    const struct baseline *regional = rehearsal_baseline(
        small->rehearsal, PLINTH_SOURCEDIR "/tests/control/ebs_encryption/baseline.yaml");
    struct rehearsal_options options = {.apply = true, .trouble = {.dead_region = "ap-south-1"}};
    struct rehearsal_outcome outcome = rehearsal_run(small->rehearsal, regional, &options);

    assert_int_equal(outcome.result, 0);
    assert_int_equal(outcome.summary.outcomes[OUTCOME_UNKNOWN], 2);
    assert_int_equal(outcome.summary.outcomes[OUTCOME_FAILED], 0);
    assert_int_equal(outcome.summary.outcomes[OUTCOME_DRIFTED], 0);
    assert_non_null(strstr(outcome.text, "ap-south-1 unknown"));
    options.apply = false;
    outcome = rehearsal_run(small->rehearsal, regional, &options);
    assert_int_equal(outcome.summary.outcomes[OUTCOME_UNKNOWN], 2);
    assert_int_equal(outcome.summary.outcomes[OUTCOME_CLEAN], outcome.summary.targets - 2);
    assert_int_equal(small_sum(&outcome), outcome.summary.targets);
}

/* Without a control that has regions nobody asks for them. */
static void test_no_regions_are_read_for_nobody(void **state)
{
    struct small *small = *state;
    struct rehearsal_outcome outcome = small_plan(small);

    assert_int_equal(outcome.result, 0);
    assert_int_equal(sim_calls(rehearsal_sim(small->rehearsal), "ec2", "DescribeRegions"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SMALL_TEST(test_regions_are_read_live),
        SMALL_TEST(test_a_region_that_comes_is_secured),
        SMALL_TEST(test_administrators_of_a_region_that_comes),
        SMALL_TEST(test_a_region_that_does_not_come),
        SMALL_TEST(test_a_region_that_nobody_switches_on),
        SMALL_TEST(test_a_dead_region_stops_no_other),
        SMALL_TEST(test_no_regions_are_read_for_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
