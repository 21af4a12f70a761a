/* Shards of one run are brothers; whole runs and shards of other runs are rivals. */
#include "lock_test.h"

#include "journal_world.h"

static void become_shard(struct lock_process *process, size_t index, size_t count)
{
    lock_free(process->lock);
    process->options.whole = "lock.json";
    process->options.shards = count;
    process->options.place.key = lock_shard_name("lock.json", index, count, process->world->arena);
    process->lock = lock_new(&process->options);
}

static void sleep_s(struct two *two, int64_t seconds)
{
    struct err err = ERR_INIT;

    assert_int_equal(fiber_sleep_ms(two->world.sched, seconds * 1000, &err), 0);
}

static void brothers_hold_together(struct two *two)
{
    struct err err = ERR_INIT;

    become_shard(&two->a, 0, 2);
    become_shard(&two->b, 1, 2);
    assert_int_equal(lock_take(two->a.lock, &err), 0);
    assert_int_equal(lock_take(two->b.lock, &err), 0);
    sleep_s(two, 300);
    assert_int_equal(lock_check(two->a.lock, &err), 0);
    assert_int_equal(lock_check(two->b.lock, &err), 0);
}

static void the_same_shard_is_one(struct two *two)
{
    struct err err = ERR_INIT;

    become_shard(&two->a, 1, 2);
    become_shard(&two->b, 1, 2);
    assert_int_equal(lock_take(two->a.lock, &err), 0);
    assert_int_equal(lock_take(two->b.lock, &err), -1);
    assert_int_equal(err.code, ERR_GATE);
}

/* `b` finds `a` there, waits until it has seen that its holder lives, and leaves nothing held. */
static void expect_refused(struct two *two)
{
    struct lock_rival *rivals;
    struct err err = ERR_INIT;
    size_t count;

    assert_int_equal(lock_take(two->a.lock, &err), 0);
    assert_int_equal(lock_take(two->b.lock, &err), -1);
    assert_int_equal(err.code, ERR_GATE);
    assert_non_null(strstr(err.text, "run-a"));
    assert_false(lock_is_held(two->b.lock));
    assert_int_equal(lock_check(two->a.lock, &err), 0);
    assert_int_equal(lock_rivals(two->a.lock, two->world.arena, &rivals, &count, &err), 0);
    assert_int_equal(count, 0);
    assert_int_equal(lock_rivals(two->b.lock, two->world.arena, &rivals, &count, &err), 0);
    assert_int_equal(count, 1);
    assert_string_equal(rivals[0].state.run, "run-a");
    lock_release(two->a.lock);
    assert_int_equal(lock_take(two->b.lock, &err), 0);
}

static void a_whole_run_refuses_a_shard(struct two *two)
{
    become_shard(&two->b, 1, 2);
    expect_refused(two);
}

static void a_shard_refuses_a_whole_run(struct two *two)
{
    become_shard(&two->a, 1, 2);
    expect_refused(two);
}

static void shards_of_another_number_are_refused(struct two *two)
{
    become_shard(&two->a, 0, 3);
    become_shard(&two->b, 0, 2);
    expect_refused(two);
}

/* A dead shard's lock is waited out, and ended: should its holder wake up, it does not write. */
static void a_dead_shard_is_waited_out(struct two *two)
{
    struct err err = ERR_INIT;
    int64_t from_us;

    become_shard(&two->a, 1, 2);
    assert_int_equal(lock_take(two->a.lock, &err), 0);
    two->a.cut_until_us = INT64_MAX;
    from_us = lock_world_now_us(&two->world);
    assert_int_equal(lock_take(two->b.lock, &err), 0);
    assert_true(lock_world_now_us(&two->world) - from_us >= LOCK_LEASE_MS * 1000);
    assert_int_equal(lock_check(two->b.lock, &err), 0);
    two->a.cut_until_us = 0;
    assert_int_equal(lock_check(two->a.lock, &err), -1);
    assert_int_equal(err.code, ERR_GATE);
}

struct taker {
    struct lock_process *process;
    int result;
    struct taker *rival;
    bool holds;
};

