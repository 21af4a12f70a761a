#include "organizations_world.h"

static void test_an_organization_is_made_with_all_features_and_scps(void **state)
{
    struct caller *c = *state;
    const struct json *made = json_get(ok(c, "CreateOrganization", "{}"), "Organization");
    const struct json *root, *seen;

    assert_string_equal(json_str(made, "FeatureSet"), "ALL");
    assert_string_equal(json_str(made, "MasterAccountId"), c->me);
    assert_string_equal(json_str(made, "MasterAccountEmail"), "aws@example.com");
    assert_string_equal(json_str(made, "Arn"),
                        arena_printf(c->arena, "arn:aws:organizations::%s:organization/%s", c->me,
                                     json_str(made, "Id")));
    seen = json_get(ok(c, "DescribeOrganization", "{}"), "Organization");
    assert_true(json_equal(made, seen));

    root = json_at(json_get(ok(c, "ListRoots", "{}"), "Roots"), 0);
    assert_string_equal(json_str(root, "Name"), "Root");
    assert_string_equal(json_str(json_at(json_get(root, "PolicyTypes"), 0), "Type"),
                        "SERVICE_CONTROL_POLICY");
    assert_string_equal(json_str(json_at(json_get(root, "PolicyTypes"), 0), "Status"), "ENABLED");
    for (int i = 0; i < 2; i++) /* the root, then the account in it */
        assert_non_null(item_with(ok(c, "ListPoliciesForTarget",
                                     "{'TargetId':'%s','Filter':'SERVICE_CONTROL_POLICY'}",
                                     i == 0 ? json_str(root, "Id") : c->me),
                                  "Policies", "Id", "p-FullAWSAccess"));
}

static void test_there_is_one_organization_of_an_account(void **state)
{
    struct caller *c = *state;

    fails(c, "AWSOrganizationsNotInUseException", "DescribeOrganization", "{}");
    fails(c, "AWSOrganizationsNotInUseException", "ListAccounts", "{}");
    ok(c, "CreateOrganization", "{}");
    fails(c, "AlreadyInOrganizationException", "CreateOrganization", "{}");
    fails(c, "InvalidInputException", "CreateOrganization", "{'FeatureSet':'SOME'}");
}

static void test_consolidated_billing_has_no_policies(void **state)
{
    struct caller *c = *state;
    const struct json *root;

    ok(c, "CreateOrganization", "{'FeatureSet':'CONSOLIDATED_BILLING'}");
    root = json_at(json_get(ok(c, "ListRoots", "{}"), "Roots"), 0);
    assert_int_equal(items(root, "PolicyTypes"), 0);
    fails(c, "PolicyTypeNotAvailableForOrganizationException", "EnablePolicyType",
          "{'RootId':'%s','PolicyType':'TAG_POLICY'}", json_str(root, "Id"));
    fails(c, "PolicyTypeNotAvailableForOrganizationException", "CreatePolicy",
          "{'Name':'n','Description':'','Type':'SERVICE_CONTROL_POLICY','Content':'{}'}");
    fails(c, "ConstraintViolationException/ORGANIZATION_NOT_IN_ALL_FEATURES_MODE",
          "EnableAWSServiceAccess", "{'ServicePrincipal':'backup.amazonaws.com'}");
}

static void test_members_may_look_at_the_organization_only(void **state)
{
    struct caller *c = *state;

    c->as = org_member(c, "member");
    ok(c, "DescribeOrganization", "{}");
    fails(c, "AccessDeniedException", "ListAccounts", "{}");
    fails(c, "AccessDeniedException", "ListRoots", "{}");
    fails(c, "AccessDeniedException", "CreateAccount",
          "{'Email':'x@example.com','AccountName':'x'}");
    fails(c, "AlreadyInOrganizationException", "CreateOrganization", "{}");
}

static void test_delegated_administrators_may_read(void **state)
{
    struct caller *c = *state;
    const char *member = org_member(c, "security");

    ok(c, "EnableAWSServiceAccess", "{'ServicePrincipal':'guardduty.amazonaws.com'}");
    ok(c, "RegisterDelegatedAdministrator",
       "{'AccountId':'%s','ServicePrincipal':'guardduty.amazonaws.com'}", member);
    c->as = member;
    assert_int_equal(items(ok(c, "ListAccounts", "{}"), "Accounts"), 2);
    fails(c, "AccessDeniedException", "CreateAccount",
          "{'Email':'x@example.com','AccountName':'x'}");
}

static void test_only_an_empty_organization_can_be_deleted(void **state)
{
    struct caller *c = *state;
    size_t records = json_get(sim_dump(c->sim, c->arena), "records")->count;
    const char *root, *ou, *member, *policy;

    ok(c, "CreateOrganization", "{}");
    root = org_root_id(c);
    ou = org_ou(c, root, "Workloads");
    org_ou(c, ou, "Production");
    member = org_member(c, "member");
    policy = org_scp(c, "policy");
    ok(c, "AttachPolicy", "{'PolicyId':'%s','TargetId':'%s'}", policy, ou);
    ok(c, "TagResource", "{'ResourceId':'%s','Tags':[{'Key':'a','Value':'b'}]}", ou);
    ok(c, "EnableAWSServiceAccess", "{'ServicePrincipal':'guardduty.amazonaws.com'}");
    fails(c, "OrganizationNotEmptyException", "DeleteOrganization", "{}");
    ok(c, "RemoveAccountFromOrganization", "{'AccountId':'%s'}", member);
    ok(c, "DeleteOrganization", "{}");
    fails(c, "AWSOrganizationsNotInUseException", "DescribeOrganization", "{}");

    /* What stays: the account that left, its role with its policy, and whose the emails are. */
    assert_int_equal(json_get(sim_dump(c->sim, c->arena), "records")->count, records + 5);
    ok(c, "CreateOrganization", "{}");
    assert_int_equal(items(ok(c, "ListAccounts", "{}"), "Accounts"), 1);
}

static void test_an_organization_survives_dump_and_load(void **state)
{
    struct caller *c = *state;
    const struct json *before, *after, *dump;
    struct err err = ERR_INIT;

    org_member(c, "member");
    before = ok(c, "ListAccounts", "{}");
    dump = sim_dump(c->sim, c->arena);
    assert_int_equal(sim_load(c->sim, dump, &err), 0);
    after = ok(c, "ListAccounts", "{}");
    assert_true(json_equal(before, after));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_an_organization_is_made_with_all_features_and_scps,
                                        org_setup_empty, caller_teardown),
        cmocka_unit_test_setup_teardown(test_there_is_one_organization_of_an_account,
                                        org_setup_empty, caller_teardown),
        cmocka_unit_test_setup_teardown(test_consolidated_billing_has_no_policies, org_setup_empty,
                                        caller_teardown),
        cmocka_unit_test_setup_teardown(test_members_may_look_at_the_organization_only, org_setup,
                                        caller_teardown),
        cmocka_unit_test_setup_teardown(test_delegated_administrators_may_read, org_setup,
                                        caller_teardown),
        cmocka_unit_test_setup_teardown(test_only_an_empty_organization_can_be_deleted,
                                        org_setup_empty, caller_teardown),
        cmocka_unit_test_setup_teardown(test_an_organization_survives_dump_and_load, org_setup,
                                        caller_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
