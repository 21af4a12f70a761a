/* Changes: what a plan is made of. */
#include "plinth/control/change.h"

#include "plinth/base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_a_change_copies_its_texts(void **state)
{
    struct arena *arena = arena_new("test");
    struct changes changes;
    struct change *change;
    char name[] = "Prod", from[] = "a", to[] = "b";

    (void)state;
    changes_init(&changes, arena);
    change = changes_add(&changes, CHANGE_UPDATE, 3, &changes, "unit \"%s\"", name);
    change_field(change, "owner", from, to);
    name[0] = from[0] = to[0] = 'X';
    assert_int_equal(changes.count, 1);
    assert_string_equal(changes.items[0].resource, "unit \"Prod\"");
    assert_int_equal(changes.items[0].step, 3);
    assert_ptr_equal(changes.items[0].subject, &changes);
    assert_string_equal(changes.items[0].fields[0].from, "a");
    assert_string_equal(changes.items[0].fields[0].to, "b");
    arena_free(arena);
}

static void test_equal_sides_are_no_field(void **state)
{
    struct arena *arena = arena_new("test");
    struct changes changes;
    struct change *change;

    (void)state;
    changes_init(&changes, arena);
    change = changes_add(&changes, CHANGE_CREATE, 0, NULL, "thing");
    change_field(change, "same", "x", "x");
    change_field(change, "both absent", NULL, NULL);
    assert_int_equal(change->field_count, 0);
    change_field(change, "new", NULL, "x");
    change_field(change, "gone", "x", NULL);
    change_field(change, "later", NULL, change_unknown);
    assert_int_equal(change->field_count, 3);
    assert_null(change->fields[0].from);
    assert_null(change->fields[1].to);
    assert_ptr_equal(change->fields[2].to, change_unknown);
    arena_free(arena);
}

static void test_many_changes_and_fields_stay(void **state)
{
    enum { MANY = 100 };
    struct arena *arena = arena_new("test");
    struct changes changes;
    char text[16];

    (void)state;
    changes_init(&changes, arena);
    for (int i = 0; i < MANY; i++) {
        struct change *change = changes_add(&changes, CHANGE_DELETE, i, NULL, "thing %d", i);

        for (int f = 0; f < i; f++) {
            (void)snprintf(text, sizeof text, "%d", f);
            change_field(change, text, text, NULL);
        }
        changes_note(&changes, "note %d", i);
    }
    assert_int_equal(changes.count, MANY);
    assert_int_equal(changes.note_count, MANY);
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(text, sizeof text, "thing %d", i);
        assert_string_equal(changes.items[i].resource, text);
        assert_int_equal(changes.items[i].field_count, i);
        (void)snprintf(text, sizeof text, "note %d", i);
        assert_string_equal(changes.notes[i], text);
    }
    assert_string_equal(changes.items[99].fields[98].name, "98");
    arena_free(arena);
}

static void test_what_is_final(void **state)
{
    struct arena *arena = arena_new("test");
    struct changes a, b;

    (void)state;
    changes_init(&a, arena);
    changes_init(&b, arena);
    change_is_final(changes_add(&a, CHANGE_UPDATE, 0, NULL, "lock"), "vault", 3);
    (void)changes_add(&b, CHANGE_UPDATE, 0, NULL, "lock");
    assert_null(b.items[0].final.name);
    assert_string_equal(a.items[0].final.name, "vault");
    assert_int_equal(a.items[0].final.days, 3);
    /* One that was approved as harmless is not the one that binds. */
    assert_false(change_same(&a.items[0], &b.items[0], true));
    change_is_final(&b.items[0], "vault", 4);
    assert_false(change_same(&a.items[0], &b.items[0], true));
    change_is_final(&b.items[0], "vault", 3);
    assert_true(change_same(&a.items[0], &b.items[0], true));
    arena_free(arena);
}

static void test_what_takes_away(void **state)
{
    struct arena *arena = arena_new("test");
    struct changes changes;

    (void)state;
    changes_init(&changes, arena);
    (void)changes_add(&changes, CHANGE_CREATE, 0, NULL, "thing");
    (void)changes_add(&changes, CHANGE_DELETE, 0, NULL, "thing");
    change_takes_away(changes_add(&changes, CHANGE_UPDATE, 0, NULL, "thing"));
    assert_false(changes.items[0].takes_away);
    assert_true(changes.items[1].takes_away);
    assert_true(changes.items[2].takes_away);
    arena_free(arena);
}

static void test_the_same_change(void **state)
{
    struct arena *arena = arena_new("test");
    struct changes changes;
    struct change *items;

    (void)state;
    changes_init(&changes, arena);
    for (int i = 0; i < 5; i++)
        change_field(changes_add(&changes, i == 1 ? CHANGE_DELETE : CHANGE_UPDATE, i, NULL, "%s",
                                 i == 2 ? "other" : "thing"),
                     "field", i == 3 ? "x" : "a", i == 4 ? change_unknown : "b");
    items = changes.items;
    assert_true(change_same(&items[0], &items[0], false));
    for (int i = 1; i < 5; i++)
        assert_false(change_same(&items[0], &items[i], false));
    for (int i = 1; i < 4; i++)
        assert_false(change_same(&items[0], &items[i], true));
    assert_true(change_same(&items[0], &items[4], true));
    change_field(&items[0], "more", NULL, "c");
    assert_false(change_same(&items[0], &items[4], true));
    arena_free(arena);
}

static void test_kinds_have_names(void **state)
{
    (void)state;
    assert_string_equal(change_kind_name(CHANGE_CREATE), "create");
    assert_string_equal(change_kind_name(CHANGE_UPDATE), "update");
    assert_string_equal(change_kind_name(CHANGE_DELETE), "delete");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_change_copies_its_texts),
        cmocka_unit_test(test_equal_sides_are_no_field),
        cmocka_unit_test(test_many_changes_and_fields_stay),
        cmocka_unit_test(test_what_takes_away),
        cmocka_unit_test(test_what_is_final),
        cmocka_unit_test(test_the_same_change),
        cmocka_unit_test(test_kinds_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
