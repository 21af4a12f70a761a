/*
 * guard.h - what an apply has around it: its journal, and the lock that keeps other runs away.
 *
 * Layer:  cli.
 */
#ifndef PLINTH_CLI_GUARD_H
#define PLINTH_CLI_GUARD_H

#include "options.h"

#include "plinth/engine/engine.h"
#include "plinth/engine/journal.h"
#include "plinth/engine/lock.h"

struct session; /* session.h */

struct guard {
    struct session *session;
    char run[JOURNAL_RUN_BYTES];
    const char *folder;                /* of the journals of this baseline */
    struct journal *journal;           /* NULL: nothing is written */
    struct lock *lock;                 /* NULL: the baseline wants none, or nobody asked yet */
    struct engine_observer observer;   /* the progress line's */
    const struct journal_run *resumed; /* that this run goes on with; NULL */
    bool refused;                      /* the lock was, so that nothing was done */
};

/* Nothing is opened yet.  yields: no. */
void guard_init(struct guard *guard, struct session *session);
void guard_fini(struct guard *guard);

/* The engine's observer: the progress line's, and what it tells goes to the journal. */
struct engine_observer guard_observer(struct guard *guard);

/* Find the folder of the journals; guard_know does it too.  err: ERR_USAGE.  yields: no. */
int guard_find_folder(struct guard *guard, struct err *err);

/* Set the lock up, once it is known who we are; a no-op where it is.  err: ERR_USAGE, ERR_IO.
 * yields: no. */
int guard_know(struct guard *guard, struct err *err);

/* Whether what runs share stands in S3, by the lock's kind; it is in files otherwise.  yields: no.
 */
bool guard_is_remote(const struct guard *guard);

/* Where a text of this baseline stands that its runs share: beside the lock in S3, once it is known
 * who we are, or in the folder of the journals.  owns: the session's arena.  err: as guard_know.
 * yields: no. */
int guard_place(struct guard *guard, const char *name, struct shared_place *out, struct err *err);

/* The name of this machine, for people.  owns: `arena`.  yields: no. */
const char *guard_host(struct arena *arena);

/* Who holds the lock, and what an apply would make for it, as a line for people; NULL: nothing to
 * say.  owns: the session's arena.  yields: yes. */
const char *guard_look(struct guard *guard);

/* Open the journal and note the plan that was approved; `resumed` NULL: none.  err: ERR_IO.
 * yields: no. */
int guard_begin(struct guard *guard, const struct run_result *plan,
                const struct journal_run *resumed, struct err *err);

/* Between these two the client may write.  err: as lock_take.  yields: yes. */
int guard_take(struct guard *guard, struct err *err);
void guard_release(struct guard *guard);

/* Whether this baseline, as it is, is the one that was applied last under the lock.  err: ERR_GATE,
 * ERR_USAGE without a lock; as lock_look.  yields: yes. */
int guard_same_baseline(struct guard *guard, struct err *err);

/* Remember that all of it was applied: while the lock is ours; and on an apply that had nothing to
 * do, unless that stands there already.  yields: the second. */
void guard_note_applied(struct guard *guard);
int guard_note_unchanged(struct guard *guard, struct err *err);

/* The journal's last word; `result` NULL: the run failed as a whole.  yields: no. */
void guard_end(struct guard *guard, const struct run_result *result, const struct err *err);

/* The folder above the journals of all baselines.  owns: `arena`.  err: ERR_USAGE.  yields: no. */
int guard_state_folder(struct arena *arena, const char **out, struct err *err);

#endif
