#include "session.h"

#include "shard.h"
#include "terminal.h"

#include "plinth/aws/call.h"
#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/log.h"
#include "plinth/base/str.h"
#include "plinth/fiber/fiber.h"
#include "plinth/net/transport.h"

#include <stdio.h>
#include <unistd.h>

enum { LOCK_ATTEMPTS = 3, LOCK_TIMEOUT_MS = 10 * 1000 };

/* --- What the libraries see of the outside world -------------------------------------------------
 */

static const char *variable(void *arg, const char *name)
{
    (void)arg;
    return env_text(name);
}

static int ask(void *arg, const char *question, struct arena *arena, char **out, struct err *err)
{
    const struct session *session = arg;

    return terminal_ask(question, session->signals.fd, arena, out, err);
}

static void say(void *arg, const char *text)
{
    struct session *session = arg;

    progress_say(&session->progress, text);
}

/* --- Setting up ----------------------------------------------------------------------------------
 */

static bool logs_json(const struct session *session)
{
    return str_eq(session->options->baseline.common.log_format, "json");
}

static enum log_level log_level(const struct common *common, bool json)
{
    if (common->debug)
        return LOG_DEBUG;
    if (common->quiet)
        return LOG_WARN;
    return common->verbose || json ? LOG_INFO : LOG_WARN;
}

/* The scheduler logs through the progress line, which draws on the scheduler's timers. */
static int open_loop(struct session *session, struct err *err)
{
    const struct common *common = &session->options->baseline.common;
    bool json = logs_json(session);
    struct log_options options = {.level = log_level(common, json),
                                  .format = json ? LOG_JSON : LOG_TEXT,
                                  .clock = clock_real(),
                                  .sink = progress_log_line,
                                  .sink_arg = &session->progress};

    session->env.clock = clock_real();
    session->env.rng = rng_system();
    session->env.log = log_new(&options);
    session->sched = sched_new(&session->env, err);
    if (session->sched == NULL)
        return -1;
    machine_init(&session->machine, session->sched);
    progress_init(&session->progress, session->sched, common->quiet);
    if (json)
        session->progress.log = session->env.log;
    return signals_init(&session->signals, session->sched, say, session, err);
}

static void on_attempt(void *arg, const struct aws_attempt *attempt)
{
    struct session *session = arg;
    const struct aws_op_info *op = aws_op_info(attempt->op);

    progress_attempt(&session->progress, attempt);
    if (!attempt->ended)
        return;
    log_event(session->env.log, LOG_DEBUG, "call", "service", aws_service_info(op->service)->name,
              "op", op->name, "account", attempt->account_id, "region", attempt->region, "status",
              LOG_NUM(attempt->status), "ms", LOG_NUM(attempt->elapsed_ms), "attempt",
              LOG_NUM(attempt->attempt), "request_id", attempt->request_id, NULL);
}

static int open_aws(struct session *session, struct err *err)
{
    struct transport_curl_options curl = {.user_agent = "plinth/" PLINTH_VERSION};
    struct aws_client_options options = {.sched = session->sched};

    session->world = (struct credentials_world){.sched = session->sched,
                                                .endpoints = &session->settings.endpoints,
                                                .variable = variable,
                                                .prompt = ask,
                                                .arg = session,
                                                .profile = session->options->profile};
    if (aws_settings_load(&session->world, session->arena, &session->settings, err) != 0)
        return -1;
    curl.ca_bundle = session->settings.ca_bundle;
    session->transport = transport_curl_new(session->sched, &curl, err);
    if (session->transport == NULL)
        return -1;
    options.transport = session->transport;
    options.endpoints = &session->settings.endpoints;
    options.attempts_max = session->settings.attempts_max;
    session->client = aws_client_new(&options);
    aws_client_observe(session->client, on_attempt, session);
    session->progress.client = session->client;
    session->world.transport = session->transport;
    session->world.client = session->client;
    session->credentials = credentials_chain_new(&session->world, err);
    return session->credentials == NULL ? -1 : 0;
}

int session_lock_client(struct session *session, struct aws_client **out, struct err *err)
{
    struct transport_curl_options curl = {.user_agent = "plinth/" PLINTH_VERSION,
                                          .ca_bundle = session->settings.ca_bundle,
                                          .timeout_ms = LOCK_TIMEOUT_MS};
    struct aws_client_options options = {.sched = session->sched,
                                         .endpoints = &session->settings.endpoints,
                                         .attempts_max = LOCK_ATTEMPTS};

    if (session->lock_client == NULL) {
        session->lock_transport = transport_curl_new(session->sched, &curl, err);
        if (session->lock_transport == NULL)
            return -1;
        options.transport = session->lock_transport;
        session->lock_client = aws_client_new(&options);
    }
    *out = session->lock_client;
    return 0;
}

