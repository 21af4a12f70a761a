#include "baseline_digest.h"
#include "rollout_files.h"
#include "rollout_steps.h"
#include "session.h"
#include "terminal.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/str.h"
#include "plinth/engine/rollout.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_BYTES_MOST = 1024 * 1024 * 1024, NAMES_SHOWN = 8 };

struct rollout_opts {
    struct run_opts run;
    bool yes, detach_on_alarm;
    const char *failures;
    struct words overrides;
};

static const struct opt rollout_options[] = {
    {"yes", 'y', OPT_FLAG, offsetof(struct rollout_opts, yes), NULL,
     "do not ask; needed where there is no terminal"},
    {"max-failures", 0, OPT_TEXT, offsetof(struct rollout_opts, failures), "N|P%",
     "so many accounts of a wave may fail; else as the baseline says"},
    {"detach-on-alarm", 0, OPT_FLAG, offsetof(struct rollout_opts, detach_on_alarm), NULL,
     "take away what a wave attached when policies deny too much"},
    OVERRIDE_GATE_OPT(struct rollout_opts),
    {"profile", 0, OPT_TEXT, offsetof(struct run_opts, profile), "NAME",
     "profile of ~/.aws/config; else AWS_PROFILE"},
    {"parallel", 0, OPT_NUMBER, offsetof(struct run_opts, parallel), "N",
     "accounts in flight; 128 if not given"},
    {"lock-wait", 0, OPT_NUMBER, offsetof(struct run_opts, lock_wait_s), "SECONDS",
     "wait that long for a run that holds the lock; 0 if not given"},
    JOURNAL_OPT,
    BASELINE_OPTS,
    OUTPUT_OPT,
    {0},
};

enum verb { VERB_START, VERB_RESUME, VERB_PAUSE, VERB_ABORT, VERB_STATUS };

static const char *const verbs[] = {"", "resume", "pause", "abort", "status"};

/* A rollout that is carried out here. */
struct rolling {
    struct session *session;
    const struct rollout_opts *opts;
    enum verb verb;
    struct rollout_files files;
    struct rollout_steps steps;
    struct rollout_world world;
    struct rollout *rollout;
};

/* --- What will be done ---------------------------------------------------------------------------
 */

/* Changes in the accounts of each wave. */
static size_t *changes_by_wave(const struct rolling *rolling, const struct run_result *plan)
{
    const struct baseline *baseline = rolling->session->loaded.baseline;
    const struct rollout_spec *spec = rolling->rollout->spec;
    struct arena *arena = rolling->session->arena;
    size_t *counts = arena_array(arena, spec->wave_count, sizeof *counts);
    size_t *wave_of = arena_array(arena, baseline->account_count, sizeof *wave_of);

    for (size_t w = 0; w < spec->wave_count; w++)
        for (size_t a = 0; a < spec->waves[w].account_count; a++)
            wave_of[spec->waves[w].accounts[a] - baseline->accounts] = w;
    for (size_t u = 0; u < plan->unit_count; u++) {
        struct unit_result unit = results_unit(plan, u);
        const struct account *account =
            unit.account == NULL ? NULL : baseline_account(baseline, unit.account);

        if (account != NULL)
            counts[wave_of[account - baseline->accounts]] += unit.changes.count;
    }
    return counts;
}

static void put_wave(const struct rolling *rolling, size_t changes, size_t number, struct buf *out)
{
    const struct rollout *rollout = rolling->rollout;
    const struct wave *wave = &rollout->spec->waves[number];
    const struct share *most =
        rollout->failures_most == NULL ? &wave->failures_most : rollout->failures_most;

    buf_printf(out,
               "  wave %zu, %s: %zu account%s, %zu change%s in %s; bakes %lld s, %zu may fail\n",
               number + 1, wave->name, wave->account_count, wave->account_count == 1 ? "" : "s",
               changes, changes == 1 ? "" : "s", wave->account_count == 1 ? "it" : "them",
               (long long)(wave->bake_ms / 1000), baseline_share_of(most, wave->account_count));
    buf_str(out, "      ");
    for (size_t i = 0; i < wave->account_count && i < NAMES_SHOWN; i++)
        buf_printf(out, "%s%s", i == 0 ? "" : ", ", wave->accounts[i]->name);
    if (wave->account_count > NAMES_SHOWN)
        buf_printf(out, " and %zu more", wave->account_count - NAMES_SHOWN);
    buf_str(out, "\n");
}

