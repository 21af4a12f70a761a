/* Known accidents, each as a baseline that the gate must refuse. */
#include "../../support/baseline_text.h"

#include "plinth/base/arena.h"
#include "plinth/control/control.h"
#include "plinth/engine/gate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define HEAD                                                                                       \
    "apiVersion: plinth/v1\nname: test\nhome_region: eu-central-1\n"                               \
    "regions: [eu-central-1, eu-west-1, us-east-1]\n"
#define TREE                                                                                       \
    "organizational_units: {Security: , Work: }\n"                                                 \
    "accounts:\n"                                                                                  \
    "  - {name: Management, email: m@example.com, roles: [management]}\n"                          \
    "  - {name: Security, email: s@example.com, roles: [security], ou: Security}\n"                \
    "  - {name: Desk, email: desk@example.com, ou: Work}\n"                                        \
    "  - {name: Shop, email: shop@example.com, ou: Work}\n"
#define TRUST                                                                                      \
    "organization: {trusted_access: [backup.amazonaws.com, guardduty.amazonaws.com, "              \
    "iam.amazonaws.com]%s}\n"
#define CONTROLS "controls: {security_role: , root_access: }\n"

/* A policy "p" at the root with one statement. */
#define POLICY(statement)                                                                          \
    "policies:\n  - {name: p, type: service_control_policy, attach: [root], document: {Version: "  \
    "'2012-10-17', Statement: [" statement "]}}\n"

static struct baseline *load_tree(struct arena *arena, const char *tree, const char *organization,
                                  const char *controls, const char *policies)
{
    char *text = arena_printf(arena, HEAD TRUST "%s%s%s", organization, tree, controls, policies);

    return baseline_without_mistakes(arena, text);
}

static struct baseline *load(struct arena *arena, const char *organization, const char *controls,
                             const char *policies)
{
    return load_tree(arena, TREE, organization, controls, policies);
}

static struct gate_findings check(const struct baseline *baseline, struct arena *arena)
{
    const struct gate_options options = {.baseline = baseline};
    struct gate_findings findings;
    struct err err = ERR_INIT;

    assert_int_equal(gate_check(&options, arena, &findings, &err), 0);
    return findings;
}

/* Some finding says so. */
static void expect(const struct gate_findings *findings, const char *says)
{
    for (size_t i = 0; i < findings->count; i++)
        if (strstr(findings->items[i].text, says) != NULL)
            return;
    fail_msg("nothing of %zu says %s; the first: %s", findings->count, says,
             findings->count == 0 ? "" : findings->items[0].text);
}

/* The region limit that forgets who watches: GuardDuty's administration stands still in a region
 * that is switched on and not worked in. */
static void test_region_limit_stops_guardduty(void **state)
{
    static const char *regions[] = {"eu-west-3"};
    struct baseline *baseline =
        load(*state, "", "controls: {guardduty: }\n",
             POLICY("{Sid: Regions, Effect: Deny, NotAction: ['iam:*', 'organizations:*', "
                    "'sts:*'], Resource: '*', Condition: {StringNotEquals: "
                    "{'aws:RequestedRegion': [eu-central-1, eu-west-1, us-east-1]}}}"));
    struct gate_options options = {.baseline = baseline, .regions = {regions, 1}};
    struct gate_findings findings;
    struct err err = ERR_INIT;

    findings = check(baseline, *state);
    assert_int_equal(findings.count, 0);
    assert_int_equal(gate_check(&options, *state, &findings, &err), 0);
    assert_true(findings.count > 0);
    expect(&findings, "statement Regions denies guardduty:");
    expect(&findings, "to role/OrganizationAccountAccessRole in account Security in eu-west-3");
}

/* A protected role that the tool itself can no longer mend. */
static void test_protected_role(void **state)
{
    struct gate_findings findings = check(
        load(*state, "", CONTROLS,
             POLICY("{Sid: Keep, Effect: Deny, Action: ['iam:Attach*', 'iam:Update*'], Resource: "
                    "'arn:aws:iam::*:role/PlinthSecurity*'},{Sid: KeepView, Effect: Deny, Action: "
                    "['iam:Attach*', 'iam:Update*'], Resource: 'arn:aws:iam::*:role/*'}")),
        *state);

    expect(&findings, "statement KeepView denies iam:");
    expect(&findings, "to role/OrganizationAccountAccessRole in account Security in us-east-1");
}

