/* Known accidents: the gate refuses each before it is offered, and AWS - here the simulator -
 * refuses plinth afterwards where somebody lets it pass. */
#include "../../support/rehearsal.h"

#include "plinth/aws/call.h"
#include "plinth/aws/credentials.h"
#include "plinth/base/arena.h"
#include "plinth/base/secret.h"
#include "plinth/codec/json.h"
#include "plinth/control/inventory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define HEAD                                                                                       \
    "apiVersion: plinth/v1\nname: accident\nhome_region: eu-central-1\n"                           \
    "regions: [eu-central-1, eu-west-1]\n"                                                         \
    "organization: {trusted_access: [guardduty.amazonaws.com, iam.amazonaws.com]}\n"               \
    "organizational_units: {Security: , Work: }\n"                                                 \
    "accounts:\n"                                                                                  \
    "  - {name: Management, email: aws@example.com, roles: [management]}\n"                        \
    "  - {name: Security, email: s@example.com, roles: [security], ou: Security}\n"                \
    "  - {name: Shop, email: shop@example.com, ou: %s}\n"                                          \
    "controls: {security_role: , root_access: , guardduty: }\n"

#define POLICY(name, target, statement)                                                            \
    "  - {name: " name ", type: service_control_policy, attach: [" target "], document: "          \
    "{Version: '2012-10-17', Statement: [" statement "]}}\n"
#define POLICIES "policies:\n"
#define ELSEWHERE(regions)                                                                         \
    "Effect: Deny, NotAction: ['iam:*', 'organizations:*', 'sts:*'], Resource: '*', Condition: "   \
    "{StringNotEquals: {'aws:RequestedRegion': [" regions "]}}"

static const struct baseline *load(struct rehearsal *rehearsal, const char *unit,
                                   const char *policies)
{
    char path[] = "/tmp/plinth-accident-XXXXXX.yaml";
    int file = mkstemps(path, (int)strlen(".yaml"));
    const struct baseline *baseline;

    assert_true(file >= 0);
    assert_true(dprintf(file, HEAD "%s", unit, policies) > 0);
    assert_int_equal(close(file), 0);
    baseline = rehearsal_baseline(rehearsal, path);
    assert_int_equal(unlink(path), 0);
    return baseline;
}

static void apply(struct rehearsal *rehearsal, const struct baseline *baseline)
{
    struct rehearsal_outcome outcome =
        rehearsal_run(rehearsal, baseline, &(struct rehearsal_options){.apply = true});

    assert_int_equal(outcome.result, 0);
}

/* --- The gate ------------------------------------------------------------------------------------
 */

struct asking {
    const char *const *overrides;
    const char *warning; /* one of them says so; NULL: none is wanted */
    bool warned;
};

static int plan_and_ask(void *arg, struct engine *engine, struct err *err)
{
    struct asking *asking = arg;
    struct gate_findings findings;
    const struct run_result *plan;
    int result;

    if (engine_plan(engine, &plan, err) != 0)
        return -1;
    result = engine_gate(engine, asking->overrides, &findings, err);
    for (size_t i = 0; asking->warning != NULL && i < findings.count; i++)
        if (findings.items[i].warning && strstr(findings.items[i].text, asking->warning) != NULL)
            asking->warned = true;
    return result;
}

static struct rehearsal_outcome ask(struct rehearsal *rehearsal, const struct baseline *baseline,
                                    struct asking *asking)
{
    return rehearsal_run(rehearsal, baseline,
                         &(struct rehearsal_options){.job = plan_and_ask, .job_arg = asking});
}

static void expect_refused(struct rehearsal *rehearsal, const struct baseline *baseline,
                           const char *says, const char *override)
{
    const char *const overrides[] = {override, NULL};
    struct rehearsal_outcome outcome = ask(rehearsal, baseline, &(struct asking){0});

    assert_int_equal(outcome.result, -1);
    assert_int_equal(outcome.err.code, ERR_GATE);
    if (strstr(outcome.err.text, says) == NULL)
        fail_msg("\"%s\" is not in: %s", says, outcome.err.text);
    outcome = ask(rehearsal, baseline, &(struct asking){.overrides = overrides});
    if (outcome.result != 0)
        fail_msg("%s", outcome.err.text);
}

