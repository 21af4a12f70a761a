#include "organizations_world.h"

static const char *start(struct caller *c, const char *name)
{
    const struct json *answer =
        ok(c, "CreateAccount", "{'Email':'%s@example.com','AccountName':'%s'}", name, name);
    const struct json *status = json_get(answer, "CreateAccountStatus");

    assert_string_equal(json_str(status, "State"), "IN_PROGRESS");
    assert_null(json_get(status, "FailureReason"));
    assert_null(json_get(status, "AccountId"));
    return json_str(status, "Id");
}

static const struct json *status_of(struct caller *c, const char *id)
{
    return json_get(ok(c, "DescribeCreateAccountStatus", "{'CreateAccountRequestId':'%s'}", id),
                    "CreateAccountStatus");
}

static void test_an_account_takes_its_time(void **state)
{
    struct caller *c = *state;
    const char *id = start(c, "workload"), *account;
    const struct json *status, *seen, *role;

    caller_wait(c, 25);
    assert_string_equal(json_str(status_of(c, id), "State"), "IN_PROGRESS");
    assert_int_equal(items(ok(c, "ListAccounts", "{}"), "Accounts"), 1);
    caller_wait(c, 70);
    status = status_of(c, id);
    assert_string_equal(json_str(status, "State"), "SUCCEEDED");
    assert_true(json_number(status, "CompletedTimestamp", 0) >=
                json_number(status, "RequestedTimestamp", 0) + 30);
    account = json_str(status, "AccountId");
    seen = json_get(ok(c, "DescribeAccount", "{'AccountId':'%s'}", account), "Account");
    assert_string_equal(json_str(seen, "Name"), "workload");
    assert_string_equal(json_str(seen, "JoinedMethod"), "CREATED");
    assert_string_equal(json_str(seen, "State"), "ACTIVE");

    /* Its role exists, and works a little later. */
    role = sim_store_get(c->sim->store, c->arena, account, "", "role",
                         "organizationaccountaccessrole");
    assert_non_null(strstr(json_str(role, "AssumeRolePolicyDocument"), c->me));
    assert_true(json_number(role, "_ready_ms", 0) >
                json_number(status, "CompletedTimestamp", 0) * 1000);
}

static void test_the_role_can_be_named(void **state)
{
    struct caller *c = *state;
    const struct json *answer =
        ok(c, "CreateAccount", "{'Email':'a@example.com','AccountName':'a','RoleName':'Access'}");
    const char *id = json_str(json_get(answer, "CreateAccountStatus"), "Id");
    const char *account = json_str(status_of(c, id), "AccountId");

    assert_true(sim_store_has(c->sim->store, account, "", "role", "access"));
    fails(c, "InvalidInputException/INVALID_ROLE_NAME", "CreateAccount",
          "{'Email':'b@example.com','AccountName':'b','RoleName':'AWSServiceRoleForX'}");
}

static void test_an_email_is_used_once(void **state)
{
    struct caller *c = *state;
    const char *first = start(c, "same"), *second = start(c, "Same"), *third;

    caller_wait(c, 10);
    assert_string_equal(json_str(status_of(c, second), "State"), "FAILED");
    assert_string_equal(json_str(status_of(c, second), "FailureReason"),
                        "CONCURRENT_ACCOUNT_MODIFICATION");
    caller_wait(c, 100);
    assert_string_equal(json_str(status_of(c, first), "State"), "SUCCEEDED");
    third = start(c, "same");
    caller_wait(c, 10);
    assert_string_equal(json_str(status_of(c, third), "FailureReason"), "EMAIL_ALREADY_EXISTS");
    assert_null(json_get(status_of(c, third), "AccountId"));
    third = start(c, "AWS");
    caller_wait(c, 10);
    assert_string_equal(json_str(status_of(c, third), "FailureReason"), "EMAIL_ALREADY_EXISTS");
    assert_int_equal(items(ok(c, "ListAccounts", "{}"), "Accounts"), 2);
}

static void test_five_creations_at_a_time(void **state)
{
    struct caller *c = *state;

    for (int i = 0; i < 5; i++)
        start(c, arena_printf(c->arena, "account%d", i));
    fails(c, "ConstraintViolationException/ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED", "CreateAccount",
          "{'Email':'x@example.com','AccountName':'x'}");
    caller_wait(c, 100);
    start(c, "sixth");
}

