/* What the shipped SCPs and RCPs deny and what they spare, request by request. */
#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/str.h"
#include "plinth/policy/document.h"
#include "plinth/policy/organization.h"
#include "plinth/policy/template.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "judge.h"
#include "shipped.h"

#define TOOL "arn:aws:iam::111111111111:role/OrganizationAccountAccessRole"
#define SECURITY "arn:aws:iam::111111111111:role/SecurityAudit"
#define ADMIN "arn:aws:iam::111111111111:role/Admin"
#define ROOT "arn:aws:iam::111111111111:root"

/* --- What they deny ------------------------------------------------------------------------------
 */

struct expectation {
    const char *template, *parameters;
    enum verdict verdict;
    const char *action, *resource;
    const char *principal;
    const char *context; /* "key=value key=value", beside aws:PrincipalArn; NULL */
};

static const struct expectation expectations[] = {
    /* region-limits: other regions, unless global, exempt, or the watch's own work */
    {"scp/region-limits", NULL, DENIED, "ec2:RunInstances", "*", ADMIN,
     "aws:RequestedRegion=ap-south-1"},
    {"scp/region-limits", NULL, SILENT, "ec2:RunInstances", "*", ADMIN,
     "aws:RequestedRegion=eu-central-1"},
    {"scp/region-limits", NULL, DENIED, "guardduty:GetFindings", "*", ADMIN,
     "aws:RequestedRegion=ap-south-1"},
    {"scp/region-limits", NULL, SILENT, "guardduty:UpdateDetector", "*", TOOL,
     "aws:RequestedRegion=ap-south-1"},
    {"scp/region-limits", NULL, SILENT, "guardduty:GetFindings", "*", SECURITY,
     "aws:RequestedRegion=ap-south-1"},
    {"scp/region-limits", NULL, DENIED, "bedrock:InvokeModel", "*", ADMIN,
     "aws:RequestedRegion=unspecified"},
    {"scp/region-limits", "exempt_actions: [\"bedrock:InvokeModel*\"]", SILENT,
     "bedrock:InvokeModel", "*", ADMIN, "aws:RequestedRegion=unspecified"},
    {"scp/region-limits", NULL, DENIED, "account:EnableRegion", "*", ADMIN,
     "aws:RequestedRegion=us-east-1"},
    {"scp/region-limits", NULL, SILENT, "account:EnableRegion", "*", TOOL,
     "aws:RequestedRegion=us-east-1"},
    {"scp/region-limits", "deny_region_switch: false", SILENT, "account:EnableRegion", "*", ADMIN,
     "aws:RequestedRegion=us-east-1"},
    {"scp/region-limits", "exempt_roles: [\"arn:*:iam::*:role/Adm*\"]", SILENT, "ec2:RunInstances",
     "*", ADMIN, "aws:RequestedRegion=ap-south-1"},
    {"scp/region-limits", "allowed_regions: [ap-south-1]", DENIED, "ec2:RunInstances", "*", ADMIN,
     "aws:RequestedRegion=eu-central-1"},
    /* the exempt role counts without a path only */
    {"scp/region-limits", NULL, DENIED, "ec2:RunInstances", "*",
     "arn:aws:iam::111111111111:role/x/OrganizationAccountAccessRole",
     "aws:RequestedRegion=ap-south-1"},

    /* root-deny: root, but not a session of central root access, and nobody else */
    {"scp/root-deny", NULL, DENIED, "s3:DeleteBucketPolicy", "*", ROOT, NULL},
    {"scp/root-deny", NULL, SILENT, "s3:DeleteBucketPolicy", "*", ROOT, "aws:AssumedRoot=true"},
    {"scp/root-deny", NULL, SILENT, "s3:DeleteBucketPolicy", "*", ADMIN, NULL},
    {"scp/root-deny", "exempt_actions: [\"s3:DeleteBucketPolicy\"]", SILENT,
     "s3:DeleteBucketPolicy", "*", ROOT, NULL},
    {"scp/root-deny", "exempt_actions: [\"s3:DeleteBucketPolicy\"]", DENIED, "s3:GetObject", "*",
     ROOT, NULL},

    /* protect-security-role: in any path, against all but the tool, and assuming stays free */
    {"scp/protect-security-role", NULL, DENIED, "iam:UpdateAssumeRolePolicy", SECURITY, ADMIN,
     NULL},
    {"scp/protect-security-role", NULL, DENIED, "iam:DeleteRole",
     "arn:aws:iam::111111111111:role/x/y/SecurityAudit", ADMIN, NULL},
    {"scp/protect-security-role", NULL, DENIED, "iam:CreateRole", TOOL, ADMIN, NULL},
    {"scp/protect-security-role", NULL, DENIED, "iam:PutRolePolicy", SECURITY, ROOT, NULL},
    {"scp/protect-security-role", NULL, SILENT, "iam:UpdateAssumeRolePolicy", SECURITY, TOOL, NULL},
    {"scp/protect-security-role", NULL, SILENT, "iam:DeleteRole", ADMIN, ADMIN, NULL},
    {"scp/protect-security-role", NULL, SILENT, "sts:AssumeRole", SECURITY, ADMIN, NULL},
    {"scp/protect-security-role", NULL, SILENT, "iam:GetRole", SECURITY, ADMIN, NULL},
    {"scp/protect-security-role", "protected_roles: [\"Break*\"]", DENIED, "iam:TagRole",
     "arn:aws:iam::111111111111:role/BreakGlass", ADMIN, NULL},

    {"scp/deny-leave-organization", NULL, DENIED, "organizations:LeaveOrganization", "*", TOOL,
     NULL},
    {"scp/deny-leave-organization", NULL, DENIED, "account:CloseAccount", "*", ADMIN, NULL},
    {"scp/deny-leave-organization", "deny_close_account: false", SILENT, "account:CloseAccount",
     "*", ADMIN, NULL},
    {"scp/deny-leave-organization", NULL, SILENT, "organizations:DescribeOrganization", "*", ADMIN,
     NULL},

    {"scp/protect-cloudtrail", NULL, DENIED, "cloudtrail:StopLogging",
     "arn:aws:cloudtrail:eu-west-1:111111111111:trail/any", ADMIN, NULL},
    {"scp/protect-cloudtrail", NULL, SILENT, "cloudtrail:UpdateTrail",
     "arn:aws:cloudtrail:eu-west-1:111111111111:trail/any", TOOL, NULL},
    {"scp/protect-cloudtrail", "trails: [org]", SILENT, "cloudtrail:StopLogging",
     "arn:aws:cloudtrail:eu-west-1:111111111111:trail/any", ADMIN, NULL},
    {"scp/protect-cloudtrail", NULL, SILENT, "cloudtrail:LookupEvents", "*", ADMIN, NULL},

    /* protect-guardduty: the tool can still enable it */
    {"scp/protect-guardduty", NULL, DENIED, "guardduty:DeleteDetector", "*", ADMIN, NULL},
    {"scp/protect-guardduty", NULL, DENIED, "guardduty:DisassociateFromAdministratorAccount", "*",
     ADMIN, NULL},
    {"scp/protect-guardduty", NULL, SILENT, "guardduty:CreateDetector", "*", TOOL, NULL},
    {"scp/protect-guardduty", NULL, SILENT, "guardduty:UpdateOrganizationConfiguration", "*", TOOL,
     NULL},
    {"scp/protect-guardduty", NULL, DENIED, "guardduty:ArchiveFindings", "*", ADMIN, NULL},
    {"scp/protect-guardduty", "deny_hiding_findings: false", SILENT, "guardduty:ArchiveFindings",
     "*", ADMIN, NULL},
    {"scp/protect-guardduty", NULL, SILENT, "guardduty:CreateMalwareProtectionPlan", "*", ADMIN,
     NULL},

    {"scp/protect-access-analyzer", NULL, DENIED, "access-analyzer:CreateArchiveRule", "*", ADMIN,
     NULL},
    {"scp/protect-access-analyzer", NULL, SILENT, "access-analyzer:ListFindings", "*", ADMIN, NULL},
    {"scp/protect-access-analyzer", NULL, SILENT, "access-analyzer:DeleteAnalyzer", "*", TOOL,
     NULL},

    {"scp/protect-config", NULL, DENIED, "config:StopConfigurationRecorder", "*", ADMIN, NULL},
    {"scp/protect-config", NULL, SILENT, "config:PutConfigurationRecorder", "*", TOOL, NULL},
    {"scp/protect-config", "deny_rules: false", SILENT, "config:PutConfigRule", "*", ADMIN, NULL},

    {"scp/protect-event-rules", NULL, DENIED, "events:DisableRule",
     "arn:aws:events:eu-west-1:111111111111:rule/plinth-alerts", ADMIN, NULL},
    {"scp/protect-event-rules", NULL, DENIED, "events:PutTargets",
     "arn:aws:events:eu-west-1:111111111111:rule/custom/plinth-alerts", ADMIN, NULL},
    {"scp/protect-event-rules", NULL, SILENT, "events:PutRule",
     "arn:aws:events:eu-west-1:111111111111:rule/mine", ADMIN, NULL},
    {"scp/protect-event-rules", NULL, SILENT, "events:PutRule",
     "arn:aws:events:eu-west-1:111111111111:rule/plinth-alerts", TOOL, NULL},
    {"scp/protect-event-rules", NULL, DENIED, "events:DeleteEventBus",
     "arn:aws:events:eu-west-1:111111111111:event-bus/plinth-security", ADMIN, NULL},
    {"scp/protect-event-rules", "event_buses: []", SILENT, "events:DeleteEventBus",
     "arn:aws:events:eu-west-1:111111111111:event-bus/plinth-security", ADMIN, NULL},

    {"scp/protect-backups", NULL, DENIED, "backup:DeleteRecoveryPoint", "*", ADMIN, NULL},
    {"scp/protect-backups", NULL, DENIED, "backup:DeleteBackupVaultLockConfiguration", "*", ROOT,
     NULL},
    {"scp/protect-backups", NULL, SILENT, "backup:PutBackupVaultLockConfiguration", "*", TOOL,
     NULL},
    {"scp/protect-backups", NULL, SILENT, "backup:StartBackupJob", "*", ADMIN, NULL},
    {"scp/protect-backups", NULL, DENIED, "iam:UpdateAssumeRolePolicy",
     "arn:aws:iam::111111111111:role/plinth-backup", ADMIN, NULL},
    {"scp/protect-backups", NULL, SILENT, "iam:UpdateAssumeRolePolicy",
     "arn:aws:iam::111111111111:role/other", ADMIN, NULL},
    {"scp/protect-backups", "deny_plans: false", SILENT, "backup:UpdateBackupPlan", "*", ADMIN,
     NULL},

    /* protect-s3-replication: sources, replicas, the role between them and the replicas' key */
    {"scp/protect-s3-replication", NULL, DENIED, "s3:PutReplicationConfiguration",
     "arn:aws:s3:::orders", ROOT, NULL},
    {"scp/protect-s3-replication", NULL, SILENT, "s3:PutReplicationConfiguration",
     "arn:aws:s3:::orders", TOOL, NULL},
    {"scp/protect-s3-replication", "source_buckets: [orders]", SILENT,
     "s3:PutReplicationConfiguration", "arn:aws:s3:::mail", ADMIN, NULL},
    {"scp/protect-s3-replication", NULL, DENIED, "s3:DeleteObjectVersion",
     "arn:aws:s3:::orders-replica-111122223333/a", ADMIN, NULL},
    {"scp/protect-s3-replication", NULL, SILENT, "s3:DeleteObjectVersion",
     "arn:aws:s3:::orders-replica-old/a", ADMIN, NULL},
    {"scp/protect-s3-replication", NULL, DENIED, "s3:PutLifecycleConfiguration",
     "arn:aws:s3:::orders-replica-111122223333", ADMIN, NULL},
    {"scp/protect-s3-replication", NULL, SILENT, "s3:PutBucketPolicy",
     "arn:aws:s3:::orders-replica-111122223333", ROOT, "aws:AssumedRoot=true"},
    {"scp/protect-s3-replication", NULL, SILENT, "s3:GetObject",
     "arn:aws:s3:::orders-replica-111122223333/a", ADMIN, NULL},
    {"scp/protect-s3-replication", NULL, SILENT, "s3:ReplicateObject",
     "arn:aws:s3:::orders-replica-111122223333/a",
     "arn:aws:iam::111111111111:role/plinth-s3-replication", NULL},
    {"scp/protect-s3-replication", NULL, DENIED, "iam:PutRolePolicy",
     "arn:aws:iam::111111111111:role/plinth-s3-replication", ADMIN, NULL},
    {"scp/protect-s3-replication", NULL, SILENT, "iam:PutRolePolicy",
     "arn:aws:iam::111111111111:role/other", ADMIN, NULL},
    {"scp/protect-s3-replication", NULL, DENIED, "kms:ScheduleKeyDeletion", "*", ADMIN,
     "aws:ResourceTag/plinth:use=s3-replica"},
    {"scp/protect-s3-replication", NULL, SILENT, "kms:ScheduleKeyDeletion", "*", ADMIN,
     "aws:ResourceTag/plinth:use=log-archive"},

    {"scp/protect-s3-public-access-block", NULL, DENIED, "s3:PutAccountPublicAccessBlock", "*",
     ADMIN, NULL},
    {"scp/protect-s3-public-access-block", NULL, SILENT, "s3:PutAccountPublicAccessBlock", "*",
     TOOL, NULL},
    {"scp/protect-s3-public-access-block", NULL, SILENT, "s3:PutBucketPublicAccessBlock", "*",
     ADMIN, NULL},
    {"scp/protect-s3-public-access-block", "deny_buckets: true", DENIED,
     "s3:PutBucketPublicAccessBlock", "*", ADMIN, NULL},

    /* deny-iam-users-and-keys: the honey account is spared by its id */
    {"scp/deny-iam-users-and-keys", NULL, DENIED, "iam:CreateAccessKey", "*", ADMIN,
     "aws:PrincipalAccount=111111111111"},
    {"scp/deny-iam-users-and-keys", NULL, SILENT, "iam:CreateUser", "*", TOOL,
     "aws:PrincipalAccount=111111111111"},
    {"scp/deny-iam-users-and-keys", "exempt_accounts: [\"111111111111\"]", SILENT,
     "iam:CreateAccessKey", "*", ADMIN, "aws:PrincipalAccount=111111111111"},
    {"scp/deny-iam-users-and-keys", "exempt_accounts: [\"222222222222\"]", DENIED,
     "iam:CreateAccessKey", "*", ADMIN, "aws:PrincipalAccount=111111111111"},
    {"scp/deny-iam-users-and-keys", NULL, SILENT, "signin:CreateOAuth2Token", "*", ADMIN, NULL},
    {"scp/deny-iam-users-and-keys", "deny_cli_login: true", DENIED, "signin:CreateOAuth2Token", "*",
     ADMIN, NULL},
    {"scp/deny-iam-users-and-keys", NULL, SILENT, "iam:CreateRole", "*", ADMIN, NULL},

    /* allowed-services: the foundation by default, the tool and security always */
    {"scp/allowed-services", "allowed_actions: [\"s3:*\"]", DENIED, "ec2:RunInstances", "*", ADMIN,
     NULL},
    {"scp/allowed-services", "allowed_actions: [\"s3:*\"]", SILENT, "s3:GetObject", "*", ADMIN,
     NULL},
    {"scp/allowed-services", "allowed_actions: [\"s3:*\"]", SILENT, "sts:AssumeRole", "*", ADMIN,
     NULL},
    {"scp/allowed-services", "{allowed_actions: [\"s3:*\"], allow_foundation: false}", DENIED,
     "sts:AssumeRole", "*", ADMIN, NULL},
    {"scp/allowed-services", "allowed_actions: [\"s3:*\"]", SILENT, "guardduty:CreateDetector", "*",
     TOOL, NULL},
    {"scp/allowed-services", "allowed_actions: [\"s3:*\"]", SILENT, "ec2:DescribeInstances", "*",
     SECURITY, NULL},

    {"scp/deny-vpc-internet-access", NULL, DENIED, "ec2:AttachInternetGateway", "*", ADMIN, NULL},
    {"scp/deny-vpc-internet-access", NULL, SILENT, "ec2:DetachInternetGateway", "*", ADMIN, NULL},
    {"scp/deny-vpc-internet-access", NULL, SILENT, "ec2:AllocateAddress", "*", ADMIN, NULL},
    {"scp/deny-vpc-internet-access", "deny_elastic_ips: true", DENIED, "ec2:AllocateAddress", "*",
     ADMIN, NULL},

    {"scp/protect-security-hub", NULL, DENIED, "securityhub:DisableSecurityHubV2", "*", ADMIN,
     NULL},
    {"scp/protect-security-hub", NULL, DENIED, "securityhub:DisassociateFromAdministratorAccount",
     "*", ADMIN, NULL},
    {"scp/protect-security-hub", NULL, SILENT, "securityhub:BatchUpdateFindings", "*", ADMIN, NULL},
    {"scp/protect-security-hub", NULL, SILENT, "securityhub:UpdateOrganizationConfiguration", "*",
     TOOL, NULL},

    {"scp/protect-log-archive", NULL, DENIED, "s3:DeleteObject", "arn:aws:s3:::logs/AWSLogs/x",
     ADMIN, NULL},
    {"scp/protect-log-archive", NULL, DENIED, "s3:PutLifecycleConfiguration", "arn:aws:s3:::logs",
     ROOT, NULL},
    {"scp/protect-log-archive", NULL, SILENT, "s3:PutLifecycleConfiguration", "arn:aws:s3:::logs",
     TOOL, NULL},
    {"scp/protect-log-archive", NULL, SILENT, "s3:GetObject", "arn:aws:s3:::logs/AWSLogs/x", ADMIN,
     NULL},
    {"scp/protect-log-archive", "buckets: [logs]", SILENT, "s3:DeleteBucket", "arn:aws:s3:::other",
     ADMIN, NULL},
    {"scp/protect-log-archive", "buckets: [logs]", DENIED, "kms:ScheduleKeyDeletion", "*", ADMIN,
     NULL},
    {"scp/protect-log-archive", "protect_keys: false", SILENT, "kms:ScheduleKeyDeletion", "*",
     ADMIN, NULL},

    {"scp/protect-ebs-encryption", NULL, DENIED, "ec2:DisableEbsEncryptionByDefault", "*", ADMIN,
     NULL},
    {"scp/protect-ebs-encryption", NULL, SILENT, "ec2:EnableEbsEncryptionByDefault", "*", ADMIN,
     NULL},

    {"scp/require-imdsv2", NULL, DENIED, "ec2:RunInstances",
     "arn:aws:ec2:eu-west-1:111111111111:instance/*", ADMIN, "ec2:MetadataHttpTokens=optional"},
    {"scp/require-imdsv2", NULL, SILENT, "ec2:RunInstances",
     "arn:aws:ec2:eu-west-1:111111111111:instance/*", ADMIN, "ec2:MetadataHttpTokens=required"},
    {"scp/require-imdsv2", NULL, SILENT, "ec2:RunInstances",
     "arn:aws:ec2:eu-west-1:111111111111:volume/*", ADMIN, NULL},
    {"scp/require-imdsv2", NULL, SILENT, "s3:GetObject", "*", ADMIN, "ec2:RoleDelivery=1.0"},
    {"scp/require-imdsv2", "deny_version_1_credentials: true", DENIED, "s3:GetObject", "*", ADMIN,
     "ec2:RoleDelivery=1.0"},
    {"scp/require-imdsv2", "deny_version_1_credentials: true", SILENT, "s3:GetObject", "*", ADMIN,
     "ec2:RoleDelivery=2.0"},

    /* organization-only: own principals, trusted accounts and services come in */
    {"rcp/organization-only", NULL, SILENT, "s3:GetObject", "*", ADMIN,
     "aws:PrincipalOrgID=o-own aws:ResourceOrgID=o-own aws:PrincipalIsAWSService=false"},
    {"rcp/organization-only", NULL, DENIED, "s3:GetObject", "*", ADMIN,
     "aws:PrincipalOrgID=o-other aws:ResourceOrgID=o-own aws:PrincipalIsAWSService=false"},
    {"rcp/organization-only", NULL, DENIED, "s3:GetObject", "*", NULL, "aws:ResourceOrgID=o-own"},
    {"rcp/organization-only", NULL, SILENT, "s3:PutObject", "*", NULL,
     "aws:ResourceOrgID=o-own aws:PrincipalIsAWSService=true"},
    {"rcp/organization-only", NULL, SILENT, "sts:AssumeRoleWithWebIdentity", "*", NULL,
     "aws:ResourceOrgID=o-own"},
    {"rcp/organization-only", "trusted_accounts: [\"222222222222\"]", SILENT, "sts:AssumeRole", "*",
     "arn:aws:iam::222222222222:role/Vendor",
     "aws:PrincipalOrgID=o-other aws:ResourceOrgID=o-own aws:PrincipalAccount=222222222222"},
    {"rcp/organization-only", "organization_ids: [o-old, o-own]", SILENT, "s3:GetObject", "*",
     ADMIN, "aws:PrincipalOrgID=o-old aws:ResourceOrgID=o-own"},

    /* own-services-only: services, when they say for whom */
    {"rcp/own-services-only", NULL, DENIED, "s3:PutObject", "*", NULL,
     "aws:ResourceOrgID=o-own aws:SourceOrgID=o-other aws:SourceAccount=222222222222 "
     "aws:PrincipalIsAWSService=true"},
    {"rcp/own-services-only", NULL, SILENT, "s3:PutObject", "*", NULL,
     "aws:ResourceOrgID=o-own aws:SourceOrgID=o-own aws:SourceAccount=111111111111 "
     "aws:PrincipalIsAWSService=true"},
    {"rcp/own-services-only", NULL, DENIED, "s3:PutObject", "*", NULL,
     "aws:ResourceOrgID=o-own aws:SourceAccount=222222222222 "
     "aws:PrincipalIsAWSService=true"},
    {"rcp/own-services-only", "trusted_accounts: [222222222222]", SILENT, "s3:PutObject", "*", NULL,
     "aws:ResourceOrgID=o-own aws:SourceOrgID=o-other aws:SourceAccount=222222222222 "
     "aws:PrincipalIsAWSService=true"},
    {"rcp/own-services-only", NULL, SILENT, "s3:PutObject", "*", NULL,
     "aws:ResourceOrgID=o-own aws:PrincipalIsAWSService=true"},
    {"rcp/own-services-only", NULL, SILENT, "s3:GetObject", "*", ADMIN,
     "aws:ResourceOrgID=o-own aws:SourceAccount=222222222222 "
     "aws:PrincipalIsAWSService=false"},

    {"rcp/require-tls", NULL, DENIED, "s3:GetObject", "*", ADMIN, "aws:SecureTransport=false"},
    {"rcp/require-tls", NULL, SILENT, "s3:GetObject", "*", ADMIN, "aws:SecureTransport=true"},
    {"rcp/require-tls", NULL, SILENT, "s3:GetObject", "*", NULL, NULL},
};

