/*
 * bound.h - the least time that the calls of a run could have taken, whoever made them.
 *
 * Layer:  sim.  A lower bound, computed from the calls that were carried out, and from nothing of
 *         whoever called.  Throttled calls and refused writes got nobody further: they are left
 * out.
 *
 *         rates      of each bucket (account, region, row of rates.def): the calls above its burst,
 *                    at its rate.  Buckets fill side by side, so the fullest one counts alone;
 *         creations  of accounts: five at a time, so a fifth of what they took together;
 *         chain      calls that needed the answer of another one, each at the latency: a page needs
 *                    the page before it, and a session its AssumeRole.
 *
 *         What else a run has to wait for (a read before its write, a role that AWS shows late) is
 *         left out: no run can be faster than the bound, and a good one is near it.
 */
#ifndef PLINTH_SIM_BOUND_H
#define PLINTH_SIM_BOUND_H

#include <stddef.h>
#include <stdint.h>

struct arena; /* base/arena.h */
struct sim;   /* sim/sim.h */

enum { SIM_LIMITS_MOST = 8 };

/* A bucket that calls had to wait for. */
struct sim_limit {
    const char *service, *operation; /* "*": all of the service together */
    const char *account, *region;
    uint64_t calls;
    double per_second, burst;
    int64_t least_ms;
};

struct sim_bound {
    int64_t least_ms;                         /* the largest of the three below */
    struct sim_limit limits[SIM_LIMITS_MOST]; /* the slowest first, one of each row */
    size_t limit_count;
    uint64_t creations;
    int64_t creations_ms;
    uint64_t chain_calls;
    int64_t chain_ms;
    uint64_t calls; /* that were carried out */
};

/* Measure from now on, and forget what was measured before.  yields: no. */
void sim_bound_begin(struct sim *sim);

/* What was measured since; all zero if nothing was.  owns: `arena`.  yields: no. */
void sim_bound(const struct sim *sim, struct arena *arena, struct sim_bound *out);

#endif
