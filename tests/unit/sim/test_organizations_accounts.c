#include "organizations_world.h"

static const struct json *account(struct caller *c, const char *id)
{
    return json_get(ok(c, "DescribeAccount", "{'AccountId':'%s'}", id), "Account");
}

static void move(struct caller *c, const char *id, const char *from, const char *to)
{
    ok(c, "MoveAccount", "{'AccountId':'%s','SourceParentId':'%s','DestinationParentId':'%s'}", id,
       from, to);
}

static void test_an_account_as_aws_shows_it(void **state)
{
    struct caller *c = *state;
    const char *id = org_member(c, "workload"), *root = org_root_id(c);
    const struct json *seen = account(c, id);

    assert_string_equal(json_str(seen, "Email"), "workload@example.com");
    assert_string_equal(json_str(seen, "Status"), "ACTIVE");
    assert_string_equal(json_str(seen, "State"), "ACTIVE");
    assert_true(str_ends(json_at(json_get(seen, "Paths"), 0)->string,
                         arena_printf(c->arena, "/%s/%s/", root, id)));
    assert_true(str_starts(json_str(seen, "Arn"),
                           arena_printf(c->arena, "arn:aws:organizations::%s:account/o-", c->me)));
    assert_string_equal(json_str(account(c, c->me), "JoinedMethod"), "INVITED");
    fails(c, "AccountNotFoundException", "DescribeAccount", "{'AccountId':'000000000000'}");
    fails(c, "InvalidInputException", "DescribeAccount", "{'AccountId':'12345'}");
}

static void test_accounts_are_moved(void **state)
{
    struct caller *c = *state;
    const char *id = org_member(c, "workload"), *root = org_root_id(c);
    const char *a = org_ou(c, root, "A"), *b = org_ou(c, root, "B");
    const struct json *seen;

    move(c, id, root, a);
    seen = ok(c, "ListAccountsForParent", "{'ParentId':'%s'}", a);
    assert_non_null(item_with(seen, "Accounts", "Id", id));
    seen = ok(c, "ListAccountsForParent", "{'ParentId':'%s'}", root);
    assert_null(item_with(seen, "Accounts", "Id", id));
    fails(c, "DuplicateAccountException", "MoveAccount",
          "{'AccountId':'%s','SourceParentId':'%s','DestinationParentId':'%s'}", id, root, a);
    fails(c, "SourceParentNotFoundException", "MoveAccount",
          "{'AccountId':'%s','SourceParentId':'%s','DestinationParentId':'%s'}", id, root, b);
    fails(c, "DestinationParentNotFoundException", "MoveAccount",
          "{'AccountId':'%s','SourceParentId':'%s','DestinationParentId':'r-none'}", id, a);
    fails(c, "AccountNotFoundException", "MoveAccount",
          "{'AccountId':'000000000000','SourceParentId':'%s','DestinationParentId':'%s'}", root, a);
    move(c, id, a, b);
    assert_non_null(strstr(json_at(json_get(account(c, id), "Paths"), 0)->string, b));
}

static void test_closing_takes_a_while(void **state)
{
    struct caller *c = *state;
    const char *ids[4];

    for (size_t i = 0; i < 4; i++) {
        const struct json *answer =
            ok(c, "CreateAccount", "{'Email':'a%zu@example.com','AccountName':'a'}", i);
        const char *id = json_str(json_get(answer, "CreateAccountStatus"), "Id");

        caller_wait(c, 100);
        answer = ok(c, "DescribeCreateAccountStatus", "{'CreateAccountRequestId':'%s'}", id);
        ids[i] = json_str(json_get(answer, "CreateAccountStatus"), "AccountId");
    }
    for (size_t i = 0; i < 3; i++)
        ok(c, "CloseAccount", "{'AccountId':'%s'}", ids[i]);
    assert_string_equal(json_str(account(c, ids[0]), "Status"), "PENDING_CLOSURE");
    assert_string_equal(json_str(account(c, ids[0]), "State"), "PENDING_CLOSURE");
    fails(c, "ConstraintViolationException/CLOSE_ACCOUNT_REQUESTS_LIMIT_EXCEEDED", "CloseAccount",
          "{'AccountId':'%s'}", ids[3]);
    fails(c, "AccountAlreadyClosedException", "CloseAccount", "{'AccountId':'%s'}", ids[0]);
    caller_wait(c, 200);
    assert_string_equal(json_str(account(c, ids[0]), "Status"), "SUSPENDED");
    assert_string_equal(json_str(account(c, ids[0]), "State"), "CLOSED");
    ok(c, "CloseAccount", "{'AccountId':'%s'}", ids[3]);
    fails(c, "ConstraintViolationException/CANNOT_CLOSE_MANAGEMENT_ACCOUNT", "CloseAccount",
          "{'AccountId':'%s'}", c->me);
}

