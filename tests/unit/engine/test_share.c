#include "engine_priv.h"

#include "plinth/base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct changes some_changes(struct arena *arena, const char *resource, const char *value,
                                   int step)
{
    struct changes changes;

    changes_init(&changes, arena);
    change_field(changes_add(&changes, CHANGE_UPDATE, step, NULL, "%s", resource), "state", NULL,
                 value);
    return changes;
}

/* What differs in anything stays apart, whatever the number; what is the same is one. */
static void test_only_the_same_is_shared(void **state)
{
    enum { MANY = 500 };
    struct arena *kept_in = arena_new("kept");
    struct share_table *table = share_table_new(kept_in);
    const struct change *first[MANY];

    (void)state;
    for (int round = 0; round < 2; round++) {
        struct arena *arena = arena_new("unit");

        for (int i = 0; i < MANY; i++) {
            struct changes given = some_changes(arena, arena_printf(arena, "thing %d", i / 4),
                                                i % 2 == 0 ? "on" : "off", i % 4 < 2 ? 1 : 2);
            const struct changes *kept = share_changes(table, &given);

            assert_int_equal(kept->count, 1);
            assert_ptr_not_equal(kept->items, given.items);
            assert_true(change_same(&kept->items[0], &given.items[0], false));
            assert_int_equal(kept->items[0].step, given.items[0].step);
            if (round == 0)
                first[i] = kept->items;
            else
                assert_ptr_equal(kept->items, first[i]);
            assert_true(i == 0 || first[i] != first[i - 1]);
        }
        arena_free(arena);
    }
    arena_free(kept_in);
}

static void test_notes_and_what_is_taken_away_count(void **state)
{
    struct arena *kept_in = arena_new("kept");
    struct share_table *table = share_table_new(kept_in);
    struct arena *arena = arena_new("unit");
    struct changes plain = some_changes(arena, "thing", "on", 1);
    struct changes noted = some_changes(arena, "thing", "on", 1);
    struct changes taken = some_changes(arena, "thing", "on", 1);
    const struct changes *kept;

    (void)state;
    changes_note(&noted, "seen");
    change_takes_away(&taken.items[0]);
    kept = share_changes(table, &plain);
    assert_ptr_not_equal(share_changes(table, &noted)->items, kept->items);
    assert_ptr_not_equal(share_changes(table, &taken)->items, kept->items);
    assert_string_equal(share_changes(table, &noted)->notes[0], "seen");
    assert_true(share_changes(table, &taken)->items[0].takes_away);
    arena_free(arena);
    arena_free(kept_in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_the_same_is_shared),
        cmocka_unit_test(test_notes_and_what_is_taken_away_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
