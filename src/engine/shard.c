/*
 * shard.c - one run by several processes: what belongs to which, and waiting for the first.
 *
 * Who owns a unit follows from the baseline alone, so that processes which never talk to each other
 * agree.  What the others need of the first is read live, by the controls that make it: there is
 * nothing to pass on, and a run that finds everything made does not wait.
 */
#include "engine_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"
#include "plinth/codec/hash.h"
#include "plinth/codec/json.h"
#include "plinth/fiber/fiber.h"

#include <string.h>

enum {
    PAUSE_MS = 2000,
    PAUSE_MOST_MS = 30 * 1000,
    READ_MS = 100, /* of each read of a look, times the shards */
    PAUSE_FAIR_MOST_MS = 5 * 60 * 1000,
};

/* --- What belongs to which -----------------------------------------------------------------------
 */

size_t shard_of_account(const struct shard *shard, const struct account *account)
{
    char *email;
    unsigned char sum[SHA256_BYTES];
    struct arena *arena;
    uint64_t number = 0;

    /* The accounts with a role are what the organization stands on. */
    if (shard->count <= 1 || account->roles != 0)
        return 0;
    arena = arena_new("shard");
    email = arena_str(arena, account->email);
    for (char *at = email; *at != '\0'; at++)
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at - 'A' + 'a');
    sha256(email, strlen(email), sum);
    arena_free(arena);
    for (size_t i = 0; i < sizeof number; i++)
        number = number << 8 | sum[i];
    return (size_t)(number % shard->count);
}

size_t shard_of_unit(const struct engine *engine, const struct unit *unit)
{
    if (unit->account == NO_ACCOUNT || engine->order.controls[unit->control]->actor != ACTOR_MEMBER)
        return 0;
    return engine->members[unit->account].shard;
}

const char *shard_lacks(const struct engine *engine, const struct unit *unit)
{
    const struct order *order = &engine->order;
    const char *const *after = order->controls[unit->control]->after;

    for (size_t i = 0; after != NULL && after[i] != NULL; i++)
        for (size_t k = 0; engine->options.shard.count > 1 && k < order->count; k++) {
            struct unit before;

            if (str_eq(order->controls[k]->name, after[i]) &&
                order_before(order, unit, k, &before) &&
                engine->states[before.index] == UNIT_LACKING)
                return after[i];
        }
    return NULL;
}

/* --- Waiting for the first -----------------------------------------------------------------------
 */

/* Units of the first shard that ours come after. */
struct awaited {
    struct engine *engine;
    struct arena *arena;
    VEC(struct unit) units;
    size_t lacking;
};

static void await_unit(struct awaited *awaited, struct unit unit)
{
    unsigned char *state = &awaited->engine->states[unit.index];

    if (*state != UNIT_FOREIGN)
        return;
    *state = UNIT_LACKING;
    *VEC_ADD(awaited->arena, &awaited->units) = unit;
    awaited->lacking++;
}

/* What makes the account itself is waited for also for those that the control needs. */
static void await_before(struct awaited *awaited, const struct unit *unit, size_t other)
{
    const struct order *order = &awaited->engine->order;
    const struct baseline *baseline = awaited->engine->options.baseline;
    const struct control *control = order->controls[other];
    unsigned needs = order->controls[unit->control]->needs;
    struct unit before;

    if (order_before(order, unit, other, &before))
        await_unit(awaited, before);
    if (control->scope != CONTROL_PER_ACCOUNT || control->actor != ACTOR_MANAGEMENT)
        return;
    for (unsigned role = 1; role <= needs; role *= 2) {
        const struct account *account =
            needs & role ? baseline_account_with_role(baseline, role) : NULL;

        if (account != NULL)
            await_unit(awaited, order_unit(order, other, account - baseline->accounts, NO_REGION));
    }
}

static bool has(const char *const *names, const char *name)
{
    for (size_t i = 0; names != NULL && names[i] != NULL; i++)
        if (str_eq(names[i], name))
            return true;
    return false;
}

/* Also for what it can do without: it may be half done. */
static void await_all(struct awaited *awaited)
{
    struct engine *engine = awaited->engine;
    const struct order *order = &engine->order;

    for (size_t c = 0; c < order->count; c++) {
        const struct control *control = order->controls[c];

        /* A shard that is not the first has no others. */
        if (control->scope != CONTROL_PER_ACCOUNT && control->scope != CONTROL_PER_REGION)
            continue;
        for (size_t k = 0; k < c; k++) {
            bool after = has(control->after, order->controls[k]->name) ||
                         has(control->follows, order->controls[k]->name);

            for (size_t a = 0; after && a < engine->options.baseline->account_count; a++) {
                struct unit unit = order_unit(order, c, (ptrdiff_t)a, NO_REGION);

                if (walk_is_on(engine, c, (ptrdiff_t)a))
                    await_before(awaited, &unit, k);
            }
        }
    }
}

/* Read what is lacking so far; a unit that was seen to be done is not asked about again.  While
 * something is lacking, what the same control does elsewhere need not be known: only with `all` it
 * is asked. */
