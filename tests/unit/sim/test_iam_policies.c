#include "world.h"

static const char *create(struct sim_client *client, const char *name)
{
    const struct json *answer = iam(client, "Action=CreatePolicy&PolicyName=%s&PolicyDocument=%s",
                                    name, world_policy(client, EVERYTHING));

    return json_str(json_get(answer, "Policy"), "Arn");
}

static void test_a_policy_of_the_account(void **state)
{
    struct sim_client *client = *state;
    const char *arn = create(client, "mine");
    const struct json *policy;

    assert_string_equal(
        arn, arena_printf(client->arena, "arn:aws:iam::%s:policy/mine", client->account));
    policy = json_get(iam(client, "Action=GetPolicy&PolicyArn=%s", arn), "Policy");
    assert_string_equal(json_str(policy, "DefaultVersionId"), "v1");
    assert_int_equal(json_number(policy, "AttachmentCount", -1), 0);
    assert_null(create(client, "mine"));
    EXPECT(client, "EntityAlreadyExists");
    (void)iam(client, "Action=DeletePolicy&PolicyArn=%s", arn);
    EXPECT(client, "");
    (void)iam(client, "Action=GetPolicy&PolicyArn=%s", arn);
    EXPECT(client, "NoSuchEntity");
}

static void test_a_policy_that_is_attached_stays(void **state)
{
    struct sim_client *client = *state;
    const char *arn = create(client, "mine");

    (void)world_role(client, "r", ANYBODY);
    (void)iam(client, "Action=AttachRolePolicy&RoleName=r&PolicyArn=%s", arn);
    assert_int_equal(
        json_number(json_get(iam(client, "Action=GetPolicy&PolicyArn=%s", arn), "Policy"),
                    "AttachmentCount", 0),
        1);
    (void)iam(client, "Action=DeletePolicy&PolicyArn=%s", arn);
    EXPECT(client, "DeleteConflict");
    (void)iam(client, "Action=DetachRolePolicy&RoleName=r&PolicyArn=%s", arn);
    (void)iam(client, "Action=DeletePolicy&PolicyArn=%s", arn);
    EXPECT(client, "");
}

static void test_versions(void **state)
{
    struct sim_client *client = *state;
    const char *arn = create(client, "mine");
    const struct json *answer;

    for (int i = 2; i <= 6; i++) {
        (void)iam(client,
                  "Action=CreatePolicyVersion&PolicyArn=%s&SetAsDefault=%s&PolicyDocument=%s", arn,
                  i == 3 ? "true" : "false", world_policy(client, EVERYTHING));
        EXPECT(client, i <= 5 ? "" : "LimitExceeded");
    }
    answer = json_get(iam(client, "Action=GetPolicy&PolicyArn=%s", arn), "Policy");
    assert_string_equal(json_str(answer, "DefaultVersionId"), "v3");
    (void)iam(client, "Action=DeletePolicyVersion&PolicyArn=%s&VersionId=v3", arn);
    EXPECT(client, "DeleteConflict");
    (void)iam(client, "Action=SetDefaultPolicyVersion&PolicyArn=%s&VersionId=v4", arn);
    EXPECT(client, "");
    answer = json_get(iam(client, "Action=GetPolicy&PolicyArn=%s", arn), "Policy");
    assert_string_equal(json_str(answer, "DefaultVersionId"), "v4");
    (void)iam(client, "Action=SetDefaultPolicyVersion&PolicyArn=%s&VersionId=v9", arn);
    EXPECT(client, "NoSuchEntity");
    (void)iam(client, "Action=DeletePolicyVersion&PolicyArn=%s&VersionId=v2", arn);
    EXPECT(client, "");
    answer = iam(client, "Action=CreatePolicyVersion&PolicyArn=%s&PolicyDocument=%s", arn,
                 world_policy(client, EVERYTHING));
    assert_string_equal(json_str(json_get(answer, "PolicyVersion"), "VersionId"), "v6");
    answer = json_get(iam(client, "Action=ListPolicyVersions&PolicyArn=%s", arn), "Versions");
    assert_int_equal(answer->count, 5);
    answer = json_get(iam(client, "Action=GetPolicyVersion&PolicyArn=%s&VersionId=v1", arn),
                      "PolicyVersion");
    assert_string_equal(json_str(answer, "Document"), world_policy(client, EVERYTHING));
    assert_false(json_bool(answer, "IsDefaultVersion", true));
    (void)iam(client, "Action=GetPolicyVersion&PolicyArn=%s&VersionId=v9", arn);
    EXPECT(client, "NoSuchEntity");
    (void)iam(client, "Action=DeletePolicy&PolicyArn=%s", arn);
    EXPECT(client, "DeleteConflict");
}

