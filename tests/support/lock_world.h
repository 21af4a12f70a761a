/*
 * lock_world.h - one simulated AWS in virtual time, and processes that share it: each with a
 * network of its own that can be cut.
 */
#ifndef PLINTH_TESTS_LOCK_WORLD_H
#define PLINTH_TESTS_LOCK_WORLD_H

#include "plinth/aws/call.h"
#include "plinth/aws/credentials.h"
#include "plinth/base/arena.h"
#include "plinth/base/env.h"
#include "plinth/base/secret.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/engine/lock.h"
#include "plinth/fiber/fiber.h"
#include "plinth/net/transport.h"
#include "plinth/sim/sim.h"

#include <stdlib.h>
#include <string.h>

enum { LOCK_WORLD_LATENCY_MS = 40 };

struct lock_world {
    struct arena *arena;
    struct env env;
    struct sim *sim;
    struct sched *sched;
    struct aws_endpoints endpoints;
    struct credentials_provider *credentials;
};

/* One process of plinth, as far as the lock sees it. */
struct lock_process {
    struct lock_world *world;
    struct transport *transport;
    struct aws_client *client;
    int64_t cut_until_us; /* nothing gets through before */
    int64_t slow_ms;      /* more latency */
    struct lock_options options;
    struct lock *lock;
    uint64_t fence; /* of the last event */
    unsigned events[LOCK_KEPT + 1];
};

static inline int64_t lock_world_now_us(const struct lock_world *world)
{
    return env_mono_us(&world->env);
}

static inline void lock_world_open(struct lock_world *world, uint64_t seed,
                                   struct sim_options options)
{
    struct credentials *credentials;
    struct sim_login login;
    struct err err = ERR_INIT;

    *world = (struct lock_world){.arena = arena_new("world")};
    world->env = (struct env){.clock = clock_virtual_new(INT64_C(1764000000000)),
                              .rng = rng_seeded_new(seed)};
    options.env = &world->env;
    options.fault_seed = seed;
    world->sim = sim_new(&options, &err);
    world->sched = sched_new(&world->env, &err);
    if (world->sim == NULL || world->sched == NULL)
        abort();
    login = sim_login(world->sim);
    credentials = credentials_new(
        login.access_key_id, secret_new(login.secret_access_key, strlen(login.secret_access_key)),
        NULL, 0);
    world->credentials = credentials_static_new(credentials);
    credentials_unref(credentials);
}

static inline void lock_world_close(struct lock_world *world)
{
    credentials_provider_free(world->credentials);
    sched_free(world->sched);
    sim_free(world->sim);
    rng_seeded_free(world->env.rng);
    clock_virtual_free(world->env.clock);
    arena_free(world->arena);
}

static inline int lock_process_answer(void *arg, const struct http_request *request,
                                      struct arena *arena, struct http_response *out,
                                      struct err *err)
{
    struct lock_process *process = arg;
    struct err ignored = ERR_INIT;

    (void)fiber_sleep_ms(process->world->sched, LOCK_WORLD_LATENCY_MS + process->slow_ms, &ignored);
    if (lock_world_now_us(process->world) < process->cut_until_us)
        return err_set(err, ERR_TRANSIENT, "no route to host");
    sim_handle(process->world->sim, request, arena, out);
    (void)fiber_sleep_ms(process->world->sched, LOCK_WORLD_LATENCY_MS, &ignored);
    if (out->status == 0 || lock_world_now_us(process->world) < process->cut_until_us)
        return err_set(err, ERR_LOST, "the connection was closed");
    return 0;
}

static inline void lock_process_told(void *arg, enum lock_event event, const char *text,
                                     uint64_t fence)
{
    struct lock_process *process = arg;

    (void)text;
    process->fence = fence;
    process->events[event]++;
}

static inline struct aws_target lock_process_target(const struct lock_process *process)
{
    return (struct aws_target){.client = process->client,
                               .credentials = process->world->credentials,
                               .account_id = sim_login(process->world->sim).account_id,
                               .region = "eu-central-1"};
}

static inline void lock_process_open(struct lock_process *process, struct lock_world *world,
                                     const char *run, int64_t wait_ms)
{
    struct aws_client_options client = {
        .sched = world->sched, .endpoints = &world->endpoints, .attempts_max = 3};
    struct lock_options options = {
        .sched = world->sched,
        .place.bucket = "plinth-lock-test",
        .place.key = "lock.json",
        .place.make = true,
        .place.partition = "aws",
        .place.baseline = "small",
        .holder = "role/admin",
        .host = "host-1",
        .run = run,
        .wait_ms = wait_ms,
        .told = lock_process_told,
        .arg = process,
    };

    *process = (struct lock_process){.world = world};
    process->transport = transport_inproc_new(lock_process_answer, process);
    client.transport = process->transport;
    process->client = aws_client_new(&client);
    options.place.target = lock_process_target(process);
    options.place.target.allowed = lock_ops;
    process->options = options;
    process->lock = lock_new(&options);
}

/* As the next process on that machine would have it: a lock serves once. */
static inline void lock_process_renew(struct lock_process *process)
{
    lock_free(process->lock);
    process->options.run = arena_printf(process->world->arena, "%s'", process->options.run);
    process->lock = lock_new(&process->options);
    process->cut_until_us = process->slow_ms = 0;
    for (int i = 0; i <= LOCK_KEPT; i++)
        process->events[i] = 0;
}

static inline void lock_process_close(struct lock_process *process)
{
    lock_free(process->lock);
    aws_client_free(process->client);
    transport_free(process->transport);
}

#endif
