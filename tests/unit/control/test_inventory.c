/* The organization's tree: read once, kept up to date, found in. */
#include "../../support/rehearsal.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/fiber/fiber.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static int setup(void **state)
{
    *state = rehearsal_new(11, false);
    return 0;
}

static int teardown(void **state)
{
    rehearsal_free(*state);
    return 0;
}

static const char *call(struct rehearsal *rehearsal, enum aws_op op, const char *what,
                        const char *const pairs[])
{
    struct json *params = json_object(rehearsal_arena(rehearsal));
    struct err err = ERR_INIT;
    const struct json *answer;

    for (size_t i = 0; pairs[i] != NULL; i += 2)
        json_put_str(params, pairs[i], pairs[i + 1]);
    if (rehearsal_call(rehearsal, NULL, "us-east-1", op, params, &answer, &err) != 0)
        fail_msg("%s", err.text);
    return json_str(json_get(answer, what), "Id");
}

/* root > A > B > C, and so many accounts below the root that a listing has several pages. */
static void build(struct rehearsal *rehearsal, int accounts)
{
    const char *parent;
    char email[64], name[32];

    (void)call(rehearsal, AWS_ORGANIZATIONS_CREATE_ORGANIZATION, "Organization",
               (const char *const[]){"FeatureSet", "ALL", NULL});
    parent = rehearsal_inventory(rehearsal)->root_id;
    for (int i = 0; i < 3; i++) {
        name[0] = (char)('A' + i);
        name[1] = '\0';
        parent = call(rehearsal, AWS_ORGANIZATIONS_CREATE_ORGANIZATIONAL_UNIT, "OrganizationalUnit",
                      (const char *const[]){"ParentId", parent, "Name", name, NULL});
    }
    for (int i = 0; i < accounts; i++) {
        (void)snprintf(email, sizeof email, "Account+%d@Example.com", i);
        (void)snprintf(name, sizeof name, "account-%d", i);
        (void)call(rehearsal, AWS_ORGANIZATIONS_CREATE_ACCOUNT, "CreateAccountStatus",
                   (const char *const[]){"Email", email, "AccountName", name, NULL});
    }
}

static void test_no_organization_is_a_state(void **state)
{
    const struct inventory *inventory = rehearsal_inventory(*state);

    assert_false(inventory->exists);
    assert_int_equal(inventory->ou_count, 0);
    assert_int_equal(inventory->account_count, 0);
}

static void test_paths_and_places(void **state)
{
    const struct inventory *inventory;
    const struct inventory_ou *deep;

    build(*state, 45);
    inventory = rehearsal_inventory(*state);
    assert_true(inventory->exists);
    assert_int_equal(inventory->ou_count, 4);
    assert_int_equal(inventory->account_count, 46);
    assert_string_equal(inventory->ous[0].path, "");
    deep = inventory_ou_by_path(inventory, "A/B/C");
    assert_non_null(deep);
    assert_string_equal(inventory_ou_by_id(inventory, deep->parent_id)->path, "A/B");
    assert_null(inventory_ou_by_path(inventory, "B"));
    assert_true(inventory_has_policy_type(inventory, "SERVICE_CONTROL_POLICY"));
    assert_false(inventory_has_policy_type(inventory, "TAG_POLICY"));
    for (size_t i = 0; i < inventory->account_count; i++)
        assert_string_equal(inventory->accounts[i].parent_id, inventory->root_id);
}

/* AWS takes a slash in a name; a path is not fooled by it. */
static void test_a_slash_in_a_name(void **state)
{
    const char *flat;

    (void)call(*state, AWS_ORGANIZATIONS_CREATE_ORGANIZATION, "Organization",
               (const char *const[]){"FeatureSet", "ALL", NULL});
    flat = call(*state, AWS_ORGANIZATIONS_CREATE_ORGANIZATIONAL_UNIT, "OrganizationalUnit",
                (const char *const[]){"ParentId", rehearsal_inventory(*state)->root_id, "Name",
                                      "A/B", NULL});
    assert_non_null(inventory_ou_by_id(rehearsal_inventory(*state), flat));
    assert_null(inventory_ou_by_path(rehearsal_inventory(*state), "A/B"));
    assert_null(inventory_ou_by_path(rehearsal_inventory(*state), "A"));
}

struct reading {
    struct inventory_cache *cache;
    const struct inventory *got[8];
    size_t at;
};

