#include "storage_world.h"

static int open_one(void **state)
{
    if (world_open(state) != 0)
        return -1;
    open_bucket(*state, "logs");
    (void)trail(*state, "CreateTrail",
                "{'Name':'mine','S3BucketName':'logs','TagsList':[{'Key':'a','Value':'1'}]}");
    return str_eq(sim_client_code(*state), "") ? 0 : -1;
}

#define TRAIL_TEST(test) cmocka_unit_test_setup_teardown(test, open_one, world_close)

static void test_a_new_trail_does_not_log(void **state)
{
    struct sim_client *client = *state;
    const struct json *status = trail(client, "GetTrailStatus", "{'Name':'mine'}");

    assert_false(json_bool(status, "IsLogging", true));
    assert_null(json_get(status, "StartLoggingTime"));
    (void)trail(client, "StartLogging", "{'Name':'mine'}");
    sim_client_wait(client, 301);
    status = trail(client, "GetTrailStatus", "{'Name':'mine'}");
    assert_true(json_bool(status, "IsLogging", false));
    assert_int_equal(json_number(status, "LatestDeliveryTime", 0),
                     json_number(status, "StartLoggingTime", 0) + 300);
    (void)trail(client, "StopLogging", "{'Name':'mine'}");
    status = trail(client, "GetTrailStatus", "{'Name':'mine'}");
    assert_false(json_bool(status, "IsLogging", true));
    assert_int_equal(json_number(status, "StopLoggingTime", 0),
                     json_number(status, "StartLoggingTime", 0) + 301);
}

static void test_event_selectors(void **state)
{
    struct sim_client *client = *state;
    const struct json *seen = trail(client, "GetEventSelectors", "{'TrailName':'mine'}");

    assert_true(
        json_bool(json_first(json_get(seen, "EventSelectors")), "IncludeManagementEvents", false));
    (void)trail(client, "PutEventSelectors",
                "{'TrailName':'mine','AdvancedEventSelectors':[{'FieldSelectors':["
                "{'Field':'eventCategory','Equals':['Management']}]}]}");
    EXPECT(client, "");
    seen = trail(client, "GetEventSelectors", "{'TrailName':'mine'}");
    assert_null(json_get(seen, "EventSelectors"));
    assert_int_equal(json_get(seen, "AdvancedEventSelectors")->count, 1);
    (void)trail(client, "PutEventSelectors",
                "{'TrailName':'mine','EventSelectors':[{'ReadWriteType':'WriteOnly'}]}");
    seen = trail(client, "GetEventSelectors", "{'TrailName':'mine'}");
    assert_null(json_get(seen, "AdvancedEventSelectors"));
    assert_string_equal(json_str(json_first(json_get(seen, "EventSelectors")), "ReadWriteType"),
                        "WriteOnly");
    assert_true(json_bool(json_get(trail(client, "GetTrail", "{'Name':'mine'}"), "Trail"),
                          "HasCustomEventSelectors", false));
}

static void test_wrong_selectors(void **state)
{
    static const char *const wrong[] = {
        "",
        ",'EventSelectors':[]",
        ",'EventSelectors':[{'ReadWriteType':'Never'}]",
        ",'EventSelectors':[{'DataResources':[{'Type':'AWS::EC2::Instance','Values':['x']}]}]",
        ",'EventSelectors':[{}],'AdvancedEventSelectors':[{'FieldSelectors':[{'Field':"
        "'eventCategory','Equals':['Management']}]}]",
        ",'AdvancedEventSelectors':[{'FieldSelectors':[{'Field':'readOnly','Equals':['true']}]}]",
        ",'AdvancedEventSelectors':[{'FieldSelectors':[{'Field':'eventCategory','Equals':['Data']}"
        "]}]",
    };

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        (void)trail(*state, "PutEventSelectors", "{'TrailName':'mine'%s}", wrong[i]);
        EXPECT(*state, "InvalidEventSelectorsException");
    }
}

static void test_values_of_another_type(void **state)
{
    (void)trail(*state, "StartLogging", "{'Name':5}");
    EXPECT(*state, "InvalidParameterException");
    (void)trail(*state, "GetEventSelectors", "{'TrailName':['mine']}");
    EXPECT(*state, "InvalidParameterException");
    (void)trail(*state, "PutEventSelectors", "{'TrailName':'mine','EventSelectors':'all'}");
    EXPECT(*state, "InvalidEventSelectorsException");
    (void)trail(*state, "PutEventSelectors",
                "{'TrailName':'mine','AdvancedEventSelectors':[{'FieldSelectors':["
                "{'Field':'eventCategory','Equals':[5]}]}]}");
    EXPECT(*state, "InvalidEventSelectorsException");
    (void)trail(*state, "ListTags", "{'ResourceIdList':[5]}");
    EXPECT(*state, "CloudTrailARNInvalidException");
    (void)trail(*state, "CreateTrail", "{'Name':5,'S3BucketName':5}");
    EXPECT(*state, "InvalidParameterException");
    (void)trail(*state, "DescribeTrails", "{'trailNameList':[5]}");
    EXPECT(*state, "");
}

static const struct json *tags(struct sim_client *client, const char *arn)
{
    const struct json *list =
        json_get(trail(client, "ListTags", "{'ResourceIdList':['%s']}", arn), "ResourceTagList");

    return json_get(json_first(list), "TagsList");
}

static void test_tags(void **state)
{
    struct sim_client *client = *state;
    const char *arn =
        arena_printf(client->arena, "arn:aws:cloudtrail:us-east-1:%s:trail/mine", client->account);

    assert_string_equal(json_str(json_first(tags(client, arn)), "Value"), "1");
    (void)trail(client, "AddTags",
                "{'ResourceId':'%s','TagsList':[{'Key':'a','Value':'2'},{'Key':'b'}]}", arn);
    EXPECT(client, "");
    assert_int_equal(tags(client, arn)->count, 2);
    (void)trail(client, "RemoveTags", "{'ResourceId':'%s','TagsList':[{'Key':'a'}]}", arn);
    assert_string_equal(json_str(json_first(tags(client, arn)), "Key"), "b");
    (void)trail(client, "AddTags", "{'ResourceId':'%s','TagsList':[{'Key':'aws:x'}]}", arn);
    EXPECT(client, "InvalidTagParameterException");
    (void)trail(client, "ListTags", "{'ResourceIdList':['mine']}");
    EXPECT(client, "CloudTrailARNInvalidException");
    (void)trail(client, "ListTags", "{'ResourceIdList':['%s2']}", arn);
    EXPECT(client, "ResourceNotFoundException");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TRAIL_TEST(test_a_new_trail_does_not_log),
        TRAIL_TEST(test_event_selectors),
        TRAIL_TEST(test_wrong_selectors),
        TRAIL_TEST(test_values_of_another_type),
        TRAIL_TEST(test_tags),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
