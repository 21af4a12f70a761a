/* test_junit.c - every target is counted once, and as what it is. */
#include "about.h"
#include "plinth/codec/xml.h"

static void test_counts_and_places(void **state)
{
    struct arena *arena = arena_new("test");
    const char *text = about_print(report_junit, REPORT_DRIFT, arena);
    struct err err = ERR_INIT;
    struct json *tree;

    (void)state;
    assert_int_equal(xml_parse(text, strlen(text), arena, &tree, &err), 0);
    /* Two drifted, one failed and one unread, and one case for the three clean ones. */
    HAS(text, "<testsuites name=\"drift\" tests=\"5\" failures=\"2\" errors=\"2\" skipped=\"0\" "
              "time=\"3.200\">");
    HAS(text, "<testsuite name=\"security_role\" tests=\"1\" failures=\"1\" errors=\"0\"");
    HAS(text, "<testcase classname=\"security_role\" name=\"account Shop (111122223333)\">");
    HAS(text, "<failure message=\"drifted: update role view in account Shop (trust policy: two)\" "
              "type=\"drifted\"/>");
    HAS(text, "<error message=\"failed: AccessDenied:\\nno: create role view");
    HAS(text, "name=\"3 targets as the baseline has them\"");
    arena_free(arena);
}

static void test_what_changed_passes(void **state)
{
    struct arena *arena = arena_new("test");
    struct run_result run = {0};
    struct unit_result changed = made_unit(&made_role, "A&B", OUTCOME_CHANGED, arena),
                       skipped = made_unit(&made_role, "C", OUTCOME_SKIPPED, arena);
    struct report_about about = about_of(REPORT_APPLY, arena);
    struct buf out;

    (void)state;
    results_begin(&run);
    (void)changes_add(&changed.changes, CHANGE_CREATE, 0, NULL, "role <x>");
    changed.applied = 1;
    made_add(&run, &changed);
    skipped.reason = "it needs \"accounts\"";
    made_add(&run, &skipped);
    buf_init(&out, 64 * 1024);
    report_junit(&run, &about, &out);
    HAS(buf_text(&out), "tests=\"2\" failures=\"0\" errors=\"0\" skipped=\"1\"");
    HAS(buf_text(&out), "<system-out>changed: create role &lt;x&gt; in account A&amp;B");
    HAS(buf_text(&out), "<skipped message=\"skipped: it needs &quot;accounts&quot;\"/>");
    LACKS(buf_text(&out), "classname=\"clean\"");
    buf_fini(&out);
    results_end(&run);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_and_places),
        cmocka_unit_test(test_what_changed_passes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
