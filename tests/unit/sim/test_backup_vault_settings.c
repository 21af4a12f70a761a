#include "backup_world.h"

static void make(struct caller *c)
{
    ok(c, "CreateBackupVault", "{'backupVaultName':'main'}");
}

static const struct json *vault(struct caller *c)
{
    return ok(c, "DescribeBackupVault", "{'backupVaultName':'main'}");
}

#define PUT_LOCK "PutBackupVaultLockConfiguration"
#define DELETE_LOCK "DeleteBackupVaultLockConfiguration"

static void test_governance_can_be_changed_and_taken_away(void **state)
{
    struct caller *c = *state;

    make(c);
    ok(c, PUT_LOCK, "{'backupVaultName':'main','MinRetentionDays':7,'MaxRetentionDays':70}");
    assert_true(json_bool(vault(c), "Locked", false));
    assert_int_equal((int)json_number(vault(c), "MinRetentionDays", 0), 7);
    assert_null(json_get(vault(c), "LockDate"));
    caller_wait(c, 400 * 86400.0);
    ok(c, PUT_LOCK, "{'backupVaultName':'main','MinRetentionDays':8}");
    assert_null(json_get(vault(c), "MaxRetentionDays"));
    ok(c, DELETE_LOCK, "{'backupVaultName':'main'}");
    assert_false(json_bool(vault(c), "Locked", true));
    fails(c, "ResourceNotFoundException", DELETE_LOCK, "{'backupVaultName':'main'}");
}

static void test_compliance_is_final_after_its_days(void **state)
{
    struct caller *c = *state;
    double locked_at;

    make(c);
    ok(c, PUT_LOCK, "{'backupVaultName':'main','MinRetentionDays':7,'ChangeableForDays':3}");
    locked_at = json_number(vault(c), "LockDate", 0);
    assert_true(locked_at == (double)env_wall_ms(&c->env) / 1000 + 3 * 86400.0);
    caller_wait(c, 2.9 * 86400);
    ok(c, PUT_LOCK, "{'backupVaultName':'main','MinRetentionDays':9,'ChangeableForDays':3}");
    assert_true(json_number(vault(c), "LockDate", 0) > locked_at);
    caller_wait(c, 3 * 86400.0);
    fails(c, "InvalidRequestException", PUT_LOCK, "{'backupVaultName':'main'}");
    fails(c, "InvalidRequestException", DELETE_LOCK, "{'backupVaultName':'main'}");
    assert_int_equal((int)json_number(vault(c), "MinRetentionDays", 0), 9);
    /* There is nothing in it that the lock would keep. */
    ok(c, "DeleteBackupVault", "{'backupVaultName':'main'}");
}

static void test_what_a_lock_must_be(void **state)
{
    static const char *const wrong[] = {
        "'MinRetentionDays':0",
        "'MaxRetentionDays':36501",
        "'MinRetentionDays':8,'MaxRetentionDays':7",
        "'ChangeableForDays':2",
        "'ChangeableForDays':36501",
        "'MinRetentionDays':'a'",
    };
    struct caller *c = *state;

    make(c);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        fails(c, "InvalidParameterValueException", PUT_LOCK, "{'backupVaultName':'main',%s}",
              wrong[i]);
    fails(c, "ResourceNotFoundException", PUT_LOCK, "{'backupVaultName':'other'}");
    assert_false(json_bool(vault(c), "Locked", true));
}

#define POLICY(EFFECT, ACTION)                                                                     \
    "{\\'Version\\':\\'2012-10-17\\',\\'Statement\\':[{\\'Effect\\':\\'" EFFECT                    \
    "\\',\\'Principal\\':\\'*\\',\\'Action\\':\\'" ACTION "\\',\\'Resource\\':\\'*\\'}]}"

static void test_an_access_policy_refuses(void **state)
{
    struct caller *c = *state;

    make(c);
    fails(c, "ResourceNotFoundException", "GetBackupVaultAccessPolicy",
          "{'backupVaultName':'main'}");
    fails(c, "AccessDeniedException", "GetBackupVaultAccessPolicy", "{'backupVaultName':'other'}");
    fails(c, "MissingParameterValueException", "PutBackupVaultAccessPolicy",
          "{'backupVaultName':'main'}");
    fails(c, "InvalidParameterValueException", "PutBackupVaultAccessPolicy",
          "{'backupVaultName':'main','Policy':'no policy'}");
    ok(c, "PutBackupVaultAccessPolicy", "{'backupVaultName':'main','Policy':'%s'}",
       POLICY("Deny", "backup:DeleteBackupVault"));
    assert_non_null(
        json_str(ok(c, "GetBackupVaultAccessPolicy", "{'backupVaultName':'main'}"), "Policy"));
    fails(c, "AccessDeniedException", "DeleteBackupVault", "{'backupVaultName':'main'}");
    ok(c, "DeleteBackupVaultAccessPolicy", "{'backupVaultName':'main'}");
    ok(c, "DeleteBackupVault", "{'backupVaultName':'main'}");
}

static void test_notifications(void **state)
{
    struct caller *c = *state;
    const char *topic = arena_printf(c->arena, "arn:aws:sns:us-east-1:%s:alerts", c->me);

    make(c);
    fails(c, "ResourceNotFoundException", "GetBackupVaultNotifications",
          "{'backupVaultName':'main'}");
    fails(c, "MissingParameterValueException", "PutBackupVaultNotifications",
          "{'backupVaultName':'main','SNSTopicArn':'%s'}", topic);
    fails(c, "InvalidParameterValueException", "PutBackupVaultNotifications",
          "{'backupVaultName':'main','SNSTopicArn':'x','BackupVaultEvents':['BACKUP_JOB_FAILED']}");
    fails(c, "InvalidParameterValueException", "PutBackupVaultNotifications",
          "{'backupVaultName':'main','SNSTopicArn':'%s','BackupVaultEvents':['OTHER']}", topic);
    ok(c, "PutBackupVaultNotifications",
       "{'backupVaultName':'main','SNSTopicArn':'%s','BackupVaultEvents':['BACKUP_JOB_FAILED']}",
       topic);
    assert_string_equal(
        json_str(ok(c, "GetBackupVaultNotifications", "{'backupVaultName':'main'}"), "SNSTopicArn"),
        topic);
    ok(c, "DeleteBackupVaultNotifications", "{'backupVaultName':'main'}");
    fails(c, "ResourceNotFoundException", "GetBackupVaultNotifications",
          "{'backupVaultName':'main'}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BACKUP_TEST(test_governance_can_be_changed_and_taken_away),
        BACKUP_TEST(test_compliance_is_final_after_its_days),
        BACKUP_TEST(test_what_a_lock_must_be),
        BACKUP_TEST(test_an_access_policy_refuses),
        BACKUP_TEST(test_notifications),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
