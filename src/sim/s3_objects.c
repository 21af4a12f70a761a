/*
 * s3_objects.c - objects and their versions: put, get, list and delete, on conditions and under
 * lock.
 *
 * ("", "", "object/<bucket>", key) -> {_current: version id}: the key has versions.
 * ("", "", "versions/<bucket>/<key>", version id) -> {ETag, Size, _modified_ms, _body (base64),
 *     _type, _encryption, _key, _metadata, _marker, _mode, _until_ms, _hold, _replication}, the
 *     newest last.
 *
 * Source: S3 API Reference, version 2006-03-01; S3 User Guide, "How to prevent object overwrites
 *         with conditional writes", "Deleting object versions from a versioning-enabled bucket",
 *         "How S3 Object Lock works".
 * Limits: no parts, ranges, ACLs or tags of objects; a key of KMS is not asked; a call is one
 *         step, so that ConditionalRequestConflict comes from faults alone; 1 MiB an object.
 */
#include "s3_priv.h"

#include "plinth/base/time.h"
#include "plinth/codec/hash.h"

#include <string.h>
#include <strings.h>

enum { KEY_BYTES_MOST = 1024, OBJECT_BYTES_MOST = 1024 * 1024 };
enum { METADATA_BYTES_MOST = 2 * 1024, VERSION_ID_BYTES = 32 };

static const char meta_prefix[] = "x-amz-meta-";

static const char *header(const struct sim_call *call, const char *name)
{
    return http_header_get(&call->request->headers, name);
}

static void answer_header(struct sim_call *call, const char *name, const char *value)
{
    if (value != NULL)
        http_header_add(&call->headers, call->arena, name, value);
}

/* --- Records -------------------------------------------------------------------------------------
 */

const char *s3_objects_kind(struct sim_call *call)
{
    return arena_printf(call->arena, "object/%s", sim_param(call, "Bucket"));
}

const char *s3_versions_kind(struct sim_call *call, const char *key)
{
    return arena_printf(call->arena, "versions/%s/%s", sim_param(call, "Bucket"), key);
}

bool s3_is_empty(struct sim_call *call)
{
    return sim_first(call, "", "", s3_objects_kind(call)) == NULL;
}

/* The version that a key shows, a delete marker too; NULL: the key was never put. */
static struct json *newest_of(struct sim_call *call, const char *key)
{
    const char *id = json_str(sim_get(call, "", "", s3_objects_kind(call), key), "_current");

    return id == NULL ? NULL : sim_get(call, "", "", s3_versions_kind(call, key), id);
}

static bool is_marker(const struct json *version)
{
    return json_bool(version, "_marker", false);
}

const struct json *s3_object(struct sim_call *call, const char *key)
{
    const struct json *newest = newest_of(call, key);

    return is_marker(newest) ? NULL : newest;
}

static const char *current_etag(struct sim_call *call, const char *key)
{
    return json_str(s3_object(call, key), "ETag");
}

void s3_put_version(struct sim_call *call, const char *key, const char *id,
                    const struct json *version)
{
    struct json *object = json_object(call->arena);

    /* "null" is one place: what was there before has gone, and the new one is behind the others. */
    (void)sim_delete(call, "", "", s3_versions_kind(call, key), id);
    sim_put(call, "", "", s3_versions_kind(call, key), id, version);
    json_put_str(object, "_current", id);
    sim_put(call, "", "", s3_objects_kind(call), key, object);
}

static void delete_version(struct sim_call *call, const char *key, const char *id)
{
    const char *last = NULL;
    struct json *object = json_object(call->arena);

    (void)sim_delete(call, "", "", s3_versions_kind(call, key), id);
    for (const struct sim_record *it = sim_first(call, "", "", s3_versions_kind(call, key));
         it != NULL; it = sim_store_next(it))
        last = sim_record_id(it);
    if (last == NULL) {
        (void)sim_delete(call, "", "", s3_objects_kind(call), key);
        return;
    }
    json_put_str(object, "_current", last);
    sim_put(call, "", "", s3_objects_kind(call), key, object);
}

