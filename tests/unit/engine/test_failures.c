/* Parts of a unit that fail: what they leave undone, what is tried again, what is told. */
#include "engine_priv.h"

#include "plinth/base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The change lives as long as the arena: the list may move. */
static const struct change *part(struct changes *changes, const char *name)
{
    struct change *copy = arena_alloc(changes->arena, sizeof *copy);

    *copy = *changes_add(changes, CHANGE_CREATE, 0, NULL, "thing");
    if (name != NULL)
        change_is_part(copy, name);
    return copy;
}

static void add(struct failures *failures, const struct change *change, enum err_code code,
                const char *text, bool final)
{
    struct err err = ERR_INIT;

    (void)err_set(&err, code, "%s", text);
    failures_add(failures, change, &err, final, change->arena);
}

static void test_a_part_stops_itself_alone(void **state)
{
    struct arena *arena = arena_new("test");
    struct failures failures = {0};
    struct changes changes;

    (void)state;
    changes_init(&changes, arena);
    assert_false(failures_stop(&failures, part(&changes, "a")));
    add(&failures, part(&changes, "a"), ERR_IO, "one", true);
    assert_true(failures_stop(&failures, part(&changes, "a")));
    assert_false(failures_stop(&failures, part(&changes, "b")));
    assert_false(failures_stop(&failures, part(&changes, NULL)));
    /* What is of no part stops all that follow. */
    add(&failures, part(&changes, NULL), ERR_IO, "two", true);
    assert_true(failures_stop(&failures, part(&changes, "b")));
    assert_true(failures_stop(&failures, part(&changes, NULL)));
    arena_free(arena);
}

static void test_what_may_be_mended_is_tried_again(void **state)
{
    struct arena *arena = arena_new("test");
    struct failures failures = {0};
    struct err err = ERR_INIT;
    struct changes changes;

    (void)state;
    changes_init(&changes, arena);
    assert_int_equal(failures_result(&failures, &err), 0);
    add(&failures, part(&changes, "a"), ERR_IO, "for good", true);
    add(&failures, part(&changes, "b"), ERR_CONFLICT, "for now", false);
    assert_int_equal(failures_result(&failures, &err), -1);
    assert_int_equal(err.code, ERR_CONFLICT);
    failures_forget(&failures);
    assert_true(failures_stop(&failures, part(&changes, "a")));
    assert_false(failures_stop(&failures, part(&changes, "b")));
    assert_int_equal(failures_result(&failures, &err), -1);
    assert_int_equal(err.code, ERR_IO);
    assert_string_equal(err.text, "for good");
    arena_free(arena);
}

static void test_all_of_it_is_told(void **state)
{
    struct arena *arena = arena_new("test");
    struct failures failures = {0};
    struct changes changes;

    (void)state;
    changes_init(&changes, arena);
    assert_null(failures_text(&failures, &changes, arena));
    changes_problem(&changes, true, "%s cannot be read", "x");
    assert_int_equal(failures_outcome(&changes), OUTCOME_UNKNOWN);
    changes_problem(&changes, false, "y is wrong");
    assert_int_equal(failures_outcome(&changes), OUTCOME_FAILED);
    add(&failures, part(&changes, "a"), ERR_IO, "one", true);
    add(&failures, part(&changes, "b"), ERR_IO, "two", false);
    assert_string_equal(failures_text(&failures, &changes, arena),
                        "one; two; x cannot be read; y is wrong");
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_part_stops_itself_alone),
        cmocka_unit_test(test_what_may_be_mended_is_tried_again),
        cmocka_unit_test(test_all_of_it_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
