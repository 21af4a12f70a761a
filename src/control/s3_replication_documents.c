/*
 * s3_replication_documents.c - what is written to a source, to its replica and to the role between
 *                              them.
 *
 * Source: S3 User Guide, "Setting up permissions for live replication", "Replication configuration
 *         file elements", "Replicating encrypted objects (SSE-S3, SSE-KMS, DSSE-KMS, SSE-C)",
 *         "Using Object Lock with S3 Replication", "Changing the replica owner".
 */
#include "s3_replication_documents.h"

#include "bucket.h"

#include "plinth/base/arena.h"
#include "plinth/codec/json.h"

static struct json *new_document(struct arena *arena, struct json **out_statements)
{
    struct json *document = json_object(arena);

    json_put_str(document, "Version", "2012-10-17");
    *out_statements = json_put_array(document, "Statement");
    return document;
}

static struct json *add_statement(struct json *list, const char *sid, const char *effect,
                                  const char *const *actions)
{
    struct json *statement = json_add_object(list), *names;

    json_put_str(statement, "Sid", sid);
    json_put_str(statement, "Effect", effect);
    names = json_put_array(statement, "Action");
    for (; *actions != NULL; actions++)
        json_add_str(names, *actions);
    return statement;
}

/* What the role does to replicas, by its own policy and by theirs. */
static struct json *add_writing(struct json *list, const char *sid,
                                const struct replication_names *names)
{
    const char *const actions[] = {"s3:ReplicateObject", "s3:ReplicateTags",
                                   "s3:ObjectOwnerOverrideToBucketOwner",
                                   names->delete_markers ? "s3:ReplicateDelete" : NULL, NULL};

    return add_statement(list, sid, "Allow", actions);
}

/* --- The role ------------------------------------------------------------------------------------
 */

const char *replication_role_arn(const struct replication_names *names, struct arena *arena)
{
    return names->account_id == NULL
               ? NULL
               : arena_printf(arena, "arn:%s:iam::%s:role/%s", names->partition, names->account_id,
                              names->role);
}

/* S3 takes it for whoever may pass it on in its account, and no other: a condition on the source is
 * not documented for replication. */
const char *replication_role_trust(struct arena *arena)
{
    static const char *const actions[] = {"sts:AssumeRole", NULL};
    struct json *statements, *document = new_document(arena, &statements);
    struct json *statement = add_statement(statements, "ReplicationTakesIt", "Allow", actions);

    json_put_str(json_put_object(statement, "Principal"), "Service", "s3.amazonaws.com");
    return json_text(document, arena);
}

/* Each bucket, and what is in it: also the encryption context of S3, with and without a bucket key.
 */
static void put_sources(struct json *object, const char *key, const struct replication_names *names,
                        const struct strings *sources, struct arena *arena)
{
    struct json *list = json_put_array(object, key);

    for (size_t i = 0; i < sources->count; i++) {
        const char *arn = bucket_arn(names->partition, sources->items[i], arena);

        json_add_str(list, arn);
        json_add_str(list, arena_printf(arena, "%s/*", arn));
    }
}

/* The replicas of all sources by one name, as their own policies tell them apart. */
static const char *replicas(const struct replication_names *names, const char *tail,
                            struct arena *arena)
{
    return arena_printf(arena, "arn:%s:s3:::*-replica-%s%s", names->partition, names->backup_id,
                        tail);
}

static void add_decrypting(struct json *statements, const struct replication_names *names,
                           const struct strings *sources, struct arena *arena)
{
    static const char *const actions[] = {"kms:Decrypt", NULL};
    struct json *statement = add_statement(statements, "DecryptSources", "Allow", actions), *like;

    json_put_str(statement, "Resource",
                 arena_printf(arena, "arn:%s:kms:*:%s:key/*", names->partition, names->account_id));
    like = json_put_object(json_put_object(statement, "Condition"), "StringLike");
    json_put_str(like, "kms:ViaService", "s3.*.amazonaws.com");
    put_sources(like, "kms:EncryptionContext:aws:s3:arn", names, sources, arena);
}

static void add_encrypting(struct json *statements, const struct replication_names *names,
                           struct arena *arena)
{
    static const char *const actions[] = {"kms:Encrypt", "kms:GenerateDataKey", NULL};
    struct json *statement = add_statement(statements, "EncryptReplicas", "Allow", actions), *like;

    json_put_str(statement, "Resource", names->key_arn);
    like = json_put_object(json_put_object(statement, "Condition"), "StringLike");
    json_put_str(like, "kms:ViaService", arena_printf(arena, "s3.%s.amazonaws.com", names->region));
    json_put_str(like, "kms:EncryptionContext:aws:s3:arn", replicas(names, "*", arena));
}

