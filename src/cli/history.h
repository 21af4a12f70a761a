/*
 * history.h - what the runs over a baseline found, on this machine: since when something differs.
 *
 * Layer:  cli.  One JSON object a line, the newest last:
 *         {"time", "kind", "shard", "baseline_sha256", "targets", "unread",
 *          "drifted": [{"id", "since", "before"}], "mended": [likewise]}.
 *         `drifted` is what differs when the run ends, `mended` what an apply found so and put
 *         right.  Only runs over the whole baseline are noted, or over one shard of it: another
 *         part says nothing about the rest.  Several processes may add their lines at once.
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

/* When the target was first seen to differ and has differed in every run since; `now` if the `last`
 * line does not have it.  *out_before is when it last was as wanted; NULL: nobody knows.
 * owns: the line and `now`.  yields: no. */
const char *history_since(const struct json *last, const char *id, const char *now,
                          const char **out_before);

/* The newest line that tells of all that this run is over: of a whole run, or of the same shard.
 * An empty object: there is none.  NULL: the history cannot be read, which is said.  yields: no. */
const struct json *history_open(struct session *session, const char *path);

/* Add a line for this run, if it is to be noted and there is a `last` one.  What cannot be kept is
 * said and hides nothing else.  yields: no. */
void history_keep(struct session *session, const char *path, const struct json *last,
                  const struct run_result *run, enum report_kind kind);

#endif
