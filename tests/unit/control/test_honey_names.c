/* How honey tokens are called, and what would give them away. */
#include "../../support/baseline_text.h"

#include "honey_shared.h"

#include "plinth/base/arena.h"
#include "plinth/base/env.h"
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

    return baseline_without_mistakes(arena, text);
}

/* No name that can be drawn gives the token away, or is none of its kind. */
static void test_names_tell_nothing(void **state)
{
    struct arena *arena = arena_new("test");
    struct rng *rng = rng_seeded_new(1);

    (void)state;
    for (int i = 0; i < 2000; i++)
        for (int kind = 0; kind < HONEY_KIND_COUNT; kind++) {
            const char *name = honey_draw((enum honey_kind)kind, rng, arena);

            if (honey_hint(name) != NULL)
                fail_msg("%s is drawn and gives itself away", name);
            assert_true(honey_is_name((enum honey_kind)kind, name));
        }
    rng_seeded_free(rng);
    arena_free(arena);
}

/* What decides is the randomness, and nothing else: no baseline, no label. */
static void test_names_are_random(void **state)
{
    struct arena *arena = arena_new("test");
    struct rng *rng = rng_system();
    int same = 0;

    (void)state;
    for (int i = 0; i < 50; i++)
        same += str_eq(honey_draw(HONEY_BUCKET, rng, arena), honey_draw(HONEY_BUCKET, rng, arena));
    assert_int_equal(same, 0); /* one in 900 million would be */
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
        cmocka_unit_test(test_hints),
        cmocka_unit_test(test_names_tell_nothing),
        cmocka_unit_test(test_names_are_random),
        cmocka_unit_test(test_arns),
        cmocka_unit_test(test_places),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
