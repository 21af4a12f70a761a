/* What a bucket lacks, what of it takes something away, and its bodies in one form. */
#include "bucket.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define POLICY "{\"Statement\": []}"
#define KEEP(days) "{\"Rule\": [{\"NoncurrentVersionExpiration\": {\"NoncurrentDays\": " days "}}]}"

static int setup(void **state)
{
    *state = arena_new("test");
    return 0;
}

static int teardown(void **state)
{
    arena_free(*state);
    return 0;
}

static const struct json *parsed(const char *text, struct arena *arena)
{
    struct err err = ERR_INIT;
    struct json *json;

    assert_int_equal(json_parse(text, strlen(text), arena, &json, &err), 0);
    return json;
}

static struct bucket bucket_of(struct arena *arena)
{
    return (struct bucket){.title = "bucket",
                           .name = "b",
                           .region = "eu-west-1",
                           .advice = "look",
                           .lifecycle = parsed(KEEP("30"), arena),
                           .key_arn = "arn:k",
                           .policy = POLICY};
}

static struct changes diff(const struct bucket *want, const struct bucket_seen *seen,
                           struct arena *arena)
{
    const struct control_ctx ctx = {.arena = arena};
    struct changes changes;

    changes_init(&changes, arena);
    bucket_diff(&ctx, want, seen, NULL, &changes);
    return changes;
}

static struct bucket_seen right_one(struct arena *arena)
{
    const struct json *one = bucket_normal(parsed(KEEP("30"), arena), arena);
    struct bucket_seen seen = {.exists = true,
                               .parts = {[BUCKET_VERSIONING] = "Enabled",
                                         [BUCKET_ENCRYPTION] = "aws:kms with arn:k, bucket key",
                                         [BUCKET_PUBLIC_ACCESS] = "blocked",
                                         [BUCKET_OWNERSHIP] = "BucketOwnerEnforced",
                                         [BUCKET_LOCK] = "none",
                                         [BUCKET_POLICY] = POLICY}};

    seen.parts[BUCKET_LIFECYCLE] = bucket_text(json_get(one, "Rule"), arena);
    return seen;
}

static void test_what_a_bucket_lacks(void **state)
{
    const struct bucket want = bucket_of(*state);
    struct bucket_seen seen = right_one(*state), none = {0};
    struct changes changes = diff(&want, &seen, *state);

    assert_int_equal(changes.count, 0);
    changes = diff(&want, &none, *state);
    assert_int_equal(changes.items[0].step, BUCKET_CREATE);
    assert_int_equal(changes.count, 5); /* versioning, encryption, lifecycle, policy */
    seen.parts[BUCKET_PUBLIC_ACCESS] = "open";
    changes = diff(&want, &seen, *state);
    assert_int_equal(changes.count, 1);
    assert_int_equal(changes.items[0].step, BUCKET_PART + BUCKET_PUBLIC_ACCESS);
}

static void test_a_lockable_one_is_versioned_from_the_start(void **state)
{
    struct bucket want = bucket_of(*state);
    struct bucket_seen none = {0};
    struct changes changes;

    want.lockable = true;
    changes = diff(&want, &none, *state);
    for (size_t i = 0; i < changes.count; i++)
        assert_int_not_equal(changes.items[i].step, BUCKET_PART + BUCKET_VERSIONING);
}

static void test_keeping_for_less_long_takes_away(void **state)
{
    static const struct {
        const char *now;
        bool takes_away;
    } cases[] = {
        {"[{\"Expiration\":{\"Days\":\"40\"}}]", true},
        {"[{\"Expiration\":{\"Days\":\"20\"}}]", false},
        {"[{\"Expiration\":{\"Days\":\"40\"}},{\"NoncurrentVersionExpiration\":"
         "{\"NoncurrentDays\":\"20\"}}]",
         false},
        {"none", true},
    };
    const struct bucket want = bucket_of(*state);

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bucket_seen seen = right_one(*state);
        struct changes changes;

        seen.parts[BUCKET_LIFECYCLE] = cases[i].now;
        changes = diff(&want, &seen, *state);
        assert_int_equal(changes.count, 1);
        if (changes.items[0].takes_away != cases[i].takes_away)
            fail_msg("case %zu", i);
    }
}

/* Only where there is somebody to ask, and only for the mode that nobody can undo. */
static void test_compliance_is_asked_for_by_name(void **state)
{
    static const struct {
        const char *mode, *asks_for, *final;
    } cases[] = {{"COMPLIANCE", "orders", "orders"},
                 {"COMPLIANCE", NULL, NULL},
                 {"GOVERNANCE", "orders", NULL}};
    struct bucket want = bucket_of(*state);
    const struct bucket_seen seen = right_one(*state);

    want.lock_days = 7;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct changes changes;

        want.lock_mode = cases[i].mode;
        want.asks_for = cases[i].asks_for;
        changes = diff(&want, &seen, *state);
        assert_int_equal(changes.count, 1);
        assert_int_equal(changes.items[0].step, BUCKET_PART + BUCKET_LOCK);
        if (cases[i].final == NULL)
            assert_null(changes.items[0].final.name);
        else
            assert_string_equal(changes.items[0].final.name, cases[i].final);
    }
}

static void test_nothing_is_written_before_its_names_are_known(void **state)
{
    struct control_ctx ctx = {.arena = *state};
    struct bucket want = bucket_of(*state);
    struct err err = ERR_INIT;

    want.policy = want.key_arn = want.name = NULL;
    assert_int_equal(bucket_apply(&ctx, NULL, &want, BUCKET_CREATE, &err), -1);
    assert_int_equal(err.code, ERR_CONFLICT);
    assert_int_equal(bucket_apply(&ctx, NULL, &want, BUCKET_PART + BUCKET_POLICY, &err), -1);
    assert_int_equal(bucket_apply(&ctx, NULL, &want, BUCKET_PART + BUCKET_ENCRYPTION, &err), -1);
    assert_int_equal(err.code, ERR_CONFLICT);
}

static void test_names(void **state)
{
    (void)state;
    assert_true(bucket_name_is_valid("a.b-1"));
    assert_false(bucket_name_is_valid("ab"));
    assert_false(bucket_name_is_valid("Abc"));
    assert_false(
        bucket_name_is_valid("0123456789012345678901234567890123456789012345678901234567890123"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_a_bucket_lacks, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_lockable_one_is_versioned_from_the_start, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_keeping_for_less_long_takes_away, setup, teardown),
        cmocka_unit_test_setup_teardown(test_compliance_is_asked_for_by_name, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nothing_is_written_before_its_names_are_known, setup,
                                        teardown),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
