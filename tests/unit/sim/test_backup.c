#include "backup_world.h"

static void test_a_vault_lives(void **state)
{
    struct caller *c = *state;
    const struct json *seen;

    seen = ok(c, "CreateBackupVault", "{'backupVaultName':'main','BackupVaultTags':{'a':'1'}}");
    assert_string_equal(
        json_str(seen, "BackupVaultArn"),
        arena_printf(c->arena, "arn:aws:backup:us-east-1:%s:backup-vault:main", c->me));
    seen = ok(c, "DescribeBackupVault", "{'backupVaultName':'main'}");
    assert_string_equal(json_str(seen, "VaultState"), "AVAILABLE");
    assert_string_equal(json_str(seen, "VaultType"), "BACKUP_VAULT");
    assert_false(json_bool(seen, "Locked", true));
    assert_true(str_starts(json_str(seen, "EncryptionKeyArn"), "arn:aws:kms:us-east-1:"));
    assert_null(json_get(seen, "LockDate"));
    assert_int_equal(items(ok(c, "ListBackupVaults", "{}"), "BackupVaultList"), 1);
    fails(c, "AlreadyExistsException", "CreateBackupVault", "{'backupVaultName':'main'}");
    ok(c, "DeleteBackupVault", "{'backupVaultName':'main'}");
    fails(c, "ResourceNotFoundException", "DeleteBackupVault", "{'backupVaultName':'main'}");
    assert_int_equal(items(ok(c, "ListBackupVaults", "{}"), "BackupVaultList"), 0);
}

static void test_what_a_vault_must_be(void **state)
{
    struct caller *c = *state;

    fails(c, "InvalidParameterValueException", "CreateBackupVault", "{'backupVaultName':'x'}");
    fails(c, "InvalidParameterValueException", "CreateBackupVault", "{'backupVaultName':'a b'}");
    fails(c, "InvalidParameterValueException", "CreateBackupVault",
          "{'backupVaultName':'main','EncryptionKeyArn':"
          "'arn:aws:kms:us-east-1:111122223333:key/none'}");
    fails(c, "InvalidParameterValueException", "CreateBackupVault",
          "{'backupVaultName':'main','BackupVaultTags':{'aws:a':'1'}}");
    /* Whoever asks for one that is not there is not told so. */
    fails(c, "AccessDeniedException", "DescribeBackupVault", "{'backupVaultName':'main'}");
}

static void test_a_request_made_twice(void **state)
{
    struct caller *c = *state;

    for (int i = 0; i < 2; i++)
        ok(c, "CreateBackupVault", "{'backupVaultName':'main','CreatorRequestId':'t1'}");
    fails(c, "AlreadyExistsException", "CreateBackupVault",
          "{'backupVaultName':'main','CreatorRequestId':'t2'}");
}

static void test_vaults_have_a_quota(void **state)
{
    struct caller *c = *state;

    for (int i = 0; i < 100; i++)
        ok(c, "CreateBackupVault", "{'backupVaultName':'vault-%d'}", i);
    fails(c, "LimitExceededException", "CreateBackupVault", "{'backupVaultName':'one-more'}");
    assert_int_equal(items(ok(c, "ListBackupVaults", "{'maxResults':'60'}"), "BackupVaultList"),
                     60);
}

static void test_an_air_gapped_vault_takes_time(void **state)
{
    struct caller *c = *state;
    const struct json *seen;

    fails(c, "MissingParameterValueException", "CreateLogicallyAirGappedBackupVault",
          "{'backupVaultName':'gap','MinRetentionDays':7}");
    fails(c, "InvalidParameterValueException", "CreateLogicallyAirGappedBackupVault",
          "{'backupVaultName':'gap','MinRetentionDays':6,'MaxRetentionDays':10}");
    fails(c, "InvalidParameterValueException", "CreateLogicallyAirGappedBackupVault",
          "{'backupVaultName':'gap','MinRetentionDays':8,'MaxRetentionDays':7}");
    seen = ok(c, "CreateLogicallyAirGappedBackupVault",
              "{'backupVaultName':'gap','MinRetentionDays':7,'MaxRetentionDays':35}");
    assert_string_equal(json_str(seen, "VaultState"), "CREATING");
    fails(c, "InvalidRequestException", "DeleteBackupVault", "{'backupVaultName':'gap'}");
    caller_wait(c, 60);
    seen = ok(c, "DescribeBackupVault", "{'backupVaultName':'gap'}");
    assert_string_equal(json_str(seen, "VaultState"), "AVAILABLE");
    assert_true(json_bool(seen, "Locked", false));
    assert_int_equal((int)json_number(seen, "MaxRetentionDays", 0), 35);
    fails(c, "InvalidRequestException", "PutBackupVaultLockConfiguration",
          "{'backupVaultName':'gap'}");
    fails(c, "InvalidRequestException", "DeleteBackupVaultLockConfiguration",
          "{'backupVaultName':'gap'}");
    assert_int_equal(
        items(ok(c, "ListBackupVaults", "{'vaultType':'BACKUP_VAULT'}"), "BackupVaultList"), 0);
}

static void test_tags_come_and_go(void **state)
{
    struct caller *c = *state;
    const char *arn = json_str(ok(c, "CreateBackupVault",
                                  "{'backupVaultName':'main','BackupVaultTags':{'a':'1','b':'2'}}"),
                               "BackupVaultArn");
    const struct json *tags;

    ok(c, "TagResource", "{'resourceArn':'%s','Tags':{'a':'3','c':'4'}}", arn);
    ok(c, "UntagResource", "{'resourceArn':'%s','TagKeyList':['b','unknown']}", arn);
    tags = json_get(ok(c, "ListTags", "{'resourceArn':'%s'}", arn), "Tags");
    assert_int_equal(tags->count, 2);
    assert_string_equal(json_str(tags, "a"), "3");
    assert_string_equal(json_str(tags, "c"), "4");
    fails(c, "InvalidParameterValueException", "TagResource",
          "{'resourceArn':'%s','Tags':{'aws:x':'1'}}", arn);
    fails(c, "ResourceNotFoundException", "ListTags", "{'resourceArn':'%s-not'}", arn);
    ok(c, "DeleteBackupVault", "{'backupVaultName':'main'}");
    fails(c, "ResourceNotFoundException", "TagResource", "{'resourceArn':'%s','Tags':{}}", arn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BACKUP_TEST(test_a_vault_lives),
        BACKUP_TEST(test_what_a_vault_must_be),
        BACKUP_TEST(test_a_request_made_twice),
        BACKUP_TEST(test_vaults_have_a_quota),
        BACKUP_SLOW_TEST(test_an_air_gapped_vault_takes_time),
        BACKUP_TEST(test_tags_come_and_go),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
