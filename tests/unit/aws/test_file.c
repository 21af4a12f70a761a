#include "file_priv.h"

#include "credentials_world.h"

static void test_a_file_is_read_whole(void **state)
{
    struct cw *cw = *state;
    const char *path = cw_write(cw, "f", "some text");
    size_t len = 0;
    char *text;

    assert_int_equal(file_read(path, 9, cw->arena, &text, &len, &cw->err), 0);
    assert_string_equal(text, "some text");
    assert_int_equal(len, 9);
    assert_int_equal(file_read(path, 8, cw->arena, &text, &len, &cw->err), -1);
    assert_int_equal(cw->err.code, ERR_LIMIT);
    assert_int_equal(file_read("/nonexistent/f", 8, cw->arena, &text, &len, &cw->err), -1);
    assert_int_equal(cw->err.code, ERR_NOTFOUND);
    assert_int_equal(file_read(cw->home, 8, cw->arena, &text, &len, &cw->err), -1);
    assert_int_equal(cw->err.code, ERR_IO);
}

static void test_a_large_file_is_read_whole(void **state)
{
    enum { SIZE = 100 * 1000 };
    struct cw *cw = *state;
    char *written = arena_alloc(cw->arena, SIZE + 1), *text;
    const char *path;
    size_t len = 0;

    for (size_t i = 0; i < SIZE; i++)
        written[i] = (char)('a' + i % 23);
    path = cw_write(cw, "f", written);
    assert_int_equal(file_read(path, SIZE, cw->arena, &text, &len, &cw->err), 0);
    assert_int_equal(len, SIZE);
    assert_string_equal(text, written);
    assert_int_equal(file_read(path, SIZE - 1, cw->arena, &text, &len, &cw->err), -1);
    assert_int_equal(cw->err.code, ERR_LIMIT);
    path = cw_write(cw, "f", "");
    assert_int_equal(file_read(path, SIZE, cw->arena, &text, &len, &cw->err), 0);
    assert_int_equal(len, 0);
    assert_string_equal(text, "");
}

static void test_a_file_is_replaced(void **state)
{
    struct cw *cw = *state;
    const char *path = arena_printf(cw->arena, "%s/a/b/f", cw->home);
    struct stat stat_of;
    size_t len = 0;
    char *text;

    assert_int_equal(file_replace(path, "one", 3, cw->arena, &cw->err), 0);
    assert_int_equal(file_replace(path, "second", 6, cw->arena, &cw->err), 0);
    assert_int_equal(file_read(path, 100, cw->arena, &text, &len, &cw->err), 0);
    assert_string_equal(text, "second");
    assert_int_equal(stat(path, &stat_of), 0);
    assert_int_equal(stat_of.st_mode & 0777, 0600);
    assert_int_equal(stat(arena_printf(cw->arena, "%s/a", cw->home), &stat_of), 0);
    assert_int_equal(stat_of.st_mode & 0777, 0700);
}

static void test_a_failed_write_leaves_nothing(void **state)
{
    struct cw *cw = *state;
    const char *path = arena_printf(cw->arena, "%s/d/x", cw->home);

    /* The name is taken by a folder, so the last step fails. */
    (void)cw_write(cw, "d/x/y", "");
    assert_int_equal(file_replace(path, "one", 3, cw->arena, &cw->err), -1);
    assert_int_equal(cw->err.code, ERR_IO);
    assert_int_equal(remove(arena_printf(cw->arena, "%s/y", path)), 0);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(rmdir(arena_printf(cw->arena, "%s/d", cw->home)), 0); /* it is empty */
    (void)cw_write(cw, "plain", "");
    assert_int_equal(
        file_replace(arena_printf(cw->arena, "%s/plain/f", cw->home), "", 0, cw->arena, &cw->err),
        -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CW_TEST(test_a_file_is_read_whole),
        CW_TEST(test_a_large_file_is_read_whole),
        CW_TEST(test_a_file_is_replaced),
        CW_TEST(test_a_failed_write_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
