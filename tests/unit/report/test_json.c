/* The report that a program reads: its format is a promise. */
#include "plinth/report/report.h"

#include "made.h"
#include "plinth/base/buf.h"
#include "plinth/codec/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct identity me = {
    .account_id = "999988887777", .arn = "arn:aws:iam::999988887777:user/x", .partition = "aws"};

/* As a reader gets it. */
static const struct json *report_of(const struct run_result *run, enum report_kind kind,
                                    struct arena *arena)
{
    const char *text = json_text(report_json(run, kind, &me, arena), arena);
    struct err err = ERR_INIT;
    struct json *out = NULL;

    assert_int_equal(json_parse(text, strlen(text), arena, &out, &err), 0);
    return out;
}

static void test_summary_adds_up(void **state)
{
    static const char *const outcomes[] = {"clean",   "changed", "drifted",
                                           "skipped", "failed",  "unknown"};
    struct arena *arena = arena_new("test");
    struct run_result run = made_result(arena);
    const struct json *summary = json_get(report_of(&run, REPORT_PLAN, arena), "summary");
    double sum = 0;

    (void)state;
    for (size_t i = 0; i < sizeof outcomes / sizeof outcomes[0]; i++) {
        assert_non_null(json_get(summary, outcomes[i]));
        sum += json_number(summary, outcomes[i], -1000);
    }
    assert_true(sum == json_number(summary, "targets", -1));
    assert_true(json_number(summary, "reads", 0) == 17);
    assert_true(json_number(summary, "writes", 0) == 1);
    assert_true(json_number(summary, "elapsed_ms", 0) == 3200);
    assert_false(json_bool(summary, "interrupted", true));
    results_end(&run);
    arena_free(arena);
}

static void test_targets(void **state)
{
    struct arena *arena = arena_new("test");
    struct run_result run = made_result(arena);
    const struct json *report = report_of(&run, REPORT_APPLY, arena);
    const struct json *targets = json_get(report, "targets");
    const struct json *failed = json_at(targets, 2), *changes = json_get(failed, "changes");

    (void)state;
    assert_string_equal(json_str(report, "format"), "plinth/report/v1");
    assert_string_equal(json_str(report, "kind"), "apply");
    assert_string_equal(json_str(json_get(report, "identity"), "account"), "999988887777");
    assert_null(json_get(json_get(report, "identity"), "organization"));
    assert_int_equal(targets->count, 4);
    assert_string_equal(json_str(failed, "control"), "security_role");
    assert_string_equal(json_str(failed, "account"), "Pay");
    assert_string_equal(json_str(failed, "outcome"), "failed");
    assert_string_equal(json_str(failed, "code"), "denied");
    assert_string_equal(json_str(failed, "reason"), "AccessDenied:\nno");
    assert_true(json_bool(json_at(changes, 0), "done", false));
    assert_false(json_bool(json_at(changes, 1), "done", true));
    assert_true(
        json_bool(json_at(json_get(json_at(changes, 0), "fields"), 0), "to_unknown", false));
    assert_string_equal(json_str(json_at(targets, 3), "region"), "eu-west-1");
    assert_null(json_get(json_at(targets, 1), "account"));
    assert_false(json_bool(json_at(changes, 0), "destructive", true));
    assert_true(
        json_bool(json_at(json_get(json_at(targets, 1), "changes"), 0), "destructive", false));
    assert_int_equal(json_get(json_at(targets, 1), "notes")->count, 1);
    results_end(&run);
    arena_free(arena);
}

static void test_a_plan_says_nothing_of_done(void **state)
{
    struct arena *arena = arena_new("test");
    struct run_result run = made_result(arena);
    const struct json *report = report_of(&run, REPORT_PLAN, arena);
    const struct json *change =
        json_at(json_get(json_at(json_get(report, "targets"), 0), "changes"), 0);

    (void)state;
    assert_string_equal(json_str(change, "action"), "update");
    assert_null(json_get(change, "done"));
    assert_string_equal(json_str(json_at(json_get(change, "fields"), 0), "to"), "two");
    results_end(&run);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_summary_adds_up),
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_a_plan_says_nothing_of_done),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
