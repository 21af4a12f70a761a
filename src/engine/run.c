/*
 * run.c - one unit: read it, compare it, change it, prove it.
 */
#include "engine_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/env.h"
#include "plinth/base/str.h"
#include "plinth/fiber/fiber.h"

#include <assert.h>
#include <string.h>

enum {
    ATTEMPTS = 6, /* observe, compare and change again after a lost answer or a conflict */
    ATTEMPT_PAUSE_MS = 500, /* doubles */
    VERIFY_READS = 7,       /* AWS shows a write late, sometimes by half a minute */
    VERIFY_PAUSE_MS = 500,  /* doubles: 500 ms .. 32 s */
};

/* A unit under way. */
struct run {
    struct engine *engine;
    const struct unit *unit;
    const struct control *control;
    struct arena *arena; /* of this unit; freed at its end */
    struct aws_target target;
    struct aws_purpose purpose; /* of the change under way */
    struct control_ctx ctx;
    void *seen;
    struct changes changes;            /* of the last reading */
    struct failures failures;          /* of them, or final and of an earlier reading */
    const struct unit_result *planned; /* what may be done; NULL: nothing is to be changed */
    bool was_read;                     /* once at least */
    bool entered_fresh;                /* another account, which AWS may not be done with */
    bool wrote;                        /* or tried to */
    struct unit_result result;         /* its texts are in `arena`, until it is kept */
    struct run_result *into;
};

static struct sched *sched_of(const struct run *run)
{
    return run->engine->options.sched;
}

static bool is_interrupted(const struct run *run)
{
    return sched_stopping(sched_of(run));
}

/* --- Beginning and end ---------------------------------------------------------------------------
 */

static void run_begin(struct run *run, struct engine *engine, const struct unit *unit,
                      struct run_result *into)
{
    const struct baseline *baseline = engine->options.baseline;

    *run = (struct run){.engine = engine,
                        .unit = unit,
                        .control = engine->order.controls[unit->control],
                        .arena = arena_new("unit"),
                        .into = into};
    run->result.index = unit->index;
    run->result.control = run->control;
    if (unit->account != NO_ACCOUNT)
        run->result.account = baseline->accounts[unit->account].name;
    if (unit->region != NO_REGION)
        run->result.region = engine->regions.items[unit->region].name;
    changes_init(&run->result.changes, run->arena);
}

static void copy_change(struct run *run, const struct change *change)
{
    share_copy_change(&run->result.changes, change);
}

static void run_end(struct run *run, enum outcome outcome, enum err_code code, const char *reason)
{
    const struct engine_observer *observer = &run->engine->options.observer;
    struct unit_result *result = &run->result;

    result->outcome = outcome;
    result->code = code;
    result->reason = reason;
    result->account_id = arena_str(run->arena, engine_account_id(run->engine, run->unit->account));
    for (size_t i = 0; i < run->changes.note_count; i++)
        changes_note(&result->changes, "%s", run->changes.notes[i]);
    run->engine->states[run->unit->index] = (unsigned char)(UNIT_DONE + outcome);
    if (outcome != OUTCOME_CLEAN || result->changes.note_count > 0 || result->blind)
        results_add(run->into, result);
    if (observer->unit_done != NULL)
        observer->unit_done(observer->arg, result);
    arena_free(run->arena);
}

static void run_end_err(struct run *run, enum outcome outcome, const struct err *err)
{
    if (err->code == ERR_CANCELLED)
        run_end(run, OUTCOME_SKIPPED, ERR_CANCELLED, "interrupted");
    else
        run_end(run, outcome, err->code, err->text);
}

/* --- Who calls -----------------------------------------------------------------------------------
 */

/* Whether a unit's region is one that its actor's account has. */
static bool has_region(const struct engine *engine, const struct unit *unit, ptrdiff_t actor)
{
    return unit->region == NO_REGION || regions_enabled(engine, actor, (size_t)unit->region);
}

/* As ctx.enter: with who is entered kept in mind, for who waits for it. */
static bool enter(void *arg, const struct account *account, const char *region,
                  struct aws_target *out)
{
    struct run *run = arg;
    struct engine *engine = run->engine;
    ptrdiff_t index = account - engine->options.baseline->accounts;

