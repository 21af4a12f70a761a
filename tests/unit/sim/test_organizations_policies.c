#include "organizations_priv.h"
#include "organizations_world.h"

/* CreatePolicy with any text as the document. */
static struct json *create(struct caller *c, const char *name, const char *type,
                           const char *content)
{
    struct json *params = json_object(c->arena);

    json_put_str(params, "Name", name);
    json_put_str(params, "Description", "for a test");
    json_put_str(params, "Type", type);
    json_put_str(params, "Content", content);
    return caller_run(c, "CreatePolicy", params);
}

/* One SCP statement; `rest` stands behind the Effect. */
static const char *document(struct caller *c, const char *effect, const char *rest)
{
    return arena_printf(c->arena,
                        "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"%s\",%s}]}",
                        effect, rest);
}

static const char everything[] = "\"Action\":\"*\",\"Resource\":\"*\"";

static void test_a_policy_lives(void **state)
{
    struct caller *c = *state;
    const char *text = document(c, "Deny", "\"Action\":\"s3:*\",\"Resource\":\"*\""), *id;
    const struct json *answer = create(c, "Deny all", ORG_SCP, text), *summary;

    assert_non_null(answer);
    summary = json_path(answer, "Policy", "PolicySummary", NULL);
    id = json_str(summary, "Id");
    assert_string_equal(json_str(summary, "Name"), "Deny all");
    assert_string_equal(json_str(summary, "Description"), "for a test");
    assert_false(json_bool(summary, "AwsManaged", true));
    assert_non_null(strstr(json_str(summary, "Arn"), ":policy/o-"));
    assert_non_null(strstr(json_str(summary, "Arn"), "/service_control_policy/p-"));
    answer = ok(c, "DescribePolicy", "{'PolicyId':'%s'}", id);
    assert_string_equal(json_str(json_get(answer, "Policy"), "Content"), text);

    ok(c, "UpdatePolicy", "{'PolicyId':'%s','Name':'New','Description':'other'}", id);
    answer = ok(c, "UpdatePolicy", "{'PolicyId':'%s','Content':'" ORG_DENY_ALL "'}", id);
    assert_string_not_equal(json_str(json_get(answer, "Policy"), "Content"), text);
    answer = ok(c, "DescribePolicy", "{'PolicyId':'%s'}", id);
    assert_string_equal(json_str(json_path(answer, "Policy", "PolicySummary", NULL), "Name"),
                        "New");
    answer = ok(c, "ListPolicies", "{'Filter':'SERVICE_CONTROL_POLICY'}");
    assert_int_equal(items(answer, "Policies"), 2);
    assert_string_equal(json_str(item_with(answer, "Policies", "Id", id), "Name"), "New");
    assert_null(json_get(item_with(answer, "Policies", "Id", id), "_content"));

    assert_non_null(create(c, "Deny all", ORG_SCP, text)); /* the name is free again */
    ok(c, "DeletePolicy", "{'PolicyId':'%s'}", id);
    fails(c, "PolicyNotFoundException", "DescribePolicy", "{'PolicyId':'%s'}", id);
}

static void test_names_are_unique_in_a_type(void **state)
{
    struct caller *c = *state;
    const char *id = org_scp(c, "one"), *other = org_scp(c, "two");

    assert_null(create(c, "one", ORG_SCP, document(c, "Deny", everything)));
    assert_string_equal(c->code, "DuplicatePolicyException");
    assert_non_null(create(c, "one", "TAG_POLICY", "{\"tags\":{}}"));
    fails(c, "DuplicatePolicyException", "UpdatePolicy", "{'PolicyId':'%s','Name':'one'}", other);
    ok(c, "UpdatePolicy", "{'PolicyId':'%s','Name':'one'}", id);
}

static void test_what_aws_manages_cannot_be_changed(void **state)
{
    struct caller *c = *state;
    const struct json *seen;

    seen = json_get(ok(c, "DescribePolicy", "{'PolicyId':'p-FullAWSAccess'}"), "Policy");
    assert_true(json_bool(json_get(seen, "PolicySummary"), "AwsManaged", false));
    assert_string_equal(json_str(json_get(seen, "PolicySummary"), "Arn"),
                        "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess");
    fails(c, "InvalidInputException/IMMUTABLE_POLICY", "UpdatePolicy",
          "{'PolicyId':'p-FullAWSAccess','Name':'x'}");
    fails(c, "InvalidInputException/IMMUTABLE_POLICY", "DeletePolicy",
          "{'PolicyId':'p-RCPFullAWSAccess'}");
    seen = ok(c, "ListPolicies", "{'Filter':'RESOURCE_CONTROL_POLICY'}");
    assert_non_null(item_with(seen, "Policies", "Name", "RCPFullAWSAccess"));
}

