/*
 * bucket.h - a bucket that plinth makes: closed to the public, versioned, encrypted, and held to
 *            one policy.
 *
 * Layer:  control, private.  A control embeds it among its other writes.
 * Source: docs.aws.amazon.com/AmazonS3/latest/API, API version 2006-03-01; S3 User Guide, "Locking
 *         objects with Object Lock"
 * Limits: a bucket is never deleted or emptied.  A lock that is no longer wanted keeps no new
 *         objects; those that it holds stay held.
 */
#ifndef PLINTH_CONTROL_BUCKET_H
#define PLINTH_CONTROL_BUCKET_H

#include "plinth/control/control.h"

#include <stdint.h>

/* What is set on it. */
enum bucket_part {
    BUCKET_VERSIONING,
    BUCKET_ENCRYPTION,
    BUCKET_PUBLIC_ACCESS,
    BUCKET_OWNERSHIP,
    BUCKET_LOCK,
    BUCKET_LIFECYCLE,
    BUCKET_POLICY,
    BUCKET_PART_COUNT
};

/* Steps of its changes, beside those that the control counts from 0: to make it, and behind
 * BUCKET_PART each of its parts. */
enum { BUCKET_CREATE = 3000, BUCKET_PART };

struct bucket {
    const char *title;      /* for people: "log bucket" */
    const char *name;       /* NULL: not known yet */
    const char *account_id; /* whose it is; NULL: not known yet */
    const char *region;
    const char *advice;    /* where the name is taken: "give log_archive another bucket" */
    struct pairs tags;     /* of a new one, beside the ownership tag */
    bool lockable;         /* a new one is made for Object Lock */
    const char *lock_mode; /* GOVERNANCE, COMPLIANCE; NULL: nothing holds new objects */
    int64_t lock_days;
    const char *asks_for; /* by what name a person says yes to COMPLIANCE; NULL: nobody is asked */
    const struct json *lifecycle; /* as PutBucketLifecycleConfiguration takes it */
    const char *key_arn;          /* NULL: the key does not exist yet */
    const char *policy;           /* JSON; NULL while a name in it is not known */
};

struct bucket_seen {
    bool exists;
    const char *parts[BUCKET_PART_COUNT]; /* each a text that is equal if the setting is */
};

/* What a control that has one calls for it. */
#define BUCKET_OPS                                                                                 \
    AWS_S3_CREATE_BUCKET, AWS_S3_GET_BUCKET_TAGGING, AWS_S3_GET_BUCKET_VERSIONING,                 \
        AWS_S3_PUT_BUCKET_VERSIONING, AWS_S3_GET_BUCKET_ENCRYPTION, AWS_S3_PUT_BUCKET_ENCRYPTION,  \
        AWS_S3_GET_PUBLIC_ACCESS_BLOCK, AWS_S3_PUT_PUBLIC_ACCESS_BLOCK,                            \
        AWS_S3_GET_BUCKET_OWNERSHIP_CONTROLS, AWS_S3_PUT_BUCKET_OWNERSHIP_CONTROLS,                \
        AWS_S3_GET_OBJECT_LOCK_CONFIGURATION, AWS_S3_PUT_OBJECT_LOCK_CONFIGURATION,                \
        AWS_S3_GET_BUCKET_LIFECYCLE_CONFIGURATION, AWS_S3_PUT_BUCKET_LIFECYCLE_CONFIGURATION,      \
        AWS_S3_GET_BUCKET_POLICY, AWS_S3_PUT_BUCKET_POLICY

/* Whether S3 takes the name: its letters and its length.  yields: no. */
bool bucket_name_is_valid(const char *name);

/* "arn:aws:s3:::name".  owns: `arena`.  yields: no. */
const char *bucket_arn(const char *partition, const char *name, struct arena *arena);

/* {Bucket, x-amz-expected-bucket-owner}: what every call about a bucket has, so that one that
 * somebody else took meanwhile is never written to.  owns: ctx->arena.  yields: no. */
struct json *bucket_params(const struct control_ctx *ctx, const char *name, const char *account_id);

/* A body in one form, sent or received: a member that repeats is a list, a list of one is its
 * item, scalars are text, and nothing is empty.  owns: `arena`.  yields: no. */
struct json *bucket_normal(const struct json *value, struct arena *arena);

/* A body in that form as text, the same for all that is equal.  owns: `arena`.  yields: no. */
const char *bucket_text(const struct json *value, struct arena *arena);

/* Add a rule of a lifecycle that is about every object.  yields: no. */
struct json *bucket_lifecycle_rule(struct json *rules, const char *id);

/* Read it with `target`, who is in its account and region.  `want->name` must be known.
 * owns: ctx->arena.  err: as aws_call; ERR_CONFLICT when the name is somebody else's.  yields: yes.
 */
int bucket_observe(struct control_ctx *ctx, const struct aws_target *target,
                   const struct bucket *want, struct bucket_seen *seen, struct err *err);

/* Add what it lacks; `subject` goes into each change.  yields: no. */
void bucket_diff(const struct control_ctx *ctx, const struct bucket *want,
                 const struct bucket_seen *seen, const void *subject, struct changes *out);

/* Carry out one of the steps above.  err: as aws_call; ERR_CONFLICT while something in it is not
 * known.  yields: yes. */
int bucket_apply(struct control_ctx *ctx, const struct aws_target *target,
                 const struct bucket *want, int step, struct err *err);

#endif
