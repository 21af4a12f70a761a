/*
 * call_world.h - a client under a virtual clock, in front of a peer that answers from a script.
 */
#ifndef PLINTH_TESTS_CALL_WORLD_H
#define PLINTH_TESTS_CALL_WORLD_H

#include "plinth/aws/call.h"
#include "plinth/aws/credentials.h"
#include "plinth/base/arena.h"
#include "plinth/base/env.h"
#include "plinth/base/secret.h"
#include "plinth/base/str.h"
#include "plinth/fiber/fiber.h"
#include "plinth/net/transport.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { REQUESTS_KEPT = 64, WORLD_START_S = 1767225600 /* 2026-01-01 */ };

/* One exchange: an answer, or how the transport fails. */
struct step {
    int status; /* 0: `failure` */
    const char *body;
    const char *header, *value; /* NULL: none */
    enum err_code failure;
};

struct seen_request {
    struct http_request request; /* a copy */
    const char *body;
    int64_t at_ms; /* since the start */
};

struct world {
    struct env env;
    struct sched *sched;
    struct arena *arena;
    struct transport *transport;
    struct aws_client *client;
    struct credentials_provider *provider;
    struct aws_target target;
    struct aws_counts counts;
    const struct step *steps; /* the last one repeats */
    size_t step_count;
    int64_t latency_ms;
    struct seen_request seen[REQUESTS_KEPT];
    size_t requests, in_flight, in_flight_most;
    void (*test)(struct world *world); /* runs on a fiber */
};

static inline void keep_request(struct world *world, const struct http_request *request)
{
    struct seen_request *seen;

    if (world->requests >= REQUESTS_KEPT)
        return;
    seen = &world->seen[world->requests];
    seen->request = *request;
    seen->request.headers = (struct http_headers){0};
    for (size_t i = 0; i < request->headers.count; i++)
        http_header_add(&seen->request.headers, world->arena, request->headers.items[i].name,
                        request->headers.items[i].value);
    seen->request.url = arena_str(world->arena, request->url);
    seen->body =
        arena_strn(world->arena, request->body == NULL ? "" : request->body, request->body_len);
    seen->at_ms = env_mono_us(&world->env) / 1000;
}

static inline int play(void *arg, const struct http_request *request, struct arena *arena,
                       struct http_response *out, struct err *err)
{
    struct world *world = arg;
    size_t at = world->requests < world->step_count ? world->requests : world->step_count - 1;
    const struct step *step = &world->steps[at];

    keep_request(world, request);
    world->requests++;
    if (++world->in_flight > world->in_flight_most)
        world->in_flight_most = world->in_flight;
    if (world->latency_ms > 0 && fiber_sleep_ms(world->sched, world->latency_ms, err) != 0)
        return -1;
    world->in_flight--;
    if (step->status == 0)
        return err_set(err, step->failure, "the peer failed");
    *out = (struct http_response){
        .status = step->status, .body = step->body, .body_len = strlen(step->body)};
    if (step->header != NULL)
        http_header_add(&out->headers, arena, step->header, step->value);
    return 0;
}

static inline struct credentials *world_credentials(const char *access_key_id, int64_t expires_ms)
{
    return credentials_new(access_key_id, secret_new("secret", 6), secret_new("token", 5),
                           expires_ms);
}

static inline void world_client(struct world *world, unsigned attempts_max, size_t in_flight_max)
{
    static const struct aws_endpoints endpoints;
    struct aws_client_options options = {.sched = world->sched,
                                         .transport = world->transport,
                                         .endpoints = &endpoints,
                                         .attempts_max = attempts_max,
                                         .in_flight_max = in_flight_max};

    aws_client_free(world->client);
    world->client = aws_client_new(&options);
    world->target.client = world->client;
}

static inline int world_setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    struct credentials *credentials = world_credentials("AKIDEXAMPLE", 0);
    struct err err = ERR_INIT;

    assert_non_null(world);
    world->env = (struct env){.clock = clock_virtual_new((int64_t)WORLD_START_S * 1000),
                              .rng = rng_seeded_new(42)};
    world->sched = sched_new(&world->env, &err);
    world->arena = arena_new("world");
    world->transport = transport_inproc_new(play, world);
    world->provider = credentials_static_new(credentials);
    credentials_unref(credentials);
    world->target = (struct aws_target){.credentials = world->provider,
                                        .account_id = "111122223333",
                                        .region = "eu-west-1",
                                        .counts = &world->counts};
    world_client(world, 0, 0);
    *state = world;
    return 0;
}

static inline int world_teardown(void **state)
{
    struct world *world = *state;

    aws_client_free(world->client);
    credentials_provider_free(world->provider);
    transport_free(world->transport);
    arena_free(world->arena);
    sched_free(world->sched);
    clock_virtual_free(world->env.clock);
    rng_seeded_free(world->env.rng);
    free(world);
    return 0;
}

static inline void world_fiber(void *arg)
{
    struct world *world = arg;

    world->test(world);
}

static inline void world_run(void **state, void (*test)(struct world *world))
{
    struct world *world = *state;

    world->test = test;
    sched_run(world->sched, world_fiber, world);
}

#define SCRIPT(world, ...)                                                                         \
    do {                                                                                           \
        static const struct step script[] = {__VA_ARGS__};                                         \
        (world)->steps = script;                                                                   \
        (world)->step_count = sizeof script / sizeof script[0];                                    \
        (world)->requests = 0;                                                                     \
    } while (0)

/* A call that must end with `code`; its answer. */
static inline const struct json *expect(struct world *world, enum aws_op op,
                                        const struct json *params, enum err_code code,
                                        struct err *err)
{
    const struct json *out = NULL;
    int result;

    err_clear(err);
    result = aws_call(&world->target, op, params, world->arena, &out, err);
    if (err->code != code)
        print_message("%s\n", err->text);
    assert_int_equal(err->code, code);
    assert_int_equal(result, code == ERR_NONE ? 0 : -1);
    assert_true((out != NULL) == (code == ERR_NONE));
    return out;
}

static inline const char *seen_header(const struct world *world, size_t request, const char *name)
{
    return http_header_get(&world->seen[request].request.headers, name);
}

/* test_x runs x on a fiber. */
#define WORLD_TEST(name)                                                                           \
    static void test_##name(void **state)                                                          \
    {                                                                                              \
        world_run(state, name);                                                                    \
    }

#define RUN_IN_WORLD(name) cmocka_unit_test_setup_teardown(test_##name, world_setup, world_teardown)

#endif
