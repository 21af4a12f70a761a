/*
 * guardrails.h - the SCPs and RCPs of a baseline, compiled, and which of them are over an account.
 *
 * Layer:  baseline.  AWS's own FullAWSAccess counts as attached everywhere: plinth never detaches
 *         it, nor the last policy of a target.  Foreign policies are not among them.
 */
#ifndef PLINTH_BASELINE_GUARDRAILS_H
#define PLINTH_BASELINE_GUARDRAILS_H

#include "plinth/baseline/baseline.h"
#include "plinth/policy/evaluate.h"

struct arena;      /* base/arena.h */
struct guardrails; /* opaque */

/* owns: `arena`; the baseline must live as long.  err: ERR_CONFIG naming the policy, ERR_LIMIT.
 * yields: no. */
int guardrails_new(const struct baseline *baseline, struct arena *arena, struct guardrails **out,
                   struct err *err);

/* What is over an account, or over `ou` where `account` is NULL (both NULL: the root), to be asked
 * as principal's and as resource's account: guardrails only.  owns: the arena of guardrails_new.
 * yields: no. */
void guardrails_over(const struct guardrails *guardrails, const struct ou *ou,
                     const struct account *account, struct policy_attached *out);

/* The baseline's policy that a compiled one was made of; NULL: AWS's own.  yields: no. */
const struct baseline_policy *guardrails_origin(const struct guardrails *guardrails,
                                                const struct policy_compiled *policy);

/* Whether the statement that decided is the baseline's, and has the action in it by name, not by a
 * pattern.  yields: no. */
bool guardrails_names(const struct guardrails *guardrails, const struct policy_answer *answer,
                      const char *action);

#endif
