/*
 * policies_order.h - in which order documents are rewritten so that no statement is missing
 * meanwhile.
 *
 * Layer:  control; for policies.c only.
 */
#ifndef PLINTH_CONTROL_POLICIES_ORDER_H
#define PLINTH_CONTROL_POLICIES_ORDER_H

#include "plinth/control/control.h"

#include <stdbool.h>
#include <stddef.h>

struct arena; /* base/arena.h */

/* A document that the baseline wants. */
struct rewrite {
    const char *from; /* NULL: it is not there yet */
    const char *to;
    bool loses; /* set by policies_order: some of what it says will be in none of them */
};

/* Order all of them: `out` gets their numbers.  The first ones, whose count is returned, lose
 * nothing that another one is to hold.  Of the others, one that loses a piece comes after the one
 * that gains it; where two wait for each other, the first of them comes first, and for a moment the
 * piece is in neither.  yields: no. */
size_t policies_order(struct rewrite *items, size_t count, struct arena *arena, size_t *out);

/* How many pieces of a document none of the others has.  yields: no. */
size_t policies_uncovered(const char *content, const char *const *others, size_t count,
                          struct arena *arena);

/* The document with the ids of accounts in it (see POLICY_ACCOUNT_ID).  NULL while one of them does
 * not exist.  owns: ctx->arena.  yields: no. */
const char *policies_content(const struct control_ctx *ctx, const struct baseline_policy *want);

#endif
