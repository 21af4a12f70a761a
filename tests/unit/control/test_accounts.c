/* An account is created once, whatever happens between the request and its end; and its place. */
#include "../../support/rehearsal.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/control/control.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { HOUR_MS = 3600 * 1000 };

/* One process of plinth, at the account Shop. */
struct work {
    const char *reason; /* why a creation will fail, and */
    enum err_code code; /* what that must come to */
    struct rehearsal *rehearsal;
    const struct baseline *baseline;
    struct aws_target target;
    struct control_ctx ctx;
    void *seen;
    struct changes changes;
};

static const struct control *control(void)
{
    return control_find("accounts");
}

static const struct baseline *baseline_of(struct rehearsal *rehearsal)
{
    return rehearsal_baseline(rehearsal, PLINTH_SOURCEDIR "/tests/unit/control/data/accounts.yaml");
}

static void begin(struct work *work, const struct aws_target *management)
{
    work->target = *management;
    work->ctx = (struct control_ctx){.baseline = work->baseline,
                                     .account = &work->baseline->accounts[1],
                                     .target = &work->target,
                                     .inventory = inventory_cache_new(management),
                                     .arena = rehearsal_arena(work->rehearsal)};
}

static void end(struct work *work)
{
    inventory_cache_free(work->ctx.inventory);
}

static void plan(struct work *work)
{
    struct err err = ERR_INIT;

    work->seen = arena_alloc(work->ctx.arena, control()->seen_size);
    if (control()->observe(&work->ctx, work->seen, &err) != 0)
        fail_msg("%s", err.text);
    changes_init(&work->changes, work->ctx.arena);
    control()->diff(&work->ctx, work->seen, &work->changes);
}

static int apply(struct work *work, struct err *err)
{
    err_clear(err);
    return control()->apply(&work->ctx, work->seen, &work->changes.items[0], err);
}

static void rehearse(struct work work, rehearsal_operator_fn fn)
{
    static const char *const only[] = {"organization", NULL};
    static const struct rehearsal_options options = {.selection.only = only, .apply = true};

    work.rehearsal = rehearsal_new(7, true);
    work.baseline = baseline_of(work.rehearsal);
    assert_int_equal(rehearsal_run(work.rehearsal, work.baseline, &options).result, 0);
    rehearsal_wait(work.rehearsal, HOUR_MS); /* a new organization is finalized for a while */
    rehearsal_operate(work.rehearsal, fn, &work);
    rehearsal_free(work.rehearsal);
}

static uint64_t calls(const struct work *work, const char *operation)
{
    return sim_calls(rehearsal_sim(work->rehearsal), "organizations", operation);
}

/* Nobody answers how the creation goes, as often as it is tried. */
static void ask_in_vain(void *arg, const struct aws_target *management,
                        const struct credentials_world *world)
{
    static const enum aws_op no_status[] = {AWS_ORGANIZATIONS_CREATE_ACCOUNT, AWS_OP_NONE};
    struct work *work = arg;
    struct err err = ERR_INIT;

    (void)world;
    begin(work, management);
    for (int attempt = 0; attempt < 4; attempt++) {
        work->target.allowed = NULL;
        plan(work);
        assert_int_equal(work->changes.count, 1);
        work->target.allowed = no_status;
        assert_int_equal(apply(work, &err), -1);
    }
    assert_int_equal(calls(work, "CreateAccount"), 1);
    work->target.allowed = NULL;
    plan(work);
    assert_int_equal(apply(work, &err), 0);
    plan(work);
    assert_int_equal(work->changes.count, 0);
    assert_int_equal(calls(work, "CreateAccount"), 1);
    end(work);
}

static void test_an_account_is_created_once(void **state)
{
    (void)state;
    rehearse((struct work){0}, ask_in_vain);
}

