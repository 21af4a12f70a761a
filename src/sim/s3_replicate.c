/*
 * s3_replicate.c - objects on their way to the buckets that a replication configuration names.
 *
 * ("", "", "s3-replication", id) -> {bucket, key, version, rule, _due_ms}: what is on its way.
 * A version has _replication: PENDING, COMPLETED, FAILED or REPLICA.
 *
 * Source: S3 User Guide, "Setting up permissions for live replication", "What does Amazon S3
 *         replicate?", "Replicating delete markers between buckets", "Replicating encrypted
 *         objects (SSE-S3, SSE-KMS, DSSE-KMS, SSE-C)", "Using Object Lock with S3 Replication",
 *         "Getting replication status information".
 * Limits: what arrives is never late and not tried again; tags of objects are not there, so that a
 *         rule with a tag in its filter finds none; no metrics, events and storage classes.
 */
#include "s3_priv.h"

#include "kms_priv.h"
#include "resource_policy.h"

#include <string.h>

enum { TAKES_S = 10, ID_CHARS = 20 };

static const char pending_kind[] = "s3-replication";

/* --- Rules ---------------------------------------------------------------------------------------
 */

static bool is_on(const struct json *rule, const char *member)
{
    const struct json *of = member == NULL ? rule : json_get(rule, member);

    return of != NULL && str_eq(json_str(of, "Status"), "Enabled");
}

static const char *destination_of(const struct json *rule)
{
    const char *arn = json_str(json_get(rule, "Destination"), "Bucket");

    return strrchr(arn, ':') + 1; /* s3_check_replication let it in */
}

static bool matches(const struct json *rule, const char *key)
{
    const struct json *filter = json_get(rule, "Filter"), *both = json_get(filter, "And");
    const char *prefix = json_str(both != NULL ? both : filter != NULL ? filter : rule, "Prefix");

    if (!is_on(rule, NULL) || json_get(filter, "Tag") != NULL || json_get(both, "Tag") != NULL)
        return false;
    return prefix == NULL || str_starts(key, prefix);
}

/* Of several rules with one destination the highest priority counts. */
static bool is_outdone(const struct json *rules, const struct json *rule, const char *key)
{
    for (const struct json *it = s3_first(rules); it != NULL; it = s3_next(rules, it))
        if (it != rule && matches(it, key) && str_eq(destination_of(it), destination_of(rule)) &&
            json_number(it, "Priority", 0) > json_number(rule, "Priority", 0))
            return true;
    return false;
}

/* A marker goes over only if the rule says so, and what KMS encrypted likewise. */
static bool is_for(const struct json *rule, const struct json *version)
{
    const char *encryption = json_str(version, "_encryption");
    const struct json *selected = json_get(rule, "SourceSelectionCriteria");

    if (json_bool(version, "_marker", false))
        return is_on(rule, "DeleteMarkerReplication");
    return encryption == NULL || !str_starts(encryption, "aws:kms") ||
           is_on(selected, "SseKmsEncryptedObjects");
}

void s3_replicate(struct sim_call *call, const char *key, const char *id)
{
    const char *bucket = sim_param(call, "Bucket"), *kind = s3_versions_kind(call, key);
    const struct json *set = s3_get(call, bucket, "replication"), *rules = json_get(set, "Rule");
    struct json *version = sim_get(call, "", "", kind, id), *way;

    for (const struct json *it = s3_first(rules); it != NULL; it = s3_next(rules, it)) {
        if (!matches(it, key) || is_outdone(rules, it, key) || !is_for(it, version))
            continue;
        way = json_object(call->arena);
        json_put_str(way, "bucket", bucket);
        json_put_str(way, "key", key);
        json_put_str(way, "version", id);
        json_put_str(way, "role", json_str(set, "Role"));
        json_put(way, "rule", it);
        json_put_number(way, "_due_ms", (double)sim_due_ms(call, TAKES_S));
        sim_put(call, "", "", pending_kind, sim_id(call, "", ID_CHARS, SIM_HEX_DIGITS), way);
        sim_set_str(version, "_replication", "PENDING");
        sim_put(call, "", "", kind, id, version);
    }
}

/* --- What the role may do ------------------------------------------------------------------------
 */

/* One object on its way. */
struct way {
    const char *from, *to, *key;
    const struct json *version, *rule;
    struct sim_call as; /* the role */
};

static bool may(struct way *way, const char *action, const char *bucket, const char *tail)
{
    struct sim_call *as = &way->as;
    const struct json *record = sim_get(as, "", "", "bucket", bucket);
    const char *policy = json_str(s3_get(as, bucket, "policy"), "_text");
    const char *arn = sim_arn(as, "s3", "", "", "%s%s", bucket, tail);
    bool own = str_eq(json_str(record, "_account"), as->account);
    enum sim_verdict verdict;

    as->region = json_str(record, "_region");
    verdict = sim_resource_policy_caller(as, policy, action, arn);
    return sim_objection(as, action, arn) == NULL &&
           (verdict == SIM_ALLOWED || (own && verdict == SIM_SILENT));
}

static bool may_all(struct way *way, const char *const *actions, const char *bucket,
                    const char *tail)
{
    for (; *actions != NULL; actions++)
        if (!may(way, *actions, bucket, tail))
            return false;
    return true;
}

