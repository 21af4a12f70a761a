/* Files of folders and archives come out as they are, and what is damaged is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plinth/base/buf.h"
#include "plinth/base/str.h"
#include "plinth/codec/archive.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OUT_BYTES_MOST = 16 * 1024 * 1024, BIG_BYTES = 1024 * 1024 };

struct world {
    char folder[32];
    struct buf seen; /* "name=content\n" of each file; "!\n" where one cannot be read */
};

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);

    assert_non_null(world);
    (void)snprintf(world->folder, sizeof world->folder, "/tmp/archive.XXXXXX");
    assert_non_null(mkdtemp(world->folder));
    assert_int_equal(chdir(world->folder), 0);
    buf_init(&world->seen, OUT_BYTES_MOST);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    static const char *const files[] = {"d/a.json", "d/sub/b", "d/z.link", "x", "y"};
    struct world *world = *state;

    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        (void)unlink(files[i]);
    (void)rmdir("d/sub");
    (void)rmdir("d");
    assert_int_equal(chdir("/"), 0);
    assert_int_equal(rmdir(world->folder), 0);
    buf_fini(&world->seen);
    free(world);
    return 0;
}

static void write_file(const char *path, const void *bytes, size_t len)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void write_text(const char *path, const char *text)
{
    write_file(path, text, strlen(text));
}

static void read_all(struct world *world, struct archive_reader *reader)
{
    const char *name = NULL, *bytes = NULL;
    struct err err = ERR_INIT;
    size_t len = 0;
    int status;

    buf_reset(&world->seen);
    while ((status = archive_reader_next(reader, &name, &err)) != 0) {
        if (status < 0) {
            buf_str(&world->seen, "!\n");
            continue;
        }
        buf_printf(&world->seen, "%s=", name);
        while ((status = archive_reader_bytes(reader, &bytes, &len, &err)) > 0) {
            assert_true(len > 0);
            buf_add(&world->seen, bytes, len);
        }
        buf_str(&world->seen, status < 0 ? "!\n" : "\n");
    }
    archive_reader_free(reader);
}

static const char *seen_at(struct world *world, const char *path)
{
    struct archive_reader *reader = NULL;
    struct err err = ERR_INIT;

    assert_int_equal(archive_reader_open(path, &reader, &err), 0);
    read_all(world, reader);
    return buf_text(&world->seen);
}

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

static void test_written_is_read(void **state)
{
    for (int format = ARCHIVE_TAR_GZ; format <= ARCHIVE_ZIP; format++) {
        struct buf out;

        make(&out, (enum archive_format)format, two_names, two_texts);
        write_file("x", out.data, out.len);
        assert_string_equal(seen_at(*state, "x"), "x: a/one.json={\"x\":1}\nx: two=second\n");
        buf_fini(&out);
    }
}

static void test_folder(void **state)
{
    assert_int_equal(mkdir("d", 0700), 0);
    assert_int_equal(mkdir("d/sub", 0700), 0);
    write_text("d/a.json", "A");
    write_text("d/sub/b", "B");
    assert_int_equal(symlink("../d", "d/z.link"), 0);
    assert_string_equal(seen_at(*state, "d"), "d/a.json=A\nd/sub/b=B\n");
    assert_string_equal(seen_at(*state, "d/a.json"), "d/a.json=A\n");
}

/* One that cannot be read is told once, and the next one read. */
static void test_damaged_in_folder(void **state)
{
    static const char gzip[] = "\x1f\x8b\x08\0\0\0\0\0\0\xff\x03";

    assert_int_equal(mkdir("d", 0700), 0);
    assert_int_equal(mkdir("d/sub", 0700), 0);
    write_file("d/a.json", gzip, sizeof gzip);
    write_text("d/sub/b", "B");
    assert_string_equal(seen_at(*state, "d"), "!\nd/sub/b=B\n");
}

static void test_stream(void **state)
{
    struct archive_reader *reader = NULL;
    struct world *world = *state;
    struct err err = ERR_INIT;
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "hello", 5), 5);
    assert_int_equal(close(ends[1]), 0);
    assert_int_equal(archive_reader_open_fd(ends[0], "-", &reader, &err), 0);
    read_all(world, reader);
    assert_string_equal(buf_text(&world->seen), "-=hello\n");
    assert_int_equal(fcntl(ends[0], F_GETFD) >= 0, 1);
    assert_int_equal(close(ends[0]), 0);
}

/* A tar of gzip files, one of them damaged: the next one is read all the same. */
static void test_packed_in_archive(void **state)
{
    static const char *const one_name[] = {"in", NULL}, *const one_text[] = {"text", NULL};
    struct archive_writer *writer = NULL;
    struct err err = ERR_INIT;
    struct buf packed, out;

    make(&packed, ARCHIVE_TAR_GZ, one_name, one_text);
    buf_init(&out, OUT_BYTES_MOST);
    assert_int_equal(archive_writer_new(ARCHIVE_TAR_GZ, &out, &writer, &err), 0);
    assert_int_equal(archive_writer_add(writer, "bad.gz", packed.data, packed.len / 2, &err), 0);
    assert_int_equal(archive_writer_add(writer, "empty", "", 0, &err), 0);
    assert_int_equal(archive_writer_add(writer, "good.gz", packed.data, packed.len, &err), 0);
    assert_int_equal(archive_writer_finish(writer, &err), 0);
    archive_writer_free(writer);
    write_file("x", out.data, out.len);
    /* An archive in an archive is only bytes: the tar's, with the name in its header. */
    assert_true(str_starts(seen_at(*state, "x"), "!\nx: good.gz=in"));
    buf_fini(&packed);
    buf_fini(&out);
}

static void test_large_and_cut(void **state)
{
    char *text = malloc(BIG_BYTES + 1);
    const char *names[] = {"big", NULL}, *texts[] = {text, NULL};
    struct world *world = *state;
    struct buf out;

    for (size_t i = 0; i < BIG_BYTES; i++) /* hardly packs, so that there are many blocks */
        text[i] = (char)('!' + (i * i * 2654435761U >> 13) % 90);
    text[BIG_BYTES] = '\0';
    make(&out, ARCHIVE_TAR_GZ, names, texts);
    write_file("x", out.data, out.len);
    (void)seen_at(world, "x");
    assert_int_equal(world->seen.len, strlen("x: big=") + BIG_BYTES + 1);
    assert_memory_equal(world->seen.data + strlen("x: big="), text, BIG_BYTES);
    write_file("x", out.data, out.len / 2);
    (void)seen_at(world, "x");
    assert_true(world->seen.len < BIG_BYTES);
    assert_non_null(strstr(buf_text(&world->seen), "!\n"));
    buf_fini(&out);
    free(text);
}

static void test_nothing_there(void **state)
{
    struct archive_reader *reader = NULL;
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(archive_reader_open("nothing", &reader, &err), -1);
    assert_int_equal(err.code, ERR_NOTFOUND);
    archive_reader_free(NULL);
}

static void test_empty(void **state)
{
    write_text("x", "");
    assert_string_equal(seen_at(*state, "x"), "");
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_written_is_read),   TEST(test_folder),
        TEST(test_damaged_in_folder), TEST(test_stream),
        TEST(test_packed_in_archive), TEST(test_large_and_cut),
        TEST(test_nothing_there),     TEST(test_empty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
