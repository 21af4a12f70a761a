#include "lock_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/env.h"
#include "plinth/base/str.h"
#include "plinth/base/time.h"
#include "plinth/codec/json.h"
#include "plinth/fiber/fiber.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    LEASE_MS_LEAST = 1000,
    LEASE_MS_MOST = 60 * 60 * 1000, /* of a holder that we read: bounds our wait */
    LOOKS_PER_LEASE = 12,
    RENEWALS_PER_LEASE = 3,
    RETRIES_PER_LEASE = 30,
    TRIES_MOST = 10, /* of a write that others, or S3's own troubles, keep from us */
};

const char *lock_event_name(enum lock_event event)
{
    static const char *const names[] = {
        [LOCK_MADE] = "made", [LOCK_WAITING] = "waiting",   [LOCK_TAKEN] = "taken",
        [LOCK_LOST] = "lost", [LOCK_RELEASED] = "released", [LOCK_TAKEN_OVER] = "taken over",
        [LOCK_KEPT] = "kept",
    };

    return names[event];
}

struct lock *lock_new(const struct lock_options *options)
{
    struct lock *lock = calloc(1, sizeof *lock);

    if (lock == NULL)
        abort();
    lock->options = *options;
    lock->arena = arena_new("lock");
    lock->lease_ms = options->lease_ms == 0 ? LOCK_LEASE_MS : options->lease_ms;
    lock->fd = -1;
    return lock;
}

void lock_free(struct lock *lock)
{
    if (lock == NULL)
        return;
    if (lock->fd >= 0)
        (void)close(lock->fd);
    arena_free(lock->arena);
    free(lock);
}

void lock_tell(const struct lock *lock, enum lock_event event, const char *text)
{
    if (lock->options.told != NULL)
        lock->options.told(lock->options.arg, event, text, lock->fence);
}

const char *lock_place(const struct lock *lock, struct arena *arena)
{
    return shared_name(&lock->options.place, arena);
}

static int64_t now_us(const struct lock *lock)
{
    return env_mono_us(sched_env(lock->options.sched));
}

/* --- What stands there ---------------------------------------------------------------------------
 */

const char *lock_print(const struct lock *lock, bool held, struct arena *arena)
{
    struct json *json = json_object(arena), *applied;

    json_put_str(json, "format", LOCK_FORMAT);
    json_put_bool(json, "held", held);
    json_put_str(json, "holder", lock->options.holder);
    json_put_str(json, "host", lock->options.host);
    json_put_str(json, "run", lock->options.run);
    json_put_str(json, "since", lock->since);
    json_put_number(json, "lease_ms", (double)lock->lease_ms);
    json_put_number(json, "fence", (double)lock->fence);
    json_put_number(json, "renewals", (double)lock->renewals);
    if (lock->applied[0] != '\0') {
        applied = json_put_object(json, "applied");
        json_put_str(applied, "baseline_sha256", lock->applied);
        json_put_str(applied, "at", lock->applied_at);
        json_put_str(applied, "run", lock->applied_run);
    }
    return json_text(json, arena);
}

static const char *text_or_empty(const struct json *json, const char *key)
{
    const char *text = json_str(json, key);

    return text == NULL ? "" : text;
}

int lock_parse(const char *text, struct arena *arena, struct lock_state *out, struct err *err)
{
    const struct json *applied;
    double lease_ms;
    struct json *json;

    if (json_parse(text, strlen(text), arena, &json, err) != 0 ||
        !str_eq(json_str(json, "format"), LOCK_FORMAT))
        return err_set(err, ERR_PROTOCOL, "what stands there is no lock of plinth");
    lease_ms = json_number(json, "lease_ms", LOCK_LEASE_MS);
    if (!(lease_ms >= LEASE_MS_LEAST && lease_ms <= LEASE_MS_MOST))
        lease_ms = LOCK_LEASE_MS;
    applied = json_get(json, "applied");
    *out = (struct lock_state){
        .held = json_bool(json, "held", true),
        .holder = text_or_empty(json, "holder"),
        .host = text_or_empty(json, "host"),
        .run = text_or_empty(json, "run"),
        .since = text_or_empty(json, "since"),
        .lease_ms = (int64_t)lease_ms,
        .fence = (uint64_t)json_number(json, "fence", 0),
        .applied = text_or_empty(applied, "baseline_sha256"),
        .applied_at = text_or_empty(applied, "at"),
        .applied_run = text_or_empty(applied, "run"),
    };
    return 0;
}

void lock_inherit(struct lock *lock, const struct lock_state *state)
{
    (void)snprintf(lock->applied, sizeof lock->applied, "%s", state->applied);
    (void)snprintf(lock->applied_at, sizeof lock->applied_at, "%s", state->applied_at);
    (void)snprintf(lock->applied_run, sizeof lock->applied_run, "%s", state->applied_run);
}

