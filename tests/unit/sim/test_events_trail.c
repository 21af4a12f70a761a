#include "events_world.h"

/* Everything but what the test itself calls to listen. */
#define ALL "{`source`:[`aws.iam`,`aws.ec2`]}"
#define ALL_CALLS "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"

/* A trail, as CloudTrail keeps it. */
static void put_trail(struct sim_client *client, bool logging, bool of_all_regions)
{
    const char *arn = "arn:aws:cloudtrail:us-east-1:1:trail/t";
    struct json *trail = json_object(client->arena);

    json_put_str(trail, "TrailARN", arn);
    json_put_str(trail, "HomeRegion", "us-east-1");
    json_put_bool(trail, "IsMultiRegionTrail", of_all_regions);
    json_put_bool(trail, "_logging", logging);
    sim_store_put(client->sim->store, client->account, "", "trail", arn, trail);
}

static int recorded(void **state)
{
    if (world_open(state) != 0)
        return -1;
    put_trail(*state, true, true);
    return 0;
}

static const struct json *detail(struct sim_client *client, const char *queue,
                                 const struct json **out_event)
{
    const char *text = events_heard(client, queue);

    *out_event = text == NULL ? NULL : world_json(client, text);
    return json_get(*out_event, "detail");
}

static void test_a_write(void **state)
{
    struct sim_client *client = *state;
    const char *topic = events_topic(client), *queue = events_listen(client, topic);
    const struct json *event, *said;

    events_rule(client, "ENABLED", ALL, topic);
    (void)iam(client, "Action=CreateUser&UserName=mallory");
    said = detail(client, queue, &event);
    assert_non_null(said);
    assert_string_equal(json_str(event, "source"), "aws.iam");
    assert_string_equal(json_str(event, "detail-type"), "AWS API Call via CloudTrail");
    assert_string_equal(json_str(event, "account"), client->account);
    assert_string_equal(json_str(event, "region"), "us-east-1");
    assert_string_equal(json_str(said, "eventSource"), "iam.amazonaws.com");
    assert_string_equal(json_str(said, "eventName"), "CreateUser");
    assert_string_equal(json_str(said, "recipientAccountId"), client->account);
    assert_string_equal(json_str(json_get(said, "userIdentity"), "type"), "IAMUser");
    assert_string_equal(json_str(json_get(said, "requestParameters"), "userName"), "mallory");
    assert_null(json_path(said, "requestParameters", "Action", NULL));
    assert_false(json_bool(said, "readOnly", true));
    assert_null(json_get(said, "errorCode"));
    (void)iam(client, "Action=CreateUser&UserName=mallory");
    said = detail(client, queue, &event);
    assert_string_equal(json_str(said, "errorCode"), "EntityAlreadyExists");
}

static void test_a_read_reaches_who_asks_for_it(void **state)
{
    struct sim_client *client = *state;
    const char *topic = events_topic(client), *queue = events_listen(client, topic);
    const struct json *event;

    events_rule(client, "ENABLED", ALL, topic);
    (void)iam(client, "Action=ListUsers");
    assert_null(events_heard(client, queue));
    events_rule(client, ALL_CALLS, ALL, topic);
    (void)iam(client, "Action=ListUsers");
    assert_true(json_bool(detail(client, queue, &event), "readOnly", false));
    (void)iam(client, "Action=CreateUser&UserName=a"); /* and writes as before */
    assert_non_null(events_heard(client, queue));
    (void)events(client, "EnableRule", "{'Name':'watch'}");
    (void)iam(client, "Action=ListUsers");
    assert_null(events_heard(client, queue));
}

static void test_where_it_is_told(void **state)
{
    struct sim_client *client = *state;
    const char *topic, *queue;

    client->region = "eu-west-1";
    topic = events_topic(client);
    queue = events_listen(client, topic);
    events_rule(client, ALL_CALLS, ALL, topic);
    client->region = "us-east-1"; /* where IAM is, for everybody */
    (void)iam(client, "Action=ListUsers");
    client->region = "eu-west-1";
    assert_null(events_heard(client, queue));
    (void)sim_client_query(client, "ec2", "2016-11-15", "Action=DescribeRegions");
    assert_non_null(events_heard(client, queue));
}

static void test_a_role_that_is_refused(void **state)
{
    struct sim_client *client = *state;
    const char *topic = events_topic(client), *queue = events_listen(client, topic);
    const struct json *event, *said;
    struct sign_key before = client->key;
    const char *arn = world_role(client, "weak", ANYBODY);

    events_rule(client, ALL_CALLS, ALL, topic);
    world_use(client, world_assume(client, arn));
    (void)sim_client_query(client, "ec2", "2016-11-15", "Action=DescribeRegions");
    EXPECT(client, "UnauthorizedOperation");
    client->key = before;
    said = detail(client, queue, &event);
    assert_string_equal(json_str(said, "errorCode"), "Client.UnauthorizedOperation");
    assert_string_equal(json_str(json_get(said, "userIdentity"), "type"), "AssumedRole");
    assert_string_equal(
        json_str(json_path(said, "userIdentity", "sessionContext", "sessionIssuer", NULL), "arn"),
        arn);
}

