#include "world.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

/* --- fiber_wait_fd -------------------------------------------------------------------------------
 */

static void write_later(void *arg)
{
    struct world *world = arg;

    fiber_yield(world->sched);
    assert_int_equal(write(world->fds[1], "x", 1), 1);
}

static void wait_for_pipe(void *arg)
{
    struct world *world = arg;
    int ready = 0;

    fiber_spawn(world->sched, "writer", write_later, world);
    assert_int_equal(
        fiber_wait_fd(world->sched, world->fds[0], FIBER_READ, -1, &ready, &world->err), 0);
    assert_int_equal(ready, FIBER_READ);
    note(world, 'r');
}

static void test_wait_ends_when_ready(void **state)
{
    struct world *world = *state;

    assert_int_equal(pipe(world->fds), 0);
    sched_run(world->sched, wait_for_pipe, world);
    assert_string_equal(world->order, "r");
}

static void wait_in_vain(void *arg)
{
    struct world *world = arg;
    int ready = 1;

    assert_int_equal(
        fiber_wait_fd(world->sched, world->fds[0], FIBER_READ, 50, &ready, &world->err), 0);
    assert_int_equal(ready, 0);
    note(world, 't');
}

static void test_wait_times_out(void **state)
{
    struct world *world = *state;

    assert_int_equal(pipe(world->fds), 0);
    sched_run(world->sched, wait_in_vain, world);
    assert_string_equal(world->order, "t");
    assert_true(env_mono_us(&world->env) >= 50 * 1000);
}

static void wait_readable(void *arg)
{
    struct world *world = arg;
    int ready = 0;

    assert_int_equal(
        fiber_wait_fd(world->sched, world->fds[0], FIBER_READ, 1000, &ready, &world->err), 0);
    assert_int_equal(ready, FIBER_READ);
    note(world, 'r');
}

static void test_wait_ends_when_the_other_side_closes(void **state)
{
    struct world *world = *state;

    assert_int_equal(pipe(world->fds), 0);
    (void)close(world->fds[1]);
    world->fds[1] = -1;
    sched_run(world->sched, wait_readable, world);
    assert_string_equal(world->order, "r");
}

static void wait_after_stray_wake(void *arg)
{
    struct world *world = arg;

    fiber_wake(fiber_current(world->sched)); /* meant for something else */
    wait_in_vain(world);
}

static void test_stray_wake_is_no_time_out(void **state)
{
    struct world *world = *state;

    assert_int_equal(pipe(world->fds), 0);
    sched_run(world->sched, wait_after_stray_wake, world);
    assert_int_equal(env_mono_us(&world->env), 50 * 1000);
}

static void wait_to_be_stopped(void *arg)
{
    struct world *world = arg;
    int ready = 7;

    assert_int_equal(
        fiber_wait_fd(world->sched, world->fds[0], FIBER_READ, -1, &ready, &world->err), -1);
    assert_int_equal(ready, 7);
}

static void stop_later(void *arg)
{
    struct world *world = arg;
    struct err err = ERR_INIT;

    fiber_spawn(world->sched, "waiter", wait_to_be_stopped, world);
    assert_int_equal(fiber_sleep_ms(world->sched, 1, &err), 0);
    sched_stop(world->sched);
}

static void test_stop_cancels_the_wait(void **state)
{
    struct world *world = *state;

    assert_int_equal(pipe(world->fds), 0);
    sched_run(world->sched, stop_later, world);
    assert_int_equal(world->err.code, ERR_CANCELLED);
}

static void wait_for_bad(void *arg)
{
    struct world *world = arg;
    int ready;

    assert_int_equal(fiber_wait_fd(world->sched, -1, FIBER_READ, -1, &ready, &world->err), -1);
    assert_int_equal(world->err.code, ERR_IO);
    err_clear(&world->err);
    /* A regular file is always ready, and epoll refuses it. */
    assert_int_equal(
        fiber_wait_fd(world->sched, world->fds[0], FIBER_READ, -1, &ready, &world->err), -1);
    assert_int_equal(world->err.code, ERR_IO);
}

static void test_what_cannot_be_watched_is_an_error(void **state)
{
    struct world *world = *state;
    FILE *file = tmpfile();

    assert_non_null(file);
    world->fds[0] = dup(fileno(file));
    (void)fclose(file);
    sched_run(world->sched, wait_for_bad, world);
}

