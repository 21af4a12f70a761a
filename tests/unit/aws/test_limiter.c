/* The limiter under a virtual clock: what it lets through, and when. */
#include "call_priv.h"

#include "plinth/base/env.h"
#include "plinth/fiber/fiber.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { ACCOUNTS = 5000 };

struct world {
    struct env env;
    struct sched *sched;
    struct limiter *limiter;
    enum aws_op op;
    int taken, cancelled, next;
};

static int setup_at(void **state, const char *url)
{
    const struct aws_endpoints endpoints = {.url = url};
    struct world *world = test_calloc(1, sizeof *world);
    struct err err = ERR_INIT;

    world->env = (struct env){.clock = clock_virtual_new(0), .rng = rng_system()};
    world->sched = sched_new(&world->env, &err);
    world->limiter = limiter_new(world->sched, &endpoints);
    world->op = AWS_ORGANIZATIONS_LIST_ROOTS;
    *state = world;
    return world->sched == NULL;
}

static int setup(void **state)
{
    return setup_at(state, NULL);
}

static int setup_sandbox(void **state)
{
    return setup_at(state, "http://127.0.0.1:4566");
}

static int teardown(void **state)
{
    struct world *world = *state;

    limiter_free(world->limiter);
    sched_free(world->sched);
    clock_virtual_free(world->env.clock);
    test_free(world);
    return 0;
}

static int64_t now_ms(const struct world *world)
{
    return env_mono_us(&world->env) / 1000;
}

static void take(struct world *world, int count)
{
    struct err err = ERR_INIT;

    for (int i = 0; i < count; i++)
        assert_int_equal(limiter_take(world->limiter, world->op, "1", "us-east-1", &err), 0);
}

/* --- Rates --- */

/* Organizations: 60 at once, then 20 a second. */
static void burst_and_rate(void *arg)
{
    struct world *world = arg;

    take(world, 60);
    assert_int_equal(now_ms(world), 0);
    take(world, 20);
    assert_in_range(now_ms(world), 950, 1050);
}

/* A write draws from the shared bucket and from that of the writes: 20, then 5 a second. */
static void writes_are_slower(void *arg)
{
    struct world *world = arg;

    world->op = AWS_ORGANIZATIONS_MOVE_ACCOUNT;
    take(world, 20);
    assert_int_equal(now_ms(world), 0);
    take(world, 10);
    assert_in_range(now_ms(world), 1950, 2050);
    world->op = AWS_ORGANIZATIONS_LIST_ROOTS;
    take(world, 60);
    assert_in_range(now_ms(world), 1950, 2100); /* reads did not wait behind the writes */
}

/* Creations have a bucket of their own: 5, then 1 a second. */
static void named_operations(void *arg)
{
    struct world *world = arg;

    world->op = AWS_ORGANIZATIONS_CREATE_ACCOUNT;
    take(world, 8);
    assert_in_range(now_ms(world), 2950, 3050);
}

static void buckets_are_apart(void *arg)
{
    struct world *world = arg;
    struct err err = ERR_INIT;

    world->op = AWS_GUARDDUTY_LIST_DETECTORS;
    take(world, 50);
    assert_int_equal(limiter_take(world->limiter, world->op, "2", "us-east-1", &err), 0);
    assert_int_equal(limiter_take(world->limiter, world->op, "1", "eu-west-1", &err), 0);
    assert_int_equal(limiter_take(world->limiter, AWS_S3_LIST_BUCKETS, "1", "us-east-1", &err), 0);
    assert_int_equal(now_ms(world), 0);
    assert_int_equal(limiter_buckets(world->limiter), 4);
}

static void organizations_are_one(void *arg)
{
    struct world *world = arg;
    struct err err = ERR_INIT;

    take(world, 60);
    assert_int_equal(limiter_take(world->limiter, world->op, "", "us-east-1", &err), 0);
    assert_in_range(now_ms(world), 45, 55);
    assert_int_equal(limiter_buckets(world->limiter), 1);
}

