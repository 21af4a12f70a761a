/*
 * walk.c - a plan and an apply as walks over the phases, and what they add up to.
 */
#include "engine_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/env.h"
#include "plinth/codec/hash.h"
#include "plinth/fiber/fiber.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef void (*unit_fn)(struct engine *engine, const struct unit *unit);

/* --- The walk ------------------------------------------------------------------------------------
 */

static void walk_unit(struct engine *engine, unit_fn fn, size_t control, ptrdiff_t account,
                      ptrdiff_t region)
{
    struct unit unit = order_unit(&engine->order, control, account, region);

    if (engine->states[unit.index] >= UNIT_WAITING)
        fn(engine, &unit);
}

bool walk_is_on(const struct engine *engine, size_t control, ptrdiff_t account)
{
    bool regions = engine->order.controls[control]->scope != CONTROL_PER_ACCOUNT;
    size_t count = regions ? engine->regions.count : 1;

    for (size_t r = 0; r < count; r++) {
        struct unit unit =
            order_unit(&engine->order, control, account, regions ? (ptrdiff_t)r : NO_REGION);

        if (engine->states[unit.index] >= UNIT_WAITING)
            return true;
    }
    return false;
}

struct region_walk {
    struct engine *engine;
    unit_fn fn;
    size_t control;
    ptrdiff_t account, region;
    bool holds_place;
};

static void region_fiber(void *arg)
{
    struct region_walk *walk = arg;

    walk_unit(walk->engine, walk->fn, walk->control, walk->account, walk->region);
    if (walk->holds_place)
        fiber_sem_release(&walk->engine->places);
}

/* Waits until there is room for one more fiber and what it reads, or until a stop has come: then
 * each ends at once. */
static bool take_place(struct engine *engine)
{
    struct err ignored = ERR_INIT;

    return fiber_sem_acquire(&engine->places, &ignored) == 0;
}

/* Regions of an administrator: each is about all accounts, read and changed in it. */
static size_t administered_at_a_time(const struct engine *engine)
{
    enum { MEMBERS_AT_A_TIME = 20 * 1000, REGIONS_LEAST = 4 };
    size_t accounts = engine->options.baseline->account_count;
    size_t regions = accounts == 0 ? MEMBERS_AT_A_TIME : MEMBERS_AT_A_TIME / accounts;

    return regions < REGIONS_LEAST ? REGIONS_LEAST : regions;
}

static void walk_regions(struct engine *engine, unit_fn fn, size_t control, ptrdiff_t account)
{
    enum control_scope scope = engine->order.controls[control]->scope;
    bool named = engine->order.controls[control]->in_region != NULL;
    size_t count = engine->regions.count;
    struct arena *arena;
    struct region_walk *walks;
    struct fiber_group group;
    struct err err = ERR_INIT;
    ptrdiff_t actor;

    /* Without a target nobody needs to be asked for regions. */
    if (!walk_is_on(engine, control, account))
        return;
    arena = arena_new("walk");
    walks = arena_array(arena, count, sizeof *walks);
    if (!engine_actor(engine, engine->order.controls[control], account, &actor))
        actor = NO_ACCOUNT;
    (void)regions_ask(engine, actor, &err);
    fiber_group_init(&group, engine->options.sched,
                     scope == CONTROL_PER_ADMIN_REGION ? administered_at_a_time(engine) : count);
    for (size_t r = 0; r < count; r++) {
        struct unit unit = order_unit(&engine->order, control, account, (ptrdiff_t)r);

        if (!regions_enabled(engine, actor, r) && !regions_coming(engine, actor, r) && !named) {
            if (err.code == ERR_NONE)
                engine->states[unit.index] = UNIT_OFF;
            else if (engine->states[unit.index] == UNIT_WAITING)
                run_unread_unit(engine, &unit, &err);
            continue;
        }
        walks[r] =
            (struct region_walk){engine, fn, control, account, (ptrdiff_t)r, take_place(engine)};
        fiber_group_spawn(&group, "region", region_fiber, &walks[r]);
    }
    fiber_group_wait(&group);
    arena_free(arena);
}

static void walk_controls(struct engine *engine, unit_fn fn, const struct phase *phase,
                          ptrdiff_t account)
{
    for (size_t i = 0; i < phase->count; i++) {
        size_t control = phase->controls[i];
        enum control_scope scope = engine->order.controls[control]->scope;

        if (scope == CONTROL_PER_ADMIN_REGION || scope == CONTROL_PER_REGION)
            walk_regions(engine, fn, control, account);
        else
            walk_unit(engine, fn, control, account, NO_REGION);
    }
}

struct account_walk {
    struct engine *engine;
    unit_fn fn;
    const struct phase *phase;
    ptrdiff_t account;
};

static void account_fiber(void *arg)
{
    struct account_walk *walk = arg;

    walk_controls(walk->engine, walk->fn, walk->phase, walk->account);
}

