#include "plinth/base/files.h"

#include "plinth/base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { BYTES_MOST = 64, LINES_BYTES_MOST = 1024 * 1024, WRITERS = 6, LINES = 40, LINE_BYTES = 500 };

struct world {
    struct arena *arena;
    char folder[32];
    const char *path;
};

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);

    if (world == NULL)
        return -1;
    world->arena = arena_new("test");
    (void)strcpy(world->folder, "/tmp/plinth-files-XXXXXX");
    world->path = mkdtemp(world->folder) == NULL
                      ? NULL
                      : arena_printf(world->arena, "%s/file", world->folder);
    *state = world;
    return world->path == NULL ? -1 : 0;
}

static int teardown(void **state)
{
    struct world *world = *state;

    (void)unlink(arena_printf(world->arena, "%s/link", world->folder));
    (void)unlink(world->path);
    assert_int_equal(rmdir(world->folder), 0); /* nothing is left beside it */
    arena_free(world->arena);
    free(world);
    return 0;
}

static void check(const struct world *world, const char *wanted)
{
    struct err err = ERR_INIT;
    char *text;
    size_t len;

    assert_int_equal(files_read(world->path, BYTES_MOST, world->arena, &text, &len, &err), 0);
    assert_int_equal(len, strlen(wanted));
    assert_memory_equal(text, wanted, len);
}

static void test_written_whole(void **state)
{
    const struct world *world = *state;
    struct err err = ERR_INIT;
    struct stat info;

    assert_int_equal(files_write(world->path, "one", 3, FILE_MODE_PRIVATE, false, &err), 0);
    check(world, "one");
    assert_int_equal(stat(world->path, &info), 0);
    assert_int_equal(info.st_mode & 0777, FILE_MODE_PRIVATE);
    assert_int_equal(files_write(world->path, "two", 3, FILE_MODE_PRIVATE, false, &err), -1);
    assert_int_equal(err.code, ERR_CONFLICT);
    check(world, "one");
    assert_int_equal(files_write(world->path, "three", 5, FILE_MODE_PLAIN, true, &err), 0);
    check(world, "three");
}

static int fill_badly(void *arg, int fd)
{
    (void)arg;
    (void)files_put(fd, "half", 4);
    return -1;
}

static void test_a_failure_leaves_the_old_one(void **state)
{
    const struct world *world = *state;
    struct err err = ERR_INIT;

    assert_int_equal(files_write(world->path, "old", 3, FILE_MODE_PLAIN, false, &err), 0);
    assert_int_equal(files_write_by(world->path, fill_badly, NULL, FILE_MODE_PLAIN, true, &err),
                     -1);
    assert_int_equal(err.code, ERR_IO);
    check(world, "old");
}

