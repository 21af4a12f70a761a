/*
 * evaluate.h - what the policies say to a request: allowed, denied, or unknown.
 *
 * Layer:  policy.  A document is compiled once and asked many times; asking allocates nothing.
 *
 *         An answer is never a guess.  Where the outcome hangs on something that was not given - a
 *         condition key, the resource, a session's name - it is POLICY_UNKNOWN, by three-valued
 *         logic: a policy that asks for the key and comes to the same end either way still gives a
 *         definite answer.  docs/evaluator.md tells what AWS documents, and what is left open.
 * Source: IAM User Guide, "Policy evaluation logic" (within an account, across accounts), "JSON
 *         policy element reference", "Condition operators", "Single-valued vs. multivalued context
 *         keys", "Variables and tags"; Organizations User Guide, "SCP evaluation", "RCP
 * evaluation". Limits: EVALUATE_VARIABLES_MOST policy variables in one value.  A wildcard costs at
 * most the length of its pattern times the length of the text.
 */
#ifndef PLINTH_POLICY_EVALUATE_H
#define PLINTH_POLICY_EVALUATE_H

#include "plinth/base/err.h"
#include "plinth/codec/json.h"
#include "plinth/policy/document.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;           /* base/arena.h */
struct policy_compiled; /* opaque */

enum { EVALUATE_VARIABLES_MOST = 16 };

/* --- Policies ------------------------------------------------------------------------------------
 */

/* What an answer calls it: "SCP plinth-root-1". */
struct policy_label {
    const char *title; /* "SCP", "identity policy" */
    const char *name;
};

/* Check the document for its kind, then compile it.  owns: `arena`, with copies of all it needs.
 * err: ERR_CONFIG; ERR_LIMIT for too many variables in a value.  yields: no. */
int policy_compile(const struct json *document, enum policy_kind kind,
                   const struct policy_label *label, struct arena *arena,
                   const struct policy_compiled **out, struct err *err);

const char *policy_compiled_name(const struct policy_compiled *policy);

/* Whether an answer about that action may hang on a condition key, or on the resource (`key` NULL):
 * a statement that may be about the action names it, in a condition or as a variable.  For who asks
 * much and keeps the answers.  yields: no. */
bool policy_asks_for(const struct policy_compiled *policy, const char *action, const char *key);

struct policy_set {
    const struct policy_compiled *const *items;
    size_t count;
};

/* What is attached to the root, to one OU, or to the account. */
struct policy_level {
    const char *name; /* "the root", "Workloads/Prod" */
    struct policy_set policies;
};

struct policy_levels { /* from the root down to the account */
    const struct policy_level *items;
    size_t count;
};

/* Everything that bears on a request. */
struct policy_attached {
    struct policy_levels scps; /* over the principal's account; none: it is in no organization, or
                                * SCPs are not switched on.  AWS's FullAWSAccess is one of them. */
    struct policy_levels rcps; /* over the resource's account.  They only take away: what AWS's
                                * RCPFullAWSAccess allows cannot be detached. */
    bool management_principal; /* the principal's account is the management account: no SCP binds */
    bool management_resource;  /* the resource's account is: no RCP binds */

    /* Ask for SCPs and RCPs only, as if all that follows allowed everything. */
    bool guardrails_only;
    struct policy_set identity;             /* of the user and its groups, or of the role */
    struct policy_set boundary;             /* none: there is no permissions boundary */
    struct policy_set session;              /* none: the session was made without policies */
    const struct policy_compiled *resource; /* the resource's own, or a role's trust policy; NULL */
};

/* --- Requests ------------------------------------------------------------------------------------
 */

enum principal_kind {
    PRINCIPAL_USER,
    PRINCIPAL_ROLE,                /* a session of a role */
    PRINCIPAL_SERVICE_LINKED_ROLE, /* neither SCPs nor RCPs bind it */
    PRINCIPAL_ROOT,                /* an account's root user */
    PRINCIPAL_FEDERATED_USER,      /* GetFederationToken */
    PRINCIPAL_SERVICE,             /* a service on its own behalf */
    PRINCIPAL_PROVIDER,            /* an identity that a SAML or OIDC provider vouches for */
    PRINCIPAL_ANONYMOUS,
};