/* "null" but in a bucket that keeps versions. */
static const char *new_version_id(struct sim_call *call)
{
    return str_eq(s3_versioning(call, sim_param(call, "Bucket")), "Enabled")
               ? sim_id(call, "", VERSION_ID_BYTES, SIM_UPPER_DIGITS)
               : "null";
}

static void tell_version(struct sim_call *call, const char *id)
{
    if (s3_versioning(call, sim_param(call, "Bucket")) != NULL)
        answer_header(call, "x-amz-version-id", id);
}

/* --- Conditions ----------------------------------------------------------------------------------
 */

static int no_such_key(struct sim_call *call, const char *key)
{
    (void)sim_error(call, "NoSuchKey", 404, "The specified key does not exist.");
    sim_error_put(call, "Key", key);
    return -1;
}

static int precondition_failed(struct sim_call *call, const char *condition)
{
    (void)sim_error(call, "PreconditionFailed", 412,
                    "At least one of the pre-conditions you specified did not hold");
    sim_error_put(call, "Condition", condition);
    return -1;
}

/* A client may write the ETag with or without its quotes. */
static bool etag_is(const char *said, const char *etag)
{
    size_t len = strlen(etag);

    return str_eq(said, "*") || str_eq(said, etag) ||
           (strlen(said) == len - 2 && strncmp(said, etag + 1, len - 2) == 0);
}

/* If-Match of a write: what is there must be that. */
static int check_if_match(struct sim_call *call, const char *key)
{
    const char *match = header(call, "If-Match"), *etag = current_etag(call, key);

    if (match == NULL)
        return 0;
    if (etag == NULL)
        return no_such_key(call, key);
    return etag_is(match, etag) ? 0 : precondition_failed(call, "If-Match");
}

static int check_put_conditions(struct sim_call *call, const char *key)
{
    const char *none = header(call, "If-None-Match");

    if (none != NULL && (!str_eq(none, "*") || header(call, "If-Match") != NULL))
        return sim_error(call, "NotImplemented", 501,
                         "A header you provided implies functionality that is not implemented");
    if (none != NULL && current_etag(call, key) != NULL)
        return precondition_failed(call, "If-None-Match");
    return check_if_match(call, key);
}

/* --- Lock ----------------------------------------------------------------------------------------
 */

static void retain(struct json *version, const char *mode, int64_t until_ms)
{
    json_put_str(version, "_mode", mode);
    json_put_number(version, "_until_ms", (double)until_ms);
}

void s3_hold_by_default(struct sim_call *call, struct json *version)
{
    const struct json *by_default = json_path(
        s3_get(call, sim_param(call, "Bucket"), "object-lock"), "Rule", "DefaultRetention", NULL);
    double days = json_number(by_default, "Days", 0) + 365 * json_number(by_default, "Years", 0);

    if (days > 0)
        retain(version, json_str(by_default, "Mode"),
               call->now_ms + (int64_t)(days * 24 * 60 * 60 * 1000));
}

/* The retention that the call asks for; *out_mode NULL: none. */
static int retention_of(struct sim_call *call, const char **out_mode, int64_t *out_until_ms)
{
    const struct json *lock = s3_get(call, sim_param(call, "Bucket"), "object-lock");
    const char *mode = header(call, "x-amz-object-lock-mode");
    const char *until = header(call, "x-amz-object-lock-retain-until-date");

    *out_mode = NULL;
    if ((mode != NULL || until != NULL || header(call, "x-amz-object-lock-legal-hold") != NULL) &&
        lock == NULL)
        return sim_error(call, "InvalidRequest", 400,
                         "Bucket is missing Object Lock Configuration");
    if (mode == NULL && until == NULL)
        return 0;
    if (mode == NULL || until == NULL ||
        (!str_eq(mode, "GOVERNANCE") && !str_eq(mode, "COMPLIANCE")) ||
        !time_parse_rfc3339(until, out_until_ms) || *out_until_ms <= call->now_ms)
        return sim_error(call, "InvalidArgument", 400,
                         "The retain until date must be in the future, with a valid mode");
    *out_mode = mode;
    return 0;
}

