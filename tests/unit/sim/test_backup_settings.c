#include "backup_world.h"

static void test_only_the_management_account_changes_global_settings(void **state)
{
    struct caller *c = *state;
    const char *member;

    fails(c, "InvalidRequestException", "DescribeGlobalSettings", "{}");
    member = backup_organization(c);
    c->as = member;
    fails(c, "InvalidRequestException", "UpdateGlobalSettings",
          "{'GlobalSettings':{'isCrossAccountBackupEnabled':'true'}}");
    c->as = c->me;
    fails(c, "MissingParameterValueException", "UpdateGlobalSettings", "{}");
    fails(c, "InvalidParameterValueException", "UpdateGlobalSettings",
          "{'GlobalSettings':{'other':'true'}}");
    fails(c, "InvalidParameterValueException", "UpdateGlobalSettings",
          "{'GlobalSettings':{'isCrossAccountBackupEnabled':'yes'}}");
    ok(c, "UpdateGlobalSettings", "{'GlobalSettings':{'isCrossAccountBackupEnabled':'true'}}");
    c->as = member;
    assert_string_equal(json_str(json_get(ok(c, "DescribeGlobalSettings", "{}"), "GlobalSettings"),
                                 "isCrossAccountBackupEnabled"),
                        "true");
}

static void test_region_settings(void **state)
{
    struct caller *c = *state;
    const struct json *seen = ok(c, "DescribeRegionSettings", "{}");

    assert_false(json_bool(json_get(seen, "ResourceTypeOptInPreference"), "S3", true));
    fails(c, "MissingParameterValueException", "UpdateRegionSettings", "{}");
    fails(c, "InvalidParameterValueException", "UpdateRegionSettings",
          "{'ResourceTypeOptInPreference':{'Paper':true}}");
    fails(c, "InvalidParameterValueException", "UpdateRegionSettings",
          "{'ResourceTypeManagementPreference':{'S3':true}}");
    ok(c, "UpdateRegionSettings",
       "{'ResourceTypeOptInPreference':{'S3':true,'EFS':false},"
       "'ResourceTypeManagementPreference':{'DynamoDB':true}}");
    seen = ok(c, "DescribeRegionSettings", "{}");
    assert_true(json_bool(json_get(seen, "ResourceTypeOptInPreference"), "S3", false));
    assert_false(json_bool(json_get(seen, "ResourceTypeOptInPreference"), "EFS", true));
    assert_true(json_bool(json_get(seen, "ResourceTypeOptInPreference"), "EBS", false));
    assert_true(json_bool(json_get(seen, "ResourceTypeManagementPreference"), "DynamoDB", false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BACKUP_TEST(test_only_the_management_account_changes_global_settings),
        BACKUP_TEST(test_region_settings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
