#include "engine_priv.h"

#include "plinth/base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void test_all_are_kept_in_order_until_the_next_begin(void **state)
{
    enum { MANY = 1000 };
    struct arena *arena = arena_new("run");
    struct run_result run = {0};

    (void)state;
    for (size_t round = 0; round < 2; round++) {
        results_begin(&run, arena);
        assert_int_equal(run.unit_count, 0);
        assert_int_equal(arena_used(arena), 0);
        for (size_t i = 0; i < MANY; i++) {
            struct unit_result unit = {.index = i, .reason = arena_printf(arena, "%zu", i)};

            results_add(&run, &unit);
        }
        assert_int_equal(run.unit_count, MANY);
        for (size_t i = 0; i < MANY; i++) {
            assert_int_equal(run.units[i].index, i);
            assert_int_equal(atoi(run.units[i].reason), i);
        }
    }
    free(run.units);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_are_kept_in_order_until_the_next_begin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