static void test_spared_role(void **state)
{
    struct gate_findings findings = check(
        load(*state, "", CONTROLS,
             "policies:\n  - {name: keep, template: scp/protect-security-role, attach: [root]}\n"
             "  - {name: regions, template: scp/region-limits, attach: [root]}\n"
             "  - {name: root, template: scp/root-deny, attach: [root]}\n"),
        *state);

    assert_int_equal(findings.count, 0);
}

/* The security role looks only: writes may be denied to it, reads may not. */
static void test_blind_security_role(void **state)
{
    struct gate_findings findings =
        check(load(*state, "", CONTROLS,
                   POLICY("{Sid: Blind, Effect: Deny, Action: 'iam:*', Resource: '*', Condition: "
                          "{ArnNotLike: {'aws:PrincipalArn': "
                          "'arn:aws:iam::*:role/OrganizationAccountAccessRole'}}}")),
              *state);

    expect(&findings, "statement Blind denies iam:Get");
}

/* A log bucket keeps its policy, whoever unlocks others; a pattern is an accident. */
static void test_unlocking_may_be_denied_by_name(void **state)
{
    struct gate_findings named =
        check(load(*state, "", CONTROLS,
                   POLICY("{Sid: Keep, Effect: Deny, Action: ['s3:DeleteBucketPolicy'], Resource: "
                          "'*'}")),
              *state);
    struct gate_findings pattern = check(
        load(*state, "", CONTROLS,
             POLICY("{Sid: Keep, Effect: Deny, Action: ['s3:DeleteBucketP*'], Resource: '*'}")),
        *state);

    assert_int_equal(named.count, 0);
    expect(&pattern, "statement Keep denies s3:DeleteBucketPolicy to a central root session");
}

/* Denying root everything takes central root sessions along. */
static void test_root_sessions(void **state)
{
    struct gate_findings findings =
        check(load(*state, "", CONTROLS,
                   POLICY("{Sid: NoRoot, Effect: Deny, Action: '*', Resource: '*', Condition: "
                          "{ArnLike: {'aws:PrincipalArn': 'arn:aws:iam::*:root'}}}")),
              *state);

    expect(&findings, "statement NoRoot denies iam:GetAccountSummary to a central root session");
    /* Without the sessions nothing is lost. */
    findings = check(load(*state, "", "controls: {root_access: {sessions: false}}\n",
                          POLICY("{Sid: NoRoot, Effect: Deny, Action: '*', Resource: '*', "
                                 "Condition: {ArnLike: {'aws:PrincipalArn': "
                                 "'arn:aws:iam::*:root'}}}")),
                     *state);
    assert_int_equal(findings.count, 0);
}

#define LIMIT(name, target, regions)                                                               \
    "  - {name: " name ", template: scp/region-limits, attach: [" target                           \
    "], parameters: {allowed_regions: [" regions "]}}\n"

static void test_no_region_left(void **state)
{
    struct gate_findings findings =
        check(load(*state, "", CONTROLS,
                   "policies:\n" LIMIT("a", "root", "eu-west-1") LIMIT("b", "Work", "us-east-1")),
              *state);

    expect(&findings, "leave nobody a region in account Desk");
    /* One region in common is enough. */
    findings = check(load(*state, "", CONTROLS,
                          "policies:\n" LIMIT("a", "root", "eu-central-1, us-east-1")
                              LIMIT("b", "Work", "eu-central-1, eu-west-1")),
                     *state);
    assert_int_equal(findings.count, 0);
}

/* Closing a unit is meant, as long as plinth still gets in. */
static void test_suspended_unit(void **state)
{
#define SUSPEND                                                                                    \
    "policies:\n" LIMIT("a", "root",                                                               \
                        "eu-west-1") "  - {name: stop, type: "                                     \
                                     "service_control_policy, attach: [Work], document: "          \
                                     "{Version: '2012-10-17', Statement: [{Sid: "                  \
                                     "Stop, Effect: Deny, Action: '*', Resource: '*', Condition: " \
                                     "{ArnNotLike: {'aws:PrincipalArn': "
    struct gate_findings findings =
        check(load(*state, "", "controls: {password_policy: }\n",
                   SUSPEND "'arn:*:iam::*:role/OrganizationAccountAccessRole'}}}]}}\n"),
              *state);

    assert_int_equal(findings.count, 0);
    findings = check(load(*state, "", "controls: {password_policy: }\n",
                          SUSPEND "'arn:*:iam::*:role/Somebody'}}}]}}\n"),
                     *state);
    expect(&findings, "statement Stop denies iam:");
}

