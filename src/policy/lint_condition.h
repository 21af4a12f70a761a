/*
 * lint_condition.h - one condition of a statement, as the lint looks at it.
 */
#ifndef PLINTH_POLICY_LINT_CONDITION_H
#define PLINTH_POLICY_LINT_CONDITION_H

#include "evaluate_priv.h"
#include "iam_tables.h"
#include "lint_priv.h"

struct lint_condition {
    const char *operator_name;
    const struct json *values;
    const struct iam_key *key; /* NULL: the tables do not have it */
    bool wild;                 /* * and ? are wildcards */
    struct condition it;
};

/* Conditions of one statement beside each other: all of them must hold (lint_contradiction.c). */
void lint_together(struct lint *lint, const struct lint_condition *conditions, size_t count);

#endif
