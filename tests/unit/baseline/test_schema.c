#include "plinth/baseline/schema.h"

#include "yaml.h"

struct inner {
    const char *name, *value;
    const struct node *node;
};

struct outer {
    const char *text, *choice, *email;
    bool flag;
    int64_t number;
    struct strings list;
    struct pairs pairs;
    struct inner *object;
    struct objects objects, named;
    const struct node *raw;
    const struct node *node;
};

static const struct field inner_fields[] = {
    {.key = "name", .type = FIELD_STRING, .offset = offsetof(struct inner, name), .doc = "Name."},
    {.key = "value",
     .type = FIELD_STRING,
     .offset = offsetof(struct inner, value),
     .required = true,
     .doc = "Value."},
    {.key = NULL},
};

static const struct schema inner_schema = {
    .name = "inner",
    .doc = "Inner.",
    .size = sizeof(struct inner),
    .node_offset = offsetof(struct inner, node),
    .shorthand = "value",
    .fields = inner_fields,
};

static const struct choice choices[] = {{"one", "ONE"}, {"two", "TWO"}, {NULL, NULL}};

#define FIELD(name, ...)                                                                           \
    {                                                                                              \
        .key = #name, .offset = offsetof(struct outer, name), __VA_ARGS__                          \
    }

static const struct field outer_fields[] = {
    FIELD(text, .type = FIELD_STRING, .fallback = "t"),
    FIELD(choice, .type = FIELD_CHOICE, .choices = choices, .fallback = "two"),
    FIELD(email, .type = FIELD_STRING, .format = FORMAT_EMAIL),
    FIELD(flag, .type = FIELD_BOOL, .fallback = "true"),
    FIELD(number, .type = FIELD_INT, .min = -5, .max = 5),
    FIELD(list, .type = FIELD_STRINGS, .fallback = "[a, b]", .min = 1, .max = 3),
    FIELD(pairs, .type = FIELD_PAIRS),
    FIELD(object, .type = FIELD_OBJECT, .object = &inner_schema),
    FIELD(objects, .type = FIELD_OBJECTS, .object = &inner_schema),
    FIELD(named, .type = FIELD_NAMED, .object = &inner_schema),
    FIELD(raw, .type = FIELD_NODE),
    {.key = NULL},
};

static const struct schema outer_schema = {
    .name = "outer",
    .doc = "Outer.",
    .size = sizeof(struct outer),
    .node_offset = offsetof(struct outer, node),
    .fields = outer_fields,
};

static struct outer decode(struct world *world, const char *text)
{
    struct outer outer;
    struct node *node;

    diags_init(&world->diags, world->arena);
    assert_int_equal(node_parse(text, strlen(text), "s.yaml", world->arena, &node, &world->err), 0);
    schema_decode(&outer_schema, node, world->arena, &outer, &world->diags);
    assert_ptr_equal(outer.node, node);
    return outer;
}

static struct outer decode_well(struct world *world, const char *text)
{
    struct outer outer = decode(world, text);

    assert_string_equal(world_mistakes(world), "");
    return outer;
}

static void expect(struct world *world, const char *text, const char *mistakes)
{
    (void)decode(world, text);
    assert_string_equal(world_mistakes(world), mistakes);
}

static void test_defaults(void **state)
{
    static const char *const texts[] = {"{}", "text:\nflag: ~\nobject: null\n"};

    for (size_t i = 0; i < 2; i++) {
        struct outer outer = decode_well(*state, texts[i]);

        assert_string_equal(outer.text, "t");
        assert_string_equal(outer.choice, "TWO");
        assert_null(outer.email);
        assert_true(outer.flag);
        assert_int_equal(outer.number, 0);
        assert_int_equal(outer.list.count, 2);
        assert_string_equal(outer.list.items[1], "b");
        assert_null(outer.object);
        assert_int_equal(outer.objects.count, 0);
    }
}

static void test_values(void **state)
{
    struct outer outer = decode_well(*state, "text: 012\n"
                                             "choice: one\n"
                                             "flag: false\n"
                                             "number: -5\n"
                                             "list: [x]\n"
                                             "pairs: {k: v}\n"
                                             "object: {name: n, value: v}\n"
                                             "objects: [{value: 1}, 2]\n"
                                             "named: {a: {value: 3}, b: 4}\n"
                                             "raw: [anything]\n");
    const struct inner *objects = outer.objects.items, *named = outer.named.items;

    assert_string_equal(outer.text, "012");
    assert_string_equal(outer.choice, "ONE");
    assert_false(outer.flag);
    assert_int_equal(outer.number, -5);
    assert_int_equal(outer.list.count, 1);
    assert_string_equal(outer.pairs.items[0].key, "k");
    assert_string_equal(outer.pairs.items[0].value, "v");
    assert_string_equal(outer.object->name, "n");
    assert_string_equal(objects[0].value, "1");
    assert_string_equal(objects[1].value, "2"); /* in short */
    assert_string_equal(named[0].name, "a");
    assert_string_equal(named[0].value, "3");
    assert_string_equal(named[1].name, "b");
    assert_string_equal(named[1].value, "4");
    assert_int_equal(outer.raw->count, 1);
}

