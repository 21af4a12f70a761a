/* What a policy looks at, action by action. */
#include "evaluate_priv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "evaluate_world.h"

static void test_asks(void **state)
{
    const struct policy_compiled *policy =
        policy_of(POLICY_SCP, "p",
                  "{'Effect':'Deny','Action':'s3:Get*','Resource':'arn:aws:s3:::b/*','Condition':{"
                  "'StringEquals':{'aws:A':'${aws:B}'}}},"
                  "{'Effect':'Deny','NotAction':['iam:*','s3:*'],'Resource':'*','Condition':{"
                  "'StringNotEquals':{'aws:RequestedRegion':'x'}}},"
                  "{'Effect':'Deny','Action':'kms:*','Resource':'arn:aws:kms:*:*:key/${aws:C}'}",
                  *state);

    assert_true(policy_asks_for(policy, "s3:getobject", NULL));
    assert_true(policy_asks_for(policy, "s3:GetObject", "AWS:a"));
    assert_true(policy_asks_for(policy, "s3:GetObject", "aws:B"));
    assert_false(policy_asks_for(policy, "s3:GetObject", "aws:RequestedRegion"));
    assert_false(policy_asks_for(policy, "s3:PutObject", NULL));
    assert_false(policy_asks_for(policy, "ec2:RunInstances", NULL));
    assert_true(policy_asks_for(policy, "ec2:RunInstances", "aws:RequestedRegion"));
    assert_false(policy_asks_for(policy, "iam:CreateUser", "aws:RequestedRegion"));
    assert_true(policy_asks_for(policy, "kms:Decrypt", NULL));
    assert_true(policy_asks_for(policy, "kms:Decrypt", "aws:C"));
    assert_false(policy_asks_for(policy, "kms:Decrypt", "aws:D"));
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_asks, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
