#include "guardduty_shared.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct json *parse(struct arena *arena, const char *text)
{
    struct json *json = NULL;
    struct err err = ERR_INIT;

    assert_int_equal(json_parse(text, strlen(text), arena, &json, &err), 0);
    return json;
}

/* What a region without RDS_LOGIN_EVENTS and ECS has. */
static const char region[] =
    "[{\"name\":\"S3_DATA_EVENTS\",\"status\":\"DISABLED\"},"
    "{\"name\":\"RUNTIME_MONITORING\",\"status\":\"ENABLED\",\"additionalConfiguration\":["
    "{\"name\":\"EKS_ADDON_MANAGEMENT\",\"status\":\"DISABLED\"},"
    "{\"name\":\"EC2_AGENT_MANAGEMENT\",\"status\":\"ENABLED\"}]}]";

static void test_a_plan_is_found_where_aws_has_it(void **state)
{
    struct arena *arena = arena_new("test");
    const struct json *features = parse(arena, region);

    (void)state;
    assert_string_equal(json_str(guardduty_plan_in(features, GUARDDUTY_S3), "status"), "DISABLED");
    assert_string_equal(json_str(guardduty_plan_in(features, GUARDDUTY_RUNTIME_EC2), "status"),
                        "ENABLED");
    assert_null(guardduty_plan_in(features, GUARDDUTY_RDS));
    assert_null(guardduty_plan_in(features, GUARDDUTY_RUNTIME_FARGATE));
    assert_null(guardduty_plan_in(NULL, GUARDDUTY_S3));
    arena_free(arena);
}

static void test_only_what_is_there_is_asked_for(void **state)
{
    struct arena *arena = arena_new("test");
    struct guardduty_protection protection = {.wanted = {
                                                  [GUARDDUTY_S3] = "ENABLED",
                                                  [GUARDDUTY_RDS] = "ENABLED",
                                                  [GUARDDUTY_RUNTIME] = "ENABLED",
                                                  [GUARDDUTY_RUNTIME_EKS] = "DISABLED",
                                                  [GUARDDUTY_RUNTIME_FARGATE] = "ENABLED",
                                                  [GUARDDUTY_RUNTIME_EC2] = "ENABLED",
                                              }};
    struct json *params = json_object(arena), *none = json_object(arena);

    (void)state;
    guardduty_plans_put(&protection, parse(arena, region), "autoEnable", params);
    assert_string_equal(
        json_text(params, arena),
        "{\"features\":[{\"name\":\"S3_DATA_EVENTS\",\"autoEnable\":\"ALL\"},"
        "{\"name\":\"RUNTIME_MONITORING\",\"autoEnable\":\"ALL\",\"additionalConfiguration\":["
        "{\"name\":\"EKS_ADDON_MANAGEMENT\",\"autoEnable\":\"NONE\"},"
        "{\"name\":\"EC2_AGENT_MANAGEMENT\",\"autoEnable\":\"ALL\"}]}]}");
    guardduty_plans_put(NULL, parse(arena, region), "status", none);
    assert_string_equal(json_text(none, arena), "{\"features\":[]}");
    arena_free(arena);
}

static void test_spelling(void **state)
{
    (void)state;
    assert_string_equal(guardduty_plan_spelled("status", "DISABLED"), "DISABLED");
    assert_string_equal(guardduty_plan_spelled("autoEnable", "ENABLED"), "ALL");
    assert_string_equal(guardduty_plan_spelled("autoEnable", "DISABLED"), "NONE");
    assert_null(guardduty_plan_spelled("autoEnable", NULL));
    assert_string_equal(guardduty_plan_key(GUARDDUTY_RUNTIME_EC2), "runtime_monitoring_ec2");
}

/* How many mistakes a map of plans has. */
static size_t mistakes(const char *yaml)
{
    struct arena *arena = arena_new("test");
    struct guardduty_protection protection;
    struct diags diags;
    struct node *node;
    struct err err = ERR_INIT;
    size_t count;

    diags_init(&diags, arena);
    assert_int_equal(node_parse(yaml, strlen(yaml), "test.yaml", arena, &node, &err), 0);
    schema_decode(&guardduty_protection_schema, node, arena, &protection, &diags);
    guardduty_plans_check(&protection, &diags);
    count = diags.count;
    arena_free(arena);
    return count;
}

static void test_parts_need_the_whole(void **state)
{
    (void)state;
    assert_int_equal(mistakes("{runtime_monitoring: enabled, runtime_monitoring_ec2: enabled}"), 0);
    assert_int_equal(mistakes("{runtime_monitoring: disabled, runtime_monitoring_ec2: disabled}"),
                     0);
    assert_int_equal(mistakes("{runtime_monitoring: disabled, runtime_monitoring_ec2: enabled}"),
                     1);
    assert_int_equal(mistakes("{runtime_monitoring_eks: disabled}"), 1);
    assert_int_equal(mistakes("{s3_data_events: on}"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_plan_is_found_where_aws_has_it),
        cmocka_unit_test(test_only_what_is_there_is_asked_for),
        cmocka_unit_test(test_spelling),
        cmocka_unit_test(test_parts_need_the_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
