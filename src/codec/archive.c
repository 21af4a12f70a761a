/*
 * archive.c - read the files of folders and archives, one after the other, block by block.
 *
 * A file is opened with all formats on, "raw" among them: what is no tar and no zip is one entry.
 * Each entry of a real archive then goes through a second reader that knows gzip only, since a tar
 * of CloudTrail's files holds them packed one by one.
 */
#include "plinth/codec/archive.h"

#include "plinth/base/buf.h"
#include "plinth/base/limits.h"

#include <archive.h>
#include <archive_entry.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK_BYTES = 256 * 1024, NAME_BYTES_MOST = 64 * 1024 };

struct folder {
    char *path;
    struct dirent **names;
    size_t count, at;
};

struct archive_reader {
    struct folder folders[LIMIT_FOLDER_DEPTH]; /* those that we are in, from the outermost */
    size_t depth;
    int fd;                /* of the open file; -1: none */
    bool own_fd;           /* we opened it */
    struct archive *outer; /* of the open file; NULL: none */
    struct archive *inner; /* of the entry, if `outer` is a real archive; NULL */
    bool in_entry;
    bool strict;          /* nothing is passed over */
    uint64_t entries;     /* of the open file */
    uint64_t entry_bytes; /* of the entry, unpacked */
    int64_t outer_offset; /* of the entry, as it lies in the archive */
    struct buf path;      /* of the open file */
    struct buf name;      /* of the entry */
};

/* --- Folders -------------------------------------------------------------------------------------
 */

static int no_dots(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int enter_folder(struct archive_reader *reader, const char *path, struct err *err)
{
    struct folder *folder = &reader->folders[reader->depth];
    int count;

    if (reader->depth == LIMIT_FOLDER_DEPTH)
        return err_set(err, ERR_LIMIT, "%s: more than %d folders in one another", path,
                       LIMIT_FOLDER_DEPTH);
    count = scandir(path, &folder->names, no_dots, by_bytes);
    if (count < 0)
        return err_errno(err, errno, "%s", path);
    folder->count = (size_t)count;
    folder->at = 0;
    folder->path = strdup(path);
    reader->depth++;
    return folder->path != NULL ? 0 : err_errno(err, ENOMEM, "%s", path);
}

static void leave_folder(struct archive_reader *reader)
{
    struct folder *folder = &reader->folders[--reader->depth];

    for (size_t i = 0; i < folder->count; i++)
        free(folder->names[i]);
    free(folder->names);
    free(folder->path);
}

/* --- Files ---------------------------------------------------------------------------------------
 */

static int failed(struct archive *archive, const char *name, struct err *err)
{
    const char *why = archive_error_string(archive);

    return err_set(err, ERR_PROTOCOL, "%s: %s", name, why == NULL ? "cannot be read" : why);
}

static void close_entry(struct archive_reader *reader)
{
    if (reader->inner != NULL)
        (void)archive_read_free(reader->inner);
    reader->inner = NULL;
    reader->in_entry = false;
}

static void close_file(struct archive_reader *reader)
{
    close_entry(reader);
    if (reader->outer != NULL)
        (void)archive_read_free(reader->outer);
    reader->outer = NULL;
    if (reader->own_fd && reader->fd >= 0)
        (void)close(reader->fd);
    reader->fd = -1;
}

static int open_outer(struct archive_reader *reader, struct err *err)
{
    const char *path = buf_text(&reader->path);

    reader->entries = 0;
    reader->outer = archive_read_new();
    if (reader->outer == NULL)
        return err_errno(err, ENOMEM, "%s", path);
    if (archive_read_support_filter_gzip(reader->outer) != ARCHIVE_OK ||
        archive_read_support_format_tar(reader->outer) != ARCHIVE_OK ||
        archive_read_support_format_zip(reader->outer) != ARCHIVE_OK ||
        archive_read_support_format_raw(reader->outer) != ARCHIVE_OK ||
        archive_read_support_format_empty(reader->outer) != ARCHIVE_OK ||
        archive_read_open_fd(reader->outer, reader->fd, BLOCK_BYTES) != ARCHIVE_OK)
        return failed(reader->outer, path, err);
    return 0;
}

static void set_path(struct archive_reader *reader, const char *folder, const char *name)
{
    buf_reset(&reader->path);
    buf_printf(&reader->path, "%s%s%s", folder, *folder == '\0' ? "" : "/", name);
}

/* What stands at reader->path, which is a folder or a file; `top`: the caller named it. */
static int open_path(struct archive_reader *reader, bool top, struct err *err)
{
    const char *path = buf_text(&reader->path);
    struct stat info;

    if ((top ? stat(path, &info) : lstat(path, &info)) != 0)
        return err_errno(err, errno, "%s", path);
    if (S_ISDIR(info.st_mode))
        return enter_folder(reader, path, err);
    if (!top && !S_ISREG(info.st_mode))
        return 0;
    reader->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | (top ? 0 : O_NOFOLLOW));
    reader->own_fd = true;
    if (reader->fd < 0)
        return err_errno(err, errno, "%s", path);
    return open_outer(reader, err);
}

