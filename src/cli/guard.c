#include "guard.h"

#include "baseline_digest.h"
#include "kept.h"
#include "planfile.h"
#include "session.h"

#include "plinth/aws/call.h"
#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/fiber/fiber.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HOST_BYTES = 256 };

/* --- Places --------------------------------------------------------------------------------------
 */

int guard_state_folder(struct arena *arena, const char **out, struct err *err)
{
    const char *state = env_text("XDG_STATE_HOME"), *home = env_text("HOME");

    if (state == NULL && home == NULL)
        return err_set(err, ERR_USAGE,
                       "there is no place for the journal: set HOME or XDG_STATE_HOME, or use "
                       "--journal DIR");
    *out = state != NULL ? arena_printf(arena, "%s/plinth", state)
                         : arena_printf(arena, "%s/.local/state/plinth", home);
    return 0;
}

int guard_find_folder(struct guard *guard, struct err *err)
{
    const struct session *session = guard->session;
    const char *state = "";

    guard->folder = session->options->journal;
    if (guard->folder != NULL)
        return 0;
    if (guard_state_folder(session->arena, &state, err) != 0)
        return -1;
    guard->folder = arena_printf(session->arena, "%s/%s", state, session->loaded.baseline->name);
    return 0;
}

const char *guard_host(struct arena *arena)
{
    char name[HOST_BYTES] = "";

    if (gethostname(name, sizeof name - 1) != 0 || name[0] == '\0')
        return "unknown";
    return arena_str(arena, name);
}

/* --- The lock ------------------------------------------------------------------------------------
 */

static void on_lock(void *arg, enum lock_event event, const char *text, uint64_t fence)
{
    struct guard *guard = arg;
    struct session *session = guard->session;
    struct err ignored = ERR_INIT; /* the next write will say so */
    struct json *record;

    if (event != LOCK_TAKEN && event != LOCK_RELEASED)
        progress_say(&session->progress,
                     arena_printf(session->arena, "lock %s%s%s", lock_event_name(event),
                                  *text == '\0' ? "" : ": ", text));
    if (guard->journal == NULL)
        return;
    record = journal_record(guard->journal, "lock");
    json_put_str(record, "event", lock_event_name(event));
    json_put_number(record, "fence", (double)fence);
    if (*text != '\0')
        json_put_str(record, "text", text);
    (void)journal_add(guard->journal, record, false, &ignored);
}

static const char *lock_kind(const struct guard *guard)
{
    const struct session *session = guard->session;
    const struct lock_spec *spec = session->loaded.baseline->lock;
    const struct aws_endpoints *endpoints = &session->settings.endpoints;

    if (spec != NULL && spec->kind != NULL)
        return spec->kind;
    if (spec != NULL && spec->file != NULL)
        return "file";
    if (spec != NULL && spec->bucket != NULL)
        return "s3";
    /* Whoever put something in AWS's place did so for this machine. */
    return endpoints->url != NULL || endpoints->service_url[AWS_SERVICE_S3] != NULL ? "file" : "s3";
}

bool guard_is_remote(const struct guard *guard)
{
    return str_eq(lock_kind(guard), "s3");
}

/* The name of our lock, where a whole run's is called so. */
static const char *shard_lock(const struct guard *guard, const char *whole,
                              struct lock_options *options)
{
    const struct shard *shard = &guard->session->shard;

    if (shard->count <= 1)
        return whole;
    options->whole = whole;
    options->shards = shard->count;
    return lock_shard_name(whole, shard->index, shard->count, guard->session->arena);
}

/* Where the lock of a whole run is in S3.  Who we are is the engine's, which a session may renew:
 * what lives longer has its own copies. */
