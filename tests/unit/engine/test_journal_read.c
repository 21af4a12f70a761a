#include "journal_world.h"

#include "plinth/control/control.h"

static struct journal_run *load(struct world *world)
{
    struct journal_run *run = NULL;
    struct err err = ERR_INIT;

    assert_int_equal(journal_load(path_of(world, "run-1"), world->arena, &run, &err), 0);
    return run;
}

static void add(struct journal *journal, const char *kind)
{
    struct err err = ERR_INIT;

    assert_int_equal(journal_add(journal, journal_record(journal, kind), true, &err), 0);
}

/* Whoever changes a line breaks the chain behind it. */
static void test_a_changed_line_is_found(void **state)
{
    struct world *world = *state;
    struct journal *journal = begin(world, "run-1");
    struct journal_run *run;
    struct err err = ERR_INIT;
    char *text;

    add(journal, "a");
    add(journal, "b");
    add(journal, "c");
    journal_free(journal);
    assert_true(load(world)->end.records == 4);
    text = arena_str(world->arena, file_text(world, "run-1"));
    *strstr(text, "\"kind\":\"a\"") = ' ';
    rewrite(world, "run-1", "w", text);
    run = load(world);
    assert_true(run->end.damaged_line == 3 || run->end.damaged_line == 2);
    assert_null(journal_reopen(world->sched, path_of(world, "run-1"), &err));
    assert_int_equal(err.code, ERR_PROTOCOL);
}

static void test_what_a_power_cut_leaves(void **state)
{
    static const char *const tails[] = {"{", "{\"n\":2}\n", "no json\n", "{\"n\":2,\"prev\":\"\"}"};
    struct world *world = *state;
    const char *whole;

    journal_free(begin(world, "run-1"));
    whole = arena_str(world->arena, file_text(world, "run-1"));
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        struct journal_run *run;

        rewrite(world, "run-1", "w", arena_printf(world->arena, "%s%s", whole, tails[i]));
        run = load(world);
        assert_true(run->end.torn);
        assert_true(run->end.damaged_line == 0);
        assert_true(run->end.bytes == strlen(whole));
    }
}

static void test_what_is_no_journal(void **state)
{
    struct world *world = *state;
    struct journal_run *run;
    struct err err = ERR_INIT;

    assert_int_equal(journal_load(path_of(world, "run-2"), world->arena, &run, &err), -1);
    assert_int_equal(err.code, ERR_NOTFOUND);
    journal_free(begin(world, "run-1"));
    rewrite(world, "run-1", "w", "");
    assert_int_equal(journal_load(path_of(world, "run-1"), world->arena, &run, &err), -1);
    assert_int_equal(err.code, ERR_PROTOCOL);
}

/* --- What was approved --- */

static struct unit_result unit_of(struct world *world, const char *account, bool blind)
{
    struct unit_result unit = {.control = controls_all()[0], .account = account, .blind = blind};

    changes_init(&unit.changes, world->arena);
    return unit;
}

static struct run_result plan_of(const struct unit_result *units, size_t count)
{
    struct run_result plan = {0};

    results_begin(&plan);
    for (size_t i = 0; i < count; i++)
        results_add(&plan, &units[i]);
    return plan;
}

static bool covers(const struct journal_run *run, const struct unit_result *units, size_t count)
{
    struct run_result plan = plan_of(units, count);
    bool covered = journal_covers(run, &plan);

    results_end(&plan);
    return covered;
}

static void test_only_what_was_approved_is_covered(void **state)
{
    struct world *world = *state;
    struct journal *journal = begin(world, "run-1");
    struct unit_result units[] = {unit_of(world, "Shop", false), unit_of(world, "New", true)};
    struct run_result plan;
    struct change *change = changes_add(&units[0].changes, CHANGE_UPDATE, 0, NULL, "role");
    struct journal_run *run;
    struct err err = ERR_INIT;

    change_field(change, "path", "/a/", "/b/");
    plan = plan_of(units, 2);
    assert_int_equal(journal_approve(journal, &plan, &err), 0);
    journal_free(journal);
    run = load(world);
    assert_int_equal(run->approved_count, 2);
    assert_true(journal_covers(run, &plan));

    /* A part of it, and what a blind unit turns out to need. */
    units[1].blind = false;
    change = changes_add(&units[1].changes, CHANGE_CREATE, 0, NULL, "role");
    assert_true(covers(run, &units[1], 1));
    change->takes_away = true;
    assert_false(covers(run, &units[1], 1));

    /* Another value, another account. */
    assert_true(covers(run, units, 1));
    units[0].changes.items[0].fields[0].to = "/c/";
    assert_false(covers(run, units, 1));
    units[0].changes.items[0].fields[0].to = "/b/";
    units[0].account = "Other";
    assert_false(covers(run, units, 1));
    results_end(&plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        JOURNAL_TEST(test_a_changed_line_is_found),
        JOURNAL_TEST(test_what_a_power_cut_leaves),
        JOURNAL_TEST(test_what_is_no_journal),
        JOURNAL_TEST(test_only_what_was_approved_is_covered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
