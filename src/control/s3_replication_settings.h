/*
 * s3_replication_settings.h - what the baseline says of the replication of buckets, and the names
 *                             of its parts.
 *
 * Layer:  control, private to s3_rep*.c.
 */
#ifndef PLINTH_CONTROL_S3_REPLICATION_SETTINGS_H
#define PLINTH_CONTROL_S3_REPLICATION_SETTINGS_H

#include "plinth/control/control.h"

#include <stdint.h>

struct replication_bucket {
    const char *account, *bucket;
    const char *region; /* NULL: the home region */
    const struct node *node;
};

struct replication_lock {
    const char *mode; /* GOVERNANCE, COMPLIANCE */
    int64_t days;
    const struct node *node;
};

struct replication_spec {
    const char *region;            /* of the replicas; NULL: of the copies of backups */
    const char *role;              /* in each source account */
    struct objects buckets;        /* struct replication_bucket */
    const char *tag;               /* NULL: none are found by a tag */
    struct strings values;         /* none: any */
    struct strings source_regions; /* where those are looked for; none: the home region */
    bool logs;                     /* the log archive's bucket too */
    bool delete_markers, metrics, time_control;
    struct replication_lock *object_lock; /* NULL */
    int64_t keep_noncurrent_days;         /* 0: for ever */
    int64_t archive_after_days;           /* 0: never */
    int64_t rotation_days;
    const struct node *node;
};

extern const struct schema replication_schema;

/* As control.check.  yields: no. */
void replication_check(const struct baseline *baseline, const void *decoded, struct diags *diags);

/* As control.concerns: accounts that have sources, or may have them by a tag.  yields: no. */
bool replication_concerns(const struct baseline *baseline, const void *decoded,
                          const struct account *account);

/* As control.in_region: where the backup account keeps the replicas.  yields: no. */
bool replication_in_region(const struct baseline *baseline, const struct account *account,
                           const void *decoded, const char *region);

/* Where the replicas are; NULL: the baseline does not say.  owns: the baseline.  yields: no. */
const char *replication_region(const struct baseline *baseline,
                               const struct replication_spec *spec);

/* Where buckets are looked for by their tag.  yields: no. */
struct strings replication_source_regions(const struct baseline *baseline,
                                          const struct replication_spec *spec);

/* The bucket in the backup account that takes what is written to `source`; one for each, so that
 * no two sources overwrite each other's keys.  owns: `arena`.  yields: no. */
const char *replication_replica_name(const char *source, const char *backup_id,
                                     struct arena *arena);

/* The fact that is the ARN of the key of the replicas. */
#define REPLICATION_KEY_FACT "s3_replication.key"

#endif
