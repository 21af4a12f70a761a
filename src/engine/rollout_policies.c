/*
 * rollout_policies.c - the policies of one step of a rollout: which are new or changed, and where
 *                      their temporary copies hang.
 */
#include "engine_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"
#include "plinth/codec/hash.h"
#include "plinth/engine/rollout.h"

#include <string.h>

enum { NAME_BYTES_MOST = 128, DESCRIPTION_BYTES_MOST = 512 };

/* How far the rollout is. */
struct reach {
    const struct engine *engine;
    const struct baseline *baseline;
    const struct inventory *inventory;
    bool *in;       /* per account of the baseline: it is in one of the waves so far */
    bool *named;    /* per account of the organization: the baseline names it */
    bool everybody; /* the last wave: accounts that the baseline does not name are in it */
    struct arena *arena;
};

struct attachments {
    struct attachment *items;
    size_t count, capacity;
};

struct policies {
    struct baseline_policy *items;
    size_t count, capacity;
};

/* --- What differs --------------------------------------------------------------------------------
 */

/* Those that deny: what the others say is not seen in a call, and does not add up over levels. */
static bool goes_in_waves(const struct baseline_policy *policy)
{
    return str_eq(policy->type->key, "service_control_policy") ||
           str_eq(policy->type->key, "resource_control_policy");
}

static bool has_field(const struct change *change, const char *name)
{
    for (size_t i = 0; i < change->field_count; i++)
        if (str_eq(change->fields[i].name, name))
            return true;
    return false;
}

/* Whether the plan brings something of the policy over somebody. */
static bool brings(const struct unit_result *unit, const struct baseline_policy *policy,
                   struct arena *arena)
{
    const char *resource = arena_printf(arena, "%s %s", policy->type->title, policy->name);

    for (size_t i = 0; i < unit->changes.count; i++) {
        const struct change *change = &unit->changes.items[i];

        if (change->kind != CHANGE_DELETE && str_eq(change->resource, resource) &&
            (has_field(change, "content") || has_field(change, "attached to")))
            return true;
    }
    return false;
}

/* Its control NULL: nothing differs. */
static struct unit_result policies_unit(const struct run_result *plan)
{
    for (size_t i = 0; i < plan->unit_count; i++) {
        struct unit_result unit = results_unit(plan, i);

        if (str_eq(unit.control->name, "policies"))
            return unit;
    }
    return (struct unit_result){0};
}

/* --- Where copies hang ---------------------------------------------------------------------------
 */

/* Whether the account lies in or below the unit (NULL: the root). */
static bool is_in(const struct account *account, const struct ou *ou)
{
    const struct ou *at = account->ou;

    while (at != NULL && at != ou)
        at = at->parent;
    return at == ou;
}

static bool is_below(const struct inventory *inventory, const char *parent_id, const char *ou_id)
{
    while (parent_id != NULL && !str_eq(parent_id, ou_id)) {
        const struct inventory_ou *ou = inventory_ou_by_id(inventory, parent_id);

        parent_id = ou == NULL ? NULL : ou->parent_id;
    }
    return parent_id != NULL;
}

/* SCPs and RCPs do not bind the management account: it is no reason against a unit, nor for one. */
static bool is_free(const struct account *account)
{
    return (account->roles & ROLE_MANAGEMENT) != 0;
}

/* Whether all accounts in or below the unit are in the waves so far, those of others included. */
static bool is_whole(const struct reach *reach, const struct ou *ou)
{
    const struct inventory_ou *there =
        inventory_ou_by_path(reach->inventory, ou == NULL ? "" : ou->path);

    for (size_t i = 0; i < reach->baseline->account_count; i++) {
        const struct account *account = &reach->baseline->accounts[i];

        if (is_in(account, ou) && !is_free(account) && !reach->in[i])
            return false;
    }
    for (size_t i = 0; there != NULL && !reach->everybody && i < reach->inventory->account_count;
         i++) {
        const struct inventory_account *live = &reach->inventory->accounts[i];

        if (is_below(reach->inventory, live->parent_id, there->id) && !reach->named[i])
            return false;
    }
    return true;
}

