#include "world.h"

/* "name:status " of each region. */
static const char *regions(struct sim_client *client, const char *fields)
{
    const struct json *answer =
        sim_client_query(client, "ec2", "2016-11-15",
                         arena_printf(client->arena, "Action=DescribeRegions%s", fields));
    char *out = arena_str(client->arena, "");

    for (const struct json *it = json_first(json_get(answer, "regionInfo")); it != NULL;
         it = it->next)
        out = arena_printf(client->arena, "%s%s:%s ", out, json_str(it, "regionName"),
                           json_str(it, "optInStatus"));
    return out;
}

static void test_regions_that_can_be_used(void **state)
{
    struct sim_client *client = *state;
    const char *seen = regions(client, "");

    assert_non_null(strstr(seen, "eu-west-1:opt-in-not-required "));
    assert_null(strstr(seen, "af-south-1"));
    assert_null(strstr(seen, "cn-north-1"));
    assert_non_null(strstr(regions(client, "&AllRegions=true"), "af-south-1:not-opted-in "));
}

static void test_a_region_that_was_turned_on(void **state)
{
    struct sim_client *client = *state;
    struct json *record = json_object(client->arena);

    json_put_str(record, "RegionOptStatus", "ENABLED");
    sim_store_put(client->sim->store, client->account, "", "region", "af-south-1", record);
    assert_non_null(strstr(regions(client, ""), "af-south-1:opted-in "));
    client->region = "af-south-1"; /* and it knows the account's keys */
    assert_non_null(strstr(regions(client, ""), "af-south-1:opted-in "));
}

static void test_names_and_filters(void **state)
{
    struct sim_client *client = *state;

    assert_string_equal(regions(client, "&RegionName.1=eu-west-1&RegionName.2=af-south-1"),
                        "eu-west-1:opt-in-not-required af-south-1:not-opted-in ");
    assert_string_equal(regions(client, "&Filter.1.Name=region-name&Filter.1.Value.1=eu-w*-1"
                                        "&Filter.2.Name=opt-in-status"
                                        "&Filter.2.Value.1=opt-in-not-required"),
                        "eu-west-1:opt-in-not-required ");
    assert_string_equal(
        regions(client, "&Filter.1.Name=endpoint&Filter.1.Value.1=ec2.sa-east-1.amazonaws.com"),
        "sa-east-1:opt-in-not-required ");
    assert_string_equal(regions(client, "&RegionName.1=mars-1"), "");
    EXPECT(client, "InvalidParameterValue");
    (void)regions(client, "&Filter.1.Name=colour&Filter.1.Value.1=red");
    EXPECT(client, "InvalidParameterValue");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_regions_that_can_be_used),
        WORLD_TEST(test_a_region_that_was_turned_on),
        WORLD_TEST(test_names_and_filters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
