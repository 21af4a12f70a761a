/* Templates as files: found, read, and refused with their place. */
#include "plinth/policy/template.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* --- Reading -------------------------------------------------------------------------------------
 */

static int parse(const char *text, struct policy_template **out, struct arena *arena,
                 struct err *err)
{
    struct node *root;

    if (node_parse(text, strlen(text), "t.yaml", arena, &root, err) != 0)
        fail_msg("%s: %s", text, err->text);
    return policy_template_parse(root, arena, out, err);
}

#define TOP "type: tag_policy\ndescription: d\n"

static void test_reads_all_of_it(void **state)
{
    struct policy_template *template = NULL;
    struct err err = ERR_INIT;

    if (parse(TOP "parameters:\n"
                  "  names: {type: list, doc: Names., default: [a], required: true}\n"
                  "  on: {type: bool, doc: On.}\n"
                  "document:\n"
                  "  a: ${names}\n"
                  "  b: {When: on, c: '${aws:x}'}\n",
              &template, *state, &err) != 0)
        fail_msg("%s", err.text);
    assert_string_equal(template->path, "t.yaml");
    assert_string_equal(template->type_key, "tag_policy");
    assert_string_equal(template->description, "d");
    assert_int_equal(template->parameter_count, 2);
    assert_string_equal(template->parameter_list[0].name, "names");
    assert_int_equal(template->parameter_list[0].type, TEMPLATE_LIST);
    assert_string_equal(template->parameter_list[0].doc, "Names.");
    assert_int_equal(template->parameter_list[0].fallback->count, 1);
    assert_true(template->parameter_list[0].required);
    assert_int_equal(template->parameter_list[1].type, TEMPLATE_BOOL);
    assert_null(template->parameter_list[1].fallback);
    assert_false(template->parameter_list[1].required);
}

static void test_mistakes_have_their_place(void **state)
{
    static const struct {
        const char *text, *error;
    } samples[] = {
        {"[]", "t.yaml:1:1: a template must be a map"},
        {"typ: x\n", "t.yaml:1:1: unknown key 'typ'; did you mean 'type'?"},
        {"zzzzzz: x\n", "t.yaml:1:1: unknown key 'zzzzzz'"},
        {"description: d\n", "t.yaml:1:1: no 'type'"},
        {"type: [a]\n", "t.yaml:1:7: 'type' must be text"},
        {"type: tag_polic\n", "t.yaml:1:7: unknown type 'tag_polic'; did you mean 'tag_policy'?"},
        {"type: x\n", "t.yaml:1:7: unknown type 'x'"},
        {"type: tag_policy\n", "t.yaml:1:1: no 'description'"},
        {TOP, "t.yaml:1:1: no 'document'"},
        {TOP "document: x\n", "t.yaml:3:11: 'document' must be a map"},
        {TOP "parameters: x\ndocument: {}\n", "t.yaml:3:13: 'parameters' must be a map"},
        {TOP "parameters: {p: x}\ndocument: {}\n", "t.yaml:3:17: a parameter must be a map"},
        {TOP "parameters: {P: {}}\ndocument: {}\n", "t.yaml:3:14: a parameter's name"},
        {TOP "parameters: {p: {typ: x}}\ndocument: {}\n", "did you mean 'type'?"},
        {TOP "parameters: {p: {type: x}}\ndocument: {}\n",
         "t.yaml:3:24: 'type' must be string, list or bool"},
        {TOP "parameters: {p: {type: list}}\ndocument: {}\n", "no 'doc'"},
        {TOP "parameters: {p: {type: list, doc: d, required: 1}}\ndocument: {}\n",
         "'required' must be true or false"},
        {TOP "parameters: {p: {type: bool, doc: d, default: yes}}\ndocument: {}\n",
         "t.yaml:3:47: parameter 'p' must be true or false"},
        {TOP "parameters: {p: {type: string, doc: d, default: []}}\ndocument: {}\n",
         "parameter 'p' must be a string"},
        {TOP "parameters: {p: {type: list, doc: d, default: [[]]}}\ndocument: {}\n",
         "parameter 'p' must be a list of strings"},
        {TOP "parameters: {p: {type: list, doc: d}}\ndocument: {}\n",
         "t.yaml:3:14: parameter 'p' is used nowhere"},
        {TOP "parameters: {part: {type: list, doc: d}}\ndocument: {a: '${parts}'}\n",
         "t.yaml:4:15: no parameter 'parts'; did you mean 'part'?"},
        {TOP "document: {a: '${parts}'}\n", "no parameter 'parts'"},
        {TOP "document: {a: {When: x}}\n", "no parameter 'x'"},
        {TOP "document: {a: {Unless: []}}\n", "'Unless' must name a parameter"},
        {TOP "parameters: {p: {type: list, doc: d}}\ndocument: {'${p}': a}\n", "not in keys"},
        {TOP "parameters: {p: {type: list, doc: d}}\ndocument: {a: '${p}${p}'}\n",
         "two lists in one text"},
    };
    struct policy_template *template;

    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        struct err err = ERR_INIT;

        if (parse(samples[i].text, &template, *state, &err) == 0)
            fail_msg("%s is taken", samples[i].text);
        if (err.code != ERR_CONFIG || strstr(err.text, samples[i].error) == NULL)
            fail_msg("%s: \"%s\" and not \"%s\"", samples[i].text, err.text, samples[i].error);
    }
}

