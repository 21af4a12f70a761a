#include "world.h"

static void test_names_differ_by_more_than_case(void **state)
{
    struct sim_client *client = *state;

    assert_string_equal(sim_iam_key(client->arena, "AbC-9_z"), "abc-9_z");
}

static void test_the_administrator_looks_like_any_user(void **state)
{
    struct sim_client *client = *state;
    const struct json *users = json_get(iam(client, "Action=ListUsers"), "Users"), *keys;

    assert_string_equal(json_str(json_at(users, 0), "UserName"), "administrator");
    keys =
        json_get(iam(client, "Action=ListAccessKeys&UserName=administrator"), "AccessKeyMetadata");
    assert_string_equal(json_str(json_at(keys, 0), "AccessKeyId"), client->key.access_key_id);
    assert_string_equal(json_str(json_at(json_get(iam(client, "Action=ListAttachedUserPolicies"
                                                              "&UserName=administrator"),
                                                  "AttachedPolicies"),
                                         0),
                                 "PolicyName"),
                        "AdministratorAccess");
    assert_int_equal(
        json_number(json_get(iam(client, "Action=GetPolicy&PolicyArn="
                                         "arn:aws:iam::aws:policy/AdministratorAccess"),
                             "Policy"),
                    "AttachmentCount", 0),
        1);
}

static void test_a_member_s_role_may_do_everything(void **state)
{
    struct sim_client *client = *state;
    const struct json *answer;

    sim_iam_member_role(client->sim, client->arena, client->account, "Access", "{}", 0);
    answer = iam(client, "Action=GetRolePolicy&RoleName=access&PolicyName=AdministratorAccess");
    assert_string_equal(json_str(answer, "RoleName"), "Access");
    assert_non_null(strstr(json_str(answer, "PolicyDocument"), "%22Action%22%3A%22%2A%22"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_names_differ_by_more_than_case),
        WORLD_TEST(test_the_administrator_looks_like_any_user),
        WORLD_TEST(test_a_member_s_role_may_do_everything),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
