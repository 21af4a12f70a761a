#include "iam_priv.h"
#include "world.h"

static void test_tags(void **state)
{
    struct sim_client *client = *state;
    const struct json *tags;

    (void)iam(client, "Action=CreateUser&UserName=u&Tags.member.1.Key=a&Tags.member.1.Value=1");
    (void)iam(client, "Action=TagUser&UserName=u&Tags.member.1.Key=a&Tags.member.1.Value=2"
                      "&Tags.member.2.Key=b&Tags.member.2.Value=");
    EXPECT(client, "");
    tags = json_get(iam(client, "Action=ListUserTags&UserName=u"), "Tags");
    assert_int_equal(tags->count, 2);
    assert_string_equal(json_str(json_at(tags, 0), "Value"), "2");
    (void)iam(client, "Action=UntagUser&UserName=u&TagKeys.member.1=a&TagKeys.member.2=none");
    tags = json_get(iam(client, "Action=ListUserTags&UserName=u"), "Tags");
    assert_int_equal(tags->count, 1);
    assert_string_equal(json_str(json_at(tags, 0), "Key"), "b");
    (void)iam(client, "Action=TagUser&UserName=u&Tags.member.1.Key=a");
    EXPECT(client, "ValidationError");
    (void)iam(client, "Action=TagUser&UserName=nobody");
    EXPECT(client, "NoSuchEntity");
}

static void test_fifty_tags_at_most(void **state)
{
    struct sim_client *client = *state;

    (void)iam(client, "Action=CreateUser&UserName=u");
    for (int i = 0; i < 51; i++) {
        (void)iam(client, "Action=TagUser&UserName=u&Tags.member.1.Key=k%d&Tags.member.1.Value=v",
                  i);
        EXPECT(client, i < 50 ? "" : "LimitExceeded");
    }
}

static void test_names_are_unique_whatever_their_case(void **state)
{
    struct sim_client *client = *state;

    (void)iam(client, "Action=CreateUser&UserName=Alice");
    (void)iam(client, "Action=CreateUser&UserName=aLICE");
    EXPECT(client, "EntityAlreadyExists");
    assert_int_equal(client->response.status, 409);
    assert_string_equal(
        json_str(json_get(iam(client, "Action=GetUser&UserName=ALICE"), "User"), "UserName"),
        "Alice");
}

static void test_paths(void **state)
{
    struct sim_client *client = *state;

    (void)iam(client, "Action=CreateUser&UserName=u&Path=/a/b/");
    EXPECT(client, "");
    assert_true(
        str_ends(json_str(json_get(iam(client, "Action=GetUser&UserName=u"), "User"), "Arn"),
                 ":user/a/b/u"));
    (void)iam(client, "Action=CreateUser&UserName=v&Path=/a");
    EXPECT(client, "ValidationError");
    (void)iam(client, "Action=CreateUser&UserName=v&Path=a/");
    EXPECT(client, "ValidationError");
}

static void test_boundaries(void **state)
{
    struct sim_client *client = *state;
    const struct json *role;

    (void)world_role(client, "r", ANYBODY);
    (void)iam(client, "Action=PutRolePermissionsBoundary&RoleName=r&PermissionsBoundary="
                      "arn:aws:iam::aws:policy/PowerUserAccess");
    EXPECT(client, "");
    role = json_get(iam(client, "Action=GetRole&RoleName=r"), "Role");
    assert_string_equal(json_str(json_get(role, "PermissionsBoundary"), "PermissionsBoundaryArn"),
                        "arn:aws:iam::aws:policy/PowerUserAccess");
    (void)iam(client, "Action=PutRolePermissionsBoundary&RoleName=r&PermissionsBoundary="
                      "arn:aws:iam::aws:policy/NoSuchPolicy");
    EXPECT(client, "NoSuchEntity");
    (void)iam(client, "Action=DeleteRolePermissionsBoundary&RoleName=r");
    role = json_get(iam(client, "Action=GetRole&RoleName=r"), "Role");
    assert_null(json_get(role, "PermissionsBoundary"));
}

static void test_the_size_of_a_policy_is_without_blanks(void **state)
{
    (void)state;
    assert_int_equal(iam_policy_size(" { \"a\" :\n\t1 } "), 7);
    assert_int_equal(iam_policy_size(""), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_tags),
        WORLD_TEST(test_fifty_tags_at_most),
        WORLD_TEST(test_names_are_unique_whatever_their_case),
        WORLD_TEST(test_paths),
        WORLD_TEST(test_boundaries),
        WORLD_TEST(test_the_size_of_a_policy_is_without_blanks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
