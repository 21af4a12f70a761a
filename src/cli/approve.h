/*
 * approve.h - what stands between a plan and its apply: the gate, the plan shown, the question.
 *
 * Layer:  cli.
 */
#ifndef PLINTH_CLI_APPROVE_H
#define PLINTH_CLI_APPROVE_H

#include "session.h"

struct approval {
    const char *command; /* who asks */
    const char *preface; /* shown above the plan; NULL */
    const char *note;    /* lines that are said under it; NULL */
    const char *also;    /* lines of the question: what a yes means besides the plan; NULL */
    bool yes;            /* nobody is asked */
    bool approved;       /* somebody said yes to this plan before */
    const struct words *overrides;   /* of the gate */
    const struct words *lock_vaults; /* see irreversible.h */
};

/* Whether there is something to carry out. */
bool approve_has_work(const struct run_result *plan);

/* Pass the gate, show the plan on standard error, ask, and ask for what cannot be undone by name.
 * Returns EXIT_DONE or what to exit with, printed.  yields: no: it runs the loop. */
int approve_plan(struct session *session, const struct approval *approval,
                 const struct run_result *plan);

#endif