const char *replication_role_policy(const struct replication_names *names,
                                    const struct strings *sources, struct arena *arena)
{
    static const char *const reading[] = {"s3:GetReplicationConfiguration",
                                          "s3:ListBucket",
                                          "s3:GetObjectVersionForReplication",
                                          "s3:GetObjectVersionAcl",
                                          "s3:GetObjectVersionTagging",
                                          "s3:GetObjectRetention",
                                          "s3:GetObjectLegalHold",
                                          NULL};
    struct json *statements, *document = new_document(arena, &statements), *statement, *equals;

    if (names->account_id == NULL || names->backup_id == NULL || names->key_arn == NULL)
        return NULL;
    for (size_t i = 0; i < sources->count; i++)
        if (sources->items[i] == NULL)
            return NULL;
    statement = add_statement(statements, "ReadSources", "Allow", reading);
    put_sources(statement, "Resource", names, sources, arena);
    statement = add_writing(statements, "WriteReplicas", names);
    json_put_str(statement, "Resource", replicas(names, "/*", arena));
    equals = json_put_object(json_put_object(statement, "Condition"), "StringEquals");
    json_put_str(equals, "aws:ResourceAccount", names->backup_id);
    add_decrypting(statements, names, sources, arena);
    add_encrypting(statements, names, arena);
    return json_text(document, arena);
}

/* --- The replica ---------------------------------------------------------------------------------
 */

/* The role stands in a condition and its account is the principal: S3 takes no principal that does
 * not exist yet, and a role that is made anew would be another one. */
const char *replication_bucket_policy(const struct replication_names *names, const char *replica,
                                      struct arena *arena)
{
    static const char *const everything[] = {"s3:*", NULL};
    struct json *statements, *document = new_document(arena, &statements), *statement, *list;
    const char *arn, *objects;

    if (names->account_id == NULL || replica == NULL)
        return NULL;
    arn = bucket_arn(names->partition, replica, arena);
    objects = arena_printf(arena, "%s/*", arn);
    statement = add_writing(statements, "SourceReplicates", names);
    json_put_str(json_put_object(statement, "Principal"), "AWS",
                 arena_printf(arena, "arn:%s:iam::%s:root", names->partition, names->account_id));
    json_put_str(statement, "Resource", objects);
    json_put_str(json_put_object(json_put_object(statement, "Condition"), "ArnEquals"),
                 "aws:PrincipalArn", replication_role_arn(names, arena));
    statement = add_statement(statements, "OnlyTls", "Deny", everything);
    json_put_str(statement, "Principal", "*");
    list = json_put_array(statement, "Resource");
    json_add_str(list, arn);
    json_add_str(list, objects);
    json_put_str(json_put_object(json_put_object(statement, "Condition"), "Bool"),
                 "aws:SecureTransport", "false");
    return json_text(document, arena);
}

/* Nothing but what was overwritten is ever deleted: the source decides what there is. */
const struct json *replication_lifecycle(const struct replication_spec *spec, struct arena *arena)
{
    struct json *value = json_object(arena), *rules = json_put_array(value, "Rule"), *rule;

    rule = bucket_lifecycle_rule(rules, "plinth-uploads");
    json_put_number(json_put_object(rule, "AbortIncompleteMultipartUpload"), "DaysAfterInitiation",
                    7);
    if (spec->archive_after_days > 0) {
        rule = json_put_object(bucket_lifecycle_rule(rules, "plinth-archive"), "Transition");
        json_put_number(rule, "Days", (double)spec->archive_after_days);
        json_put_str(rule, "StorageClass", "GLACIER");
    }
    if (spec->keep_noncurrent_days > 0)
        json_put_number(json_put_object(bucket_lifecycle_rule(rules, "plinth-keep"),
                                        "NoncurrentVersionExpiration"),
                        "NoncurrentDays", (double)spec->keep_noncurrent_days);
    return value;
}

/* --- The source ----------------------------------------------------------------------------------
 */

static void put_switch(struct json *object, const char *key, bool on)
{
    json_put_str(json_put_object(object, key), "Status", on ? "Enabled" : "Disabled");
}

/* Replication Time Control knows 15 minutes only, and is measured by them. */
static void put_time(struct json *object, const char *key, const char *member)
{
    enum { MINUTES = 15 };
    struct json *value = json_put_object(object, key);

    json_put_str(value, "Status", "Enabled");
    json_put_number(json_put_object(value, member), "Minutes", MINUTES);
}

struct json *replication_rule(const struct replication_spec *spec,
                              const struct replication_names *names, const char *replica,
                              int64_t priority, struct arena *arena)
{
    struct json *rule = json_object(arena), *destination;

    if (names->backup_id == NULL || names->key_arn == NULL || replica == NULL)
        return NULL;
    json_put_str(rule, "ID", REPLICATION_RULE_ID);
    json_put_number(rule, "Priority", (double)priority);
    json_put_str(json_put_object(rule, "Filter"), "Prefix", "");
    json_put_str(rule, "Status", "Enabled");
    put_switch(json_put_object(rule, "SourceSelectionCriteria"), "SseKmsEncryptedObjects", true);
    destination = json_put_object(rule, "Destination");
    json_put_str(destination, "Bucket", bucket_arn(names->partition, replica, arena));
    json_put_str(destination, "Account", names->backup_id);
    json_put_str(json_put_object(destination, "AccessControlTranslation"), "Owner", "Destination");
    json_put_str(json_put_object(destination, "EncryptionConfiguration"), "ReplicaKmsKeyID",
                 names->key_arn);
    if (spec->time_control)
        put_time(destination, "ReplicationTime", "Time");
    if (spec->time_control)
        put_time(destination, "Metrics", "EventThreshold");
    else if (spec->metrics)
        put_switch(destination, "Metrics", true);
    put_switch(rule, "DeleteMarkerReplication", spec->delete_markers);
    return rule;
}