enum { KEYS_MOST = 6 };

/* "a=b c=d" as a, b, c, d, NULL. */
static const char *const *read_context(struct arena *arena, const struct expectation *want)
{
    const char **out = arena_array(arena, 2 * KEYS_MOST + 3, sizeof *out);
    size_t count = 0;

    if (want->principal != NULL) {
        out[count++] = "aws:PrincipalArn";
        out[count++] = want->principal;
    }
    for (const char *at = want->context; at != NULL && *at != '\0'; at += strspn(at, " ")) {
        size_t key = strcspn(at, "="), value = strcspn(at + key + 1, " ");

        assert_true(count < 2 * KEYS_MOST + 1);
        out[count++] = arena_strn(arena, at, key);
        out[count++] = arena_strn(arena, at + key + 1, value);
        at += key + 1 + value;
    }
    return out;
}

static void check(struct arena *arena, const struct expectation *want)
{
    struct request request = {want->action, want->resource, read_context(arena, want)};
    enum verdict verdict = judge(render(arena, want->template, want->parameters), &request);

    if (verdict != want->verdict)
        fail_msg("%s {%s}: %s on %s by %s with %s is %s", want->template,
                 want->parameters == NULL ? "" : want->parameters, want->action, want->resource,
                 want->principal == NULL ? "nobody" : want->principal,
                 want->context == NULL ? "nothing" : want->context,
                 verdict == DENIED ? "denied" : "not denied");
}