static void test_data_is_not_told(void **state)
{
    struct sim_client *client = *state;
    const char *topic = events_topic(client), *queue = events_listen(client, topic);

    events_rule(client, ALL_CALLS, "{`source`:[`aws.sns`,`aws.sqs`]}", topic);
    (void)sns(client, "Action=Publish&TopicArn=%s&Message=one", sim_client_escape(client, topic));
    assert_string_equal(events_heard(client, queue), "one");
    assert_null(events_heard(client, queue));
    (void)sns(client, "Action=ListTopics");
    assert_non_null(strstr(events_heard(client, queue), "ListTopics"));
}

/* A text message to a telephone: the refusal tells who owns the key, and no event tells of it. */
static void test_a_call_that_no_event_shows(void **state)
{
    struct sim_client *client = *state;
    const char *topic = events_topic(client), *queue = events_listen(client, topic);
    const struct json *made;
    struct sign_key before = client->key;

    events_rule(client, ALL_CALLS, "{`account`:[{`exists`:true}]}", topic);
    (void)iam(client, "Action=CreateUser&UserName=svc");
    made = json_get(iam(client, "Action=CreateAccessKey&UserName=svc"), "AccessKey");
    while (events_heard(client, queue) != NULL)
        ;
    client->key =
        (struct sign_key){json_str(made, "AccessKeyId"), json_str(made, "SecretAccessKey"), NULL};
    (void)sns(client, "Action=Publish&PhoneNumber=1&Message=x");
    EXPECT(client, "AuthorizationError");
    assert_non_null(strstr(client->response.body, "user/svc"));
    client->key = before;
    assert_null(strstr(json_text(sim_dump(client->sim, client->arena), client->arena),
                       "\"eventName\":\"Publish\""));
    made = json_get(
        iam(client, "Action=GetAccessKeyLastUsed&AccessKeyId=%s", json_str(made, "AccessKeyId")),
        "AccessKeyLastUsed");
    assert_string_equal(json_str(made, "ServiceName"), "sns");
}

static void test_data_by_selectors(void **state)
{
    struct sim_client *client = *state;
    const char *topic = events_topic(client), *queue = events_listen(client, topic);
    const char *arn = "arn:aws:cloudtrail:us-east-1:1:trail/t";
    struct json *trail =
        sim_store_get(client->sim->store, client->arena, client->account, "", "trail", arn);
    const struct json *event, *said;

    events_rule(client, "ENABLED", "{`source`:[`aws.dynamodb`]}", topic);
    (void)sim_client_json(client, "dynamodb", "DynamoDB_20120810.Scan", "{\"TableName\":\"t\"}");
    assert_null(events_heard(client, queue));
    sim_set(trail, "_selectors",
            world_json(client, "[{'DataResources':[{'Type':'AWS::DynamoDB::Table','Values':"
                               "['arn:aws:dynamodb']}]}]"));
    sim_store_put(client->sim->store, client->account, "", "trail", arn, trail);
    (void)sim_client_json(client, "dynamodb", "DynamoDB_20120810.Scan", "{\"TableName\":\"t\"}");
    said = detail(client, queue, &event); /* which is a read, but no management event */
    assert_string_equal(json_str(said, "eventCategory"), "Data");
    assert_string_equal(json_str(said, "eventName"), "Scan");
}

static void test_only_what_a_trail_records(void **state)
{
    struct sim_client *client = *state;
    const char *topic, *queue;

    client->region = "eu-west-1";
    topic = events_topic(client);
    queue = events_listen(client, topic);
    events_rule(client, ALL_CALLS, ALL, topic);
    (void)sim_client_query(client, "ec2", "2016-11-15", "Action=DescribeRegions");
    assert_null(events_heard(client, queue));
    put_trail(client, true, false); /* of another region */
    (void)sim_client_query(client, "ec2", "2016-11-15", "Action=DescribeRegions");
    assert_null(events_heard(client, queue));
    put_trail(client, false, true);
    (void)sim_client_query(client, "ec2", "2016-11-15", "Action=DescribeRegions");
    assert_null(events_heard(client, queue));
    put_trail(client, true, true);
    (void)sim_client_query(client, "ec2", "2016-11-15", "Action=DescribeRegions");
    assert_non_null(events_heard(client, queue));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_write, recorded, world_close),
        cmocka_unit_test_setup_teardown(test_a_read_reaches_who_asks_for_it, recorded, world_close),
        cmocka_unit_test_setup_teardown(test_where_it_is_told, recorded, world_close),
        cmocka_unit_test_setup_teardown(test_a_role_that_is_refused, recorded, world_close),
        cmocka_unit_test_setup_teardown(test_data_is_not_told, recorded, world_close),
        cmocka_unit_test_setup_teardown(test_a_call_that_no_event_shows, recorded, world_close),
        cmocka_unit_test_setup_teardown(test_data_by_selectors, recorded, world_close),
        WORLD_TEST(test_only_what_a_trail_records),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
