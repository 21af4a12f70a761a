/* Aliases that cannot be, and one that somebody else has.  What it does with the others is proved
 * by tests/control/account_alias. */
#include "../../support/baseline_text.h"

#include "rehearsal.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/control/control.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The first mistake of a baseline with these accounts besides the management account, and these
 * settings; "" if there is none. */
static const char *mistake(struct arena *arena, const char *accounts, const char *settings)
{
    const char *text = arena_printf(arena,
                                    "apiVersion: plinth/v1\n"
                                    "name: test\n"
                                    "home_region: eu-central-1\n"
                                    "regions: [eu-central-1]\n"
                                    "accounts:\n"
                                    "  - {name: Main, email: a@example.com, roles: [management]}\n"
                                    "%s"
                                    "controls:\n"
                                    "  account_alias: %s\n",
                                    accounts, settings);

    return baseline_mistake(arena, text);
}

static void test_what_is_no_alias(void **state)
{
    static const struct {
        const char *settings, *mistake;
    } cases[] = {
        {"{prefix: acme-}", ""},
        {"{prefix: acme}", ""},
        {"{}", "needs prefix or alias"},
        {"{prefix: a}", "'prefix' must be"},
        {"{prefix: Acme-}", "'prefix' must be"},
        {"{prefix: 1-}", "'prefix' must be"},
        {"{prefix: acme--}", "'prefix' must be"},
        {"{prefix: a-company-ltd-}", "'prefix' must be"},
        {"{prefix: acme-, alias: -shop}", "'alias' must be"},
        {"{prefix: acme-, alias: shop-}", "'alias' must be"},
        {"{prefix: acme-, alias: a--b}", "'alias' must be"},
        {"{prefix: acme-, alias: ab}", "'alias' must be"},
        {"{prefix: acme-, alias: Shop}", "'alias' must be"},
        {"{prefix: acme-, alias: \"123456789012\"}", "'alias' must be"},
        {"{prefix: acme-, alias: \"1234567890123\"}", ""},
    };
    struct arena *arena = arena_new("test");

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *got = mistake(arena, "", cases[i].settings);

        if (cases[i].mistake[0] == '\0')
            assert_string_equal(got, "");
        else if (strstr(got, cases[i].mistake) == NULL)
            fail_msg("%s: \"%s\"", cases[i].settings, got);
    }
    arena_free(arena);
}

static void test_two_accounts_with_one_alias(void **state)
{
    static const char two[] = "  - {name: Shop EU, email: b@example.com}\n"
                              "  - {name: Shop-EU, email: c@example.com}\n";
    static const char apart[] = "  - {name: Shop EU, email: b@example.com}\n"
                                "  - name: Shop-EU\n"
                                "    email: c@example.com\n"
                                "    controls: {account_alias: {alias: acme-shop-2}}\n";
    struct arena *arena = arena_new("test");

    (void)state;
    assert_non_null(strstr(mistake(arena, two, "{prefix: acme-}"), "'acme-shop-eu'"));
    assert_non_null(strstr(mistake(arena, two, "{alias: acme-shop}"), "'acme-shop'"));
    assert_string_equal(mistake(arena, apart, "{prefix: acme-}"), "");
    arena_free(arena);
}

/* What somebody else has stays theirs. */
static void test_an_alias_that_is_taken(void **state)
{
    static const char *const its_account[] = {"Games", NULL};
    struct rehearsal *rehearsal = rehearsal_new(7, false);
    const struct baseline *baseline = rehearsal_baseline(
        rehearsal, PLINTH_SOURCEDIR "/tests/control/account_alias/baseline.yaml");
    const struct rehearsal_options all = {.apply = true};
    const struct rehearsal_options again = {.apply = true, .selection.accounts = its_account};
    struct json *params = json_object(rehearsal_arena(rehearsal));
    const struct account *games = baseline_account(baseline, "Games");
    const struct inventory_account *live;
    struct rehearsal_outcome outcome;
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(rehearsal_run(rehearsal, baseline, &all).summary.outcomes[OUTCOME_FAILED], 0);
    live = inventory_account_of(rehearsal_inventory(rehearsal), games);
    json_put_str(params, "AccountAlias", "games-of-acme");
    assert_int_equal(rehearsal_call(rehearsal, live->id, "us-east-1", AWS_IAM_DELETE_ACCOUNT_ALIAS,
                                    params, NULL, &err),
                     0);
    assert_int_equal(rehearsal_call(rehearsal, NULL, "us-east-1", AWS_IAM_CREATE_ACCOUNT_ALIAS,
                                    params, NULL, &err),
                     0);
    outcome = rehearsal_run(rehearsal, baseline, &again);
    assert_int_equal(outcome.summary.outcomes[OUTCOME_FAILED], 1);
    assert_non_null(strstr(outcome.text, "games-of-acme is taken by an AWS account of somebody"));
    rehearsal_free(rehearsal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_no_alias),
        cmocka_unit_test(test_two_accounts_with_one_alias),
        cmocka_unit_test(test_an_alias_that_is_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
