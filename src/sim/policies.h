/*
 * policies.h - compiled documents, and the SCPs and RCPs over an account.
 *
 * Layer:  sim, private.
 */
#ifndef PLINTH_SIM_POLICIES_H
#define PLINTH_SIM_POLICIES_H

#include "sim_priv.h"

#include "plinth/policy/evaluate.h"

/* --- Documents (policy.c) ------------------------------------------------------------------------
 */

/* The compiled text; NULL if it is no policy.  Lives until sim_policies_trim. */
const struct policy_compiled *sim_policy_compiled(struct sim_policies *policies, const char *text);

/* Before a call: forget what was compiled if it is much. */
void sim_policies_trim(struct sim_policies *policies);

/* The question as the evaluator takes it.  owns: `arena`. */
struct policy_request sim_policy_request(const struct sim_question *question, struct arena *arena);

/* What a document says by itself; silent if it is NULL, or no policy. */
enum sim_verdict sim_policy_ask(struct sim_call *call, const char *text,
                                const struct policy_request *request);

/* --- SCPs and RCPs (guardrails.c) ----------------------------------------------------------------
 */

/* What the organization lays on an account.  Lives until the organization changes. */
struct sim_guardrails {
    const char *organization; /* id; NULL: the account is in none */
    const char *path;         /* aws:PrincipalOrgPaths: "o-1/r-1/ou-1/" */
    struct policy_attached attached;
};
const struct sim_guardrails *sim_guardrails_of(struct sim_call *call, const char *account);

/* Whether the SCPs over the principal, or the RCPs over the resource, stand against the request;
 * *out_why is then the end of AWS's message. */
bool sim_guardrails_deny(struct sim_call *call, const struct policy_request *request,
                         const char **out_why);
bool sim_rcps_deny(struct sim_call *call, const struct policy_request *request,
                   const char **out_why);

struct sim_guardrails_cache *sim_guardrails_cache_new(void);
void sim_guardrails_cache_clear(struct sim_guardrails_cache *cache);
void sim_guardrails_cache_free(struct sim_guardrails_cache *cache);
struct sim_guardrails_cache *sim_policies_guardrails(const struct sim_policies *policies);

#endif