/* --- AWS -----------------------------------------------------------------------------------------
 */

static const char *id_of(struct rehearsal *rehearsal, const char *name)
{
    const struct inventory *inventory = rehearsal_inventory(rehearsal);

    for (size_t i = 0; i < inventory->account_count; i++)
        if (strcmp(inventory->accounts[i].name, name) == 0)
            return inventory->accounts[i].id;
    fail_msg("no account %s", name);
    return NULL;
}

static struct err call(struct rehearsal *rehearsal, const char *account, const char *region,
                       enum aws_op op, const struct json *params)
{
    struct err err = ERR_INIT;

    (void)rehearsal_call(rehearsal, account == NULL ? NULL : id_of(rehearsal, account), region, op,
                         params, NULL, &err);
    return err;
}

static void expect_denied(const struct err *err, const char *says)
{
    assert_int_equal(err->code, ERR_DENIED);
    if (strstr(err->text, says) == NULL)
        fail_msg("\"%s\" is not in: %s", says, err->text);
}

static const char by_scp[] = "with an explicit deny in a service control policy";

static const char *unit_id(struct rehearsal *rehearsal, const char *path)
{
    return inventory_ou_by_path(rehearsal_inventory(rehearsal), path)->id;
}

static void link_policy(struct rehearsal *rehearsal, enum aws_op op, const char *policy,
                        const char *target)
{
    struct json *params = json_object(rehearsal_arena(rehearsal));
    struct err err;

    json_put_str(params, "PolicyId", policy);
    json_put_str(params, "TargetId", target);
    err = call(rehearsal, NULL, "us-east-1", op, params);
    assert_string_equal(err.text, "");
}

/* Somebody else's SCP on a unit; returns its id. */
static const char *foreign(struct rehearsal *rehearsal, const char *name, const char *unit,
                           const char *statement)
{
    struct arena *arena = rehearsal_arena(rehearsal);
    struct json *params = json_object(arena);
    const struct json *answer;
    struct err err = ERR_INIT;
    const char *id;

    json_put_str(params, "Name", name);
    json_put_str(params, "Description", "");
    json_put_str(params, "Type", "SERVICE_CONTROL_POLICY");
    json_put_str(params, "Content",
                 arena_printf(arena, "{\"Version\":\"2012-10-17\",\"Statement\":[%s]}", statement));
    if (rehearsal_call(rehearsal, NULL, "us-east-1", AWS_ORGANIZATIONS_CREATE_POLICY, params,
                       &answer, &err) != 0)
        fail_msg("%s", err.text);
    id = json_str(json_path(answer, "Policy", "PolicySummary", NULL), "Id");
    link_policy(rehearsal, AWS_ORGANIZATIONS_ATTACH_POLICY, id, unit_id(rehearsal, unit));
    return id;
}

/* --- The accidents -------------------------------------------------------------------------------
 */

static void test_full_access_removed(void **state)
{
    struct rehearsal *rehearsal = *state;
    const struct baseline *moved = load(rehearsal, "Work", "");
    struct err err;

    apply(rehearsal, load(rehearsal, "Security", ""));
    (void)foreign(rehearsal, "only-s3", "Work",
                  "{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\"}");
    link_policy(rehearsal, AWS_ORGANIZATIONS_DETACH_POLICY, "p-FullAWSAccess",
                unit_id(rehearsal, "Work"));
    expect_refused(rehearsal, moved, "no SCP attached to Work allows iam:", "FullAWSAccess");
    apply(rehearsal, moved);
    err = call(rehearsal, "Shop", "us-east-1", AWS_IAM_GET_ACCOUNT_SUMMARY, NULL);
    expect_denied(&err,
                  "because no service control policy allows the iam:GetAccountSummary action");
}

