/*
 * s3_settings.c - what is set on a bucket: versioning, encryption, locks, lifecycle, policy ...
 *
 * Source: S3 API Reference, version 2006-03-01; S3 User Guide, "Locking objects with Object Lock",
 *         "Blocking public access", "Managing the lifecycle of objects".
 * Limits: a lifecycle is kept and checked for form, but nothing is moved or deleted by it.
 */
#include "s3_priv.h"

#include "plinth/codec/hash.h"
#include <strings.h>

#include <string.h>

enum { RULES_MOST = 1000, TAGS_MOST = 50, YEARS_MOST = 100 };

/* --- Records -------------------------------------------------------------------------------------
 */

struct json *s3_get(struct sim_call *call, const char *bucket, const char *kind)
{
    return sim_get(call, "", "", arena_printf(call->arena, "bucket/%s", kind), bucket);
}

void s3_put(struct sim_call *call, const char *bucket, const char *kind, const struct json *value)
{
    sim_put(call, "", "", arena_printf(call->arena, "bucket/%s", kind), bucket, value);
}

const char *s3_versioning(struct sim_call *call, const char *bucket)
{
    return json_str(s3_get(call, bucket, "versioning"), "Status");
}

int s3_malformed(struct sim_call *call)
{
    return sim_error(call, "MalformedXML", 400,
                     "The XML you provided was not well-formed or did not validate against our "
                     "published schema");
}

static int invalid_request(struct sim_call *call, const char *text)
{
    return sim_error(call, "InvalidRequest", 400, "%s", text);
}

static int invalid_argument(struct sim_call *call, const char *text)
{
    return sim_error(call, "InvalidArgument", 400, "%s", text);
}

static int invalid_state(struct sim_call *call, const char *text)
{
    return sim_error(call, "InvalidBucketState", 409, "%s", text);
}

/* A copy in which a member that repeats is an array: a record has no key twice. */
static struct json *gathered(const struct json *value, struct arena *arena)
{
    struct json *out, *list;

    if (value->type != JSON_OBJECT)
        return json_copy(value, arena);
    out = json_object(arena);
    for (const struct json *it = value->first; it != NULL; it = it->next) {
        if (json_get(out, it->key) != NULL)
            continue;
        list = json_array(arena);
        for (const struct json *same = it; same != NULL; same = same->next)
            if (str_eq(same->key, it->key))
                json_add(list, gathered(same, arena));
        json_put(out, it->key, list->count == 1 ? list->first : list);
    }
    return out;
}

static bool is_one_of(const char *text, const char *a, const char *b, const char *c)
{
    return text != NULL && (str_eq(text, a) || str_eq(text, b) || str_eq(text, c));
}

const struct json *s3_first(const struct json *member)
{
    return member != NULL && member->type == JSON_ARRAY ? member->first : member;
}

const struct json *s3_next(const struct json *member, const struct json *it)
{
    return member->type == JSON_ARRAY ? it->next : NULL;
}

void s3_encrypt_plainly(struct sim_call *call, const char *bucket)
{
    struct json *encryption = json_object(call->arena);
    struct json *rule = json_put_object(encryption, "Rule");

    json_put_str(json_put_object(rule, "ApplyServerSideEncryptionByDefault"), "SSEAlgorithm",
                 "AES256");
    json_put_str(rule, "BucketKeyEnabled", "false");
    s3_put(call, bucket, "encryption", encryption);
}

/* --- The checks ----------------------------------------------------------------------------------
 */

static int check_versioning(struct sim_call *call, const char *bucket, struct json *value)
{
    const char *status = json_str(value, "Status");

    if (!is_one_of(status, "Enabled", "Suspended", NULL))
        return sim_error(call, "IllegalVersioningConfigurationException", 400,
                         "The Versioning element must be specified");
    if (str_eq(status, "Enabled"))
        return 0;
    if (s3_get(call, bucket, "object-lock") != NULL)
        return invalid_state(call, "An Object Lock configuration is present on this bucket, so the "
                                   "versioning state cannot be changed.");
    if (s3_get(call, bucket, "replication") != NULL)
        return invalid_state(call, "A replication configuration is present on this bucket, so you "
                                   "cannot change the versioning state. To change the versioning "
                                   "state, first delete the replication configuration.");
    return 0;
}

