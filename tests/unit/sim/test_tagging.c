#include "backup_world.h"

extern const struct sim_service sim_service_tagging;

static void make(struct caller *c)
{
    backup_bucket(c, c->as, "one", true);
    backup_bucket(c, c->as, "two", true);
    ok(c, "CreateBackupVault", "{'backupVaultName':'main','BackupVaultTags':{'team':'a'}}");
    ok(c, "CreateBackupVault", "{'backupVaultName':'bare'}");
    c->service = &sim_service_tagging;
}

static size_t found(struct caller *c, const char *params)
{
    return items(ok(c, "GetResources", "%s", params), "ResourceTagMappingList");
}

static void test_resources_are_found_by_tag_and_type(void **state)
{
    struct caller *c = *state;

    make(c);
    assert_int_equal(found(c, "{}"), 3);
    assert_int_equal(found(c, "{'TagFilters':[{'Key':'backup'}]}"), 2);
    assert_int_equal(found(c, "{'TagFilters':[{'Key':'backup','Values':['no','yes']}]}"), 2);
    assert_int_equal(found(c, "{'TagFilters':[{'Key':'backup','Values':['no']}]}"), 0);
    assert_int_equal(found(c, "{'TagFilters':[{'Key':'backup'},{'Key':'team'}]}"), 0);
    assert_int_equal(found(c, "{'ResourceTypeFilters':['s3']}"), 2);
    assert_int_equal(found(c, "{'ResourceTypeFilters':['s3:buck']}"), 0);
    assert_int_equal(found(c, "{'ResourceTypeFilters':['backup:backup-vault','s3:bucket']}"), 3);
    assert_int_equal(found(c, "{'ResourceARNList':['arn:aws:s3:::two']}"), 1);
    c->region = "eu-west-1";
    assert_int_equal(found(c, "{}"), 0);
}

static void test_pages(void **state)
{
    struct caller *c = *state;
    const struct json *page;
    const char *token;

    make(c);
    page = ok(c, "GetResources", "{'ResourcesPerPage':2}");
    token = json_str(page, "PaginationToken");
    assert_int_equal(items(page, "ResourceTagMappingList"), 2);
    assert_true(token[0] != '\0');
    page = ok(c, "GetResources", "{'ResourcesPerPage':2,'PaginationToken':'%s'}", token);
    assert_int_equal(items(page, "ResourceTagMappingList"), 1);
    assert_string_equal(json_str(page, "PaginationToken"), "");
    fails(c, "PaginationTokenExpiredException", "GetResources", "{'PaginationToken':'x'}");
}

static void test_what_is_refused(void **state)
{
    struct caller *c = *state;

    make(c);
    fails(c, "InvalidParameterException", "GetResources", "{'ResourcesPerPage':101}");
    fails(c, "InvalidParameterException", "GetResources", "{'TagFilters':[{'Values':['a']}]}");
    fails(c, "InvalidParameterException", "GetResources",
          "{'ResourceARNList':['arn:aws:s3:::two'],'TagFilters':[{'Key':'a'}]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BACKUP_TEST(test_resources_are_found_by_tag_and_type),
        BACKUP_TEST(test_pages),
        BACKUP_TEST(test_what_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
