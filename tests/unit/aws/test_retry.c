#include "call_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/env.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { DRAWS = 2000 };

static void test_what_is_safe(void **state)
{
    const struct aws_op_info *read = aws_op_info(AWS_ORGANIZATIONS_LIST_ROOTS);
    const struct aws_op_info *write = aws_op_info(AWS_ORGANIZATIONS_CREATE_ACCOUNT);
    const struct aws_op_info *with_token = aws_op_info(AWS_GUARDDUTY_CREATE_DETECTOR);

    (void)state;
    assert_true(retry_is_safe(read, OUTCOME_UNKNOWN));
    assert_false(retry_is_safe(write, OUTCOME_UNKNOWN));
    assert_true(retry_is_safe(with_token, OUTCOME_UNKNOWN));
    assert_true(retry_is_safe(write, OUTCOME_NOT_DONE));
    assert_true(retry_is_safe(write, OUTCOME_THROTTLED));
    assert_false(retry_is_safe(read, OUTCOME_REFUSED));
}

/* The shortest and the longest of many draws. */
static void draw(enum outcome outcome, unsigned attempt, int64_t *out_least, int64_t *out_most)
{
    struct rng *rng = rng_seeded_new(7);

    *out_least = INT64_MAX;
    *out_most = 0;
    for (int i = 0; i < DRAWS; i++) {
        int64_t ms = retry_delay_ms(outcome, attempt, NULL, 0, rng);

        *out_least = ms < *out_least ? ms : *out_least;
        *out_most = ms > *out_most ? ms : *out_most;
    }
    rng_seeded_free(rng);
}

/* Full jitter: from nothing up to a bound that doubles, and no further than 20 s. */
static void test_full_jitter(void **state)
{
    static const struct {
        enum outcome outcome;
        unsigned attempt;
        int64_t bound;
    } rows[] = {
        {OUTCOME_UNKNOWN, 1, 100},     {OUTCOME_UNKNOWN, 2, 200},    {OUTCOME_NOT_DONE, 4, 800},
        {OUTCOME_THROTTLED, 1, 500},   {OUTCOME_THROTTLED, 3, 2000}, {OUTCOME_UNKNOWN, 40, 20000},
        {OUTCOME_THROTTLED, 7, 20000},
    };
    int64_t least, most;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        draw(rows[i].outcome, rows[i].attempt, &least, &most);
        assert_in_range(least, 0, rows[i].bound / 20);
        assert_in_range(most, rows[i].bound * 19 / 20, rows[i].bound);
    }
}

static int64_t delay_after(const char *retry_after, int64_t wall_ms)
{
    struct arena *arena = arena_new("test");
    struct rng *rng = rng_seeded_new(1);
    struct http_response response = {.status = 503};
    int64_t ms;

    http_header_add(&response.headers, arena, "Retry-After", retry_after);
    ms = retry_delay_ms(OUTCOME_UNKNOWN, 1, &response, wall_ms, rng);
    rng_seeded_free(rng);
    arena_free(arena);
    return ms;
}

static void test_retry_after(void **state)
{
    (void)state;
    assert_in_range(delay_after("3", 0), 3000, 3100);
    assert_in_range(delay_after("0", 0), 0, 100);
    assert_in_range(delay_after("soon", 0), 0, 100);
    assert_in_range(delay_after("-5", 0), 0, 100);
    assert_in_range(delay_after("999999999999", 0), 120000, 120100);
    /* 1994-11-06T08:49:37Z, seen 10 s before, and after. */
    assert_in_range(delay_after("Sun, 06 Nov 1994 08:49:37 GMT", 784111767000), 10000, 10100);
    assert_in_range(delay_after("Sun, 06 Nov 1994 08:49:37 GMT", 784111787000), 0, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_safe),
        cmocka_unit_test(test_full_jitter),
        cmocka_unit_test(test_retry_after),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
