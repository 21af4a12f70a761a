#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/limits.h"
#include "plinth/base/str.h"
#include "plinth/codec/node_edit.h"

#include <stdlib.h>
#include <string.h>

/* The item is written as the tests' own YAML, so that none of it is made by what is tested. */
static const char item_text[] = "{name: New, ou: Work/Prod, tags: {team: shop, cost: '42'}}";

static int append(struct arena *arena, const char *text, size_t len, const char *item,
                  const char **out, struct err *err)
{
    struct node *node = NULL;
    struct err ignored = ERR_INIT;
    char *copy = malloc(len == 0 ? 1 : len); /* no NUL behind it: a read past the end is seen */
    size_t out_len = 0;
    int result;

    assert_non_null(copy);
    memcpy(copy, text, len);
    assert_int_equal(node_parse(item, strlen(item), "item", arena, &node, &ignored), 0);
    result = node_append(copy, len, "f.yaml", "accounts", node, arena, out, &out_len, err);
    free(copy);
    if (result == 0)
        assert_int_equal(strlen(*out), out_len);
    return result;
}

static void assert_edited(const char *text, const char *wanted)
{
    struct arena *arena = arena_new("test");
    struct err err = ERR_INIT;
    const char *out = NULL;

    if (append(arena, text, strlen(text), item_text, &out, &err) != 0)
        fail_msg("%s\nis refused: %s", text, err.text);
    assert_string_equal(out, wanted);
    arena_free(arena);
}

static void assert_refused(const char *text, const char *wanted)
{
    struct arena *arena = arena_new("test");
    struct err err = ERR_INIT;
    const char *out = NULL;

    assert_int_equal(append(arena, text, strlen(text), item_text, &out, &err), -1);
    assert_null(out);
    assert_int_equal(err.code, ERR_CONFIG);
    if (strstr(err.text, wanted) == NULL)
        fail_msg("\"%s\" lacks \"%s\"", err.text, wanted);
    arena_free(arena);
}

#define ENTRY(in)                                                                                  \
    in "- name: New\n" in "  ou: Work/Prod\n" in "  tags: {team: shop, cost: \"42\"}\n"
#define FLOW "{name: New, ou: Work/Prod, tags: {team: shop, cost: \"42\"}}"

static void test_entries_in_lines(void **state)
{
    (void)state;
    assert_edited("accounts:\n  - name: A\n    ou: X\n", "accounts:\n  - name: A\n    ou: X\n" //
                  ENTRY("  "));
    assert_edited("accounts:\n- name: A\nregions: [a]\n",
                  "accounts:\n- name: A\n" ENTRY("") "regions: [a]\n");
    assert_edited("a: 1\naccounts:\n    -   name: A\n        ou: X\nz: 1\n",
                  "a: 1\naccounts:\n    -   name: A\n        ou: X\n"
                  "    -   name: New\n        ou: Work/Prod\n"
                  "        tags: {team: shop, cost: \"42\"}\nz: 1\n");
    assert_edited("accounts:\n  -\n    name: A\n", "accounts:\n  -\n    name: A\n" ENTRY("  "));
}

static void test_entries_in_braces(void **state)
{
    (void)state;
    assert_edited("accounts:\n  - {name: A}\n  - {name: B} # b\n\nz: 1\n",
                  "accounts:\n  - {name: A}\n  - {name: B} # b\n  - " FLOW "\n\nz: 1\n");
    /* The last one sets the manner. */
    assert_edited("accounts:\n  - {name: A}\n  - name: B\n",
                  "accounts:\n  - {name: A}\n  - name: B\n" ENTRY("  "));
}

static void test_comments_stay(void **state)
{
    (void)state;
    assert_edited(
        "# top\naccounts: # those\n  # first\n  - name: A # a\n    # of a\n    ou: X # x\n",
        "# top\naccounts: # those\n  # first\n  - name: A # a\n    # of a\n    ou: X # x\n" //
        ENTRY("  "));
    /* What is right under the last one belongs to the list; what a blank line sets apart does not.
     */
    assert_edited("accounts:\n  - name: A\n    # of a\n  # - name: Later\n\n# --- Next ---\nz: 1\n",
                  "accounts:\n  - name: A\n    # of a\n  # - name: Later\n" ENTRY(
                      "  ") "\n# --- Next ---\nz: 1\n");
    assert_edited("accounts:\n- name: A\n# --- Next ---\nz: 1\n",
                  "accounts:\n- name: A\n" ENTRY("") "# --- Next ---\nz: 1\n");
    assert_edited("accounts:\n  - name: A # a\ttab\n    # at the end",
                  "accounts:\n  - name: A # a\ttab\n    # at the end\n" ENTRY("  "));
}

