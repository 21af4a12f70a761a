#include "plinth/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_equality(void **state)
{
    (void)state;
    assert_true(str_eq(NULL, NULL));
    assert_false(str_eq(NULL, ""));
    assert_false(str_eq("", NULL));
    assert_true(str_eq("a", "a"));
    assert_false(str_eq("a", "A"));
    assert_true(str_eq_nocase("Content-Type", "content-tYPE"));
    assert_false(str_eq_nocase("content", "content-type"));
    assert_false(str_eq_nocase("[", "{")); /* 0x20 apart, and no letters */
    assert_false(str_eq_nocase("\xC9", "\xE9"));
}

static void test_start_and_end(void **state)
{
    (void)state;
    assert_true(str_starts("arn:aws", "arn:"));
    assert_true(str_starts("arn", ""));
    assert_false(str_starts("ar", "arn"));
    assert_true(str_ends("a.yaml", ".yaml"));
    assert_true(str_ends("a", ""));
    assert_false(str_ends("yaml", "a.yaml"));
    assert_false(str_ends("a.yaml", ".yam"));
    assert_string_equal(yes_no(true), "yes");
    assert_string_equal(yes_no(false), "no");
}

static void test_numbers(void **state)
{
    static const char *const bad[] = {"",   " 1",  "1 ",    "+1",
                                      "-1", "0x1", "1e3",   "18446744073709551616",
                                      "/",  ":",   "1\xFF", "99999999999999999999999"};
    uint64_t value = 7;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(str_to_u64(bad[i], &value));
    assert_false(str_to_u64(NULL, &value));
    assert_int_equal(value, 7);
    assert_true(str_to_u64("0", &value));
    assert_int_equal(value, 0);
    assert_true(str_to_u64("007", &value));
    assert_int_equal(value, 7);
    assert_true(str_to_u64("18446744073709551615", &value));
    assert_true(value == UINT64_MAX);
}

static void test_nearest(void **state)
{
    static const char *const words[] = {"organization", "accounts", "policies", "on"};
    char longer[200];

    (void)state;
    assert_string_equal(str_nearest("acounts", words, 4), "accounts");
    assert_string_equal(str_nearest("Policies", words, 4), "policies");
    assert_string_equal(str_nearest("organisation", words, 4), "organization");
    assert_string_equal(str_nearest("no", words, 4), "on"); /* two letters swapped */
    assert_null(str_nearest("guardduty", words, 4));
    assert_null(str_nearest("poli", words, 4));
    assert_null(str_nearest("accounts", words, 0));
    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    assert_null(str_nearest(longer, words, 4));
}

static void test_nearest_prefers_the_nearer(void **state)
{
    static const char *const words[] = {"guardrails", "guardrail", "guardian"};

    (void)state;
    assert_string_equal(str_nearest("guardrail", words, 3), "guardrail");
    assert_string_equal(str_nearest("gardian", words, 3), "guardian");
}

static void test_utf8(void **state)
{
    static const char *const good[] = {"",
                                       "plain",
                                       "\xC2\x80",
                                       "\xDF\xBF",
                                       "\xE0\xA0\x80",
                                       "\xED\x9F\xBF",
                                       "\xEE\x80\x80",
                                       "\xEF\xBF\xBF",
                                       "\xF0\x90\x80\x80",
                                       "\xF4\x8F\xBF\xBF",
                                       "\xE2\x82\xAC!"};
    static const char *const bad[] = {
        "\x80",         "\xC0\x80",         "\xC1\xBF",         "\xC2",
        "\xC2\x41",     "\xE0\x9F\xBF",     "\xED\xA0\x80",     "\xE2\x82",
        "\xE2\x82\x41", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80",
        "\xFF",         "a\xE2\x82",        "\xF1\x80\x80\xC0", "\xC2\xC2"};

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(utf8_valid(good[i], strlen(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(utf8_valid(bad[i], strlen(bad[i])));
    assert_true(utf8_valid("a\0b", 3));
    assert_int_equal(utf8_len("\xE2\x82\xAC", 3), 3);
    assert_int_equal(utf8_len("\xE2\x82\xAC", 2), 0);
    assert_int_equal(utf8_len("a\xFF", 2), 1);
    assert_int_equal(utf8_len("", 0), 0);
}

static void test_control_characters(void **state)
{
    static const struct {
        const char *text;
        size_t control;
    } cases[] = {
        {"", 0},         {"a", 0},        {" ", 0},        {"\x1b[2J", 1},  {"\x7F", 1},
        {"\xC2\x9B", 2}, {"\xC2\x80", 2}, {"\xC2\xA0", 0}, {"\xC3\x9B", 0}, {"\xE2\x82\x9B", 0},
        {"\xC2", 0}};
    char text[] = "a\x1b[2J\xC2\x9B"
                  "2J\xC3\xA9\n\xC2";

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(str_control(cases[i].text), cases[i].control);
    str_defang(text, '?');
    assert_string_equal(text, "a?[2J?2J\xC3\xA9?\xC2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equality),
        cmocka_unit_test(test_start_and_end),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_nearest_prefers_the_nearer),
        cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_control_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
