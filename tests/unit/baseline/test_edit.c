#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/baseline/edit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEAD "apiVersion: plinth/v1\nname: x\nhome_region: eu-central-1\nregions: [eu-central-1]\n"
#define UNITS "organizational_units:\n  Work:\n"
#define FIRST "- {name: M, email: m@example.com, roles: [management]}\n"

static const char *const names[] = {"main.yaml", "a.yaml", "b.yaml"};
enum { FILE_COUNT = sizeof names / sizeof names[0] };

struct folder {
    char path[64];
    struct arena *arena;
    struct baseline *baseline;
    struct err err;
};

static int setup(void **state)
{
    struct folder *folder = test_calloc(1, sizeof *folder);

    (void)snprintf(folder->path, sizeof folder->path, "/tmp/plinth-edit-XXXXXX");
    assert_non_null(mkdtemp(folder->path));
    folder->arena = arena_new("test");
    *state = folder;
    return 0;
}

static const char *in(const struct folder *folder, const char *name)
{
    return arena_printf(folder->arena, "%s/%s", folder->path, name);
}

static int teardown(void **state)
{
    struct folder *folder = *state;

    for (int i = 0; i < FILE_COUNT; i++)
        (void)unlink(in(folder, names[i]));
    assert_int_equal(rmdir(folder->path), 0);
    arena_free(folder->arena);
    test_free(folder);
    return 0;
}

static void put(const struct folder *folder, const char *name, const char *text)
{
    FILE *file = fopen(in(folder, name), "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static struct baseline *load(struct folder *folder, const struct file_text *instead)
{
    static const struct control_section no_sections[] = {{.name = NULL}};
    static const char *const no_templates[] = {NULL};
    const struct baseline_options options = {
        .sections = no_sections, .template_dirs = no_templates, .instead = instead};
    struct baseline *baseline = NULL;
    struct diags diags;

    err_clear(&folder->err);
    diags_init(&diags, folder->arena);
    (void)baseline_load(in(folder, "main.yaml"), &options, folder->arena, &baseline, &diags,
                        &folder->err);
    return baseline;
}

static void assert_file(struct folder *folder, const char *into, const char *wanted)
{
    const char *found = NULL;

    folder->baseline = load(folder, NULL);
    assert_non_null(folder->baseline);
    if (baseline_accounts_file(folder->baseline, into, &found, &folder->err) != 0)
        fail_msg("%s", folder->err.text);
    assert_string_equal(found, in(folder, wanted));
}

static void test_which_file(void **state)
{
    struct folder *folder = *state;
    const char *found = NULL;

    put(folder, "main.yaml", HEAD "include: [a.yaml, b.yaml]\n");
    put(folder, "a.yaml", "variables:\n  x: y\n");
    put(folder, "b.yaml", "accounts:\n" FIRST);
    assert_file(folder, NULL, "b.yaml");
    assert_int_equal(folder->baseline->files.count, 3);
    put(folder, "a.yaml", "accounts: []\n");
    assert_file(folder, NULL, "b.yaml");
    assert_file(folder, in(folder, "a.yaml"), "a.yaml");
    put(folder, "a.yaml", "accounts:\n- {name: A, email: a@example.com}\n");
    folder->baseline = load(folder, NULL);
    assert_int_equal(baseline_accounts_file(folder->baseline, NULL, &found, &folder->err), -1);
    assert_int_equal(folder->err.code, ERR_USAGE);
    assert_int_equal(baseline_accounts_file(folder->baseline, "c.yaml", &found, &folder->err), -1);
    assert_int_equal(folder->err.code, ERR_USAGE);
    put(folder, "b.yaml", "variables:\n  x: y\n");
    assert_file(folder, NULL, "a.yaml");
    put(folder, "a.yaml", "");
    assert_file(folder, NULL, "main.yaml");
}

/* The baseline with the account, read with the new text in place of the file. */
static struct baseline *add(struct folder *folder, const char *text,
                            const struct account_entry *entry)
{
    struct file_text file = {in(folder, "a.yaml"), text, strlen(text)}, out;

    if (baseline_add_account(&file, entry, folder->arena, &out, &folder->err) != 0)
        return NULL;
    return load(folder, &out);
}

static void test_an_account_more(void **state)
{
    static struct pair tags[] = {{.key = "team", .value = "shop"},
                                 {.key = "cost center", .value = "true"}};
    const struct account_entry entry = {.name = "New",
                                        .email = "new@example.com",
                                        .id = "012345678901",
                                        .ou = "Work",
                                        .tags = {tags, 2}};
    static const char text[] = "# those\naccounts:\n" FIRST;
    struct folder *folder = *state;
    struct account_entry other = entry;
    const struct baseline *after;

    put(folder, "main.yaml", HEAD UNITS "include: [a.yaml]\n");
    put(folder, "a.yaml", text);
    folder->baseline = load(folder, NULL);
    after = add(folder, text, &entry);
    assert_non_null(after);
    assert_int_equal(after->account_count, 2);
    assert_int_equal(baseline_check_added(folder->baseline, after, &entry, &folder->err), 0);
    assert_null(baseline_account(load(folder, NULL), "New")); /* nothing was written */
    /* What came out otherwise than it was meant. */
    other.ou = NULL;
    assert_int_equal(baseline_check_added(folder->baseline, after, &other, &folder->err), -1);
    other = entry;
    other.tags.count = 1;
    assert_int_equal(baseline_check_added(folder->baseline, after, &other, &folder->err), -1);
    assert_int_equal(baseline_check_added(after, after, &entry, &folder->err), -1);
    assert_int_equal(folder->err.code, ERR_CONFIG);
}

static void test_what_is_no_account(void **state)
{
    static struct pair tag = {.key = "a", .value = "${var.x}"};
    static const char text[] = "accounts:\n" FIRST;
    struct account_entry entry = {.name = "M", .email = "new@example.com"};
    struct folder *folder = *state;

    put(folder, "main.yaml", HEAD "include: [a.yaml]\n");
    put(folder, "a.yaml", text);
    assert_null(add(folder, text, &entry));
    assert_non_null(strstr(folder->err.text, "account 'M' is given already"));
    entry.name = "N";
    entry.ou = "Nowhere";
    assert_null(add(folder, text, &entry));
    assert_non_null(strstr(folder->err.text, "no organizational unit 'Nowhere'"));
    entry.ou = NULL;
    entry.email = "no address";
    assert_null(add(folder, text, &entry));
    assert_int_equal(folder->err.code, ERR_CONFIG);
    entry.email = "${var.mail}";
    assert_null(add(folder, text, &entry));
    assert_int_equal(folder->err.code, ERR_USAGE);
    entry.email = "n@example.com";
    entry.tags = (struct pairs){&tag, 1};
    assert_null(add(folder, text, &entry));
    assert_int_equal(folder->err.code, ERR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_which_file, setup, teardown),
        cmocka_unit_test_setup_teardown(test_an_account_more, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_no_account, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
