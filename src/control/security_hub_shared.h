/*
 * security_hub_shared.h - what the two controls of Security Hub share (security_hub_administrator.c
 * has it).
 *
 * Layer:  control, private to security_hub*.c.
 */
#ifndef PLINTH_CONTROL_SECURITY_HUB_SHARED_H
#define PLINTH_CONTROL_SECURITY_HUB_SHARED_H

#include "plinth/control/control.h"

struct security_hub_spec {
    const struct node *node;
    const char *standards; /* "DEFAULT", "NONE" */
};

/* Whether the last look from the management account found the security account without the office
 * in this region.  False if nobody looked.  yields: no. */
bool security_hub_lacks_administrator(const struct control_ctx *ctx);

/* Whether the target's account has a hub in the region.  err: as aws_call.  yields: yes. */
int security_hub_read(struct control_ctx *ctx, bool *out, struct err *err);

#endif