struct policy_principal {
    enum principal_kind kind;
    const char *arn;     /* of the user, role, root user or provider; a service's name */
    const char *session; /* ARN of the session of a role or federated user; NULL: not given */
    const char *account; /* 12 digits; NULL: it has none */
};

/* The principal of an ARN ("arn:aws:iam::111122223333:role/x",
 * "arn:aws:sts::...:assumed-role/x/y"), of a service's name, or of "*" (anonymous).  A session does
 * not tell the path of its role: the role is taken to have none.  owns: `arena`.  False if it is
 * none of them.  yields: no. */
bool policy_principal_parse(const char *text, struct arena *arena, struct policy_principal *out);

/* The values that a condition key has in the request; none: the key is known to be absent. */
struct policy_key {
    const char *name; /* "aws:SourceVpc"; its case does not matter */
    const char *const *values;
    size_t count;
};

struct policy_request {
    struct policy_principal principal;
    const char *action;   /* "s3:GetObject" */
    const char *resource; /* an ARN; "*" where the action has no resource; NULL: not given */
    const char *resource_account;  /* NULL: the principal's own */
    const char *region;            /* aws:RequestedRegion; NULL: not given */
    const struct policy_key *keys; /* these come before what follows from the members above */
    size_t key_count;
    bool keys_complete; /* a key that neither is given nor follows is absent, and not unknown */
};

/* --- Answers -------------------------------------------------------------------------------------
 */

enum policy_outcome { POLICY_ALLOWED, POLICY_DENIED, POLICY_UNKNOWN };

/* What decided. */
enum policy_reason {
    REASON_STATEMENT, /* `statement` of `policy` */
    REASON_SCP,       /* no SCP of `level` allows it */
    REASON_IDENTITY,  /* no identity policy allows it */
    REASON_BOUNDARY,  /* the permissions boundary does not */
    REASON_SESSION,   /* no session policy does */
    REASON_RESOURCE,  /* the resource's own policy does not */
    REASON_UNBOUND,   /* nothing is in the way: no policy binds or is needed */
};

struct policy_answer {
    enum policy_outcome outcome;
    enum policy_reason reason;
    bool may_deny; /* of UNKNOWN: the statement is a Deny that may hold; else an Allow that may not
                    */
    const struct policy_compiled *policy; /* of REASON_STATEMENT; else NULL */
    size_t statement;                     /* from 0 */
    const char *sid;                      /* NULL: it has none */
    const char *level;                    /* where the deciding SCP or RCP hangs; else NULL */
    const char *missing; /* of UNKNOWN: what was not given, a condition key or words; else NULL */
    uint64_t steps;      /* what the answer cost: comparisons of single characters and values */
};

/* owns: pointers of the answer are those of its arguments.  yields: no. */
void policy_evaluate(const struct policy_attached *attached, const struct policy_request *request,
                     struct policy_answer *out);

/* What one document says by itself, whatever else would have to agree: it denies (DENIED by
 * REASON_STATEMENT), allows, or says nothing (DENIED by REASON_RESOURCE).  Statements without
 * Principal mean everybody; those with one mean the principal in whatever way they name it.
 * owns: as policy_evaluate.  yields: no. */
void policy_evaluate_alone(const struct policy_compiled *policy,
                           const struct policy_request *request, struct policy_answer *out);

/* "allowed", "denied", "unknown".  Static storage. */
const char *policy_outcome_name(enum policy_outcome outcome);

/* "SCP plinth-root-1 statement DenyOtherRegions"; NULL if no statement decided.  owns: `arena`.
 * yields: no. */
const char *policy_answer_source(const struct policy_answer *answer, struct arena *arena);

/* The answer as a sentence about `what` ("s3:GetObject to role/x"): "SCP plinth-root-1 statement
 * DenyOtherRegions denies ...".  owns: `arena`.  yields: no. */
const char *policy_answer_text(const struct policy_answer *answer, const char *what,
                               struct arena *arena);

#endif
