#include "approve.h"
#include "baseline_digest.h"
#include "paths.h"
#include "rollout_show.h"
#include "rollout_steps.h"
#include "rollout_store.h"
#include "session.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/str.h"
#include "plinth/engine/rollout.h"
#include "plinth/fiber/fiber.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    TEXT_BYTES_MOST = 1024 * 1024 * 1024,
    HEED_MS = 3 * ROLLOUT_POLL_MS,
    HEED_POLL_MS = 500,
};

struct rollout_opts {
    struct run_opts run;
    bool yes, detach_on_alarm;
    const char *failures;
    struct words overrides;
    struct words lock_vaults;
};

/* Of whatever may carry out waves. */
static const struct opt rollout_options[] = {
    YES_OPT(struct rollout_opts),
    {"max-failures", 0, OPT_TEXT, offsetof(struct rollout_opts, failures), "N|P%",
     "so many accounts of a wave may fail; else as the baseline says"},
    {"detach-on-alarm", 0, OPT_FLAG, offsetof(struct rollout_opts, detach_on_alarm), NULL,
     "take away what a wave attached when policies deny too much"},
    OVERRIDE_GATE_OPT(struct rollout_opts),
    LOCK_VAULT_OPT(struct rollout_opts),
    PROFILE_OPT,
    PARALLEL_OPT,
    LOCK_WAIT_OPT,
    JOURNAL_OPT,
    BASELINE_OPTS,
    OUTPUT_OPT,
    {0},
};

/* Of what writes, but has no wave. */
static const struct opt abort_options[] = {
    YES_OPT(struct rollout_opts),
    PROFILE_OPT,
    PARALLEL_OPT,
    LOCK_WAIT_OPT,
    JOURNAL_OPT,
    BASELINE_OPTS,
    OUTPUT_OPT,
    {0},
};

/* Of what speaks to one, or looks at it. */
static const struct opt status_options[] = {
    PROFILE_OPT, JOURNAL_OPT, BASELINE_OPTS, OUTPUT_OPT, {0},
};

enum verb { VERB_START, VERB_RESUME, VERB_PAUSE, VERB_ABORT, VERB_STATUS };

static const char *const verbs[] = {"", "resume", "pause", "abort", "status"};

/* A rollout that is carried out, or spoken to, here. */
struct rolling {
    struct session *session;
    const struct rollout_opts *opts;
    enum verb verb;
    struct rollout_store store;
    struct rollout_steps steps;
    struct rollout_world world;
    struct rollout *rollout;
};

static int failed(const struct rolling *rolling, const struct err *err)
{
    return session_failed(rolling->session, err);
}

static bool show(const struct rolling *rolling, const struct json *document)
{
    struct buf text;
    bool ok;

    if (wants_json(&rolling->opts->run.baseline))
        return put_json(document);
    buf_init(&text, TEXT_BYTES_MOST);
    rollout_show_status(document, &text);
    ok = put_result(buf_text(&text), text.len);
    buf_fini(&text);
    return ok;
}

/* As it was read last.  Whoever sees one that runs wants to know by whom. */
static int show_status(const struct rolling *rolling)
{
    return show(rolling, rollout_store_document(&rolling->store, rolling->session->arena))
               ? EXIT_DONE
               : EXIT_ERROR;
}

/* --- Carrying it out -----------------------------------------------------------------------------
 */

/* Of the baseline, and of who is in which wave. */
static int digest_of(const struct baseline *baseline, char out[SHA256_HEX_BYTES], struct err *err)
{
    char sum[SHA256_HEX_BYTES];
    struct buf text;

    if (baseline_digest(baseline, sum, err) != 0)
        return -1;
    buf_init(&text, TEXT_BYTES_MOST);
    buf_printf(&text, "%s\n", sum);
    for (size_t w = 0; w < baseline->rollout->wave_count; w++) {
        buf_printf(&text, "%s\n", baseline->rollout->waves[w].name);
        for (size_t a = 0; a < baseline->rollout->waves[w].account_count; a++)
            buf_printf(&text, "  %s\n", baseline->rollout->waves[w].accounts[a]->name);
    }
    sha256_hex(buf_text(&text), text.len, out);
    buf_fini(&text);
    return 0;
}

