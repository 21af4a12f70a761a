#include "files.h"

#include "plinth/base/arena.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int files_read(const char *path, size_t bytes_most, struct arena *arena, char **out,
               size_t *out_len, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t len = 0, capacity = 0;
    char *text = NULL;
    int result = -1;
    struct stat info;

    if (fd < 0 && errno == ENOENT)
        return err_set(err, ERR_NOTFOUND, "%s: no such file", path);
    if (fd < 0 || fstat(fd, &info) != 0) {
        (void)err_errno(err, errno, "%s", path);
        goto out;
    }
    if (!S_ISREG(info.st_mode)) {
        (void)err_set(err, ERR_IO, "%s: not a file", path);
        goto out;
    }
    if ((size_t)info.st_size > bytes_most) {
        (void)err_set(err, ERR_LIMIT, "%s: larger than %zu bytes", path, bytes_most);
        goto out;
    }
    capacity = (size_t)info.st_size;
    text = arena_alloc(arena, capacity + 1);
    while (len < capacity) {
        ssize_t got = read(fd, text + len, capacity - len);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            (void)err_errno(err, errno, "%s", path);
            goto out;
        }
        if (got == 0)
            break;
        len += (size_t)got;
    }
    *out = text;
    *out_len = len;
    result = 0;
out:
    if (fd >= 0)
        (void)close(fd);
    return result;
}

/* All of it, and on the disk. */
static int write_all(int fd, const char *text, size_t len)
{
    size_t done = 0;

    while (done < len) {
        ssize_t put = write(fd, text + done, len - done);

        if (put < 0 && errno != EINTR)
            return -1;
        if (put > 0)
            done += (size_t)put;
    }
    return fsync(fd);
}

/* The rename is on the disk when the folder is. */
static void sync_folder(const char *path, struct arena *arena)
{
    int fd = open(dirname(arena_str(arena, path)), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return;
    (void)fsync(fd);
    (void)close(fd);
}

int files_write(const char *path, const char *text, size_t len, unsigned mode, bool replace,
                struct err *err)
{
    struct arena *arena = arena_new("file");
    char *beside = arena_printf(arena, "%s.XXXXXX", path);
    int fd = mkstemp(beside);
    bool made = fd >= 0;
    int result = -1;

    if (fd < 0 || fchmod(fd, mode) != 0 || write_all(fd, text, len) != 0) {
        (void)err_errno(err, errno, "writing %s", path);
    } else if (replace ? rename(beside, path) != 0 : link(beside, path) != 0) {
        if (errno == EEXIST)
            (void)err_set(err, ERR_CONFLICT, "%s exists already", path);
        else
            (void)err_errno(err, errno, "writing %s", path);
    } else {
        /* link(2) leaves the first name behind, rename(2) does not. */
        made = !replace;
        sync_folder(path, arena);
        result = 0;
    }
    if (fd >= 0)
        (void)close(fd);
    if (made)
        (void)unlink(beside);
    arena_free(arena);
    return result;
}
