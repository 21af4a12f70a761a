/* Nobody loses a service before it is known who follows: what a second run may do in between. */
#include "../../support/rehearsal.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/control/control.h"
#include "plinth/control/facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define PRINCIPAL "access-analyzer.amazonaws.com"

/* A plan of the control as one run made it. */
struct planned {
    struct rehearsal *rehearsal;
    const struct baseline *baseline;
    struct inventory_cache *inventory;
    struct facts *facts;
    struct aws_target target;
    struct control_ctx ctx;
    void *seen;
    struct changes changes;
};

static const struct control *control(void)
{
    return control_find("delegated_administrators");
}

static const char *account_id(struct planned *planned, const char *name)
{
    const struct inventory *inventory;
    struct err err = ERR_INIT;

    assert_int_equal(inventory_get(planned->inventory, &inventory, &err), 0);
    for (size_t i = 0; i < inventory->account_count; i++)
        if (str_eq(inventory->accounts[i].name, name))
            return inventory->accounts[i].id;
    fail_msg("no account %s", name);
    return NULL;
}

static void delegate(struct planned *planned, enum aws_op op, const char *account)
{
    struct arena *arena = rehearsal_arena(planned->rehearsal);
    struct json *params = json_object(arena);
    struct err err = ERR_INIT;

    json_put_str(params, "ServicePrincipal", PRINCIPAL);
    json_put_str(params, "AccountId", account_id(planned, account));
    if (aws_call(&planned->target, op, params, arena, NULL, &err) != 0)
        fail_msg("%s", err.text);
}

static void set_administrator(struct planned *planned, const char *from, const char *to)
{
    delegate(planned, AWS_ORGANIZATIONS_DEREGISTER_DELEGATED_ADMINISTRATOR, from);
    delegate(planned, AWS_ORGANIZATIONS_REGISTER_DELEGATED_ADMINISTRATOR, to);
}

static bool administers(struct planned *planned, const char *account)
{
    struct arena *arena = rehearsal_arena(planned->rehearsal);
    struct json *params = json_object(arena);
    struct err err = ERR_INIT;
    const struct json *list;

    json_put_str(params, "ServicePrincipal", PRINCIPAL);
    assert_int_equal(aws_list(&planned->target, AWS_ORGANIZATIONS_LIST_DELEGATED_ADMINISTRATORS,
                              params, arena, &list, &err),
                     0);
    return list->count == 1 && str_eq(json_str(list->first, "Name"), account);
}

static void plan(struct planned *planned, bool prune)
{
    struct arena *arena = rehearsal_arena(planned->rehearsal);
    struct err err = ERR_INIT;

    planned->ctx = (struct control_ctx){.baseline = planned->baseline,
                                        .target = &planned->target,
                                        .inventory = planned->inventory,
                                        .facts = planned->facts,
                                        .prune = prune,
                                        .arena = arena};
    planned->seen = arena_alloc(arena, control()->seen_size);
    if (control()->observe(&planned->ctx, planned->seen, &err) != 0)
        fail_msg("%s", err.text);
    changes_init(&planned->changes, arena);
    control()->diff(&planned->ctx, planned->seen, &planned->changes);
}

static int apply(struct planned *planned, size_t change, struct err *err)
{
    return control()->apply(&planned->ctx, planned->seen, &planned->changes.items[change], err);
}

static void begin(struct planned *planned, const struct aws_target *management)
{
    planned->target = *management;
    planned->inventory = inventory_cache_new(management);
    planned->facts = facts_new();
}

/* Another run did the same, faster: its administrator stays. */
static void lose_the_race(void *arg, const struct aws_target *management,
                          const struct credentials_world *world)
{
    struct planned *planned = arg;
    struct err err = ERR_INIT;

    (void)world;
    begin(planned, management);
    set_administrator(planned, "Security", "Shop");
    plan(planned, true);
    assert_int_equal(planned->changes.count, 2);
    assert_int_equal(planned->changes.items[0].kind, CHANGE_DELETE);
    set_administrator(planned, "Shop", "Security");
    assert_int_equal(apply(planned, 0, &err), -1);
    assert_int_equal(err.code, ERR_CONFLICT);
    assert_true(administers(planned, "Security"));
    inventory_cache_free(planned->inventory);
    facts_free(planned->facts);
}

/* The account that is to follow is not there: nothing goes, and the plan says what will. */
static void await_the_successor(void *arg, const struct aws_target *management,
                                const struct credentials_world *world)
{
    struct planned *planned = arg;
    struct account *security = &planned->baseline->accounts[1];
    struct err err = ERR_INIT;

    (void)world;
    begin(planned, management);
    set_administrator(planned, "Security", "Shop");
    plan(planned, true);
    assert_int_equal(planned->changes.count, 2);
    security->email = "nobody@example.com";
    assert_int_equal(apply(planned, 0, &err), -1);
    assert_int_equal(err.code, ERR_CONFLICT);

    plan(planned, true);
    assert_int_equal(planned->changes.count, 1);
    assert_int_equal(planned->changes.items[0].kind, CHANGE_CREATE);
    assert_true(planned->changes.items[0].takes_away);
    err_clear(&err);
    assert_int_equal(apply(planned, 0, &err), -1);
    assert_true(administers(planned, "Shop"));
    inventory_cache_free(planned->inventory);
    facts_free(planned->facts);
}

static void rehearse(rehearsal_operator_fn fn)
{
    static const struct rehearsal_options options = {.apply = true};
    struct planned planned = {.rehearsal = rehearsal_new(7, false)};

    planned.baseline = rehearsal_baseline(planned.rehearsal, PLINTH_SOURCEDIR
                                          "/tests/unit/control/data/delegation.yaml");
    assert_int_equal(rehearsal_run(planned.rehearsal, planned.baseline, &options).result, 0);
    rehearsal_operate(planned.rehearsal, fn, &planned);
    rehearsal_free(planned.rehearsal);
}

static void test_two_runs_at_once(void **state)
{
    (void)state;
    rehearse(lose_the_race);
}

static void test_no_successor(void **state)
{
    (void)state;
    rehearse(await_the_successor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_runs_at_once),
        cmocka_unit_test(test_no_successor),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
