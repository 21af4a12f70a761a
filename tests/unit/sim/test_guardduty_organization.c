#include "guardduty_world.h"

static void test_an_administrator_comes_with_a_detector(void **state)
{
    struct world world = world_of(state, false);
    struct caller *c = world.caller;
    const struct json *seen;

    assert_non_null(world.detector);
    seen = ok(c, "DescribeOrganizationConfiguration", "{'DetectorId':'%s'}", world.detector);
    assert_string_equal(json_str(seen, "autoEnableOrganizationMembers"), "NONE");
    assert_false(json_bool(seen, "autoEnable", true));
    assert_string_equal(feature_in(seen, "S3_DATA_EVENTS", "autoEnable"), "NONE");
    assert_null(feature_in(seen, "FLOW_LOGS", "autoEnable"));

    c->as = c->me;
    assert_null(detector_of(c)); /* the management account's does not */
    seen = json_at(json_get(ok(c, "ListOrganizationAdminAccounts", "{}"), "adminAccounts"), 0);
    assert_string_equal(json_str(seen, "adminAccountId"), world.security);
    assert_string_equal(json_str(seen, "adminStatus"), "ENABLED");
    c->service = &sim_service_organizations;
    seen = ok(c, "ListAWSServiceAccessForOrganization", "{}");
    assert_non_null(
        item_with(seen, "EnabledServicePrincipals", "ServicePrincipal", "guardduty.amazonaws.com"));
    seen = ok(c, "ListDelegatedServicesForAccount", "{'AccountId':'%s'}", world.security);
    assert_non_null(
        item_with(seen, "DelegatedServices", "ServicePrincipal", "guardduty.amazonaws.com"));
}

static void test_who_may_appoint_whom(void **state)
{
    struct world world = world_of(state, false);
    struct caller *c = world.caller;

    fails(c, "BadRequestException", "EnableOrganizationAdminAccount", "{'adminAccountId':'%s'}",
          world.shop);
    assert_non_null(strstr(c->text, "master permission"));
    fails(c, "BadRequestException", "ListOrganizationAdminAccounts", "{}");
    c->as = c->me;
    fails(c, "BadRequestException", "EnableOrganizationAdminAccount",
          "{'adminAccountId':'000000000000'}");
    fails(c, "BadRequestException", "EnableOrganizationAdminAccount", "{'adminAccountId':'1'}");
    fails(c, "BadRequestException", "EnableOrganizationAdminAccount", "{'adminAccountId':'%s'}",
          world.shop);
    assert_non_null(strstr(c->text, "another account is already"));
    fails(c, "BadRequestException", "EnableOrganizationAdminAccount", "{'adminAccountId':'%s'}",
          world.security);
}

static void test_an_administrator_leaves(void **state)
{
    struct world world = world_of(state, true);
    struct caller *c = world.caller;
    const struct json *seen;

    ok(c, "CreateMembers",
       "{'DetectorId':'%s','accountDetails':[{'accountId':'%s','email':'shop@example.com'}]}",
       world.detector, world.shop);
    c->as = c->me;
    slow_down(c);
    fails(c, "BadRequestException", "DisableOrganizationAdminAccount", "{'adminAccountId':'%s'}",
          world.shop);
    ok(c, "DisableOrganizationAdminAccount", "{'adminAccountId':'%s'}", world.security);
    fails(c, "BadRequestException", "DisableOrganizationAdminAccount", "{'adminAccountId':'%s'}",
          world.security);
    seen = json_at(json_get(ok(c, "ListOrganizationAdminAccounts", "{}"), "adminAccounts"), 0);
    assert_string_equal(json_str(seen, "adminStatus"), "DISABLE_IN_PROGRESS");
    fails(c, "BadRequestException", "EnableOrganizationAdminAccount", "{'adminAccountId':'%s'}",
          world.security);
    caller_wait(c, 60);
    assert_int_equal(items(ok(c, "ListOrganizationAdminAccounts", "{}"), "adminAccounts"), 0);

    c->as = world.security;
    fails(c, "BadRequestException", "DescribeOrganizationConfiguration", "{'DetectorId':'%s'}",
          world.detector);
    assert_int_equal(items(ok(c, "ListMembers", "{'DetectorId':'%s'}", world.detector), "members"),
                     0);
    c->as = world.shop;
    assert_non_null(detector_of(c)); /* it goes on by itself */
    c->as = c->me;
    ok(c, "EnableOrganizationAdminAccount", "{'adminAccountId':'%s'}", world.shop);
}

