/* Answers: who may what, by which statement of which policy. */
#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/policy/document.h"
#include "plinth/policy/evaluate.h"
#include "plinth/policy/organization.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "evaluate_world.h"
#include "random_policy.h"

#define SESSION_ARN "arn:aws:sts::111122223333:assumed-role/admin/me"
#define USER_ARN "arn:aws:iam::111122223333:user/joe"
#define ROOT_ARN "arn:aws:iam::111122223333:root"
#define LINKED_ARN "arn:aws:iam::111122223333:role/aws-service-role/a.amazonaws.com/A"
#define BUCKET "arn:aws:s3:::b"
#define DENY_S3 "{'Sid':'NoS3','Effect':'Deny','Action':'s3:*','Resource':'*'}"
#define ALLOW_S3 "{'Effect':'Allow','Action':'s3:*','Resource':'*'}"
#define ALLOW_EC2 "{'Effect':'Allow','Action':'ec2:*','Resource':'*'}"

enum { SETS_MOST = 8 };

/* Sets of one policy each, and room for levels. */
struct world {
    struct arena *arena;
    struct policy_attached attached;
    struct policy_level scps[SETS_MOST], rcps[SETS_MOST];
};

static struct policy_set set_of(struct world *world, enum policy_kind kind, const char *name,
                                const char *statements)
{
    const struct policy_compiled **items = arena_array(world->arena, 1, sizeof *items);

    items[0] = policy_of(kind, name, statements, world->arena);
    return (struct policy_set){items, 1};
}

static void add_scp(struct world *world, const char *level, const char *statements)
{
    size_t at = world->attached.scps.count++;

    world->scps[at] = (struct policy_level){level, set_of(world, POLICY_SCP, level, statements)};
    world->attached.scps.items = world->scps;
}

static void add_rcp(struct world *world, const char *level, const char *statements)
{
    size_t at = world->attached.rcps.count++;

    world->rcps[at] = (struct policy_level){level, set_of(world, POLICY_RCP, level, statements)};
    world->attached.rcps.items = world->rcps;
}

static void identity(struct world *world, const char *statements)
{
    world->attached.identity = set_of(world, POLICY_IDENTITY, "identity", statements);
}

static void resource(struct world *world, const char *statements)
{
    world->attached.resource = policy_of(POLICY_RESOURCE, "bucket", statements, world->arena);
}

static void expect(struct world *world, const char *principal, const char *action,
                   const char *target, const char *want)
{
    struct policy_request request = request_of(principal, action, target, world->arena);
    struct policy_answer answer = ask(&world->attached, &request);

    if (!str_eq(policy_outcome_name(answer.outcome), want))
        fail_msg("%s %s %s: %s", principal, action, target,
                 policy_answer_text(&answer, "it", world->arena));
}

/* --- SCPs ----------------------------------------------------------------------------------------
 */

static void test_every_level_must_allow(void **state)
{
    struct world world = {.arena = *state};

    world.attached.guardrails_only = true;
    expect(&world, ROLE_ARN, "s3:GetObject", BUCKET, "allowed");
    add_scp(&world, "the root", ALLOW_ALL);
    add_scp(&world, "Workloads", ALLOW_S3);
    add_scp(&world, "account", ALLOW_ALL);
    expect(&world, ROLE_ARN, "s3:GetObject", BUCKET, "allowed");
    expect(&world, ROLE_ARN, "ec2:RunInstances", "*", "denied");
    add_scp(&world, "below", DENY_S3);
    expect(&world, ROLE_ARN, "s3:GetObject", BUCKET, "denied");
    expect(&world, ROOT_ARN, "s3:GetObject", BUCKET, "denied");
}

static void test_whom_scps_do_not_bind(void **state)
{
    struct world world = {.arena = *state};

    world.attached.guardrails_only = true;
    add_scp(&world, "the root", DENY_S3);
    expect(&world, USER_ARN, "s3:GetObject", BUCKET, "denied");
    expect(&world, LINKED_ARN, "s3:GetObject", BUCKET, "allowed");
    expect(&world, "config.amazonaws.com", "s3:GetObject", BUCKET, "allowed");
    expect(&world, "*", "s3:GetObject", BUCKET, "allowed");
    world.attached.management_principal = true;
    expect(&world, USER_ARN, "s3:GetObject", BUCKET, "allowed");
}

