#include "../../support/baseline_text.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/baseline/guardrails.h"
#include "plinth/control/control.h"
#include "plinth/engine/who_can.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char baseline_text[] =
    "apiVersion: plinth/v1\nname: test\nhome_region: eu-central-1\n"
    "organization: {trusted_access: [iam.amazonaws.com], break_glass_roles: [Emergency]}\n"
    "controls: {security_role: {name: Watch}, root_access: }\n"
    "organizational_units: {Work: }\n"
    "accounts:\n"
    "  - {name: Management, email: m@example.com, roles: [management]}\n"
    "  - {name: Security, email: s@example.com, roles: [security]}\n"
    "  - {name: Shop, email: shop@example.com, ou: Work}\n"
    "policies:\n"
    "  - {name: p, type: service_control_policy, attach: [Work], document: {Version: "
    "'2012-10-17',\n"
    "     Statement: [\n"
    "      {Sid: Most, Effect: Deny, Action: 's3:*', Resource: '*', Condition: {ArnNotLike:\n"
    "       {'aws:PrincipalArn': ['arn:aws:iam::*:role/Emergency']}}},\n"
    "      {Sid: Tagged, Effect: Deny, Action: 'ec2:*', Resource: '*', Condition: {StringEquals:\n"
    "       {'aws:PrincipalTag/a': b}}}]}}\n";

static struct who_can_rows rows_of(struct arena *arena, const char *account, const char *action)
{
    struct who_can_question question = {.action = action, .region = "eu-central-1"};
    const struct baseline *baseline = baseline_without_mistakes(arena, baseline_text);
    struct policy_attached over;
    struct guardrails *guardrails;
    struct who_can_rows rows;
    struct err err = ERR_INIT;

    assert_int_equal(guardrails_new(baseline, arena, &guardrails, &err), 0);
    question.baseline = baseline;
    question.account = baseline_account(baseline, account);
    guardrails_over(guardrails, NULL, question.account, &over);
    question.over = &over;
    who_can(&question, arena, &rows);
    return rows;
}

static const struct policy_answer *answer_of(const struct who_can_rows *rows, const char *who)
{
    for (size_t i = 0; i < rows->count; i++)
        if (str_eq(rows->items[i].who, who))
            return &rows->items[i].answer;
    return NULL;
}

static void expect(const struct who_can_rows *rows, const char *who, enum policy_outcome outcome)
{
    const struct policy_answer *answer = answer_of(rows, who);

    if (answer == NULL || answer->outcome != outcome)
        fail_msg("%s: %s", who, answer == NULL ? "nobody" : policy_outcome_name(answer->outcome));
}

static void test_who_is_spared_and_who_is_not(void **state)
{
    struct who_can_rows rows = rows_of(*state, "Shop", "s3:GetObject");

    assert_int_equal(rows.count, 7);
    expect(&rows, "role/OrganizationAccountAccessRole", POLICY_DENIED);
    expect(&rows, "role/Emergency", POLICY_ALLOWED);
    expect(&rows, "role/Watch", POLICY_DENIED);
    expect(&rows, "role/Administrator", POLICY_DENIED);
    expect(&rows, "role/aws-service-role/", POLICY_ALLOWED);
    expect(&rows, "the root user", POLICY_DENIED);
    expect(&rows, "a central root session", POLICY_DENIED);
    assert_string_equal(answer_of(&rows, "the root user")->sid, "Most");
    assert_string_equal(answer_of(&rows, "the root user")->level, "Work");
}

static void test_what_nobody_knows_is_unknown(void **state)
{
    struct who_can_rows rows = rows_of(*state, "Shop", "ec2:RunInstances");

    expect(&rows, "role/Administrator", POLICY_UNKNOWN);
    assert_string_equal(answer_of(&rows, "role/Administrator")->missing, "aws:PrincipalTag/a");
    expect(&rows, "role/aws-service-role/", POLICY_ALLOWED);
}

/* plinth enters no role of the account that it is in, and no root session is made there. */
static void test_the_management_account(void **state)
{
    struct who_can_rows rows = rows_of(*state, "Management", "s3:GetObject");

    assert_null(answer_of(&rows, "role/OrganizationAccountAccessRole"));
    assert_null(answer_of(&rows, "a central root session"));
    expect(&rows, "the root user", POLICY_ALLOWED);
}

static int setup(void **state)
{
    *state = arena_new("test");
    return 0;
}

static int teardown(void **state)
{
    arena_free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_who_is_spared_and_who_is_not, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_nobody_knows_is_unknown, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_management_account, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
