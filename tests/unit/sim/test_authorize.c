#include "world.h"

/* Become a new user with this inline policy (NULL: none) and this policy of AWS's (NULL: none). */
static void become(struct sim_client *client, const char *name, const char *inline_policy,
                   const char *attached)
{
    const struct json *key;

    sim_client_login(client);
    (void)iam(client, "Action=CreateUser&UserName=%s", name);
    if (inline_policy != NULL)
        (void)iam(client, "Action=PutUserPolicy&UserName=%s&PolicyName=p&PolicyDocument=%s", name,
                  world_policy(client, inline_policy));
    if (attached != NULL)
        (void)iam(client, "Action=AttachUserPolicy&UserName=%s&PolicyArn=%s", name, attached);
    EXPECT(client, "");
    key = json_get(iam(client, "Action=CreateAccessKey&UserName=%s", name), "AccessKey");
    client->key =
        (struct sign_key){json_str(key, "AccessKeyId"), json_str(key, "SecretAccessKey"), NULL};
}

static const char *list(struct sim_client *client)
{
    (void)iam(client, "Action=ListUsers");
    return sim_client_code(client);
}

static const char *create(struct sim_client *client)
{
    (void)iam(client, "Action=CreateUser&UserName=created");
    return sim_client_code(client);
}

static void test_without_a_policy_only_ones_name(void **state)
{
    struct sim_client *client = *state;

    become(client, "nobody", NULL, NULL);
    assert_string_equal(list(client), "AccessDenied");
    (void)sts(client, "Action=GetCallerIdentity");
    EXPECT(client, "");
}

static void test_inline_policies(void **state)
{
    struct sim_client *client = *state;

    become(client, "a", "{'Statement':{'Effect':'Allow','Action':'iam:List*','Resource':'*'}}",
           NULL);
    assert_string_equal(list(client), "");
    assert_string_equal(create(client), "AccessDenied");
    assert_non_null(strstr(client->response.body, "is not authorized to perform: iam:CreateUser"));
}

static void test_aws_s_own_policies(void **state)
{
    struct sim_client *client = *state;

    become(client, "auditor", NULL, "arn:aws:iam::aws:policy/SecurityAudit");
    assert_string_equal(list(client), "");
    assert_string_equal(create(client), "AccessDenied");
    become(client, "admin", NULL, "arn:aws:iam::aws:policy/AdministratorAccess");
    assert_string_equal(create(client), "");
}

static void test_a_refusal_beats_an_allowance(void **state)
{
    struct sim_client *client = *state;

    become(client, "a", EVERYTHING, "arn:aws:iam::aws:policy/AWSDenyAll");
    assert_string_equal(list(client), "AccessDenied");
    become(client, "b", "{'Statement':{'Effect':'Deny','Action':'iam:ListUsers','Resource':'*'}}",
           "arn:aws:iam::aws:policy/AdministratorAccess");
    assert_string_equal(list(client), "AccessDenied");
    assert_string_equal(create(client), "");
}

static void test_policies_of_the_account(void **state)
{
    struct sim_client *client = *state;
    const char *arn =
        json_str(json_get(iam(client, "Action=CreatePolicy&PolicyName=mine&PolicyDocument=%s",
                              world_policy(client, "{'Statement':{'Effect':'Allow','Action':"
                                                   "'iam:ListUsers','Resource':'*'}}")),
                          "Policy"),
                 "Arn");

    become(client, "a", NULL, arn);
    assert_string_equal(list(client), "");
    assert_string_equal(create(client), "AccessDenied");
}

static void test_a_session_has_its_role_s_policies(void **state)
{
    struct sim_client *client = *state;
    const char *arn = world_role(client, "r", ANYBODY);
    const struct json *answer = world_assume(client, arn);

    (void)iam(client, "Action=PutRolePolicy&RoleName=r&PolicyName=p&PolicyDocument=%s",
              world_policy(client, "{'Statement':{'Effect':'Allow','Action':'iam:ListUsers',"
                                   "'Resource':'*','Condition':{'ArnLike':{'aws:PrincipalArn':"
                                   "'arn:aws:iam::*:role/r'}}}}"));
    world_use(client, answer);
    assert_string_equal(list(client), "");
    sim_client_login(client);
    (void)iam(client, "Action=DeleteRolePolicy&RoleName=r&PolicyName=p");
    (void)iam(client, "Action=DeleteRole&RoleName=r");
    EXPECT(client, "");
    world_use(client, answer);
    assert_string_equal(list(client), "AccessDenied"); /* the role is gone */
}

static const char *new_policy(struct sim_client *client, const char *name, const char *statement)
{
    const struct json *answer =
        iam(client, "Action=CreatePolicy&PolicyName=%s&PolicyDocument=%s", name,
            world_policy(client, arena_printf(client->arena, "{'Statement':%s}", statement)));

    EXPECT(client, "");
    return json_str(json_get(answer, "Policy"), "Arn");
}