/* --- Finding -------------------------------------------------------------------------------------
 */

struct tree {
    struct arena *arena;
    const char *root, *first, *second;
    const char *dirs[4];
};

static void write_file(struct tree *tree, const char *dir, const char *name, const char *text)
{
    FILE *file = fopen(arena_printf(tree->arena, "%s/%s", dir, name), "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void make_folder(const char *path)
{
    assert_int_equal(mkdir(path, 0700), 0);
}

static const char *template_text(struct tree *tree, const char *description)
{
    return arena_printf(tree->arena, "type: tag_policy\ndescription: %s\ndocument: {a: b}\n",
                        description);
}

static int plant(void **state)
{
    struct arena *arena = arena_new("test");
    struct tree *tree = arena_alloc(arena, sizeof *tree);
    char *root = arena_str(arena, "/tmp/plinth-templates-XXXXXX");

    tree->arena = arena;
    *state = tree;
    if (mkdtemp(root) == NULL)
        return -1;
    tree->root = root;
    tree->first = arena_printf(arena, "%s/first", root);
    tree->second = arena_printf(arena, "%s/second", root);
    tree->dirs[0] = tree->first;
    tree->dirs[1] = arena_printf(arena, "%s/absent", root);
    tree->dirs[2] = tree->second;
    make_folder(tree->first);
    make_folder(tree->second);
    make_folder(arena_printf(arena, "%s/scp", tree->first));
    make_folder(arena_printf(arena, "%s/scp", tree->second));
    write_file(tree, tree->first, "scp/both.yaml", template_text(tree, "one"));
    write_file(tree, tree->second, "scp/both.yaml", template_text(tree, "two"));
    write_file(tree, tree->second, "tags.yaml", template_text(tree, "three"));
    write_file(tree, tree->second, "README.md", "no template");
    write_file(tree, tree->second, ".hidden.yaml", "no template");
    return 0;
}

static int uproot(void **state)
{
    static const char *const files[] = {
        "first/scp/both.yaml", "second/scp/both.yaml", "second/tags.yaml",
        "second/README.md",    "second/.hidden.yaml",
    };
    static const char *const folders[] = {"first/scp", "second/scp", "first", "second", ""};
    struct tree *tree = *state;

    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        (void)unlink(arena_printf(tree->arena, "%s/%s", tree->root, files[i]));
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
        (void)rmdir(arena_printf(tree->arena, "%s/%s", tree->root, folders[i]));
    arena_free(tree->arena);
    return 0;
}

static void test_names_are_those_of_all_folders(void **state)
{
    struct tree *tree = *state;
    struct err err = ERR_INIT;
    const char **names;
    size_t count;

    assert_int_equal(policy_template_names(tree->dirs, tree->arena, &names, &count, &err), 0);
    assert_int_equal(count, 2);
    assert_string_equal(names[0], "scp/both");
    assert_string_equal(names[1], "tags");
}

static void test_the_first_folder_wins(void **state)
{
    struct tree *tree = *state;
    struct policy_template *template = NULL;
    struct err err = ERR_INIT;

    assert_int_equal(policy_template_load("scp/both", tree->dirs, tree->arena, &template, &err), 0);
    assert_string_equal(template->description, "one");
    assert_int_equal(policy_template_load("tags", tree->dirs, tree->arena, &template, &err), 0);
    assert_string_equal(template->description, "three");
}

static void test_what_is_not_there_is_told_apart(void **state)
{
    struct tree *tree = *state;
    struct policy_template *template = NULL;
    struct err err = ERR_INIT;

    assert_int_equal(policy_template_load("scp/bot", tree->dirs, tree->arena, &template, &err), -1);
    assert_int_equal(err.code, ERR_NOTFOUND);
    assert_non_null(strstr(err.text, "did you mean 'scp/both'?"));
    assert_int_equal(policy_template_load("nothing-near", tree->dirs, tree->arena, &template, &err),
                     -1);
    assert_int_equal(err.code, ERR_NOTFOUND);
    assert_non_null(strstr(err.text, "there is scp/both, tags"));
}

static void test_a_name_does_not_leave_the_folders(void **state)
{
    static const char *const names[] = {
        "../second/tags", "/etc/passwd", "scp//both", "scp/", "", "tags.yaml", "."};
    struct tree *tree = *state;
    struct policy_template *template = NULL;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct err err = ERR_INIT;

        assert_int_equal(policy_template_load(names[i], tree->dirs, tree->arena, &template, &err),
                         -1);
        assert_int_equal(err.code, ERR_CONFIG);
    }
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
        cmocka_unit_test_setup_teardown(test_reads_all_of_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_mistakes_have_their_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_names_are_those_of_all_folders, plant, uproot),
        cmocka_unit_test_setup_teardown(test_the_first_folder_wins, plant, uproot),
        cmocka_unit_test_setup_teardown(test_what_is_not_there_is_told_apart, plant, uproot),
        cmocka_unit_test_setup_teardown(test_a_name_does_not_leave_the_folders, plant, uproot),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
