/* A whole rollout on the simulator, in virtual time: where the copies of a changed policy hang,
 * what a policy that denies too much leads to, and what is left at the end. */
#include "../../support/rehearsal.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/engine/rollout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define DATA(name) PLINTH_SOURCEDIR "/tests/unit/engine/data/" name

enum { DEAD_AFTER_CALLS = 25 };

struct world {
    struct rehearsal *rehearsal;
    const struct baseline *before, *baseline;
    const char *story; /* who was under a copy after each apply */
    int64_t ms;        /* that passed */
    bool harmed;       /* somebody in One does what the policy denies */
    size_t stop_apply; /* the apply of this number is broken off half way; 0: none */
    size_t applies;
    enum rollout_request request;
};

/* --- What is there -------------------------------------------------------------------------------
 */

static const struct json *list(struct world *world, enum aws_op op, const char *key,
                               const char *value)
{
    struct json *params = json_object(rehearsal_arena(world->rehearsal));
    const struct json *out;
    struct err err = ERR_INIT;

    json_put_str(params, key, value);
    if (rehearsal_call(world->rehearsal, NULL, "us-east-1", op, params, &out, &err) != 0)
        fail_msg("%s", err.text);
    return out;
}

/* "One,Two": where copies hang; "none" where there is no copy, "nowhere" where one hangs nowhere.
 */
static const char *under_copies(struct world *world)
{
    const struct json *policies =
        list(world, AWS_ORGANIZATIONS_LIST_POLICIES, "Filter", "SERVICE_CONTROL_POLICY");
    struct arena *arena = rehearsal_arena(world->rehearsal);
    const char *text = "none";

    for (const struct json *it = json_first(policies); it != NULL; it = it->next) {
        const struct json *targets;

        if (!str_ends(json_str(it, "Name"), ROLLOUT_SUFFIX))
            continue;
        targets =
            list(world, AWS_ORGANIZATIONS_LIST_TARGETS_FOR_POLICY, "PolicyId", json_str(it, "Id"));
        text = targets->count == 0 ? "nowhere" : "";
        for (const struct json *at = json_first(targets); at != NULL; at = at->next)
            text =
                arena_printf(arena, "%s%s%s", text, *text == '\0' ? "" : ",", json_str(at, "Name"));
    }
    return text;
}

/* What somebody does all day, in that account. */
static int look_at_trails(struct world *world, const char *account)
{
    const struct inventory *inventory = rehearsal_inventory(world->rehearsal);
    struct err err = ERR_INIT;

    for (size_t i = 0; i < inventory->account_count; i++)
        if (str_eq(inventory->accounts[i].name, account))
            return rehearsal_call(world->rehearsal, inventory->accounts[i].id, "eu-central-1",
                                  AWS_CLOUDTRAIL_DESCRIBE_TRAILS, NULL, NULL, &err);
    fail_msg("no account %s", account);
    return -1;
}

/* --- The world -----------------------------------------------------------------------------------
 */

struct step {
    struct world *world;
    int reach;
    const struct baseline *out;
};

static int plan_step(void *arg, struct engine *engine, struct err *err)
{
    struct step *step = arg;
    const struct run_result *plan;

    return engine_plan(engine, &plan, err) != 0
               ? -1
               : rollout_baseline(engine, step->reach, rehearsal_arena(step->world->rehearsal),
                                  &step->out, err);
}

static int apply(void *arg, const struct wave *wave, int reach, struct rollout_tally *out,
                 struct err *err)
{
    static const char *const policies[] = {"policies", NULL};
    struct world *world = arg;
    struct arena *arena = rehearsal_arena(world->rehearsal);
    struct step step = {world, reach, NULL};
    struct rehearsal_options options = {
        .selection.only = policies, .job = plan_step, .job_arg = &step};
    struct rehearsal_outcome outcome = rehearsal_run(world->rehearsal, world->baseline, &options);
    const char **names;