/* err: ERR_GATE where the kept one is not of this baseline, or waits for a word. */
static int take_up(struct rolling *rolling, struct err *err)
{
    struct session *session = rolling->session;
    const struct baseline *baseline = session->loaded.baseline;
    struct share *share = arena_alloc(session->arena, sizeof *share);
    char digest[SHA256_HEX_BYTES];

    if (baseline->rollout == NULL)
        return err_set(err, ERR_USAGE,
                       "rollout: the baseline has no waves: see `rollout` in "
                       "docs/baseline.md");
    if (rolling->opts->failures != NULL && !baseline_share(rolling->opts->failures, share))
        return err_set(err, ERR_USAGE,
                       "rollout: --max-failures is a number or a share such as 5%%");
    if (digest_of(baseline, digest, err) != 0)
        return -1;
    rolling->rollout = rollout_new(baseline->rollout, session->guard.run, digest, session->arena);
    if (rollout_store_unfinished(&rolling->store)) {
        if (rollout_parse(rolling->store.document, rolling->rollout, err) != 0)
            return -1;
        if (rolling->verb == VERB_START && rolling->rollout->state != ROLLOUT_RUNNING &&
            !rolling->rollout->detaching)
            return err_set(err, ERR_GATE,
                           "rollout %s is %s: plinth rollout resume goes on with it, and plinth "
                           "rollout abort ends it",
                           rolling->rollout->id, rollout_state_name(rolling->rollout->state));
    } else if (rolling->verb == VERB_RESUME) {
        return err_set(err, ERR_USAGE, "rollout: there is none to go on with");
    }
    if (rolling->opts->failures != NULL)
        rolling->rollout->failures_most = share;
    rolling->rollout->detach_on_alarm =
        rolling->rollout->detach_on_alarm || rolling->opts->detach_on_alarm;
    return 0;
}

static int finished(struct rolling *rolling)
{
    struct rollout *rollout = rolling->rollout;

    if (!show(rolling, rollout_document(rollout, rolling->session->arena)))
        return EXIT_ERROR;
    if (rollout->state == ROLLOUT_STOPPED ||
        (rollout->state == ROLLOUT_ABORTED && rolling->verb != VERB_ABORT) ||
        rolling->steps.failed_accounts)
        return EXIT_PARTIAL;
    return EXIT_DONE;
}

/* Show the waves and the plan and let somebody say yes; what was approved before is not asked
 * again.  Nobody holds the lock of a rollout while a person thinks: it is given back meanwhile. */
static int approve(struct rolling *rolling, const struct run_result *plan)
{
    struct session *session = rolling->session;
    struct rollout_store *store = &rolling->store;
    struct approval approval = {.command = "rollout",
                                .yes = rolling->opts->yes,
                                .overrides = &rolling->opts->overrides,
                                .lock_vaults = &rolling->opts->lock_vaults};
    struct err err = ERR_INIT;
    struct buf preface;
    int code;

    approval.approved =
        rollout_store_unfinished(store) && journal_digests_cover(&store->approved, plan);
    if (approval.approved)
        approval.note = "all of it was approved in this rollout: going on\n";
    buf_init(&preface, TEXT_BYTES_MOST);
    rollout_show_waves(rolling->rollout, session->loaded.baseline, plan, &preface);
    approval.preface = buf_text(&preface);
    rollout_store_give(store);
    code = approve_plan(session, &approval, plan);
    buf_fini(&preface);
    if (code != EXIT_DONE)
        return code;
    if (rollout_store_take_again(store, &err) != 0)
        return failed(rolling, &err);
    if (!approval.approved)
        store->approved = journal_digests(plan, session->arena);
    return EXIT_DONE;
}

