#include "world.h"

static struct json *number(struct arena *arena, double value)
{
    struct json *json = json_object(arena);

    json_put_number(json, "n", value);
    return json;
}

struct fixture {
    struct arena *arena;
    struct sim_store *store;
};

static int open_store(void **state)
{
    static struct fixture fixture;

    fixture = (struct fixture){arena_new("test"), sim_store_new()};
    *state = &fixture;
    return 0;
}

static int close_store(void **state)
{
    struct fixture *fixture = *state;

    sim_store_free(fixture->store);
    arena_free(fixture->arena);
    return 0;
}

/* The ids of a kind, in their order. */
static const char *ids(const struct fixture *fixture, const char *account, const char *kind)
{
    char *out = arena_str(fixture->arena, "");

    for (const struct sim_record *it = sim_store_first(fixture->store, account, "", kind);
         it != NULL; it = sim_store_next(it))
        out = arena_printf(fixture->arena, "%s%s ", out, sim_record_id(it));
    return out;
}

static void test_put_get_delete(void **state)
{
    struct fixture *fixture = *state;
    struct sim_store *store = fixture->store;

    assert_null(sim_store_get(store, fixture->arena, "1", "r", "k", "a"));
    assert_false(sim_store_delete(store, "1", "r", "k", "a"));
    sim_store_put(store, "1", "r", "k", "a", number(fixture->arena, 1));
    assert_true(sim_store_has(store, "1", "r", "k", "a"));
    assert_int_equal(json_number(sim_store_get(store, fixture->arena, "1", "r", "k", "a"), "n", 0),
                     1);
    sim_store_put(store, "1", "r", "k", "a", number(fixture->arena, 2));
    assert_int_equal(sim_store_count(store, "1", "r", "k"), 1);
    assert_int_equal(json_number(sim_store_get(store, fixture->arena, "1", "r", "k", "a"), "n", 0),
                     2);
    assert_true(sim_store_delete(store, "1", "r", "k", "a"));
    assert_false(sim_store_has(store, "1", "r", "k", "a"));
    assert_int_equal(sim_store_count(store, "1", "r", "k"), 0);
}

static void test_parts_of_a_key_do_not_run_together(void **state)
{
    struct fixture *fixture = *state;

    sim_store_put(fixture->store, "1", "", "ab", "c", number(fixture->arena, 1));
    assert_false(sim_store_has(fixture->store, "1", "", "a", "bc"));
    assert_false(sim_store_has(fixture->store, "", "1", "ab", "c"));
    assert_null(sim_store_first(fixture->store, "1", "", "a"));
}

static void test_records_keep_their_order(void **state)
{
    struct fixture *fixture = *state;
    struct sim_store *store = fixture->store;

    for (const char *id = "edcba"; *id != '\0'; id++)
        sim_store_put(store, "1", "", "k", (char[]){*id, '\0'}, number(fixture->arena, 0));
    sim_store_put(store, "2", "", "k", "other", number(fixture->arena, 0));
    assert_string_equal(ids(fixture, "1", "k"), "e d c b a ");
    sim_store_put(store, "1", "", "k", "d", number(fixture->arena, 9)); /* stays in its place */
    (void)sim_store_delete(store, "1", "", "k", "c");
    assert_string_equal(ids(fixture, "1", "k"), "e d b a ");
    (void)sim_store_delete(store, "1", "", "k", "e");
    (void)sim_store_delete(store, "1", "", "k", "a");
    sim_store_put(store, "1", "", "k", "e", number(fixture->arena, 0));
    assert_string_equal(ids(fixture, "1", "k"), "d b e ");
    assert_string_equal(ids(fixture, "2", "k"), "other ");
}

static void test_numbers_grow_with_new_records_only(void **state)
{
    struct fixture *fixture = *state;
    const struct sim_record *first, *second;
    uint64_t before;

    sim_store_put(fixture->store, "", "", "k", "a", number(fixture->arena, 0));
    sim_store_put(fixture->store, "", "", "k", "b", number(fixture->arena, 0));
    first = sim_store_first(fixture->store, "", "", "k");
    second = sim_store_next(first);
    assert_true(sim_record_number(first) < sim_record_number(second));
    before = sim_record_number(first);
    sim_store_put(fixture->store, "", "", "k", "a", number(fixture->arena, 5));
    assert_int_equal(sim_record_number(sim_store_first(fixture->store, "", "", "k")), before);
}

static void test_a_copy_is_not_the_record(void **state)
{
    struct fixture *fixture = *state;
    struct json *copy;

    sim_store_put(fixture->store, "", "", "k", "a", number(fixture->arena, 1));
    copy = sim_store_get(fixture->store, fixture->arena, "", "", "k", "a");
    json_put_number(copy, "more", 1);
    copy = sim_store_get(fixture->store, fixture->arena, "", "", "k", "a");
    assert_null(json_get(copy, "more"));
}