static void test_stricter_unit(void **state)
{
    struct rehearsal *rehearsal = *state;
    const struct baseline *moved = load(rehearsal, "Work", "");
    struct asking asking = {.warning = "SCP no-iam statement NoIam denies iam:"};
    struct err err;

    apply(rehearsal, load(rehearsal, "Security", ""));
    (void)foreign(
        rehearsal, "no-iam", "Work",
        "{\"Sid\":\"NoIam\",\"Effect\":\"Deny\",\"Action\":\"iam:*\",\"Resource\":\"*\"}");
    expect_refused(rehearsal, moved, "SCP no-iam statement NoIam denies iam:", "no-iam");
    apply(rehearsal, moved);
    err = call(rehearsal, "Shop", "us-east-1", AWS_IAM_GET_ACCOUNT_SUMMARY, NULL);
    expect_denied(&err, by_scp);
    /* What was so before is told with the next plan, and not refused again. */
    assert_int_equal(ask(rehearsal,
                         load(rehearsal, "Work",
                              POLICIES POLICY("leave", "root",
                                              "{Effect: Deny, Action: "
                                              "'organizations:LeaveOrganization', Resource: '*'}")),
                         &asking)
                         .result,
                     0);
    assert_true(asking.warned);
}

static void test_region_limit_stops_guardduty(void **state)
{
    struct rehearsal *rehearsal = *state;
    const struct baseline *limited =
        load(rehearsal, "Work",
             POLICIES POLICY("limit", "root", "{Sid: Regions, " ELSEWHERE("eu-west-1") "}"));
    struct err err;

    apply(rehearsal, load(rehearsal, "Work", ""));
    expect_refused(rehearsal, limited, "statement Regions denies guardduty:", "plinth-root-1");
    apply(rehearsal, limited);
    err = call(rehearsal, "Security", "eu-central-1", AWS_GUARDDUTY_LIST_DETECTORS, NULL);
    expect_denied(&err, by_scp);
}

static void test_protected_role(void **state)
{
    struct rehearsal *rehearsal = *state;
    const struct baseline *closed = load(
        rehearsal, "Work",
        POLICIES POLICY("keep", "root",
                        "{Sid: Keep, Effect: Deny, Action: ['iam:Update*', 'iam:Tag*'], Resource: "
                        "'arn:*:iam::*:role/SecurityView'}"));
    struct json *params = json_object(rehearsal_arena(rehearsal));
    struct err err;

    apply(rehearsal, load(rehearsal, "Work", ""));
    json_put_str(params, "RoleName", "SecurityView");
    json_put_str(params, "Description", "another");
    err = call(rehearsal, "Shop", "us-east-1", AWS_IAM_UPDATE_ROLE, params);
    assert_string_equal(err.text, "");
    expect_refused(rehearsal, closed, "statement Keep denies iam:", "plinth-root-1");
    apply(rehearsal, closed);
    err = call(rehearsal, "Shop", "us-east-1", AWS_IAM_UPDATE_ROLE, params);
    expect_denied(&err, by_scp);
}

static void test_no_region_in_common(void **state)
{
    struct rehearsal *rehearsal = *state;
    const struct baseline *both =
        load(rehearsal, "Work",
             POLICIES POLICY("a", "root", "{Sid: A, " ELSEWHERE("eu-west-1") "}")
                 POLICY("b", "Work", "{Sid: B, " ELSEWHERE("eu-central-1") "}"));
    struct rehearsal_outcome outcome;

    apply(rehearsal, load(rehearsal, "Work", ""));
    outcome = ask(rehearsal, both,
                  &(struct asking){.overrides = (const char *const[]){"plinth-root-1", NULL}});
    assert_int_equal(outcome.err.code, ERR_GATE);
    assert_non_null(strstr(outcome.err.text, "plinth-Work-1"));
    apply(rehearsal, both);
    for (int i = 0; i < 2; i++) {
        struct err err = call(rehearsal, "Shop", i == 0 ? "eu-central-1" : "eu-west-1",
                              AWS_EC2_GET_EBS_ENCRYPTION_BY_DEFAULT, NULL);

        expect_denied(&err, by_scp);
    }
}

