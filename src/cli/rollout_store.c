#include "rollout_store.h"

#include "plinth/base/arena.h"
#include "plinth/base/env.h"
#include "plinth/base/str.h"
#include "plinth/base/time.h"
#include "plinth/fiber/fiber.h"

#include <stdio.h>
#include <string.h>

#define REQUEST_FORMAT "plinth/rollout-request/v1"

enum { TRIES_MOST = 5 };

static const char *const requests[] = {
    [ROLLOUT_GO] = "resume", [ROLLOUT_PAUSE] = "pause", [ROLLOUT_ABORT] = "abort"};

/* --- Life ----------------------------------------------------------------------------------------
 */

static void told(void *arg, enum lock_event event, const char *text, uint64_t fence)
{
    struct rollout_store *store = arg;
    struct session *session = store->session;

    (void)fence;
    if (event != LOCK_TAKEN && event != LOCK_RELEASED)
        progress_say(&session->progress,
                     arena_printf(session->arena, "rollout's lock %s%s%s", lock_event_name(event),
                                  *text == '\0' ? "" : ": ", text));
}

int rollout_store_open(struct rollout_store *store, struct session *session, struct err *err)
{
    const char *arn = session->identity.arn;
    struct lock_options options = {
        .sched = session->sched,
        .holder = arena_str(session->arena, arn == NULL ? "somebody" : arn),
        .host = guard_host(session->arena),
        .run = store->run,
        .advice = "plinth rollout status shows how it stands",
        .told = told,
        .arg = store,
    };

    *store = (struct rollout_store){
        .session = session, .arena = arena_new("rollout store"), .holder = options.holder};
    (void)snprintf(store->run, sizeof store->run, "%s", session->guard.run);
    if (guard_place(&session->guard, "rollout.json", &store->state, err) != 0 ||
        guard_place(&session->guard, "rollout.request", &store->request, err) != 0 ||
        guard_place(&session->guard, "rollout.lock", &options.place, err) != 0)
        return -1;
    store->lock = lock_new(&options);
    return 0;
}

void rollout_store_close(struct rollout_store *store)
{
    if (store->lock != NULL && lock_is_held(store->lock))
        rollout_store_give(store);
    lock_free(store->lock);
    arena_free(store->arena);
}

/* --- Read ----------------------------------------------------------------------------------------
 */

/* NULL where nothing stands. */
static int read_json(const struct shared_place *place, struct arena *arena,
                     struct shared_text *out_there, const struct json **out, struct err *err)
{
    struct json *json;

    *out = NULL;
    if (shared_read(place, arena, out_there, err) != 0)
        return err_wrap(err, "reading %s", shared_name(place, arena));
    if (out_there->text == NULL)
        return 0;
    if (json_parse(out_there->text, strlen(out_there->text), arena, &json, err) != 0)
        return err_wrap(err, "%s", shared_name(place, arena));
    *out = json;
    return 0;
}

static void hear(struct rollout_store *store)
{
    const char *text = json_str(store->asking, "request");

    store->heard = ROLLOUT_GO;
    if (store->id == NULL || !str_eq(json_str(store->asking, "rollout"), store->id))
        return; /* nothing is asked, or another rollout */
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++)
        if (str_eq(text, requests[i]))
            store->heard = (enum rollout_request)i;
}

/* --- Listen --------------------------------------------------------------------------------------
 */

static enum rollout_request listen(struct rollout_store *store)
{
    struct arena *arena = arena_new("rollout request");
    struct err ignored = ERR_INIT; /* it is asked again soon */
    struct shared_text there;
    const struct json *asking;

    if (read_json(&store->request, arena, &there, &asking, &ignored) == 0) {
        store->asking = asking;
        hear(store);
    }
    store->asking = NULL;
    arena_free(arena);
    return store->heard;
}

static int listen_once(void *arg, struct err *err)
{
    (void)err;
    (void)listen(arg);
    return 0;
}

enum rollout_request rollout_store_asked(struct rollout_store *store)
{
    struct err ignored = ERR_INIT;

    (void)session_call(store->session, listen_once, store, &ignored);
    return store->heard;
}

void rollout_store_watch(struct rollout_store *store, bool on)
{
    store->watches = on;
}

