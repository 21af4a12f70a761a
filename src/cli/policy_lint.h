/*
 * policy_lint.h - plinth policy lint, and what plinth validate shows of it.
 *
 * Layer:  cli.
 */
#ifndef PLINTH_CLI_POLICY_LINT_H
#define PLINTH_CLI_POLICY_LINT_H

#include "policy_replay.h"

#include "plinth/base/err.h"
#include "plinth/baseline/baseline.h"
#include "plinth/policy/lint.h"

struct arena; /* base/arena.h */
struct json;  /* codec/json.h */

/* What was linted together, and what was found. */
struct lint_run {
    const struct lint_document *documents;
    const struct node *const *nodes; /* parallel: what each was made of; NULL: no places */
    const char *const *files;        /* parallel: where there are no places */
    struct lint_result result;
};

/* The policies of a baseline, as they are declared.  owns: `arena`.  err: ERR_LIMIT.  yields: no.
 */
int lint_baseline(const struct baseline *baseline, struct arena *arena, struct lint_run *out,
                  struct err *err);

/* Errors and warnings on standard error, "file:line:column: severity: text" each, or as events with
 * --log-format json.  yields: no. */
void lint_put_events(const struct lint_run *run, const struct common *common, struct arena *arena);

/* All findings, as objects of the list.  yields: no. */
void lint_put_json(const struct lint_run *run, struct json *list, struct arena *arena);

/* Files and baselines; none: ./plinth.yaml.  Returns the exit code. */
int policy_lint_run(const struct policy_opts *options, const char *const *words, size_t count);

#endif
