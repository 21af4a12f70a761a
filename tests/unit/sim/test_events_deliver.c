#include "events_world.h"

#define SENT "{'Entries':[{'Source':'test','DetailType':'Test','Detail':'{`word`:`hello`}'}]}"

static void put(struct sim_client *client)
{
    const struct json *answer = events(client, "PutEvents", SENT);

    EXPECT(client, "");
    assert_int_equal(json_number(answer, "FailedEntryCount", -1), 0);
}

static bool arrived(struct sim_client *client, const char *queue)
{
    const char *message = events_heard(client, queue);

    return message != NULL && strstr(message, "hello") != NULL;
}

static void test_from_a_rule_to_a_queue(void **state)
{
    struct sim_client *client = *state;
    const char *topic = events_topic(client), *queue = events_listen(client, topic);

    events_rule(client, "ENABLED", "{`source`:[`test`]}", topic);
    put(client);
    assert_true(arrived(client, queue));
    assert_null(events_heard(client, queue));
    events_rule(client, "ENABLED", "{`source`:[`other`]}", topic);
    put(client);
    assert_null(events_heard(client, queue));
    events_rule(client, "DISABLED", "{`source`:[`test`]}", topic);
    put(client);
    assert_null(events_heard(client, queue));
    client->region = "eu-west-1"; /* a rule sees its own region */
    put(client);
    client->region = "us-east-1";
    assert_null(events_heard(client, queue));
}

static void test_it_takes_a_moment(void **state)
{
    struct sim_client *client = *state;
    const char *topic = events_topic(client), *queue = events_listen(client, topic);

    events_rule(client, "ENABLED", "{`source`:[`test`]}", topic);
    put(client);
    assert_null(events_heard(client, queue));
    sim_client_wait(client, 2);
    assert_true(arrived(client, queue));
}

static void test_a_topic_that_does_not_let(void **state)
{
    struct sim_client *client = *state;
    const char *topic = json_str(sns(client, "Action=CreateTopic&Name=own"), "TopicArn");
    const char *queue = events_listen(client, topic);

    events_rule(client, "ENABLED", "{`source`:[`test`]}", topic);
    put(client);
    assert_null(events_heard(client, queue));
}

static void test_entries(void **state)
{
    struct sim_client *client = *state;
    const struct json *answer;

    answer = events(client, "PutEvents",
                    "{'Entries':[{'Source':'aws.x','DetailType':'T','Detail':'{}'},"
                    "{'Source':'a','DetailType':'T','Detail':'no'},{'DetailType':'T'},"
                    "{'Source':'a','DetailType':'T','Detail':'{}'}]}");
    EXPECT(client, "");
    assert_int_equal(json_number(answer, "FailedEntryCount", -1), 3);
    answer = json_get(answer, "Entries");
    assert_string_equal(json_str(json_at(answer, 0), "ErrorCode"),
                        "NotAuthorizedForSourceException");
    assert_string_equal(json_str(json_at(answer, 1), "ErrorCode"), "MalformedDetail");
    assert_string_equal(json_str(json_at(answer, 2), "ErrorCode"), "InvalidArgument");
    assert_non_null(json_str(json_at(answer, 3), "EventId"));
    (void)events(client, "PutEvents", "{'Entries':[]}");
    EXPECT(client, "ValidationException");
    (void)events(client, "PutEvents", "{}");
    EXPECT(client, "ValidationException");
    (void)events(client, "PutEvents", "{'Entries':[{'Time':1e300}]}");
    EXPECT(client, "ValidationException");
    (void)events(client, "PutEvents",
                 "{'Entries':[{'Source':'a','DetailType':'T','Detail':'{}','EventBusName':"
                 "'arn:aws:events:us-east-1:111122223333:event-bus/x'}]}");
    EXPECT(client, "AccessDeniedException");
}

/* --- From bus to bus --- */

#define TRUST                                                                                      \
    "{'Statement':{'Effect':'Allow','Principal':{'Service':'events.amazonaws.com'},'Action':"      \
    "'sts:AssumeRole'}}"
#define MAY_PUT "{'Statement':{'Effect':'Allow','Action':'events:PutEvents','Resource':'*'}}"

struct far {
    struct sim_client *client;
    struct sign_key management;
    const char *member, *topic, *queue, *bus_arn;
};

static void as_member(struct far *far)
{
    world_use(far->client, world_assume(far->client, arena_printf(far->client->arena,
                                                                  "arn:aws:iam::%s:role/"
                                                                  "OrganizationAccountAccessRole",
                                                                  far->member)));
    EXPECT(far->client, "");
}

/* The login's account listens on a bus in eu-west-1; a rule of the member sends there. */
static struct far far_open(struct sim_client *client)
{
    struct far far = {.client = client, .management = client->key};

