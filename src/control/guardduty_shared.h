/*
 * guardduty_shared.h - what the two controls of GuardDuty share.
 *
 * Layer:  control, private to guardduty*.c.
 */
#ifndef PLINTH_CONTROL_GUARDDUTY_SHARED_H
#define PLINTH_CONTROL_GUARDDUTY_SHARED_H

#include "plinth/control/control.h"

/* Whether the last look from the management account found the security account without the office
 * in this region.  False if nobody looked.  yields: no. */
bool guardduty_lacks_administrator(const struct control_ctx *ctx);

/* After a failed write: GuardDuty has one error code for all that it refuses, so what the refusal
 * was about shows in another look only.  Returns -1.  yields: no. */
int guardduty_look_again(struct err *err);

/* CreateDetector, tagged.  `frequency` may be NULL.  err: as aws_call.  yields: yes. */
int guardduty_create_detector(struct control_ctx *ctx, const char *frequency, struct err *err);

#endif