static void test_documents_that_are_none(void **state)
{
    static const struct {
        const char *type, *content;
    } bad[] = {
        {ORG_SCP, "not json"},
        {ORG_SCP, "[]"},
        {ORG_SCP, "{\"Version\":\"2012-10-17\"}"},
        {ORG_SCP, "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Maybe\","
                  "\"Action\":\"*\",\"Resource\":\"*\"}]}"},
        {ORG_SCP, "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\","
                  "\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}]}"},
        {ORG_RCP, "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\","
                  "\"Action\":\"*\",\"Resource\":\"*\"}]}"},
        {ORG_RCP, "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
                  "\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}]}"},
        {ORG_RCP, "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\","
                  "\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:root\"},"
                  "\"Action\":\"*\",\"Resource\":\"*\"}}"},
        {"TAG_POLICY", "{\"tags\":"},
        {"TAG_POLICY", "[\"tags\"]"},
        {"TAG_POLICY", "{\"plans\":{}}"},
        {"BACKUP_POLICY", "{\"tags\":{}}"},
        {"S3_POLICY", "7"},
    };
    struct caller *c = *state;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (create(c, "bad", bad[i].type, bad[i].content) != NULL)
            fail_msg("accepted as %s: %s", bad[i].type, bad[i].content);
        assert_string_equal(c->code, "MalformedPolicyDocumentException");
    }
    assert_non_null(
        create(c, "good", ORG_RCP,
               document(c, "Deny", "\"Principal\":\"*\",\"Action\":\"s3:*\",\"Resource\":\"*\"")));
    assert_non_null(create(c, "good", "BACKUP_POLICY", "{\"plans\":{}}"));
    assert_non_null(create(c, "good", "S3_POLICY", "{\"s3_attributes\":{}}"));
    fails(c, "MalformedPolicyDocumentException", "UpdatePolicy", "{'PolicyId':'%s','Content':'{}'}",
          org_scp(c, "scp"));
}

/* A valid document of exactly that many characters, one of them of two bytes. */
static const char *document_of(struct caller *c, size_t characters)
{
    const char *empty =
        document(c, "Deny", "\"Sid\":\"\",\"Action\":\"*\",\"Resource\":\"\xc3\xa9\"");
    size_t more = characters - (strlen(empty) - 1);
    char *sid = arena_alloc(c->arena, more + 1);

    memset(sid, 'x', more);
    return document(
        c, "Deny",
        arena_printf(c->arena, "\"Sid\":\"%s\",\"Action\":\"*\",\"Resource\":\"\xc3\xa9\"", sid));
}

static void test_the_size_of_a_document(void **state)
{
    struct caller *c = *state;
    const char *tags;

    assert_non_null(create(c, "fits", ORG_SCP, document_of(c, 10240)));
    assert_null(create(c, "large", ORG_SCP, document_of(c, 10241)));
    assert_string_equal(c->code, "ConstraintViolationException");
    assert_string_equal(c->reason, "POLICY_CONTENT_LIMIT_EXCEEDED");
    tags = arena_printf(c->arena, "{\"services\":{}%*s}", 2500 - 15, "");
    assert_int_equal(strlen(tags), 2500);
    assert_non_null(create(c, "fits", "AISERVICES_OPT_OUT_POLICY", tags));
    tags = arena_printf(c->arena, "%s ", tags);
    assert_null(create(c, "large", "AISERVICES_OPT_OUT_POLICY", tags));
    assert_string_equal(c->reason, "POLICY_CONTENT_LIMIT_EXCEEDED");
}

static void test_parameters_are_checked(void **state)
{
    struct caller *c = *state;

    fails(c, "InvalidInputException", "ListPolicies", "{'Filter':'NONE'}");
    fails(c, "InvalidInputException", "ListPolicies", "{}");
    fails(c, "InvalidInputException", "CreatePolicy",
          "{'Name':'n','Description':'%0513d','Type':'TAG_POLICY','Content':'{}'}", 0);
    fails(c, "TargetNotFoundException", "ListPoliciesForTarget",
          "{'TargetId':'000000000000','Filter':'TAG_POLICY'}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_policy_lives, org_setup, caller_teardown),
        cmocka_unit_test_setup_teardown(test_names_are_unique_in_a_type, org_setup,
                                        caller_teardown),
        cmocka_unit_test_setup_teardown(test_what_aws_manages_cannot_be_changed, org_setup,
                                        caller_teardown),
        cmocka_unit_test_setup_teardown(test_documents_that_are_none, org_setup, caller_teardown),
        cmocka_unit_test_setup_teardown(test_the_size_of_a_document, org_setup, caller_teardown),
        cmocka_unit_test_setup_teardown(test_parameters_are_checked, org_setup, caller_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
