/* What stands in a unit's way, and what only goes before it. */
#include "engine_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { ACCOUNTS = 2, REGIONS = 2 };

struct world {
    struct arena *arena;
    struct engine engine;
};

static struct world begin(void)
{
    struct world world = {.arena = arena_new("test")};

    order_build(&world.engine.order);
    order_number(&world.engine.order, ACCOUNTS, REGIONS);
    world.engine.states = arena_array(world.arena, world.engine.order.unit_count, 1);
    return world;
}

static struct unit unit_of(const struct world *world, const char *name, ptrdiff_t account)
{
    size_t control = 0;

    while (!str_eq(world->engine.order.controls[control]->name, name))
        control++;
    return order_unit(&world->engine.order, control, account, NO_REGION);
}

static void ended(struct world *world, const char *name, ptrdiff_t account, enum outcome outcome)
{
    world->engine.states[unit_of(world, name, account).index] =
        (unsigned char)(UNIT_DONE + outcome);
}

/* Nothing else of its account and nothing of another's. */
static void test_what_it_needs_stands_in_the_way(void **state)
{
    struct world world = begin();
    const struct unit unit = unit_of(&world, "honey_tokens", 1);

    (void)state;
    assert_null(before_blocks(&world.engine, &unit, world.arena));
    ended(&world, "accounts", 0, OUTCOME_FAILED);
    assert_null(before_blocks(&world.engine, &unit, world.arena));
    ended(&world, "accounts", 1, OUTCOME_FAILED);
    assert_string_equal(before_blocks(&world.engine, &unit, world.arena),
                        "it needs accounts, which is failed");
    ended(&world, "accounts", 1, OUTCOME_CHANGED);
    assert_null(before_blocks(&world.engine, &unit, world.arena));
    arena_free(world.arena);
}

/* It counts as what moved the ground even if it failed: it may be half done. */
static void test_what_it_follows_only_goes_before(void **state)
{
    struct world world = begin();
    const struct unit unit = unit_of(&world, "honey_tokens", 1);

    (void)state;
    assert_false(before_moved(&world.engine, &unit));
    ended(&world, "honey_map", NO_ACCOUNT, OUTCOME_FAILED);
    assert_null(before_blocks(&world.engine, &unit, world.arena));
    assert_true(before_moved(&world.engine, &unit));
    ended(&world, "honey_map", NO_ACCOUNT, OUTCOME_CLEAN);
    assert_false(before_moved(&world.engine, &unit));
    arena_free(world.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_it_needs_stands_in_the_way),
        cmocka_unit_test(test_what_it_follows_only_goes_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
