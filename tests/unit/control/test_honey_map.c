/* Names that are drawn: by nobody to be computed, and the same in every run.  Tokens that fail for
 * themselves alone. */
#include "honey_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define DRAWN_BASELINE PLINTH_SOURCEDIR "/tests/control/honey_map/baseline.yaml"

/* Of the baseline: those that have no name of their own. */
static const char *const drawn[] = {"key-in-object", "reports", "cards", "orders", "deploy", "crm"};
enum { DRAWN = sizeof drawn / sizeof drawn[0] };

struct names {
    const char *of[DRAWN];
};

/* --- Looking -------------------------------------------------------------------------------------
 */

static struct honey_map found; /* by the last look: a job returns nothing else */

static int look(struct control_ctx *ctx, struct err *err)
{
    struct aws_target security;

    return honey_security(ctx, &security, err) == 0
               ? honey_map_read(&security, ctx->baseline, ctx->arena, &found, err)
               : -1;
}

static struct honey_map map_of(struct honey_world *world)
{
    struct err err;

    if (honey_world_in(world, "Tools", look, &err) != 0)
        fail_msg("%s", err.text);
    return found;
}

static struct names names_of(struct honey_world *world)
{
    const struct honey_map map = map_of(world);
    struct names names;

    for (size_t i = 0; i < DRAWN; i++) {
        const struct honey_entry *entry = honey_map_find(&map, drawn[i]);

        assert_non_null(entry);
        names.of[i] = entry->name;
    }
    return names;
}

static size_t differing(const struct names *a, const struct names *b)
{
    size_t count = 0;

    for (size_t i = 0; i < DRAWN; i++)
        count += !str_eq(a->of[i], b->of[i]);
    return count;
}

static struct rehearsal_outcome run(struct honey_world *world, bool apply)
{
    return rehearsal_run(world->rehearsal, world->baseline,
                         &(struct rehearsal_options){.apply = apply});
}

static const char *id_of(const struct honey_world *world, const char *account)
{
    const struct inventory *inventory = rehearsal_inventory(world->rehearsal);

    return inventory_account_of(inventory, baseline_account(world->baseline, account))->id;
}

/* --- Names ---------------------------------------------------------------------------------------
 */

/* Two organizations with one baseline: who reads it learns no name. */
static void test_the_baseline_tells_no_name(void **state)
{
    struct honey_world one = honey_world_of(DRAWN_BASELINE, 21, true);
    struct honey_world two = honey_world_of(DRAWN_BASELINE, 22, true);
    struct names a = names_of(&one), b = names_of(&two);

    (void)state;
    assert_true(differing(&a, &b) >= DRAWN - 1);
    rehearsal_free(one.rehearsal);
    rehearsal_free(two.rehearsal);
}

static void test_one_seed_is_one_rehearsal(void **state)
{
    struct honey_world one = honey_world_of(DRAWN_BASELINE, 23, true);
    struct honey_world two = honey_world_of(DRAWN_BASELINE, 23, true);
    struct names a = names_of(&one), b = names_of(&two);

    (void)state;
    assert_int_equal(differing(&a, &b), 0);
    rehearsal_free(one.rehearsal);
    rehearsal_free(two.rehearsal);
}

static void test_a_plan_has_all_but_the_names(void **state)
{
    struct honey_world world = honey_world_of(DRAWN_BASELINE, 24, false);
    struct rehearsal_outcome planned = run(&world, false), applied;

    (void)state;
    assert_non_null(strstr(planned.text, "+ entry of cards in the map of honey tokens\n"
                                         "        table: (known after apply)"));
    assert_non_null(strstr(planned.text, "+ table of token cards"));
    assert_non_null(strstr(planned.text, "+ access key of user of token key-in-object"));
    applied = run(&world, true);
    assert_int_equal(applied.summary.outcomes[OUTCOME_FAILED], 0);
    assert_int_equal(applied.summary.changes, planned.summary.changes);
    rehearsal_free(world.rehearsal);
}

/* Whatever an entry calls its token: an earlier plinth drew in another way. */
static int rename_unplanted(struct control_ctx *ctx, struct err *err)
{
    struct honey_entry entry =
        honey_entry_of(ctx, honey_token_find(ctx->spec, "cards"), "redis-sessions-eu");

    return honey_map_write(ctx, &entry, err);
}

static void test_what_the_map_says_stays(void **state)
{
    struct honey_world world = honey_world_of(DRAWN_BASELINE, 25, false);
    struct rehearsal_outcome outcome;
    struct honey_map map;
    struct names first, second;
    struct err err;

    (void)state;
    assert_int_equal(honey_world_in(&world, "Tools", rename_unplanted, &err), 0);
    outcome = run(&world, true);
    assert_int_equal(outcome.summary.outcomes[OUTCOME_FAILED], 0);
    map = map_of(&world);
    assert_string_equal(honey_map_find(&map, "cards")->name, "redis-sessions-eu");
    first = names_of(&world);
    outcome = run(&world, true);
    assert_int_equal(outcome.sim_writes, 0);
    second = names_of(&world);
    assert_int_equal(differing(&first, &second), 0);
    rehearsal_free(world.rehearsal);
}