static void test_each_denies_and_spares_what_it_says(void **state)
{
    struct arena *arena = *state;

    for (size_t i = 0; i < sizeof expectations / sizeof expectations[0]; i++)
        check(arena, &expectations[i]);
}

/* No SCP or RCP ships without an expectation of something it denies. */
static void test_each_is_judged(void **state)
{
    struct arena *arena = *state;
    struct err err = ERR_INIT;
    const char **names;
    size_t count;

    assert_int_equal(policy_template_names(dirs, arena, &names, &count, &err), 0);
    for (size_t i = 0; i < count; i++) {
        size_t at = 0;

        if (!policy_type_find(load(arena, names[i])->type_key)->iam_language)
            continue;
        while (at < sizeof expectations / sizeof expectations[0] &&
               !(str_eq(expectations[at].template, names[i]) && expectations[at].verdict == DENIED))
            at++;
        if (at == sizeof expectations / sizeof expectations[0])
            fail_msg("%s: nothing says what it denies", names[i]);
    }
}

/* Services without a region: cutting one off breaks sign-in, billing, support or plinth. */
static void test_global_services_work_in_every_region(void **state)
{
    static const char *const actions[] = {
        "iam:GetRole",
        "sts:AssumeRole",
        "organizations:DescribeOrganization",
        "support:CreateCase",
        "route53:ChangeResourceRecordSets",
        "cloudfront:CreateDistribution",
        "waf:GetWebACL",
        "wafv2:GetWebACL",
        "shield:DescribeAttack",
        "budgets:ViewBudget",
        "ce:GetCostAndUsage",
        "health:DescribeEvents",
        "account:GetContactInformation",
        "sso:ListInstances",
        "globalaccelerator:ListAccelerators",
        "access-analyzer:ListAnalyzers",
        "kms:Decrypt",
        "config:DescribeConfigurationRecorders",
        "ec2:DescribeRegions",
        "s3:ListAllMyBuckets",
        "s3:GetAccountPublicAccessBlock",
        "s3:PutAccountPublicAccessBlock",
        "cloudtrail:LookupEvents",
        "tag:GetResources",
    };
    const char *const context[] = {"aws:RequestedRegion", "ap-south-1", "aws:PrincipalArn", ADMIN,
                                   NULL};
    struct json *document = render(*state, "scp/region-limits", NULL);

    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        struct request request = {actions[i], "*", context};

        if (judge(document, &request) == DENIED)
            fail_msg("%s is denied", actions[i]);
    }
}

static int set_up(void **state)
{
    *state = arena_new("test");
    return 0;
}

static int tear_down(void **state)
{
    arena_free(*state);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_each_denies_and_spares_what_it_says),
        TEST(test_each_is_judged),
        TEST(test_global_services_work_in_every_region),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
