#include "organizations_world.h"

extern const struct sim_service sim_service_account;

/* Account Management is called; an organization is there, with trusted access if asked for. */
static int setup_with(void **state, bool trusted, bool delays)
{
    struct caller *c;

    if ((delays ? org_setup_delayed : org_setup)(state) != 0)
        return -1;
    c = *state;
    if (trusted)
        ok(c, "EnableAWSServiceAccess", "{'ServicePrincipal':'account.amazonaws.com'}");
    return 0;
}

static int setup(void **state)
{
    return setup_with(state, true, false);
}

static int setup_untrusted(void **state)
{
    return setup_with(state, false, false);
}

static int setup_delayed(void **state)
{
    return setup_with(state, true, true);
}

#define CONTACT                                                                                    \
    "'AlternateContactType':'SECURITY','Name':'Ann','Title':'CISO',"                               \
    "'EmailAddress':'security@example.com','PhoneNumber':'+1 555 0100'"

static void test_a_contact_lives(void **state)
{
    struct caller *c = *state;
    const struct json *seen;

    c->service = &sim_service_account;
    fails(c, "ResourceNotFoundException", "GetAlternateContact",
          "{'AlternateContactType':'SECURITY'}");
    ok(c, "PutAlternateContact", "{" CONTACT "}");
    seen = json_get(ok(c, "GetAlternateContact", "{'AlternateContactType':'SECURITY'}"),
                    "AlternateContact");
    assert_string_equal(json_str(seen, "Name"), "Ann");
    assert_string_equal(json_str(seen, "Title"), "CISO");
    assert_string_equal(json_str(seen, "EmailAddress"), "security@example.com");
    assert_string_equal(json_str(seen, "AlternateContactType"), "SECURITY");
    fails(c, "ResourceNotFoundException", "GetAlternateContact",
          "{'AlternateContactType':'BILLING'}");
    ok(c, "DeleteAlternateContact", "{'AlternateContactType':'SECURITY'}");
    fails(c, "ResourceNotFoundException", "DeleteAlternateContact",
          "{'AlternateContactType':'SECURITY'}");
    fails(c, "ValidationException", "GetAlternateContact", "{'AlternateContactType':'LEGAL'}");
    fails(c, "ValidationException", "PutAlternateContact",
          "{'AlternateContactType':'SECURITY','Name':'Ann','Title':'CISO',"
          "'EmailAddress':'security@example.com','PhoneNumber':'call me'}");
}

static void test_members_are_managed_from_above(void **state)
{
    struct caller *c = *state;
    const char *a = org_member(c, "a"), *b = org_member(c, "b");

    ok(c, "RegisterDelegatedAdministrator",
       "{'AccountId':'%s','ServicePrincipal':'account.amazonaws.com'}", b);
    c->service = &sim_service_account;
    ok(c, "PutAlternateContact", "{'AccountId':'%s'," CONTACT "}", a);
    c->as = a;
    ok(c, "GetAlternateContact", "{'AlternateContactType':'SECURITY'}");
    fails(c, "AccessDeniedException", "GetAlternateContact",
          "{'AccountId':'%s','AlternateContactType':'SECURITY'}", b);
    c->as = b;
    ok(c, "GetAlternateContact", "{'AccountId':'%s','AlternateContactType':'SECURITY'}", a);
    fails(c, "AccessDeniedException", "GetAlternateContact",
          "{'AccountId':'%s','AlternateContactType':'SECURITY'}", c->me);
    c->as = c->me;
    fails(c, "AccessDeniedException", "GetAlternateContact",
          "{'AccountId':'%s','AlternateContactType':'SECURITY'}", c->me);
    assert_non_null(strstr(c->text, "standalone context"));
    fails(c, "AccessDeniedException", "GetAlternateContact",
          "{'AccountId':'000000000000','AlternateContactType':'SECURITY'}");
}

static void test_managing_members_needs_trusted_access(void **state)
{
    struct caller *c = *state;
    const char *member = org_member(c, "a");

    c->service = &sim_service_account;
    fails(c, "AccessDeniedException", "PutAlternateContact", "{'AccountId':'%s'," CONTACT "}",
          member);
    assert_non_null(strstr(c->text, "trusted access"));
    ok(c, "PutAlternateContact", "{" CONTACT "}");
}

static void test_name_email_and_contact(void **state)
{
    struct caller *c = *state;
    const char *member = org_member(c, "a");
    const struct json *seen;

    c->service = &sim_service_account;
    seen = ok(c, "GetPrimaryEmail", "{'AccountId':'%s'}", member);
    assert_string_equal(json_str(seen, "PrimaryEmail"), "a@example.com");
    ok(c, "PutAccountName", "{'AccountId':'%s','AccountName':'Renamed'}", member);
    seen = ok(c, "GetAccountInformation", "{'AccountId':'%s'}", member);
    assert_string_equal(json_str(seen, "AccountName"), "Renamed");
    assert_string_equal(json_str(seen, "AccountState"), "ACTIVE");
    assert_string_equal(json_str(seen, "AccountId"), member);

    fails(c, "ResourceNotFoundException", "GetContactInformation", "{}");
    fails(c, "ValidationException", "PutContactInformation",
          "{'ContactInformation':{'FullName':'Ann'}}");
    ok(c, "PutContactInformation",
       "{'ContactInformation':{'FullName':'Ann','AddressLine1':'1 Road','City':'X',"
       "'PostalCode':'1','CountryCode':'DE','PhoneNumber':'+49 1'}}");
    seen = ok(c, "GetContactInformation", "{'AccountId':'%s'}", member); /* as its founder's */
    assert_string_equal(json_str(json_get(seen, "ContactInformation"), "City"), "X");

    c->service = &sim_service_organizations;
    seen = ok(c, "ListAccounts", "{}");
    assert_non_null(item_with(seen, "Accounts", "Name", "Renamed"));
}