static void walk_accounts(struct engine *engine, unit_fn fn, const struct phase *phase)
{
    size_t count = engine->options.baseline->account_count;
    struct arena *arena = arena_new("walk");
    struct account_walk *walks = arena_array(arena, count, sizeof *walks);
    struct fiber_group group;

    fiber_group_init(&group, engine->options.sched, engine->options.accounts_in_flight);
    for (size_t a = 0; a < count; a++) {
        walks[a] = (struct account_walk){engine, fn, phase, (ptrdiff_t)a};
        fiber_group_spawn(&group, "account", account_fiber, &walks[a]);
    }
    fiber_group_wait(&group);
    arena_free(arena);
}

static void walk(struct engine *engine, unit_fn fn)
{
    for (size_t i = 0; i < engine->order.phase_count; i++) {
        const struct phase *phase = &engine->order.phases[i];

        if (phase->per_account)
            walk_accounts(engine, fn, phase);
        else
            walk_controls(engine, fn, phase, NO_ACCOUNT);
    }
}

/* --- What is on ----------------------------------------------------------------------------------
 */

/* Whether the settings of the control speak of the unit's account and region. */
static bool is_concerned(struct engine *engine, const struct unit *unit)
{
    const struct control *control = engine->order.controls[unit->control];
    const struct baseline *baseline = engine->options.baseline;
    const struct account *account =
        unit->account == NO_ACCOUNT ? NULL : &baseline->accounts[unit->account];
    struct err ignored = ERR_INIT; /* the unit meets it again, and tells it */
    const void *spec;

    if ((control->concerns == NULL && control->in_region == NULL) ||
        engine_spec(engine, unit, &spec, &ignored) != 0)
        return true;
    return (control->concerns == NULL || control->concerns(baseline, spec, account)) &&
           (control->in_region == NULL ||
            control->in_region(baseline, account, spec, engine->regions.items[unit->region].name));
}

static void turn_on(struct engine *engine, const struct unit *unit, size_t *targets)
{
    const struct control *control = engine->order.controls[unit->control];
    bool on = engine_selects(engine, unit) &&
              (control->always || engine_spec_node(engine, unit) != NULL) &&
              is_concerned(engine, unit);

    if (on && shard_of_unit(engine, unit) != engine->options.shard.index) {
        /* What engine_await found lacking stays so. */
        if (engine->states[unit->index] != UNIT_LACKING)
            engine->states[unit->index] = UNIT_FOREIGN;
        return;
    }
    engine->states[unit->index] = on ? UNIT_WAITING : UNIT_OFF;
    *targets += on;
}

size_t walk_turn_on(struct engine *engine)
{
    const struct baseline *baseline = engine->options.baseline;
    const struct order *order = &engine->order;
    size_t targets = 0;

    for (size_t c = 0; c < order->count; c++) {
        enum control_scope scope = order->controls[c]->scope;
        bool accounts = scope == CONTROL_PER_ACCOUNT || scope == CONTROL_PER_REGION;
        bool regions = scope == CONTROL_PER_ADMIN_REGION || scope == CONTROL_PER_REGION;
        size_t account_count = accounts ? baseline->account_count : 1;
        size_t region_count = regions ? engine->regions.count : 1;

        for (size_t a = 0; a < account_count; a++)
            for (size_t r = 0; r < region_count; r++) {
                struct unit unit = order_unit(order, c, accounts ? (ptrdiff_t)a : NO_ACCOUNT,
                                              regions ? (ptrdiff_t)r : NO_REGION);

                turn_on(engine, &unit, &targets);
            }
    }
    return targets;
}

/* --- Plan, apply ---------------------------------------------------------------------------------
 */

static int64_t now_us(const struct engine *engine)
{
    return env_mono_us(sched_env(engine->options.sched));
}

static void sum_up(struct engine *engine, struct run_result *run, int64_t from_us)
{
    struct summary *summary = &run->summary;
    struct aws_counts counts = aws_client_counts(engine->options.client);

    *summary = (struct summary){.interrupted = sched_stopping(engine->options.sched)};
    for (size_t i = 0; i < engine->order.unit_count; i++) {
        if (engine->states[i] < UNIT_DONE)
            continue;
        summary->targets++;
        summary->outcomes[engine->states[i] - UNIT_DONE]++;
    }
    for (size_t i = 0; i < run->unit_count; i++) {
        struct unit_result unit = results_unit(run, i);

        summary->changes += run == &engine->plan ? unit.changes.count : unit.applied;
    }
    summary->reads = counts.reads - engine->counts_before.reads;
    summary->writes = counts.writes - engine->counts_before.writes;
    engine->busy_us += now_us(engine) - from_us;
    summary->elapsed_ms = engine->busy_us / 1000;
}

int engine_plan(struct engine *engine, const struct run_result **out, struct err *err)
{
    const struct engine_observer *observer = &engine->options.observer;
    int64_t from_us = now_us(engine);
    const struct inventory *inventory;
    size_t targets;

    results_begin(&engine->plan);
    if (inventory_get(engine->inventory, &inventory, err) != 0)
        return -1;
    targets = walk_turn_on(engine);
    if (observer->total != NULL)
        observer->total(observer->arg, targets);
    walk(engine, run_plan_unit);
    results_sort(&engine->plan);
    sum_up(engine, &engine->plan, from_us);
    *out = &engine->plan;
    return 0;
}

