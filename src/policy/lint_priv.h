/*
 * lint_priv.h - what the files of the lint share.
 */
#ifndef PLINTH_POLICY_LINT_PRIV_H
#define PLINTH_POLICY_LINT_PRIV_H

#include "plinth/base/arena.h"
#include "plinth/base/vec.h"
#include "plinth/policy/lint.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lint {
    struct arena *arena;
    const struct lint_document *documents;
    size_t document_count;
    uint64_t steps, steps_most;
    bool *malformed; /* of each document */
    bool exhausted;  /* it was told that steps ran out */
    size_t dropped;
    VEC(struct lint_finding) findings;

    /* Being linted. */
    size_t document; /* its index */
    const struct json *statement;
    size_t number; /* from 1 */
    bool deny;
};

/* Where in the statement: "Condition", operator, key; the last ones may be NULL. */
struct lint_place {
    const char *element, *inner, *innermost;
    const struct json *item; /* of the list there, or the value itself; NULL: all of it */
    const struct json *list;
};

/* `statement` 0 and no element: the document.  yields: no. */
void lint_add(struct lint *lint, enum lint_code code, const struct lint_place *place,
              const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Pay before the work.  False: there are not so many left, which is told once.  yields: no. */
bool lint_pay(struct lint *lint, uint64_t steps);

/* The items of a list, or a value as its only item. */
static inline const struct json *lint_first(const struct json *value)
{
    return value == NULL || value->type != JSON_ARRAY ? value : value->first;
}

static inline const struct json *lint_next(const struct json *list, const struct json *item)
{
    return list->type == JSON_ARRAY ? item->next : NULL;
}

/* The first value of the list that covers everything of `all`; NULL. */
const struct json *lint_covering(const struct json *list, const char *all,
                                 bool (*covers)(const char *a, const char *b));

/* Each looks at lint->statement, which is well-formed. */
void lint_actions(struct lint *lint);
void lint_resources(struct lint *lint);
void lint_conditions(struct lint *lint);

/* Of all documents, Denys against each other. */
void lint_shadows(struct lint *lint);

#endif
