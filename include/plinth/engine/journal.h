/*
 * journal.h - what a run set out to do and did, on disk before it is done.
 *
 * Layer:  engine.  AWS stays the state: the journal never decides what is true, it tells what was
 *         approved, what was sent, and of which writes nobody heard.
 *
 * Format: plinth/journal/v1.  One file a run, one JSON object a line, only ever appended to:
 *         {"n": 1, "prev": SHA-256 of the line before in hex ("" before the first), "at": time,
 *          "kind": ..., ...}, kinds as in docs/operations.md.  Secrets are not in it: of a write's
 *         parameters it has a digest (HMAC-SHA-256 of each value under its type and name, folded
 *         upwards), which tells whether two writes were the same.
 * Cost:   a write waits until its line is on disk; all that wait at a time share one fdatasync(2).
 * Limits: LIMIT_JOURNAL_LINE_BYTES.
 */
#ifndef PLINTH_ENGINE_JOURNAL_H
#define PLINTH_ENGINE_JOURNAL_H

#include "plinth/aws/call.h"
#include "plinth/base/err.h"
#include "plinth/baseline/schema.h"
#include "plinth/codec/json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;       /* base/arena.h */
struct change;      /* control/change.h */
struct env;         /* base/env.h */
struct journal;     /* opaque: one that is written */
struct lock;        /* engine/lock.h */
struct run_result;  /* engine/engine.h */
struct sched;       /* fiber/fiber.h */
struct unit_result; /* engine/engine.h */

enum { JOURNAL_RUN_BYTES = 64, JOURNAL_DIGEST_BYTES = 33 };

/* --- Write ---------------------------------------------------------------------------------------
 */

/* "20261124T120000.123Z-1a2b3c4d": sorts by time.  yields: no. */
void journal_run_id(const struct env *env, char out[JOURNAL_RUN_BYTES]);

/* A new journal FOLDER/RUN.jsonl (0600); folders that are missing are made (0700).  The file is
 * locked as long as the journal is open, so that others can tell that its run goes on.
 * owns: caller, journal_free().  err: ERR_IO, ERR_CONFLICT when it is there already.  yields: no.
 */
struct journal *journal_new(struct sched *sched, const char *folder, const char *run,
                            struct err *err);

/* Append to one that was left: a last line that a power cut left unfinished is cut off.  err:
 * ERR_CONFLICT while its run goes on; ERR_PROTOCOL when it is damaged.  yields: no. */
struct journal *journal_reopen(struct sched *sched, const char *path, struct err *err);

/* Flush and close; NULL is a no-op.  No fiber may wait for it any more.  yields: no. */
void journal_free(struct journal *journal);

/* A record to be filled in and given to journal_add at once: it is the journal's only one.
 * owns: the journal.  yields: no. */
struct json *journal_record(struct journal *journal, const char *kind);

/* Append it; it is on disk soon, or with `durable` on return.  err: ERR_IO, ERR_LIMIT; a journal
 * that failed once stays failed.  yields: with `durable`, on a fiber. */
int journal_add(struct journal *journal, const struct json *record, bool durable, struct err *err);

/* Note each write before it leaves and its answer after; a write that cannot be noted does not
 * leave, and neither does one once `lock`, or `outer`, under which this run is one of several, is
 * lost (each NULL: there is none).  yields: no. */
struct aws_write_guard journal_guard(struct journal *journal, struct lock *lock,
                                     struct lock *outer);

/* What the person saw who said yes.  yields: no. */
int journal_approve(struct journal *journal, const struct run_result *plan, struct err *err);
void journal_unit(struct journal *journal, const struct unit_result *unit);

/* What was approved in a run before, for the run that goes on with it.  yields: no. */
struct journal_run;
int journal_carry(struct journal *journal, const struct journal_run *from, struct err *err);

/* --- Read ----------------------------------------------------------------------------------------
 */

/* What a file came to. */
struct journal_end {
    uint64_t records;      /* whole and in the chain */
    uint64_t bytes;        /* of them */
    bool torn;             /* an unfinished last line was left out */
    uint64_t damaged_line; /* the first that breaks the chain, and what follows it; 0: none */
    char hash[65];         /* of the last record's line; "" before the first */
};

/* Every whole record of the chain, in order; `record` lives until the function returns, which may
 * end the reading with -1.  A damaged file is no error here: see *out.  err: ERR_NOTFOUND, ERR_IO,
 * what `fn` gives.  yields: no. */
int journal_read(const char *path, int (*fn)(void *arg, const struct json *record, struct err *err),
                 void *arg, struct journal_end *out, struct err *err);

struct journal_write {
    const char *control, *account, *region, *action, *resource; /* of the change; "" unknown */
    const char *service, *op, *in_account, *in_region;
    const char *result; /* "done", or an error's name; NULL: nobody heard */
    const char *code;   /* AWS's error code; "" */
    const char *request_id, *token;
};

enum journal_state {
    JOURNAL_RUNNING,     /* its process holds the file */
    JOURNAL_ENDED,       /* it said its last word */
    JOURNAL_INTERRUPTED, /* stopped by a signal: something is left */
    JOURNAL_KILLED,      /* it ended without a word */
    JOURNAL_RESUMED,     /* another run went on with it */
    JOURNAL_REFUSED,     /* it never got the lock, and did nothing */
};

/* A run as its journal tells it. */
struct journal_run {
    const char *path, *run, *version, *caller, *host, *begun, *ended; /* ended: NULL */
    const char *baseline, *resumes, *resumed_by;                      /* NULL where there is none */
    enum journal_state state;
    const struct json *plan;     /* of its beginning: a plan file without its report */
    const struct json *outcomes; /* of its end; NULL */
    const char **approved;       /* digests of changes and of blind units, sorted */
    size_t approved_count, approved_capacity;
    struct journal_write *writes;
    size_t write_count, write_capacity;
    size_t done, refused, in_doubt;
    struct json *units; /* array: those that ended other than clean */
    struct json *locks; /* array: what became of the lock */
    struct journal_end end;
};

/* "killed", ...  Static storage. */
const char *journal_state_name(enum journal_state state);

/* owns: `arena`.  err: as journal_read; ERR_PROTOCOL when it is no journal.  yields: no. */
int journal_load(const char *path, struct arena *arena, struct journal_run **out, struct err *err);

/* What an approval is kept as, sorted: a digest for each change of a plan, each of its fields and
 * each target that is planned blind.  owns: `arena`.  yields: no. */
struct strings journal_digests(const struct run_result *plan, struct arena *arena);

/* Whether all that a plan would do is in such a list: change by change, values included, though of
 * an update some fields may be done by now; or as part of an account that did not exist yet, where
 * nothing is taken away.  yields: no. */
bool journal_digests_cover(const struct strings *approved, const struct run_result *plan);

/* Told of a change, or with `change` NULL of a target that is planned blind. */
typedef void journal_told(void *arg, const struct unit_result *unit, const struct change *change);

/* How many changes and blind targets of a plan were not approved in that run; `told` (NULL:
 * nobody) hears of each.  Approved is what journal_digests_cover takes, and what follows from it
 * and from the writes of the run: a value that was to be known after apply, once the run wrote for
 * the control or one that it comes after; and the rest of a thing that the run created, set to the
 * values that were approved for it, where nothing is taken away.  yields: no. */
size_t journal_uncovered(const struct journal_run *run, const struct run_result *plan,
                         journal_told *told, void *arg);

/* Make a folder for what runs leave behind, with its parents, 0700.  err: ERR_IO, ERR_USAGE.
 * yields: no. */
int journal_make_folder(const char *path, struct err *err);

#endif
