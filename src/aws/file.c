#include "file_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- Read ----------------------------------------------------------------------------------------
 */

/* Until `size` bytes or the end.  False: errno. */
static bool read_all(int fd, char *out, size_t size, size_t *out_len)
{
    size_t len = 0;

    while (len < size) {
        ssize_t got = read(fd, out + len, size - len);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return false;
        if (got == 0)
            break;
        len += (size_t)got;
    }
    *out_len = len;
    return true;
}

int file_read(const char *path, size_t most, struct arena *arena, char **out, size_t *out_len,
              struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int result = 0;
    size_t len = 0;
    char *text;

    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return err_set(err, ERR_NOTFOUND, "%s does not exist", path);
    if (fd < 0)
        return err_errno(err, errno, "%s", path);
    text = arena_alloc(arena, most + 2); /* one more shows that it is too large, and the NUL */
    if (!read_all(fd, text, most + 1, &len))
        result = err_errno(err, errno, "%s", path);
    else if (len > most)
        result = err_set(err, ERR_LIMIT, "%s: more than %zu bytes", path, most);
    (void)close(fd);
    if (result != 0) {
        wipe(text, most + 1);
        return -1;
    }
    *out = text;
    *out_len = len;
    return 0;
}

/* --- Write ---------------------------------------------------------------------------------------
 */

static bool write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t put = write(fd, bytes, len);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return false;
        bytes += put;
        len -= (size_t)put;
    }
    return fsync(fd) == 0;
}

/* Every folder above `path`; `path` is ours to write to, and is as it was at the end. */
static bool make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        bool made;

        *slash = '\0';
        made = mkdir(path, 0700) == 0 || errno == EEXIST;
        *slash = '/';
        if (!made)
            return false;
    }
    return true;
}

int file_replace(const char *path, const void *bytes, size_t len, struct arena *arena,
                 struct err *err)
{
    char *temporary = arena_printf(arena, "%s.XXXXXX", path);
    bool done;
    int fd;

    if (!make_folders(temporary))
        return err_errno(err, errno, "%s", path);
    fd = mkstemp(temporary); /* mode 0600 */
    if (fd < 0)
        return err_errno(err, errno, "%s", path);
    done = write_all(fd, bytes, len);
    done = close(fd) == 0 && done;
    if (done && rename(temporary, path) == 0)
        return 0;
    (void)err_errno(err, errno, "%s", path);
    (void)unlink(temporary);
    return -1;
}
