#include "pack.h"
#include "world.h"

static const char *through(const char *text, struct arena *arena)
{
    struct err err = ERR_INIT;
    struct json *tree;
    struct buf bytes;
    const char *out;

    assert_int_equal(json_parse(text, strlen(text), arena, &tree, &err), 0);
    buf_init(&bytes, SIZE_MAX / 2);
    pack_tree(tree, &bytes);
    tree = pack_open(bytes.data, bytes.len, arena);
    buf_fini(&bytes);
    out = json_text(tree, arena);
    return out;
}

static void test_what_is_packed_comes_out_again(void **state)
{
    static const char *const texts[] = {
        "{}",
        "[]",
        "{\"a\":{},\"b\":[],\"c\":\"\",\"d\":null,\"e\":true,\"f\":false}",
        "{\"n\":-1.5,\"big\":1764000000123,\"list\":[1,[2,{\"x\":\"y\"}],\"z\"]}",
        "{\"text\":\"\\\"quoted\\\" \\\\ and \\u0001, \xc3\xa4\"}",
    };
    struct arena *arena = arena_new("test");

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_string_equal(through(texts[i], arena), texts[i]);
    arena_free(arena);
}

static void test_it_can_be_changed(void **state)
{
    struct arena *arena = arena_new("test");
    struct json *tree = json_object(arena);
    struct buf bytes;

    (void)state;
    json_put_str(tree, "a", "1");
    json_put_str(json_put_object(tree, "b"), "c", "2");
    buf_init(&bytes, SIZE_MAX / 2);
    pack_tree(tree, &bytes);
    tree = pack_open(bytes.data, bytes.len, arena);
    buf_fini(&bytes);
    json_remove(tree, "a");
    json_put_str(tree, "d", "3");
    assert_string_equal(json_text(tree, arena), "{\"b\":{\"c\":\"2\"},\"d\":\"3\"}");
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_packed_comes_out_again),
        cmocka_unit_test(test_it_can_be_changed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