    run->entered_fresh = run->entered_fresh || engine_is_fresh(engine, index);
    return engine_target(engine, run->control->incognito, index, region, out);
}

/* Fill in who calls whom.  False: the actor's account does not exist yet, or its region is not
 * switched on yet. */
static bool prepare(struct run *run, struct err *err, int *result)
{
    struct engine *engine = run->engine;
    const struct unit *unit = run->unit;
    ptrdiff_t actor;

    *result = engine_unit_context(engine, unit, run->arena, &run->ctx, err);
    run->ctx.enter = enter;
    run->ctx.enter_arg = run;
    run->seen = arena_alloc(run->arena, run->control->seen_size);
    if (*result != 0 || !engine_actor(engine, run->control, unit->account, &actor) ||
        !engine_target(engine, run->control->incognito, actor, run->ctx.region, &run->target) ||
        !has_region(engine, unit, actor))
        return false;
    run->target.allowed = run->control->ops;
    return true;
}

/* Also an account that an earlier run created and did not live to set up. */
static bool is_fresh(const struct run *run)
{
    ptrdiff_t actor;

    return run->entered_fresh ||
           (engine_actor(run->engine, run->control, run->unit->account, &actor) &&
            engine_is_fresh(run->engine, actor));
}

/* A fresh account refuses for a while: its role cannot be assumed at once, and services subscribe
 * it one after the other (no policy denies that).  A fresh organization is "finalizing". */
static bool is_too_early(const struct run *run, const struct err *err)
{
    return (err->code == ERR_PENDING && run->control->actor == ACTOR_MANAGEMENT) ||
           (is_fresh(run) && patience_fits(err));
}

/* --- Observe and compare -------------------------------------------------------------------------
 */

/* One reading into run->changes.  err: as control.observe.  yields: yes. */
static int compare(struct run *run, struct err *err)
{
    int result;
    bool callable = prepare(run, err, &result);

    if (result != 0)
        return -1;
    run->result.blind = !callable;
    if (callable) {
        run->target.read_only = true;
        run->ctx.target = &run->target;
        if (run->control->observe(&run->ctx, run->seen, err) != 0)
            return -1;
        run->target.read_only = false;
    }
    run->ctx.target = NULL;
    changes_init(&run->changes, run->arena);
    if (run->ctx.skip == NULL)
        run->control->diff(&run->ctx, run->seen, &run->changes);
    run->ctx.target = callable ? &run->target : NULL;
    return 0;
}

/* A region that was to be switched on and is not; NULL: it is. */
static const char *missing_region(const struct run *run)
{
    ptrdiff_t actor;

    if (!engine_actor(run->engine, run->control, run->unit->account, &actor) ||
        has_region(run->engine, run->unit, actor))
        return NULL;
    return arena_printf(run->arena, "region %s is not switched on yet", run->result.region);
}

/* A region that the settings name, which is not switched on, and which no control switches on;
 * NULL: it is no such one. */
static const char *not_coming(const struct run *run)
{
    ptrdiff_t actor;

    if (!engine_actor(run->engine, run->control, run->unit->account, &actor) ||
        regions_coming(run->engine, actor, (size_t)run->unit->region))
        return NULL;
    return missing_region(run);
}

/* What cannot be read yet, and will be in the apply, is planned as if nothing was there.  False:
 * then nothing would differ, and that would be a half-truth. */
static bool compare_blind(struct run *run, const char *why)
{
    run->seen = arena_alloc(run->arena, run->control->seen_size);
    run->ctx.target = NULL;
    run->result.blind = true;
    changes_init(&run->changes, run->arena);
    run->control->diff(&run->ctx, run->seen, &run->changes);
    if (run->changes.count > 0)
        changes_note(&run->changes, "%s; planned as empty", why);
    return run->changes.count > 0;
}

static bool plan_blind(struct run *run, const struct err *err)
{
    if (is_too_early(run, err))
        return compare_blind(run, "the account is new and cannot be entered yet");
    return err->code == ERR_DENIED && before_opens(run->engine, run->unit) &&
           compare_blind(run, "AWS shows what is there only after trusted access is turned on");
}