static int carry_out(struct rolling *rolling)
{
    struct session *session = rolling->session;
    const struct run_result *plan;
    struct err err = ERR_INIT;
    int code;

    if (take_up(rolling, &err) != 0)
        return failed(rolling, &err);
    /* An emergency that was broken off: nobody is asked. */
    if (rolling->verb == VERB_START && rolling->rollout->detaching)
        return rollout_detach(rolling->rollout, &rolling->world, &err) == 0 ? finished(rolling)
                                                                            : failed(rolling, &err);
    code = session_plan(session, "plan", &plan);
    if (code != EXIT_DONE)
        return code;
    if (plan->summary.interrupted ||
        (plan->summary.changes == 0 && !rollout_store_unfinished(&rolling->store)))
        return session_report(session, plan, REPORT_PLAN);
    code = approve(rolling, plan);
    if (code != EXIT_DONE)
        return code;
    if ((rolling->verb == VERB_RESUME &&
         rollout_store_ask(&rolling->store, ROLLOUT_GO, &err) != 0) ||
        rollout_run(rolling->rollout, &rolling->world, &err) != 0)
        return failed(rolling, &err);
    return finished(rolling);
}

/* --- By a word -----------------------------------------------------------------------------------
 */

/* An emergency: nobody is asked, and the baseline may be another one by now. */
static int abort_it(struct rolling *rolling)
{
    static const struct rollout_spec none = {0};
    struct arena *arena = rolling->session->arena;
    const struct rollout_spec *spec = rolling->session->loaded.baseline->rollout;
    const struct json *document = rolling->store.document;
    const char *id = json_str(document, "id"), *digest = json_str(document, "digest");
    struct err err = ERR_INIT;

    id = id == NULL ? "" : id;
    digest = digest == NULL ? "" : digest;
    rolling->rollout = rollout_new(spec == NULL ? &none : spec, id, digest, arena);
    if (rollout_parse(document, rolling->rollout, &err) != 0) {
        err_clear(&err);
        rolling->rollout = rollout_new(&none, id, digest, arena);
    }
    if (rollout_abort(rolling->rollout, &rolling->world, &err) != 0)
        return failed(rolling, &err);
    return finished(rolling);
}

/* Nobody carries it out now; whoever goes on with it finds it so. */
static int pause_it(struct rolling *rolling)
{
    struct rollout_store *store = &rolling->store;
    struct json *document = json_copy(store->document, rolling->session->arena);
    struct err err = ERR_INIT;

    if (str_eq(json_str(document, "state"), rollout_state_name(ROLLOUT_RUNNING))) {
        json_remove(document, "state");
        json_put_str(document, "state", rollout_state_name(ROLLOUT_PAUSED));
        if (rollout_store_save(store, document, &err) != 0)
            return failed(rolling, &err);
    }
    rollout_store_give(store);
    return rollout_store_read(store, &err) == 0 ? show_status(rolling) : failed(rolling, &err);
}

static int nothing_there(const struct rolling *rolling)
{
    struct err err = ERR_INIT;

    (void)err_set(&err, ERR_NOTFOUND, "rollout: there is none to %s", verbs[rolling->verb]);
    return failed(rolling, &err);
}

/* We are the one who carries it out. */
static int alone(struct rolling *rolling, bool asked)
{
    if (rolling->verb == VERB_START)
        return carry_out(rolling);
    /* Whoever was asked may have done it since. */
    if (!rollout_store_unfinished(&rolling->store))
        return asked ? show_status(rolling) : nothing_there(rolling);
    if (rolling->verb == VERB_RESUME)
        return carry_out(rolling);
    return rolling->verb == VERB_ABORT ? abort_it(rolling) : pause_it(rolling);
}

/* Ask whoever seems to carry it out; whether that one lives only the lock can tell.  An abort is
 * left there in any case: whoever goes on after one that was killed finds it. */
