#include "guardduty_world.h"

static const char *new_detector(struct caller *c, const char *features)
{
    c->service = &sim_service_guardduty;
    return json_str(ok(c, "CreateDetector", "{'enable':true,'features':%s}", features),
                    "detectorId");
}

static const struct json *see(struct caller *c, const char *id)
{
    return ok(c, "GetDetector", "{'DetectorId':'%s'}", id);
}

static void test_a_new_detector_has_all_but_runtime_monitoring(void **state)
{
    struct caller *c = *state;
    const struct json *seen = see(c, new_detector(c, "[]")), *parts;

    assert_string_equal(feature_in(seen, "FLOW_LOGS", "status"), "ENABLED");
    assert_string_equal(feature_in(seen, "S3_DATA_EVENTS", "status"), "ENABLED");
    assert_string_equal(feature_in(seen, "RDS_LOGIN_EVENTS", "status"), "ENABLED");
    assert_string_equal(feature_in(seen, "RUNTIME_MONITORING", "status"), "DISABLED");
    parts = item_with(seen, "features", "name", "RUNTIME_MONITORING");
    assert_int_equal(items(parts, "additionalConfiguration"), 3);
}

static void test_features_are_set_one_by_one(void **state)
{
    struct caller *c = *state;
    const char *id = new_detector(c, "[{'name':'S3_DATA_EVENTS','status':'DISABLED'}]");
    const struct json *seen;

    ok(c, "UpdateDetector",
       "{'DetectorId':'%s','features':[{'name':'RUNTIME_MONITORING','status':'ENABLED',"
       "'additionalConfiguration':[{'name':'EC2_AGENT_MANAGEMENT','status':'ENABLED'}]}]}",
       id);
    seen = see(c, id);
    assert_string_equal(feature_in(seen, "S3_DATA_EVENTS", "status"), "DISABLED");
    assert_string_equal(feature_in(seen, "LAMBDA_NETWORK_LOGS", "status"), "ENABLED");
    assert_string_equal(feature_in(seen, "RUNTIME_MONITORING", "status"), "ENABLED");
    seen = item_with(seen, "features", "name", "RUNTIME_MONITORING");
    assert_string_equal(
        json_str(item_with(seen, "additionalConfiguration", "name", "EC2_AGENT_MANAGEMENT"),
                 "status"),
        "ENABLED");
    assert_string_equal(
        json_str(item_with(seen, "additionalConfiguration", "name", "EKS_ADDON_MANAGEMENT"),
                 "status"),
        "DISABLED");
}

static void test_what_is_wrong_changes_nothing(void **state)
{
    static const char *const wrong[] = {
        "[{'name':'S3_DATA_EVENTS','status':'DISABLED'},{'name':'MIND_READING'}]",
        "[{'name':'S3_DATA_EVENTS','status':'ALL'}]",
        "[{'name':'FLOW_LOGS','status':'DISABLED'}]",
        "[{'status':'DISABLED'}]",
        "[{'name':'S3_DATA_EVENTS','status':'DISABLED','additionalConfiguration':"
        "[{'name':'EC2_AGENT_MANAGEMENT','status':'DISABLED'}]}]",
        "[{'name':'RUNTIME_MONITORING','additionalConfiguration':[{'status':'ENABLED'}]}]",
        "[{'name':'RUNTIME_MONITORING','status':'ENABLED'},"
        "{'name':'EKS_RUNTIME_MONITORING','status':'ENABLED'}]",
    };
    struct caller *c = *state;
    const char *id = new_detector(c, "[]");

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        fails(c, "BadRequestException", "UpdateDetector", "{'DetectorId':'%s','features':%s}", id,
              wrong[i]);
    assert_string_equal(feature_in(see(c, id), "S3_DATA_EVENTS", "status"), "ENABLED");
}

/* The caller of these tests is in us-east-1, which has everything. */
static void test_a_region_may_lack_a_feature(void **state)
{
    struct caller *c = *state;
    struct sim_call call = {.sim = c->sim, .arena = c->arena, .region = "ap-east-2"};
    const struct json *there = guardduty_features_new(&call, GUARDDUTY_OF_DETECTOR);

    assert_null(json_get(there, "RDS_LOGIN_EVENTS"));
    assert_string_equal(json_str(there, "S3_DATA_EVENTS"), "ENABLED");
    call.region = "us-east-1";
    there = guardduty_features_new(&call, GUARDDUTY_OF_ORGANIZATION);
    assert_string_equal(json_str(there, "RDS_LOGIN_EVENTS"), "NONE");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GUARDDUTY_TEST(test_a_new_detector_has_all_but_runtime_monitoring),
        GUARDDUTY_TEST(test_features_are_set_one_by_one),
        GUARDDUTY_TEST(test_what_is_wrong_changes_nothing),
        GUARDDUTY_TEST(test_a_region_may_lack_a_feature),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
