/*
 * test_backup_plans.c - from a policy of the organization to a copy in another account and region.
 */
#include "backup_world.h"

#define COPY_TO "arn:aws:backup:eu-west-1:%s:backup-vault:central"
#define ALLOW                                                                                      \
    "{\\'Version\\':\\'2012-10-17\\',\\'Statement\\':[{\\'Effect\\':\\'Allow\\',"                  \
    "\\'Principal\\':\\'*\\',\\'Action\\':\\'backup:CopyIntoBackupVault\\',"                       \
    "\\'Resource\\':\\'*\\',\\'Condition\\':{\\'StringEquals\\':"                                  \
    "{\\'aws:PrincipalOrgID\\':\\'%s\\'}}}]}"

struct world {
    const char *shop,
        *store; /* the account that is backed up, and the one with the central vault */
};

/* A daily plan at 05:00 for all that is tagged, kept for 35 days here and 70 there. */
static const char *policy_text(struct caller *c, const char *central)
{
    return arena_printf(
        c->arena,
        "{\\'plans\\':{\\'daily\\':{"
        "\\'regions\\':{\\'@@assign\\':[\\'us-east-1\\']},"
        "\\'rules\\':{\\'nightly\\':{"
        "\\'schedule_expression\\':{\\'@@assign\\':\\'cron(0 5 ? * * *)\\'},"
        "\\'target_backup_vault_name\\':{\\'@@assign\\':\\'main\\'},"
        "\\'lifecycle\\':{\\'delete_after_days\\':{\\'@@assign\\':\\'35\\'}},"
        "\\'copy_actions\\':{\\'" COPY_TO "\\':{"
        "\\'target_backup_vault_arn\\':{\\'@@assign\\':\\'" COPY_TO "\\'},"
        "\\'lifecycle\\':{\\'delete_after_days\\':{\\'@@assign\\':\\'70\\'}}}}}},"
        "\\'selections\\':{\\'tags\\':{\\'tagged\\':{"
        "\\'iam_role_arn\\':{\\'@@assign\\':\\'arn:aws:iam::$account:role/backup\\'},"
        "\\'tag_key\\':{\\'@@assign\\':\\'backup\\'},"
        "\\'tag_value\\':{\\'@@assign\\':[\\'yes\\']}}}}}}}",
        central, central);
}

static const char *attach_policy(struct caller *c, const char *central)
{
    const char *root, *id;

    c->service = &sim_service_organizations;
    root = org_root_id(c);
    ok(c, "EnablePolicyType", "{'RootId':'%s','PolicyType':'BACKUP_POLICY'}", root);
    id = json_str(json_path(ok(c, "CreatePolicy",
                               "{'Name':'backups','Description':'','Type':'BACKUP_POLICY',"
                               "'Content':'%s'}",
                               policy_text(c, central)),
                            "Policy", "PolicySummary", NULL),
                  "Id");
    ok(c, "AttachPolicy", "{'PolicyId':'%s','TargetId':'%s'}", id, root);
    c->service = &sim_service_backup;
    return id;
}

static void central_vault(struct caller *c, const char *store)
{
    const char *organization;

    c->service = &sim_service_organizations;
    organization = json_str(json_get(ok(c, "DescribeOrganization", "{}"), "Organization"), "Id");
    c->service = &sim_service_backup;
    c->as = store;
    c->region = "eu-west-1";
    ok(c, "CreateBackupVault", "{'backupVaultName':'central'}");
    ok(c, "PutBackupVaultAccessPolicy", "{'backupVaultName':'central','Policy':'" ALLOW "'}",
       organization);
    c->region = NULL;
    c->as = c->me;
}

/* A key of the account's own: what AWS's key encrypts cannot cross accounts. */
static const char *own_key(struct caller *c)
{
    extern const struct sim_service sim_service_kms;
    const char *arn;

    c->service = &sim_service_kms;
    arn = json_str(json_get(ok(c, "CreateKey", "{}"), "KeyMetadata"), "Arn");
    c->service = &sim_service_backup;
    return arn;
}

