/*
 * lock.h - two runs cannot interleave: one at a time writes.
 *
 * Layer:  engine.
 *
 * On AWS the lock is an object in S3 that is only ever written on a condition (If-None-Match, or
 * If-Match with the ETag that was read), so of two who try one succeeds.  Its holder renews it at a
 * third of its lease and writes only as long as three quarters of the lease have not passed since
 * the last renewal was sent; whoever wants it from a holder that is gone watches it for a whole
 * lease and takes it over when nobody renewed it.  No two clocks are compared: each side counts on
 * its own, by a clock that never goes back.  Each holder has a fencing number, one more than the
 * holder before; AWS itself does not know it, so the quarter of a lease is what keeps a late write
 * apart from the next holder's first.
 * Shards of one run have a lock each, "<lock>.shard-I-of-N", and hold them at the same time.  A run
 * that is whole, and shards of another N, are rivals: who has taken its own lock looks for theirs,
 * and of two who take theirs at the same time at least one sees the other.  Of two who meet, the
 * one with more shards gives its lock back and waits; the other keeps its own while it waits. A
 * local lock is a file that is locked with flock(2): the kernel gives it up when its holder ends.
 * Source: S3 User Guide, "How to prevent object overwrites with conditional writes".
 */
#ifndef PLINTH_ENGINE_LOCK_H
#define PLINTH_ENGINE_LOCK_H

#include "plinth/base/err.h"
#include "plinth/engine/shared.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena; /* base/arena.h */
struct lock;  /* opaque */

enum { LOCK_LEASE_MS = 60 * 1000 };

enum lock_event {
    LOCK_MADE,       /* the bucket: it was not there */
    LOCK_WAITING,    /* somebody has it */
    LOCK_TAKEN,      /* it is ours */
    LOCK_TAKEN_OVER, /* likewise, from a holder that is gone */
    LOCK_LOST,       /* no write leaves any more */
    LOCK_RELEASED,
    LOCK_KEPT, /* it could not be released: it ends with its lease */
};

/* Static storage. */
const char *lock_event_name(enum lock_event event);

struct lock_options {
    struct sched *sched;
    struct shared_place place; /* in a file it is a local lock */
    const char *whole; /* of a shard: the file or key of the lock that a whole run takes; NULL */
    size_t shards;     /* of this run; 0 or 1: it is whole */
    const char *holder, *host, *run;
    const char *advice; /* to whoever is refused; NULL: to wait, or to use --lock-wait */
    int64_t lease_ms;   /* 0: LOCK_LEASE_MS */
    int64_t wait_ms;    /* for a holder that is alive; 0: not at all */

    /* Told as it happens, on a fiber; must not wait.  NULL. */
    void (*told)(void *arg, enum lock_event event, const char *text, uint64_t fence);
    void *arg;
};

/* What the lock itself, and what is shared beside it, calls in the management account; ends with
 * AWS_OP_NONE. */
extern const enum aws_op lock_ops[];

/* The options' strings outlive the lock.  owns: caller, lock_free().  yields: no. */
struct lock *lock_new(const struct lock_options *options);
void lock_free(struct lock *lock);

/* What stands there now. */
struct lock_state {
    bool no_bucket; /* in S3: it is made by the first apply */
    bool held;
    const char *holder, *host, *run, *since; /* of the last holder; "" if there was none */
    int64_t lease_ms;
    uint64_t fence;
    const char *applied; /* digest of the baseline that was last applied whole; "" */
    const char *applied_at, *applied_run; /* when, and by which run; "" */
    const char *etag;                     /* in S3; NULL */
};

/* Reads only.  owns: `arena`.  err: as aws_call, ERR_PROTOCOL, ERR_IO.  yields: in S3. */
int lock_look(struct lock *lock, struct arena *arena, struct lock_state *out, struct err *err);

/* A lock of another kind of run that is held: while it is, ours cannot be had. */
struct lock_rival {
    const char *name; /* key or file */
    size_t shards;    /* of its run; 1: it is whole */
    struct lock_state state;
};

/* Those that are held now.  Reads only.  owns: `arena`.  err: as lock_look.  yields: in S3. */
int lock_rivals(struct lock *lock, struct arena *arena, struct lock_rival **out, size_t *out_count,
                struct err *err);

/* The name of a shard's lock.  owns: `arena`.  yields: no. */
const char *lock_shard_name(const char *whole, size_t index, size_t count, struct arena *arena);

/* "role/admin on host-1 since 2026-11-24T12:00:00Z (run ..., fencing number 3)".  owns: `arena`. */
const char *lock_state_text(const struct lock_state *state, struct arena *arena);

/* Where it is: "s3://bucket/key" or the file.  owns: `arena`.  yields: no. */
const char *lock_place(const struct lock *lock, struct arena *arena);

/* Take it, and keep it by a fiber of its own.  A holder that does not renew is waited for until its
 * lease has passed, one that does for `wait_ms`.  err: ERR_GATE naming the holder, ERR_CANCELLED,
 * as aws_call, ERR_IO.  yields: yes. */
int lock_take(struct lock *lock, struct err *err);

/* Whether a write may leave now.  Once it may not it never may again.  err: ERR_GATE.  yields: no.
 */
int lock_check(struct lock *lock, struct err *err);

/* Between two runs of the scheduler, which ends with its last fiber, nobody renews a lock: rest
 * ends the fiber and gives nothing back, keep starts it again, and is a no-op unless the lock is
 * held. It must be kept again before three quarters of a lease have passed.  yields: rest. */
void lock_rest(struct lock *lock);
void lock_keep(struct lock *lock);

/* Remember for all who come after that the whole baseline of this digest was applied: written when
 * the lock is given back.  yields: no. */
void lock_note_applied(struct lock *lock, const char *baseline_sha256);

/* End the fiber, and give the lock back unless the run is being stopped (nothing can be sent then:
 * call again after sched_go_on).  One that was never taken or is lost is left.  yields: yes. */
void lock_release(struct lock *lock);
bool lock_is_held(const struct lock *lock);

/* Take it from whoever has it, if it still is in that state.  err: ERR_CONFLICT when it is not, and
 * for a local lock: end its process.  yields: yes. */
int lock_break(struct lock *lock, const struct lock_state *state, struct err *err);

#endif