    far.member = world_organization(client);
    client->region = "eu-west-1";
    far.topic = events_topic(client);
    far.queue = events_listen(client, far.topic);
    far.bus_arn = json_str(events(client, "CreateEventBus", "{'Name':'central'}"), "EventBusArn");
    (void)events(client, "PutRule",
                 "{'Name':'c','EventBusName':'central','EventPattern':'{`source`:[`test`]}'}");
    (void)events(client, "PutTargets",
                 "{'Rule':'c','EventBusName':'central','Targets':[{'Id':'1','Arn':'%s'}]}",
                 far.topic);
    client->region = "us-east-1";
    as_member(&far);
    (void)world_role(client, "sender", TRUST);
    (void)iam(client, "Action=PutRolePolicy&RoleName=sender&PolicyName=p&PolicyDocument=%s",
              world_policy(client, MAY_PUT));
    EXPECT(client, "");
    (void)events(client, "PutRule", "{'Name':'r','EventPattern':'{`source`:[`test`]}'}");
    (void)events(client, "PutTargets",
                 "{'Rule':'r','Targets':[{'Id':'1','Arn':'%s','RoleArn':"
                 "'arn:aws:iam::%s:role/sender'}]}",
                 far.bus_arn, far.member);
    EXPECT(client, "");
    return far;
}

static void allow_organization(struct far *far, const char *organization)
{
    struct sign_key member = far->client->key;

    far->client->key = far->management;
    far->client->region = "eu-west-1";
    (void)events(far->client, "PutPermission",
                 "{'EventBusName':'central','StatementId':'org','Action':'events:PutEvents',"
                 "'Principal':'*','Condition':{'Type':'StringEquals','Key':'aws:PrincipalOrgID',"
                 "'Value':'%s'}}",
                 organization);
    EXPECT(far->client, "");
    far->client->key = member;
    far->client->region = "us-east-1";
}

static bool far_arrived(struct far *far)
{
    struct sign_key member = far->client->key;
    bool came;

    put(far->client);
    far->client->key = far->management;
    far->client->region = "eu-west-1";
    came = arrived(far->client, far->queue);
    far->client->key = member;
    far->client->region = "us-east-1";
    return came;
}

static const char *organization_id(struct sim_client *client)
{
    return json_str(
        json_get(sim_client_json(client, "organizations",
                                 "AWSOrganizationsV20161128.DescribeOrganization", "{}"),
                 "Organization"),
        "Id");
}

static void test_to_another_account_and_region(void **state)
{
    struct sim_client *client = *state;
    struct far far = far_open(client);

    assert_false(far_arrived(&far)); /* the bus takes nothing yet */
    allow_organization(&far, "o-another");
    assert_false(far_arrived(&far));
    allow_organization(&far, organization_id(client));
    assert_true(far_arrived(&far));
    (void)iam(client, "Action=DeleteRolePolicy&RoleName=sender&PolicyName=p");
    assert_false(far_arrived(&far));
    (void)iam(client, "Action=PutRolePolicy&RoleName=sender&PolicyName=p&PolicyDocument=%s",
              world_policy(client, MAY_PUT));
    assert_true(far_arrived(&far));
    (void)iam(client, "Action=UpdateAssumeRolePolicy&RoleName=sender&PolicyDocument=%s",
              world_policy(client, ANYBODY));
    assert_true(far_arrived(&far));
    (void)iam(client, "Action=UpdateAssumeRolePolicy&RoleName=sender&PolicyDocument=%s",
              world_policy(client, "{'Statement':{'Effect':'Allow','Principal':{'Service':"
                                   "'ec2.amazonaws.com'},'Action':'sts:AssumeRole'}}"));
    assert_false(far_arrived(&far));
}

/* The member's rule sends to a bus whose rule sends on: that is one bus too many. */
static void test_one_bus_further_and_no_more(void **state)
{
    struct sim_client *client = *state;
    struct far far = far_open(client);
    struct sign_key member = client->key;
    const char *second;

    allow_organization(&far, organization_id(client));
    client->key = far.management;
    client->region = "eu-west-1";
    second = json_str(events(client, "CreateEventBus", "{'Name':'second'}"), "EventBusArn");
    (void)events(client, "PutRule",
                 "{'Name':'s','EventBusName':'second','EventPattern':'{`source`:[`test`]}'}");
    (void)events(client, "PutTargets",
                 "{'Rule':'s','EventBusName':'second','Targets':[{'Id':'1','Arn':'%s'}]}",
                 far.topic);
    (void)events(client, "PutTargets",
                 "{'Rule':'c','EventBusName':'central','Targets':[{'Id':'1','Arn':'%s'}]}", second);
    EXPECT(client, "");
    client->key = member;
    client->region = "us-east-1";
    assert_false(far_arrived(&far));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_from_a_rule_to_a_queue),
        SLOW_TEST(test_it_takes_a_moment),
        WORLD_TEST(test_a_topic_that_does_not_let),
        WORLD_TEST(test_entries),
        WORLD_TEST(test_to_another_account_and_region),
        WORLD_TEST(test_one_bus_further_and_no_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
