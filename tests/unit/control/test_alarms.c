/* What happens in an account is told at the central topic: the alarms as they are built, on an
 * organization whose trail records. */
#include "../../support/operator.h"
#include "../../support/rehearsal.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct json *parsed(struct rehearsal *rehearsal, const char *text)
{
    char *copy = arena_str(rehearsal_arena(rehearsal), text);
    struct err err = ERR_INIT;
    struct json *json;

    for (char *at = copy; *at != '\0'; at++)
        if (*at == '\'')
            *at = '"';
    if (json_parse(copy, strlen(copy), rehearsal_arena(rehearsal), &json, &err) != 0)
        fail_msg("%s", err.text);
    return json;
}

/* A call as tests/control/README.md has it, with ' for ".  Returns the answer as JSON. */
static const char *call(struct rehearsal *rehearsal, const char *text)
{
    return operator_call(rehearsal, parsed(rehearsal, text));
}

/* A queue that takes what the topic sends. */
static void put_up_an_ear(struct rehearsal *rehearsal)
{
    struct json *create = parsed(rehearsal, "{'account':'Security','region':'eu-central-1',"
                                            "'operation':'sqs:CreateQueue'}");
    struct json *params = json_put_object(create, "params");

    json_put_str(params, "QueueName", "ear");
    json_put_str(json_put_object(params, "Attributes"), "Policy",
                 "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":"
                 "{\"Service\":\"sns.amazonaws.com\"},\"Action\":\"sqs:SendMessage\",\"Resource\":"
                 "\"*\"}]}");
    (void)operator_call(rehearsal, create);
}

/* Everything that came since it was last asked. */
static const char *heard(struct rehearsal *rehearsal)
{
    const char *all = "", *answer;

    rehearsal_wait(rehearsal, 5000);
    do {
        answer = call(rehearsal, "{'account':'Security','region':'eu-central-1','operation':"
                                 "'sqs:ReceiveMessage','params':{'QueueUrl':"
                                 "'https://sqs.eu-central-1.amazonaws.com/{account}/ear',"
                                 "'MaxNumberOfMessages':10,'VisibilityTimeout':40000}}");
        all = arena_printf(rehearsal_arena(rehearsal), "%s%s", all, answer);
    } while (strstr(answer, "Body") != NULL);
    return all;
}

static int setup(void **state)
{
    static const struct rehearsal_options apply = {.apply = true};
    struct rehearsal *rehearsal = rehearsal_new(11, false);
    const struct baseline *baseline =
        rehearsal_baseline(rehearsal, PLINTH_SOURCEDIR "/tests/unit/control/data/alarms.yaml");
    struct rehearsal_outcome outcome = rehearsal_run(rehearsal, baseline, &apply);

    *state = rehearsal;
    if (outcome.result != 0 || outcome.summary.outcomes[OUTCOME_FAILED] > 0)
        fail_msg("%s%s", outcome.err.text, outcome.text == NULL ? "" : outcome.text);
    put_up_an_ear(rehearsal);
    return 0;
}

static int teardown(void **state)
{
    rehearsal_free(*state);
    return 0;
}

static void expect(const char *text, const char *wanted)
{
    if (strstr(text, wanted) == NULL)
        fail_msg("no \"%s\" in %s", wanted, text);
}

static void test_a_new_user(void **state)
{
    const char *text;

    (void)call(*state, "{'account':'Shop','operation':'iam:CreateUser','params':"
                       "{'UserName':'mallory'}}");
    text = heard(*state);
    expect(text, "ALARM: CreateUser (iam.amazonaws.com) in account ");
    expect(text, ", us-east-1. By: arn:aws:sts::");
    (void)call(*state, "{'account':'Shop','operation':'iam:ListUsers'}");
    assert_null(strstr(heard(*state), "ALARM")); /* which is nothing to tell of */
}

static void test_a_guard_sent_away(void **state)
{
    (void)call(*state, "{'account':'Shop','region':'ap-south-1','operation':"
                       "'eventbridge:DisableRule','params':{'Name':'plinth-alarms'}}");
    /* A rule that is turned off does not tell of it. */
    assert_null(strstr(heard(*state), "ALARM"));
    (void)call(*state,
               "{'account':'Shop','region':'eu-west-3','operation':"
               "'eventbridge:RemoveTargets','params':{'Rule':'plinth-alarms','Ids':['x']}}");
    expect(heard(*state), "ALARM: RemoveTargets (events.amazonaws.com)");
}

static void test_a_policy_of_the_organization(void **state)
{
    (void)call(*state, "{'operation':'organizations:CreateOrganizationalUnit','params':"
                       "{'ParentId':'@root','Name':'Aside'}}");
    expect(heard(*state), "ALARM: CreateOrganizationalUnit (organizations.amazonaws.com)");
}

static void refused(struct rehearsal *rehearsal)
{
    const struct json *answer;
    struct err err = ERR_INIT;

    sim_inject(rehearsal_sim(rehearsal), SIM_REFUSE_ONE, 1);
    assert_int_not_equal(rehearsal_call(rehearsal, NULL, "sa-east-1",
                                        AWS_EC2_ENABLE_EBS_ENCRYPTION_BY_DEFAULT, NULL, &answer,
                                        &err),
                         0);
    assert_int_equal(err.code, ERR_DENIED);
}

static void test_a_refusal(void **state)
{
    refused(*state);
    expect(heard(*state), "Error: Client.UnauthorizedOperation");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_new_user),
        cmocka_unit_test(test_a_guard_sent_away),
        cmocka_unit_test(test_a_policy_of_the_organization),
        cmocka_unit_test(test_a_refusal),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
