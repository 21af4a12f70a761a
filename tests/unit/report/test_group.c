/* test_group.c - what is alike stands together, and nothing else does. */
#include "about.h"
#include "report_priv.h"

enum { ACCOUNTS = 3, REGIONS = 2 };

/* Every account in every region, all alike. */
static struct run_result grid(struct arena *arena)
{
    static const char *const accounts[] = {"A", "B", "C"}, *const regions[] = {"r1", "r2"};
    struct run_result run = {0};

    results_begin(&run);
    for (int i = 0; i < ACCOUNTS * REGIONS; i++) {
        struct unit_result unit =
            made_unit(&made_role, accounts[i / REGIONS], OUTCOME_DRIFTED, arena);

        unit.region = regions[i % REGIONS];
        change_field(changes_add(&unit.changes, CHANGE_UPDATE, 0, NULL, "setting"), "state", "off",
                     "on");
        made_add(&run, &unit);
    }
    return run;
}

static void test_a_grid_is_one(void **state)
{
    struct arena *arena = arena_new("test");
    struct run_result run = grid(arena);
    struct report_group group = report_group_at(&run, 0);
    struct buf out;

    (void)state;
    assert_int_equal(group.accounts, ACCOUNTS);
    assert_int_equal(group.regions, REGIONS);
    buf_init(&out, 1024);
    report_group_places(&out, &group, "[", "]");
    assert_string_equal(buf_text(&out), "[accounts: A, B, C][regions: r1, r2]");
    buf_fini(&out);
    results_end(&run);
    arena_free(arena);
}

static void test_what_differs_stands_alone(void **state)
{
    struct arena *arena = arena_new("test");
    struct run_result run = grid(arena);
    struct unit_result unit = results_unit(&run, 3);
    struct report_group group;

    (void)state;
    unit.reason = "no answer";
    results_set(&run, 3, &unit);
    group = report_group_at(&run, 0);
    assert_int_equal(group.accounts, 1);
    assert_int_equal(group.regions, REGIONS);
    group = report_group_at(&run, 3);
    assert_int_equal(group.accounts * group.regions, 1);
    results_end(&run);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_grid_is_one),
        cmocka_unit_test(test_what_differs_stands_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