static int check_encryption(struct sim_call *call, const char *bucket, struct json *value)
{
    const struct json *rule = json_get(value, "Rule");
    const struct json *by_default = json_get(rule, "ApplyServerSideEncryptionByDefault");
    const char *algorithm = json_str(by_default, "SSEAlgorithm");

    (void)bucket;
    if (!is_one_of(algorithm, "AES256", "aws:kms", "aws:kms:dsse"))
        return s3_malformed(call);
    if (str_eq(algorithm, "AES256") && json_get(by_default, "KMSMasterKeyID") != NULL)
        return invalid_argument(call, "a KMSMasterKeyID is not applicable if the default sse "
                                      "algorithm is not aws:kms or aws:kms:dsse");
    return 0;
}

static int check_block(struct sim_call *call, const char *bucket, struct json *value)
{
    static const char *const members[] = {"BlockPublicAcls", "IgnorePublicAcls",
                                          "BlockPublicPolicy", "RestrictPublicBuckets"};

    (void)call;
    (void)bucket;
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        sim_set_str(value, members[i], json_bool(value, members[i], false) ? "true" : "false");
    return 0;
}

static int check_ownership(struct sim_call *call, const char *bucket, struct json *value)
{
    const char *ownership = json_str(json_get(value, "Rule"), "ObjectOwnership");

    (void)bucket;
    return is_one_of(ownership, "BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter")
               ? 0
               : s3_malformed(call);
}

static int check_retention(struct sim_call *call, const struct json *retention)
{
    double days = json_number(retention, "Days", 0), years = json_number(retention, "Years", 0);
    bool has_days = json_get(retention, "Days") != NULL;
    bool has_years = json_get(retention, "Years") != NULL;

    if (!is_one_of(json_str(retention, "Mode"), "GOVERNANCE", "COMPLIANCE", NULL) ||
        has_days == has_years)
        return s3_malformed(call);
    if (has_days ? days < 1 : years < 1)
        return invalid_argument(call, "Default retention period must be a positive integer value.");
    if (days > 365 * YEARS_MOST || years > YEARS_MOST)
        return invalid_argument(call, "Default retention period too large.");
    return 0;
}

static int check_lock(struct sim_call *call, const char *bucket, struct json *value)
{
    const struct json *rule = json_get(value, "Rule");

    if (!str_eq(json_str(value, "ObjectLockEnabled"), "Enabled"))
        return s3_malformed(call);
    if (!str_eq(s3_versioning(call, bucket), "Enabled"))
        return invalid_state(call, "Versioning must be 'Enabled' on the bucket to apply a Object "
                                   "Lock configuration");
    return rule == NULL ? 0 : check_retention(call, json_get(rule, "DefaultRetention"));
}

static int check_lifecycle_rule(struct sim_call *call, const struct json *rule)
{
    static const char *const actions[] = {"Expiration", "Transition", "NoncurrentVersionExpiration",
                                          "NoncurrentVersionTransition",
                                          "AbortIncompleteMultipartUpload"};
    const struct json *days = json_path(rule, "Expiration", "Days", NULL);
    const struct json *noncurrent =
        json_path(rule, "NoncurrentVersionExpiration", "NoncurrentDays", NULL);
    bool acts = false;

    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
        acts = acts || json_get(rule, actions[i]) != NULL;
    if (!is_one_of(json_str(rule, "Status"), "Enabled", "Disabled", NULL) ||
        (json_get(rule, "Filter") == NULL) == (json_get(rule, "Prefix") == NULL))
        return s3_malformed(call);
    if (!acts)
        return invalid_request(call, "At least one action needs to be specified in a rule");
    if ((days != NULL && json_number(json_get(rule, "Expiration"), "Days", 0) < 1) ||
        (noncurrent != NULL &&
         json_number(json_get(rule, "NoncurrentVersionExpiration"), "NoncurrentDays", 0) < 1))
        return invalid_argument(call, "'Days' for Expiration action must be a positive integer");
    return 0;
}