static void test_scp_texts(void **state)
{
    struct world world = {.arena = *state};
    struct policy_request request = request_of(ROLE_ARN, "s3:GetObject", BUCKET, *state);
    struct policy_answer answer;

    world.attached.guardrails_only = true;
    add_scp(&world, "the root", ALLOW_ALL "," DENY_S3);
    answer = ask(&world.attached, &request);
    assert_int_equal(answer.reason, REASON_STATEMENT);
    assert_int_equal(answer.statement, 1);
    assert_string_equal(answer.sid, "NoS3");
    assert_string_equal(answer.level, "the root");
    assert_string_equal(policy_answer_text(&answer, "it", *state),
                        "SCP the root statement NoS3 denies it");
    request.action = "ec2:RunInstances";
    answer = ask(&world.attached, &request);
    assert_string_equal(policy_answer_text(&answer, "it", *state),
                        "SCP the root statement 1 allows it");
    add_scp(&world, "Workloads", ALLOW_S3);
    answer = ask(&world.attached, &request);
    assert_int_equal(answer.reason, REASON_SCP);
    assert_null(answer.policy);
    assert_string_equal(policy_answer_text(&answer, "it", *state),
                        "no SCP attached to Workloads allows it");
}

static void test_unknown_text(void **state)
{
    struct world world = {.arena = *state};
    struct policy_request request = request_of(ROLE_ARN, "s3:GetObject", BUCKET, *state);
    struct policy_answer answer;

    world.attached.guardrails_only = true;
    add_scp(&world, "the root",
            ALLOW_ALL ",{'Effect':'Deny','Action':'s3:*','Resource':'*','Condition':"
                      "{'StringNotEquals':{'aws:SourceVpc':'vpc-1'}}}");
    answer = ask(&world.attached, &request);
    assert_int_equal(answer.outcome, POLICY_UNKNOWN);
    assert_true(answer.may_deny);
    assert_string_equal(answer.missing, "aws:SourceVpc");
    assert_string_equal(policy_answer_text(&answer, "it", *state),
                        "SCP the root statement 2 may deny it: it hangs on aws:SourceVpc, which "
                        "was not given");
    /* Denied for sure elsewhere: it hangs on nothing. */
    add_scp(&world, "Workloads", ALLOW_ALL "," DENY_S3);
    answer = ask(&world.attached, &request);
    assert_int_equal(answer.outcome, POLICY_DENIED);
    assert_null(answer.missing);
}

/* Nothing hangs on a key where another part of the statement does not hold. */
static void test_unknown_that_does_not_matter(void **state)
{
    struct world world = {.arena = *state};

    world.attached.guardrails_only = true;
    add_scp(&world, "the root",
            ALLOW_ALL ",{'Effect':'Deny','Action':'*','Resource':'*','Condition':"
                      "{'StringEquals':{'aws:SourceVpc':'vpc-1'},'ArnNotLike':{'aws:PrincipalArn':"
                      "'arn:aws:iam::*:role/admin'}}}");
    expect(&world, ROLE_ARN, "s3:GetObject", BUCKET, "allowed");
    expect(&world, USER_ARN, "s3:GetObject", BUCKET, "unknown");
}

static void test_resource_not_given(void **state)
{
    struct world world = {.arena = *state};

    world.attached.guardrails_only = true;
    add_scp(&world, "the root",
            ALLOW_ALL ",{'Effect':'Deny','Action':'s3:*','Resource':'arn:aws:s3:::x'},"
                      "{'Effect':'Deny','Action':'ec2:*','Resource':['arn:aws:ec2:*:*:*','*']}");
    expect(&world, ROLE_ARN, "s3:GetObject", NULL, "unknown");
    expect(&world, ROLE_ARN, "ec2:RunInstances", NULL, "denied");
    expect(&world, ROLE_ARN, "iam:GetUser", NULL, "allowed");
    expect(&world, ROLE_ARN, "s3:ListAllMyBuckets", "*", "allowed");
}

/* --- RCPs ----------------------------------------------------------------------------------------
 */

static void test_rcps(void **state)
{
    struct world world = {.arena = *state};

    world.attached.guardrails_only = true;
    add_rcp(&world, "the root",
            "{'Sid':'Tls','Effect':'Deny','Principal':'*','Action':['s3:*','kms:*'],"
            "'Resource':'*','Condition':{'BoolIfExists':{'aws:PrincipalIsAWSService':'false'}}}");
    expect(&world, ROLE_ARN, "s3:GetObject", BUCKET, "denied");
    expect(&world, "*", "s3:GetObject", BUCKET, "unknown");
    expect(&world, "config.amazonaws.com", "s3:PutObject", BUCKET, "allowed");
    expect(&world, LINKED_ARN, "s3:GetObject", BUCKET, "allowed");
    expect(&world, ROLE_ARN, "ec2:RunInstances", "*", "allowed");
    expect(&world, ROLE_ARN, "kms:Decrypt", "*", "denied");
    expect(&world, ROLE_ARN, "kms:RetireGrant", "*", "allowed");
    world.attached.management_principal = true;
    expect(&world, ROLE_ARN, "s3:GetObject", BUCKET, "denied");
    world.attached.management_resource = true;
    expect(&world, ROLE_ARN, "s3:GetObject", BUCKET, "allowed");
}

