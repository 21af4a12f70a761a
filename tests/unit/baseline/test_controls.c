#include "yaml.h"

static const char *const tree = "organizational_units:\n"
                                "  A: {controls: {watch: {mode: loud}}, units: {B: , C: }}\n"
                                "  Off: {controls: {watch: false}, units: {On: }}\n"
                                "  Plain:\n";

static int64_t days(const struct node *node, struct world *world)
{
    struct watch_spec spec;

    schema_decode(&watch_schema, node, world->arena, &spec, &world->diags);
    assert_int_equal(world->diags.count, 0);
    return spec.days;
}

static const struct node *watch_of(const struct baseline *baseline, const char *account)
{
    return baseline_control_node(baseline, "watch", baseline_account(baseline, account));
}

static void test_settings_are_laid_over(void **state)
{
    struct world *world = *state;
    const struct baseline *baseline =
        load(world, arena_printf(world->arena,
                                 "%s"
                                 "controls: {watch: {days: 3, events: [x]}}\n"
                                 "accounts:\n"
                                 "  - {name: s, email: s@example.com, roles: [security]}\n"
                                 "  - {name: b, email: b@example.com, ou: A/B}\n"
                                 "  - {name: c, email: c@example.com, ou: A/C,\n"
                                 "     controls: {watch: {days: 9, events: []}}}\n"
                                 "  - {name: off, email: o@example.com, ou: Off/On}\n"
                                 "  - {name: on, email: n@example.com, ou: Off,\n"
                                 "     controls: {watch: {days: 7}}}\n"
                                 "  - {name: p, email: p@example.com, ou: Plain,\n"
                                 "     controls: {watch: }}\n",
                                 tree));
    const struct node *top = baseline_control_node(baseline, "watch", NULL);

    assert_int_equal(days(top, world), 3);
    assert_null(node_get(top, "mode"));
    assert_ptr_equal(watch_of(baseline, "s"), top);
    assert_string_equal(node_get(watch_of(baseline, "b"), "mode")->text, "loud");
    assert_int_equal(days(watch_of(baseline, "b"), world), 3);
    assert_string_equal(node_get(watch_of(baseline, "c"), "mode")->text, "loud");
    assert_int_equal(days(watch_of(baseline, "c"), world), 9);
    assert_int_equal(node_get(watch_of(baseline, "c"), "events")->count, 0);
    assert_null(watch_of(baseline, "off"));
    assert_int_equal(days(watch_of(baseline, "on"), world), 7);
    assert_null(node_get(watch_of(baseline, "on"), "events"));
    assert_ptr_equal(watch_of(baseline, "p"), top);
    assert_null(baseline_control_node(baseline, "nothing", NULL));
}

static void test_the_same_settings_are_the_same_node(void **state)
{
    struct world *world = *state;
    const struct baseline *baseline =
        load(world, arena_printf(world->arena,
                                 "%s"
                                 "controls: {watch: {days: 3}}\n"
                                 "accounts:\n"
                                 "  - {name: s, email: s@example.com, roles: [security]}\n"
                                 "  - {name: b1, email: b1@example.com, ou: A/B}\n"
                                 "  - {name: b2, email: b2@example.com, ou: A/B}\n"
                                 "  - {name: c, email: c@example.com, ou: A/C,\n"
                                 "     controls: {}}\n",
                                 tree));

    assert_ptr_equal(watch_of(baseline, "b1"), watch_of(baseline, "b2"));
    assert_ptr_equal(watch_of(baseline, "b1"), watch_of(baseline, "c"));
}

static void test_only_where_it_is_named(void **state)
{
    struct world *world = *state;
    const struct baseline *baseline =
        load(world, "accounts:\n"
                    "  - {name: s, email: s@example.com, roles: [security],\n"
                    "     controls: {watch: {days: 2}}}\n"
                    "  - {name: x, email: x@example.com}\n");

    assert_null(baseline_control_node(baseline, "watch", NULL));
    assert_null(watch_of(baseline, "x"));
    assert_int_equal(days(watch_of(baseline, "s"), world), 2);
}

static void test_mistakes(void **state)
{
    expect_mistakes(*state,
                    "controls:\n"
                    "  watch: {days: 99, mode: shrill}\n"
                    "  ledger: {page: 1}\n"
                    "  legder: {}\n"
                    "accounts:\n"
                    "  - {name: a, email: a@example.com, controls: {ledger: {}}}\n"
                    "  - {name: b, email: b@example.com, controls: [watch]}\n"
                    "  - name: c\n"
                    "    email: c@example.com\n"
                    "    controls: {watch: {dyas: 1}}\n",
                    "5:17: 'days' must be from 1 to 30, not 99\n"
                    "5:27: 'mode' must be one of quiet, loud, not 'shrill'\n"
                    "6:11: ledger takes no settings\n"
                    "7:3: unknown control 'legder'; did you mean 'ledger'?\n"
                    "9:48: control 'ledger' is the organization's as a whole and cannot differ "
                    "here\n"
                    "10:47: 'controls' must be a map, not a list\n"
                    "13:24: unknown key 'dyas' in watch; did you mean 'days'?\n");
}

/* What is laid over may be right where each part alone is not, and the other way round. */
static void test_the_whole_is_checked(void **state)
{
    expect_mistakes(*state,
                    "accounts:\n"
                    "  - {name: a, email: a@example.com, controls: {watch: {mode: loud}}}\n",
                    "5:55: watch needs 'days'\n");
}

static void test_what_is_uniform_is_not_laid_over(void **state)
{
    expect_mistakes(*state,
                    "controls: {watch: {days: 1, place: here}}\n"
                    "organizational_units: {A: {controls: {watch: {place: there}}}}\n"
                    "accounts:\n"
                    "  - {name: s, email: s@example.com, roles: [security]}\n"
                    "  - {name: a, email: a@example.com, controls: {watch: {place: here}}}\n",
                    "5:54: 'place' of watch is the same everywhere and cannot differ here\n"
                    "8:63: 'place' of watch is the same everywhere and cannot differ here\n");
}

static void test_checks_across_fields_run(void **state)
{
    expect_mistakes(*state, "controls: {watch: {days: 1}}\n",
                    "4:19: watch needs a security account\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_settings_are_laid_over),
        WORLD_TEST(test_the_same_settings_are_the_same_node),
        WORLD_TEST(test_only_where_it_is_named),
        WORLD_TEST(test_mistakes),
        WORLD_TEST(test_the_whole_is_checked),
        WORLD_TEST(test_what_is_uniform_is_not_laid_over),
        WORLD_TEST(test_checks_across_fields_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