void engine_note(struct engine *engine, size_t i, const char *text)
{
    struct unit_result unit = results_unit(&engine->plan, i);
    struct arena *arena = arena_new("note");
    struct changes noted; /* those of the unit are others' as well */

    changes_init(&noted, arena);
    for (size_t c = 0; c < unit.changes.count; c++)
        share_copy_change(&noted, &unit.changes.items[c]);
    for (size_t n = 0; n < unit.changes.note_count; n++)
        changes_note(&noted, "%s", unit.changes.notes[n]);
    changes_note(&noted, "%s", text);
    unit.changes = noted;
    results_set(&engine->plan, i, &unit);
    arena_free(arena);
}

/* What the plan found clean stays clean: it is not read again. */
static void apply_what_differs(struct engine *engine, const struct unit *unit)
{
    struct unit_result planned;
    size_t i;

    if (!results_find(&engine->plan, unit->index, &i))
        return; /* it was clean, and had nothing to say */
    planned = results_unit(&engine->plan, i);
    if (engine->states[unit->index] == UNIT_DONE + OUTCOME_DRIFTED || planned.blind)
        run_apply_unit(engine, unit, &planned);
    else if (engine->states[unit->index] != UNIT_DONE + OUTCOME_CLEAN)
        run_keep_unit(engine, unit, &planned);
}

static void verify_if_changed(struct engine *engine, const struct unit *unit)
{
    size_t i;

    if (engine->states[unit->index] == UNIT_DONE + OUTCOME_CHANGED &&
        results_find(&engine->result, unit->index, &i))
        run_verify_unit(engine, unit, i);
}

/* What was planned blind is looked at, even where nothing seemed to be needed. */
static size_t targets_to_apply(const struct run_result *plan)
{
    size_t count = plan->summary.targets - plan->summary.outcomes[OUTCOME_CLEAN];

    for (size_t i = 0; i < plan->unit_count; i++) {
        struct unit_result unit = results_unit(plan, i);

        count += unit.blind && unit.outcome == OUTCOME_CLEAN;
    }
    return count;
}

int engine_apply(struct engine *engine, const struct run_result **out, struct err *err)
{
    const struct engine_observer *observer = &engine->options.observer;
    int64_t from_us = now_us(engine);
    const struct inventory *inventory;

    results_begin(&engine->result);
    /* Somebody may have thought about the plan for an hour. */
    inventory_invalidate(engine->inventory);
    if (inventory_get(engine->inventory, &inventory, err) != 0)
        return -1;
    if (observer->total != NULL)
        observer->total(observer->arg, targets_to_apply(&engine->plan));
    walk(engine, apply_what_differs);
    /* The proof comes from AWS and not from what we noted while writing. */
    inventory_invalidate(engine->inventory);
    results_sort(&engine->result);
    walk(engine, verify_if_changed);
    sum_up(engine, &engine->result, from_us);
    *out = &engine->result;
    return 0;
}

/* --- Digest --------------------------------------------------------------------------------------
 */

static void digest_text(struct buf *buf, const char *text)
{
    /* With its length, so that no two plans can spell the same bytes. */
    if (text == NULL)
        buf_str(buf, "-;");
    else
        buf_printf(buf, "%zu:%s;", strlen(text), text);
}

/* The digest so far stands in front of what is added, so that memory stays that of one change. */
static void digest_add(struct buf *buf, char digest[SHA256_HEX_BYTES])
{
    assert(!buf->overflow);
    sha256_hex(buf_text(buf), buf->len, digest);
    buf_reset(buf);
    digest_text(buf, digest);
}

static void digest_change(struct buf *buf, const struct change *change)
{
    digest_text(buf, change_kind_name(change->kind));
    digest_text(buf, change->resource);
    digest_text(buf, change->final.name);
    buf_printf(buf, "%d;%zu;", change->final.days, change->field_count);
    for (size_t f = 0; f < change->field_count; f++) {
        digest_text(buf, change->fields[f].name);
        digest_text(buf, change->fields[f].from);
        digest_text(buf, change->fields[f].to);
    }
}

void plan_digest(const struct run_result *plan, char out[SHA256_HEX_BYTES])
{
    struct buf buf;

    buf_init(&buf, SIZE_MAX / 2);
    digest_add(&buf, out);
    for (size_t i = 0; i < plan->unit_count; i++) {
        struct unit_result unit = results_unit(plan, i);

        digest_text(&buf, unit.control->name);
        digest_text(&buf, unit.account);
        digest_text(&buf, unit.account_id);
        digest_text(&buf, unit.region);
        digest_text(&buf, outcome_name(unit.outcome));
        buf_printf(&buf, "%zu;", unit.changes.count);
        digest_add(&buf, out);
        for (size_t c = 0; c < unit.changes.count; c++) {
            digest_change(&buf, &unit.changes.items[c]);
            digest_add(&buf, out);
        }
    }
    buf_fini(&buf);
}
