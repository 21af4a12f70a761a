#include "gate_live.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"
#include "plinth/codec/json.h"

#include <stdlib.h>
#include <string.h>

enum live_kind { LIVE_SCP, LIVE_RCP, LIVE_KINDS };

static const char *const type_names[] = {"SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"};

/* One attachment. */
struct hanging {
    const char *target;
    const struct policy_compiled *policy;
    bool stays; /* not the baseline's to change */
};

struct hangings { /* sorted by target */
    struct hanging *items;
    size_t count, capacity;
};

struct gate_live {
    const struct inventory *inventory;
    struct gate_live_plan plan;
    struct arena *arena;
    struct hangings hangings[LIVE_KINDS];
    bool enabled[LIVE_KINDS];
    VEC(const char *) names, contents, unread; /* of those that stay */
};

/* --- Reading -------------------------------------------------------------------------------------
 */

static bool is_ours(const struct gate_live *live, enum live_kind kind, const char *name)
{
    const struct baseline *baseline = live->plan.baseline;

    if (!live->plan.policies_change)
        return false;
    if (live->plan.prune && str_starts(name, "plinth-"))
        return true;
    for (size_t i = 0; i < baseline->policy_count; i++)
        if (str_eq(baseline->policies[i].type->api_name, type_names[kind]) &&
            str_eq(baseline->policies[i].name, name))
            return true;
    return false;
}

/* A document of others may hold what plinth does not know: NULL, and it is told. */
static const struct policy_compiled *compile(struct gate_live *live, enum live_kind kind,
                                             const char *name, const char *content)
{
    const struct policy_label label = {policy_type_find(type_names[kind])->title, name};
    const struct policy_compiled *policy = NULL;
    struct err err = ERR_INIT;
    struct json *document;

    if (json_parse(content, strlen(content), live->arena, &document, &err) != 0 ||
        policy_compile(document, POLICY_ANY, &label, live->arena, &policy, &err) != 0)
        *VEC_ADD(live->arena, &live->unread) =
            arena_printf(live->arena, "%s %s cannot be evaluated: %s", label.title, name, err.text);
    return policy;
}

static int read_policy(const struct aws_target *target, struct gate_live *live, enum live_kind kind,
                       const struct json *summary, struct err *err)
{
    struct json *params = json_object(live->arena);
    const struct json *answer, *targets;
    const struct policy_compiled *policy;
    const char *id, *name, *content;
    bool stays;

    if (json_need_str(summary, "Id", &id, err) != 0 ||
        json_need_str(summary, "Name", &name, err) != 0)
        return -1;
    json_put_str(params, "PolicyId", id);
    if (aws_call(target, AWS_ORGANIZATIONS_DESCRIBE_POLICY, params, live->arena, &answer, err) !=
            0 ||
        json_need_str(json_get(answer, "Policy"), "Content", &content, err) != 0 ||
        aws_list(target, AWS_ORGANIZATIONS_LIST_TARGETS_FOR_POLICY, params, live->arena, &targets,
                 err) != 0)
        return err_wrap(err, "policy %s", name);
    policy = compile(live, kind, name, content);
    stays = !is_ours(live, kind, name);
    if (stays && targets->count > 0) {
        *VEC_ADD(live->arena, &live->names) = name;
        *VEC_ADD(live->arena, &live->contents) = content;
    }
    for (const struct json *it = json_first(targets); policy != NULL && it != NULL; it = it->next) {
        const char *at;

        if (json_need_str(it, "TargetId", &at, err) != 0)
            return -1;
        *VEC_ADD(live->arena, &live->hangings[kind]) = (struct hanging){at, policy, stays};
    }
    return 0;
}

static int by_target(const void *a, const void *b)
{
    return strcmp(((const struct hanging *)a)->target, ((const struct hanging *)b)->target);
}

static int read_kind(const struct aws_target *target, struct gate_live *live, enum live_kind kind,
                     struct err *err)
{
    struct json *params = json_object(live->arena);
    struct hangings *hangings = &live->hangings[kind];
    const struct json *list;

    live->enabled[kind] = inventory_has_policy_type(live->inventory, type_names[kind]);
    if (!live->enabled[kind])
        return 0;
    json_put_str(params, "Filter", type_names[kind]);
    if (aws_list(target, AWS_ORGANIZATIONS_LIST_POLICIES, params, live->arena, &list, err) != 0)
        return -1;
    for (const struct json *it = json_first(list); it != NULL; it = it->next)
        if (read_policy(target, live, kind, it, err) != 0)
            return -1;
    if (hangings->count > 0)
        qsort(hangings->items, hangings->count, sizeof *hangings->items, by_target);
    return 0;
}

int gate_live_read(const struct aws_target *management, const struct inventory *inventory,
                   const struct gate_live_plan *plan, struct arena *arena, struct gate_live **out,
                   struct err *err)
{
    struct gate_live *live = arena_alloc(arena, sizeof *live);

    *live = (struct gate_live){.inventory = inventory, .plan = *plan, .arena = arena};
    for (enum live_kind kind = LIVE_SCP; kind < LIVE_KINDS; kind++)
        if (read_kind(management, live, kind, err) != 0)
            return err_wrap(err, "the SCPs and RCPs");
    *VEC_ADD(arena, &live->unread) = NULL;
    *out = live;
    return 0;
}

bool gate_live_has(const struct gate_live *live, const char *name)
{
    for (size_t i = 0; i < live->names.count; i++)
        if (str_eq(live->names.items[i], name))
            return true;
    return false;
}

const char *const *gate_live_unread(const struct gate_live *live)
{
    return live->unread.items;
}

