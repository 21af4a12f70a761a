/* What belongs to which of several processes, and that they do together what one does. */
#include "engine_priv.h"
#include "small.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { SHARDS = 4, PATIENCE_MS = 60 * 1000 };

static const struct baseline *shards_baseline(struct small *small)
{
    return rehearsal_baseline(small->rehearsal, SMALL_DATA("shards.yaml"));
}

static struct rehearsal_outcome run(struct small *small, size_t index, size_t count, bool apply)
{
    struct rehearsal_options options = {
        .shard = {index, count}, .await_ms = PATIENCE_MS, .apply = apply};

    return rehearsal_run(small->rehearsal, shards_baseline(small), &options);
}

/* An account keeps its shard whatever becomes of it; these are those of shipped plinths: a change
 * would let two versions in one run do an account twice, or never. */
static void test_an_account_has_its_shard_by_its_email(void **state)
{
    const struct shard four = {0, 4}, one = {0, 1}, many = {0, SHARD_COUNT_MOST};
    struct account account = {.name = "Shop", .email = "aws+shop@example.com"};
    struct account renamed = {.name = "New", .email = "AWS+Shop@Example.com", .id = "111122223333"};
    struct account security = {.email = "aws+shop@example.com", .roles = ROLE_SECURITY};

    (void)state;
    assert_int_equal(shard_of_account(&four, &account), 1);
    assert_int_equal(shard_of_account(&many, &account), 669);
    assert_int_equal(shard_of_account(&four, &renamed), 1);
    assert_int_equal(shard_of_account(&four, &security), 0);
    assert_int_equal(shard_of_account(&one, &account), 0);
}

/* --- The parts are the whole ---------------------------------------------------------------------
 */

struct owners {
    unsigned char *times; /* per unit: how often it was a target */
    size_t count, foreign_org;
};

static int count_units(void *arg, struct engine *engine, struct err *err)
{
    (void)err;
    ((struct owners *)arg)->count = engine->order.unit_count;
    return 0;
}

static int count_targets(void *arg, struct engine *engine, struct err *err)
{
    struct owners *owners = arg;

    (void)err;
    (void)walk_turn_on(engine);
    assert_int_equal(engine->order.unit_count, owners->count);
    for (size_t i = 0; i < owners->count; i++)
        owners->times[i] = (unsigned char)(owners->times[i] + (engine->states[i] >= UNIT_WAITING));
    for (size_t c = 0; engine->options.shard.index > 0 && c < engine->order.count; c++)
        if (engine->order.controls[c]->scope == CONTROL_PER_ORG)
            owners->foreign_org += engine->states[engine->order.first_unit[c]] == UNIT_FOREIGN;
    return 0;
}

/* Before the accounts exist and after. */
static void check_partition(struct small *small)
{
    struct owners whole = {0}, parts;
    struct rehearsal_options options = {.job = count_units, .job_arg = &whole};

    (void)rehearsal_run(small->rehearsal, shards_baseline(small), &options);
    parts = whole;
    whole.times = arena_array(rehearsal_arena(small->rehearsal), whole.count, 1);
    parts.times = arena_array(rehearsal_arena(small->rehearsal), whole.count, 1);
    options = (struct rehearsal_options){.job = count_targets, .job_arg = &whole};
    (void)rehearsal_run(small->rehearsal, shards_baseline(small), &options);
    options.job_arg = &parts;
    for (size_t i = 0; i < SHARDS; i++) {
        options.shard = (struct shard){i, SHARDS};
        (void)rehearsal_run(small->rehearsal, shards_baseline(small), &options);
    }
    assert_memory_equal(whole.times, parts.times, whole.count);
    assert_true(parts.foreign_org > 0);
}

static void test_the_parts_are_the_whole(void **state)
{
    struct small *small = *state;
    struct rehearsal_outcome outcome;

    check_partition(small);
    outcome = run(small, 0, 1, true);
    assert_int_equal(outcome.result, 0);
    check_partition(small);
}

/* A plan waits for nobody: the plans of the parts add up to that of the whole. */
static void test_plans_add_up(void **state)
{
    struct small *small = *state;
    struct rehearsal_options options = {.apply = false};
    struct rehearsal_outcome whole =
        rehearsal_run(small->rehearsal, shards_baseline(small), &options);
    size_t targets = 0, changes = 0;

    for (size_t i = 0; i < SHARDS; i++) {
        struct rehearsal_outcome part;

        options.shard = (struct shard){i, SHARDS};
        part = rehearsal_run(small->rehearsal, shards_baseline(small), &options);
        assert_int_equal(part.result, 0);
        assert_int_equal(small_unhappy(&part), 0);
        targets += part.summary.targets;
        changes += part.summary.changes;
    }
    assert_int_equal(targets, whole.summary.targets);
    assert_int_equal(changes, whole.summary.changes);
}

