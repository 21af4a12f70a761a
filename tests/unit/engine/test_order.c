/* The order of controls and the numbers of their units. */
#include "../../support/rehearsal.h"
#include "engine_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { REGIONS = 17 };

struct fixture {
    struct rehearsal *rehearsal;
    const struct baseline *baseline;
    struct order order;
};

static int setup(void **state)
{
    struct rehearsal *rehearsal = rehearsal_new(1, false);
    struct fixture *fixture = arena_alloc(rehearsal_arena(rehearsal), sizeof *fixture);

    fixture->rehearsal = rehearsal;
    fixture->baseline =
        rehearsal_baseline(rehearsal, PLINTH_SOURCEDIR "/tests/unit/engine/data/small.yaml");
    order_build(&fixture->order);
    order_number(&fixture->order, fixture->baseline->account_count, REGIONS);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    rehearsal_free(((struct fixture *)*state)->rehearsal);
    return 0;
}

static size_t place_of(const struct order *order, const char *name)
{
    for (size_t i = 0; i < order->count; i++)
        if (str_eq(order->controls[i]->name, name))
            return i;
    fail_msg("%s is not in the order", name);
    return 0;
}

static size_t phase_of(const struct order *order, size_t control)
{
    for (size_t p = 0; p < order->phase_count; p++)
        for (size_t i = 0; i < order->phases[p].count; i++)
            if (order->phases[p].controls[i] == control)
                return p;
    fail_msg("control %zu is in no phase", control);
    return 0;
}

static void test_every_control_once_and_after_what_it_needs(void **state)
{
    const struct order *order = &((struct fixture *)*state)->order;
    size_t count = 0;

    while (controls_all()[count] != NULL)
        count++;
    assert_int_equal(order->count, count);
    for (size_t i = 0; i < count; i++) {
        const struct control *control = controls_all()[i];
        size_t place = place_of(order, control->name);

        for (size_t a = 0; control->after != NULL && control->after[a] != NULL; a++) {
            size_t before = place_of(order, control->after[a]);

            assert_true(before < place);
            assert_true(phase_of(order, before) <= phase_of(order, place));
            /* Accounts go through a phase at the same time. */
            if (control->needs != 0 && order->phases[phase_of(order, place)].per_account)
                assert_true(phase_of(order, before) < phase_of(order, place));
        }
    }
}

static void test_regions_are_switched_on_first(void **state)
{
    const struct order *order = &((struct fixture *)*state)->order;
    size_t first = place_of(order, "opt_in_regions");

    for (size_t i = 0; i < order->count; i++)
        if (order->controls[i]->scope == CONTROL_PER_REGION ||
            order->controls[i]->scope == CONTROL_PER_ADMIN_REGION)
            assert_true(first < i);
}

static void test_a_phase_is_of_one_kind(void **state)
{
    const struct order *order = &((struct fixture *)*state)->order;

    for (size_t p = 0; p < order->phase_count; p++) {
        assert_true(order->phases[p].count > 0);
        for (size_t i = 0; i < order->phases[p].count; i++) {
            enum control_scope scope = order->controls[order->phases[p].controls[i]]->scope;

            assert_int_equal(scope == CONTROL_PER_ACCOUNT || scope == CONTROL_PER_REGION,
                             order->phases[p].per_account);
        }
    }
}

/* Every unit has a number of its own, and the numbers have no gaps. */
static void test_numbers_are_unique(void **state)
{
    struct fixture *fixture = *state;
    const struct order *order = &fixture->order;
    const struct baseline *baseline = fixture->baseline;
    unsigned char *seen = arena_alloc(rehearsal_arena(fixture->rehearsal), order->unit_count);
    size_t count = 0;

    for (size_t c = 0; c < order->count; c++) {
        enum control_scope scope = order->controls[c]->scope;
        bool accounts = scope == CONTROL_PER_ACCOUNT || scope == CONTROL_PER_REGION;
        bool regions = scope == CONTROL_PER_ADMIN_REGION || scope == CONTROL_PER_REGION;

        for (size_t a = 0; a < (accounts ? baseline->account_count : 1); a++)
            for (size_t r = 0; r < (regions ? REGIONS : 1); r++) {
                struct unit unit = order_unit(order, c, accounts ? (ptrdiff_t)a : NO_ACCOUNT,
                                              regions ? (ptrdiff_t)r : NO_REGION);

                assert_true(unit.index < order->unit_count);
                assert_int_equal(seen[unit.index], 0);
                seen[unit.index] = 1;
                count++;
            }
    }
    assert_int_equal(count, order->unit_count);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_every_control_once_and_after_what_it_needs),
        TEST(test_regions_are_switched_on_first),
        TEST(test_a_phase_is_of_one_kind),
        TEST(test_numbers_are_unique),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