static bool may_bypass(struct sim_call *call)
{
    const char *bypass = header(call, "x-amz-bypass-governance-retention");

    return bypass != NULL && str_eq_nocase(bypass, "true") &&
           sim_objection(call, "s3:BypassGovernanceRetention", sim_resource(call)) == NULL;
}

static bool is_locked(struct sim_call *call, const struct json *version)
{
    if (json_bool(version, "_hold", false))
        return true;
    return json_number(version, "_until_ms", 0) > (double)call->now_ms &&
           !(str_eq(json_str(version, "_mode"), "GOVERNANCE") && may_bypass(call));
}

/* --- Put -----------------------------------------------------------------------------------------
 */

static int check_object(struct sim_call *call, const char *key)
{
    const char *acl = header(call, "x-amz-acl");
    const struct json *ownership = s3_get(call, sim_param(call, "Bucket"), "ownership");

    if (strlen(key) > KEY_BYTES_MOST)
        return sim_error(call, "KeyTooLongError", 400, "Your key is too long");
    if (call->request->body_len > OBJECT_BYTES_MOST)
        return sim_error(call, "EntityTooLarge", 400,
                         "Your proposed upload exceeds the maximum allowed size (the simulator "
                         "keeps %d bytes of an object)",
                         OBJECT_BYTES_MOST);
    if (acl != NULL && !str_eq(acl, "bucket-owner-full-control") &&
        str_eq(json_str(json_get(ownership, "Rule"), "ObjectOwnership"), "BucketOwnerEnforced"))
        return sim_error(call, "AccessControlListNotSupported", 400,
                         "The bucket does not allow ACLs");
    return 0;
}

static int put_metadata(struct sim_call *call, struct json *version)
{
    const struct http_headers *headers = &call->request->headers;
    struct json *metadata = json_object(call->arena);
    size_t bytes = 0;

    for (size_t i = 0; i < headers->count; i++) {
        const char *name = headers->items[i].name, *value = headers->items[i].value;

        if (strncasecmp(name, meta_prefix, sizeof meta_prefix - 1) != 0)
            continue;
        name += sizeof meta_prefix - 1;
        bytes += strlen(name) + strlen(value);
        sim_set_str(metadata, name, value);
    }
    if (bytes > METADATA_BYTES_MOST)
        return sim_error(call, "MetadataTooLarge", 400,
                         "Your metadata headers exceed the maximum allowed metadata size");
    json_put(version, "_metadata", metadata);
    return 0;
}

/* By the call, or else by the bucket; *out_key is the key of KMS, NULL for S3's own. */
static const char *encryption_of(struct sim_call *call, const char **out_key)
{
    const char *said = header(call, "x-amz-server-side-encryption");
    const struct json *set = s3_get(call, sim_param(call, "Bucket"), "encryption");
    const struct json *by_default =
        json_path(set, "Rule", "ApplyServerSideEncryptionByDefault", NULL);

    *out_key = said != NULL ? header(call, "x-amz-server-side-encryption-aws-kms-key-id")
                            : json_str(by_default, "KMSMasterKeyID");
    return said != NULL ? said : json_str(by_default, "SSEAlgorithm");
}

static void show_encryption(struct sim_call *call, const struct json *version)
{
    answer_header(call, "x-amz-server-side-encryption", json_str(version, "_encryption"));
    answer_header(call, "x-amz-server-side-encryption-aws-kms-key-id", json_str(version, "_key"));
}

