/* One unit under trouble: what it is called in the end, and what it leads to. */
#include "small.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Fresh organizations, accounts and roles refuse for a while; nobody sees it. */
static void test_patience_with_what_is_fresh(void **state)
{
    struct rehearsal_outcome outcome = small_apply(*state);

    assert_int_equal(outcome.result, 0);
    assert_int_equal(small_unhappy(&outcome), 0);
    assert_int_equal(outcome.summary.outcomes[OUTCOME_DRIFTED], 0);
    assert_int_equal(small_sum(&outcome), outcome.summary.targets);
    /* Far more than the calls take, and less than patience. */
    assert_true(outcome.summary.elapsed_ms > 30 * 1000);
    assert_true(outcome.summary.elapsed_ms < 10 * 60 * 1000);
}

/* A refusal is a failure of its target, stops what needs it, and nothing else. */
static void test_a_refusal_stops_what_needs_it(void **state)
{
    static const char *const only[] = {"organization", "trusted_access", "organizational_units",
                                       NULL};
    struct small *small = *state;
    static const char *const not [] = {"root_access", NULL};
    struct rehearsal_options options = {.selection.only = only, .apply = true};
    struct rehearsal_options rest = {.selection.exclude = not, .apply = true};
    struct rehearsal_outcome outcome = rehearsal_run(small->rehearsal, small->baseline, &options);

    assert_int_equal(small_unhappy(&outcome), 0);
    /* The first write left is that of an account. */
    sim_inject(rehearsal_sim(small->rehearsal), SIM_REFUSE_ONE, 1);
    outcome = rehearsal_run(small->rehearsal, small->baseline, &rest);
    assert_int_equal(outcome.result, 0);
    assert_int_equal(outcome.summary.outcomes[OUTCOME_FAILED], 1);
    assert_true(outcome.summary.outcomes[OUTCOME_SKIPPED] > 0);
    assert_true(outcome.summary.outcomes[OUTCOME_CHANGED] > 0);
    assert_non_null(strstr(outcome.text, "it needs accounts, which is failed"));
    outcome = small_apply(small);
    assert_int_equal(small_unhappy(&outcome), 0);
}

/* Accounts that were there before plinth: what AWS shows only with trusted access is in the plan
 * that turns it on, and one apply does it all. */
static void test_what_trusted_access_opens_is_planned_with_it(void **state)
{
    static const char *const only[] = {"organization", "organizational_units", "accounts", NULL};
    enum { LONG_AGO_MS = 48 * 3600 * 1000 };
    struct small *small = *state;
    struct rehearsal_options options = {.selection.only = only, .apply = true};
    const struct baseline *baseline = rehearsal_baseline(small->rehearsal, PLINTH_SOURCEDIR
                                                         "/tests/unit/engine/data/opened.yaml");
    struct rehearsal_outcome outcome = rehearsal_run(small->rehearsal, baseline, &options);

    assert_int_equal(small_unhappy(&outcome), 0);
    rehearsal_wait(small->rehearsal, LONG_AGO_MS);
    outcome = rehearsal_run(small->rehearsal, baseline, &(struct rehearsal_options){0});
    assert_int_equal(small_unhappy(&outcome), 0);
    assert_non_null(strstr(outcome.text, "only after trusted access is turned on"));
    outcome = rehearsal_run(small->rehearsal, baseline, &(struct rehearsal_options){.apply = true});
    assert_int_equal(outcome.result, 0);
    assert_int_equal(small_unhappy(&outcome), 0);
    assert_int_equal(outcome.summary.outcomes[OUTCOME_DRIFTED], 0);
}