/* --- Watches -------------------------------------------------------------------------------------
 */

static void on_ready(void *arg, int fd, int ready)
{
    struct world *world = arg;
    struct err err = ERR_INIT;
    char byte;

    assert_null(fiber_current(world->sched));
    assert_int_equal(ready, FIBER_READ);
    assert_int_equal(read(fd, &byte, 1), 1);
    note(world, byte);
    if (byte == '.') {
        assert_int_equal(sched_watch(world->sched, fd, 0, NULL, NULL, &err), 0);
        fiber_wake(world->fiber);
    }
}

static void on_ready_wrong(void *arg, int fd, int ready)
{
    (void)fd;
    (void)ready;
    note(arg, '!');
}

static void watch_pipe(void *arg)
{
    struct world *world = arg;

    world->fiber = fiber_current(world->sched);
    assert_int_equal(
        sched_watch(world->sched, world->fds[0], FIBER_READ, on_ready_wrong, world, &world->err),
        0);
    assert_int_equal(
        sched_watch(world->sched, world->fds[0], FIBER_READ, on_ready, world, &world->err), 0);
    assert_int_equal(write(world->fds[1], "abc.", 4), 4);
    fiber_park(world->sched, "the watch");
    note(world, '|');
}

static void test_watch_is_called_until_removed(void **state)
{
    struct world *world = *state;

    assert_int_equal(pipe(world->fds), 0);
    sched_run(world->sched, watch_pipe, world);
    assert_string_equal(world->order, "abc.|");
    assert_int_equal(sched_watch(world->sched, world->fds[0], 0, NULL, NULL, &world->err),
                     0); /* again */
}

static void watch_and_end(void *arg)
{
    struct world *world = arg;

    assert_int_equal(
        sched_watch(world->sched, world->fds[0], FIBER_READ, on_ready, world, &world->err), 0);
}

static void test_watch_alone_does_not_keep_the_run_alive(void **state)
{
    struct world *world = *state;

    assert_int_equal(pipe(world->fds), 0);
    sched_run(world->sched, watch_and_end, world);
    assert_string_equal(world->order, "");
}

static void sleep_beside_watch(void *arg)
{
    struct world *world = arg;

    watch_and_end(world);
    assert_int_equal(fiber_sleep_ms(world->sched, 3600 * 1000, &world->err), 0);
    assert_int_equal(sched_watch(world->sched, world->fds[0], 0, NULL, NULL, &world->err), 0);
}

/* A rehearsal watches for signals all the time. */
static void test_virtual_time_passes_beside_a_quiet_watch(void **state)
{
    struct world *world = *state;

    assert_int_equal(pipe(world->fds), 0);
    sched_run(world->sched, sleep_beside_watch, world);
    assert_true(env_mono_us(&world->env) == INT64_C(3600) * 1000 * 1000);
}

static void reuse_closed(void *arg)
{
    struct world *world = arg;
    int old = world->fds[0];

    watch_and_end(world);
    (void)close(world->fds[0]);
    (void)close(world->fds[1]);
    assert_int_equal(pipe(world->fds), 0);
    assert_int_equal(world->fds[0], old); /* the number, with another pipe behind it */
    watch_pipe(world);
}

static void test_closed_number_can_be_watched_again(void **state)
{
    struct world *world = *state;

    assert_int_equal(pipe(world->fds), 0);
    sched_run(world->sched, reuse_closed, world);
    assert_string_equal(world->order, "abc.|");
}

/* --- Timers --------------------------------------------------------------------------------------
 */

static void tick(void *arg)
{
    struct world *world = arg;

    world->counter++;
    world->timer = sched_timer_start(world->sched, 0, tick, world);
}

static void sit_beside_ticks(void *arg)
{
    struct world *world = arg;

    world->timer = sched_timer_start(world->sched, 0, tick, world);
    for (int i = 0; i < 3; i++)
        fiber_yield(world->sched);
    sched_timer_cancel(world->sched, world->timer);
    note(world, 'f');
}

/* Without turns it would hang and not come here. */
static void test_timer_that_restarts_itself_starves_nobody(void **state)
{
    struct world *world = *state;

    sched_run(world->sched, sit_beside_ticks, world);
    assert_string_equal(world->order, "f");
    assert_in_range(world->counter, 1, 4);
}