static int ask(struct rolling *rolling, bool *out_asked, struct err *err)
{
    static const enum rollout_request requests[] = {
        [VERB_RESUME] = ROLLOUT_GO, [VERB_PAUSE] = ROLLOUT_PAUSE, [VERB_ABORT] = ROLLOUT_ABORT};
    struct session *session = rolling->session;

    *out_asked = false;
    if (rolling->verb == VERB_START || !rollout_store_unfinished(&rolling->store) ||
        (rolling->verb != VERB_ABORT && !rolling->store.carrier.held))
        return 0;
    if (rollout_store_ask(&rolling->store, requests[rolling->verb], err) != 0)
        return -1;
    if (!rolling->store.carrier.held)
        return 0;
    progress_say(&session->progress,
                 arena_printf(session->arena, "asked to %s: %s", verbs[rolling->verb],
                              lock_state_text(&rolling->store.carrier, session->arena)));
    *out_asked = true;
    return 0;
}

static bool is_heeded(const struct rolling *rolling)
{
    const char *state = json_str(rolling->store.document, "state");

    if (rolling->verb == VERB_ABORT)
        return !rollout_store_unfinished(&rolling->store);
    return str_eq(
        state, rollout_state_name(rolling->verb == VERB_PAUSE ? ROLLOUT_PAUSED : ROLLOUT_RUNNING));
}

static int sleep_now(void *arg, struct err *err)
{
    return fiber_sleep_ms(arg, HEED_POLL_MS, err);
}

/* Whoever lives and does nothing else heeds soon; behind an apply it takes its time. */
static int await_heed(struct rolling *rolling, bool *out_heeded, struct err *err)
{
    struct session *session = rolling->session;

    *out_heeded = false;
    for (int waited_ms = 0; waited_ms < HEED_MS; waited_ms += HEED_POLL_MS) {
        if (session_call(session, sleep_now, session->sched, err) != 0 ||
            rollout_store_read(&rolling->store, err) != 0)
            return -1;
        *out_heeded = is_heeded(rolling);
        if (*out_heeded || !rolling->store.carrier.held)
            return 0;
    }
    return 0;
}

static int with_store(struct rolling *rolling)
{
    struct err err = ERR_INIT;
    bool asked, heeded = false;

    if (rollout_store_read(&rolling->store, &err) != 0)
        return failed(rolling, &err);
    if (rolling->verb == VERB_STATUS)
        return show_status(rolling);
    if (ask(rolling, &asked, &err) != 0 || (asked && await_heed(rolling, &heeded, &err) != 0))
        return failed(rolling, &err);
    if (heeded)
        return show_status(rolling);
    if (rollout_store_take(&rolling->store, &err) == 0)
        return alone(rolling, asked);
    if (asked && err.code == ERR_GATE)
        return EXIT_DONE;
    return failed(rolling, &err);
}

static int with_session(struct rolling *rolling)
{
    struct session *session = rolling->session;
    struct err err = ERR_INIT;
    int code = EXIT_DONE;

    if (guard_is_remote(&session->guard))
        code = session_identify(session);
    if (code == EXIT_DONE && rollout_store_open(&rolling->store, session, &err) != 0)
        code = failed(rolling, &err);
    rolling->steps = (struct rollout_steps){
        .session = session, .store = &rolling->store, .overrides = &rolling->opts->overrides};
    rolling->world = rollout_steps_world(&rolling->steps);
    if (code == EXIT_DONE)
        code = with_store(rolling);
    rollout_store_close(&rolling->store);
    return code;
}

/* --- The command ---------------------------------------------------------------------------------
 */

static int run_verb(const struct rollout_opts *opts, const char *baseline, enum verb verb)
{
    struct session session;
    struct rolling rolling = {.session = &session, .opts = opts, .verb = verb};
    int code = session_open(&session, &opts->run, baseline);

    if (code == EXIT_DONE)
        code = with_session(&rolling);
    session_close(&session);
    return code;
}

