/* Where AWS's FullAWSAccess was taken away, a plan says so and changes nothing. */
#include "../../support/rehearsal.h"

#include "plinth/base/arena.h"
#include "plinth/codec/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int setup(void **state)
{
    *state = rehearsal_new(5, false);
    return 0;
}

static int teardown(void **state)
{
    rehearsal_free(*state);
    return 0;
}

static struct rehearsal_outcome run(struct rehearsal *rehearsal, bool apply)
{
    static const char *const only[] = {"organization", "organizational_units", "accounts",
                                       "policies", NULL};
    const struct baseline *baseline =
        rehearsal_baseline(rehearsal, PLINTH_SOURCEDIR "/tests/control/policies/baseline.yaml");
    struct rehearsal_options options = {.selection.only = only, .apply = apply};
    struct rehearsal_outcome outcome = rehearsal_run(rehearsal, baseline, &options);

    assert_int_equal(outcome.result, 0);
    return outcome;
}

/* Behind plinth's back: "" is the root. */
static void detach(struct rehearsal *rehearsal, const char *path)
{
    struct json *params = json_object(rehearsal_arena(rehearsal));
    const struct inventory *inventory = rehearsal_inventory(rehearsal);
    struct err err = ERR_INIT;

    json_put_str(params, "PolicyId", "p-FullAWSAccess");
    json_put_str(params, "TargetId", inventory_ou_by_path(inventory, path)->id);
    if (rehearsal_call(rehearsal, NULL, "us-east-1", AWS_ORGANIZATIONS_DETACH_POLICY, params, NULL,
                       &err) != 0)
        fail_msg("%s", err.text);
}

static void test_nothing_to_say(void **state)
{
    struct rehearsal_outcome outcome = run(*state, false);

    assert_null(strstr(outcome.plan_text, "FullAWSAccess"));
    (void)run(*state, true);
    outcome = run(*state, false);
    assert_int_equal(outcome.summary.changes, 0);
    assert_null(strstr(outcome.plan_text, "FullAWSAccess"));
}

static void test_taken_away(void **state)
{
    struct rehearsal_outcome outcome;

    (void)run(*state, true);
    detach(*state, "Workloads");
    outcome = run(*state, false);
    assert_non_null(strstr(outcome.plan_text, "FullAWSAccess is not attached to Workloads"));
    assert_null(strstr(outcome.plan_text, "FullAWSAccess is not attached to the root"));
    assert_null(strstr(outcome.plan_text, "FullAWSAccess is not attached to Shop"));
    assert_int_equal(outcome.summary.changes, 0);
    detach(*state, "");
    outcome = run(*state, true);
    assert_non_null(strstr(outcome.plan_text, "FullAWSAccess is not attached to the root"));
    assert_int_equal(outcome.sim_writes, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_nothing_to_say), TEST(test_taken_away)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
