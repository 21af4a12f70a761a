/* Wildcards, escapes and policy variables. */
#include "evaluate_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/env.h"
#include "plinth/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *const two[] = {"x", "y"}, *const team[] = {"red"}, *const star[] = {"*"};
static const char *const arn[] = {"arn:aws:iam::1:role/x"};
static const struct policy_key keys[] = {
    {"aws:Team", team, 1}, {"aws:Two", two, 2}, {"aws:None", NULL, 0},
    {"aws:Star", star, 1}, {"aws:Arn", arn, 1},
};

static enum truth match_with(unsigned flags, const char *pattern, const char *text, bool is_arn,
                             uint64_t *steps)
{
    struct arena *arena = arena_new("pattern");
    const struct policy_request request = {.principal = {.kind = PRINCIPAL_ANONYMOUS},
                                           .keys = keys,
                                           .key_count = sizeof keys / sizeof keys[0]};
    struct context context;
    struct err err = ERR_INIT;
    struct pattern compiled;
    enum truth truth;

    evaluate_context_init(&context, &request);
    assert_int_equal(pattern_compile(pattern, flags, arena, &compiled, &err), 0);
    truth = (is_arn ? pattern_match_arn : pattern_match)(&compiled, text, &context);
    assert_int_equal(truth == TRUTH_MAYBE, context.missing != NULL);
    if (steps != NULL)
        *steps = context.steps;
    arena_free(arena);
    return truth;
}

static enum truth like(const char *pattern, const char *text)
{
    return match_with(PATTERN_WILDCARDS | PATTERN_VARIABLES, pattern, text, false, NULL);
}

static enum truth arn_like(const char *pattern, const char *text)
{
    return match_with(PATTERN_WILDCARDS | PATTERN_VARIABLES, pattern, text, true, NULL);
}

static void test_wildcards(void **state)
{
    (void)state;
    assert_int_equal(like("", ""), TRUTH_YES);
    assert_int_equal(like("", "a"), TRUTH_NO);
    assert_int_equal(like("*", ""), TRUTH_YES);
    assert_int_equal(like("**", "abc"), TRUTH_YES);
    assert_int_equal(like("?", ""), TRUTH_NO);
    assert_int_equal(like("?", "ab"), TRUTH_NO);
    assert_int_equal(like("a?c", "abc"), TRUTH_YES);
    assert_int_equal(like("a*c", "abcbc"), TRUTH_YES);
    assert_int_equal(like("a*c", "abcb"), TRUTH_NO);
    assert_int_equal(like("*ab*ab", "xabyab"), TRUTH_YES);
    assert_int_equal(like("*ab*ab", "xab"), TRUTH_NO);
    assert_int_equal(like("ABC", "abc"), TRUTH_NO);
}

/* Without the flag a star is a star, and with the flag case is nothing. */
static void test_flags(void **state)
{
    (void)state;
    assert_int_equal(match_with(0, "a*", "abc", false, NULL), TRUTH_NO);
    assert_int_equal(match_with(0, "a*", "a*", false, NULL), TRUTH_YES);
    assert_int_equal(match_with(0, "${aws:Team}", "${aws:Team}", false, NULL), TRUTH_YES);
    assert_int_equal(match_with(PATTERN_NOCASE, "S3:Get", "s3:gET", false, NULL), TRUTH_YES);
    assert_int_equal(
        match_with(PATTERN_NOCASE | PATTERN_VARIABLES, "${aws:Team}!", "RED!", false, NULL),
        TRUTH_YES);
}

static void test_escapes(void **state)
{
    (void)state;
    assert_int_equal(like("a${*}", "a*"), TRUTH_YES);
    assert_int_equal(like("a${*}", "ab"), TRUTH_NO);
    assert_int_equal(like("a${?}", "a?"), TRUTH_YES);
    assert_int_equal(like("a${?}", "ab"), TRUTH_NO);
    assert_int_equal(like("${$}{x}", "${x}"), TRUTH_YES);
    assert_int_equal(like("a${", "a${"), TRUTH_YES);
}

static void test_variables(void **state)
{
    (void)state;
    assert_int_equal(like("home/${aws:Team}/*", "home/red/x"), TRUTH_YES);
    assert_int_equal(like("home/${AWS:team}/*", "home/blue/x"), TRUTH_NO);
    assert_int_equal(like("${aws:Team}${aws:Team}", "redred"), TRUTH_YES);
    /* A star that came out of a variable is no wildcard. */
    assert_int_equal(like("${aws:Star}", "anything"), TRUTH_NO);
    assert_int_equal(like("${aws:Star}", "*"), TRUTH_YES);
    /* What has no value, or several, is equal to nothing; a default helps the first only. */
    assert_int_equal(like("${aws:None}", ""), TRUTH_NO);
    assert_int_equal(like("${aws:Two}", "x"), TRUTH_NO);
    assert_int_equal(like("${aws:None, 'company'}/*", "company/x"), TRUTH_YES);
    assert_int_equal(like("${aws:Team,'company'}", "red"), TRUTH_YES);
    assert_int_equal(like("${aws:Two, 'x'}", "x"), TRUTH_NO);
}