static void add(const struct reach *reach, struct attachments *list, struct attachment attachment)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].root == attachment.root && list->items[i].ou == attachment.ou &&
            list->items[i].account == attachment.account)
            return;
    *VEC_ADD(reach->arena, list) = attachment;
}

/* A unit that holds no account of the waves gets nothing: what is empty must stay without it. */
static bool holds_any(const struct reach *reach, const struct ou *ou)
{
    for (size_t i = 0; i < reach->baseline->account_count; i++)
        if (reach->in[i] && !is_free(&reach->baseline->accounts[i]) &&
            is_in(&reach->baseline->accounts[i], ou))
            return true;
    return false;
}

static void cover_account(const struct reach *reach, const struct account *account,
                          struct attachments *list)
{
    if (reach->in[account - reach->baseline->accounts] && !is_free(account))
        add(reach, list, (struct attachment){.account = account});
}

/* The unit (NULL: the root) if it is whole, else what is whole in it.  Paths are as deep as units
 * may be nested. */
static void cover_unit(const struct reach *reach, const struct ou *ou, struct attachments *list)
{
    const struct baseline *baseline = reach->baseline;

    if (!holds_any(reach, ou))
        return;
    if (is_whole(reach, ou)) {
        add(reach, list, (struct attachment){.root = ou == NULL, .ou = ou});
        return;
    }
    for (size_t i = 0; i < baseline->ou_count; i++)
        if (baseline->ous[i].parent == ou)
            cover_unit(reach, &baseline->ous[i], list);
    for (size_t i = 0; i < baseline->account_count; i++)
        if (baseline->accounts[i].ou == ou)
            cover_account(reach, &baseline->accounts[i], list);
}

static struct attachments cover(const struct reach *reach, const struct baseline_policy *policy)
{
    struct attachments list = {0};

    for (size_t i = 0; i < policy->attachment_count; i++) {
        const struct attachment *target = &policy->attachments[i];

        if (target->account != NULL)
            cover_account(reach, target->account, &list);
        else
            cover_unit(reach, target->ou, &list);
    }
    return list;
}

/* --- Copies --------------------------------------------------------------------------------------
 */

static const char *copy_name(const struct baseline_policy *policy, struct arena *arena)
{
    char hash[SHA256_HEX_BYTES];

    if (strlen(policy->name) + strlen(ROLLOUT_SUFFIX) <= NAME_BYTES_MOST)
        return arena_printf(arena, "%s%s", policy->name, ROLLOUT_SUFFIX);
    sha256_hex(policy->name, strlen(policy->name), hash);
    return arena_printf(arena, "plinth-%.16s%s", hash, ROLLOUT_SUFFIX);
}

/* Whose rollout made it: what begins a description, so that copies of other baselines are left. */
static const char *copy_mark(const struct baseline *baseline, struct arena *arena)
{
    return arena_printf(arena, "Temporary, of a rollout of %s", baseline->name);
}

static void add_copy(const struct reach *reach, const struct baseline_policy *policy, bool wanted,
                     struct policies *out)
{
    struct baseline_policy *copy = VEC_ADD(reach->arena, out);
    struct attachments list = {0};

    if (wanted)
        list = cover(reach, policy);
    *copy = *policy;
    copy->name = copy_name(policy, reach->arena);
    copy->description =
        arena_printf(reach->arena, "%s: stands for %.*s", copy_mark(reach->baseline, reach->arena),
                     DESCRIPTION_BYTES_MOST / 2, policy->name);
    copy->attachments = list.items;
    copy->attachment_count = list.count;
    copy->unwanted = list.count == 0;
}