/* --- Root sessions -------------------------------------------------------------------------------
 */

struct root_call {
    struct rehearsal *rehearsal;
    const char *account;
    struct err err;
};

static struct secret *secret_of(const char *text)
{
    return secret_new(text, strlen(text));
}

static void call_as_root(void *arg, const struct aws_target *management,
                         const struct credentials_world *world)
{
    struct root_call *root = arg;
    struct arena *arena = rehearsal_arena(root->rehearsal);
    struct json *params = json_object(arena);
    struct aws_target target = *management;
    const struct json *answer, *given;
    struct credentials *credentials;

    (void)world;
    target.region = "eu-central-1";
    json_put_str(params, "TargetPrincipal", root->account);
    json_put_str(json_put_object(params, "TaskPolicyArn"), "arn",
                 "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials");
    if (aws_call(&target, AWS_STS_ASSUME_ROOT, params, arena, &answer, &root->err) != 0)
        return;
    given = json_get(answer, "Credentials");
    credentials = credentials_new(json_str(given, "AccessKeyId"),
                                  secret_of(json_str(given, "SecretAccessKey")),
                                  secret_of(json_str(given, "SessionToken")), 0);
    target.credentials = credentials_static_new(credentials);
    credentials_unref(credentials);
    target.account_id = root->account;
    target.region = "us-east-1";
    (void)aws_call(&target, AWS_IAM_GET_ACCOUNT_SUMMARY, NULL, arena, NULL, &root->err);
    credentials_provider_free(target.credentials);
}

static void test_root_deny_breaks_root_sessions(void **state)
{
    struct rehearsal *rehearsal = *state;
    const struct baseline *denied =
        load(rehearsal, "Work",
             POLICIES POLICY("root", "root",
                             "{Sid: NoRoot, Effect: Deny, Action: '*', Resource: '*', Condition: "
                             "{ArnLike: {'aws:PrincipalArn': 'arn:*:iam::*:root'}}}"));
    struct root_call root = {.rehearsal = rehearsal};

    apply(rehearsal, load(rehearsal, "Work", ""));
    root.account = id_of(rehearsal, "Shop");
    rehearsal_operate(rehearsal, call_as_root, &root);
    assert_string_equal(root.err.text, "");
    expect_refused(rehearsal, denied, "to a central root session in account", "plinth-root-1");
    apply(rehearsal, denied);
    rehearsal_operate(rehearsal, call_as_root, &root);
    expect_denied(&root.err, by_scp);
}

static void test_what_changes_no_guardrail_is_not_asked_about(void **state)
{
    struct rehearsal *rehearsal = *state;
    const char *const wrong[] = {"nothing", NULL};
    const struct baseline *baseline = load(rehearsal, "Work", "");
    struct rehearsal_outcome outcome;

    apply(rehearsal, baseline);
    assert_int_equal(ask(rehearsal, baseline, &(struct asking){0}).result, 0);
    outcome = ask(rehearsal, baseline, &(struct asking){.overrides = wrong});
    assert_int_equal(outcome.err.code, ERR_USAGE);
}

static int set_up(void **state)
{
    *state = rehearsal_new(7, false);
    return 0;
}

static int tear_down(void **state)
{
    rehearsal_free(*state);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_full_access_removed),
        TEST(test_stricter_unit),
        TEST(test_region_limit_stops_guardduty),
        TEST(test_protected_role),
        TEST(test_no_region_in_common),
        TEST(test_root_deny_breaks_root_sessions),
        TEST(test_what_changes_no_guardrail_is_not_asked_about),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