/* What was begun is finished; the rest is left. */
static void watch(void *arg)
{
    struct rollout_store *store = arg;
    struct sched *sched = store->session->sched;

    while (!store->closing) {
        if (sched_stopping(sched)) {
            fiber_park(sched, "the end of the step, for requests");
            continue;
        }
        if (fiber_park_for(sched, ROLLOUT_POLL_MS, "the next look for requests") ||
            listen(store) != ROLLOUT_ABORT || sched_stopping(sched))
            continue;
        store->breaks_off = true;
        sched_stop(sched);
    }
}

static void begin(void *arg)
{
    struct rollout_store *store = arg;

    lock_keep(store->lock);
    if (store->watches)
        store->watcher = fiber_spawn_joinable(store->session->sched, "requests", watch, store);
}

static void end(void *arg)
{
    struct rollout_store *store = arg;

    if (store->watcher != NULL) {
        store->closing = true;
        fiber_wake(store->watcher);
        fiber_join(store->watcher);
        store->watcher = NULL;
        store->closing = false;
    }
    lock_rest(store->lock);
}

/* --- All of it -----------------------------------------------------------------------------------
 */

static void read_approved(struct rollout_store *store)
{
    const struct json *approved = json_get(store->document, "approved");
    size_t most = approved == NULL ? 0 : approved->count;

    store->approved = (struct strings){0};
    store->approved.items = arena_array(store->arena, most, sizeof *store->approved.items);
    for (const struct json *it = json_first(approved); it != NULL; it = it->next)
        if (it->type == JSON_STRING)
            store->approved.items[store->approved.count++] = it->string;
}

static int read_all(void *arg, struct err *err)
{
    struct rollout_store *store = arg;
    struct shared_text state, request;

    arena_reset(store->arena);
    store->document = store->asking = NULL;
    if (read_json(&store->state, store->arena, &state, &store->document, err) != 0 ||
        read_json(&store->request, store->arena, &request, &store->asking, err) != 0 ||
        lock_look(store->lock, store->arena, &store->carrier, err) != 0)
        return -1;
    store->version = state.version;
    store->id = json_str(store->document, "id");
    read_approved(store);
    hear(store);
    return 0;
}

int rollout_store_read(struct rollout_store *store, struct err *err)
{
    return session_call(store->session, read_all, store, err);
}

bool rollout_store_unfinished(const struct rollout_store *store)
{
    const char *state = json_str(store->document, "state");

    return state != NULL && !str_eq(state, rollout_state_name(ROLLOUT_DONE)) &&
           !str_eq(state, rollout_state_name(ROLLOUT_ABORTED));
}

/* --- Who carries it out --------------------------------------------------------------------------
 */

static int take(void *arg, struct err *err)
{
    struct rollout_store *store = arg;

    if (lock_take(store->lock, err) != 0)
        return err_wrap(err, "rollout");
    if (read_all(store, err) == 0)
        return 0;
    lock_release(store->lock);
    return -1;
}

int rollout_store_take(struct rollout_store *store, struct err *err)
{
    struct session *session = store->session;

    session->beside = (struct beside){begin, end, store};
    if (session_call(session, take, store, err) != 0) {
        session->beside = (struct beside){0};
        return -1;
    }
    session->outer_lock = store->lock;
    return 0;
}

int rollout_store_take_again(struct rollout_store *store, struct err *err)
{
    const char *was = arena_str(store->session->arena, store->version);

    if (rollout_store_take(store, err) != 0)
        return -1;
    if (str_eq(store->version, was))
        return 0;
    return err_set(err, ERR_GATE,
                   "rollout: somebody else went on with it meanwhile: nothing was changed; see "
                   "plinth rollout status");
}

static int give(void *arg, struct err *err)
{
    (void)err;
    lock_release(((struct rollout_store *)arg)->lock);
    return 0;
}

void rollout_store_give(struct rollout_store *store)
{
    struct session *session = store->session;
    struct err ignored = ERR_INIT;

    session->beside = (struct beside){0};
    session->outer_lock = NULL;
    if (sched_stopping(session->sched))
        sched_go_on(session->sched); /* nothing else is sent any more */
    (void)session_call(session, give, store, &ignored);
}

/* --- Write ---------------------------------------------------------------------------------------
 */

struct saving {
    struct rollout_store *store;
    const char *text;
};

