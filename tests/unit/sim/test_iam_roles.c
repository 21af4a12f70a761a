#include "world.h"

static void test_a_role_is_as_it_was_made(void **state)
{
    struct sim_client *client = *state;
    const struct json *role;

    (void)iam(client,
              "Action=CreateRole&RoleName=Reader&Path=/x/&Description=d&MaxSessionDuration=7200"
              "&Tags.member.1.Key=k&Tags.member.1.Value=v&AssumeRolePolicyDocument=%s",
              world_policy(client, ANYBODY));
    EXPECT(client, "");
    role = json_get(iam(client, "Action=GetRole&RoleName=Reader"), "Role");
    assert_string_equal(
        json_str(role, "Arn"),
        arena_printf(client->arena, "arn:aws:iam::%s:role/x/Reader", client->account));
    assert_string_equal(json_str(role, "Description"), "d");
    assert_int_equal(json_number(role, "MaxSessionDuration", 0), 7200);
    assert_string_equal(json_str(role, "CreateDate"), "2026-11-24T12:00:00Z");
    assert_string_equal(json_str(role, "AssumeRolePolicyDocument"),
                        world_policy(client, ANYBODY)); /* percent-encoded */
    assert_non_null(json_get(role, "Tags"));
    assert_null(json_get(role, "_ready_ms"));
    role = json_at(json_get(iam(client, "Action=ListRoles&PathPrefix=/x/"), "Roles"), 0);
    assert_string_equal(json_str(role, "RoleName"), "Reader");
    assert_null(json_get(role, "Tags")); /* a list does not tell */
}

static void test_trust_policies_are_checked(void **state)
{
    static const char *const broken[] = {
        "{}",
        "{'Statement':{'Effect':'Allow','Action':'sts:AssumeRole'}}",
        "{'Statement':{'Effect':'Allow','Principal':'*','Action':'sts:*','Resource':'*'}}",
        "not JSON",
    };
    struct sim_client *client = *state;
    char *large = arena_alloc(client->arena, 3000);

    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        (void)iam(client, "Action=CreateRole&RoleName=r&AssumeRolePolicyDocument=%s",
                  world_policy(client, broken[i]));
        EXPECT(client, "MalformedPolicyDocument");
    }
    memset(large, 'x', 2100);
    (void)iam(
        client, "Action=CreateRole&RoleName=r&AssumeRolePolicyDocument=%s",
        world_policy(client, arena_printf(client->arena,
                                          "{'Id':'%s','Statement':{'Effect':'Allow','Principal':"
                                          "'*','Action':'sts:AssumeRole'}}",
                                          large)));
    EXPECT(client, "LimitExceeded");
    (void)iam(client, "Action=GetRole&RoleName=r");
    EXPECT(client, "NoSuchEntity");
}

static const char *trust_of(struct sim_client *client, const char *arn)
{
    return world_policy(client, arena_printf(client->arena,
                                             "{'Statement':[{'Effect':'Allow','Principal':"
                                             "{'AWS':['%s']},'Action':'sts:AssumeRole'}]}",
                                             arn));
}

static void test_principals_must_exist(void **state)
{
    struct sim_client *client = *state;
    const char *first = arena_printf(client->arena, "arn:aws:iam::%s:role/first", client->account);

    (void)iam(client, "Action=CreateRole&RoleName=second&AssumeRolePolicyDocument=%s",
              trust_of(client, first));
    EXPECT(client, "MalformedPolicyDocument");
    assert_non_null(strstr(client->response.body, "Invalid principal in policy"));
    (void)world_role(client, "first", ANYBODY);
    (void)iam(client, "Action=CreateRole&RoleName=second&AssumeRolePolicyDocument=%s",
              trust_of(client, first));
    EXPECT(client, "");
    /* Accounts that the simulator does not have may have anything. */
    (void)iam(client, "Action=CreateRole&RoleName=third&AssumeRolePolicyDocument=%s",
              trust_of(client, "arn:aws:iam::000011112222:role/x"));
    EXPECT(client, "");
}

static void test_a_new_role_is_no_principal_at_once(void **state)
{
    struct sim_client *client = *state;
    const char *first = world_role(client, "first", ANYBODY);

    (void)iam(client, "Action=CreateRole&RoleName=second&AssumeRolePolicyDocument=%s",
              trust_of(client, first));
    EXPECT(client, "MalformedPolicyDocument");
    sim_client_wait(client, 30);
    (void)iam(client, "Action=CreateRole&RoleName=second&AssumeRolePolicyDocument=%s",
              trust_of(client, first));
    EXPECT(client, "");
}

