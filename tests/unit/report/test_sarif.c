/* test_sarif.c - a result for each target, where the baseline says so, and the same next time. */
#include "about.h"
#include "plinth/codec/json.h"

static const struct json *run_of(enum report_kind kind, struct arena *arena)
{
    const char *text = about_print(report_sarif, kind, arena);
    struct err err = ERR_INIT;
    struct json *log;

    assert_int_equal(json_parse(text, strlen(text), arena, &log, &err), 0);
    assert_string_equal(json_str(log, "version"), "2.1.0");
    return json_at(json_get(log, "runs"), 0);
}

static void test_results(void **state)
{
    struct arena *arena = arena_new("test");
    const struct json *run = run_of(REPORT_DRIFT, arena), *results = json_get(run, "results");
    const struct json *first = json_at(results, 0), *away = json_at(results, 1);
    const struct json *place = json_at(json_get(first, "locations"), 0);

    (void)state;
    assert_string_equal(json_str(json_path(run, "tool", "driver", NULL), "version"), "1.2.3");
    assert_int_equal(results->count, 4);
    assert_string_equal(json_str(first, "ruleId"), "security_role");
    assert_string_equal(json_str(first, "level"), "warning");
    assert_string_equal(json_str(away, "level"), "error"); /* it takes something away */
    assert_string_equal(
        json_str(json_path(place, "physicalLocation", "artifactLocation", NULL), "uri"),
        "acme.yaml");
    assert_true(json_number(json_path(place, "physicalLocation", "region", NULL), "startLine", 0) ==
                9);
    assert_string_equal(json_str(json_get(first, "partialFingerprints"), "plinthTarget/v1"),
                        "security_role/Shop");
    assert_string_equal(
        json_str(json_get(json_at(results, 3), "partialFingerprints"), "plinthTarget/v1"),
        "security_role/Far/eu-west-1");
    /* What could not be read was not examined. */
    assert_false(json_bool(json_at(json_get(run, "invocations"), 0), "executionSuccessful", true));
    arena_free(arena);
}

static void test_every_result_has_its_rule(void **state)
{
    struct arena *arena = arena_new("test");
    const struct json *run = run_of(REPORT_DRIFT, arena);
    const struct json *rules = json_path(run, "tool", "driver", "rules", NULL);

    (void)state;
    for (const struct json *it = json_first(json_get(run, "results")); it != NULL; it = it->next) {
        bool found = false;

        for (const struct json *rule = json_first(rules); rule != NULL; rule = rule->next)
            found = found || strcmp(json_str(rule, "id"), json_str(it, "ruleId")) == 0;
        assert_true(found);
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_results),
        cmocka_unit_test(test_every_result_has_its_rule),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
