/*
 * diag.h - all errors of a baseline in one run, in the order of their places.
 *
 * Layer:  baseline.
 * Limits: LIMIT_ERRORS_SHOWN are kept, the rest only counted.
 */
#ifndef PLINTH_BASELINE_DIAG_H
#define PLINTH_BASELINE_DIAG_H

#include "plinth/base/err.h"
#include "plinth/codec/node.h"

#include <stddef.h>

struct arena; /* base/arena.h */

struct diag {
    struct mark mark;
    const char *text; /* one sentence, no full stop: "unknown key 'regoin' in account; did you mean
                         'region'?" */
};

struct diags {
    struct arena *arena;
    struct diag *items;
    size_t count, capacity;
    size_t dropped; /* past LIMIT_ERRORS_SHOWN */
};

void diags_init(struct diags *diags, struct arena *arena);

/* `mark` may be NULL: the error has no place.  What was said of a place is not said twice.
 * yields: no. */
void diags_add(struct diags *diags, const struct mark *mark, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* `text`, and "did you mean" behind it if a candidate is near to `word`.  yields: no. */
void diags_add_unknown(struct diags *diags, const struct mark *mark, const char *word,
                       const char *const *candidates, size_t count, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

/* The error of a reader of files: at the place that its text starts with ("file:line:column: "),
 * else at `mark`.  yields: no. */
void diags_add_err(struct diags *diags, const struct mark *mark, const struct err *err);

/* 0 if there are none; else -1 with ERR_CONFIG and the first one's text.  yields: no. */
int diags_result(const struct diags *diags, struct err *err);

/* By file (in the order first seen), line, column.  yields: no. */
void diags_sort(struct diags *diags);

#endif
