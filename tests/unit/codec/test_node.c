#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/limits.h"
#include "plinth/base/str.h"
#include "plinth/codec/node.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* The same bytes without a NUL behind them, so that a read past the end is seen. */
static int parse_exact(const char *text, size_t len, struct arena *arena, struct node **out,
                       struct err *err)
{
    char *copy = malloc(len == 0 ? 1 : len);
    int failed;

    assert_non_null(copy);
    memcpy(copy, text, len);
    failed = node_parse(copy, len, "f.yaml", arena, out, err);
    free(copy);
    return failed;
}

static struct node *parse(struct arena *arena, const char *text)
{
    struct err err = ERR_INIT;
    struct node *node = NULL;

    if (parse_exact(text, strlen(text), arena, &node, &err) != 0)
        fail_msg("%s: %s", text, err.text);
    return node;
}

/* `start` is how the error starts: file, line, column, and what it is about. */
static void assert_refused(struct arena *arena, const char *text, size_t len, enum err_code code,
                           const char *start)
{
    struct err err = ERR_INIT;
    struct node *node = NULL;

    if (parse_exact(text, len, arena, &node, &err) == 0)
        fail_msg("taken: %.80s", text);
    if (err.code != code || strncmp(err.text, start, strlen(start)) != 0)
        fail_msg("%.80s: wanted %s, got %s", text, start, err.text);
    assert_null(node);
}

static void assert_wrong(struct arena *arena, const char *text, const char *start)
{
    assert_refused(arena, text, strlen(text), ERR_CONFIG, start);
}

/* --- What is taken -------------------------------------------------------------------------------
 */

static void test_a_baseline(void **state)
{
    struct node *root = parse(*state, "# comment\n"
                                      "organization:\n"
                                      "  units: [a, \"b\"]\n"
                                      "  text: |\n"
                                      "    two\n"
                                      "    lines\n"
                                      "on: yes\n"
                                      "number: 012\n");
    const struct node *units = node_get(node_get(root, "organization"), "units");

    assert_int_equal(root->type, NODE_MAP);
    assert_int_equal(root->count, 3);
    assert_string_equal(root->keys[1]->text, "on");
    assert_string_equal(node_get(root, "on")->text, "yes");
    assert_string_equal(node_get(root, "number")->text, "012");
    assert_int_equal(units->type, NODE_LIST);
    assert_int_equal(units->count, 2);
    assert_false(units->items[0]->quoted);
    assert_true(units->items[1]->quoted);
    assert_string_equal(node_get(node_get(root, "organization"), "text")->text, "two\nlines\n");
    assert_true(node_get(node_get(root, "organization"), "text")->quoted);
    assert_string_equal(mark_text(&units->items[1]->mark, *state), "f.yaml:3:14");
    assert_string_equal(mark_text(&root->keys[2]->mark, *state), "f.yaml:8:1");
}

static void test_columns_are_characters(void **state)
{
    struct node *root =
        parse(*state, "\xef\xbb\xbf\xc3\xa9\xf0\x9f\x98\x80: x\r\nb: \"\\u00e9\"\r\n");

    assert_string_equal(mark_text(&root->keys[0]->mark, *state), "f.yaml:1:1");
    assert_string_equal(mark_text(&root->items[0]->mark, *state), "f.yaml:1:5");
    assert_string_equal(mark_text(&root->items[1]->mark, *state), "f.yaml:2:4");
    assert_string_equal(root->items[1]->text, "\xc3\xa9");
}

static void test_an_empty_document_is_an_empty_map(void **state)
{
    static const char *const empty[] = {
        "",         " \n\n", "# only a comment\n", "---\n",
        "---\n...", "{}",    "\xef\xbb\xbf",       "%YAML 1.1\n---\n"};

    for (size_t i = 0; i < sizeof empty / sizeof empty[0]; i++) {
        struct node *root = parse(*state, empty[i]);

        assert_int_equal(root->type, NODE_MAP);
        assert_int_equal(root->count, 0);
        assert_null(node_get(root, "a"));
        assert_string_equal(mark_text(&root->mark, *state), "f.yaml:1:1");
    }
}

static void test_other_roots(void **state)
{
    assert_int_equal(parse(*state, "- a\n- b\n")->type, NODE_LIST);
    assert_string_equal(parse(*state, "text")->text, "text");
    assert_int_equal(parse(*state, "\"\"")->type, NODE_SCALAR);
    assert_int_equal(parse(*state, "~")->type, NODE_SCALAR);
}

