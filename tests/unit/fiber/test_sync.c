#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* --- Semaphores ----------------------------------------------------------------------------------
 */

static void hold_sem(void *arg)
{
    struct world *world = arg;
    struct err err = ERR_INIT;

    assert_int_equal(fiber_sem_acquire(&world->sem, &err), 0);
    if (++world->counter > world->most)
        world->most = world->counter;
    assert_int_equal(fiber_sleep_ms(world->sched, 5, &err), 0);
    world->counter--;
    fiber_sem_release(&world->sem);
}

static void many_hold(void *arg)
{
    struct world *world = arg;

    fiber_sem_init(&world->sem, world->sched, 3);
    for (int i = 0; i < 50; i++)
        fiber_spawn(world->sched, "holder", hold_sem, world);
}

static void test_semaphore_lets_in_as_many_as_it_counts(void **state)
{
    struct world *world = *state;

    sched_run(world->sched, many_hold, world);
    assert_int_equal(world->most, 3);
    assert_int_equal(world->sem.free, 3);
    /* 50 holders, three at a time, 5 ms each. */
    assert_int_equal(env_mono_us(&world->env), 17 * 5 * 1000);
}

struct named {
    struct world *world;
    char name;
    int expected; /* of its wait */
};

static void acquire_named(void *arg)
{
    struct named *named = arg;
    struct err err = ERR_INIT;

    assert_int_equal(fiber_sem_acquire(&named->world->sem, &err), named->expected);
    if (named->expected != 0)
        assert_int_equal(err.code, ERR_CANCELLED);
    note(named->world, named->name);
}

static void serve_in_order(void *arg)
{
    struct world *world = arg;
    struct named named[] = {{world, 'a', 0}, {world, 'b', 0}, {world, 'c', 0}};
    struct fiber *fibers[3];
    struct err err = ERR_INIT;

    fiber_sem_init(&world->sem, world->sched, 0);
    for (size_t i = 0; i < 3; i++)
        fibers[i] = fiber_spawn_joinable(world->sched, "waiter", acquire_named, &named[i]);
    fiber_yield(world->sched);
    fiber_sem_release(&world->sem);
    fiber_sem_release(&world->sem);
    fiber_sem_release(&world->sem);
    fiber_sem_release(&world->sem);
    /* The first three releases were theirs before they ran: only the fourth is free. */
    assert_int_equal(world->sem.free, 1);
    assert_int_equal(fiber_sem_acquire(&world->sem, &err), 0);
    note(world, '.');
    for (size_t i = 0; i < 3; i++)
        fiber_join(fibers[i]);
}

static void test_waiters_are_served_in_their_order(void **state)
{
    struct world *world = *state;

    sched_run(world->sched, serve_in_order, world);
    assert_string_equal(world->order, ".abc");
}

static void release_and_stop(void *arg)
{
    struct world *world = arg;
    struct named named[] = {{world, 'a', 0}, {world, 'b', -1}, {world, 'c', -1}};
    struct fiber *fibers[3];

    fiber_sem_init(&world->sem, world->sched, 0);
    for (size_t i = 0; i < 3; i++)
        fibers[i] = fiber_spawn_joinable(world->sched, "waiter", acquire_named, &named[i]);
    fiber_yield(world->sched);
    fiber_sem_release(&world->sem); /* a's, though it has not run yet when the stop comes */
    sched_stop(world->sched);
    for (size_t i = 0; i < 3; i++)
        fiber_join(fibers[i]);
    assert_null(world->sem.first);
    assert_null(world->sem.last);
    fiber_sem_release(&world->sem);
    assert_int_equal(world->sem.free, 1); /* the cancelled took nothing */
}

static void test_stop_cancels_who_was_not_served(void **state)
{
    struct world *world = *state;

    sched_run(world->sched, release_and_stop, world);
    assert_int_equal(strlen(world->order), 3);
}

/* --- Groups --------------------------------------------------------------------------------------
 */

static void member(void *arg)
{
    struct world *world = arg;
    struct err err = ERR_INIT;

    if (++world->counter > world->most)
        world->most = world->counter;
    (void)fiber_sleep_ms(world->sched, 10, &err);
    fiber_yield(world->sched);
    world->counter--;
}

static void group_of_four(void *arg)
{
    struct world *world = arg;

    fiber_group_init(&world->group, world->sched, 4);
    fiber_group_wait(&world->group); /* of none */
    for (int i = 0; i < 20; i++)
        fiber_group_spawn(&world->group, "member", member, world);
    fiber_group_wait(&world->group);
    assert_int_equal(world->counter, 0);
    assert_int_equal(world->group.running, 0);
    note(world, '.');
}

static void test_group_keeps_its_limit(void **state)
{
    struct world *world = *state;

    sched_run(world->sched, group_of_four, world);
    assert_int_equal(world->most, 4);
    assert_string_equal(world->order, ".");
    assert_int_equal(env_mono_us(&world->env), 5 * 10 * 1000);
}

static void stopped_group(void *arg)
{
    struct world *world = arg;

    sched_stop(world->sched);
    group_of_four(world);
}