/* The MD5 of the bytes, but not of what KMS encrypts. */
static const char *etag_of(struct sim_call *call, const char *encryption)
{
    unsigned char digest[MD5_BYTES];
    char hex[2 * MD5_BYTES + 1];

    if (!str_eq(encryption, "AES256"))
        return arena_printf(call->arena, "\"%s\"", sim_id(call, "", 32, SIM_HEX_DIGITS));
    md5(call->request->body, call->request->body_len, digest);
    hex_encode(digest, sizeof digest, hex);
    return arena_printf(call->arena, "\"%s\"", hex);
}

static struct json *new_version(struct sim_call *call)
{
    const struct http_request *request = call->request;
    const char *key, *encryption = encryption_of(call, &key), *type = header(call, "Content-Type");
    struct json *version = json_object(call->arena);

    json_put_str(version, "ETag", etag_of(call, encryption));
    json_put_number(version, "Size", (double)request->body_len);
    json_put_number(version, "_modified_ms", (double)call->now_ms);
    json_put_str(version, "_body", base64_encode(request->body, request->body_len, call->arena));
    json_put_str(version, "_type", type == NULL ? "binary/octet-stream" : type);
    json_put_str(version, "_encryption", encryption);
    json_put_str(version, "_key", key);
    return version;
}

static int put_object(struct sim_call *call)
{
    const char *key = sim_param(call, "Key"), *mode, *id;
    const char *hold = header(call, "x-amz-object-lock-legal-hold");
    struct json *version;
    int64_t until_ms;

    if (check_object(call, key) != 0 || retention_of(call, &mode, &until_ms) != 0)
        return -1;
    version = new_version(call);
    if (mode != NULL)
        retain(version, mode, until_ms);
    else
        s3_hold_by_default(call, version);
    if (str_eq(hold, "ON"))
        json_put_bool(version, "_hold", true);
    if (s3_check_digest(call, json_get(version, "_mode") != NULL || hold != NULL) != 0 ||
        check_put_conditions(call, key) != 0 || put_metadata(call, version) != 0)
        return -1;
    id = new_version_id(call);
    s3_put_version(call, key, id, version);
    s3_replicate(call, key, id);
    answer_header(call, "ETag", json_str(version, "ETag"));
    show_encryption(call, version);
    tell_version(call, id);
    return 0;
}

/* --- Get and head --------------------------------------------------------------------------------
 */

/* Whether a key is there is told only to who may list the bucket. */
static int not_there(struct sim_call *call, const char *key)
{
    const char *bucket = sim_arn(call, "s3", "", "", "%s", sim_param(call, "Bucket"));

    if (sim_objection(call, "s3:ListBucket", bucket) != NULL)
        return sim_denied(call, "s3:ListBucket", NULL);
    return no_such_key(call, key);
}

static int find_version(struct sim_call *call, const char **out_id, struct json **out)
{
    const char *key = sim_param(call, "Key"), *id = sim_param(call, "versionId");
    const char *current = json_str(sim_get(call, "", "", s3_objects_kind(call), key), "_current");
    struct json *version;

    *out_id = id == NULL ? current : id;
    version = *out_id == NULL ? NULL : sim_get(call, "", "", s3_versions_kind(call, key), *out_id);
    if (version == NULL && id != NULL)
        return sim_error(call, "NoSuchVersion", 404, "The specified version does not exist.");
    if (version == NULL)
        return not_there(call, key);
    if (is_marker(version)) {
        answer_header(call, "x-amz-delete-marker", "true");
        tell_version(call, *out_id);
        return id == NULL ? not_there(call, key)
                          : sim_error(call, "MethodNotAllowed", 405,
                                      "The specified method is not allowed against this resource.");
    }
    *out = version;
    return 0;
}

static void show_http_date(struct sim_call *call, const char *name, int64_t ms)
{
    answer_header(call, name, sim_http_date(ms, call->arena));
}