/* Copies that stand there and that no policy of the baseline has any more. */
static int add_stale(struct engine *engine, const struct policy_type *type,
                     const struct reach *reach, struct policies *out, struct err *err)
{
    struct json *params = json_object(reach->arena);
    const char *mark = copy_mark(reach->baseline, reach->arena);
    struct aws_target target;
    const struct json *list;

    if (!inventory_has_policy_type(reach->inventory, type->api_name) ||
        !engine_target(engine, false, NO_ACCOUNT, reach->baseline->home_region, &target))
        return 0;
    target.read_only = true;
    json_put_str(params, "Filter", type->api_name);
    if (aws_list(&target, AWS_ORGANIZATIONS_LIST_POLICIES, params, reach->arena, &list, err) != 0)
        return -1;
    for (const struct json *it = json_first(list); it != NULL; it = it->next) {
        const char *name = json_str(it, "Name"), *description = json_str(it, "Description");
        bool known = false;

        if (name == NULL || description == NULL || !str_ends(name, ROLLOUT_SUFFIX) ||
            !str_starts(description, arena_printf(reach->arena, "%s: ", mark)))
            continue;
        for (size_t i = 0; i < out->count; i++)
            known = known || (out->items[i].type == type && str_eq(out->items[i].name, name));
        if (!known)
            *VEC_ADD(reach->arena, out) = (struct baseline_policy){.name = name,
                                                                   .description = description,
                                                                   .type = type,
                                                                   .content = "{}",
                                                                   .unwanted = true};
    }
    return 0;
}

static void mark_waves(struct reach *reach, int count)
{
    const struct baseline *baseline = reach->baseline;
    const struct rollout_spec *rollout = baseline->rollout;

    reach->in = arena_array(reach->arena, baseline->account_count, sizeof *reach->in);
    reach->named = arena_array(reach->arena, reach->inventory->account_count, sizeof *reach->named);
    for (int w = 0; w < count; w++)
        for (size_t a = 0; a < rollout->waves[w].account_count; a++)
            reach->in[rollout->waves[w].accounts[a] - baseline->accounts] = true;
    reach->everybody = count > 0 && (size_t)count == rollout->wave_count;
    for (size_t i = 0; i < reach->inventory->account_count; i++)
        reach->named[i] =
            str_eq(reach->inventory->accounts[i].id, reach->engine->identity.account_id);
    for (size_t i = 0; i < baseline->account_count; i++) {
        const struct inventory_account *live =
            inventory_account_of(reach->inventory, &baseline->accounts[i]);

        if (live != NULL)
            reach->named[live - reach->inventory->accounts] = true;
    }
}

int rollout_baseline(struct engine *engine, int count, struct arena *arena,
                     const struct baseline **out, struct err *err)
{
    const struct baseline *baseline = engine->options.baseline;
    struct unit_result unit = policies_unit(&engine->plan);
    struct reach reach = {.engine = engine, .baseline = baseline, .arena = arena};
    struct baseline *step = arena_alloc(arena, sizeof *step);
    struct policies policies = {0};

    if (unit.outcome == OUTCOME_UNKNOWN)
        return err_set(err, ERR_CONFLICT, "the policies could not be read: %s", unit.reason);
    if (inventory_get(engine->inventory, &reach.inventory, err) != 0)
        return -1;
    mark_waves(&reach, count == ROLLOUT_SETTLED ? 0 : count);
    for (size_t i = 0; i < baseline->policy_count; i++)
        if (goes_in_waves(&baseline->policies[i]))
            add_copy(&reach, &baseline->policies[i],
                     count > 0 && brings(&unit, &baseline->policies[i], arena), &policies);
    for (const struct policy_type *type = policy_types(); type->key != NULL; type++)
        if (add_stale(engine, type, &reach, &policies, err) != 0)
            return -1;
    for (size_t i = 0; count == ROLLOUT_SETTLED && i < baseline->policy_count; i++)
        *VEC_ADD(arena, &policies) = baseline->policies[i];
    *step = *baseline;
    step->policies = policies.items;
    step->policy_count = policies.count;
    *out = step;
    return 0;
}
