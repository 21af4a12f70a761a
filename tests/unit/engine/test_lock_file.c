#include "journal_world.h"

#include "plinth/engine/lock.h"

static struct lock *lock_of(struct world *world, const char *run)
{
    struct lock_options options = {
        .sched = world->sched,
        .place.file = arena_printf(world->arena, "%s/lock", world->folder),
        .holder = "role/admin",
        .host = "host-1",
        .run = run,
    };

    return lock_new(&options);
}

static void two_runs(void *arg)
{
    struct world *world = arg;
    struct lock *first = lock_of(world, "run-1"), *second = lock_of(world, "run-2");
    struct lock_state state;
    struct err err = ERR_INIT;

    assert_int_equal(lock_look(second, world->arena, &state, &err), 0);
    assert_false(state.held);
    assert_int_equal(lock_take(first, &err), 0);
    assert_int_equal(lock_check(first, &err), 0);
    assert_int_equal(lock_take(second, &err), -1);
    assert_int_equal(err.code, ERR_GATE);
    assert_non_null(strstr(err.text, "role/admin on host-1"));
    assert_non_null(strstr(err.text, "run-1"));
    assert_int_equal(lock_check(second, &err), -1);
    lock_free(second);
    second = lock_of(world, "run-2");
    lock_release(first);
    assert_int_equal(lock_check(first, &err), -1);
    assert_int_equal(lock_take(second, &err), 0);
    assert_int_equal(lock_look(first, world->arena, &state, &err), 0);
    assert_true(state.held);
    assert_true(state.fence == 2);
    assert_string_equal(state.run, "run-2");
    lock_free(first);
    lock_free(second); /* as if it was killed: nothing is written, but the kernel lets go */
    first = lock_of(world, "run-3");
    assert_int_equal(lock_take(first, &err), 0);
    assert_int_equal(lock_look(first, world->arena, &state, &err), 0);
    assert_true(state.fence == 3);
    lock_release(first);
    lock_free(first);
}

static void test_one_at_a_time(void **state)
{
    struct world *world = *state;

    sched_run(world->sched, two_runs, world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {JOURNAL_TEST(test_one_at_a_time)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
