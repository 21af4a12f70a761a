/*
 * rollout_steps.h - the steps of a rollout, carried out in a session.
 *
 * Layer:  cli.  Each is a plan, the gate and an apply of its own, with its own journal.
 */
#ifndef PLINTH_CLI_ROLLOUT_STEPS_H
#define PLINTH_CLI_ROLLOUT_STEPS_H

#include "rollout_store.h"
#include "session.h"

struct rollout_steps {
    struct session *session;
    struct rollout_store *store;
    const struct words *overrides; /* of the gate */
    bool failed_accounts;          /* in the settling step */
};

/* Of the steps, which stay where they are.  None of it yields: each runs the loop. */
struct rollout_world rollout_steps_world(struct rollout_steps *steps);

#endif
