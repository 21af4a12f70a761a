/* Who an event is by, on what, with which keys; and what it then meets. */
#include "replay_priv.h"

#include "plinth/base/buf.h"
#include "plinth/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "replay_world.h"

/* A Deny for each key and for a resource; the action tells which. */
static const char limits[] = ALLOW_ALL
    ","
    "{'Sid':'Ip','Effect':'Deny','Action':'a:Ip','Resource':'*','Condition':{'NotIpAddress':{"
    "'aws:SourceIp':'10.0.0.0/8'}}},"
    "{'Sid':'Vpce','Effect':'Deny','Action':'a:Vpce','Resource':'*','Condition':{'StringNotEquals':"
    "{"
    "'aws:SourceVpce':'vpce-1'}}},"
    "{'Sid':'Mfa','Effect':'Deny','Action':'a:Mfa','Resource':'*','Condition':{'BoolIfExists':{"
    "'aws:MultiFactorAuthPresent':'false'}}},"
    "{'Sid':'Via','Effect':'Deny','Action':'a:Via','Resource':'*','Condition':{'Bool':{"
    "'aws:ViaAWSService':'false'}}},"
    "{'Sid':'Tls','Effect':'Deny','Action':'a:Tls','Resource':'*','Condition':{'Bool':{"
    "'aws:SecureTransport':'true'}}},"
    "{'Sid':'Time','Effect':'Deny','Action':'a:Time','Resource':'*','Condition':{"
    "'DateGreaterThan':{'aws:CurrentTime':'2026-11-01T00:00:00Z'}}},"
    "{'Sid':'Team','Effect':'Deny','Action':'a:Team','Resource':'*','Condition':{'StringEquals':{"
    "'aws:PrincipalTag/team':'x'}}},"
    "{'Sid':'Role','Effect':'Deny','Action':['iam:*','sts:*'],'Resource':'arn:aws:iam::*:role/g'},"
    "{'Sid':'Bucket','Effect':'Deny','Action':'s3:*','Resource':'arn:aws:s3:::v/*'},"
    "{'Sid':'Dev','Effect':'Deny','Action':'a:Dev','Resource':'*','Condition':{'ArnLike':{"
    "'aws:PrincipalArn':'arn:aws:iam::*:role/team/dev'}}}";

struct judged {
    struct judgement judgement;
    const char *key;
};

static struct judged judge(const char *rcp, const char *identity, const char *action,
                           const char *more, struct arena *arena)
{
    struct replay_world *world = arena_alloc(arena, sizeof *world);
    const char *name = strchr(action, ':') + 1, *text;
    struct json_scan scan = {.why = NULL};
    struct replay_event event;
    struct judged out;
    struct judge judge;
    struct buf key;

    replay_world_init(world, limits, rcp, arena);
    replay_judge_init(&judge, world->accounts, 2, arena);
    text = record_of(identity, arena_strn(arena, action, strcspn(action, ":")), name, more, arena);
    scan.at = text + 1;
    scan.end = text + strlen(text);
    assert_true(replay_record_read(&scan, &event));
    assert_null(replay_record_lacks(&event));
    buf_init(&key, 4096);
    replay_judge_key(&event, replay_judge_asks(&judge, action), &key);
    out.key = arena_str(arena, buf_text(&key));
    buf_fini(&key);
    replay_judge(&judge, &event, action, arena, &out.judgement);
    return out;
}

static void expect(void **state, const char *identity, const char *action, const char *more,
                   enum verdict verdict, const char *sid)
{
    struct judgement got = judge(NULL, identity, action, more, *state).judgement;

    if (got.verdict != verdict)
        fail_msg("%s by %s with %s: %d", action, identity, more, (int)got.verdict);
    if (sid != NULL)
        assert_string_equal(got.answer.sid, sid);
}

