/*
 * cloudtrail_delivery.c - whether a trail can write to its bucket with its key.
 *
 * Source: CloudTrail User Guide, "Amazon S3 bucket policy for CloudTrail", "Configure AWS KMS key
 *         policies for CloudTrail"; CloudTrail API Reference, CreateTrail and GetTrailStatus.
 * Limits: nothing is written; an error shows as soon as its cause is there, and ends with it.
 */
#include "cloudtrail_priv.h"

#include "kms_priv.h"
#include "resource_policy.h"
#include "s3_priv.h"

static struct sim_service_act act_of(const struct sim_call *call, const struct json *trail)
{
    return (struct sim_service_act){.service = "cloudtrail.amazonaws.com",
                                    .source_arn = json_str(trail, "TrailARN"),
                                    .source_account = cloudtrail_owner(call, trail)};
}

/* --- The bucket ----------------------------------------------------------------------------------
 */

/* Where an organization's trail writes for every member, any other one for its account. */
static const char *log_folder(struct sim_call *call, const struct json *trail)
{
    struct sim_organization organization;
    const char *owner = cloudtrail_owner(call, trail);

    if (json_bool(trail, "IsOrganizationTrail", false) &&
        sim_organization_of(call, owner, &organization))
        return arena_printf(call->arena, "%s/%s", organization.id, owner);
    return owner;
}

static bool bucket_takes(struct sim_call *call, const struct json *trail)
{
    const char *bucket = json_str(trail, "S3BucketName"), *prefix = json_str(trail, "S3KeyPrefix");
    const char *arn = sim_arn(call, "s3", "", "", "%s", bucket);
    struct sim_service_act look = act_of(call, trail), write = look;
    struct json *more = json_object(call->arena);

    look.action = "s3:GetBucketAcl";
    look.resource = arn;
    json_put_str(more, "s3:x-amz-acl", "bucket-owner-full-control");
    write.action = "s3:PutObject";
    write.resource = arena_printf(call->arena, "%s/%s%sAWSLogs/%s/CloudTrail/x", arn,
                                  prefix == NULL ? "" : prefix, prefix == NULL ? "" : "/",
                                  log_folder(call, trail));
    write.more = more;
    return s3_service_may(call, bucket, &look) && s3_service_may(call, bucket, &write);
}

/* --- The key -------------------------------------------------------------------------------------
 */

static const struct json *key_of(struct sim_call *call, const struct json *trail)
{
    const char *region = s3_region_of(call, json_str(trail, "S3BucketName"));
    const char *name = json_str(trail, "KmsKeyId");

    return region == NULL || name == NULL ? NULL : kms_find(call, region, name);
}

static bool key_serves(struct sim_call *call, const struct json *trail, const struct json *key)
{
    struct sim_service_act look = act_of(call, trail), encrypt = look;
    struct json *more = json_object(call->arena);

    look.action = "kms:DescribeKey";
    encrypt.action = "kms:GenerateDataKey";
    look.resource = encrypt.resource = json_str(key, "Arn");
    json_put_str(more, "kms:EncryptionContext:aws:cloudtrail:arn", json_str(trail, "TrailARN"));
    encrypt.more = more;
    return kms_service_may(call, key, &look) && kms_service_may(call, key, &encrypt);
}

/* --- Both ----------------------------------------------------------------------------------------
 */

const char *cloudtrail_delivery_error(struct sim_call *call, const struct json *trail)
{
    const struct json *key;

    if (s3_region_of(call, json_str(trail, "S3BucketName")) == NULL)
        return "NoSuchBucket";
    if (!bucket_takes(call, trail))
        return "AccessDenied";
    if (json_str(trail, "KmsKeyId") == NULL)
        return NULL;
    key = key_of(call, trail);
    if (key == NULL)
        return "KMS.NotFoundException";
    if (!kms_is_enabled(key))
        return str_eq(json_str(key, "KeyState"), "Disabled") ? "KMS.DisabledException"
                                                             : "KMS.KMSInvalidStateException";
    return key_serves(call, trail, key) ? NULL : "AccessDenied";
}

static int check_key(struct sim_call *call, struct json *trail)
{
    const char *bucket = json_str(trail, "S3BucketName"), *name = json_str(trail, "KmsKeyId");
    const struct json *key = key_of(call, trail);

    if (key == NULL)
        return sim_error(
            call, "KmsKeyNotFoundException", 400,
            "The KMS key %s cannot be found, or is not in the region of the S3 bucket.", name);
    if (!kms_is_enabled(key))
        return sim_error(call, "KmsException", 400, "The KMS key %s is not enabled.", name);
    if (!key_serves(call, trail, key))
        return sim_error(call, "InsufficientEncryptionPolicyException", 400,
                         "Insufficient permissions to access S3 bucket %s or KMS key %s.", bucket,
                         name);
    sim_set_str(trail, "KmsKeyId", json_str(key, "Arn"));
    return 0;
}

int cloudtrail_check_delivery(struct sim_call *call, struct json *trail)
{
    const char *bucket = json_str(trail, "S3BucketName");

    if (s3_region_of(call, bucket) == NULL)
        return sim_error(call, "S3BucketDoesNotExistException", 404, "S3 bucket %s does not exist!",
                         bucket);
    if (!bucket_takes(call, trail))
        return sim_error(call, "InsufficientS3BucketPolicyException", 400,
                         "Incorrect S3 bucket policy is detected for bucket: %s", bucket);
    return json_str(trail, "KmsKeyId") == NULL ? 0 : check_key(call, trail);
}
