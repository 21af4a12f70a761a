/*
 * together.h - what several policies come to that hold at once: those over an account.
 *
 * Layer:  policy.  SCPs allow what every level allows, and each level what any policy of it allows;
 *         a Deny of any policy of any level takes away.  RCPs only take away.
 * Source: Organizations User Guide, "SCP evaluation", "Resource control policies".
 */
#ifndef PLINTH_POLICY_TOGETHER_H
#define PLINTH_POLICY_TOGETHER_H

#include "plinth/base/err.h"
#include "plinth/codec/json.h"
#include "plinth/policy/document.h"

#include <stdbool.h>
#include <stddef.h>

struct arena; /* base/arena.h */

struct together_policy {
    size_t level; /* index, from the root down */
    const char *name;
    const struct json *document;
};

/* Where a statement stands. */
struct together_place {
    const struct together_policy *policy;
    size_t statement; /* from 1 */
    const char *sid;  /* NULL: it has none */
};

/* One statement, however often it stands there. */
struct together_statement {
    const struct json *statement; /* the first of them */
    const char *words;            /* policy_statement_words */
    const char *covered;          /* "DenyRoot denies all of it already"; NULL */
    struct together_place *places;
    size_t place_count, place_capacity;
};

struct together_statements {
    struct together_statement *items;
    size_t count, capacity;
};

struct policy_together {
    struct together_statements denies;  /* of all levels */
    struct together_statements *allows; /* of each level */
    bool *everything; /* of each level: an Allow of everything, on everything, on no condition */
};

/* owns: `arena`; what is given must live as long.  err: ERR_LIMIT.  yields: no. */
int policy_together(const struct together_policy *policies, size_t count, size_t level_count,
                    enum policy_kind kind, struct arena *arena, struct policy_together *out,
                    struct err *err);

#endif
