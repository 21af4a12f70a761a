/*
 * history.h - what the runs over a baseline found, on this machine: since when something differs.
 *
 * Layer:  cli.  One JSON object a line, the newest last:
 *         {"time", "kind", "baseline_sha256", "targets", "unread", "drifted": [{"id", "since"}]}.
 *         Only runs over the whole baseline are noted: a part of it says nothing about the rest.
 */
#ifndef PLINTH_CLI_HISTORY_H
#define PLINTH_CLI_HISTORY_H

#include "plinth/report/report.h"

#include <stdint.h>

struct arena;   /* base/arena.h */
struct guard;   /* guard.h */
struct json;    /* codec/json.h */
struct session; /* session.h */

/* `given`, or the file beside the journals of the baseline.  yields: no. */
const char *history_path(const struct guard *guard, const char *given);

/* The lines as an array, the newest last; none if there is no file.  A line that cannot be read is
 * left out.  owns: `arena`.  err: ERR_IO, ERR_LIMIT.  yields: no. */
int history_read(const char *path, struct arena *arena, struct json **out, struct err *err);

/* When the target was first seen to differ and has differed in every run since; `now` if the newest
 * line does not have it.  *out_before is when it last was as wanted; NULL: nobody knows.
 * owns: the history and `now`.  yields: no. */
const char *history_since(const struct json *history, const char *id, const char *now,
                          const char **out_before);

/* history_read for who goes on without: says what is wrong, and is NULL then.  yields: no. */
const struct json *history_open(struct session *session, const char *path);

/* Add a line for this run, if it was over the whole baseline and there is a `history`.  What cannot
 * be kept is said and hides nothing else.  yields: no. */
void history_keep(struct session *session, const char *path, const struct json *history,
                  const struct run_result *run, enum report_kind kind);

#endif