/* --- What a reader sees --------------------------------------------------------------------------
 */

/* Everything that an account shows of its parameters, and the names of its sessions. */
static void test_parameters_do_not_name_plinth(void **state)
{
    struct honey_world world = honey_world_of(DRAWN_BASELINE, 28, true);
    static const char *const places[][2] = {
        {"Tools", "eu-central-1"}, {"Shop", "us-east-1"}, {"Shop", "eu-central-1"}};
    struct json *params = json_object(rehearsal_arena(world.rehearsal));
    size_t seen = 0;

    (void)state;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        const struct json *list;
        struct err err = ERR_INIT;

        assert_int_equal(rehearsal_call(world.rehearsal, id_of(&world, places[i][0]), places[i][1],
                                        AWS_SSM_DESCRIBE_PARAMETERS, params, &list, &err),
                         0);
        for (const struct json *it = json_first(list); it != NULL; it = it->next, seen++)
            if (strstr(json_text(it, rehearsal_arena(world.rehearsal)), "plinth") != NULL)
                fail_msg("%s", json_text(it, rehearsal_arena(world.rehearsal)));
    }
    assert_int_equal(seen, 3); /* two tokens and a place */
    rehearsal_free(world.rehearsal);
}

/* --- Each for itself -----------------------------------------------------------------------------
 */

static void occupy(struct honey_world *world)
{
    struct json *params = json_object(rehearsal_arena(world->rehearsal));
    struct err err = ERR_INIT;

    json_put_str(params, "Name", "prod/billing/aws");
    json_put_str(params, "SecretString", "of somebody else");
    assert_int_equal(rehearsal_call(world->rehearsal, id_of(world, "Shop"), "eu-central-1",
                                    AWS_SECRETSMANAGER_CREATE_SECRET, params, NULL, &err),
                     0);
}

/* The place of the second token of the baseline is taken: all others are planted, in the same run.
 */
static void test_one_place_that_is_taken_stops_one_token(void **state)
{
    struct honey_world world = honey_world_of(DRAWN_BASELINE, 26, false);
    struct rehearsal_outcome outcome;
    struct honey_map map;

    (void)state;
    occupy(&world);
    outcome = run(&world, true);
    assert_int_equal(outcome.summary.outcomes[OUTCOME_FAILED], 2); /* the map, and account Tools */
    assert_non_null(strstr(outcome.text, "something is there already; take it away, or plant "
                                         "token key-in-secret elsewhere"));
    map = map_of(&world);
    assert_null(honey_map_find(&map, "key-in-secret"));
    assert_int_equal(map.count, world.spec->tokens.count - 1);
    for (size_t i = 0; i < map.count; i++)
        if (map.items[i].kind == HONEY_ACCESS_KEY) {
            assert_non_null(map.items[i].access_key_id);
            assert_false(map.items[i].planting);
        }
    /* It is told again, and nothing else is to be done. */
    outcome = run(&world, true);
    assert_int_equal(outcome.sim_writes, 0);
    assert_int_equal(outcome.summary.outcomes[OUTCOME_FAILED], 2);
    rehearsal_free(world.rehearsal);
}

/* A write that is refused is one token's; every other is as it should be after the same run. */
static void test_one_refusal_stops_one_token(void **state)
{
    struct honey_world world = honey_world_of(DRAWN_BASELINE, 27, false);
    static const char *const only[] = {"honey_map", NULL};
    struct rehearsal_options map_only = {.selection.only = only, .apply = true};
    struct rehearsal_outcome outcome = rehearsal_run(world.rehearsal, world.baseline, &map_only);

    (void)state;
    rehearsal_wait(world.rehearsal, INT64_C(7200000)); /* the accounts are not fresh any more */
    assert_int_equal(outcome.summary.outcomes[OUTCOME_CHANGED], 1);
    sim_inject(rehearsal_sim(world.rehearsal), SIM_REFUSE_ONE, 1);
    outcome = run(&world, true);
    sim_inject(rehearsal_sim(world.rehearsal), SIM_NO_FAULT, 0);
    assert_int_equal(outcome.summary.outcomes[OUTCOME_FAILED], 1);
    outcome = run(&world, false);
    assert_int_equal(outcome.summary.outcomes[OUTCOME_DRIFTED], 1);
    assert_true(outcome.summary.changes <= 3); /* one thing, its guard and its key */
    rehearsal_free(world.rehearsal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_baseline_tells_no_name),
        cmocka_unit_test(test_one_seed_is_one_rehearsal),
        cmocka_unit_test(test_a_plan_has_all_but_the_names),
        cmocka_unit_test(test_what_the_map_says_stays),
        cmocka_unit_test(test_parameters_do_not_name_plinth),
        cmocka_unit_test(test_one_place_that_is_taken_stops_one_token),
        cmocka_unit_test(test_one_refusal_stops_one_token),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
