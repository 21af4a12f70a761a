#include "plinth/codec/hash.h"
#include "world.h"

static void test_a_role_is_assumed(void **state)
{
    struct sim_client *client = *state;
    const char *arn = world_role(client, "Reader", ANYBODY);
    const struct json *answer = world_assume(client, arn);

    EXPECT(client, "");
    assert_string_equal(
        json_str(json_get(answer, "AssumedRoleUser"), "Arn"),
        arena_printf(client->arena, "arn:aws:sts::%s:assumed-role/Reader/test", client->account));
    assert_string_equal(json_str(json_get(answer, "Credentials"), "Expiration"),
                        "2026-11-24T13:00:00Z");
    world_use(client, answer);
    answer = sts(client, "Action=GetCallerIdentity");
    assert_true(str_ends(json_str(answer, "Arn"), ":assumed-role/Reader/test"));
    assert_true(str_starts(json_str(answer, "UserId"), "AROA"));
    assert_true(str_ends(json_str(answer, "UserId"), ":test"));
}

static void test_who_is_not_trusted_is_refused(void **state)
{
    static const char *const trusts[] = {
        "{'Statement':{'Effect':'Allow','Principal':{'AWS':'999988887777'},"
        "'Action':'sts:AssumeRole'}}",
        "{'Statement':{'Effect':'Allow','Principal':{'Service':'ec2.amazonaws.com'},"
        "'Action':'sts:AssumeRole'}}",
        "{'Statement':{'Effect':'Allow','Principal':'*','Action':'sts:TagSession'}}",
        "{'Statement':[{'Effect':'Allow','Principal':'*','Action':'sts:*'},"
        "{'Effect':'Deny','Principal':'*','Action':'sts:AssumeRole'}]}",
        "{'Statement':{'Effect':'Allow','Principal':'*','Action':'sts:AssumeRole',"
        "'Condition':{'StringEquals':{'sts:ExternalId':'secret'}}}}",
        "{'Statement':{'Effect':'Allow','Principal':'*','Action':'sts:AssumeRole',"
        "'Condition':{'StringEquals':{'aws:PrincipalOrgID':'o-abc'}}}}",
        "{'Statement':{'Effect':'Allow','Principal':'*','Action':'sts:AssumeRole',"
        "'Condition':{'ArnLike':{'aws:PrincipalArn':'arn:aws:iam::*:role/*'}}}}",
    };
    struct sim_client *client = *state;

    for (size_t i = 0; i < sizeof trusts / sizeof trusts[0]; i++) {
        const char *arn = world_role(client, arena_printf(client->arena, "r%zu", i), trusts[i]);

        (void)world_assume(client, arn);
        EXPECT(client, "AccessDenied");
    }
    (void)world_assume(client, "arn:aws:iam::123456789012:role/missing");
    EXPECT(client, "AccessDenied");
}

static void test_conditions_that_hold(void **state)
{
    struct sim_client *client = *state;
    const char *arn;

    arn = world_role(client, "external",
                     "{'Statement':{'Effect':'Allow','Principal':'*','Action':'sts:AssumeRole',"
                     "'Condition':{'StringEquals':{'sts:ExternalId':'secret'},"
                     "'ArnLike':{'aws:PrincipalArn':'arn:aws:iam::*:user/admin*'}}}}");
    (void)sts(client, "Action=AssumeRole&RoleSessionName=test&ExternalId=secret&RoleArn=%s", arn);
    EXPECT(client, "");
}

static void test_the_organization_is_a_condition(void **state)
{
    struct sim_client *client = *state;
    const struct json *answer;
    const char *organization;

    (void)world_organization(client);
    answer = sim_client_json(client, "organizations",
                             "AWSOrganizationsV20161128.DescribeOrganization", "{}");
    organization = json_str(json_get(answer, "Organization"), "Id");
    (void)world_assume(
        client, world_role(client, "mine",
                           arena_printf(client->arena,
                                        "{'Statement':{'Effect':'Allow','Principal':'*','Action':"
                                        "'sts:AssumeRole','Condition':{'StringEquals':"
                                        "{'aws:PrincipalOrgID':'%s'}}}}",
                                        organization)));
    EXPECT(client, "");
}

