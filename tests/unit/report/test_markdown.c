/* test_markdown.c - what matters first, nothing escapes its block, and it fits in a comment. */
#include "about.h"

enum { GITHUB_CHARACTERS_MOST = 65536 };

static void test_order_and_blocks(void **state)
{
    struct arena *arena = arena_new("test");
    const char *text = about_print(report_markdown, REPORT_APPLY, arena);
    const char *away = strstr(text, "### Takes something away, or is irreversible");
    const char *wrong = strstr(text, "### Failed, skipped or not read");
    const char *rest = strstr(text, "### Changes");

    (void)state;
    HAS(text, "## plinth apply: acme\n");
    assert_true(away != NULL && wrong != NULL && rest != NULL && away < wrong && wrong < rest);
    HAS(away, "  - delete SCP plinth-root-1\n  -     attached to: Shop (removed)\n");
    HAS(wrong, "failed: `AccessDenied:\\nno`");
    HAS(wrong, "  # not done:\n");
    HAS(rest, "trust policy: one\\x1b[2J -> two"); /* no control characters */
    HAS(text, "  - note: `SCP plinth-old is no longer in the baseline`");
    arena_free(arena);
}

static void test_values_stay_in_their_block(void **state)
{
    struct arena *arena = arena_new("test");
    struct run_result run = {0};
    struct report_about about = about_of(REPORT_PLAN, arena);
    struct unit_result unit = made_unit(&made_role, "Shop", OUTCOME_FAILED, arena);
    struct buf out;

    (void)state;
    unit.reason = "`<img src=x>` @everyone";
    change_field(changes_add(&unit.changes, CHANGE_CREATE, 0, NULL, "x\n```\n# title"), "name",
                 NULL, "```\n<script>");
    results_begin(&run);
    made_add(&run, &unit);
    buf_init(&out, 64 * 1024);
    report_markdown(&run, &about, &out);
    HAS(buf_text(&out), "failed: `'<img src=x>' @everyone`");
    LACKS(buf_text(&out), "\n```"); /* ours are indented */
    LACKS(buf_text(&out), "\n# title");
    buf_fini(&out);
    results_end(&run);
    arena_free(arena);
}

static void test_fits_in_a_comment(void **state)
{
    enum { UNITS = 2000 };
    struct arena *arena = arena_new("test");
    struct run_result run = {0};
    struct unit_result away = made_unit(&made_policies, NULL, OUTCOME_DRIFTED, arena);
    struct report_about about = about_of(REPORT_PLAN, arena);
    struct buf out;

    (void)state;
    results_begin(&run);
    for (int i = 0; i < UNITS; i++) {
        struct unit_result unit = made_unit(&made_role, "Shop", OUTCOME_DRIFTED, arena);

        (void)changes_add(&unit.changes, CHANGE_UPDATE, 0, NULL, "role number %d", i);
        made_add(&run, &unit);
    }
    (void)changes_add(&away.changes, CHANGE_DELETE, 0, NULL, "the last one");
    made_add(&run, &away);
    buf_init(&out, 1024 * 1024);
    report_markdown(&run, &about, &out);
    assert_true(out.len < GITHUB_CHARACTERS_MOST);
    HAS(buf_text(&out), "delete the last one"); /* what is taken away found room first */
    HAS(buf_text(&out), "targets more found no room here**");
    buf_fini(&out);
    results_end(&run);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_and_blocks),
        cmocka_unit_test(test_values_stay_in_their_block),
        cmocka_unit_test(test_fits_in_a_comment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
