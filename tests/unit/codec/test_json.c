#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plinth/base/arena.h"
#include "plinth/codec/json.h"
#include "plinth/codec/xml.h"

#include <string.h>

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

static struct json *parse(struct arena *arena, const char *text)
{
    struct err err = ERR_INIT;
    struct json *json = NULL;

    if (json_parse(text, strlen(text), arena, &json, &err) != 0)
        fail_msg("%s: %s", text, err.text);
    return json;
}

/* --- Read ----------------------------------------------------------------------------------------
 */

static void test_readers_take_what_is_not_there(void **state)
{
    struct json *list = parse(*state, "[1]"), *text = parse(*state, "\"x\"");
    struct err err = ERR_INIT;
    const char *out = "kept";

    assert_null(json_get(NULL, "a"));
    assert_null(json_get(list, "a"));
    assert_null(json_path(NULL, "a", "b", NULL));
    assert_null(json_first(NULL));
    assert_null(json_first(text));
    assert_null(json_at(NULL, 0));
    assert_null(json_at(list, 1));
    assert_null(json_str(NULL, "a"));
    assert_true(json_bool(NULL, "a", true));
    assert_true(json_number(NULL, "a", 7) == 7.0);
    assert_int_equal(json_need_str(NULL, "Arn", &out, &err), -1);
    assert_int_equal(err.code, ERR_PROTOCOL);
    assert_non_null(strstr(err.text, "Arn"));
    assert_string_equal(out, "kept");
}

static void test_path_and_index(void **state)
{
    struct json *json = parse(*state, "{\"a\":{\"b\":{\"c\":\"deep\"}},\"l\":[10,20,30]}");
    struct err err = ERR_INIT;
    const char *out = NULL;

    assert_string_equal(json_path(json, "a", "b", "c", NULL)->string, "deep");
    assert_int_equal(json_need_str(json_path(json, "a", "b", NULL), "c", &out, &err), 0);
    assert_string_equal(out, "deep");
    assert_ptr_equal(json_path(json, NULL), json);
    assert_null(json_path(json, "a", "x", "c", NULL));
    assert_null(json_path(json, "a", "b", "c", "d", NULL));
    assert_true(json_at(json_get(json, "l"), 2)->number == 30.0);
    assert_true(json_at(json, 0) == json_get(json, "a"));
}

/* XML has strings only, and lists are elements that repeat. */
static void test_an_xml_answer_reads_like_json(void **state)
{
    static const char text[] = "<R><Flag>true</Flag><Off>false</Off><Size>-12.5e1</Size>"
                               "<L><member>a</member><member>b</member></L></R>";
    struct err err = ERR_INIT;
    struct json *json;
    const char *joined = "";

    assert_int_equal(xml_parse(text, strlen(text), *state, &json, &err), 0);
    assert_true(json_bool(json, "Flag", false));
    assert_false(json_bool(json, "Off", true));
    assert_true(json_number(json, "Size", 0) == -125.0);
    for (const struct json *it = json_first(json_get(json, "L")); it != NULL; it = it->next)
        joined = arena_printf(*state, "%s%s", joined, it->string);
    assert_string_equal(joined, "ab");
}

static void test_what_is_no_number_or_bool_gives_the_fallback(void **state)
{
    static const char *const wrong[] = {"",    " 1",  "1 ",  "0x10", "inf",  "nan", "1e999",
                                        "1,5", "--1", "1-1", "e5",   "TRUE", "yes", "true "};
    struct json *json = parse(*state, "{\"n\":1,\"z\":null,\"o\":{}}");

    assert_true(json_number(json, "z", 7) == 7.0);
    assert_true(json_number(json, "o", 7) == 7.0);
    assert_true(json_bool(json, "n", true));
    assert_false(json_bool(json, "n", false));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct json *object = json_object(*state);

        json_put_str(object, "x", wrong[i]);
        assert_true(json_number(object, "x", 7) == 7.0);
        assert_true(json_bool(object, "x", true));
        assert_false(json_bool(object, "x", false));
    }
}

/* --- Compare -------------------------------------------------------------------------------------
 */

static void test_equality(void **state)
{
    static const struct {
        const char *a, *b;
        bool equal;
    } cases[] = {
        {"1", "1.0", true},
        {"1", "\"1\"", false},
        {"0", "-0", true},
        {"null", "false", false},
        {"true", "true", true},
        {"true", "false", false},
        {"\"\\u0041\"", "\"A\"", true},
        {"\"A\"", "\"a\"", false},
        {"[]", "{}", false},
        {"[1,2]", "[1,2]", true},
        {"[1,2]", "[2,1]", false},
        {"[1]", "[1,1]", false},
        {"{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}", true},
        {"{\"a\":1,\"b\":2}", "{\"b\":1,\"a\":2}", false},
        {"{\"a\":1}", "{\"b\":1}", false},
        {"{\"a\":1}", "{\"a\":1,\"b\":2}", false},
        {"{\"a\":1,\"b\":2}", "{\"a\":1,\"c\":2}", false},
        {"{\"x\":{\"a\":[{\"p\":1,\"q\":2}],\"b\":0}}",
         "{\"x\":{\"b\":0,\"a\":[{\"q\":2,\"p\":1}]}}", true},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct json *a = parse(*state, cases[i].a), *b = parse(*state, cases[i].b);

        if (json_equal(a, b) != cases[i].equal || json_equal(b, a) != cases[i].equal)
            fail_msg("%s and %s", cases[i].a, cases[i].b);
        assert_true(json_equal(a, a));
        assert_false(json_equal(a, NULL));
    }
    assert_true(json_equal(NULL, NULL));
}