static int place_in_s3(const struct guard *guard, struct shared_place *out, struct err *err)
{
    struct session *session = guard->session;
    const struct lock_spec *spec = session->loaded.baseline->lock;
    const char *account = arena_str(session->arena, session->identity.account_id);
    const char *region = session->loaded.baseline->home_region;

    if (spec != NULL && spec->region != NULL)
        region = spec->region;
    *out =
        (struct shared_place){.partition = arena_str(session->arena, session->identity.partition),
                              .baseline = session->loaded.baseline->name,
                              .make = spec == NULL || spec->bucket == NULL,
                              .key = spec == NULL || spec->key == NULL ? "lock.json" : spec->key,
                              .target = {.credentials = session->credentials,
                                         .account_id = account,
                                         .region = region,
                                         .allowed = lock_ops}};
    out->bucket = out->make ? arena_printf(session->arena, "plinth-lock-%s-%s", account, region)
                            : spec->bucket;
    return session_lock_client(session, &out->target.client, err);
}

int guard_place(struct guard *guard, const char *name, struct shared_place *out, struct err *err)
{
    const struct session *session = guard->session;

    *out = (struct shared_place){0};
    if (guard_find_folder(guard, err) != 0)
        return -1;
    if (!guard_is_remote(guard)) {
        out->file = arena_printf(session->arena, "%s/%s", guard->folder, name);
        return journal_make_folder(guard->folder, err);
    }
    if (place_in_s3(guard, out, err) != 0)
        return -1;
    out->key =
        arena_printf(session->arena, "%s.%s.%s", out->key, session->loaded.baseline->name, name);
    return 0;
}

/* Of all baselines of the management account, wherever their journals are. */
static const char *lock_file_of(const struct guard *guard)
{
    struct arena *arena = guard->session->arena;
    struct err ignored = ERR_INIT;
    const char *folder = "";

    if (guard_state_folder(arena, &folder, &ignored) != 0)
        folder = guard->folder;
    return arena_printf(arena, "%s/lock-%s", folder, guard->session->identity.account_id);
}

int guard_know(struct guard *guard, struct err *err)
{
    struct session *session = guard->session;
    const struct lock_spec *spec = session->loaded.baseline->lock;
    const char *kind = lock_kind(guard);
    struct lock_options options = {
        .sched = session->sched,
        .holder = session->identity.arn,
        .host = guard_host(session->arena),
        .run = guard->run,
        .wait_ms = session->options->lock_wait_s * 1000,
        .told = on_lock,
        .arg = guard,
    };

    if (guard->lock != NULL)
        return 0;
    if (guard_find_folder(guard, err) != 0)
        return -1;
    if (str_eq(kind, "none"))
        return 0;
    if (str_eq(kind, "file")) {
        options.place.file = spec != NULL && spec->file != NULL ? spec->file : lock_file_of(guard);
        options.place.file = shard_lock(guard, options.place.file, &options);
    } else {
        if (place_in_s3(guard, &options.place, err) != 0)
            return -1;
        options.place.key = shard_lock(guard, options.place.key, &options);
    }
    guard->lock = lock_new(&options);
    return 0;
}

const char *guard_look(struct guard *guard)
{
    struct arena *arena = guard->session->arena;
    struct err err = ERR_INIT;
    struct lock_state state;
    struct lock_rival *rivals;
    size_t rival_count;

    if (guard->lock == NULL)
        return NULL;
    if (lock_look(guard->lock, arena, &state, &err) != 0)
        return err.code == ERR_CANCELLED
                   ? NULL
                   : arena_printf(arena, "the lock cannot be read: %s", err.text);
    if (state.held)
        return arena_printf(arena, "another run holds the lock: %s",
                            lock_state_text(&state, arena));
    err_clear(&err);
    if (lock_rivals(guard->lock, arena, &rivals, &rival_count, &err) == 0 && rival_count > 0)
        return arena_printf(arena, "another run holds the lock %s: %s", rivals[0].name,
                            lock_state_text(&rivals[0].state, arena));
    if (state.no_bucket)
        return arena_printf(arena, "apply makes the bucket of its lock, %s",
                            lock_place(guard->lock, arena));
    return NULL;
}

/* --- What was applied last -----------------------------------------------------------------------
 */

