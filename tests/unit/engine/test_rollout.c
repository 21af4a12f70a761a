/* The course of a rollout, over a world that only writes down what it is asked for. */
#include "plinth/engine/rollout.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { MINUTE = 60 * 1000, START_MS = 1000 * MINUTE };

static struct account people[] = {{.name = "a"}, {.name = "b"}, {.name = "c"}, {.name = "d"}};
static const struct account *first[] = {&people[0], &people[1]}, *second[] = {&people[2]},
                            *third[] = {&people[3]};
static struct wave waves[] = {
    {.name = "canary", .accounts = first, .account_count = 2, .bake_ms = 30 * MINUTE},
    {.name = "next", .accounts = second, .account_count = 1, .bake_ms = 10 * MINUTE},
    {.name = "rest", .accounts = third, .account_count = 1},
};
static const struct rollout_spec spec = {.waves = waves, .wave_count = 3, .denied_most = 5};

struct world {
    struct arena *arena;
    const char *story; /* "canary/1 bake:30 next/2 ..." */
    int64_t now_ms;
    size_t failed_in, failed; /* the number of an apply from 1, and the accounts that fail in it */
    uint64_t denied_before, denied;
    const char *unread;
    int64_t pause_ms, resume_ms, abort_ms; /* when somebody asks; 0: never */
    size_t applies, dies_in;               /* in this apply, from 1; 0: never */
    int64_t stops_at_ms;                   /* a wait is interrupted then; 0: never */
    size_t broken_off_in;                  /* likewise, for an abort was asked for */
    int64_t last_apply_ms;
    struct json *saved;
};

static void tell(struct world *world, const char *word)
{
    world->story =
        arena_printf(world->arena, "%s%s%s", world->story, *world->story == '\0' ? "" : " ", word);
}

static int apply(void *arg, const struct wave *wave, int reach, struct rollout_tally *out,
                 struct err *err)
{
    struct world *world = arg;
    int64_t since = (world->now_ms - world->last_apply_ms) / MINUTE;

    world->applies++;
    tell(world, arena_printf(world->arena, "%s/%d@%lld", wave == NULL ? "-" : wave->name, reach,
                             (long long)(world->applies == 1 ? 0 : since)));
    world->last_apply_ms = world->now_ms;
    if (world->applies == world->dies_in)
        return err_set(err, ERR_CANCELLED, "killed");
    *out = (struct rollout_tally){.changes = 1};
    out->interrupted = world->applies == world->broken_off_in;
    if (out->interrupted)
        world->abort_ms = 1;
    if (world->applies == world->failed_in)
        *out =
            (struct rollout_tally){.accounts_failed = world->failed, .example = "a: it is tired"};
    return 0;
}

static int look(void *arg, const struct wave *wave, int64_t from_ms, int64_t split_ms,
                int64_t to_ms, struct rollout_denied *out, struct err *err)
{
    struct world *world = arg;

    (void)wave;
    (void)err;
    assert_int_equal(split_ms - from_ms, to_ms - split_ms);
    assert_int_equal(to_ms, world->now_ms);
    *out = (struct rollout_denied){.before = world->denied_before,
                                   .after = world->denied,
                                   .example = "somebody",
                                   .unread = world->unread};
    return 0;
}

static int wait_ms(void *arg, int64_t ms, struct err *err)
{
    struct world *world = arg;

    world->now_ms += ms;
    if (world->stops_at_ms > 0 && world->now_ms >= world->stops_at_ms)
        return err_set(err, ERR_CANCELLED, "interrupted");
    return 0;
}

static int64_t now_ms(void *arg)
{
    return ((struct world *)arg)->now_ms;
}

static enum rollout_request asked(void *arg)
{
    struct world *world = arg;
    int64_t now = world->now_ms - START_MS;

    if (world->abort_ms > 0 && now >= world->abort_ms)
        return ROLLOUT_ABORT;
    return world->pause_ms > 0 && now >= world->pause_ms && now < world->resume_ms ? ROLLOUT_PAUSE
                                                                                   : ROLLOUT_GO;
}

