/*
 * shared.h - one text that several processes share, on several machines or on one.
 *
 * Layer:  engine.  On AWS it is an object in S3, which is only ever written on a condition
 *         (If-None-Match, or If-Match with the ETag that was read); locally a file, which is
 *         replaced whole while its folder is locked with flock(2).  Either way, of two who write
 *         over the same version one succeeds.  The lock of a run stands in such an object, and so
 *         does a rollout.
 * Source: S3 User Guide, "How to prevent object overwrites with conditional writes"; S3 is strongly
 *         consistent: what was written is what every later read shows.
 */
#ifndef PLINTH_ENGINE_SHARED_H
#define PLINTH_ENGINE_SHARED_H

#include "plinth/aws/call.h"
#include "plinth/base/err.h"

#include <stdbool.h>

struct arena; /* base/arena.h */

/* Where it stands.  The strings outlive what is made of it. */
struct shared_place {
    const char *file;         /* here; NULL: in S3, with the rest */
    struct aws_target target; /* of the bucket's account and region, with a client of its own: it
                               * must not wait behind what a lock protects, nor ask that lock */
    const char *bucket, *key;
    bool make;             /* the bucket, where it is not there */
    const char *partition; /* "aws" */
    const char *baseline;  /* tag of a bucket that is made */
};

/* What stands there. */
struct shared_text {
    const char *text;    /* NULL: nothing */
    const char *version; /* likewise */
    bool no_bucket;
};

/* "s3://bucket/key" or the file.  owns: `arena`.  yields: no. */
const char *shared_name(const struct shared_place *place, struct arena *arena);

/* owns: `arena`.  err: as aws_call, ERR_PROTOCOL, ERR_IO, ERR_LIMIT.  yields: in S3. */
int shared_read(const struct shared_place *place, struct arena *arena, struct shared_text *out,
                struct err *err);

/* Write `text` over the version `over` (NULL: over nothing); an answer that is lost is looked up,
 * so no two writes may have the same text.  *out is what stands there then, unless it could not be
 * asked.  owns: `arena`.  err: ERR_CONFLICT when something else than `over` stands there;
 * ERR_TRANSIENT when it was not written and may be tried again; as shared_read.  yields: in S3. */
int shared_write(const struct shared_place *place, const char *over, const char *text,
                 struct arena *arena, struct shared_text *out, struct err *err);

/* Make the bucket, or put its settings right; *out_made: it was not there.  owns: nothing; `arena`
 * is for the calls.  err: as aws_call.  yields: yes. */
int shared_make_bucket(const struct shared_place *place, struct arena *arena, bool *out_made,
                       struct err *err);

#endif
