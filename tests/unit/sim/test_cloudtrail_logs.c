#include "cloudtrail_priv.h"
#include "world.h"

static const struct json *logs(struct sim_client *client, const char *operation, const char *body)
{
    return sim_client_json(client, "logs",
                           arena_printf(client->arena, "Logs_20140328.%s", operation),
                           json_text(world_json(client, body), client->arena));
}

/* A trail whose role may write what `resource` names. */
static void begin(struct sim_client *client, const char *resource)
{
    const char *role = world_role(client, "to-logs",
                                  "{'Statement':{'Effect':'Allow','Principal':{'Service':"
                                  "'cloudtrail.amazonaws.com'},'Action':'sts:AssumeRole'}}");
    const char *policy = arena_printf(client->arena,
                                      "{'Statement':{'Effect':'Allow','Action':'logs:*',"
                                      "'Resource':'%s'}}",
                                      resource);
    struct json *trail = world_json(client, "{'HomeRegion':'us-east-1','_logging':true}");

    (void)iam(client, "Action=PutRolePolicy&RoleName=to-logs&PolicyName=p&PolicyDocument=%s",
              world_policy(client, policy));
    EXPECT(client, "");
    (void)logs(client, "CreateLogGroup", "{'logGroupName':'g'}");
    json_put_str(
        trail, "TrailARN",
        arena_printf(client->arena, "arn:aws:cloudtrail:us-east-1:%s:trail/t", client->account));
    json_put_str(trail, "CloudWatchLogsRoleArn", role);
    json_put_str(
        trail, "CloudWatchLogsLogGroupArn",
        arena_printf(client->arena, "arn:aws:logs:us-east-1:%s:log-group:g:*", client->account));
    sim_store_put(client->sim->store, client->account, "", "trail", json_str(trail, "TrailARN"),
                  trail);
}

static size_t found(struct sim_client *client)
{
    const struct json *answer = logs(client, "FilterLogEvents",
                                     "{'logGroupName':'g','filterPattern':"
                                     "'{ $.eventName = GetCallerIdentity }'}");

    return json_get(answer, "events")->count;
}

static void test_events_arrive_after_a_minute(void **state)
{
    struct sim_client *client = *state;
    begin(client, "*");
    sim_client_wait(client, 600); /* the role spreads */
    (void)sts(client, "Action=GetCallerIdentity");
    assert_int_equal(found(client), 0);
    sim_client_wait(client, 60);
    assert_int_equal(found(client), 1);
}

static void test_a_role_that_may_not(void **state)
{
    struct sim_client *client = *state;
    begin(client, "arn:aws:logs:*:*:log-group:other:*");
    (void)sts(client, "Action=GetCallerIdentity");
    assert_int_equal(found(client), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SLOW_TEST(test_events_arrive_after_a_minute),
        WORLD_TEST(test_a_role_that_may_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
