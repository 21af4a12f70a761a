#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/codec/json.h"

#include <float.h>
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

    assert_int_equal(json_parse(text, strlen(text), arena, &json, &err), 0);
    return json;
}

static void assert_prints(struct arena *arena, const struct json *json, enum json_style style,
                          const char *wanted)
{
    struct buf buf;

    (void)arena;
    buf_init(&buf, 64 * 1024);
    json_print(json, style, &buf);
    assert_string_equal(buf_text(&buf), wanted);
    buf_fini(&buf);
}

static void test_compact(void **state)
{
    static const char text[] =
        "{\"b\":[1,2.5,[],{}],\"a\":{\"x\":null,\"y\":[true,false]},\"\":\"\"}";

    assert_string_equal(json_text(parse(*state, text), *state), text);
    assert_string_equal(json_text(NULL, *state), "null");
}

static void test_pretty(void **state)
{
    assert_prints(*state, parse(*state, "{\"a\":[1,{\"b\":2}],\"c\":{},\"d\":[]}"), JSON_PRETTY,
                  "{\n"
                  "  \"a\": [\n"
                  "    1,\n"
                  "    {\n"
                  "      \"b\": 2\n"
                  "    }\n"
                  "  ],\n"
                  "  \"c\": {},\n"
                  "  \"d\": []\n"
                  "}");
    assert_prints(*state, parse(*state, "1"), JSON_PRETTY, "1");
}

static void test_canonical(void **state)
{
    struct buf a, b;

    buf_init(&a, 1024);
    buf_init(&b, 1024);
    json_print_canonical(parse(*state, "{\"b\": {\"d\":1.0, \"c\":[3,1]}, \"a\": \"\\u0041\"}"),
                         &a);
    json_print_canonical(parse(*state, "{\"a\":\"A\",\"b\":{\"c\":[3,1],\"d\":1e0}}"), &b);
    assert_string_equal(buf_text(&a), "{\"a\":\"A\",\"b\":{\"c\":[3,1],\"d\":1}}");
    assert_string_equal(buf_text(&b), buf_text(&a));
    buf_fini(&a);
    buf_fini(&b);
}

static void test_escapes(void **state)
{
    struct json *json =
        json_string(*state, "\" \\ / \b\f\n\r\t \x01\x1f \x7f \xc3\xa9 \xf0\x9f\x98\x80");

    assert_string_equal(json_text(json, *state),
                        "\"\\\" \\\\ / \\b\\f\\n\\r\\t \\u0001\\u001f \x7f "
                        "\xc3\xa9 \xf0\x9f\x98\x80\"");
    assert_string_equal(parse(*state, json_text(json, *state))->string, json->string);
}

static void test_what_is_not_utf8_becomes_a_replacement(void **state)
{
    struct json *object = json_object(*state);

    json_put_str(object, "\xff", "a\xe2\x82z\x80");
    assert_string_equal(json_text(object, *state), "{\"\xef\xbf\xbd\":\"a\xef\xbf\xbd\xef\xbf\xbdz"
                                                   "\xef\xbf\xbd\"}");
}

static void assert_number(struct arena *arena, double value, const char *wanted)
{
    struct json *object = json_object(arena);

    json_put_number(object, "n", value);
    assert_string_equal(json_text(object->first, arena), wanted);
}

static void test_numbers(void **state)
{
    assert_number(*state, 0, "0");
    assert_number(*state, -0.0, "0");
    assert_number(*state, -1, "-1");
    assert_number(*state, 123456789012, "123456789012"); /* an account id */
    assert_number(*state, 9007199254740992, "9007199254740992");
    assert_number(*state, -9007199254740992, "-9007199254740992");
    assert_number(*state, 0.1, "0.1");
    assert_number(*state, 1.0 / 3, "0.3333333333333333");
    assert_number(*state, 1e300, "1e+300");
    assert_number(*state, 1732454400.123, "1732454400.123");
}

static void test_numbers_come_back(void **state)
{
    static const double values[] = {DBL_MAX,  DBL_MIN,       5e-324,
                                    1e23,     123456.789e-5, -2.5e-7,
                                    9e15 + 1, 1e16 + 2,      1.7976931348623155e308};

    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct json *object = json_object(*state), *back;

        json_put_number(object, "n", values[i]);
        back = parse(*state, json_text(object, *state));
        assert_true(back->first->number == values[i]);
        assert_true(json_equal(object, back));
    }
}

static void test_overflow_is_marked(void **state)
{
    struct buf buf;

    buf_init(&buf, 5);
    json_print(parse(*state, "[1,2,3]"), JSON_COMPACT, &buf);
    assert_true(buf.overflow);
    buf_fini(&buf);
}

struct making {
    size_t made, used_most;
};

/* Every third item is left out. */
static struct json *make_item(const void *arg, size_t i, struct arena *arena)
{
    struct making *making = *(struct making *const *)arg;
    struct json *item = json_object(arena);

    making->made++;
    json_put_number(item, "i", (double)i);
    if (arena_used(arena) > making->used_most)
        making->used_most = arena_used(arena);
    return i % 3 == 2 ? NULL : item;
}

static int refuse(void *arg, const char *bytes, size_t len)
{
    (void)arg, (void)bytes, (void)len;
    return -1;
}

static void test_items_that_are_made(void **state)
{
    struct making making = {0}, *arg = &making;
    struct json *json = json_object(*state), *copy;
    size_t used_by_few;
    struct buf out;

    json_put_made(json, "few", make_item, &arg, 5);
    json_put_made(json, "none", make_item, &arg, 0);
    assert_prints(*state, json, JSON_PRETTY,
                  "{\n"
                  "  \"few\": [\n    {\n      \"i\": 0\n    },\n    {\n      \"i\": 1\n    },\n"
                  "    {\n      \"i\": 3\n    },\n    {\n      \"i\": 4\n    }\n  ],\n"
                  "  \"none\": []\n}");
    assert_prints(*state, json, JSON_COMPACT,
                  "{\"few\":[{\"i\":0},{\"i\":1},{\"i\":3},{\"i\":4}],\"none\":[]}");
    copy = json_copy(json, *state);
    assert_true(json_equal(json, copy));
    used_by_few = making.used_most;

    /* As much memory for many as for few, and none is made for who takes no more. */
    json_put_made(json, "many", make_item, &arg, 100000);
    making = (struct making){0};
    buf_init_sink(&out, 1000, refuse, NULL);
    json_print(json, JSON_COMPACT, &out);
    assert_true(making.made < 1000);
    assert_true(making.used_most <= used_by_few);
    assert_int_equal(buf_flush(&out), -1);
    buf_fini(&out);
}

#define ARENA_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(test_compact),
        ARENA_TEST(test_pretty),
        ARENA_TEST(test_canonical),
        ARENA_TEST(test_escapes),
        ARENA_TEST(test_what_is_not_utf8_becomes_a_replacement),
        ARENA_TEST(test_numbers),
        ARENA_TEST(test_numbers_come_back),
        ARENA_TEST(test_overflow_is_marked),
        ARENA_TEST(test_items_that_are_made),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
