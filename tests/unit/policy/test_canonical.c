/* Values in their canonical order. */
#include "document_priv.h"

#include "plinth/base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct json *read_json(const char *text, struct arena *arena)
{
    struct err err = ERR_INIT;
    struct json *json = NULL;

    if (json_parse(text, strlen(text), arena, &json, &err) != 0)
        fail_msg("%s: %s", text, err.text);
    return json;
}

static void test_list_is_sorted_and_has_each_item_once(void **state)
{
    struct arena *arena = *state;
    struct json *list = canonical_list(read_json("[\"b\",\"a\",\"b\",{\"y\":1,\"x\":2},"
                                                 "{\"x\":2,\"y\":1}]",
                                                 arena),
                                       arena);

    assert_string_equal(json_text(list, arena), "[\"a\",\"b\",{\"y\":1,\"x\":2}]");
}

static void test_value_is_a_list_of_one(void **state)
{
    struct arena *arena = *state;

    assert_string_equal(json_text(canonical_list(read_json("\"a\"", arena), arena), arena),
                        "[\"a\"]");
    assert_string_equal(json_text(canonical_list(read_json("[]", arena), arena), arena), "[]");
}

static void test_list_of_one_is_its_item(void **state)
{
    struct arena *arena = *state;

    assert_string_equal(json_text(list_or_item(read_json("[\"a\"]", arena)), arena), "\"a\"");
    assert_string_equal(json_text(list_or_item(read_json("[1,2]", arena)), arena), "[1,2]");
    assert_string_equal(json_text(list_or_item(read_json("[]", arena)), arena), "[]");
}

static void test_members_are_sorted_and_their_values_left(void **state)
{
    struct arena *arena = *state;
    struct json *object = read_json("{\"b\":{\"d\":1,\"c\":2},\"a\":[2,1]}", arena);

    assert_string_equal(json_text(canonical_members(object, arena), arena),
                        "{\"a\":[2,1],\"b\":{\"d\":1,\"c\":2}}");
    assert_string_equal(canonical_text(object, arena), "{\"a\":[2,1],\"b\":{\"c\":2,\"d\":1}}");
}

static int set_up(void **state)
{
    *state = arena_new("test");
    return 0;
}

static int tear_down(void **state)
{
    arena_free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_list_is_sorted_and_has_each_item_once, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_value_is_a_list_of_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_list_of_one_is_its_item, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_members_are_sorted_and_their_values_left, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
