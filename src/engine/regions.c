/*
 * regions.c - which regions there are, and which of them each account has: read live, never a
 *             pinned table.
 *
 * An account that does not exist yet is taken to have the regions that every account has.  Of one
 * that refuses, every region is a target: those that every account has say themselves why they
 * cannot be read, and the others are unknown.
 * Source: docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRegions.html
 */
#include "engine_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"
#include "plinth/codec/json.h"

#include <stdlib.h>
#include <string.h>

enum { REGIONS_MOST = 256 };

const enum aws_op engine_region_ops[] = {AWS_EC2_DESCRIBE_REGIONS, AWS_OP_NONE};

static bool is_regional(const struct control *control)
{
    return control->scope == CONTROL_PER_REGION || control->scope == CONTROL_PER_ADMIN_REGION;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct region *)a)->name, ((const struct region *)b)->name);
}

int regions_read(struct engine *engine, struct err *err)
{
    const struct json *answer;
    struct json *params;
    bool needed = false;
    struct aws_target target = {.client = engine->options.client,
                                .credentials = engine->options.credentials,
                                .account_id = engine->identity.account_id,
                                .region = engine->options.baseline->home_region,
                                .read_only = true,
                                .allowed = engine_region_ops};

    for (size_t i = 0; i < engine->order.count; i++)
        needed = needed || (is_regional(engine->order.controls[i]) &&
                            control_is_on(engine->options.baseline, engine->order.controls[i]));
    if (!needed)
        return 0;
    params = json_object(engine->arena);
    json_put_bool(params, "AllRegions", true);
    if (aws_call(&target, AWS_EC2_DESCRIBE_REGIONS, params, engine->arena, &answer, err) != 0)
        return -1;
    for (const struct json *it = json_first(json_get(answer, "regionInfo")); it != NULL;
         it = it->next) {
        struct region *region = VEC_ADD(engine->arena, &engine->regions);
        const char *status;

        if (json_need_str(it, "regionName", &region->name, err) != 0 ||
            json_need_str(it, "optInStatus", &status, err) != 0)
            return -1;
        region->everywhere = str_eq(status, "opt-in-not-required");
        region->in_management = !str_eq(status, "not-opted-in");
    }
    if (engine->regions.count > REGIONS_MOST)
        return err_set(err, ERR_LIMIT, "more than %d regions", REGIONS_MOST);
    qsort(engine->regions.items, engine->regions.count, sizeof *engine->regions.items, by_name);
    return 0;
}

static bool is_management(const struct engine *engine, ptrdiff_t account)
{
    return engine->options.baseline->accounts[account].roles & ROLE_MANAGEMENT;
}

static bool is_known(const struct engine *engine, ptrdiff_t account)
{
    if (account == NO_ACCOUNT || is_management(engine, account))
        return !engine->management_regions_stale;
    return engine->members[account].regions != NULL;
}

/* `enabled`: per region. */
static void note_regions(struct engine *engine, ptrdiff_t account, const bool *enabled)
{
    if (account != NO_ACCOUNT && !is_management(engine, account)) {
        engine->members[account].regions = enabled;
        return;
    }
    for (size_t r = 0; r < engine->regions.count; r++)
        engine->regions.items[r].in_management = enabled[r];
    engine->management_regions_stale = false;
}

int regions_ask(struct engine *engine, ptrdiff_t account, struct err *err)
{
    struct arena *arena;
    struct aws_target target;
    const struct json *answer;
    int result;

    if (is_known(engine, account) ||
        !engine_target(engine, false, account, engine->options.baseline->home_region, &target))
        return 0;
    arena = arena_new("regions");
    target.read_only = true;
    target.allowed = engine_region_ops;
    result = aws_call(&target, AWS_EC2_DESCRIBE_REGIONS, NULL, arena, &answer, err);
    if (result == 0) {
        bool *enabled = arena_array(engine->arena, engine->regions.count, sizeof *enabled);

        for (const struct json *it = json_first(json_get(answer, "regionInfo")); it != NULL;
             it = it->next)
            for (size_t r = 0; r < engine->regions.count; r++)
                if (str_eq(engine->regions.items[r].name, json_str(it, "regionName")))
                    enabled[r] = true;
        note_regions(engine, account, enabled);
    } else if (engine_is_fresh(engine, account)) {
        result = 0; /* nobody has switched on anything in it yet */
    }
    arena_free(arena);
    return result;
}

bool regions_enabled(const struct engine *engine, ptrdiff_t account, size_t region)
{
    if (account == NO_ACCOUNT || is_management(engine, account))
        return engine->regions.items[region].in_management;
    if (engine->members[account].regions != NULL)
        return engine->members[account].regions[region];
    return engine->regions.items[region].everywhere;
}

bool regions_coming(struct engine *engine, ptrdiff_t account, size_t region)
{
    const struct baseline *baseline = engine->options.baseline;
    const struct account *management = baseline_account_with_role(baseline, ROLE_MANAGEMENT);
    const struct order *order = &engine->order;

    if (account == NO_ACCOUNT && management != NULL)
        account = management - baseline->accounts;
    for (size_t c = 0; c < order->count && account != NO_ACCOUNT; c++) {
        const struct control *control = order->controls[c];
        struct err ignored = ERR_INIT;
        struct unit unit;
        const void *spec;

        if (control->brings_region == NULL)
            continue;
        unit = order_unit(order, c, account, NO_REGION);
        /* A clean one has nothing to switch on. */
        if (engine->states[unit.index] != UNIT_OFF &&
            engine->states[unit.index] != UNIT_DONE + OUTCOME_CLEAN &&
            engine_spec(engine, &unit, &spec, &ignored) == 0 &&
            control->brings_region(spec, engine->regions.items[region].name))
            return true;
    }
    return false;
}

void regions_forget(struct engine *engine, ptrdiff_t account)
{
    if (account == NO_ACCOUNT || is_management(engine, account))
        engine->management_regions_stale = true;
    else
        engine->members[account].regions = NULL;
}
