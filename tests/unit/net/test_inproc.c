#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plinth/base/arena.h"
#include "plinth/base/env.h"
#include "plinth/fiber/fiber.h"
#include "plinth/net/transport.h"

struct inside {
    struct env env;
    struct sched *sched;
    struct transport *transport;
    struct arena *arena;
    size_t answered;
    int64_t latency_ms;
};

static int answer(void *arg, const struct http_request *request, struct arena *arena,
                  struct http_response *out, struct err *err)
{
    struct inside *inside = arg;

    if (request->body_len == 0)
        return err_set(err, ERR_LOST, "%s: lost", request->url);
    if (inside->latency_ms > 0 && fiber_sleep_ms(inside->sched, inside->latency_ms, err) != 0)
        return -1;
    inside->answered++;
    out->status = 418;
    http_header_add(&out->headers, arena, "X-Method", request->method);
    out->body = arena_strn(arena, request->body, request->body_len);
    out->body_len = request->body_len;
    return 0;
}

static int setup(void **state)
{
    static struct inside inside;
    struct err err = ERR_INIT;

    inside = (struct inside){.env = {.clock = clock_virtual_new(0), .rng = rng_system()}};
    inside.sched = sched_new(&inside.env, &err);
    inside.arena = arena_new("test");
    inside.transport = transport_inproc_new(answer, &inside);
    *state = &inside;
    return inside.sched == NULL ? -1 : 0;
}

static int teardown(void **state)
{
    struct inside *inside = *state;

    transport_free(inside->transport);
    sched_free(inside->sched);
    arena_free(inside->arena);
    clock_virtual_free(inside->env.clock);
    return 0;
}

static void test_answers_what_the_handler_answers(void **state)
{
    struct inside *inside = *state;
    struct http_request request = {
        .method = "PUT", .url = "https://iam.amazonaws.com/", .body = "tea", .body_len = 3};
    struct http_response response = {0};
    struct err err = ERR_INIT;

    assert_int_equal(
        inside->transport->send(inside->transport, &request, inside->arena, &response, &err), 0);
    assert_int_equal(response.status, 418);
    assert_string_equal(http_header_get(&response.headers, "x-method"), "PUT");
    assert_string_equal(response.body, "tea");
    request.body_len = 0;
    assert_int_equal(
        inside->transport->send(inside->transport, &request, inside->arena, &response, &err), -1);
    assert_int_equal(err.code, ERR_LOST);
    assert_string_equal(err.text, "https://iam.amazonaws.com/: lost");
}

static void send_one(void *arg)
{
    struct inside *inside = arg;
    struct http_request request = {.method = "POST", .url = "", .body = "x", .body_len = 1};
    struct http_response response = {0};
    struct err err = ERR_INIT;

    assert_int_equal(
        inside->transport->send(inside->transport, &request, inside->arena, &response, &err), 0);
}

static void send_thousand(void *arg)
{
    struct inside *inside = arg;

    for (int i = 0; i < 1000; i++)
        fiber_spawn(inside->sched, "sender", send_one, inside);
}

static void test_waits_of_the_handler_overlap(void **state)
{
    struct inside *inside = *state;

    inside->latency_ms = 50;
    sched_run(inside->sched, send_thousand, inside);
    assert_int_equal(inside->answered, 1000);
    assert_int_equal(env_mono_us(&inside->env), 50 * 1000); /* of the virtual clock */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_answers_what_the_handler_answers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_waits_of_the_handler_overlap, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
