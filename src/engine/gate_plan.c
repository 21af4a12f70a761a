/* The gate before a plan is offered, and what hangs over an account without one. */
#include "engine_priv.h"
#include "gate_live.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"

static const char *live_id(const void *arg, const struct account *account)
{
    const struct engine *engine = arg;
    const struct inventory_account *live =
        inventory_account_of(inventory_peek(engine->inventory), account);

    return live == NULL ? NULL : live->id;
}

static bool changes(const struct run_result *plan, const char *control)
{
    for (size_t i = 0; i < plan->unit_count; i++) {
        struct unit_result unit = results_unit(plan, i);

        if (str_eq(unit.control->name, control) && unit.changes.count > 0)
            return true;
    }
    return false;
}

/* Whether the plan changes where accounts are, and what is there. */
static bool changes_places(const struct run_result *plan)
{
    return changes(plan, "organization") || changes(plan, "organizational_units") ||
           changes(plan, "accounts");
}

static int read_live(struct engine *engine, bool policies_change, struct gate_options *options,
                     struct err *err)
{
    const struct inventory *inventory;
    struct gate_live *live;
    struct aws_target target;

    if (inventory_get(engine->inventory, &inventory, err) != 0)
        return -1;
    if (!inventory->exists ||
        !engine_target(engine, false, NO_ACCOUNT, engine->options.baseline->home_region, &target))
        return 0;
    if (gate_live_read(&target, inventory,
                       &(struct gate_live_plan){.baseline = engine->options.baseline,
                                                .prune = engine->options.prune,
                                                .policies_change = policies_change},
                       engine->plan.arena, &live, err) != 0)
        return -1;
    options->live = live;
    return 0;
}

int engine_gate(struct engine *engine, const char *const *overrides, struct gate_findings *out,
                struct err *err)
{
    struct gate_options options = {.baseline = engine->options.baseline,
                                   .organization_id = engine->identity.organization_id,
                                   .account_id = live_id,
                                   .arg = engine};

    bool policies_change = changes(&engine->plan, "policies");

    *out = (struct gate_findings){0};
    if (!policies_change && !changes_places(&engine->plan))
        return gate_check_overrides(&options, overrides, err);
    options.regions.items =
        arena_array(engine->plan.arena, engine->regions.count + 1, sizeof *options.regions.items);
    for (size_t i = 0; i < engine->regions.count; i++)
        if (engine->regions.items[i].everywhere)
            options.regions.items[options.regions.count++] = engine->regions.items[i].name;
    if (read_live(engine, policies_change, &options, err) != 0)
        return -1;
    /* The first accounts of an organization, without its policies. */
    if (!policies_change && options.live == NULL)
        return gate_check_overrides(&options, overrides, err);
    if (gate_check(&options, engine->plan.arena, out, err) != 0)
        return -1;
    return gate_decide(&options, out, overrides, err);
}

const enum aws_op engine_attached_ops[] = {AWS_ORGANIZATIONS_LIST_POLICIES,
                                           AWS_ORGANIZATIONS_DESCRIBE_POLICY,
                                           AWS_ORGANIZATIONS_LIST_TARGETS_FOR_POLICY, AWS_OP_NONE};

int engine_attached(struct engine *engine, const struct account *account, struct arena *arena,
                    struct policy_attached *out, struct err *err)
{
    const struct gate_live_plan plan = {.baseline = engine->options.baseline};
    const struct inventory *inventory;
    struct gate_live *live;
    struct aws_target target;

    if (inventory_get(engine->inventory, &inventory, err) != 0)
        return -1;
    if (!inventory->exists ||
        !engine_target(engine, false, NO_ACCOUNT, plan.baseline->home_region, &target))
        return err_set(err, ERR_NOTFOUND, "there is no organization yet");
    if (gate_live_read(&target, inventory, &plan, arena, &live, err) != 0)
        return -1;
    if (gate_live_unread(live)[0] != NULL)
        return err_set(err, ERR_CONFIG, "%s", gate_live_unread(live)[0]);
    if (!gate_live_before(live, account, out))
        return err_set(err, ERR_NOTFOUND, "account %s does not exist yet", account->name);
    out->management_principal = out->management_resource = account->roles & ROLE_MANAGEMENT;
    return 0;
}
