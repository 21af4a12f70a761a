#include "backup_world.h"

/* Back up a bucket into the vault "main" with these days of retention. */
static const char *point(struct caller *c, const char *bucket, int days)
{
    return json_str(ok(c, "StartBackupJob",
                       "{'BackupVaultName':'main','ResourceArn':'arn:aws:s3:::%s',"
                       "'IamRoleArn':'arn:aws:iam::%s:role/backup',"
                       "'Lifecycle':{'DeleteAfterDays':%d}}",
                       bucket, c->as, days),
                    "RecoveryPointArn");
}

static void make(struct caller *c)
{
    (void)backup_role(c, c->as);
    backup_bucket(c, c->as, "data", true);
    backup_bucket(c, c->as, "more", true);
    ok(c, "CreateBackupVault", "{'backupVaultName':'main'}");
}

static const struct json *points(struct caller *c, const char *more)
{
    return ok(c, "ListRecoveryPointsByBackupVault", "{'backupVaultName':'main'%s}", more);
}

static void test_points_are_found(void **state)
{
    struct caller *c = *state;
    const struct json *seen;
    const char *second;
    double first_s;

    make(c);
    (void)point(c, "data", 30);
    caller_wait(c, 7200);
    second = point(c, "data", 30);
    (void)point(c, "more", 30);
    assert_int_equal(items(points(c, ""), "RecoveryPoints"), 3);
    assert_int_equal(items(points(c, ",'resourceArn':'arn:aws:s3:::data'"), "RecoveryPoints"), 2);
    seen = json_at(json_get(points(c, ""), "RecoveryPoints"), 0);
    first_s = json_number(seen, "CreationDate", 0);
    assert_string_equal(json_str(seen, "Status"), "COMPLETED");
    assert_int_equal(items(points(c, arena_printf(c->arena, ",'createdAfter':'%.0f'", first_s + 1)),
                           "RecoveryPoints"),
                     2);
    assert_int_equal(
        items(ok(c, "ListRecoveryPointsByResource", "{'resourceArn':'arn:aws:s3:::more'}"),
              "RecoveryPoints"),
        1);
    seen = item_with(ok(c, "ListProtectedResources", "{}"), "Results", "ResourceArn",
                     "arn:aws:s3:::data");
    assert_string_equal(json_str(seen, "LastRecoveryPointArn"), second);
    assert_string_equal(json_str(seen, "ResourceType"), "S3");
    assert_int_equal(
        items(ok(c, "ListProtectedResourcesByBackupVault", "{'backupVaultName':'main'}"),
              "Results"),
        2);
    fails(c, "ResourceNotFoundException", "ListProtectedResourcesByBackupVault",
          "{'backupVaultName':'other'}");
}

static void test_a_point_goes_when_its_time_is_over(void **state)
{
    struct caller *c = *state;

    make(c);
    (void)point(c, "data", 3);
    caller_wait(c, 2.9 * 86400);
    assert_int_equal(items(points(c, ""), "RecoveryPoints"), 1);
    fails(c, "InvalidRequestException", "DeleteBackupVault", "{'backupVaultName':'main'}");
    caller_wait(c, 0.2 * 86400);
    assert_int_equal(items(points(c, ""), "RecoveryPoints"), 0);
    assert_int_equal(items(ok(c, "ListProtectedResources", "{}"), "Results"), 0);
    ok(c, "DeleteBackupVault", "{'backupVaultName':'main'}");
}

static void test_a_locked_vault_keeps_its_points(void **state)
{
    struct caller *c = *state;
    const char *arn;

    make(c);
    arn = point(c, "data", 30);
    ok(c, "PutBackupVaultLockConfiguration",
       "{'backupVaultName':'main','MinRetentionDays':7,'ChangeableForDays':3}");
    fails(c, "InvalidRequestException", "DeleteRecoveryPoint",
          "{'backupVaultName':'main','recoveryPointArn':'%s'}", arn);
    caller_wait(c, 4 * 86400.0);
    fails(c, "InvalidRequestException", "DeleteRecoveryPoint",
          "{'backupVaultName':'main','recoveryPointArn':'%s'}", arn);
    fails(c, "InvalidRequestException", "DeleteBackupVault", "{'backupVaultName':'main'}");
}

static void test_a_point_is_deleted(void **state)
{
    struct caller *c = *state;
    const char *arn;

    make(c);
    arn = point(c, "data", 30);
    fails(c, "ResourceNotFoundException", "DeleteRecoveryPoint",
          "{'backupVaultName':'main','recoveryPointArn':'none'}");
    ok(c, "DeleteRecoveryPoint", "{'backupVaultName':'main','recoveryPointArn':'%s'}", arn);
    assert_int_equal(items(points(c, ""), "RecoveryPoints"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BACKUP_TEST(test_points_are_found),
        BACKUP_TEST(test_a_point_goes_when_its_time_is_over),
        BACKUP_TEST(test_a_locked_vault_keeps_its_points),
        BACKUP_TEST(test_a_point_is_deleted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
