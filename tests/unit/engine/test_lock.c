#include "lock_test.h"

#include "plinth/codec/hash.h"

static void sleep_s(struct two *two, int64_t seconds)
{
    struct err err = ERR_INIT;

    assert_int_equal(fiber_sleep_ms(two->world.sched, seconds * 1000, &err), 0);
}

static void one_at_a_time(struct two *two)
{
    struct lock_state state;
    struct err err = ERR_INIT;

    assert_int_equal(lock_check(two->a.lock, &err), -1);
    assert_int_equal(lock_take(two->a.lock, &err), 0);
    sleep_s(two, 300); /* it is kept */
    assert_int_equal(lock_check(two->a.lock, &err), 0);
    assert_int_equal(lock_take(two->b.lock, &err), -1);
    assert_int_equal(err.code, ERR_GATE);
    assert_non_null(strstr(err.text, "role/admin on host-1 since 20"));
    assert_int_equal(two->b.events[LOCK_WAITING], 1);
    lock_release(two->a.lock);
    assert_int_equal(two->a.events[LOCK_RELEASED], 1);
    assert_int_equal(lock_check(two->a.lock, &err), -1);
    assert_int_equal(lock_take(two->b.lock, &err), 0);
    assert_int_equal(two->b.events[LOCK_TAKEN], 1);
    assert_int_equal(lock_look(two->b.lock, two->world.arena, &state, &err), 0);
    assert_true(state.held && state.fence == 2);
}

/* The next holder waits a whole lease; the one that is cut off stops well before. */
static void a_holder_that_is_cut_off(struct two *two)
{
    struct err err = ERR_INIT;
    int64_t from_us, margin_us;

    assert_int_equal(lock_take(two->a.lock, &err), 0);
    from_us = lock_world_now_us(&two->world);
    two->a.cut_until_us = INT64_MAX;
    sleep_s(two, 40);
    assert_int_equal(lock_check(two->a.lock, &err), 0);
    sleep_s(two, 6);
    assert_int_equal(lock_check(two->a.lock, &err), -1);
    assert_int_equal(err.code, ERR_GATE);
    assert_int_equal(two->a.events[LOCK_LOST], 1);
    margin_us = lock_world_now_us(&two->world) - from_us;
    assert_true(margin_us < LOCK_LEASE_MS * 1000);
    assert_int_equal(lock_take(two->b.lock, &err), 0);
    assert_int_equal(two->b.events[LOCK_TAKEN_OVER], 1);
    assert_true(lock_world_now_us(&two->world) - from_us >= LOCK_LEASE_MS * 1000);
    two->a.cut_until_us = 0;
    sleep_s(two, 60);
    assert_int_equal(lock_check(two->a.lock, &err), -1); /* once lost, lost */
    assert_int_equal(lock_check(two->b.lock, &err), 0);
}

static void a_short_cut_is_bridged(struct two *two)
{
    struct err err = ERR_INIT;

    assert_int_equal(lock_take(two->a.lock, &err), 0);
    two->a.cut_until_us = lock_world_now_us(&two->world) + 30 * INT64_C(1000000);
    sleep_s(two, 120);
    assert_int_equal(lock_check(two->a.lock, &err), 0);
}

static void a_broken_lock_is_lost(struct two *two)
{
    struct lock_state state;
    struct err err = ERR_INIT;

    assert_int_equal(lock_take(two->a.lock, &err), 0);
    assert_int_equal(lock_look(two->b.lock, two->world.arena, &state, &err), 0);
    sleep_s(two, 30); /* it is renewed meanwhile, so what was read is old */
    assert_int_equal(lock_break(two->b.lock, &state, &err), -1);
    assert_int_equal(err.code, ERR_CONFLICT);
    err_clear(&err);
    assert_int_equal(lock_look(two->b.lock, two->world.arena, &state, &err), 0);
    assert_int_equal(lock_break(two->b.lock, &state, &err), 0);
    sleep_s(two, 30);
    assert_int_equal(lock_check(two->a.lock, &err), -1);
    err_clear(&err);
    assert_int_equal(lock_take(two->b.lock, &err), 0);
    assert_int_equal(lock_look(two->b.lock, two->world.arena, &state, &err), 0);
    assert_true(state.fence == 2);
}

static void what_was_applied_is_handed_on(struct two *two)
{
    char digest[SHA256_HEX_BYTES];
    struct lock_state state;
    struct err err = ERR_INIT;

    sha256_hex("baseline", 8, digest);
    assert_int_equal(lock_take(two->a.lock, &err), 0);
    assert_int_equal(lock_look(two->b.lock, two->world.arena, &state, &err), 0);
    assert_string_equal(state.applied, "");
    lock_note_applied(two->a.lock, digest);
    lock_release(two->a.lock);
    /* The next holder applies nothing whole, and takes nothing from it. */
    assert_int_equal(lock_take(two->b.lock, &err), 0);
    lock_release(two->b.lock);
    assert_int_equal(lock_look(two->b.lock, two->world.arena, &state, &err), 0);
    assert_string_equal(state.applied, digest);
    assert_string_equal(state.applied_run, "run-a");
    assert_int_equal(strncmp(state.applied_at, "20", 2), 0);
    assert_int_equal(lock_break(two->a.lock, &state, &err), 0);
    assert_int_equal(lock_look(two->b.lock, two->world.arena, &state, &err), 0);
    assert_string_equal(state.applied, digest);
}

TWO_TEST(what_was_applied_is_handed_on)
TWO_TEST(one_at_a_time)
TWO_TEST(a_holder_that_is_cut_off)
TWO_TEST(a_short_cut_is_bridged)
TWO_TEST(a_broken_lock_is_lost)

static void take_and_stop(void *arg)
{
    struct two *two = arg;
    struct err err = ERR_INIT;

    assert_int_equal(lock_take(two->a.lock, &err), 0);
    sched_stop(two->world.sched);
    lock_release(two->a.lock);
    assert_true(lock_is_held(two->a.lock));
}

static void release(void *arg)
{
    lock_release(((struct two *)arg)->a.lock);
}

/* After Ctrl-C nothing can be sent; the lock is given back when all else has ended. */
static void test_a_stop_gives_it_back_later(void **state)
{
    struct two two = {.test = NULL};

    (void)state;
    lock_world_open(&two.world, 1, (struct sim_options){.delays = false});
    lock_process_open(&two.a, &two.world, "run-a", 0);
    sched_run(two.world.sched, take_and_stop, &two);
    sched_go_on(two.world.sched);
    sched_run(two.world.sched, release, &two);
    assert_false(lock_is_held(two.a.lock));
    assert_int_equal(two.a.events[LOCK_RELEASED], 1);
    lock_process_close(&two.a);
    lock_world_close(&two.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_applied_is_handed_on),
        cmocka_unit_test(test_one_at_a_time),
        cmocka_unit_test(test_a_holder_that_is_cut_off),
        cmocka_unit_test(test_a_short_cut_is_bridged),
        cmocka_unit_test(test_a_broken_lock_is_lost),
        cmocka_unit_test(test_a_stop_gives_it_back_later),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
