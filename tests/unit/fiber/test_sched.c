#include "child.h"
#include "world.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* --- Sleep and the clocks ------------------------------------------------------------------------
 */

static void sleep_ten_seconds(void *arg)
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
        fiber_spawn(world->sched, "sleeper", sleep_ten_seconds, world);
}

static void test_ten_thousand_sleepers_take_no_time(void **state)
{
    struct world *world = *state;

    sched_run(world->sched, spawn_ten_thousand, world);
    assert_int_equal(world->most, 10000);
    assert_int_equal(world->counter, 0);
    assert_int_equal(env_mono_us(&world->env), 10000 * 1000);
    assert_int_equal(sched_stats(world->sched).alive, 0);
    assert_int_equal(sched_stats(world->sched).alive_most, 10001);
    assert_int_equal(sched_stats(world->sched).switches, 2 * 10000 + 1);
}

static void sleep_a_little(void *arg)
{
    struct world *world = arg;
    struct err err = ERR_INIT;

    for (int ms = 0; ms < 3; ms++) {
        int64_t before_us = env_mono_us(&world->env);

        assert_int_equal(fiber_sleep_ms(world->sched, ms, &err), 0);
        assert_true(env_mono_us(&world->env) - before_us >= ms * 1000); /* never early */
    }
    world->counter++;
}

static void spawn_two_thousand(void *arg)
{
    struct world *world = arg;

    for (int i = 0; i < 2000; i++)
        fiber_spawn(world->sched, "sleeper", sleep_a_little, world);
}

static void test_two_thousand_sleepers_on_the_real_clock(void **state)
{
    struct world *world = *state;

    sched_run(world->sched, spawn_two_thousand, world);
    assert_int_equal(world->counter, 2000);
}

static void run_again_inside(void *arg)
{
    note(arg, 'r');
}

static void test_a_scheduler_runs_again(void **state)
{
    struct world *world = *state;

    for (int i = 0; i < 3; i++)
        sched_run(world->sched, run_again_inside, world);
    sched_run(world->sched, spawn_ten_thousand, world); /* on pooled stacks, too */
    assert_string_equal(world->order, "rrr");
    assert_int_equal(world->most, 10000);
}

/* --- Order and joining ---------------------------------------------------------------------------
 */

static void sleeper_a(void *arg)
{
    struct world *world = arg;
    struct err err = ERR_INIT;

    assert_int_equal(fiber_sleep_ms(world->sched, 20, &err), 0);
    note(world, 'a');
}

static void sleeper_b(void *arg)
{
    struct world *world = arg;
    struct err err = ERR_INIT;

    assert_int_equal(fiber_sleep_ms(world->sched, 10, &err), 0);
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
    note(world, '.');
    fiber_join(b); /* which ended long ago */
    note(world, '.');
}

static void test_join_waits_for_the_end(void **state)
{
    struct world *world = *state;

    sched_run(world->sched, join_both, world);
    assert_string_equal(world->order, "bca..");
}

static void say_twice(void *arg)
{
    struct world *world = arg;
    char c = (char)('a' + world->counter++);

    note(world, c);
    fiber_yield(world->sched);
    note(world, c);
}

static void spawn_three(void *arg)
{
    struct world *world = arg;

    for (int i = 0; i < 3; i++)
        fiber_spawn(world->sched, "speaker", say_twice, world);
    assert_string_equal(world->order, ""); /* they run when we yield */
    assert_ptr_equal(sched_env(world->sched), &world->env);
    assert_non_null(fiber_current(world->sched));
}

static void test_fibers_take_turns(void **state)
{
    struct world *world = *state;

    assert_null(fiber_current(world->sched));
    sched_run(world->sched, spawn_three, world);
    assert_string_equal(world->order, "abcabc");
    assert_null(fiber_current(world->sched));
}

/* --- Parking -------------------------------------------------------------------------------------
 */

static void park_and_wake(void *arg)
{
    struct world *world = arg;
    struct fiber *self = fiber_current(world->sched);

    fiber_wake(self);
    fiber_wake(self);
    fiber_park(world->sched, "remembered"); /* else a deadlock */
    note(world, '1');
    assert_false(fiber_park_for(world->sched, 5, "remembered once"));
    note(world, '2');
}

static void test_early_wake_is_remembered_once(void **state)
{
    struct world *world = *state;

    sched_run(world->sched, park_and_wake, world);
    assert_string_equal(world->order, "12");
    assert_int_equal(env_mono_us(&world->env), 5000);
}

static void wake_it(void *arg)
{
    struct world *world = arg;

    fiber_wake(world->fiber);
}

/* Both are due at 5 ms.  The sleep's own deadline was started first, so that the wake finds a fiber
 * that is ready but has not run. */
static void wake_at_five(void *arg)
{
    struct world *world = arg;
    struct err err = ERR_INIT;

    (void)sched_timer_start(world->sched, 5, wake_it, world);
    assert_int_equal(fiber_sleep_ms(world->sched, 1, &err), 0);
}

static void sleep_then_park(void *arg)
{
    struct world *world = arg;
    struct err err = ERR_INIT;

    world->fiber = fiber_current(world->sched);
    fiber_spawn(world->sched, "waker", wake_at_five, world);
    assert_int_equal(fiber_sleep_ms(world->sched, 5, &err), 0);
    assert_false(fiber_park_for(world->sched, 50, "nothing"));
}

static void test_wake_behind_a_deadline_ends_no_later_park(void **state)
{
    struct world *world = *state;

    sched_run(world->sched, sleep_then_park, world);
    assert_int_equal(env_mono_us(&world->env), 55 * 1000);
}

