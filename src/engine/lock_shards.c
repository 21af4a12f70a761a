/*
 * lock_shards.c - the locks of shards and of whole runs: those of one run are held together, those
 * of different runs exclude each other.
 *
 * No request writes two objects, so each takes its own lock first and then looks for the others:
 * S3 shows a write to every read that begins after it, and so does a file system.  A rival is
 * looked at through a copy of our lock that has its name and an arena of its own, because our
 * keeper uses ours.
 */
#include "lock_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/limits.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"
#include "plinth/codec/json.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SHARD_MARK ".shard-"

const char *lock_shard_name(const char *whole, size_t index, size_t count, struct arena *arena)
{
    return arena_printf(arena, "%s" SHARD_MARK "%zu-of-%zu", whole, index, count);
}

/* --- Which there are -----------------------------------------------------------------------------
 */

static size_t shards_of(const struct lock *lock)
{
    return lock->options.shards == 0 ? 1 : lock->options.shards;
}

static const char *own_name(const struct lock *lock)
{
    return lock->options.place.file != NULL ? lock->options.place.file : lock->options.place.key;
}

static const char *whole_name(const struct lock *lock)
{
    return lock->options.whole != NULL ? lock->options.whole : own_name(lock);
}

/* How many shards the run has whose lock is called so; 0: it is no lock of this family. */
static size_t shards_by_name(const char *whole, const char *name)
{
    const char *mark = name + strlen(whole), *count;
    uint64_t number;

    if (!str_starts(name, whole))
        return 0;
    if (*mark == '\0')
        return 1;
    count = strstr(mark, "-of-");
    if (!str_starts(mark, SHARD_MARK) || count == NULL ||
        !str_to_u64(count + strlen("-of-"), &number) || number > SIZE_MAX)
        return 0;
    return (size_t)number;
}

struct names {
    struct lock *lock; /* a copy, for its arena */
    VEC(const char *) items;
};

/* Brothers, of the same number of shards, are none. */
static void add_rival(struct names *names, const char *name)
{
    size_t shards = shards_by_name(whole_name(names->lock), name);

    if (shards != 0 && shards != shards_of(names->lock))
        *VEC_ADD(names->lock->arena, &names->items) = arena_str(names->lock->arena, name);
}

static int list_objects(struct names *names, struct err *err)
{
    const struct lock *lock = names->lock;
    const char *token = NULL;
    const struct json *answer;

    for (int page = 0; page < LIMIT_PAGES; page++) {
        struct json *params = json_object(lock->arena);

        json_put_str(params, "Bucket", lock->options.place.bucket);
        json_put_str(params, "prefix", whole_name(lock));
        json_put_str(params, "x-amz-expected-bucket-owner", lock->options.place.target.account_id);
        json_put_str(params, "continuation-token", token);
        if (aws_call(&lock->options.place.target, AWS_S3_LIST_OBJECTS_V2, params, lock->arena,
                     &answer, err) != 0) {
            if (!err_is(err, "NoSuchBucket"))
                return -1;
            err_clear(err);
            return 0;
        }
        /* S3 repeats the element for each object. */
        for (const struct json *it = json_first(answer); it != NULL; it = it->next)
            if (str_eq(it->key, "Contents") && json_str(it, "Key") != NULL)
                add_rival(names, json_str(it, "Key"));
        token = json_str(answer, "NextContinuationToken");
        if (token == NULL)
            return 0;
    }
    return err_set(err, ERR_LIMIT, "more locks than can be listed");
}

static int list_files(struct names *names, struct err *err)
{
    struct arena *arena = names->lock->arena;
    const char *whole = whole_name(names->lock), *slash = strrchr(whole, '/');
    size_t folder_len = slash == NULL ? 0 : (size_t)(slash - whole) + 1;
    const char *folder = folder_len == 0 ? "." : arena_strn(arena, whole, folder_len);
    DIR *dir = opendir(folder);
    const struct dirent *entry;

    if (dir == NULL)
        return errno == ENOENT ? 0 : err_errno(err, errno, "%s", folder);
    while ((entry = readdir(dir)) != NULL)
        add_rival(names, arena_printf(arena, "%.*s%s", (int)folder_len, whole, entry->d_name));
    (void)closedir(dir);
    return 0;
}

/* Our lock as it would be if it were that one. */
static struct lock as_rival(const struct lock *lock, const char *name, struct arena *arena)
{
    struct lock rival = *lock;

    rival.arena = arena;
    if (lock->options.place.file != NULL)
        rival.options.place.file = name;
    else
        rival.options.place.key = name;
    return rival;
}

