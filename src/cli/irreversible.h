/*
 * irreversible.h - what a plan would do that nobody can take back, and whether a person said yes to
 *                  each by its name.
 *
 * Layer:  cli.
 */
#ifndef PLINTH_CLI_IRREVERSIBLE_H
#define PLINTH_CLI_IRREVERSIBLE_H

#include "session.h"

/* Say of each irreversible change until when it can be undone, and ask on the terminal for those
 * whose name is not among `named`.
 * err: ERR_GATE without a terminal or for another answer, ERR_CANCELLED, ERR_IO.  yields: no. */
int irreversible_approve(struct session *session, const struct run_result *plan,
                         const struct words *named, struct err *err);

#endif