static void look(struct awaited *awaited, bool all)
{
    struct engine *engine = awaited->engine;
    bool lacks[ORDER_CONTROLS_MOST] = {false};

    for (size_t i = 0; i < awaited->units.count; i++) {
        const struct unit *unit = &awaited->units.items[i];

        if (engine->states[unit->index] != UNIT_LACKING || (lacks[unit->control] && !all))
            continue;
        if (!run_is_done(engine, unit)) {
            lacks[unit->control] = true;
            continue;
        }
        engine->states[unit->index] = UNIT_FOREIGN;
        awaited->lacking--;
    }
}

/* Whether AWS is at work on an account: the first is not done with them then, and one small read
 * tells, where the organization is read page by page. */
static bool is_creating(const struct awaited *awaited)
{
    struct arena *arena = arena_new("creations");
    struct json *params = json_object(arena);
    const struct inventory *inventory = inventory_peek(awaited->engine->inventory);
    struct err ignored = ERR_INIT; /* then the organization is read */
    const struct json *list;
    struct aws_target target;
    bool creating;

    engine_management(awaited->engine, &target);
    target.read_only = true;
    json_add_str(json_put_array(params, "States"), "IN_PROGRESS");
    creating = inventory != NULL && inventory->exists &&
               aws_list(&target, AWS_ORGANIZATIONS_LIST_CREATE_ACCOUNT_STATUS, params, arena, &list,
                        &ignored) == 0 &&
               list->count > 0;
    arena_free(arena);
    return creating;
}

/* "3 of 12 targets of shard 0 are not seen to be done, the first is accounts of Shop". */
static const char *lacking_text(const struct awaited *awaited)
{
    const struct engine *engine = awaited->engine;
    const struct unit *unit = awaited->units.items;
    const char *account;

    while (engine->states[unit->index] != UNIT_LACKING)
        unit++;
    account =
        unit->account == NO_ACCOUNT ? NULL : engine->options.baseline->accounts[unit->account].name;
    return arena_printf(
        awaited->arena,
        "%zu of %zu targets of shard 0 are not seen to be done, the first is %s%s%s",
        awaited->lacking, awaited->units.count, engine->order.controls[unit->control]->name,
        account == NULL ? "" : " of ", account == NULL ? "" : account);
}

static uint64_t reads(const struct engine *engine)
{
    return aws_client_counts(engine->options.client).reads;
}

/* How long to wait after a look that took so many reads: longer each time, and so that all shards
 * that wait leave the first one its share of what AWS allows. */
static int64_t pause_after(const struct awaited *awaited, int64_t pause_ms, uint64_t read)
{
    int64_t fair_ms = (int64_t)(read * awaited->engine->options.shard.count) * READ_MS;

    if (fair_ms > PAUSE_FAIR_MOST_MS)
        fair_ms = PAUSE_FAIR_MOST_MS;
    return fair_ms > pause_ms ? fair_ms : pause_ms;
}

static int await_done(struct awaited *awaited, int64_t wait_ms,
                      void (*told)(void *arg, const char *text), void *arg, struct err *err)
{
    struct engine *engine = awaited->engine;
    int64_t waited_ms = 0, pause_ms = PAUSE_MS;
    uint64_t before = reads(engine);
    size_t said = 0;

    look(awaited, wait_ms == 0);
    while (awaited->lacking > 0 && waited_ms < wait_ms) {
        int64_t now_ms = pause_after(awaited, pause_ms, reads(engine) - before);

        if (told != NULL && awaited->lacking != said)
            told(arg, arena_printf(awaited->arena, "waiting: %s", lacking_text(awaited)));
        said = awaited->lacking;
        if (now_ms > wait_ms - waited_ms)
            now_ms = wait_ms - waited_ms;
        if (fiber_sleep_ms(engine->options.sched, now_ms, err) != 0)
            return -1;
        waited_ms += now_ms;
        pause_ms = pause_ms * 2 > PAUSE_MOST_MS ? PAUSE_MOST_MS : pause_ms * 2;
        before = reads(engine);
        if (waited_ms < wait_ms && is_creating(awaited))
            continue;
        inventory_invalidate(engine->inventory);
        look(awaited, waited_ms >= wait_ms);
    }
    return 0;
}

int engine_await(struct engine *engine, int64_t wait_ms, void (*told)(void *arg, const char *text),
                 void *arg, struct identity *out, struct err *err)
{
    struct awaited awaited = {.engine = engine};
    const struct inventory *inventory;
    int result;

    *out = engine->identity;
    if (engine->options.shard.index == 0 || wait_ms < 0)
        return 0;
    awaited.arena = arena_new("await");
    (void)walk_turn_on(engine);
    await_all(&awaited);
    result = await_done(&awaited, wait_ms, told, arg, err);
    if (result == 0 && awaited.lacking > 0 && told != NULL)
        told(arg,
             arena_printf(awaited.arena, "not waiting any longer, what needs them is left out: %s",
                          lacking_text(&awaited)));
    arena_free(awaited.arena);
    if (result != 0 || inventory_get(engine->inventory, &inventory, err) != 0)
        return -1;
    /* The first may have made the organization meanwhile. */
    if (inventory->exists) {
        engine->identity.organization_id = inventory->id;
        engine->identity.management_account_id = inventory->management_account_id;
    }
    *out = engine->identity;
    return 0;
}