/* AWS lists a creation late: what was sent is known all the same. */
static void note_what_was_sent(void *arg, const struct aws_target *management,
                               const struct credentials_world *world)
{
    struct work *work = arg;
    const struct inventory *inventory;
    struct err err = ERR_INIT;

    (void)world;
    begin(work, management);
    assert_int_equal(inventory_get(work->ctx.inventory, &inventory, &err), 0);
    inventory_note_creation(work->ctx.inventory, "car-0123456789", "Shop");
    plan(work);
    assert_string_equal(work->changes.items[0].subject, "car-0123456789");
    inventory_invalidate(work->ctx.inventory);
    plan(work);
    assert_string_equal(work->changes.items[0].subject, "car-0123456789");
    inventory_note_creation_end(work->ctx.inventory, "car-0123456789");
    plan(work);
    assert_null(work->changes.items[0].subject);
    inventory_invalidate(work->ctx.inventory);
    plan(work);
    assert_null(work->changes.items[0].subject);
    end(work);
}

static void test_a_request_is_known_until_its_end(void **state)
{
    (void)state;
    rehearse((struct work){0}, note_what_was_sent);
}

static const char *write(struct work *work, enum aws_op op, const char *const pairs[])
{
    struct json *params = json_object(work->ctx.arena);
    const struct json *answer = NULL;
    struct err err = ERR_INIT;

    for (size_t i = 0; pairs[i] != NULL; i += 2)
        json_put_str(params, pairs[i], pairs[i + 1]);
    if (aws_call(&work->target, op, params, work->ctx.arena, &answer, &err) != 0)
        fail_msg("%s", err.text);
    return json_str(json_get(answer, "OrganizationalUnit"), "Id");
}

/* "Teams/Shop" below the root is not Shop in Teams. */
static void move_to_a_name_with_a_slash(void *arg, const struct aws_target *management,
                                        const struct credentials_world *world)
{
    struct work *work = arg;
    const struct inventory *inventory;
    const char *flat, *account;
    struct err err = ERR_INIT;

    (void)world;
    begin(work, management);
    plan(work);
    assert_int_equal(work->changes.count, 0);
    assert_int_equal(inventory_get(work->ctx.inventory, &inventory, &err), 0);
    account = inventory_account_of(inventory, work->ctx.account)->id;
    flat = write(work, AWS_ORGANIZATIONS_CREATE_ORGANIZATIONAL_UNIT,
                 (const char *const[]){"ParentId", inventory->root_id, "Name", "Teams/Shop", NULL});
    (void)write(work, AWS_ORGANIZATIONS_MOVE_ACCOUNT,
                (const char *const[]){"AccountId", account, "SourceParentId",
                                      inventory_ou_by_path(inventory, "Teams/Shop")->id,
                                      "DestinationParentId", flat, NULL});
    inventory_invalidate(work->ctx.inventory);
    plan(work);
    assert_int_equal(work->changes.count, 1);
    assert_int_equal(apply(work, &err), 0);
    inventory_invalidate(work->ctx.inventory);
    plan(work);
    assert_int_equal(work->changes.count, 0);
    end(work);
}

/* Accounts are never renamed: where AWS has other names, the plan tells. */
static void compare_names(void *arg, const struct aws_target *management,
                          const struct credentials_world *world)
{
    struct work *work = arg;
    const struct account *shop = &work->baseline->accounts[1];
    struct account other = *shop;
    const struct inventory *inventory;
    struct err err = ERR_INIT;

    (void)world;
    begin(work, management);
    plan(work);
    assert_int_equal(work->changes.note_count, 0);
    assert_int_equal(inventory_get(work->ctx.inventory, &inventory, &err), 0);
    other.id = inventory_account_of(inventory, shop)->id;
    other.name = "Store";
    other.email = "AWS+Shop@Example.com";
    work->ctx.account = &other;
    plan(work);
    assert_int_equal(work->changes.count, 0);
    assert_int_equal(work->changes.note_count, 1); /* the case of an email is no difference */
    assert_non_null(strstr(work->changes.notes[0], "account \"Store\""));
    assert_non_null(strstr(work->changes.notes[0], "is named \"Shop\" in AWS"));
    other.email = "store@example.com";
    plan(work);
    assert_int_equal(work->changes.note_count, 2);
    assert_non_null(strstr(work->changes.notes[1], "has the email aws+shop@example.com in AWS"));
    end(work);
}

