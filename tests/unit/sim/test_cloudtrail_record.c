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

static void test_what_is_secret_is_hidden(void **state)
{
    struct sim_client *client = *state;
    const char *text;

    (void)sim_client_json(client, "secretsmanager", "secretsmanager.CreateSecret",
                          "{\"Name\":\"a\",\"SecretString\":\"hush\"}");
    (void)sim_client_json(client, "ssm", "AmazonSSM.PutParameter",
                          "{\"Name\":\"b\",\"Value\":\"hush\",\"Type\":\"SecureString\"}");
    text = json_str(lookup(client, "EventName", "CreateSecret")->first, "CloudTrailEvent");
    assert_null(strstr(text, "hush"));
    assert_non_null(strstr(text, "\"secretString\":\"HIDDEN_DUE_TO_SECURITY_REASONS\""));
    text = json_str(lookup(client, "EventName", "PutParameter")->first, "CloudTrailEvent");
    assert_null(strstr(text, "hush"));
    assert_non_null(strstr(text, "\"name\":\"b\""));
}

static void test_a_stranger_is_an_account(void **state)
{
    struct sim_client *client = *state;
    const char *member = world_organization(client), *text;
    const struct json *answer = world_assume(
        client,
        arena_printf(client->arena, "arn:aws:iam::%s:role/OrganizationAccountAccessRole", member));

    EXPECT(client, "");
    world_use(client, answer);
    text = json_str(lookup(client, "EventName", "AssumeRole")->first, "CloudTrailEvent");
    assert_non_null(strstr(text, "\"type\":\"AWSAccount\""));
    assert_non_null(
        strstr(text, arena_printf(client->arena, "\"recipientAccountId\":\"%s\"", member)));
    assert_null(strstr(text, "administrator"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_what_is_secret_is_hidden),
        WORLD_TEST(test_a_stranger_is_an_account),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
