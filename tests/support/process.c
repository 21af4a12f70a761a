#include "process.h"

#include "plinth/codec/http.h"
#include "plinth/fiber/fiber.h"
#include "plinth/net/transport.h"
#include "plinth/sim/sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LATENCY_MS = 40 };

struct packet {
    const struct http_request *request;
    struct arena *arena;
    struct http_response *response;
    const char *no_route_to; /* it did not get through; NULL */
    int64_t due_us;
    bool arrived;
    uint64_t left_with;
    struct packet *next;
};

static int64_t world_us(const struct process *process)
{
    return env_mono_us(&process->world->env);
}

/* --- The network ---------------------------------------------------------------------------------
 */

static const char *no_route_to(const struct process *process, const char *url)
{
    const struct process_cut *cut = &process->trouble.cut;
    const char *dead = process->trouble.dead_region;
    int64_t now_ms = (world_us(process) - process->started_us) / 1000;

    if (dead != NULL && strstr(url, dead) != NULL)
        return dead;
    return cut->host != NULL && now_ms >= cut->from_ms && now_ms < cut->until_ms &&
                   strstr(url, cut->host) != NULL
               ? cut->host
               : NULL;
}

static void die(struct process *process)
{
    process->dead = true;
    if (process->died != NULL)
        process->died(process->died_arg);
}

/* What the arrival of a packet is for the one who sent it. */
static void note_arrival(struct process *process, const struct packet *packet, bool is_write)
{
    const struct process_watch *watch = &process->world->watch;
    const struct process_kill *kill = &process->trouble.kill;

    process->writes += is_write;
    if (is_write && process->writes == kill->after_writes && kill->then_calls == 0)
        die(process);
    if (watch->arrives != NULL)
        watch->arrives(watch->arg, &(struct process_exchange){.process = process->number,
                                                              .request = packet->request,
                                                              .response = packet->response,
                                                              .is_write = is_write,
                                                              .left_with = packet->left_with});
}

/* The first that is under way reaches AWS. */
static void arrive(struct process *process)
{
    struct packet *packet = process->first;
    uint64_t writes = sim_writes(process->world->sim);

    process->first = packet->next;
    if (process->first == NULL)
        process->last = NULL;
    packet->arrived = true;
    packet->no_route_to = no_route_to(process, packet->request->url);
    if (packet->no_route_to != NULL)
        return;
    sim_handle(process->world->sim, packet->request, packet->arena, packet->response);
    note_arrival(process, packet, sim_writes(process->world->sim) > writes);
}

/* What happens to the process when a call leaves. */
static void note_departure(struct process *process)
{
    struct process_trouble *trouble = &process->trouble;
    int64_t calls = process->calls++;

    if (trouble->stop_after_calls > 0 && trouble->stop_after_calls == calls)
        sched_stop(process->simulated.sched);
    if (trouble->jump.by_ms != 0 && trouble->jump.after_calls == calls)
        process->wall_ahead_ms = trouble->jump.by_ms;
    if (trouble->stall.for_ms > 0 && trouble->stall.after_calls == calls)
        process->stalled_until_us = world_us(process) + trouble->stall.for_ms * 1000;
    if (trouble->kill.after_writes > 0 && process->writes >= trouble->kill.after_writes &&
        trouble->kill.then_calls-- == 0)
        die(process);
}

static int carry(void *arg, const struct http_request *request, struct arena *arena,
                 struct http_response *out, struct err *err)
{
    struct process *process = arg;
    const struct process_watch *watch = &process->world->watch;
    struct packet packet = {.request = request,
                            .arena = arena,
                            .response = out,
                            .due_us = world_us(process) + LATENCY_MS * 1000};
    struct err ignored = ERR_INIT;

    if (!process->dead)
        note_departure(process);
    if (process->dead)
        return err_set(err, ERR_LOST, "the process was killed");
    if (watch->leaves != NULL)
        packet.left_with = watch->leaves(watch->arg, process->number);
    if (process->last == NULL)
        process->first = &packet;
    else
        process->last->next = &packet;
    process->last = &packet;
    /* While the run is being stopped nobody sleeps: it arrives at once, and those before it. */
    (void)fiber_sleep_ms(process->simulated.sched, LATENCY_MS, &ignored);
    while (!packet.arrived)
        arrive(process);
    if (packet.no_route_to != NULL)
        return err_set(err, ERR_TRANSIENT, "no route to %s", packet.no_route_to);
    if (process->dead || out->status == 0)
        return err_set(err, ERR_LOST, "the connection was closed");
    return 0;
}

/* --- The clock -----------------------------------------------------------------------------------
 */

static struct process *process_of(struct clock *clock)
{
    return (struct process *)(void *)((char *)clock - offsetof(struct process, clock));
}

static int64_t machine_wall_ms(struct clock *clock)
{
    struct process *process = process_of(clock);

    return env_wall_ms(&process->world->env) + process->wall_ahead_ms +
           process->mono_ahead_us / 1000;
}

static int64_t machine_mono_us(struct clock *clock)
{
    struct process *process = process_of(clock);

    return world_us(process) + process->mono_ahead_us;
}

/* A process that is alone has nobody to wait for. */
static void pass_until(struct process *process, int64_t until_us)
{
    struct sched *machines = process->world->machines;
    struct clock *clock = process->world->env.clock;
    struct err ignored = ERR_INIT;

    if (fiber_current(machines) == NULL)
        clock->advance(clock, until_us);
    while (world_us(process) < until_us)
        (void)fiber_sleep_ms(machines, (until_us - world_us(process) + 999) / 1000, &ignored);
}

static void machine_advance(struct clock *clock, int64_t to_mono_us)
{
    struct process *process = process_of(clock);
    int64_t until_us = to_mono_us - process->mono_ahead_us;

    if (until_us < process->stalled_until_us)
        until_us = process->stalled_until_us;
    while (process->first != NULL && (process->dead || process->first->due_us <= until_us)) {
        pass_until(process, process->first->due_us);
        arrive(process);
    }
    if (!process->dead)
        pass_until(process, until_us);
    else if (machine_mono_us(clock) < to_mono_us)
        process->mono_ahead_us = to_mono_us - world_us(process);
}

/* --- Life ----------------------------------------------------------------------------------------
 */

void process_begin(struct process *process, struct process_world *world,
                   const struct process_trouble *trouble)
{
    struct simulated_options options = {
        .env = &process->env, .sim = world->sim, .network = carry, .arg = process};
    struct err err = ERR_INIT;

    *process = (struct process){.world = world,
                                .trouble = *trouble,
                                .number = ++world->processes,
                                .clock = {machine_wall_ms, machine_mono_us, machine_advance},
                                .env = world->env,
                                .started_us = env_mono_us(&world->env)};
    process->env.clock = &process->clock;
    if (simulated_begin(&process->simulated, &options, &err) != 0) {
        (void)fprintf(stderr, "process: %s\n", err.text);
        abort();
    }
}

void process_end(struct process *process)
{
    simulated_end(&process->simulated);
}