static void put_waves(const struct rolling *rolling, const struct run_result *plan, struct buf *out)
{
    const struct rollout *rollout = rolling->rollout;
    const size_t *changes = changes_by_wave(rolling, plan);

    buf_printf(out, "rollout of %s, in %zu waves:\n", rolling->session->loaded.baseline->name,
               rollout->spec->wave_count);
    for (size_t i = 0; i < rollout->spec->wave_count; i++)
        put_wave(rolling, changes[i], i, out);
    buf_printf(out,
               "Before each wave, SCPs and RCPs that are new or changed are attached to its "
               "accounts as temporary copies.\nBehind the last one the organization's own "
               "changes are made, and the copies are taken away.\nA wave that makes policies deny "
               "more than %llu calls stops the rollout%s.\n\n",
               (unsigned long long)rollout->spec->denied_most,
               rollout->detach_on_alarm ? ", and what it attached is taken away" : "");
}

static void put_all(const struct rolling *rolling, const struct run_result *plan, bool color,
                    struct buf *out)
{
    struct report_style style = {
        .kind = REPORT_PLAN, .color = color, .verbose = rolling->opts->run.baseline.common.verbose};

    put_waves(rolling, plan, out);
    report_text(plan, &style, out);
}

/* err: ERR_USAGE without a terminal, ERR_GATE for any answer but yes, ERR_CANCELLED, ERR_IO. */
static int confirm(const struct rolling *rolling, const struct run_result *plan, struct err *err)
{
    struct session *session = rolling->session;
    struct buf text;
    char *answer;
    int result = 0;

    if (!terminal_is_there())
        return err_set(err, ERR_USAGE,
                       "rollout: nothing was changed: there is no terminal to ask on, so it needs "
                       "--yes");
    if (isatty(STDERR_FILENO) != 1) {
        buf_init(&text, TEXT_BYTES_MOST);
        put_all(rolling, plan, false, &text);
        result = terminal_show(buf_text(&text), text.len, err);
        buf_fini(&text);
    }
    if (result != 0 || terminal_ask("Type yes to roll it out: ", session->signals.fd,
                                    session->arena, &answer, err) != 0)
        return -1;
    return str_eq(answer, "yes") ? 0
                                 : err_set(err, ERR_GATE, "not rolled out: the answer was not yes");
}

/* Show it and let somebody say yes; what was approved before is not asked again. */
static int approve(struct rolling *rolling, const struct run_result *plan, struct err *err)
{
    struct session *session = rolling->session;
    const struct common *common = &rolling->opts->run.baseline.common;
    bool approved = rollout_files_unfinished(&rolling->files) &&
                    journal_digests_cover(&rolling->files.approved, plan);
    struct buf text;

    buf_init(&text, TEXT_BYTES_MOST);
    put_all(rolling, plan, use_color(common, STDERR_FILENO), &text);
    if (!common->quiet)
        (void)fwrite(buf_text(&text), 1, text.len, stderr);
    buf_fini(&text);
    if (approved)
        return 0;
    if (!rolling->opts->yes && confirm(rolling, plan, err) != 0)
        return -1;
    rolling->files.approved = journal_digests(plan, session->arena);
    return 0;
}

/* --- How it stands -------------------------------------------------------------------------------
 */

static void put_status(const struct json *document, bool running, struct buf *out)
{
    const struct json *waves = json_get(document, "waves");
    const char *state = json_str(document, "state"), *why = json_str(document, "why");
    size_t wave = (size_t)json_number(document, "wave", 0), number = 0;

    if (str_eq(state, "running") && !running)
        state = "broken off: plinth rollout goes on with it";
    buf_printf(out, "rollout %s: %s", json_str(document, "id"), state);
    if (waves != NULL && wave < waves->count)
        buf_printf(out, ", in wave %zu of %zu (%s)", wave + 1, waves->count,
                   json_str(document, "phase"));
    buf_printf(out, "%s%s%s\n", why == NULL ? "" : "\n  ", why == NULL ? "" : why,
               json_bool(document, "detached", false) ? "; what it attached was taken away" : "");
    for (const struct json *it = json_first(waves); it != NULL; it = it->next, number++)
        buf_printf(out, "  wave %zu, %s: %s, %.0f failed, %.0f calls denied (%.0f before)\n",
                   number + 1, json_str(it, "name"),
                   number < wave    ? "through"
                   : number == wave ? "under way"
                                    : "to come",
                   json_number(it, "failed", 0), json_number(it, "denied", 0),
                   json_number(it, "denied_before", 0));
}

