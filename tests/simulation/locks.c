/*
 * locks.c - several processes that want to write, one lock, and trouble: calls that fail, answers
 * that are lost, networks that are cut for a while, processes that stand still or die with the
 * lock in their hands.  Whatever happens, no write of one arrives after a write of the next.
 *
 *   simulation_locks [FIRST COUNT]
 *
 * A failure prints the seed; `simulation_locks SEED 1` plays it again.
 */
#include "../support/lock_world.h"

#include <inttypes.h>
#include <stdio.h>

enum { SEEDS = 1000, PROCESSES = 3, ROUNDS = 3, WRITES = 8, TRIES = 200 };

struct process {
    struct world *world;
    struct lock_process lock;
    struct aws_client *client; /* that the lock guards */
    size_t number;
};

struct world {
    struct lock_world lock;
    struct rng *rng; /* of the trouble */
    struct process processes[PROCESSES];
    uint64_t fence_most; /* of the writes that arrived */
    uint64_t writes;
    uint64_t events[LOCK_KEPT + 1];
    const char *failure;
};

/* --- What arrives --------------------------------------------------------------------------------
 */

/* The fencing number stands in the key of what is written. */
static void on_request(void *arg, const char *service, const char *operation,
                       const struct http_request *request, const struct http_response *response,
                       bool is_write)
{
    struct world *world = arg;
    const char *key = strstr(request->url, "/written/");
    uint64_t fence;

    (void)service;
    (void)response;
    if (!is_write || key == NULL || !str_eq(operation, "PutObject"))
        return;
    if (!str_to_u64(key + strlen("/written/"), &fence) || fence < world->fence_most)
        world->failure = "a write arrived after one of the next holder";
    if (fence > world->fence_most)
        world->fence_most = fence;
    world->writes++;
}

/* --- A process -----------------------------------------------------------------------------------
 */

static int64_t up_to_ms(struct process *process, uint64_t most)
{
    return (int64_t)rng_below(process->world->rng, most + 1);
}

static void pause_ms(struct process *process, int64_t ms)
{
    struct err ignored = ERR_INIT;

    (void)fiber_sleep_ms(process->world->lock.sched, ms, &ignored);
}

static int check(void *arg, struct err *err)
{
    return lock_check(((struct process *)arg)->lock.lock, err);
}

/* -1: nothing more can be written under this lock. */
static int write_once(struct process *process, uint64_t fence)
{
    struct arena *arena = arena_new("write");
    struct aws_target target = lock_process_target(&process->lock);
    struct json *params = json_object(arena);
    struct err err = ERR_INIT;
    int result;

    target.client = process->client;
    json_put_str(params, "Bucket", "plinth-lock-test");
    json_put_str(params, "Key", arena_printf(arena, "written/%" PRIu64, fence));
    json_put_str(params, "Body", "x");
    result = aws_call(&target, AWS_S3_PUT_OBJECT, params, arena, NULL, &err);
    arena_free(arena);
    return result != 0 && err.code == ERR_GATE ? -1 : 0;
}

/* Cut off, or so slow that the lease is in danger; less than the margin for a write under way. */
static void some_trouble(struct process *process)
{
    int64_t now_us = lock_world_now_us(&process->world->lock);

    switch (rng_below(process->world->rng, 8)) {
    case 0:
        process->lock.cut_until_us = now_us + up_to_ms(process, 100 * 1000) * 1000;
        break;
    case 1:
        process->lock.slow_ms = up_to_ms(process, 10 * 1000);
        break;
    case 2:
        pause_ms(process, up_to_ms(process, 90 * 1000));
        break;
    default:
        process->lock.slow_ms = 0;
        break;
    }
}

static void hold_and_write(struct process *process)
{
    uint64_t fence = process->lock.fence;

    for (int i = 0; i < WRITES; i++) {
        some_trouble(process);
        pause_ms(process, up_to_ms(process, 8000));
        if (write_once(process, fence) != 0)
            return;
    }
}

/* As a new process would: a lock object serves once. */
static void live(void *arg)
{
    struct process *process = arg;

    for (int round = 0, tries = 0; round < ROUNDS && tries < TRIES; tries++) {
        struct err err = ERR_INIT;

        pause_ms(process, up_to_ms(process, 20 * 1000));
        if (lock_take(process->lock.lock, &err) == 0) {
            round++;
            hold_and_write(process);
        }
        /* Dead with the lock in its hands, now and then. */
        if (rng_below(process->world->rng, 3) == 0)
            process->lock.cut_until_us = INT64_MAX;
        lock_release(process->lock.lock);
        for (int i = 0; i <= LOCK_KEPT; i++)
            process->world->events[i] += process->lock.events[i];
        lock_process_renew(&process->lock);
    }
}

/* --- A world -------------------------------------------------------------------------------------
 */

static void all_live(void *arg)
{
    struct world *world = arg;

    for (size_t i = 0; i < PROCESSES; i++)
        fiber_spawn(world->lock.sched, "process", live, &world->processes[i]);
}

static void open_process(struct world *world, size_t number)
{
    struct process *process = &world->processes[number];
    const struct aws_write_guard guard = {.check = check, .arg = process};
    struct aws_client_options options = {.sched = world->lock.sched,
                                         .endpoints = &world->lock.endpoints};

    process->world = world;
    process->number = number;
    lock_process_open(&process->lock, &world->lock,
                      arena_printf(world->lock.arena, "run-%zu", number), 300 * 1000);
    options.transport = process->lock.transport;
    process->client = aws_client_new(&options);
    aws_client_guard(process->client, &guard);
}

static int one_world(uint64_t seed, uint64_t events[LOCK_KEPT + 1])
{
    struct rng *rng = rng_seeded_new(seed);
    double fault_rate = (double)rng_below(rng, 100) / 1000;
    struct world world = {.rng = rng};

    lock_world_open(&world.lock, seed,
                    (struct sim_options){.fault_rate = fault_rate, .lost_rate = fault_rate});
    for (size_t i = 0; i < PROCESSES; i++)
        open_process(&world, i);
    sim_observe(world.lock.sim, on_request, &world);
    sched_run(world.lock.sched, all_live, &world);
    if (world.failure == NULL && world.writes == 0)
        world.failure = "nobody wrote anything";
    for (int i = 0; i <= LOCK_KEPT; i++)
        events[i] += world.events[i];
    if (world.failure != NULL)
        (void)printf("seed %" PRIu64 ": %s\n", seed, world.failure);
    for (size_t i = 0; i < PROCESSES; i++) {
        aws_client_free(world.processes[i].client);
        lock_process_close(&world.processes[i].lock);
    }
    lock_world_close(&world.lock);
    rng_seeded_free(rng);
    return world.failure != NULL;
}

int main(int argc, char **argv)
{
    uint64_t first = 1, count = SEEDS;
    uint64_t events[LOCK_KEPT + 1] = {0};
    int failures = 0;

    if (argc != 1 && (argc != 3 || !str_to_u64(argv[1], &first) || !str_to_u64(argv[2], &count))) {
        (void)fprintf(stderr, "usage: simulation_locks [FIRST COUNT]\n");
        return 2;
    }
    for (uint64_t seed = first; seed < first + count; seed++)
        failures += one_world(seed, events);
    for (int i = 0; i <= LOCK_KEPT; i++)
        (void)printf("%s %" PRIu64 ", ", lock_event_name((enum lock_event)i), events[i]);
    (void)printf("%" PRIu64 " worlds from seed %" PRIu64 ": %d failed\n", count, first, failures);
    return failures == 0 ? 0 : 1;
}
