/*
 * rollout_store.h - what of a rollout survives its process, and what is asked of whoever carries it
 *                   out, from any machine.
 *
 * Layer:  cli.  Three texts where what runs share stands (guard_place): rollout.json, how it
 *         stands, written by whoever carries it out and only over what that process wrote or read
 *         last; rollout.request, what somebody asked for; rollout.lock, a lock as that of a run,
 *         held for as long as one process carries it out.  Once that lock is lost no write of any
 *         step leaves any more.
 */
#ifndef PLINTH_CLI_ROLLOUT_STORE_H
#define PLINTH_CLI_ROLLOUT_STORE_H

#include "session.h"

#include "plinth/base/err.h"
#include "plinth/baseline/schema.h"
#include "plinth/codec/json.h"
#include "plinth/engine/lock.h"
#include "plinth/engine/rollout.h"

#include <stdbool.h>

struct arena; /* base/arena.h */
struct fiber; /* fiber/fiber.h */

struct rollout_store {
    struct session *session;
    struct shared_place state, request;
    struct lock *lock;
    const char *holder;          /* whom others see in lock and requests */
    char run[JOURNAL_RUN_BYTES]; /* of this process, as the lock knows it */
    struct arena *arena;         /* of what was read last */
    const struct json *document; /* how it stands; NULL: there never was one */
    const struct json *asking;   /* the request that stands there, whoever's; NULL: none */
    struct lock_state carrier;   /* who holds the lock */
    const char *version;         /* of the document; NULL */
    struct strings approved;     /* what somebody said yes to: journal_digests */
    const char *id;              /* of the rollout that is carried out or stands there; NULL */
    enum rollout_request heard;  /* what was asked of it last */
    bool watches, breaks_off;    /* see rollout_store_watch */
    bool closing;
    struct fiber *watcher; /* NULL: nobody watches */
};

/* `store` stays where it is until rollout_store_close.  In S3 it must be known who we are.  err: as
 * guard_place.  yields: no. */
int rollout_store_open(struct rollout_store *store, struct session *session, struct err *err);

/* Gives the lock back; also due after a failure.  yields: no: it runs the loop. */
void rollout_store_close(struct rollout_store *store);

/* Read how it stands, what is asked of it and who carries it out.  err: as shared_read.  yields:
 * no: it runs the loop, as all that follow do unless they say otherwise. */
int rollout_store_read(struct rollout_store *store, struct err *err);

/* Whether one stands there that has not come to its end.  yields: no. */
bool rollout_store_unfinished(const struct rollout_store *store);

/* Be the one who carries it out, and read how it stands; until it is given back the lock lives
 * beside whatever the session does.  err: ERR_GATE while somebody else is, and lives; as lock_take,
 * as rollout_store_read. */
int rollout_store_take(struct rollout_store *store, struct err *err);
void rollout_store_give(struct rollout_store *store);

/* Take it after a while in which it was given back.  err: also ERR_GATE when the document is not
 * the one that was read before. */
int rollout_store_take_again(struct rollout_store *store, struct err *err);

/* Write how it stands, under the lock: `document`, which gets what was approved, when it is written
 * and by which process.  err: ERR_GATE when another process did meanwhile; as shared_write. */
int rollout_store_save(struct rollout_store *store, struct json *document, struct err *err);

/* While this is on, an abort that is asked for stops the scheduler in the middle of whatever the
 * session does, and breaks_off says so.  yields: no, and runs nothing. */
void rollout_store_watch(struct rollout_store *store, bool on);

/* Ask whoever carries it out, now or next.  err: as shared_write. */
int rollout_store_ask(struct rollout_store *store, enum rollout_request request, struct err *err);

/* What is asked for; what cannot be read leaves it as it was heard last. */
enum rollout_request rollout_store_asked(struct rollout_store *store);

/* How it stands, for people and for machines: without what was approved, with who carries it out
 * and what is asked of it.  owns: `arena`.  yields: no. */
struct json *rollout_store_document(const struct rollout_store *store, struct arena *arena);

#endif