    if (outcome.result != 0)
        fail_msg("%s", outcome.err.text);
    options = (struct rehearsal_options){.apply = true};
    if (wave != NULL) {
        names = arena_array(arena, wave->account_count + 1, sizeof *names);
        for (size_t i = 0; i < wave->account_count; i++)
            names[i] = wave->accounts[i]->name;
        options.selection.accounts = names;
        options.selection.beside = policies;
    } else if (reach != ROLLOUT_SETTLED) {
        options.selection.only = policies;
    }
    if (++world->applies == world->stop_apply)
        options.trouble.stop_after_calls = DEAD_AFTER_CALLS;
    outcome = rehearsal_run(world->rehearsal, step.out, &options);
    if (outcome.result != 0 || outcome.summary.interrupted)
        return err_set(err, ERR_CANCELLED, "broken off");
    assert_int_equal(outcome.summary.outcomes[OUTCOME_FAILED], 0);
    assert_int_equal(outcome.summary.outcomes[OUTCOME_SKIPPED], 0);
    *out = (struct rollout_tally){.changes = outcome.summary.changes};
    world->story = arena_printf(arena, "%s%s%s", world->story, *world->story == '\0' ? "" : " ",
                                under_copies(world));
    return 0;
}

struct looking {
    const struct wave *wave;
    int64_t from_ms, split_ms, to_ms;
    struct arena *arena;
    struct rollout_denied *out;
};

static int look_job(void *arg, struct engine *engine, struct err *err)
{
    struct looking *looking = arg;

    return rollout_look(engine, looking->wave, looking->from_ms, looking->split_ms, looking->to_ms,
                        looking->arena, looking->out, err);
}

static int look(void *arg, const struct wave *wave, int64_t from_ms, int64_t split_ms,
                int64_t to_ms, struct rollout_denied *out, struct err *err)
{
    struct world *world = arg;
    struct looking looking = {wave, from_ms, split_ms, to_ms, rehearsal_arena(world->rehearsal),
                              out};
    struct rehearsal_options options = {.job = look_job, .job_arg = &looking};
    struct rehearsal_outcome outcome = rehearsal_run(world->rehearsal, world->baseline, &options);

    if (outcome.result != 0)
        return err_set(err, outcome.err.code, "%s", outcome.err.text);
    return 0;
}

/* Somebody works in One, every twenty seconds. */
static int wait_ms(void *arg, int64_t ms, struct err *err)
{
    struct world *world = arg;

    (void)err;
    rehearsal_wait(world->rehearsal, ms);
    if (world->harmed && world->ms / 20000 != (world->ms + ms) / 20000)
        (void)look_at_trails(world, "One");
    world->ms += ms;
    return 0;
}

static int64_t now_ms(void *arg)
{
    return rehearsal_now_ms(((struct world *)arg)->rehearsal);
}

static enum rollout_request asked(void *arg)
{
    return ((struct world *)arg)->request;
}

static int save(void *arg, const struct rollout *rollout, struct err *err)
{
    (void)arg;
    (void)rollout;
    (void)err;
    return 0;
}

static void say(void *arg, const char *text)
{
    (void)arg;
    (void)text;
}

/* --- Tests ---------------------------------------------------------------------------------------
 */

static int setup(void **state)
{
    struct rehearsal *rehearsal = rehearsal_new(5, true);
    struct world *world = arena_alloc(rehearsal_arena(rehearsal), sizeof *world);
    struct rehearsal_outcome outcome;

    *world = (struct world){.rehearsal = rehearsal,
                            .before = rehearsal_baseline(rehearsal, DATA("waves.yaml")),
                            .baseline = rehearsal_baseline(rehearsal, DATA("waves_bad.yaml")),
                            .story = ""};
    outcome = rehearsal_run(rehearsal, world->before, &(struct rehearsal_options){.apply = true});
    if (outcome.result != 0)
        fail_msg("%s", outcome.err.text);
    rehearsal_wait(rehearsal, 3600 * 1000);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    rehearsal_free(((struct world *)*state)->rehearsal);
    return 0;
}

