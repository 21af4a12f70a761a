#include "names.h"

#include "plinth/base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_empty_knows_nothing(void **state)
{
    struct arena *arena = arena_new("test");
    struct names names;

    (void)state;
    names_init(&names, arena, false);
    assert_null(names_get(&names, ""));
    assert_null(names_get(&names, "a"));
    arena_free(arena);
}

static void test_the_first_of_a_name_stays(void **state)
{
    struct arena *arena = arena_new("test");
    struct names names;
    int one = 1, two = 2;

    (void)state;
    names_init(&names, arena, false);
    assert_null(names_add(&names, "a", &one));
    assert_null(names_add(&names, "A", &two));
    assert_ptr_equal(names_add(&names, "a", &two), &one);
    assert_ptr_equal(names_get(&names, "a"), &one);
    assert_ptr_equal(names_get(&names, "A"), &two);
    assert_int_equal(names.count, 2);
    arena_free(arena);
}

static void test_case_may_not_matter(void **state)
{
    struct arena *arena = arena_new("test");
    struct names names;
    int one = 1;

    (void)state;
    names_init(&names, arena, true);
    assert_null(names_add(&names, "Workloads/Prod", &one));
    assert_ptr_equal(names_add(&names, "workloads/PROD", &names), &one);
    assert_ptr_equal(names_get(&names, "WORKLOADS/prod"), &one);
    assert_null(names_get(&names, "workloads/prod2"));
    arena_free(arena);
}

static void test_many_are_found_again(void **state)
{
    enum { COUNT = 5000 };
    struct arena *arena = arena_new("test");
    struct names names;
    int *numbers = arena_array(arena, COUNT, sizeof *numbers);

    (void)state;
    names_init(&names, arena, false);
    for (int i = 0; i < COUNT; i++)
        assert_null(names_add(&names, arena_printf(arena, "account-%d", i), &numbers[i]));
    for (int i = 0; i < COUNT; i++)
        assert_ptr_equal(names_get(&names, arena_printf(arena, "account-%d", i)), &numbers[i]);
    assert_null(names_get(&names, "account-5000"));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty_knows_nothing),
        cmocka_unit_test(test_the_first_of_a_name_stays),
        cmocka_unit_test(test_case_may_not_matter),
        cmocka_unit_test(test_many_are_found_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