static void test_too_long_a_key_is_nowhere(void **state)
{
    struct fixture *fixture = *state;
    char *key = arena_alloc(fixture->arena, 5000);

    memset(key, 'x', 4999);
    assert_false(sim_store_has(fixture->store, "1", "", "k", key));
    assert_null(sim_store_get(fixture->store, fixture->arena, "1", "", key, "a"));
    assert_false(sim_store_delete(fixture->store, "1", "", "k", key));
    assert_int_equal(sim_store_count(fixture->store, "1", "", key), 0);
}

static void test_dump_and_load(void **state)
{
    struct fixture *fixture = *state;
    struct sim_store *other = sim_store_new();
    struct json *dump = json_array(fixture->arena), *again = json_array(fixture->arena);
    struct err err = ERR_INIT;

    for (int i = 0; i < 20; i++)
        sim_store_put(fixture->store, i % 2 ? "1" : "2", "", "k",
                      arena_printf(fixture->arena, "id%d", 99 - i), number(fixture->arena, i));
    sim_store_dump(fixture->store, dump);
    assert_int_equal(dump->count, 20);
    assert_int_equal(sim_store_load(other, dump, &err), 0);
    sim_store_dump(other, again);
    assert_true(json_equal(again, dump));
    assert_string_equal(ids(fixture, "1", "k"),
                        ids(&(struct fixture){fixture->arena, other}, "1", "k"));
    sim_store_free(other);
}

/* 20,000 records take what their text takes and some hundred bytes each. */
static void test_many_records(void **state)
{
    struct fixture *fixture = *state;
    char account[16], id[16];

    for (int i = 0; i < 20000; i++) {
        (void)snprintf(account, sizeof account, "%012d", i / 100);
        (void)snprintf(id, sizeof id, "%d", i % 100);
        sim_store_put(fixture->store, account, "eu-west-1", "k", id, number(fixture->arena, i));
    }
    assert_int_equal(sim_store_count(fixture->store, "000000000199", "eu-west-1", "k"), 100);
    assert_int_equal(json_number(sim_store_get(fixture->store, fixture->arena, "000000000123",
                                               "eu-west-1", "k", "45"),
                                 "n", 0),
                     12345);
}

/* What is read again is kept parsed: it must be the record's own at any time. */
static void test_what_is_read_often_is_never_old(void **state)
{
    struct fixture *fixture = *state;

    for (int i = 0; i < 3; i++) {
        sim_store_put(fixture->store, "a", "", "k", "x", number(fixture->arena, i));
        for (int j = 0; j < 4; j++) {
            struct json *got = sim_store_get(fixture->store, fixture->arena, "a", "", "k", "x");

            assert_int_equal(json_number(got, "n", -1), i);
            json_put_number(got, "n", 99);
        }
    }
    assert_true(sim_store_delete(fixture->store, "a", "", "k", "x"));
    assert_null(sim_store_get(fixture->store, fixture->arena, "a", "", "k", "x"));
}

static void test_trees_are_forgotten_when_they_are_many(void **state)
{
    struct fixture *fixture = *state;
    struct arena *arena = arena_new("reads");
    struct json *large = json_object(fixture->arena);
    char id[16];

    for (int i = 0; i < 1000; i++) {
        (void)snprintf(id, sizeof id, "m%d", i);
        json_put_number(large, id, i);
    }
    for (int i = 0; i < 600; i++) {
        (void)snprintf(id, sizeof id, "%d", i);
        sim_store_put(fixture->store, "a", "", "k", id, large);
        for (int j = 0; j < 3; j++)
            (void)sim_store_get(fixture->store, arena, "a", "", "k", id);
        sim_store_trim(fixture->store);
        arena_reset(arena);
        assert_int_equal(
            json_number(sim_store_get(fixture->store, arena, "a", "", "k", "0"), "m999", -1), 999);
    }
    arena_free(arena);
}

#define STORE_TEST(test) cmocka_unit_test_setup_teardown(test, open_store, close_store)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_put_get_delete),
        STORE_TEST(test_parts_of_a_key_do_not_run_together),
        STORE_TEST(test_records_keep_their_order),
        STORE_TEST(test_numbers_grow_with_new_records_only),
        STORE_TEST(test_a_copy_is_not_the_record),
        STORE_TEST(test_what_is_read_often_is_never_old),
        STORE_TEST(test_trees_are_forgotten_when_they_are_many),
        STORE_TEST(test_too_long_a_key_is_nowhere),
        STORE_TEST(test_dump_and_load),
        STORE_TEST(test_many_records),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
