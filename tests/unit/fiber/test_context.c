#include "sched_priv.h"

#include "plinth/base/limits.h"

#include "child.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static int setup(void **state)
{
    static struct err err;

    *state = stack_new(&err);
    return *state == NULL ? -1 : 0;
}

static int teardown(void **state)
{
    stack_free(*state);
    return 0;
}

static char *usable(const struct stack *stack)
{
    return (char *)stack->map + sysconf(_SC_PAGESIZE);
}

static void write_byte(void *at)
{
    *(volatile char *)at = 'x';
}

static void test_stack_is_writable_down_to_its_guard_page(void **state)
{
    const struct stack *stack = *state;
    char *bottom = usable(stack);

    assert_int_equal((char *)stack->map + stack->map_bytes - bottom, LIMIT_FIBER_STACK_BYTES);
    memset(bottom, 'x', LIMIT_FIBER_STACK_BYTES);
    assert_int_equal(WEXITSTATUS(child_run(write_byte, bottom, -1)), CHILD_SURVIVED);
    assert_true(child_crashed(child_run(write_byte, bottom - 1, -1)));
    assert_true(child_crashed(child_run(write_byte, stack->map, -1)));
}

static void test_cooled_stack_has_given_its_memory_back(void **state)
{
    struct stack *stack = *state;
    char *bottom = usable(stack);

    memset(bottom, 'x', LIMIT_FIBER_STACK_BYTES);
    stack_cool(stack);
    for (size_t i = 0; i < LIMIT_FIBER_STACK_BYTES; i += 512)
        assert_int_equal(bottom[i], 0); /* fresh pages read as zeroes */
    memset(bottom, 'y', LIMIT_FIBER_STACK_BYTES);
}

struct pair {
    struct context here, there;
    const struct stack *stack;
    int turns;
    bool on_stack;
};

/* Its locals must live through every switch. */
static void count_turns(void *arg)
{
    struct pair *pair = arg;
    volatile double half = 0;
    char local = 0;

    context_arrived(&pair->there, &pair->here);
    pair->on_stack =
        (uintptr_t)&local - (uintptr_t)usable(pair->stack) < (uintptr_t)LIMIT_FIBER_STACK_BYTES;
    for (int i = 1; i < 100; i++) {
        half += 0.5;
        pair->turns = i;
        if (half != i * 0.5)
            pair->turns = -1;
        context_switch(&pair->there, &pair->here, false);
    }
    pair->turns = 100;
    context_switch(&pair->there, &pair->here, true);
}

static void test_switching_keeps_both_sides(void **state)
{
    struct pair pair = {.stack = *state};
    int expected = 0;

    context_init_here(&pair.here);
    context_init(&pair.there, *state, count_turns, &pair);
    while (expected < 100) {
        context_switch(&pair.here, &pair.there, false);
        assert_int_equal(pair.turns, ++expected);
    }
#ifndef __SANITIZE_ADDRESS__ /* which may keep locals elsewhere */
    assert_true(pair.on_stack);
#endif
    context_fini(&pair.there);
    context_fini(&pair.here);
}

static void return_at_once(void *arg)
{
    struct pair *pair = arg;

    context_arrived(&pair->there, &pair->here);
}

static void run_to_return(void *arg)
{
    struct pair pair = {.turns = 0};

    context_init_here(&pair.here);
    context_init(&pair.there, arg, return_at_once, &pair);
    context_switch(&pair.here, &pair.there, false);
}

static void test_returning_from_a_context_aborts(void **state)
{
    assert_true(child_crashed(child_run(run_to_return, *state, -1)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_stack_is_writable_down_to_its_guard_page, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_cooled_stack_has_given_its_memory_back, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_switching_keeps_both_sides, setup, teardown),
        cmocka_unit_test_setup_teardown(test_returning_from_a_context_aborts, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
