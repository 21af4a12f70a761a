#include "approve.h"
#include "history.h"
#include "journals.h"
#include "planfile.h"
#include "session.h"
#include "shard.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/env.h"
#include "plinth/base/log.h"
#include "plinth/base/str.h"
#include "plinth/report/report.h"

#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

enum { REPORT_BYTES_MOST = 1024 * 1024 * 1024 };
enum { SHARD_WAIT_S = 15 * 60, SHARD_WAIT_MOST_S = 24 * 60 * 60 };

struct apply_opts {
    struct run_opts run;
    bool yes, resume, only_drift;
    long shard_wait_s;
    struct words overrides;
    struct words lock_vaults;
};

static const struct opt apply_options[] = {
    YES_OPT(struct apply_opts),
    {"only-drift", 0, OPT_FLAG, offsetof(struct apply_opts, only_drift), NULL,
     "refuse a baseline that is not the one that was applied last"},
    {"resume", 0, OPT_FLAG, offsetof(struct apply_opts, resume), NULL,
     "go on with the last run of this baseline that did not come to its end"},
    LOCK_WAIT_OPT,
    JOURNAL_OPT,
    OVERRIDE_GATE_OPT(struct apply_opts),
    LOCK_VAULT_OPT(struct apply_opts),
    PRUNE_OPT,
    RUN_OPTS,
    SHARD_OPT,
    {"shard-wait", 0, OPT_NUMBER, offsetof(struct apply_opts, shard_wait_s), "SECONDS",
     "wait that long for what shard 0 makes; 900 if not given", .most = SHARD_WAIT_MOST_S,
     .fallback = SHARD_WAIT_S},
    BASELINE_OPTS,
    REPORT_OPT,
    {0},
};

/* --- With a plan file ----------------------------------------------------------------------------
 */

/* What was approved is not narrowed, widened or changed on the way. */
static int refuse_selection(const struct run_opts *options, const char *what, struct err *err)
{
    if (options->accounts.count + options->ous.count + options->regions.count +
                options->only.count + options->exclude.count + options->baseline.variables.count >
            0 ||
        options->prune)
        return err_set(err, ERR_USAGE, "apply: %s brings its own variables, selection and --prune",
                       what);
    return 0;
}

static struct run_opts options_of(const struct planfile *planfile, const struct run_opts *given)
{
    struct run_opts options = planfile->selection;

    options.baseline.common = given->baseline.common;
    options.profile = given->profile;
    options.parallel = given->parallel;
    options.journal = given->journal;
    options.lock_wait_s = given->lock_wait_s;
    return options;
}

/* --- The command ---------------------------------------------------------------------------------
 */

/* A plan from where: of now, of a file, or of a run that is gone on with. */
struct source {
    struct planfile *planfile;   /* NULL: of now */
    struct journal_run *resumed; /* NULL: it is no resumption */
};

enum { UNCOVERED_SHOWN = 10 };

struct uncovered {
    struct buf *text;
    size_t shown;
};

static void put_uncovered(void *arg, const struct unit_result *unit, const struct change *change)
{
    struct uncovered *uncovered = arg;
    struct buf *text = uncovered->text;

    if (uncovered->shown++ >= UNCOVERED_SHOWN)
        return;
    buf_printf(text, "  %s in %s%s%s: ", unit->control->name,
               unit->account == NULL ? "the organization" : unit->account,
               unit->region == NULL ? "" : "/", unit->region == NULL ? "" : unit->region);
    if (change == NULL)
        buf_str(text, "what the account will need\n");
    else
        buf_printf(text, "%s %s%s\n", change_kind_name(change->kind), change->resource,
                   change->takes_away ? ", which takes something away" : "");
}

/* What is new since somebody said yes, as lines for people.  True: nothing is. */
static bool is_covered(const struct journal_run *run, const struct run_result *plan,
                       struct buf *text)
{
    struct uncovered uncovered = {.text = text};
    size_t count;

    buf_str(text, "this was not approved in that run:\n");
    count = journal_uncovered(run, plan, put_uncovered, &uncovered);
    if (count > UNCOVERED_SHOWN)
        buf_printf(text, "  and %zu more\n", count - UNCOVERED_SHOWN);
    if (count == 0) {
        buf_reset(text);
        buf_str(text, "all of it was approved in that run: going on\n");
    }
    return count == 0;
}

/* Whether somebody said yes to all of it before; `text` tells.  What a file says must hold to the
 * letter; of a run that was broken off a part is done.  err: ERR_GATE, ERR_LIMIT. */
static int check_source(const struct source *source, const struct session *session,
                        const struct run_result *plan, bool *out_approved, struct buf *text,
                        struct err *err)
{
    *out_approved = false;
    if (source->planfile == NULL || plan->summary.interrupted)
        return 0;
    if (source->resumed == NULL)
        return planfile_check(source->planfile, session, plan, err);
    if (!str_eq(source->planfile->account, session->identity.account_id))
        return err_set(err, ERR_GATE, "run %s was of account %s, and these credentials are not",
                       source->resumed->run, source->planfile->account);
    if (planfile_check_origin(source->planfile, session, err) == 0 || plan->summary.changes == 0)
        *out_approved = is_covered(source->resumed, plan, text);
    else if (err->code == ERR_GATE)
        buf_str(text, "baseline or organization are not those of that run: all of it is asked\n");
    else
        return -1;
    err_clear(err);
    return 0;
}

