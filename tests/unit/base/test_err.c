#include "plinth/base/err.h"
#include "plinth/base/str.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_set_says_code_and_text(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    strncpy(err.service_code, "AccessDenied", sizeof err.service_code - 1);
    err.http_status = 403;
    assert_int_equal(err_set(&err, ERR_CONFIG, "%s:%d: no", "a.yaml", 3), -1);
    assert_int_equal(err.code, ERR_CONFIG);
    assert_string_equal(err.text, "a.yaml:3: no");
    assert_string_equal(err.service_code, "");
    assert_int_equal(err.http_status, 0);
}

static void test_wrap_puts_context_in_front(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    (void)err_set(&err, ERR_DENIED, "refused");
    err.http_status = 403;
    strncpy(err.service_code, "AccessDenied", sizeof err.service_code - 1);
    assert_int_equal(err_wrap(&err, "detector %s", "12ab"), -1);
    assert_int_equal(err_wrap(&err, "guardduty"), -1);
    assert_string_equal(err.text, "guardduty: detector 12ab: refused");
    assert_int_equal(err.code, ERR_DENIED);
    assert_int_equal(err.http_status, 403);
    assert_true(err_is(&err, "AccessDenied"));
    assert_false(err_is(&err, "AccessDeniedException"));
}

static void test_own_text_may_be_an_argument(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    (void)err_set(&err, ERR_IO, "inner");
    (void)err_set(&err, ERR_LOST, "outer (%s)", err.text);
    assert_string_equal(err.text, "outer (inner)");
    (void)err_wrap(&err, "%s", err.text);
    assert_string_equal(err.text, "outer (inner): outer (inner)");
}

static void test_text_from_outside_stays_one_line(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    (void)err_set(&err, ERR_PROTOCOL, "%s", "a\r\nb\x1b[2Jc\x7F\xC3\xA9");
    assert_string_equal(err.text, "a  b [2Jc \xC3\xA9");
    (void)err_set(&err, ERR_PROTOCOL, "%s", "c1 \xC2\x9B 2J");
    assert_string_equal(err.text, "c1   2J");
}

static void test_long_text_is_cut(void **state)
{
    struct err err = ERR_INIT;
    char text[2 * ERR_TEXT_BYTES];

    (void)state;
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    (void)err_set(&err, ERR_IO, "%s", text);
    assert_int_equal(strlen(err.text), ERR_TEXT_BYTES - 1);
    (void)err_wrap(&err, "context");
    assert_int_equal(strlen(err.text), ERR_TEXT_BYTES - 1);
    assert_true(str_starts(err.text, "context: xxx"));
    (void)err_wrap(&err, "%s", text);
    assert_int_equal(strlen(err.text), ERR_TEXT_BYTES - 1);
    assert_true(str_ends(err.text, "x: "));
    (void)err_errno(&err, ENOENT, "%s", text);
    assert_int_equal(strlen(err.text), ERR_TEXT_BYTES - 1);
}

/* Every place that a cut can fall to within a character of three bytes. */
static void test_cut_text_is_utf8(void **state)
{
    struct err err = ERR_INIT;
    char text[2 * ERR_TEXT_BYTES];

    (void)state;
    for (size_t start = 0; start < 3; start++) {
        memset(text, 'x', start);
        for (size_t at = start; at + 3 < sizeof text; at += 3)
            memcpy(text + at, "\xE2\x82\xAC", 4);
        (void)err_set(&err, ERR_IO, "%s", text);
        assert_true(utf8_valid(err.text, strlen(err.text)));
        assert_true(strlen(err.text) >= ERR_TEXT_BYTES - 4);
        (void)err_wrap(&err, "c");
        assert_true(utf8_valid(err.text, strlen(err.text)));
    }
}

static void test_errno_says_what_failed(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(err_errno(&err, ENOENT, "opening %s", "x"), -1);
    assert_int_equal(err.code, ERR_IO);
    assert_string_equal(err.text, "opening x: No such file or directory");
    err_clear(&err);
    assert_int_equal(err.code, ERR_NONE);
    assert_string_equal(err.text, "");
}

static void test_each_code_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (int a = ERR_NONE; a <= ERR_BUG; a++)
        for (int b = ERR_NONE; b < a; b++)
            assert_string_not_equal(err_code_name((enum err_code)a),
                                    err_code_name((enum err_code)b));
    assert_string_equal(err_code_name(ERR_NOTFOUND), "notfound");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set_says_code_and_text),
        cmocka_unit_test(test_wrap_puts_context_in_front),
        cmocka_unit_test(test_own_text_may_be_an_argument),
        cmocka_unit_test(test_text_from_outside_stays_one_line),
        cmocka_unit_test(test_long_text_is_cut),
        cmocka_unit_test(test_cut_text_is_utf8),
        cmocka_unit_test(test_errno_says_what_failed),
        cmocka_unit_test(test_each_code_has_a_name_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
