#include "source.h"

#include "yaml.h"

static struct node *fill(struct world *world, const char *text, const struct variable_value *given)
{
    struct node *root;

    diags_init(&world->diags, world->arena);
    assert_int_equal(node_parse(text, strlen(text), "v.yaml", world->arena, &root, &world->err), 0);
    variables_substitute(root, given, world->arena, &world->diags);
    return root;
}

static void test_defaults_and_given_values(void **state)
{
    struct world *world = *state;
    const struct variable_value given[] = {{"b", "two"}, {NULL, NULL}};
    struct node *root = fill(world,
                             "variables: {a: one, b: 1, c: {default: three}}\n"
                             "x: ${var.a} and ${var.b}${var.c}\n"
                             "y: [{z: \"${var.a}\"}]\n",
                             given);

    assert_string_equal(world_mistakes(world), "");
    assert_string_equal(node_get(root, "x")->text, "one and twothree");
    assert_string_equal(node_get(node_get(root, "y")->items[0], "z")->text, "one");
}

static void test_a_whole_reference_is_plain(void **state)
{
    struct world *world = *state;
    struct node *root = fill(world, "variables: {n: 3}\na: \"${var.n}\"\nb: \"${var.n}0\"\n", NULL);

    assert_false(node_get(root, "a")->quoted);
    assert_true(node_get(root, "b")->quoted);
}

static void test_iam_keeps_its_own(void **state)
{
    struct world *world = *state;
    struct node *root = fill(world,
                             "variables: {a: one}\n"
                             "policies:\n"
                             "  - document: {x: \"${aws:username}/${var.a}\", y: \"${var.a}\"}\n"
                             "    parameters: {x: \"${aws:username}\", y: \"${var.a}\"}\n"
                             "    name: ${aws:username}\n",
                             NULL);
    const struct node *policy = node_get(root, "policies")->items[0];

    assert_string_equal(world_mistakes(world),
                        "5:11: '${aws:username}' is no variable: one is written ${var.name}\n");
    assert_string_equal(node_get(node_get(policy, "document"), "x")->text, "${aws:username}/one");
    assert_true(node_get(node_get(policy, "document"), "y")->quoted);
    assert_string_equal(node_get(node_get(policy, "parameters"), "x")->text, "${aws:username}");
    assert_false(node_get(node_get(policy, "parameters"), "y")->quoted);
}

static void test_mistakes(void **state)
{
    struct world *world = *state;
    const struct variable_value given[] = {{"emial", "x"}, {"used", "${var.used}"}, {NULL, NULL}};

    (void)fill(world,
               "variables:\n"
               "  email: e\n"
               "  none: {description: nothing}\n"
               "  used:\n"
               "  refers: a${var.email}\n"
               "x: ${var.emaill}\n"
               "y: ${email}\n"
               "z: open ${var.email\n",
               given);
    diags_sort(&world->diags);
    assert_string_equal(
        world_mistakes(world),
        "0:0: --var emial: the baseline has no such variable; did you mean 'email'?\n"
        "0:0: --var used: its value must not refer to variables\n"
        "3:3: variable 'none' has no value: give it a default, or --var none=...\n"
        "5:11: the value of variable 'refers' must not refer to variables\n"
        "6:4: unknown variable 'emaill'; did you mean 'email'?\n"
        "7:4: '${email}' is no variable: one is written ${var.name}\n");
}

static void test_an_alias_is_filled_once(void **state)
{
    struct world *world = *state;
    struct node *root =
        fill(world, "variables: {a: one}\nx: &x [\"${var.a}\", \"${var.other}\"]\ny: *x\n", NULL);

    assert_string_equal(world_mistakes(world), "2:20: unknown variable 'other'\n");
    assert_string_equal(node_get(root, "y")->items[0]->text, "one");
}

/* A variable of a megabyte, used a hundred times. */
static void test_little_does_not_become_much(void **state)
{
    enum { BYTES = 1000 * 1000, USES = 100 };
    struct world *world = *state;
    char *value = arena_alloc(world->arena, BYTES + 1);
    const struct variable_value given[] = {{"a", value}, {NULL, NULL}};
    const char *text = "variables: {a: x}\n";

    memset(value, 'y', BYTES);
    for (int i = 0; i < USES; i++)
        text = arena_printf(world->arena, "%sk%d: ${var.a}\n", text, i);
    (void)fill(world, text, given);
    assert_int_equal(world->diags.count, USES - 16);
    assert_string_equal(world->diags.items[0].text,
                        "filled in, the variables make more than 16777216 bytes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_defaults_and_given_values), WORLD_TEST(test_a_whole_reference_is_plain),
        WORLD_TEST(test_iam_keeps_its_own),         WORLD_TEST(test_mistakes),
        WORLD_TEST(test_an_alias_is_filled_once),   WORLD_TEST(test_little_does_not_become_much),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
