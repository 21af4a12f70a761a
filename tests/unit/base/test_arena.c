#include "plinth/base/arena.h"
#include "plinth/base/vec.h"

#include "child.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int setup(void **state)
{
    *state = arena_new("test");
    return 0;
}

static int teardown(void **state)
{
    arena_free(*state);
    return 0;
}

static void test_memory_is_zeroed_aligned_and_apart(void **state)
{
    char *last = NULL;

    for (size_t size = 0; size < 3000; size += 7) {
        char *at = arena_alloc(*state, size);

        assert_int_equal((uintptr_t)at % 16, 0);
        assert_ptr_not_equal(at, last);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(at[i], 0);
        if (size > 0)
            memset(at, 0x55, size);
        last = at;
    }
}

static void test_reset_forgets_and_gives_zeroes_again(void **state)
{
    struct arena *arena = *state;
    unsigned char *at;

    for (int i = 0; i < 100; i++)
        memset(arena_alloc(arena, 1000), 0xFF, 1000);
    assert_true(arena_used(arena) >= 100 * 1000);
    arena_reset(arena);
    assert_int_equal(arena_used(arena), 0);
    at = arena_alloc(arena, 4000);
    for (size_t i = 0; i < 4000; i++)
        assert_int_equal(at[i], 0);
    arena_reset(arena);
    arena_reset(arena);
    assert_int_equal(arena_used(arena), 0);
}

static void test_larger_than_a_block(void **state)
{
    size_t size = 3 * 1024 * 1024;
    char *large = arena_alloc(*state, size);
    char *small = arena_str(*state, "small");

    large[0] = large[size - 1] = 'x';
    assert_string_equal(small, "small");
}

static void test_texts_are_copies(void **state)
{
    char text[] = "text";
    char *copy = arena_str(*state, text), *part = arena_strn(*state, text, 2);

    text[0] = 'n';
    assert_string_equal(copy, "text");
    assert_string_equal(part, "te");
    assert_null(arena_str(*state, NULL));
    assert_string_equal(arena_strn(*state, NULL, 0), "");
    assert_string_equal(arena_printf(*state, "%s-%d", "a", 7), "a-7");
    assert_string_equal(arena_printf(*state, "%s", ""), "");
    assert_int_equal(strlen(arena_printf(*state, "%9000d", 1)), 9000);
}

static void test_vector_keeps_its_items_as_it_grows(void **state)
{
    VEC(int) numbers = {0};

    for (int i = 0; i < 1000; i++) {
        int *item = VEC_ADD(*state, &numbers);

        assert_int_equal(*item, 0);
        *item = i;
    }
    assert_int_equal(numbers.count, 1000);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(numbers.items[i], i);
}

static void overflow_array(void *arena)
{
    (void)arena_array(arena, SIZE_MAX / 2, 4);
}

static void overflow_rounding(void *arena)
{
    (void)arena_alloc(arena, SIZE_MAX - 3);
}

static void test_sizes_that_overflow_end_the_process(void **state)
{
    int status = child_run(overflow_array, *state, -1);

    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 1);
    status = child_run(overflow_rounding, *state, -1);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 1);
}

/* Reads what an arena has given up, which ASan would report. */
static __attribute__((no_sanitize_address, noinline)) int peek(const char *at)
{
    return *at;
}

static void test_wiping(void **state)
{
    static const char secret[] = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    struct arena *arena = arena_new_wiping("test");
    char *text = arena_str(arena, secret);

    (void)state;
    assert_string_equal(text, secret);
    arena_reset(arena);
    for (size_t i = 0; i < sizeof secret; i++)
        assert_int_equal(peek(text + i), 0);
    arena_free(arena);
}

static void test_free_of_nothing(void **state)
{
    (void)state;
    arena_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_memory_is_zeroed_aligned_and_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reset_forgets_and_gives_zeroes_again, setup, teardown),
        cmocka_unit_test_setup_teardown(test_larger_than_a_block, setup, teardown),
        cmocka_unit_test_setup_teardown(test_texts_are_copies, setup, teardown),
        cmocka_unit_test_setup_teardown(test_vector_keeps_its_items_as_it_grows, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sizes_that_overflow_end_the_process, setup, teardown),
        cmocka_unit_test(test_wiping),
        cmocka_unit_test(test_free_of_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