static void test_organizations_are_one(void **state)
{
    sched_run(((struct world *)*state)->sched, organizations_are_one, *state);
}

static void test_burst_and_rate(void **state)
{
    sched_run(((struct world *)*state)->sched, burst_and_rate, *state);
}

static void test_writes_are_slower(void **state)
{
    sched_run(((struct world *)*state)->sched, writes_are_slower, *state);
}

static void test_named_operations(void **state)
{
    sched_run(((struct world *)*state)->sched, named_operations, *state);
}

static void test_buckets_are_apart(void **state)
{
    sched_run(((struct world *)*state)->sched, buckets_are_apart, *state);
}

/* --- Learning --- */

static void slow_down(struct world *world, int64_t sent_us)
{
    limiter_slow_down(world->limiter, world->op, "1", "us-east-1", sent_us);
}

/* 0.7 of 20 a second, from an empty bucket; the rate recovers a little meanwhile. */
static void throttling_slows_down(void *arg)
{
    struct world *world = arg;
    int64_t before;

    slow_down(world, env_mono_us(&world->env));
    before = now_ms(world);
    take(world, 14);
    assert_in_range(now_ms(world) - before, 950, 1050);
}

/* All requests of one burst come back throttled: one sign. */
static void one_burst_is_one_sign(void *arg)
{
    struct world *world = arg;
    int64_t before;

    for (int i = 0; i < 50; i++)
        slow_down(world, 0);
    before = now_ms(world);
    take(world, 14);
    assert_in_range(now_ms(world) - before, 950, 1050);
}

static void recovery_and_floor(void *arg)
{
    struct world *world = arg;
    struct err err = ERR_INIT;
    int64_t before;

    for (int i = 0; i < 50; i++) {
        assert_int_equal(fiber_sleep_ms(world->sched, 1, &err), 0);
        slow_down(world, env_mono_us(&world->env));
    }
    before = now_ms(world);
    take(world, 1);
    assert_in_range(now_ms(world) - before, 500, 1050); /* a twentieth of 20 a second, at least */

    assert_int_equal(fiber_sleep_ms(world->sched, 120 * 1000, &err), 0);
    take(world, 60);
    before = now_ms(world);
    take(world, 20);
    assert_in_range(now_ms(world) - before, 950, 1050);
}

/* What throttles writes must not slow reads. */
static void writes_learn_alone(void *arg)
{
    struct world *world = arg;

    world->op = AWS_ORGANIZATIONS_MOVE_ACCOUNT;
    slow_down(world, env_mono_us(&world->env));
    world->op = AWS_ORGANIZATIONS_LIST_ROOTS;
    take(world, 60);
    assert_int_equal(now_ms(world), 0);
}

/* A sandbox has no rates until it throttles; then it has AWS's, and keeps them. */
static void sandboxes_are_open(void *arg)
{
    struct world *world = arg;
    struct err err = ERR_INIT;
    int64_t before;

    take(world, 10 * 1000);
    assert_int_equal(now_ms(world), 0);
    slow_down(world, 0);
    take(world, 14);
    assert_in_range(now_ms(world), 950, 1050);
    assert_int_equal(fiber_sleep_ms(world->sched, 120 * 1000, &err), 0);
    before = now_ms(world);
    take(world, 80);
    assert_in_range(now_ms(world) - before, 950, 1050);
}

static void test_sandboxes_are_open(void **state)
{
    sched_run(((struct world *)*state)->sched, sandboxes_are_open, *state);
}

static void test_throttling_slows_down(void **state)
{
    sched_run(((struct world *)*state)->sched, throttling_slows_down, *state);
}

static void test_one_burst_is_one_sign(void **state)
{
    sched_run(((struct world *)*state)->sched, one_burst_is_one_sign, *state);
}

