#include "plinth/base/files.h"

#include "plinth/base/arena.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

int files_read(const char *path, size_t bytes_most, struct arena *arena, char **out,
               size_t *out_len, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY); /* a pipe is only refused */
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

/* --- Writing -------------------------------------------------------------------------------------
 */

/* The file that a chain of symbolic links stands for, which need not exist.  NULL: no end of them.
 */
static const char *follow_links(const char *path, struct arena *arena)
{
    enum { LINKS_MOST = 40 };
    char to[PATH_MAX];

    for (int i = 0; i < LINKS_MOST; i++) {
        ssize_t len = readlink(path, to, sizeof to - 1);

        if (len < 0)
            return path;
        to[len] = '\0';
        path = to[0] == '/' ? arena_str(arena, to)
                            : arena_printf(arena, "%s/%s", dirname(arena_str(arena, path)), to);
    }
    return NULL;
}

/* *out is where to write.  err: as files_check_target. */
static int find_target(const char *path, struct arena *arena, const char **out, struct err *err)
{
    struct stat info;

    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode))
        return err_set(err, ERR_USAGE, "%s is not a regular file and is left as it is", path);
    *out = follow_links(path, arena);
    if (*out == NULL)
        return err_errno(err, ELOOP, "%s cannot be written", path);
    if (access(dirname(arena_str(arena, *out)), W_OK | X_OK) != 0)
        return err_errno(err, errno, "%s cannot be written", path);
    return 0;
}

int files_check_target(const char *path, struct err *err)
{
    struct arena *arena = arena_new("target");
    const char *target;
    int result = find_target(path, arena, &target, err);

    arena_free(arena);
    return result;
}

int files_put(int fd, const char *text, size_t len)
{
    size_t done = 0;

    while (done < len) {
        ssize_t put = write(fd, text + done, len - done);

        if (put < 0 && errno != EINTR)
            return -1;
        if (put > 0)
            done += (size_t)put;
    }
    return 0;
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

/* Under a name of its own first.  err: ERR_CONFLICT, ERR_IO. */
static int write_beside(const char *target, files_fill_fn fill, void *arg, unsigned mode,
                        bool replace, struct arena *arena, struct err *err)
{
    char *beside = arena_printf(arena, "%s.XXXXXX", target);
    int fd = mkstemp(beside);
    bool made = fd >= 0;
    int result = -1;

    if (fd < 0 || fchmod(fd, mode) != 0 || fill(arg, fd) != 0 || fsync(fd) != 0) {
        (void)err_errno(err, errno, "writing %s", target);
    } else if (replace ? rename(beside, target) != 0 : link(beside, target) != 0) {
        if (errno == EEXIST)
            (void)err_set(err, ERR_CONFLICT, "%s exists already", target);
        else
            (void)err_errno(err, errno, "writing %s", target);
    } else {
        /* link(2) leaves the first name behind, rename(2) does not. */
        made = !replace;
        sync_folder(target, arena);
        result = 0;
    }
    if (fd >= 0)
        (void)close(fd);
    if (made)
        (void)unlink(beside);
    return result;
}

int files_write_by(const char *path, files_fill_fn fill, void *arg, unsigned mode, bool replace,
                   struct err *err)
{
    struct arena *arena = arena_new("file");
    const char *target = NULL;
    int result = find_target(path, arena, &target, err);

    if (result == 0)
        result = write_beside(target, fill, arg, mode, replace, arena, err);
    arena_free(arena);
    return result;
}

struct whole {
    const char *text;
    size_t len;
};

static int fill_whole(void *arg, int fd)
{
    const struct whole *whole = arg;

    return files_put(fd, whole->text, whole->len);
}

int files_write(const char *path, const char *text, size_t len, unsigned mode, bool replace,
                struct err *err)
{
    struct whole whole = {text, len};

    return files_write_by(path, fill_whole, &whole, mode, replace, err);
}

/* --- Lines ---------------------------------------------------------------------------------------
 */

static bool is_still_there(const char *path, int fd)
{
    struct stat ours, there;

    return fstat(fd, &ours) == 0 && stat(path, &there) == 0 && ours.st_dev == there.st_dev &&
           ours.st_ino == there.st_ino;
}

/* The file and no other has it: who has cut it off meanwhile has put another in its place. */
static int open_alone(const char *path, int *out, struct err *err)
{
    for (;;) {
        int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, FILE_MODE_PRIVATE);
        int result = fd < 0 ? -1 : flock(fd, LOCK_EX);

        if (result == 0 && is_still_there(path, fd)) {
            *out = fd;
            return 0;
        }
        if (result != 0 && errno != EINTR)
            (void)err_errno(err, errno, "%s", path);
        else
            result = 0;
        if (fd >= 0)
            (void)close(fd);
        if (result != 0)
            return -1;
    }
}

/* From where the newest lines are few enough for another one of `more` bytes. */
static size_t first_kept(const char *text, size_t len, size_t lines_most, size_t bytes_most,
                         size_t more)
{
    size_t from = len, lines = 0;

    while (from > 0 && lines + 1 < lines_most) {
        size_t start = from - 1;

        while (start > 0 && text[start - 1] != '\n')
            start--;
        if (len - start + more > bytes_most)
            break;
        from = start;
        lines++;
    }
    return from;
}

int files_add_line(const char *path, const char *line, size_t lines_most, size_t bytes_most,
                   struct err *err)
{
    struct arena *arena = arena_new("lines");
    size_t len = 0, more = strlen(line) + 2, from;
    int fd = -1, result = -1;
    char *text = NULL, *added;

    if (more > bytes_most) {
        (void)err_set(err, ERR_LIMIT, "%s: a line of %zu bytes is too long for it", path, more);
        goto out;
    }
    if (files_check_target(path, err) != 0 || open_alone(path, &fd, err) != 0 ||
        files_read(path, bytes_most, arena, &text, &len, err) != 0)
        goto out;
    from = first_kept(text, len, lines_most, bytes_most, more);
    added = arena_printf(arena, "%s%s\n", len > from && text[len - 1] != '\n' ? "\n" : "", line);
    if (from > 0)
        result = files_write(path, arena_printf(arena, "%s%s", text + from, added),
                             len - from + strlen(added), FILE_MODE_PRIVATE, true, err);
    else if (files_put(fd, added, strlen(added)) != 0 || fdatasync(fd) != 0)
        (void)err_errno(err, errno, "%s", path);
    else
        result = 0;
out:
    if (fd >= 0)
        (void)close(fd); /* which lets the next one in */
    arena_free(arena);
    return result;
}
