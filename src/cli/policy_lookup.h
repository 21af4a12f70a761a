/*
 * policy_lookup.h - the event history of an account in a region, for plinth policy replay --lookup.
 *
 * Layer:  cli.
 * Source: CloudTrail API Reference, "LookupEvents": 50 events a page, two pages a second for each
 *         account and region, of the last 90 days.
 */
#ifndef PLINTH_CLI_POLICY_LOOKUP_H
#define PLINTH_CLI_POLICY_LOOKUP_H

#include "plinth/aws/call.h"
#include "plinth/policy/replay.h"

#include <stdint.h>

/* What policy_lookup calls; ends with AWS_OP_NONE. */
extern const enum aws_op policy_lookup_ops[];

/* Feed the replay, which has begun a file, with the events of that time (INT64_MAX: until now).
 * err: as aws_call.  yields: yes. */
int policy_lookup(const struct aws_target *target, int64_t since_ms, int64_t until_ms,
                  struct replay *replay, struct err *err);

#endif
