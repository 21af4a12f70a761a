/*
 * planfile.h - a plan that somebody approved, bound to what it was made from and to what it saw.
 *
 * Layer:  cli.  The file holds no list of writes to replay: apply plans again from the same
 *         baseline and goes on only if that gives the same plan over the same live state.
 * Limits: LIMIT_JSON_BYTES.
 */
#ifndef PLINTH_CLI_PLANFILE_H
#define PLINTH_CLI_PLANFILE_H

#include "options.h"

#include "plinth/base/err.h"

struct buf;        /* base/buf.h */
struct arena;      /* base/arena.h */
struct json;       /* codec/json.h */
struct run_result; /* engine/engine.h */
struct session;    /* session.h */

#define PLANFILE_FORMATS "plinth/plan-file/"
#define PLANFILE_FORMAT PLANFILE_FORMATS "v1"

struct planfile {
    const char *path;
    const char *baseline; /* its whole path, so that apply finds it from any folder */
    const char *baseline_sha256, *plan_sha256;
    const char *account, *partition;
    const char *organization;  /* NULL: there was none yet */
    struct run_opts selection; /* variables, selection and prune of the plan */
};

/* Whether a plan may be written there: over nothing, an empty file or another plan, and over
 * nothing else.  err: ERR_USAGE, ERR_IO, ERR_LIMIT.  yields: no. */
int planfile_check_target(const char *path, struct err *err);

/* err: also as planfile_check_target.  yields: no. */
int planfile_write(const char *path, const struct session *session, const struct run_result *plan,
                   struct err *err);

/* The text of a plan file, for another place than its own.  err: ERR_LIMIT.  yields: no. */
int planfile_print(const struct session *session, const struct run_result *plan, struct buf *out,
                   struct err *err);

/* What such a file holds, but for the report.  owns: `arena`.  yields: no. */
struct json *planfile_document(const struct session *session, const struct run_result *plan,
                               const char *baseline, const char *baseline_sha256,
                               struct arena *arena);

/* The same read back; `path` is for messages.  owns: `arena`.  err: ERR_PROTOCOL.  yields: no. */
int planfile_parse(const struct json *document, const char *path, struct arena *arena,
                   struct planfile **out, struct err *err);

/* *out is NULL when `path` is no plan file (but, it may be, a baseline).  owns: `arena`.
 * err: ERR_PROTOCOL for one that is damaged or of another version, ERR_IO.  yields: no. */
int planfile_read(const char *path, struct arena *arena, struct planfile **out, struct err *err);

/* Whether it was made for this account and from this baseline; the organization may have been made
 * since.  err: ERR_GATE with what moved.  yields: no. */
int planfile_check_origin(const struct planfile *planfile, const struct session *session,
                          struct err *err);

/* Whether `plan`, just made, is the one that was approved.  err: ERR_GATE with what moved.
 * yields: no. */
int planfile_check(const struct planfile *planfile, const struct session *session,
                   const struct run_result *plan, struct err *err);

#endif