/* What was not given may be anything; what no value of it could match does not. */
static void test_unknown_variables(void **state)
{
    (void)state;
    assert_int_equal(like("home/${aws:Else}/*", "home/red/x"), TRUTH_MAYBE);
    assert_int_equal(like("home/${aws:Else}/*", "away/red/x"), TRUTH_NO);
    assert_int_equal(like("${aws:Else, 'd'}", "x"), TRUTH_MAYBE);
    assert_int_equal(arn_like("${aws:Else}", "arn:aws:iam::1:role/x"), TRUTH_MAYBE);
}

static void test_arns(void **state)
{
    (void)state;
    assert_int_equal(arn_like("arn:aws:iam::*:role/x", "arn:aws:iam::1:role/x"), TRUTH_YES);
    assert_int_equal(arn_like("arn:*:iam::*:role/*", "arn:aws-cn:iam::1:role/a/b"), TRUTH_YES);
    /* A wildcard stays in its part; only the last part has colons. */
    assert_int_equal(arn_like("arn:aws:*:role/x", "arn:aws:iam::1:role/x"), TRUTH_NO);
    assert_int_equal(like("arn:aws:*:role/x", "arn:aws:iam::1:role/x"), TRUTH_YES);
    assert_int_equal(arn_like("arn:aws:iam::?:role/x", "arn:aws:iam::::role/x"), TRUTH_NO);
    assert_int_equal(arn_like("arn:aws:sns:eu:1:*", "arn:aws:sns:eu:1:a:b:c"), TRUTH_YES);
    assert_int_equal(arn_like("arn:aws:sns:eu:1:a?b", "arn:aws:sns:eu:1:a:b"), TRUTH_YES);
    assert_int_equal(arn_like("*", "arn:aws:sns:eu:1:a"), TRUTH_YES);
    assert_int_equal(arn_like("*", "no arn"), TRUTH_NO);
    assert_int_equal(arn_like("${aws:Arn}", "arn:aws:iam::1:role/x"), TRUTH_YES);
}

static void test_too_many_variables(void **state)
{
    struct arena *arena = arena_new("pattern");
    struct err err = ERR_INIT;
    struct pattern pattern;
    char *text = arena_str(arena, "");

    (void)state;
    for (int i = 0; i < EVALUATE_VARIABLES_MOST; i++)
        text = arena_printf(arena, "%s${aws:Team}", text);
    assert_int_equal(pattern_compile(text, PATTERN_VARIABLES, arena, &pattern, &err), 0);
    text = arena_printf(arena, "%s${aws:Team}", text);
    assert_int_equal(pattern_compile(text, PATTERN_VARIABLES, arena, &pattern, &err), -1);
    assert_int_equal(err.code, ERR_LIMIT);
    arena_free(arena);
}

/* The patterns that take naive matchers ages. */
static void test_cost(void **state)
{
    static const char pattern[] = "*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b";
    char text[2001];
    uint64_t steps;

    (void)state;
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_int_equal(match_with(PATTERN_WILDCARDS, pattern, text, false, &steps), TRUTH_NO);
    assert_true(steps <= sizeof pattern * sizeof text);
}

static bool try_everything(const char *pattern, const char *text)
{
    if (*pattern == '\0')
        return *text == '\0';
    if (*pattern == '*')
        return try_everything(pattern + 1, text) ||
               (*text != '\0' && try_everything(pattern, text + 1));
    return *text != '\0' && (*pattern == '?' || *pattern == *text) &&
           try_everything(pattern + 1, text + 1);
}

static void test_against_trying_everything(void **state)
{
    struct rng *rng = rng_seeded_new(7);

    (void)state;
    for (int round = 0; round < 20000; round++) {
        char pattern[9], text[9];
        size_t pattern_len = rng_below(rng, 8), text_len = rng_below(rng, 8);

        for (size_t i = 0; i < pattern_len; i++)
            pattern[i] = "ab*?"[rng_below(rng, 4)];
        for (size_t i = 0; i < text_len; i++)
            text[i] = "ab"[rng_below(rng, 2)];
        pattern[pattern_len] = text[text_len] = '\0';
        if ((like(pattern, text) == TRUTH_YES) != try_everything(pattern, text))
            fail_msg("%s on %s", pattern, text);
    }
    rng_seeded_free(rng);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wildcards),
        cmocka_unit_test(test_flags),
        cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_variables),
        cmocka_unit_test(test_unknown_variables),
        cmocka_unit_test(test_arns),
        cmocka_unit_test(test_too_many_variables),
        cmocka_unit_test(test_cost),
        cmocka_unit_test(test_against_trying_everything),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
