/*
 * rehearsal.h - a whole plinth on the simulator, in this process and in virtual time.
 *
 * The simulated AWS lives as long as the rehearsal.  Each rehearsal_run is one process of plinth: a
 * scheduler, a client and an engine of its own, which know nothing of the one before.
 */
#ifndef PLINTH_TESTS_REHEARSAL_H
#define PLINTH_TESTS_REHEARSAL_H

#include "trouble.h"

#include "plinth/base/err.h"
#include "plinth/baseline/baseline.h"
#include "plinth/engine/engine.h"
#include "plinth/engine/lock.h"
#include "plinth/sim/sim.h"

#include <stdbool.h>
#include <stdint.h>

struct rehearsal; /* opaque */

/* An AWS with nothing in it but the account of `seed`.  With `delays` things take their time.
 * owns: caller, rehearsal_free(). */
struct rehearsal *rehearsal_new(uint64_t seed, bool delays);

/* The same as the options say, but for `env` and `recorder`. */
struct rehearsal *rehearsal_new_with(uint64_t seed, struct sim_options options);
void rehearsal_free(struct rehearsal *rehearsal);
struct sim *rehearsal_sim(const struct rehearsal *rehearsal);

/* Load a baseline (templates of the source tree); a mistake in it fails the test.
 * owns: the rehearsal. */
const struct baseline *rehearsal_baseline(struct rehearsal *rehearsal, const char *path);

/* What an operator does, with administrator rights in the management account (outside of plinth).
 */
typedef void (*rehearsal_operator_fn)(void *arg, const struct aws_target *management,
                                      const struct credentials_world *world);

/* What a command does with the engine in the place of a plan: once it knows who it is.  err as the
 * outcome's. */
typedef int (*rehearsal_job_fn)(void *arg, struct engine *engine, struct err *err);

/* How an apply is guarded, as the command's is. */
struct rehearsal_guard {
    bool lock; /* in S3; only a run that has it writes */
    int64_t lock_wait_ms;
    const char *journal; /* folder; NULL: none is kept */
    const char *resumes; /* journal of a run that was killed, which this one goes on with; NULL */
};

struct rehearsal_options {
    struct selection selection;
    bool prune;
    struct shard shard;
    int64_t await_ms; /* for the first shard; 0: nothing is awaited */
    bool apply;       /* else only planned */
    struct process_trouble trouble;
    struct rehearsal_guard guard;
    rehearsal_operator_fn meanwhile; /* called between plan and apply; NULL */
    void *meanwhile_arg;
    rehearsal_job_fn job; /* in the place of plan and apply; NULL */
    void *job_arg;
};

/* What one process of plinth came to. */
struct rehearsal_outcome {
    int result;     /* of plan or apply; -1: `err` says why */
    struct err err; /* "" if there was none */
    struct summary summary;
    char *plan_text;     /* the plan as a person reads it; owns: the rehearsal */
    char *text;          /* the report of plan or apply; owns: the rehearsal */
    char digest[65];     /* of the plan */
    uint64_t sim_writes; /* that happened meanwhile, whoever made them */
    unsigned process;    /* its number, as a watch is told it */
    bool killed;
    const char *journal;           /* its path, once one was begun; NULL */
    unsigned locks[LOCK_KEPT + 1]; /* what was told of the lock: how often each event */
};

struct rehearsal_outcome rehearsal_run(struct rehearsal *rehearsal, const struct baseline *baseline,
                                       const struct rehearsal_options *options);

/* Several processes that live at the same time. */
struct rehearsal_part {
    struct rehearsal_options options;
    int64_t begins_after_ms;
    struct rehearsal_outcome outcome; /* filled in */
};
void rehearsal_run_together(struct rehearsal *rehearsal, const struct baseline *baseline,
                            struct rehearsal_part *parts, size_t count);

/* See all that processes send from now on.  Copied. */
void rehearsal_watch(struct rehearsal *rehearsal, const struct process_watch *watch);

/* Run `fn` on a fiber of a process of its own. */
void rehearsal_operate(struct rehearsal *rehearsal, rehearsal_operator_fn fn, void *arg);

/* Let time pass; what time it is. */
void rehearsal_wait(struct rehearsal *rehearsal, int64_t ms);
int64_t rehearsal_now_ms(const struct rehearsal *rehearsal);

/* One call as an operator with administrator rights would make it, outside of plinth.  `account_id`
 * NULL: the management account; else through its OrganizationAccountAccessRole.  A service that is
 * busy is asked again.  owns: the rehearsal. */
int rehearsal_call(struct rehearsal *rehearsal, const char *account_id, const char *region,
                   enum aws_op op, const struct json *params, const struct json **out,
                   struct err *err);

/* The organization as an operator sees it.  owns: the rehearsal. */
const struct inventory *rehearsal_inventory(struct rehearsal *rehearsal);

/* What was last put into a file of the machine, or given to a command (by its path): the world
 * outside of AWS that a rehearsal has.  NULL: nothing.  owns: the rehearsal. */
const char *rehearsal_file(const struct rehearsal *rehearsal, const char *path);

/* Put something there, as somebody else would; NULL takes it away. */
void rehearsal_put_file(struct rehearsal *rehearsal, const char *path, const char *content);

/* Memory for the test.  owns: the rehearsal. */
struct arena *rehearsal_arena(struct rehearsal *rehearsal);

#endif
