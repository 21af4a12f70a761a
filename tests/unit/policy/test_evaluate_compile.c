/* Documents become statements; what is wrong is refused with its place. */
#include "evaluate_priv.h"

#include "plinth/base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "evaluate_world.h"

static void test_statement(void **state)
{
    const struct policy_compiled *policy = policy_of(
        POLICY_RESOURCE, "p",
        "{'Sid':'One','Effect':'Deny','Principal':{'AWS':['111122223333','*'],'Service':'s3.a'},"
        "'Action':['s3:Get*','s3:Put*'],'NotResource':'arn:aws:s3:::b/*','Condition':{"
        "'StringEquals':{'aws:A':'1','aws:B':['2','3']},'Bool':{'aws:C':true}}},"
        "{'Sid':'','Effect':'Allow','NotPrincipal':'*','NotAction':'s3:*','Resource':'*'}",
        *state);
    const struct statement *first = &policy->statements[0], *second = &policy->statements[1];

    assert_string_equal(policy_compiled_name(policy), "p");
    assert_int_equal(policy->count, 2);
    assert_string_equal(first->sid, "One");
    assert_true(first->deny && first->has_principal && !first->not_principal);
    assert_int_equal(first->principal_count, 3);
    assert_int_equal(first->principals[0].form, FORM_ACCOUNT);
    assert_int_equal(first->principals[2].form, FORM_SERVICE);
    assert_int_equal(first->actions.count, 2);
    assert_false(first->actions.negated);
    assert_true(first->resources.negated);
    assert_int_equal(first->condition_count, 3);
    assert_string_equal(first->conditions[1].key, "aws:B");
    assert_int_equal(first->conditions[1].count, 2);
    assert_null(second->sid);
    assert_true(!second->deny && second->not_principal && second->actions.negated);
}

/* A trust policy has no resource, an identity policy no principal. */
static void test_what_is_left_out(void **state)
{
    const struct policy_compiled *trust = policy_of(
        POLICY_TRUST, "t", "{'Effect':'Allow','Principal':'*','Action':'sts:AssumeRole'}", *state);
    const struct policy_compiled *identity = policy_of(POLICY_IDENTITY, "i", ALLOW_ALL, *state);

    assert_null(trust->statements[0].resources.items);
    assert_false(trust->statements[0].resources.negated);
    assert_false(identity->statements[0].has_principal);
}

static void test_one_statement_without_a_list(void **state)
{
    const struct policy_label label = {"SCP", "x"};
    const struct policy_compiled *policy;
    struct err err = ERR_INIT;

    assert_int_equal(
        policy_compile(json_of("{'Version':'2012-10-17','Statement':" ALLOW_ALL "}", *state),
                       POLICY_SCP, &label, *state, &policy, &err),
        0);
    assert_int_equal(policy->count, 1);
}

/* The language of 2008 has no variables. */
static void test_old_version(void **state)
{
    static const char *const versions[] = {"'Version':'2012-10-17',", "'Version':'2008-10-17',",
                                           ""};
    const struct policy_label label = {"policy", "x"};
    const struct policy_compiled *policy;
    struct err err = ERR_INIT;

    for (size_t i = 0; i < 3; i++) {
        const char *text = arena_printf(*state,
                                        "{%s'Statement':{'Effect':'Allow','Action':'*','Resource':"
                                        "'arn:aws:s3:::${aws:username}'}}",
                                        versions[i]);

        assert_int_equal(
            policy_compile(json_of(text, *state), POLICY_ANY, &label, *state, &policy, &err), 0);
        assert_int_equal(policy->statements[0].resources.items[0].variable_count, i == 0 ? 1 : 0);
    }
}

static void test_refused(void **state)
{
    const struct policy_label label = {"SCP", "x"};
    const struct policy_compiled *policy;
    struct err err = ERR_INIT;
    const char *text = "{'Version':'2012-10-17','Statement':{'Effect':'Allow','Action':'*',"
                       "'Resource':'*','Principal':'*'}}";

    assert_int_equal(
        policy_compile(json_of(text, *state), POLICY_SCP, &label, *state, &policy, &err), -1);
    assert_int_equal(err.code, ERR_CONFIG);
    assert_non_null(strstr(err.text, "SCP x: statement 1: an SCP has no Principal"));
}

static void test_too_many_variables(void **state)
{
    const struct policy_label label = {"SCP", "x"};
    const struct policy_compiled *policy;
    struct err err = ERR_INIT;
    const char *text = "";

    for (int i = 0; i <= EVALUATE_VARIABLES_MOST; i++)
        text = arena_printf(*state, "%s${aws:username}", text);
    text = arena_printf(*state,
                        "{'Version':'2012-10-17','Statement':[" ALLOW_ALL
                        ",{'Effect':'Deny','Action':'*','Resource':'*','Condition':"
                        "{'StringLike':{'aws:A':'%s'}}}]}",
                        text);
    assert_int_equal(
        policy_compile(json_of(text, *state), POLICY_SCP, &label, *state, &policy, &err), -1);
    assert_int_equal(err.code, ERR_LIMIT);
    assert_non_null(strstr(err.text, "SCP x: statement 2: Condition: aws:A: "));
}

static int set_up(void **state)
{
    *state = arena_new("test");
    return 0;
}

static int tear_down(void **state)
{
    arena_free(*state);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_statement),
        TEST(test_what_is_left_out),
        TEST(test_one_statement_without_a_list),
        TEST(test_old_version),
        TEST(test_refused),
        TEST(test_too_many_variables),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
