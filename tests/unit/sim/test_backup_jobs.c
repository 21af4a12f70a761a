#include "backup_world.h"

#define START "{'BackupVaultName':'main','ResourceArn':'arn:aws:s3:::%s','IamRoleArn':'%s'%s}"

static const char *role(struct caller *c)
{
    return arena_printf(c->arena, "arn:aws:iam::%s:role/backup", c->as);
}

static void make(struct caller *c)
{
    (void)backup_role(c, c->as);
    backup_bucket(c, c->as, "data", true);
    ok(c, "CreateBackupVault", "{'backupVaultName':'main'}");
}

static const struct json *run(struct caller *c, const char *bucket, const char *more)
{
    const char *id = json_str(ok(c, "StartBackupJob", START, bucket, role(c), more), "BackupJobId");

    caller_wait(c, 3600);
    return ok(c, "DescribeBackupJob", "{'backupJobId':'%s'}", id);
}

static void test_a_backup_takes_time(void **state)
{
    struct caller *c = *state;
    const struct json *started, *job;

    make(c);
    started = ok(c, "StartBackupJob", START, "data", role(c), "");
    job = ok(c, "DescribeBackupJob", "{'backupJobId':'%s'}", json_str(started, "BackupJobId"));
    assert_string_equal(json_str(job, "State"), "RUNNING");
    assert_int_equal(items(ok(c, "ListProtectedResources", "{}"), "Results"), 0);
    caller_wait(c, 3600);
    job = ok(c, "DescribeBackupJob", "{'backupJobId':'%s'}", json_str(started, "BackupJobId"));
    assert_string_equal(json_str(job, "State"), "COMPLETED");
    assert_true(json_number(job, "CompletionDate", 0) > json_number(job, "CreationDate", 0));
    assert_int_equal(items(ok(c, "ListProtectedResources", "{}"), "Results"), 1);
    assert_int_equal((int)json_number(ok(c, "DescribeBackupVault", "{'backupVaultName':'main'}"),
                                      "NumberOfRecoveryPoints", 0),
                     1);
}

static void test_why_a_backup_fails(void **state)
{
    struct caller *c = *state;

    make(c);
    backup_bucket(c, c->as, "plain", false);
    assert_string_equal(json_str(run(c, "plain", ""), "State"), "FAILED");
    ok(c, "PutBackupVaultLockConfiguration",
       "{'backupVaultName':'main','MinRetentionDays':7,'MaxRetentionDays':70}");
    assert_string_equal(json_str(run(c, "data", ",'Lifecycle':{'DeleteAfterDays':6}"), "State"),
                        "FAILED");
    assert_string_equal(json_str(run(c, "data", ",'Lifecycle':{'DeleteAfterDays':71}"), "State"),
                        "FAILED");
    assert_string_equal(json_str(run(c, "data", ""), "State"), "FAILED");
    assert_string_equal(json_str(run(c, "data", ",'Lifecycle':{'DeleteAfterDays':7}"), "State"),
                        "COMPLETED");
    assert_int_equal(items(ok(c, "ListBackupJobs", "{'state':'FAILED'}"), "BackupJobs"), 4);
    assert_int_equal(
        items(ok(c, "ListBackupJobs", "{'resourceArn':'arn:aws:s3:::plain'}"), "BackupJobs"), 1);
}

static void test_what_cannot_be_started(void **state)
{
    struct caller *c = *state;

    make(c);
    fails(c, "MissingParameterValueException", "StartBackupJob", "{'BackupVaultName':'main'}");
    fails(c, "InvalidParameterValueException", "StartBackupJob", START, "none", role(c), "");
    fails(c, "InvalidParameterValueException", "StartBackupJob", START, "data", "no-role", "");
    fails(c, "InvalidParameterValueException", "StartBackupJob", START, "data", role(c),
          ",'Lifecycle':{'MoveToColdStorageAfterDays':30,'DeleteAfterDays':119}");
    fails(c, "ResourceNotFoundException", "DescribeBackupJob", "{'backupJobId':'none'}");
    ok(c, "DeleteBackupVault", "{'backupVaultName':'main'}");
    fails(c, "ResourceNotFoundException", "StartBackupJob", START, "data", role(c), "");
}

static void test_a_request_made_twice_is_one_job(void **state)
{
    struct caller *c = *state;

    make(c);
    for (int i = 0; i < 2; i++)
        ok(c, "StartBackupJob", START, "data", role(c), ",'IdempotencyToken':'t'");
    assert_int_equal(items(ok(c, "ListBackupJobs", "{}"), "BackupJobs"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BACKUP_SLOW_TEST(test_a_backup_takes_time),
        BACKUP_TEST(test_why_a_backup_fails),
        BACKUP_TEST(test_what_cannot_be_started),
        BACKUP_TEST(test_a_request_made_twice_is_one_job),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
