#include "rollout_files.h"

#include "files.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/limits.h"
#include "plinth/base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { REQUEST_BYTES_MOST = 64, FOLDER_MODE = 0700 };

static const char *const requests[] = {
    [ROLLOUT_GO] = "go", [ROLLOUT_PAUSE] = "pause", [ROLLOUT_ABORT] = "abort"};

/* Each folder of a path. */
static int make_folders(const char *path, struct arena *arena, struct err *err)
{
    char *text = arena_str(arena, path);

    for (char *at = text + 1;; at++) {
        char was = *at;

        if (was != '/' && was != '\0')
            continue;
        *at = '\0';
        if (mkdir(text, FOLDER_MODE) != 0 && errno != EEXIST)
            return err_errno(err, errno, "%s", text);
        *at = was;
        if (was == '\0')
            return 0;
    }
}

static int read_state(struct rollout_files *files, struct arena *arena, struct err *err)
{
    const struct json *approved;
    struct json *document;
    char *text;
    size_t len;

    if (files_read(files->state, LIMIT_JSON_BYTES, arena, &text, &len, err) != 0) {
        if (err->code != ERR_NOTFOUND)
            return -1;
        err_clear(err);
        return 0;
    }
    if (json_parse(text, len, arena, &document, err) != 0)
        return err_wrap(err, "%s", files->state);
    files->document = document;
    approved = json_get(document, "approved");
    if (approved == NULL)
        return 0;
    files->approved.items = arena_array(arena, approved->count + 1, sizeof *files->approved.items);
    for (const struct json *it = json_first(approved); it != NULL; it = it->next)
        if (it->type == JSON_STRING)
            files->approved.items[files->approved.count++] = it->string;
    return 0;
}

int rollout_files_open(const char *folder, struct arena *arena, struct rollout_files *out,
                       struct err *err)
{
    *out = (struct rollout_files){.folder = folder,
                                  .state = arena_printf(arena, "%s/rollout.json", folder),
                                  .request = arena_printf(arena, "%s/rollout.request", folder),
                                  .lock = arena_printf(arena, "%s/rollout.lock", folder),
                                  .lock_fd = -1};
    return make_folders(folder, arena, err);
}

void rollout_files_close(struct rollout_files *files)
{
    if (files->lock_fd >= 0)
        (void)close(files->lock_fd); /* which gives the lock back */
    files->lock_fd = -1;
}

/* By fcntl and not flock: only it can be asked about without being taken, so that who looks at a
 * rollout never stands in the way of one that begins. */
int rollout_files_lock(struct rollout_files *files, bool take, struct arena *arena, bool *out,
                       struct err *err)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd = open(files->lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, FILE_MODE_PRIVATE);
    int failed;

    *out = false;
    if (fd < 0)
        return err_errno(err, errno, "%s", files->lock);
    failed = fcntl(fd, take ? F_SETLK : F_GETLK, &lock) == 0 ? 0 : errno;
    *out = failed == 0 && (take || lock.l_type == F_UNLCK);
    if (*out && take)
        files->lock_fd = fd;
    else
        (void)close(fd);
    if (failed != 0 && failed != EACCES && failed != EAGAIN)
        return err_errno(err, failed, "%s", files->lock);
    return read_state(files, arena, err);
}

bool rollout_files_unfinished(const struct rollout_files *files)
{
    const char *state = json_str(files->document, "state");

    return state != NULL && !str_eq(state, rollout_state_name(ROLLOUT_DONE)) &&
           !str_eq(state, rollout_state_name(ROLLOUT_ABORTED));
}

int rollout_files_save(const struct rollout_files *files, const struct rollout *rollout,
                       struct err *err)
{
    struct arena *arena = arena_new("rollout state");
    struct json *document = rollout_document(rollout, arena);
    struct json *approved = json_put_array(document, "approved");
    struct buf text;
    int result;

    for (size_t i = 0; i < files->approved.count; i++)
        json_add_str(approved, files->approved.items[i]);
    buf_init(&text, LIMIT_JSON_BYTES);
    json_print(document, JSON_PRETTY, &text);
    result = text.overflow ? err_set(err, ERR_LIMIT, "%s: the rollout is too large", files->state)
                           : files_write(files->state, buf_text(&text), text.len, FILE_MODE_PRIVATE,
                                         true, err);
    buf_fini(&text);
    arena_free(arena);
    return result;
}

int rollout_files_ask(const struct rollout_files *files, enum rollout_request request,
                      struct err *err)
{
    return files_write(files->request, requests[request], strlen(requests[request]),
                       FILE_MODE_PRIVATE, true, err);
}

enum rollout_request rollout_files_asked(const struct rollout_files *files)
{
    struct arena *arena = arena_new("rollout request");
    enum rollout_request request = ROLLOUT_GO;
    struct err ignored = ERR_INIT;
    char *text;
    size_t len;

    if (files_read(files->request, REQUEST_BYTES_MOST, arena, &text, &len, &ignored) == 0)
        for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++)
            if (str_eq(text, requests[i]))
                request = (enum rollout_request)i;
    arena_free(arena);
    return request;
}
