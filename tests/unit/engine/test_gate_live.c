/* What is over an account now, and what will be. */
#include "small.h"

#include "gate_live.h"

#include "plinth/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define NO_IAM                                                                                     \
    "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"iam:*\","         \
    "\"Resource\":\"*\"}}"

struct reading {
    struct small *small;
    struct gate_live_plan plan;
    const struct inventory *inventory;
    struct gate_live *live;
};

static void read_live(void *arg, const struct aws_target *management,
                      const struct credentials_world *world)
{
    struct reading *reading = arg;
    struct err err = ERR_INIT;

    (void)world;
    if (gate_live_read(management, reading->inventory, &reading->plan,
                       rehearsal_arena(reading->small->rehearsal), &reading->live, &err) != 0)
        fail_msg("%s", err.text);
}

static struct gate_live *live_of(struct small *small, bool policies_change)
{
    struct reading reading = {
        .small = small,
        .plan = {.baseline = small->baseline, .policies_change = policies_change},
        .inventory = rehearsal_inventory(small->rehearsal)};

    rehearsal_operate(small->rehearsal, read_live, &reading);
    return reading.live;
}

static const struct account *account_named(const struct small *small, const char *name)
{
    for (size_t i = 0; i < small->baseline->account_count; i++)
        if (str_eq(small->baseline->accounts[i].name, name))
            return &small->baseline->accounts[i];
    fail_msg("no account %s", name);
    return NULL;
}

/* Somebody else's SCP on what has that id. */
static void hang(struct small *small, const char *target)
{
    struct json *params = json_object(rehearsal_arena(small->rehearsal));
    const struct json *answer;
    struct err err = ERR_INIT;

    json_put_str(params, "Name", "no-iam");
    json_put_str(params, "Description", "");
    json_put_str(params, "Type", "SERVICE_CONTROL_POLICY");
    json_put_str(params, "Content", NO_IAM);
    assert_int_equal(rehearsal_call(small->rehearsal, NULL, "us-east-1",
                                    AWS_ORGANIZATIONS_CREATE_POLICY, params, &answer, &err),
                     0);
    params = json_object(rehearsal_arena(small->rehearsal));
    json_put_str(params, "PolicyId",
                 json_str(json_path(answer, "Policy", "PolicySummary", NULL), "Id"));
    json_put_str(params, "TargetId", target);
    assert_int_equal(rehearsal_call(small->rehearsal, NULL, "us-east-1",
                                    AWS_ORGANIZATIONS_ATTACH_POLICY, params, NULL, &err),
                     0);
}

static bool has(const struct policy_level *level, const char *name)
{
    for (size_t i = 0; i < level->policies.count; i++)
        if (str_eq(policy_compiled_name(level->policies.items[i]), name))
            return true;
    return false;
}

static struct policy_attached after(const struct small *small, const struct gate_live *live,
                                    const struct account *account)
{
    struct guardrails *guardrails;
    struct policy_attached over;
    struct err err = ERR_INIT;

    assert_int_equal(
        guardrails_new(small->baseline, rehearsal_arena(small->rehearsal), &guardrails, &err), 0);
    guardrails_over(guardrails, NULL, account, &over);
    gate_live_after(live, account, &over);
    return over;
}

static void test_levels(void **state)
{
    struct small *small = *state;
    const struct account *shop = account_named(small, "Shop");
    struct policy_attached over;
    const struct gate_live *live;

    assert_int_equal(small_apply(small).result, 0);
    hang(small, inventory_ou_by_path(rehearsal_inventory(small->rehearsal), "Workloads")->id);
    live = live_of(small, true);
    assert_true(gate_live_has(live, "no-iam"));
    assert_false(gate_live_has(live, "plinth-root-1"));
    assert_null(gate_live_unread(live)[0]);
    assert_true(gate_live_before(live, shop, &over));
    assert_int_equal(over.scps.count, 4); /* root, Workloads, Prod, Shop */
    assert_true(has(&over.scps.items[0], "plinth-root-1"));
    assert_true(has(&over.scps.items[1], "no-iam"));
    assert_true(has(&over.scps.items[3], "FullAWSAccess"));
    over = after(small, live, shop);
    assert_int_equal(over.scps.count, 4);
    assert_true(has(&over.scps.items[0], "plinth-root-1"));
    assert_true(has(&over.scps.items[0], "FullAWSAccess"));
    assert_true(has(&over.scps.items[1], "no-iam"));
    assert_false(has(&over.scps.items[2], "no-iam"));
    /* Without a change of policies it is what hangs there. */
    over = after(small, live_of(small, false), shop);
    assert_true(has(&over.scps.items[0], "plinth-root-1"));
    assert_int_equal(over.scps.items[0].policies.count, 2);
}

static void test_what_is_still_to_be_made(void **state)
{
    struct small *small = *state;
    const struct account *shop = account_named(small, "Shop");
    struct policy_attached over;
    const struct gate_live *live;

    rehearsal_run(
        small->rehearsal, small->baseline,
        &(struct rehearsal_options){
            .apply = true, .selection = {.only = (const char *const[]){"organization", NULL}}});
    live = live_of(small, true);
    assert_false(gate_live_before(live, shop, &over));
    assert_false(gate_live_is_special(live, shop));
    over = after(small, live, shop);
    assert_true(has(&over.scps.items[1], "FullAWSAccess"));
    assert_true(has(&over.scps.items[3], "FullAWSAccess"));
}

static void test_accounts_that_are_told_apart(void **state)
{
    struct small *small = *state;
    const struct account *shop = account_named(small, "Shop");
    const struct inventory *inventory;

    assert_int_equal(small_apply(small).result, 0);
    assert_false(gate_live_is_special(live_of(small, true), shop));
    inventory = rehearsal_inventory(small->rehearsal);
    hang(small, inventory_account_of(inventory, shop)->id);
    assert_true(gate_live_is_special(live_of(small, true), shop));
    assert_false(gate_live_is_special(live_of(small, true), account_named(small, "Loose")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SMALL_TEST(test_levels),
        SMALL_TEST(test_what_is_still_to_be_made),
        SMALL_TEST(test_accounts_that_are_told_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
