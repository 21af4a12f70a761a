/*
 * policy_replay.h - plinth policy replay: past events against the policies of a baseline.
 *
 * Layer:  cli.
 */
#ifndef PLINTH_CLI_POLICY_REPLAY_H
#define PLINTH_CLI_POLICY_REPLAY_H

#include "options.h"

struct policy_opts {
    struct baseline_opts baseline;
    const char *against; /* the baseline of a replay; NULL: ./plinth.yaml */
    const char *since, *until;
    struct words accounts;
    long top;
};

/* `paths` ends with NULL; "-" is standard input.  Returns the exit code. */
int policy_replay_run(const struct policy_opts *options, const char *const *paths);

#endif