/* On to the next file of the folders: 1; 0: there is none. */
static int open_next(struct archive_reader *reader, struct err *err)
{
    while (reader->depth > 0) {
        struct folder *folder = &reader->folders[reader->depth - 1];

        if (folder->at == folder->count) {
            leave_folder(reader);
            continue;
        }
        set_path(reader, folder->path, folder->names[folder->at++]->d_name);
        if (open_path(reader, false, err) != 0)
            return -1;
        if (reader->outer != NULL)
            return 1;
    }
    return 0;
}

static struct archive_reader *reader_new(void)
{
    struct archive_reader *reader = calloc(1, sizeof *reader);

    if (reader == NULL)
        return NULL;
    reader->fd = -1;
    buf_init(&reader->path, NAME_BYTES_MOST);
    buf_init(&reader->name, NAME_BYTES_MOST);
    return reader;
}

int archive_reader_open(const char *path, struct archive_reader **out, struct err *err)
{
    struct archive_reader *reader = reader_new();

    if (reader == NULL)
        return err_errno(err, ENOMEM, "%s", path);
    set_path(reader, "", path);
    if (access(path, F_OK) != 0) {
        (void)err_set(err, errno == ENOENT ? ERR_NOTFOUND : ERR_IO, "%s: %s", path,
                      errno == ENOENT ? "no such file or folder" : strerror(errno));
    } else if (open_path(reader, true, err) == 0) {
        *out = reader;
        return 0;
    }
    archive_reader_free(reader);
    return -1;
}

int archive_reader_open_fd(int fd, const char *name, struct archive_reader **out, struct err *err)
{
    struct archive_reader *reader = reader_new();

    if (reader == NULL)
        return err_errno(err, ENOMEM, "%s", name);
    set_path(reader, "", name);
    reader->fd = fd;
    if (open_outer(reader, err) == 0) {
        *out = reader;
        return 0;
    }
    archive_reader_free(reader);
    return -1;
}

void archive_reader_free(struct archive_reader *reader)
{
    if (reader == NULL)
        return;
    close_file(reader);
    while (reader->depth > 0)
        leave_folder(reader);
    buf_fini(&reader->path);
    buf_fini(&reader->name);
    free(reader);
}

/* --- Entries -------------------------------------------------------------------------------------
 */

/* One block of the entry as the archive has it; 1, 0 at the end, -1. */
static int outer_block(struct archive_reader *reader, const void **out, size_t *out_len)
{
    la_int64_t offset = 0;
    int status;

    do
        status = archive_read_data_block(reader->outer, out, out_len, &offset);
    while (status == ARCHIVE_RETRY || (status == ARCHIVE_OK && *out_len == 0));
    if (status == ARCHIVE_EOF)
        return 0;
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN)
        return -1;
    if (offset != reader->outer_offset) {
        archive_set_error(reader->outer, EIO, "a file with holes is not read");
        return -1;
    }
    reader->outer_offset += (int64_t)*out_len;
    return 1;
}

static la_ssize_t feed_inner(struct archive *inner, void *arg, const void **out)
{
    struct archive_reader *reader = arg;
    size_t len = 0;
    int status = outer_block(reader, out, &len);

    if (status < 0) {
        const char *why = archive_error_string(reader->outer);

        archive_set_error(inner, EIO, "%s", why == NULL ? "cannot be read" : why);
        return -1;
    }
    return status == 0 ? 0 : (la_ssize_t)len;
}

/* 1; 0: the entry is empty; -1. */
static int open_inner(struct archive_reader *reader, struct err *err)
{
    struct archive_entry *entry;
    int status;

    reader->inner = archive_read_new();
    if (reader->inner == NULL)
        return err_errno(err, ENOMEM, "%s", buf_text(&reader->name));
    if (archive_read_support_filter_gzip(reader->inner) != ARCHIVE_OK ||
        archive_read_support_format_raw(reader->inner) != ARCHIVE_OK ||
        archive_read_support_format_empty(reader->inner) != ARCHIVE_OK ||
        archive_read_open(reader->inner, reader, NULL, feed_inner, NULL) != ARCHIVE_OK)
        return failed(reader->inner, buf_text(&reader->name), err);
    status = archive_read_next_header(reader->inner, &entry);
    if (status == ARCHIVE_EOF)
        return 0;
    return status == ARCHIVE_OK || status == ARCHIVE_WARN
               ? 1
               : failed(reader->inner, buf_text(&reader->name), err);
}