int guard_same_baseline(struct guard *guard, struct err *err)
{
    struct arena *arena = guard->session->arena;
    char digest[SHA256_HEX_BYTES];
    struct lock_state state;

    if (guard->lock == NULL)
        return err_set(err, ERR_USAGE,
                       "--only-drift asks the lock which baseline was applied last, and this "
                       "baseline has none");
    if (baseline_digest(guard->session->loaded.baseline, digest, err) != 0 ||
        lock_look(guard->lock, arena, &state, err) != 0)
        return -1;
    if (str_eq(state.applied, digest))
        return 0;
    if (state.applied[0] == '\0')
        return err_set(err, ERR_GATE,
                       "nobody has applied a whole baseline under the lock %s yet: what differs "
                       "may be new and not drifted; apply it without --only-drift first",
                       lock_place(guard->lock, arena));
    return err_set(err, ERR_GATE,
                   "this is not the baseline that was applied last (%s, run %s): what differs may "
                   "be new and not drifted; apply it without --only-drift, or roll it out",
                   state.applied_at, state.applied_run);
}

void guard_note_applied(struct guard *guard)
{
    char digest[SHA256_HEX_BYTES];
    struct err ignored = ERR_INIT; /* the next --only-drift asks for another apply */

    if (guard->lock != NULL &&
        baseline_digest(guard->session->loaded.baseline, digest, &ignored) == 0)
        lock_note_applied(guard->lock, digest);
}

int guard_note_unchanged(struct guard *guard, struct err *err)
{
    char digest[SHA256_HEX_BYTES];
    struct lock_state state;

    if (guard->lock == NULL)
        return 0;
    if (baseline_digest(guard->session->loaded.baseline, digest, err) != 0 ||
        lock_look(guard->lock, guard->session->arena, &state, err) != 0)
        return -1;
    if (str_eq(state.applied, digest))
        return 0;
    if (lock_take(guard->lock, err) != 0)
        return -1;
    lock_note_applied(guard->lock, digest);
    lock_release(guard->lock);
    return 0;
}

/* --- Life ----------------------------------------------------------------------------------------
 */

void guard_init(struct guard *guard, struct session *session)
{
    *guard = (struct guard){.session = session};
    journal_run_id(&session->env, guard->run);
}

void guard_fini(struct guard *guard)
{
    journal_free(guard->journal);
    lock_free(guard->lock);
}

/* --- The engine's word ---------------------------------------------------------------------------
 */

static void on_total(void *arg, size_t targets)
{
    const struct guard *guard = arg;

    guard->observer.total(guard->observer.arg, targets);
}

static void on_unit(void *arg, const struct unit_result *unit)
{
    const struct guard *guard = arg;

    guard->observer.unit_done(guard->observer.arg, unit);
    if (guard->journal != NULL && unit->outcome != OUTCOME_CLEAN)
        journal_unit(guard->journal, unit);
}

static void on_change_begin(void *arg, const struct unit_result *unit, const struct change *change)
{
    const struct guard *guard = arg;

    if (guard->observer.change_begin != NULL)
        guard->observer.change_begin(guard->observer.arg, unit, change);
}

static void on_change_end(void *arg, const struct unit_result *unit, const struct change *change,
                          const struct err *err)
{
    const struct guard *guard = arg;

    if (guard->observer.change_end != NULL)
        guard->observer.change_end(guard->observer.arg, unit, change, err);
}

struct engine_observer guard_observer(struct guard *guard)
{
    guard->observer = progress_observer(&guard->session->progress);
    return (struct engine_observer){.total = on_total,
                                    .unit_done = on_unit,
                                    .change_begin = on_change_begin,
                                    .change_end = on_change_end,
                                    .arg = guard};
}

/* --- Begin and end -------------------------------------------------------------------------------
 */

