#include "guardduty_world.h"

static void test_a_detector_lives(void **state)
{
    struct caller *c = *state;
    const struct json *seen;
    const char *id;

    c->service = &sim_service_guardduty;
    assert_null(detector_of(c));
    fails(c, "BadRequestException", "CreateDetector", "{}");
    fails(c, "BadRequestException", "CreateDetector",
          "{'enable':true,'findingPublishingFrequency':'DAILY'}");
    id = json_str(ok(c, "CreateDetector",
                     "{'enable':true,'clientToken':'t','tags':{'a':'b'},"
                     "'findingPublishingFrequency':'ONE_HOUR'}"),
                  "detectorId");
    assert_int_equal(strlen(id), 32);
    assert_string_equal(detector_of(c), id);
    seen = ok(c, "GetDetector", "{'DetectorId':'%s'}", id);
    assert_string_equal(json_str(seen, "status"), "ENABLED");
    assert_string_equal(json_str(seen, "findingPublishingFrequency"), "ONE_HOUR");
    assert_string_equal(json_str(json_get(seen, "tags"), "a"), "b");
    assert_non_null(strstr(json_str(seen, "serviceRole"), "AWSServiceRoleForAmazonGuardDuty"));
    assert_string_equal(json_str(json_path(seen, "dataSources", "flowLogs", NULL), "status"),
                        "ENABLED");

    ok(c, "UpdateDetector", "{'DetectorId':'%s','enable':false}", id);
    seen = ok(c, "GetDetector", "{'DetectorId':'%s'}", id);
    assert_string_equal(json_str(seen, "status"), "DISABLED");
    assert_string_equal(json_str(seen, "findingPublishingFrequency"), "ONE_HOUR");
    ok(c, "DeleteDetector", "{'DetectorId':'%s'}", id);
    assert_null(detector_of(c));
    fails(c, "BadRequestException", "GetDetector", "{'DetectorId':'%s'}", id);
    assert_non_null(strstr(c->text, "not owned by the current account"));
}

static void test_there_is_one_in_a_region(void **state)
{
    struct caller *c = *state;
    const char *id;

    c->service = &sim_service_guardduty;
    id = json_str(ok(c, "CreateDetector", "{'enable':true,'clientToken':'t'}"), "detectorId");
    assert_string_equal(
        json_str(ok(c, "CreateDetector", "{'enable':true,'clientToken':'t'}"), "detectorId"), id);
    fails(c, "BadRequestException", "CreateDetector", "{'enable':true,'clientToken':'u'}");
    assert_non_null(strstr(c->text, "a detector already exists"));
}

static void test_tags(void **state)
{
    struct caller *c = *state;
    const char *arn;
    const struct json *seen;

    c->service = &sim_service_guardduty;
    arn = arena_printf(c->arena, "arn:aws:guardduty:us-east-1:%s:detector/%s", c->me,
                       json_str(ok(c, "CreateDetector", "{'enable':true}"), "detectorId"));
    assert_int_equal(items(ok(c, "ListTagsForResource", "{'ResourceArn':'%s'}", arn), "tags"), 0);
    ok(c, "TagResource", "{'ResourceArn':'%s','tags':{'a':'1','b':'2','c':'3'}}", arn);
    ok(c, "TagResource", "{'ResourceArn':'%s','tags':{'a':'4'}}", arn);
    ok(c, "UntagResource", "{'ResourceArn':'%s','tagKeys':['b','x']}", arn);
    ok(c, "UntagResource", "{'ResourceArn':'%s','tagKeys':'c'}", arn);
    seen = ok(c, "ListTagsForResource", "{'ResourceArn':'%s'}", arn);
    assert_int_equal(items(seen, "tags"), 1);
    assert_string_equal(json_str(json_get(seen, "tags"), "a"), "4");
    fails(c, "BadRequestException", "ListTagsForResource",
          "{'ResourceArn':'arn:aws:guardduty:us-east-1:%s:detector/0'}", c->me);
}

static void test_members_do_not_switch_themselves_off(void **state)
{
    struct world world = world_of(state, true);
    struct caller *c = world.caller;
    const char *mine;

    ok(c, "CreateMembers",
       "{'DetectorId':'%s','accountDetails':["
       "{'accountId':'%s','email':'shop@example.com'},{'accountId':'%s','email':'m@example.com'}]}",
       world.detector, world.shop, c->me);
    fails(c, "BadRequestException", "DeleteDetector", "{'DetectorId':'%s'}", world.detector);
    assert_non_null(strstr(c->text, "invited or associated members"));
    c->as = world.shop;
    mine = detector_of(c);
    fails(c, "BadRequestException", "UpdateDetector", "{'DetectorId':'%s','enable':false}", mine);
    fails(c, "BadRequestException", "DeleteDetector", "{'DetectorId':'%s'}", mine);
    c->as = c->me; /* the management account may */
    ok(c, "UpdateDetector", "{'DetectorId':'%s','enable':false}", detector_of(c));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GUARDDUTY_TEST(test_a_detector_lives),
        GUARDDUTY_TEST(test_there_is_one_in_a_region),
        GUARDDUTY_TEST(test_tags),
        GUARDDUTY_TEST(test_members_do_not_switch_themselves_off),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
