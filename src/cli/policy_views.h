/*
 * policy_views.h - plinth policy who-can and plinth policy effective: what hangs over an account,
 *                  and whom it leaves what.
 *
 * Layer:  cli.
 */
#ifndef PLINTH_CLI_POLICY_VIEWS_H
#define PLINTH_CLI_POLICY_VIEWS_H

#include "policy_replay.h"

/* Both return the exit code.  `baseline` may be NULL. */
int policy_who_can_run(const struct policy_opts *options, const char *action, const char *baseline);
int policy_effective_run(const struct policy_opts *options, const char *place,
                         const char *baseline);

#endif
