#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plinth/base/arena.h"
#include "plinth/base/limits.h"
#include "plinth/codec/json.h"

#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXACT_PARSE json_parse
#include "exact.h"

static void test_values(void **state)
{
    struct json *json = parse(*state, " {\"s\":\"x\",\"n\":-1.5e2,\"t\":true,\"f\":false,"
                                      "\"z\":null,\"a\":[1,[],{}],\"\":\"empty key\"}\r\n\t ");

    assert_int_equal(json->type, JSON_OBJECT);
    assert_int_equal(json->count, 7);
    assert_string_equal(json_str(json, "s"), "x");
    assert_true(json_number(json, "n", 0) == -150.0);
    assert_true(json_bool(json, "t", false));
    assert_false(json_bool(json, "f", true));
    assert_int_equal(json_get(json, "z")->type, JSON_NULL);
    assert_int_equal(json_get(json, "a")->count, 3);
    assert_int_equal(json_at(json_get(json, "a"), 1)->type, JSON_ARRAY);
    assert_int_equal(json_at(json_get(json, "a"), 2)->type, JSON_OBJECT);
    assert_string_equal(json_str(json, ""), "empty key");
    assert_string_equal(json->first->key, "s"); /* the order stays */
    assert_string_equal(json->last->key, "");
}

static void test_bare_values(void **state)
{
    assert_int_equal(parse(*state, "null")->type, JSON_NULL);
    assert_int_equal(parse(*state, " true ")->type, JSON_BOOL);
    assert_true(parse(*state, "0")->number == 0.0);
    assert_string_equal(parse(*state, "\"\"")->string, "");
}

