#include "logs_priv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static bool matches(const char *text, const char *message)
{
    struct arena *arena = arena_new("test");
    const char *why = NULL;
    const struct log_pattern *pattern = log_pattern_parse(text, arena, &why);
    bool found;

    if (pattern == NULL)
        fail_msg("%s: %s", text, why);
    found = log_pattern_matches(pattern, message, arena);
    arena_free(arena);
    return found;
}

#define EVENT                                                                                      \
    "{\"a\":\"one two\",\"n\":5,\"t\":true,\"z\":null,\"o\":{\"l\":[\"x\",{\"y\":\"deep\"}]}}"

static void test_json(void **state)
{
    static const char *const yes[] = {
        "{ $.a = \"one two\" }",
        "{ $.a = one* }",
        "{ $.a != \"three\" }",
        "{ $.n = 5 && $.n >= 5 && $.n < 6 }",
        "{ $.n != 4 }",
        "{ $.t IS TRUE }",
        "{ $.z is null }",
        "{ $.none NOT EXISTS }",
        "{ $.o.l[1].y = \"de*\" && $.o.l[0] EXISTS }",
        "{ ($.a = \"no\") || (($.n = 5) && ($.t = true)) }",
        "{ $.a = \"no\" && $.n = 5 || $.n = 5 }",
    };
    static const char *const no[] = {
        "{ $.a = \"One two\" }", "{ $.a = one }",
        "{ $.none = \"*\" }",    "{ $.none != \"x\" }",
        "{ $.n > 5 }",           "{ $.t IS FALSE }",
        "{ $.o = \"*\" }",       "{ $.o.l[2] EXISTS }",
        "{ $.a > 1 }",           "{ $.n = 5 && ($.a = \"no\" || $.t IS FALSE) }",
    };

    (void)state;
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
        if (!matches(yes[i], EVENT))
            fail_msg("%s does not match", yes[i]);
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        if (matches(no[i], EVENT))
            fail_msg("%s matches", no[i]);
    assert_false(matches("{ $.a EXISTS }", "no JSON"));
}

static void test_terms(void **state)
{
    (void)state;
    assert_true(matches("", "anything"));
    assert_true(matches("one two", "two and one"));
    assert_false(matches("one three", "two and one"));
    assert_true(matches("\"and one\"", "two and one"));
    assert_true(matches("?three ?two", "two and one"));
    assert_false(matches("?three ?four", "two and one"));
    assert_false(matches("one -two", "two and one"));
}

static void test_what_is_no_pattern(void **state)
{
    static const char *const broken[] = {
        "{ $.a }",     "{ $.a = }",  "{ a = 1 }",     "{ ($.a = 1 }",  "{ $.a = \"x }", "{ $.a = 1",
        "{ $.a NOT }", "[ip, user]", "{ $.a = %x% }", "{ $.a = 1 } x", "{ $.a IS 5 }",  "\"open",
    };
    struct arena *arena = arena_new("test");
    const char *why;

    (void)state;
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        why = NULL;
        if (log_pattern_parse(broken[i], arena, &why) != NULL || why == NULL)
            fail_msg("%s is taken", broken[i]);
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_terms),
        cmocka_unit_test(test_what_is_no_pattern),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
