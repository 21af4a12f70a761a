/* Keys: which of them count, what a place that refuses leaves, and rotation.  That a kill at any
 * write leaves nothing behind is proved by tests/simulation/honey_keys.c. */
#include "honey_world.h"

#include "plinth/control/outlet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct json *user_with(struct arena *arena, const char *first, const char *status,
                              const char *second)
{
    struct json *keys = json_array(arena), *key = json_add_object(keys);

    json_put_str(key, "AccessKeyId", first);
    json_put_str(key, "Status", status);
    if (second != NULL) {
        key = json_add_object(keys);
        json_put_str(key, "AccessKeyId", second);
        json_put_str(key, "Status", "Active");
    }
    return keys;
}

static void test_which_keys_count(void **state)
{
    struct arena *arena = arena_new("test");
    struct honey_live live = {.exists = true, .keys = user_with(arena, "A", "Active", "B")};
    struct honey_entry entry = {.access_key_id = "A"};

    (void)state;
    assert_true(honey_key_lives(&live, "A"));
    assert_false(honey_key_lives(&live, "C"));
    assert_false(honey_key_lives(&live, NULL));
    assert_string_equal(honey_stray_key(&live, &entry), "B");
    assert_string_equal(honey_stray_key(&live, NULL), "A");
    live.keys = user_with(arena, "A", "Inactive", NULL);
    assert_false(honey_key_lives(&live, "A"));
    assert_null(honey_stray_key(&live, &entry));
    assert_null(honey_stray_key(&(struct honey_live){.exists = false}, &entry));
    arena_free(arena);
}

/* --- A place that refuses ------------------------------------------------------------------------
 */

static int refuse(void *arg, const char *const *argv, const struct secret *input, struct err *err)
{
    (void)arg;
    (void)argv;
    assert_true(secret_len(input) > 0);
    return err_set(err, ERR_IO, "no room");
}

static int keys_of(struct control_ctx *ctx, const char *user, struct honey_live *live,
                   struct err *err)
{
    const struct honey_thing thing = {HONEY_ACCESS_KEY, "eu-central-1", user};

    return honey_thing_read(ctx, &thing, live, err);
}

static int plant_in_vain(struct control_ctx *ctx, struct err *err)
{
    const struct honey_token *token = honey_token_find(ctx->spec, "key-by-command");
    struct honey_entry entry = honey_entry_of(ctx, token, token->given_name);
    const struct honey_thing user = {HONEY_ACCESS_KEY, entry.region, entry.name};
    struct outlet broken = *ctx->outlet;
    struct honey_live live = {.exists = false};

    broken.run = refuse;
    ctx->outlet = &broken;
    if (honey_thing_create(ctx, &user, &live, token, err) != 0)
        return -1;
    assert_int_equal(honey_plant(ctx, token, &entry, err), -1);
    assert_string_equal(err->text, "command /usr/local/bin/put-key build-07: no room");
    err_clear(err);
    if (keys_of(ctx, entry.name, &live, err) != 0)
        return -1;
    assert_null(json_first(live.keys));
    return 0;
}

static void test_place_that_refuses(void **state)
{
    struct honey_world world = honey_world_new(false);
    struct err err;

    (void)state;
    if (honey_world_in(&world, "Tools", plant_in_vain, &err) != 0)
        fail_msg("%s", err.text);
    assert_int_equal(sim_calls(rehearsal_sim(world.rehearsal), "iam", "CreateAccessKey"), 1);
    rehearsal_free(world.rehearsal);
}

/* --- Rotation ------------------------------------------------------------------------------------
 */

static const char *key_now(struct control_ctx *ctx, struct err *err)
{
    struct honey_live live;

    if (keys_of(ctx, "etl-export", &live, err) != 0)
        fail_msg("%s", err->text);
    assert_int_equal(live.keys->count, 1);
    return json_str(json_first(live.keys), "AccessKeyId");
}

static int rotate(struct control_ctx *ctx, struct err *err)
{
    const char *before = key_now(ctx, err);

    if (honey_rotate(ctx, "key-by-command", err) != 0)
        return -1;
    assert_string_not_equal(key_now(ctx, err), before);
    return 0;
}

static void test_rotation(void **state)
{
    static const char command[] = "/usr/local/bin/put-key";
    struct honey_world world = honey_world_new(true);
    const char *before = rehearsal_file(world.rehearsal, command);
    struct rehearsal_outcome outcome;
    struct err err;

    (void)state;
    if (honey_world_in(&world, "Tools", rotate, &err) != 0)
        fail_msg("%s", err.text);
    assert_string_not_equal(rehearsal_file(world.rehearsal, command), before);
    /* An apply finds nothing to do after it. */
    outcome = rehearsal_run(world.rehearsal, world.baseline, &(struct rehearsal_options){0});
    assert_int_equal(outcome.summary.changes, 0);
    rehearsal_free(world.rehearsal);
}

static int rotate_a_role(struct control_ctx *ctx, struct err *err)
{
    return honey_rotate(ctx, "maintenance", err);
}

static int rotate_nothing(struct control_ctx *ctx, struct err *err)
{
    return honey_rotate(ctx, "no-such", err);
}

static int rotate_anothers(struct control_ctx *ctx, struct err *err)
{
    return honey_rotate(ctx, "key-in-file", err);
}

static void test_rotation_refused(void **state)
{
    struct honey_world world = honey_world_new(false);
    struct err err;

    (void)state;
    assert_int_equal(honey_world_in(&world, "Tools", rotate_a_role, &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
    assert_int_equal(honey_world_in(&world, "Tools", rotate_nothing, &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
    assert_int_equal(honey_world_in(&world, "Tools", rotate_anothers, &err), -1);
    assert_int_equal(err.code, ERR_BUG);
    rehearsal_free(world.rehearsal);
}

static int rotate_unplanted(struct control_ctx *ctx, struct err *err)
{
    return honey_rotate(ctx, "key-by-command", err);
}

static void test_rotation_before_planting(void **state)
{
    struct honey_world world = honey_world_new(false);
    struct err err;

    (void)state;
    assert_int_equal(honey_world_in(&world, "Tools", rotate_unplanted, &err), -1);
    assert_non_null(strstr(err.text, "not planted yet"));
    assert_int_equal(sim_calls(rehearsal_sim(world.rehearsal), "iam", "CreateAccessKey"), 0);
    rehearsal_free(world.rehearsal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_which_keys_count),   cmocka_unit_test(test_rotation_before_planting),
        cmocka_unit_test(test_place_that_refuses), cmocka_unit_test(test_rotation),
        cmocka_unit_test(test_rotation_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
