#include "events_world.h"

#define PATTERN "'EventPattern':'{`source`:[`a`]}'"

static void test_a_rule_lives(void **state)
{
    struct sim_client *client = *state;
    const struct json *rule;

    (void)events(client, "PutRule", "{'Name':'r'," PATTERN ",'Description':'first'}");
    rule = events(client, "DescribeRule", "{'Name':'r'}");
    assert_string_equal(json_str(rule, "State"), "ENABLED");
    assert_string_equal(json_str(rule, "EventBusName"), "default");
    assert_true(str_ends(json_str(rule, "Arn"), ":rule/r"));
    (void)events(client, "DisableRule", "{'Name':'r'}");
    assert_string_equal(json_str(events(client, "DescribeRule", "{'Name':'r'}"), "State"),
                        "DISABLED");
    (void)events(client, "EnableRule", "{'Name':'r'}");
    assert_string_equal(json_str(events(client, "DescribeRule", "{'Name':'r'}"), "State"),
                        "ENABLED");

    /* What is not said again is gone. */
    (void)events(client, "PutRule",
                 "{'Name':'r'," PATTERN
                 ",'State':'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS'}");
    rule = events(client, "DescribeRule", "{'Name':'r'}");
    assert_null(json_get(rule, "Description"));
    assert_string_equal(json_str(rule, "State"), "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS");

    (void)events(client, "PutTargets",
                 "{'Rule':'r','Targets':[{'Id':'1','Arn':"
                 "'arn:aws:sns:us-east-1:111122223333:t'}]}");
    (void)events(client, "DeleteRule", "{'Name':'r'}");
    EXPECT(client, "ValidationException");
    (void)events(client, "RemoveTargets", "{'Rule':'r','Ids':['1']}");
    (void)events(client, "DeleteRule", "{'Name':'r'}");
    EXPECT(client, "");
    (void)events(client, "DeleteRule", "{'Name':'r'}"); /* again is no error */
    EXPECT(client, "");
    (void)events(client, "DescribeRule", "{'Name':'r'}");
    EXPECT(client, "ResourceNotFoundException");
    (void)events(client, "DisableRule", "{'Name':'r'}");
    EXPECT(client, "ResourceNotFoundException");
}

static void test_what_is_refused(void **state)
{
    struct sim_client *client = *state;
    char *large = arena_alloc(client->arena, 2100);

    (void)events(client, "PutRule", "{'Name':'r'}");
    EXPECT(client, "ValidationException");
    (void)events(client, "PutRule", "{'Name':'r r'," PATTERN "}");
    EXPECT(client, "ValidationException");
    (void)events(client, "PutRule", "{'Name':'r'," PATTERN ",'State':'ON'}");
    EXPECT(client, "ValidationException");
    (void)events(client, "PutRule", "{'Name':'r','EventPattern':'{`source`:`a`}'}");
    EXPECT(client, "InvalidEventPatternException");
    (void)events(client, "PutRule", "{'Name':'r'," PATTERN ",'EventBusName':'none'}");
    EXPECT(client, "ResourceNotFoundException");
    memset(large, 'x', 2099);
    large[2099] = '\0';
    (void)events(client, "PutRule", "{'Name':'r','EventPattern':'{`source`:[`%s`]}'}", large);
    EXPECT(client, "LimitExceededException");
    (void)events(client, "PutRule", "{'Name':'r','ScheduleExpression':'rate(1 day)'}");
    EXPECT(client, "");
}

static void test_listing_in_pages(void **state)
{
    struct sim_client *client = *state;
    const struct json *page;

    for (int i = 0; i < 5; i++)
        (void)events(client, "PutRule", "{'Name':'%s-%d'," PATTERN "}", i < 3 ? "mine" : "other",
                     i);
    page = events(client, "ListRules", "{'NamePrefix':'mine'}");
    assert_int_equal(json_get(page, "Rules")->count, 3);
    assert_null(json_get(page, "NextToken"));
    assert_null(json_get(json_at(json_get(page, "Rules"), 0), "_targets"));
    page = events(client, "ListRules", "{'Limit':2}");
    assert_int_equal(json_get(page, "Rules")->count, 2);
    page = events(client, "ListRules", "{'Limit':4,'NextToken':'%s'}", json_str(page, "NextToken"));
    assert_int_equal(json_get(page, "Rules")->count, 3);
    assert_null(json_get(page, "NextToken"));
    (void)events(client, "ListRules", "{'NextToken':'bad'}");
    EXPECT(client, "ValidationException");
    (void)events(client, "ListRules", "{'EventBusName':'none'}");
    EXPECT(client, "ResourceNotFoundException");
}

static void test_no_more_than_300(void **state)
{
    struct sim_client *client = *state;

    for (int i = 0; i < 300; i++)
        (void)events(client, "PutRule", "{'Name':'r%d'," PATTERN "}", i);
    EXPECT(client, "");
    (void)events(client, "PutRule", "{'Name':'more'," PATTERN "}");
    EXPECT(client, "LimitExceededException");
    (void)events(client, "PutRule", "{'Name':'r7'," PATTERN "}");
    EXPECT(client, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_a_rule_lives),
        WORLD_TEST(test_what_is_refused),
        WORLD_TEST(test_listing_in_pages),
        WORLD_TEST(test_no_more_than_300),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
