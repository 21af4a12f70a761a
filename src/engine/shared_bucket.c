/*
 * shared_bucket.c - the bucket of the lock, made by the first apply of an organization: private,
 * encrypted, over TLS only, with versions that end after a day.
 *
 * Each setting is put again whenever the lock's object is not there yet, so that a run that was
 * killed half way leaves nothing open.
 */
#include "plinth/engine/shared.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"

#include <stddef.h>

static struct json *params_of(const struct shared_place *place, struct arena *arena)
{
    struct json *params = json_object(arena);

    json_put_str(params, "Bucket", place->bucket);
    return params;
}

/* us-east-1 is the place that needs no name. */
static struct json *creation(const struct shared_place *place, struct arena *arena)
{
    struct json *params = params_of(place, arena);

    if (!str_eq(place->target.region, "us-east-1"))
        json_put_str(json_put_object(params, "CreateBucketConfiguration"), "LocationConstraint",
                     place->target.region);
    return params;
}

static struct json *public_access_block(const struct shared_place *place, struct arena *arena)
{
    static const char *const members[] = {"BlockPublicAcls", "IgnorePublicAcls",
                                          "BlockPublicPolicy", "RestrictPublicBuckets"};
    struct json *params = params_of(place, arena);
    struct json *block = json_put_object(params, "PublicAccessBlockConfiguration");

    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        json_put_bool(block, members[i], true);
    return params;
}

static struct json *versioning(const struct shared_place *place, struct arena *arena)
{
    struct json *params = params_of(place, arena);

    json_put_str(json_put_object(params, "VersioningConfiguration"), "Status", "Enabled");
    return params;
}

static struct json *encryption(const struct shared_place *place, struct arena *arena)
{
    struct json *params = params_of(place, arena);
    struct json *rule =
        json_put_object(json_put_object(params, "ServerSideEncryptionConfiguration"), "Rule");

    json_put_str(json_put_object(rule, "ApplyServerSideEncryptionByDefault"), "SSEAlgorithm",
                 "AES256");
    return params;
}

static struct json *lifecycle(const struct shared_place *place, struct arena *arena)
{
    struct json *params = params_of(place, arena);
    struct json *rule = json_put_object(json_put_object(params, "LifecycleConfiguration"), "Rule");

    json_put_str(rule, "ID", "plinth-lock");
    json_put_str(json_put_object(rule, "Filter"), "Prefix", "");
    json_put_str(rule, "Status", "Enabled");
    json_put_number(json_put_object(rule, "NoncurrentVersionExpiration"), "NoncurrentDays", 1);
    return params;
}

static struct json *tls_only(const struct shared_place *place, struct arena *arena)
{
    const char *arn = arena_printf(arena, "arn:%s:s3:::%s", place->partition, place->bucket);
    struct json *params = params_of(place, arena);

    json_put_str(params, "Policy",
                 arena_printf(arena,
                              "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"TlsOnly\","
                              "\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"s3:*\","
                              "\"Resource\":[\"%s\",\"%s/*\"],\"Condition\":{\"Bool\":"
                              "{\"aws:SecureTransport\":\"false\"}}}]}",
                              arn, arn));
    return params;
}

static struct json *tagging(const struct shared_place *place, struct arena *arena)
{
    struct json *params = params_of(place, arena);
    struct json *tag =
        json_put_object(json_put_object(json_put_object(params, "Tagging"), "TagSet"), "Tag");

    json_put_str(tag, "Key", "plinth:baseline");
    json_put_str(tag, "Value", place->baseline);
    return params;
}

/* One of ours that is there already is as good as made; a name that somebody else has is not. */
static int create(const struct shared_place *place, struct arena *arena, bool *out_made,
                  struct err *err)
{
    if (aws_call(&place->target, AWS_S3_CREATE_BUCKET, creation(place, arena), arena, NULL, err) ==
        0) {
        *out_made = true;
        return 0;
    }
    if (!err_is(err, "BucketAlreadyOwnedByYou") && err->code != ERR_LOST)
        return -1;
    err_clear(err);
    return 0;
}

int shared_make_bucket(const struct shared_place *place, struct arena *arena, bool *out_made,
                       struct err *err)
{
    static const struct {
        enum aws_op op;
        struct json *(*params)(const struct shared_place *place, struct arena *arena);
    } settings[] = {
        {AWS_S3_PUT_PUBLIC_ACCESS_BLOCK, public_access_block},
        {AWS_S3_PUT_BUCKET_ENCRYPTION, encryption},
        {AWS_S3_PUT_BUCKET_POLICY, tls_only},
        {AWS_S3_PUT_BUCKET_VERSIONING, versioning},
        {AWS_S3_PUT_BUCKET_LIFECYCLE_CONFIGURATION, lifecycle},
        {AWS_S3_PUT_BUCKET_TAGGING, tagging},
    };

    *out_made = false;
    if (create(place, arena, out_made, err) != 0)
        return -1;
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        struct json *params = settings[i].params(place, arena);

        json_put_str(params, "x-amz-expected-bucket-owner", place->target.account_id);
        if (aws_call(&place->target, settings[i].op, params, arena, NULL, err) != 0)
            return -1;
    }
    return 0;
}
