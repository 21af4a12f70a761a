/* The map of honey tokens: what is written is read back, and the security account alone has it. */
#include "honey_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int setup(void **state)
{
    static struct honey_world world;

    world = honey_world_new(false);
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    struct honey_world *world = *state;

    rehearsal_free(world->rehearsal);
    return 0;
}

static int read_map(struct control_ctx *ctx, struct honey_map *out, struct err *err)
{
    struct aws_target security;

    return honey_security(ctx, &security, err) == 0
               ? honey_map_read(&security, ctx->baseline, ctx->arena, out, err)
               : -1;
}

static int round_trip(struct control_ctx *ctx, struct err *err)
{
    struct honey_entry entry =
        honey_entry_of(ctx, honey_token_find(ctx->spec, "key-in-secret"), "svc-billing-prod");
    const struct honey_entry *found;
    struct honey_map map;

    if (read_map(ctx, &map, err) != 0)
        return -1;
    assert_int_equal(map.count, 0);
    if (honey_map_write(ctx, &entry, err) != 0 || read_map(ctx, &map, err) != 0)
        return -1;
    found = honey_map_find(&map, "key-in-secret");
    assert_non_null(found);
    assert_string_equal(found->name, "svc-billing-prod");
    assert_string_equal(found->account, "Tools");
    assert_string_equal(found->account_id, ctx->account_id);
    assert_string_equal(found->place, "secret prod/billing/aws in Shop, eu-central-1");
    assert_true(str_ends(found->arn, ":user/svc-billing-prod"));
    assert_null(found->access_key_id);
    assert_true(found->planting);

    entry.access_key_id = "AKIAEXAMPLE";
    entry.planting = false;
    entry.earlier = honey_places_until(found, ctx->arena);
    entry.place = "file /x";
    if (honey_map_write(ctx, &entry, err) != 0 || read_map(ctx, &map, err) != 0)
        return -1;
    assert_int_equal(map.count, 1);
    found = honey_map_by_key(&map, "AKIAEXAMPLE");
    assert_non_null(found);
    assert_false(found->planting);
    assert_true(honey_had_place(found, "file /x"));
    assert_true(honey_had_place(found, "secret prod/billing/aws in Shop, eu-central-1"));
    assert_false(honey_had_place(found, "file /y"));
    assert_null(honey_map_by_key(&map, NULL));

    if (honey_map_remove(ctx, "key-in-secret", err) != 0 || read_map(ctx, &map, err) != 0)
        return -1;
    assert_int_equal(map.count, 0);
    return 0;
}

static void test_round_trip(void **state)
{
    struct honey_world *world = *state;
    struct err err;

    if (honey_world_in(world, "Tools", round_trip, &err) != 0)
        fail_msg("%s", err.text);
}

/* Only the security account has anything of it. */
static int write_one(struct control_ctx *ctx, struct err *err)
{
    struct honey_entry entry =
        honey_entry_of(ctx, honey_token_find(ctx->spec, "cards"), "payments-cards-prod");

    return honey_map_write(ctx, &entry, err);
}

static void test_where_it_is(void **state)
{
    struct honey_world *world = *state;
    struct arena *arena = rehearsal_arena(world->rehearsal);
    const struct inventory *inventory = rehearsal_inventory(world->rehearsal);
    const struct inventory_account *security =
        inventory_account_of(inventory, baseline_account_with_role(world->baseline, ROLE_SECURITY));
    const struct json *records;
    struct err err;
    size_t count = 0;

    assert_int_equal(honey_world_in(world, "Tools", write_one, &err), 0);
    records = json_get(sim_dump(rehearsal_sim(world->rehearsal), arena), "records");
    for (const struct json *it = json_first(records); it != NULL; it = it->next)
        if (strstr(json_text(it, arena), "payments-cards-prod") != NULL) {
            assert_string_equal(json_str(it, "account"), security->id);
            count++;
        }
    assert_true(count > 0);
}

/* Somebody wrote what plinth cannot read: said, and not passed over. */
static int read_damaged(struct control_ctx *ctx, struct err *err)
{
    struct honey_map map;

    return read_map(ctx, &map, err);
}

static void test_damaged(void **state)
{
    static const char odd_kind[] = "{\"kind\":\"user\",\"account\":\"a\",\"accountId\":\"1\","
                                   "\"region\":\"r\",\"name\":\"n\",\"arn\":\"a\"}";
    static const char *const values[] = {"no JSON", "{}", odd_kind};
    struct honey_world *world = *state;
    struct arena *arena = rehearsal_arena(world->rehearsal);
    const struct inventory_account *security =
        inventory_account_of(rehearsal_inventory(world->rehearsal),
                             baseline_account_with_role(world->baseline, ROLE_SECURITY));

    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct json *params = json_object(arena);
        struct err err = ERR_INIT;

        json_put_str(params, "Name", "/plinth/honey/laws/damaged");
        json_put_str(params, "Value", values[i]);
        json_put_str(params, "Type", "SecureString");
        json_put_bool(params, "Overwrite", true);
        assert_int_equal(rehearsal_call(world->rehearsal, security->id, "eu-central-1",
                                        AWS_SSM_PUT_PARAMETER, params, NULL, &err),
                         0);
        assert_int_equal(honey_world_in(world, "Tools", read_damaged, &err), -1);
        assert_non_null(strstr(err.text, "the map of honey tokens: "));
        assert_non_null(strstr(err.text, "/plinth/honey/laws/damaged"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_round_trip, setup, teardown),
        cmocka_unit_test_setup_teardown(test_where_it_is, setup, teardown),
        cmocka_unit_test_setup_teardown(test_damaged, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