static int check_lifecycle(struct sim_call *call, const char *bucket, struct json *value)
{
    const struct json *rules = json_get(value, "Rule");

    (void)bucket;
    if (rules == NULL || (rules->type == JSON_ARRAY && rules->count > RULES_MOST))
        return s3_malformed(call);
    for (const struct json *it = s3_first(rules); it != NULL; it = s3_next(rules, it)) {
        if (check_lifecycle_rule(call, it) != 0)
            return -1;
        for (const struct json *other = s3_next(rules, it); other != NULL;
             other = s3_next(rules, other))
            if (json_str(it, "ID") != NULL && str_eq(json_str(it, "ID"), json_str(other, "ID")))
                return invalid_argument(call, "Rule ID must be unique. Found same ID for more than "
                                              "one rule");
    }
    return 0;
}

struct json *s3_tags_check(struct sim_call *call, const struct json *set)
{
    struct json *out = gathered(set, call->arena);
    const struct json *tags = json_get(out, "Tag");
    const char *wrong = NULL;
    size_t count = 0;

    for (const struct json *it = s3_first(tags); it != NULL; it = s3_next(tags, it), count++) {
        const char *key = json_str(it, "Key");

        if (key == NULL || key[0] == '\0' || strlen(key) > 128)
            wrong = "The TagKey you have provided is invalid";
        else if (str_starts(key, "aws:"))
            wrong = "System tags cannot be added/updated by requester";
        for (const struct json *other = s3_next(tags, it); other != NULL && wrong == NULL;
             other = s3_next(tags, other))
            if (str_eq(key, json_str(other, "Key")))
                wrong = "Cannot provide multiple Tags with the same key";
    }
    if (count > TAGS_MOST)
        wrong = "Bucket tag count cannot be greater than 50";
    if (wrong == NULL)
        return out;
    (void)sim_error(call, "InvalidTag", 400, "%s", wrong);
    return NULL;
}

static int check_tagging(struct sim_call *call, const char *bucket, struct json *value)
{
    const struct json *set = json_get(value, "TagSet");

    (void)bucket;
    if (set == NULL)
        return s3_malformed(call);
    return s3_tags_check(call, set) == NULL ? -1 : 0;
}

/* --- The settings --------------------------------------------------------------------------------
 */

