/* How honey tokens are called, and what would give them away. */
#include "honey_shared.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_hints(void **state)
{
    static const char *const told[] = {"honey-user",  "CanaryKey",    "my_TOKEN",   "api-token-2",
                                       "mouse trap",  "/trap/x",      "xdecoyx",    "bait",
                                       "Thinkst key", "plinth-users", "SpaceCrab1", "tripwire9"};
    static const char *const plain[] = {"bootstrap", "tokenizer", "strapi", "svc-backup-prod",
                                        "baiter",    "",          "failure"};

    (void)state;
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++)
        if (honey_hint(told[i]) == NULL)
            fail_msg("\"%s\" gives nothing away", told[i]);
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        if (honey_hint(plain[i]) != NULL)
            fail_msg("\"%s\" is said to give \"%s\" away", plain[i], honey_hint(plain[i]));
    assert_null(honey_hint(NULL));
}

static const struct baseline *load(struct arena *arena, const char *name, const char *email,
                                   const char *tokens)
{
    const struct baseline_options options = {.sections = controls_sections(arena)};
    const char *text = arena_printf(arena,
                                    "apiVersion: plinth/v1\n"
                                    "name: %s\n"
                                    "home_region: eu-central-1\n"
                                    "regions: [eu-central-1]\n"
                                    "accounts:\n"
                                    "  - {name: Main, email: a@example.com, roles: [management]}\n"
                                    "  - {name: Security, email: %s, roles: [security]}\n"
                                    "  - {name: Tools, email: c@example.com}\n"
                                    "controls:\n"
                                    "  honey_tokens:\n"
                                    "    account: Tools\n"
                                    "%s",
                                    name, email, tokens);
    struct baseline *baseline = NULL;
    struct err err = ERR_INIT;
    struct diags diags;

    diags_init(&diags, arena);
    if (baseline_load_text(text, strlen(text), "test.yaml", &options, arena, &baseline, &diags,
                           &err) != 0)
        fail_msg("%s", err.text);
    return baseline;
}

#define ONE_OF_EACH                                                                                \
    "    tokens:\n"                                                                                \
    "      a: {kind: access_key, plant: {file: /x/credentials}}\n"                                 \
    "      b: {kind: role}\n"                                                                      \
    "      c: {kind: bucket}\n"                                                                    \
    "      d: {kind: secret}\n"                                                                    \
    "      e: {kind: parameter}\n"                                                                 \
    "      f: {kind: table}\n"

static const char *name_of(struct arena *arena, const struct baseline *baseline, const char *label)
{
    const struct honey_spec *spec = honey_settings(baseline, arena);

    return honey_name(baseline, spec, honey_token_find(spec, label), arena);
}

/* Another version of plinth must draw these same names: see honey_names.c. */
static void test_names_stay(void **state)
{
    static const char *const wanted[][2] = {
        {"a", "svc-ledger-main"},
        {"b", "uploads-admin-prod"},
        {"c", "database-backups-eu-a06c12"},
        {"d", "prd/ledger/admin"},
        {"e", "/live/portal/connection"},
        {"f", "redis-sessions-eu"},
    };
    struct arena *arena = arena_new("test");
    const struct baseline *baseline = load(arena, "acme", "b@example.com", ONE_OF_EACH);

    (void)state;
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        assert_string_equal(name_of(arena, baseline, wanted[i][0]), wanted[i][1]);
    arena_free(arena);
}

static void test_names_differ(void **state)
{
    struct arena *arena = arena_new("test");
    const char *bucket = name_of(arena, load(arena, "acme", "b@example.com", ONE_OF_EACH), "c");

    (void)state;
    assert_string_not_equal(
        bucket, name_of(arena, load(arena, "acme", "other@example.com", ONE_OF_EACH), "c"));
    assert_string_not_equal(bucket,
                            name_of(arena, load(arena, "emca", "b@example.com", ONE_OF_EACH), "c"));
    assert_string_not_equal(
        bucket,
        name_of(arena, load(arena, "acme", "b@example.com", "    seed: other\n" ONE_OF_EACH), "c"));
    assert_string_equal(name_of(arena,
                                load(arena, "acme", "b@example.com",
                                     "    tokens:\n      c: {kind: bucket, name: payroll-eu}\n"),
                                "c"),
                        "payroll-eu");
    arena_free(arena);
}

/* No name that can be drawn gives the token away. */
static void test_names_tell_nothing(void **state)
{
    struct arena *arena = arena_new("test");
    char seed[32];

    (void)state;
    for (int i = 0; i < 200; i++) {
        const struct baseline *baseline;

        (void)snprintf(seed, sizeof seed, "    seed: s%d\n", i);
        baseline =
            load(arena, "acme", "b@example.com", arena_printf(arena, "%s" ONE_OF_EACH, seed));
        for (const char *label = "abcdef"; *label != '\0'; label++) {
            const char *name = name_of(arena, baseline, arena_strn(arena, label, 1));

            if (honey_hint(name) != NULL)
                fail_msg("%s is drawn and gives itself away", name);
        }
    }
    arena_free(arena);
}

static void test_arns(void **state)
{
    static const char *const wanted[HONEY_KIND_COUNT] = {
        [HONEY_ACCESS_KEY] = "arn:aws:iam::123456789012:user/n",
        [HONEY_ROLE] = "arn:aws:iam::123456789012:role/n",
        [HONEY_BUCKET] = "arn:aws:s3:::n",
        [HONEY_SECRET] = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:n-??????",
        [HONEY_PARAMETER] = "arn:aws:ssm:eu-west-1:123456789012:parameter/n",
        [HONEY_TABLE] = "arn:aws:dynamodb:eu-west-1:123456789012:table/n",
    };
    struct arena *arena = arena_new("test");

    (void)state;
    for (int kind = 0; kind < HONEY_KIND_COUNT; kind++) {
        enum honey_kind found;

        assert_string_equal(
            honey_arn((enum honey_kind)kind, "aws", "123456789012", "eu-west-1", "n", arena),
            wanted[kind]);
        assert_true(honey_kind_find(honey_kind_name((enum honey_kind)kind), &found));
        assert_int_equal(found, kind);
    }
    assert_string_equal(
        honey_arn(HONEY_PARAMETER, "aws", "123456789012", "eu-west-1", "/a/b", arena),
        "arn:aws:ssm:eu-west-1:123456789012:parameter/a/b");
    assert_false(honey_kind_find("user", &(enum honey_kind){0}));
    arena_free(arena);
}

static void test_places(void **state)
{
    static const char *const wanted[][2] = {
        {"file: /x/y", "file /x/y"},
        {"secret: {account: Main, name: a/b}", "secret a/b in Main, eu-central-1"},
        {"parameter: {account: Main, name: /a}", "parameter /a in Main, eu-central-1"},
        {"object: {account: Main, bucket: b, key: k/l}", "object b/k/l in Main, eu-central-1"},
        {"command: [/bin/put, x]", "command /bin/put x"},
    };
    struct arena *arena = arena_new("test");

    (void)state;
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        const struct baseline *baseline =
            load(arena, "acme", "b@example.com",
                 arena_printf(arena, "    tokens:\n      a: {kind: access_key, plant: {%s}}\n",
                              wanted[i][0]));
        const struct honey_spec *spec = honey_settings(baseline, arena);

        assert_string_equal(honey_place(baseline, honey_token_at(spec, 0), arena), wanted[i][1]);
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hints),        cmocka_unit_test(test_names_stay),
        cmocka_unit_test(test_names_differ), cmocka_unit_test(test_names_tell_nothing),
        cmocka_unit_test(test_arns),         cmocka_unit_test(test_places),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
