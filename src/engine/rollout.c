/*
 * rollout.c - the course of a rollout: wave after wave, each applied, baked and looked at, then
 *             settled; stopped by failures and by calls that are denied.
 */
#include "plinth/engine/rollout.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"

static void say(const struct rollout *rollout, const struct rollout_world *world, const char *what)
{
    const struct rollout_spec *spec = rollout->spec;

    world->say(world->arg,
               rollout->wave == spec->wave_count
                   ? what
                   : arena_printf(rollout->arena, "wave %zu of %zu (%s): %s", rollout->wave + 1,
                                  spec->wave_count, spec->waves[rollout->wave].name, what));
}

static int stop(struct rollout *rollout, const struct rollout_world *world, const char *why,
                struct err *err)
{
    rollout->state = ROLLOUT_STOPPED;
    rollout->why = why;
    say(rollout, world, arena_printf(rollout->arena, "stopped: %s", why));
    return world->save(world->arg, rollout, err);
}

bool rollout_alarms(const struct rollout_denied *denied, uint64_t denied_most)
{
    return denied->after > denied->before && denied->after - denied->before > denied_most;
}

/* --- Requests ------------------------------------------------------------------------------------
 */

int rollout_abort(struct rollout *rollout, const struct rollout_world *world, struct err *err)
{
    struct rollout_tally tally = {0};

    say(rollout, world, "aborting: temporary policies are taken away");
    if (world->apply(world->arg, NULL, 0, &tally, err) != 0)
        return -1;
    if (tally.interrupted)
        return err_set(err, ERR_CANCELLED, "interrupted before the end of the abort");
    if (tally.failure != NULL)
        return stop(rollout, world,
                    arena_printf(rollout->arena, "the abort left something: %s", tally.failure),
                    err);
    rollout->state = ROLLOUT_ABORTED;
    rollout->why = NULL;
    return world->save(world->arg, rollout, err);
}

/* Do what somebody asked for meanwhile.  *out_over: the rollout is at its end. */
static int heed(struct rollout *rollout, const struct rollout_world *world, bool *out_over,
                struct err *err)
{
    enum rollout_request request = world->asked(world->arg);

    *out_over = false;
    if (request == ROLLOUT_PAUSE) {
        rollout->state = ROLLOUT_PAUSED;
        say(rollout, world, "paused");
        if (world->save(world->arg, rollout, err) != 0)
            return -1;
        do {
            if (world->wait(world->arg, ROLLOUT_POLL_MS, err) != 0)
                return -1;
            request = world->asked(world->arg);
        } while (request == ROLLOUT_PAUSE);
        rollout->state = ROLLOUT_RUNNING;
        if (request == ROLLOUT_GO)
            say(rollout, world, "goes on");
        if (world->save(world->arg, rollout, err) != 0)
            return -1;
    }
    if (request != ROLLOUT_ABORT)
        return 0;
    *out_over = true;
    return rollout_abort(rollout, world, err);
}

/* --- A wave --------------------------------------------------------------------------------------
 */

static const struct wave *wave_of(const struct rollout *rollout)
{
    return &rollout->spec->waves[rollout->wave];
}

static int next_wave(struct rollout *rollout, const struct rollout_world *world, struct err *err)
{
    rollout->wave++;
    rollout->phase = rollout->wave < rollout->spec->wave_count ? ROLLOUT_APPLY : ROLLOUT_SETTLE;
    return world->save(world->arg, rollout, err);
}

static int judge_failures(struct rollout *rollout, const struct rollout_world *world,
                          const struct rollout_tally *tally, struct err *err)
{
    const struct wave *wave = wave_of(rollout);
    const struct share *most =
        rollout->failures_most == NULL ? &wave->failures_most : rollout->failures_most;
    size_t limit = baseline_share_of(most, wave->account_count);

    if (tally->failure != NULL)
        return stop(rollout, world, tally->failure, err);
    if (tally->accounts_failed > limit)
        return stop(rollout, world,
                    arena_printf(rollout->arena, "%zu of %zu accounts failed, and %zu may%s%s",
                                 tally->accounts_failed, wave->account_count, limit,
                                 tally->example == NULL ? "" : ": ",
                                 tally->example == NULL ? "" : tally->example),
                    err);
    return 0;
}

static int apply_wave(struct rollout *rollout, const struct rollout_world *world, struct err *err)
{
    struct rollout_progress *progress = &rollout->waves[rollout->wave];
    bool again = progress->began_ms != 0; /* a run that was killed may have changed something */
    struct rollout_tally tally = {0};

    if (!again)
        progress->began_ms = world->now_ms(world->arg);
    if (world->save(world->arg, rollout, err) != 0)
        return -1;
    say(rollout, world, "begins");
    if (world->apply(world->arg, wave_of(rollout), (int)rollout->wave + 1, &tally, err) != 0)
        return -1;
    if (tally.interrupted && world->asked(world->arg) == ROLLOUT_ABORT)
        return rollout_abort(rollout, world, err);
    if (tally.interrupted)
        return err_set(err, ERR_CANCELLED, "interrupted in the middle of a wave");
    progress->failed = tally.accounts_failed;
    if (judge_failures(rollout, world, &tally, err) != 0)
        return -1;
    if (rollout->state == ROLLOUT_STOPPED)
        return 0;
    if (tally.changes == 0 && !again) {
        say(rollout, world, "nothing was to be done");
        return next_wave(rollout, world, err);
    }
    rollout->phase = ROLLOUT_BAKE;
    rollout->bake_since_ms = world->now_ms(world->arg);
    return world->save(world->arg, rollout, err);
}

