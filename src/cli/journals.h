/*
 * journals.h - the journals of this machine: which there are, and what one tells.
 *
 * Layer:  cli.
 */
#ifndef PLINTH_CLI_JOURNALS_H
#define PLINTH_CLI_JOURNALS_H

#include "plinth/base/err.h"
#include "plinth/engine/journal.h"

#include <stdbool.h>

struct arena; /* base/arena.h */
struct buf;   /* base/buf.h */

struct journals {
    struct journal_run **items; /* the oldest first */
    size_t count, capacity;
};

/* All of a folder; NULL: those of all baselines.  What is no journal is left out.  owns: `arena`.
 * err: ERR_USAGE, ERR_IO.  yields: no. */
int journals_load(const char *folder, struct arena *arena, struct journals *out, struct err *err);

/* The last run of a baseline (as in load_baseline), and of a shard (NULL: a whole one), that was
 * killed or interrupted and that no other went on with.  owns: `arena`.  err: ERR_NOTFOUND when
 * there is none, ERR_CONFLICT while it runs. */
int journals_unfinished(const char *folder, const char *baseline, const char *shard,
                        struct arena *arena, struct journal_run **out, struct err *err);

/* The run of that name; NULL: the last one that got the lock.  `command` asks.  err: ERR_USAGE for
 * a name that is none, ERR_NOTFOUND when there is no run at all.  NULL: with an error. */
const struct journal_run *journals_find(const struct journals *journals, const char *name,
                                        const char *command, struct err *err);

/* "I/N" of the run; NULL: it was whole. */
const char *journals_shard(const struct journal_run *run);

/* In plain words; `all`: every write and not only those that are in doubt. */
void journals_tell(const struct journal_run *run, bool all, struct buf *out);

/* owns: `arena`. */
struct json *journals_json(const struct journal_run *run, bool all, struct arena *arena);

#endif
