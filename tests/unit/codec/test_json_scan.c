/* The scanner takes what is JSON and nothing else, in pieces as in one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plinth/base/buf.h"
#include "plinth/base/limits.h"
#include "plinth/codec/json_scan.h"

#include <stdio.h>
#include <string.h>

enum { TEXT_BYTES_MOST = 4096 };

static const char *scan(const char *text, size_t len, size_t *out_used)
{
    struct json_scan scan = {.at = text, .end = text + len};
    bool ok = json_scan_value(&scan);

    assert_int_equal(ok, scan.why == NULL);
    *out_used = (size_t)(scan.at - text);
    return scan.why;
}

/* Cut anywhere it wants more, and nothing else. */
static void test_good(void **state)
{
    static const char *const texts[] = {
        "{}",
        "[]",
        "\"\"",
        "true",
        "null",
        "{\"a\":1,\"b\":[1,-2.5e+3,0.0,{\"c\":[[],{}]}],\"d\":false}",
        " [ { \"a\" : \"x\\\"y\\\\\" } , \"\\u00e4\xc3\xa4 longer than eight\" ] ",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        size_t len = strlen(texts[i]), used;

        assert_null(scan(texts[i], len, &used));
        while (texts[i][len - 1] == ' ')
            len--;
        assert_int_equal(used, len);
        for (size_t cut = 0; cut < len; cut++)
            assert_ptr_equal(scan(texts[i], cut, &used), json_scan_more);
    }
}

static void test_bad(void **state)
{
    static const char *const texts[] = {
        "{,}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{\"a\":1]",
        "[1}",
        "tru ",
        "nul]",
        "01 ",
        "1. ",
        "-x",
        "1e ",
        "\"a\tb\"",
        "\"\n\"",
        "'a'",
        "}",
        "]",
        "{\"a\" 1}",
        "[\"12345678\x01\"]",
        "+1 ",
    };
    size_t used;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const char *why = scan(texts[i], strlen(texts[i]), &used);

        if (strcmp(texts[i], "01 ") == 0) /* a 0, and something behind it */
            assert_int_equal(used, 1);
        else if (why == NULL || why == json_scan_more)
            fail_msg("%s is taken", texts[i]);
    }
}

static void test_depth(void **state)
{
    char text[2 * LIMIT_JSON_DEPTH + 2];
    size_t used;

    (void)state;
    memset(text, '[', LIMIT_JSON_DEPTH);
    memset(text + LIMIT_JSON_DEPTH, ']', LIMIT_JSON_DEPTH);
    assert_null(scan(text, 2 * LIMIT_JSON_DEPTH, &used));
    memset(text, '[', LIMIT_JSON_DEPTH + 1);
    memset(text + LIMIT_JSON_DEPTH + 1, ']', LIMIT_JSON_DEPTH + 1);
    assert_string_equal(scan(text, 2 * LIMIT_JSON_DEPTH + 2, &used), "too deep");
}

/* Every byte that ends a string, at every distance from its start. */
static void test_strings(void **state)
{
    (void)state;
    for (size_t len = 0; len < 40; len++) {
        char text[64];
        struct json_slice slice;
        struct json_scan scan = {.at = text, .end = text + len + 3};

        memset(text, '\xe4', sizeof text);
        text[0] = text[len + 1] = '"';
        text[len + 2] = ',';
        assert_true(json_scan_text(&scan, &slice));
        assert_int_equal(slice.len, len);
        assert_false(slice.escaped);
        assert_ptr_equal(scan.at, text + len + 2);
    }
}

static void test_members(void **state)
{
    static const char text[] = "{\"a\":\"x\",\"b\":[1,\"y\"],\"c\":3}";
    struct json_scan scan = {.at = text, .end = text + sizeof text - 1};
    struct json_slice key, value;
    bool first = true, first_item = true;

    (void)state;
    assert_true(json_scan_byte(&scan, '{', "no"));
    assert_true(json_scan_member(&scan, &first, &key));
    assert_true(json_slice_eq(&key, "a"));
    assert_false(json_slice_eq(&key, "ab"));
    assert_true(json_scan_text(&scan, &value));
    assert_true(json_slice_eq(&value, "x"));
    assert_true(json_scan_member(&scan, &first, &key));
    assert_true(json_scan_byte(&scan, '[', "no"));
    assert_true(json_scan_item(&scan, &first_item));
    assert_true(json_scan_text(&scan, &value));
    assert_null(value.bytes);
    assert_true(json_scan_item(&scan, &first_item));
    assert_true(json_scan_text(&scan, &value));
    assert_false(json_scan_item(&scan, &first_item));
    assert_null(scan.why);
    assert_true(json_scan_member(&scan, &first, &key));
    assert_true(json_scan_value(&scan));
    assert_false(json_scan_member(&scan, &first, &key));
    assert_null(scan.why);
    assert_ptr_equal(scan.at, scan.end);
    scan.at = text;
    assert_false(json_scan_byte(&scan, '[', "no list"));
    assert_string_equal(scan.why, "no list");
}

static void test_escapes(void **state)
{
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"a\\\"\\\\\\/\\b\\f\\n\\r\\tz", "a\"\\/\b\f\n\r\tz"},
        {"\\u0041\\u00e4\\u20ac", "A\xc3\xa4\xe2\x82\xac"},
        {"\\ud83d\\ude00", "\xf0\x9f\x98\x80"},
        {"\\u0000|\\ud800|\\ud800\\u0041|\\uzz", "\xef\xbf\xbd|\xef\xbf\xbd|\xef\xbf\xbd"
                                                 "A|\xef\xbf\xbd"
                                                 "zz"},
        {"\\x", "x"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct json_slice slice = {cases[i].in, strlen(cases[i].in), true};
        struct buf out;

        buf_init(&out, TEXT_BYTES_MOST);
        json_slice_add(&slice, &out);
        assert_string_equal(buf_text(&out), cases[i].out);
        buf_fini(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),    cmocka_unit_test(test_bad),
        cmocka_unit_test(test_depth),   cmocka_unit_test(test_strings),
        cmocka_unit_test(test_members), cmocka_unit_test(test_escapes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
