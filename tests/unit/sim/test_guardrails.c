#include "storage_world.h"

#include <string.h>

/* Organizations as the management account; ' stands for ". */
__attribute__((format(printf, 3, 4))) static const struct json *
org(struct sim_client *client, const char *operation, const char *format, ...)
{
    struct sign_key key = client->key;
    const struct json *answer;
    const char *body;
    va_list args;

    va_start(args, format);
    body = quotes(client, format, args);
    va_end(args);
    sim_client_login(client);
    answer = sim_client_json(client, "organizations",
                             arena_printf(client->arena, "AWSOrganizationsV20161128.%s", operation),
                             body);
    EXPECT(client, "");
    client->key = key;
    return answer;
}

static const char *root_id(struct sim_client *client)
{
    const struct json *roots = json_get(org(client, "ListRoots", "{}"), "Roots");

    return json_str(roots->first, "Id");
}

/* A new policy on the target; returns its id. */
static const char *guard(struct sim_client *client, const char *type, const char *target,
                         const char *statement)
{
    struct json *body = json_object(client->arena);
    const char *document =
        arena_printf(client->arena, "{'Version':'2012-10-17','Statement':[%s]}", statement);
    const char *id;

    json_put_str(body, "Name", arena_printf(client->arena, "%s-%zu", target, strlen(statement)));
    json_put_str(body, "Description", "");
    json_put_str(body, "Type", type);
    json_put_str(body, "Content", json_text(world_json(client, document), client->arena));
    id = json_str(json_path(org(client, "CreatePolicy", "%s", json_text(body, client->arena)),
                            "Policy", "PolicySummary", NULL),
                  "Id");
    (void)org(client, "AttachPolicy", "{'PolicyId':'%s','TargetId':'%s'}", id, target);
    return id;
}

static const char *scp(struct sim_client *client, const char *target, const char *statement)
{
    return guard(client, "SERVICE_CONTROL_POLICY", target, statement);
}

/* An organization, which has SCPs, and a session of its member's role. */
static const char *member_of(struct sim_client *client)
{
    const char *member = world_organization(client);

    world_use(client, world_assume(client, arena_printf(client->arena,
                                                        "arn:aws:iam::%s:role/"
                                                        "OrganizationAccountAccessRole",
                                                        member)));
    EXPECT(client, "");
    return member;
}

static void says(struct sim_client *client, const char *text)
{
    if (strstr(client->response.body, text) == NULL)
        fail_msg("\"%s\" is not in %s", text, client->response.body);
}

static void test_a_deny_is_told_in_aws_s_words(void **state)
{
    struct sim_client *client = *state;
    const char *member = member_of(client);

    (void)iam(client, "Action=CreateUser&UserName=u");
    EXPECT(client, "");
    (void)scp(client, member, "{'Effect':'Deny','Action':'iam:DeleteUser','Resource':'*'}");
    (void)iam(client, "Action=DeleteUser&UserName=u");
    EXPECT(client, "AccessDenied");
    says(client, arena_printf(client->arena,
                              "User: arn:aws:sts::%s:assumed-role/OrganizationAccountAccessRole/"
                              "test is not authorized to perform: iam:DeleteUser on resource: "
                              "arn:aws:iam::%s:user/u with an explicit deny in a service control "
                              "policy",
                              member, member));
    (void)iam(client, "Action=GetUser&UserName=u");
    EXPECT(client, "");
}