static void park_until_woken(void *arg)
{
    struct world *world = arg;

    world->fiber = fiber_current(world->sched);
    (void)sched_timer_start(world->sched, 5, wake_it, world);
    assert_true(fiber_park_for(world->sched, 50, "the wake"));
    assert_int_equal(env_mono_us(&world->env), 5000);
    (void)sched_timer_start(world->sched, 5, wake_it, world);
    assert_true(fiber_park_for(world->sched, -1, "the wake"));
}

static void test_park_says_whether_it_was_woken(void **state)
{
    struct world *world = *state;

    sched_run(world->sched, park_until_woken, world);
    assert_int_equal(env_mono_us(&world->env), 10 * 1000);
}

/* --- Stop ----------------------------------------------------------------------------------------
 */

static void sleep_for_ever(void *arg)
{
    struct world *world = arg;

    assert_int_equal(fiber_sleep_ms(world->sched, INT64_MAX, &world->err), -1);
    note(world, 's');
}

static void park_through(void *arg)
{
    struct world *world = arg;

    world->fiber = fiber_current(world->sched);
    fiber_park(world->sched, "a wake and nothing else");
    note(world, 'p');
}

static void stop_them(void *arg)
{
    struct world *world = arg;
    struct err err = ERR_INIT;

    fiber_spawn(world->sched, "sleeper", sleep_for_ever, world);
    fiber_spawn(world->sched, "parked", park_through, world);
    assert_int_equal(fiber_sleep_ms(world->sched, 1, &err), 0);
    assert_false(sched_stopping(world->sched));
    sched_stop(world->sched);
    assert_true(sched_stopping(world->sched));
    fiber_yield(world->sched);
    assert_string_equal(world->order, "s"); /* the park goes on */
    assert_int_equal(fiber_sleep_ms(world->sched, 1, &err), -1);
    assert_int_equal(err.code, ERR_CANCELLED);
    assert_false(fiber_park_for(world->sched, -1, "nothing"));
    fiber_wake(world->fiber);
}

static void test_stop_ends_what_may_be_interrupted(void **state)
{
    struct world *world = *state;

    sched_run(world->sched, stop_them, world);
    assert_int_equal(world->err.code, ERR_CANCELLED);
    assert_string_equal(world->order, "sp");
    assert_int_equal(env_mono_us(&world->env), 1000);
}

static void stop_it(void *arg)
{
    struct world *world = arg;

    sched_stop(world->sched);
}

static void stop_by_timer(void *arg)
{
    struct world *world = arg;

    (void)sched_timer_start(world->sched, 7, stop_it, world);
    sleep_for_ever(world);
}

static void test_a_timer_may_stop_the_run_for_good(void **state)
{
    struct world *world = *state;

    sched_run(world->sched, stop_by_timer, world);
    assert_int_equal(env_mono_us(&world->env), 7000);
    sched_run(world->sched, sleep_for_ever, world);
    assert_string_equal(world->order, "ss");
    assert_int_equal(env_mono_us(&world->env), 7000);
}

/* --- What must end the process -------------------------------------------------------------------
 */

struct ending {
    struct world *world;
    fiber_fn fn;
};

static void run_ending(void *arg)
{
    const struct ending *ending = arg;

    sched_run(ending->world->sched, ending->fn, ending->world);
}

static void wait_for_nobody(void *arg)
{
    struct world *world = arg;
    struct err err = ERR_INIT;

    fiber_sem_init(&world->sem, world->sched, 0);
    (void)fiber_sem_acquire(&world->sem, &err);
}

static void wait_for_each_other(void *arg)
{
    struct world *world = arg;

    fiber_join(fiber_spawn_joinable(world->sched, "stuck", wait_for_nobody, world));
}

static void test_deadlock_names_the_waits_and_aborts(void **state)
{
    struct ending ending = {*state, wait_for_each_other};
    struct world *world = *state;
    char said[1024] = "";
    int status;

    assert_int_equal(pipe(world->fds), 0);
    status = child_run(run_ending, &ending, world->fds[1]);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    assert_true(read(world->fds[0], said, sizeof said - 1) > 0);
    assert_non_null(strstr(said, "2 fibers wait for each other"));
    assert_non_null(strstr(said, "stuck: semaphore"));
    assert_non_null(strstr(said, "main: join"));
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
    struct ending ending = {*state, overrun_stack};

    assert_true(child_crashed(child_run(run_ending, &ending, -1)));
}

static void run_nothing(void *arg)
{
    (void)arg;
}

static void test_the_same_without_a_fault_survives(void **state)
{
    struct ending ending = {*state, run_nothing};

    assert_int_equal(WEXITSTATUS(child_run(run_ending, &ending, -1)), CHILD_SURVIVED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_ten_thousand_sleepers_take_no_time),
        REAL_WORLD_TEST(test_two_thousand_sleepers_on_the_real_clock),
        WORLD_TEST(test_a_scheduler_runs_again),
        WORLD_TEST(test_join_waits_for_the_end),
        WORLD_TEST(test_fibers_take_turns),
        WORLD_TEST(test_early_wake_is_remembered_once),
        WORLD_TEST(test_wake_behind_a_deadline_ends_no_later_park),
        WORLD_TEST(test_park_says_whether_it_was_woken),
        WORLD_TEST(test_stop_ends_what_may_be_interrupted),
        WORLD_TEST(test_a_timer_may_stop_the_run_for_good),
        WORLD_TEST(test_deadlock_names_the_waits_and_aborts),
        WORLD_TEST(test_stack_overrun_faults_at_the_guard_page),
        WORLD_TEST(test_the_same_without_a_fault_survives),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
