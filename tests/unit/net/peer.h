/*
 * peer.h - a scheduler on the real clock, a loopback server, and a curl transport between them.
 */
#ifndef PLINTH_TESTS_PEER_H
#define PLINTH_TESTS_PEER_H

#include "loopback.h"

#include "plinth/base/arena.h"
#include "plinth/base/env.h"
#include "plinth/fiber/fiber.h"
#include "plinth/net/transport.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

struct world {
    struct env env;
    struct sched *sched;
    struct arena *arena;
    struct loopback *server;
    struct transport *transport;
    struct transport_curl_options options;
    size_t succeeded, failed;
    size_t held_most; /* in /hold at a time */
};

/* One exchange of a test. */
struct call {
    struct world *world;
    struct http_request request;
    struct http_response response;
    struct err err;
    int failed;
};

static inline int world_start(void **state, enum loopback_kind kind)
{
    struct world *world = calloc(1, sizeof *world);
    struct err err = ERR_INIT;

    if (world == NULL)
        return -1;
    (void)unsetenv("http_proxy");
    (void)unsetenv("HTTPS_PROXY");
    (void)unsetenv("https_proxy");
    (void)unsetenv("ALL_PROXY");
    (void)unsetenv("all_proxy");
    (void)unsetenv("NO_PROXY");
    (void)unsetenv("no_proxy");
    world->env = (struct env){.clock = clock_real(), .rng = rng_system()};
    world->sched = sched_new(&world->env, &err);
    world->arena = arena_new("test");
    world->server = loopback_start(kind);
    world->options.user_agent = "plinth-test/1";
    if (kind != LOOPBACK_PLAIN)
        world->options.ca_bundle = loopback_ca_path(world->server);
    *state = world;
    return world->sched == NULL ? -1 : 0;
}

/* The transport is made at the first call, so that a test can change the options before it. */
static inline struct transport *world_transport(struct world *world)
{
    struct err err = ERR_INIT;

    if (world->transport == NULL)
        world->transport = transport_curl_new(world->sched, &world->options, &err);
    if (world->transport == NULL) {
        (void)fprintf(stderr, "%s\n", err.text);
        abort();
    }
    return world->transport;
}

static inline int world_end(void **state)
{
    struct world *world = *state;

    transport_free(world->transport);
    loopback_stop(world->server);
    sched_free(world->sched);
    arena_free(world->arena);
    free(world);
    return 0;
}

static inline const char *url_of(struct world *world, const char *scheme, const char *path)
{
    return arena_printf(world->arena, "%s://127.0.0.1:%d%s", scheme, loopback_port(world->server),
                        path);
}

static inline void call_run(void *arg)
{
    struct call *call = arg;
    struct transport *transport = world_transport(call->world);

    call->failed =
        transport->send(transport, &call->request, call->world->arena, &call->response, &call->err);
    if (call->failed == 0)
        call->world->succeeded++;
    else
        call->world->failed++;
}

/* Send one request from a fiber and wait for what comes of it. */
static inline struct call call_one(struct world *world, const char *method, const char *url,
                                   const char *body, size_t body_len)
{
    struct call call = {.world = world};

    call.request =
        (struct http_request){.method = method, .url = url, .body = body, .body_len = body_len};
    sched_run(world->sched, call_run, &call);
    return call;
}

static inline struct call call_path(struct world *world, const char *method, const char *path)
{
    return call_one(world, method, url_of(world, "http", path), NULL, 0);
}

#endif
