/* Archives are the same bytes wherever they are made, and hold no name that leads out of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plinth/base/buf.h"
#include "plinth/codec/archive.h"

#include <stdlib.h>
#include <string.h>

enum { OUT_BYTES_MOST = 1024 * 1024 };

static void make(struct buf *out, enum archive_format format, const char *const *names,
                 const char *const *texts)
{
    struct archive_writer *writer = NULL;
    struct err err = ERR_INIT;

    buf_init(out, OUT_BYTES_MOST);
    assert_int_equal(archive_writer_new(format, out, &writer, &err), 0);
    for (size_t i = 0; names[i] != NULL; i++)
        assert_int_equal(archive_writer_add(writer, names[i], texts[i], strlen(texts[i]), &err), 0);
    assert_int_equal(archive_writer_finish(writer, &err), 0);
    archive_writer_free(writer);
}

static const char *const two_names[] = {"a/one.json", "two", NULL};
static const char *const two_texts[] = {"{\"x\":1}", "second", NULL};

/* Whatever the time zone, and twice. */
static void test_same_bytes(void **state)
{
    static const char *const zones[] = {"UTC", "Pacific/Kiritimati", "America/Los_Angeles"};

    (void)state;
    for (int format = ARCHIVE_TAR_GZ; format <= ARCHIVE_ZIP; format++) {
        struct buf first;

        make(&first, (enum archive_format)format, two_names, two_texts);
        for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++) {
            struct buf again;

            assert_int_equal(setenv("TZ", zones[i], 1), 0);
            make(&again, (enum archive_format)format, two_names, two_texts);
            assert_int_equal(again.len, first.len);
            assert_memory_equal(again.data, first.data, first.len);
            buf_fini(&again);
        }
        buf_fini(&first);
    }
    (void)unsetenv("TZ");
}

static void test_refused(void **state)
{
    static const char *const names[] = {"", "/etc/passwd", "../x", "a/../x", "a//b", "./a", "a/"};
    struct archive_writer *writer = NULL;
    struct err err = ERR_INIT;
    struct buf out;

    (void)state;
    buf_init(&out, 64);
    assert_int_equal(archive_writer_new(ARCHIVE_ZIP, &out, &writer, &err), 0);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        err_clear(&err);
        assert_int_equal(archive_writer_add(writer, names[i], "x", 1, &err), -1);
        assert_int_equal(err.code, ERR_BUG);
    }
    /* More than the buffer takes. */
    if (archive_writer_add(writer, "a", two_texts[0], strlen(two_texts[0]), &err) == 0)
        assert_int_equal(archive_writer_finish(writer, &err), -1);
    assert_int_equal(err.code, ERR_LIMIT);
    archive_writer_free(writer);
    archive_writer_free(NULL);
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_bytes),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