static void show_lock(struct sim_call *call, const struct json *version)
{
    char until[TIME_TEXT_BYTES];

    if (json_bool(version, "_hold", false))
        answer_header(call, "x-amz-object-lock-legal-hold", "ON");
    if (json_get(version, "_mode") == NULL)
        return;
    time_rfc3339((int64_t)json_number(version, "_until_ms", 0), until);
    answer_header(call, "x-amz-object-lock-mode", json_str(version, "_mode"));
    answer_header(call, "x-amz-object-lock-retain-until-date", until);
}

static int get_object(struct sim_call *call)
{
    const char *match = header(call, "If-Match"), *none = header(call, "If-None-Match");
    const char *id, *etag, *body;
    struct json *version = NULL;
    unsigned char *bytes;

    if (find_version(call, &id, &version) != 0)
        return -1;
    etag = json_str(version, "ETag");
    if (match != NULL && !etag_is(match, etag))
        return precondition_failed(call, "If-Match");
    answer_header(call, "ETag", etag);
    tell_version(call, id);
    if (none != NULL && etag_is(none, etag)) {
        call->status = 304;
        return 0;
    }
    show_http_date(call, "Last-Modified", (int64_t)json_number(version, "_modified_ms", 0));
    answer_header(call, "Content-Type", json_str(version, "_type"));
    show_encryption(call, version);
    answer_header(call, "x-amz-replication-status", json_str(version, "_replication"));
    show_lock(call, version);
    for (const struct json *it = json_first(json_get(version, "_metadata")); it != NULL;
         it = it->next)
        answer_header(call, arena_printf(call->arena, "%s%s", meta_prefix, it->key), it->string);
    body = json_str(version, "_body");
    bytes = base64_decode(body, strlen(body), call->arena, &call->answer_len);
    call->answer_text = bytes == NULL ? "" : (const char *)bytes;
    return 0;
}

/* --- Delete --------------------------------------------------------------------------------------
 */

static int delete_one_version(struct sim_call *call, const char *key, const char *id)
{
    const struct json *version = sim_get(call, "", "", s3_versions_kind(call, key), id);

    if (version != NULL && is_locked(call, version))
        return sim_error(call, "AccessDenied", 403,
                         "Access Denied because object protected by object lock.");
    if (version != NULL)
        delete_version(call, key, id);
    if (is_marker(version))
        answer_header(call, "x-amz-delete-marker", "true");
    answer_header(call, "x-amz-version-id", id);
    return 0;
}

/* Without a version: it is hidden behind a marker where versions are kept, else gone. */
static int delete_object(struct sim_call *call)
{
    const char *key = sim_param(call, "Key"), *id = sim_param(call, "versionId");
    struct json *marker = json_object(call->arena);

    if (check_if_match(call, key) != 0)
        return -1;
    call->status = 204;
    if (id != NULL)
        return delete_one_version(call, key, id);
    if (s3_versioning(call, sim_param(call, "Bucket")) == NULL) {
        if (newest_of(call, key) != NULL)
            delete_version(call, key, "null");
        return 0;
    }
    id = new_version_id(call);
    json_put_bool(marker, "_marker", true);
    json_put_number(marker, "_modified_ms", (double)call->now_ms);
    s3_put_version(call, key, id, marker);
    s3_replicate(call, key, id);
    answer_header(call, "x-amz-delete-marker", "true");
    answer_header(call, "x-amz-version-id", id);
    return 0;
}

const struct sim_operation s3_object_operations[] = {
    {.name = "PutObject",
     .handler = put_object,
     .access = SIM_WRITE,
     .method = "PUT",
     .uri = "/{Bucket}/{Key+}",
     .raw_body = true},
    {.name = "GetObject", .handler = get_object, .method = "GET", .uri = "/{Bucket}/{Key+}"},
    {.name = "HeadObject", .handler = get_object, .method = "HEAD", .uri = "/{Bucket}/{Key+}"},
    {.name = "DeleteObject",
     .handler = delete_object,
     .access = SIM_WRITE,
     .method = "DELETE",
     .uri = "/{Bucket}/{Key+}"},
    {.name = NULL},
};
