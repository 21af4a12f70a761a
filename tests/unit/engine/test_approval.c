#include "journal_world.h"

#include "plinth/control/control.h"

/* A target of `security_role`, which comes after `accounts`. */
static struct unit_result *one_new(struct world *world, const char *account)
{
    struct unit_result *one = arena_alloc(world->arena, sizeof *one);

    *one = (struct unit_result){.control = control_find("security_role"), .account = account};
    changes_init(&one->changes, world->arena);
    return one;
}

static struct change *add(struct unit_result *one, enum change_kind kind)
{
    return changes_add(&one->changes, kind, 0, NULL, "role View");
}

static struct run_result plan_of(const struct unit_result *one)
{
    struct run_result plan = {0};

    results_begin(&plan);
    results_add(&plan, one);
    return plan;
}

/* A run that approved a plan and was killed behind the write for that control and change. */
static struct journal_run *killed_run(struct world *world, const struct unit_result *approved,
                                      const char *control, const char *action, const char *answer)
{
    struct journal *journal = begin(world, "run-1");
    struct run_result plan = plan_of(approved);
    struct journal_run *run = NULL;
    struct err err = ERR_INIT;
    struct json *record;

    assert_int_equal(journal_approve(journal, &plan, &err), 0);
    results_end(&plan);
    if (control != NULL) {
        record = journal_record(journal, "write");
        json_put_number(record, "write", 1);
        json_put_str(record, "control", control);
        json_put_str(record, "account", approved->account);
        json_put_str(record, "action", action);
        json_put_str(record, "resource", "role View");
        assert_int_equal(journal_add(journal, record, true, &err), 0);
    }
    if (answer != NULL) {
        record = journal_record(journal, "answer");
        json_put_number(record, "write", 1);
        json_put_str(record, "result", answer);
        assert_int_equal(journal_add(journal, record, true, &err), 0);
    }
    journal_free(journal);
    assert_int_equal(journal_load(path_of(world, "run-1"), world->arena, &run, &err), 0);
    assert_int_equal(unlink(path_of(world, "run-1")), 0);
    return run;
}

static bool covers(const struct journal_run *run, const struct unit_result *one)
{
    struct run_result plan = plan_of(one);
    size_t count = journal_uncovered(run, &plan, NULL, NULL);

    results_end(&plan);
    return count == 0;
}

static void test_only_what_was_approved_is_covered(void **state)
{
    struct world *world = *state;
    struct unit_result *shop = one_new(world, "Shop"), *other = one_new(world, "Other");
    struct journal_run *run;

    change_field(add(shop, CHANGE_UPDATE), "path", "/a/", "/b/");
    run = killed_run(world, shop, NULL, NULL, NULL);
    assert_true(covers(run, shop));

    change_field(add(other, CHANGE_UPDATE), "path", "/a/", "/b/");
    assert_false(covers(run, other));
    other->account = "Shop";
    assert_true(covers(run, other));
    other->region = "eu-west-1";
    assert_false(covers(run, other));
    other->region = NULL;
    other->changes.items[0].kind = CHANGE_CREATE;
    assert_false(covers(run, other));
    other->changes.items[0].kind = CHANGE_UPDATE;
    other->changes.items[0].final.name = "vault";
    assert_false(covers(run, other));

    /* Another value, before or after. */
    shop->changes.items[0].fields[0].to = "/c/";
    assert_false(covers(run, shop));
    shop->changes.items[0].fields[0].to = "/b/";
    shop->changes.items[0].fields[0].from = "/c/";
    assert_false(covers(run, shop));
    shop->changes.items[0].fields[0].from = "/a/";
    shop->changes.items[0].takes_away = true;
    assert_false(covers(run, shop));
}

static void test_a_blind_unit_takes_what_takes_nothing_away(void **state)
{
    struct world *world = *state;
    struct unit_result *shop = one_new(world, "Shop");
    struct journal_run *run;
    struct change *change;

    shop->blind = true;
    run = killed_run(world, shop, NULL, NULL, NULL);
    assert_true(covers(run, shop));
    shop->blind = false;
    change = add(shop, CHANGE_CREATE);
    assert_true(covers(run, shop));
    change->takes_away = true;
    assert_false(covers(run, shop));

    /* What was read when it was approved is not approved blind. */
    shop = one_new(world, "Shop");
    run = killed_run(world, shop, NULL, NULL, NULL);
    shop->blind = true;
    assert_false(covers(run, shop));
}

/* The id of an account that the run created, in a change that was shown with "known after apply" */
static void test_a_value_that_became_known(void **state)
{
    static const struct {
        const char *control, *answer;
        bool covered;
    } cases[] = {
        {"accounts", "done", true},      {"accounts", "lost", true},  {"accounts", NULL, true},
        {"accounts", "denied", false},   {"policies", "done", false}, {NULL, NULL, false},
        {"security_role", "done", true},
    };
    struct world *world = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct unit_result *approved = one_new(world, "Shop"), *left = one_new(world, "Shop");
        struct change *change = add(approved, CHANGE_CREATE);
        struct run_result left_plan;
        struct journal_run *run;

        change_field(change, "path", NULL, "/a/");
        change_field(change, "trust", NULL, change_unknown);
        run = killed_run(world, approved, cases[i].control, "create", cases[i].answer);
        assert_true(covers(run, approved)); /* nothing became known */
        change = add(left, CHANGE_CREATE);
        change_field(change, "path", NULL, "/a/");
        change_field(change, "trust", NULL, "111122223333");
        assert_true(covers(run, left) == cases[i].covered);
        change->fields[0].to = "/b/"; /* which was known */
        assert_false(covers(run, left));
        left_plan = plan_of(left);
        assert_false(journal_digests_cover(&(struct strings){run->approved, run->approved_count},
                                           &left_plan));
        results_end(&left_plan);
    }
}