static int save(void *arg, struct err *err)
{
    const struct saving *saving = arg;
    struct rollout_store *store = saving->store;
    struct arena *arena = arena_new("rollout state");
    struct shared_text there;
    int result = -1;

    for (int tries = 0; tries < TRIES_MOST; tries++) {
        err_clear(err);
        if (lock_check(store->lock, err) != 0)
            break;
        result = shared_write(&store->state, store->version, saving->text, arena, &there, err);
        if (result == 0 || err->code != ERR_TRANSIENT)
            break;
    }
    if (result == 0)
        store->version = arena_str(store->session->arena, there.version);
    else if (err->code == ERR_CONFLICT)
        (void)err_set(err, ERR_GATE, "another process goes on with it");
    arena_free(arena);
    return result == 0 ? 0 : err_wrap(err, "rollout: how it stands cannot be kept");
}

int rollout_store_save(struct rollout_store *store, struct json *document, struct err *err)
{
    static const char *const ours[] = {"at", "run", "approved"};
    struct arena *arena = arena_new("rollout state");
    struct saving saving = {.store = store};
    char now[TIME_TEXT_BYTES];
    struct json *approved;
    int result;

    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        json_remove(document, ours[i]);
    time_rfc3339(env_wall_ms(&store->session->env), now);
    json_put_str(document, "at", now);
    json_put_str(document, "run", store->run);
    approved = json_put_array(document, "approved");
    for (size_t i = 0; i < store->approved.count; i++)
        json_add_str(approved, store->approved.items[i]);
    saving.text = json_text(document, arena);
    result = session_call(store->session, save, &saving, err);
    if (result == 0)
        store->id = arena_str(store->session->arena, json_str(document, "id"));
    arena_free(arena);
    return result;
}

struct asking {
    struct rollout_store *store;
    enum rollout_request request;
};

static const char *request_text(const struct rollout_store *store, enum rollout_request request,
                                struct arena *arena)
{
    const struct session *session = store->session;
    struct json *json = json_object(arena);
    char now[TIME_TEXT_BYTES];

    time_rfc3339(env_wall_ms(&session->env), now);
    json_put_str(json, "format", REQUEST_FORMAT);
    json_put_str(json, "rollout", store->id);
    json_put_str(json, "request", requests[request]);
    json_put_str(json, "by", store->holder);
    json_put_str(json, "host", guard_host(arena));
    json_put_str(json, "at", now);
    json_put_str(json, "run", store->run);
    return json_text(json, arena);
}

/* Of two who ask at a time both are written: the later one counts. */
static int ask(void *arg, struct err *err)
{
    const struct asking *asking = arg;
    const struct rollout_store *store = asking->store;
    struct arena *arena = arena_new("rollout request");
    const char *text = request_text(store, asking->request, arena);
    struct shared_text there;
    int result = -1;

    for (int tries = 0; tries < TRIES_MOST; tries++) {
        err_clear(err);
        result = shared_read(&store->request, arena, &there, err);
        if (result == 0)
            result = shared_write(&store->request, there.version, text, arena, &there, err);
        if (result == 0 || (err->code != ERR_TRANSIENT && err->code != ERR_CONFLICT))
            break;
    }
    arena_free(arena);
    return result == 0 ? 0 : err_wrap(err, "rollout: the request cannot be left");
}

int rollout_store_ask(struct rollout_store *store, enum rollout_request request, struct err *err)
{
    struct asking asking = {store, request};

    if (session_call(store->session, ask, &asking, err) != 0)
        return -1;
    store->heard = request;
    return 0;
}

/* --- To be shown ---------------------------------------------------------------------------------
 */

struct json *rollout_store_document(const struct rollout_store *store, struct arena *arena)
{
    const struct lock_state *carrier = &store->carrier;
    struct json *out, *by;

    if (store->document == NULL) {
        out = json_object(arena);
        json_put_str(out, "format", ROLLOUT_FORMAT);
        json_put_str(out, "state", "none");
        return out;
    }
    out = json_copy(store->document, arena);
    json_remove(out, "approved");
    json_put_str(out, "place", shared_name(&store->state, arena));
    if (carrier->held) {
        by = json_put_object(out, "carried_out_by");
        json_put_str(by, "holder", carrier->holder);
        json_put_str(by, "host", carrier->host);
        json_put_str(by, "run", carrier->run);
        json_put_str(by, "since", carrier->since);
    }
    if (store->asking != NULL && str_eq(json_str(store->asking, "rollout"), store->id))
        json_put(out, "request", store->asking);
    return out;
}
