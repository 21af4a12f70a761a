#include "plinth/engine/results.h"

#include "plinth/base/arena.h"
#include "plinth/control/control.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct control one = {.name = "one"}, other = {.name = "other"};

static struct unit_result unit_of(struct arena *arena, size_t index, const char *account,
                                  const char *region, const char *value)
{
    struct unit_result unit = {.index = index,
                               .control = &one,
                               .account = account,
                               .region = region,
                               .outcome = OUTCOME_DRIFTED};

    changes_init(&unit.changes, arena);
    change_field(changes_add(&unit.changes, CHANGE_UPDATE, 0, NULL, "setting"), "state", NULL,
                 value);
    return unit;
}

static void add(struct run_result *run, size_t index, const char *account, const char *region,
                const char *value)
{
    struct arena *arena = arena_new("unit"); /* what is added need not live on */
    struct unit_result unit =
        unit_of(arena, index, arena_str(arena, account), arena_str(arena, region), value);

    unit.reason = arena_printf(arena, "because %s", value);
    unit.account_id = arena_str(arena, "111122223333");
    results_add(run, &unit);
    arena_free(arena);
}

static void test_all_comes_back_until_the_next_begin(void **state)
{
    enum { MANY = 1000 };
    static const char *const regions[] = {NULL, "eu-west-1", "eu-central-1"};
    struct run_result run = {0};

    (void)state;
    for (size_t round = 0; round < 2; round++) {
        results_begin(&run);
        assert_int_equal(run.unit_count, 0);
        for (size_t i = 0; i < MANY; i++)
            add(&run, i, i % 7 == 0 ? NULL : "Shop", regions[i % 3], i % 2 == 0 ? "on" : "off");
        assert_int_equal(run.unit_count, MANY);
        for (size_t i = 0; i < MANY; i++) {
            struct unit_result unit = results_unit(&run, i);

            assert_int_equal(unit.index, i);
            assert_ptr_equal(unit.control, &one);
            assert_int_equal(unit.outcome, OUTCOME_DRIFTED);
            assert_string_equal(unit.reason, i % 2 == 0 ? "because on" : "because off");
            assert_string_equal(unit.account_id, "111122223333");
            assert_int_equal(unit.account == NULL, i % 7 == 0);
            assert_int_equal(unit.region == NULL, i % 3 == 0);
            if (unit.region != NULL)
                assert_string_equal(unit.region, regions[i % 3]);
            assert_string_equal(unit.changes.items[0].fields[0].to, i % 2 == 0 ? "on" : "off");
        }
    }
    results_end(&run);
}

/* Memory grows with the kinds of units and not with their number. */
static void test_the_same_is_kept_once(void **state)
{
    struct run_result run = {0};
    size_t used;

    (void)state;
    results_begin(&run);
    add(&run, 0, "Shop", "eu-west-1", "on");
    used = arena_used(run.arena);
    for (size_t i = 1; i < 1000; i++)
        add(&run, i, "Shop", "eu-west-1", "on");
    assert_int_equal(arena_used(run.arena), used);
    results_end(&run);
}

static void test_alike_is_what_says_the_same(void **state)
{
    struct run_result run = {0};
    struct unit_result unit;

    (void)state;
    results_begin(&run);
    add(&run, 0, "Shop", "eu-west-1", "on");
    add(&run, 1, "Pay", "eu-central-1", "on");
    add(&run, 2, "Shop", "eu-west-1", "off");
    assert_true(results_alike(&run, 0, 1));
    assert_false(results_alike(&run, 0, 2));
    for (int what = 0; what < 4; what++) {
        unit = results_unit(&run, 0);
        switch (what) {
        case 0:
            unit.control = &other;
            break;
        case 1:
            unit.reason = "another";
            break;
        case 2:
            unit.applied = 1;
            break;
        default:
            unit.outcome = OUTCOME_CHANGED;
        }
        results_set(&run, 1, &unit);
        assert_false(results_alike(&run, 0, 1));
    }
    assert_int_equal(run.unit_count, 3);
    results_end(&run);
}

static void test_one_is_found_by_its_index(void **state)
{
    struct run_result run = {0};
    size_t at = 99;

    (void)state;
    results_begin(&run);
    assert_false(results_find(&run, 0, &at));
    for (size_t i = 100; i > 0; i--)
        add(&run, 2 * i, "Shop", NULL, "on");
    results_sort(&run);
    assert_true(results_find(&run, 2, &at));
    assert_int_equal(at, 0);
    assert_true(results_find(&run, 200, &at));
    assert_int_equal(at, 99);
    assert_false(results_find(&run, 3, &at));
    results_end(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_comes_back_until_the_next_begin),
        cmocka_unit_test(test_the_same_is_kept_once),
        cmocka_unit_test(test_alike_is_what_says_the_same),
        cmocka_unit_test(test_one_is_found_by_its_index),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
