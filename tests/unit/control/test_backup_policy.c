/* The plans of a baseline in the language of backup policies. */
#include "backup_baseline.h"
#include "backup_settings.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* What AWS is told: texts for numbers, the account that follows it as $account, ours as a mark. */
static void test_the_policy(void **state)
{
    struct arena *arena = arena_new("test");
    struct diags diags;
    const struct baseline *baseline =
        backup_load(arena, BACKUP,
                    "region: eu-west-1, lock: {mode: governance, min_days: 7}, "
                    "plans: {daily: {" PLAN ", attach: [Work], "
                    "cold_after_days: 10, delete_after_days: 100, copy: {delete_after_days: 400}}}",
                    &diags);
    static const char copy[] = "arn:aws:backup:eu-west-1:{account:Vault}:backup-vault:"
                               "my-test-central";
    const struct json *plan, *rule, *selection;

    (void)state;
    assert_int_equal(diags.count, 0);
    assert_int_equal(baseline->policy_count, 1);
    assert_string_equal(baseline->policies[0].name, "plinth-backup-daily");
    assert_string_equal(baseline->policies[0].type->key, "backup_policy");
    assert_int_equal(baseline->policies[0].attachment_count, 1);
    assert_string_equal(baseline->policies[0].attachments[0].ou->path, "Work");
    plan = json_path(baseline->policies[0].document, "plans", "daily", NULL);
    rule = json_path(plan, "rules", "daily", NULL);
    assert_string_equal(json_str(json_get(rule, "target_backup_vault_name"), "@@assign"),
                        "my-test-backup");
    assert_string_equal(
        json_str(json_path(rule, "lifecycle", "delete_after_days", NULL), "@@assign"), "100");
    assert_string_equal(
        json_str(json_path(rule, "copy_actions", copy, "lifecycle", "delete_after_days", NULL),
                 "@@assign"),
        "400");
    selection = json_path(plan, "selections", "tags", "daily", NULL);
    assert_string_equal(json_str(json_get(selection, "iam_role_arn"), "@@assign"),
                        "arn:aws:iam::$account:role/plinth-backup");
    arena_free(arena);
}

/* Each value of each plan, wherever it is attached. */
static void test_selections(void **state)
{
    struct arena *arena = arena_new("test");
    struct diags diags;
    struct backup_selections found;

    (void)state;
    backup_selections(backup_load(arena, BACKUP,
                                  "region: eu-west-1, plans: {"
                                  "daily: {" PLAN ", attach: [Work]}, "
                                  "often: {schedule: \"cron(0 * * * ? *)\", tag: keep, "
                                  "values: [hour, minute], attach: [Work/Prod]}}",
                                  &diags),
                      arena, &found);
    assert_int_equal(found.count, 3);
    assert_string_equal(found.items[0].key, "backup");
    assert_string_equal(found.items[0].value, "daily");
    assert_string_equal(found.items[2].key, "keep");
    assert_string_equal(found.items[2].value, "minute");
    backup_selections(backup_load(arena, BACKUP, "region: eu-west-1", &diags), arena, &found);
    assert_int_equal(found.count, 0);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_policy),
        cmocka_unit_test(test_selections),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