static void test_group_waits_through_a_stop(void **state)
{
    struct world *world = *state;

    sched_run(world->sched, stopped_group, world);
    assert_int_equal(world->most, 4);
    assert_string_equal(world->order, ".");
}

/* --- Channels ------------------------------------------------------------------------------------
 */

static void receive_all(void *arg)
{
    struct world *world = arg;
    void *item;

    while (fiber_chan_recv(world->chan, &item))
        note(world, *(const char *)item);
    note(world, '.');
}

static void send_all(void *arg)
{
    static char letters[] = "xyz";
    struct world *world = arg;
    struct err err = ERR_INIT;

    world->chan = fiber_chan_new(world->sched, 1);
    fiber_spawn(world->sched, "receiver", receive_all, world);
    for (char *at = letters; *at != '\0'; at++)
        assert_int_equal(fiber_chan_send(world->chan, at, &err), 0);
    fiber_chan_close(world->chan);
    fiber_chan_close(world->chan);
    assert_int_equal(fiber_chan_send(world->chan, letters, &err), -1);
    assert_int_equal(err.code, ERR_IO);
}

static void test_channel_gives_all_before_it_ends(void **state)
{
    struct world *world = *state;

    sched_run(world->sched, send_all, world);
    assert_string_equal(world->order, "xyz.");
    fiber_chan_free(world->chan);
}

static void several_receive(void *arg)
{
    static char letters[] = "abcdefgh";
    struct world *world = arg;
    struct err err = ERR_INIT;

    world->chan = fiber_chan_new(world->sched, 3);
    for (int i = 0; i < 4; i++)
        fiber_spawn(world->sched, "receiver", receive_all, world);
    for (char *at = letters; *at != '\0'; at++)
        assert_int_equal(fiber_chan_send(world->chan, at, &err), 0);
    fiber_chan_close(world->chan);
}

static void test_close_ends_every_receiver(void **state)
{
    struct world *world = *state;
    size_t dots = 0;

    sched_run(world->sched, several_receive, world);
    for (const char *at = world->order; *at != '\0'; at++)
        dots += *at == '.';
    assert_int_equal(dots, 4);
    for (char c = 'a'; c <= 'h'; c++)
        assert_non_null(strchr(world->order, c));
    assert_int_equal(strlen(world->order), 12);
    fiber_chan_free(world->chan);
}

static void send_blocked(void *arg)
{
    static char letter = 's';
    struct world *world = arg;
    struct err err = ERR_INIT;

    if (fiber_chan_send(world->chan, &letter, &err) == 0)
        note(world, '+');
    else
        note(world, err.code == ERR_IO ? 'i' : err.code == ERR_CANCELLED ? 'c' : '?');
}

static void close_on_senders(void *arg)
{
    struct world *world = arg;

    world->chan = fiber_chan_new(world->sched, 1);
    for (int i = 0; i < 3; i++)
        fiber_spawn(world->sched, "sender", send_blocked, world);
    fiber_yield(world->sched);
    fiber_yield(world->sched);
    assert_string_equal(world->order, "+"); /* there was room for one */
    fiber_chan_close(world->chan);
}

static void test_close_refuses_every_blocked_sender(void **state)
{
    struct world *world = *state;

    sched_run(world->sched, close_on_senders, world);
    assert_string_equal(world->order, "+ii");
    fiber_chan_free(world->chan);
}

static void stop_on_senders(void *arg)
{
    struct world *world = arg;

    world->chan = fiber_chan_new(world->sched, 1);
    for (int i = 0; i < 3; i++)
        fiber_spawn(world->sched, "sender", send_blocked, world);
    fiber_yield(world->sched);
    fiber_yield(world->sched);
    sched_stop(world->sched);
}

static void test_stop_cancels_every_blocked_sender(void **state)
{
    struct world *world = *state;

    sched_run(world->sched, stop_on_senders, world);
    assert_string_equal(world->order, "+cc");
    fiber_chan_free(world->chan);
}

static void stop_on_receivers(void *arg)
{
    struct world *world = arg;

    world->chan = fiber_chan_new(world->sched, 1);
    fiber_spawn(world->sched, "receiver", receive_all, world);
    fiber_spawn(world->sched, "receiver", receive_all, world);
    fiber_yield(world->sched);
    sched_stop(world->sched);
}

static void test_stop_ends_every_receiver(void **state)
{
    struct world *world = *state;

    sched_run(world->sched, stop_on_receivers, world);
    assert_string_equal(world->order, "..");
    fiber_chan_free(world->chan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_semaphore_lets_in_as_many_as_it_counts),
        WORLD_TEST(test_waiters_are_served_in_their_order),
        WORLD_TEST(test_stop_cancels_who_was_not_served),
        WORLD_TEST(test_group_keeps_its_limit),
        WORLD_TEST(test_group_waits_through_a_stop),
        WORLD_TEST(test_channel_gives_all_before_it_ends),
        WORLD_TEST(test_close_ends_every_receiver),
        WORLD_TEST(test_close_refuses_every_blocked_sender),
        WORLD_TEST(test_stop_cancels_every_blocked_sender),
        WORLD_TEST(test_stop_ends_every_receiver),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
