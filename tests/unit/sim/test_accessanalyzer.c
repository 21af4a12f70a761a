#include "accessanalyzer_world.h"

static const char *status_of(struct caller *c, const char *name)
{
    return json_str(json_get(ok(c, "GetAnalyzer", "{'analyzerName':'%s'}", name), "analyzer"),
                    "status");
}

static void test_an_analyzer_lives(void **state)
{
    struct caller *c = *state;
    const struct json *seen;

    c->service = &sim_service_accessanalyzer;
    seen = ok(c, "CreateAnalyzer",
              "{'analyzerName':'one','type':'ACCOUNT','tags':{'owner':'us'},"
              "'archiveRules':[{'ruleName':'r','filter':{'isPublic':{'eq':['false']}}}]}");
    assert_string_equal(
        json_str(seen, "arn"),
        arena_printf(c->arena, "arn:aws:access-analyzer:us-east-1:%s:analyzer/one", c->me));
    seen = json_get(ok(c, "GetAnalyzer", "{'analyzerName':'one'}"), "analyzer");
    assert_string_equal(json_str(seen, "type"), "ACCOUNT");
    assert_string_equal(json_str(seen, "status"), "ACTIVE");
    assert_string_equal(json_str(json_get(seen, "tags"), "owner"), "us");
    assert_non_null(json_str(seen, "createdAt"));
    assert_null(json_get(seen, "configuration"));
    assert_int_equal(items(ok(c, "ListArchiveRules", "{'analyzerName':'one'}"), "archiveRules"), 1);
    assert_int_equal(items(ok(c, "ListAnalyzers", "{}"), "analyzers"), 1);
    assert_int_equal(items(ok(c, "ListAnalyzers", "{'type':'ORGANIZATION'}"), "analyzers"), 0);
    fails(c, "ValidationException", "UpdateAnalyzer", "{'analyzerName':'one'}");
    ok(c, "DeleteAnalyzer", "{'analyzerName':'one'}");
    fails(c, "ResourceNotFoundException", "GetAnalyzer", "{'analyzerName':'one'}");
    fails(c, "ResourceNotFoundException", "DeleteAnalyzer", "{'analyzerName':'one'}");
    fails(c, "ResourceNotFoundException", "UpdateAnalyzer", "{'analyzerName':'one'}");
    /* Its rules went with it. */
    ok(c, "CreateAnalyzer", "{'analyzerName':'one','type':'ACCOUNT'}");
    assert_int_equal(items(ok(c, "ListArchiveRules", "{'analyzerName':'one'}"), "archiveRules"), 0);
}

static void test_what_cannot_be_created(void **state)
{
    static const char *const wrong[] = {
        "{'type':'ACCOUNT'}",
        "{'analyzerName':'a'}",
        "{'analyzerName':'-a','type':'ACCOUNT'}",
        "{'analyzerName':'a b','type':'ACCOUNT'}",
        "{'analyzerName':'a','type':'EVERYTHING'}",
        "{'analyzerName':'a','type':'ORGANIZATION'}",
        "{'analyzerName':'a','type':'ACCOUNT','tags':{'aws:x':'y'}}",
        "{'analyzerName':'a','type':'ACCOUNT','configuration':{'unusedAccess':{}}}",
        "{'analyzerName':'a','type':'ACCOUNT_UNUSED_ACCESS','configuration':{'internalAccess':{}}}",
        "{'analyzerName':'a','type':'ACCOUNT_UNUSED_ACCESS',"
        "'configuration':{'unusedAccess':{'unusedAccessAge':366}}}",
        "{'analyzerName':'a','type':'ACCOUNT_INTERNAL_ACCESS','configuration':{'internalAccess':"
        "{'analysisRule':{'inclusions':[{'resourceTypes':['AWS::IAM::Role']}]}}}}",
        "{'analyzerName':'a','type':'ACCOUNT','archiveRules':[{'ruleName':'r','filter':{}}]}",
    };
    struct caller *c = *state;

    c->service = &sim_service_accessanalyzer;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        fails(c, "ValidationException", "CreateAnalyzer", "%s", wrong[i]);
    assert_int_equal(items(ok(c, "ListAnalyzers", "{}"), "analyzers"), 0);
}

