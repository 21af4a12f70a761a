/* The report that a person reads. */
#include "plinth/report/report.h"

#include "made.h"
#include "plinth/base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct fixture {
    struct arena *arena;
    struct run_result run;
    struct buf out;
};

static int setup(void **state)
{
    struct arena *arena = arena_new("test");
    struct fixture *fixture = arena_alloc(arena, sizeof *fixture);

    fixture->arena = arena;
    fixture->run = made_result(arena);
    buf_init(&fixture->out, 1024 * 1024);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    buf_fini(&fixture->out);
    results_end(&fixture->run);
    arena_free(fixture->arena);
    return 0;
}

static const char *text(struct fixture *fixture, const struct report_style *style)
{
    report_text(&fixture->run, style, &fixture->out);
    return buf_text(&fixture->out);
}

static void test_a_plan_shows_fields(void **state)
{
    struct report_style style = {.kind = REPORT_PLAN};
    const char *all = text(*state, &style);

    assert_non_null(strstr(all, "        attached to: Shop (removed)\n"));
    assert_non_null(strstr(all, "        trust policy: one\\x1b[2J -> two\n"));
    assert_non_null(strstr(all, "        trust policy: (known after apply)\n"));
}

/* Fields were in its plan, and --verbose shows them again; one short field stands beside its
 * change. */
static void test_an_apply(void **state)
{
    static const char wanted[] =
        "  policies: organization\n"
        "    - SCP plinth-root-1: attached to Shop (removed)\n"
        "    note: SCP plinth-old is no longer in the baseline\n"
        "  security_role: account Shop (111122223333)\n"
        "    ~ role view: trust policy two\n"
        "  security_role: account Pay (111122223333) failed: AccessDenied:\\nno\n"
        "    + role view\n"
        "      not done:\n"
        "    ~ role view\n"
        "  security_role: account Far (111122223333) eu-west-1 unknown: no answer\n"
        "\n"
        "apply: 7 targets: 3 clean, 2 drifted, 1 failed, 1 unknown; 4 changes done; 17 reads, 1 "
        "writes, 3.2 s\n";
    struct report_style style = {.kind = REPORT_APPLY};

    /* In an apply the drifted ones were left as they were. */
    for (size_t i = 0; i < 2; i++) {
        struct run_result *run = &((struct fixture *)*state)->run;
        struct unit_result unit = results_unit(run, i);

        unit.applied = 1;
        results_set(run, i, &unit);
    }
    assert_string_equal(text(*state, &style), wanted);
}

static void test_no_escapes_without_color(void **state)
{
    struct report_style style = {.kind = REPORT_PLAN, .verbose = true};

    assert_null(strchr(text(*state, &style), '\033'));
}

static void test_color_is_reset(void **state)
{
    struct report_style style = {.kind = REPORT_PLAN, .color = true};
    const char *last = NULL;

    for (const char *at = text(*state, &style); (at = strchr(at, '\033')) != NULL; at++)
        last = at;
    assert_non_null(last);
    assert_memory_equal(last, "\033[0m", 4);
}

/* C1 controls move the cursor of some terminals too; other UTF-8 is left alone. */
static void test_controls_beyond_ascii(void **state)
{
    struct fixture *fixture = *state;
    struct report_style style = {.kind = REPORT_PLAN};
    struct unit_result unit = results_unit(&fixture->run, 0);

    unit.reason = "a\xC2\x9B"
                  "2J \xC3\xA9";
    results_set(&fixture->run, 0, &unit);
    assert_non_null(strstr(text(fixture, &style), "a\\u009b2J \xC3\xA9"));
}

static void test_long_values_start_where_they_part(void **state)
{
    enum { LEN = 1000, PART = 700 };
    struct fixture *fixture = *state;
    struct report_style brief = {.kind = REPORT_PLAN},
                        verbose = {.kind = REPORT_PLAN, .verbose = true};
    char from[LEN + 1], to[LEN + 1];
    struct unit_result unit = made_unit(&made_role, "Long", OUTCOME_DRIFTED, fixture->arena);
    struct change *change;

    memset(from, 'a', LEN);
    from[LEN] = '\0';
    memcpy(to, from, sizeof to);
    to[PART] = 'B';
    change = changes_add(&unit.changes, CHANGE_UPDATE, 0, NULL, "long");
    change_field(change, "content", from, to);
    made_add(&fixture->run, &unit);
    (void)text(fixture, &brief);
    assert_non_null(strstr(buf_text(&fixture->out), "content: ... aaaa"));
    assert_non_null(strstr(buf_text(&fixture->out), "aaaB"));
    assert_non_null(strstr(buf_text(&fixture->out), "--verbose shows all"));
    assert_null(strstr(buf_text(&fixture->out), from));
    buf_reset(&fixture->out);
    assert_non_null(strstr(text(fixture, &verbose), from));
    assert_non_null(strstr(buf_text(&fixture->out), to));
}