static void test_recovery_and_floor(void **state)
{
    sched_run(((struct world *)*state)->sched, recovery_and_floor, *state);
}

static void test_writes_learn_alone(void **state)
{
    sched_run(((struct world *)*state)->sched, writes_learn_alone, *state);
}

/* --- Waiting --- */

struct waiter {
    struct world *world;
    int number;
};

static void wait_in_line(void *arg)
{
    struct waiter *waiter = arg;
    struct world *world = waiter->world;
    struct err err = ERR_INIT;

    if (limiter_take(world->limiter, world->op, "1", "us-east-1", &err) != 0) {
        assert_int_equal(err.code, ERR_CANCELLED);
        world->cancelled++;
        return;
    }
    assert_int_equal(waiter->number, world->next++);
    world->taken++;
}

static void in_order(void *arg)
{
    struct world *world = arg;
    struct waiter waiters[30];
    struct fiber *fibers[30];

    take(world, 60);
    for (int i = 0; i < 30; i++) {
        waiters[i] = (struct waiter){world, i};
        fibers[i] = fiber_spawn_joinable(world->sched, "waiter", wait_in_line, &waiters[i]);
    }
    for (int i = 0; i < 30; i++)
        fiber_join(fibers[i]);
    assert_int_equal(world->taken, 30);
}

static void stopped(void *arg)
{
    struct world *world = arg;
    struct waiter waiters[10];
    struct fiber *fibers[10];
    struct err err = ERR_INIT;

    take(world, 60);
    for (int i = 0; i < 10; i++) {
        waiters[i] = (struct waiter){world, i};
        fibers[i] = fiber_spawn_joinable(world->sched, "waiter", wait_in_line, &waiters[i]);
    }
    assert_int_equal(fiber_sleep_ms(world->sched, 120, &err), 0);
    sched_stop(world->sched);
    for (int i = 0; i < 10; i++)
        fiber_join(fibers[i]);
    assert_int_equal(world->taken, 2);
    assert_int_equal(world->cancelled, 8);
}

static void test_waiters_are_served_in_order(void **state)
{
    sched_run(((struct world *)*state)->sched, in_order, *state);
}

static void test_stop_ends_the_waits(void **state)
{
    sched_run(((struct world *)*state)->sched, stopped, *state);
}

/* --- Memory --- */

/* Thousands of accounts, one after the other: full and idle buckets go. */
static void idle_buckets_go(void *arg)
{
    struct world *world = arg;
    struct err err = ERR_INIT;
    char account[16];

    for (int i = 0; i < ACCOUNTS; i++) {
        (void)snprintf(account, sizeof account, "%012d", i);
        assert_int_equal(
            limiter_take(world->limiter, AWS_GUARDDUTY_LIST_DETECTORS, account, "eu-west-1", &err),
            0);
        assert_int_equal(fiber_sleep_ms(world->sched, 100, &err), 0);
    }
    assert_in_range(limiter_buckets(world->limiter), 1, ACCOUNTS / 2);
}

static void test_idle_buckets_go(void **state)
{
    sched_run(((struct world *)*state)->sched, idle_buckets_go, *state);
}

#define LIMITER_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIMITER_TEST(test_burst_and_rate),
        LIMITER_TEST(test_writes_are_slower),
        LIMITER_TEST(test_named_operations),
        LIMITER_TEST(test_buckets_are_apart),
        LIMITER_TEST(test_organizations_are_one),
        LIMITER_TEST(test_throttling_slows_down),
        LIMITER_TEST(test_one_burst_is_one_sign),
        LIMITER_TEST(test_recovery_and_floor),
        LIMITER_TEST(test_writes_learn_alone),
        cmocka_unit_test_setup_teardown(test_sandboxes_are_open, setup_sandbox, teardown),
        LIMITER_TEST(test_waiters_are_served_in_order),
        LIMITER_TEST(test_stop_ends_the_waits),
        LIMITER_TEST(test_idle_buckets_go),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
