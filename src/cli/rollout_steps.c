#include "rollout_steps.h"

#include "plinth/base/arena.h"
#include "plinth/base/env.h"
#include "plinth/base/str.h"
#include "plinth/fiber/fiber.h"

/* --- The policies of a step ----------------------------------------------------------------------
 */

struct policies_job {
    struct session *session;
    int reach;
    const struct baseline *out;
    struct err err;
    int failed;
};

static void policies_fiber(void *arg)
{
    struct policies_job *job = arg;

    job->failed = rollout_baseline(job->session->engine, job->reach, job->session->arena, &job->out,
                                   &job->err);
}

/* What a step came to that did not come to an apply; what is wrong is printed. */
static int no_step(const struct session *session, int code, struct rollout_tally *out)
{
    out->interrupted = code == EXIT_INTERRUPTED || sched_stopping(session->sched);
    out->failure = code == EXIT_GATE ? "a gate refuses the step: see above"
                                     : "the step cannot be carried out: see above";
    return 1;
}

static int not_approved(const struct session *session, struct rollout_tally *out)
{
    (void)session;
    out->failure = "what is to be done is not what was approved, for the organization changed "
                   "meanwhile: plinth rollout resume shows it and asks";
    return 1;
}

/* 0: *out is what the step wants; 1: *tally says why there is no step. */
static int plan_policies(struct rollout_steps *steps, int reach, const struct baseline **out,
                         struct rollout_tally *tally)
{
    static const char *const only[] = {"policies", NULL};
    struct session *session = steps->session;
    struct policies_job job = {.session = session, .reach = reach, .err = ERR_INIT};
    const struct run_result *plan;
    int code;

    session_renew(session, session->loaded.baseline, &(struct selection){.only = only});
    code = session_plan(session, "policies", &plan);
    if (code != EXIT_DONE)
        return no_step(session, code, tally);
    if (plan->summary.interrupted)
        return no_step(session, EXIT_INTERRUPTED, tally);
    if (reach != 0 && !journal_digests_cover(&steps->files->approved, plan))
        return not_approved(session, tally);
    sched_run(session->sched, policies_fiber, &job);
    if (job.failed != 0)
        return no_step(session, session_failed(session, &job.err), tally);
    *out = job.out;
    return 0;
}

/* --- An abort in the middle ----------------------------------------------------------------------
 */

/* What was begun is finished; the rest of the step is left. */
static void tick(void *arg)
{
    struct rollout_steps *steps = arg;
    struct session *session = steps->session;
    int64_t now_us = env_mono_us(&session->env);

    if (now_us - steps->polled_us < ROLLOUT_POLL_MS * INT64_C(1000))
        return;
    steps->polled_us = now_us;
    if (steps->breaks_off || rollout_files_asked(steps->files) != ROLLOUT_ABORT)
        return;
    steps->breaks_off = true;
    sched_stop(session->sched);
}

/* --- A step --------------------------------------------------------------------------------------
 */

static const char **names_of(const struct wave *wave, struct arena *arena)
{
    const char **names = arena_array(arena, wave->account_count + 1, sizeof *names);

    for (size_t i = 0; i < wave->account_count; i++)
        names[i] = wave->accounts[i]->name;
    return names;
}

/* The plan but for the policies, which follow from those that were approved. */
static bool is_approved(const struct rollout_steps *steps, const struct run_result *plan)
{
    struct run_result others = {0};
    bool approved;

    results_begin(&others);
    for (size_t i = 0; i < plan->unit_count; i++) {
        struct unit_result unit = results_unit(plan, i);

        if (!str_eq(unit.control->name, "policies"))
            results_add(&others, &unit);
    }
    approved = journal_digests_cover(&steps->files->approved, &others);
    results_end(&others);
    return approved;
}

static bool is_unhappy(const struct unit_result *unit)
{
    return unit->outcome != OUTCOME_CLEAN && unit->outcome != OUTCOME_CHANGED;
}

static bool is_account_counted(const struct run_result *run, size_t until)
{
    const char *account = results_unit(run, until).account;

    for (size_t i = 0; i < until; i++) {
        struct unit_result unit = results_unit(run, i);

        if (is_unhappy(&unit) && str_eq(unit.account, account))
            return true;
    }
    return false;
}

/* One bad account is one, however much of it is bad; what is the organization's stops all. */
static void count(const struct run_result *run, bool planned, struct arena *arena,
                  struct rollout_tally *out)
{
    out->interrupted = run->summary.interrupted;
    out->changes = planned ? 0 : run->summary.changes;
    for (size_t i = 0; i < run->unit_count; i++) {
        struct unit_result unit = results_unit(run, i);

        if (!is_unhappy(&unit))
            continue;
        if (unit.account != NULL)
            out->accounts_failed += !is_account_counted(run, i);
        else if (out->failure == NULL)
            out->failure =
                arena_printf(arena, "%s is %s: %s", unit.control->name, outcome_name(unit.outcome),
                             unit.reason == NULL ? "it did not hold" : unit.reason);
    }
}

