#include "organizations_world.h"

static void test_a_policy_is_attached_and_detached(void **state)
{
    struct caller *c = *state;
    const char *policy = org_scp(c, "deny"), *root = org_root_id(c), *ou = org_ou(c, root, "A");
    const char *targets[] = {root, ou, org_member(c, "member")};
    static const char *const kinds[] = {"ROOT", "ORGANIZATIONAL_UNIT", "ACCOUNT"};
    static const char *const names[] = {"Root", "A", "member"};
    const struct json *seen;

    for (size_t i = 0; i < 3; i++)
        ok(c, "AttachPolicy", "{'PolicyId':'%s','TargetId':'%s'}", policy, targets[i]);
    seen = ok(c, "ListTargetsForPolicy", "{'PolicyId':'%s'}", policy);
    assert_int_equal(items(seen, "Targets"), 3);
    for (size_t i = 0; i < 3; i++) {
        const struct json *target = item_with(seen, "Targets", "TargetId", targets[i]);

        assert_string_equal(json_str(target, "Type"), kinds[i]);
        assert_string_equal(json_str(target, "Name"), names[i]);
        assert_true(str_ends(json_str(target, "Arn"), targets[i]));
    }
    fails(c, "DuplicatePolicyAttachmentException", "AttachPolicy",
          "{'PolicyId':'%s','TargetId':'%s'}", policy, ou);
    fails(c, "PolicyInUseException", "DeletePolicy", "{'PolicyId':'%s'}", policy);
    for (size_t i = 0; i < 3; i++)
        ok(c, "DetachPolicy", "{'PolicyId':'%s','TargetId':'%s'}", policy, targets[i]);
    fails(c, "PolicyNotAttachedException", "DetachPolicy", "{'PolicyId':'%s','TargetId':'%s'}",
          policy, ou);
    ok(c, "DeletePolicy", "{'PolicyId':'%s'}", policy);
}

static void test_there_is_always_an_scp(void **state)
{
    struct caller *c = *state;
    const char *policy = org_scp(c, "deny"), *root = org_root_id(c);

    fails(c, "ConstraintViolationException/MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
          "DetachPolicy", "{'PolicyId':'p-FullAWSAccess','TargetId':'%s'}", root);
    ok(c, "AttachPolicy", "{'PolicyId':'%s','TargetId':'%s'}", policy, root);
    ok(c, "DetachPolicy", "{'PolicyId':'p-FullAWSAccess','TargetId':'%s'}", root);
    fails(c, "ConstraintViolationException/MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
          "DetachPolicy", "{'PolicyId':'%s','TargetId':'%s'}", policy, root);
}

static void test_full_access_to_resources_stays(void **state)
{
    struct caller *c = *state;
    const char *root = org_root_id(c);

    ok(c, "EnablePolicyType", "{'RootId':'%s','PolicyType':'RESOURCE_CONTROL_POLICY'}", root);
    fails(c, "InvalidInputException/NON_DETACHABLE_POLICY", "DetachPolicy",
          "{'PolicyId':'p-RCPFullAWSAccess','TargetId':'%s'}", root);
}

static void test_ten_scps_of_a_target(void **state)
{
    struct caller *c = *state;
    const char *root = org_root_id(c);

    for (int i = 0; i < 9; i++) /* and FullAWSAccess */
        ok(c, "AttachPolicy", "{'PolicyId':'%s','TargetId':'%s'}",
           org_scp(c, arena_printf(c->arena, "scp %d", i)), root);
    fails(c, "ConstraintViolationException/MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
          "AttachPolicy", "{'PolicyId':'%s','TargetId':'%s'}", org_scp(c, "tenth"), root);
}

static void test_what_cannot_be_attached(void **state)
{
    struct caller *c = *state;
    const char *root = org_root_id(c), *policy = org_scp(c, "deny"), *id;
    const struct json *tag;

    fails(c, "PolicyNotFoundException", "AttachPolicy",
          "{'PolicyId':'p-0000000000','TargetId':'%s'}", root);
    fails(c, "PolicyNotFoundException", "ListTargetsForPolicy", "{'PolicyId':'p-0000000000'}");
    fails(c, "TargetNotFoundException", "AttachPolicy",
          "{'PolicyId':'%s','TargetId':'000000000000'}", policy);
    tag = ok(c, "CreatePolicy",
             "{'Name':'t','Description':'','Type':'TAG_POLICY','Content':'{\\\"tags\\\":{}}'}");
    id = json_str(json_path(tag, "Policy", "PolicySummary", NULL), "Id");
    fails(c, "PolicyTypeNotEnabledException", "AttachPolicy", "{'PolicyId':'%s','TargetId':'%s'}",
          id, root);
    ok(c, "EnablePolicyType", "{'RootId':'%s','PolicyType':'TAG_POLICY'}", root);
    ok(c, "AttachPolicy", "{'PolicyId':'%s','TargetId':'%s'}", id, root);
}

static void test_two_changes_of_one_target_conflict(void **state)
{
    struct caller *c = *state;
    const char *root = org_root_id(c), *ou = org_ou(c, root, "A");
    const char *a = org_scp(c, "a"), *b = org_scp(c, "b");

    ok(c, "AttachPolicy", "{'PolicyId':'%s','TargetId':'%s'}", a, root);
    fails(c, "ConcurrentModificationException", "AttachPolicy", "{'PolicyId':'%s','TargetId':'%s'}",
          b, root);
    ok(c, "AttachPolicy", "{'PolicyId':'%s','TargetId':'%s'}", b, ou);
    caller_wait(c, 0.049);
    fails(c, "ConcurrentModificationException", "DetachPolicy", "{'PolicyId':'%s','TargetId':'%s'}",
          a, root);
    caller_wait(c, 0.001); /* the soonest an answer can be there */
    ok(c, "AttachPolicy", "{'PolicyId':'%s','TargetId':'%s'}", b, root);
}

static void test_an_account_that_leaves_is_detached(void **state)
{
    struct caller *c = *state;
    const char *policy = org_scp(c, "deny"), *member = org_member(c, "member");

    ok(c, "AttachPolicy", "{'PolicyId':'%s','TargetId':'%s'}", policy, member);
    ok(c, "RemoveAccountFromOrganization", "{'AccountId':'%s'}", member);
    assert_int_equal(items(ok(c, "ListTargetsForPolicy", "{'PolicyId':'%s'}", policy), "Targets"),
                     0);
    ok(c, "DeletePolicy", "{'PolicyId':'%s'}", policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_policy_is_attached_and_detached, org_setup,
                                        caller_teardown),
        cmocka_unit_test_setup_teardown(test_there_is_always_an_scp, org_setup, caller_teardown),
        cmocka_unit_test_setup_teardown(test_full_access_to_resources_stays, org_setup,
                                        caller_teardown),
        cmocka_unit_test_setup_teardown(test_ten_scps_of_a_target, org_setup, caller_teardown),
        cmocka_unit_test_setup_teardown(test_what_cannot_be_attached, org_setup, caller_teardown),
        cmocka_unit_test_setup_teardown(test_two_changes_of_one_target_conflict, org_setup_delayed,
                                        caller_teardown),
        cmocka_unit_test_setup_teardown(test_an_account_that_leaves_is_detached, org_setup,
                                        caller_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