static void take_fiber(void *arg)
{
    struct taker *taker = arg;
    struct err err = ERR_INIT;

    taker->result = lock_take(taker->process->lock, &err);
    if (taker->result != 0)
        return;
    taker->holds = true;
    assert_false(taker->rival->holds);
    (void)fiber_sleep_ms(taker->process->world->sched, 30 * 1000, &err);
    taker->holds = false;
    lock_release(taker->process->lock);
}

/* At the same moment, a little apart, and with patience: never both, and both in the end. */
static void they_meet(struct two *two)
{
    for (int64_t apart_ms = 0; apart_ms <= 400; apart_ms += 40) {
        struct taker takers[2] = {{.process = &two->a, .rival = &takers[1]},
                                  {.process = &two->b, .rival = &takers[0]}};
        struct fiber *fibers[2];
        struct err err = ERR_INIT;

        for (int i = 0; i < 2; i++) {
            lock_process_renew(takers[i].process);
            takers[i].process->options.wait_ms = 10 * 60 * 1000;
        }
        become_shard(&two->a, 0, 2);
        lock_free(two->b.lock);
        two->b.lock = lock_new(&two->b.options);
        fibers[0] = fiber_spawn_joinable(two->world.sched, "a", take_fiber, &takers[0]);
        (void)fiber_sleep_ms(two->world.sched, apart_ms, &err);
        fibers[1] = fiber_spawn_joinable(two->world.sched, "b", take_fiber, &takers[1]);
        fiber_join(fibers[0]);
        fiber_join(fibers[1]);
        assert_int_equal(takers[0].result, 0);
        assert_int_equal(takers[1].result, 0);
    }
}

TWO_TEST(brothers_hold_together)
TWO_TEST(the_same_shard_is_one)
TWO_TEST(a_whole_run_refuses_a_shard)
TWO_TEST(a_shard_refuses_a_whole_run)
TWO_TEST(shards_of_another_number_are_refused)
TWO_TEST(a_dead_shard_is_waited_out)
TWO_TEST(they_meet)

/* --- In files ------------------------------------------------------------------------------------
 */

static struct lock *file_lock(struct world *world, const char *run, size_t index, size_t count)
{
    const char *whole = arena_printf(world->arena, "%s/lock", world->folder);
    struct lock_options options = {.sched = world->sched,
                                   .place.file = whole,
                                   .holder = "role/admin",
                                   .host = "host-1",
                                   .run = run};

    if (count > 1) {
        options.whole = whole;
        options.shards = count;
        options.place.file = lock_shard_name(whole, index, count, world->arena);
    }
    return lock_new(&options);
}

static void files(void *arg)
{
    struct world *world = arg;
    struct lock *first = file_lock(world, "run-1", 0, 2), *second = file_lock(world, "run-2", 1, 2);
    struct lock *whole = file_lock(world, "run-3", 0, 1);
    struct err err = ERR_INIT;

    assert_int_equal(lock_take(first, &err), 0);
    assert_int_equal(lock_take(second, &err), 0);
    assert_int_equal(lock_take(whole, &err), -1);
    assert_int_equal(err.code, ERR_GATE);
    assert_non_null(strstr(err.text, "run-"));
    lock_release(first);
    lock_release(second);
    err_clear(&err);
    assert_int_equal(lock_take(whole, &err), 0);
    assert_int_equal(lock_take(first, &err), -1);
    assert_non_null(strstr(err.text, "run-3"));
    lock_free(whole); /* as if it was killed */
    err_clear(&err);
    assert_int_equal(lock_take(first, &err), 0);
    lock_release(first);
    lock_free(first);
    lock_free(second);
}

static void test_files(void **state)
{
    struct world *world = *state;

    sched_run(world->sched, files, world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_brothers_hold_together),
        cmocka_unit_test(test_the_same_shard_is_one),
        cmocka_unit_test(test_a_whole_run_refuses_a_shard),
        cmocka_unit_test(test_a_shard_refuses_a_whole_run),
        cmocka_unit_test(test_shards_of_another_number_are_refused),
        cmocka_unit_test(test_a_dead_shard_is_waited_out),
        cmocka_unit_test(test_they_meet),
        JOURNAL_TEST(test_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