static void test_250_closures_in_thirty_days(void **state)
{
    struct caller *c = *state;
    const char *last;

    for (int i = 0; i < 250; i++)
        ok(c, "CloseAccount", "{'AccountId':'%s'}",
           org_member(c, arena_printf(c->arena, "m%d", i)));
    last = org_member(c, "last");
    fails(c, "ConstraintViolationException/CLOSE_ACCOUNT_QUOTA_EXCEEDED", "CloseAccount",
          "{'AccountId':'%s'}", last);
    caller_wait(c, 31 * 24 * 3600);
    ok(c, "CloseAccount", "{'AccountId':'%s'}", last);
}

static void test_accounts_leave(void **state)
{
    struct caller *c = *state;
    const char *a = org_member(c, "a"), *b = org_member(c, "b");

    ok(c, "RemoveAccountFromOrganization", "{'AccountId':'%s'}", a);
    fails(c, "AccountNotFoundException", "DescribeAccount", "{'AccountId':'%s'}", a);
    fails(c, "MasterCannotLeaveOrganizationException", "RemoveAccountFromOrganization",
          "{'AccountId':'%s'}", c->me);
    fails(c, "MasterCannotLeaveOrganizationException", "LeaveOrganization", "{}");
    c->as = b;
    ok(c, "LeaveOrganization", "{}");
    fails(c, "AWSOrganizationsNotInUseException", "DescribeOrganization", "{}");
    c->as = c->me;
    assert_int_equal(items(ok(c, "ListAccounts", "{}"), "Accounts"), 1);
}

static void test_a_new_account_must_stay_four_days(void **state)
{
    struct caller *c = *state;
    const struct json *seen;
    const char *id;

    ok(c, "CreateAccount", "{'Email':'a@example.com','AccountName':'a'}");
    caller_wait(c, 100);
    seen = ok(c, "ListAccounts", "{}");
    id = json_str(item_with(seen, "Accounts", "Name", "a"), "Id");
    fails(c, "ConstraintViolationException/WAIT_PERIOD_ACTIVE", "RemoveAccountFromOrganization",
          "{'AccountId':'%s'}", id);
    caller_wait(c, 4 * 24 * 3600);
    ok(c, "RemoveAccountFromOrganization", "{'AccountId':'%s'}", id);
}

static void test_a_delegated_administrator_cannot_leave(void **state)
{
    struct caller *c = *state;
    const char *id = org_member(c, "security");

    ok(c, "EnableAWSServiceAccess", "{'ServicePrincipal':'guardduty.amazonaws.com'}");
    ok(c, "RegisterDelegatedAdministrator",
       "{'AccountId':'%s','ServicePrincipal':'guardduty.amazonaws.com'}", id);
    fails(c, "ConstraintViolationException/CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG",
          "RemoveAccountFromOrganization", "{'AccountId':'%s'}", id);
}

static void test_closing_needs_all_features(void **state)
{
    struct caller *c = *state;

    ok(c, "CreateOrganization", "{'FeatureSet':'CONSOLIDATED_BILLING'}");
    fails(c, "ConstraintViolationException/ORGANIZATION_NOT_IN_ALL_FEATURES_MODE", "CloseAccount",
          "{'AccountId':'%s'}", org_member(c, "member"));
}

static void test_many_accounts_are_paged(void **state)
{
    struct caller *c = *state;
    const struct json *page = NULL;
    const char *token = NULL;
    size_t seen = 0, pages = 0;

    for (int i = 0; i < 300; i++)
        ok(c, "CreateAccount", "{'Email':'m%d@example.com','AccountName':'m%d'}", i, i);
    do {
        page = token == NULL ? ok(c, "ListAccounts", "{}")
                             : ok(c, "ListAccounts", "{'NextToken':'%s'}", token);
        seen += items(page, "Accounts");
        pages++;
        token = json_str(page, "NextToken");
    } while (token != NULL);
    assert_int_equal(seen, 301);
    assert_int_equal(pages, 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_an_account_as_aws_shows_it, org_setup,
                                        caller_teardown),
        cmocka_unit_test_setup_teardown(test_accounts_are_moved, org_setup, caller_teardown),
        cmocka_unit_test_setup_teardown(test_closing_takes_a_while, org_setup_delayed,
                                        caller_teardown),
        cmocka_unit_test_setup_teardown(test_250_closures_in_thirty_days, org_setup,
                                        caller_teardown),
        cmocka_unit_test_setup_teardown(test_accounts_leave, org_setup, caller_teardown),
        cmocka_unit_test_setup_teardown(test_a_new_account_must_stay_four_days, org_setup_delayed,
                                        caller_teardown),
        cmocka_unit_test_setup_teardown(test_a_delegated_administrator_cannot_leave, org_setup,
                                        caller_teardown),
        cmocka_unit_test_setup_teardown(test_many_accounts_are_paged, org_setup, caller_teardown),
        cmocka_unit_test_setup_teardown(test_closing_needs_all_features, org_setup_empty,
                                        caller_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
