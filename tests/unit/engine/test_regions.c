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
        SMALL_TEST(test_no_regions_are_read_for_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
