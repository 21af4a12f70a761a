/*
 * world.h - a scheduler for one test, and a line to note on what happened when.
 */
#ifndef PLINTH_TESTS_WORLD_H
#define PLINTH_TESTS_WORLD_H

#include "plinth/base/env.h"
#include "plinth/fiber/fiber.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct world {
    struct env env;
    struct sched *sched;
    struct fiber_sem sem;
    struct fiber_group group;
    struct fiber_chan *chan;
    struct fiber *fiber;
    struct sched_timer *timer;
    int counter, most;
    char order[64];
    struct err err;
    int fds[2];
};

static inline int world_setup_on(void **state, struct clock *clock)
{
    struct world *world = calloc(1, sizeof *world);

    if (world == NULL)
        return -1;
    world->env = (struct env){.clock = clock, .rng = rng_system()};
    world->sched = sched_new(&world->env, &world->err);
    world->fds[0] = world->fds[1] = -1;
    *state = world;
    return world->sched == NULL ? -1 : 0;
}

/* On a virtual clock that starts at 0. */
static inline int world_setup(void **state)
{
    return world_setup_on(state, clock_virtual_new(0));
}

static inline int world_setup_real(void **state)
{
    return world_setup_on(state, clock_real());
}

static inline int world_teardown(void **state)
{
    struct world *world = *state;

    /* After a failed assertion fibers are left: leaving them too lets its message be seen. */
    if (sched_stats(world->sched).alive == 0)
        sched_free(world->sched);
    if (world->env.clock->advance != NULL)
        clock_virtual_free(world->env.clock);
    for (int i = 0; i < 2; i++)
        if (world->fds[i] >= 0)
            (void)close(world->fds[i]);
    free(world);
    return 0;
}

static inline void note(struct world *world, char c)
{
    size_t len = strlen(world->order);

    if (len + 1 < sizeof world->order)
        world->order[len] = c;
}

#define WORLD_TEST(test) cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)
#define REAL_WORLD_TEST(test)                                                                      \
    cmocka_unit_test_setup_teardown(test, world_setup_real, world_teardown)

#endif
