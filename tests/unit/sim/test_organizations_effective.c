#include "organizations_world.h"

/* A tag policy on a target. */
static void attach(struct caller *c, const char *name, const char *target, const char *content)
{
    struct json *params = json_object(c->arena);
    const struct json *answer;

    json_put_str(params, "Name", name);
    json_put_str(params, "Description", "");
    json_put_str(params, "Type", "TAG_POLICY");
    json_put_str(params, "Content", content);
    answer = caller_run(c, "CreatePolicy", params);
    assert_non_null(answer);
    ok(c, "AttachPolicy", "{'PolicyId':'%s','TargetId':'%s'}",
       json_str(json_path(answer, "Policy", "PolicySummary", NULL), "Id"), target);
}

static void expect(struct caller *c, const char *account, const char *expected)
{
    const struct json *answer =
        ok(c, "DescribeEffectivePolicy", "{'PolicyType':'TAG_POLICY','TargetId':'%s'}", account);
    const char *text = json_str(json_get(answer, "EffectivePolicy"), "PolicyContent");
    struct json *want, *have;
    struct err err = ERR_INIT;

    assert_int_equal(json_parse(text, strlen(text), c->arena, &have, &err), 0);
    assert_int_equal(json_parse(expected, strlen(expected), c->arena, &want, &err), 0);
    if (!json_equal(want, have))
        fail_msg("have %s, want %s", text, expected);
}

static void test_levels_add_up(void **state)
{
    struct caller *c = *state;
    const char *root = org_root_id(c), *ou = org_ou(c, root, "A"), *member = org_member(c, "m");

    ok(c, "EnablePolicyType", "{'RootId':'%s','PolicyType':'TAG_POLICY'}", root);
    fails(c, "EffectivePolicyNotFoundException", "DescribeEffectivePolicy",
          "{'PolicyType':'TAG_POLICY','TargetId':'%s'}", member);
    attach(c, "root", root,
           "{\"tags\":{\"cost\":{\"tag_key\":{\"@@assign\":\"Cost\","
           "\"@@operators_allowed_for_child_policies\":[\"@@none\"]},"
           "\"tag_value\":{\"@@assign\":[\"1\",\"2\"]}}}}");
    attach(c, "ou", ou,
           "{\"tags\":{\"cost\":{\"tag_value\":{\"@@append\":[\"3\",\"1\"],"
           "\"@@remove\":[\"2\"]}},\"owner\":{\"tag_key\":{\"@@assign\":\"Owner\"}}}}");
    expect(c, member, "{\"tags\":{\"cost\":{\"tag_key\":\"Cost\",\"tag_value\":[\"1\",\"2\"]}}}");
    ok(c, "MoveAccount", "{'AccountId':'%s','SourceParentId':'%s','DestinationParentId':'%s'}",
       member, root, ou);
    expect(c, member,
           "{\"tags\":{\"cost\":{\"tag_key\":\"Cost\",\"tag_value\":[\"1\",\"3\"]},"
           "\"owner\":{\"tag_key\":\"Owner\"}}}");
    attach(c, "account", member, "{\"tags\":{\"cost\":{\"tag_value\":{\"@@assign\":[\"9\"]}}}}");
    expect(c, member,
           "{\"tags\":{\"cost\":{\"tag_key\":\"Cost\",\"tag_value\":[\"9\"]},"
           "\"owner\":{\"tag_key\":\"Owner\"}}}");
}

static void test_members_see_their_own(void **state)
{
    struct caller *c = *state;
    const char *root = org_root_id(c), *a = org_member(c, "a"), *b = org_member(c, "b");

    ok(c, "EnablePolicyType", "{'RootId':'%s','PolicyType':'TAG_POLICY'}", root);
    attach(c, "root", root, "{\"tags\":{}}");
    fails(c, "TargetNotFoundException", "DescribeEffectivePolicy",
          "{'PolicyType':'TAG_POLICY','TargetId':'%s'}", root);
    fails(c, "InvalidInputException", "DescribeEffectivePolicy",
          "{'PolicyType':'SERVICE_CONTROL_POLICY'}");
    c->as = a;
    ok(c, "DescribeEffectivePolicy", "{'PolicyType':'TAG_POLICY'}");
    expect(c, a, "{\"tags\":{}}");
    fails(c, "AccessDeniedException", "DescribeEffectivePolicy",
          "{'PolicyType':'TAG_POLICY','TargetId':'%s'}", b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_levels_add_up, org_setup, caller_teardown),
        cmocka_unit_test_setup_teardown(test_members_see_their_own, org_setup, caller_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
