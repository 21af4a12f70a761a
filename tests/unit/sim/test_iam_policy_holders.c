#include "world.h"

static const char audit[] = "arn:aws:iam::aws:policy/SecurityAudit";

/* How many roles and users a listing gives, over all its pages. */
static void count(struct sim_client *client, const char *fields, size_t *roles, size_t *users)
{
    const char *marker = NULL;

    *roles = *users = 0;
    do {
        const struct json *answer = iam(client, "Action=ListEntitiesForPolicy&PolicyArn=%s%s%s%s",
                                        audit, fields, marker == NULL ? "" : "&Marker=",
                                        marker == NULL ? "" : sim_client_escape(client, marker));

        EXPECT(client, "");
        assert_null(json_get(answer, "_holders"));
        *roles += json_get(answer, "PolicyRoles")->count;
        *users += json_get(answer, "PolicyUsers")->count;
        marker = json_str(answer, "Marker");
    } while (marker != NULL);
}

static void test_holders_are_listed(void **state)
{
    struct sim_client *client = *state;
    const struct json *answer;
    size_t roles, users;

    for (int i = 0; i < 3; i++) {
        (void)world_role(client, arena_printf(client->arena, "Role%d", i), ANYBODY);
        (void)iam(client, "Action=AttachRolePolicy&RoleName=role%d&PolicyArn=%s", i, audit);
    }
    (void)iam(client, "Action=AttachUserPolicy&UserName=administrator&PolicyArn=%s", audit);
    count(client, "", &roles, &users);
    assert_int_equal(roles, 3);
    assert_int_equal(users, 1);
    count(client, "&MaxItems=1", &roles, &users);
    assert_int_equal(roles, 3);
    assert_int_equal(users, 1);
    count(client, "&EntityFilter=User", &roles, &users);
    assert_int_equal(roles, 0);
    assert_int_equal(users, 1);
    answer = iam(client, "Action=ListEntitiesForPolicy&PolicyArn=%s", audit);
    answer = json_at(json_get(answer, "PolicyRoles"), 0);
    assert_string_equal(json_str(answer, "RoleName"), "Role0"); /* as it was written */
    assert_true(str_starts(json_str(answer, "RoleId"), "AROA"));
    (void)iam(client, "Action=DetachRolePolicy&RoleName=Role0&PolicyArn=%s", audit);
    count(client, "", &roles, &users);
    assert_int_equal(roles, 2);
    (void)iam(client, "Action=ListEntitiesForPolicy&PolicyArn=%sX", audit);
    EXPECT(client, "NoSuchEntity");
}

static void test_tags(void **state)
{
    struct sim_client *client = *state;
    const struct json *answer =
        iam(client,
            "Action=CreatePolicy&PolicyName=p&Tags.member.1.Key=a&Tags.member.1.Value=1"
            "&PolicyDocument=%s",
            world_policy(client, EVERYTHING));
    const char *arn = json_str(json_get(answer, "Policy"), "Arn");

    (void)iam(client, "Action=TagPolicy&PolicyArn=%s&Tags.member.1.Key=b&Tags.member.1.Value=2",
              arn);
    EXPECT(client, "");
    answer = json_get(iam(client, "Action=ListPolicyTags&PolicyArn=%s", arn), "Tags");
    assert_int_equal(answer->count, 2);
    (void)iam(client, "Action=UntagPolicy&PolicyArn=%s&TagKeys.member.1=a&TagKeys.member.2=b", arn);
    EXPECT(client, "");
    (void)iam(client, "Action=ListPolicyTags&PolicyArn=%s", arn);
    assert_null(strstr(client->response.body, "<Key>"));
    (void)iam(client, "Action=TagPolicy&PolicyArn=%s&Tags.member.1.Key=b&Tags.member.1.Value=2",
              audit);
    EXPECT(client, "AccessDenied");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_holders_are_listed),
        WORLD_TEST(test_tags),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
