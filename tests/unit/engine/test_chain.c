/* The policies over a place: of a baseline, and as they hang. */
#include "small.h"

#include "plinth/base/str.h"
#include "plinth/engine/chain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct reading {
    struct small *small;
    const struct inventory *inventory;
    const char *place;
    struct chain chain;
    int result;
    struct err err;
};

static void read_chain(void *arg, const struct aws_target *management,
                       const struct credentials_world *world)
{
    struct reading *reading = arg;
    struct aws_target target = *management;

    (void)world;
    target.read_only = true;
    target.allowed = chain_ops;
    reading->result =
        chain_read(&target, reading->inventory, reading->small->baseline, reading->place,
                   rehearsal_arena(reading->small->rehearsal), &reading->chain, &reading->err);
}

static struct reading read_live(struct small *small, const char *place)
{
    struct reading reading = {.small = small,
                              .inventory = rehearsal_inventory(small->rehearsal),
                              .place = place,
                              .err = ERR_INIT};

    rehearsal_operate(small->rehearsal, read_chain, &reading);
    return reading;
}

static const struct chain_policy *policy_at(const struct chain_level *level, const char *name)
{
    for (size_t i = 0; i < level->count; i++)
        if (str_eq(level->policies[i].name, name))
            return &level->policies[i];
    return NULL;
}

static void test_of_baseline(void **state)
{
    struct small *small = *state;
    struct arena *arena = rehearsal_arena(small->rehearsal);
    struct err err = ERR_INIT;
    struct chain chain;

    assert_int_equal(chain_of_baseline(small->baseline, "Shop", arena, &chain, &err), 0);
    assert_int_equal(chain.count, 4);
    assert_string_equal(chain.levels[2].name, "Workloads/Prod");
    assert_string_equal(chain.levels[3].name, "account Shop");
    assert_true(policy_at(&chain.levels[0], "plinth-root-1")->is_ours);
    assert_true(policy_at(&chain.levels[3], "FullAWSAccess")->is_aws);
    assert_false(chain.is_management);
    assert_int_equal(chain_of_baseline(small->baseline, "root", arena, &chain, &err), 0);
    assert_int_equal(chain.count, 1);
    assert_int_equal(chain_of_baseline(small->baseline, "Management", arena, &chain, &err), 0);
    assert_true(chain.is_management);
    assert_int_equal(chain_of_baseline(small->baseline, "Nowhere", arena, &chain, &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
}

static void test_live(void **state)
{
    struct small *small = *state;
    const struct inventory *inventory;
    struct reading reading;

    assert_int_equal(small_apply(small).result, 0);
    reading = read_live(small, "Shop");
    assert_int_equal(reading.result, 0);
    assert_int_equal(reading.chain.count, 4);
    assert_string_equal(reading.chain.levels[0].name, "the root");
    assert_non_null(policy_at(&reading.chain.levels[0], "plinth-root-1")->id);
    assert_true(policy_at(&reading.chain.levels[0], "plinth-root-1")->is_ours);
    assert_true(policy_at(&reading.chain.levels[3], "FullAWSAccess")->is_aws);
    assert_null(policy_at(&reading.chain.levels[1], "plinth-root-1"));

    inventory = rehearsal_inventory(small->rehearsal);
    reading = read_live(small, inventory_ou_by_path(inventory, "Workloads/Prod")->id);
    assert_int_equal(reading.result, 0);
    assert_int_equal(reading.chain.count, 3);
    reading = read_live(small, inventory->management_account_id);
    assert_true(reading.chain.is_management);
    reading = read_live(small, "Nowhere");
    assert_int_equal(reading.result, -1);
    assert_int_equal(reading.err.code, ERR_USAGE);
}

static void test_nothing_there(void **state)
{
    struct reading reading = read_live(*state, "Shop");

    assert_int_equal(reading.result, -1);
    assert_int_equal(reading.err.code, ERR_NOTFOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_of_baseline, small_setup, small_teardown),
        cmocka_unit_test_setup_teardown(test_live, small_setup, small_teardown),
        cmocka_unit_test_setup_teardown(test_nothing_there, small_setup, small_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
