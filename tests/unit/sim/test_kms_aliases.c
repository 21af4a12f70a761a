#include "storage_world.h"

static const char *target(struct sim_client *client, const char *alias)
{
    return json_str(json_get(kms(client, "DescribeKey", "{'KeyId':'%s'}", alias), "KeyMetadata"),
                    "Arn");
}

static void test_an_alias_means_one_key(void **state)
{
    struct sim_client *client = *state;
    const char *first = new_key(client), *second = new_key(client);

    (void)kms(client, "CreateAlias", "{'AliasName':'alias/a','TargetKeyId':'%s'}", first);
    EXPECT(client, "");
    assert_string_equal(target(client, "alias/a"), first);
    (void)kms(client, "CreateAlias", "{'AliasName':'alias/a','TargetKeyId':'%s'}", second);
    EXPECT(client, "AlreadyExistsException");
    (void)kms(client, "UpdateAlias", "{'AliasName':'alias/a','TargetKeyId':'%s'}", second);
    assert_string_equal(target(client, "alias/a"), second);
    (void)kms(client, "DeleteAlias", "{'AliasName':'alias/a'}");
    (void)kms(client, "DescribeKey", "{'KeyId':'alias/a'}");
    EXPECT(client, "NotFoundException");
    (void)kms(client, "DeleteAlias", "{'AliasName':'alias/a'}");
    EXPECT(client, "NotFoundException");
    (void)kms(client, "UpdateAlias", "{'AliasName':'alias/a','TargetKeyId':'%s'}", first);
    EXPECT(client, "NotFoundException");
}

static void test_an_alias_changes_no_key(void **state)
{
    struct sim_client *client = *state;

    (void)kms(client, "CreateAlias", "{'AliasName':'alias/a','TargetKeyId':'%s'}", new_key(client));
    (void)kms(client, "DisableKey", "{'KeyId':'alias/a'}");
    EXPECT(client, "NotFoundException");
}

static void test_a_key_takes_its_aliases_with_it(void **state)
{
    struct sim_client *client = *state;
    const char *arn = new_key(client);

    (void)kms(client, "CreateAlias", "{'AliasName':'alias/a','TargetKeyId':'%s'}", arn);
    (void)kms(client, "ScheduleKeyDeletion", "{'KeyId':'%s','PendingWindowInDays':7}", arn);
    sim_client_wait(client, 7 * 24 * 60 * 60);
    assert_int_equal(json_get(kms(client, "ListAliases", "{}"), "Aliases")->count, 0);
    (void)kms(client, "CreateAlias", "{'AliasName':'alias/a','TargetKeyId':'%s'}", new_key(client));
    EXPECT(client, "");
}

static void test_names_have_rules(void **state)
{
    struct sim_client *client = *state;
    const char *arn = new_key(client);

    (void)kms(client, "CreateAlias", "{'AliasName':'a','TargetKeyId':'%s'}", arn);
    EXPECT(client, "ValidationException");
    (void)kms(client, "CreateAlias", "{'AliasName':'alias/a b','TargetKeyId':'%s'}", arn);
    EXPECT(client, "ValidationException");
    (void)kms(client, "CreateAlias", "{'AliasName':'alias/aws/s3','TargetKeyId':'%s'}", arn);
    EXPECT(client, "NotAuthorizedException");
    (void)kms(client, "CreateAlias", "{'AliasName':'alias/a','TargetKeyId':'nothing'}");
    EXPECT(client, "NotFoundException");
    (void)kms(client, "ScheduleKeyDeletion", "{'KeyId':'%s'}", arn);
    (void)kms(client, "CreateAlias", "{'AliasName':'alias/a','TargetKeyId':'%s'}", arn);
    EXPECT(client, "KMSInvalidStateException");
}

static void test_the_list(void **state)
{
    struct sim_client *client = *state;
    const char *first = new_key(client), *second = new_key(client);
    const struct json *list;

    (void)kms(client, "CreateAlias", "{'AliasName':'alias/a','TargetKeyId':'%s'}", first);
    (void)kms(client, "CreateAlias", "{'AliasName':'alias/b','TargetKeyId':'%s'}", second);
    assert_int_equal(json_get(kms(client, "ListAliases", "{}"), "Aliases")->count, 2);
    list = json_get(kms(client, "ListAliases", "{'KeyId':'%s'}", second), "Aliases");
    assert_int_equal(list->count, 1);
    assert_string_equal(json_str(json_first(list), "AliasName"), "alias/b");
    list = kms(client, "ListAliases", "{'Limit':1}");
    assert_true(json_bool(list, "Truncated", false));
    list = kms(client, "ListAliases", "{'Limit':1,'Marker':'%s'}", json_str(list, "NextMarker"));
    assert_string_equal(json_str(json_first(json_get(list, "Aliases")), "AliasName"), "alias/b");
    assert_false(json_bool(list, "Truncated", true));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_an_alias_means_one_key),
        WORLD_TEST(test_an_alias_changes_no_key),
        WORLD_TEST(test_a_key_takes_its_aliases_with_it),
        WORLD_TEST(test_names_have_rules),
        WORLD_TEST(test_the_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
