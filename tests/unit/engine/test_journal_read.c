#include "journal_world.h"

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

/* Whom the lock refused did nothing, and says so. */
static void test_a_refused_run(void **state)
{
    struct world *world = *state;
    struct journal *journal = begin(world, "run-1");
    struct json *record = journal_record(journal, "end");
    struct err err = ERR_INIT;

    json_put_bool(record, "refused", true);
    assert_int_equal(journal_add(journal, record, true, &err), 0);
    journal_free(journal);
    assert_int_equal(load(world)->state, JOURNAL_REFUSED);
    assert_string_equal(journal_state_name(JOURNAL_REFUSED), "refused");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        JOURNAL_TEST(test_a_changed_line_is_found),
        JOURNAL_TEST(test_what_a_power_cut_leaves),
        JOURNAL_TEST(test_a_refused_run),
        JOURNAL_TEST(test_what_is_no_journal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