const struct s3_setting s3_settings[] = {
    {.name = "BucketVersioning",
     .kind = "versioning",
     .root = "VersioningConfiguration",
     .read_action = "s3:GetBucketVersioning",
     .write_action = "s3:PutBucketVersioning",
     .check = check_versioning},
    {.name = "BucketEncryption",
     .kind = "encryption",
     .root = "ServerSideEncryptionConfiguration",
     .read_action = "s3:GetEncryptionConfiguration",
     .write_action = "s3:PutEncryptionConfiguration",
     .check = check_encryption},
    {.name = "PublicAccessBlock",
     .kind = "public-access-block",
     .root = "PublicAccessBlockConfiguration",
     .read_action = "s3:GetBucketPublicAccessBlock",
     .write_action = "s3:PutBucketPublicAccessBlock",
     .absent_code = "NoSuchPublicAccessBlockConfiguration",
     .absent_text = "The public access block configuration was not found",
     .check = check_block},
    {.name = "BucketOwnershipControls",
     .kind = "ownership",
     .root = "OwnershipControls",
     .read_action = "s3:GetBucketOwnershipControls",
     .write_action = "s3:PutBucketOwnershipControls",
     .absent_code = "OwnershipControlsNotFoundError",
     .absent_text = "The bucket ownership controls were not found",
     .check = check_ownership},
    {.name = "ObjectLockConfiguration",
     .kind = "object-lock",
     .root = "ObjectLockConfiguration",
     .read_action = "s3:GetBucketObjectLockConfiguration",
     .write_action = "s3:PutBucketObjectLockConfiguration",
     .absent_code = "ObjectLockConfigurationNotFoundError",
     .absent_text = "Object Lock configuration does not exist for this bucket",
     .needs_checksum = true,
     .check = check_lock},
    {.name = "BucketLifecycle",
     .kind = "lifecycle",
     .root = "LifecycleConfiguration",
     .read_action = "s3:GetLifecycleConfiguration",
     .write_action = "s3:PutLifecycleConfiguration",
     .absent_code = "NoSuchLifecycleConfiguration",
     .absent_text = "The lifecycle configuration does not exist",
     .needs_checksum = true,
     .check = check_lifecycle},
    {.name = "BucketReplication",
     .kind = "replication",
     .root = "ReplicationConfiguration",
     .read_action = "s3:GetReplicationConfiguration",
     .write_action = "s3:PutReplicationConfiguration",
     .absent_code = "ReplicationConfigurationNotFoundError",
     .absent_text = "The replication configuration was not found",
     .needs_checksum = true,
     .check = s3_check_replication},
    {.name = "BucketTagging",
     .kind = "tagging",
     .root = "Tagging",
     .read_action = "s3:GetBucketTagging",
     .write_action = "s3:PutBucketTagging",
     .absent_code = "NoSuchTagSet",
     .absent_text = "The TagSet does not exist",
     .needs_checksum = true,
     .check = check_tagging},
    {.name = "BucketPolicy",
     .kind = "policy",
     .absent_code = "NoSuchBucketPolicy",
     .absent_text = "The bucket policy does not exist",
     .check = s3_check_policy},
    {.name = NULL},
};

/* "Get" and "Put" are followed by the setting, and "Delete" too. */
const struct s3_setting *s3_setting_of_call(const struct sim_call *call)
{
    const char *name = call->operation->name;

    name += str_starts(name, "Delete") ? 6 : 3;
    for (const struct s3_setting *it = s3_settings; it->name != NULL; it++)
        if (str_starts(name, it->name))
            return it;
    return NULL;
}

/* --- Get, Put, Delete ----------------------------------------------------------------------------
 */

static int get_setting(struct sim_call *call)
{
    const struct s3_setting *setting = s3_setting_of_call(call);
    const char *bucket = sim_param(call, "Bucket");
    const struct json *value = s3_get(call, bucket, setting->kind);

    if (value == NULL && setting->absent_code != NULL) {
        (void)sim_error(call, setting->absent_code, 404, "%s", setting->absent_text);
        sim_error_put(call, "BucketName", bucket);
        return -1;
    }
    call->answer_root = setting->root;
    if (setting->root == NULL) {
        http_header_add(&call->headers, call->arena, "Content-Type", "application/json");
        call->answer_text = json_str(value, "_text");
    } else if (value != NULL) {
        call->answer = json_copy(value, call->arena);
    }
    return 0;
}

int s3_check_digest(struct sim_call *call, bool needed)
{
    const struct http_headers *headers = &call->request->headers;
    const char *said = http_header_get(headers, "Content-MD5");
    unsigned char digest[MD5_BYTES];

    for (size_t i = 0; said == NULL && i < headers->count; i++)
        if (strncasecmp(headers->items[i].name, "x-amz-checksum-", 15) == 0)
            return 0;
    if (said == NULL && !needed)
        return 0;
    if (said == NULL)
        return invalid_request(call, "Missing required header for this request: Content-MD5");
    md5(call->request->body, call->request->body_len, digest);
    if (!str_eq(said, base64_encode(digest, sizeof digest, call->arena)))
        return sim_error(call, "BadDigest", 400,
                         "The Content-MD5 you specified did not match what we received.");
    return 0;
}