static void test_line_ends(void **state)
{
    (void)state;
    assert_edited("accounts:\r\n  - name: A # a\r\nz: 1\r\n",
                  "accounts:\r\n  - name: A # a\r\n  - name: New\r\n    ou: Work/Prod\r\n"
                  "    tags: {team: shop, cost: \"42\"}\r\nz: 1\r\n");
    assert_edited("accounts:\n  - name: A", "accounts:\n  - name: A\n" ENTRY("  "));
    assert_edited("accounts:\n  - name: A\n\n  - name: B\n\n\nz: 1\n",
                  "accounts:\n  - name: A\n\n  - name: B\n\n" ENTRY("  ") "\n\nz: 1\n");
    assert_edited("\xEF\xBB\xBF"
                  "accounts:\n  - name: A\n",
                  "\xEF\xBB\xBF"
                  "accounts:\n  - name: A\n" ENTRY("  "));
}

static void test_values_of_several_lines(void **state)
{
    (void)state;
    assert_edited(
        "accounts:\n  - name: A\n    note: |\n      one\n      two\n\nz: 1\n",
        "accounts:\n  - name: A\n    note: |\n      one\n      two\n\n" ENTRY("  ") "z: 1\n");
    assert_edited("accounts:\n  - name: A\n    note: one\n      two\nz: 1\n",
                  "accounts:\n  - name: A\n    note: one\n      two\n" ENTRY("  ") "z: 1\n");
    assert_edited(
        "accounts:\n  - name: A\n    tags:\n      a: b\n    roles: [\n      x\n    ]\nz: 1\n",
        "accounts:\n  - name: A\n    tags:\n      a: b\n    roles: [\n      x\n    ]\n" //
        ENTRY("  ") "z: 1\n");
    assert_edited("accounts:\n  - name: A\n    contacts:\nz: 1\n",
                  "accounts:\n  - name: A\n    contacts:\n" ENTRY("  ") "z: 1\n");
    assert_edited(
        "accounts:\n  - name: \"\xC3\x84\xE2\x82\xAC\xF0\x9F\x8E\x89\" # \xC3\xA4\nz: \xC3\xB6\n",
        "accounts:\n  - name: \"\xC3\x84\xE2\x82\xAC\xF0\x9F\x8E\x89\" # \xC3\xA4\n" //
        ENTRY("  ") "z: \xC3\xB6\n");
}

static void test_anchors(void **state)
{
    (void)state;
    assert_edited(
        "t: &t {a: b}\naccounts:\n  - name: A\n    tags: *t # of t\nz: *t\n",
        "t: &t {a: b}\naccounts:\n  - name: A\n    tags: *t # of t\n" ENTRY("  ") "z: *t\n");
    assert_edited("a: &a {name: A}\naccounts:\n  - *a\nz: 1\n",
                  "a: &a {name: A}\naccounts:\n  - *a\n  - " FLOW "\nz: 1\n");
    /* Somebody else would get the item too. */
    assert_refused("a: &a\n  - name: A\naccounts: *a\n", "add it by hand");
    assert_refused("accounts: [&a {name: A}, *a]\nz: 1\n", "add it by hand");
}

static void test_lists_in_brackets(void **state)
{
    (void)state;
    assert_edited("accounts: [{name: A}, {name: B}] # two\nz: 1\n",
                  "accounts: [{name: A}, {name: B}, " FLOW "] # two\nz: 1\n");
    assert_edited("accounts: [{name: A}, ]\n", "accounts: [{name: A}, " FLOW ", ]\n");
    assert_edited("accounts: [\n  {name: A}, # a\n  {name: B}  # b, and no comma\n]\nz: 1\n",
                  "accounts: [\n  {name: A}, # a\n  {name: B},  # b, and no comma\n  " FLOW
                  "\n]\nz: 1\n");
    assert_edited("accounts: [\n  {name: A}, # a\n  # more\n]\n",
                  "accounts: [\n  {name: A}, # a\n  # more\n  " FLOW ",\n]\n");
    assert_edited(
        "{\"z\": 1,\n \"accounts\": [\n  {\"name\": \"A\"}\n ]}",
        "{\"z\": 1,\n \"accounts\": [\n  {\"name\": \"A\"},\n  {\"name\": \"New\", \"ou\": "
        "\"Work/Prod\", \"tags\": {\"team\": \"shop\", \"cost\": \"42\"}}\n ]}");
}

