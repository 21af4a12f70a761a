#include "world.h"

static void test_users_come_and_go(void **state)
{
    struct sim_client *client = *state;
    const struct json *user =
        json_get(iam(client, "Action=CreateUser&UserName=u&Path=/x/"), "User");

    assert_true(str_starts(json_str(user, "UserId"), "AIDA"));
    assert_int_equal(json_get(iam(client, "Action=ListUsers"), "Users")->count, 2);
    assert_int_equal(json_get(iam(client, "Action=ListUsers&PathPrefix=/x/"), "Users")->count, 1);
    (void)iam(client, "Action=DeleteUser&UserName=u");
    EXPECT(client, "");
    (void)iam(client, "Action=GetUser&UserName=u");
    EXPECT(client, "NoSuchEntity");
    assert_int_equal(client->response.status, 404);
}

static void test_a_user_with_keys_or_policies_stays(void **state)
{
    struct sim_client *client = *state;
    const struct json *key;

    (void)iam(client, "Action=CreateUser&UserName=u");
    key = json_get(iam(client, "Action=CreateAccessKey&UserName=u"), "AccessKey");
    (void)iam(client, "Action=DeleteUser&UserName=u");
    EXPECT(client, "DeleteConflict");
    (void)iam(client, "Action=DeleteAccessKey&UserName=u&AccessKeyId=%s",
              json_str(key, "AccessKeyId"));
    (void)iam(client, "Action=PutUserPolicy&UserName=u&PolicyName=p&PolicyDocument=%s",
              world_policy(client, EVERYTHING));
    (void)iam(client, "Action=DeleteUser&UserName=u");
    EXPECT(client, "DeleteConflict");
    (void)iam(client, "Action=DeleteUserPolicy&UserName=u&PolicyName=p");
    (void)iam(client, "Action=DeleteUser&UserName=u");
    EXPECT(client, "");
}

static void test_without_a_name_it_is_the_caller(void **state)
{
    struct sim_client *client = *state;
    const char *arn = world_role(client, "r", ANYBODY);

    assert_string_equal(json_str(json_get(iam(client, "Action=GetUser"), "User"), "UserName"),
                        "administrator");
    (void)iam(client, "Action=PutRolePolicy&RoleName=r&PolicyName=p&PolicyDocument=%s",
              world_policy(client, EVERYTHING));
    world_use(client, world_assume(client, arn));
    (void)iam(client, "Action=GetUser");
    EXPECT(client, "ValidationError");
}

static void test_passwords_and_devices_do_not_exist(void **state)
{
    struct sim_client *client = *state;

    (void)iam(client, "Action=GetLoginProfile&UserName=administrator");
    EXPECT(client, "NoSuchEntity");
    (void)iam(client, "Action=DeleteLoginProfile&UserName=administrator");
    EXPECT(client, "NoSuchEntity");
    assert_int_equal(
        json_get(iam(client, "Action=ListMFADevices&UserName=administrator"), "MFADevices")->count,
        0);
    (void)iam(client, "Action=ListMFADevices&UserName=nobody");
    EXPECT(client, "NoSuchEntity");
    (void)iam(client, "Action=ListSigningCertificates&UserName=administrator");
    EXPECT(client, "");
}

static void test_boundaries(void **state)
{
    struct sim_client *client = *state;

    (void)iam(client, "Action=PutUserPermissionsBoundary&UserName=administrator"
                      "&PermissionsBoundary=arn:aws:iam::aws:policy/PowerUserAccess");
    EXPECT(client, "");
    assert_non_null(
        json_get(json_get(iam(client, "Action=GetUser"), "User"), "PermissionsBoundary"));
    (void)iam(client, "Action=PutUserPermissionsBoundary&UserName=administrator");
    EXPECT(client, "ValidationError");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_users_come_and_go),
        WORLD_TEST(test_a_user_with_keys_or_policies_stays),
        WORLD_TEST(test_without_a_name_it_is_the_caller),
        WORLD_TEST(test_passwords_and_devices_do_not_exist),
        WORLD_TEST(test_boundaries),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
