#include "storage_world.h"

static void test_a_key_has_a_state(void **state)
{
    struct sim_client *client = *state;
    const char *arn = new_key(client);
    const struct json *key;

    (void)kms(client, "DisableKey", "{'KeyId':'%s'}", arn);
    (void)kms(client, "EnableKeyRotation", "{'KeyId':'%s'}", arn);
    EXPECT(client, "DisabledException");
    (void)kms(client, "ScheduleKeyDeletion", "{'KeyId':'%s','PendingWindowInDays':7}", arn);
    EXPECT(client, "");
    (void)kms(client, "EnableKey", "{'KeyId':'%s'}", arn);
    EXPECT(client, "KMSInvalidStateException");
    (void)kms(client, "CancelKeyDeletion", "{'KeyId':'%s'}", arn);
    key = json_get(kms(client, "DescribeKey", "{'KeyId':'%s'}", arn), "KeyMetadata");
    assert_string_equal(json_str(key, "KeyState"), "Disabled");
    assert_null(json_get(key, "DeletionDate"));
    (void)kms(client, "CancelKeyDeletion", "{'KeyId':'%s'}", arn);
    EXPECT(client, "KMSInvalidStateException");
    (void)kms(client, "ScheduleKeyDeletion", "{'KeyId':'%s','PendingWindowInDays':7}", arn);
    sim_client_wait(client, 7 * 24 * 60 * 60);
    (void)kms(client, "DescribeKey", "{'KeyId':'%s'}", arn);
    EXPECT(client, "NotFoundException");
    assert_int_equal(json_get(kms(client, "ListKeys", "{}"), "Keys")->count, 0);
}

static void test_a_key_is_of_its_account_and_region(void **state)
{
    struct sim_client *client = *state;
    const char *member = world_organization(client), *arn = new_key(client);

    client->region = "eu-west-1";
    (void)kms(client, "DescribeKey", "{'KeyId':'%s'}", arn);
    EXPECT(client, "NotFoundException");
    client->region = "us-east-1";
    become(client, member);
    (void)kms(client, "DescribeKey", "{'KeyId':'%s'}", arn);
    EXPECT(client, "AccessDeniedException");
    (void)kms(client, "DescribeKey", "{'KeyId':'%s'}", strrchr(arn, '/') + 1);
    EXPECT(client, "NotFoundException");
}

static void test_a_policy_may_not_lock_out(void **state)
{
    static const char locked[] = "{\\\"Statement\\\":{\\\"Effect\\\":\\\"Allow\\\","
                                 "\\\"Principal\\\":{\\\"AWS\\\":\\\"111122223333\\\"},"
                                 "\\\"Action\\\":\\\"kms:*\\\",\\\"Resource\\\":\\\"*\\\"}}";
    struct sim_client *client = *state;
    const char *arn = new_key(client);

    (void)kms(client, "CreateKey", "{'Policy':'%s'}", locked);
    EXPECT(client, "MalformedPolicyDocumentException");
    (void)kms(client, "PutKeyPolicy", "{'KeyId':'%s','Policy':'%s'}", arn, locked);
    EXPECT(client, "MalformedPolicyDocumentException");
    (void)kms(client, "PutKeyPolicy",
              "{'KeyId':'%s','Policy':'%s','BypassPolicyLockoutSafetyCheck':true}", arn, locked);
    EXPECT(client, "");
    (void)kms(client, "GetKeyPolicy", "{'KeyId':'%s'}", arn);
    EXPECT(client, "AccessDeniedException");
    (void)kms(client, "CreateKey", "{'Policy':'{}'}");
    EXPECT(client, "MalformedPolicyDocumentException");
}

static void test_rotation(void **state)
{
    struct sim_client *client = *state;
    const char *arn = new_key(client);
    const struct json *status;

    (void)kms(client, "EnableKeyRotation", "{'KeyId':'%s','RotationPeriodInDays':89}", arn);
    EXPECT(client, "ValidationException");
    (void)kms(client, "EnableKeyRotation", "{'KeyId':'%s'}", arn);
    status = kms(client, "GetKeyRotationStatus", "{'KeyId':'%s'}", arn);
    assert_int_equal(json_number(status, "RotationPeriodInDays", 0), 365);
    (void)kms(client, "DisableKeyRotation", "{'KeyId':'%s'}", arn);
    status = kms(client, "GetKeyRotationStatus", "{'KeyId':'%s'}", arn);
    assert_false(json_bool(status, "KeyRotationEnabled", true));
    assert_null(json_get(status, "RotationPeriodInDays"));
}

static void test_tags(void **state)
{
    struct sim_client *client = *state;
    const char *arn = new_key(client);
    const struct json *tags;

    (void)kms(client, "TagResource",
              "{'KeyId':'%s','Tags':[{'TagKey':'a','TagValue':'1'},{'TagKey':'b','TagValue':'2'}]}",
              arn);
    (void)kms(client, "TagResource", "{'KeyId':'%s','Tags':[{'TagKey':'a','TagValue':'3'}]}", arn);
    (void)kms(client, "UntagResource", "{'KeyId':'%s','TagKeys':['b']}", arn);
    tags = json_get(kms(client, "ListResourceTags", "{'KeyId':'%s'}", arn), "Tags");
    assert_int_equal(tags->count, 1);
    assert_string_equal(json_str(json_first(tags), "TagValue"), "3");
    (void)kms(client, "TagResource", "{'KeyId':'%s','Tags':[{'TagKey':'aws:a','TagValue':'1'}]}",
              arn);
    EXPECT(client, "TagException");
    (void)kms(client, "TagResource",
              "{'KeyId':'%s','Tags':[{'TagKey':'c','TagValue':'1'},{'TagKey':'c','TagValue':'2'}]}",
              arn);
    EXPECT(client, "TagException");
}

static void test_what_it_does_not_have(void **state)
{
    struct sim_client *client = *state;

    (void)kms(client, "DescribeKey", "{'KeyId':5}");
    EXPECT(client, "ValidationException");
    (void)kms(client, "CreateKey", "{'Tags':['a']}");
    EXPECT(client, "TagException");
    (void)kms(client, "DescribeKey", "{'KeyId':'arn:aws'}");
    EXPECT(client, "NotFoundException");
    (void)kms(client, "CreateKey", "{'KeySpec':'RSA_2048'}");
    EXPECT(client, "UnsupportedOperationException");
    (void)kms(client, "GetKeyPolicy", "{'KeyId':'%s','PolicyName':'other'}", new_key(client));
    EXPECT(client, "NotFoundException");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_a_key_has_a_state),
        WORLD_TEST(test_a_key_is_of_its_account_and_region),
        WORLD_TEST(test_a_policy_may_not_lock_out),
        WORLD_TEST(test_rotation),
        WORLD_TEST(test_tags),
        WORLD_TEST(test_what_it_does_not_have),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