static const char *region(struct caller *c, const char *name)
{
    return json_str(ok(c, "GetRegionOptStatus", "{'RegionName':'%s'}", name), "RegionOptStatus");
}

static void test_regions_are_turned_on_and_off(void **state)
{
    struct caller *c = *state;

    c->service = &sim_service_account;
    assert_string_equal(region(c, "us-east-1"), "ENABLED_BY_DEFAULT");
    assert_string_equal(region(c, "af-south-1"), "DISABLED");
    ok(c, "EnableRegion", "{'RegionName':'af-south-1'}");
    assert_string_equal(region(c, "af-south-1"), "ENABLING");
    ok(c, "EnableRegion", "{'RegionName':'af-south-1'}");
    fails(c, "ConflictException", "DisableRegion", "{'RegionName':'af-south-1'}");
    caller_wait(c, 300);
    assert_string_equal(region(c, "af-south-1"), "ENABLED");
    ok(c, "EnableRegion", "{'RegionName':'af-south-1'}");
    assert_string_equal(region(c, "af-south-1"), "ENABLED");
    ok(c, "DisableRegion", "{'RegionName':'af-south-1'}");
    fails(c, "ConflictException", "EnableRegion", "{'RegionName':'af-south-1'}");
    caller_wait(c, 300);
    assert_string_equal(region(c, "af-south-1"), "DISABLED");
    fails(c, "ValidationException", "DisableRegion", "{'RegionName':'us-east-1'}");
    fails(c, "ValidationException", "EnableRegion", "{'RegionName':'mars-north-1'}");
    fails(c, "ValidationException", "EnableRegion", "{'RegionName':'cn-north-1'}");
}

static void test_regions_are_listed(void **state)
{
    struct caller *c = *state;
    const char *token = NULL, *member = org_member(c, "a");
    const struct json *page;
    size_t all, seen = 0;

    c->service = &sim_service_account;
    all = items(ok(c, "ListRegions", "{'MaxResults':50}"), "Regions");
    do {
        page = token == NULL ? ok(c, "ListRegions", "{'MaxResults':10}")
                             : ok(c, "ListRegions", "{'MaxResults':10,'NextToken':'%s'}", token);
        assert_true(items(page, "Regions") <= 10);
        seen += items(page, "Regions");
        token = json_str(page, "NextToken");
    } while (token != NULL);
    assert_int_equal(seen, all);
    ok(c, "EnableRegion", "{'AccountId':'%s','RegionName':'eu-south-2'}", member);
    page = ok(c, "ListRegions",
              "{'AccountId':'%s','RegionOptStatusContains':['ENABLED','ENABLING']}", member);
    assert_int_equal(items(page, "Regions"), 1);
    page = ok(c, "ListRegions", "{'RegionOptStatusContains':['ENABLED_BY_DEFAULT']}");
    assert_int_equal(items(page, "Regions"), 17);
    fails(c, "ValidationException", "ListRegions", "{'RegionOptStatusContains':['ON']}");
    fails(c, "ValidationException", "ListRegions", "{'NextToken':'x'}");
}

static void test_who_may_name_an_account(void **state)
{
    static const char call[] = "GetPrimaryEmail";
    struct caller *c = *state;

    c->service = &sim_service_account;
    fails(c, "AccessDeniedException", call, "{'AccountId':'%s'}", c->me);
    assert_non_null(strstr(c->text, "not a member of an organization"));
    c->service = &sim_service_organizations;
    ok(c, "CreateOrganization", "{'FeatureSet':'CONSOLIDATED_BILLING'}");
    c->service = &sim_service_account;
    fails(c, "AccessDeniedException", call, "{'AccountId':'%s'}", c->me);
    assert_non_null(strstr(c->text, "all features"));
    fails(c, "ValidationException", call, "{}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_contact_lives, setup_untrusted, caller_teardown),
        cmocka_unit_test_setup_teardown(test_members_are_managed_from_above, setup,
                                        caller_teardown),
        cmocka_unit_test_setup_teardown(test_managing_members_needs_trusted_access, setup_untrusted,
                                        caller_teardown),
        cmocka_unit_test_setup_teardown(test_name_email_and_contact, setup, caller_teardown),
        cmocka_unit_test_setup_teardown(test_regions_are_turned_on_and_off, setup_delayed,
                                        caller_teardown),
        cmocka_unit_test_setup_teardown(test_regions_are_listed, setup, caller_teardown),
        cmocka_unit_test_setup_teardown(test_who_may_name_an_account, org_setup_empty,
                                        caller_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
