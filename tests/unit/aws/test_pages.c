/* Listings against a scripted peer. */
#include "call_world.h"

#include "plinth/base/buf.h"
#include "plinth/base/limits.h"

#include <stdio.h>

#define READ_OP AWS_ORGANIZATIONS_LIST_ROOTS
#define WRITE_OP AWS_ORGANIZATIONS_CREATE_ORGANIZATION

#define PAGE(items, rest)                                                                          \
    {                                                                                              \
        200, "{\"Roots\":[" items "]" rest "}", NULL, NULL, ERR_NONE                               \
    }

static void pages_are_put_together(struct world *world)
{
    const struct json *items;
    struct err err = ERR_INIT;

    SCRIPT(world, PAGE("{\"Id\":\"a\"},{\"Id\":\"b\"}", ",\"NextToken\":\"t1\""),
           PAGE("", ",\"NextToken\":\"t2\""), PAGE("{\"Id\":\"c\"}", ",\"NextToken\":null"));
    assert_int_equal(aws_list(&world->target, READ_OP, NULL, world->arena, &items, &err), 0);
    assert_string_equal(json_text(items, world->arena),
                        "[{\"Id\":\"a\"},{\"Id\":\"b\"},{\"Id\":\"c\"}]");
    assert_int_equal(world->requests, 3);
    assert_string_equal(world->seen[0].body, "{}");
    assert_string_equal(world->seen[2].body, "{\"NextToken\":\"t2\"}");
    assert_int_equal(world->counts.reads, 3);
}

static void expect_no_list(struct world *world, enum aws_op op, const struct json *params,
                           enum err_code code)
{
    const struct json *items = NULL;
    struct err err = ERR_INIT;

    assert_int_equal(aws_list(&world->target, op, params, world->arena, &items, &err), -1);
    assert_int_equal(err.code, code);
    assert_null(items);
}

static void what_is_no_list(struct world *world)
{
    struct json *params = json_object(world->arena);

    SCRIPT(world, PAGE("", ",\"NextToken\":\"same\""));
    expect_no_list(world, READ_OP, NULL, ERR_PROTOCOL);
    assert_int_equal(world->requests, 2);
    json_put_str(params, "NextToken", "mine");
    expect_no_list(world, READ_OP, params, ERR_BUG);
    expect_no_list(world, WRITE_OP, NULL, ERR_BUG);
    assert_int_equal(world->requests, 2);
}

/* A peer that never ends: two pages in turn. */
static int endless(void *arg, const struct http_request *request, struct arena *arena,
                   struct http_response *out, struct err *err)
{
    struct world *world = arg;

    (void)request;
    (void)err;
    out->status = 200;
    out->body = arena_printf(arena, "{\"Roots\":[],\"NextToken\":\"%zu\"}", world->requests++ % 2);
    out->body_len = strlen(out->body);
    return 0;
}

static void pages_are_limited(struct world *world)
{
    struct transport *transport = world->transport;

    world->transport = transport_inproc_new(endless, world);
    world_client(world, 0, 0);
    expect_no_list(world, READ_OP, NULL, ERR_LIMIT);
    assert_int_equal(world->requests, LIMIT_PAGES);
    transport_free(world->transport);
    world->transport = transport;
}

/* --- One item after the other ---
 */

struct seen {
    struct buf text;
    size_t most;
};

static int see(void *arg, const struct json *item, struct err *err)
{
    struct seen *seen = arg;

    buf_str(&seen->text, json_str(item, "Id"));
    return seen->text.len < seen->most ? 0 : err_set(err, ERR_CONFLICT, "enough");
}

static void each_item_is_shown(struct world *world)
{
    struct seen seen = {.most = 100};
    struct err err = ERR_INIT;

    buf_init(&seen.text, 100);
    SCRIPT(world, PAGE("{\"Id\":\"a\"},{\"Id\":\"b\"}", ",\"NextToken\":\"t1\""),
           PAGE("", ",\"NextToken\":\"t2\""), PAGE("{\"Id\":\"c\"}", ",\"NextToken\":null"));
    assert_int_equal(aws_each(&world->target, READ_OP, NULL, see, &seen, &err), 0);
    assert_string_equal(buf_text(&seen.text), "abc");
    assert_int_equal(world->requests, 3);
    assert_string_equal(world->seen[1].body, "{\"NextToken\":\"t1\"}");
    assert_string_equal(world->seen[2].body, "{\"NextToken\":\"t2\"}");
    buf_fini(&seen.text);
}

static void who_has_enough_is_asked_no_more(struct world *world)
{
    struct seen seen = {.most = 1};
    struct err err = ERR_INIT;

    buf_init(&seen.text, 100);
    SCRIPT(world, PAGE("{\"Id\":\"a\"},{\"Id\":\"b\"}", ",\"NextToken\":\"t1\""));
    assert_int_equal(aws_each(&world->target, READ_OP, NULL, see, &seen, &err), -1);
    assert_int_equal(err.code, ERR_CONFLICT);
    assert_string_equal(buf_text(&seen.text), "a");
    assert_int_equal(world->requests, 1);
    err_clear(&err);
    SCRIPT(world, PAGE("", ",\"NextToken\":\"same\""));
    assert_int_equal(aws_each(&world->target, READ_OP, NULL, see, &seen, &err), -1);
    assert_int_equal(err.code, ERR_PROTOCOL);
    buf_fini(&seen.text);
}

WORLD_TEST(pages_are_put_together)
WORLD_TEST(what_is_no_list)
WORLD_TEST(pages_are_limited)
WORLD_TEST(each_item_is_shown)
WORLD_TEST(who_has_enough_is_asked_no_more)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN_IN_WORLD(pages_are_put_together),
        RUN_IN_WORLD(what_is_no_list),
        RUN_IN_WORLD(pages_are_limited),
        RUN_IN_WORLD(each_item_is_shown),
        RUN_IN_WORLD(who_has_enough_is_asked_no_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
