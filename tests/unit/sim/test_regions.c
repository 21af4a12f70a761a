#include "world.h"

extern const struct sim_service sim_service_iam;

static void test_regions_are_found(void **state)
{
    (void)state;
    assert_string_equal(sim_region_find("eu-west-1")->partition, "aws");
    assert_true(sim_region_find("af-south-1")->opt_in);
    assert_null(sim_region_find("eu-west-9"));
    assert_string_equal(sim_global_region("aws"), "us-east-1");
    assert_string_equal(sim_global_region("aws-us-gov"), "us-gov-west-1");
    assert_null(sim_global_region("mars"));
}

static void test_every_region_is_there_once(void **state)
{
    const struct sim_region *region;
    size_t enabled = 0;

    (void)state;
    for (size_t i = 0; (region = sim_region_at(i)) != NULL; i++) {
        assert_ptr_equal(sim_region_find(region->name), region);
        enabled += str_eq(region->partition, "aws") && !region->opt_in;
    }
    assert_int_equal(enabled, 17); /* what a new account sees */
}

static void set(struct sim_call *call, const char *status, int64_t ready_ms)
{
    struct json *record = json_object(call->arena);

    json_put_str(record, "RegionOptStatus", status);
    json_put_number(record, "_ready_ms", (double)ready_ms);
    sim_put(call, call->account, "", "region", "af-south-1", record);
}

static void test_a_region_is_turned_on_and_off(void **state)
{
    struct sim_client *client = *state;
    struct sim_call call = world_call(client, &sim_service_iam);
    const struct sim_region *region = sim_region_find("af-south-1");

#define STATUS sim_region_status(&call, call.account, region)
    assert_string_equal(STATUS, "DISABLED");
    set(&call, "ENABLED", call.now_ms + 1);
    assert_string_equal(STATUS, "ENABLING");
    set(&call, "ENABLED", call.now_ms);
    assert_string_equal(STATUS, "ENABLED");
    set(&call, "DISABLED", call.now_ms + 1);
    assert_string_equal(STATUS, "DISABLING");
    set(&call, "DISABLED", call.now_ms);
    assert_string_equal(STATUS, "DISABLED");
#undef STATUS
    assert_string_equal(sim_region_status(&call, call.account, sim_region_find("eu-west-1")),
                        "ENABLED_BY_DEFAULT");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_regions_are_found),
        WORLD_TEST(test_every_region_is_there_once),
        WORLD_TEST(test_a_region_is_turned_on_and_off),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
