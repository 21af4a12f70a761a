/*
 * s3_replication_documents.h - what is written to a source, to its replica and to the role between
 *                              them.
 *
 * Layer:  control, private to s3_rep*.c.
 */
#ifndef PLINTH_CONTROL_S3_REPLICATION_DOCUMENTS_H
#define PLINTH_CONTROL_S3_REPLICATION_DOCUMENTS_H

#include "s3_replication_settings.h"

/* What is known so far; NULL is not known yet. */
struct replication_names {
    const char *partition;
    const char *account_id; /* of the sources */
    const char *backup_id;
    const char *region; /* of the replicas */
    const char *key_arn;
    const char *role; /* its name */
    bool delete_markers;
};

/* The ID of plinth's rule in a replication configuration. */
#define REPLICATION_RULE_ID "plinth-replica"

/* NULL while the account does not exist.  owns: `arena`.  yields: no. */
const char *replication_role_arn(const struct replication_names *names, struct arena *arena);

/* Who may take the role, and what it may do then: read `sources`, write to the backup account's
 * replicas.  The policy is NULL while a name in it is not known.  owns: `arena`.  yields: no. */
const char *replication_role_trust(struct arena *arena);
const char *replication_role_policy(const struct replication_names *names,
                                    const struct strings *sources, struct arena *arena);

/* The policy of the bucket `replica`: only that role writes.  NULL while a name in it is not known.
 * owns: `arena`.  yields: no. */
const char *replication_bucket_policy(const struct replication_names *names, const char *replica,
                                      struct arena *arena);

/* How replicas live.  owns: `arena`.  yields: no. */
const struct json *replication_lifecycle(const struct replication_spec *spec, struct arena *arena);

/* plinth's rule; NULL while a name in it is not known.  owns: `arena`.  yields: no. */
struct json *replication_rule(const struct replication_spec *spec,
                              const struct replication_names *names, const char *replica,
                              int64_t priority, struct arena *arena);

#endif
