#include "source.h"

#include "plinth/base/limits.h"
#include "yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* A folder of files for one test. */
struct folder {
    char path[64];
    struct arena *arena;
    struct diags diags;
    struct strings files;
    struct node *root;
    struct err err;
    int result;
};

static int folder_setup(void **state)
{
    struct arena *arena = arena_new("test");
    struct folder *folder = arena_alloc(arena, sizeof *folder);

    folder->arena = arena;
    (void)snprintf(folder->path, sizeof folder->path, "/tmp/plinth-source-XXXXXX");
    *state = folder;
    return mkdtemp(folder->path) == NULL ? -1 : 0;
}

static int folder_teardown(void **state)
{
    struct folder *folder = *state;
    const char *names[] = {"a.yaml", "b.yaml", "c.yaml", "loop.yaml", "sub/d.yaml", "sub"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        (void)remove(arena_printf(folder->arena, "%s/%s", folder->path, names[i]));
    for (int i = 0; i <= LIMIT_INCLUDE_FILES; i++)
        (void)remove(arena_printf(folder->arena, "%s/%d.yaml", folder->path, i));
    assert_int_equal(rmdir(folder->path), 0);
    arena_free(folder->arena);
    return 0;
}

static void put(const struct folder *folder, const char *name, const char *text)
{
    FILE *file = fopen(arena_printf(folder->arena, "%s/%s", folder->path, name), "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void read_from(struct folder *folder, const char *name)
{
    folder->err = (struct err)ERR_INIT;
    folder->root = NULL;
    diags_init(&folder->diags, folder->arena);
    folder->result =
        source_read(arena_printf(folder->arena, "%s/%s", folder->path, name), NULL, folder->arena,
                    &folder->root, &folder->files, &folder->diags, &folder->err);
}

/* "file:line:column: text" of the only mistake; the file without its folder. */
static const char *mistake(const struct folder *folder)
{
    const struct diag *diag = &folder->diags.items[0];

    assert_int_equal(folder->diags.count, 1);
    return arena_printf(folder->arena, "%s:%d:%d: %s", diag->mark.file + strlen(folder->path) + 1,
                        diag->mark.line, diag->mark.column, diag->text);
}

static void test_merges_maps_and_appends_lists(void **state)
{
    struct folder *folder = *state;
    const struct node *list;

    assert_int_equal(mkdir(arena_printf(folder->arena, "%s/sub", folder->path), 0700), 0);
    put(folder, "a.yaml",
        "apiVersion: v\ninclude: [b.yaml, sub/d.yaml]\nlist: [1]\n"
        "map: {x: {p: 1}}\nnothing:\nsomething: [5]\n");
    put(folder, "b.yaml", "apiVersion: v\nlist: [2]\nmap: {x: {q: 2}, y: 3}\nmore: 4\n");
    put(folder, "sub/d.yaml", "include: [../c.yaml]\nlist: [3]\nnothing: {n: 1}\n");
    put(folder, "c.yaml", "list: [4]\nsomething:\n");
    read_from(folder, "a.yaml");
    assert_int_equal(folder->result, 0);
    assert_int_equal(folder->diags.count, 0);
    assert_null(node_get(folder->root, "include"));
    list = node_get(folder->root, "list");
    assert_int_equal(list->count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(list->items[i]->text[0], '1' + (int)i);
    assert_string_equal(node_get(node_get(node_get(folder->root, "map"), "x"), "p")->text, "1");
    assert_string_equal(node_get(node_get(node_get(folder->root, "map"), "x"), "q")->text, "2");
    assert_string_equal(node_get(node_get(folder->root, "map"), "y")->text, "3");
    assert_string_equal(node_get(folder->root, "more")->text, "4");
    assert_int_equal(node_get(folder->root, "something")->count, 1);
    assert_string_equal(node_get(node_get(folder->root, "nothing"), "n")->text, "1");
}

static void test_aliases_are_not_merged_into(void **state)
{
    struct folder *folder = *state;

    put(folder, "a.yaml", "include: [b.yaml]\none: &l [1]\nother: *l\n");
    put(folder, "b.yaml", "one: [2]\n");
    read_from(folder, "a.yaml");
    assert_int_equal(node_get(folder->root, "one")->count, 2);
    assert_int_equal(node_get(folder->root, "other")->count, 1);
}

static void test_a_key_stands_in_one_file(void **state)
{
    struct folder *folder = *state;

    put(folder, "a.yaml", "include: [b.yaml]\nname: x\n");
    put(folder, "b.yaml", "other: 1\nname: y\n");
    read_from(folder, "a.yaml");
    assert_int_equal(folder->result, 0);
    assert_string_equal(mistake(folder), arena_printf(folder->arena,
                                                      "b.yaml:2:1: 'name' stands already at "
                                                      "%s/a.yaml:2:1",
                                                      folder->path));
}

static void test_versions_must_agree(void **state)
{
    struct folder *folder = *state;

    put(folder, "a.yaml", "include: [b.yaml]\napiVersion: plinth/v1\n");
    put(folder, "b.yaml", "apiVersion: plinth/v2\n");
    read_from(folder, "a.yaml");
    assert_non_null(strstr(mistake(folder), "b.yaml:1:1: 'apiVersion' stands already at "));
}

static void test_a_loop_is_a_mistake(void **state)
{
    struct folder *folder = *state;

    put(folder, "a.yaml", "include: [b.yaml]\n");
    put(folder, "b.yaml", "include:\n  - ./a.yaml\n");
    read_from(folder, "a.yaml");
    assert_int_equal(folder->result, 0);
    assert_non_null(strstr(mistake(folder), "b.yaml:2:5: "));
    assert_non_null(strstr(mistake(folder), "is part of this baseline already"));
}

static void test_mistakes_in_and_about_included_files(void **state)
{
    struct folder *folder = *state;

    put(folder, "a.yaml", "include: [gone.yaml]\n");
    read_from(folder, "a.yaml");
    assert_non_null(strstr(mistake(folder), "a.yaml:1:11: "));
    put(folder, "a.yaml", "include: [b.yaml]\n");
    put(folder, "b.yaml", "x: 1\ny: [\n");
    read_from(folder, "a.yaml");
    assert_non_null(strstr(mistake(folder), "b.yaml:3:1: not YAML"));
    put(folder, "b.yaml", "- x\n");
    read_from(folder, "a.yaml");
    assert_string_equal(mistake(folder), "b.yaml:1:1: a baseline must be a map, not a list");
    put(folder, "a.yaml", "include: [{b: 1}]\n");
    read_from(folder, "a.yaml");
    assert_string_equal(mistake(folder),
                        "a.yaml:1:11: an item of 'include' must be the name of a file");
}

static void test_not_too_many_files(void **state)
{
    struct folder *folder = *state;

    for (int i = 0; i <= LIMIT_INCLUDE_FILES; i++)
        put(folder, arena_printf(folder->arena, "%d.yaml", i),
            arena_printf(folder->arena, "include: [%d.yaml]\n", i + 1));
    put(folder, arena_printf(folder->arena, "%d.yaml", LIMIT_INCLUDE_FILES), "x: 1\n");
    read_from(folder, "0.yaml");
    assert_non_null(strstr(mistake(folder), "more than 256 files in one baseline"));
}

static void test_the_first_file_must_be_there(void **state)
{
    struct folder *folder = *state;

    read_from(folder, "a.yaml");
    assert_int_equal(folder->result, -1);
    assert_int_equal(folder->err.code, ERR_IO);
    assert_int_equal(folder->diags.count, 0);
}

static void test_no_includes_from_memory(void **state)
{
    struct folder *folder = *state;
    static const char text[] = "include: [/etc/passwd]\n";

    diags_init(&folder->diags, folder->arena);
    assert_int_equal(source_parse(text, strlen(text), "t", folder->arena, &folder->root,
                                  &folder->diags, &folder->err),
                     0);
    assert_int_equal(folder->diags.count, 1);
    assert_string_equal(folder->diags.items[0].text, "'include' needs a baseline that is a file");
}

static void test_paths(void **state)
{
    struct folder *folder = *state;

    assert_string_equal(source_path("a.yaml", "b", folder->arena), "b");
    assert_string_equal(source_path("x/y/a.yaml", "b/c", folder->arena), "x/y/b/c");
    assert_string_equal(source_path("/a.yaml", "b", folder->arena), "/b");
    assert_string_equal(source_path("x/a.yaml", "/b", folder->arena), "/b");
    assert_string_equal(source_path("/dev/fd/63", "b", folder->arena), "b");
}

#define FOLDER_TEST(test) cmocka_unit_test_setup_teardown(test, folder_setup, folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FOLDER_TEST(test_merges_maps_and_appends_lists),
        FOLDER_TEST(test_aliases_are_not_merged_into),
        FOLDER_TEST(test_a_key_stands_in_one_file),
        FOLDER_TEST(test_versions_must_agree),
        FOLDER_TEST(test_a_loop_is_a_mistake),
        FOLDER_TEST(test_mistakes_in_and_about_included_files),
        FOLDER_TEST(test_not_too_many_files),
        FOLDER_TEST(test_the_first_file_must_be_there),
        FOLDER_TEST(test_no_includes_from_memory),
        FOLDER_TEST(test_paths),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