static int put_setting(struct sim_call *call)
{
    const struct s3_setting *setting = s3_setting_of_call(call);
    const char *bucket = sim_param(call, "Bucket");
    const struct json *given = json_get(call->params, setting->root == NULL ? "" : setting->root);
    struct json *value;

    /* What changes how long data lives must come with a checksum. */
    if (s3_check_digest(call, setting->needs_checksum) != 0)
        return -1;
    if (setting->root == NULL) {
        value = json_object(call->arena);
        json_put_str(value, "_text",
                     arena_strn(call->arena, call->request->body, call->request->body_len));
    } else if (given == NULL || given->type != JSON_OBJECT) {
        return s3_malformed(call);
    } else {
        value = gathered(given, call->arena);
    }
    if (setting->check(call, bucket, value) != 0)
        return -1;
    s3_put(call, bucket, setting->kind, value);
    call->status = setting->root == NULL ? 204 : 200;
    return 0;
}

/* Encryption has no end: what is taken away falls back to S3's own keys. */
static int delete_setting(struct sim_call *call)
{
    const struct s3_setting *setting = s3_setting_of_call(call);
    const char *bucket = sim_param(call, "Bucket");

    call->status = 204;
    if (str_eq(setting->kind, "encryption"))
        s3_encrypt_plainly(call, bucket);
    else
        (void)sim_delete(call, "", "", arena_printf(call->arena, "bucket/%s", setting->kind),
                         bucket);
    return 0;
}

#define GET(NAME, QUERY)                                                                           \
    {                                                                                              \
        .name = "Get" NAME, .handler = get_setting, .method = "GET", .uri = "/{Bucket}?" QUERY     \
    }
#define PUT(NAME, QUERY)                                                                           \
    {                                                                                              \
        .name = "Put" NAME, .handler = put_setting, .access = SIM_WRITE, .method = "PUT",          \
        .uri = "/{Bucket}?" QUERY                                                                  \
    }
#define DELETE(NAME, QUERY)                                                                        \
    {                                                                                              \
        .name = "Delete" NAME, .handler = delete_setting, .access = SIM_WRITE, .method = "DELETE", \
        .uri = "/{Bucket}?" QUERY                                                                  \
    }

const struct sim_operation s3_setting_operations[] = {
    GET("BucketVersioning", "versioning"),
    PUT("BucketVersioning", "versioning"),
    GET("BucketEncryption", "encryption"),
    PUT("BucketEncryption", "encryption"),
    DELETE("BucketEncryption", "encryption"),
    GET("PublicAccessBlock", "publicAccessBlock"),
    PUT("PublicAccessBlock", "publicAccessBlock"),
    DELETE("PublicAccessBlock", "publicAccessBlock"),
    GET("BucketOwnershipControls", "ownershipControls"),
    PUT("BucketOwnershipControls", "ownershipControls"),
    DELETE("BucketOwnershipControls", "ownershipControls"),
    GET("ObjectLockConfiguration", "object-lock"),
    PUT("ObjectLockConfiguration", "object-lock"),
    GET("BucketLifecycleConfiguration", "lifecycle"),
    PUT("BucketLifecycleConfiguration", "lifecycle"),
    DELETE("BucketLifecycle", "lifecycle"),
    GET("BucketReplication", "replication"),
    PUT("BucketReplication", "replication"),
    DELETE("BucketReplication", "replication"),
    GET("BucketTagging", "tagging"),
    PUT("BucketTagging", "tagging"),
    DELETE("BucketTagging", "tagging"),
    GET("BucketPolicy", "policy"),
    PUT("BucketPolicy", "policy"),
    DELETE("BucketPolicy", "policy"),
    {.name = NULL},
};
