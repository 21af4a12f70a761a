/* What a policy of the organization holds is as good as the account's own setting, and where the
 * two want different things nothing is written. */
#include "../../support/rehearsal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { SETTINGS = 5 };

static const char *const organization[] = {"organization", "organizational_units", "accounts",
                                           "policies", NULL};
static const char *const settings[] = {"allowed_images",      "ebs_snapshot_public_access",
                                       "image_public_access", "imds_defaults",
                                       "serial_console",      NULL};
static const char *const regions[] = {"eu-central-1", NULL};

/* The organization with its policies, and no account has set anything. */
static struct rehearsal *held(const struct baseline **out_baseline)
{
    struct rehearsal *rehearsal = rehearsal_new(7, false);
    struct rehearsal_options options = {.selection.only = organization, .apply = true};
    struct rehearsal_outcome outcome;

    *out_baseline =
        rehearsal_baseline(rehearsal, PLINTH_SOURCEDIR "/tests/unit/control/data/held.yaml");
    outcome = rehearsal_run(rehearsal, *out_baseline, &options);
    assert_int_equal(outcome.result, 0);
    return rehearsal;
}

static struct rehearsal_outcome run(struct rehearsal *rehearsal, const struct baseline *baseline,
                                    const char *account)
{
    const char *const accounts[] = {account, NULL};
    struct rehearsal_options options = {
        .selection = {.only = settings, .accounts = accounts, .regions = regions}, .apply = true};

    return rehearsal_run(rehearsal, baseline, &options);
}

static void test_the_same_is_as_good(void **state)
{
    const struct baseline *baseline;
    struct rehearsal *rehearsal = held(&baseline);
    struct rehearsal_outcome outcome = run(rehearsal, baseline, "Alike");

    (void)state;
    assert_int_equal(outcome.summary.targets, SETTINGS);
    assert_int_equal(outcome.summary.outcomes[OUTCOME_CLEAN], SETTINGS);
    assert_int_equal(outcome.sim_writes, 0);
    rehearsal_free(rehearsal);
}

static void test_another_value_is_told(void **state)
{
    static const char *const told[] = {
        "policy of the organization says block-all-sharing, the baseline says block-new-sharing",
        "policy of the organization says block-new-sharing, the baseline says unblocked",
        "hop_limit 2, enforce no, the baseline says http_tokens required, hop_limit 1, enforce no",
        "policy of the organization says no, the baseline says yes",
        "says audit-mode with providers amazon, the baseline says enabled with providers amazon",
    };
    const struct baseline *baseline;
    struct rehearsal *rehearsal = held(&baseline);
    struct rehearsal_outcome outcome = run(rehearsal, baseline, "Apart");

    (void)state;
    assert_int_equal(outcome.summary.targets, SETTINGS);
    assert_int_equal(outcome.summary.outcomes[OUTCOME_SKIPPED], SETTINGS);
    assert_int_equal(outcome.sim_writes, 0);
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++)
        if (strstr(outcome.text, told[i]) == NULL)
            fail_msg("\"%s\" is not in\n%s", told[i], outcome.text);
    rehearsal_free(rehearsal);
}

/* S3 does not say who holds its setting; the policy does. */
static void test_the_same_of_s3(void **state)
{
    static const char *const only[] = {"s3_public_access_block", NULL};
    const struct baseline *baseline;
    struct rehearsal *rehearsal = held(&baseline);
    struct rehearsal_options options = {.selection.only = only, .apply = true};
    struct rehearsal_outcome outcome = rehearsal_run(rehearsal, baseline, &options);

    (void)state;
    assert_int_equal(outcome.summary.outcomes[OUTCOME_CLEAN], 1);   /* Alike */
    assert_int_equal(outcome.summary.outcomes[OUTCOME_SKIPPED], 1); /* Apart */
    assert_int_equal(outcome.summary.outcomes[OUTCOME_CHANGED], 1); /* Management */
    assert_int_equal(outcome.sim_writes, 1);
    assert_non_null(strstr(outcome.text, "an S3 policy of the organization says something else"));
    rehearsal_free(rehearsal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_same_is_as_good),
        cmocka_unit_test(test_another_value_is_told),
        cmocka_unit_test(test_the_same_of_s3),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
