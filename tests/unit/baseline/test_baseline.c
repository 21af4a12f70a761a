#include "yaml.h"

static void test_a_whole_baseline(void **state)
{
    struct world *world = *state;
    const struct baseline *baseline = load(world, "regions: [eu-west-1, us-east-1]\n"
                                                  "organizational_units:\n"
                                                  "  Security:\n"
                                                  "  Workloads: {units: {Prod: {}, Dev: {}}}\n"
                                                  "accounts:\n"
                                                  "  - {name: root, email: a@example.com,\n"
                                                  "     roles: [management]}\n"
                                                  "  - {name: sec, email: b@example.com,\n"
                                                  "     ou: Security, roles: [security, backup]}\n"
                                                  "  - {name: app, email: c@example.com,\n"
                                                  "     ou: Workloads/Prod}\n"
                                                  "controls: {watch: {days: 3}, ledger: }\n");
    const struct account *security = baseline_account_with_role(baseline, ROLE_SECURITY);

    assert_string_equal(baseline->name, "t");
    assert_string_equal(baseline->file, "b.yaml");
    assert_string_equal(baseline->home_region, "eu-west-1");
    assert_int_equal(baseline->regions.count, 2);
    assert_int_equal(baseline->ou_count, 4);
    assert_int_equal(baseline->account_count, 3);
    assert_string_equal(baseline->organization.member_role, "OrganizationAccountAccessRole");
    assert_string_equal(security->name, "sec");
    assert_ptr_equal(baseline_account_with_role(baseline, ROLE_BACKUP), security);
    assert_null(baseline_account_with_role(baseline, ROLE_LOG_ARCHIVE));
    assert_ptr_equal(baseline_account(baseline, "app")->ou,
                     baseline_ou(baseline, "Workloads/Prod"));
    assert_int_equal(baseline_account(baseline, "app")->roles, ROLE_WORKLOAD);
    assert_null(baseline_account(baseline, "APP"));
    assert_null(baseline_ou(baseline, "workloads/prod"));
    assert_null(baseline_ou(baseline, "Prod"));
    assert_non_null(baseline_control_node(baseline, "ledger", NULL));
}

static void test_every_mistake_is_told_in_order(void **state)
{
    expect_mistakes(*state,
                    "accounts:\n"
                    "  - {name: a, email: a@example.com, ou: Prd}\n"
                    "  - {name: b, emial: b@example.com}\n"
                    "regions: [us-east-1]\n"
                    "organizational_units: {Prod: }\n"
                    "controls: {watc: {days: 1}}\n",
                    "3:14: home region 'eu-west-1' is not one of 'regions'\n"
                    "5:41: no organizational unit 'Prd'; did you mean 'Prod'?\n"
                    "6:5: account needs 'email'\n"
                    "6:15: unknown key 'emial' in account; did you mean 'email'?\n"
                    "9:12: unknown control 'watc'; did you mean 'watch'?\n");
}

static void test_what_is_no_baseline(void **state)
{
    struct world *world = *state;

    world_load_text(world, "a: [", NULL);
    assert_int_equal(world->result, -1);
    assert_int_equal(world->err.code, ERR_CONFIG);
    assert_int_equal(world->diags.count, 1);
    assert_string_equal(world->diags.items[0].mark.file, "b.yaml");
    world_load_text(world, "[a]", NULL);
    assert_string_equal(world_mistakes(world), "1:1: baseline must be a map, not a list\n");
    world_load_text(world, "", NULL);
    assert_string_equal(world_mistakes(world), "1:1: baseline needs 'apiVersion'\n"
                                               "1:1: baseline needs 'name'\n"
                                               "1:1: baseline needs 'home_region'\n");
}

static void test_the_file_must_be_there(void **state)
{
    struct world *world = *state;
    struct baseline_options options = {.sections = test_sections};

    diags_init(&world->diags, world->arena);
    assert_int_equal(baseline_load("/nowhere/b.yaml", &options, world->arena, &world->baseline,
                                   &world->diags, &world->err),
                     -1);
    assert_int_equal(world->err.code, ERR_IO);
    assert_int_equal(world->diags.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_a_whole_baseline),
        WORLD_TEST(test_every_mistake_is_told_in_order),
        WORLD_TEST(test_what_is_no_baseline),
        WORLD_TEST(test_the_file_must_be_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