/* Through S3, and for what the bucket holds; a bucket key stands for all of it. */
static bool may_use_key(struct way *way, const char *action, const char *name, const char *bucket,
                        const char *tail)
{
    struct sim_call as = way->as;
    const char *region = s3_region_of(&as, bucket);
    const struct json *rule = json_get(s3_get(&as, bucket, "encryption"), "Rule");
    const struct json *key = kms_find(&as, region, name);
    struct json *context = json_object(as.arena);
    const char *arn;

    if (key == NULL || !kms_is_enabled(key))
        return false;
    arn = json_str(key, "Arn");
    json_put_str(context, "kms:ViaService", arena_printf(as.arena, "s3.%s.amazonaws.com", region));
    json_put_str(context, "kms:EncryptionContext:aws:s3:arn",
                 sim_arn(&as, "s3", "", "", "%s%s", bucket,
                         json_bool(rule, "BucketKeyEnabled", false) ? "" : tail));
    as.region = region;
    as.more_context = context;
    return sim_objection(&as, action, arn) == NULL &&
           sim_resource_policy_caller(&as, json_str(key, "_policy"), action, arn) == SIM_ALLOWED;
}

static bool may_read(struct way *way, const char *tail)
{
    static const char *const of_bucket[] = {"s3:GetReplicationConfiguration", "s3:ListBucket",
                                            NULL};
    static const char *const of_object[] = {"s3:GetObjectVersionForReplication",
                                            "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging",
                                            NULL};
    static const char *const of_lock[] = {"s3:GetObjectRetention", "s3:GetObjectLegalHold", NULL};
    const char *key = json_str(way->version, "_key");
    bool locked = s3_get(&way->as, way->from, "object-lock") != NULL;

    return may_all(way, of_bucket, way->from, "") && may_all(way, of_object, way->from, tail) &&
           (!locked || may_all(way, of_lock, way->from, tail)) &&
           (key == NULL || may_use_key(way, "kms:Decrypt", key, way->from, tail));
}

static const char *replica_key(const struct way *way)
{
    return json_str(json_path(way->rule, "Destination", "EncryptionConfiguration", NULL),
                    "ReplicaKmsKeyID");
}

static bool may_write(struct way *way, const char *tail)
{
    bool marker = json_bool(way->version, "_marker", false);
    const struct json *owner =
        json_path(way->rule, "Destination", "AccessControlTranslation", NULL);

    if (marker)
        return may(way, "s3:ReplicateDelete", way->to, tail);
    return may(way, "s3:ReplicateObject", way->to, tail) &&
           (owner == NULL || may(way, "s3:ObjectOwnerOverrideToBucketOwner", way->to, tail)) &&
           (json_get(way->version, "_key") == NULL ||
            may_use_key(way, "kms:Encrypt", replica_key(way), way->to, tail));
}

/* --- Arriving ------------------------------------------------------------------------------------
 */

/* A source with a lock takes no destination without one. */
static bool is_open(struct way *way)
{
    struct sim_call *as = &way->as;

    return sim_has(as, "", "", "bucket", way->to) &&
           str_eq(s3_versioning(as, way->to), "Enabled") &&
           (s3_get(as, way->from, "object-lock") == NULL ||
            s3_get(as, way->to, "object-lock") != NULL);
}

/* The same version under another roof; held as it was, or as the destination holds what is new. */
static void put_replica(struct way *way, const char *id)
{
    struct sim_call in = way->as;
    struct json *replica = json_copy(way->version, in.arena);

    in.params = json_object(in.arena);
    json_put_str(in.params, "Bucket", way->to);
    sim_set_str(replica, "_replication", "REPLICA");
    if (json_get(replica, "_key") != NULL)
        sim_set_str(replica, "_key", replica_key(way));
    if (json_get(replica, "_mode") == NULL && !json_bool(replica, "_marker", false))
        s3_hold_by_default(&in, replica);
    s3_put_version(&in, way->key, id, replica);
}

static void arrive(struct sim_call *call, const struct json *record)
{
    struct way way = {.from = json_str(record, "bucket"),
                      .key = json_str(record, "key"),
                      .rule = json_get(record, "rule")};
    const char *id = json_str(record, "version"), *kind, *tail;
    const struct json *source = sim_get(call, "", "", "bucket", way.from);
    const struct sim_service_act act = {.service = "s3.amazonaws.com",
                                        .source_arn = sim_arn(call, "s3", "", "", "%s", way.from),
                                        .source_account = json_str(source, "_account")};
    struct json *version;
    bool done;

    kind = arena_printf(call->arena, "versions/%s/%s", way.from, way.key);
    version = sim_get(call, "", "", kind, id);
    if (source == NULL || version == NULL)
        return; /* deleted on the way */
    way.version = version;
    way.to = destination_of(way.rule);
    tail = arena_printf(call->arena, "/%s", way.key);
    done = sim_service_assume(call, &act, json_str(source, "_region"), json_str(record, "role"),
                              &way.as) &&
           is_open(&way) && may_read(&way, tail) && may_write(&way, tail);
    if (done)
        put_replica(&way, id);
    sim_set_str(version, "_replication", done ? "COMPLETED" : "FAILED");
    sim_put(call, "", "", kind, id, version);
}

void sim_replicas_arrive(struct sim_call *call)
{
    const struct sim_record *it, *next;

    for (it = sim_first(call, "", "", pending_kind); it != NULL; it = next) {
        const struct json *record = sim_record_json(it, call->arena);

        next = sim_store_next(it);
        if (json_number(record, "_due_ms", 0) > (double)call->now_ms)
            continue;
        (void)sim_delete(call, "", "", pending_kind, sim_record_id(it));
        arrive(call, record);
    }
}