static int save(void *arg, const struct rollout *rollout, struct err *err)
{
    struct world *world = arg;

    (void)err;
    world->saved = rollout_document(rollout, world->arena);
    return 0;
}

static void say(void *arg, const char *text)
{
    (void)arg;
    (void)text;
}

static int setup(void **state)
{
    struct arena *arena = arena_new("test");
    struct world *world = arena_alloc(arena, sizeof *world);

    *world = (struct world){.arena = arena, .story = "", .now_ms = START_MS};
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    arena_free(((struct world *)*state)->arena);
    return 0;
}

/* One process of it: from what is saved, or from the beginning. */
static struct rollout *run(struct world *world, bool detaches, int expected)
{
    struct rollout *rollout = rollout_new(&spec, "id", "digest", world->arena);
    struct rollout_world vtable = {apply, look, wait_ms, now_ms, asked, save, say, world};
    struct err err = ERR_INIT;

    if (world->saved != NULL)
        assert_int_equal(rollout_parse(world->saved, rollout, &err), 0);
    rollout->detach_on_alarm = detaches;
    assert_int_equal(rollout_run(rollout, &vtable, &err), expected);
    return rollout;
}

static void test_waves_come_in_order_and_bake(void **state)
{
    struct world *world = *state;
    struct rollout *rollout = run(world, false, 0);

    assert_int_equal(rollout->state, ROLLOUT_DONE);
    assert_string_equal(world->story, "canary/1@0 next/2@30 rest/3@10 -/-1@0");
}

static void test_failures_stop_it(void **state)
{
    struct world *world = *state;
    struct rollout *rollout;

    world->failed_in = 1;
    world->failed = 1;
    rollout = run(world, false, 0);
    assert_int_equal(rollout->state, ROLLOUT_STOPPED);
    assert_string_equal(rollout->why, "1 of 2 accounts failed, and 0 may: a: it is tired");
    assert_string_equal(world->story, "canary/1@0");
    /* It is mended, and gone on with. */
    rollout = run(world, false, 0);
    assert_int_equal(rollout->state, ROLLOUT_DONE);
    assert_string_equal(world->story, "canary/1@0 canary/1@0 next/2@30 rest/3@10 -/-1@0");
}

static void test_failures_within_the_limit(void **state)
{
    struct world *world = *state;

    waves[0].failures_most = (struct share){50, true};
    world->failed_in = 1;
    world->failed = 1;
    assert_int_equal(run(world, false, 0)->state, ROLLOUT_DONE);
    waves[0].failures_most = (struct share){0, false};
}

static void test_denials_stop_it_and_detach(void **state)
{
    struct world *world = *state;
    struct rollout *rollout;

    world->denied_before = 3;
    world->denied = 8; /* five more are borne */
    assert_int_equal(run(world, true, 0)->state, ROLLOUT_DONE);
    world->saved = NULL;
    world->story = "";
    world->applies = 0;
    world->denied = 9;
    rollout = run(world, true, 0);
    assert_int_equal(rollout->state, ROLLOUT_STOPPED);
    assert_true(rollout->detached);
    assert_string_equal(world->story, "canary/1@0 -/0@5"); /* at the first look */
    assert_int_equal(rollout->waves[0].denied, 9);
}

/* Killed between the alarm and its end: the next process finishes that, and nothing else. */
static void test_killed_while_it_detaches(void **state)
{
    struct world *world = *state;
    struct rollout_world vtable = {apply, look, wait_ms, now_ms, asked, save, say, world};
    struct rollout *rollout;
    struct err err = ERR_INIT;

    world->denied = 9;
    world->dies_in = 2;
    (void)run(world, true, -1);
    rollout = rollout_new(&spec, "id", "digest", world->arena);
    assert_int_equal(rollout_parse(world->saved, rollout, &err), 0);
    assert_int_equal(rollout->state, ROLLOUT_STOPPED);
    assert_true(rollout->detaching && !rollout->detached);
    assert_int_equal(rollout_detach(rollout, &vtable, &err), 0);
    assert_true(rollout->detached && !rollout->detaching);
    assert_string_equal(world->story, "canary/1@0 -/0@5 -/0@0");
}

