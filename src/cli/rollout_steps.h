/*
 * rollout_steps.h - the steps of a rollout, carried out in a session.
 *
 * Layer:  cli.  Each is a plan, the gate and an apply of its own, with its own journal.
 */
#ifndef PLINTH_CLI_ROLLOUT_STEPS_H
#define PLINTH_CLI_ROLLOUT_STEPS_H

#include "rollout_files.h"
#include "session.h"

struct rollout_steps {
    struct session *session;
    struct rollout_files *files;
    const struct words *overrides; /* of the gate */
    bool failed_accounts;          /* in the settling step */
    int64_t polled_us;             /* when it was last looked for a request */
    bool breaks_off;               /* the step under way, for an abort was asked for */
};

/* Of the steps, which stay where they are.  None of it yields: each runs the loop. */
struct rollout_world rollout_steps_world(struct rollout_steps *steps);

#endif
