/* Who stands before every write: asked before it leaves, told of its end, and able to refuse. */
#include "call_world.h"

#include <stdio.h>

#define READ_OP AWS_ORGANIZATIONS_LIST_ROOTS
#define WRITE_OP AWS_ORGANIZATIONS_CREATE_ORGANIZATION /* without an idempotency token */
#define TOKEN_OP AWS_GUARDDUTY_CREATE_DETECTOR

struct watch {
    int begins, checks, ends, checks_until_refusal;
    bool refuse;
    uint64_t number;
    char token[64], request_id[64], resource[64];
    enum err_code code;
};

static int on_begin(void *arg, struct aws_write *write, struct err *err)
{
    struct watch *watch = arg;

    watch->begins++;
    write->number = 40 + (uint64_t)watch->begins;
    (void)snprintf(watch->token, sizeof watch->token, "%s",
                   write->token == NULL ? "none" : write->token);
    (void)snprintf(watch->resource, sizeof watch->resource, "%s",
                   write->purpose == NULL ? "none" : write->purpose->resource);
    return watch->refuse ? err_set(err, ERR_IO, "the disk is full") : 0;
}

static int on_check(void *arg, struct err *err)
{
    struct watch *watch = arg;

    return ++watch->checks > watch->checks_until_refusal
               ? err_set(err, ERR_GATE, "the lock is lost")
               : 0;
}

static void on_end(void *arg, const struct aws_write *write, const char *request_id,
                   const struct err *err)
{
    struct watch *watch = arg;

    watch->ends++;
    watch->number = write->number;
    watch->code = err == NULL ? ERR_NONE : err->code;
    (void)snprintf(watch->request_id, sizeof watch->request_id, "%s", request_id);
}

static void guard(struct world *world, struct watch *watch)
{
    const struct aws_write_guard guard = {on_begin, on_check, on_end, watch};

    aws_client_guard(world->client, &guard);
}

static void writes_alone_are_watched(struct world *world)
{
    struct watch watch = {.checks_until_refusal = 10};
    const struct aws_purpose purpose = {.control = "x", .action = "create", .resource = "it"};
    struct err err = ERR_INIT;

    guard(world, &watch);
    world->target.purpose = &purpose;
    SCRIPT(world, {200, "{}", "x-amzn-RequestId", "id-1", ERR_NONE},
           {200, "{}", "x-amzn-RequestId", "id-2", ERR_NONE});
    (void)expect(world, READ_OP, NULL, ERR_NONE, &err);
    assert_int_equal(watch.begins + watch.checks + watch.ends, 0);
    (void)expect(world, WRITE_OP, NULL, ERR_NONE, &err);
    assert_int_equal(watch.begins, 1);
    assert_int_equal(watch.checks, 1);
    assert_int_equal(watch.ends, 1);
    assert_true(watch.number == 41);
    assert_string_equal(watch.token, "none");
    assert_string_equal(watch.resource, "it");
    assert_string_equal(watch.request_id, "id-2");
    assert_int_equal(watch.code, ERR_NONE);
    aws_client_guard(world->client, NULL);
    SCRIPT(world, {200, "{}", NULL, NULL, ERR_NONE});
    (void)expect(world, WRITE_OP, NULL, ERR_NONE, &err);
    assert_int_equal(watch.begins, 1);
}

static void what_is_refused_is_not_sent(struct world *world)
{
    struct watch watch = {.refuse = true};
    struct err err = ERR_INIT;

    guard(world, &watch);
    (void)expect(world, WRITE_OP, NULL, ERR_IO, &err);
    assert_int_equal(watch.ends, 0);
    watch.refuse = false;
    (void)expect(world, WRITE_OP, NULL, ERR_GATE, &err);
    assert_int_equal(watch.ends, 1);
    assert_int_equal(watch.code, ERR_GATE);
    assert_int_equal(world->requests, 0);
}

/* The lock may go while a write waits to be sent again. */
static void every_attempt_is_checked(struct world *world)
{
    struct watch watch = {.checks_until_refusal = 1};
    struct err err = ERR_INIT;

    guard(world, &watch);
    SCRIPT(world, {400, "{\"__type\":\"ThrottlingException\"}", NULL, NULL, ERR_NONE},
           {200, "{}", NULL, NULL, ERR_NONE});
    (void)expect(world, TOKEN_OP, NULL, ERR_GATE, &err);
    assert_int_equal(world->requests, 1);
    assert_int_equal(watch.begins, 1);
    assert_int_equal(strlen(watch.token), 36);

    /* The first attempt may have been carried out: that must not look like a refusal. */
    watch.checks = 0;
    SCRIPT(world, {0, NULL, NULL, NULL, ERR_LOST}, {200, "{}", NULL, NULL, ERR_NONE});
    (void)expect(world, TOKEN_OP, NULL, ERR_LOST, &err);
    assert_int_equal(watch.code, ERR_LOST);
}

WORLD_TEST(writes_alone_are_watched)
WORLD_TEST(what_is_refused_is_not_sent)
WORLD_TEST(every_attempt_is_checked)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN_IN_WORLD(writes_alone_are_watched),
        RUN_IN_WORLD(what_is_refused_is_not_sent),
        RUN_IN_WORLD(every_attempt_is_checked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
