/*
 * full_access.h - where AWS's own FullAWSAccess is attached.
 *
 * SCPs allow nothing by themselves: a target without it allows what its other SCPs allow, which is
 * nothing if they only deny.  It is attached to everything from the start, and plinth never
 * detaches it; who did may have meant it, so that it is told and not mended.
 */
#ifndef PLINTH_CONTROL_FULL_ACCESS_H
#define PLINTH_CONTROL_FULL_ACCESS_H

#include "plinth/control/control.h"

#define FULL_ACCESS_NAME "FullAWSAccess"

struct full_access {
    bool known;           /* it was read */
    const char **targets; /* ids, sorted */
    size_t count;
};

/* Read its targets.  owns: ctx->arena.  err: as aws_call.  yields: yes. */
int full_access_read(struct control_ctx *ctx, const char *policy_id, struct full_access *out,
                     struct err *err);

/* Add a note for each unit and account of the baseline, and for the root, that lacks it.
 * yields: no. */
void full_access_note(const struct control_ctx *ctx, const struct full_access *full_access,
                      struct changes *out);

#endif