void archive_reader_be_strict(struct archive_reader *reader)
{
    reader->strict = true;
}

/* 1: an entry to tell of; 0: one to pass over; -1. */
static int open_entry(struct archive_reader *reader, struct archive_entry *entry, struct err *err)
{
    bool raw = archive_format(reader->outer) == ARCHIVE_FORMAT_RAW;
    const char *name = archive_entry_pathname(entry);
    int status;

    if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) != NULL)
        return reader->strict ? err_set(err, ERR_PROTOCOL, "%s: %s is a folder or a link",
                                        buf_text(&reader->path), name == NULL ? "?" : name)
                              : 0;
    reader->entry_bytes = 0;
    reader->outer_offset = 0;
    buf_reset(&reader->name);
    buf_str(&reader->name, buf_text(&reader->path));
    if (!raw)
        buf_printf(&reader->name, ": %s", name == NULL ? "?" : name);
    status = raw ? 1 : open_inner(reader, err);
    reader->in_entry = status == 1;
    if (status != 1)
        close_entry(reader);
    return status == 0 && reader->strict ? 1 : status;
}

/* 1: on an entry; 0: the open file has no more; -1. */
static int next_entry(struct archive_reader *reader, struct err *err)
{
    const char *path = buf_text(&reader->path);

    while (true) {
        struct archive_entry *entry;
        int status = archive_read_next_header(reader->outer, &entry);

        if (status == ARCHIVE_RETRY)
            continue;
        if (status == ARCHIVE_EOF)
            return 0;
        if (status != ARCHIVE_OK && status != ARCHIVE_WARN) {
            (void)failed(reader->outer, path, err);
            close_file(reader);
            return -1;
        }
        if (++reader->entries > LIMIT_ARCHIVE_ENTRIES) {
            close_file(reader);
            return err_set(err, ERR_LIMIT, "%s: more than %d files", path, LIMIT_ARCHIVE_ENTRIES);
        }
        status = open_entry(reader, entry, err);
        if (status != 0)
            return status;
    }
}

int archive_reader_next(struct archive_reader *reader, const char **out_name, struct err *err)
{
    close_entry(reader);
    while (true) {
        int status;

        if (reader->outer == NULL) {
            status = open_next(reader, err);
            if (status < 0)
                close_file(reader); /* what was opened and is no such file */
            if (status != 1)
                return status;
        }
        status = next_entry(reader, err);
        if (status == 0) {
            close_file(reader);
            continue;
        }
        *out_name = buf_text(&reader->name);
        return status;
    }
}

static int bytes_of_inner(struct archive_reader *reader, const void **out, size_t *out_len)
{
    la_int64_t offset;
    int status;

    do
        status = archive_read_data_block(reader->inner, out, out_len, &offset);
    while (status == ARCHIVE_RETRY || (status == ARCHIVE_OK && *out_len == 0));
    if (status == ARCHIVE_EOF)
        return 0;
    return status == ARCHIVE_OK || status == ARCHIVE_WARN ? 1 : -1;
}

int archive_reader_bytes(struct archive_reader *reader, const char **out_bytes, size_t *out_len,
                         struct err *err)
{
    struct archive *archive = reader->inner != NULL ? reader->inner : reader->outer;
    const void *bytes = NULL;
    size_t len = 0;
    int status;

    if (!reader->in_entry)
        return 0;
    status = reader->inner != NULL ? bytes_of_inner(reader, &bytes, &len)
                                   : outer_block(reader, &bytes, &len);
    if (status < 0)
        (void)failed(archive, buf_text(&reader->name), err);
    reader->entry_bytes += len;
    if (status > 0 && reader->entry_bytes > LIMIT_ARCHIVE_ENTRY_BYTES)
        status = err_set(err, ERR_LIMIT, "%s: larger than %llu bytes", buf_text(&reader->name),
                         LIMIT_ARCHIVE_ENTRY_BYTES);
    if (status != 1) {
        close_entry(reader);
        return status;
    }
    *out_bytes = bytes;
    *out_len = len;
    return 1;
}