int rollout_detach(struct rollout *rollout, const struct rollout_world *world, struct err *err)
{
    struct rollout_tally tally = {0};

    say(rollout, world, "what the wave attached is taken away");
    if (world->apply(world->arg, NULL, (int)rollout->wave, &tally, err) != 0)
        return -1;
    if (tally.interrupted)
        return err_set(err, ERR_CANCELLED,
                       "interrupted while what the wave attached was taken away: plinth rollout "
                       "finishes that");
    rollout->detaching = false;
    if (tally.failure != NULL)
        return stop(rollout, world,
                    arena_printf(rollout->arena,
                                 "%s; and not all that the wave attached could be "
                                 "taken away: %s",
                                 rollout->why, tally.failure),
                    err);
    rollout->detached = true;
    return world->save(world->arg, rollout, err);
}

/* As long before the wave as after its beginning: one rate is compared with the other. */
static int look(struct rollout *rollout, const struct rollout_world *world, struct err *err)
{
    struct rollout_progress *progress = &rollout->waves[rollout->wave];
    int64_t now = world->now_ms(world->arg), began = progress->began_ms;
    struct rollout_denied denied = {0};

    if (world->look(world->arg, wave_of(rollout), began - (now - began), began, now, &denied,
                    err) != 0)
        return -1;
    progress->denied_before = denied.before;
    progress->denied = denied.after;
    if (!rollout_alarms(&denied, rollout->spec->denied_most)) {
        if (denied.unread == NULL)
            return 0;
        return stop(rollout, world,
                    arena_printf(rollout->arena, "nobody knows how the wave is: %s", denied.unread),
                    err);
    }
    rollout->detaching = rollout->detach_on_alarm;
    if (stop(rollout, world,
             arena_printf(rollout->arena,
                          "organization policies denied %s%llu calls since the wave began, %llu "
                          "in the same time before it, and %llu more may be: %s",
                          denied.more ? "at least " : "", (unsigned long long)denied.after,
                          (unsigned long long)denied.before,
                          (unsigned long long)rollout->spec->denied_most, denied.example),
             err) != 0)
        return -1;
    return rollout->detaching ? rollout_detach(rollout, world, err) : 0;
}

/* Wait, with a look every now and then and one at the end. */
static int bake(struct rollout *rollout, const struct rollout_world *world, struct err *err)
{
    int64_t next_look = world->now_ms(world->arg) + ROLLOUT_LOOK_MS;
    bool over = false;

    say(rollout, world, "bakes");
    while (!over) {
        int64_t now = world->now_ms(world->arg);
        int64_t left = rollout->bake_since_ms + wave_of(rollout)->bake_ms - now;

        if (left <= 0 || now >= next_look) {
            if (look(rollout, world, err) != 0)
                return -1;
            next_look = now + ROLLOUT_LOOK_MS;
        }
        if (rollout->state == ROLLOUT_STOPPED)
            return 0;
        if (left <= 0)
            return next_wave(rollout, world, err);
        if (world->wait(world->arg, left < ROLLOUT_POLL_MS ? left : ROLLOUT_POLL_MS, err) != 0 ||
            heed(rollout, world, &over, err) != 0)
            return -1;
    }
    return 0;
}

static int settle(struct rollout *rollout, const struct rollout_world *world, struct err *err)
{
    struct rollout_tally tally = {0};

    world->say(world->arg, "all waves are through: what is left is applied, and temporary policies "
                           "are taken away");
    if (world->apply(world->arg, NULL, ROLLOUT_SETTLED, &tally, err) != 0)
        return -1;
    if (tally.interrupted)
        return err_set(err, ERR_CANCELLED, "interrupted while settling");
    if (tally.failure != NULL)
        return stop(rollout, world, tally.failure, err);
    rollout->state = ROLLOUT_DONE;
    return world->save(world->arg, rollout, err);
}

/* --- All of it -----------------------------------------------------------------------------------
 */

/* A wave that was stopped is done again from its beginning. */
static void go_on(struct rollout *rollout)
{
    if (rollout->state == ROLLOUT_STOPPED && rollout->phase == ROLLOUT_BAKE)
        rollout->phase = ROLLOUT_APPLY;
    if (rollout->state == ROLLOUT_STOPPED && rollout->phase == ROLLOUT_APPLY)
        rollout->waves[rollout->wave] = (struct rollout_progress){0};
    rollout->state = ROLLOUT_RUNNING;
    rollout->why = NULL;
    rollout->detaching = rollout->detached = false;
}

int rollout_run(struct rollout *rollout, const struct rollout_world *world, struct err *err)
{
    static int (*const steps[])(struct rollout *, const struct rollout_world *, struct err *) = {
        [ROLLOUT_APPLY] = apply_wave, [ROLLOUT_BAKE] = bake, [ROLLOUT_SETTLE] = settle};

    go_on(rollout);
    if (world->save(world->arg, rollout, err) != 0)
        return -1;
    while (rollout->state == ROLLOUT_RUNNING) {
        bool over;

        if (heed(rollout, world, &over, err) != 0)
            return -1;
        if (!over && steps[rollout->phase](rollout, world, err) != 0)
            return -1;
    }
    return 0;
}
