/*
 * env.h - the outside world of a run: time, randomness and the log.
 *
 * Layer:  base.  One engine runs in three worlds (real AWS, sandbox, rehearsal) because it meets
 *         the world only here and in net/transport.h.  time(), rand() and getenv() are banned
 *         elsewhere (the cli may call getenv).
 */
#ifndef PLINTH_BASE_ENV_H
#define PLINTH_BASE_ENV_H

#include <stddef.h>
#include <stdint.h>

struct log; /* base/log.h */

/* A clock.  A real one leaves `advance` NULL; a virtual one stands still until it is advanced. */
struct clock {
    int64_t (*wall_ms)(struct clock *clock); /* since 1970-01-01T00:00:00Z */
    int64_t (*mono_us)(struct clock *clock); /* since some start; never goes back */
    void (*advance)(struct clock *clock, int64_t to_mono_us);
};

/* A stream of random numbers.  A seeded one gives the same numbers on every run. */
struct rng {
    uint64_t (*next)(struct rng *rng);
};

struct env {
    struct clock *clock;
    struct rng *rng;
    struct log *log;
};

/* CLOCK_REALTIME and CLOCK_BOOTTIME.  Static storage, without state.  yields: no. */
struct clock *clock_real(void);

/* A virtual clock that shows `start_wall_ms`.  owns: caller, clock_virtual_free().  yields: no. */
struct clock *clock_virtual_new(int64_t start_wall_ms);
void clock_virtual_free(struct clock *clock);

/* getrandom(2).  Static storage, without state.  yields: no. */
struct rng *rng_system(void);

/* splitmix64 from `seed`.  owns: caller, rng_seeded_free().  yields: no. */
struct rng *rng_seeded_new(uint64_t seed);
void rng_seeded_free(struct rng *rng);

/* Uniform in [0, bound); 0 for bound 0.  yields: no. */
uint64_t rng_below(struct rng *rng, uint64_t bound);

/* `len` random bytes.  yields: no. */
void rng_bytes(struct rng *rng, void *out, size_t len);

/* 36 characters and a NUL: a random (version 4) UUID, for client tokens.  yields: no. */
void rng_uuid(struct rng *rng, char out[37]);

int64_t env_wall_ms(const struct env *env);
int64_t env_mono_us(const struct env *env);

#endif
