#include "guardduty_world.h"

#define BUCKET                                                                                     \
    "'destinationArn':'arn:aws:s3:::findings','kmsKeyArn':'arn:aws:kms:us-east-1:1:key/k'"

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
    const char *detector, *id;

    c->service = &sim_service_guardduty;
    slow_down(c);
    detector = json_str(ok(c, "CreateDetector", "{'enable':true}"), "detectorId");
    id = json_str(ok(c, "CreatePublishingDestination",
                     "{'DetectorId':'%s','destinationType':'S3','clientToken':'t',"
                     "'destinationProperties':{" BUCKET "}}",
                     detector),
                  "destinationId");
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
    assert_string_equal(json_str(seen, "kmsKeyArn"), "arn:aws:kms:us-east-1:1:key/k");
    ok(c, "DeletePublishingDestination", "{'DetectorId':'%s','DestinationId':'%s'}", detector, id);
    fails(c, "BadRequestException", "DescribePublishingDestination",
          "{'DetectorId':'%s','DestinationId':'%s'}", detector, id);
}

static void test_what_a_destination_needs(void **state)
{
    static const char create[] = "CreatePublishingDestination";
    struct caller *c = *state;
    const char *detector, *id;

    c->service = &sim_service_guardduty;
    detector = json_str(ok(c, "CreateDetector", "{'enable':true}"), "detectorId");
    fails(c, "BadRequestException", create,
          "{'DetectorId':'%s','destinationType':'FTP','destinationProperties':{" BUCKET "}}",
          detector);
    fails(c, "BadRequestException", create, "{'DetectorId':'%s','destinationType':'S3'}", detector);
    fails(c, "BadRequestException", create,
          "{'DetectorId':'%s','destinationType':'S3',"
          "'destinationProperties':{'destinationArn':'arn:aws:s3:::findings'}}",
          detector);
    id = json_str(ok(c, create,
                     "{'DetectorId':'%s','destinationType':'S3','clientToken':'t',"
                     "'destinationProperties':{" BUCKET "}}",
                     detector),
                  "destinationId");
    assert_string_equal(json_str(ok(c, create,
                                    "{'DetectorId':'%s','destinationType':'S3','clientToken':'t',"
                                    "'destinationProperties':{" BUCKET "}}",
                                    detector),
                                 "destinationId"),
                        id);
    fails(c, "BadRequestException", create,
          "{'DetectorId':'%s','destinationType':'S3','clientToken':'u',"
          "'destinationProperties':{" BUCKET "}}",
          detector);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GUARDDUTY_TEST(test_a_destination_lives),
        GUARDDUTY_TEST(test_what_a_destination_needs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
