#include "plinth/base/env.h"
#include "plinth/base/log.h"
#include "plinth/fiber/fiber.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* A scheduler on a virtual clock that starts at 0. */
struct world {
    struct env env;
    struct sched *sched;
    struct fiber_sem sem;
    struct fiber_chan *chan;
    int counter, most;
    char order[64];
    struct err err;
    int fds[2];
};

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);

    world->env = (struct env){.clock = clock_virtual_new(0), .rng = rng_system()};
    world->sched = sched_new(&world->env, &world->err);
    *state = world;
    return world->sched == NULL ? -1 : 0;
}

static int teardown(void **state)
{
    struct world *world = *state;

    sched_free(world->sched);
    clock_virtual_free(world->env.clock);
    free(world);
    return 0;
}

static void note(struct world *world, char c)
{
    size_t len = strlen(world->order);

    if (len + 1 < sizeof world->order)
        world->order[len] = c;
}

/* --- Sleep and the virtual clock
 * ------------------------------------------------------------------ */

static void sleep_ten(void *arg)
{
    struct world *world = arg;
    struct err err = ERR_INIT;

    world->counter++;
    if (world->counter > world->most)
        world->most = world->counter;
    assert_int_equal(fiber_sleep_ms(world->sched, 10000, &err), 0);
    world->counter--;
}

static void spawn_ten_thousand(void *arg)
{
    struct world *world = arg;

    for (int i = 0; i < 10000; i++)
        fiber_spawn(world->sched, "sleeper", sleep_ten, world);
}

static void test_ten_thousand_sleepers_take_no_time(void **state)
{
    struct world *world = *state;

    sched_run(world->sched, spawn_ten_thousand, world);
    assert_int_equal(world->most, 10000);
    assert_int_equal(world->counter, 0);
    assert_int_equal(env_mono_us(&world->env), 10000 * 1000);
    assert_int_equal(sched_stats(world->sched).alive, 0);
    assert_true(sched_stats(world->sched).alive_most >= 10000);
}

static void sleeper_a(void *arg)
{
    struct world *world = arg;
    struct err err = ERR_INIT;

    (void)fiber_sleep_ms(world->sched, 20, &err);
    note(world, 'a');
}

static void sleeper_b(void *arg)
{
    struct world *world = arg;
    struct err err = ERR_INIT;

    (void)fiber_sleep_ms(world->sched, 10, &err);
    note(world, 'b');
    fiber_yield(world->sched);
    note(world, 'c');
}

static void join_both(void *arg)
{
    struct world *world = arg;
    struct fiber *a = fiber_spawn_joinable(world->sched, "a", sleeper_a, world);
    struct fiber *b = fiber_spawn_joinable(world->sched, "b", sleeper_b, world);

    fiber_join(a);
    fiber_join(b);
    note(world, '.');
}

static void test_join_waits_for_the_end(void **state)
{
    struct world *world = *state;

    sched_run(world->sched, join_both, world);
    assert_string_equal(world->order, "bca.");
}

/* --- Semaphores, groups, channels
 * ----------------------------------------------------------------- */

static void hold_sem(void *arg)
{
    struct world *world = arg;
    struct err err = ERR_INIT;

    assert_int_equal(fiber_sem_acquire(&world->sem, &err), 0);
    if (++world->counter > world->most)
        world->most = world->counter;
    (void)fiber_sleep_ms(world->sched, 5, &err);
    world->counter--;
    fiber_sem_release(&world->sem);
}

