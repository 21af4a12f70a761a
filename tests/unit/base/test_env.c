#include "plinth/base/env.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_real_clock_goes_on(void **state)
{
    struct env env = {.clock = clock_real()};
    int64_t wall_ms = env_wall_ms(&env), before_us = env_mono_us(&env);

    (void)state;
    assert_null(env.clock->advance);
    assert_true(wall_ms > INT64_C(1700000000000)); /* milliseconds, and since 1970 */
    assert_true(env_mono_us(&env) >= before_us);
}

static void test_virtual_clock_stands_still(void **state)
{
    struct env env = {.clock = clock_virtual_new(5000)};

    (void)state;
    assert_int_equal(env_wall_ms(&env), 5000);
    assert_int_equal(env_mono_us(&env), 0);
    assert_int_equal(env_mono_us(&env), 0);
    env.clock->advance(env.clock, 2500 * 1000);
    assert_int_equal(env_wall_ms(&env), 7500);
    env.clock->advance(env.clock, 1000); /* back: no */
    assert_int_equal(env_mono_us(&env), 2500 * 1000);
    clock_virtual_free(env.clock);
    clock_virtual_free(NULL);
}

/* The reference implementation's numbers for this seed. */
static void test_seeded_numbers_are_splitmix64(void **state)
{
    static const uint64_t expected[] = {
        UINT64_C(6457827717110365317), UINT64_C(3203168211198807973), UINT64_C(9817491932198370423),
        UINT64_C(4593380528125082431)};
    struct rng *rng = rng_seeded_new(1234567), *same = rng_seeded_new(1234567);

    (void)state;
    for (size_t i = 0; i < 4; i++)
        assert_true(rng->next(rng) == expected[i]);
    assert_true(same->next(same) == expected[0]);
    rng_seeded_free(rng);
    rng_seeded_free(same);
    rng_seeded_free(NULL);
}

static void test_system_numbers_differ(void **state)
{
    struct rng *rng = rng_system();

    (void)state;
    assert_true(rng->next(rng) != rng->next(rng));
}

/* Gives what it was told to, in order. */
struct told {
    struct rng rng;
    const uint64_t *numbers;
    size_t used;
};

static uint64_t told_next(struct rng *rng)
{
    struct told *told = (struct told *)rng;

    return told->numbers[told->used++];
}

static void test_below_draws_again_rather_than_bias(void **state)
{
    static const uint64_t numbers[] = {0, UINT64_MAX};
    const uint64_t bound = (UINT64_C(1) << 63) + 1;
    struct told told = {{told_next}, numbers, 0};

    (void)state;
    assert_true(rng_below(&told.rng, bound) == UINT64_MAX % bound);
    assert_int_equal(told.used, 2);
}

static void test_below_reaches_all_and_no_more(void **state)
{
    struct rng *rng = rng_seeded_new(1);
    unsigned seen = 0;

    (void)state;
    for (int i = 0; i < 1000; i++) {
        uint64_t value = rng_below(rng, 7);

        assert_true(value < 7);
        seen |= 1u << value;
    }
    assert_int_equal(seen, 0x7F);
    assert_int_equal(rng_below(rng, 1), 0);
    assert_int_equal(rng_below(rng, 0), 0);
    rng_seeded_free(rng);
}

static void test_bytes_fill_just_their_room(void **state)
{
    static const uint64_t numbers[] = {UINT64_MAX, UINT64_MAX};
    struct told told = {{told_next}, numbers, 0};
    unsigned char bytes[12] = {0};

    (void)state;
    rng_bytes(&told.rng, bytes, 11);
    for (size_t i = 0; i < 11; i++)
        assert_int_equal(bytes[i], 0xFF);
    assert_int_equal(bytes[11], 0);
    rng_bytes(&told.rng, bytes, 0);
    assert_int_equal(told.used, 2);
}

static void test_uuid_has_version_and_variant(void **state)
{
    static const uint64_t ones[] = {UINT64_MAX, UINT64_MAX}, zeroes[] = {0, 0};
    struct told all = {{told_next}, ones, 0}, none = {{told_next}, zeroes, 0};
    char text[37];

    (void)state;
    rng_uuid(&all.rng, text);
    assert_string_equal(text, "ffffffff-ffff-4fff-bfff-ffffffffffff");
    rng_uuid(&none.rng, text);
    assert_string_equal(text, "00000000-0000-4000-8000-000000000000");
    rng_uuid(rng_system(), text);
    for (size_t i = 0; i < 36; i++)
        assert_true(isxdigit((unsigned char)text[i]) || text[i] == '-');
    assert_int_equal(strlen(text), 36);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_real_clock_goes_on),
        cmocka_unit_test(test_virtual_clock_stands_still),
        cmocka_unit_test(test_seeded_numbers_are_splitmix64),
        cmocka_unit_test(test_system_numbers_differ),
        cmocka_unit_test(test_below_draws_again_rather_than_bias),
        cmocka_unit_test(test_below_reaches_all_and_no_more),
        cmocka_unit_test(test_bytes_fill_just_their_room),
        cmocka_unit_test(test_uuid_has_version_and_variant),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