static bool show_status(const struct rollout_opts *opts, const struct json *document, bool running)
{
    struct buf text;
    bool ok;

    if (wants_json(&opts->run.baseline))
        return put_json(document);
    buf_init(&text, TEXT_BYTES_MOST);
    put_status(document, running, &text);
    ok = put_result(buf_text(&text), text.len);
    buf_fini(&text);
    return ok;
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
    if (rollout_files_unfinished(&rolling->files)) {
        if (rollout_parse(rolling->files.document, rolling->rollout, err) != 0)
            return -1;
        if (rolling->verb == VERB_START && rolling->rollout->state != ROLLOUT_RUNNING)
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

    if (!show_status(rolling->opts, rollout_document(rollout, rolling->session->arena), true))
        return EXIT_ERROR;
    if (rollout->state == ROLLOUT_STOPPED ||
        (rollout->state == ROLLOUT_ABORTED && rolling->verb != VERB_ABORT) ||
        rolling->steps.failed_accounts)
        return EXIT_PARTIAL;
    return EXIT_DONE;
}

static int carry_out(struct rolling *rolling)
{
    struct session *session = rolling->session;
    const struct run_result *plan;
    struct err err = ERR_INIT;
    int code;

    if (take_up(rolling, &err) != 0)
        return session_failed(session, &err);
    code = session_plan(session, "plan", &plan);
    if (code != EXIT_DONE)
        return code;
    if (plan->summary.interrupted ||
        (plan->summary.changes == 0 && !rollout_files_unfinished(&rolling->files)))
        return session_report(session, plan, REPORT_PLAN);
    code = session_gate(session, &rolling->opts->overrides);
    if (code != EXIT_DONE)
        return code;
    if (approve(rolling, plan, &err) != 0 ||
        rollout_files_ask(&rolling->files, ROLLOUT_GO, &err) != 0 ||
        rollout_run(rolling->rollout, &rolling->world, &err) != 0)
        return session_failed(session, &err);
    return finished(rolling);
}

/* An emergency: nobody is asked, and the baseline may be another one by now. */
static int abort_it(struct rolling *rolling)
{
    static const struct rollout_spec none = {0};
    struct session *session = rolling->session;
    const struct rollout_spec *spec = session->loaded.baseline->rollout;
    const char *id = json_str(rolling->files.document, "id"),
               *digest = json_str(rolling->files.document, "digest");
    struct err err = ERR_INIT;

    if (!rollout_files_unfinished(&rolling->files)) {
        (void)err_set(&err, ERR_USAGE, "rollout: there is none to abort");
        return session_failed(session, &err);
    }
    rolling->rollout = rollout_new(spec == NULL ? &none : spec, id == NULL ? "" : id,
                                   digest == NULL ? "" : digest, session->arena);
    if (rollout_parse(rolling->files.document, rolling->rollout, &err) != 0) {
        err_clear(&err);
        rolling->rollout =
            rollout_new(&none, id == NULL ? "" : id, digest == NULL ? "" : digest, session->arena);
    }
    if (rollout_abort(rolling->rollout, &rolling->world, &err) != 0)
        return session_failed(session, &err);
    return finished(rolling);
}

static int in_session(struct rolling *rolling, const char *baseline)
{
    struct session session;
    int code = session_open(&session, &rolling->opts->run, baseline);

    rolling->session = &session;
    rolling->steps = (struct rollout_steps){
        .session = &session, .files = &rolling->files, .overrides = &rolling->opts->overrides};
    rolling->world = rollout_steps_world(&rolling->steps);
    if (code == EXIT_DONE)
        code = rolling->verb == VERB_ABORT ? abort_it(rolling) : carry_out(rolling);
    session_close(&session);
    return code;
}

/* --- The command ---------------------------------------------------------------------------------
 */

/* Ask whoever carries it out. */
static int ask(const struct rolling *rolling, struct err *err)
{
    static const enum rollout_request requests[] = {
        [VERB_RESUME] = ROLLOUT_GO, [VERB_PAUSE] = ROLLOUT_PAUSE, [VERB_ABORT] = ROLLOUT_ABORT};

    if (rollout_files_ask(&rolling->files, requests[rolling->verb], err) != 0)
        return -1;
    (void)fprintf(stderr, "the running rollout is asked to %s\n", verbs[rolling->verb]);
    return 0;
}

/* What must be done by whoever holds the lock, or can be done without. */
static int decide(struct rolling *rolling, const char *baseline, struct arena *arena,
                  struct err *err)
{
    bool ours;

    if (rollout_files_lock(&rolling->files,
                           rolling->verb != VERB_STATUS && rolling->verb != VERB_PAUSE, arena,
                           &ours, err) != 0)
        return fail(&rolling->opts->run.baseline.common, err);
    if (rolling->verb == VERB_STATUS) {
        if (rolling->files.document == NULL) {
            (void)err_set(err, ERR_USAGE, "rollout: there never was one of this baseline here");
            return fail(&rolling->opts->run.baseline.common, err);
        }
        return show_status(rolling->opts, rolling->files.document, !ours) ? EXIT_DONE : EXIT_ERROR;
    }
    if (ours && rolling->verb != VERB_PAUSE)
        return in_session(rolling, baseline);
    if (ours)
        (void)err_set(err, ERR_USAGE, "rollout: none of this baseline runs here");
    else if (rolling->verb == VERB_START)
        (void)err_set(err, ERR_GATE, "a rollout of this baseline runs: see plinth rollout status");
    else if (ask(rolling, err) == 0)
        return EXIT_DONE;
    return fail(&rolling->opts->run.baseline.common, err);
}

static enum verb verb_of(const struct words *positional)
{
    for (size_t i = VERB_RESUME; positional->count > 0 && i <= VERB_STATUS; i++)
        if (str_eq(positional->items[0], verbs[i]))
            return (enum verb)i;
    return VERB_START;
}

static int rollout_command(const void *options, const struct words *positional)
{
    struct rolling rolling = {.opts = options, .verb = verb_of(positional), .files.lock_fd = -1};
    size_t at = rolling.verb == VERB_START ? 0 : 1;
    const char *baseline = positional->count > at ? positional->items[at] : NULL, *folder;
    struct arena *arena = arena_new("rollout");
    struct err err = ERR_INIT;
    struct loaded loaded;
    int code;

    if (load_baseline(baseline, &rolling.opts->run.baseline.variables, arena, &loaded, &err) != 0)
        code = load_failed(&loaded, &rolling.opts->run.baseline, &err);
    else if (positional->count > at + 1)
        code = fail(&rolling.opts->run.baseline.common,
                    (err_set(&err, ERR_USAGE, "rollout: one baseline, not two"), &err));
    else if (guard_folder(&rolling.opts->run, loaded.baseline, arena, &folder, &err) != 0 ||
             rollout_files_open(folder, arena, &rolling.files, &err) != 0)
        code = fail(&rolling.opts->run.baseline.common, &err);
    else
        code = decide(&rolling, baseline, arena, &err);
    rollout_files_close(&rolling.files);
    arena_free(arena);
    return code;
}

const struct command command_rollout = {
    .name = "rollout",
    .summary = "apply in waves, and stop where it does harm",
    .usage = "[BASELINE] | pause | resume | abort | status [BASELINE]",
    .text =
        "Goes through the waves of the baseline: applies one, waits its bake time, and stops\n"
        "when too many of its accounts fail or organization policies deny too many calls.\n"
        "Policies that are new or changed come to each wave as temporary copies, which are\n"
        "taken away at the end.  Killed, it goes on where it was: run it again.  pause, resume\n"
        "and abort reach a running one from another terminal of the machine.  abort takes the\n"
        "copies away; changes in accounts stay.  See docs/operations.md.",
    .examples = "  plinth rollout\n"
                "  plinth rollout --yes --detach-on-alarm --max-failures 5%\n"
                "  plinth rollout status\n",
    .opts = rollout_options,
    .options_size = sizeof(struct rollout_opts),
    .positional_most = 2,
    .run = rollout_command,
};
