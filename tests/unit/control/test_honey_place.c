/* Each place takes a key in its form, over an earlier one, and is seen to be taken or empty. */
#include "honey_world.h"

#include "plinth/codec/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int setup(void **state)
{
    static struct honey_world world;

    world = honey_world_new(true);
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    struct honey_world *world = *state;

    rehearsal_free(world->rehearsal);
    return 0;
}

static int put(struct control_ctx *ctx, const char *label, struct err *err)
{
    static const char text[] = "wJalr/XUtnFEMI+EXAMPLEKEY";
    struct secret *secret = secret_new(text, strlen(text));
    int result =
        honey_place_put(ctx, honey_token_find(ctx->spec, label), "AKIAEXAMPLE", secret, err);

    secret_free(secret);
    return result;
}

static int put_in_tools(struct control_ctx *ctx, struct err *err)
{
    return put(ctx, "key-in-secret", err) != 0 || put(ctx, "key-in-parameter", err) != 0 ||
                   put(ctx, "key-in-object", err) != 0 || put(ctx, "key-by-command", err) != 0
               ? -1
               : 0;
}

static int put_in_shop(struct control_ctx *ctx, struct err *err)
{
    return put(ctx, "key-in-file", err);
}

static const struct json *ask(struct honey_world *world, const char *account, const char *region,
                              enum aws_op op, const char *member, const char *name)
{
    struct json *params = json_object(rehearsal_arena(world->rehearsal));
    const struct inventory_account *live = inventory_account_of(
        rehearsal_inventory(world->rehearsal), baseline_account(world->baseline, account));
    const struct json *answer;
    struct err err = ERR_INIT;

    json_put_str(params, member, name);
    if (op == AWS_SSM_GET_PARAMETER)
        json_put_bool(params, "WithDecryption", true);
    if (rehearsal_call(world->rehearsal, live->id, region, op, params, &answer, &err) != 0)
        fail_msg("%s", err.text);
    return answer;
}

/* What an object's record has for its body. */
static const char *body_of_object(struct honey_world *world)
{
    struct arena *arena = rehearsal_arena(world->rehearsal);
    const struct json *records =
        json_get(sim_dump(rehearsal_sim(world->rehearsal), arena), "records");
    const char *body = NULL;
    size_t len;

    for (const struct json *it = json_first(records); it != NULL; it = it->next)
        if (json_str(json_get(it, "record"), "_body") != NULL)
            body = json_str(json_get(it, "record"), "_body");
    assert_non_null(body);
    return (const char *)base64_decode(body, strlen(body), arena, &len);
}

static void test_contents(void **state)
{
    static const char json[] = "{\"aws_access_key_id\":\"AKIAEXAMPLE\",\"aws_secret_access_key\":"
                               "\"wJalr/XUtnFEMI+EXAMPLEKEY\"}";
    static const char file[] = "[default]\naws_access_key_id = AKIAEXAMPLE\n"
                               "aws_secret_access_key = wJalr/XUtnFEMI+EXAMPLEKEY\n";
    struct honey_world *world = *state;
    struct err err;

    if (honey_world_in(world, "Tools", put_in_tools, &err) != 0 ||
        honey_world_in(world, "Shop", put_in_shop, &err) != 0)
        fail_msg("%s", err.text);
    assert_string_equal(
        json_str(ask(world, "Shop", "eu-central-1", AWS_SECRETSMANAGER_GET_SECRET_VALUE, "SecretId",
                     "prod/billing/aws"),
                 "SecretString"),
        json);
    assert_string_equal(
        json_str(json_get(ask(world, "Shop", "us-east-1", AWS_SSM_GET_PARAMETER, "Name", "/ci/aws"),
                          "Parameter"),
                 "Value"),
        json);
    assert_string_equal(rehearsal_file(world->rehearsal, "/home/build/.aws/credentials"), file);
    assert_string_equal(rehearsal_file(world->rehearsal, "/usr/local/bin/put-key"),
                        "AWS_ACCESS_KEY_ID=AKIAEXAMPLE\n"
                        "AWS_SECRET_ACCESS_KEY=wJalr/XUtnFEMI+EXAMPLEKEY\n");
    assert_string_equal(body_of_object(world), file);
}

static int exists(struct control_ctx *ctx, const char *label, const struct honey_entry *entry)
{
    struct err err = ERR_INIT;
    bool is_there;

    if (honey_place_exists(ctx, honey_token_find(ctx->spec, label), entry, &is_there, &err) != 0)
        fail_msg("%s", err.text);
    return is_there;
}

static int all_exist(struct control_ctx *ctx, struct err *err)
{
    (void)err;
    assert_true(exists(ctx, "key-in-secret", NULL));
    assert_true(exists(ctx, "key-in-parameter", NULL));
    assert_true(exists(ctx, "key-in-object", NULL));
    assert_false(exists(ctx, "key-by-command", NULL));
    return 0;
}

static int none_exists(struct control_ctx *ctx, struct err *err)
{
    (void)err;
    assert_false(exists(ctx, "key-in-secret", NULL));
    assert_false(exists(ctx, "key-in-parameter", NULL));
    assert_false(exists(ctx, "key-in-object", NULL));
    return 0;
}

static int file_of(struct control_ctx *ctx, struct err *err)
{
    struct honey_entry here = {.machine = "rehearsal"}, elsewhere = {.machine = "another"};

    (void)err;
    assert_true(exists(ctx, "key-in-file", &here));
    assert_true(exists(ctx, "key-in-file", &elsewhere)); /* nobody can look from here */
    return 0;
}

static void test_exists(void **state)
{
    struct honey_world *world = *state, bare = honey_world_new(false);
    struct err err;

    assert_int_equal(honey_world_in(world, "Tools", all_exist, &err), 0);
    assert_int_equal(honey_world_in(world, "Shop", file_of, &err), 0);
    assert_int_equal(honey_world_in(&bare, "Tools", none_exists, &err), 0);
    rehearsal_free(bare.rehearsal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_contents, setup, teardown),
        cmocka_unit_test_setup_teardown(test_exists, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