static void open_engine(struct session *session, const struct baseline *baseline,
                        const struct selection *selection)
{
    const struct run_opts *options = session->options;
    struct engine_options engine = {
        .sched = session->sched,
        .client = session->client,
        .credentials = session->credentials,
        .world = &session->world,
        .baseline = baseline,
        .outlet = &session->machine.outlet,
        .selection = *selection,
        .observer = guard_observer(&session->guard),
        .prune = options->prune,
        .accounts_in_flight = (size_t)options->parallel,
    };

    engine.shard = session->shard;
    session->engine = engine_new(&engine);
}

static bool has_word(const struct words *words, const char *word)
{
    for (size_t i = 0; i < words->count; i++)
        if (str_eq(words->items[i], word))
            return true;
    return false;
}

static bool is_regional(const struct control *control)
{
    return control->scope == CONTROL_PER_REGION || control->scope == CONTROL_PER_ADMIN_REGION;
}

/* Who names regions means what works there, and nothing else does.  err: ERR_USAGE. */
static int check_regions(const struct session *session, struct err *err)
{
    const struct run_opts *options = session->options;
    const struct control *const *controls = controls_all();

    for (size_t i = 0; options->regions.count > 0 && controls[i] != NULL; i++)
        if (is_regional(controls[i]) && control_is_on(session->loaded.baseline, controls[i]) &&
            (options->only.count == 0 || has_word(&options->only, controls[i]->name)) &&
            !has_word(&options->exclude, controls[i]->name))
            return 0;
    if (options->regions.count == 0)
        return 0;
    return err_set(err, ERR_USAGE, "no selected control works by region, so --region selects none");
}

int session_open(struct session *session, const struct run_opts *options, const char *baseline)
{
    return session_open_edited(session, options, baseline, NULL);
}

int session_open_edited(struct session *session, const struct run_opts *options,
                        const char *baseline, const struct file_text *instead)
{
    const struct baseline_options more = {.instead = instead};
    struct err err = ERR_INIT;

    *session = (struct session){.options = options, .await_ms = -1, .arena = arena_new("session")};
    session->signals.fd = -1;
    if (load_baseline_with(baseline, &options->baseline.variables, &more, session->arena,
                           &session->loaded, &err) != 0)
        return load_failed(&session->loaded, &options->baseline, &err);
    if (shard_parse(options->shard, &session->shard, &err) != 0 ||
        check_regions(session, &err) != 0 || open_loop(session, &err) != 0 ||
        open_aws(session, &err) != 0)
        return session_failed(session, &err);
    guard_init(&session->guard, session);
    open_engine(session, session->loaded.baseline,
                &(struct selection){.accounts = options->accounts.items,
                                    .ous = options->ous.items,
                                    .regions = options->regions.items,
                                    .only = options->only.items,
                                    .exclude = options->exclude.items,
                                    .around = options->around});
    return EXIT_DONE;
}

void session_renew(struct session *session, const struct baseline *baseline,
                   const struct selection *selection)
{
    engine_free(session->engine);
    guard_fini(&session->guard);
    guard_init(&session->guard, session);
    open_engine(session, baseline, selection);
}

void session_close(struct session *session)
{
    engine_free(session->engine);
    guard_fini(&session->guard);
    credentials_provider_free(session->credentials);
    aws_client_free(session->client);
    transport_free(session->transport);
    aws_client_free(session->lock_client);
    transport_free(session->lock_transport);
    if (session->sched != NULL) {
        signals_fini(&session->signals);
        sched_free(session->sched);
    }
    log_free(session->env.log);
    arena_free(session->arena);
}

/* --- Running -------------------------------------------------------------------------------------
 */

struct job {
    struct session *session;
    const char *doing;
    const struct run_result *result;
    const struct words *overrides; /* of the gate */
    struct gate_findings findings;
    struct err err;
    int failed;
};

struct loop {
    struct session *session;
    fiber_fn fn;
    void *arg;
};

static void loop_fiber(void *arg)
{
    const struct loop *loop = arg;
    const struct beside *beside = &loop->session->beside;

    if (beside->begin != NULL)
        beside->begin(beside->arg);
    loop->fn(loop->arg);
    if (beside->end != NULL)
        beside->end(beside->arg);
}

static void run_loop(struct session *session, fiber_fn fn, void *arg)
{
    struct loop loop = {session, fn, arg};

    sched_run(session->sched, loop_fiber, &loop);
}