/* With `changed` if there are changes, else with `same`; a problem goes before `same`. */
static void end_compared(struct run *run, enum outcome changed, enum outcome same)
{
    const char *wrong = failures_text(&run->failures, &run->changes, run->arena);

    for (size_t i = 0; i < run->changes.count; i++)
        copy_change(run, &run->changes.items[i]);
    if (run->changes.count > 0)
        run_end(run, changed, ERR_NONE, wrong);
    else if (wrong != NULL)
        run_end(run, failures_outcome(&run->changes), ERR_CONFLICT, wrong);
    else
        run_end(run, same, ERR_NONE, NULL);
}

void run_plan_unit(struct engine *engine, const struct unit *unit)
{
    struct err err = ERR_INIT;
    const char *blocked;
    struct run run;

    run_begin(&run, engine, unit, &engine->plan);
    blocked = before_blocks(engine, unit, run.arena);
    if (blocked == NULL && run.control->in_region != NULL)
        blocked = not_coming(&run);
    if (is_interrupted(&run))
        run_end(&run, OUTCOME_SKIPPED, ERR_CANCELLED, "interrupted");
    else if (blocked != NULL)
        run_end(&run, OUTCOME_SKIPPED, ERR_NONE, blocked);
    else if (compare(&run, &err) != 0 && !plan_blind(&run, &err))
        run_end_err(&run, OUTCOME_UNKNOWN, &err);
    else if (run.ctx.skip != NULL)
        run_end(&run, OUTCOME_SKIPPED, ERR_NONE, run.ctx.skip);
    else
        end_compared(&run, OUTCOME_DRIFTED, OUTCOME_CLEAN);
}

bool run_is_done(struct engine *engine, const struct unit *unit)
{
    struct run_result into = {0};  /* where nothing is put */
    struct err ignored = ERR_INIT; /* what cannot be read is not seen to be done */
    struct run run;
    bool done;

    run_begin(&run, engine, unit, &into);
    done = compare(&run, &ignored) == 0 && !run.result.blind && run.ctx.skip == NULL &&
           run.changes.count == 0 && run.changes.problem_count == 0;
    arena_free(run.arena);
    return done;
}

void run_unread_unit(struct engine *engine, const struct unit *unit, const struct err *err)
{
    struct run run;

    run_begin(&run, engine, unit, &engine->plan);
    run_end_err(&run, OUTCOME_UNKNOWN, err);
}

/* --- What was approved ---------------------------------------------------------------------------
 */

static const struct change *find_change(const struct changes *changes, const struct change *wanted)
{
    for (size_t i = 0; i < changes->count; i++)
        if (change_same(&changes->items[i], wanted, true))
            return &changes->items[i];
    return NULL;
}

/* Whether this run itself may have changed what the unit looks like: a write of its own, or one
 * that came before it. */
static bool is_moved_by_us(const struct run *run)
{
    return run->wrote || before_moved(run->engine, run->unit);
}

/* Somebody looked at the plan and said yes to it: nothing else is done, but for what follows from
 * our own changes, takes nothing away and can be undone.  err: ERR_GATE. */
static int check_approved(const struct run *run, struct err *err)
{
    bool moved = is_moved_by_us(run);

    for (size_t i = 0; i < run->changes.count; i++) {
        const struct change *change = &run->changes.items[i];
        bool free = !change->takes_away && change->final.name == NULL && moved;

        if (run->planned->blind && change->final.name == NULL)
            continue;
        if (!free && find_change(&run->planned->changes, change) == NULL)
            return err_set(err, ERR_GATE,
                           "AWS changed since the plan, which does not have: %s %s; nothing was "
                           "done here, plan again",
                           change_kind_name(change->kind), change->resource);
    }
    return 0;
}

/* --- Change --------------------------------------------------------------------------------------
 */

/* A write whose answer was lost and whose change the next reading no longer shows was done. */
static void settle_lost(struct run *run)
{
    const struct engine_observer *observer = &run->engine->options.observer;

    for (size_t i = 0; i < run->failures.count; i++) {
        const struct failure *failure = &run->failures.items[i];

        if (failure->err->code != ERR_LOST || find_change(&run->changes, failure->change) != NULL)
            continue;
        copy_change(run, failure->change);
        run->result.applied++;
        if (observer->change_end != NULL)
            observer->change_end(observer->arg, &run->result, failure->change, NULL);
    }
    failures_forget(&run->failures);
}