static void test_a_role_is_changed(void **state)
{
    struct sim_client *client = *state;
    const struct json *role;

    (void)world_role(client, "r", ANYBODY);
    (void)iam(client, "Action=UpdateRole&RoleName=r&Description=new");
    (void)iam(client, "Action=UpdateAssumeRolePolicy&RoleName=r&PolicyDocument=%s",
              trust_of(client, "arn:aws:iam::000011112222:root"));
    EXPECT(client, "");
    role = json_get(iam(client, "Action=GetRole&RoleName=r"), "Role");
    assert_string_equal(json_str(role, "Description"), "new");
    assert_int_equal(json_number(role, "MaxSessionDuration", 0), 3600); /* not named, not touched */
    assert_non_null(strstr(json_str(role, "AssumeRolePolicyDocument"), "000011112222"));
    (void)iam(client, "Action=UpdateAssumeRolePolicy&RoleName=r&PolicyDocument=x");
    EXPECT(client, "MalformedPolicyDocument");
    (void)iam(client, "Action=UpdateRole&RoleName=r&MaxSessionDuration=3599");
    EXPECT(client, "ValidationError");
    (void)iam(client, "Action=UpdateRole&RoleName=none&Description=x");
    EXPECT(client, "NoSuchEntity");
}

static void test_a_role_with_policies_stays(void **state)
{
    struct sim_client *client = *state;
    const char *arn = "arn:aws:iam::aws:policy/ReadOnlyAccess";

    (void)world_role(client, "r", ANYBODY);
    (void)iam(client, "Action=AttachRolePolicy&RoleName=r&PolicyArn=%s", arn);
    (void)iam(client, "Action=DeleteRole&RoleName=r");
    EXPECT(client, "DeleteConflict");
    (void)iam(client, "Action=DetachRolePolicy&RoleName=r&PolicyArn=%s", arn);
    (void)iam(client, "Action=PutRolePolicy&RoleName=r&PolicyName=p&PolicyDocument=%s",
              world_policy(client, EVERYTHING));
    (void)iam(client, "Action=DeleteRole&RoleName=r");
    EXPECT(client, "DeleteConflict");
    (void)iam(client, "Action=DeleteRolePolicy&RoleName=r&PolicyName=p");
    (void)iam(client, "Action=DeleteRole&RoleName=r");
    EXPECT(client, "");
    (void)iam(client, "Action=DeleteRole&RoleName=r");
    EXPECT(client, "NoSuchEntity");
}

static void test_service_linked_roles(void **state)
{
    struct sim_client *client = *state;
    const struct json *role = json_get(iam(client, "Action=CreateServiceLinkedRole"
                                                   "&AWSServiceName=guardduty.amazonaws.com"),
                                       "Role");
    const char *name = json_str(role, "RoleName");

    EXPECT(client, "");
    assert_string_equal(json_str(role, "Path"), "/aws-service-role/guardduty.amazonaws.com/");
    assert_string_equal(name, "AWSServiceRoleForAmazonGuardDuty");
    role = json_get(iam(client, "Action=CreateServiceLinkedRole"
                                "&AWSServiceName=backup.amazonaws.com"),
                    "Role");
    assert_string_equal(json_str(role, "RoleName"), "AWSServiceRoleForBackup");
    (void)iam(client, "Action=CreateServiceLinkedRole&AWSServiceName=guardduty.amazonaws.com");
    EXPECT(client, "InvalidInput");
    assert_non_null(strstr(client->response.body, "has been taken"));
    (void)iam(client, "Action=CreateServiceLinkedRole&AWSServiceName=guardduty");
    EXPECT(client, "InvalidInput");
    (void)iam(client, "Action=DeleteRole&RoleName=%s", name);
    EXPECT(client, "UnmodifiableEntity");
    (void)iam(client, "Action=UpdateAssumeRolePolicy&RoleName=%s&PolicyDocument=%s", name,
              world_policy(client, ANYBODY));
    EXPECT(client, "UnmodifiableEntity");
}

static void test_a_thousand_roles_at_most(void **state)
{
    struct sim_client *client = *state;

    for (int i = 0; i < 1000; i++)
        sim_store_put(client->sim->store, client->account, "", "role",
                      arena_printf(client->arena, "r%d", i), json_object(client->arena));
    (void)iam(client, "Action=CreateRole&RoleName=more&AssumeRolePolicyDocument=%s",
              world_policy(client, ANYBODY));
    EXPECT(client, "LimitExceeded");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_a_role_is_as_it_was_made),
        WORLD_TEST(test_trust_policies_are_checked),
        WORLD_TEST(test_principals_must_exist),
        SLOW_TEST(test_a_new_role_is_no_principal_at_once),
        WORLD_TEST(test_a_role_is_changed),
        WORLD_TEST(test_a_role_with_policies_stays),
        WORLD_TEST(test_service_linked_roles),
        WORLD_TEST(test_a_thousand_roles_at_most),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
