/* Who we are, and which targets were asked for. */
#include "small.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char *const NOTHING[] = {NULL};

static struct rehearsal_outcome plan_of(struct small *small, const struct selection *selection)
{
    struct rehearsal_options options = {.selection = *selection};

    return rehearsal_run(small->rehearsal, small->baseline, &options);
}

static void test_outcomes_have_names(void **state)
{
    (void)state;
    assert_string_equal(outcome_name(OUTCOME_CLEAN), "clean");
    assert_string_equal(outcome_name(OUTCOME_UNKNOWN), "unknown");
}

/* The baseline names the management account of somebody else. */
static void test_another_management_account_is_refused(void **state)
{
    struct small *small = *state;
    const struct baseline *other =
        rehearsal_baseline(small->rehearsal, SMALL_DATA("other-management.yaml"));
    struct rehearsal_outcome outcome =
        rehearsal_run(small->rehearsal, other, &(struct rehearsal_options){.apply = true});

    assert_int_equal(outcome.result, -1);
    assert_int_equal(outcome.err.code, ERR_GATE);
    assert_non_null(strstr(outcome.err.text, "999999999999"));
    assert_int_equal(outcome.sim_writes, 0);
}

static void test_unknown_words_are_refused_with_a_near_one(void **state)
{
    const struct {
        struct selection selection;
        const char *says;
    } cases[] = {
        {{.accounts = (const char *const[]){"Shup", NULL}}, "did you mean \"Shop\""},
        {{.ous = (const char *const[]){"Workloads/Prd", NULL}}, "did you mean \"Workloads/Prod\""},
        {{.only = (const char *const[]){"acounts", NULL}}, "did you mean \"accounts\""},
        {{.exclude = (const char *const[]){"nothing_like_it", NULL}}, "nothing_like_it"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rehearsal_outcome outcome = plan_of(*state, &cases[i].selection);

        assert_int_equal(outcome.result, -1);
        assert_int_equal(outcome.err.code, ERR_USAGE);
        assert_non_null(strstr(outcome.err.text, cases[i].says));
    }
}

static void test_selections_count_their_targets(void **state)
{
    const struct {
        struct selection selection;
        size_t targets;
    } cases[] = {
        {{.only = (const char *const[]){"organization", NULL}}, 1},
        {{.only = (const char *const[]){"accounts", NULL}}, 4},
        {{.only = (const char *const[]){"accounts", "policies", NULL}}, 5},
        {{.only = (const char *const[]){"accounts", NULL},
          .accounts = (const char *const[]){"Shop", NULL}},
         1},
        /* An account alone: accounts, alternate_contacts, security_role. */
        {{.accounts = (const char *const[]){"Shop", NULL}}, 3},
        /* What is below an organizational unit belongs to it. */
        {{.ous = (const char *const[]){"Workloads", NULL}}, 3},
        {{.ous = (const char *const[]){"Workloads", NULL},
          .accounts = (const char *const[]){"Loose", NULL}},
         6},
        /* And what it stands in: organization, trusted_access, organizational_units. */
        {{.accounts = (const char *const[]){"Shop", NULL}, .around = true}, 6},
        {{.exclude =
              (const char *const[]){"accounts", "alternate_contacts", "security_role", NULL}},
         6},
        {{.only = NOTHING}, 0},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rehearsal_outcome outcome = plan_of(*state, &cases[i].selection);

        assert_int_equal(outcome.result, 0);
        assert_int_equal(outcome.summary.targets, cases[i].targets);
        assert_int_equal(small_sum(&outcome), cases[i].targets);
    }
}

/* An account is known by its id too, once it exists. */
static void test_an_account_by_its_id(void **state)
{
    struct small *small = *state;
    const struct inventory *inventory;
    struct selection selection = {.accounts = NULL};
    struct rehearsal_outcome outcome = small_apply(small);
    const char *words[2] = {NULL, NULL};

    assert_int_equal(small_unhappy(&outcome), 0);
    inventory = rehearsal_inventory(small->rehearsal);
    for (size_t i = 0; i < inventory->account_count; i++)
        if (strcmp(inventory->accounts[i].name, "Shop") == 0)
            words[0] = inventory->accounts[i].id;
    selection.accounts = words;
    outcome = plan_of(small, &selection);
    assert_int_equal(outcome.result, 0);
    assert_int_equal(outcome.summary.targets, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_outcomes_have_names),
        SMALL_TEST(test_another_management_account_is_refused),
        SMALL_TEST(test_unknown_words_are_refused_with_a_near_one),
        SMALL_TEST(test_selections_count_their_targets),
        SMALL_TEST(test_an_account_by_its_id),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