static void test_statuses_are_listed_by_state(void **state)
{
    struct caller *c = *state;
    const struct json *seen;
    const char *open;

    start(c, "done");
    caller_wait(c, 100);
    open = start(c, "open");
    start(c, "done");
    caller_wait(c, 6);
    seen = ok(c, "ListCreateAccountStatus", "{'States':['IN_PROGRESS']}");
    assert_int_equal(items(seen, "CreateAccountStatuses"), 1);
    assert_non_null(item_with(seen, "CreateAccountStatuses", "Id", open));
    seen = ok(c, "ListCreateAccountStatus", "{'States':['FAILED','SUCCEEDED']}");
    assert_int_equal(items(seen, "CreateAccountStatuses"), 2);
    seen = ok(c, "ListCreateAccountStatus", "{}");
    assert_int_equal(items(seen, "CreateAccountStatuses"), 3);
    fails(c, "InvalidInputException", "ListCreateAccountStatus", "{'States':['NEARLY']}");
    fails(c, "CreateAccountStatusNotFoundException", "DescribeCreateAccountStatus",
          "{'CreateAccountRequestId':'car-00000000'}");
}

static void test_a_new_organization_is_not_ready_for_accounts(void **state)
{
    struct caller *c = *state;

    ok(c, "CreateOrganization", "{}");
    fails(c, "FinalizingOrganizationException", "CreateAccount",
          "{'Email':'x@example.com','AccountName':'x'}");
    caller_wait(c, 61);
    start(c, "x");
}

static void test_emails_that_are_none(void **state)
{
    static const char *const emails[] = {
        "no-at.example.com",    "two@@example.com",   "a@nodots",        ".dot@example.com",
        "a@-start.example.com", "a@end.example.com.", "a b@example.com", "a(b)@example.com",
        "a@exa_mple.com",       "@example.com",       "a%b@example.com", "a@.com",
    };
    struct caller *c = *state;

    for (size_t i = 0; i < sizeof emails / sizeof emails[0]; i++)
        fails(c, "InvalidInputException", "CreateAccount", "{'Email':'%s','AccountName':'x'}",
              emails[i]);
    fails(c, "InvalidInputException", "CreateAccount", "{'Email':'a@b.c','AccountName':'x'}");
    ok(c, "CreateAccount", "{'Email':'first.last+tag@mail.example.com','AccountName':'x'}");
}

static void test_the_quota_of_accounts(void **state)
{
    struct caller *c = *state;
    struct json *quota = json_object(c->arena);
    const char *id;

    json_put_number(quota, "Value", 2);
    sim_store_put(c->sim->store, c->me, "", "org/quota", "accounts", quota);
    org_member(c, "fits");
    id = start(c, "toomany");
    assert_string_equal(json_str(status_of(c, id), "FailureReason"), "ACCOUNT_LIMIT_EXCEEDED");
}

static void test_tags_come_with_the_account(void **state)
{
    struct caller *c = *state;
    const struct json *answer =
        ok(c, "CreateAccount",
           "{'Email':'a@example.com','AccountName':'a','Tags':[{'Key':'k','Value':'v'}]}");
    const char *id = json_str(json_get(answer, "CreateAccountStatus"), "Id");
    const char *account = json_str(status_of(c, id), "AccountId");

    answer = ok(c, "ListTagsForResource", "{'ResourceId':'%s'}", account);
    assert_string_equal(json_str(item_with(answer, "Tags", "Key", "k"), "Value"), "v");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_an_account_takes_its_time, org_setup_delayed,
                                        caller_teardown),
        cmocka_unit_test_setup_teardown(test_the_role_can_be_named, org_setup, caller_teardown),
        cmocka_unit_test_setup_teardown(test_an_email_is_used_once, org_setup_delayed,
                                        caller_teardown),
        cmocka_unit_test_setup_teardown(test_five_creations_at_a_time, org_setup_delayed,
                                        caller_teardown),
        cmocka_unit_test_setup_teardown(test_statuses_are_listed_by_state, org_setup_delayed,
                                        caller_teardown),
        cmocka_unit_test_setup_teardown(test_a_new_organization_is_not_ready_for_accounts,
                                        org_setup_delayed_empty, caller_teardown),
        cmocka_unit_test_setup_teardown(test_emails_that_are_none, org_setup, caller_teardown),
        cmocka_unit_test_setup_teardown(test_the_quota_of_accounts, org_setup, caller_teardown),
        cmocka_unit_test_setup_teardown(test_tags_come_with_the_account, org_setup,
                                        caller_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