/* One service that is refused takes with it what needs that service, and says why. */
static void test_a_refused_service_stops_what_needs_it(void **state)
{
    static const char *const only[] = {"organization", NULL};
    struct small *small = *state;
    struct rehearsal_options options = {.selection.only = only, .apply = true};
    struct rehearsal_outcome outcome = rehearsal_run(small->rehearsal, small->baseline, &options);

    assert_int_equal(small_unhappy(&outcome), 0);
    /* The first write left is for account.amazonaws.com, the second for iam.amazonaws.com. */
    sim_inject(rehearsal_sim(small->rehearsal), SIM_REFUSE_ONE, 2);
    outcome = small_apply(small);
    assert_int_equal(outcome.result, 0);
    assert_int_equal(outcome.summary.outcomes[OUTCOME_FAILED], 1);
    assert_int_equal(outcome.summary.outcomes[OUTCOME_SKIPPED], 1);
    assert_int_equal(outcome.summary.outcomes[OUTCOME_UNKNOWN], 0);
    assert_int_equal(outcome.summary.outcomes[OUTCOME_DRIFTED], 0);
    assert_non_null(strstr(outcome.text, "create trusted access for iam.amazonaws.com: "));
    assert_null(strstr(outcome.text, "create trusted access for account.amazonaws.com: "));
    assert_non_null(strstr(outcome.text, "it needs trusted access for iam.amazonaws.com, which was "
                                         "refused: "));
    outcome = small_apply(small);
    assert_int_equal(small_unhappy(&outcome), 0);
}

/* Whatever AWS says of one service, the others have theirs. */
static void test_a_service_that_aws_does_not_know(void **state)
{
    struct small *small = *state;
    struct rehearsal_options options = {.apply = true};
    const struct baseline *baseline =
        rehearsal_baseline(small->rehearsal, SMALL_DATA("unknown_service.yaml"));
    struct rehearsal_outcome outcome = rehearsal_run(small->rehearsal, baseline, &options);

    assert_int_equal(outcome.result, 0);
    assert_int_equal(outcome.summary.outcomes[OUTCOME_FAILED], 1);
    assert_int_equal(outcome.summary.outcomes[OUTCOME_UNKNOWN], 1);
    assert_int_equal(outcome.summary.outcomes[OUTCOME_SKIPPED], 0);
    assert_int_equal(outcome.summary.outcomes[OUTCOME_DRIFTED], 0);
    assert_non_null(strstr(outcome.text, "create trusted access for no-such.amazonaws.com: "));
    assert_non_null(strstr(outcome.text, "delegated administrator of no-such.amazonaws.com: "));
    options.apply = false;
    outcome = rehearsal_run(small->rehearsal, baseline, &options);
    assert_int_equal(outcome.summary.changes, 1); /* what was refused */
}

/* What cannot be read is unknown: not clean, and not drifted. */
static void test_unreadable_is_unknown(void **state)
{
    struct small *small = *state;
    struct rehearsal_outcome outcome = small_apply(small);
    struct json *params = json_object(rehearsal_arena(small->rehearsal));
    struct err err = ERR_INIT;
    const char *shop = NULL;
    const struct inventory *inventory = rehearsal_inventory(small->rehearsal);

    assert_int_equal(small_unhappy(&outcome), 0);
    for (size_t i = 0; i < inventory->account_count; i++)
        if (strcmp(inventory->accounts[i].name, "Shop") == 0)
            shop = inventory->accounts[i].id;
    /* Somebody closes the member to the management account. */
    json_put_str(params, "RoleName", "OrganizationAccountAccessRole");
    json_put_str(params, "PolicyDocument",
                 "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Principal\":"
                 "\"*\",\"Action\":\"sts:AssumeRole\"}]}");
    assert_int_equal(rehearsal_call(small->rehearsal, shop, "us-east-1",
                                    AWS_IAM_UPDATE_ASSUME_ROLE_POLICY, params, NULL, &err),
                     0);
    rehearsal_wait(small->rehearsal, INT64_C(2) * 3600 * 1000); /* it is not fresh any more */
    outcome = small_plan(small);
    assert_int_equal(outcome.result, 0);
    assert_int_equal(outcome.summary.outcomes[OUTCOME_UNKNOWN], 1);
    assert_int_equal(outcome.summary.outcomes[OUTCOME_DRIFTED], 0);
    assert_int_equal(outcome.summary.outcomes[OUTCOME_CLEAN], outcome.summary.targets - 1);
    assert_non_null(strstr(outcome.text, "account Shop"));
    assert_non_null(strstr(outcome.text, "AccessDenied"));
    /* Nobody has seen what it needs: an apply leaves it alone, and does not call it well. */
    outcome = small_apply(small);
    assert_int_equal(outcome.sim_writes, 0);
    assert_int_equal(outcome.summary.outcomes[OUTCOME_UNKNOWN], 1);
}