static void test_a_link_stays(void **state)
{
    const struct world *world = *state;
    const char *link = arena_printf(world->arena, "%s/link", world->folder);
    struct err err = ERR_INIT;
    struct stat info;

    assert_int_equal(symlink("file", link), 0);
    assert_int_equal(files_write(link, "new", 3, FILE_MODE_PLAIN, true, &err), 0);
    assert_int_equal(lstat(link, &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    check(world, "new");
}

static void test_what_cannot_be_read(void **state)
{
    const struct world *world = *state;
    char many[BYTES_MOST + 1] = "";
    struct err err = ERR_INIT;
    char *text;
    size_t len;

    assert_int_equal(files_read(world->path, BYTES_MOST, world->arena, &text, &len, &err), -1);
    assert_int_equal(err.code, ERR_NOTFOUND);
    assert_int_equal(files_read(world->folder, BYTES_MOST, world->arena, &text, &len, &err), -1);
    assert_int_equal(err.code, ERR_IO);
    assert_int_equal(files_write(world->path, many, sizeof many, FILE_MODE_PLAIN, true, &err), 0);
    assert_int_equal(files_read(world->path, BYTES_MOST, world->arena, &text, &len, &err), -1);
    assert_int_equal(err.code, ERR_LIMIT);
    assert_int_equal(files_check_target(world->folder, &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
    assert_int_equal(files_check_target(world->path, &err), 0);
}

static char *lines_of(const struct world *world, size_t *out_count)
{
    struct err err = ERR_INIT;
    char *text;
    size_t len;

    if (files_read(world->path, LINES_BYTES_MOST, world->arena, &text, &len, &err) != 0)
        fail_msg("%s", err.text);
    *out_count = 0;
    for (size_t i = 0; i < len; i++)
        *out_count += text[i] == '\n';
    return text;
}

static void add_line(const struct world *world, const char *line, size_t lines_most)
{
    struct err err = ERR_INIT;

    if (files_add_line(world->path, line, lines_most, LINES_BYTES_MOST, &err) != 0)
        fail_msg("%s", err.text);
}

static void test_lines_are_added(void **state)
{
    const struct world *world = *state;
    struct err err = ERR_INIT;
    struct stat info;
    size_t count;

    add_line(world, "a", 3);
    assert_int_equal(stat(world->path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    add_line(world, "b", 3);
    add_line(world, "c", 3);
    assert_string_equal(lines_of(world, &count), "a\nb\nc\n");
    add_line(world, "d", 3);
    assert_string_equal(lines_of(world, &count), "b\nc\nd\n");
    /* What was torn stays as it is, by itself. */
    assert_int_equal(files_write(world->path, "a\nto", 4, FILE_MODE_PRIVATE, true, &err), 0);
    add_line(world, "b", 9);
    assert_string_equal(lines_of(world, &count), "a\nto\nb\n");
    /* As few bytes as asked for. */
    assert_int_equal(files_add_line(world->path, "long", 9, 9, &err), 0);
    assert_string_equal(lines_of(world, &count), "b\nlong\n");
    assert_int_equal(files_add_line(world->path, "too long", 9, 9, &err), -1);
    assert_int_equal(err.code, ERR_LIMIT);
    assert_string_equal(lines_of(world, &count), "b\nlong\n");
}

/* One of several processes that add at once. */
static void add_many(const struct world *world, int writer, size_t lines_most)
{
    for (int i = 0; i < LINES; i++) {
        char line[LINE_BYTES];
        struct err err = ERR_INIT;

        (void)memset(line, 'a' + writer, sizeof line);
        (void)snprintf(line, sizeof line, "%d %d ", writer, i);
        line[strlen(line)] = '.';
        line[sizeof line - 1] = '\0';
        if (files_add_line(world->path, line, lines_most, LINES_BYTES_MOST, &err) != 0)
            _exit(1);
    }
    _exit(0);
}

static void add_at_once(const struct world *world, size_t lines_most)
{
    pid_t children[WRITERS];
    int status;

    for (int i = 0; i < WRITERS; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0)
            add_many(world, i, lines_most);
    }
    for (int i = 0; i < WRITERS; i++) {
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
}

/* All of a line, and of each writer all of its newest lines in their order. */
static void check_lines(char *text, size_t count)
{
    int next[WRITERS];
    size_t seen = 0;

    for (int i = 0; i < WRITERS; i++)
        next[i] = -1;
    for (char *line = text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1, seen++) {
        int writer, number;

        assert_int_equal(end - line, LINE_BYTES - 1);
        assert_int_equal(sscanf(line, "%d %d ", &writer, &number), 2);
        assert_true(next[writer] == -1 || next[writer] == number);
        next[writer] = number + 1;
        for (const char *at = strchr(line, '.') + 1; at < end; at++)
            assert_int_equal(*at, 'a' + writer);
    }
    assert_int_equal(seen, count);
    for (int i = 0; i < WRITERS; i++)
        assert_true(next[i] == -1 || next[i] == LINES);
}

static void test_several_add_at_once(void **state)
{
    const struct world *world = *state;
    size_t count;
    char *text;

    add_at_once(world, (size_t)2 * WRITERS * LINES);
    text = lines_of(world, &count);
    assert_int_equal(count, WRITERS * LINES);
    check_lines(text, count);
    /* While the oldest go, which puts another file in the place of the one that others wait for. */
    add_at_once(world, LINES);
    text = lines_of(world, &count);
    assert_int_equal(count, LINES);
    check_lines(text, count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_written_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_failure_leaves_the_old_one, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_link_stays, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_cannot_be_read, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lines_are_added, setup, teardown),
        cmocka_unit_test_setup_teardown(test_several_add_at_once, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
