/*
 * rehearsal.h - a whole plinth on the simulator, in this process and in virtual time.
 *
 * The simulated AWS lives as long as the rehearsal.  Each rehearsal_run is one process of plinth: a
 * scheduler, a client and an engine of its own, which know nothing of the one before.
 */
#ifndef PLINTH_TESTS_REHEARSAL_H
#define PLINTH_TESTS_REHEARSAL_H

#include "plinth/base/err.h"
#include "plinth/baseline/baseline.h"
#include "plinth/engine/engine.h"
#include "plinth/sim/sim.h"

#include <stdbool.h>
#include <stdint.h>

struct rehearsal; /* opaque */

/* An AWS with nothing in it but the account of `seed`.  With `delays` things take their time.
 * owns: caller, rehearsal_free(). */
struct rehearsal *rehearsal_new(uint64_t seed, bool delays);

/* The same with trouble: shares of calls that fail, and that are done but not answered, and AWS's
 * documented rates. */
struct rehearsal *rehearsal_new_troubled(uint64_t seed, double fault_rate, double lost_rate);
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

/* Hosts that cannot be reached for a while. */
struct rehearsal_cut {
    const char *host;          /* a part of their name: "//iam."; NULL: all can be reached */
    int64_t from_ms, until_ms; /* since the process began */
};

/* The machine's wall clock is set wrong, at a call. */
struct rehearsal_jump {
    int64_t after_calls;
    int64_t by_ms; /* ahead of AWS's from then on; 0: never */
};

struct rehearsal_options {
    struct selection selection;
    bool prune;
    struct shard shard;
    int64_t await_ms;         /* for the first shard; 0: nothing is awaited */
    bool apply;               /* else only planned */
    int64_t stop_after_calls; /* as if Ctrl-C came then; 0: never */
    const char *dead_region;  /* nothing there can be reached; NULL: all can */
    struct rehearsal_cut cut;
    struct rehearsal_jump jump;
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
};

struct rehearsal_outcome rehearsal_run(struct rehearsal *rehearsal, const struct baseline *baseline,
                                       const struct rehearsal_options *options);

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
