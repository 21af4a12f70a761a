#include "organizations_priv.h"
#include "organizations_world.h"

static const char *status(struct caller *c, const char *type)
{
    const struct json *root = json_at(json_get(ok(c, "ListRoots", "{}"), "Roots"), 0);

    return json_str(item_with(root, "PolicyTypes", "Type", type), "Status");
}

static void test_every_type_can_be_enabled_once(void **state)
{
    struct caller *c = *state;
    const char *root = org_root_id(c);
    const struct org_policy_type *type;
    size_t count = 0;

    for (; (type = org_type_at(count)) != NULL; count++) {
        if (type->trusted != NULL) {
            fails(c, "ConstraintViolationException/SERVICE_ACCESS_NOT_ENABLED", "EnablePolicyType",
                  "{'RootId':'%s','PolicyType':'%s'}", root, type->name);
            ok(c, "EnableAWSServiceAccess", "{'ServicePrincipal':'%s'}", type->trusted);
        }
        if (!str_eq(type->name, ORG_SCP))
            ok(c, "EnablePolicyType", "{'RootId':'%s','PolicyType':'%s'}", root, type->name);
        fails(c, "PolicyTypeAlreadyEnabledException", "EnablePolicyType",
              "{'RootId':'%s','PolicyType':'%s'}", root, type->name);
        assert_string_equal(status(c, type->name), "ENABLED");
    }
    assert_int_equal(count, 15);
    fails(c, "InvalidInputException", "EnablePolicyType",
          "{'RootId':'%s','PolicyType':'MY_POLICY'}", root);
    fails(c, "RootNotFoundException", "EnablePolicyType",
          "{'RootId':'r-none','PolicyType':'TAG_POLICY'}");
}

static void test_a_change_is_pending_and_holds_up_the_next(void **state)
{
    struct caller *c = *state;
    const char *root = org_root_id(c);
    const struct json *answer;

    answer = ok(c, "EnablePolicyType", "{'RootId':'%s','PolicyType':'BACKUP_POLICY'}", root);
    assert_string_equal(
        json_str(item_with(json_get(answer, "Root"), "PolicyTypes", "Type", "BACKUP_POLICY"),
                 "Status"),
        "PENDING_ENABLE");
    fails(c, "PolicyChangesInProgressException", "EnablePolicyType",
          "{'RootId':'%s','PolicyType':'TAG_POLICY'}", root);
    caller_wait(c, 11);
    assert_string_equal(status(c, "BACKUP_POLICY"), "ENABLED");
    ok(c, "DisablePolicyType", "{'RootId':'%s','PolicyType':'BACKUP_POLICY'}", root);
    assert_string_equal(status(c, "BACKUP_POLICY"), "PENDING_DISABLE");
    caller_wait(c, 11);
    assert_null(status(c, "BACKUP_POLICY"));
    fails(c, "PolicyTypeNotEnabledException", "DisablePolicyType",
          "{'RootId':'%s','PolicyType':'BACKUP_POLICY'}", root);
}

static bool attached(struct caller *c, const char *target, const char *type, const char *policy)
{
    return item_with(
               ok(c, "ListPoliciesForTarget", "{'TargetId':'%s','Filter':'%s'}", target, type),
               "Policies", "Id", policy) != NULL;
}

static void test_full_access_comes_with_scps_and_rcps(void **state)
{
    struct caller *c = *state;
    const char *root = org_root_id(c), *ou = org_ou(c, root, "A"), *member = org_member(c, "m");
    const char *late;

    assert_true(attached(c, ou, ORG_SCP, "p-FullAWSAccess"));
    assert_true(attached(c, member, ORG_SCP, "p-FullAWSAccess"));
    assert_false(attached(c, member, ORG_RCP, "p-RCPFullAWSAccess"));
    ok(c, "EnablePolicyType", "{'RootId':'%s','PolicyType':'RESOURCE_CONTROL_POLICY'}", root);
    assert_true(attached(c, root, ORG_RCP, "p-RCPFullAWSAccess"));
    assert_true(attached(c, ou, ORG_RCP, "p-RCPFullAWSAccess"));
    assert_true(attached(c, member, ORG_RCP, "p-RCPFullAWSAccess"));
    late = org_ou(c, ou, "Late");
    assert_true(attached(c, late, ORG_RCP, "p-RCPFullAWSAccess"));
    assert_true(attached(c, late, ORG_SCP, "p-FullAWSAccess"));
}

static void test_disabling_detaches_and_forgets(void **state)
{
    struct caller *c = *state;
    const char *root = org_root_id(c), *ou = org_ou(c, root, "A"), *policy = org_scp(c, "deny");

    ok(c, "AttachPolicy", "{'PolicyId':'%s','TargetId':'%s'}", policy, ou);
    ok(c, "DisablePolicyType", "{'RootId':'%s','PolicyType':'SERVICE_CONTROL_POLICY'}", root);
    assert_false(attached(c, ou, ORG_SCP, policy));
    assert_false(attached(c, ou, ORG_SCP, "p-FullAWSAccess"));
    fails(c, "PolicyTypeNotEnabledException", "AttachPolicy", "{'PolicyId':'%s','TargetId':'%s'}",
          policy, ou);
    ok(c, "EnablePolicyType", "{'RootId':'%s','PolicyType':'SERVICE_CONTROL_POLICY'}", root);
    assert_false(attached(c, ou, ORG_SCP, policy));
    assert_true(attached(c, ou, ORG_SCP, "p-FullAWSAccess"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_type_can_be_enabled_once, org_setup,
                                        caller_teardown),
        cmocka_unit_test_setup_teardown(test_a_change_is_pending_and_holds_up_the_next,
                                        org_setup_delayed, caller_teardown),
        cmocka_unit_test_setup_teardown(test_full_access_comes_with_scps_and_rcps, org_setup,
                                        caller_teardown),
        cmocka_unit_test_setup_teardown(test_disabling_detaches_and_forgets, org_setup,
                                        caller_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
