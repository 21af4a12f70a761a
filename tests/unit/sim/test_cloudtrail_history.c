#include "cloudtrail_priv.h"
#include "world.h"

static const struct json *lookup(struct sim_client *client, const char *key, const char *value)
{
    return json_get(sim_client_json(client, "cloudtrail",
                                    "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101."
                                    "LookupEvents",
                                    arena_printf(client->arena,
                                                 "{\"LookupAttributes\":[{\"AttributeKey\":\"%s\","
                                                 "\"AttributeValue\":\"%s\"}]}",
                                                 key, value)),
                    "Events");
}

static void test_it_shows_after_a_while(void **state)
{
    struct sim_client *client = *state;
    (void)iam(client, "Action=CreateUser&UserName=a");
    assert_int_equal(lookup(client, "EventName", "CreateUser")->count, 0);
    sim_client_wait(client, 120);
    assert_int_equal(lookup(client, "EventName", "CreateUser")->count, 1);
    assert_string_equal(json_str(lookup(client, "Username", "administrator")->first, "AccessKeyId"),
                        client->key.access_key_id);
    assert_int_equal(lookup(client, "ResourceName", "a")->count, 1);
    sim_client_wait(client, 90 * 24 * 60 * 60);
    assert_int_equal(lookup(client, "EventName", "CreateUser")->count, 0);
}

static void test_the_oldest_go(void **state)
{
    struct sim_client *client = *state;
    for (int i = 0; i < 5001; i++)
        (void)sts(client, "Action=GetCallerIdentity");
    assert_int_equal(sim_store_count(client->sim->store, "", "", "trail-event-at"), 5000);
    assert_int_equal(
        sim_store_count(client->sim->store, client->account, "us-east-1", "trail-event"), 5000);
}

static void test_in_its_region_alone(void **state)
{
    struct sim_client *client = *state;
    client->region = "eu-west-1";
    (void)sts(client, "Action=GetCallerIdentity");
    assert_int_equal(lookup(client, "EventName", "GetCallerIdentity")->count, 1);
    client->region = "us-east-1";
    assert_int_equal(lookup(client, "EventName", "GetCallerIdentity")->count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SLOW_TEST(test_it_shows_after_a_while),
        WORLD_TEST(test_the_oldest_go),
        WORLD_TEST(test_in_its_region_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