static void test_mistakes_of_scalars(void **state)
{
    expect(*state, "text: [a]", "1:7: 'text' must be a scalar, not a list\n");
    expect(*state, "choice: three", "1:9: 'choice' must be one of one, two, not 'three'\n");
    expect(*state, "email: x",
           "1:8: 'email' must be an email address (at most 64 characters), not 'x'\n");
    expect(*state, "flag: yes", "1:7: 'flag' must be true or false, not 'yes'\n");
    expect(*state, "flag: 'true'", "1:7: 'flag' must be true or false, not the string 'true'\n");
    expect(*state, "flag: [true]", "1:7: 'flag' must be a scalar, not a list\n");
    expect(*state, "number: {a: 1}", "1:9: 'number' must be a scalar, not a map\n");
    expect(*state, "number: 6", "1:9: 'number' must be from -5 to 5, not 6\n");
    expect(*state, "number: 1.5", "1:9: 'number' must be a whole number, not '1.5'\n");
    expect(*state, "number: 99999999999999999999",
           "1:9: 'number' must be a whole number, not '99999999999999999999'\n");
    expect(*state, "number: '1'", "1:9: 'number' must be a whole number, not the string '1'\n");
}

static void test_mistakes_of_lists_and_maps(void **state)
{
    expect(*state, "list: a", "1:7: 'list' must be a list, not a scalar\n");
    expect(*state, "list: []", "1:7: 'list' must have at least 1 entries, not 0\n");
    expect(*state, "list: [a, b, c, d]", "1:7: 'list' must have at most 3 entries, not 4\n");
    expect(*state, "list: [a, {b: c}]", "1:11: 'list' must be a scalar, not a map\n");
    expect(*state, "pairs: [a]", "1:8: 'pairs' must be a map, not a list\n");
    expect(*state, "pairs: {a: [b]}", "1:12: 'pairs' must be a scalar, not a list\n");
    expect(*state, "objects: {value: x}", "1:10: 'objects' must be a list, not a map\n");
    expect(*state, "named: [x]", "1:8: 'named' must be a map, not a list\n");
}

static void test_mistakes_of_objects(void **state)
{
    expect(*state, "[a]", "1:1: outer must be a map, not a list\n");
    expect(*state, "a", "1:1: outer must be a map, not a scalar\n");
    expect(*state, "object: {name: n}", "1:9: inner needs 'value'\n");
    expect(*state, "object: {value: v, nmae: n}",
           "1:20: unknown key 'nmae' in inner; did you mean 'name'?\n");
    expect(*state, "object: {value: v, whatever: n}", "1:20: unknown key 'whatever' in inner\n");
    /* The name of a named one is its key alone. */
    expect(*state, "named: {a: {name: b, value: v}}", "1:13: unknown key 'name' in inner\n");
    expect(*state, "objects: [[x]]", "1:11: inner must be a map, not a list\n");
    /* Every mistake is told, not the first one only. */
    expect(*state, "flag: 1\nnumber: x\n",
           "1:7: 'flag' must be true or false, not '1'\n"
           "2:9: 'number' must be a whole number, not 'x'\n");
}

static void test_long_text_is_cut(void **state)
{
    struct world *world = *state;
    char key[201];

    memset(key, 'k', sizeof key - 1);
    key[200] = '\0';
    (void)decode(world, arena_printf(world->arena, "%s: 1", key));
    assert_int_equal(world->diags.count, 1);
    assert_true(strlen(world->diags.items[0].text) < 100);
}

static void test_marks(void **state)
{
    struct world *world = *state;
    struct outer outer = decode_well(world, "\ntext: a\n");

    assert_int_equal(schema_mark(outer.node, "text")->line, 2);
    assert_int_equal(schema_mark(outer.node, "text")->column, 7);
    assert_int_equal(schema_mark(outer.node, "none")->column, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_defaults),
        WORLD_TEST(test_values),
        WORLD_TEST(test_mistakes_of_scalars),
        WORLD_TEST(test_mistakes_of_lists_and_maps),
        WORLD_TEST(test_mistakes_of_objects),
        WORLD_TEST(test_long_text_is_cut),
        WORLD_TEST(test_marks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