static bool is_worth_another_look(enum err_code code)
{
    return code == ERR_LOST || code == ERR_CONFLICT || code == ERR_TRANSIENT ||
           code == ERR_THROTTLED || code == ERR_NOTFOUND;
}

/* One change, with all that are told of it. */
static int carry_out_one(struct run *run, const struct change *change, struct err *err)
{
    const struct engine_observer *observer = &run->engine->options.observer;
    int result;

    if (observer->change_begin != NULL)
        observer->change_begin(observer->arg, &run->result, change);
    run->wrote = true;
    run->purpose = (struct aws_purpose){.control = run->control->name,
                                        .account = run->result.account,
                                        .region = run->result.region,
                                        .action = change_kind_name(change->kind),
                                        .resource = change->resource};
    run->target.purpose = &run->purpose;
    result = run->control->apply(&run->ctx, run->seen, change, err);
    if (observer->change_end != NULL)
        observer->change_end(observer->arg, &run->result, change, result == 0 ? NULL : err);
    if (result != 0)
        return err_wrap(err, "%s %s", change_kind_name(change->kind), change->resource);
    copy_change(run, change);
    run->result.applied++;
    return 0;
}

/* Carry out the changes of the last reading, but for those that a failed one leaves undone.
 * yields: yes. */
static int carry_out(struct run *run, struct err *err)
{
    if (check_approved(run, err) != 0)
        return -1;
    for (size_t i = 0; i < run->changes.count; i++) {
        const struct change *change = &run->changes.items[i];
        struct err own = ERR_INIT;

        if (failures_stop(&run->failures, change))
            continue;
        if (is_interrupted(run))
            return err_set(err, ERR_CANCELLED, "interrupted");
        if (run->ctx.target == NULL)
            return err_set(err, ERR_PENDING, "the account does not exist yet");
        if (carry_out_one(run, change, &own) != 0)
            failures_add(&run->failures, change, &own,
                         !is_worth_another_look(own.code) && !is_too_early(run, &own), run->arena);
    }
    return failures_result(&run->failures, err);
}

/* What a fresh account did not let us read may be readable soon: that is an error to wait for. */
static bool is_readable_soon(const struct run *run, struct err *err)
{
    for (size_t i = 0; is_fresh(run) && i < run->changes.problem_count; i++)
        if (run->changes.problems[i].unread) {
            (void)err_set(err, ERR_PENDING, "%s", run->changes.problems[i].text);
            return true;
        }
    return false;
}

/* Read, compare and change until nothing differs or an error stands.  yields: yes. */
static int converge(struct run *run, struct err *err)
{
    int64_t waited_ms = 0, pause_ms = ATTEMPT_PAUSE_MS;
    int attempt = 0;

    for (;;) {
        bool read = false, waiting = false;

        err_clear(err);
        if (compare(run, err) == 0) {
            read = run->was_read = true;
            settle_lost(run);
            if (run->ctx.skip != NULL || carry_out(run, err) == 0) {
                waiting = is_readable_soon(run, err);
                if (!waiting)
                    return 0;
            }
        }
        if (is_too_early(run, err) && patience_wait(run->engine, &waited_ms, err))
            continue;
        if (waiting) /* in vain: it stays a problem, and is told */
            return err->code == ERR_CANCELLED ? -1 : 0;
        if (!read || !is_worth_another_look(err->code) || ++attempt == ATTEMPTS)
            return -1;
        if (fiber_sleep_ms(sched_of(run), pause_ms, err) != 0)
            return -1;
        pause_ms *= 2;
    }
}

static void end_unfinished(struct run *run, const struct err *err)
{
    const char *wrong = failures_text(&run->failures, &run->changes, run->arena);

    for (size_t i = 0; i < run->failures.count; i++)
        copy_change(run, run->failures.items[i].change); /* shown behind those that were done */
    if (err->code == ERR_CANCELLED)
        run_end(run, OUTCOME_DRIFTED, ERR_CANCELLED,
                run->result.applied > 0 ? "interrupted half way"
                                        : "interrupted before it was mended");
    else
        run_end(run, run->was_read ? OUTCOME_FAILED : OUTCOME_UNKNOWN, err->code,
                wrong == NULL || strstr(wrong, err->text) == NULL ? err->text : wrong);
}

