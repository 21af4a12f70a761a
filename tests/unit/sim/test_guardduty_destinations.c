#include "guardduty_world.h"
#include "resource_policy.h"
#include "s3_priv.h"

extern const struct sim_service sim_service_kms;

static const char anybody[] = "*";

/* S3 is put in order without calls, which would have to come over HTTP. */
static struct sim_call call_of(struct caller *c)
{
    return (struct sim_call){
        .sim = c->sim, .arena = c->arena, .account = c->as, .region = "us-east-1"};
}

static void make_bucket(struct caller *c, const char *name)
{
    struct json *bucket = json_object(c->arena);
    struct sim_call call = call_of(c);

    json_put_str(bucket, "_account", c->as);
    json_put_str(bucket, "_region", call.region);
    sim_put(&call, "", "", "bucket", name, bucket);
}

/* GuardDuty may write to the bucket and with the key, for an account. */
static void let_in(struct caller *c, const char *bucket, const char *key, const char *source)
{
    static const char format[] =
        "{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"Service\":"
        "\"guardduty.amazonaws.com\"},\"Action\":\"s3:*\",\"Resource\":[\"arn:aws:s3:::%s\","
        "\"arn:aws:s3:::%s/*\"],\"Condition\":{\"StringLike\":{\"aws:SourceAccount\":\"%s\"}}}}";
    struct json *policy = json_object(c->arena);
    struct sim_call call = call_of(c);

    json_put_str(policy, "_text", arena_printf(c->arena, format, bucket, bucket, source));
    s3_put(&call, bucket, "policy", policy);
    c->service = &sim_service_kms;
    ok(c, "PutKeyPolicy",
       "{'KeyId':'%s','Policy':'{\\'Statement\\':[{\\'Effect\\':\\'Allow\\',\\'Principal\\':"
       "{\\'AWS\\':\\'%s\\'},\\'Action\\':\\'kms:*\\',\\'Resource\\':\\'*\\'},"
       "{\\'Effect\\':\\'Allow\\',\\'Principal\\':{\\'Service\\':\\'guardduty.amazonaws.com\\'},"
       "\\'Action\\':\\'kms:GenerateDataKey\\',\\'Resource\\':\\'*\\'}]}'}",
       key, c->as);
    c->service = &sim_service_guardduty;
}

static const char *make_key(struct caller *c)
{
    const char *arn;

    c->service = &sim_service_kms;
    arn = json_str(json_get(ok(c, "CreateKey", "{}"), "KeyMetadata"), "Arn");
    c->service = &sim_service_guardduty;
    return arn;
}

static const char *make_detector(struct caller *c)
{
    c->service = &sim_service_guardduty;
    return json_str(ok(c, "CreateDetector", "{'enable':true}"), "detectorId");
}

#define CREATE                                                                                     \
    "{'DetectorId':'%s','destinationType':'S3','clientToken':'%s',"                                \
    "'destinationProperties':{'destinationArn':'%s','kmsKeyArn':'%s'}}"

static const char create[] = "CreatePublishingDestination", findings[] = "arn:aws:s3:::findings";

static const char *status_of(struct caller *c, const char *detector, const char *id)
{
    return json_str(ok(c, "DescribePublishingDestination",
                       "{'DetectorId':'%s','DestinationId':'%s'}", detector, id),
                    "status");
}