static void detach_policy(void *arg, const struct aws_target *management,
                          const struct credentials_world *world)
{
    struct small *small = arg;
    struct arena *arena = rehearsal_arena(small->rehearsal);
    struct json *params = json_object(arena);
    const struct json *list;
    struct err err = ERR_INIT;

    (void)world;
    json_put_str(params, "Filter", "SERVICE_CONTROL_POLICY");
    assert_int_equal(
        aws_list(management, AWS_ORGANIZATIONS_LIST_POLICIES, params, arena, &list, &err), 0);
    for (const struct json *it = json_first(list); it != NULL; it = it->next) {
        if (strcmp(json_str(it, "Name"), "plinth-root-1") != 0)
            continue;
        params = json_object(arena);
        json_put_str(params, "PolicyId", json_str(it, "Id"));
        assert_int_equal(aws_list(management, AWS_ORGANIZATIONS_LIST_TARGETS_FOR_POLICY, params,
                                  arena, &list, &err),
                         0);
        json_put_str(params, "TargetId", json_str(json_first(list), "TargetId"));
        assert_int_equal(
            aws_call(management, AWS_ORGANIZATIONS_DETACH_POLICY, params, arena, NULL, &err), 0);
        return;
    }
    fail_msg("no policy to detach");
}

static void empty_policy(void *arg, const struct aws_target *management,
                         const struct credentials_world *world)
{
    struct small *small = arg;
    struct arena *arena = rehearsal_arena(small->rehearsal);
    struct json *params = json_object(arena);
    const struct json *list;
    struct err err = ERR_INIT;

    (void)world;
    json_put_str(params, "Filter", "SERVICE_CONTROL_POLICY");
    assert_int_equal(
        aws_list(management, AWS_ORGANIZATIONS_LIST_POLICIES, params, arena, &list, &err), 0);
    for (const struct json *it = json_first(list); it != NULL; it = it->next)
        if (strcmp(json_str(it, "Name"), "plinth-root-1") == 0) {
            params = json_object(arena);
            json_put_str(params, "PolicyId", json_str(it, "Id"));
            json_put_str(params, "Content",
                         "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\","
                         "\"Action\":\"sqs:AddPermission\",\"Resource\":\"*\"}]}");
            assert_int_equal(
                aws_call(management, AWS_ORGANIZATIONS_UPDATE_POLICY, params, arena, NULL, &err),
                0);
        }
}

/* A person says yes to a plan, and meanwhile something else changes: that is not done. */
static void test_only_what_was_planned(void **state)
{
    struct small *small = *state;
    struct rehearsal_options options = {
        .apply = true, .meanwhile = empty_policy, .meanwhile_arg = small};
    struct rehearsal_outcome outcome = small_apply(small);

    assert_int_equal(small_unhappy(&outcome), 0);
    rehearsal_operate(small->rehearsal, detach_policy, small);
    outcome = rehearsal_run(small->rehearsal, small->baseline, &options);
    assert_int_equal(outcome.result, 0);
    assert_int_equal(outcome.summary.outcomes[OUTCOME_FAILED], 1);
    assert_int_equal(outcome.summary.changes, 0);
    assert_int_equal(outcome.sim_writes, 1); /* the operator's */
    assert_non_null(strstr(outcome.text, "AWS changed since the plan"));
    outcome = small_apply(small);
    assert_int_equal(small_unhappy(&outcome), 0);
    assert_int_equal(outcome.summary.changes, 2);
}