/* An account that it needs and that could not be created; NULL: all are there. */
static const char *missing_account(const struct run *run)
{
    const struct baseline *baseline = run->engine->options.baseline;

    for (unsigned role = 1; role <= run->control->needs; role *= 2) {
        const struct account *account =
            run->control->needs & role ? baseline_account_with_role(baseline, role) : NULL;

        if (account != NULL && engine_account_id(run->engine, account - baseline->accounts) == NULL)
            return arena_printf(run->arena, "it needs account %s, which does not exist",
                                account->name);
    }
    return NULL;
}

/* What a plan could not read was in nobody's mind who approved it. */
void run_keep_unit(struct engine *engine, const struct unit *unit,
                   const struct unit_result *planned)
{
    struct run run;

    run_begin(&run, engine, unit, &engine->result);
    run_end(&run, planned->outcome, planned->code, planned->reason);
}

void run_apply_unit(struct engine *engine, const struct unit *unit,
                    const struct unit_result *planned)
{
    struct err err = ERR_INIT;
    const char *blocked;
    struct run run;

    run_begin(&run, engine, unit, &engine->result);
    run.planned = planned;
    blocked = before_blocks(engine, unit, run.arena);
    if (blocked == NULL)
        blocked = missing_account(&run);
    if (blocked == NULL)
        blocked = missing_region(&run);
    if (is_interrupted(&run))
        run_end(&run, OUTCOME_DRIFTED, ERR_CANCELLED, "interrupted before it was mended");
    else if (blocked != NULL)
        run_end(&run, OUTCOME_SKIPPED, ERR_NONE, blocked);
    else if (converge(&run, &err) != 0)
        end_unfinished(&run, &err);
    else if (run.ctx.skip != NULL)
        run_end(&run, OUTCOME_SKIPPED, ERR_NONE, run.ctx.skip);
    else if (run.changes.problem_count > 0)
        run_end(&run, failures_outcome(&run.changes), ERR_CONFLICT,
                failures_text(&run.failures, &run.changes, run.arena));
    else
        run_end(&run, run.result.applied > 0 ? OUTCOME_CHANGED : OUTCOME_CLEAN, ERR_NONE, NULL);
    if (run.control->brings_region != NULL)
        regions_forget(engine, unit->account);
}

/* --- Verify --------------------------------------------------------------------------------------
 */

static void verify_read(struct run *run, struct err *err)
{
    if (compare(run, err) != 0)
        return;
    if (run->ctx.skip != NULL)
        (void)err_set(err, ERR_CONFLICT, "cannot be read back: %s", run->ctx.skip);
    else if (run->changes.count > 0)
        (void)err_set(err, ERR_CONFLICT, "read back and still different: %s %s",
                      change_kind_name(run->changes.items[0].kind), run->changes.items[0].resource);
    else if (run->changes.problem_count > 0)
        (void)err_set(err, ERR_CONFLICT, "%s", run->changes.problems[0].text);
}

/* Read a changed unit back; AWS may show a write late, so a difference is looked at again. */
void run_verify_unit(struct engine *engine, const struct unit *unit, size_t i)
{
    struct unit_result result = results_unit(&engine->result, i);
    struct err err = ERR_INIT;
    int64_t pause_ms = VERIFY_PAUSE_MS;
    struct run run;

    run_begin(&run, engine, unit, &engine->result);
    verify_read(&run, &err);
    for (int read = 1; read < VERIFY_READS && err.code != ERR_NONE && err.code != ERR_CANCELLED;
         read++) {
        if (fiber_sleep_ms(sched_of(&run), pause_ms, &err) != 0)
            break;
        /* Only those controls read the organization. */
        if (run.control->actor == ACTOR_MANAGEMENT)
            inventory_invalidate(engine->inventory);
        pause_ms *= 2;
        err_clear(&err);
        verify_read(&run, &err);
    }
    if (err.code == ERR_CANCELLED) {
        result.reason = "not read back: interrupted";
    } else if (err.code != ERR_NONE) {
        result.outcome = OUTCOME_FAILED;
        result.code = err.code;
        result.reason = err.text;
        engine->states[unit->index] = (unsigned char)(UNIT_DONE + OUTCOME_FAILED);
    }
    if (err.code != ERR_NONE)
        results_set(&engine->result, i, &result);
    arena_free(run.arena);
}
