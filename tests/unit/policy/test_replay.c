/* Events are counted once each, and those that are alike stand in one row. */
#include "replay_priv.h"

#include "plinth/base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "replay_world.h"

static const char limits[] =
    ALLOW_ALL ",{'Sid':'Region','Effect':'Deny','NotAction':'iam:*','Resource':'*','Condition':{"
              "'StringEquals':{'aws:RequestedRegion':'ap-south-1'}}},"
              "{'Sid':'Agent','Effect':'Deny','Action':'ec2:Reboot*','Resource':'*','Condition':{"
              "'StringLike':{'aws:UserAgent':'bad*'}}}";

struct world {
    struct arena *arena;
    struct replay_world replayed;
    struct replay *replay;
};

static int set_up(void **state)
{
    struct arena *arena = arena_new("test");
    struct world *world = arena_alloc(arena, sizeof *world);
    struct replay_options options = {.since_ms = INT64_MIN, .until_ms = INT64_MAX};

    world->arena = arena;
    replay_world_init(&world->replayed, limits, NULL, arena);
    options.accounts = world->replayed.accounts;
    options.account_count = 2;
    world->replay = replay_new(&options);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;

    replay_free(world->replay);
    replay_free(NULL);
    arena_free(world->arena);
    return 0;
}

static void feed(struct world *world, const char *name, const char *more)
{
    const char *text = record_of(DEV, "ec2", name, more, world->arena);

    replay_file_begin(world->replay, "file");
    replay_file_bytes(world->replay, text, strlen(text));
    replay_file_end(world->replay, NULL);
}

static uint64_t sum(const struct replay_counts *counts)
{
    return counts->allowed + counts->denied + counts->unknown + counts->already_denied +
           counts->management + counts->service_linked + counts->services + counts->free_actions +
           counts->foreign + counts->other_accounts + counts->no_principal + counts->no_call +
           counts->other_times + counts->passed_over;
}

static void test_rows(void **state)
{
    struct world *world = *state;
    struct replay_result result;

    feed(world, "RunInstances", ",'awsRegion':'ap-south-1'");
    feed(world, "RunInstances", ",'awsRegion':'ap-south-1','eventTime':'2026-11-20T00:00:00Z'");
    feed(world, "RunInstances", ",'awsRegion':'ap-south-1','eventTime':'2026-11-29T00:00:00Z'");
    feed(world, "StopInstances", ",'awsRegion':'ap-south-1'");
    feed(world, "RunInstances", ",'awsRegion':'ap-south-1','errorCode':'AccessDenied'");
    feed(world, "RunInstances", ",'awsRegion':'eu-west-1'");
    feed(world, "RebootInstances", ",'awsRegion':'eu-west-1'");
    feed(world, "RunInstances", ",'eventType':'AwsServiceEvent'");
    feed(world, "NoSuchThing", ",'awsRegion':'eu-west-1'");
    replay_finish(world->replay, &result);
    assert_int_equal(result.counts.records, 9);
    assert_int_equal(sum(&result.counts), 9);
    assert_int_equal(result.counts.denied, 4);
    assert_int_equal(result.counts.unknown, 1);
    assert_int_equal(result.counts.already_denied, 1);
    assert_int_equal(result.counts.no_call, 1);
    assert_int_equal(result.counts.allowed, 2);
    assert_int_equal(result.counts.assumed, 1);
    assert_int_equal(result.counts.files, 9);
    assert_int_equal(result.row_count, 3);
    assert_string_equal(result.rows[0]->action, "ec2:RunInstances");
    assert_string_equal(result.rows[0]->principal, "arn:aws:iam::" MEMBER ":role/team/dev");
    assert_string_equal(result.rows[0]->region, "ap-south-1");
    assert_string_equal(result.rows[0]->answer.sid, "Region");
    assert_int_equal(result.rows[0]->count, 3);
    assert_int_equal(result.rows[0]->first_ms, 1795132800000);
    assert_int_equal(result.rows[0]->last_ms, 1795910400000);
    assert_int_equal(result.rows[1]->count, 1);
    assert_int_equal(result.rows[2]->answer.outcome, POLICY_UNKNOWN);
    assert_string_equal(result.rows[2]->answer.missing, "aws:UserAgent");
}

static void test_malformed(void **state)
{
    struct world *world = *state;
    struct replay_result result;

    replay_file_begin(world->replay, "one");
    replay_file_bytes(world->replay, "{}\n{}", 5);
    replay_file_end(world->replay, "it broke");
    for (size_t i = 0; i < LIMIT_ERRORS_SHOWN; i++)
        replay_file_bytes(world->replay, "1 ", 2);
    replay_finish(world->replay, &result);
    assert_int_equal(result.counts.malformed, 3 + LIMIT_ERRORS_SHOWN);
    assert_int_equal(result.malformed_count, LIMIT_ERRORS_SHOWN);
    assert_int_equal(result.counts.records, 0);
    assert_string_equal(result.malformed[1].file, "one");
    assert_int_equal(result.malformed[1].offset, 3);
    assert_string_equal(result.malformed[2].why, "it broke");
    assert_int_equal(result.malformed[2].offset, 5);
}

/* More different answers than are kept change nothing. */
static void test_many(void **state)
{
    struct world *world = *state;
    struct replay_result result;
    const int count = LIMIT_REPLAY_ANSWERS + 1000;

    replay_file_begin(world->replay, "many");
    for (int i = 0; i < count; i++) {
        char more[96];
        const char *text;

        (void)snprintf(more, sizeof more, ",'awsRegion':'x','userAgent':'%s %d'",
                       i % 2 == 0 ? "bad" : "good", i);
        text = record_of(DEV, "ec2", "RebootInstances", more, world->arena);
        replay_file_bytes(world->replay, text, strlen(text));
        if (i % 1000 == 0)
            replay_file_bytes(world->replay, text, strlen(text));
    }
    replay_file_end(world->replay, NULL);
    replay_finish(world->replay, &result);
    assert_int_equal(result.counts.records, count + count / 1000);
    assert_int_equal(result.counts.denied, count / 2 + count / 1000);
    assert_int_equal(result.row_count, 1);
    assert_int_equal(result.rows[0]->count, result.counts.denied);
}

static void test_filters(void **state)
{
    static const char *const only[] = {MEMBER};
    struct world *world = *state;
    struct replay_result result;
    struct replay_options options = {.accounts = world->replayed.accounts,
                                     .account_count = 2,
                                     .only = only,
                                     .only_count = 1,
                                     .since_ms = 1795478400000,
                                     .until_ms = 1795478400000 + 1};
    const char *stranger;

    replay_free(world->replay);
    world->replay = replay_new(&options);
    feed(world, "RunInstances", ",'awsRegion':'ap-south-1'");
    feed(world, "RunInstances", ",'awsRegion':'ap-south-1','eventTime':'2026-11-23T23:59:59Z'");
    feed(world, "RunInstances", ",'awsRegion':'ap-south-1','eventTime':'2026-11-24T00:00:01Z'");
    stranger = record_of("{'type':'Root','accountId':'" MANAGEMENT "'}", "ec2", "RunInstances", "",
                         world->arena);
    replay_file_bytes(world->replay, stranger, strlen(stranger));
    replay_finish(world->replay, &result);
    assert_int_equal(result.counts.denied, 1);
    assert_int_equal(result.counts.other_times, 2);
    assert_int_equal(result.counts.passed_over, 1);
    assert_int_equal(sum(&result.counts), result.counts.records);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_rows),
        TEST(test_malformed),
        TEST(test_many),
        TEST(test_filters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