static void test_the_office_takes_a_moment(void **state)
{
    struct caller *c = *state;
    const char *security = org_member(c, "security"), *detector;

    c->service = &sim_service_guardduty;
    slow_down(c);
    ok(c, "EnableOrganizationAdminAccount", "{'adminAccountId':'%s'}", security);
    assert_int_equal(items(ok(c, "ListOrganizationAdminAccounts", "{}"), "adminAccounts"), 0);
    fails(c, "BadRequestException", "EnableOrganizationAdminAccount", "{'adminAccountId':'%s'}",
          security);
    c->as = security;
    detector = detector_of(c);
    fails(c, "BadRequestException", "DescribeOrganizationConfiguration", "{'DetectorId':'%s'}",
          detector);
    caller_wait(c, 10);
    ok(c, "DescribeOrganizationConfiguration", "{'DetectorId':'%s'}", detector);
    c->as = c->me;
    assert_int_equal(items(ok(c, "ListOrganizationAdminAccounts", "{}"), "adminAccounts"), 1);
}

static void test_the_configuration(void **state)
{
    struct world world = world_of(state, false);
    struct caller *c = world.caller;
    const char *update = "UpdateOrganizationConfiguration";
    const struct json *seen;

    fails(c, "BadRequestException", update, "{'DetectorId':'%s'}", world.detector);
    fails(c, "BadRequestException", update,
          "{'DetectorId':'%s','autoEnable':true,'autoEnableOrganizationMembers':'ALL'}",
          world.detector);
    fails(c, "BadRequestException", update,
          "{'DetectorId':'%s','autoEnableOrganizationMembers':'SOME'}", world.detector);
    fails(c, "BadRequestException", update,
          "{'DetectorId':'%s','autoEnable':true,"
          "'features':[{'name':'S3_DATA_EVENTS','autoEnable':'ENABLED'}]}",
          world.detector);
    ok(c, update,
       "{'DetectorId':'%s','autoEnable':true,"
       "'features':[{'name':'S3_DATA_EVENTS','autoEnable':'NEW'}]}",
       world.detector);
    seen = ok(c, "DescribeOrganizationConfiguration", "{'DetectorId':'%s'}", world.detector);
    assert_string_equal(json_str(seen, "autoEnableOrganizationMembers"), "NEW");
    assert_string_equal(feature_in(seen, "S3_DATA_EVENTS", "autoEnable"), "NEW");
    ok(c, update, "{'DetectorId':'%s','autoEnable':false}", world.detector);
    seen = ok(c, "DescribeOrganizationConfiguration", "{'DetectorId':'%s'}", world.detector);
    assert_string_equal(json_str(seen, "autoEnableOrganizationMembers"), "NONE");
    assert_string_equal(feature_in(seen, "S3_DATA_EVENTS", "autoEnable"), "NEW");
}

static size_t member_count(struct world *world)
{
    return items(ok(world->caller, "ListMembers", "{'DetectorId':'%s'}", world->detector),
                 "members");
}

static void set_mode(struct world *world, const char *mode)
{
    ok(world->caller, "UpdateOrganizationConfiguration",
       "{'DetectorId':'%s','autoEnableOrganizationMembers':'%s',"
       "'features':[{'name':'S3_DATA_EVENTS','autoEnable':'ALL'}]}",
       world->detector, mode);
}

static void test_all_are_enrolled_in_time(void **state)
{
    struct world world = world_of(state, true);
    struct caller *c = world.caller;
    const struct json *seen;

    slow_down(c);
    set_mode(&world, "ALL");
    caller_wait(c, 60);
    assert_int_equal(member_count(&world), 0);
    caller_wait(c, 24 * 3600);
    assert_int_equal(member_count(&world), 2); /* the management account has a detector */
    c->as = world.shop;
    seen = ok(c, "GetDetector", "{'DetectorId':'%s'}", detector_of(c));
    assert_string_equal(feature_in(seen, "S3_DATA_EVENTS", "status"), "ENABLED");
    assert_string_equal(feature_in(seen, "RDS_LOGIN_EVENTS", "status"), "DISABLED");
}

static void test_a_management_account_without_a_detector_is_left_out(void **state)
{
    struct world world = world_of(state, false);

    set_mode(&world, "ALL");
    assert_int_equal(member_count(&world), 1);
}

static void test_only_new_ones_are_enrolled(void **state)
{
    struct world world = world_of(state, true);
    struct caller *c = world.caller;

    set_mode(&world, "NEW");
    caller_wait(c, 24 * 3600);
    assert_int_equal(member_count(&world), 0);
    c->service = &sim_service_organizations;
    c->as = c->me;
    (void)org_member(c, "late");
    c->service = &sim_service_guardduty;
    c->as = world.security;
    slow_down(c);
    assert_int_equal(member_count(&world), 0);
    caller_wait(c, 3600);
    assert_int_equal(member_count(&world), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GUARDDUTY_TEST(test_an_administrator_comes_with_a_detector),
        GUARDDUTY_TEST(test_who_may_appoint_whom),
        GUARDDUTY_TEST(test_an_administrator_leaves),
        GUARDDUTY_TEST(test_the_office_takes_a_moment),
        GUARDDUTY_TEST(test_the_configuration),
        GUARDDUTY_TEST(test_all_are_enrolled_in_time),
        GUARDDUTY_TEST(test_a_management_account_without_a_detector_is_left_out),
        GUARDDUTY_TEST(test_only_new_ones_are_enrolled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
