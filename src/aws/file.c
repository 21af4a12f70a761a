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

enum { FIRST_BYTES = 4096 };

/* --- Read ----------------------------------------------------------------------------------------
 */

/* Of a file that is read; grown in an arena, where what is outgrown is wiped. */
struct content {
    struct arena *arena;
    char *bytes; /* NUL-terminated */
    size_t len, capacity;
};

static void make_room(struct content *content)
{
    size_t capacity = content->capacity == 0 ? FIRST_BYTES : content->capacity * 2;
    char *bytes = arena_alloc(content->arena, capacity + 1);

    if (content->len > 0) {
        memcpy(bytes, content->bytes, content->len);
        wipe(content->bytes, content->len);
    }
    content->bytes = bytes;
    content->capacity = capacity;
}

static int read_all(int fd, const char *path, size_t most, struct content *content, struct err *err)
{
    for (;;) {
        ssize_t got;

        if (content->len == content->capacity)
            make_room(content);
        got = read(fd, content->bytes + content->len, content->capacity - content->len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_errno(err, errno, "%s", path);
        if (got == 0)
            return 0;
        content->len += (size_t)got;
        if (content->len > most)
            return err_set(err, ERR_LIMIT, "%s: more than %zu bytes", path, most);
    }
}

int file_read(const char *path, size_t most, struct arena *arena, char **out, size_t *out_len,
              struct err *err)
{
    struct content content = {.arena = arena};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int result;

    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return err_set(err, ERR_NOTFOUND, "%s does not exist", path);
    if (fd < 0)
        return err_errno(err, errno, "%s", path);
    result = read_all(fd, path, most, &content, err);
    (void)close(fd);
    if (result != 0) {
        wipe(content.bytes, content.len);
        return -1;
    }
    *out = content.bytes;
    *out_len = content.len;
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