static struct world make(struct caller *c, bool aws_key)
{
    struct world world = {.shop = backup_organization(c)};

    c->service = &sim_service_organizations;
    world.store = org_member(c, "store");
    central_vault(c, world.store);
    (void)backup_role(c, world.shop);
    backup_bucket(c, world.shop, "data", true);
    c->as = world.shop;
    if (aws_key)
        ok(c, "CreateBackupVault", "{'backupVaultName':'main'}");
    else
        ok(c, "CreateBackupVault", "{'backupVaultName':'main','EncryptionKeyArn':'%s'}",
           own_key(c));
    ok(c, "UpdateRegionSettings", "{'ResourceTypeOptInPreference':{'S3':true}}");
    c->as = c->me;
    return world;
}

static size_t central_points(struct caller *c, const struct world *world)
{
    size_t count;

    c->as = world->store;
    c->region = "eu-west-1";
    count = items(ok(c, "ListRecoveryPointsByBackupVault", "{'backupVaultName':'central'}"),
                  "RecoveryPoints");
    c->region = NULL;
    c->as = world->shop;
    return count;
}

static void test_a_policy_makes_a_plan(void **state)
{
    struct caller *c = *state;
    struct world world = make(c, false);
    const struct json *plan, *rule;
    const char *id;

    (void)attach_policy(c, world.store);
    c->as = world.shop;
    plan = json_at(json_get(ok(c, "ListBackupPlans", "{}"), "BackupPlansList"), 0);
    id = json_str(plan, "BackupPlanId");
    assert_string_equal(json_str(plan, "BackupPlanName"), "daily");
    assert_true(str_starts(id, "orgs/"));
    plan = json_get(ok(c, "GetBackupPlan", "{'backupPlanId':'%s'}", id), "BackupPlan");
    rule = json_at(json_get(plan, "Rules"), 0);
    assert_string_equal(json_str(rule, "ScheduleExpression"), "cron(0 5 ? * * *)");
    assert_string_equal(
        json_str(json_at(json_get(rule, "CopyActions"), 0), "DestinationBackupVaultArn"),
        arena_printf(c->arena, COPY_TO, world.store));
    plan = json_at(json_get(ok(c, "ListBackupSelections", "{'backupPlanId':'%s'}", id),
                            "BackupSelectionsList"),
                   0);
    assert_string_equal(json_str(plan, "IamRoleArn"),
                        arena_printf(c->arena, "arn:aws:iam::%s:role/backup", world.shop));
    fails(c, "ResourceNotFoundException", "GetBackupPlan", "{'backupPlanId':'orgs/none'}");
}

static void test_a_policy_that_goes_takes_its_plan_along(void **state)
{
    struct caller *c = *state;
    struct world world = make(c, false);
    const char *policy = attach_policy(c, world.store);

    c->as = world.shop;
    assert_int_equal(items(ok(c, "ListBackupPlans", "{}"), "BackupPlansList"), 1);
    c->region = "eu-west-1";
    assert_int_equal(items(ok(c, "ListBackupPlans", "{}"), "BackupPlansList"), 0);
    c->region = NULL;
    c->as = c->me;
    c->service = &sim_service_organizations;
    ok(c, "DetachPolicy", "{'PolicyId':'%s','TargetId':'%s'}", policy, org_root_id(c));
    c->service = &sim_service_backup;
    c->as = world.shop;
    assert_int_equal(items(ok(c, "ListBackupPlans", "{}"), "BackupPlansList"), 0);
}

static void cross_accounts(struct caller *c)
{
    ok(c, "UpdateGlobalSettings", "{'GlobalSettings':{'isCrossAccountBackupEnabled':'true'}}");
}

