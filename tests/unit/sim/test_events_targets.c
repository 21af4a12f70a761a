#include "events_world.h"

extern const struct sim_service sim_service_events;

#define TOPIC "arn:aws:sns:us-east-1:111122223333:t"

static int with_rule(void **state)
{
    if (world_open(state) != 0)
        return -1;
    (void)events(*state, "PutRule", "{'Name':'r','EventPattern':'{`source`:[`a`]}'}");
    return 0;
}

static size_t count(struct sim_client *client)
{
    return json_get(events(client, "ListTargetsByRule", "{'Rule':'r'}"), "Targets")->count;
}

static void put(struct sim_client *client, const char *id, const char *more)
{
    (void)events(client, "PutTargets", "{'Rule':'r','Targets':[{'Id':'%s','Arn':'" TOPIC "'%s}]}",
                 id, more);
}

static void test_five_targets(void **state)
{
    struct sim_client *client = *state;
    const struct json *page;

    for (int i = 0; i < 5; i++)
        put(client, arena_printf(client->arena, "%d", i), "");
    put(client, "3", ""); /* in its place */
    EXPECT(client, "");
    assert_int_equal(count(client), 5);
    put(client, "more", "");
    EXPECT(client, "LimitExceededException");
    page = events(client, "ListTargetsByRule", "{'Rule':'r','Limit':3}");
    assert_int_equal(json_get(page, "Targets")->count, 3);
    page = events(client, "ListTargetsByRule", "{'Rule':'r','NextToken':'%s'}",
                  json_str(page, "NextToken"));
    assert_int_equal(json_get(page, "Targets")->count, 2);
    page = events(client, "RemoveTargets", "{'Rule':'r','Ids':['1','none']}");
    assert_int_equal(json_number(page, "FailedEntryCount", -1), 1);
    assert_string_equal(json_str(json_at(json_get(page, "FailedEntries"), 0), "TargetId"), "none");
    assert_int_equal(count(client), 4);
    (void)events(client, "RemoveTargets", "{'Rule':'r','Ids':[7]}");
    EXPECT(client, "ValidationException");
}

static void test_what_is_refused(void **state)
{
    struct sim_client *client = *state;
    const struct json *answer;

    put(client, "", "");
    EXPECT(client, "ValidationException");
    put(client, "1", ",'Input':'{}','InputPath':'$'");
    EXPECT(client, "ValidationException");
    put(client, "1", ",'InputTransformer':{}");
    EXPECT(client, "ValidationException");
    (void)events(client, "PutTargets", "{'Rule':'r','Targets':[{'Id':'1','Arn':'none'}]}");
    EXPECT(client, "ValidationException");
    (void)events(client, "PutTargets", "{'Rule':'r','Targets':[]}");
    EXPECT(client, "ValidationException");
    (void)events(client, "PutTargets", "{'Rule':'none','Targets':[]}");
    EXPECT(client, "ResourceNotFoundException");
    /* A bus elsewhere takes a role. */
    (void)events(client, "PutTargets",
                 "{'Rule':'r','Targets':[{'Id':'1','Arn':"
                 "'arn:aws:events:us-east-1:111122223333:event-bus/b'}]}");
    EXPECT(client, "ValidationException");
    (void)events(client, "PutTargets",
                 "{'Rule':'r','Targets':[{'Id':'1','Arn':"
                 "'arn:aws:events:eu-west-1:%s:event-bus/b'}]}",
                 client->account);
    EXPECT(client, "ValidationException");
    assert_int_equal(count(client), 0);
    /* The call goes well and the target does not. */
    answer = events(client, "PutTargets",
                    "{'Rule':'r','Targets':[{'Id':'1','Arn':"
                    "'arn:aws:events:us-east-1:%s:event-bus/b'}]}",
                    client->account);
    EXPECT(client, "");
    assert_int_equal(json_number(answer, "FailedEntryCount", -1), 1);
    assert_int_equal(count(client), 0);
}

static const char *input(struct sim_client *client, const char *target)
{
    struct sim_call call = world_call(client, &sim_service_events);

    return event_input(&call, world_json(client, target),
                       world_json(client, "{'Name':'r','Arn':'arn:r'}"),
                       world_json(client, "{'source':'aws.x','account':'1','detail':{'who':'a/b',"
                                          "'n':3,'l':[{'k':'v'}]}}"));
}

static void test_input(void **state)
{
    struct sim_client *client = *state;

    assert_string_equal(input(client, "{'Input':'{}'}"), "{}");
    assert_string_equal(input(client, "{'InputPath':'$.detail.l[0].k'}"), "\"v\"");
    assert_string_equal(input(client, "{'InputPath':'$.detail.none'}"), "{}");
    assert_non_null(strstr(input(client, "{}"), "\"source\":\"aws.x\""));
}

static void test_transformed(void **state)
{
    struct sim_client *client = *state;
    struct json *target = json_object(client->arena), *transformer, *paths;
    struct sim_call call = world_call(client, &sim_service_events);
    struct json *event = world_json(client, "{'a':'say','n':3,'o':{'k':'v'}}");

    json_put_str(event, "q", "a \"word\"");
    transformer = json_put_object(target, "InputTransformer");
    paths = json_put_object(transformer, "InputPathsMap");
    json_put_str(paths, "a", "$.a");
    json_put_str(paths, "n", "$.n");
    json_put_str(paths, "o", "$.o");
    json_put_str(paths, "q", "$.q");
    json_put_str(paths, "none", "$.none");
    json_put_str(transformer, "InputTemplate",
                 "\"<a> <q> <none><n> <aws.events.rule-name>\\n\" {\"x\": <a>, \"y\": <o>}");
    assert_string_equal(
        event_input(&call, target, world_json(client, "{'Name':'r','Arn':'arn:r'}"), event),
        "\"say a \\\"word\\\" 3 r\\n\" {\"x\": \"say\", \"y\": "
        "{\"k\":\"v\"}}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_five_targets, with_rule, world_close),
        cmocka_unit_test_setup_teardown(test_what_is_refused, with_rule, world_close),
        WORLD_TEST(test_input),
        WORLD_TEST(test_transformed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
