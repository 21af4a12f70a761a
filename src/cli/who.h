/*
 * who.h - who changed what drifted, as far as CloudTrail tells.
 *
 * Layer:  cli.
 * Source: CloudTrail API Reference, LookupEvents: the last 90 days, 50 events a page, two pages a
 *         second for each account and region; an event takes up to 15 minutes to be there.
 */
#ifndef PLINTH_CLI_WHO_H
#define PLINTH_CLI_WHO_H

#include "plinth/engine/engine.h"

#include <stdint.h>

struct session; /* session.h */

/* Ask for each target of the plan that drifted: the newest writes to the services of its control,
 * where it works, since `since_ms` by its index; add them to it as notes.  What cannot be asked is
 * a note as well.  `since_ms[i]` belongs to the plan's i-th unit.  yields: yes. */
void who_ask(struct session *session, const struct run_result *plan, const int64_t *since_ms);

/* What it calls; ends with AWS_OP_NONE. */
extern const enum aws_op who_ops[];

#endif