/* What is no verb names a baseline, or was to be a verb. */
static int check_word(const char *word, struct err *err)
{
    const size_t verb_count = sizeof verbs / sizeof verbs[0] - 1;
    struct arena *arena = arena_new("rollout");
    const char *ignored, *near;
    int result = 0;

    if (word != NULL && paths_baseline(word, arena, &ignored, err) != 0) {
        err_clear(err);
        near = str_nearest(word, verbs + 1, verb_count);
        result = err_set(err, ERR_USAGE,
                         "rollout: %s is no baseline, and none of resume, pause, abort and "
                         "status%s%s%s",
                         word, near == NULL ? "" : "; did you mean \"", near == NULL ? "" : near,
                         near == NULL ? "" : "\"?");
    }
    arena_free(arena);
    return result;
}

static int start_run(const void *options, const struct words *positional)
{
    struct err err = ERR_INIT;

    if (check_word(word_at(positional, 0), &err) != 0)
        return fail(options, &err);
    return run_verb(options, word_at(positional, 0), VERB_START);
}

static int resume_run(const void *options, const struct words *positional)
{
    return run_verb(options, word_at(positional, 0), VERB_RESUME);
}

static int pause_run(const void *options, const struct words *positional)
{
    return run_verb(options, word_at(positional, 0), VERB_PAUSE);
}

static int abort_run(const void *options, const struct words *positional)
{
    return run_verb(options, word_at(positional, 0), VERB_ABORT);
}

static int status_run(const void *options, const struct words *positional)
{
    return run_verb(options, word_at(positional, 0), VERB_STATUS);
}

static const struct command verb_resume = {
    .name = "rollout resume",
    .summary = "go on with one that is paused or stopped",
    .usage = "[BASELINE]",
    .text = "Reaches a rollout that waits, from any machine, or carries on with one that stopped.",
    .examples = "  plinth rollout resume\n",
    .opts = rollout_options,
    .options_size = sizeof(struct rollout_opts),
    .positional_most = 1,
    .run = resume_run,
};

static const struct command verb_pause = {
    .name = "rollout pause",
    .summary = "let a running one wait behind the wave it is in",
    .usage = "[BASELINE]",
    .text = "Reaches a running rollout from any machine.",
    .examples = "  plinth rollout pause\n",
    .opts = status_options,
    .options_size = sizeof(struct rollout_opts),
    .positional_most = 1,
    .run = pause_run,
};

static const struct command verb_abort = {
    .name = "rollout abort",
    .summary = "take the copies of policies away, and end it",
    .usage = "[BASELINE]",
    .text =
        "Takes the copies of policies away; changes in accounts stay.  Reaches a running rollout\n"
        "from any machine.",
    .examples = "  plinth rollout abort\n",
    .opts = abort_options,
    .options_size = sizeof(struct rollout_opts),
    .positional_most = 1,
    .run = abort_run,
};

static const struct command verb_status = {
    .name = "rollout status",
    .summary = "how it stands",
    .usage = "[BASELINE]",
    .text = "Shows how the rollout of the baseline stands.",
    .examples = "  plinth rollout status --output json\n",
    .opts = status_options,
    .options_size = sizeof(struct rollout_opts),
    .positional_most = 1,
    .run = status_run,
};

static const struct command *const rollout_verbs[] = {&verb_resume, &verb_pause, &verb_abort,
                                                      &verb_status, NULL};

const struct command command_rollout = {
    .name = "rollout",
    .summary = "apply in waves, and stop where it does harm",
    .usage = "[BASELINE]",
    .text =
        "Goes through the waves of the baseline: applies one, waits its bake time, and stops\n"
        "when too many of its accounts fail or organization policies deny too many calls.\n"
        "Policies that are new or changed come to each wave as temporary copies, which are\n"
        "taken away at the end.  How it stands is kept beside the lock, in S3: killed, it goes\n"
        "on where it was, from any machine, when it is run again; pause, resume, abort and\n"
        "status reach it from any machine as well.  abort takes the copies away; changes in\n"
        "accounts stay.  See docs/operations.md.",
    .examples = "  plinth rollout\n"
                "  plinth rollout --yes --detach-on-alarm --max-failures 5%\n"
                "  plinth rollout status\n",
    .opts = rollout_options,
    .options_size = sizeof(struct rollout_opts),
    .positional_most = 1,
    .run = start_run,
    .verbs = rollout_verbs,
};
