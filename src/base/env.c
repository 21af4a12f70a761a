#include "plinth/base/env.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

static void *need(void *memory)
{
    if (memory == NULL) {
        (void)fputs("plinth: out of memory\n", stderr);
        exit(1);
    }
    return memory;
}

/* --- Clocks --------------------------------------------------------------------------------------
 */

static int64_t read_us(clockid_t id)
{
    struct timespec now = {0};

    (void)clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t real_wall_ms(struct clock *clock)
{
    (void)clock;
    return read_us(CLOCK_REALTIME) / 1000;
}

static int64_t real_mono_us(struct clock *clock)
{
    (void)clock;
    /* A lease goes on while a laptop sleeps, which CLOCK_MONOTONIC does not count. */
    return read_us(CLOCK_BOOTTIME);
}

struct clock *clock_real(void)
{
    static const struct clock real = {.wall_ms = real_wall_ms, .mono_us = real_mono_us};

    return (struct clock *)&real; /* never written: a real clock has no state */
}

struct virtual_clock {
    struct clock clock;
    int64_t start_wall_ms, now_us;
};

static int64_t virtual_wall_ms(struct clock *clock)
{
    const struct virtual_clock *self = (const struct virtual_clock *)clock;

    return self->start_wall_ms + self->now_us / 1000;
}

static int64_t virtual_mono_us(struct clock *clock)
{
    return ((const struct virtual_clock *)clock)->now_us;
}

static void virtual_advance(struct clock *clock, int64_t to_mono_us)
{
    struct virtual_clock *self = (struct virtual_clock *)clock;

    if (to_mono_us > self->now_us)
        self->now_us = to_mono_us;
}

struct clock *clock_virtual_new(int64_t start_wall_ms)
{
    struct virtual_clock *self = need(calloc(1, sizeof *self));

    self->clock = (struct clock){virtual_wall_ms, virtual_mono_us, virtual_advance};
    self->start_wall_ms = start_wall_ms;
    return &self->clock;
}

void clock_virtual_free(struct clock *clock)
{
    free(clock);
}

/* --- Randomness ----------------------------------------------------------------------------------
 */

static uint64_t system_next(struct rng *rng)
{
    uint64_t value;

    (void)rng;
    while (getrandom(&value, sizeof value, 0) != (ssize_t)sizeof value)
        if (errno != EINTR) {
            perror("plinth: getrandom");
            abort();
        }
    return value;
}

struct rng *rng_system(void)
{
    static const struct rng system_rng = {.next = system_next};

    return (struct rng *)&system_rng; /* never written: it has no state */
}

struct seeded_rng {
    struct rng rng;
    uint64_t state;
};

/* splitmix64: prng.di.unimi.it/splitmix64.c */
static uint64_t seeded_next(struct rng *rng)
{
    struct seeded_rng *self = (struct seeded_rng *)rng;
    uint64_t z = self->state += 0x9E3779B97F4A7C15u;

    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

struct rng *rng_seeded_new(uint64_t seed)
{
    struct seeded_rng *self = need(calloc(1, sizeof *self));

    self->rng.next = seeded_next;
    self->state = seed;
    return &self->rng;
}

void rng_seeded_free(struct rng *rng)
{
    free(rng);
}

uint64_t rng_below(struct rng *rng, uint64_t bound)
{
    uint64_t least, value;

    if (bound == 0)
        return 0;
    /* Below `least` the numbers of a full turn do not divide evenly: draw again. */
    least = (UINT64_MAX - bound + 1) % bound;
    do
        value = rng->next(rng);
    while (value < least);
    return value % bound;
}

void rng_bytes(struct rng *rng, void *out, size_t len)
{
    unsigned char *at = out;

    while (len > 0) {
        uint64_t value = rng->next(rng);
        size_t part = len < sizeof value ? len : sizeof value;

        memcpy(at, &value, part);
        at += part;
        len -= part;
    }
}

void rng_uuid(struct rng *rng, char out[37])
{
    unsigned char b[16];

    rng_bytes(rng, b, sizeof b);
    b[6] = (unsigned char)((b[6] & 0x0F) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3F) | 0x80);
    (void)snprintf(out, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
                   b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12],
                   b[13], b[14], b[15]);
}

int64_t env_wall_ms(const struct env *env)
{
    return env->clock->wall_ms(env->clock);
}

int64_t env_mono_us(const struct env *env)
{
    return env->clock->mono_us(env->clock);
}