/* What is the same in many accounts and regions is told once; what differs in one is told apart. */
static void test_what_is_alike_is_together(void **state)
{
    static const char *const accounts[] = {"A", "B", "C"}, *const regions[] = {"r1", "r2"};
    struct fixture *fixture = *state;
    struct report_style brief = {.kind = REPORT_PLAN},
                        verbose = {.kind = REPORT_PLAN, .verbose = true};
    struct run_result *run = &fixture->run;

    results_begin(run);
    for (size_t i = 0; i < 6; i++) {
        struct unit_result unit =
            made_unit(&made_role, accounts[i / 2], OUTCOME_DRIFTED, fixture->arena);

        unit.region = regions[i % 2];
        change_field(changes_add(&unit.changes, CHANGE_UPDATE, 0, NULL, "setting"), "enabled",
                     i == 5 ? "maybe" : "no", "yes");
        made_add(run, &unit);
    }
    assert_string_equal(text(fixture, &brief),
                        "  security_role: 4 targets\n"
                        "      accounts: A, B\n"
                        "      regions: r1, r2\n"
                        "    ~ setting\n"
                        "        enabled: no -> yes\n"
                        "  security_role: account C (111122223333) r1\n"
                        "    ~ setting\n"
                        "        enabled: no -> yes\n"
                        "  security_role: account C (111122223333) r2\n"
                        "    ~ setting\n"
                        "        enabled: maybe -> yes\n"
                        "\n"
                        "plan: 6 targets: 0 clean, 6 drifted; 0 changes needed; 0 reads, 0 writes, "
                        "0 ms\n");
    buf_reset(&fixture->out);
    assert_null(strstr(text(fixture, &verbose), "targets\n"));
}

static void test_an_empty_result_is_its_sum(void **state)
{
    struct fixture *fixture = *state;
    struct report_style style = {.kind = REPORT_DRIFT};

    results_begin(&fixture->run);
    fixture->run.summary.interrupted = true;
    assert_string_equal(text(fixture, &style), "drift: 0 targets: 0 clean; 0 changes needed; 0 "
                                               "reads, 0 writes, 0 ms; interrupted\n");
}

static void test_a_change_in_one_line(void **state)
{
    struct fixture *fixture = *state;
    struct unit_result unit = made_unit(&made_role, "Shop", OUTCOME_DRIFTED, fixture->arena);
    struct changes *changes = &unit.changes;
    struct change *change;

    change = changes_add(changes, CHANGE_CREATE, 0, NULL, "account \"Shop\"");
    report_change_line(&unit, change, &fixture->out);
    assert_string_equal(buf_text(&fixture->out), "create account \"Shop\"");

    /* A name that holds the account's does not name the account. */
    buf_reset(&fixture->out);
    unit.region = "eu-west-1";
    change = changes_add(changes, CHANGE_DELETE, 0, NULL, "role ShopView");
    change_field(change, "managed policy", "arn:aws:iam::aws:policy/Audit\n", NULL);
    report_change_line(&unit, change, &fixture->out);
    assert_string_equal(buf_text(&fixture->out),
                        "delete role ShopView in account Shop in eu-west-1 (managed policy: "
                        "arn:aws:iam::aws:policy/Audit\\n, removed)");

    /* Of several fields none tells enough. */
    buf_reset(&fixture->out);
    change_field(change, "path", "/", NULL);
    report_change_line(&unit, change, &fixture->out);
    assert_string_equal(buf_text(&fixture->out),
                        "delete role ShopView in account Shop in eu-west-1");
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_plan_shows_fields),       TEST(test_an_apply),
        TEST(test_no_escapes_without_color),  TEST(test_color_is_reset),
        TEST(test_controls_beyond_ascii),     TEST(test_long_values_start_where_they_part),
        TEST(test_what_is_alike_is_together), TEST(test_an_empty_result_is_its_sum),
        TEST(test_a_change_in_one_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
