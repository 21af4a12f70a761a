/*
 * log_archive.h - what the controls log_key, log_archive, trail_logs and cloudtrail share: their
 * settings, the names of what they make, and the policies that let one use the other.
 *
 * Layer:  control, private.  Four controls, because a key, a bucket, a log group and a trail are
 * made in two accounts, each when the one before is there.
 */
#ifndef PLINTH_CONTROL_LOG_ARCHIVE_H
#define PLINTH_CONTROL_LOG_ARCHIVE_H

#include "plinth/control/alarms.h"
#include "plinth/control/control.h"

#include <stdint.h>

struct log_lock {
    const struct node *node;
    const char *mode; /* GOVERNANCE, COMPLIANCE */
    int64_t days;
};

struct log_archive_spec {
    const struct node *node;
    const char *bucket;           /* NULL: named after the baseline, the account and the region */
    const char *trail;            /* its name */
    struct strings data_events;   /* resource types: "AWS::S3::Object" */
    int64_t keep_days;            /* 0: for ever */
    int64_t archive_after_days;   /* 0: never */
    struct log_lock *object_lock; /* NULL: none */
    int64_t rotation_days;        /* of the key */
    bool security_reads;
    int64_t log_group_days; /* 0: the trail delivers to no log group */
};

/* What is known so far; NULL is not known yet. */
struct log_names {
    const char *partition, *region;
    const char *account_id; /* of the log archive */
    const char *organization_id, *management_id;
    const char *security_id;
    bool security_reads;   /* the security account is to read, whether it exists yet or not */
    bool guardduty_writes; /* likewise the GuardDuty that it administers */
    const char *bucket, *alias, *trail, *trail_arn;
};

/* Whether CloudWatch Logs can keep a group for so many days.  yields: no. */
bool log_group_can_keep(int64_t days);

/* owns: ctx->arena.  yields: no. */
struct log_names log_names_of(const struct control_ctx *ctx);

/* The bucket's name where the baseline gives none.  Bucket names are global: the account's number
 * keeps it from being taken by somebody else, and is the same in every run.  owns: `arena`.
 * yields: no. */
const char *log_bucket_name(const char *baseline_name, const char *account_id, const char *region,
                            struct arena *arena);

/* The key's and the bucket's policy; NULL while an id that stands in it is not known.
 * owns: `arena`.  yields: no. */
const char *log_key_policy(const struct log_names *names, struct arena *arena);
const char *log_bucket_policy(const struct log_names *names, struct arena *arena);

/* Body for S3.  owns: `arena`.  yields: no. */
struct json *log_bucket_lifecycle(const struct log_archive_spec *spec, struct arena *arena);

/* "arn:aws:s3:::name".  `names->bucket` must be known.  owns: `arena`.  yields: no. */
const char *log_bucket_arn(const struct log_names *names, struct arena *arena);

#endif
