#include "organizations_world.h"

extern const struct sim_service sim_service_securityhub;

static int setup(void **state)
{
    struct caller *c;

    if (org_setup(state) != 0)
        return -1;
    c = *state;
    c->service = &sim_service_securityhub;
    return 0;
}

static const char *member(struct caller *c, const char *name)
{
    const char *id;

    c->service = &sim_service_organizations;
    id = org_member(c, name);
    c->service = &sim_service_securityhub;
    return id;
}

static const char *appoint(struct caller *c)
{
    const char *security = member(c, "security");

    ok(c, "EnableOrganizationAdminAccount", "{'AdminAccountId':'%s'}", security);
    return security;
}

static void test_a_hub_lives(void **state)
{
    struct caller *c = *state;
    const struct json *seen;

    fails(c, "InvalidAccessException", "DescribeHub", "{}");
    ok(c, "EnableSecurityHub", "{'Tags':{'a':'1'}}");
    fails(c, "ResourceConflictException", "EnableSecurityHub", "{}");
    seen = ok(c, "DescribeHub", "{}");
    assert_string_equal(
        json_str(seen, "HubArn"),
        arena_printf(c->arena, "arn:aws:securityhub:us-east-1:%s:hub/default", c->me));
    assert_non_null(json_str(seen, "SubscribedAt"));
    ok(c, "DisableSecurityHub", "{}");
    fails(c, "InvalidAccessException", "DisableSecurityHub", "{}");
}

static void test_the_office(void **state)
{
    struct caller *c = *state;
    const char *security = appoint(c), *other = member(c, "other");
    const struct json *seen;

    ok(c, "EnableOrganizationAdminAccount", "{'AdminAccountId':'%s'}", security);
    fails(c, "InvalidInputException", "EnableOrganizationAdminAccount", "{'AdminAccountId':'%s'}",
          other);
    fails(c, "InvalidInputException", "EnableOrganizationAdminAccount",
          "{'AdminAccountId':'999999999999'}");
    fails(c, "InvalidInputException", "EnableOrganizationAdminAccount", "{}");
    seen = ok(c, "ListOrganizationAdminAccounts", "{}");
    assert_int_equal(items(seen, "AdminAccounts"), 1);
    assert_non_null(item_with(seen, "AdminAccounts", "AccountId", security));

    c->as = other;
    fails(c, "InvalidAccessException", "ListOrganizationAdminAccounts", "{}");
    fails(c, "InvalidAccessException", "DescribeOrganizationConfiguration", "{}");
    /* The hub came with the office, and goes after it. */
    c->as = security;
    ok(c, "DescribeHub", "{}");
    fails(c, "InvalidAccessException", "DisableSecurityHub", "{}");
    c->as = c->me;
    fails(c, "InvalidInputException", "DisableOrganizationAdminAccount", "{'AdminAccountId':'%s'}",
          other);
    ok(c, "DisableOrganizationAdminAccount", "{'AdminAccountId':'%s'}", security);
    assert_int_equal(items(ok(c, "ListOrganizationAdminAccounts", "{}"), "AdminAccounts"), 0);
    c->as = security;
    fails(c, "InvalidAccessException", "DescribeOrganizationConfiguration", "{}");
    ok(c, "DisableSecurityHub", "{}");
}

static void test_the_configuration(void **state)
{
    struct caller *c = *state;
    const struct json *seen;

    c->as = appoint(c);
    seen = ok(c, "DescribeOrganizationConfiguration", "{}");
    assert_false(json_bool(seen, "AutoEnable", true));
    assert_string_equal(json_str(seen, "AutoEnableStandards"), "DEFAULT");
    ok(c, "UpdateOrganizationConfiguration", "{'AutoEnable':true,'AutoEnableStandards':'NONE'}");
    ok(c, "UpdateOrganizationConfiguration", "{'AutoEnable':true}");
    seen = ok(c, "DescribeOrganizationConfiguration", "{}");
    assert_true(json_bool(seen, "AutoEnable", false));
    assert_string_equal(json_str(seen, "AutoEnableStandards"), "NONE");
    assert_string_equal(json_str(json_get(seen, "OrganizationConfiguration"), "ConfigurationType"),
                        "LOCAL");
    fails(c, "InvalidInputException", "UpdateOrganizationConfiguration", "{}");
    fails(c, "InvalidInputException", "UpdateOrganizationConfiguration", "{'AutoEnable':'yes'}");
    fails(c, "InvalidInputException", "UpdateOrganizationConfiguration",
          "{'AutoEnable':true,'AutoEnableStandards':'ALL'}");
    fails(c, "InvalidInputException", "UpdateOrganizationConfiguration",
          "{'AutoEnable':true,'OrganizationConfiguration':{'ConfigurationType':'CENTRAL'}}");
}

static void test_members(void **state)
{
    struct caller *c = *state;
    const char *security = appoint(c), *shop = member(c, "shop");
    const struct json *seen;

    c->as = security;
    seen = ok(c, "CreateMembers",
              "{'AccountDetails':[{'AccountId':'%s'},{'AccountId':'%s','Email':'s@example.com'},"
              "{'AccountId':'%s'},{'AccountId':'999999999999'}]}",
              c->me, shop, security);
    assert_int_equal(items(seen, "UnprocessedAccounts"), 3);
    seen = ok(c, "ListMembers", "{}");
    assert_int_equal(items(seen, "Members"), 1);
    seen = item_with(seen, "Members", "AccountId", shop);
    assert_string_equal(json_str(seen, "MemberStatus"), "Enabled");
    assert_string_equal(json_str(seen, "AdministratorId"), security);
    c->as = shop;
    ok(c, "DescribeHub", "{}");
    fails(c, "InvalidAccessException", "DisableSecurityHub", "{}");

    /* The management account enables itself first. */
    c->as = c->me;
    ok(c, "EnableSecurityHub", "{}");
    c->as = security;
    seen = ok(c, "CreateMembers", "{'AccountDetails':[{'AccountId':'%s'}]}", c->me);
    assert_int_equal(items(seen, "UnprocessedAccounts"), 0);

    ok(c, "DisassociateMembers", "{'AccountIds':['%s','999999999999']}", shop);
    assert_int_equal(items(ok(c, "ListMembers", "{}"), "Members"), 1);
    assert_int_equal(items(ok(c, "ListMembers", "{'OnlyAssociated':'false'}"), "Members"), 2);
    fails(c, "InvalidInputException", "DisassociateMembers", "{'AccountIds':[]}");
    fails(c, "InvalidInputException", "CreateMembers", "{'AccountDetails':[{'AccountId':'1'}]}");
    c->as = shop;
    fails(c, "InvalidAccessException", "CreateMembers", "{'AccountDetails':[{'AccountId':'%s'}]}",
          shop);
    ok(c, "DisableSecurityHub", "{}");
}

#define HUB_TEST(test) cmocka_unit_test_setup_teardown(test, setup, caller_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HUB_TEST(test_a_hub_lives),
        HUB_TEST(test_the_office),
        HUB_TEST(test_the_configuration),
        HUB_TEST(test_members),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
