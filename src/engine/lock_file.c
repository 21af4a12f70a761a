#include "journal_priv.h"
#include "lock_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/env.h"
#include "plinth/base/str.h"
#include "plinth/base/time.h"
#include "plinth/codec/json.h"
#include "plinth/fiber/fiber.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_BYTES_MOST = 4096, PAUSE_MS = 1000, LOOKERS = 5, LOOKER_PAUSE_MS = 20 };

/* An empty file is a lock that nobody had yet. */
static int read_state(int fd, struct arena *arena, struct lock_state *out, struct err *err)
{
    char *text = arena_alloc(arena, FILE_BYTES_MOST + 1);
    ssize_t len = pread(fd, text, FILE_BYTES_MOST, 0);

    *out = lock_state_empty;
    if (len < 0)
        return err_errno(err, errno, "reading");
    text[len] = '\0';
    return len == 0 ? 0 : lock_parse(text, arena, out, err);
}

static int write_state(struct lock *lock, bool held, struct err *err)
{
    const char *text = lock_print(lock, held, lock->arena);
    size_t len = strlen(text);

    if (ftruncate(lock->fd, 0) != 0 || pwrite(lock->fd, text, len, 0) != (ssize_t)len)
        return err_errno(err, errno, "writing");
    return 0;
}

/* Whether it is held is the kernel's word; what stands in it says by whom. */
int lock_file_look(const struct lock *lock, struct arena *arena, struct lock_state *out,
                   struct err *err)
{
    int fd = open(lock->options.place.file, O_RDONLY | O_CLOEXEC), result;

    *out = lock_state_empty;
    if (fd < 0)
        return errno == ENOENT ? 0 : err_errno(err, errno, "the lock %s", lock->options.place.file);
    result = read_state(fd, arena, out, err);
    out->held = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    (void)close(fd);
    return result == 0 ? 0 : err_wrap(err, "the lock %s", lock->options.place.file);
}

/* err: ERR_GATE naming the holder. */
static int wait_for_file(struct lock *lock, struct err *err)
{
    int64_t waited_ms = 0;

    for (int tries = 0; flock(lock->fd, LOCK_EX | LOCK_NB) != 0; tries++) {
        struct lock_state state;

        if (errno != EWOULDBLOCK)
            return err_errno(err, errno, "locking");
        /* Who only looks has it shared for a moment. */
        if (tries < LOOKERS) {
            if (fiber_sleep_ms(lock->options.sched, LOOKER_PAUSE_MS, err) != 0)
                return -1;
            continue;
        }
        arena_reset(lock->arena);
        if (read_state(lock->fd, lock->arena, &state, err) != 0)
            return -1;
        if (waited_ms == 0)
            lock_tell(lock, LOCK_WAITING,
                      arena_printf(lock->arena, "the lock is held by %s",
                                   lock_state_text(&state, lock->arena)));
        if (waited_ms >= lock->options.wait_ms)
            return err_set(err, ERR_GATE, "another run holds it: %s; %s",
                           lock_state_text(&state, lock->arena), lock_advice(lock));
        if (fiber_sleep_ms(lock->options.sched, PAUSE_MS, err) != 0)
            return -1;
        waited_ms += PAUSE_MS;
    }
    return 0;
}

static int make_folder_of(struct lock *lock, struct err *err)
{
    const char *file = lock->options.place.file, *slash = strrchr(file, '/');

    return slash == NULL || slash == file
               ? 0
               : journal_make_folder(arena_strn(lock->arena, file, (size_t)(slash - file)), err);
}

int lock_file_take(struct lock *lock, struct err *err)
{
    struct lock_state state;

    if (make_folder_of(lock, err) != 0)
        return -1;
    lock->fd = open(lock->options.place.file, O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (lock->fd < 0)
        return err_errno(err, errno, "the lock %s", lock->options.place.file);
    if (wait_for_file(lock, err) != 0 || read_state(lock->fd, lock->arena, &state, err) != 0)
        return err_wrap(err, "the lock %s", lock->options.place.file);
    time_rfc3339(env_wall_ms(sched_env(lock->options.sched)), lock->since);
    lock->fence = state.fence + 1;
    lock_inherit(lock, &state);
    if (write_state(lock, true, err) != 0)
        return err_wrap(err, "the lock %s", lock->options.place.file);
    lock->held = true;
    lock_tell(lock, state.held ? LOCK_TAKEN_OVER : LOCK_TAKEN,
              state.held ? lock_state_text(&state, lock->arena) : "");
    return 0;
}

void lock_file_release(struct lock *lock)
{
    struct err ignored = ERR_INIT; /* the kernel's word counts, and that is given back */

    (void)write_state(lock, false, &ignored);
    (void)close(lock->fd);
    lock->fd = -1;
    lock_tell(lock, LOCK_RELEASED, "");
}