static void test_a_session_lasts_as_long_as_the_role_allows(void **state)
{
    struct sim_client *client = *state;
    const char *arn = world_role(client, "r", ANYBODY);

#define ASSUME_FOR(seconds)                                                                        \
    sts(client, "Action=AssumeRole&RoleSessionName=test&RoleArn=%s&DurationSeconds=%d", arn,       \
        seconds)
    (void)ASSUME_FOR(899);
    EXPECT(client, "ValidationError");
    (void)ASSUME_FOR(3601);
    EXPECT(client, "ValidationError");
    (void)iam(client, "Action=UpdateRole&RoleName=r&MaxSessionDuration=7200");
    (void)ASSUME_FOR(7200);
    EXPECT(client, "");
    /* A session that assumes a role: one hour, whatever the role allows. */
    (void)iam(client, "Action=PutRolePolicy&RoleName=r&PolicyName=p&PolicyDocument=%s",
              world_policy(client, EVERYTHING));
    world_use(client, ASSUME_FOR(900));
    (void)ASSUME_FOR(3600);
    EXPECT(client, "");
    (void)ASSUME_FOR(3601);
    EXPECT(client, "ValidationError");
#undef ASSUME_FOR
}

static void test_a_new_role_is_not_known_at_once(void **state)
{
    struct sim_client *client = *state;
    const char *arn = world_role(client, "fresh", ANYBODY);

    (void)world_assume(client, arn);
    EXPECT(client, "AccessDenied");
    sim_client_wait(client, 30);
    (void)world_assume(client, arn);
    EXPECT(client, "");
}

static void test_root_assumes_no_role(void **state)
{
    struct sim_client *client = *state;
    const char *arn = world_role(client, "r", ANYBODY), *member = world_organization(client);

    (void)sim_client_json(client, "organizations",
                          "AWSOrganizationsV20161128.EnableAWSServiceAccess",
                          "{\"ServicePrincipal\":\"iam.amazonaws.com\"}");
    (void)iam(client, "Action=EnableOrganizationsRootSessions");
    EXPECT(client, "");
    world_use(client, sts(client,
                          "Action=AssumeRoot&TargetPrincipal=%s&TaskPolicyArn.arn="
                          "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials",
                          member));
    EXPECT(client, "");
    assert_string_equal(json_str(sts(client, "Action=GetCallerIdentity"), "Account"), member);
    (void)world_assume(client, arn);
    EXPECT(client, "AccessDenied");
}

static void test_assume_root_needs_the_feature_a_task_and_a_member(void **state)
{
    struct sim_client *client = *state;
    const char *member = world_organization(client);
    const char *task = "arn:aws:iam::aws:policy/root-task/IAMDeleteRootUserCredentials";

    (void)sts(client, "Action=AssumeRoot&TargetPrincipal=%s&TaskPolicyArn.arn=%s", member, task);
    EXPECT(client, "AccessDenied"); /* not turned on */
    (void)sim_client_json(client, "organizations",
                          "AWSOrganizationsV20161128.EnableAWSServiceAccess",
                          "{\"ServicePrincipal\":\"iam.amazonaws.com\"}");
    (void)iam(client, "Action=EnableOrganizationsRootSessions");
    (void)sts(client, "Action=AssumeRoot&TargetPrincipal=%s&TaskPolicyArn.arn=%s", member,
              "arn:aws:iam::aws:policy/AdministratorAccess");
    EXPECT(client, "ValidationError");
    (void)sts(client, "Action=AssumeRoot&TargetPrincipal=%s&TaskPolicyArn.arn=%s", client->account,
              task);
    EXPECT(client, "AccessDenied"); /* not of the management account */
    (void)sts(client,
              "Action=AssumeRoot&TargetPrincipal=%s&TaskPolicyArn.arn=%s"
              "&DurationSeconds=901",
              member, task);
    EXPECT(client, "ValidationError");
    (void)sts(client, "Action=AssumeRoot&TargetPrincipal=%s&TaskPolicyArn.arn=%s", member, task);
    EXPECT(client, "");
}

static const char *web_token(struct sim_client *client, const char *claims)
{
    const char *payload = base64_encode(claims, strlen(claims), client->arena);

    return sim_client_escape(
        client, arena_printf(client->arena, "e30.%.*s.sig", (int)strcspn(payload, "="), payload));
}