static void many_hold(void *arg)
{
    struct world *world = arg;
    struct fiber_group group;

    fiber_sem_init(&world->sem, world->sched, 3);
    fiber_group_init(&group, world->sched, 50);
    for (int i = 0; i < 50; i++)
        fiber_group_spawn(&group, "holder", hold_sem, world);
    fiber_group_wait(&group);
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

static void group_of_four(void *arg)
{
    struct world *world = arg;
    struct fiber_group group;

    fiber_group_init(&group, world->sched, 4);
    for (int i = 0; i < 20; i++)
        fiber_group_spawn(&group, "sleeper", sleep_ten, world);
    fiber_group_wait(&group);
    note(world, '.');
}

static void test_group_keeps_its_limit(void **state)
{
    struct world *world = *state;

    sched_run(world->sched, group_of_four, world);
    assert_int_equal(world->most, 4);
    assert_string_equal(world->order, ".");
}

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
    struct world *world = arg;
    static char letters[] = "xyz";
    struct err err = ERR_INIT;

    world->chan = fiber_chan_new(world->sched, 1);
    fiber_spawn(world->sched, "receiver", receive_all, world);
    for (char *at = letters; *at != '\0'; at++)
        assert_int_equal(fiber_chan_send(world->chan, at, &err), 0);
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

/* --- Stop
 * ------------------------------------------------------------------------------------------ */

static void sleep_long(void *arg)
{
    struct world *world = arg;

    assert_int_equal(fiber_sleep_ms(world->sched, 3600 * 1000, &world->err), -1);
    note(world, 's');
}

static void wait_for_sem(void *arg)
{
    struct world *world = arg;
    struct err err = ERR_INIT;

    assert_int_equal(fiber_sem_acquire(&world->sem, &err), -1);
    assert_int_equal(err.code, ERR_CANCELLED);
    note(world, 'w');
}

static void stop_them(void *arg)
{
    struct world *world = arg;
    struct err err = ERR_INIT;

    fiber_sem_init(&world->sem, world->sched, 0);
    fiber_spawn(world->sched, "sleeper", sleep_long, world);
    fiber_spawn(world->sched, "waiter", wait_for_sem, world);
    (void)fiber_sleep_ms(world->sched, 1, &err);
    sched_stop(world->sched);
}

static void test_stop_ends_every_wait(void **state)
{
    struct world *world = *state;

    sched_run(world->sched, stop_them, world);
    assert_int_equal(world->err.code, ERR_CANCELLED);
    assert_int_equal(strlen(world->order), 2);
    assert_int_equal(env_mono_us(&world->env), 1000);
    assert_null(world->sem.first);
    assert_null(world->sem.last);
}

/* --- I/O
 * -------------------------------------------------------------------------------------------- */

static void write_later(void *arg)
{
    struct world *world = arg;

    fiber_yield(world->sched);
    assert_int_equal(write(world->fds[1], "x", 1), 1);
}

static void wait_for_pipe(void *arg)
{
    struct world *world = arg;
    struct err err = ERR_INIT;
    int ready = 0;

    fiber_spawn(world->sched, "writer", write_later, world);
    assert_int_equal(fiber_wait_fd(world->sched, world->fds[0], FIBER_READ, -1, &ready, &err), 0);
    assert_int_equal(ready, FIBER_READ);
    note(world, 'r');
}

static void test_wait_for_a_file_descriptor(void **state)
{
    struct world *world = *state;

    assert_int_equal(pipe(world->fds), 0);
    sched_run(world->sched, wait_for_pipe, world);
    assert_string_equal(world->order, "r");
    (void)close(world->fds[0]);
    (void)close(world->fds[1]);
}

static void wait_in_vain(void *arg)
{
    struct world *world = arg;
    struct err err = ERR_INIT;
    int ready = 1;

    assert_int_equal(fiber_wait_fd(world->sched, world->fds[0], FIBER_READ, 50, &ready, &err), 0);
    assert_int_equal(ready, 0);
    note(world, 't');
}

static void test_waiting_for_a_file_descriptor_times_out(void **state)
{
    struct world *world = *state;

    assert_int_equal(pipe(world->fds), 0);
    sched_run(world->sched, wait_in_vain, world);
    assert_string_equal(world->order, "t");
    (void)close(world->fds[0]);
    (void)close(world->fds[1]);
}

/* --- What must end the process
 * ----------------------------------------------------------------------- */

static void park_forever(void *arg)
{
    struct world *world = arg;

    fiber_park(world->sched, "in vain");
}

static int child_signal(fiber_fn fn, struct world *world)
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        (void)close(STDERR_FILENO);
        sched_run(world->sched, fn, world);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void test_deadlock_aborts(void **state)
{
    int status = child_signal(park_forever, *state);

    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

/* The volatile writes keep the compiler from turning the recursion into a loop. */
static int overrun(volatile char *from, int depth)
{
    volatile char frame[4096];

    frame[0] = from[0];
    frame[4095] = (char)depth;
    return depth > 1 << 20 ? frame[0] : overrun(frame, depth + 1) + frame[4095];
}

static void overrun_stack(void *arg)
{
    volatile char first = 'x';

    (void)arg;
    (void)overrun(&first, 0);
}

static void test_stack_overrun_faults_at_the_guard_page(void **state)
{
    int status = child_signal(overrun_stack, *state);

    /* A fault, or ASan's report of one. */
    assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_ten_thousand_sleepers_take_no_time, setup, teardown),
        cmocka_unit_test_setup_teardown(test_join_waits_for_the_end, setup, teardown),
        cmocka_unit_test_setup_teardown(test_semaphore_lets_in_as_many_as_it_counts, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_group_keeps_its_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_channel_gives_all_before_it_ends, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stop_ends_every_wait, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wait_for_a_file_descriptor, setup, teardown),
        cmocka_unit_test_setup_teardown(test_waiting_for_a_file_descriptor_times_out, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_deadlock_aborts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stack_overrun_faults_at_the_guard_page, setup,
                                        teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
