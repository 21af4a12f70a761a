#include "session.h"
#include "terminal.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/fiber/fiber.h"

#include <stddef.h>
#include <string.h>

#define LOCK_FORMAT "plinth/lock-state/v1"

struct lock_opts {
    struct run_opts run;
    bool yes;
};

#define LOCK_OPTS PROFILE_OPT, SHARD_OPT, JOURNAL_OPT, BASELINE_OPTS, OUTPUT_OPT

static const struct opt show_options[] = {
    LOCK_OPTS,
    {0},
};

static const struct opt break_options[] = {
    YES_OPT(struct lock_opts),
    LOCK_OPTS,
    {0},
};

struct lock_job {
    struct session *session;
    struct lock_state state;
    bool breaks;
    struct err err;
    int failed;
    struct lock_rival *rivals;
    size_t rival_count;
};

static void lock_fiber(void *arg)
{
    struct lock_job *job = arg;
    struct lock *lock = job->session->guard.lock;

    if (job->breaks)
        job->failed = lock_break(lock, &job->state, &job->err);
    else
        job->failed =
            lock_look(lock, job->session->arena, &job->state, &job->err) != 0 ||
            lock_rivals(lock, job->session->arena, &job->rivals, &job->rival_count, &job->err) != 0;
}

/* Locks of other runs, which keep this one from being taken. */
static void put_rivals(struct json *out, const struct lock_job *job)
{
    struct json *list = json_put_array(out, "others");

    for (size_t i = 0; i < job->rival_count; i++) {
        struct json *rival = json_add_object(list);

        json_put_str(rival, "name", job->rivals[i].name);
        json_put_str(rival, "holder", job->rivals[i].state.holder);
        json_put_str(rival, "host", job->rivals[i].state.host);
        json_put_str(rival, "run", job->rivals[i].state.run);
        json_put_str(rival, "since", job->rivals[i].state.since);
    }
}

static bool show(const struct session *session, const struct lock_job *job)
{
    const struct lock_state *state = &job->state;
    struct arena *arena = session->arena;
    const char *place = lock_place(session->guard.lock, arena), *text;
    struct json *out = json_object(arena);

    json_put_str(out, "format", LOCK_FORMAT);
    json_put_str(out, "place", place);
    json_put_bool(out, "held", state->held);
    json_put_number(out, "fence", (double)state->fence);
    if (state->fence > 0) {
        json_put_str(out, "holder", state->holder);
        json_put_str(out, "host", state->host);
        json_put_str(out, "run", state->run);
        json_put_str(out, "since", state->since);
    }
    put_rivals(out, job);
    if (wants_json(&session->options->baseline))
        return put_json(out);
    if (state->held)
        text = arena_printf(arena, "%s: held by %s\n", place, lock_state_text(state, arena));
    else if (state->fence > 0)
        text = arena_printf(arena, "%s: free; last held by %s\n", place,
                            lock_state_text(state, arena));
    else
        text = arena_printf(arena, "%s: free; nobody ever held it\n", place);
    for (size_t i = 0; i < job->rival_count; i++)
        text = arena_printf(arena, "%s%s: held by %s\n", text, job->rivals[i].name,
                            lock_state_text(&job->rivals[i].state, arena));
    return put_result(text, strlen(text));
}

/* err: ERR_USAGE without a terminal, ERR_GATE for any answer but yes, ERR_CANCELLED, ERR_IO. */
static int confirm(const struct session *session, const struct lock_state *state, struct err *err)
{
    char *answer;

    if (!terminal_is_there())
        return err_set(err, ERR_USAGE, "lock: there is no terminal to ask on, so it needs --yes");
    if (terminal_ask(arena_printf(session->arena,
                                  "held by %s\nIf that run is alive it will stop writing, half way "
                                  "or not.\nType yes to break its lock: ",
                                  lock_state_text(state, session->arena)),
                     session->signals.fd, session->arena, &answer, err) != 0)
        return -1;
    return str_eq(answer, "yes") ? 0 : err_set(err, ERR_GATE, "not broken: the answer was not yes");
}

static int break_it(struct session *session, struct lock_job *job, bool yes)
{
    if (!job->state.held) {
        progress_say(&session->progress, "nobody holds the lock: there is nothing to break");
        return EXIT_DONE;
    }
    if (!yes && confirm(session, &job->state, &job->err) != 0)
        return session_failed(session, &job->err);
    job->breaks = true;
    sched_run(session->sched, lock_fiber, job);
    if (job->failed != 0)
        return session_failed(session, &job->err);
    progress_say(&session->progress, "the lock is broken");
    return EXIT_DONE;
}

static int with_session(struct session *session, const struct lock_opts *opts, bool breaks)
{
    struct lock_job job = {.session = session, .err = ERR_INIT};
    int code = session_identify(session);

    if (code != EXIT_DONE)
        return code;
    if (session->guard.lock == NULL) {
        (void)err_set(&job.err, ERR_USAGE, "lock: the baseline wants none");
        return session_failed(session, &job.err);
    }
    sched_run(session->sched, lock_fiber, &job);
    if (job.failed != 0)
        return session_failed(session, &job.err);
    if (breaks)
        return break_it(session, &job, opts->yes);
    return show(session, &job) ? EXIT_DONE : EXIT_ERROR;
}

static int run_verb(const struct lock_opts *opts, const char *baseline, bool breaks)
{
    struct session session;
    int code = session_open(&session, &opts->run, baseline);

    if (code == EXIT_DONE)
        code = with_session(&session, opts, breaks);
    session_close(&session);
    return code;
}

static int show_run(const void *options, const struct words *positional)
{
    return run_verb(options, word_at(positional, 0), false);
}

static int break_run(const void *options, const struct words *positional)
{
    return run_verb(options, word_at(positional, 0), true);
}

static const struct command verb_show = {
    .name = "lock show",
    .summary = "who holds it",
    .usage = "[BASELINE]",
    .text = "Shows who holds the lock, and until when.",
    .examples = "  plinth lock show\n",
    .opts = show_options,
    .options_size = sizeof(struct lock_opts),
    .positional_most = 1,
    .run = show_run,
};

static const struct command verb_break = {
    .name = "lock break",
    .summary = "take it from a run that is dead",
    .usage = "[BASELINE]",
    .text =
        "A run that was killed loses its lock by itself after a lease of a minute: break is for\n"
        "who knows better.  A run whose lock is broken stops writing.",
    .examples = "  plinth lock break --yes\n",
    .opts = break_options,
    .options_size = sizeof(struct lock_opts),
    .positional_most = 1,
    .run = break_run,
};

static const struct command *const lock_verbs[] = {&verb_show, &verb_break, NULL};

const struct command command_lock = {
    .name = "lock",
    .summary = "show who holds the lock, or break it",
    .usage = "",
    .text =
        "One apply at a time writes; the others wait or are refused.  A run that was killed\n"
        "loses its lock by itself after a lease of a minute.  Without a verb the lock is shown.\n"
        "See docs/operations.md.",
    .examples = "  plinth lock show\n"
                "  plinth lock break --yes\n",
    .opts = show_options,
    .options_size = sizeof(struct lock_opts),
    .run = show_run,
    .verbs = lock_verbs,
};