static void test_a_repeated_creation_is_one(void **state)
{
    static const char call[] = "{'analyzerName':'a','type':'ACCOUNT','clientToken':'%s'}";
    struct caller *c = *state;
    const char *arn;

    c->service = &sim_service_accessanalyzer;
    arn = json_str(ok(c, "CreateAnalyzer", call, "t1"), "arn");
    assert_string_equal(json_str(ok(c, "CreateAnalyzer", call, "t1"), "arn"), arn);
    fails(c, "ConflictException", "CreateAnalyzer", call, "t2");
}

/* docs: "IAM Access Analyzer quotas" */
static void test_quotas(void **state)
{
    struct caller *c = *state;

    analyzer_trust(c);
    ok(c, "CreateAnalyzer", "{'analyzerName':'a1','type':'ACCOUNT'}");
    fails(c, "ServiceQuotaExceededException", "CreateAnalyzer",
          "{'analyzerName':'a2','type':'ACCOUNT'}");
    ok(c, "CreateAnalyzer", "{'analyzerName':'u1','type':'ACCOUNT_UNUSED_ACCESS'}");
    for (int i = 0; i < 5; i++)
        ok(c, "CreateAnalyzer", "{'analyzerName':'o%d','type':'ORGANIZATION'}", i);
    fails(c, "ServiceQuotaExceededException", "CreateAnalyzer",
          "{'analyzerName':'o5','type':'ORGANIZATION'}");
    ok(c, "CreateAnalyzer", "{'analyzerName':'i1','type':'ORGANIZATION_INTERNAL_ACCESS'}");
    fails(c, "ServiceQuotaExceededException", "CreateAnalyzer",
          "{'analyzerName':'i2','type':'ORGANIZATION_INTERNAL_ACCESS'}");
    ok(c, "DeleteAnalyzer", "{'analyzerName':'i1'}");
    ok(c, "CreateAnalyzer", "{'analyzerName':'i2','type':'ORGANIZATION_INTERNAL_ACCESS'}");
}

static void test_who_may_watch_an_organization(void **state)
{
    static const char call[] = "{'analyzerName':'org','type':'ORGANIZATION'}";
    struct caller *c = *state;
    const struct json *seen;
    const char *other = org_member(c, "other"), *security;

    c->service = &sim_service_accessanalyzer;
    fails(c, "ValidationException", "CreateAnalyzer", call);
    assert_string_equal(c->text, "Service not enabled for AWS Organizations");
    analyzer_delegate(c);
    security = c->as;
    c->as = other;
    fails(c, "AccessDeniedException", "CreateAnalyzer", call);
    c->as = security;
    ok(c, "CreateAnalyzer", call);
    assert_string_equal(status_of(c, "org"), "ACTIVE");

    c->as = c->me;
    c->service = &sim_service_organizations;
    ok(c, "DeregisterDelegatedAdministrator",
       "{'AccountId':'%s','ServicePrincipal':'access-analyzer.amazonaws.com'}", security);
    c->service = &sim_service_accessanalyzer;
    c->as = security;
    seen = json_get(ok(c, "GetAnalyzer", "{'analyzerName':'org'}"), "analyzer");
    assert_string_equal(json_str(seen, "status"), "DISABLED");
    assert_string_equal(json_str(json_get(seen, "statusReason"), "code"),
                        "DELEGATED_ADMINISTRATOR_DEREGISTERED");
    c->as = c->me;
    c->service = &sim_service_organizations;
    ok(c, "DisableAWSServiceAccess", "{'ServicePrincipal':'access-analyzer.amazonaws.com'}");
    c->service = &sim_service_accessanalyzer;
    c->as = security;
    seen = json_get(ok(c, "GetAnalyzer", "{'analyzerName':'org'}"), "analyzer");
    assert_string_equal(json_str(json_get(seen, "statusReason"), "code"),
                        "AWS_SERVICE_ACCESS_DISABLED");
}

