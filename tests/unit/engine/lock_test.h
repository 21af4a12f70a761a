/* lock_test.h - a test of the lock runs on a fiber, with two processes. */
#ifndef PLINTH_TESTS_LOCK_TEST_H
#define PLINTH_TESTS_LOCK_TEST_H

#include "lock_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct two {
    struct lock_world world;
    struct lock_process a, b;
    void (*test)(struct two *two);
};

static inline void two_fiber(void *arg)
{
    struct two *two = arg;

    two->test(two);
    lock_release(two->a.lock);
    lock_release(two->b.lock);
}

static inline void two_run(void (*test)(struct two *two))
{
    struct two two = {.test = test};

    lock_world_open(&two.world, 1, (struct sim_options){.delays = false});
    lock_process_open(&two.a, &two.world, "run-a", 0);
    lock_process_open(&two.b, &two.world, "run-b", 0);
    sched_run(two.world.sched, two_fiber, &two);
    lock_process_close(&two.a);
    lock_process_close(&two.b);
    lock_world_close(&two.world);
}

#define TWO_TEST(name)                                                                             \
    static void test_##name(void **state)                                                          \
    {                                                                                              \
        (void)state;                                                                               \
        two_run(name);                                                                             \
    }

#endif