static void note_run(struct session *session, const struct run_result *result)
{
    const char *path = history_path(&session->guard, NULL);

    history_keep(session, path, history_open(session, path), result, REPORT_APPLY);
}

/* Carry out a plan that has something to do, once it is approved. */
static int approve_and_apply(struct session *session, const struct apply_opts *opts,
                             const struct source *source, const struct approval *approval,
                             const struct run_result *plan)
{
    const struct run_result *result;
    int code = opts->only_drift ? session_same_baseline(session) : EXIT_DONE;

    if (code == EXIT_DONE)
        code = approve_plan(session, approval, plan);
    if (code == EXIT_DONE)
        code = session_apply(session, plan, source->resumed, &result);
    if (code != EXIT_DONE)
        return code;
    note_run(session, result);
    return session_report(session, result, REPORT_APPLY);
}

static int apply_plan(struct session *session, const struct apply_opts *opts,
                      const struct source *source)
{
    const struct run_result *plan;
    struct approval approval = {.command = "apply",
                                .yes = opts->yes,
                                .overrides = &opts->overrides,
                                .lock_vaults = &opts->lock_vaults};
    struct err err = ERR_INIT;
    struct buf note;
    int code;

    session->await_ms = (int64_t)opts->shard_wait_s * 1000;
    code = session_plan(session, "plan", &plan);
    if (code != EXIT_DONE)
        return code;
    buf_init(&note, REPORT_BYTES_MOST);
    if (check_source(source, session, plan, &approval.approved, &note, &err) != 0) {
        code = session_failed(session, &err);
    } else if (!approve_has_work(plan) && (source->resumed == NULL || plan->summary.interrupted)) {
        /* Nothing to do or to ask; what the plan could not read still counts. */
        session_note_unchanged(session, plan);
        note_run(session, plan);
        code = session_report(session, plan, REPORT_APPLY);
    } else {
        approval.note = arena_str(session->arena, buf_text(&note));
        code = approve_and_apply(session, opts, source, &approval, plan);
    }
    buf_fini(&note);
    return code;
}

/* err: also ERR_NOTFOUND when there is nothing to go on with. */
static int find_source(const struct apply_opts *opts, const char *name, struct arena *arena,
                       struct source *out, struct err *err)
{
    *out = (struct source){.planfile = NULL};
    if (opts->resume) {
        if (journals_unfinished(opts->run.journal, name, opts->run.shard, arena, &out->resumed,
                                err) != 0 ||
            planfile_parse(out->resumed->plan, out->resumed->path, arena, &out->planfile, err) != 0)
            return -1;
    } else if (name != NULL && planfile_read(name, arena, &out->planfile, err) != 0) {
        return -1;
    }
    if (out->planfile != NULL && !opts->resume && opts->run.shard != NULL)
        return err_set(err, ERR_USAGE, "apply: a plan file brings its own --shard");
    return out->planfile == NULL
               ? 0
               : refuse_selection(&opts->run, opts->resume ? "a run before" : "a plan file", err);
}

static void say_what_was(struct session *session, const struct journal_run *run)
{
    struct buf text;

    if (run == NULL)
        return;
    buf_init(&text, REPORT_BYTES_MOST);
    journals_tell(run, false, &text);
    progress_say_lines(&session->progress, arena_str(session->arena, buf_text(&text)));
    buf_fini(&text);
}

static int apply_run(const void *options, const struct words *positional)
{
    const struct apply_opts *opts = options;
    const char *name = positional->count == 0 ? NULL : positional->items[0];
    struct run_opts run = opts->run;
    struct arena *arena = arena_new("apply");
    struct err err = ERR_INIT;
    struct session session;
    struct source source;
    int code;

    if (find_source(opts, name, arena, &source, &err) != 0) {
        arena_free(arena);
        return fail(&opts->run.baseline.common, &err);
    }
    if (source.planfile != NULL) {
        run = options_of(source.planfile, &opts->run);
        name = source.planfile->baseline;
    }
    code = session_open(&session, &run, name);
    if (code == EXIT_DONE) {
        say_what_was(&session, source.resumed);
        code = apply_plan(&session, opts, &source);
    }
    session_close(&session);
    arena_free(arena);
    return code;
}

const struct command command_apply = {
    .name = "apply",
    .summary = "make the organization what the baseline says",
    .usage = "[BASELINE|PLANFILE]",
    .text =
        "Plans, shows who you are and what would change, asks, writes only the difference and "
        "reads\n"
        "each change back.  Safe to run again after any interruption; --resume says what a run\n"
        "that was killed did, and does not ask again for what is left of its plan.  One apply\n"
        "at a time: a lock in S3 keeps others away.  A plan file is applied only while baseline\n"
        "and live state are what the plan saw, and is refused with 3 otherwise.  What cannot be\n"
        "undone is asked for by name, also with --yes and --resume, or approved by --lock-vault.",
    .examples = "  plinth apply\n"
                "  plinth apply --yes --output json > result.json\n"
                "  plinth plan -o change.plan; plinth apply change.plan\n"
                "  plinth apply --resume\n"
                "  plinth apply --only-drift --yes    # a schedule: mends, rolls nothing out\n"
                "  plinth apply --prune --only policies\n",
    .opts = apply_options,
    .options_size = sizeof(struct apply_opts),
    .positional_most = 1,
    .run = apply_run,
};
