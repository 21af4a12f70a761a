#include "world.h"

static struct sign_key create(struct sim_client *client)
{
    const struct json *key =
        json_get(iam(client, "Action=CreateAccessKey&UserName=u"), "AccessKey");

    return (struct sign_key){json_str(key, "AccessKeyId"), json_str(key, "SecretAccessKey"), NULL};
}

static const char *whoami(struct sim_client *client, struct sign_key key)
{
    struct sign_key before = client->key;
    const char *code;

    client->key = key;
    (void)sts(client, "Action=GetCallerIdentity");
    code = sim_client_code(client);
    client->key = before;
    return code;
}

static void test_a_key_signs_until_it_is_off(void **state)
{
    struct sim_client *client = *state;
    struct sign_key key;

    (void)iam(client, "Action=CreateUser&UserName=u");
    key = create(client);
    assert_true(str_starts(key.access_key_id, "AKIA"));
    assert_string_equal(whoami(client, key), "");
    (void)iam(client, "Action=UpdateAccessKey&UserName=u&Status=Inactive&AccessKeyId=%s",
              key.access_key_id);
    assert_string_equal(whoami(client, key), "InvalidClientTokenId");
    assert_string_equal(json_str(json_at(json_get(iam(client, "Action=ListAccessKeys&UserName=u"),
                                                  "AccessKeyMetadata"),
                                         0),
                                 "Status"),
                        "Inactive");
    (void)iam(client, "Action=UpdateAccessKey&UserName=u&Status=Active&AccessKeyId=%s",
              key.access_key_id);
    assert_string_equal(whoami(client, key), "");
    (void)iam(client, "Action=DeleteAccessKey&UserName=u&AccessKeyId=%s", key.access_key_id);
    assert_string_equal(whoami(client, key), "InvalidClientTokenId");
}

static void test_the_secret_is_shown_once(void **state)
{
    struct sim_client *client = *state;
    struct sign_key key;

    (void)iam(client, "Action=CreateUser&UserName=u");
    key = create(client);
    (void)iam(client, "Action=ListAccessKeys&UserName=u");
    assert_non_null(strstr(client->response.body, key.access_key_id));
    assert_null(strstr(client->response.body, "SecretAccessKey"));
}

static void test_two_keys_at_most(void **state)
{
    struct sim_client *client = *state;
    struct sign_key key;

    (void)iam(client, "Action=CreateUser&UserName=u");
    key = create(client);
    (void)create(client);
    (void)create(client);
    EXPECT(client, "LimitExceeded");
    (void)iam(client, "Action=DeleteAccessKey&UserName=u&AccessKeyId=%s", key.access_key_id);
    (void)create(client);
    EXPECT(client, "");
}

static void test_last_use(void **state)
{
    struct sim_client *client = *state;
    const struct json *used;
    struct sign_key key;

    (void)iam(client, "Action=CreateUser&UserName=u");
    key = create(client);
    used = iam(client, "Action=GetAccessKeyLastUsed&AccessKeyId=%s", key.access_key_id);
    assert_string_equal(json_str(used, "UserName"), "u");
    assert_string_equal(json_str(json_get(used, "AccessKeyLastUsed"), "ServiceName"), "N/A");
    sim_client_wait(client, 60);
    client->region = "eu-west-1";
    assert_string_equal(whoami(client, key), "");
    client->region = "us-east-1";
    used = json_get(iam(client, "Action=GetAccessKeyLastUsed&AccessKeyId=%s", key.access_key_id),
                    "AccessKeyLastUsed");
    assert_string_equal(json_str(used, "ServiceName"), "sts");
    assert_string_equal(json_str(used, "Region"), "eu-west-1");
    assert_string_equal(json_str(used, "LastUsedDate"), "2026-11-24T12:01:00Z");
    (void)iam(client, "Action=GetAccessKeyLastUsed&AccessKeyId=AKIAAAAAAAAAAAAAAAAA");
    EXPECT(client, "NoSuchEntity");
}

static void test_another_user_s_key_is_not_found(void **state)
{
    struct sim_client *client = *state;
    struct sign_key key;

    (void)iam(client, "Action=CreateUser&UserName=u");
    key = create(client);
    (void)iam(client, "Action=DeleteAccessKey&AccessKeyId=%s",
              key.access_key_id); /* the caller's */
    EXPECT(client, "NoSuchEntity");
    (void)iam(client, "Action=UpdateAccessKey&UserName=u&Status=Broken&AccessKeyId=%s",
              key.access_key_id);
    EXPECT(client, "ValidationError");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_a_key_signs_until_it_is_off),
        WORLD_TEST(test_the_secret_is_shown_once),
        WORLD_TEST(test_two_keys_at_most),
        WORLD_TEST(test_last_use),
        WORLD_TEST(test_another_user_s_key_is_not_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