static void test_break_glass(void **state)
{
    static const char policy[] =
        POLICY("{Sid: Mine, Effect: Deny, Action: 'iam:*', Resource: '*', Condition: {ArnNotLike: "
               "{'aws:PrincipalArn': 'arn:aws:iam::*:role/OrganizationAccountAccessRole'}}}");
    struct gate_findings findings =
        check(load(*state, "", "controls: {password_policy: }\n", policy), *state);

    assert_int_equal(findings.count, 0);
    findings = check(
        load(*state, ", break_glass_roles: [Emergency]", "controls: {password_policy: }\n", policy),
        *state);
    expect(&findings, "to role/Emergency in account ");
}

/* The templates spare them without being told, and keep others from making such a role. */
static void test_break_glass_in_templates(void **state)
{
    struct baseline *baseline =
        load(*state, ", break_glass_roles: [Emergency]", CONTROLS,
             "policies:\n  - {name: keep, template: scp/protect-security-role, attach: [root]}\n"
             "  - {name: regions, template: scp/region-limits, attach: [root]}\n"
             "  - {name: keys, template: scp/deny-iam-users-and-keys, attach: [Work]}\n");

    assert_int_equal(check(baseline, *state).count, 0);
    assert_int_equal(baseline->policy_count, 2);
    assert_non_null(strstr(baseline->policies[0].content, "arn:*:iam::*:role/Emergency"));
    assert_non_null(strstr(baseline->policies[0].content, "arn:*:iam::*:role/*/Emergency"));
}

/* A policy with an account's id in it says nothing certain of an account that is not there yet. */
static void test_ids_not_known(void **state)
{
    static const char *const policies =
        POLICY("{Sid: Ids, Effect: Deny, Action: 'iam:*', Resource: '*', Condition: "
               "{StringNotEquals: {'aws:PrincipalAccount': '111122223333'}}}");

    assert_int_equal(
        check(load(*state, "", "controls: {password_policy: }\n", policies), *state).count, 0);
}

static const char *known_id(const void *arg, const struct account *account)
{
    (void)arg;
    return strcmp(account->name, "Shop") == 0 ? "111122223333" : "444455556666";
}

/* Of accounts that are alike but for it, the one that a policy names is looked at by itself. */
static void test_ids_known(void **state)
{
    struct baseline *baseline =
        load(*state, "", "controls: {password_policy: }\n",
             POLICY("{Sid: Ids, Effect: Deny, Action: 'iam:*', Resource: '*', Condition: "
                    "{StringEquals: {'aws:PrincipalAccount': '111122223333'}}}"));
    const struct gate_options options = {.baseline = baseline, .account_id = known_id};
    struct gate_findings findings;
    struct err err = ERR_INIT;

    assert_int_equal(gate_check(&options, *state, &findings, &err), 0);
    expect(&findings, "statement Ids denies iam:");
    expect(&findings, "in account Shop");
}

#define BACKUP_TREE                                                                                \
    "organizational_units: {Security: , Work: }\n"                                                 \
    "accounts:\n"                                                                                  \
    "  - {name: Management, email: m@example.com, roles: [management]}\n"                          \
    "  - {name: Vaults, email: v@example.com, roles: [backup], ou: Security}\n"                    \
    "  - {name: Shop, email: shop@example.com, ou: Work}\n"
#define BACKUPS                                                                                    \
    "controls:\n"                                                                                  \
    "  backup:\n"                                                                                  \
    "    region: eu-west-1\n"                                                                      \
    "    plans: {daily: {schedule: 'cron(0 3 * * ? *)', copies: true, values: [daily], "           \
    "attach: [Work]}}\n"                                                                           \
    "  s3_replication:\n"                                                                          \
    "    region: eu-west-1\n"                                                                      \
    "    buckets: [{account: Shop, bucket: orders}]\n"

