#include "storage_world.h"

static void trust(struct sim_client *client)
{
    (void)sim_client_json(client, "organizations",
                          "AWSOrganizationsV20161128.EnableAWSServiceAccess",
                          "{\"ServicePrincipal\":\"cloudtrail.amazonaws.com\"}");
    EXPECT(client, "");
}

static void make(struct sim_client *client, const char *name, const char *more)
{
    (void)trail(client, "CreateTrail", "{'Name':'%s','S3BucketName':'logs'%s}", name, more);
}

static void test_a_trail_of_one_account(void **state)
{
    struct sim_client *client = *state;
    const struct json *seen;

    open_bucket(client, "logs");
    make(client, "mine", "");
    EXPECT(client, "");
    seen = json_get(trail(client, "GetTrail", "{'Name':'mine'}"), "Trail");
    assert_string_equal(
        json_str(seen, "TrailARN"),
        arena_printf(client->arena, "arn:aws:cloudtrail:us-east-1:%s:trail/mine", client->account));
    assert_false(json_bool(seen, "IsMultiRegionTrail", true));
    assert_false(json_bool(seen, "LogFileValidationEnabled", true));
    make(client, "mine", "");
    EXPECT(client, "TrailAlreadyExistsException");
    (void)trail(client, "UpdateTrail", "{'Name':'mine','EnableLogFileValidation':true}");
    seen = json_get(trail(client, "GetTrail", "{'Name':'mine'}"), "Trail");
    assert_true(json_bool(seen, "LogFileValidationEnabled", false));
    (void)trail(client, "DeleteTrail", "{'Name':'mine'}");
    (void)trail(client, "GetTrail", "{'Name':'mine'}");
    EXPECT(client, "TrailNotFoundException");
}

static void test_names_have_rules(void **state)
{
    static const char *const bad[] = {"ab", "-abc", "abc-", "a..b", "a b c", "a_-b"};
    struct sim_client *client = *state;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        make(client, bad[i], "");
        EXPECT(client, "InvalidTrailNameException");
    }
    (void)trail(client, "GetTrail", "{'Name':'arn:aws:s3:::x'}");
    EXPECT(client, "CloudTrailARNInvalidException");
}

static void test_five_trails_a_region(void **state)
{
    struct sim_client *client = *state;

    open_bucket(client, "logs");
    for (int i = 0; i < 5; i++) {
        make(client, arena_printf(client->arena, "trail%d", i), "");
        EXPECT(client, "");
    }
    make(client, "trail5", "");
    EXPECT(client, "MaximumNumberOfTrailsExceededException");
    client->region = "eu-west-1";
    make(client, "trail0", "");
    EXPECT(client, "");
    assert_int_equal(json_get(trail(client, "ListTrails", "{}"), "Trails")->count, 6);
    assert_int_equal(json_get(trail(client, "DescribeTrails", "{}"), "trailList")->count, 1);
}

static void test_a_trail_of_all_regions_has_shadows(void **state)
{
    struct sim_client *client = *state;

    open_bucket(client, "logs");
    make(client, "wide", ",'IsMultiRegionTrail':true,'IncludeGlobalServiceEvents':false");
    EXPECT(client, "InvalidParameterCombinationException");
    make(client, "wide", ",'IsMultiRegionTrail':true");
    client->region = "eu-west-1";
    assert_int_equal(json_get(trail(client, "DescribeTrails", "{}"), "trailList")->count, 1);
    assert_int_equal(
        json_get(trail(client, "DescribeTrails", "{'includeShadowTrails':false}"), "trailList")
            ->count,
        0);
    assert_int_equal(
        json_get(trail(client, "DescribeTrails", "{'trailNameList':['wide','none']}"), "trailList")
            ->count,
        1);
    (void)trail(client, "UpdateTrail", "{'Name':'wide'}");
    EXPECT(client, "InvalidHomeRegionException");
    (void)trail(client, "StopLogging", "{'Name':'wide'}");
    EXPECT(client, "InvalidHomeRegionException");
    make(client, "wide", "");
    EXPECT(client, "TrailAlreadyExistsException");
}

static void test_an_organization_must_be_there_and_trust(void **state)
{
    struct sim_client *client = *state;
    const char *member;

    open_bucket(client, "logs");
    make(client, "all", ",'IsOrganizationTrail':true");
    EXPECT(client, "OrganizationsNotInUseException");
    member = world_organization(client);
    make(client, "all", ",'IsOrganizationTrail':true");
    EXPECT(client, "CloudTrailAccessNotEnabledException");
    trust(client);
    become(client, member);
    make(client, "all", ",'IsOrganizationTrail':true");
    EXPECT(client, "NotOrganizationMasterAccountException");
}

static void test_members_see_the_organizations_trail(void **state)
{
    struct sim_client *client = *state;
    const char *member = world_organization(client), *arn;

    trust(client);
    open_bucket(client, "logs");
    make(client, "own", "");
    make(client, "all", ",'IsOrganizationTrail':true,'IsMultiRegionTrail':true");
    EXPECT(client, "");
    arn = arena_printf(client->arena, "arn:aws:cloudtrail:us-east-1:%s:trail/all", client->account);
    become(client, member);
    client->region = "eu-west-1";
    assert_int_equal(json_get(trail(client, "DescribeTrails", "{}"), "trailList")->count, 1);
    assert_int_equal(
        json_get(trail(client, "DescribeTrails", "{'includeShadowTrails':false}"), "trailList")
            ->count,
        0);
    (void)trail(client, "GetTrail", "{'Name':'%s'}", arn);
    EXPECT(client, "");
    (void)trail(client, "GetTrail", "{'Name':'all'}");
    EXPECT(client, "TrailNotFoundException");
    client->region = "us-east-1";
    (void)trail(client, "StopLogging", "{'Name':'%s'}", arn);
    EXPECT(client, "NotOrganizationMasterAccountException");
    (void)trail(client, "DeleteTrail", "{'Name':'%s'}", arn);
    EXPECT(client, "NotOrganizationMasterAccountException");
}

static void test_a_delegated_administrator_acts_for_the_organization(void **state)
{
    struct sim_client *client = *state;
    const char *member = world_organization(client);
    const struct json *made;

    trust(client);
    open_bucket(client, "logs");
    (void)sim_client_json(
        client, "organizations", "AWSOrganizationsV20161128.RegisterDelegatedAdministrator",
        arena_printf(client->arena,
                     "{\"AccountId\":\"%s\",\"ServicePrincipal\":\"cloudtrail.amazonaws.com\"}",
                     member));
    EXPECT(client, "");
    become(client, member);
    made = trail(client, "CreateTrail",
                 "{'Name':'all','S3BucketName':'logs','IsOrganizationTrail':true}");
    EXPECT(client, "");
    assert_non_null(strstr(json_str(made, "TrailARN"), client->account)); /* the management's */
    (void)trail(client, "StartLogging", "{'Name':'%s'}", json_str(made, "TrailARN"));
    EXPECT(client, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_a_trail_of_one_account),
        WORLD_TEST(test_names_have_rules),
        WORLD_TEST(test_five_trails_a_region),
        WORLD_TEST(test_a_trail_of_all_regions_has_shadows),
        WORLD_TEST(test_an_organization_must_be_there_and_trust),
        WORLD_TEST(test_members_see_the_organizations_trail),
        WORLD_TEST(test_a_delegated_administrator_acts_for_the_organization),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
