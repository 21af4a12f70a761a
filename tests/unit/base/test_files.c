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
#include <unistd.h>

#include <cmocka.h>

enum { BYTES_MOST = 64 };

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_written_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_failure_leaves_the_old_one, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_link_stays, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_cannot_be_read, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
