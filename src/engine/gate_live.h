/*
 * gate_live.h - what hangs on the organization now: SCPs and RCPs, the baseline's and all others.
 *
 * Layer:  engine; for gate.c only.
 */
#ifndef PLINTH_ENGINE_GATE_LIVE_H
#define PLINTH_ENGINE_GATE_LIVE_H

#include "plinth/aws/call.h"
#include "plinth/baseline/guardrails.h"
#include "plinth/control/inventory.h"

#include <stdbool.h>

struct arena;     /* base/arena.h */
struct gate_live; /* opaque */

struct gate_live_plan {
    const struct baseline *baseline;
    bool prune;           /* what is called "plinth-..." and not in the baseline will go */
    bool policies_change; /* else all policies stay as they are, the baseline's too */
};

/* Read every SCP and RCP with its document and its targets: two calls for each policy.
 * owns: `arena`.  err: as aws_call.  yields: yes. */
int gate_live_read(const struct aws_target *management, const struct inventory *inventory,
                   const struct gate_live_plan *plan, struct arena *arena, struct gate_live **out,
                   struct err *err);

/* Complete what guardrails_over said of the account as it will be: the policies of others that are
 * attached on its way; FullAWSAccess only where it is attached, or where the target is still to be
 * made. */
void gate_live_after(const struct gate_live *live, const struct account *account,
                     struct policy_attached *over);

/* What is over the account now.  False: it does not exist. */
bool gate_live_before(const struct gate_live *live, const struct account *account,
                      struct policy_attached *out);

/* Whether policies, or its place, tell this account from others of its unit. */
bool gate_live_is_special(const struct gate_live *live, const struct account *account);

/* Whether a policy of that name is there that is not the baseline's. */
bool gate_live_has(const struct gate_live *live, const char *name);

/* Names of policies that could not be evaluated, each with the reason; ends with NULL. */
const char *const *gate_live_unread(const struct gate_live *live);

#endif
