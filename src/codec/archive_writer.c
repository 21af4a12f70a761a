/*
 * archive_writer.c - archives whose bytes follow from their content alone.
 */
#include "plinth/codec/archive.h"

#include "plinth/base/buf.h"
#include "plinth/base/str.h"

#include <archive.h>
#include <archive_entry.h>

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct archive_writer {
    struct archive *archive;
    struct archive_entry *entry;
    struct buf *out;
};

static la_ssize_t put_block(struct archive *archive, void *arg, const void *bytes, size_t len)
{
    struct archive_writer *writer = arg;

    buf_add(writer->out, bytes, len);
    if (!writer->out->overflow)
        return (la_ssize_t)len;
    archive_set_error(archive, EIO, "larger than %zu bytes", writer->out->max);
    return -1;
}

static int failed(const struct archive_writer *writer, struct err *err)
{
    const char *why = archive_error_string(writer->archive);

    return err_set(err, writer->out->overflow ? ERR_LIMIT : ERR_IO, "writing the archive: %s",
                   why == NULL ? "out of memory" : why);
}

/* gzip's header has a time and zip's entries have one in local time: without one both are the
 * same everywhere.  No padding behind the end, which is for tapes. */
static int set_format(struct archive *archive, enum archive_format format)
{
    if (format == ARCHIVE_ZIP)
        return archive_write_set_format_zip(archive) == ARCHIVE_OK &&
                       archive_write_set_bytes_in_last_block(archive, 1) == ARCHIVE_OK
                   ? 0
                   : -1;
    return archive_write_set_format_pax_restricted(archive) == ARCHIVE_OK &&
                   archive_write_add_filter_gzip(archive) == ARCHIVE_OK &&
                   archive_write_set_filter_option(archive, "gzip", "timestamp", NULL) ==
                       ARCHIVE_OK &&
                   archive_write_set_bytes_in_last_block(archive, 1) == ARCHIVE_OK
               ? 0
               : -1;
}

int archive_writer_new(enum archive_format format, struct buf *out, struct archive_writer **out_new,
                       struct err *err)
{
    struct archive_writer *writer = calloc(1, sizeof *writer);

    if (writer == NULL)
        return err_set(err, ERR_IO, "writing the archive: out of memory");
    *writer = (struct archive_writer){archive_write_new(), archive_entry_new(), out};
    if (writer->archive == NULL || writer->entry == NULL) {
        (void)err_set(err, ERR_IO, "writing the archive: out of memory");
    } else if (set_format(writer->archive, format) != 0 ||
               archive_write_open(writer->archive, writer, NULL, put_block, NULL) != ARCHIVE_OK) {
        (void)failed(writer, err);
    } else {
        *out_new = writer;
        return 0;
    }
    archive_writer_free(writer);
    return -1;
}

/* Who unpacks it must not be led out of the folder. */
static bool is_name(const char *name)
{
    if (*name == '\0')
        return false;
    while (true) {
        size_t len = strcspn(name, "/");

        if (len == 0 || (len == 1 && name[0] == '.') ||
            (len == 2 && name[0] == '.' && name[1] == '.'))
            return false;
        if (name[len] == '\0')
            return true;
        name += len + 1;
    }
}

int archive_writer_add(struct archive_writer *writer, const char *name, const void *bytes,
                       size_t len, struct err *err)
{
    if (!is_name(name))
        return err_set(err, ERR_BUG, "\"%s\" is no name in an archive", name);
    (void)archive_entry_clear(writer->entry);
    archive_entry_set_pathname(writer->entry, name);
    archive_entry_set_size(writer->entry, (la_int64_t)len);
    archive_entry_set_filetype(writer->entry, AE_IFREG);
    archive_entry_set_perm(writer->entry, 0644);
    if (archive_write_header(writer->archive, writer->entry) != ARCHIVE_OK ||
        archive_write_data(writer->archive, bytes, len) != (la_ssize_t)len)
        (void)failed(writer, err);
    else
        return 0;
    return err_wrap(err, "%s", name);
}

int archive_writer_finish(struct archive_writer *writer, struct err *err)
{
    return archive_write_close(writer->archive) == ARCHIVE_OK ? 0 : failed(writer, err);
}

void archive_writer_free(struct archive_writer *writer)
{
    if (writer == NULL)
        return;
    archive_entry_free(writer->entry);
    if (writer->archive != NULL)
        (void)archive_write_free(writer->archive);
    free(writer);
}