static const char *web_identity(struct sim_client *client, const char *arn, const char *claims)
{
    const char *body = arena_printf(client->arena,
                                    "Action=AssumeRoleWithWebIdentity&Version=2011-06-15"
                                    "&RoleSessionName=ci&RoleArn=%s&WebIdentityToken=%s",
                                    arn, web_token(client, claims));
    struct http_request request = {.method = "POST",
                                   .url = "https://sts.us-east-1.amazonaws.com/",
                                   .body = body,
                                   .body_len = strlen(body)};

    sim_handle(client->sim, &request, client->arena, &client->response);
    return sim_client_code(client);
}

static void test_a_web_identity_comes_without_a_signature(void **state)
{
    struct sim_client *client = *state;
    const char *arn = world_role(
        client, "ci",
        arena_printf(client->arena,
                     "{'Statement':{'Effect':'Allow','Action':'sts:AssumeRoleWithWebIdentity',"
                     "'Principal':{'Federated':'arn:aws:iam::%s:oidc-provider/ci.example.com'},"
                     "'Condition':{'StringLike':{'ci.example.com:sub':'repo:x/*'}}}}",
                     client->account));

    assert_string_equal(web_identity(client, arn,
                                     "{\"iss\":\"https://ci.example.com\",\"sub\":\"repo:x/y\","
                                     "\"exp\":1895521600}"),
                        "");
    world_use(client, sim_client_tree(client));
    assert_true(
        str_ends(json_str(sts(client, "Action=GetCallerIdentity"), "Arn"), ":assumed-role/ci/ci"));
    assert_string_equal(web_identity(client, arn,
                                     "{\"iss\":\"https://ci.example.com\",\"sub\":\"repo:z/y\","
                                     "\"exp\":1895521600}"),
                        "AccessDenied");
    assert_string_equal(web_identity(client, arn,
                                     "{\"iss\":\"https://evil.example.com\",\"sub\":\"repo:x/y\","
                                     "\"exp\":1895521600}"),
                        "AccessDenied");
    assert_string_equal(web_identity(client, arn,
                                     "{\"iss\":\"https://ci.example.com\",\"sub\":\"repo:x/y\","
                                     "\"exp\":1595521600}"),
                        "ExpiredTokenException");
    assert_string_equal(web_identity(client, arn, "no claims"), "InvalidIdentityToken");
}

static void test_an_access_key_tells_its_account(void **state)
{
    struct sim_client *client = *state;
    const struct json *answer =
        sts(client, "Action=GetAccessKeyInfo&AccessKeyId=%s", client->key.access_key_id);

    assert_string_equal(json_str(answer, "Account"), client->account);
    (void)sts(client, "Action=GetAccessKeyInfo&AccessKeyId=AKIA1111111111111111");
    EXPECT(client, "ValidationError");
}

static void test_sessions_that_ended_are_forgotten(void **state)
{
    struct sim_client *client = *state;
    const char *arn = world_role(client, "r", ANYBODY);

    for (int i = 0; i < 10; i++)
        (void)world_assume(client, arn);
    assert_int_equal(sim_store_count(client->sim->store, "", "", "session"), 10);
    sim_client_wait(client, 3601);
    for (int i = 0; i < 5; i++)
        (void)world_assume(client, arn);
    assert_int_equal(sim_store_count(client->sim->store, "", "", "session"), 5);
    /* And the login's own key. */
    assert_int_equal(sim_store_count(client->sim->store, "", "", "credential"), 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_a_role_is_assumed),
        WORLD_TEST(test_who_is_not_trusted_is_refused),
        WORLD_TEST(test_conditions_that_hold),
        WORLD_TEST(test_the_organization_is_a_condition),
        WORLD_TEST(test_a_session_lasts_as_long_as_the_role_allows),
        SLOW_TEST(test_a_new_role_is_not_known_at_once),
        WORLD_TEST(test_root_assumes_no_role),
        WORLD_TEST(test_assume_root_needs_the_feature_a_task_and_a_member),
        WORLD_TEST(test_a_web_identity_comes_without_a_signature),
        WORLD_TEST(test_an_access_key_tells_its_account),
        WORLD_TEST(test_sessions_that_ended_are_forgotten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