static void test_a_boundary_limits(void **state)
{
    struct sim_client *client = *state;
    const char *boundary =
        new_policy(client, "b", "{'Effect':'Allow','Action':'iam:List*','Resource':'*'}");
    const char *role = world_role(client, "r", ANYBODY);

    (void)iam(client, "Action=PutRolePolicy&RoleName=r&PolicyName=p&PolicyDocument=%s",
              world_policy(client, EVERYTHING));
    (void)iam(client, "Action=PutRolePermissionsBoundary&RoleName=r&PermissionsBoundary=%s",
              sim_client_escape(client, boundary));
    EXPECT(client, "");
    world_use(client, world_assume(client, role));
    assert_string_equal(list(client), "");
    assert_string_equal(create(client), "AccessDenied");
    assert_non_null(strstr(client->response.body,
                           "because no permissions boundary allows the iam:CreateUser action"));
}

static void test_a_session_s_policies_limit(void **state)
{
    struct sim_client *client = *state;
    const char *managed =
        new_policy(client, "m", "{'Effect':'Deny','Action':'iam:ListUsers','Resource':'*'}");
    const char *role = world_role(client, "r", ANYBODY);
    struct sign_key login = client->key;
    const char *policy =
        world_policy(client, "{'Statement':{'Effect':'Allow','Action':'iam:ListUsers',"
                             "'Resource':'*'}}");

    (void)iam(client, "Action=PutRolePolicy&RoleName=r&PolicyName=p&PolicyDocument=%s",
              world_policy(client, EVERYTHING));
    world_use(client, sts(client, "Action=AssumeRole&RoleSessionName=test&RoleArn=%s&Policy=%s",
                          sim_client_escape(client, role), policy));
    EXPECT(client, "");
    assert_string_equal(list(client), "");
    assert_string_equal(create(client), "AccessDenied");
    assert_non_null(strstr(client->response.body,
                           "because no session policy allows the iam:CreateUser action"));
    client->key = login;
    world_use(client,
              sts(client,
                  "Action=AssumeRole&RoleSessionName=test&RoleArn=%s&Policy=%s"
                  "&PolicyArns.member.1.arn=%s",
                  sim_client_escape(client, role), policy, sim_client_escape(client, managed)));
    assert_string_equal(list(client), "AccessDenied");
    assert_non_null(strstr(client->response.body, "with an explicit deny in a session policy"));
    client->key = login;
    (void)sts(client, "Action=AssumeRole&RoleSessionName=test&RoleArn=%s&Policy=nothing",
              sim_client_escape(client, role));
    EXPECT(client, "MalformedPolicyDocument");
}

static void test_resources_are_looked_at(void **state)
{
    struct sim_client *client = *state;

    become(client, "a",
           "{'Statement':[{'Effect':'Allow','Action':'*','Resource':'*'},{'Effect':'Deny',"
           "'Action':'iam:*','Resource':'arn:*:iam::*:user/path/*'}]}",
           NULL);
    (void)iam(client, "Action=CreateUser&UserName=x&Path=/path/");
    EXPECT(client, "AccessDenied");
    (void)iam(client, "Action=CreateUser&UserName=x&Path=/other/");
    EXPECT(client, "");
}

static void test_a_root_session_does_its_task_only(void **state)
{
    struct sim_client *client = *state;
    const char *member = world_organization(client);

    (void)sim_client_json(client, "organizations",
                          "AWSOrganizationsV20161128.EnableAWSServiceAccess",
                          "{\"ServicePrincipal\":\"iam.amazonaws.com\"}");
    (void)iam(client, "Action=EnableOrganizationsRootSessions");
    world_use(client, sts(client,
                          "Action=AssumeRoot&TargetPrincipal=%s&TaskPolicyArn.arn="
                          "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials",
                          member));
    (void)iam(client, "Action=ListAccessKeys");
    EXPECT(client, "");
    (void)iam(client, "Action=GetAccountSummary");
    EXPECT(client, "");
    (void)iam(client, "Action=DeleteLoginProfile");
    EXPECT(client, "AccessDenied"); /* not of this task */
    (void)iam(client, "Action=CreateUser&UserName=u");
    EXPECT(client, "AccessDenied");
}

static void test_root_tasks_are_known(void **state)
{
    (void)state;
    assert_true(sim_root_task_exists("IAMDeleteRootUserCredentials"));
    assert_false(sim_root_task_exists("AdministratorAccess"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_without_a_policy_only_ones_name),
        WORLD_TEST(test_inline_policies),
        WORLD_TEST(test_aws_s_own_policies),
        WORLD_TEST(test_a_refusal_beats_an_allowance),
        WORLD_TEST(test_policies_of_the_account),
        WORLD_TEST(test_a_session_has_its_role_s_policies),
        WORLD_TEST(test_a_boundary_limits),
        WORLD_TEST(test_a_session_s_policies_limit),
        WORLD_TEST(test_resources_are_looked_at),
        WORLD_TEST(test_a_root_session_does_its_task_only),
        WORLD_TEST(test_root_tasks_are_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
