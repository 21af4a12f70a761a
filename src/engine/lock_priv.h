/*
 * lock_priv.h - the parts of the lock.
 *
 * Layer:  engine, private.
 *
 * lock.c         the lease: take, keep, check, release
 * lock_object.c  the object in S3
 * lock_file.c    the local lock
 * lock_shards.c  locks of shards and of whole runs, which exclude each other
 */
#ifndef PLINTH_SRC_ENGINE_LOCK_PRIV_H
#define PLINTH_SRC_ENGINE_LOCK_PRIV_H

#include "plinth/codec/hash.h"
#include "plinth/engine/lock.h"

#define LOCK_FORMAT "plinth/lock/v1"

/* Nobody had it yet. */
static const struct lock_state lock_state_empty = {.holder = "",
                                                   .host = "",
                                                   .run = "",
                                                   .since = "",
                                                   .applied = "",
                                                   .applied_at = "",
                                                   .applied_run = ""};

struct lock {
    struct lock_options options;
    struct arena *arena; /* of one step: reset before each */
    int64_t lease_ms;
    int fd; /* of the local lock; -1 */

    bool held, lost, closing;
    uint64_t fence, renewals;
    char etag[128];       /* of what we wrote last */
    char since[64];       /* when we took it */
    int64_t kept_us;      /* when the last write that held was sent */
    struct fiber *keeper; /* renews; NULL */

    char applied[SHA256_HEX_BYTES]; /* the last baseline, ours or of a holder before; "" */
    char applied_at[64], applied_run[64];
};

/* Somebody else's lock, as we have seen it so far. */
struct lock_watch {
    char etag[128];
    int64_t since_us; /* when we first saw this ETag */
    int64_t began_us;
    bool alive; /* it was renewed before our eyes */
};

/* Note what was read of it. */
void lock_watch_note(struct lock *lock, struct lock_watch *watch, const struct lock_state *state);

/* Wait before the next look.  err: ERR_GATE when its holder is alive and we have waited enough.
 * yields: yes. */
int lock_watch_wait(struct lock *lock, const struct lock_watch *watch,
                    const struct lock_state *state, struct err *err);
bool lock_watch_is_gone(const struct lock *lock, const struct lock_watch *watch,
                        const struct lock_state *state);

/* lock.c: take our own lock, whatever others there are (as lock_take). */
int lock_take_own(struct lock *lock, struct err *err);

/* What whoever is refused can do. */
const char *lock_advice(const struct lock *lock);

void lock_tell(const struct lock *lock, enum lock_event event, const char *text);

/* What a holder before us left for all. */
void lock_inherit(struct lock *lock, const struct lock_state *state);

/* The text of the object or file, and back.  lock_parse: ERR_PROTOCOL. */
const char *lock_print(const struct lock *lock, bool held, struct arena *arena);
int lock_parse(const char *text, struct arena *arena, struct lock_state *out, struct err *err);

/* lock_object.c */
int lock_object_read(struct lock *lock, struct arena *arena, struct lock_state *out,
                     struct err *err);

/* Write our state over `etag` (NULL: over nothing), as shared_write.  lock->etag is then what we
 * wrote, now or in a write before that came late. */
int lock_object_write(struct lock *lock, const char *etag, bool held, struct err *err);

/* lock_file.c */
int lock_file_look(const struct lock *lock, struct arena *arena, struct lock_state *out,
                   struct err *err);
int lock_file_take(struct lock *lock, struct err *err);
void lock_file_release(struct lock *lock);

#endif
