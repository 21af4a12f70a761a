/* test_target.c - a target in one line, and its id. */
#include "about.h"
#include "report_priv.h"

static const char *message(const struct run_result *run, size_t i, enum report_kind kind,
                           struct arena *arena)
{
    struct unit_result unit = results_unit(run, i);

    return report_message(&unit, kind, arena);
}

static const char *id(const struct run_result *run, size_t i, struct arena *arena)
{
    struct unit_result unit = results_unit(run, i);

    return report_target_id(&unit, arena);
}

static void test_message(void **state)
{
    struct arena *arena = arena_new("test");
    struct run_result run = made_result(arena);

    (void)state;
    assert_string_equal(message(&run, 2, REPORT_APPLY, arena),
                        "failed: AccessDenied:\\nno: create role view in account Pay; not done: "
                        "update role view in account Pay");
    assert_string_equal(message(&run, 1, REPORT_PLAN, arena),
                        "drifted: delete SCP plinth-root-1 (attached to: Shop, removed); note: SCP "
                        "plinth-old is no longer in the baseline");
    results_end(&run);
    arena_free(arena);
}

static void test_many_changes_are_cut(void **state)
{
    struct arena *arena = arena_new("test");
    struct unit_result unit = made_unit(&made_role, "A", OUTCOME_DRIFTED, arena);

    (void)state;
    for (int i = 0; i < 25; i++)
        (void)changes_add(&unit.changes, CHANGE_UPDATE, 0, NULL, "thing %d", i);
    HAS(report_message(&unit, REPORT_PLAN, arena), "; and 5 more changes");
    arena_free(arena);
}

static void test_ids(void **state)
{
    struct arena *arena = arena_new("test");
    struct run_result run = made_result(arena);

    (void)state;
    assert_string_equal(id(&run, 1, arena), "policies");
    assert_string_equal(id(&run, 0, arena), "security_role/Shop");
    assert_string_equal(id(&run, 3, arena), "security_role/Far/eu-west-1");
    results_end(&run);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_message),
        cmocka_unit_test(test_many_changes_are_cut),
        cmocka_unit_test(test_ids),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