/* What the gate says of services under one policy. */
static struct gate_findings backups_under(struct arena *arena, const char *where,
                                          const char *statement)
{
    struct baseline *baseline =
        load_tree(arena, BACKUP_TREE, "", BACKUPS,
                  arena_printf(arena,
                               "policies:\n  - {name: p, %s, document: {Version: "
                               "'2012-10-17', Statement: [%s]}}\n",
                               where, statement));

    return check(baseline, arena);
}

#define SCP "type: service_control_policy, attach: [root]"
#define RCP "type: resource_control_policy, attach: [Security]"

/* Each of these would stop every copy, or every object, without a word. */
static void test_services_keep_what_they_need(void **state)
{
    static const struct {
        const char *where, *statement, *says;
    } cases[] = {
        {SCP, "{Sid: S, Effect: Deny, Action: 'backup:CopyFromBackupVault', Resource: '*'}",
         "denies backup:CopyFromBackupVault to role/plinth-backup in account Shop in eu-central-1"},
        {SCP, "{Sid: S, Effect: Deny, Action: 'kms:CreateGrant', Resource: '*'}",
         "denies kms:CreateGrant to role/plinth-backup in account Shop in eu-central-1"},
        {SCP,
         "{Sid: S, Effect: Deny, Action: ['backup:*', 's3:*'], Resource: '*', Condition: "
         "{StringNotEquals: {'aws:ResourceAccount': '${aws:PrincipalAccount}'}}}",
         "denies backup:CopyIntoBackupVault to role/plinth-backup in account Shop in eu-west-1"},
        {SCP, "{Sid: S, Effect: Deny, Action: ['s3:Replicate*'], Resource: '*'}",
         "denies s3:ReplicateObject to role/plinth-s3-replication in account Shop in eu-west-1"},
        {RCP, "{Sid: S, Effect: Deny, Principal: '*', Action: 'kms:CreateGrant', Resource: '*'}",
         "denies kms:CreateGrant to role/plinth-backup in account Shop in eu-west-1"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct gate_findings findings = backups_under(*state, cases[i].where, cases[i].statement);

        expect(&findings, cases[i].says);
        assert_false(findings.items[0].warning);
    }
}

static void test_services_under_common_policies(void **state)
{
    static const char *const fine[] = {
        /* A grant for an AWS service is what this one spares. */
        "{Sid: S, Effect: Deny, Action: 'kms:CreateGrant', Resource: '*', Condition: {Bool: "
        "{'kms:GrantIsForAWSResource': 'false'}}}",
        "{Sid: S, Effect: Deny, Action: ['backup:*', 'kms:*', 's3:*'], Resource: '*', Condition: "
        "{StringNotEquals: {'aws:ResourceOrgID': '${aws:PrincipalOrgID}'}}}",
    };

    for (size_t i = 0; i < sizeof fine / sizeof fine[0]; i++) {
        struct gate_findings findings = backups_under(*state, SCP, fine[i]);

        for (size_t f = 0; f < findings.count; f++)
            if (strstr(findings.items[f].text, "role/plinth-") != NULL)
                fail_msg("%s", findings.items[f].text);
    }
}

/* Whoever has no file systems may deny them: it is told, and nothing is refused. */
static void test_one_type_may_be_denied(void **state)
{
    struct gate_findings findings =
        backups_under(*state, SCP, "{Sid: S, Effect: Deny, Action: 'fsx:*', Resource: '*'}");

    expect(&findings, "denies fsx:CreateBackup to role/plinth-backup in account Shop");
    for (size_t i = 0; i < findings.count; i++)
        assert_true(findings.items[i].warning);
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
        TEST(test_region_limit_stops_guardduty),
        TEST(test_unlocking_may_be_denied_by_name),
        TEST(test_protected_role),
        TEST(test_spared_role),
        TEST(test_blind_security_role),
        TEST(test_root_sessions),
        TEST(test_no_region_left),
        TEST(test_suspended_unit),
        TEST(test_break_glass),
        TEST(test_break_glass_in_templates),
        TEST(test_ids_not_known),
        TEST(test_ids_known),
        TEST(test_services_keep_what_they_need),
        TEST(test_services_under_common_policies),
        TEST(test_one_type_may_be_denied),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