static void test_keys(void **state)
{
    static const struct {
        const char *action, *more, *sid;
        enum verdict verdict;
    } cases[] = {
        {"a:Ip", ",'sourceIPAddress':'192.0.2.1'", "Ip", VERDICT_DENIED},
        {"a:Ip", ",'sourceIPAddress':'10.0.0.1'", NULL, VERDICT_ALLOWED},
        {"a:Ip", ",'sourceIPAddress':'x.amazonaws.com'", "Ip", VERDICT_UNKNOWN},
        {"a:Ip", ",'sourceIPAddress':'10.0.0.1','vpcEndpointId':'v'", "Ip", VERDICT_DENIED},
        {"a:Vpce", ",'sourceIPAddress':'10.0.0.1','vpcEndpointId':'vpce-1'", NULL, VERDICT_ALLOWED},
        {"a:Vpce", ",'sourceIPAddress':'10.0.0.1'", "Vpce", VERDICT_DENIED},
        {"a:Vpce", "", "Vpce", VERDICT_UNKNOWN},
        {"a:Mfa", "", "Mfa", VERDICT_UNKNOWN},
        {"a:Via", "", "Via", VERDICT_DENIED},
        {"a:Tls", ",'tlsDetails':{'tlsVersion':'TLSv1.3'}", "Tls", VERDICT_DENIED},
        {"a:Tls", "", "Tls", VERDICT_UNKNOWN},
        {"a:Time", "", "Time", VERDICT_DENIED},
        {"a:Team", "", "Team", VERDICT_UNKNOWN},
        {"a:Dev", "", "Dev", VERDICT_DENIED},
        {"a:Other", "", NULL, VERDICT_ALLOWED},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect(state, DEV, cases[i].action, cases[i].more, cases[i].verdict, cases[i].sid);
}

static void test_resources(void **state)
{
    static const struct {
        const char *action, *more;
        enum verdict verdict;
    } cases[] = {
        {"iam:DeleteRole", ",'requestParameters':{'roleName':'g'}", VERDICT_DENIED},
        {"iam:DeleteRole", ",'requestParameters':{'roleName':'h'}", VERDICT_ALLOWED},
        {"iam:DeleteUser", ",'requestParameters':{'userName':'g'}", VERDICT_ALLOWED},
        {"iam:DeleteRole", "", VERDICT_UNKNOWN},
        {"sts:AssumeRole", ",'requestParameters':{'roleArn':'arn:aws:iam::1:role/g'}",
         VERDICT_DENIED},
        {"s3:PutObject", ",'requestParameters':{'bucketName':'v','key':'\\u0061'}", VERDICT_DENIED},
        {"s3:PutObject", ",'requestParameters':{'bucketName':'v'}", VERDICT_ALLOWED},
        {"s3:PutObject", ",'resources':[{'ARN':'arn:aws:s3:::v/x'}]", VERDICT_DENIED},
        {"s3:PutObject", ",'resources':[{'ARN':'arn:aws:s3:::v/x'},{'ARN':'arn:aws:s3:::w/x'}]",
         VERDICT_UNKNOWN},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect(state, DEV, cases[i].action, cases[i].more, cases[i].verdict, NULL);
}

static void test_principals(void **state)
{
    static const struct {
        const char *identity;
        enum verdict verdict;
    } cases[] = {
        {DEV, VERDICT_DENIED},
        {"{'type':'IAMUser','arn':'arn:aws:iam::" MEMBER ":user/u','accountId':'" MEMBER "'}",
         VERDICT_DENIED},
        {"{'type':'Root','accountId':'" MEMBER "'}", VERDICT_DENIED},
        {"{'type':'FederatedUser','arn':'arn:aws:sts::" MEMBER
         ":federated-user/f','accountId':'" MEMBER "'}",
         VERDICT_DENIED},
        {"{'type':'IAMUser','arn':'arn:aws:iam::" MANAGEMENT ":user/u','accountId':'" MANAGEMENT
         "'}",
         VERDICT_MANAGEMENT},
        {"{'type':'IAMUser','arn':'arn:aws:iam::000000000000:user/u','accountId':'000000000000'}",
         VERDICT_FOREIGN},
        {"{'type':'AssumedRole','accountId':'" MEMBER "','sessionContext':{'sessionIssuer':{'arn':"
         "'arn:aws:iam::" MEMBER ":role/aws-service-role/x.amazonaws.com/X'}}}",
         VERDICT_SERVICE_LINKED},
        {"{'type':'AWSService','invokedBy':'x.amazonaws.com'}", VERDICT_SERVICE},
        {"{'type':'WebIdentityUser','identityProvider':'x'}", VERDICT_SERVICE},
        {"{'type':'AWSAccount','accountId':'" MEMBER "'}", VERDICT_OTHER_ACCOUNT},
        {"{'type':'IdentityCenterUser','accountId':'" MEMBER "'}", VERDICT_NO_PRINCIPAL},
        {"{'type':'IAMUser','accountId':'" MEMBER "','userName':'HIDDEN'}", VERDICT_NO_PRINCIPAL},
        {"{'type':'AssumedRole','arn':'nonsense','accountId':'" MEMBER "'}", VERDICT_NO_PRINCIPAL},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect(state, cases[i].identity, "a:Time", "", cases[i].verdict, NULL);
}

/* What is over the resource's account binds those of other accounts, and services. */
static void test_rcp(void **state)
{
    static const char rcp[] = "{'Sid':'Data','Effect':'Deny','Principal':'*','Action':'s3:*',"
                              "'Resource':'*'}";
    static const char foreign[] =
        "{'type':'IAMUser','arn':'arn:aws:iam::000000000000:user/u','accountId':'000000000000'}";
    static const char of_member[] =
        ",'resources':[{'ARN':'arn:aws:s3:::b/x','accountId':'" MEMBER "'}]";
    struct judgement got = judge(rcp, foreign, "s3:GetObject", of_member, *state).judgement;

    assert_int_equal(got.verdict, VERDICT_DENIED);
    assert_string_equal(got.answer.sid, "Data");
    assert_string_equal(got.account->name, "Shop");
    got = judge(rcp, "{'type':'AWSService','invokedBy':'x.amazonaws.com'}", "s3:GetObject",
                of_member, *state)
              .judgement;
    assert_int_equal(got.verdict, VERDICT_DENIED);
    assert_string_equal(got.principal, "x.amazonaws.com");
    got = judge(rcp, foreign, "s3:GetObject", "", *state).judgement;
    assert_int_equal(got.verdict, VERDICT_FOREIGN);
}

/* Sessions, and what no policy looks at for the action, do not make events different. */
static void test_key(void **state)
{
    static const char one[] = ",'sourceIPAddress':'10.0.0.1','userAgent':'a'";
    static const char other[] = ",'sourceIPAddress':'10.0.0.2','userAgent':'b'";

    assert_string_equal(judge(NULL, DEV, "a:Other", one, *state).key,
                        judge(NULL, DEV, "a:Other", other, *state).key);
    assert_string_not_equal(judge(NULL, DEV, "a:Ip", one, *state).key,
                            judge(NULL, DEV, "a:Ip", other, *state).key);
    assert_string_not_equal(
        judge(NULL, DEV, "s3:PutObject", ",'requestParameters':{'key':'x'}", *state).key,
        judge(NULL, DEV, "s3:PutObject", ",'requestParameters':{'bucketName':'x'}", *state).key);
}

static int set_up(void **state)
{
    *state = arena_new("test");
    return 0;
}

static int tear_down(void **state)
{
    arena_free(*state);
    return 0;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_keys), TEST(test_resources), TEST(test_principals),
        TEST(test_rcp),  TEST(test_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