static void read_fiber(void *arg)
{
    struct reading *reading = arg;
    struct err err = ERR_INIT;
    size_t at = reading->at++;

    assert_int_equal(inventory_get(reading->cache, &reading->got[at], &err), 0);
}

static uint64_t calls(struct rehearsal *rehearsal)
{
    return sim_calls(rehearsal_sim(rehearsal), "organizations", NULL);
}

struct once {
    struct rehearsal *rehearsal;
    uint64_t one_reading, eight_readings, no_reading, again;
};

static void read_together(void *arg, const struct aws_target *management,
                          const struct credentials_world *world)
{
    struct once *once = arg;
    struct reading reading = {.cache = inventory_cache_new(management)};
    struct fiber_group group;
    uint64_t before = calls(once->rehearsal);
    struct err err = ERR_INIT;

    fiber_group_init(&group, world->sched, 8);
    assert_null(inventory_peek(reading.cache));
    for (int i = 0; i < 8; i++)
        fiber_group_spawn(&group, "read", read_fiber, &reading);
    fiber_group_wait(&group);
    once->eight_readings = calls(once->rehearsal) - before;
    for (int i = 1; i < 8; i++)
        assert_ptr_equal(reading.got[i], reading.got[0]);
    before = calls(once->rehearsal);
    assert_int_equal(inventory_get(reading.cache, &reading.got[0], &err), 0);
    once->no_reading = calls(once->rehearsal) - before;
    inventory_invalidate(reading.cache);
    before = calls(once->rehearsal);
    assert_int_equal(inventory_get(reading.cache, &reading.got[0], &err), 0);
    once->again = calls(once->rehearsal) - before;
    inventory_cache_free(reading.cache);
}

/* Who comes together waits for one reading; who comes later makes none. */
static void test_one_reading_for_all(void **state)
{
    struct once once = {.rehearsal = *state};
    uint64_t before;

    build(*state, 3);
    before = calls(*state);
    (void)rehearsal_inventory(*state);
    once.one_reading = calls(*state) - before;
    rehearsal_operate(*state, read_together, &once);
    assert_int_equal(once.eight_readings, once.one_reading);
    assert_int_equal(once.no_reading, 0);
    assert_int_equal(once.again, once.one_reading);
}

static void note_and_find(void *arg, const struct aws_target *management,
                          const struct credentials_world *world)
{
    const struct account by_email = {.name = "x", .email = "account+1@example.com"};
    const struct account by_id = {.name = "x", .id = "123456789012"};
    const struct account nobody = {.name = "x", .email = "account+99@example.com"};
    const struct account boss = {.name = "x", .email = "no@example.com", .roles = ROLE_MANAGEMENT};
    struct inventory_cache *cache = inventory_cache_new(management);
    const struct inventory *inventory;
    const struct inventory_ou *ou;
    struct err err = ERR_INIT;

    (void)arg;
    (void)world;
    assert_null(inventory_account_of(NULL, &by_email));
    assert_int_equal(inventory_get(cache, &inventory, &err), 0);
    assert_string_equal(inventory_account_of(inventory, &by_email)->name, "account-1");
    assert_null(inventory_account_of(inventory, &by_id));
    assert_null(inventory_account_of(inventory, &nobody));
    assert_string_equal(inventory_account_of(inventory, &boss)->id,
                        inventory->management_account_id);

    inventory_note_ou(cache, "ou-new1-12345678", "New", inventory_ou_by_path(inventory, "A")->id);
    ou = inventory_ou_by_path(inventory_peek(cache), "A/New");
    assert_non_null(ou);
    inventory_note_account(cache, "123456789012", "new", "New@example.com", inventory->root_id);
    inventory_note_account(cache, "123456789012", "twice", "New@example.com", inventory->root_id);
    assert_string_equal(inventory_account_of(inventory_peek(cache), &by_id)->name, "new");
    inventory_note_move(cache, "123456789012", ou->id);
    assert_string_equal(inventory_account_by_id(inventory_peek(cache), "123456789012")->parent_id,
                        ou->id);
    inventory_cache_free(cache);
}

static void test_notes_and_finding(void **state)
{
    build(*state, 3);
    rehearsal_operate(*state, note_and_find, NULL);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_no_organization_is_a_state), TEST(test_paths_and_places),
        TEST(test_a_slash_in_a_name),          TEST(test_one_reading_for_all),
        TEST(test_notes_and_finding),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
