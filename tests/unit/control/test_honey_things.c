/* Each kind of thing behind a honey token: made, found, guarded, deleted. */
#include "honey_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int read_thing(struct control_ctx *ctx, const struct honey_thing *thing,
                      struct honey_live *live, struct err *err)
{
    return honey_thing_read(ctx, thing, live, err);
}

/* From nothing to guarded and back. */
static int life(struct control_ctx *ctx, const char *label, struct err *err)
{
    const struct honey_token *token = honey_token_find(ctx->spec, label);
    const struct honey_entry entry = honey_entry_of(ctx, token, token->given_name);
    const struct honey_thing thing = {entry.kind, entry.region, entry.name};
    struct honey_live live;

    if (read_thing(ctx, &thing, &live, err) != 0)
        return -1;
    assert_false(live.exists);
    if (honey_thing_create(ctx, &thing, &live, token, err) != 0 ||
        read_thing(ctx, &thing, &live, err) != 0)
        return -1;
    assert_true(live.exists);
    /* The boundary is there from the first moment on. */
    assert_int_equal(live.bounded, honey_has_boundary(thing.kind));
    if (honey_has_guard(thing.kind)) {
        if (honey_thing_guard(ctx, &thing, err) != 0 || read_thing(ctx, &thing, &live, err) != 0)
            return -1;
        assert_true(live.guarded);
    }
    if (honey_has_boundary(thing.kind) && honey_thing_unguard(ctx, &thing, err) != 0)
        return -1;
    if (honey_thing_delete(ctx, &thing, err) != 0)
        return -1;
    if (thing.kind == HONEY_TABLE) /* goes slowly */
        return 0;
    if (read_thing(ctx, &thing, &live, err) != 0)
        return -1;
    assert_false(live.exists);
    assert_false(live.deleted);
    return 0;
}

static int lives(struct control_ctx *ctx, struct err *err)
{
    static const char *const labels[] = {"key-in-secret", "maintenance", "exports",
                                         "master",        "api-key",     "cards"};

    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++)
        if (life(ctx, labels[i], err) != 0)
            return err_wrap(err, "%s", labels[i]);
    return 0;
}

static void test_lives(void **state)
{
    struct honey_world world = honey_world_new(false);
    struct err err;

    (void)state;
    if (honey_world_in(&world, "Tools", lives, &err) != 0)
        fail_msg("%s", err.text);
    rehearsal_free(world.rehearsal);
}

/* Names of buckets are shared by all of AWS, and AWS does not say whose one is. */
static int read_bucket(struct control_ctx *ctx, struct err *err)
{
    const struct honey_thing thing = {HONEY_BUCKET, "eu-central-1", "finance-exports-7a31"};
    struct honey_live live;

    return honey_thing_read(ctx, &thing, &live, err);
}

static void expect_taken(const char *region)
{
    struct honey_world world = honey_world_new(false);
    struct json *params = json_object(rehearsal_arena(world.rehearsal));
    struct err err = ERR_INIT;

    json_put_str(params, "Bucket", "finance-exports-7a31");
    if (!str_eq(region, "us-east-1"))
        json_put_str(json_put_object(params, "CreateBucketConfiguration"), "LocationConstraint",
                     region);
    if (rehearsal_call(world.rehearsal, NULL, region, AWS_S3_CREATE_BUCKET, params, NULL, &err) !=
        0)
        fail_msg("%s", err.text);
    assert_int_equal(honey_world_in(&world, "Tools", read_bucket, &err), -1);
    if (strstr(err.text, "its name is taken elsewhere in AWS") == NULL)
        fail_msg("%s: %s", region, err.text);
    rehearsal_free(world.rehearsal);
}

static void test_taken_bucket(void **state)
{
    (void)state;
    expect_taken("eu-central-1");
    expect_taken("us-east-1");
}

/* A secret on its way out is restored, with the value that it had. */
static int restore(struct control_ctx *ctx, struct err *err)
{
    const struct honey_token *token = honey_token_find(ctx->spec, "master");
    const struct honey_thing thing = {HONEY_SECRET, "us-east-1", "prod/postgres/master"};
    struct json *params = json_object(ctx->arena);
    struct honey_live live = {.exists = false};
    struct aws_target there = *ctx->target;

    there.region = thing.region;
    json_put_str(params, "SecretId", thing.name);
    if (honey_thing_create(ctx, &thing, &live, token, err) != 0 ||
        aws_call(&there, AWS_SECRETSMANAGER_DELETE_SECRET, params, ctx->arena, NULL, err) != 0 ||
        honey_thing_read(ctx, &thing, &live, err) != 0)
        return -1;
    assert_false(live.exists);
    assert_true(live.deleted);
    if (honey_thing_create(ctx, &thing, &live, token, err) != 0 ||
        honey_thing_read(ctx, &thing, &live, err) != 0)
        return -1;
    assert_true(live.exists);
    return 0;
}

static void test_restore(void **state)
{
    struct honey_world world = honey_world_new(false);
    struct err err;

    (void)state;
    if (honey_world_in(&world, "Tools", restore, &err) != 0)
        fail_msg("%s", err.text);
    rehearsal_free(world.rehearsal);
}

/* A thing that a token is, and not what the control does beside it. */
static bool is_token(const struct json *entry)
{
    static const char *const kinds[] = {"user", "secret", "table", "parameter"};
    const char *kind = json_str(entry, "kind");

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (str_eq(kind, kinds[i]))
            return true;
    return str_eq(kind, "role") && str_eq(json_str(entry, "id"), "backup-maintenance");
}

/* Nothing that plinth makes of a token says what it is: no tag, no name, no word.  But for who
 * wrote a parameter, which AWS shows and nobody can choose: docs/honey-tokens.md tells of it. */
static size_t look_for_telltales(struct honey_world *world, const char *account)
{
    struct arena *arena = rehearsal_arena(world->rehearsal);
    const struct json *records =
        json_get(sim_dump(rehearsal_sim(world->rehearsal), arena), "records");
    const char *id = inventory_account_of(rehearsal_inventory(world->rehearsal),
                                          baseline_account(world->baseline, account))
                         ->id;
    size_t seen = 0;

    for (const struct json *it = json_first(records); it != NULL; it = it->next) {
        struct json *record;

        if (!str_eq(json_str(it, "account"), id) || !is_token(it))
            continue;
        record = json_copy(json_get(it, "record"), arena);
        json_remove(record, "_modified_by");
        if (honey_hint(json_text(record, arena)) != NULL)
            fail_msg("%s", json_text(record, arena));
        seen++;
    }
    return seen;
}

static void test_telltales(void **state)
{
    struct honey_world world = honey_world_new(true);

    (void)state;
    assert_int_equal(look_for_telltales(&world, "Tools"), 8);
    assert_int_equal(look_for_telltales(&world, "Shop"), 3);
    rehearsal_free(world.rehearsal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lives),
        cmocka_unit_test(test_taken_bucket),
        cmocka_unit_test(test_restore),
        cmocka_unit_test(test_telltales),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
