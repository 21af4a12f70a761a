#include "plinth/base/time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static void test_prints_utc(void **state)
{
    static const struct {
        int64_t wall_ms;
        const char *rfc3339, *amz;
    } rows[] = {
        {0, "1970-01-01T00:00:00Z", "19700101T000000Z"},
        {-1, "1969-12-31T23:59:59Z", "19691231T235959Z"},
        {999, "1970-01-01T00:00:00Z", "19700101T000000Z"},
        {INT64_C(951782400000), "2000-02-29T00:00:00Z", "20000229T000000Z"},
        {INT64_C(1440938160000), "2015-08-30T12:36:00Z", "20150830T123600Z"},
        {INT64_C(1709251199000), "2024-02-29T23:59:59Z", "20240229T235959Z"},
        {INT64_C(4107542400000), "2100-03-01T00:00:00Z", "21000301T000000Z"},
        {INT64_C(253402300799000), "9999-12-31T23:59:59Z", "99991231T235959Z"},
    };
    char text[TIME_TEXT_BYTES];
    int64_t wall_ms;

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        int64_t whole_ms = rows[i].wall_ms < 0 ? -1000 : rows[i].wall_ms / 1000 * 1000;

        time_rfc3339(rows[i].wall_ms, text);
        assert_string_equal(text, rows[i].rfc3339);
        assert_true(time_parse_rfc3339(text, &wall_ms));
        assert_int_equal(wall_ms, whole_ms);
        time_amz(rows[i].wall_ms, text);
        assert_string_equal(text, rows[i].amz);
        assert_true(time_parse_amz(text, &wall_ms));
        assert_int_equal(wall_ms, whole_ms);
    }
}

static void test_every_day_of_four_centuries_comes_back(void **state)
{
    char text[TIME_TEXT_BYTES];
    int64_t wall_ms;

    (void)state;
    for (int64_t day = -146097; day <= 146097; day += 1) {
        time_rfc3339(day * 86400000, text);
        assert_true(time_parse_rfc3339(text, &wall_ms));
        assert_true(wall_ms == day * 86400000);
    }
}

static void test_reads_rfc3339(void **state)
{
    static const struct {
        const char *text;
        int64_t wall_ms;
    } rows[] = {
        {"2015-08-30T12:36:00Z", INT64_C(1440938160000)},
        {"2015-08-30t12:36:00z", INT64_C(1440938160000)},
        {"2015-08-30 12:36:00Z", INT64_C(1440938160000)},
        {"2015-08-30T14:36:00+02:00", INT64_C(1440938160000)},
        {"2015-08-30T07:06:00-0530", INT64_C(1440938160000)},
        {"2015-08-30T12:36:00.5Z", INT64_C(1440938160500)},
        {"2015-08-30T12:36:00.123456789+00:00", INT64_C(1440938160123)},
        {"2016-12-31T23:59:60Z", INT64_C(1483228800000)},
    };
    static const char *const bad[] = {
        "",
        "2015-08-30",
        "2015-08-30T12:36:00",
        "2015-08-30T12:36Z",
        "2015-8-30T12:36:00Z",
        "2015-13-01T00:00:00Z",
        "2015-00-01T00:00:00Z",
        "2015-04-31T00:00:00Z",
        "2015-02-29T00:00:00Z",
        "2100-02-29T00:00:00Z",
        "2015-08-30T24:00:00Z",
        "2015-08-30T12:60:00Z",
        "2015-08-30T12:36:61Z",
        "2015-08-30T12:36:00.Z",
        "2015-08-30T12:36:00+2:00",
        "2015-08-30T12:36:00+24:00",
        "2015-08-30T12:36:00+02:60",
        "2015-08-30T12:36:00Zx",
        "+015-08-30T12:36:00Z",
    };
    int64_t wall_ms;

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        assert_true(time_parse_rfc3339(rows[i].text, &wall_ms));
        assert_int_equal(wall_ms, rows[i].wall_ms);
    }
    wall_ms = 7;
    for (size_t i = 0; i < LENGTH(bad); i++)
        assert_false(time_parse_rfc3339(bad[i], &wall_ms));
    assert_int_equal(wall_ms, 7);
}

static void test_reads_amz(void **state)
{
    static const char *const bad[] = {"",
                                      "20150830",
                                      "20150830T123600",
                                      "20150830T123600Zx",
                                      "20150830 123600Z",
                                      "20150832T123600Z",
                                      "2015-0830T123600Z"};
    int64_t wall_ms = 7;

    (void)state;
    for (size_t i = 0; i < LENGTH(bad); i++)
        assert_false(time_parse_amz(bad[i], &wall_ms));
    assert_int_equal(wall_ms, 7);
}

static void test_reads_http_dates(void **state)
{
    static const char *const bad[] = {
        "",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994     ",
        "Sun, 06 Foo 1994 08:49:37 GMT",
        "Sun, 31 Nov 1994 08:49:37 GMT",
        "Sun; 06 Nov 1994 08:49:37 GMT",
    };
    int64_t wall_ms;

    (void)state;
    assert_true(time_parse_http("Sun, 06 Nov 1994 08:49:37 GMT", &wall_ms));
    assert_int_equal(wall_ms, INT64_C(784111777000));
    assert_true(time_parse_http("Wed, 31 Dec 2025 23:59:59 GMT", &wall_ms));
    assert_int_equal(wall_ms, INT64_C(1767225599000));
    wall_ms = 7;
    for (size_t i = 0; i < LENGTH(bad); i++)
        assert_false(time_parse_http(bad[i], &wall_ms));
    assert_int_equal(wall_ms, 7);
}

static void test_human(void **state)
{
    static const struct {
        int64_t ms;
        const char *text;
    } rows[] = {
        {0, "0 ms"},          {450, "450 ms"},
        {999, "999 ms"},      {1000, "1.0 s"},
        {3299, "3.2 s"},      {59999, "59.9 s"},
        {60000, "1 min 0 s"}, {725000, "12 min 5 s"},
        {-5, "-5 ms"},        {INT64_MAX, "153722867280912 min 55 s"},
    };
    char text[TIME_TEXT_BYTES];

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        time_human(rows[i].ms, text);
        assert_string_equal(text, rows[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prints_utc),
        cmocka_unit_test(test_every_day_of_four_centuries_comes_back),
        cmocka_unit_test(test_reads_rfc3339),
        cmocka_unit_test(test_reads_amz),
        cmocka_unit_test(test_reads_http_dates),
        cmocka_unit_test(test_human),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
