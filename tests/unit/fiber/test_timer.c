#include "sched_priv.h"

#include "plinth/base/env.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void nothing(void *arg)
{
    (void)arg;
}

static void free_all(struct timers *timers)
{
    while (timers->count > 0)
        timers_remove(timers, timers->heap[0]);
    free(timers->heap);
}

static void test_none(void **state)
{
    struct timers timers = {0};

    (void)state;
    assert_null(timers_next(&timers));
    timers_remove(&timers, timers_add(&timers, 1, nothing, NULL));
    assert_null(timers_next(&timers));
    free_all(&timers);
}

static void test_equal_deadlines_keep_their_order(void **state)
{
    struct timers timers = {0};
    int args[100];

    (void)state;
    for (size_t i = 0; i < 100; i++)
        (void)timers_add(&timers, 5, nothing, &args[i]);
    for (size_t i = 0; i < 100; i++) {
        assert_ptr_equal(timers_next(&timers)->arg, &args[i]);
        timers_remove(&timers, timers.heap[0]);
    }
    free_all(&timers);
}

/* Random adding and removing, against the plainest model there is. */
static void test_next_is_always_the_earliest(void **state)
{
    enum { MOST = 300, STEPS = 20000 };
    struct rng *rng = rng_seeded_new(42);
    struct sched_timer *model[MOST];
    struct timers timers = {0};
    size_t count = 0;

    (void)state;
    for (int step = 0; step < STEPS; step++) {
        const struct sched_timer *least = NULL;

        if (count < MOST && (count == 0 || rng_below(rng, 100) < 52)) {
            model[count++] = timers_add(&timers, (int64_t)rng_below(rng, 50), nothing, NULL);
        } else {
            size_t victim = (size_t)rng_below(rng, count);

            timers_remove(&timers, model[victim]);
            model[victim] = model[--count];
        }
        for (size_t i = 0; i < count; i++)
            if (least == NULL || model[i]->due_us < least->due_us ||
                (model[i]->due_us == least->due_us && model[i]->sequence < least->sequence))
                least = model[i];
        assert_ptr_equal(timers_next(&timers), least);
        assert_int_equal(timers.count, count);
    }
    free_all(&timers);
    rng_seeded_free(rng);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_none),
        cmocka_unit_test(test_equal_deadlines_keep_their_order),
        cmocka_unit_test(test_next_is_always_the_earliest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
