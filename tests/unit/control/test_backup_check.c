/* What the baseline may say of backups, and what it may not. */
#include "backup_baseline.h"
#include "backup_settings.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void expect_mistake(const char *accounts, const char *settings, const char *wanted)
{
    struct arena *arena = arena_new("test");
    struct diags diags;

    backup_load(arena, accounts, settings, &diags);
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

#define WORK "  - {name: Shop, email: c@example.com, ou: Work/Prod}\n"
#define NO_VAULT                                                                                   \
    "  - {name: Shop, email: c@example.com, ou: Work/Prod, controls: {backup: false}}\n"

static void expect_none(const char *accounts, const char *settings)
{
    struct arena *arena = arena_new("test");
    struct diags diags;

    backup_load(arena, accounts, settings, &diags);
    if (diags.count != 0)
        fail_msg("%s: %s", settings, diags.items[0].text);
    arena_free(arena);
}

static void test_a_plan_needs_vaults(void **state)
{
    (void)state;
    expect_none(BACKUP WORK, WITH("rotation_days: 365", "copies: true"));
    expect_mistake(BACKUP NO_VAULT, WITH("rotation_days: 365", "copies: false"),
                   "account Shop would follow the plan and has no vault");
}

#define GAP "air_gapped: {min_days: 30, max_days: 60}"

static void test_air_gapped(void **state)
{
    (void)state;
    expect_none(BACKUP, WITH(GAP, "copies_to_air_gapped: true"));
    expect_mistake(BACKUP, "region: eu-west-1, air_gapped: {min_days: 6, max_days: 8}", "min_days");
    expect_mistake(BACKUP, "region: eu-west-1, air_gapped: {min_days: 9, max_days: 8}",
                   "is more than max_days");
    expect_mistake(BACKUP, "region: eu-west-1, air_gapped: {name: a@b, min_days: 7, max_days: 8}",
                   "a vault's name");
    expect_mistake(BACKUP,
                   "region: eu-west-1, air_gapped: {name: my-test-central, min_days: 7, max_days: "
                   "8}",
                   "the central vault's name");
    expect_mistake(BACKUP, WITH("rotation_days: 365", "copies_to_air_gapped: true"),
                   "no air-gapped vault to copy to");
    expect_mistake(BACKUP,
                   WITH(GAP, "copies: false, copies_to_air_gapped: true, delete_after_days: 61"),
                   "an air-gapped copy is deleted after 61 days");
    expect_mistake(BACKUP,
                   "region: eu-west-1, " GAP ", plans: {daily: {" PLAN
                   ", attach: [Core], copies: false, copies_to_air_gapped: true}}",
                   "into the same account");
}

#define TEST "schedule: \"cron(0 6 ? * 1 *)\", resource_types: [EBS]"

static void test_restore_tests(void **state)
{
    (void)state;
    expect_none(BACKUP WORK,
                "region: eu-west-1, restore_tests: {weekly_1: {" TEST ", accounts: [Shop]}}");
    expect_mistake(BACKUP, "region: eu-west-1, restore_tests: {every-week: {" TEST "}}",
                   "letters, digits and '_'");
    expect_mistake(BACKUP, "region: eu-west-1, restore_tests: {abcdefghijklmnopqrstu: {" TEST "}}",
                   "at most 20");
    expect_mistake(BACKUP,
                   "region: eu-west-1, restore_tests: {weekly: {schedule: \"rate(1 day)\", "
                   "resource_types: [EBS]}}",
                   "a schedule is");
    expect_mistake(BACKUP, "region: eu-west-1, restore_tests: {weekly: {" TEST ", accounts: [X]}}",
                   "there is no account X");
    expect_mistake(BACKUP NO_VAULT,
                   "region: eu-west-1, restore_tests: {weekly: {" TEST ", accounts: [Shop]}}",
                   "has no vault to restore from");
}

static void test_schedules(void **state)
{
    static const char *const wrong[] = {
        "rate(1 day)",         "cron(0 3)",        "cron(0 3 * * * *)",     "cron(0 3 ? * ? *)",
        "cron(0 3 * * ? * *)", "cron(0 3 * * ? *", "cron(0 3 * * ? *) UTC", "cron()",
    };
    static const char *const right[] = {"cron(0 3 * * ? *)", "cron(0/30 1,13 ? * MON-FRI 2026)",
                                        "cron(0  5 L * ? *)"};
    char settings[256];

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        (void)snprintf(settings, sizeof settings,
                       "region: eu-west-1, plans: {d: {schedule: \"%s\", values: [d], "
                       "attach: [Work]}}",
                       wrong[i]);
        expect_mistake(BACKUP, settings, "a schedule is");
    }
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
        struct arena *arena = arena_new("test");
        struct diags diags;

        (void)snprintf(settings, sizeof settings,
                       "region: eu-west-1, plans: {d: {schedule: \"%s\", values: [d], "
                       "attach: [Work]}}",
                       right[i]);
        backup_load(arena, BACKUP, settings, &diags);
        assert_int_equal(diags.count, 0);
        arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_schedules),
        cmocka_unit_test(test_locks),
        cmocka_unit_test(test_retention),
        cmocka_unit_test(test_a_plan_needs_vaults),
        cmocka_unit_test(test_air_gapped),
        cmocka_unit_test(test_restore_tests),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