/* --- Within an account ---------------------------------------------------------------------------
 */

static void test_identity(void **state)
{
    struct world world = {.arena = *state};

    expect(&world, ROLE_ARN, "s3:GetObject", BUCKET, "denied");
    expect(&world, ROOT_ARN, "s3:GetObject", BUCKET, "allowed");
    identity(&world, ALLOW_S3);
    expect(&world, ROLE_ARN, "s3:GetObject", BUCKET, "allowed");
    expect(&world, ROLE_ARN, "ec2:RunInstances", "*", "denied");
    add_scp(&world, "the root", ALLOW_EC2);
    expect(&world, ROLE_ARN, "s3:GetObject", BUCKET, "denied");
    expect(&world, ROOT_ARN, "s3:GetObject", BUCKET, "denied");
    expect(&world, ROLE_ARN, "ec2:RunInstances", "*", "denied");
}

static void test_limits(void **state)
{
    struct world world = {.arena = *state};
    struct policy_request request = request_of(SESSION_ARN, "s3:GetObject", BUCKET, *state);
    struct policy_answer answer;

    identity(&world, ALLOW_ALL);
    world.attached.boundary = set_of(&world, POLICY_IDENTITY, "boundary", ALLOW_EC2);
    answer = ask(&world.attached, &request);
    assert_string_equal(policy_answer_text(&answer, "it", *state),
                        "the permissions boundary does not allow it");
    expect(&world, SESSION_ARN, "ec2:RunInstances", "*", "allowed");
    world.attached.session = set_of(&world, POLICY_IDENTITY, "session", ALLOW_S3);
    request.action = "ec2:RunInstances";
    answer = ask(&world.attached, &request);
    assert_string_equal(policy_answer_text(&answer, "it", *state), "no session policy allows it");
    world.attached.boundary = set_of(&world, POLICY_IDENTITY, "boundary", ALLOW_ALL);
    expect(&world, SESSION_ARN, "s3:GetObject", BUCKET, "allowed");
    world.attached.boundary = set_of(&world, POLICY_IDENTITY, "boundary", ALLOW_ALL "," DENY_S3);
    expect(&world, SESSION_ARN, "s3:GetObject", BUCKET, "denied");
}

#define GRANT(principal)                                                                           \
    "{'Effect':'Allow','Principal':" principal ",'Action':'s3:*','Resource':'*'}"

/* What a bucket's policy gives without help, and what limits it: IAM User Guide, "Policy evaluation
 * for requests within a single account". */