static void test_every_level_must_allow(void **state)
{
    struct sim_client *client = *state;
    const char *member = member_of(client), *root = root_id(client), *ou, *mine;

    ou = json_str(
        json_get(org(client, "CreateOrganizationalUnit", "{'ParentId':'%s','Name':'ou'}", root),
                 "OrganizationalUnit"),
        "Id");
    mine = scp(client, ou, "{'Effect':'Allow','Action':'iam:*','Resource':'*'}");
    (void)org(client, "DetachPolicy", "{'PolicyId':'p-FullAWSAccess','TargetId':'%s'}", ou);
    (void)sts(client, "Action=GetSessionToken");
    EXPECT(client, "AccessDenied");
    says(client, "Cannot call GetSessionToken with session credentials"); /* the handler's */
    (void)org(client, "MoveAccount",
              "{'AccountId':'%s','SourceParentId':'%s','DestinationParentId':'%s'}", member, root,
              ou);
    (void)iam(client, "Action=ListUsers");
    EXPECT(client, "");
    (void)s3(client, "PUT", "/a-bucket-of-mine", NULL);
    EXPECT(client, "AccessDenied");
    says(client, "because no service control policy allows the s3:CreateBucket action");
    (void)org(client, "AttachPolicy", "{'PolicyId':'p-FullAWSAccess','TargetId':'%s'}", ou);
    (void)org(client, "DetachPolicy", "{'PolicyId':'%s','TargetId':'%s'}", mine, ou);
    (void)s3(client, "PUT", "/a-bucket-of-mine", NULL);
    EXPECT(client, "");
}

static void test_who_is_not_bound(void **state)
{
    struct sim_client *client = *state;
    const char *root;

    (void)member_of(client);
    root = root_id(client);
    (void)scp(client, root, "{'Effect':'Deny','Action':'iam:ListUsers','Resource':'*'}");
    (void)iam(client, "Action=ListUsers");
    EXPECT(client, "AccessDenied");
    sim_client_login(client); /* the management account */
    (void)iam(client, "Action=ListUsers");
    EXPECT(client, "");
}

static void test_a_type_that_is_off_binds_nobody(void **state)
{
    struct sim_client *client = *state;
    const char *member = member_of(client);

    (void)scp(client, member, "{'Effect':'Deny','Action':'iam:ListUsers','Resource':'*'}");
    (void)iam(client, "Action=ListUsers");
    EXPECT(client, "AccessDenied");
    (void)org(client, "DisablePolicyType", "{'RootId':'%s','PolicyType':'SERVICE_CONTROL_POLICY'}",
              root_id(client));
    (void)iam(client, "Action=ListUsers");
    EXPECT(client, "");
}

static void test_conditions_know_the_request(void **state)
{
    static const struct {
        const char *condition;
        bool holds;
    } cases[] = {
        {"'StringEquals':{'aws:RequestedRegion':'us-east-1'}", true},
        {"'StringNotEquals':{'aws:RequestedRegion':['us-east-1']}", false},
        {"'ArnLike':{'aws:PrincipalArn':'arn:*:iam::*:role/OrganizationAccountAccessRole'}", true},
        {"'ArnNotLike':{'aws:PrincipalArn':'arn:*:iam::*:role/Organization*'}", false},
        {"'ForAnyValue:StringLike':{'aws:PrincipalOrgPaths':'o-*/r-*/'}", true},
        {"'StringLike':{'aws:PrincipalOrgID':'o-*'}", true},
        {"'Bool':{'aws:PrincipalIsAWSService':'false'}", true},
        {"'Bool':{'aws:SecureTransport':'false'}", false},
        {"'IpAddress':{'aws:SourceIp':'127.0.0.0/8'}", true},
        {"'DateGreaterThan':{'aws:CurrentTime':'2026-01-01T00:00:00Z'}", true},
        {"'BoolIfExists':{'aws:MultiFactorAuthPresent':'false'}", true},
        {"'Null':{'aws:AssumedRoot':'true'}", true},
        {"'StringEquals':{'aws:PrincipalTag/team':'red'}", true},
        {"'StringEquals':{'aws:PrincipalTag/team':'blue'}", false},
        {"'StringEquals':{'aws:PrincipalAccount':'999999999999'}", false},
        {"'Null':{'aws:NobodyKnowsThis':'false'}", false},
    };
    struct sim_client *client = *state;
    const char *member = member_of(client);

    (void)iam(client, "Action=TagRole&RoleName=OrganizationAccountAccessRole"
                      "&Tags.member.1.Key=team&Tags.member.1.Value=red");
    EXPECT(client, "");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *id =
            scp(client, member,
                arena_printf(client->arena,
                             "{'Effect':'Deny','Action':'iam:ListUsers','Resource':'*',"
                             "'Condition':{%s}}",
                             cases[i].condition));

        (void)iam(client, "Action=ListUsers");
        if (str_eq(sim_client_code(client), "AccessDenied") != cases[i].holds)
            fail_msg("case %zu: %s", i, cases[i].condition);
        (void)org(client, "DetachPolicy", "{'PolicyId':'%s','TargetId':'%s'}", id, member);
        (void)org(client, "DeletePolicy", "{'PolicyId':'%s'}", id);
    }
}