static void test_repeated_keys_compare_in_their_order(void **state)
{
    struct json *a = json_object(*state), *b = json_object(*state), *c = json_object(*state);

    json_put_str(a, "k", "1");
    json_put_str(a, "k", "2");
    json_put_str(a, "z", "");
    json_put_str(b, "z", "");
    json_put_str(b, "k", "1");
    json_put_str(b, "k", "2");
    json_put_str(c, "z", "");
    json_put_str(c, "k", "2");
    json_put_str(c, "k", "1");
    assert_true(json_equal(a, b));
    assert_false(json_equal(a, c));
    assert_string_equal(json_str(a, "k"), "1");
}

/* --- Build ---------------------------------------------------------------------------------------
 */

static void test_build(void **state)
{
    struct json *object = json_object(*state), *list, *other = json_array(*state);
    char key[] = "key", value[] = "value";

    json_put_str(object, key, value);
    memset(key, '?', 3);
    memset(value, '?', 5); /* both were copied */
    json_put_str(object, "absent", NULL);
    json_put_bool(object, "b", true);
    json_put_number(object, "n", 1.5);
    json_put_str(json_put_object(object, "o"), "in", "side");
    list = json_put_array(object, "l");
    json_add_str(list, "one");
    json_add_str(list, NULL);
    json_put_number(json_add_object(list), "two", 2);
    json_add(list, object); /* a copy of what it is so far */
    json_add(list, NULL);
    json_put(object, "copy", json_get(object, "o"));
    json_put(object, "nothing", NULL);
    json_add(other, NULL);
    assert_string_equal(json_text(json_string(*state, NULL), *state), "null");
    assert_string_equal(json_text(other, *state), "[]");
    assert_string_equal(json_text(object, *state), "{\"key\":\"value\",\"b\":true,\"n\":1.5,\"o\":{"
                                                   "\"in\":\"side\"},\"l\":[\"one\",{\"two\":2},"
                                                   "{\"key\":\"value\",\"b\":true,\"n\":1.5,\"o\":{"
                                                   "\"in\":\"side\"},\"l\":[\"one\",{\"two\":2}]}],"
                                                   "\"copy\":{\"in\":\"side\"}}");
}

static void test_remove(void **state)
{
    struct json *object = parse(*state, "{\"a\":1,\"b\":2,\"c\":3}");

    json_put_number(object, "a", 4);
    json_remove(object, "a");
    assert_string_equal(json_text(object, *state), "{\"b\":2,\"c\":3}");
    assert_int_equal(object->count, 2);
    json_remove(object, "c");
    json_put_number(object, "d", 5); /* the end is still the end */
    assert_string_equal(json_text(object, *state), "{\"b\":2,\"d\":5}");
    json_remove(object, "x");
    json_remove(object, "b");
    json_remove(object, "d");
    assert_string_equal(json_text(object, *state), "{}");
    assert_null(object->first);
    assert_null(object->last);
    json_put_bool(object, "e", false);
    assert_int_equal(object->count, 1);
    json_remove(NULL, "a");
    json_remove(parse(*state, "[1]"), "a");
}

static void test_a_copy_outlives_its_origin(void **state)
{
    struct arena *other = arena_new("other");
    struct json *origin = parse(other, "{\"a\":[{\"b\":\"c\"},null,true,-1.5],\"d\":{}}");
    struct json *copy = json_copy(origin, *state);

    assert_true(json_equal(origin, copy));
    arena_free(other);
    assert_string_equal(json_text(copy, *state), "{\"a\":[{\"b\":\"c\"},null,true,-1.5],\"d\":{}}");
    json_put_str(copy, "e", "new"); /* in its own arena */
    assert_string_equal(json_str(copy, "e"), "new");
    assert_null(json_copy(NULL, *state));
}

static void test_a_view_shares_its_texts_and_nothing_else(void **state)
{
    const struct json *origin = parse(*state, "{\"a\":[{\"b\":\"c\"},null,true,-1.5],\"d\":{}}");
    struct json *view = json_view(origin, *state);

    assert_true(json_equal(origin, view));
    assert_ptr_equal(json_str(json_first(json_get(view, "a")), "b"),
                     json_str(json_first(json_get(origin, "a")), "b"));
    json_put_str(view, "e", "new");
    json_remove(view, "a");
    assert_string_equal(json_text(view, *state), "{\"d\":{},\"e\":\"new\"}");
    assert_string_equal(json_text(origin, *state),
                        "{\"a\":[{\"b\":\"c\"},null,true,-1.5],\"d\":{}}");
    assert_null(json_view(NULL, *state));
}

#define ARENA_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(test_readers_take_what_is_not_there),
        ARENA_TEST(test_path_and_index),
        ARENA_TEST(test_an_xml_answer_reads_like_json),
        ARENA_TEST(test_what_is_no_number_or_bool_gives_the_fallback),
        ARENA_TEST(test_equality),
        ARENA_TEST(test_repeated_keys_compare_in_their_order),
        ARENA_TEST(test_build),
        ARENA_TEST(test_remove),
        ARENA_TEST(test_a_copy_outlives_its_origin),
        ARENA_TEST(test_a_view_shares_its_texts_and_nothing_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
