/*
 * bench_fiber.c - what a switch costs, and what a fiber that waits costs.
 *
 * Not a test: it prints numbers to compare by hand, from a build without sanitizers.
 */
#include "plinth/base/env.h"
#include "plinth/fiber/fiber.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { YIELDS = 1000 * 1000, PARTNERS = 2, SLEEPERS = 10 * 1000, SPAWNS = 200 * 1000 };

struct bench {
    struct sched *sched;
    struct clock *clock; /* the real one; the scheduler's may be virtual */
    int64_t resident_bytes;
    int64_t spawn_us;
};

static int64_t now_us(const struct bench *bench)
{
    return bench->clock->mono_us(bench->clock);
}

static int64_t resident_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long pages = 0;

    if (file == NULL || fscanf(file, "%*d %ld", &pages) != 1)
        pages = 0;
    if (file != NULL)
        (void)fclose(file);
    return pages * sysconf(_SC_PAGESIZE);
}

static void yield_often(void *arg)
{
    struct bench *bench = arg;

    for (int i = 0; i < YIELDS / PARTNERS; i++)
        fiber_yield(bench->sched);
}

static void spawn_partners(void *arg)
{
    struct bench *bench = arg;

    for (int i = 0; i < PARTNERS; i++)
        fiber_spawn(bench->sched, "partner", yield_often, bench);
}

static void end_at_once(void *arg)
{
    (void)arg;
}

static void spawn_and_join(void *arg)
{
    struct bench *bench = arg;
    int64_t start_us = now_us(bench);

    for (int i = 0; i < SPAWNS; i++)
        fiber_join(fiber_spawn_joinable(bench->sched, "short", end_at_once, NULL));
    bench->spawn_us = now_us(bench) - start_us;
}

static void sleep_long(void *arg)
{
    struct bench *bench = arg;
    struct err err = ERR_INIT;

    (void)fiber_sleep_ms(bench->sched, 60000, &err);
}

static void spawn_sleepers(void *arg)
{
    struct bench *bench = arg;
    int64_t before_bytes = resident_bytes();

    for (int i = 0; i < SLEEPERS; i++)
        fiber_spawn(bench->sched, "sleeper", sleep_long, bench);
    fiber_yield(bench->sched); /* now each of them sleeps */
    bench->resident_bytes = resident_bytes() - before_bytes;
}

int main(void)
{
    struct env env = {.clock = clock_virtual_new(0), .rng = rng_system()};
    struct bench bench = {.clock = clock_real()};
    struct err err = ERR_INIT;
    int64_t start_us;
    uint64_t switches;

    bench.sched = sched_new(&env, &err);
    if (bench.sched == NULL) {
        (void)fprintf(stderr, "bench_fiber: %s\n", err.text);
        return 1;
    }
    start_us = now_us(&bench);
    sched_run(bench.sched, spawn_partners, &bench);
    switches = sched_stats(bench.sched).switches;
    /* Each turn of a fiber is a switch to it and one back to the loop. */
    printf("%.1f ns per switch\n",
           (double)(now_us(&bench) - start_us) * 1000 / (double)(2 * switches));
    sched_run(bench.sched, spawn_and_join, &bench);
    printf("%.0f ns per spawn and join\n", (double)bench.spawn_us * 1000 / SPAWNS);
    start_us = now_us(&bench);
    sched_run(bench.sched, spawn_sleepers, &bench);
    printf("%lld bytes per idle fiber\n", (long long)(bench.resident_bytes / SLEEPERS));
    printf("%.1f ms to start, suspend, wake and end %d of them\n",
           (double)(now_us(&bench) - start_us) / 1000, SLEEPERS);
    printf("%lld bytes resident at the end\n", (long long)resident_bytes());
    sched_free(bench.sched);
    clock_virtual_free(env.clock);
    return 0;
}
