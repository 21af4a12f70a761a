/*
 * before.c - what a unit comes after: what stands in its way, and what moved the ground under it.
 */
#include "engine_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/control/refusals.h"

static bool ended_in(const struct engine *engine, const struct unit *unit, unsigned outcomes,
                     enum outcome *out)
{
    unsigned char state = engine->states[unit->index];

    if (state < UNIT_DONE)
        return false;
    *out = (enum outcome)(state - UNIT_DONE);
    return outcomes & 1U << *out;
}

/* The first of `names`, for the same account or for the organization, whose unit ended in one of
 * `outcomes` (bits); NULL: none. */
static const char *first_before(const struct engine *engine, const struct unit *unit,
                                const char *const *names, unsigned outcomes, enum outcome *out)
{
    for (size_t i = 0; names != NULL && names[i] != NULL; i++)
        for (size_t k = 0; k < engine->order.count; k++) {
            struct unit before;

            if (str_eq(engine->order.controls[k]->name, names[i]) &&
                order_before(&engine->order, unit, k, &before) &&
                ended_in(engine, &before, outcomes, out))
                return names[i];
        }
    return NULL;
}

/* What AWS refused in this run to a service that it needs; NULL: nothing. */
static const char *refused(const struct engine *engine, const struct control *control,
                           struct arena *arena)
{
    for (size_t i = 0; control->trusts != NULL && control->trusts[i] != NULL; i++)
        for (int k = 0; k < REFUSAL_COUNT; k++) {
            const char *text =
                refusals_of(engine->facts, (enum refusal)k, control->trusts[i], arena);

            if (text != NULL)
                return text;
        }
    return NULL;
}

bool before_opens(const struct engine *engine, const struct unit *unit)
{
    const char *const *trusts = engine->order.controls[unit->control]->trusts;

    for (size_t i = 0; trusts != NULL && trusts[i] != NULL; i++)
        if (refusals_is_awaited(engine->facts, trusts[i]))
            return true;
    return false;
}

const char *before_blocks(const struct engine *engine, const struct unit *unit, struct arena *arena)
{
    const struct control *control = engine->order.controls[unit->control];
    enum outcome outcome;
    const char *name = shard_lacks(engine, unit), *refusal;

    if (name != NULL)
        return arena_printf(arena, "it needs %s, which shard 0 has not done", name);
    refusal = refused(engine, control, arena);
    if (refusal != NULL)
        return arena_printf(arena, "it needs %s", refusal);
    name = first_before(engine, unit, control->after,
                        1U << OUTCOME_SKIPPED | 1U << OUTCOME_FAILED | 1U << OUTCOME_UNKNOWN,
                        &outcome);
    return name == NULL
               ? NULL
               : arena_printf(arena, "it needs %s, which is %s", name, outcome_name(outcome));
}

/* One that failed may have changed much before it did. */
bool before_moved(const struct engine *engine, const struct unit *unit)
{
    const struct control *control = engine->order.controls[unit->control];
    enum outcome outcome;

    return first_before(engine, unit, control->after, 1U << OUTCOME_CHANGED, &outcome) != NULL ||
           first_before(engine, unit, control->follows,
                        1U << OUTCOME_CHANGED | 1U << OUTCOME_FAILED, &outcome) != NULL;
}