/* --- Levels --------------------------------------------------------------------------------------
 */

static const struct hanging *first_at(const struct hangings *hangings, const char *target)
{
    size_t low = 0, high = hangings->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(hangings->items[middle].target, target) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return hangings->items + low;
}

/* All policies of the target, or those that stay, behind `before`. */
static struct policy_set set_at(const struct gate_live *live, enum live_kind kind,
                                const char *target, bool all, const struct policy_set *before)
{
    const struct hangings *hangings = &live->hangings[kind];
    const struct hanging *end = hangings->items + hangings->count;
    VEC(const struct policy_compiled *) set = {0};

    for (size_t i = 0; before != NULL && i < before->count; i++)
        *VEC_ADD(live->arena, &set) = before->items[i];
    if (hangings->count == 0)
        return (struct policy_set){set.items, set.count};
    for (const struct hanging *it = first_at(hangings, target);
         it != end && str_eq(it->target, target); it++)
        if (all || it->stays)
            *VEC_ADD(live->arena, &set) = it->policy;
    return (struct policy_set){set.items, set.count};
}

/* The id of the target of a level of guardrails_over: the root, a unit, the account.  NULL: it is
 * still to be made. */
static const char *target_of(const struct gate_live *live, const struct account *account,
                             size_t level, size_t count)
{
    const struct inventory_account *there = inventory_account_of(live->inventory, account);
    const struct inventory_ou *unit;
    const struct ou *ou = account->ou;

    if (level == 0)
        return live->inventory->root_id;
    if (level == count - 1)
        return there == NULL ? NULL : there->id;
    for (size_t up = count - 2 - level; up > 0; up--)
        ou = ou->parent;
    unit = inventory_ou_by_path(live->inventory, ou->path);
    return unit == NULL ? NULL : unit->id;
}

static void complete(const struct gate_live *live, enum live_kind kind,
                     const struct account *account, struct policy_levels *levels)
{
    struct policy_level *copy = arena_array(live->arena, levels->count, sizeof *copy);

    /* With its type every target gets FullAWSAccess, and so does a target that is made. */
    if (!live->enabled[kind])
        return;
    for (size_t i = 0; i < levels->count; i++) {
        const char *target = target_of(live, account, i, levels->count);
        struct policy_set ours = levels->items[i].policies;
        size_t by_default = kind == LIVE_SCP; /* FullAWSAccess, which guardrails_over puts first */

        copy[i] = levels->items[i];
        if (!live->plan.policies_change)
            ours.count = by_default;
        copy[i].policies = ours;
        if (target == NULL)
            continue;
        ours.items += by_default;
        ours.count -= by_default;
        copy[i].policies = set_at(live, kind, target, false, &ours);
    }
    levels->items = copy;
}

void gate_live_after(const struct gate_live *live, const struct account *account,
                     struct policy_attached *over)
{
    complete(live, LIVE_SCP, account, &over->scps);
    complete(live, LIVE_RCP, account, &over->rcps);
}

static struct policy_levels levels_now(const struct gate_live *live, enum live_kind kind,
                                       const struct inventory_account *account)
{
    VEC(struct policy_level) up = {0};
    struct policy_level *levels;
    const char *id = account->id, *next = account->parent_id;

    if (!live->enabled[kind])
        return (struct policy_levels){0};
    while (id != NULL) {
        const struct inventory_ou *ou = inventory_ou_by_id(live->inventory, next);

        *VEC_ADD(live->arena, &up) = (struct policy_level){id, set_at(live, kind, id, true, NULL)};
        id = next;
        next = ou == NULL ? NULL : ou->parent_id;
    }
    levels = arena_array(live->arena, up.count, sizeof *levels);
    for (size_t i = 0; i < up.count; i++)
        levels[i] = up.items[up.count - 1 - i];
    return (struct policy_levels){levels, up.count};
}

bool gate_live_before(const struct gate_live *live, const struct account *account,
                      struct policy_attached *out)
{
    const struct inventory_account *there = inventory_account_of(live->inventory, account);

    if (there == NULL)
        return false;
    *out = (struct policy_attached){.scps = levels_now(live, LIVE_SCP, there),
                                    .rcps = levels_now(live, LIVE_RCP, there),
                                    .guardrails_only = true};
    return true;
}

static bool hangs_otherwise(const struct gate_live *live, const char *account)
{
    const struct hangings *scps = &live->hangings[LIVE_SCP], *rcps = &live->hangings[LIVE_RCP];
    struct policy_set on[] = {set_at(live, LIVE_SCP, account, false, NULL),
                              set_at(live, LIVE_RCP, account, false, NULL)};

    if (scps->count > 0 &&
        (on[0].count != 1 || !str_eq(policy_compiled_name(on[0].items[0]), "FullAWSAccess")))
        return true;
    return rcps->count > 0 &&
           (on[1].count != 1 || !str_eq(policy_compiled_name(on[1].items[0]), "RCPFullAWSAccess"));
}

bool gate_live_is_special(const struct gate_live *live, const struct account *account)
{
    const struct inventory_account *there = inventory_account_of(live->inventory, account);
    const struct inventory_ou *unit =
        inventory_ou_by_path(live->inventory, account->ou == NULL ? "" : account->ou->path);

    if (there == NULL)
        return false;
    if (unit == NULL || !str_eq(unit->id, there->parent_id) || hangs_otherwise(live, there->id))
        return true;
    for (size_t i = 0; i < live->contents.count; i++)
        if (strstr(live->contents.items[i], there->id) != NULL)
            return true;
    return false;
}
