/*
 * s3_priv.h - what the files of the simulator's S3 share.
 *
 * Layer:  sim, private.
 *
 * ("", "", "bucket", name) -> {Name, _account, _region, _created_ms}: names are global.
 * (account, "", "bucket-of", name) -> {}: whose they are.
 * ("", "", "bucket/<setting>", name) -> the setting as its XML has it; a member that repeats is an
 * array.  The policy is {"_text"}.
 */
#ifndef PLINTH_SIM_S3_PRIV_H
#define PLINTH_SIM_S3_PRIV_H

#include "sim_priv.h"

/* One configuration of a bucket, with its Get, Put and Delete. */
struct s3_setting {
    const char *name; /* behind Get, Put and Delete in the operation; NULL ends the table */
    const char *kind; /* of its record */
    const char *root; /* element of its XML; NULL: the policy, which is JSON */
    const char *read_action, *write_action;
    const char *absent_code, *absent_text; /* Get without one; NULL: it then gives an empty root */
    bool needs_checksum;
    int (*check)(struct sim_call *call, const char *bucket, struct json *value); /* NULL: none */
};

extern const struct s3_setting s3_settings[];
extern const struct sim_operation s3_bucket_operations[];
extern const struct sim_operation s3_setting_operations[];
extern const struct sim_operation s3_object_operations[];
extern const struct sim_operation s3_listing_operations[];

/* The setting that the call's operation is about; NULL: none. */
const struct s3_setting *s3_setting_of_call(const struct sim_call *call);

/* A bucket's setting; NULL if it has none. */
struct json *s3_get(struct sim_call *call, const char *bucket, const char *kind);
void s3_put(struct sim_call *call, const char *bucket, const char *kind, const struct json *value);

/* The items of a member that may repeat: for (it = s3_first(m); it; it = s3_next(m, it)). */
const struct json *s3_first(const struct json *member);
const struct json *s3_next(const struct json *member, const struct json *it);

void s3_encrypt_plainly(struct sim_call *call, const char *bucket); /* with S3's own keys */
int s3_check_policy(struct sim_call *call, const char *bucket, struct json *value);
int s3_check_replication(struct sim_call *call, const char *bucket, struct json *value);

/* Whether the checksum that came with the body is its own; without one it is an error if it is
 * `needed`. */
int s3_check_digest(struct sim_call *call, bool needed);

/* The kind of the records whose ids are the keys of the call's bucket. */
const char *s3_objects_kind(struct sim_call *call);

/* What a GET of a key would show; NULL: nothing. */
const struct json *s3_object(struct sim_call *call, const char *key);

bool s3_is_empty(struct sim_call *call); /* the call's bucket holds no version of anything */

/* The kind of the versions of a key of the call's bucket, the newest last. */
const char *s3_versions_kind(struct sim_call *call, const char *key);

/* Make `version` the newest of its key in the call's bucket. */
void s3_put_version(struct sim_call *call, const char *key, const char *id,
                    const struct json *version);

/* Hold a new version as the call's bucket says, if it does. */
void s3_hold_by_default(struct sim_call *call, struct json *version);

/* Send a new version, or marker, of the call's bucket on its way to where the bucket replicates. */
void s3_replicate(struct sim_call *call, const char *key, const char *id);

/* "Enabled", "Suspended", or NULL. */
const char *s3_versioning(struct sim_call *call, const char *bucket);
int s3_malformed(struct sim_call *call); /* -1 with MalformedXML */
struct json *s3_tags_check(struct sim_call *call, const struct json *set); /* NULL: error set */

/* Whether a service may do it to the bucket, by the bucket's policy; false too without a bucket. */
struct sim_service_act; /* resource_policy.h */
bool s3_service_may(struct sim_call *call, const char *bucket, const struct sim_service_act *act);

/* Where the bucket is; NULL: nowhere. */
const char *s3_region_of(struct sim_call *call, const char *bucket);

#endif
