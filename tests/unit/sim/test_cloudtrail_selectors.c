#include "cloudtrail_priv.h"
#include "world.h"

extern const struct sim_service sim_service_cloudtrail;

static const struct trail_event event_kinds[] = {
    {.source = "iam.amazonaws.com", .name = "CreateUser"},
    {.source = "iam.amazonaws.com", .name = "ListUsers", .is_read = true},
    {.source = "s3.amazonaws.com",
     .name = "GetObject",
     .is_read = true,
     .is_data = true,
     .resource_type = "AWS::S3::Object",
     .resource_arn = "arn:aws:s3:::bait/a"},
};

/* Which of the kinds a trail with these members records: "wr-" are the management events. */
static const char *recorded(struct sim_client *client, const char *members)
{
    struct sim_call call = world_call(client, &sim_service_cloudtrail);
    char *out = arena_str(client->arena, "---");

    sim_store_put(
        client->sim->store, client->account, "", "trail", "t",
        world_json(client, arena_printf(client->arena,
                                        "{'HomeRegion':'us-east-1','_logging':true%s}", members)));
    for (size_t i = 0; i < 3; i++) {
        struct trail_event told = event_kinds[i];

        told.recipient = client->account;
        if (cloudtrail_is_recorded(&call, &told))
            out[i] = "wrd"[i];
    }
    return out;
}

static void test_basic(void **state)
{
    struct sim_client *client = *state;
    assert_string_equal(recorded(client, ""), "wr-");
    assert_string_equal(recorded(client, ",'_selectors':[{'ReadWriteType':'ReadOnly'}]"), "-r-");
    assert_string_equal(recorded(client, ",'_selectors':[{'ReadWriteType':'All','"
                                         "ExcludeManagementEventSources':['iam.amazonaws.com']}]"),
                        "---");
    assert_string_equal(recorded(client, ",'_selectors':[{'IncludeManagementEvents':false,"
                                         "'DataResources':[{'Type':'AWS::S3::Object','Values':"
                                         "['arn:aws:s3:::bait/']}]}]"),
                        "--d");
    assert_string_equal(recorded(client, ",'_selectors':[{'DataResources':[{'Type':"
                                         "'AWS::S3::Object','Values':['arn:aws:s3:::other/']}]}]"),
                        "wr-");
}

static void test_advanced(void **state)
{
    struct sim_client *client = *state;
    assert_string_equal(
        recorded(client, ",'_advanced':[{'FieldSelectors':[{'Field':'eventCategory','Equals':"
                         "['Management']},{'Field':'readOnly','Equals':['false']}]}]"),
        "w--");
    assert_string_equal(
        recorded(client, ",'_advanced':[{'FieldSelectors':[{'Field':'eventCategory','Equals':"
                         "['Data']},{'Field':'resources.ARN','StartsWith':['arn:aws:s3:::bait/']},"
                         "{'Field':'eventName','NotEquals':['PutObject']}]}]"),
        "--d");
}

static void test_trails_that_do_not_record(void **state)
{
    struct sim_client *client = *state;
    struct sim_call call = world_call(client, &sim_service_cloudtrail);
    struct trail_event told = event_kinds[0];

    assert_string_equal(recorded(client, ""), "wr-");
    told.recipient = "111122223333";
    assert_false(cloudtrail_is_recorded(&call, &told));
    told.recipient = client->account;
    call.region = "eu-west-1";
    assert_false(cloudtrail_is_recorded(&call, &told));
    assert_string_equal(recorded(client, ",'IsMultiRegionTrail':true"), "wr-");
    assert_true(cloudtrail_is_recorded(&call, &told));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_basic),
        WORLD_TEST(test_advanced),
        WORLD_TEST(test_trails_that_do_not_record),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