static void test_a_destination_lives(void **state)
{
    struct caller *c = *state;
    const struct json *seen;
    const char *detector = make_detector(c), *key = make_key(c), *id;

    make_bucket(c, "findings");
    make_bucket(c, "other");
    let_in(c, "findings", key, anybody);
    let_in(c, "other", key, anybody);
    slow_down(c);
    id = json_str(ok(c, create, CREATE, detector, "t", findings, key), "destinationId");
    assert_string_equal(status_of(c, detector, id), "PENDING_VERIFICATION");
    caller_wait(c, 60);
    assert_string_equal(status_of(c, detector, id), "PUBLISHING");
    seen = ok(c, "ListPublishingDestinations", "{'DetectorId':'%s'}", detector);
    assert_string_equal(json_str(item_with(seen, "destinations", "destinationId", id), "status"),
                        "PUBLISHING");
    ok(c, "UpdatePublishingDestination",
       "{'DetectorId':'%s','DestinationId':'%s',"
       "'destinationProperties':{'destinationArn':'arn:aws:s3:::other'}}",
       detector, id);
    seen = json_get(ok(c, "DescribePublishingDestination",
                       "{'DetectorId':'%s','DestinationId':'%s'}", detector, id),
                    "destinationProperties");
    assert_string_equal(json_str(seen, "destinationArn"), "arn:aws:s3:::other");
    assert_string_equal(json_str(seen, "kmsKeyArn"), key);
    ok(c, "DeletePublishingDestination", "{'DetectorId':'%s','DestinationId':'%s'}", detector, id);
    fails(c, "BadRequestException", "DescribePublishingDestination",
          "{'DetectorId':'%s','DestinationId':'%s'}", detector, id);
}

static void test_what_a_destination_needs(void **state)
{
    struct caller *c = *state;
    const char *detector = make_detector(c), *key = make_key(c), *id;

    make_bucket(c, "findings");
    let_in(c, "findings", key, anybody);
    fails(c, "BadRequestException", create,
          "{'DetectorId':'%s','destinationType':'FTP','destinationProperties':"
          "{'destinationArn':'%s','kmsKeyArn':'%s'}}",
          detector, findings, key);
    fails(c, "BadRequestException", create, "{'DetectorId':'%s','destinationType':'S3'}", detector);
    fails(c, "BadRequestException", create,
          "{'DetectorId':'%s','destinationType':'S3',"
          "'destinationProperties':{'destinationArn':'%s'}}",
          detector, findings);
    id = json_str(ok(c, create, CREATE, detector, "t", findings, key), "destinationId");
    assert_string_equal(
        json_str(ok(c, create, CREATE, detector, "t", findings, key), "destinationId"), id);
    fails(c, "BadRequestException", create, CREATE, detector, "u", findings, key);
}

/* When it is made, and ever after. */
static void test_the_bucket_and_the_key_must_let_it_in(void **state)
{
    struct caller *c = *state;
    const char *detector = make_detector(c), *key = make_key(c), *id;

    fails(c, "BadRequestException", create, CREATE, detector, "t", findings, key);
    make_bucket(c, "findings");
    fails(c, "BadRequestException", create, CREATE, detector, "t", findings, key);
    let_in(c, "findings", key, "111122223333");
    fails(c, "BadRequestException", create, CREATE, detector, "t", findings, key);
    let_in(c, "findings", key, c->as);
    fails(c, "BadRequestException", create, CREATE, detector, "t", findings, make_key(c));
    fails(c, "BadRequestException", create, CREATE, detector, "t", "findings", key);
    id = json_str(ok(c, create, CREATE, detector, "t", findings, key), "destinationId");
    assert_string_equal(status_of(c, detector, id), "PUBLISHING");
    let_in(c, "findings", key, "111122223333");
    assert_string_equal(status_of(c, detector, id), "UNABLE_TO_PUBLISH_FIX_DESTINATION_PROPERTY");
    let_in(c, "findings", key, c->as);
    assert_string_equal(status_of(c, detector, id), "PUBLISHING");
    c->service = &sim_service_kms;
    ok(c, "DisableKey", "{'KeyId':'%s'}", key);
    c->service = &sim_service_guardduty;
    assert_string_equal(status_of(c, detector, id), "UNABLE_TO_PUBLISH_FIX_DESTINATION_PROPERTY");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GUARDDUTY_TEST(test_a_destination_lives),
        GUARDDUTY_TEST(test_what_a_destination_needs),
        GUARDDUTY_TEST(test_the_bucket_and_the_key_must_let_it_in),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
