#include "yaml.h"

static void test_the_home_region_is_the_only_one_by_default(void **state)
{
    const struct baseline *baseline = load(*state, "");

    assert_int_equal(baseline->regions.count, 1);
    assert_string_equal(baseline->regions.items[0], "eu-west-1");
}

static void test_mistakes_of_regions(void **state)
{
    expect_mistakes(*state, "regions: [eu-west-2, us-east-1, us-east-1]\n",
                    "3:14: home region 'eu-west-1' is not one of 'regions'; did you mean "
                    "'eu-west-2'?\n"
                    "4:33: region 'us-east-1' stands in this list twice\n");
    expect_mistakes(*state, "regions: eu-west-1\n",
                    "4:10: 'regions' must be a list, not a scalar\n");
    expect_mistakes(*state, "regions: [eu-west-1, Frankfurt]\n",
                    "4:22: 'regions' must be a region such as eu-central-1 (at most 32 "
                    "characters), not 'Frankfurt'\n");
}

static void test_delegation_by_name_and_by_role(void **state)
{
    struct world *world = *state;
    const struct baseline *baseline =
        load(world, "organization:\n"
                    "  trusted_access: [a.amazonaws.com, b.amazonaws.com]\n"
                    "  delegated_administrators:\n"
                    "    a.amazonaws.com: sec\n"
                    "    b.amazonaws.com: security\n"
                    "accounts:\n"
                    "  - {name: sec, email: s@example.com, roles: [security]}\n");
    const struct pairs *pairs = &baseline->organization.delegated_administrators;

    assert_int_equal(pairs->count, 2);
    assert_string_equal(pairs->items[0].value, "sec");
    assert_string_equal(pairs->items[1].value, "sec");
}

static void test_mistakes_of_delegation(void **state)
{
    expect_mistakes(*state,
                    "organization:\n"
                    "  trusted_access: [a.amazonaws.com, a.amazonaws.com]\n"
                    "  delegated_administrators:\n"
                    "    a.amazonaws.com: management\n"
                    "    b.amazonaws.com: secc\n"
                    "    guardduty: sec\n"
                    "accounts:\n"
                    "  - {name: sec, email: s@example.com, roles: [security]}\n"
                    "  - {name: boss, email: b@example.com, roles: [management]}\n",
                    "5:37: service 'a.amazonaws.com' stands in this list twice\n"
                    "7:22: the management account cannot be a delegated administrator\n"
                    "8:22: no account 'secc'; did you mean 'sec'?\n"
                    "8:22: delegating b.amazonaws.com needs it in organization.trusted_access as "
                    "well\n"
                    "9:16: 'guardduty' is not a service principal such as "
                    "guardduty.amazonaws.com\n");
}

static void test_contacts_need_trusted_access(void **state)
{
    expect_mistakes(*state,
                    "accounts:\n"
                    "  - name: a\n"
                    "    email: a@example.com\n"
                    "    contacts:\n"
                    "      security: {name: N, title: T, email: n@example.com, phone: \"+1\"}\n",
                    "8:7: contacts need account.amazonaws.com in organization.trusted_access\n");
}

static void test_policy_types(void **state)
{
    struct world *world = *state;
    const struct baseline *baseline =
        load(world, "organization: {policy_types: [tag_policy, service_control_policy]}\n");

    assert_int_equal(baseline->policy_types.count, 2);
    assert_string_equal(baseline->policy_types.items[0], "TAG_POLICY");
    assert_string_equal(baseline->policy_types.items[1], "SERVICE_CONTROL_POLICY");
    expect_mistakes(world, "organization: {policy_types: [tag_polcy]}\n",
                    "4:30: unknown policy type 'tag_polcy'; did you mean 'tag_policy'?\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_the_home_region_is_the_only_one_by_default),
        WORLD_TEST(test_mistakes_of_regions),
        WORLD_TEST(test_delegation_by_name_and_by_role),
        WORLD_TEST(test_mistakes_of_delegation),
        WORLD_TEST(test_contacts_need_trusted_access),
        WORLD_TEST(test_policy_types),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
