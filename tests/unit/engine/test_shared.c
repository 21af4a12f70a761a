#include "plinth/engine/shared.h"

#include "journal_world.h"
#include "lock_test.h"

/* --- In S3 ---------------------------------------------------------------------------------------
 */

static const struct shared_place *place_of(struct lock_process *process)
{
    process->options.place.key = "text.json";
    return &process->options.place;
}

static void make_bucket(struct two *two)
{
    struct err err = ERR_INIT;
    bool made;

    assert_int_equal(shared_make_bucket(place_of(&two->a), two->world.arena, &made, &err), 0);
    assert_true(made);
    assert_int_equal(shared_make_bucket(place_of(&two->a), two->world.arena, &made, &err), 0);
    assert_false(made);
}

static void of_two_who_write_one_succeeds(struct two *two)
{
    const struct shared_place *a = place_of(&two->a), *b = place_of(&two->b);
    struct arena *arena = two->world.arena;
    struct shared_text mine, theirs;
    struct err err = ERR_INIT;

    assert_int_equal(shared_read(a, arena, &mine, &err), 0);
    assert_true(mine.no_bucket && mine.text == NULL && mine.version == NULL);
    make_bucket(two);
    assert_int_equal(shared_read(a, arena, &mine, &err), 0);
    assert_false(mine.no_bucket);
    assert_int_equal(shared_write(a, NULL, "{\"n\": 1}", arena, &mine, &err), 0);
    assert_int_equal(shared_write(b, NULL, "{\"n\": 2}", arena, &theirs, &err), -1);
    assert_int_equal(err.code, ERR_CONFLICT);
    assert_string_equal(theirs.text, "{\"n\": 1}");
    assert_string_equal(theirs.version, mine.version);
    assert_int_equal(shared_write(b, theirs.version, "{\"n\": 2}", arena, &theirs, &err), 0);
    assert_int_equal(shared_write(a, mine.version, "{\"n\": 3}", arena, &mine, &err), -1);
    assert_int_equal(err.code, ERR_CONFLICT);
    assert_int_equal(shared_read(a, arena, &mine, &err), 0);
    assert_string_equal(mine.text, "{\"n\": 2}");
}

/* Done or not done: either is found out. */
static void an_answer_that_is_lost(struct two *two)
{
    const struct shared_place *place = place_of(&two->a);
    struct arena *arena = two->world.arena;
    struct shared_text there;
    struct err err = ERR_INIT;

    make_bucket(two);
    sim_inject(two->world.sim, SIM_LOSE_ONE, 1);
    assert_int_equal(shared_write(place, NULL, "{}", arena, &there, &err), 0);
    assert_int_equal(shared_write(place, there.version, "{\"n\": 1}", arena, &there, &err), 0);
}

TWO_TEST(of_two_who_write_one_succeeds)
TWO_TEST(an_answer_that_is_lost)

/* --- In a file -----------------------------------------------------------------------------------
 */

static void test_a_file(void **state)
{
    struct world *world = *state;
    struct arena *arena = world->arena;
    struct shared_place place = {.file = arena_printf(arena, "%s/lock", world->folder)};
    struct shared_text first, there;
    struct err err = ERR_INIT;

    assert_int_equal(journal_make_folder(world->folder, &err), 0);
    assert_string_equal(shared_name(&place, arena), place.file);
    assert_int_equal(shared_read(&place, arena, &first, &err), 0);
    assert_null(first.text);
    assert_int_equal(shared_write(&place, NULL, "one", arena, &first, &err), 0);
    assert_int_equal(shared_write(&place, NULL, "two", arena, &there, &err), -1);
    assert_int_equal(err.code, ERR_CONFLICT);
    assert_string_equal(there.text, "one");
    assert_int_equal(shared_write(&place, first.version, "two", arena, &there, &err), 0);
    assert_int_equal(shared_write(&place, first.version, "three", arena, &first, &err), -1);
    assert_int_equal(err.code, ERR_CONFLICT);
    assert_int_equal(shared_read(&place, arena, &there, &err), 0);
    assert_string_equal(there.text, "two");
    place.file = arena_printf(arena, "%s/none/text", world->folder);
    assert_int_equal(shared_write(&place, NULL, "one", arena, &there, &err), -1);
    assert_int_equal(err.code, ERR_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_of_two_who_write_one_succeeds),
        cmocka_unit_test(test_an_answer_that_is_lost),
        JOURNAL_TEST(test_a_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