void lock_note_applied(struct lock *lock, const char *baseline_sha256)
{
    (void)snprintf(lock->applied, sizeof lock->applied, "%s", baseline_sha256);
    (void)snprintf(lock->applied_run, sizeof lock->applied_run, "%s", lock->options.run);
    time_rfc3339(env_wall_ms(sched_env(lock->options.sched)), lock->applied_at);
}

const char *lock_state_text(const struct lock_state *state, struct arena *arena)
{
    return arena_printf(arena, "%s on %s since %s (run %s, fencing number %llu)", state->holder,
                        state->host, state->since, state->run, (unsigned long long)state->fence);
}

int lock_look(struct lock *lock, struct arena *arena, struct lock_state *out, struct err *err)
{
    if (lock->options.place.file != NULL)
        return lock_file_look(lock, arena, out, err);
    return lock_object_read(lock, arena, out, err);
}

/* --- Take ----------------------------------------------------------------------------------------
 */

void lock_watch_note(struct lock *lock, struct lock_watch *watch, const struct lock_state *state)
{
    if (watch->etag[0] == '\0') {
        watch->began_us = now_us(lock);
        lock_tell(lock, LOCK_WAITING,
                  arena_printf(lock->arena,
                               "the lock is held by %s; it is taken over unless its holder renews "
                               "it within %lld s",
                               lock_state_text(state, lock->arena),
                               (long long)state->lease_ms / 1000));
    } else if (!str_eq(watch->etag, state->etag)) {
        watch->alive = true;
    }
    if (!str_eq(watch->etag, state->etag))
        watch->since_us = now_us(lock);
    (void)snprintf(watch->etag, sizeof watch->etag, "%s", state->etag);
}

const char *lock_advice(const struct lock *lock)
{
    return lock->options.advice == NULL ? "wait for its end, or use --lock-wait"
                                        : lock->options.advice;
}

int lock_watch_wait(struct lock *lock, const struct lock_watch *watch,
                    const struct lock_state *state, struct err *err)
{
    if (watch->alive && now_us(lock) - watch->began_us >= lock->options.wait_ms * 1000)
        return err_set(err, ERR_GATE, "another run holds the lock %s: %s; %s",
                       lock_place(lock, lock->arena), lock_state_text(state, lock->arena),
                       lock_advice(lock));
    return fiber_sleep_ms(lock->options.sched, state->lease_ms / LOOKS_PER_LEASE, err);
}

bool lock_watch_is_gone(const struct lock *lock, const struct lock_watch *watch,
                        const struct lock_state *state)
{
    return now_us(lock) - watch->since_us >= state->lease_ms * 1000;
}

static int make_bucket(struct lock *lock, struct err *err)
{
    bool made;
    int result = shared_make_bucket(&lock->options.place, lock->arena, &made, err);

    if (made)
        lock_tell(lock, LOCK_MADE, lock->options.place.bucket);
    return result;
}

/* Make it ours over what stands there; ERR_CONFLICT: somebody was faster. */
static int seize(struct lock *lock, const struct lock_state *state, struct err *err)
{
    enum lock_event event = state->held ? LOCK_TAKEN_OVER : LOCK_TAKEN;
    const char *text = state->held ? lock_state_text(state, lock->arena) : "";

    lock->fence = state->fence + 1;
    lock->renewals = 0;
    lock_inherit(lock, state);
    time_rfc3339(env_wall_ms(sched_env(lock->options.sched)), lock->since);
    if (state->no_bucket && !lock->options.place.make)
        return err_set(err, ERR_NOTFOUND, "the bucket of the lock %s does not exist",
                       lock_place(lock, lock->arena));
    /* The first object of a bucket: what made the bucket may have been killed half way. */
    if (state->etag == NULL && lock->options.place.make && make_bucket(lock, err) != 0)
        return err_wrap(err, "making the bucket of the lock");
    if (lock_object_write(lock, state->etag, true, err) != 0)
        return -1;
    lock->held = true;
    lock_tell(lock, event, text);
    return 0;
}

static int take_object(struct lock *lock, struct err *err)
{
    struct lock_watch watch = {.etag = ""};
    int tries = 0;

    for (;;) {
        struct lock_state state;

        err_clear(err);
        arena_reset(lock->arena);
        if (lock_object_read(lock, lock->arena, &state, err) != 0)
            return err_wrap(err, "the lock %s", lock_place(lock, lock->arena));
        if (state.held)
            lock_watch_note(lock, &watch, &state);
        if (state.held && !lock_watch_is_gone(lock, &watch, &state)) {
            if (lock_watch_wait(lock, &watch, &state, err) != 0)
                return -1;
            continue;
        }
        if (seize(lock, &state, err) == 0)
            return 0;
        if ((err->code != ERR_CONFLICT && err->code != ERR_TRANSIENT) || ++tries == TRIES_MOST)
            return err_wrap(err, "the lock %s", lock_place(lock, lock->arena));
    }
}

