/* Locks: what is added, what is only told, and what is never done. */
#include "backup_vault.h"

#include "plinth/base/arena.h"
#include "plinth/codec/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define POLICY "{\"Statement\": []}"

static const struct backup_lock governance = {.mode = "governance", .min_days = 7},
                                compliance = {
                                    .mode = "compliance", .min_days = 7, .changeable_for_days = 3};

/* A vault that lacks nothing but a lock. */
static const struct backup_vault_seen bare = {
    .key = {.arn = "arn", .state = "Enabled", .policy = POLICY, .has_alias = true},
    .exists = true,
    .policy = POLICY,
};

static struct changes diff(struct arena *arena, const struct backup_lock *lock, bool prune,
                           const struct backup_vault_seen *seen)
{
    const struct backup_vault want = {.name = "v",
                                      .key = {.title = "key", .alias = "a", .policy = POLICY},
                                      .policy = POLICY,
                                      .lock = lock,
                                      .unlocks = true};
    const struct control_ctx ctx = {.arena = arena, .prune = prune};
    struct changes changes;

    changes_init(&changes, arena);
    backup_vault_diff(&ctx, &want, seen, &changes);
    return changes;
}

static void test_a_lock_is_added(void **state)
{
    struct arena *arena = arena_new("test");
    struct changes changes = diff(arena, &governance, false, &bare);

    (void)state;
    assert_int_equal(changes.count, 1);
    assert_null(changes.items[0].final.name);
    changes = diff(arena, &compliance, false, &bare);
    assert_int_equal(changes.count, 1);
    assert_string_equal(changes.items[0].final.name, "v");
    assert_int_equal(changes.items[0].final.days, 3);
    arena_free(arena);
}

static void test_a_looser_lock_takes_something_away(void **state)
{
    struct arena *arena = arena_new("test");
    struct backup_vault_seen longer = bare, shorter = bare;
    struct changes changes;

    (void)state;
    longer.locked = shorter.locked = true;
    longer.min_days = 14;
    shorter.min_days = 3;
    changes = diff(arena, &governance, false, &longer);
    assert_int_equal(changes.count, 1);
    assert_true(changes.items[0].takes_away);
    changes = diff(arena, &governance, false, &shorter);
    assert_int_equal(changes.count, 1);
    assert_false(changes.items[0].takes_away);
    arena_free(arena);
}

static void test_a_compliance_lock_is_left(void **state)
{
    struct arena *arena = arena_new("test");
    struct backup_vault_seen open = bare, final;
    struct changes changes;

    (void)state;
    open.locked = open.compliance = open.open = true;
    open.min_days = 7;
    open.final_from = "2026-11-28T00:00:00Z";
    final = open;
    final.open = false;
    changes = diff(arena, NULL, true, &open);
    assert_int_equal(changes.count, 0);
    assert_non_null(strstr(changes.notes[0], "until 2026-11-28T00:00:00Z"));
    assert_int_equal(diff(arena, NULL, true, &final).count, 0);
    assert_int_equal(diff(arena, &governance, false, &open).count, 0);
    assert_int_equal(diff(arena, &compliance, false, &final).count, 0);
    assert_int_equal(diff(arena, &compliance, false, &final).note_count, 0);
    arena_free(arena);
}

static void test_only_a_prune_unlocks(void **state)
{
    struct arena *arena = arena_new("test");
    struct backup_vault_seen locked = bare;
    struct changes changes;

    (void)state;
    locked.locked = true;
    locked.min_days = 7;
    changes = diff(arena, NULL, false, &locked);
    assert_int_equal(changes.count, 0);
    assert_int_equal(changes.note_count, 1);
    changes = diff(arena, NULL, true, &locked);
    assert_int_equal(changes.count, 1);
    assert_int_equal(changes.items[0].kind, CHANGE_DELETE);
    arena_free(arena);
}

/* Whoever else works in a member account has no business with the central key. */
static void test_the_central_key_serves_copies_only(void **state)
{
    struct arena *arena = arena_new("test");
    const struct backup_spec spec = {.role = "copier"};
    const struct control_ctx ctx = {.arena = arena, .partition = "aws", .spec = &spec};
    struct json *statements;
    size_t count = 0;

    (void)state;
    (void)backup_document(&ctx, NULL, &statements);
    backup_key_statements(&ctx, statements, "*", "o-1");
    for (const struct json *it = json_first(statements); it != NULL; it = it->next, count++) {
        const struct json *roles = json_path(it, "Condition", "ArnLike", "aws:PrincipalArn", NULL);

        assert_string_equal(
            json_str(json_path(it, "Condition", "StringEquals", NULL), "aws:PrincipalOrgID"),
            "o-1");
        assert_int_equal(roles->count, 2);
        assert_string_equal(json_at(roles, 0)->string, "arn:aws:iam::*:role/copier");
        assert_string_equal(json_at(roles, 1)->string,
                            "arn:aws:iam::*:role/aws-service-role/backup.amazonaws.com/"
                            "AWSServiceRoleForBackup");
    }
    assert_int_equal(count, 2);
    assert_true(json_bool(json_path(json_at(statements, 1), "Condition", "Bool", NULL),
                          "kms:GrantIsForAWSResource", false));
    arena_free(arena);
}

/* An account is named as it is; its own policies say who in it may. */
static void test_a_key_of_an_account_serves_the_backup_account(void **state)
{
    struct arena *arena = arena_new("test");
    const struct control_ctx ctx = {.arena = arena, .partition = "aws"};
    struct json *statements;

    (void)state;
    (void)backup_document(&ctx, "111122223333", &statements);
    backup_key_statements(&ctx, statements, "arn:aws:iam::444455556666:root", NULL);
    assert_int_equal(statements->count, 3);
    assert_string_equal(json_str(json_get(json_at(statements, 0), "Principal"), "AWS"),
                        "arn:aws:iam::111122223333:root");
    assert_string_equal(json_str(json_get(json_at(statements, 1), "Principal"), "AWS"),
                        "arn:aws:iam::444455556666:root");
    assert_null(json_get(json_at(statements, 1), "Condition"));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_central_key_serves_copies_only),
        cmocka_unit_test(test_a_key_of_an_account_serves_the_backup_account),
        cmocka_unit_test(test_a_lock_is_added),
        cmocka_unit_test(test_a_looser_lock_takes_something_away),
        cmocka_unit_test(test_a_compliance_lock_is_left),
        cmocka_unit_test(test_only_a_prune_unlocks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
