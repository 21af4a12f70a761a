/*
 * results.h - what a plan, a drift run or an apply says of its targets.
 *
 * Layer:  engine.  A run of 10,000 accounts in 30 regions has millions of targets, and few kinds of
 *         them: of each that is not simply clean a record of 16 bytes is kept, and what it says
 *         (outcome, reason, changes, notes) once for all that say the same.
 */
#ifndef PLINTH_ENGINE_RESULTS_H
#define PLINTH_ENGINE_RESULTS_H

#include "plinth/base/err.h"
#include "plinth/control/change.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;   /* base/arena.h */
struct control; /* control/control.h */

enum outcome {
    OUTCOME_CLEAN,   /* live is as wanted, and no write was needed */
    OUTCOME_CHANGED, /* it was mended, and read back */
    OUTCOME_DRIFTED, /* live differs from wanted */
    OUTCOME_SKIPPED, /* left out, for the reason given */
    OUTCOME_FAILED,  /* a change was refused or did not hold */
    OUTCOME_UNKNOWN, /* could not be read */
    OUTCOME_COUNT
};

/* "clean", "changed", ...  Static storage. */
const char *outcome_name(enum outcome outcome);

/* A target, as it is told of: a value to look at, made by results_unit. */
struct unit_result {
    size_t index; /* its place in the order of plans */
    const struct control *control;
    const char *account;    /* name in the baseline; NULL: the organization */
    const char *account_id; /* NULL: does not exist yet */
    const char *region;     /* NULL where the scope has none */
    enum outcome outcome;
    const char *reason;     /* of SKIPPED, FAILED and UNKNOWN, and of what an interrupted apply
                             * left as it was; else NULL */
    enum err_code code;     /* of FAILED and UNKNOWN */
    bool blind;             /* planned without a reading, because its account does not exist yet or
                             * is too fresh to be entered: an apply finds out what it needs */
    struct changes changes; /* planned; in an apply those carried out and the one that failed */
    size_t applied;         /* of changes, from the first */
};

struct summary {
    size_t targets;
    size_t outcomes[OUTCOME_COUNT]; /* add up to targets */
    size_t changes;                 /* planned, or carried out */
    uint64_t reads, writes;         /* calls of the client since engine_new: signing in to members,
                                     * and in an apply the plan before it, are in there */
    int64_t elapsed_ms; /* of all that these calls took, without what a person took to answer */
    bool interrupted;
};

struct result_entry; /* results.c */
struct result_texts; /* results.c */

/* Of a plan, a drift run or an apply.  Clean targets are only counted. */
struct run_result {
    struct result_entry *entries;     /* all that are not clean, and clean ones with notes or blind:
                                       * results_unit */
    size_t unit_count, unit_capacity; /* of entries */
    struct summary summary;
    struct arena *arena; /* its own: as long as the run, until the next results_begin */
    struct result_texts *texts;
};

/* Empty `run`, which is all zero at first.  owns: caller, results_end().  yields: no. */
void results_begin(struct run_result *run);
void results_end(struct run_result *run);

/* Add a unit, or put another in the place of the i-th.  What `unit` points to is copied, but for
 * its control.  yields: no. */
void results_add(struct run_result *run, const struct unit_result *unit);
void results_set(struct run_result *run, size_t i, const struct unit_result *unit);

/* The i-th of run->unit_count.  Its texts and changes live as long as the run, and are shared with
 * others: only to be read.  yields: no. */
struct unit_result results_unit(const struct run_result *run, size_t i);

/* Whether two say the same: control, outcome, reason, changes and notes.  yields: no. */
bool results_alike(const struct run_result *run, size_t i, size_t k);

/* In the order of plans, and the place of the one with that index then.  False: there is none.
 * yields: no. */
void results_sort(struct run_result *run);
bool results_find(const struct run_result *run, size_t index, size_t *out);

#endif