static void test_no_entry_yet(void **state)
{
    (void)state;
    assert_edited("accounts: []\nz: 1\n", "accounts:\n" ENTRY("  ") "z: 1\n");
    assert_edited("accounts:   [] # none yet\nz: 1\n",
                  "accounts: # none yet\n" ENTRY("  ") "z: 1\n");
    assert_edited("accounts: []", "accounts:\n" ENTRY("  "));
    assert_edited("accounts: [\n  # none yet\n]\n", "accounts: [\n  # none yet\n  " FLOW "\n]\n");
    assert_edited("accounts: # none\nz: 1\n", "accounts: # none\n" ENTRY("  ") "z: 1\n");
    assert_edited("accounts:", "accounts:\n" ENTRY("  "));
    assert_edited("{accounts: []}\n", "{accounts: [" FLOW "]}\n");
}

static void test_no_list_yet(void **state)
{
    (void)state;
    assert_edited("z: 1\n", "z: 1\n\naccounts:\n" ENTRY("  "));
    assert_edited("z: 1 # end", "z: 1 # end\n\naccounts:\n" ENTRY("  "));
    assert_edited("z: |\n  text\n", "z: |\n  text\n\naccounts:\n" ENTRY("  "));
    assert_edited("", "accounts:\n" ENTRY("  "));
}

static void test_what_cannot_be_edited(void **state)
{
    (void)state;
    assert_refused("{z: 1}\n", "write `accounts: []` into it first");
    assert_refused("[1, 2]\n", "f.yaml:1:1: nothing can be added here");
    assert_refused("accounts: {a: b}\n", "f.yaml:1:11: 'accounts' is a map, not a list");
    assert_refused("accounts: ~\n", "add it by hand");
    assert_refused("z: 1\n...\n", "add it by hand");
    assert_refused("a: [\n", "f.yaml:");
    /* A block that keeps its blank lines would get more of them, or fewer. */
    assert_edited("accounts:\n  - a: |+\n      x\n\nz: 1\n",
                  "accounts:\n  - a: |+\n      x\n\n" ENTRY("  ") "z: 1\n");
    assert_refused("z: |+\n  text\n\n", "add it by hand");
}

static void test_texts_are_quoted_as_they_must_be(void **state)
{
    static const struct {
        const char *item, *wanted;
    } cases[] = {
        {"{name: Shop Prod, email: a+b@example.com}",
         "- name: Shop Prod\n  email: a+b@example.com\n"},
        {"{name: 'a: b # c'}", "- name: \"a: b # c\"\n"},
        {"{name: '\"x\"\\'}", "- name: \"\\\"x\\\"\\\\\"\n"},
        {"{name: 'yes'}", "- name: \"yes\"\n"},
        {"{name: NULL}", "- name: \"NULL\"\n"},
        {"{id: '012345678901'}", "- id: \"012345678901\"\n"},
        {"{name: '- x'}", "- name: \"- x\"\n"},
        {"{name: 'x '}", "- name: \"x \"\n"},
        {"{name: ''}", "- name: \"\"\n"},
        {"{name: '{a}'}", "- name: \"{a}\"\n"},
        {"{name: \"a\\nb\\x85\\u2028\"}", "- name: \"a\\U0000000Ab\\U00000085\\U00002028\"\n"},
        {"{name: \xC3\x84rger}", "- name: \xC3\x84rger\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct arena *arena = arena_new("test");
        struct err err = ERR_INIT;
        const char text[] = "accounts:\n- a: b\n", *out = NULL;

        if (append(arena, text, strlen(text), cases[i].item, &out, &err) != 0)
            fail_msg("%s: %s", cases[i].item, err.text);
        assert_true(str_starts(out, text));
        assert_string_equal(out + strlen(text), cases[i].wanted);
        arena_free(arena);
    }
}

static void test_too_large(void **state)
{
    struct arena *arena = arena_new("test");
    struct err err = ERR_INIT;
    const char *out = NULL;
    struct buf text;

    (void)state;
    buf_init(&text, LIMIT_YAML_BYTES);
    buf_str(&text, "accounts:\n- a: b\n#");
    while (text.len + 1 < LIMIT_YAML_BYTES)
        buf_char(&text, 'x');
    assert_int_equal(append(arena, buf_text(&text), text.len, item_text, &out, &err), -1);
    assert_int_equal(err.code, ERR_LIMIT);
    buf_fini(&text);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_entries_in_lines),
        cmocka_unit_test(test_entries_in_braces),
        cmocka_unit_test(test_comments_stay),
        cmocka_unit_test(test_line_ends),
        cmocka_unit_test(test_values_of_several_lines),
        cmocka_unit_test(test_anchors),
        cmocka_unit_test(test_lists_in_brackets),
        cmocka_unit_test(test_no_entry_yet),
        cmocka_unit_test(test_no_list_yet),
        cmocka_unit_test(test_what_cannot_be_edited),
        cmocka_unit_test(test_texts_are_quoted_as_they_must_be),
        cmocka_unit_test(test_too_large),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