static void with_accounts(rehearsal_operator_fn fn)
{
    static const struct rehearsal_options options = {.apply = true};
    struct work work = {.rehearsal = rehearsal_new(7, false)};

    work.baseline =
        rehearsal_baseline(work.rehearsal, PLINTH_SOURCEDIR "/tests/unit/control/data/placed.yaml");
    assert_int_equal(rehearsal_run(work.rehearsal, work.baseline, &options).result, 0);
    rehearsal_operate(work.rehearsal, fn, &work);
    rehearsal_free(work.rehearsal);
}

static void test_a_place_is_an_id(void **state)
{
    (void)state;
    with_accounts(move_to_a_name_with_a_slash);
}

static void test_other_names_are_told(void **state)
{
    (void)state;
    with_accounts(compare_names);
}

/* From now on the creation that is under way will have failed. */
static void fail_creation(struct work *work, const char *reason)
{
    struct arena *arena = rehearsal_arena(work->rehearsal);
    struct sim *sim = rehearsal_sim(work->rehearsal);
    const char *dump = json_text(sim_dump(sim, arena), arena);
    const char *at = strstr(dump, "\"State\":\"IN_PROGRESS\"");
    struct err err = ERR_INIT;
    struct json *changed;

    assert_non_null(at);
    dump =
        arena_printf(arena, "%.*s\"FailureReason\":\"%s\",%s", (int)(at - dump), dump, reason, at);
    if (json_parse(dump, strlen(dump), arena, &changed, &err) != 0 ||
        sim_load(sim, changed, &err) != 0)
        fail_msg("%s", err.text);
}

static void fail_for_a_reason(void *arg, const struct aws_target *management,
                              const struct credentials_world *world)
{
    static const enum aws_op no_status[] = {AWS_ORGANIZATIONS_CREATE_ACCOUNT, AWS_OP_NONE};
    struct work *work = arg;
    struct err err = ERR_INIT;

    (void)world;
    begin(work, management);
    plan(work);
    work->target.allowed = no_status;
    assert_int_equal(apply(work, &err), -1);
    fail_creation(work, work->reason);
    work->target.allowed = NULL;
    plan(work);
    assert_int_equal(apply(work, &err), -1);
    assert_int_equal(err.code, work->code);
    assert_non_null(strstr(err.text, work->reason));
    plan(work);
    assert_null(work->changes.items[0].subject);
    end(work);
}

static void test_only_what_passes_is_tried_again(void **state)
{
    static const struct {
        const char *reason;
        enum err_code code;
    } cases[] = {
        {"INTERNAL_FAILURE", ERR_TRANSIENT},
        {"CONCURRENT_ACCOUNT_MODIFICATION", ERR_TRANSIENT},
        {"ACCOUNT_LIMIT_EXCEEDED", ERR_DENIED},
        {"EMAIL_ALREADY_EXISTS", ERR_DENIED},
        {"INVALID_PAYMENT_INSTRUMENT", ERR_DENIED},
        {"PENDING_BUSINESS_VALIDATION", ERR_DENIED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        rehearse((struct work){.reason = cases[i].reason, .code = cases[i].code},
                 fail_for_a_reason);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_account_is_created_once),
        cmocka_unit_test(test_a_request_is_known_until_its_end),
        cmocka_unit_test(test_a_place_is_an_id),
        cmocka_unit_test(test_other_names_are_told),
        cmocka_unit_test(test_only_what_passes_is_tried_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