static void test_a_new_analyzer_is_ready_late(void **state)
{
    struct caller *c = *state;

    c->service = &sim_service_accessanalyzer;
    ok(c, "CreateAnalyzer", "{'analyzerName':'a','type':'ACCOUNT'}");
    assert_string_equal(status_of(c, "a"), "CREATING");
    caller_wait(c, 60);
    assert_string_equal(status_of(c, "a"), "ACTIVE");
}

static double age_of(struct caller *c, const char *name)
{
    return json_number(json_path(ok(c, "GetAnalyzer", "{'analyzerName':'%s'}", name), "analyzer",
                                 "configuration", "unusedAccess", NULL),
                       "unusedAccessAge", 0);
}

static void test_a_configuration_is_replaced(void **state)
{
    struct caller *c = *state;

    c->service = &sim_service_accessanalyzer;
    ok(c, "CreateAnalyzer", "{'analyzerName':'u','type':'ACCOUNT_UNUSED_ACCESS'}");
    assert_int_equal(age_of(c, "u"), 90);
    ok(c, "UpdateAnalyzer",
       "{'analyzerName':'u','configuration':{'unusedAccess':{'unusedAccessAge':30}}}");
    assert_int_equal(age_of(c, "u"), 30);
    ok(c, "UpdateAnalyzer", "{'analyzerName':'u'}");
    assert_int_equal(age_of(c, "u"), 30);
    fails(c, "ValidationException", "UpdateAnalyzer",
          "{'analyzerName':'u','configuration':{'unusedAccess':{'unusedAccessAge':0}}}");
    fails(c, "ValidationException", "UpdateAnalyzer",
          "{'analyzerName':'u','configuration':{'internalAccess':{}}}");
    assert_int_equal(age_of(c, "u"), 30);
}

static void test_tags(void **state)
{
    struct caller *c = *state;
    const char *arn;
    const struct json *seen;

    c->service = &sim_service_accessanalyzer;
    arn = json_str(ok(c, "CreateAnalyzer", "{'analyzerName':'a','type':'ACCOUNT'}"), "arn");
    ok(c, "TagResource", "{'resourceArn':'%s','tags':{'a':'1','b':'2','c':'3'}}", arn);
    ok(c, "UntagResource", "{'resourceArn':'%s','tagKeys':'a'}", arn);
    ok(c, "UntagResource", "{'resourceArn':'%s','tagKeys':['b','x']}", arn);
    seen = json_get(ok(c, "ListTagsForResource", "{'resourceArn':'%s'}", arn), "tags");
    assert_int_equal(seen->count, 1);
    assert_string_equal(json_str(seen, "c"), "3");
    fails(c, "ValidationException", "TagResource", "{'resourceArn':'%s','tags':{'aws:a':'1'}}",
          arn);
    fails(c, "ResourceNotFoundException", "TagResource",
          "{'resourceArn':'arn:aws:s3:::x','tags':{'a':'1'}}");
    fails(c, "ResourceNotFoundException", "ListTagsForResource", "{'resourceArn':'%sx'}", arn);
    fails(c, "ResourceNotFoundException", "UntagResource", "{'resourceArn':'x','tagKeys':'a'}");
}

static int setup_delayed(void **state)
{
    return caller_setup_with(state, &sim_service_accessanalyzer, true);
}

#define ORG_TEST(test) cmocka_unit_test_setup_teardown(test, org_setup, caller_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ORG_TEST(test_an_analyzer_lives),
        ORG_TEST(test_what_cannot_be_created),
        ORG_TEST(test_a_repeated_creation_is_one),
        ORG_TEST(test_quotas),
        ORG_TEST(test_who_may_watch_an_organization),
        cmocka_unit_test_setup_teardown(test_a_new_analyzer_is_ready_late, setup_delayed,
                                        caller_teardown),
        ORG_TEST(test_a_configuration_is_replaced),
        ORG_TEST(test_tags),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
