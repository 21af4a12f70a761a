/* What the baseline may say of honey tokens, and what is refused, and why. */
#include "../../support/baseline_text.h"

#include "honey_shared.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define SECURITY "  - {name: Security, email: b@example.com, roles: [security]}\n"

/* `settings` in flow style. */
static struct baseline *load(struct arena *arena, const char *security, const char *settings,
                             struct diags *diags)
{
    const char *text = arena_printf(arena,
                                    "apiVersion: plinth/v1\n"
                                    "name: test\n"
                                    "home_region: eu-central-1\n"
                                    "regions: [eu-central-1, us-east-1]\n"
                                    "accounts:\n"
                                    "  - {name: Main, email: a@example.com, roles: [management]}\n"
                                    "%s"
                                    "  - {name: Tools, email: c@example.com}\n"
                                    "  - {name: Shop, email: d@example.com}\n"
                                    "controls:\n"
                                    "  honey_tokens: %s\n",
                                    security, settings);

    return baseline_of_text(arena, text, diags);
}

static void expect_mistake(const char *tokens, const char *wanted)
{
    struct arena *arena = arena_new("test");
    struct diags diags;

    (void)load(arena, SECURITY, arena_printf(arena, "{account: Tools, tokens: {%s}}", tokens),
               &diags);
    if (diags.count == 0 || strstr(diags.items[0].text, wanted) == NULL)
        fail_msg("%s: \"%s\" does not say \"%s\"", tokens,
                 diags.count == 0 ? "" : diags.items[0].text, wanted);
    arena_free(arena);
}

static void expect_fine(const char *settings)
{
    struct arena *arena = arena_new("test");
    struct diags diags;

    if (load(arena, SECURITY, settings, &diags) == NULL)
        fail_msg("%s: %s", settings, diags.items[0].text);
    arena_free(arena);
}

static void test_fine(void **state)
{
    (void)state;
    expect_fine("{account: Tools, tokens: {a: {kind: role}}}");
    expect_fine("{tokens: {a: {kind: role, account: Shop, name: 'backup@prod', tags: {team: a}}}}");
    expect_fine("{account: Tools, tokens: {a: {kind: parameter, name: /prod/db/key}, "
                "b: {kind: parameter, name: /prod/db/key, region: us-east-1}}}");
    /* One command may serve several keys: its arguments tell them apart. */
    expect_fine("{account: Tools, tokens: {"
                "a: {kind: access_key, plant: {command: [/bin/put, a]}}, "
                "b: {kind: access_key, plant: {command: [/bin/put, b]}}}}");
}

static void test_words_that_tell(void **state)
{
    (void)state;
    expect_mistake("a: {kind: role, name: honey-role}", "gives the token away");
    expect_mistake("a: {kind: role, description: A canary.}", "description 'A canary.' gives");
    expect_mistake("a: {kind: role, tags: {purpose: decoy}}", "tag 'decoy' gives");
    expect_mistake("a: {kind: role, tags: {tripwire: x}}", "tag 'tripwire' gives");
    expect_mistake("a: {kind: access_key, plant: {file: /srv/trap/x}}", "path '/srv/trap/x' gives");
    expect_mistake("a: {kind: access_key, plant: {secret: {account: Shop, name: api-token}}}",
                   "name 'api-token' gives");
    expect_mistake(
        "a: {kind: access_key, plant: {object: {account: Shop, bucket: b, key: bait/x}}}",
        "key 'bait/x' gives");
}

static void test_names(void **state)
{
    (void)state;
    expect_mistake("a: {kind: access_key, name: /ops/x, plant: {file: /x}}", "path /");
    expect_mistake("a: {kind: role, name: 'two words'}", "no name of a role");
    expect_mistake("a: {kind: bucket, name: Upper}", "no name of a bucket");
    expect_mistake("a: {kind: bucket, name: '-x-y'}", "no name of a bucket");
    expect_mistake("a: {kind: table, name: a/b}", "no name of a table");
}

static void test_places(void **state)
{
    (void)state;
    expect_mistake("a: {kind: access_key}", "needs `plant`");
    expect_mistake("a: {kind: role, plant: {file: /x}}", "only an access key is planted");
    expect_mistake("a: {kind: access_key, plant: {format: env}}", "exactly one of");
    expect_mistake("a: {kind: access_key, plant: {file: /x, command: [/y]}}", "exactly one of");
    expect_mistake("a: {kind: access_key, plant: {file: x}}", "no absolute path");
    expect_mistake("a: {kind: access_key, plant: {secret: {account: Security, name: x}}}",
                   "beside the map");
    expect_mistake("a: {kind: access_key, plant: {parameter: {account: Nowhere, name: x}}}",
                   "no account 'Nowhere'");
    expect_mistake("a: {kind: access_key, plant: {parameter: {account: Shop, region: eu-west-9, "
                   "name: x}}}",
                   "not among the baseline's regions");
    expect_mistake("a: {kind: access_key, plant: {file: /x}}, "
                   "b: {kind: access_key, plant: {file: /x}}",
                   "would share file /x");
    expect_mistake("a: {kind: access_key, plant: {command: [/x, y]}}, "
                   "b: {kind: access_key, plant: {command: [/x, y]}}",
                   "would share command /x y");
}

static void test_accounts(void **state)
{
    struct arena *arena = arena_new("test");
    struct diags diags;

    (void)state;
    expect_mistake("a: {kind: role, account: Security}", "beside the map");
    expect_mistake("a: {kind: role, account: Nowhere}", "no account 'Nowhere'");
    expect_mistake("a: {kind: role, name: x}, b: {kind: role, name: x}", "would share x");
    assert_null(load(arena, SECURITY, "{tokens: {a: {kind: role}}}", &diags));
    assert_non_null(strstr(diags.items[0].text, "needs an account"));
    assert_null(load(arena, SECURITY "  - {name: Ops, email: ops+canary@example.com}\n",
                     "{account: Ops, tokens: {a: {kind: role}}}", &diags));
    assert_non_null(strstr(diags.items[0].text, "email 'ops+canary@example.com' gives"));
    assert_null(load(arena, "", "{account: Tools, tokens: {a: {kind: role}}}", &diags));
    assert_non_null(strstr(diags.items[0].text, "role security"));
    arena_free(arena);
}

/* Which accounts are targets, and where a token lives. */
static void test_concerns(void **state)
{
    struct arena *arena = arena_new("test");
    struct diags diags;
    const struct baseline *baseline =
        load(arena, SECURITY,
             "{account: Tools, tokens: {a: {kind: role}, b: {kind: table, account: Tools, region: "
             "us-east-1}}}",
             &diags);
    const struct honey_spec *spec = honey_settings(baseline, arena);
    const struct honey_token *table = honey_token_find(spec, "b");

    (void)state;
    assert_true(honey_concerns(baseline, spec, baseline_account(baseline, "Tools")));
    assert_false(honey_concerns(baseline, spec, baseline_account(baseline, "Shop")));
    assert_string_equal(honey_region(baseline, table), "us-east-1");
    assert_string_equal(honey_region(baseline, honey_token_find(spec, "a")), "eu-central-1");
    assert_ptr_equal(honey_account(baseline, spec, table), baseline_account(baseline, "Tools"));
    assert_null(honey_token_find(spec, "c"));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fine),     cmocka_unit_test(test_words_that_tell),
        cmocka_unit_test(test_names),    cmocka_unit_test(test_places),
        cmocka_unit_test(test_accounts), cmocka_unit_test(test_concerns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
