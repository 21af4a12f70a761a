#include "organizations_world.h"

/* Lets `account` do `action`. */
static const char *policy_for(struct caller *c, const char *account, const char *action)
{
    return arena_printf(c->arena,
                        "{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":[{"
                        "\\\"Effect\\\":\\\"Allow\\\",\\\"Principal\\\":{\\\"AWS\\\":"
                        "\\\"arn:aws:iam::%s:root\\\"},\\\"Action\\\":\\\"%s\\\","
                        "\\\"Resource\\\":\\\"*\\\"}]}",
                        account, action);
}

static void test_a_policy_lives(void **state)
{
    struct caller *c = *state;
    const char *member = org_member(c, "m"), *id;
    const struct json *first, *second;

    fails(c, "ResourcePolicyNotFoundException", "DescribeResourcePolicy", "{}");
    fails(c, "ResourcePolicyNotFoundException", "DeleteResourcePolicy", "{}");
    fails(c, "InvalidInputException/INVALID_RESOURCE_POLICY_JSON", "PutResourcePolicy",
          "{'Content':'{}'}");
    first = json_get(ok(c, "PutResourcePolicy", "{'Content':'%s','Tags':[{'Key':'a','Value':'b'}]}",
                        policy_for(c, member, "organizations:ListPolicies")),
                     "ResourcePolicy");
    id = json_str(json_get(first, "ResourcePolicySummary"), "Id");
    assert_int_equal(items(ok(c, "ListTagsForResource", "{'ResourceId':'%s'}", id), "Tags"), 1);
    second = json_get(ok(c, "PutResourcePolicy", "{'Content':'%s'}",
                         policy_for(c, member, "organizations:ListRoots")),
                      "ResourcePolicy");
    fails(c, "InvalidInputException/TARGET_NOT_SUPPORTED", "PutResourcePolicy",
          "{'Content':'%s','Tags':[{'Key':'c','Value':'d'}]}",
          policy_for(c, member, "organizations:ListRoots"));
    assert_true(json_equal(json_get(first, "ResourcePolicySummary"),
                           json_get(second, "ResourcePolicySummary")));
    assert_string_not_equal(json_str(first, "Content"), json_str(second, "Content"));
    assert_true(
        json_equal(second, json_get(ok(c, "DescribeResourcePolicy", "{}"), "ResourcePolicy")));
    ok(c, "DeleteResourcePolicy", "{}");
    fails(c, "ResourcePolicyNotFoundException", "DescribeResourcePolicy", "{}");
}

static void test_a_member_may_do_what_it_says(void **state)
{
    struct caller *c = *state;
    const char *a = org_member(c, "a"), *b = org_member(c, "b");

    ok(c, "PutResourcePolicy", "{'Content':'%s'}", policy_for(c, a, "organizations:CreatePolicy"));
    c->as = a;
    org_scp(c, "made by a member");
    fails(c, "AccessDeniedException", "ListPolicies", "{'Filter':'SERVICE_CONTROL_POLICY'}");
    c->as = b;
    fails(c, "AccessDeniedException", "CreatePolicy",
          "{'Name':'n','Description':'','Type':'TAG_POLICY','Content':'{\\\"tags\\\":{}}'}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_policy_lives, org_setup, caller_teardown),
        cmocka_unit_test_setup_teardown(test_a_member_may_do_what_it_says, org_setup,
                                        caller_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