/* --- Keep ----------------------------------------------------------------------------------------
 */

static void lose(struct lock *lock, const char *why)
{
    if (lock->lost)
        return;
    lock->lost = true;
    lock_tell(lock, LOCK_LOST, why);
}

static bool has_margin(const struct lock *lock)
{
    return now_us(lock) - lock->kept_us < lock->lease_ms * 1000 * 3 / 4;
}

/* True: it is ours for another lease. */
static bool renew(struct lock *lock)
{
    struct err err = ERR_INIT;

    arena_reset(lock->arena);
    lock->renewals++;
    if (lock_object_write(lock, lock->etag, true, &err) == 0)
        return true;
    if (err.code == ERR_CONFLICT)
        lose(lock, "somebody else wrote it");
    return false;
}

/* How long until the next renewal is due, by the last one that held: whoever keeps the lock only
 * now and then renews it no less often. */
static int64_t pause_ms(const struct lock *lock)
{
    int64_t due_us = lock->kept_us + lock->lease_ms * 1000 / RENEWALS_PER_LEASE;
    int64_t left_us = due_us - now_us(lock);

    return left_us > 0 ? (left_us + 999) / 1000 : 0;
}

/* While the run is being stopped nothing can be sent, and nothing that needs the lock is. */
static void keep(void *arg)
{
    struct lock *lock = arg;
    bool renewed = true;

    while (!lock->closing && !lock->lost) {
        if (sched_stopping(lock->options.sched)) {
            fiber_park(lock->options.sched, "the end of the run, for the lock");
            continue;
        }
        if (fiber_park_for(lock->options.sched,
                           renewed ? pause_ms(lock) : lock->lease_ms / RETRIES_PER_LEASE,
                           "the lock's renewal") ||
            sched_stopping(lock->options.sched))
            continue;
        renewed = renew(lock);
        if (!has_margin(lock))
            lose(lock, "it could not be renewed in time");
    }
}

int lock_take_own(struct lock *lock, struct err *err)
{
    return lock->options.place.file != NULL ? lock_file_take(lock, err) : take_object(lock, err);
}

void lock_keep(struct lock *lock)
{
    if (lock->options.place.file == NULL && lock->keeper == NULL && lock->held)
        lock->keeper = fiber_spawn_joinable(lock->options.sched, "lock", keep, lock);
}

bool lock_is_held(const struct lock *lock)
{
    return lock->held;
}

int lock_check(struct lock *lock, struct err *err)
{
    if (lock->held && !lock->lost && lock->options.place.file == NULL && !has_margin(lock))
        lose(lock, "its lease is almost over and was not renewed");
    if (lock->held && !lock->lost)
        return 0;
    return err_set(err, ERR_GATE, "the lock is lost: nothing more is written");
}

/* --- Give back -----------------------------------------------------------------------------------
 */

static void give_back(struct lock *lock)
{
    struct err err = ERR_INIT;

    for (int tries = 0; tries < TRIES_MOST; tries++) {
        err_clear(&err);
        arena_reset(lock->arena);
        if (lock_object_write(lock, lock->etag, false, &err) == 0) {
            lock_tell(lock, LOCK_RELEASED, "");
            return;
        }
        if (err.code != ERR_TRANSIENT)
            break;
    }
    lock_tell(lock, LOCK_KEPT, err.text);
}

void lock_rest(struct lock *lock)
{
    if (lock->keeper == NULL)
        return;
    lock->closing = true;
    fiber_wake(lock->keeper);
    fiber_join(lock->keeper);
    lock->keeper = NULL;
    lock->closing = false;
}

void lock_release(struct lock *lock)
{
    lock_rest(lock);
    if (!lock->held)
        return;
    if (lock->options.place.file == NULL && sched_stopping(lock->options.sched))
        return;
    lock->held = false;
    if (lock->options.place.file != NULL)
        lock_file_release(lock);
    else if (!lock->lost)
        give_back(lock);
}

int lock_break(struct lock *lock, const struct lock_state *state, struct err *err)
{
    if (lock->options.place.file != NULL)
        return err_set(err, ERR_CONFLICT, "a local lock ends with its process: end that");
    lock->fence = state->fence;
    (void)snprintf(lock->since, sizeof lock->since, "%s", state->since);
    lock_inherit(lock, state);
    return lock_object_write(lock, state->etag, false, err);
}
