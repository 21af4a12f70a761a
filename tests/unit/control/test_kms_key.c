/* What a key lacks, and what is not asked for before all names are known. */
#include "kms_key.h"

#include "plinth/base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define POLICY "{\"Statement\": []}"

static const struct kms_key wanted = {.title = "key",
                                      .alias = "alias/a",
                                      .use = "test",
                                      .description = "Tests.",
                                      .fact = "test.key",
                                      .policy = POLICY,
                                      .rotation_days = 365};

/* The steps of what differs, each by its last digit. */
static int64_t steps_of(const struct kms_key *want, const struct kms_key_seen *seen)
{
    struct arena *arena = arena_new("test");
    struct control_ctx ctx = {.arena = arena};
    struct changes changes;
    int64_t steps = 0;

    changes_init(&changes, arena);
    kms_key_diff(&ctx, want, seen, &changes);
    for (size_t i = 0; i < changes.count; i++)
        steps = 10 * steps + 1 + changes.items[i].step - KMS_KEY_CREATE;
    arena_free(arena);
    return steps;
}

static void test_what_a_key_lacks(void **state)
{
    struct kms_key unknown = wanted;
    struct kms_key_seen none = {0},
                        right = {.arn = "arn",
                                 .state = "Enabled",
                                 .policy = "{ \"Statement\" : [ ] }",
                                 .rotation_days = 365,
                                 .has_alias = true},
                        ending = right, off = right, open = right;

    (void)state;
    unknown.policy = NULL;
    ending.state = "PendingDeletion";
    off.state = "Disabled";
    off.rotation_days = 0;
    open.policy = "{}";
    assert_int_equal(steps_of(&wanted, &none), 146);
    assert_int_equal(steps_of(&wanted, &right), 0);
    assert_int_equal(steps_of(&wanted, &ending), 23);
    assert_int_equal(steps_of(&wanted, &off), 36);
    assert_int_equal(steps_of(&wanted, &open), 5);
    assert_int_equal(steps_of(&unknown, &right), 5);
}

static void test_nothing_is_written_before_its_names_are_known(void **state)
{
    struct arena *arena = arena_new("test");
    struct control_ctx ctx = {.arena = arena};
    struct kms_key_seen seen = {.arn = "arn"};
    struct kms_key unknown = wanted;
    struct err err = ERR_INIT;

    (void)state;
    unknown.policy = NULL;
    assert_int_equal(kms_key_apply(&ctx, &unknown, &seen, KMS_KEY_POLICY, &err), -1);
    assert_int_equal(err.code, ERR_CONFLICT);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_a_key_lacks),
        cmocka_unit_test(test_nothing_is_written_before_its_names_are_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
