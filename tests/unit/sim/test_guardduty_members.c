#include "guardduty_world.h"

/* Why the account was not taken by this answer; NULL: it was. */
static const char *why_not(const struct json *answer, const char *account)
{
    return json_str(item_with(answer, "unprocessedAccounts", "accountId", account), "result");
}

static const struct json *create(struct world *world, const char *account)
{
    return ok(world->caller, "CreateMembers",
              "{'DetectorId':'%s','accountDetails':[{'accountId':'%s','email':'x@example.com'}]}",
              world->detector, account);
}

static const struct json *with(struct world *world, const char *operation, const char *account)
{
    return ok(world->caller, operation, "{'DetectorId':'%s','accountIds':['%s']}", world->detector,
              account);
}

static const char *status_of(struct world *world, const char *account)
{
    return json_str(item_with(with(world, "GetMembers", account), "members", "accountId", account),
                    "relationshipStatus");
}

static void test_a_member_lives(void **state)
{
    struct world world = world_of(state, false);
    struct caller *c = world.caller;
    const struct json *seen;

    assert_null(why_not(create(&world, world.shop), world.shop));
    assert_string_equal(status_of(&world, world.shop), "Enabled");
    assert_non_null(strstr(why_not(create(&world, world.shop), world.shop), "already a member"));
    seen = item_with(with(&world, "GetMembers", world.shop), "members", "accountId", world.shop);
    assert_string_equal(json_str(seen, "administratorId"), world.security);
    c->as = world.shop;
    assert_string_equal(json_str(seen, "detectorId"), detector_of(c));
    seen = ok(c, "GetAdministratorAccount", "{'DetectorId':'%s'}", detector_of(c));
    assert_string_equal(json_str(json_get(seen, "administrator"), "accountId"), world.security);
    c->as = world.security;

    with(&world, "StopMonitoringMembers", world.shop);
    assert_string_equal(status_of(&world, world.shop), "Disabled");
    with(&world, "StartMonitoringMembers", world.shop);
    assert_string_equal(status_of(&world, world.shop), "Enabled");
    assert_non_null(why_not(with(&world, "DeleteMembers", world.shop), world.shop));
    with(&world, "DisassociateMembers", world.shop);
    assert_string_equal(status_of(&world, world.shop), "Removed");
    assert_non_null(why_not(with(&world, "StartMonitoringMembers", world.shop), world.shop));
    assert_null(why_not(with(&world, "DeleteMembers", world.shop), world.shop));
    assert_null(status_of(&world, world.shop));
    assert_non_null(why_not(with(&world, "DeleteMembers", world.shop), world.shop));
}

static void test_the_management_account_needs_a_detector_first(void **state)
{
    struct world world = world_of(state, false);
    struct caller *c = world.caller;

    assert_non_null(strstr(why_not(create(&world, c->me), c->me), "must first enable GuardDuty"));
    c->as = c->me;
    ok(c, "CreateDetector", "{'enable':true}");
    c->as = world.security;
    assert_null(why_not(create(&world, c->me), c->me));
    assert_string_equal(status_of(&world, c->me), "Enabled");
}

static void test_who_cannot_be_a_member(void **state)
{
    struct world world = world_of(state, false);
    struct caller *c = world.caller;

    assert_non_null(why_not(create(&world, world.security), world.security));
    assert_null(why_not(create(&world, "000000000000"), "000000000000"));
    assert_string_equal(status_of(&world, "000000000000"), "Created"); /* to be invited */
    assert_int_equal(items(ok(c, "ListMembers", "{'DetectorId':'%s'}", world.detector), "members"),
                     0);
    assert_int_equal(
        items(ok(c, "ListMembers", "{'DetectorId':'%s','onlyAssociated':'false'}", world.detector),
              "members"),
        1);
    fails(c, "BadRequestException", "CreateMembers", "{'DetectorId':'%s'}", world.detector);
    fails(c, "BadRequestException", "CreateMembers",
          "{'DetectorId':'%s','accountDetails':[{'accountId':'%s'}]}", world.detector, world.shop);
    fails(c, "BadRequestException", "GetMembers", "{'DetectorId':'%s','accountIds':['x']}",
          world.detector);
    fails(c, "BadRequestException", "GetMembers", "{'DetectorId':'%s','accountIds':[]}",
          world.detector);
}