static int roll(struct world *world, struct rollout *rollout)
{
    struct rollout_world vtable = {apply, look, wait_ms, now_ms, asked, save, say, world};
    struct err err = ERR_INIT;
    int result = rollout_run(rollout, &vtable, &err);

    if (result != 0)
        assert_int_equal(err.code, ERR_CANCELLED);
    return result;
}

static struct rollout *begin(struct world *world)
{
    return rollout_new(world->baseline->rollout, "id", "digest", rehearsal_arena(world->rehearsal));
}

static void expect_settled(struct world *world)
{
    struct rehearsal_outcome outcome =
        rehearsal_run(world->rehearsal, world->baseline, &(struct rehearsal_options){0});

    assert_int_equal(outcome.summary.outcomes[OUTCOME_CLEAN], outcome.summary.targets);
    assert_string_equal(under_copies(world), "none");
    assert_int_not_equal(look_at_trails(world, "Three"), 0);
}

/* The canary alone, then Two by its account, then all of Work by its unit, then the real change. */
static void test_copies_go_with_the_waves(void **state)
{
    struct world *world = *state;
    struct rollout *rollout = begin(world);
    int64_t from_ms = rehearsal_now_ms(world->rehearsal);

    assert_int_equal(roll(world, rollout), 0);
    assert_int_equal(rollout->state, ROLLOUT_DONE);
    assert_string_equal(world->story, "Test Test,Two Work none");
    assert_true(rehearsal_now_ms(world->rehearsal) - from_ms >= (60 + 10 + 30) * 60 * 1000);
    expect_settled(world);
}

/* The policy keeps people from their work: it goes from where the wave put it. */
static void test_what_denies_too_much_is_taken_away(void **state)
{
    struct world *world = *state;
    struct rollout *rollout = begin(world);

    world->harmed = true;
    assert_int_equal(roll(world, rollout), 0);
    assert_int_equal(rollout->state, ROLLOUT_STOPPED);
    assert_true(rollout->detached);
    assert_int_equal(rollout->wave, 0);
    assert_true(rollout->waves[0].denied > 2);
    assert_non_null(strstr(rollout->why, "DescribeTrails"));
    assert_true(world->ms < 60 * 60 * 1000); /* not at the end of the bake time */
    assert_string_equal(world->story, "Test none");
    assert_int_equal(look_at_trails(world, "One"), 0);
}

/* Broken off in the middle of each apply, it comes to the same. */
static void test_broken_off_anywhere(void **state)
{
    size_t broken = 0;

    (void)state;
    for (size_t stop = 1; stop <= 4; stop++) {
        void *fresh = NULL;
        struct rollout *rollout;
        struct world *world;

        (void)setup(&fresh);
        world = fresh;
        rollout = begin(world);
        world->stop_apply = stop;
        if (roll(world, rollout) != 0) {
            broken++;
            assert_int_equal(roll(world, rollout), 0);
        }
        assert_int_equal(rollout->state, ROLLOUT_DONE);
        expect_settled(world);
        (void)teardown(&fresh);
    }
    assert_int_equal(broken, 4);
}

static void test_an_abort_leaves_no_copy(void **state)
{
    struct world *world = *state;
    struct rollout *rollout = begin(world);

    world->request = ROLLOUT_GO;
    world->stop_apply = 2;
    assert_int_equal(roll(world, rollout), -1);
    world->request = ROLLOUT_ABORT;
    assert_int_equal(roll(world, rollout), 0);
    assert_int_equal(rollout->state, ROLLOUT_ABORTED);
    assert_string_equal(under_copies(world), "none");
    assert_int_equal(look_at_trails(world, "One"), 0);
}

#define WORLD_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_copies_go_with_the_waves),
        WORLD_TEST(test_what_denies_too_much_is_taken_away),
        cmocka_unit_test(test_broken_off_anywhere),
        WORLD_TEST(test_an_abort_leaves_no_copy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