/* --- Apply ---------------------------------------------------------------------------------------
 */

static void test_together_they_do_what_one_does(void **state)
{
    struct small *small = *state, alone = {rehearsal_new(3, true), NULL};
    struct rehearsal_outcome outcome = run(&alone, 0, 1, true);
    uint64_t wanted = outcome.sim_writes, sent = 0;

    assert_int_equal(outcome.result, 0);
    for (size_t i = 0; i < SHARDS; i++) {
        outcome = run(small, i, SHARDS, true);
        assert_int_equal(outcome.result, 0);
        assert_int_equal(small_unhappy(&outcome), 0);
        assert_true(outcome.summary.targets > 0);
        sent += outcome.sim_writes;
    }
    assert_int_equal(sent, wanted);
    outcome = run(small, 0, 1, false);
    assert_int_equal(outcome.summary.outcomes[OUTCOME_CLEAN], outcome.summary.targets);
    rehearsal_free(alone.rehearsal);
}

/* Without the first one nothing is there that the others need: they say so, and write nothing. */
static void test_the_others_wait_for_the_first(void **state)
{
    struct small *small = *state;
    struct rehearsal_outcome outcome = run(small, 2, SHARDS, true);

    assert_int_equal(outcome.result, 0);
    assert_int_equal(outcome.sim_writes, 0);
    assert_true(outcome.summary.outcomes[OUTCOME_SKIPPED] > 0);
    assert_int_equal(outcome.summary.outcomes[OUTCOME_FAILED], 0);
    assert_int_equal(outcome.summary.outcomes[OUTCOME_SKIPPED], outcome.summary.targets);
    assert_non_null(strstr(outcome.text, "it needs accounts, which shard 0 has not done"));
    (void)run(small, 0, SHARDS, true);
    outcome = run(small, 2, SHARDS, true);
    assert_int_equal(small_unhappy(&outcome), 0);
    assert_true(outcome.sim_writes > 0);
    outcome = run(small, 2, SHARDS, true);
    assert_int_equal(outcome.sim_writes, 0);
}

/* What a shard reads in a minute of waiting for accounts. */
static uint64_t reads_of_waiting(struct small *small)
{
    struct rehearsal_outcome outcome = run(small, 2, SHARDS, true);

    assert_int_equal(outcome.result, 0);
    assert_int_equal(outcome.sim_writes, 0);
    assert_int_equal(outcome.summary.outcomes[OUTCOME_SKIPPED], outcome.summary.targets);
    return outcome.summary.reads;
}

/* While accounts are created one small read tells so; the organization is not read again. */
static void test_waiting_is_cheap(void **state)
{
    static const char *const before[] = {"organization", "organizational_units", NULL};
    struct small *small = *state;
    struct rehearsal_options options = {.apply = true, .selection.only = before};
    struct rehearsal_outcome outcome =
        rehearsal_run(small->rehearsal, shards_baseline(small), &options);
    struct json *params = json_object(rehearsal_arena(small->rehearsal));
    struct err err = ERR_INIT;
    uint64_t idle, creating;

    assert_int_equal(small_unhappy(&outcome), 0);
    rehearsal_wait(small->rehearsal, INT64_C(3600) * 1000); /* it is not fresh any more */
    idle = reads_of_waiting(small);
    json_put_str(params, "AccountName", "Elsewhere");
    json_put_str(params, "Email", "elsewhere@example.com");
    if (rehearsal_call(small->rehearsal, NULL, "us-east-1", AWS_ORGANIZATIONS_CREATE_ACCOUNT,
                       params, NULL, &err) != 0)
        fail_msg("%s", err.text);
    creating = reads_of_waiting(small);
    if (creating * 2 > idle)
        fail_msg("%d reads while accounts are created, %d while not", (int)creating, (int)idle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_account_has_its_shard_by_its_email),
        SMALL_TEST(test_the_parts_are_the_whole),
        SMALL_TEST(test_plans_add_up),
        SMALL_TEST(test_together_they_do_what_one_does),
        SMALL_TEST(test_the_others_wait_for_the_first),
        SMALL_TEST(test_waiting_is_cheap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