static void test_members_get_what_the_configuration_enables(void **state)
{
    struct world world = world_of(state, true);
    struct caller *c = world.caller;
    const struct json *seen;

    ok(c, "UpdateOrganizationConfiguration",
       "{'DetectorId':'%s','autoEnableOrganizationMembers':'NONE',"
       "'features':[{'name':'S3_DATA_EVENTS','autoEnable':'ALL'}]}",
       world.detector);
    create(&world, world.shop);
    create(&world, c->me);
    seen = json_at(json_get(with(&world, "GetMemberDetectors", world.shop), "members"), 0);
    assert_string_equal(feature_in(seen, "S3_DATA_EVENTS", "status"), "ENABLED");
    assert_string_equal(feature_in(seen, "RDS_LOGIN_EVENTS", "status"), "DISABLED");
    assert_null(feature_in(seen, "FLOW_LOGS", "status"));
    seen = json_at(json_get(with(&world, "GetMemberDetectors", c->me), "members"), 0);
    assert_string_equal(feature_in(seen, "RDS_LOGIN_EVENTS", "status"), "ENABLED"); /* as it had */
}

static void test_plans_of_members_are_set_from_above(void **state)
{
    struct world world = world_of(state, false);
    struct caller *c = world.caller;
    const struct json *seen;

    create(&world, world.shop);
    fails(c, "BadRequestException", "UpdateMemberDetectors",
          "{'DetectorId':'%s','accountIds':['%s'],'features':[{'name':'X'}]}", world.detector,
          world.shop);
    seen = ok(c, "UpdateMemberDetectors",
              "{'DetectorId':'%s','accountIds':['%s','%s'],"
              "'features':[{'name':'RDS_LOGIN_EVENTS','status':'ENABLED'}]}",
              world.detector, world.shop, c->me);
    assert_null(why_not(seen, world.shop));
    assert_non_null(why_not(seen, c->me));
    seen = json_at(json_get(with(&world, "GetMemberDetectors", world.shop), "members"), 0);
    assert_string_equal(feature_in(seen, "RDS_LOGIN_EVENTS", "status"), "ENABLED");
    assert_non_null(json_get(seen, "dataSources"));
}

static void test_nobody_is_left_out_while_all_are_enabled(void **state)
{
    static const char *const operations[] = {"StopMonitoringMembers", "DisassociateMembers",
                                             "DeleteMembers"};
    struct world world = world_of(state, false);
    struct caller *c = world.caller;

    create(&world, world.shop);
    ok(c, "UpdateOrganizationConfiguration",
       "{'DetectorId':'%s','autoEnableOrganizationMembers':'ALL'}", world.detector);
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++)
        fails(c, "BadRequestException", operations[i], "{'DetectorId':'%s','accountIds':['%s']}",
              world.detector, world.shop);
    assert_string_equal(status_of(&world, world.shop), "Enabled");
}

static void test_members_come_in_pages(void **state)
{
    struct world world = world_of(state, false);
    struct caller *c = world.caller;
    size_t seen = 0, pages = 0;
    const char *token = NULL;

    for (int i = 0; i < 60; i++)
        create(&world, arena_printf(c->arena, "%012d", i));
    do {
        const struct json *page =
            token == NULL ? ok(c, "ListMembers", "{'DetectorId':'%s','onlyAssociated':'false'}",
                               world.detector)
                          : ok(c, "ListMembers",
                               "{'DetectorId':'%s','onlyAssociated':'false','nextToken':'%s'}",
                               world.detector, token);

        seen += items(page, "members");
        pages++;
        token = json_str(page, "nextToken");
    } while (token != NULL);
    assert_int_equal(seen, 60);
    assert_int_equal(pages, 2);
    fails(c, "BadRequestException", "ListMembers", "{'DetectorId':'%s','nextToken':'x'}",
          world.detector);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GUARDDUTY_TEST(test_a_member_lives),
        GUARDDUTY_TEST(test_the_management_account_needs_a_detector_first),
        GUARDDUTY_TEST(test_who_cannot_be_a_member),
        GUARDDUTY_TEST(test_members_get_what_the_configuration_enables),
        GUARDDUTY_TEST(test_plans_of_members_are_set_from_above),
        GUARDDUTY_TEST(test_nobody_is_left_out_while_all_are_enabled),
        GUARDDUTY_TEST(test_members_come_in_pages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