int lock_rivals(struct lock *lock, struct arena *arena, struct lock_rival **out, size_t *out_count,
                struct err *err)
{
    struct lock copy = as_rival(lock, own_name(lock), arena);
    struct names names = {.lock = &copy};

    *out_count = 0;
    if ((lock->options.place.file != NULL ? list_files(&names, err) : list_objects(&names, err)) !=
        0)
        return -1;
    *out = arena_array(arena, names.items.count, sizeof **out);
    for (size_t i = 0; i < names.items.count; i++) {
        const char *name = names.items.items[i];
        struct lock rival = as_rival(lock, name, arena);
        struct lock_state state;

        if (lock_look(&rival, arena, &state, err) != 0)
            return -1;
        if (state.held)
            (*out)[(*out_count)++] = (struct lock_rival){
                .name = name, .shards = shards_by_name(whole_name(lock), name), .state = state};
    }
    return 0;
}

/* --- Take ----------------------------------------------------------------------------------------
 */

struct watched {
    const char *name;
    struct lock_watch watch;
};

struct rivalry {
    struct lock *lock;
    struct arena *arena; /* of what is remembered from look to look */
    struct arena *look;  /* of the last one */
    VEC(struct watched) watched;
    struct lock_rival rival; /* the one to wait for, of the last look */
    bool yields;             /* one of them goes before us */
};

static struct lock_watch *watch_of(struct rivalry *rivalry, const char *name)
{
    struct watched *watched;

    for (size_t i = 0; i < rivalry->watched.count; i++)
        if (str_eq(rivalry->watched.items[i].name, name))
            return &rivalry->watched.items[i].watch;
    watched = VEC_ADD(rivalry->arena, &rivalry->watched);
    *watched = (struct watched){.name = arena_str(rivalry->arena, name)};
    return &watched->watch;
}

/* True: it stands in our way.  One whose holder is gone is ended, so that a holder that was only
 * slow does not write any more. */
static bool stands(struct rivalry *rivalry, struct lock_rival *rival)
{
    struct lock other = as_rival(rivalry->lock, rival->name, rivalry->look);
    struct lock_watch *watch = watch_of(rivalry, rival->name);
    struct err ignored = ERR_INIT; /* it is looked at again */

    if (rivalry->lock->options.place.file != NULL) {
        /* Held is the kernel's word; who holds it the second time we look is no passer-by. */
        rival->state.etag = "held";
        watch->alive = watch->etag[0] != '\0';
    }
    lock_watch_note(&other, watch, &rival->state);
    if (rivalry->lock->options.place.file != NULL ||
        !lock_watch_is_gone(&other, watch, &rival->state))
        return true;
    return lock_break(&other, &rival->state, &ignored) != 0;
}

/* 1: one stands in our way, 0: none does.  err: as lock_rivals. */
static int look_for_rivals(struct rivalry *rivalry, struct err *err)
{
    struct lock_rival *rivals;
    size_t count;
    bool found = false;

    arena_reset(rivalry->look);
    rivalry->yields = false;
    if (lock_rivals(rivalry->lock, rivalry->look, &rivals, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        if (!stands(rivalry, &rivals[i]))
            continue;
        rivalry->rival = rivals[i];
        rivalry->yields = rivalry->yields || rivals[i].shards < shards_of(rivalry->lock);
        found = true;
    }
    return found;
}

static int wait_for_rival(struct rivalry *rivalry, struct err *err)
{
    struct lock other = as_rival(rivalry->lock, rivalry->rival.name, rivalry->look);

    return lock_watch_wait(&other, watch_of(rivalry, rivalry->rival.name), &rivalry->rival.state,
                           err);
}

static int take_among_rivals(struct rivalry *rivalry, struct err *err)
{
    struct lock *lock = rivalry->lock;
    int found;

    for (;;) {
        if (!lock_is_held(lock) && lock_take_own(lock, err) != 0)
            return -1;
        found = look_for_rivals(rivalry, err);
        if (found == 0)
            lock_keep(lock);
        if (found <= 0)
            return found;
        if (rivalry->yields)
            lock_release(lock);
        else
            lock_keep(lock); /* we may wait for longer than its lease */
        if (wait_for_rival(rivalry, err) != 0)
            return -1;
    }
}

int lock_take(struct lock *lock, struct err *err)
{
    struct rivalry rivalry = {
        .lock = lock, .arena = arena_new("rivals"), .look = arena_new("rivals")};
    int result = take_among_rivals(&rivalry, err);

    if (result == 0)
        result = lock_check(lock, err);
    if (result != 0)
        lock_release(lock);
    arena_free(rivalry.arena);
    arena_free(rivalry.look);
    return result;
}
