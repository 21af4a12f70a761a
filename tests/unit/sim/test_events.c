#include "events_world.h"

static void test_buses(void **state)
{
    struct sim_client *client = *state;
    const struct json *bus;

    bus = events(client, "CreateEventBus",
                 "{'Name':'central','Description':'d','Tags':[{'Key':'a','Value':'b'}]}");
    assert_true(str_ends(json_str(bus, "EventBusArn"), ":event-bus/central"));
    (void)events(client, "CreateEventBus", "{'Name':'central'}");
    EXPECT(client, "ResourceAlreadyExistsException");
    (void)events(client, "CreateEventBus", "{'Name':'default'}");
    EXPECT(client, "ResourceAlreadyExistsException");
    (void)events(client, "CreateEventBus", "{'Name':'a/b'}");
    EXPECT(client, "ValidationException");
    (void)events(client, "CreateEventBus", "{}");
    EXPECT(client, "ValidationException");

    bus = events(client, "DescribeEventBus", "{'Name':'central'}");
    assert_string_equal(json_str(bus, "Description"), "d");
    assert_null(json_get(bus, "Policy"));
    assert_null(json_get(bus, "_tags"));
    bus = events(client, "DescribeEventBus", "{}");
    assert_string_equal(json_str(bus, "Name"), "default");
    bus = events(client, "ListEventBuses", "{}");
    assert_int_equal(json_get(bus, "EventBuses")->count, 2);
    bus = events(client, "ListEventBuses", "{'NamePrefix':'cen'}");
    assert_int_equal(json_get(bus, "EventBuses")->count, 1);

    client->region = "eu-west-1"; /* each region has its own */
    (void)events(client, "DescribeEventBus", "{'Name':'central'}");
    EXPECT(client, "ResourceNotFoundException");
    client->region = "us-east-1";
    (void)events(client, "DeleteEventBus", "{'Name':'default'}");
    EXPECT(client, "ValidationException");
    (void)events(client, "PutRule",
                 "{'Name':'r','EventBusName':'central','EventPattern':"
                 "'{`source`:[`a`]}'}");
    (void)events(client, "DeleteEventBus", "{'Name':'central'}");
    EXPECT(client, "ValidationException");
    (void)events(client, "DeleteRule", "{'Name':'r','EventBusName':'central'}");
    (void)events(client, "DeleteEventBus", "{'Name':'central'}");
    EXPECT(client, "");
    (void)events(client, "DescribeEventBus", "{'Name':'central'}");
    EXPECT(client, "ResourceNotFoundException");
}

static void test_permissions(void **state)
{
    struct sim_client *client = *state;
    const char *policy;

    (void)events(client, "PutPermission",
                 "{'StatementId':'org','Action':'events:PutEvents','Principal':'*','Condition':{"
                 "'Type':'StringEquals','Key':'aws:PrincipalOrgID','Value':'o-1'}}");
    EXPECT(client, "");
    policy = json_str(events(client, "DescribeEventBus", "{}"), "Policy");
    assert_non_null(strstr(policy, "\"aws:PrincipalOrgID\":\"o-1\""));
    (void)events(client, "PutPermission",
                 "{'StatementId':'one','Action':'events:PutEvents','Principal':'111122223333'}");
    policy = json_str(events(client, "DescribeEventBus", "{}"), "Policy");
    assert_non_null(strstr(policy, "o-1"));
    assert_non_null(strstr(policy, "arn:aws:iam::111122223333:root"));
    (void)events(client, "RemovePermission", "{'StatementId':'org'}");
    policy = json_str(events(client, "DescribeEventBus", "{}"), "Policy");
    assert_null(strstr(policy, "o-1"));
    (void)events(client, "RemovePermission", "{'StatementId':'org'}");
    EXPECT(client, "ResourceNotFoundException");
    (void)events(client, "RemovePermission", "{'RemoveAllPermissions':true}");
    EXPECT(client, "");
    assert_null(json_get(events(client, "DescribeEventBus", "{}"), "Policy"));

    (void)events(client, "PutPermission", "{'Policy':'{`Statement`:[]}'}");
    EXPECT(client, "ValidationException");
    (void)events(client, "PutPermission", "{'StatementId':'x'}");
    EXPECT(client, "ValidationException");
    (void)events(client, "PutPermission", "{'EventBusName':'none','StatementId':'x'}");
    EXPECT(client, "ResourceNotFoundException");
}

static size_t tags(struct sim_client *client, const char *arn)
{
    const struct json *answer = events(client, "ListTagsForResource", "{'ResourceARN':'%s'}", arn);

    EXPECT(client, "");
    return json_get(answer, "Tags")->count;
}

static void test_tags(void **state)
{
    struct sim_client *client = *state;
    const char *bus =
        json_str(events(client, "CreateEventBus", "{'Name':'b','Tags':[{'Key':'a','Value':'1'}]}"),
                 "EventBusArn");
    const char *rule = json_str(events(client, "PutRule",
                                       "{'Name':'r','EventBusName':'b','EventPattern':"
                                       "'{`source`:[`a`]}','Tags':[{'Key':'a','Value':'1'}]}"),
                                "RuleArn");

    assert_int_equal(tags(client, bus), 1);
    assert_int_equal(tags(client, rule), 1);
    (void)events(client, "TagResource",
                 "{'ResourceARN':'%s','Tags':[{'Key':'a','Value':'2'},{'Key':'b','Value':'3'}]}",
                 rule);
    assert_int_equal(tags(client, rule), 2);
    (void)events(client, "UntagResource", "{'ResourceARN':'%s','TagKeys':['a']}", rule);
    assert_int_equal(tags(client, rule), 1);
    (void)events(client, "ListTagsForResource", "{'ResourceARN':'%s-not'}", rule);
    EXPECT(client, "ResourceNotFoundException");
    (void)events(client, "TagResource", "{'ResourceARN':'%s'}", rule);
    EXPECT(client, "ValidationException");
    (void)events(client, "UntagResource", "{'ResourceARN':'arn:aws:x','TagKeys':['a']}");
    EXPECT(client, "ResourceNotFoundException");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_buses),
        WORLD_TEST(test_permissions),
        WORLD_TEST(test_tags),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
