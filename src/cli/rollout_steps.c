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
};

static int read_policies(void *arg, struct err *err)
{
    struct policies_job *job = arg;

    return rollout_baseline(job->session->engine, job->reach, job->session->arena, &job->out, err);
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
    struct policies_job job = {.session = session, .reach = reach};
    struct err err = ERR_INIT;
    const struct run_result *plan;
    int code;

    session_renew(session, session->loaded.baseline, &(struct selection){.only = only});
    code = session_plan(session, "policies", &plan);
    if (code != EXIT_DONE)
        return no_step(session, code, tally);
    if (plan->summary.interrupted)
        return no_step(session, EXIT_INTERRUPTED, tally);
    if (reach != 0 && !journal_digests_cover(&steps->store->approved, plan))
        return not_approved(session, tally);
    if (session_call(session, read_policies, &job, &err) != 0)
        return no_step(session, session_failed(session, &err), tally);
    *out = job.out;
    return 0;
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
    approved = journal_digests_cover(&steps->store->approved, &others);
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

static const char *why(const struct unit_result *unit, struct arena *arena)
{
    return arena_printf(arena, "%s is %s: %s", unit->control->name, outcome_name(unit->outcome),
                        unit->reason == NULL ? "it did not hold" : unit->reason);
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
        if (unit.account != NULL) {
            out->accounts_failed += !is_account_counted(run, i);
            if (out->example == NULL)
                out->example = arena_printf(arena, "%s: %s", unit.account, why(&unit, arena));
        } else if (out->failure == NULL) {
            out->failure = why(&unit, arena);
        }
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

/* An abort breaks off what is applied to a wave; what takes away or settles runs to its end. */
static int apply(void *arg, const struct wave *wave, int reach, struct rollout_tally *out,
                 struct err *err)
{
    struct rollout_steps *steps = arg;
    struct rollout_store *store = steps->store;

    *out = (struct rollout_tally){0};
    if (lock_check(store->lock, err) != 0)
        return -1;
    rollout_store_watch(store, wave != NULL);
    step(steps, wave, reach, out);
    rollout_store_watch(store, false);
    if (store->breaks_off)
        sched_go_on(steps->session->sched);
    return 0;
}

/* --- The rest of the world -----------------------------------------------------------------------
 */

struct look_job {
    struct session *session;
    const struct wave *wave;
    int64_t from_ms, split_ms, to_ms;
    struct rollout_denied *out;
};

static int look_now(void *arg, struct err *err)
{
    struct look_job *job = arg;

    return rollout_look(job->session->engine, job->wave, job->from_ms, job->split_ms, job->to_ms,
                        job->session->arena, job->out, err);
}

static int look(void *arg, const struct wave *wave, int64_t from_ms, int64_t split_ms,
                int64_t to_ms, struct rollout_denied *out, struct err *err)
{
    struct rollout_steps *steps = arg;
    struct look_job job = {steps->session, wave, from_ms, split_ms, to_ms, out};

    return session_call(steps->session, look_now, &job, err);
}

struct wait_job {
    struct rollout_steps *steps;
    int64_t ms;
};

/* Whoever only waits must hear as well that another process carries it out by now. */
static int wait_now(void *arg, struct err *err)
{
    const struct wait_job *job = arg;

    if (fiber_sleep_ms(job->steps->session->sched, job->ms, err) != 0)
        return -1;
    return lock_check(job->steps->store->lock, err);
}

static int wait_ms(void *arg, int64_t ms, struct err *err)
{
    struct rollout_steps *steps = arg;
    struct wait_job job = {steps, ms};

    return session_call(steps->session, wait_now, &job, err);
}

static int64_t now_ms(void *arg)
{
    return env_wall_ms(&((struct rollout_steps *)arg)->session->env);
}

static enum rollout_request asked(void *arg)
{
    return rollout_store_asked(((struct rollout_steps *)arg)->store);
}

static int save(void *arg, const struct rollout *rollout, struct err *err)
{
    struct arena *arena = arena_new("rollout document");
    int result = rollout_store_save(((struct rollout_steps *)arg)->store,
                                    rollout_document(rollout, arena), err);

    arena_free(arena);
    return result;
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