static void test_numbers(void **state)
{
    static const struct {
        const char *text;
        double value;
    } cases[] = {
        {"0", 0},
        {"-0", 0},
        {"123456789012", 123456789012.0},
        {"9007199254740993", 9007199254740992.0}, /* past 2^53: the nearest */
        {"1.7976931348623157e308", DBL_MAX},
        {"5e-324", 5e-324},
        {"1e-400", 0},
        {"1E+2", 100},
        {"0.1", 0.1},
        {"-12.5e-1", -1.25},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_true(parse(*state, cases[i].text)->number == cases[i].value);
}

static void test_strings(void **state)
{
    static const struct {
        const char *text, *value;
    } cases[] = {
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"},
        {"\"\\u0041\\u00e9\\u20AC\"", "A\xc3\xa9\xe2\x82\xac"},
        {"\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80"},
        {"\"\\uFFFF\"", "\xef\xbf\xbf"},
        {"\"\xf0\x9f\x98\x80 \x7f\"", "\xf0\x9f\x98\x80 \x7f"},
        {"\"\\u0001\"", "\x01"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(parse(*state, cases[i].text)->string, cases[i].value);
}

static const char *const not_json[] = {
    "",
    " ",
    "{",
    "}",
    "[",
    "]",
    "{]",
    "[}",
    "[1",
    "[1,",
    "[1,]",
    "[,1]",
    "[1 2]",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\":1,}",
    "{a:1}",
    "{1:2}",
    "{\"a\" 1}",
    "{,}",
    "{\"a\":1 \"b\":2}",
    "1 2",
    "{}{}",
    "{} x",
    "nul",
    "nulll",
    "True",
    "truefalse",
    "NaN",
    "Infinity",
    "-Infinity",
    "undefined",
    "01",
    "-01",
    "00",
    "+1",
    ".5",
    "1.",
    "1.e1",
    "-",
    "--1",
    "1e",
    "1e+",
    "0x10",
    "1_000",
    "1,2",
    "'a'",
    "\"a",
    "\"\\\"",
    "\"\\x41\"",
    "\"\\u12\"",
    "\"\\u12g4\"",
    "\"\\",
    "\"\\u",
    "\"\\ud800\"",
    "\"\\udc00\"",
    "\"\\ud800\\u0041\"",
    "\"\\ud800\\ud800\"",
    "\"\t\"",
    "\"a\nb\"",
    "// c\n1",
    "/* c */ 1",
    "[1]]",
    "[[1]",
    "\xef\xbb\xbf{}",
    "\xa0 1",
    "\f1",
    "\v1",
    "{\"a\":1:2}",
    "[:]",
    "tru e",
    "1e999",
    "-1e999",
    "[\"a\":1]",
};

static void test_what_is_not_json(void **state)
{
    for (size_t i = 0; i < sizeof not_json / sizeof not_json[0]; i++)
        assert_refused(*state, not_json[i], strlen(not_json[i]), ERR_PROTOCOL);
}

static void test_bytes_that_are_not_utf8(void **state)
{
    static const char *const wrong[] = {
        "\"\x80\"",         "\"\xc3\"",
        "\"\xc0\x80\"",     "\"\xe2\x82\"",
        "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"",
        "\"\xff\"",         "\"\xf0\x80\x80\x80\"",
        "{\"\xff\":1}",     "\"\xe2\x82",
        "\xc3\xa9",
    };

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_refused(*state, wrong[i], strlen(wrong[i]), ERR_PROTOCOL);
}

static void test_nul_has_no_place(void **state)
{
    assert_refused(*state, "\"a\0b\"", 5, ERR_PROTOCOL);
    assert_refused(*state, "1\0", 2, ERR_PROTOCOL);
    assert_refused(*state, "\0", 1, ERR_PROTOCOL);
    assert_refused(*state, "[1,\0 2]", 7, ERR_PROTOCOL);
    assert_refused(*state, "\"a\\u0000b\"", 10, ERR_PROTOCOL);
    assert_refused(*state, "{\"\\u0000\":1}", 12, ERR_PROTOCOL);
}

static void test_a_repeated_key_is_named(void **state)
{
    static const char text[] = "{\"Effect\":\"Deny\",\"x\":[{\"k\":1,\"j\":2,\"\\u006b\":3}]}";
    struct err err = ERR_INIT;
    struct json *json = NULL;

    assert_int_equal(json_parse(text, strlen(text), *state, &json, &err), -1);
    assert_int_equal(err.code, ERR_PROTOCOL);
    assert_non_null(strstr(err.text, "\"k\""));
    (void)parse(*state, "[{\"k\":1},{\"k\":1},{\"K\":1,\"k\":2}]");
}

static void test_the_place_of_an_error(void **state)
{
    struct err err = ERR_INIT;
    struct json *json;

    assert_int_equal(json_parse("[1, 02]", 7, *state, &json, &err), -1);
    assert_non_null(strstr(err.text, "at byte 5"));
    assert_int_equal(json_parse("{\"a\":1} {}", 10, *state, &json, &err), -1);
    assert_non_null(strstr(err.text, "at byte 8"));
}

static char *nested(struct arena *arena, size_t depth, const char *open, const char *inner,
                    const char *close)
{
    size_t len = strlen(open), close_len = strlen(close);
    char *text = arena_alloc(arena, depth * (len + close_len) + strlen(inner) + 1), *at = text;

    for (size_t i = 0; i < depth; i++, at += len)
        memcpy(at, open, len);
    memcpy(at, inner, strlen(inner));
    at += strlen(inner);
    for (size_t i = 0; i < depth; i++, at += close_len)
        memcpy(at, close, close_len);
    return text;
}

static void test_depth_is_bounded(void **state)
{
    const char *text = nested(*state, LIMIT_JSON_DEPTH, "[", "1", "]");

    assert_int_equal(parse(*state, text)->type, JSON_ARRAY);
    text = nested(*state, LIMIT_JSON_DEPTH + 1, "[", "1", "]");
    assert_refused(*state, text, strlen(text), ERR_LIMIT);
    text = nested(*state, 1000 * 1000, "{\"a\":", "1", "}");
    assert_refused(*state, text, strlen(text), ERR_LIMIT);
    text = nested(*state, 1000 * 1000, "[", "", "");
    assert_refused(*state, text, strlen(text), ERR_LIMIT);
}

static void test_size_is_bounded(void **state)
{
    static char large[LIMIT_JSON_BYTES + 1];

    memset(large, ' ', sizeof large);
    large[0] = '1';
    assert_refused(*state, large, sizeof large, ERR_LIMIT);
    for (size_t i = 1; i + 2 < sizeof large; i += 2)
        memcpy(large + i, ",1", 2);
    large[0] = '[';
    large[1] = '1';
    large[sizeof large - 2] = ']';
    assert_refused(*state, large, sizeof large - 1, ERR_LIMIT); /* of values */
}

static void test_long_numbers_are_refused_and_not_cut(void **state)
{
    char text[128];

    memset(text, '1', sizeof text);
    assert_refused(*state, text, 64, ERR_LIMIT);
    text[63] = '\0';
    assert_true(parse(*state, text)->number > 1e62);
}

#define ARENA_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(test_values),
        ARENA_TEST(test_bare_values),
        ARENA_TEST(test_numbers),
        ARENA_TEST(test_strings),
        ARENA_TEST(test_what_is_not_json),
        ARENA_TEST(test_bytes_that_are_not_utf8),
        ARENA_TEST(test_nul_has_no_place),
        ARENA_TEST(test_a_repeated_key_is_named),
        ARENA_TEST(test_the_place_of_an_error),
        ARENA_TEST(test_depth_is_bounded),
        ARENA_TEST(test_size_is_bounded),
        ARENA_TEST(test_long_numbers_are_refused_and_not_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
