/*
 * guarded.h - an apply with the lock and the journal that the command gives it (src/cli/guard.c),
 *             on a simulated AWS.
 */
#ifndef PLINTH_TESTS_GUARDED_H
#define PLINTH_TESTS_GUARDED_H

#include "process.h"
#include "rehearsal.h"

struct guarded {
    struct arena *arena; /* outlives it */
    struct process *process;
    const struct baseline *baseline;
    const struct rehearsal_guard *options;
    struct rehearsal_outcome *outcome;
    struct aws_client *client; /* the lock's own */
    struct lock *lock;         /* NULL */
    struct journal *journal;   /* NULL */
    struct journal_run *resumed;
    int64_t bytes_at_death; /* of the journal; -1: it lived */
};

/* engine_apply() within; `plan` is what engine_plan() gave.  err: also ERR_GATE.  yields: yes. */
int guarded_apply(struct guarded *guarded, struct engine *engine, const struct identity *identity,
                  const struct run_result *plan, const struct run_result **out, struct err *err);

/* When nothing of the process runs any more. */
void guarded_end(struct guarded *guarded);

#endif
