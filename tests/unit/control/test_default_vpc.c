/* What the laws of the control cannot count: accounts that do not exist yet; and VPCs in use. */
#include "../../support/rehearsal.h"

#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/control/inventory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define REGION "eu-central-1"

static const struct baseline *baseline_of(struct rehearsal *rehearsal)
{
    return rehearsal_baseline(rehearsal,
                              PLINTH_SOURCEDIR "/tests/unit/control/data/default_vpc.yaml");
}

/* The control alone, for Shop in one region. */
static struct rehearsal_outcome run(struct rehearsal *rehearsal, bool apply)
{
    static const char *const only[] = {"default_vpc", NULL}, *const accounts[] = {"Shop", NULL},
                             *const regions[] = {REGION, NULL};
    struct rehearsal_options options = {
        .selection = {.only = only, .accounts = accounts, .regions = regions}, .apply = apply};

    return rehearsal_run(rehearsal, baseline_of(rehearsal), &options);
}

static void create_accounts(struct rehearsal *rehearsal)
{
    static const char *const only[] = {"organization", "accounts", NULL};
    struct rehearsal_options options = {.selection.only = only, .apply = true};

    assert_int_equal(rehearsal_run(rehearsal, baseline_of(rehearsal), &options).result, 0);
}

static const char *shop(struct rehearsal *rehearsal)
{
    const struct inventory *inventory = rehearsal_inventory(rehearsal);

    for (size_t i = 0; i < inventory->account_count; i++)
        if (str_eq(inventory->accounts[i].name, "Shop"))
            return inventory->accounts[i].id;
    fail_msg("there is no account Shop");
    return NULL;
}

static const struct json *call(struct rehearsal *rehearsal, enum aws_op op,
                               const struct json *params)
{
    const struct json *out = NULL;
    struct err err = ERR_INIT;

    if (rehearsal_call(rehearsal, shop(rehearsal), REGION, op, params, &out, &err) != 0)
        fail_msg("%s", err.text);
    return out;
}

static size_t count(struct rehearsal *rehearsal, enum aws_op op)
{
    return call(rehearsal, op, NULL)->count;
}

static void test_an_account_to_be(void **state)
{
    struct rehearsal *rehearsal = rehearsal_new(7, false);
    struct rehearsal_outcome outcome = run(rehearsal, false);

    (void)state;
    assert_int_equal(outcome.summary.changes, 1);
    assert_non_null(strstr(outcome.text, "- default VPC and its subnets"));
    create_accounts(rehearsal);
    assert_int_equal(count(rehearsal, AWS_EC2_DESCRIBE_VPCS), 1);
    outcome = run(rehearsal, true);
    assert_int_equal(outcome.summary.outcomes[OUTCOME_CHANGED], 1);
    assert_int_equal(outcome.sim_writes, 7); /* three subnets, the gateway's three, the VPC */
    assert_int_equal(count(rehearsal, AWS_EC2_DESCRIBE_VPCS), 0);
    assert_int_equal(count(rehearsal, AWS_EC2_DESCRIBE_INTERNET_GATEWAYS), 0);
    rehearsal_free(rehearsal);
}

static void test_one_in_use_stays(void **state)
{
    struct rehearsal *rehearsal = rehearsal_new(7, false);
    struct json *params = json_object(rehearsal_arena(rehearsal));
    struct rehearsal_outcome outcome;

    (void)state;
    create_accounts(rehearsal);
    json_put_str(params, "SubnetId",
                 json_str(json_at(call(rehearsal, AWS_EC2_DESCRIBE_SUBNETS, NULL), 1), "subnetId"));
    (void)call(rehearsal, AWS_EC2_CREATE_NETWORK_INTERFACE, params);
    (void)call(rehearsal, AWS_EC2_CREATE_NETWORK_INTERFACE, params);
    params = json_object(rehearsal_arena(rehearsal));
    json_put_str(params, "GroupName", "web");
    json_put_str(params, "GroupDescription", "somebody's");
    (void)call(rehearsal, AWS_EC2_CREATE_SECURITY_GROUP, params);
    outcome = run(rehearsal, true);
    assert_int_equal(outcome.summary.outcomes[OUTCOME_CLEAN], 1);
    assert_int_equal(outcome.sim_writes, 0);
    assert_non_null(
        strstr(outcome.plan_text, "is in use and stays: 2 network interfaces, 1 security group"));
    assert_int_equal(count(rehearsal, AWS_EC2_DESCRIBE_SUBNETS), 3);
    rehearsal_free(rehearsal);
}

/* Killed after the gateway was detached, a later run still knows it. */
static void test_a_detached_gateway_is_known_again(void **state)
{
    enum { DETACH = 5 }; /* behind three subnets and the tag */
    struct rehearsal *rehearsal = rehearsal_new(7, false);

    (void)state;
    create_accounts(rehearsal);
    sim_inject(rehearsal_sim(rehearsal), SIM_KILL_AFTER, DETACH);
    (void)run(rehearsal, true);
    sim_inject(rehearsal_sim(rehearsal), SIM_NO_FAULT, 0);
    assert_int_equal(count(rehearsal, AWS_EC2_DESCRIBE_VPCS), 1);
    assert_int_equal(count(rehearsal, AWS_EC2_DESCRIBE_INTERNET_GATEWAYS), 1);
    assert_int_equal(run(rehearsal, true).sim_writes, 2);
    assert_int_equal(count(rehearsal, AWS_EC2_DESCRIBE_INTERNET_GATEWAYS), 0);
    rehearsal_free(rehearsal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_account_to_be),
        cmocka_unit_test(test_one_in_use_stays),
        cmocka_unit_test(test_a_detached_gateway_is_known_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