static void test_policies_of_aws(void **state)
{
    struct sim_client *client = *state;
    const char *arn = "arn:aws:iam::aws:policy/service-role/AWS_ConfigRole";
    const struct json *policy =
        json_get(iam(client, "Action=GetPolicy&PolicyArn=%s", arn), "Policy");

    assert_string_equal(json_str(policy, "PolicyName"), "AWS_ConfigRole");
    assert_string_equal(json_str(policy, "Path"), "/service-role/");
    (void)iam(client, "Action=DeletePolicy&PolicyArn=%s", arn);
    EXPECT(client, "AccessDenied");
    (void)iam(client, "Action=CreatePolicyVersion&PolicyArn=%s&PolicyDocument=%s", arn,
              world_policy(client, EVERYTHING));
    EXPECT(client, "AccessDenied");
    (void)iam(client, "Action=GetPolicy&PolicyArn=arn:aws:iam::aws:policy/NoSuchPolicy");
    EXPECT(client, "NoSuchEntity");
    (void)iam(client, "Action=GetPolicyVersion&VersionId=v1&PolicyArn="
                      "arn:aws:iam::aws:policy/AdministratorAccess");
    EXPECT(client, "");
    (void)iam(client, "Action=AttachUserPolicy&UserName=administrator&PolicyArn="
                      "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials");
    EXPECT(client, "NoSuchEntity"); /* for AssumeRoot only */
}

/* How many policies a listing gives, over all its pages. */
static size_t listed(struct sim_client *client, const char *fields)
{
    const char *marker = NULL;
    size_t count = 0;

    do {
        const struct json *answer =
            iam(client, "Action=ListPolicies%s%s%s", fields, marker == NULL ? "" : "&Marker=",
                marker == NULL ? "" : sim_client_escape(client, marker));

        EXPECT(client, "");
        count += json_get(answer, "Policies")->count;
        marker = json_str(answer, "Marker");
    } while (marker != NULL);
    return count;
}

static void test_lists(void **state)
{
    struct sim_client *client = *state;

    for (int i = 0; i < 5; i++)
        (void)create(client, arena_printf(client->arena, "p%d", i));
    assert_int_equal(listed(client, "&Scope=Local&MaxItems=2"), 5);
    assert_int_equal(listed(client, "&OnlyAttached=true"), 1); /* the administrator's */
    assert_int_equal(listed(client, "&MaxItems=2"), listed(client, "&Scope=AWS") + 5);
}

static void test_documents_are_checked(void **state)
{
    struct sim_client *client = *state;
    char *filler = arena_alloc(client->arena, 6200);

    (void)iam(client, "Action=CreatePolicy&PolicyName=p&PolicyDocument=x");
    EXPECT(client, "MalformedPolicyDocument");
    memset(filler, 'x', 6150);
    (void)iam(client, "Action=CreatePolicy&PolicyName=p&PolicyDocument=%s",
              world_policy(client, arena_printf(client->arena,
                                                "{'Statement':{'Effect':'Allow','Action':'a:b',"
                                                "'Resource':'%s'}}",
                                                filler)));
    EXPECT(client, "LimitExceeded");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_a_policy_of_the_account),
        WORLD_TEST(test_a_policy_that_is_attached_stays),
        WORLD_TEST(test_versions),
        WORLD_TEST(test_policies_of_aws),
        WORLD_TEST(test_lists),
        WORLD_TEST(test_documents_are_checked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
