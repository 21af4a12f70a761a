#include "organizations_world.h"

static void test_ids_of_another_shape(void **state)
{
    static const struct {
        const char *operation, *params, *reason;
    } bad[] = {
        {"ListAccountsForParent", "{'ParentId':'123456789012'}", "INVALID_PATTERN"},
        {"ListAccountsForParent", "{'ParentId':'r-abc'}", "INVALID_PATTERN"},
        {"ListAccountsForParent", "{'ParentId':'r-abcd-12345678'}", "INVALID_PATTERN"},
        {"ListAccountsForParent", "{'ParentId':'ou-abcd-1234567'}", "INVALID_PATTERN"},
        {"ListAccountsForParent", "{'ParentId':'ou-abcd'}", "INVALID_PATTERN"},
        {"ListAccountsForParent", "{'ParentId':'ou-abcd-12345678-'}", "INVALID_PATTERN"},
        {"ListParents", "{'ChildId':'r-abcd'}", "INVALID_PATTERN"},
        {"ListParents", "{'ChildId':'12345678901'}", "INVALID_PATTERN"},
        {"DescribePolicy", "{'PolicyId':'q-1234567890'}", "INVALID_SYNTAX_POLICY_ID"},
        {"ListPoliciesForTarget", "{'TargetId':'p-12345678','Filter':'TAG_POLICY'}",
         "INVALID_PATTERN_TARGET_ID"},
        {"ListTagsForResource", "{'ResourceId':'o-1234567890'}", "INVALID_PATTERN"},
        {"DescribeCreateAccountStatus", "{'CreateAccountRequestId':'cat-12345678'}",
         "INVALID_PATTERN"},
        {"DescribeHandshake", "{'HandshakeId':'h-1234567'}", NULL}, /* too short already */
    };
    struct caller *c = *state;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        fails(c, "InvalidInputException", bad[i].operation, "%s", bad[i].params);
        if (!str_eq(c->reason, bad[i].reason))
            fail_msg("%s %s: %s", bad[i].operation, bad[i].params, c->reason);
    }
}

static void test_ids_of_the_right_shape_are_looked_up(void **state)
{
    struct caller *c = *state;

    fails(c, "ParentNotFoundException", "ListAccountsForParent", "{'ParentId':'r-abcd'}");
    fails(c, "ParentNotFoundException", "ListAccountsForParent", "{'ParentId':'ou-abcd-12345678'}");
    fails(c, "ChildNotFoundException", "ListParents", "{'ChildId':'123456789012'}");
    fails(c, "PolicyNotFoundException", "DescribePolicy", "{'PolicyId':'p-Any_Word8'}");
    fails(c, "TargetNotFoundException", "ListTagsForResource", "{'ResourceId':'rp-12ab'}");
    fails(c, "HandshakeNotFoundException", "DescribeHandshake", "{'HandshakeId':'h-12345678'}");
    fails(c, "CreateAccountStatusNotFoundException", "DescribeCreateAccountStatus",
          "{'CreateAccountRequestId':'car-12345678'}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_ids_of_another_shape, org_setup, caller_teardown),
        cmocka_unit_test_setup_teardown(test_ids_of_the_right_shape_are_looked_up, org_setup,
                                        caller_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
