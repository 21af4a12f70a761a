/*
 * honey_world.h - for the tests of honey tokens: an organization that is there, and a context as
 * the engine gives it, in which a test calls what the control is made of.
 */
#ifndef PLINTH_TESTS_HONEY_WORLD_H
#define PLINTH_TESTS_HONEY_WORLD_H

#include "../../support/rehearsal.h"

#include "honey_shared.h"

#include "plinth/base/arena.h"
#include "plinth/base/secret.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"

#include <string.h>

#define HONEY_BASELINE PLINTH_SOURCEDIR "/tests/control/honey_tokens/baseline.yaml"

struct honey_world {
    struct rehearsal *rehearsal;
    const struct baseline *baseline;
    const struct honey_spec *spec;
    int (*test)(struct control_ctx *ctx, struct err *err); /* 0: it went as it should */
    const char *account;
};

/* Accounts only, or the tokens as well. */
static inline struct honey_world honey_world_of(const char *baseline, uint64_t seed, bool planted)
{
    static const char *const bare[] = {"organization", "organizational_units", "accounts", NULL};
    struct honey_world world = {.rehearsal = rehearsal_new(seed, false)};
    struct rehearsal_options options = {.apply = true};

    world.baseline = rehearsal_baseline(world.rehearsal, baseline);
    world.spec = honey_settings(world.baseline, rehearsal_arena(world.rehearsal));
    if (!planted)
        options.selection.only = bare;
    (void)rehearsal_run(world.rehearsal, world.baseline, &options);
    return world;
}

static inline struct honey_world honey_world_new(bool planted)
{
    return honey_world_of(HONEY_BASELINE, 5, planted);
}

static inline int honey_world_job(void *arg, struct engine *engine, struct err *err)
{
    struct honey_world *world = arg;
    struct aws_target target;
    struct control_ctx ctx;

    if (engine_context(engine, control_find("honey_tokens"),
                       baseline_account(world->baseline, world->account),
                       rehearsal_arena(world->rehearsal), &ctx, err) != 0)
        return -1;
    target = *ctx.target; /* what the tests call is declared by two controls */
    target.allowed = NULL;
    ctx.target = &target;
    return world->test(&ctx, err);
}

/* Run `test` as the control of that account.  Returns what it returns; its error is in *out_err. */
static inline int honey_world_in(struct honey_world *world, const char *account,
                                 int (*test)(struct control_ctx *ctx, struct err *err),
                                 struct err *out_err)
{
    struct rehearsal_outcome outcome;

    world->account = account;
    world->test = test;
    outcome = rehearsal_run(world->rehearsal, world->baseline,
                            &(struct rehearsal_options){.job = honey_world_job, .job_arg = world});
    *out_err = outcome.err;
    return outcome.result;
}

#endif