/* A role that was created and whose policy was not put: what is left is an update. */
static void test_the_rest_of_what_the_run_created(void **state)
{
    static const struct {
        const char *control, *action, *answer;
        bool covered;
    } cases[] = {
        {"security_role", "create", "done", true},
        {"security_role", "create", NULL, true},
        {"security_role", "create", "denied", false}, /* whose is it then? */
        {"security_role", "update", "done", false},
        {"accounts", "create", "done", false},
        {NULL, NULL, NULL, false},
    };
    struct world *world = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct unit_result *approved = one_new(world, "Shop"), *left = one_new(world, "Shop");
        struct change *change = add(approved, CHANGE_CREATE);
        struct journal_run *run;

        change_field(change, "path", NULL, "/a/");
        change_field(change, "policy", NULL, "read");
        change_field(change, "hours", NULL, "12");
        run = killed_run(world, approved, cases[i].control, cases[i].action, cases[i].answer);
        change = add(left, CHANGE_UPDATE);
        change_field(change, "policy", NULL, "read");
        change_field(change, "hours", "1", "12"); /* as AWS sets it */
        assert_true(covers(run, left) == cases[i].covered);

        change->takes_away = true;
        assert_false(covers(run, left));
        change->takes_away = false;
        change->resource = "role Other";
        assert_false(covers(run, left));
        change->resource = "role View";
        change_field(change, "tag", NULL, "new");
        assert_false(covers(run, left));
    }
}

/* Of an update with two writes the second is left; of a creation nothing is left out. */
static void test_a_part_of_a_change(void **state)
{
    struct world *world = *state;
    struct unit_result *approved = one_new(world, "Shop"), *left = one_new(world, "Shop");
    struct change *change = add(approved, CHANGE_UPDATE);
    struct journal_run *run;

    change_field(change, "path", "/a/", "/b/");
    change_field(change, "hours", "1", "12");
    change->takes_away = true;
    run = killed_run(world, approved, NULL, NULL, NULL);
    change = add(left, CHANGE_UPDATE);
    change_field(change, "hours", "1", "12");
    assert_true(covers(run, left));
    change->takes_away = true;
    assert_true(covers(run, left));
    change->fields[0].from = "2"; /* somebody else was here */
    assert_false(covers(run, left));

    approved->changes.items[0].kind = CHANGE_CREATE;
    approved->changes.items[0].takes_away = false;
    run = killed_run(world, approved, NULL, NULL, NULL);
    left = one_new(world, "Shop");
    change_field(add(left, CHANGE_CREATE), "hours", "1", "12");
    assert_false(covers(run, left));
}

struct heard {
    size_t count;
    const char *resource;
};

static void hear(void *arg, const struct unit_result *unit, const struct change *change)
{
    struct heard *heard = arg;

    assert_string_equal(unit->account, "Shop");
    heard->count++;
    heard->resource = change == NULL ? NULL : change->resource;
}

static void test_what_is_new_is_told(void **state)
{
    struct world *world = *state;
    struct unit_result *shop = one_new(world, "Shop");
    struct heard heard = {.count = 0};
    struct run_result plan;
    struct journal_run *run;

    add(shop, CHANGE_CREATE);
    run = killed_run(world, shop, NULL, NULL, NULL);
    changes_add(&shop->changes, CHANGE_DELETE, 0, NULL, "role Old");
    plan = plan_of(shop);
    assert_int_equal(journal_uncovered(run, &plan, hear, &heard), 1);
    assert_int_equal(heard.count, 1);
    assert_string_equal(heard.resource, "role Old");
    results_end(&plan);
}

/* More than one record holds. */
static void test_a_long_plan(void **state)
{
    enum { CHANGES = 1500 };
    struct world *world = *state;
    struct unit_result *shop = one_new(world, "Shop");
    struct run_result plan;
    struct journal_run *run;

    for (int i = 0; i < CHANGES; i++)
        change_field(changes_add(&shop->changes, CHANGE_UPDATE, 0, NULL, "role %d", i), "path",
                     "/a/", "/b/");
    run = killed_run(world, shop, NULL, NULL, NULL);
    assert_int_equal(run->approved_count, 2 * CHANGES);
    assert_true(covers(run, shop));
    plan = plan_of(shop);
    assert_int_equal(journal_digests(&plan, world->arena).count, 2 * CHANGES);
    results_end(&plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        JOURNAL_TEST(test_only_what_was_approved_is_covered),
        JOURNAL_TEST(test_a_blind_unit_takes_what_takes_nothing_away),
        JOURNAL_TEST(test_a_value_that_became_known),
        JOURNAL_TEST(test_the_rest_of_what_the_run_created),
        JOURNAL_TEST(test_a_part_of_a_change),
        JOURNAL_TEST(test_what_is_new_is_told),
        JOURNAL_TEST(test_a_long_plan),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