/* A write whose answer was lost was made all the same, and is told of. */
static void test_a_lost_answer_counts_as_done(void **state)
{
    struct small *small = *state;
    struct rehearsal_outcome outcome = small_apply(small);

    assert_int_equal(small_unhappy(&outcome), 0);
    rehearsal_operate(small->rehearsal, detach_policy, small);
    sim_inject(rehearsal_sim(small->rehearsal), SIM_LOSE_ONE, 1);
    outcome = small_apply(small);
    assert_int_equal(outcome.sim_writes, 1);
    assert_int_equal(outcome.summary.outcomes[OUTCOME_CHANGED], 1);
    assert_int_equal(outcome.summary.changes, 1);
    assert_non_null(strstr(outcome.text, "plinth-root-1"));
}

/* A suspended account is left out, by name. */
static void test_a_suspended_account_is_skipped(void **state)
{
    struct small *small = *state;
    struct rehearsal_outcome outcome = small_apply(small);
    struct json *params = json_object(rehearsal_arena(small->rehearsal));
    const struct inventory *inventory = rehearsal_inventory(small->rehearsal);
    struct err err = ERR_INIT;

    assert_int_equal(small_unhappy(&outcome), 0);
    for (size_t i = 0; i < inventory->account_count; i++)
        if (strcmp(inventory->accounts[i].name, "Loose") == 0)
            json_put_str(params, "AccountId", inventory->accounts[i].id);
    assert_int_equal(rehearsal_call(small->rehearsal, NULL, "us-east-1",
                                    AWS_ORGANIZATIONS_CLOSE_ACCOUNT, params, NULL, &err),
                     0);
    outcome = small_apply(small);
    assert_int_equal(outcome.result, 0);
    assert_int_equal(outcome.sim_writes, 0);
    /* accounts, alternate_contacts and security_role of it. */
    assert_int_equal(outcome.summary.outcomes[OUTCOME_SKIPPED], 3);
    assert_int_equal(outcome.summary.outcomes[OUTCOME_CLEAN], outcome.summary.targets - 3);
}

/* What a control does in a second account is waited for as well, when that one is the fresh one. */
static void test_patience_with_who_is_entered(void **state)
{
    enum { HOURS_2_MS = 2 * 60 * 60 * 1000 };
    static const struct rehearsal_options apply = {.apply = true};
    struct small *small = *state;
    struct rehearsal_outcome outcome =
        rehearsal_run(small->rehearsal,
                      rehearsal_baseline(small->rehearsal, SMALL_DATA("entering.yaml")), &apply);

    assert_int_equal(small_unhappy(&outcome), 0);
    rehearsal_wait(small->rehearsal, HOURS_2_MS);
    outcome = rehearsal_run(small->rehearsal,
                            rehearsal_baseline(small->rehearsal, SMALL_DATA("entering-more.yaml")),
                            &apply);
    assert_int_equal(outcome.result, 0);
    assert_int_equal(small_unhappy(&outcome), 0);
    assert_non_null(strstr(outcome.text, "access key of user"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SMALL_TEST(test_patience_with_what_is_fresh),
        SMALL_TEST(test_a_refusal_stops_what_needs_it),
        SMALL_TEST(test_what_trusted_access_opens_is_planned_with_it),
        SMALL_TEST(test_a_refused_service_stops_what_needs_it),
        SMALL_TEST(test_a_service_that_aws_does_not_know),
        SMALL_TEST(test_unreadable_is_unknown),
        SMALL_TEST(test_only_what_was_planned),
        SMALL_TEST(test_a_lost_answer_counts_as_done),
        SMALL_TEST(test_a_suspended_account_is_skipped),
        SMALL_TEST(test_patience_with_who_is_entered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
