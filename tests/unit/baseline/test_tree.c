#include "tree.h"

#include "yaml.h"

static struct node *parse(struct world *world, const char *text)
{
    struct node *out;

    assert_int_equal(node_parse(text, strlen(text), "t.yaml", world->arena, &out, &world->err), 0);
    return out;
}

static struct node *take_second(void *arg, const struct node *key_a, struct node *a,
                                const struct node *key_b, struct node *b)
{
    (*(int *)arg)++;
    assert_string_equal(key_a->text, key_b->text);
    assert_ptr_not_equal(a, b);
    return b;
}

/* "key=value" of each pair, in order. */
static const char *pairs(struct world *world, const struct node *map)
{
    const char *out = "";

    for (size_t i = 0; i < map->count; i++)
        out = arena_printf(world->arena, "%s%s=%s ", out, map->keys[i]->text, map->items[i]->text);
    return out;
}

static void test_merge(void **state)
{
    struct world *world = *state;
    const struct node *a = parse(world, "\na: 1\nb: 2\n"), *b = parse(world, "c: 3\nb: 4\n");
    int asked = 0;
    const struct node *out = tree_merge(a, b, take_second, &asked, world->arena);

    assert_string_equal(pairs(world, out), "a=1 b=4 c=3 ");
    assert_int_equal(asked, 1);
    assert_int_equal(out->mark.line, 2);
    assert_string_equal(pairs(world, a), "a=1 b=2 ");
    assert_string_equal(pairs(world, b), "c=3 b=4 ");
}

static void test_merge_with_nothing(void **state)
{
    struct world *world = *state;
    const struct node *a = parse(world, "a: 1\n"), *empty = parse(world, "{}");

    assert_string_equal(pairs(world, tree_merge(a, empty, NULL, NULL, world->arena)), "a=1 ");
    assert_string_equal(pairs(world, tree_merge(empty, a, NULL, NULL, world->arena)), "a=1 ");
    assert_int_equal(tree_merge(empty, empty, NULL, NULL, world->arena)->count, 0);
}

static void test_without(void **state)
{
    struct world *world = *state;
    const struct node *map = parse(world, "a: 1\nb: 2\nc: 3\n");

    assert_string_equal(pairs(world, tree_without(map, "b", world->arena)), "a=1 c=3 ");
    assert_string_equal(pairs(world, tree_without(map, "d", world->arena)), "a=1 b=2 c=3 ");
    assert_string_equal(pairs(world, map), "a=1 b=2 c=3 ");
}

static void test_append(void **state)
{
    struct world *world = *state;
    const struct node *a = parse(world, "[1, 2]"), *b = parse(world, "[3]");
    const struct node *out = tree_append(a, b, world->arena);

    assert_int_equal(out->count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(out->items[i]->text[0], '1' + (int)i);
    assert_int_equal(a->count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_merge),
        WORLD_TEST(test_merge_with_nothing),
        WORLD_TEST(test_without),
        WORLD_TEST(test_append),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