static void test_what_is_tagged_is_backed_up_and_copied(void **state)
{
    struct caller *c = *state;
    struct world world = make(c, false);

    cross_accounts(c);
    (void)attach_policy(c, world.store);
    c->as = world.shop;
    backup_bucket(c, world.shop, "plain", false);
    /* Nobody looks for three days. */
    caller_wait(c, 3 * 86400.0);
    assert_int_equal(central_points(c, &world), 3);
    assert_int_equal(items(ok(c, "ListBackupJobs", "{'state':'COMPLETED'}"), "BackupJobs"), 3);
    assert_int_equal(items(ok(c, "ListBackupJobs", "{'state':'FAILED'}"), "BackupJobs"), 3);
    assert_int_equal(items(ok(c, "ListCopyJobs", "{'state':'COMPLETED'}"), "CopyJobs"), 3);
    assert_int_equal(items(ok(c, "ListProtectedResources", "{}"), "Results"), 1);
    /* Kept for 35 days here, and 70 there. */
    caller_wait(c, 86400.0);
    assert_int_equal(central_points(c, &world), 4);
}

static const char *copy_message(struct caller *c, const struct world *world)
{
    const char *policy = attach_policy(c, world->store);

    assert_non_null(policy);
    caller_wait(c, 86400.0);
    assert_int_equal(central_points(c, world), 0);
    return json_str(json_at(json_get(ok(c, "ListCopyJobs", "{'state':'FAILED'}"), "CopyJobs"), 0),
                    "StatusMessage");
}

static void test_a_copy_needs_the_global_setting(void **state)
{
    struct world world = make(*state, false);

    assert_non_null(strstr(copy_message(*state, &world), "not enabled for the organization"));
}

static void test_a_copy_needs_a_key_of_ones_own(void **state)
{
    struct world world = make(*state, true);

    cross_accounts(*state);
    assert_non_null(strstr(copy_message(*state, &world), "AWS managed key"));
}

static void test_a_copy_needs_the_access_policy(void **state)
{
    struct caller *c = *state;
    struct world world = make(c, false);

    cross_accounts(c);
    c->as = world.store;
    c->region = "eu-west-1";
    ok(c, "DeleteBackupVaultAccessPolicy", "{'backupVaultName':'central'}");
    c->region = NULL;
    c->as = c->me;
    assert_non_null(strstr(copy_message(c, &world), "backup:CopyIntoBackupVault"));
}

static void test_a_copy_obeys_the_lock(void **state)
{
    struct caller *c = *state;
    struct world world = make(c, false);

    cross_accounts(c);
    c->as = world.store;
    c->region = "eu-west-1";
    ok(c, "PutBackupVaultLockConfiguration", "{'backupVaultName':'central','MinRetentionDays':71}");
    c->region = NULL;
    c->as = c->me;
    assert_non_null(strstr(copy_message(c, &world), "shorter than the minimum"));
}

static void test_a_type_that_is_not_opted_in_is_left_out(void **state)
{
    struct caller *c = *state;
    struct world world = make(c, false);

    (void)attach_policy(c, world.store);
    c->as = world.shop;
    ok(c, "UpdateRegionSettings", "{'ResourceTypeOptInPreference':{'S3':false}}");
    caller_wait(c, 86400.0);
    assert_int_equal(items(ok(c, "ListBackupJobs", "{}"), "BackupJobs"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BACKUP_TEST(test_a_policy_makes_a_plan),
        BACKUP_TEST(test_a_policy_that_goes_takes_its_plan_along),
        BACKUP_TEST(test_what_is_tagged_is_backed_up_and_copied),
        BACKUP_TEST(test_a_copy_needs_the_global_setting),
        BACKUP_TEST(test_a_copy_needs_a_key_of_ones_own),
        BACKUP_TEST(test_a_copy_needs_the_access_policy),
        BACKUP_TEST(test_a_copy_obeys_the_lock),
        BACKUP_TEST(test_a_type_that_is_not_opted_in_is_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