static void count_up(void *arg)
{
    ((struct world *)arg)->counter++;
}

static void start_and_cancel(void *arg)
{
    struct world *world = arg;
    struct sched_timer *never = sched_timer_start(world->sched, 5, count_up, world);

    (void)sched_timer_start(world->sched, 10, count_up, world);
    (void)sched_timer_start(world->sched, INT64_MAX, count_up, world); /* freed with the rest */
    (void)sched_timer_start(world->sched, INT64_MIN, count_up, world); /* at once */
    sched_timer_cancel(world->sched, never);
    assert_int_equal(fiber_sleep_ms(world->sched, 20, &world->err), 0);
}

static void test_timer_fires_once_unless_cancelled(void **state)
{
    struct world *world = *state;

    sched_run(world->sched, start_and_cancel, world);
    assert_int_equal(world->counter, 2);
}

/* --- Many ----------------------------------------------------------------------------------------
 */

struct pipes {
    struct world *world;
    int (*fds)[2];
    int count;
};

struct reader {
    struct pipes *pipes;
    int index;
};

static void read_one(void *arg)
{
    struct reader *reader = arg;
    struct world *world = reader->pipes->world;
    int fd = reader->pipes->fds[reader->index][0];
    struct err err = ERR_INIT;
    int ready = 0;
    char byte;

    assert_int_equal(fiber_wait_fd(world->sched, fd, FIBER_READ, 60000, &ready, &err), 0);
    assert_int_equal(ready, FIBER_READ);
    assert_int_equal(read(fd, &byte, 1), 1);
    assert_int_equal((unsigned char)byte, reader->index % 256);
    world->counter++;
}

static void read_many(void *arg)
{
    struct pipes *pipes = arg;
    struct world *world = pipes->world;
    struct reader *readers = calloc((size_t)pipes->count, sizeof *readers);
    struct fiber_group group;

    fiber_group_init(&group, world->sched, (size_t)pipes->count);
    for (int i = 0; i < pipes->count; i++) {
        readers[i] = (struct reader){pipes, i};
        fiber_group_spawn(&group, "reader", read_one, &readers[i]);
    }
    assert_int_equal(fiber_sleep_ms(world->sched, 1, &world->err), 0);
    for (int i = pipes->count - 1; i >= 0; i--) {
        char byte = (char)(i % 256);

        assert_int_equal(write(pipes->fds[i][1], &byte, 1), 1);
    }
    fiber_group_wait(&group);
    free(readers);
}

static void test_two_thousand_pipes(void **state)
{
    struct pipes pipes = {.world = *state, .count = 2000};
    struct rlimit limit, more;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    more = limit;
    more.rlim_cur = more.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &more), 0);
    if (more.rlim_cur < 4096)
        pipes.count = (int)(more.rlim_cur - 64) / 2;
    pipes.fds = calloc((size_t)pipes.count, sizeof *pipes.fds);
    for (int i = 0; i < pipes.count; i++)
        assert_int_equal(pipe(pipes.fds[i]), 0);
    sched_run(pipes.world->sched, read_many, &pipes);
    assert_int_equal(pipes.world->counter, pipes.count);
    for (int i = 0; i < pipes.count; i++) {
        (void)close(pipes.fds[i][0]);
        (void)close(pipes.fds[i][1]);
    }
    free(pipes.fds);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_wait_ends_when_ready),
        REAL_WORLD_TEST(test_wait_ends_when_ready),
        WORLD_TEST(test_wait_times_out),
        WORLD_TEST(test_wait_ends_when_the_other_side_closes),
        WORLD_TEST(test_stray_wake_is_no_time_out),
        WORLD_TEST(test_stop_cancels_the_wait),
        WORLD_TEST(test_what_cannot_be_watched_is_an_error),
        WORLD_TEST(test_watch_is_called_until_removed),
        WORLD_TEST(test_watch_alone_does_not_keep_the_run_alive),
        WORLD_TEST(test_virtual_time_passes_beside_a_quiet_watch),
        WORLD_TEST(test_closed_number_can_be_watched_again),
        WORLD_TEST(test_timer_that_restarts_itself_starves_nobody),
        WORLD_TEST(test_timer_fires_once_unless_cancelled),
        REAL_WORLD_TEST(test_two_thousand_pipes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
