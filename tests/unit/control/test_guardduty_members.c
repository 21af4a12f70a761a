/* Members against a scripted peer: what is kept of them, and what is no answer. */
#include "../aws/call_world.h"

#include "guardduty_shared.h"

#include "plinth/base/buf.h"

#define MEMBER(id, status) "{\"accountId\":\"" id "\",\"relationshipStatus\":\"" status "\"}"
#define FEATURES(id, features) "{\"accountId\":\"" id "\",\"features\":[" features "]}"
#define ANSWER(text)                                                                               \
    {                                                                                              \
        200, text, NULL, NULL, ERR_NONE                                                            \
    }

static int members_read(struct world *world, bool plans, const struct guardduty_members **out,
                        struct err *err)
{
    struct control_ctx ctx = {.target = &world->target, .arena = world->arena};

    world->target.region = "eu-west-1";
    return guardduty_members_read(&ctx, "d1", plans, out, err);
}

static void what_is_kept(struct world *world)
{
    const struct guardduty_members *members = NULL;
    struct err err = ERR_INIT;

    SCRIPT(world,
           ANSWER("{\"members\":[" MEMBER("333333333333", "Enabled") "],\"nextToken\":\"t\"}"),
           ANSWER("{\"members\":[" MEMBER("222222222222", "Disabled") "," MEMBER("111111111111",
                                                                                 "Enabled") "]}"),
           ANSWER("{\"members\":[" FEATURES(
               "333333333333",
               "{\"name\":\"S3_DATA_EVENTS\",\"status\":\"DISABLED\"},"
               "{\"name\":\"RDS_LOGIN_EVENTS\",\"status\":\"ENABLED\","
               "\"managedBy\":\"x\"},"
               "{\"name\":\"RUNTIME_MONITORING\",\"status\":\"ENABLED\","
               "\"additionalConfiguration\":"
               "[{\"name\":\"EC2_AGENT_MANAGEMENT\",\"status\":\"DISABLED\"}"
               "]}") "," FEATURES("111111111111", "{\"name\":\"S3_DATA_EVENTS\",\"status\":"
                                                  "\"ENABLED\"}") "]}"));
    assert_int_equal(members_read(world, true, &members, &err), 0);
    assert_int_equal(world->requests, 3);
    assert_non_null(strstr(world->seen[2].body, "[\"111111111111\",\"333333333333\"]"));
    assert_string_equal(guardduty_member_status(members, "111111111111"), "Enabled");
    assert_string_equal(guardduty_member_status(members, "222222222222"), "Disabled");
    assert_null(guardduty_member_status(members, "444444444444"));
    assert_null(guardduty_member_status(members, "longer-than-an-id"));
    assert_null(guardduty_member_status(members, NULL));
    assert_null(guardduty_member_status(NULL, "111111111111"));
    assert_string_equal(guardduty_member_plan(members, "111111111111", GUARDDUTY_S3), "ENABLED");
    assert_string_equal(guardduty_member_plan(members, "333333333333", GUARDDUTY_S3), "DISABLED");
    assert_null(guardduty_member_plan(members, "333333333333", GUARDDUTY_RDS));
    assert_null(guardduty_member_plan(members, "333333333333", GUARDDUTY_EKS));
    assert_string_equal(guardduty_member_plan(members, "333333333333", GUARDDUTY_RUNTIME_EC2),
                        "DISABLED");
    assert_null(guardduty_member_plan(members, "222222222222", GUARDDUTY_S3));
}

static void without_plans_members_are_only_listed(struct world *world)
{
    const struct guardduty_members *members = NULL;
    struct err err = ERR_INIT;

    SCRIPT(world, ANSWER("{\"members\":[" MEMBER("111111111111", "Enabled") "]}"));
    assert_int_equal(members_read(world, false, &members, &err), 0);
    assert_int_equal(world->requests, 1);
    assert_null(guardduty_member_plan(members, "111111111111", GUARDDUTY_S3));
}

/* More than a call takes. */
static void a_batch_is_a_call(struct world *world)
{
    const struct guardduty_members *members = NULL;
    struct err err = ERR_INIT;
    struct step steps[] = {ANSWER(NULL), ANSWER(NULL), ANSWER(NULL)};
    struct buf list, first, second;

    buf_init(&list, 64 * 1024);
    buf_init(&first, 64 * 1024);
    buf_init(&second, 64 * 1024);
    for (int i = 0; i <= GUARDDUTY_BATCH; i++) {
        struct buf *features = i < GUARDDUTY_BATCH ? &first : &second;

        buf_printf(&list, "%s{\"accountId\":\"%012d\",\"relationshipStatus\":\"Enabled\"}",
                   i == 0 ? "{\"members\":[" : ",", i);
        buf_printf(features, "%s{\"accountId\":\"%012d\",\"features\":[]}",
                   features->len == 0 ? "{\"members\":[" : ",", i);
    }
    buf_str(&list, "]}");
    buf_str(&first, "]}");
    buf_str(&second, "]}");
    steps[0].body = buf_text(&list);
    steps[1].body = buf_text(&first);
    steps[2].body = buf_text(&second);
    world->steps = steps;
    world->step_count = 3;
    assert_int_equal(members_read(world, true, &members, &err), 0);
    assert_int_equal(world->requests, 3);
    assert_string_equal(guardduty_member_status(members, "000000000050"), "Enabled");
    buf_fini(&list);
    buf_fini(&first);
    buf_fini(&second);
}

static void expect_no_members(struct world *world)
{
    const struct guardduty_members *members = NULL;
    struct err err = ERR_INIT;

    assert_int_equal(members_read(world, true, &members, &err), -1);
    assert_int_equal(err.code, ERR_PROTOCOL);
}

static void what_is_no_answer(struct world *world)
{
    SCRIPT(world, ANSWER("{\"members\":[" MEMBER("111111111111", "Enabled") "]}"),
           ANSWER("{\"members\":[]}"));
    expect_no_members(world);
    SCRIPT(world, ANSWER("{\"members\":[" MEMBER("1111111111112", "Enabled") "]}"));
    expect_no_members(world);
    SCRIPT(world, ANSWER("{\"members\":[{\"accountId\":\"111111111111\"}]}"));
    expect_no_members(world);
}

WORLD_TEST(what_is_kept)
WORLD_TEST(without_plans_members_are_only_listed)
WORLD_TEST(a_batch_is_a_call)
WORLD_TEST(what_is_no_answer)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN_IN_WORLD(what_is_kept),
        RUN_IN_WORLD(without_plans_members_are_only_listed),
        RUN_IN_WORLD(a_batch_is_a_call),
        RUN_IN_WORLD(what_is_no_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
