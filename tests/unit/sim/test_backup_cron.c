#include "backup_world.h"

#include "backup_priv.h"
#include "plinth/base/time.h"

static int64_t at(const char *text)
{
    int64_t ms;

    assert_true(time_parse_rfc3339(text, &ms));
    return ms;
}

/* The times that are due, the first and the last of them. */
static size_t due(const char *expression, const char *after, const char *until, const char *first,
                  const char *last)
{
    int64_t times[64];
    size_t count = backup_cron_due(expression, at(after), at(until), times, 64);

    if (count > 0) {
        assert_true(times[0] == at(first));
        assert_true(times[count - 1] == at(last));
    }
    return count;
}

static void test_times_are_found(void **state)
{
    (void)state;
    assert_int_equal(due("cron(0 5 ? * * *)", "2026-11-24T05:00:00Z", "2026-11-26T05:00:00Z",
                         "2026-11-25T05:00:00Z", "2026-11-26T05:00:00Z"),
                     2);
    assert_int_equal(
        due("cron(0 5 ? * * *)", "2026-11-24T05:00:00Z", "2026-11-25T04:59:59Z", NULL, NULL), 0);
    assert_int_equal(due("cron(0/20 8-9 ? * MON,WED *)", "2026-11-23T00:00:00Z",
                         "2026-11-29T00:00:00Z", "2026-11-23T08:00:00Z", "2026-11-25T09:40:00Z"),
                     12);
    assert_int_equal(due("cron(30 4 1 JAN-MAR ? 2027)", "2026-11-24T00:00:00Z",
                         "2027-12-31T00:00:00Z", "2027-01-01T04:30:00Z", "2027-03-01T04:30:00Z"),
                     3);
    assert_int_equal(due("cron(0 0 29 2 ? *)", "2027-01-01T00:00:00Z", "2028-12-31T00:00:00Z",
                         "2028-02-29T00:00:00Z", "2028-02-29T00:00:00Z"),
                     1);
}

static void test_only_the_last_ones_are_given(void **state)
{
    int64_t times[3];

    (void)state;
    assert_int_equal(backup_cron_due("cron(0 * ? * * *)", at("2026-11-24T00:00:00Z"),
                                     at("2026-11-24T10:30:00Z"), times, 3),
                     3);
    assert_true(times[0] == at("2026-11-24T08:00:00Z"));
    assert_true(times[2] == at("2026-11-24T10:00:00Z"));
}

static void test_what_is_no_schedule(void **state)
{
    static const char *const wrong[] = {
        "",
        "daily",
        "cron(0 5 ? * *)",
        "cron(0 5 ? * * * *)",
        "cron(60 5 ? * * *)",
        "cron(0 5 * * * *)",
        "cron(0 24 ? * * *)",
        "cron(0 5 ? 13 * *)",
        "cron(0 5 ? * MUN *)",
        "cron(0 9-5 ? * * *)",
        "cron(0/0 5 ? * * *)",
        "cron(a 5 ? * * *)",
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        if (backup_cron_is_valid(wrong[i]))
            fail_msg("%s is taken", wrong[i]);
    assert_true(backup_cron_is_valid("cron(0 5 L * ? *)"));
    assert_true(backup_cron_is_valid("cron(0 5 ? * 2#1 *)"));
    assert_true(backup_cron_is_valid("cron(*/5 * * * ? *)"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times_are_found),
        cmocka_unit_test(test_only_the_last_ones_are_given),
        cmocka_unit_test(test_what_is_no_schedule),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