static void test_root_sessions_are_bound(void **state)
{
    struct sim_client *client = *state;
    const char *member = member_of(client);

    sim_client_login(client);
    (void)org(client, "EnableAWSServiceAccess", "{'ServicePrincipal':'iam.amazonaws.com'}");
    (void)iam(client, "Action=EnableOrganizationsRootSessions");
    world_use(client, sts(client,
                          "Action=AssumeRoot&TargetPrincipal=%s&TaskPolicyArn.arn="
                          "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials",
                          member));
    EXPECT(client, "");
    (void)iam(client, "Action=GetAccountSummary");
    EXPECT(client, "");
    (void)scp(client, member,
              "{'Effect':'Deny','Action':'*','Resource':'*','Condition':{'ArnLike':"
              "{'aws:PrincipalArn':'arn:*:iam::*:root'},'Null':{'aws:AssumedRoot':'true'}}}");
    (void)iam(client, "Action=GetAccountSummary");
    EXPECT(client, ""); /* spared */
    (void)scp(client, root_id(client),
              "{'Effect':'Deny','Action':'*','Resource':'*','Condition':{'ArnLike':"
              "{'aws:PrincipalArn':'arn:*:iam::*:root'}}}");
    (void)iam(client, "Action=GetAccountSummary");
    EXPECT(client, "AccessDenied");
    says(client, "with an explicit deny in a service control policy");
}

static void test_rcps_bind_who_comes_from_outside(void **state)
{
    struct sim_client *client = *state;
    const char *member = member_of(client), *role, *organization;

    (void)org(client, "EnablePolicyType", "{'RootId':'%s','PolicyType':'RESOURCE_CONTROL_POLICY'}",
              root_id(client));
    role =
        arena_printf(client->arena, "arn:aws:iam::%s:role/OrganizationAccountAccessRole", member);
    organization =
        json_str(json_get(org(client, "DescribeOrganization", "{}"), "Organization"), "Id");
    (void)guard(client, "RESOURCE_CONTROL_POLICY", member,
                arena_printf(client->arena,
                             "{'Effect':'Deny','Principal':'*','Action':['sts:AssumeRole',"
                             "'iam:ListUsers'],'Resource':'*','Condition':{'StringNotEquals':"
                             "{'aws:PrincipalOrgID':'%s'}}}",
                             organization));
    sim_client_login(client);
    (void)world_assume(client, role);
    EXPECT(client, "");
    (void)guard(client, "RESOURCE_CONTROL_POLICY", root_id(client),
                "{'Effect':'Deny','Principal':'*','Action':['sts:AssumeRole','iam:ListUsers'],"
                "'Resource':'*'}");
    (void)world_assume(client, role);
    EXPECT(client, "AccessDenied");
    says(client, "with an explicit deny in a resource control policy");
    (void)iam(client, "Action=ListUsers"); /* IAM takes no RCPs, nor does the management account */
    EXPECT(client, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_a_deny_is_told_in_aws_s_words),
        WORLD_TEST(test_every_level_must_allow),
        WORLD_TEST(test_who_is_not_bound),
        WORLD_TEST(test_a_type_that_is_off_binds_nobody),
        WORLD_TEST(test_conditions_know_the_request),
        WORLD_TEST(test_root_sessions_are_bound),
        WORLD_TEST(test_rcps_bind_who_comes_from_outside),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
