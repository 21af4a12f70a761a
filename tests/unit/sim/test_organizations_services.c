#include "organizations_world.h"

static const struct json *trusted(struct caller *c)
{
    return ok(c, "ListAWSServiceAccessForOrganization", "{}");
}

static void test_trusted_access_goes_on_and_off(void **state)
{
    struct caller *c = *state;
    const struct json *first;

    assert_int_equal(items(trusted(c), "EnabledServicePrincipals"), 0);
    ok(c, "EnableAWSServiceAccess", "{'ServicePrincipal':'guardduty.amazonaws.com'}");
    first = trusted(c);
    caller_wait(c, 60);
    ok(c, "EnableAWSServiceAccess", "{'ServicePrincipal':'guardduty.amazonaws.com'}");
    assert_true(json_equal(first, trusted(c))); /* it keeps its date */
    assert_true(json_number(item_with(first, "EnabledServicePrincipals", "ServicePrincipal",
                                      "guardduty.amazonaws.com"),
                            "DateEnabled", 0) > 0);
    ok(c, "DisableAWSServiceAccess", "{'ServicePrincipal':'guardduty.amazonaws.com'}");
    ok(c, "DisableAWSServiceAccess", "{'ServicePrincipal':'guardduty.amazonaws.com'}");
    assert_int_equal(items(trusted(c), "EnabledServicePrincipals"), 0);
}

static void test_unknown_services_are_refused(void **state)
{
    struct caller *c = *state;

    fails(c, "InvalidInputException/UNRECOGNIZED_SERVICE_PRINCIPAL", "EnableAWSServiceAccess",
          "{'ServicePrincipal':'guarddog.amazonaws.com'}");
    fails(c, "InvalidInputException/UNRECOGNIZED_SERVICE_PRINCIPAL", "DisableAWSServiceAccess",
          "{'ServicePrincipal':'guarddog.amazonaws.com'}");
    fails(c, "InvalidInputException", "EnableAWSServiceAccess", "{'ServicePrincipal':'no blanks'}");
    fails(c, "InvalidInputException", "EnableAWSServiceAccess", "{}");
}

static void test_a_policy_type_keeps_its_service(void **state)
{
    struct caller *c = *state;
    const char *root = org_root_id(c);

    ok(c, "EnableAWSServiceAccess", "{'ServicePrincipal':'securityhub.amazonaws.com'}");
    ok(c, "EnablePolicyType", "{'RootId':'%s','PolicyType':'SECURITYHUB_POLICY'}", root);
    fails(c, "ConstraintViolationException/POLICY_TYPE_ENABLED_FOR_THIS_SERVICE",
          "DisableAWSServiceAccess", "{'ServicePrincipal':'securityhub.amazonaws.com'}");
    ok(c, "DisablePolicyType", "{'RootId':'%s','PolicyType':'SECURITYHUB_POLICY'}", root);
    ok(c, "DisableAWSServiceAccess", "{'ServicePrincipal':'securityhub.amazonaws.com'}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_trusted_access_goes_on_and_off, org_setup,
                                        caller_teardown),
        cmocka_unit_test_setup_teardown(test_unknown_services_are_refused, org_setup,
                                        caller_teardown),
        cmocka_unit_test_setup_teardown(test_a_policy_type_keeps_its_service, org_setup,
                                        caller_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
