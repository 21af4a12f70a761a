#include "organizations_world.h"

static void delegate(struct caller *c, const char *account, const char *principal)
{
    ok(c, "EnableAWSServiceAccess", "{'ServicePrincipal':'%s'}", principal);
    ok(c, "RegisterDelegatedAdministrator", "{'AccountId':'%s','ServicePrincipal':'%s'}", account,
       principal);
}

static void test_administrators_are_listed(void **state)
{
    struct caller *c = *state;
    const char *a = org_member(c, "a"), *b = org_member(c, "b");
    const struct json *seen;

    delegate(c, a, "guardduty.amazonaws.com");
    delegate(c, a, "access-analyzer.amazonaws.com");
    delegate(c, b, "backup.amazonaws.com");
    seen = ok(c, "ListDelegatedAdministrators", "{}");
    assert_int_equal(items(seen, "DelegatedAdministrators"), 2);
    seen = ok(c, "ListDelegatedAdministrators", "{'ServicePrincipal':'guardduty.amazonaws.com'}");
    assert_int_equal(items(seen, "DelegatedAdministrators"), 1);
    seen = item_with(seen, "DelegatedAdministrators", "Id", a);
    assert_string_equal(json_str(seen, "Email"), "a@example.com");
    assert_true(json_number(seen, "DelegationEnabledDate", 0) > 0);
    seen = ok(c, "ListDelegatedServicesForAccount", "{'AccountId':'%s'}", a);
    assert_int_equal(items(seen, "DelegatedServices"), 2);
    assert_non_null(
        item_with(seen, "DelegatedServices", "ServicePrincipal", "access-analyzer.amazonaws.com"));

    ok(c, "DeregisterDelegatedAdministrator",
       "{'AccountId':'%s','ServicePrincipal':'guardduty.amazonaws.com'}", a);
    ok(c, "DeregisterDelegatedAdministrator",
       "{'AccountId':'%s','ServicePrincipal':'access-analyzer.amazonaws.com'}", a);
    fails(c, "AccountNotRegisteredException", "ListDelegatedServicesForAccount",
          "{'AccountId':'%s'}", a);
    fails(c, "AccountNotRegisteredException", "DeregisterDelegatedAdministrator",
          "{'AccountId':'%s','ServicePrincipal':'guardduty.amazonaws.com'}", a);
    c->as = a;
    fails(c, "AccessDeniedException", "ListAccounts", "{}");
}

static void test_who_cannot_be_an_administrator(void **state)
{
    struct caller *c = *state;
    const char *a = org_member(c, "a"), *b = org_member(c, "b"), *closed = org_member(c, "c");
    static const char call[] = "RegisterDelegatedAdministrator";

    fails(c, "ConstraintViolationException/SERVICE_ACCESS_NOT_ENABLED", call,
          "{'AccountId':'%s','ServicePrincipal':'guardduty.amazonaws.com'}", a);
    delegate(c, a, "guardduty.amazonaws.com");
    fails(c, "ConstraintViolationException/CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR", call,
          "{'AccountId':'%s','ServicePrincipal':'guardduty.amazonaws.com'}", c->me);
    fails(c, "AccountAlreadyRegisteredException", call,
          "{'AccountId':'%s','ServicePrincipal':'guardduty.amazonaws.com'}", a);
    fails(c, "ConstraintViolationException/DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE", call,
          "{'AccountId':'%s','ServicePrincipal':'guardduty.amazonaws.com'}", b);
    fails(c, "AccountNotFoundException", call,
          "{'AccountId':'000000000000','ServicePrincipal':'guardduty.amazonaws.com'}");
    fails(c, "InvalidInputException/UNRECOGNIZED_SERVICE_PRINCIPAL", call,
          "{'AccountId':'%s','ServicePrincipal':'none.amazonaws.com'}", b);
    fails(c, "InvalidInputException/UNRECOGNIZED_SERVICE_PRINCIPAL", call,
          "{'AccountId':'%s','ServicePrincipal':'controltower.amazonaws.com'}", b);
    ok(c, "EnableAWSServiceAccess", "{'ServicePrincipal':'sso.amazonaws.com'}");
    ok(c, "CloseAccount", "{'AccountId':'%s'}", closed);
    fails(c,
          "ConstraintViolationException/"
          "CANNOT_REGISTER_SUSPENDED_ACCOUNT_AS_DELEGATED_ADMINISTRATOR",
          call, "{'AccountId':'%s','ServicePrincipal':'sso.amazonaws.com'}", closed);
}

static void test_some_services_have_several(void **state)
{
    struct caller *c = *state;

    for (int i = 0; i < 3; i++)
        delegate(c, org_member(c, arena_printf(c->arena, "m%d", i)), "cloudtrail.amazonaws.com");
    fails(c, "ConstraintViolationException/MAX_DELEGATED_ADMINISTRATORS_FOR_SERVICE_LIMIT_EXCEEDED",
          "RegisterDelegatedAdministrator",
          "{'AccountId':'%s','ServicePrincipal':'cloudtrail.amazonaws.com'}",
          org_member(c, "fourth"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_administrators_are_listed, org_setup, caller_teardown),
        cmocka_unit_test_setup_teardown(test_who_cannot_be_an_administrator, org_setup,
                                        caller_teardown),
        cmocka_unit_test_setup_teardown(test_some_services_have_several, org_setup,
                                        caller_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