static void test_null(void **state)
{
    struct node *root =
        parse(*state, "a:\nb: ~\nc: null\nd: \"\"\ne: '~'\nf: Null\ng: {}\nh: nul\n");
    static const struct {
        const char *key;
        bool null;
    } cases[] = {{"a", true},  {"b", true},  {"c", true}, {"d", false},
                 {"e", false}, {"g", false}, {"h", false}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_true(node_is_null(node_get(root, cases[i].key)) == cases[i].null);
}

static void test_aliases_share(void **state)
{
    struct node *root = parse(*state, "a: &x {k: [1, 2]}\nb: *x\nc: [*x, &y text, *y]\n"
                                      "d: &x again\ne: *x\n");

    assert_ptr_equal(node_get(root, "a"), node_get(root, "b"));
    assert_ptr_equal(node_get(root, "c")->items[0], node_get(root, "a"));
    assert_string_equal(node_get(root, "c")->items[2]->text, "text");
    assert_string_equal(node_get(root, "e")->text, "again"); /* the last one above */
    assert_string_equal(mark_text(&node_get(root, "b")->mark, *state), "f.yaml:1:4");
}

/* A string of keys that differ only by quotes is one key twice; quoted, << is a key like others. */
static void test_keys(void **state)
{
    struct node *root = parse(*state, "\"<<\": 1\n\"\": 2\n? long\n: 3\nA: 4\na: 5\n");

    assert_string_equal(node_get(root, "<<")->text, "1");
    assert_string_equal(node_get(root, "")->text, "2");
    assert_string_equal(node_get(root, "long")->text, "3");
    assert_string_equal(node_get(root, "a")->text, "5");
    assert_null(node_get(NULL, "a"));
    assert_null(node_get(node_get(root, "a"), "a"));
}

static void test_names_of_types(void **state)
{
    (void)state;
    assert_string_equal(node_type_name(NODE_SCALAR), "a scalar");
    assert_string_equal(node_type_name(NODE_LIST), "a list");
    assert_string_equal(node_type_name(NODE_MAP), "a map");
}

/* --- What is refused -----------------------------------------------------------------------------
 */

static void test_what_is_not_supported(void **state)
{
    static const struct {
        const char *text, *start;
    } cases[] = {
        {"a: !!str x", "f.yaml:1:4: tags"},
        {"a: !Ref x", "f.yaml:1:4: tags"},
        {"a: !<tag:x> [1]", "f.yaml:1:4: tags"},
        {"a: ! x", "f.yaml:1:4: tags"},
        {"!!map {a: 1}", "f.yaml:1:1: tags"},
        {"a: !!python/object/apply:os.system [id]", "f.yaml:1:4: tags"},
        {"a: 1\n---\nb: 2\n", "f.yaml:2:1: a second document"},
        {"---\n---\n", "f.yaml:2:1: a second document"},
        {"a: &x {b: 1}\nc:\n  <<: *x\n", "f.yaml:3:3: merge keys"},
        {"<<: {a: 1}", "f.yaml:1:1: merge keys"},
        {"[a]: 1", "f.yaml:1:1: a key must be text"},
        {"? {a: 1}\n: 2", "f.yaml:1:3: a key must be text"},
        {"?\n: 1", "f.yaml:1:2: a value without a key"},
        {"a: &x [*x]", "f.yaml:1:8: an alias must not stand inside"},
        {"a: *x", "f.yaml:1:4: an alias (*name) without"},
        {"a: *x\nb: &x 1", "f.yaml:1:4: an alias (*name) without"},
        {"a: \"x\\0y\"", "f.yaml:1:4: the character NUL"},
        {"\"a\\0\": 1", "f.yaml:1:1: the character NUL"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_wrong(*state, cases[i].text, cases[i].start);
}

static void test_a_repeated_key_says_both_lines(void **state)
{
    struct err err = ERR_INIT;
    struct node *node;

    assert_int_equal(parse_exact("a: 1\nb: 2\n'a': 3\n", 16, *state, &node, &err), -1);
    assert_string_equal(err.text,
                        "f.yaml:3:1: the key \"a\" stands in this map already, in line 1");
    assert_wrong(*state, "x: {k: 1, j: 2, k: 3}", "f.yaml:1:17: the key \"k\"");
    /* The first of several, whichever map ends first. */
    assert_wrong(*state, "a: 1\na: 2\nb: {c: 1, c: 2}\n", "f.yaml:2:1: the key \"a\"");
    assert_wrong(*state, "a: {c: 1, c: 2}\nb: 1\nb: 2\n", "f.yaml:1:11: the key \"c\"");
    /* Through an alias as well: its text counts, not where it stands. */
    assert_wrong(*state, "? &x a\n: 1\n? *x\n: 2\n", "f.yaml:1:3: the key \"a\"");
}

static void note_fault(void *arg, const struct mark *mark, const char *text)
{
    char *lines = arg;

    lines[strlen(lines)] = (char)('0' + mark->line);
    assert_true(str_starts(text, "the key \"a\" stands in this map already, in line "));
}

/* Who tells all mistakes goes on with the first of each name. */
static void test_repeated_keys_are_told_and_left_out(void **state)
{
    static const char text[] = "a: {a: 1,\n a: 2}\nb: 3\na: 4\na: 5\nc: 6\n";
    char lines[8] = "";
    const struct node_faults faults = {.tell = note_fault, .arg = lines};
    struct err err = ERR_INIT;
    struct node *node;

    assert_int_equal(node_parse_faults(text, strlen(text), "f.yaml", &faults, *state, &node, &err),
                     0);
    assert_string_equal(lines, "245");
    assert_int_equal(node->count, 3);
    assert_int_equal(node_get(node, "a")->count, 1);
    assert_string_equal(node_get(node_get(node, "a"), "a")->text, "1");
    assert_string_equal(node_get(node, "c")->text, "6");
}

static void test_what_is_not_yaml(void **state)
{
    static const char *const wrong[] = {
        "a: [1",
        "a: {b: 1",
        "a: ]",
        "a: }",
        "a: b: c",
        "a: \"x",
        "a: 'x",
        "\ta: 1",
        "a:\n\t- b",
        "a: 1\n b: 2",
        "- a\nb: 1",
        "a: @x",
        "a: `x",
        "a: %x",
        "a: \"\\q\"",
        "a: \"\\uD800\"",
        "a: &",
        "a: *",
        "a: &x &y z",
        "%YAML 2.0\n---\na: 1",
        "%TAG ! x\n%TAG ! y\n---\na",
        "a: |x\n  b",
        "a: [1 2: ]x",
        "a: \"x\" y",
    };

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_wrong(*state, wrong[i], "f.yaml:");
}

static void test_bytes_that_are_not_text(void **state)
{
    assert_wrong(*state, "a: 1\nb\xc3\xa9: \xff", "f.yaml:2:5: not plain UTF-8");
    assert_wrong(*state, "a: \xc0\x80", "f.yaml:1:4: not plain UTF-8");
    assert_wrong(*state, "a: \xed\xa0\x80", "f.yaml:1:4: not plain UTF-8");
    assert_wrong(*state, "a: \xe2\x82", "f.yaml:1:4: not plain UTF-8");
    assert_wrong(*state, "a: \x01", "f.yaml:1:4: not plain UTF-8");
    assert_wrong(*state, "a: \x1b[2J", "f.yaml:1:4: not plain UTF-8");
    assert_refused(*state, "a: \0", 4, ERR_CONFIG, "f.yaml:1:4: not plain UTF-8");
    assert_refused(*state,
                   "\xff\xfe"
                   "a\0:\0",
                   6, ERR_CONFIG, "f.yaml:1:1: not plain UTF-8");
}

/* --- Limits --------------------------------------------------------------------------------------
 */

static void test_depth_is_bounded(void **state)
{
    char text[2 * 100 * 1000 + 1];

    for (size_t depth = LIMIT_YAML_DEPTH; depth <= LIMIT_YAML_DEPTH + 1; depth++) {
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        text[2 * depth] = '\0';
        if (depth == LIMIT_YAML_DEPTH)
            (void)parse(*state, text);
        else
            assert_refused(*state, text, strlen(text), ERR_LIMIT, "f.yaml:1:33: nested too deep");
    }
    memset(text, '[', 100 * 1000);
    assert_refused(*state, text, 100 * 1000, ERR_LIMIT, "f.yaml:1:33: nested too deep");
    for (size_t i = 0; i + 2 < sizeof text; i += 2)
        memcpy(text + i, "- ", 2);
    assert_refused(*state, text, sizeof text - 1, ERR_LIMIT, "f.yaml:1:65: nested too deep");
}

/* Each anchor holds the one above twice as an item, so depth and values both grow. */
static char *bomb(struct arena *arena, int lines, int copies)
{
    struct buf buf;
    char *text;

    buf_init(&buf, 1024 * 1024);
    buf_str(&buf, "a0: &a0 [x]\n");
    for (int i = 1; i < lines; i++) {
        buf_printf(&buf, "a%d: &a%d [", i, i);
        for (int j = 0; j < copies; j++)
            buf_printf(&buf, "*a%d,", i - 1);
        buf_str(&buf, "]\n");
    }
    text = arena_strn(arena, buf_text(&buf), buf.len);
    buf_fini(&buf);
    return text;
}

static void test_alias_bombs_are_small(void **state)
{
    const char *text = bomb(*state, 12, 10);

    assert_refused(*state, text, strlen(text), ERR_LIMIT, "f.yaml:7:");
    /* One copy a line: few values, but deep. */
    text = bomb(*state, LIMIT_YAML_DEPTH + 5, 1);
    assert_refused(*state, text, strlen(text), ERR_LIMIT, "f.yaml:32:");
    (void)parse(*state, bomb(*state, 5, 10));
    (void)parse(*state, bomb(*state, 31, 1));
}

static void test_values_are_bounded(void **state)
{
    static char text[2 * LIMIT_YAML_NODES + 64];

    text[0] = '[';
    for (size_t i = 0; i < LIMIT_YAML_NODES; i++)
        memcpy(text + 1 + 2 * i, "1,", 2);
    memcpy(text + 1 + 2 * (size_t)LIMIT_YAML_NODES, "]", 2);
    assert_refused(*state, text, strlen(text), ERR_LIMIT, "f.yaml:1:");
    memcpy(text + 1 + 2 * (size_t)(LIMIT_YAML_NODES - 1), "]", 2);
    assert_int_equal(parse(*state, text)->count, LIMIT_YAML_NODES - 1);
}

/* A map with many keys is checked for repeated ones without comparing each with each. */
static void test_a_wide_map(void **state)
{
    struct buf buf;
    struct node *root;

    buf_init(&buf, LIMIT_YAML_BYTES);
    for (int i = 0; i < 100 * 1000; i++)
        buf_printf(&buf, "k%d: 1\n", i);
    root = parse(*state, buf_text(&buf));
    assert_int_equal(root->count, 100 * 1000);
    buf_str(&buf, "k77: 1\n");
    assert_wrong(*state, buf_text(&buf), "f.yaml:100001:1: the key \"k77\"");
    buf_fini(&buf);
}

static void test_a_hundred_megabytes_are_not_read(void **state)
{
    size_t len = 100 * 1024 * 1024;
    char *text = malloc(len);
    struct err err = ERR_INIT;
    struct node *node;

    assert_non_null(text);
    memset(text, 'a', len);
    assert_int_equal(node_parse(text, len, "f.yaml", *state, &node, &err), -1);
    assert_int_equal(err.code, ERR_LIMIT);
    assert_true(arena_used(*state) < 1024);
    free(text);
}

/* --- Files ---------------------------------------------------------------------------------------
 */

static int read_file(const char *path, struct arena *arena, struct node **out, struct err *err)
{
    err_clear(err);
    return node_parse_file(path, arena, out, err);
}

static void test_files(void **state)
{
    char path[] = "/tmp/plinth-node-XXXXXX";
    int fd = mkstemp(path);
    struct err err = ERR_INIT;
    struct node *node = NULL;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, "a: [1\n", 6), 6);
    assert_int_equal(read_file(path, *state, &node, &err), -1);
    assert_int_equal(err.code, ERR_CONFIG);
    assert_int_equal(strncmp(err.text, path, strlen(path)), 0);
    assert_int_equal(pwrite(fd, "a: [1]", 6, 0), 6);
    assert_int_equal(read_file(path, *state, &node, &err), 0);
    assert_string_equal(node_get(node, "a")->mark.file, path);
    assert_int_equal(ftruncate(fd, (off_t)100 * 1024 * 1024), 0); /* sparse */
    assert_int_equal(read_file(path, *state, &node, &err), -1);
    assert_int_equal(err.code, ERR_LIMIT);
    (void)close(fd);
    (void)unlink(path);
    assert_int_equal(read_file(path, *state, &node, &err), -1);
    assert_int_equal(err.code, ERR_IO);
    assert_int_equal(read_file("/tmp", *state, &node, &err), -1);
    assert_int_equal(err.code, ERR_IO);
    assert_int_equal(read_file("/dev/zero", *state, &node, &err), -1); /* it never ends */
    assert_int_equal(err.code, ERR_LIMIT);
    assert_int_equal(read_file("/dev/null", *state, &node, &err), 0);
    assert_int_equal(node->count, 0);
}

#define ARENA_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(test_a_baseline),
        ARENA_TEST(test_columns_are_characters),
        ARENA_TEST(test_an_empty_document_is_an_empty_map),
        ARENA_TEST(test_other_roots),
        ARENA_TEST(test_null),
        ARENA_TEST(test_aliases_share),
        ARENA_TEST(test_keys),
        ARENA_TEST(test_names_of_types),
        ARENA_TEST(test_what_is_not_supported),
        ARENA_TEST(test_a_repeated_key_says_both_lines),
        ARENA_TEST(test_repeated_keys_are_told_and_left_out),
        ARENA_TEST(test_what_is_not_yaml),
        ARENA_TEST(test_bytes_that_are_not_text),
        ARENA_TEST(test_depth_is_bounded),
        ARENA_TEST(test_alias_bombs_are_small),
        ARENA_TEST(test_values_are_bounded),
        ARENA_TEST(test_a_wide_map),
        ARENA_TEST(test_a_hundred_megabytes_are_not_read),
        ARENA_TEST(test_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
