/* What the baseline may say of backups, and what it may not. */
#include "backup_settings.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define BACKUP "  - {name: Vault, email: b@example.com, roles: [backup], ou: Core}\n"
#define PLAN "schedule: \"cron(0 3 * * ? *)\", values: [daily]"

static void load(struct arena *arena, const char *accounts, const char *settings,
                 struct diags *diags)
{
    const struct baseline_options options = {.sections = controls_sections(arena)};
    const char *text = arena_printf(arena,
                                    "apiVersion: plinth/v1\n"
                                    "name: My test\n"
                                    "home_region: eu-central-1\n"
                                    "regions: [eu-central-1, eu-west-1, us-east-1]\n"
                                    "organization: {trusted_access: [backup.amazonaws.com]}\n"
                                    "organizational_units: {Core: , Work: {units: {Prod: }}}\n"
                                    "accounts:\n"
                                    "  - {name: Main, email: a@example.com, roles: [management]}\n"
                                    "%s"
                                    "controls:\n"
                                    "  backup: {%s}\n",
                                    accounts, settings);
    struct baseline *baseline = NULL;
    struct err err = ERR_INIT;

    diags_init(diags, arena);
    (void)baseline_load_text(text, strlen(text), "test.yaml", &options, arena, &baseline, diags,
                             &err);
}

static void expect_mistake(const char *accounts, const char *settings, const char *wanted)
{
    struct arena *arena = arena_new("test");
    struct diags diags;

    load(arena, accounts, settings, &diags);
    if (diags.count != 1 || strstr(diags.items[0].text, wanted) == NULL)
        fail_msg("%s: %zu mistakes, \"%s\" and not \"%s\"", settings, diags.count,
                 diags.count == 0 ? "" : diags.items[0].text, wanted);
    assert_true(diags.items[0].mark.line > 0);
    arena_free(arena);
}

static void test_places(void **state)
{
    (void)state;
    expect_mistake("", "region: eu-west-1", "needs an account with role backup");
    expect_mistake(BACKUP, "region: eu-central-1", "into the same region");
    expect_mistake(BACKUP, "region: us-east-1, source_regions: [eu-west-1, us-east-1]",
                   "into the same region");
    expect_mistake(BACKUP, "region: ap-south-1", "not among the baseline's regions");
    expect_mistake(BACKUP, "region: eu-west-1, source_regions: [ap-south-1]",
                   "not among the baseline's regions");
    expect_mistake(BACKUP, "region: eu-west-1, plans: {daily: {" PLAN ", attach: [Core]}}",
                   "into the same account");
    expect_mistake(BACKUP, "region: eu-west-1, plans: {daily: {" PLAN ", attach: [root]}}",
                   "into the same account");
    expect_mistake(BACKUP, "region: eu-west-1, plans: {daily: {" PLAN ", attach: [Work/Prd]}}",
                   "Work/Prd");
}

static void test_locks(void **state)
{
    (void)state;
    expect_mistake(BACKUP, "region: eu-west-1, lock: {mode: compliance, min_days: 7}",
                   "changeable_for_days of 3 or more");
    expect_mistake(BACKUP,
                   "region: eu-west-1, source_lock: {mode: compliance, min_days: 7, "
                   "changeable_for_days: 2}",
                   "changeable_for_days of 3 or more");
    expect_mistake(BACKUP,
                   "region: eu-west-1, lock: {mode: governance, min_days: 7, "
                   "changeable_for_days: 3}",
                   "AWS makes it one");
    expect_mistake(BACKUP, "region: eu-west-1, lock: {mode: governance}", "no promise");
    expect_mistake(BACKUP, "region: eu-west-1, lock: {mode: governance, min_days: 9, max_days: 8}",
                   "is more than max_days");
}

#define WITH(LOCK, MORE)                                                                           \
    "region: eu-west-1, " LOCK ", plans: {daily: {" PLAN ", attach: [Work], " MORE "}}"

static void test_retention(void **state)
{
    (void)state;
    expect_mistake(BACKUP,
                   WITH("lock: {mode: governance, min_days: 36}", "start_within_minutes: 60"),
                   "a copy is deleted after 35 days");
    expect_mistake(BACKUP, WITH("source_lock: {mode: governance, max_days: 34}", "copies: false"),
                   "a recovery point is deleted after 35 days");
    expect_mistake(BACKUP,
                   WITH("lock: {mode: governance, max_days: 99}", "copy: {delete_after_days: 100}"),
                   "for more than 99");
    expect_mistake(BACKUP,
                   WITH("rotation_days: 365", "cold_after_days: 30, delete_after_days: 119"),
                   "must be 120 or more");
    expect_mistake(
        BACKUP, WITH("rotation_days: 365", "copy: {cold_after_days: 30, delete_after_days: 119}"),
        "must be 120 or more");
    expect_mistake(BACKUP, WITH("rotation_days: 365", "complete_within_minutes: 119"), "119");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_locks),
        cmocka_unit_test(test_retention),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
