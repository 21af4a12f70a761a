/*
 * rehearse.h - `plinth rehearse`: a run on the simulator in this process, in virtual time.
 *
 * Layer:  cli.
 *
 * rehearse_world.c   the world that is rehearsed in: of a size, built before, damaged
 * rehearse_live.c    a world like the organization that there is
 * rehearse_report.c  what came of it, as text and JSON
 */
#ifndef PLINTH_CLI_REHEARSE_H
#define PLINTH_CLI_REHEARSE_H

#include "options.h"
#include "simulated.h"

#include "plinth/base/env.h"
#include "plinth/base/vec.h"
#include "plinth/control/outlet.h"
#include "plinth/engine/engine.h"
#include "plinth/sim/bound.h"
#include "plinth/sim/sim.h"

struct arena;    /* base/arena.h */
struct baseline; /* baseline/baseline.h */
struct buf;      /* base/buf.h */
struct json;     /* codec/json.h */

struct rehearse_opts {
    struct run_opts run;
    long accounts, regions; /* 0: those of the baseline, and AWS's */
    long drift, seed, latency_ms;
    const char *fault_rate, *lost_rate; /* decimals, as text; NULL: not given */
    bool as_built, live;
    struct words overrides;
};

/* --- The world -----------------------------------------------------------------------------------
 */

struct rehearse_world {
    struct arena *arena;
    struct env env;
    struct rng *rng; /* of the damage: the simulator's own must not depend on it */
    struct sim *sim;
    const char *const *regions; /* that are on; NULL: AWS's */
    double fault_rate, lost_rate;
    struct outlet outlet;
    VEC(const char *) files; /* paths that something was planted in */
};

/* An AWS with one empty account, without latency, rates or faults.  err: ERR_USAGE.  yields: no. */
int rehearse_world_open(struct rehearse_world *world, const struct rehearse_opts *options,
                        const char *home_region, struct err *err);
void rehearse_world_close(struct rehearse_world *world);

/* Run `fn(arg, process)` as a process of its own in that world.  err: as simulated_begin.
 * yields: no: it runs the loop. */
struct rehearse_job {
    void (*fn)(void *arg, struct simulated *process);
    void *arg;
};
int rehearse_process(struct rehearse_world *world, const struct rehearse_job *job, struct err *err);

struct engine *rehearse_engine(struct rehearse_world *world, struct simulated *process,
                               const struct run_opts *options, const struct baseline *baseline);

/* One apply, undisturbed; and a day passes.  err: as engine_apply, ERR_CONFLICT when it leaves
 * something undone.  yields: no. */
int rehearse_build(struct rehearse_world *world, const struct run_opts *options,
                   const struct baseline *baseline, struct err *err);

/* Damage in so many places, from the seed.  *out: what was done.  err: as aws_call.  yields: no. */
int rehearse_damage(struct rehearse_world *world, const struct baseline *baseline, size_t count,
                    struct err *err);

/* Read the organization with the credentials of `options` (reads only), and make one like it.  The
 * accounts of the baseline that name an id get that of their copy.  What goes wrong is printed.
 * Returns EXIT_DONE or what to exit with.  yields: no. */
int rehearse_clone(struct rehearse_world *world, const struct rehearse_opts *options,
                   const char *baseline_path, struct baseline *baseline);

/* --- What came of it -----------------------------------------------------------------------------
 */

struct rehearse_op {
    const char *service, *operation;
    uint64_t calls;
};

struct rehearse_result {
    const struct baseline *baseline;
    size_t accounts, regions;
    struct identity identity;
    const struct run_result *plan, *apply; /* apply NULL: there was nothing to do */
    int64_t plan_ms, elapsed_ms;           /* virtual; elapsed of both */
    struct aws_counts counts;
    struct rehearse_op *ops; /* the most called first */
    size_t op_count;
    struct sim_bound bound;
    size_t fibers_most;
};

void rehearse_text(const struct rehearse_result *result, const struct rehearse_opts *options,
                   bool color, struct buf *out);
struct json *rehearse_json(const struct rehearse_result *result,
                           const struct rehearse_opts *options, struct arena *arena);

#endif