static void step(struct rollout_steps *steps, const struct wave *wave, int reach,
                 struct rollout_tally *out)
{
    static const char *const policies[] = {"policies", NULL};
    struct session *session = steps->session;
    const struct baseline *baseline;
    const struct run_result *plan, *result;
    struct selection selection = {0};
    int code;

    if (plan_policies(steps, reach, &baseline, out) != 0)
        return;
    if (wave != NULL)
        selection =
            (struct selection){.accounts = names_of(wave, session->arena), .beside = policies};
    else if (reach != ROLLOUT_SETTLED)
        selection.only = policies;
    session_renew(session, baseline, &selection);
    code = session_plan(session, "plan", &plan);
    if (code != EXIT_DONE || plan->summary.interrupted) {
        (void)no_step(session, code, out);
        return;
    }
    if (plan->summary.changes == 0) {
        count(plan, true, session->arena, out);
        return;
    }
    if (reach != 0 && !is_approved(steps, plan)) {
        (void)not_approved(session, out);
        return;
    }
    code = session_gate(session, steps->overrides);
    if (code == EXIT_DONE)
        code = session_apply(session, plan, NULL, &result);
    if (code != EXIT_DONE) {
        (void)no_step(session, code, out);
        return;
    }
    count(result, false, session->arena, out);
    if (reach == ROLLOUT_SETTLED)
        steps->failed_accounts = out->accounts_failed > 0;
}

/* Only while a wave is applied: what takes away or settles runs to its end. */
static int apply(void *arg, const struct wave *wave, int reach, struct rollout_tally *out,
                 struct err *err)
{
    struct rollout_steps *steps = arg;
    struct session *session = steps->session;

    (void)err;
    *out = (struct rollout_tally){0};
    session->tick = wave == NULL ? NULL : tick;
    session->tick_arg = steps;
    step(steps, wave, reach, out);
    session->tick = NULL;
    if (steps->breaks_off)
        sched_go_on(session->sched);
    return 0;
}

/* --- The rest of the world -----------------------------------------------------------------------
 */

struct look_job {
    struct session *session;
    const struct wave *wave;
    int64_t from_ms, split_ms, to_ms;
    struct rollout_denied *out;
    struct err *err;
    int failed;
};

static void look_fiber(void *arg)
{
    struct look_job *job = arg;

    job->failed = rollout_look(job->session->engine, job->wave, job->from_ms, job->split_ms,
                               job->to_ms, job->session->arena, job->out, job->err);
}

static int look(void *arg, const struct wave *wave, int64_t from_ms, int64_t split_ms,
                int64_t to_ms, struct rollout_denied *out, struct err *err)
{
    struct rollout_steps *steps = arg;
    struct look_job job = {
        .session = steps->session,
        .wave = wave,
        .from_ms = from_ms,
        .split_ms = split_ms,
        .to_ms = to_ms,
        .out = out,
        .err = err,
    };

    sched_run(steps->session->sched, look_fiber, &job);
    return job.failed;
}

struct wait_job {
    struct sched *sched;
    int64_t ms;
    struct err *err;
    int failed;
};

static void wait_fiber(void *arg)
{
    struct wait_job *job = arg;

    job->failed = fiber_sleep_ms(job->sched, job->ms, job->err);
}

static int wait_ms(void *arg, int64_t ms, struct err *err)
{
    struct rollout_steps *steps = arg;
    struct wait_job job = {steps->session->sched, ms, err, 0};

    sched_run(job.sched, wait_fiber, &job);
    return job.failed;
}

static int64_t now_ms(void *arg)
{
    return env_wall_ms(&((struct rollout_steps *)arg)->session->env);
}

static enum rollout_request asked(void *arg)
{
    return rollout_files_asked(((struct rollout_steps *)arg)->files);
}

static int save(void *arg, const struct rollout *rollout, struct err *err)
{
    return rollout_files_save(((struct rollout_steps *)arg)->files, rollout, err);
}

static void say(void *arg, const char *text)
{
    progress_say(&((struct rollout_steps *)arg)->session->progress, text);
}

struct rollout_world rollout_steps_world(struct rollout_steps *steps)
{
    return (struct rollout_world){.apply = apply,
                                  .look = look,
                                  .wait = wait_ms,
                                  .now_ms = now_ms,
                                  .asked = asked,
                                  .save = save,
                                  .say = say,
                                  .arg = steps};
}