struct call {
    int (*fn)(void *arg, struct err *err);
    void *arg;
    struct err *err;
    int result;
};

static void call_fiber(void *arg)
{
    struct call *call = arg;

    call->result = call->fn(call->arg, call->err);
}

int session_call(struct session *session, int (*fn)(void *arg, struct err *err), void *arg,
                 struct err *err)
{
    struct call call = {fn, arg, err, 0};

    run_loop(session, call_fiber, &call);
    return call.result;
}

static bool selects(const struct run_opts *options)
{
    return options->accounts.count + options->ous.count + options->regions.count +
               options->only.count + options->exclude.count >
           0;
}

/* A run of nothing would look like one that found nothing wrong. */
static int check_targets(const struct session *session, const struct run_result *result,
                         struct err *err)
{
    /* There may be more shards than accounts. */
    if (result->summary.targets > 0 || result->summary.interrupted || session->shard.index > 0 ||
        !selects(session->options))
        return 0;
    return err_set(err, ERR_USAGE, "the options select no target of this baseline");
}

static void tell_waiting(void *arg, const char *text)
{
    struct session *session = arg;

    progress_say(&session->progress, text);
}

static int plan(struct session *session, const struct run_result **out, struct err *err)
{
    if (engine_identify(session->engine, &session->identity, err) != 0 ||
        guard_know(&session->guard, err) != 0 ||
        engine_check_selection(session->engine, err) != 0 ||
        engine_await(session->engine, session->await_ms, tell_waiting, session, &session->identity,
                     err) != 0 ||
        engine_plan(session->engine, out, err) != 0)
        return -1;
    return check_targets(session, *out, err);
}

static void say_lock(struct session *session)
{
    const char *text = guard_look(&session->guard);

    if (text != NULL)
        progress_say(&session->progress, text);
}

static void plan_fiber(void *arg)
{
    struct job *job = arg;

    progress_begin(&job->session->progress, job->doing);
    job->failed = plan(job->session, &job->result, &job->err);
    progress_end(&job->session->progress);
    if (job->failed == 0)
        say_lock(job->session);
}

bool session_is_whole(const struct session *session, const struct run_result *result)
{
    return !selects(session->options) && !result->summary.interrupted;
}

/* The whole baseline is live. */
static bool is_as_wanted(const struct session *session, const struct run_result *result)
{
    const size_t *outcomes = result->summary.outcomes;

    return session_is_whole(session, result) &&
           outcomes[OUTCOME_CLEAN] + outcomes[OUTCOME_CHANGED] == result->summary.targets;
}

static void apply_fiber(void *arg)
{
    struct job *job = arg;

    progress_begin(&job->session->progress, job->doing);
    job->failed = guard_take(&job->session->guard, &job->err);
    if (job->failed == 0)
        job->failed = engine_apply(job->session->engine, &job->result, &job->err);
    if (job->failed == 0 && is_as_wanted(job->session, job->result))
        guard_note_applied(&job->session->guard);
    guard_release(&job->session->guard);
    progress_end(&job->session->progress);
}

static int run(struct session *session, fiber_fn fn, const char *doing,
               const struct run_result **out)
{
    struct job job = {.session = session, .doing = doing, .err = ERR_INIT};

    run_loop(session, fn, &job);
    if (job.failed != 0)
        return session_failed(session, &job.err);
    *out = job.result;
    return EXIT_DONE;
}

int session_plan(struct session *session, const char *doing, const struct run_result **out)
{
    return run(session, plan_fiber, doing, out);
}

static void same_baseline_fiber(void *arg)
{
    struct job *job = arg;

    job->failed = guard_same_baseline(&job->session->guard, &job->err);
}

int session_same_baseline(struct session *session)
{
    struct job job = {.session = session, .err = ERR_INIT};

    run_loop(session, same_baseline_fiber, &job);
    return job.failed == 0 ? EXIT_DONE : session_failed(session, &job.err);
}

static void note_unchanged_fiber(void *arg)
{
    struct job *job = arg;

    job->failed = guard_note_unchanged(&job->session->guard, &job->err);
}

void session_note_unchanged(struct session *session, const struct run_result *plan)
{
    struct job job = {.session = session, .err = ERR_INIT};

    if (!is_as_wanted(session, plan))
        return;
    run_loop(session, note_unchanged_fiber, &job);
    if (job.failed != 0)
        progress_say(&session->progress,
                     arena_printf(session->arena,
                                  "--only-drift will not know that this baseline was applied: %s",
                                  job.err.text));
}