static int note_begin(struct guard *guard, const struct run_result *plan,
                      const struct journal_run *resumed, struct err *err)
{
    struct session *session = guard->session;
    char baseline_sha256[SHA256_HEX_BYTES], path[PATH_MAX];
    const char *baseline = session->loaded.path;
    struct json *record;

    if (baseline_digest(session->loaded.baseline, baseline_sha256, err) != 0)
        return -1;
    if (realpath(baseline, path) != NULL)
        baseline = path;
    record = journal_record(guard->journal, "begin");
    json_put_str(record, "format", "plinth/journal/v1");
    json_put_str(record, "run", guard->run);
    json_put_str(record, "version", PLINTH_VERSION);
    json_put_str(record, "caller", session->identity.arn);
    json_put_str(record, "host", guard_host(session->arena));
    json_put_number(record, "pid", (double)getpid());
    json_put_str(record, "resumes", resumed == NULL ? NULL : resumed->run);
    json_put(record, "plan",
             planfile_document(session, plan, baseline, baseline_sha256, session->arena));
    return journal_add(guard->journal, record, true, err);
}

/* What was left is in good hands now. */
static int note_resumed(const struct guard *guard, struct err *err)
{
    struct journal *old = journal_reopen(guard->session->sched, guard->resumed->path, err);
    struct json *record;
    int result;

    if (old == NULL)
        return -1;
    record = journal_record(old, "resumed");
    json_put_str(record, "by", guard->run);
    result = journal_add(old, record, true, err);
    journal_free(old);
    return result;
}

int guard_begin(struct guard *guard, const struct run_result *plan,
                const struct journal_run *resumed, struct err *err)
{
    guard->journal = journal_new(guard->session->sched, guard->folder, guard->run, err);
    if (guard->journal == NULL || note_begin(guard, plan, resumed, err) != 0 ||
        kept_inputs(guard, plan, err) != 0 || journal_approve(guard->journal, plan, err) != 0)
        return -1;
    guard->resumed = resumed;
    return resumed == NULL ? 0 : journal_carry(guard->journal, resumed, err);
}

int guard_take(struct guard *guard, struct err *err)
{
    struct aws_write_guard writes =
        journal_guard(guard->journal, guard->lock, guard->session->outer_lock);

    if (guard->lock != NULL && lock_take(guard->lock, err) != 0) {
        guard->refused = err->code != ERR_CANCELLED;
        return -1;
    }
    if (guard->resumed != NULL && note_resumed(guard, err) != 0)
        return -1;
    aws_client_guard(guard->session->client, &writes);
    return 0;
}

static void release_fiber(void *arg)
{
    lock_release(((struct guard *)arg)->lock);
}

void guard_release(struct guard *guard)
{
    if (guard->lock != NULL)
        lock_release(guard->lock);
}

void guard_end(struct guard *guard, const struct run_result *result, const struct err *err)
{
    struct sched *sched = guard->session->sched;
    struct err ignored = ERR_INIT; /* everything that it would tell is in AWS */
    struct json *record, *outcomes;

    /* After a stop nothing could be sent; now nothing else is. */
    if (guard->lock != NULL && lock_is_held(guard->lock)) {
        sched_go_on(sched);
        sched_run(sched, release_fiber, guard);
    }
    if (guard->journal == NULL)
        return;
    if (result != NULL)
        (void)kept_report(guard, result, &ignored);
    record = journal_record(guard->journal, "end");
    if (result == NULL) {
        json_put_str(record, "failed", err_code_name(err->code));
        json_put_bool(record, "interrupted", err->code == ERR_CANCELLED);
        json_put_bool(record, "refused", guard->refused);
    } else {
        json_put_bool(record, "interrupted", result->summary.interrupted);
        json_put_number(record, "changes", (double)result->summary.changes);
        outcomes = json_put_object(record, "outcomes");
        for (int i = 0; i < OUTCOME_COUNT; i++)
            json_put_number(outcomes, outcome_name((enum outcome)i),
                            (double)result->summary.outcomes[i]);
    }
    (void)journal_add(guard->journal, record, true, &ignored);
    journal_free(guard->journal);
    guard->journal = NULL;
}
