/*
 * policy_cases.h - the file that plinth policy test reads: requests, and what they must meet.
 *
 * Layer:  cli.
 */
#ifndef PLINTH_CLI_POLICY_CASES_H
#define PLINTH_CLI_POLICY_CASES_H

#include "plinth/base/err.h"
#include "plinth/baseline/baseline.h"
#include "plinth/policy/evaluate.h"

#include <stddef.h>

struct arena; /* base/arena.h */

/* One request of a case; a case with several actions is several of them. */
struct policy_case {
    const char *name;        /* NULL: it has none */
    const char *expect, *by; /* "allowed", "denied", "unknown"; a Sid or a policy, or NULL */
    const struct account *account;
    const struct ou *ou; /* of the account, or where one is thought of; both NULL: the root */
    const char *what;    /* "s3:GetObject to role/dev in Shop in eu-west-1" */
    struct policy_request request;
    const struct node *node;
};

struct policy_cases {
    const char *baseline; /* that the file names, from its own directory on; NULL */
    struct objects declared;
    struct policy_case *items;
    size_t count, capacity;
    struct diags doubts; /* actions that nobody knows, which are asked about all the same */
};

/* Read the file.  Mistakes go to `diags`.  owns: `arena`.  err: ERR_CONFIG when diags has errors,
 * ERR_IO, ERR_LIMIT.  yields: no. */
int policy_cases_read(const char *path, struct arena *arena, struct policy_cases *out,
                      struct diags *diags, struct err *err);

/* Make requests of what was read, for that baseline.  Likewise. */
int policy_cases_resolve(struct policy_cases *cases, const struct baseline *baseline,
                         struct arena *arena, struct diags *diags, struct err *err);

#endif