static void identify_fiber(void *arg)
{
    struct job *job = arg;
    struct session *session = job->session;

    job->failed = engine_identify(session->engine, &session->identity, &job->err);
    if (job->failed == 0)
        job->failed = guard_know(&session->guard, &job->err);
}

int session_identify(struct session *session)
{
    const struct run_result *ignored;

    return run(session, identify_fiber, "identify", &ignored);
}

static void gate_fiber(void *arg)
{
    struct job *job = arg;

    job->failed =
        engine_gate(job->session->engine, job->overrides->items, &job->findings, &job->err);
}

int session_gate(struct session *session, const struct words *overrides)
{
    struct job job = {.session = session, .overrides = overrides, .err = ERR_INIT};

    run_loop(session, gate_fiber, &job);
    /* The error has one lock-out, and one that was let pass has no error: all are told. */
    for (size_t i = 0; i < job.findings.count; i++)
        put_warning(&session->options->baseline.common, job.findings.items[i].text);
    return job.failed == 0 ? EXIT_DONE : session_failed(session, &job.err);
}

int session_apply(struct session *session, const struct run_result *plan,
                  const struct journal_run *resumed, const struct run_result **out)
{
    struct job job = {.session = session, .doing = "apply", .err = ERR_INIT};

    if (guard_begin(&session->guard, plan, resumed, &job.err) != 0)
        return session_failed(session, &job.err);
    run_loop(session, apply_fiber, &job);
    guard_end(&session->guard, job.result, &job.err);
    if (job.failed != 0)
        return session_failed(session, &job.err);
    *out = job.result;
    return EXIT_DONE;
}

/* --- Results -------------------------------------------------------------------------------------
 */

int session_failed(const struct session *session, const struct err *err)
{
    return fail(&session->options->baseline.common, err);
}

int session_code(const struct run_result *run, enum report_kind kind)
{
    const size_t *outcomes = run->summary.outcomes;

    if (run->summary.interrupted)
        return EXIT_INTERRUPTED;
    if (outcomes[OUTCOME_FAILED] + outcomes[OUTCOME_UNKNOWN] + outcomes[OUTCOME_SKIPPED] > 0)
        return EXIT_PARTIAL;
    if (outcomes[OUTCOME_DRIFTED] > 0)
        return kind == REPORT_APPLY ? EXIT_PARTIAL : EXIT_CHANGES;
    return EXIT_DONE;
}

static void say_what_is_left(struct session *session, const struct summary *summary)
{
    size_t left = summary->outcomes[OUTCOME_DRIFTED] + summary->outcomes[OUTCOME_SKIPPED] +
                  summary->outcomes[OUTCOME_FAILED] + summary->outcomes[OUTCOME_UNKNOWN];

    progress_say(&session->progress,
                 arena_printf(session->arena,
                              "interrupted: %zu of %zu targets are left; run the same command "
                              "again to go on",
                              left, summary->targets));
}

static const struct {
    const char *name;
    report_fn print;
} formats[] = {
    {"jsonl", report_jsonl}, {"markdown", report_markdown}, {"junit", report_junit},
    {"sarif", report_sarif}, {"ocsf", report_ocsf},
};

/* NULL: text. */
static report_fn format_of(const char *name)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (str_eq(formats[i].name, name))
            return formats[i].print;
    return NULL;
}

static bool print_report(struct session *session, const struct run_result *result,
                         enum report_kind kind)
{
    const struct common *common = &session->options->baseline.common;
    const struct report_about about = {.kind = kind,
                                       .identity = &session->identity,
                                       .baseline = session->loaded.baseline,
                                       .version = PLINTH_VERSION,
                                       .now_ms = env_wall_ms(&session->env)};
    const struct report_style style = {
        .kind = kind, .color = use_color(common, STDOUT_FILENO), .verbose = common->verbose};
    report_fn print = format_of(common->output);
    struct buf text;

    if (wants_json(&session->options->baseline))
        return put_json(report_json(result, kind, &session->identity, session->arena));
    result_buf(&text);
    if (print != NULL)
        print(result, &about, &text);
    else
        report_text(result, &style, &text);
    return put_buf(&text);
}

int session_report(struct session *session, const struct run_result *result, enum report_kind kind)
{
    bool ok;

    /* Nothing is under way any more: Ctrl-C may end us while somebody reads page by page. */
    signals_fini(&session->signals);
    ok = print_report(session, result, kind);
    if (result->summary.interrupted)
        say_what_is_left(session, &result->summary);
    return ok ? session_code(result, kind) : EXIT_ERROR;
}