/* What the baseline says by now counts, also for a bake that has begun. */
static void test_a_bake_that_was_shortened(void **state)
{
    struct world *world = *state;

    world->stops_at_ms = START_MS + 5 * MINUTE;
    (void)run(world, false, -1);
    world->stops_at_ms = 0;
    waves[0].bake_ms = 6 * MINUTE;
    assert_int_equal(run(world, false, 0)->state, ROLLOUT_DONE);
    waves[0].bake_ms = 30 * MINUTE;
    assert_string_equal(world->story, "canary/1@0 next/2@6 rest/3@10 -/-1@0");
}

static void test_denials_without_detaching(void **state)
{
    struct world *world = *state;

    world->denied = 6;
    assert_int_equal(run(world, false, 0)->state, ROLLOUT_STOPPED);
    assert_string_equal(world->story, "canary/1@0");
}

/* A gate that cannot see does not let pass. */
static void test_what_cannot_be_read_stops_it(void **state)
{
    struct world *world = *state;
    struct rollout *rollout;

    world->unread = "nobody answers";
    rollout = run(world, true, 0);
    assert_int_equal(rollout->state, ROLLOUT_STOPPED);
    assert_string_equal(rollout->why, "nobody knows how the wave is: nobody answers");
    assert_false(rollout->detached);
}

static void test_a_pause_and_its_end(void **state)
{
    struct world *world = *state;

    world->pause_ms = 10 * MINUTE;
    world->resume_ms = 100 * MINUTE;
    assert_int_equal(run(world, false, 0)->state, ROLLOUT_DONE);
    assert_string_equal(world->story, "canary/1@0 next/2@100 rest/3@10 -/-1@0");
}

static void test_an_abort(void **state)
{
    struct world *world = *state;

    world->abort_ms = 35 * MINUTE;
    assert_int_equal(run(world, false, 0)->state, ROLLOUT_ABORTED);
    assert_string_equal(world->story, "canary/1@0 next/2@30 -/0@5");
}

/* While a wave is applied: that apply is broken off. */
static void test_an_abort_in_an_apply(void **state)
{
    struct world *world = *state;

    world->broken_off_in = 2;
    assert_int_equal(run(world, false, 0)->state, ROLLOUT_ABORTED);
    assert_string_equal(world->story, "canary/1@0 next/2@30 -/0@0");
}

/* Killed in each step, it goes on with that step. */
static void test_killed_anywhere(void **state)
{
    static const char *const stories[] = {
        "canary/1@0 canary/1@0 next/2@30 rest/3@10 -/-1@0",
        "canary/1@0 next/2@30 next/2@0 rest/3@10 -/-1@0",
        "canary/1@0 next/2@30 rest/3@10 rest/3@0 -/-1@0",
        "canary/1@0 next/2@30 rest/3@10 -/-1@0 -/-1@0",
    };
    struct world *world = *state;

    for (size_t i = 0; i < sizeof stories / sizeof stories[0]; i++) {
        *world = (struct world){
            .arena = world->arena, .story = "", .now_ms = START_MS, .dies_in = i + 1};
        assert_int_equal(run(world, false, -1)->state, ROLLOUT_RUNNING);
        assert_int_equal(run(world, false, 0)->state, ROLLOUT_DONE);
        assert_string_equal(world->story, stories[i]);
    }
}

#define WORLD_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_waves_come_in_order_and_bake),
        WORLD_TEST(test_failures_stop_it),
        WORLD_TEST(test_failures_within_the_limit),
        WORLD_TEST(test_denials_stop_it_and_detach),
        WORLD_TEST(test_killed_while_it_detaches),
        WORLD_TEST(test_a_bake_that_was_shortened),
        WORLD_TEST(test_denials_without_detaching),
        WORLD_TEST(test_what_cannot_be_read_stops_it),
        WORLD_TEST(test_a_pause_and_its_end),
        WORLD_TEST(test_an_abort),
        WORLD_TEST(test_an_abort_in_an_apply),
        WORLD_TEST(test_killed_anywhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