static void test_resource_policy_grants(void **state)
{
    static const struct {
        const char *grant, *principal, *alone, *limited; /* without identity policies; with a
                                                          * boundary that does not allow */
    } rows[] = {
        {GRANT("{'AWS':'" USER_ARN "'}"), USER_ARN, "allowed", "allowed"},
        {GRANT("{'AWS':'" ROLE_ARN "'}"), SESSION_ARN, "allowed", "denied"},
        {GRANT("{'AWS':'" SESSION_ARN "'}"), SESSION_ARN, "allowed", "allowed"},
        {GRANT("'*'"), SESSION_ARN, "allowed", "allowed"},
        {GRANT("{'AWS':'111122223333'}"), SESSION_ARN, "denied", "denied"},
        {GRANT("{'AWS':'111122223333'}"), ROOT_ARN, "allowed", "allowed"},
        {GRANT("{'AWS':'444455556666'}"), USER_ARN, "denied", "denied"},
        {GRANT("{'Service':'config.amazonaws.com'}"), "config.amazonaws.com", "allowed", "allowed"},
        {GRANT("'*'"), "*", "allowed", "allowed"},
        {GRANT("{'AWS':'" SESSION_ARN "'}"), ROLE_ARN, "unknown", "unknown"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct world world = {.arena = *state};

        resource(&world, rows[i].grant);
        expect(&world, rows[i].principal, "s3:GetObject", BUCKET, rows[i].alone);
        world.attached.boundary = set_of(&world, POLICY_IDENTITY, "boundary", ALLOW_EC2);
        expect(&world, rows[i].principal, "s3:GetObject", BUCKET, rows[i].limited);
        resource(&world, GRANT("'*'") ",{'Effect':'Deny','Principal':'*','Action':'*',"
                                      "'Resource':'*'}");
        expect(&world, rows[i].principal, "s3:GetObject", BUCKET, "denied");
    }
}

static void test_one_document_alone(void **state)
{
    static const struct {
        const char *statements, *outcome;
        enum policy_reason reason;
    } rows[] = {
        {GRANT("{'AWS':'111122223333'}"), "allowed", REASON_STATEMENT},
        {GRANT("{'AWS':'" ROLE_ARN "'}"), "allowed", REASON_STATEMENT},
        {ALLOW_S3, "allowed", REASON_STATEMENT},
        {ALLOW_EC2, "denied", REASON_RESOURCE},
        {GRANT("{'AWS':'444455556666'}"), "denied", REASON_RESOURCE},
        {ALLOW_S3 "," DENY_S3, "denied", REASON_STATEMENT},
        {"{'Effect':'Allow','Action':'*','Resource':'*','Condition':{'StringEquals':"
         "{'aws:SourceVpc':'v'}}}",
         "unknown", REASON_STATEMENT},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct policy_compiled *policy =
            policy_of(POLICY_ANY, "p", rows[i].statements, *state);
        struct policy_request request = request_of(SESSION_ARN, "s3:GetObject", BUCKET, *state);
        struct policy_answer answer;

        policy_evaluate_alone(policy, &request, &answer);
        assert_string_equal(policy_outcome_name(answer.outcome), rows[i].outcome);
        assert_int_equal(answer.reason, rows[i].reason);
    }
}

/* --- Across accounts -----------------------------------------------------------------------------
 */

static void test_across_accounts(void **state)
{
    struct world world = {.arena = *state};
    struct policy_request request = request_of(SESSION_ARN, "s3:GetObject", BUCKET, *state);

    request.resource_account = "444455556666";
    identity(&world, ALLOW_S3);
    assert_string_equal(outcome(&world.attached, &request), "denied");
    resource(&world, GRANT("{'AWS':'111122223333'}"));
    assert_string_equal(outcome(&world.attached, &request), "allowed");
    identity(&world, ALLOW_EC2);
    assert_string_equal(outcome(&world.attached, &request), "denied");
    /* Even who is named needs its own account's word. */
    resource(&world, GRANT("{'AWS':'" SESSION_ARN "'}"));
    assert_string_equal(outcome(&world.attached, &request), "denied");
    request = request_of(ROOT_ARN, "s3:GetObject", BUCKET, *state);
    request.resource_account = "444455556666";
    resource(&world, GRANT("{'AWS':'111122223333'}"));
    assert_string_equal(outcome(&world.attached, &request), "allowed");
}

/* --- Roles and keys ------------------------------------------------------------------------------
 */

static void trust(struct world *world, const char *principal)
{
    world->attached.resource = policy_of(
        POLICY_TRUST, "trust",
        arena_printf(world->arena, "{'Effect':'Allow','Principal':%s,'Action':'sts:AssumeRole'}",
                     principal),
        world->arena);
}

static void test_trust(void **state)
{
    struct world world = {.arena = *state};
    const char *role = "arn:aws:iam::111122223333:role/other";

    identity(&world, ALLOW_ALL);
    expect(&world, USER_ARN, "sts:AssumeRole", role, "unknown"); /* its trust was not given */
    trust(&world, "{'AWS':'444455556666'}");
    expect(&world, USER_ARN, "sts:AssumeRole", role, "denied");
    trust(&world, "{'AWS':'111122223333'}");
    expect(&world, USER_ARN, "sts:AssumeRole", role, "allowed");
    world.attached.identity.count = 0;
    expect(&world, USER_ARN, "sts:AssumeRole", role, "denied");
    trust(&world, "{'AWS':'" USER_ARN "'}");
    expect(&world, USER_ARN, "sts:AssumeRole", role, "allowed");
    trust(&world, "{'Service':'ec2.amazonaws.com'}");
    expect(&world, "ec2.amazonaws.com", "sts:AssumeRole", role, "allowed");
}

static void test_key(void **state)
{
    struct world world = {.arena = *state};
    const char *key = "arn:aws:kms:eu-west-1:111122223333:key/1";

    identity(&world, ALLOW_ALL);
    expect(&world, USER_ARN, "kms:Decrypt", key, "unknown");
    resource(&world, "{'Effect':'Allow','Principal':{'AWS':'111122223333'},'Action':'kms:*',"
                     "'Resource':'*'}");
    expect(&world, USER_ARN, "kms:Decrypt", key, "allowed");
    resource(&world, "{'Effect':'Allow','Principal':{'AWS':'" ROLE_ARN "'},'Action':'kms:*',"
                     "'Resource':'*'}");
    expect(&world, USER_ARN, "kms:Decrypt", key, "denied");
    world.attached.identity.count = 0;
    expect(&world, SESSION_ARN, "kms:Decrypt", key, "allowed");
}

/* --- Against the judge ---------------------------------------------------------------------------
 */

static const struct policy_compiled *compile(const struct json *document, struct arena *arena)
{
    const struct policy_label label = {"policy", "random"};
    const struct policy_compiled *policy = NULL;
    struct err err = ERR_INIT;

    if (policy_compile(document, POLICY_ANY, &label, arena, &policy, &err) != 0)
        fail_msg("%s", err.text);
    return policy;
}

static enum policy_outcome answer_to(const struct policy_compiled *policy,
                                     const struct request *asked, struct arena *arena)
{
    struct policy_attached attached = {.identity = {&policy, 1}};
    struct policy_request request = request_of(USER_ARN, asked->action, asked->resource, arena);
    const char *value = asked->context == NULL ? NULL : asked->context[1];
    const struct policy_key key = {"aws:Key", &value, value != NULL};

    request.keys = &key;
    request.key_count = 1;
    return ask(&attached, &request).outcome;
}

/* The same as the judge; and minified the same as before. */
static void test_against_the_judge(void **state)
{
    struct rng *rng = rng_seeded_new(20261124);

    for (int round = 0; round < 400; round++) {
        struct arena *arena = arena_new("round");
        struct json *document = random_policy(rng, true, arena);
        const struct policy_compiled *policy = compile(document, arena);
        const struct policy_compiled *minified =
            compile(json_of(policy_document_minify(document, true, arena), arena), arena);

        for (size_t i = 0; i < REQUESTS; i++) {
            struct request request = request_by_number(i);
            enum policy_outcome ours = answer_to(policy, &request, arena);

            assert_int_equal(ours == POLICY_ALLOWED, judge(document, &request) == ALLOWED);
            assert_int_not_equal(ours, POLICY_UNKNOWN);
            assert_int_equal(answer_to(minified, &request, arena), ours);
        }
        arena_free(arena);
    }
    rng_seeded_free(rng);
    (void)state;
}

/* Packed SCPs deny what the parts deny, and nothing else. */
static void test_packed(void **state)
{
    struct rng *rng = rng_seeded_new(7);

    for (int round = 0; round < 100; round++) {
        struct arena *arena = arena_new("round");
        struct policy_part parts[4];
        const struct policy_compiled *before[4], *after[4];
        struct policy_level levels[2] = {{"before", {before, 4}}, {"after", {after, 0}}};
        struct policy_packed *packed;
        struct err err = ERR_INIT;

        for (size_t i = 0; i < 4; i++) {
            parts[i] = (struct policy_part){arena_printf(arena, "p%zu", i),
                                            random_policy(rng, i == 0, arena), false};
            before[i] = compile(parts[i].document, arena);
        }
        assert_int_equal(policy_pack(policy_type_find("service_control_policy"), parts, 4, arena,
                                     &packed, &levels[1].policies.count, &err),
                         0);
        for (size_t i = 0; i < levels[1].policies.count; i++)
            after[i] = compile(packed[i].document, arena);
        for (size_t i = 0; i < REQUESTS; i++) {
            struct request asked = request_by_number(i);
            struct policy_request request =
                request_of(USER_ARN, asked.action, asked.resource, arena);
            const char *value = asked.context == NULL ? NULL : asked.context[1];
            const struct policy_key key = {"aws:Key", &value, value != NULL};
            struct policy_attached attached = {.guardrails_only = true};
            enum policy_outcome outcomes[2];

            request.keys = &key;
            request.key_count = 1;
            for (size_t j = 0; j < 2; j++) {
                attached.scps = (struct policy_levels){&levels[j], 1};
                outcomes[j] = ask(&attached, &request).outcome;
            }
            assert_int_equal(outcomes[0], outcomes[1]);
        }
        arena_free(arena);
    }
    rng_seeded_free(rng);
    (void)state;
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
        TEST(test_every_level_must_allow),
        TEST(test_whom_scps_do_not_bind),
        TEST(test_scp_texts),
        TEST(test_unknown_text),
        TEST(test_unknown_that_does_not_matter),
        TEST(test_resource_not_given),
        TEST(test_rcps),
        TEST(test_identity),
        TEST(test_limits),
        TEST(test_resource_policy_grants),
        TEST(test_one_document_alone),
        TEST(test_across_accounts),
        TEST(test_trust),
        TEST(test_key),
        TEST(test_against_the_judge),
        TEST(test_packed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
