/*
 * policy_replay.h - plinth policy replay: past events against the policies of a baseline.
 *
 * Layer:  cli.
 */
#ifndef PLINTH_CLI_POLICY_REPLAY_H
#define PLINTH_CLI_POLICY_REPLAY_H

#include "options.h"

struct policy_opts {
    struct run_opts run; /* accounts and regions are those of a replay */
    const char *against; /* the baseline of a replay; NULL: ./plinth.yaml */
    const char *since, *until;
    long top;
    bool lookup;
    const char *kind;                        /* of the documents that are linted; NULL: any */
    const char *account, *region, *resource; /* of who-can; NULL: not given */
    bool live;
};

/* `paths` ends with NULL; "-" is standard input; none with --lookup.  Returns the exit code. */
int policy_replay_run(const struct policy_opts *options, const char *const *paths);

#endif
