#include "engine_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/env.h"
#include "plinth/base/str.h"
#include "plinth/baseline/schema.h"
#include "plinth/codec/json.h"
#include "plinth/fiber/fiber.h"

#include <stdlib.h>
#include <string.h>

enum {
    ACCOUNTS_IN_FLIGHT = 128,
    /* Each takes some 35 KB (stack, readings, requests).  At 80 ms a call that many make more calls
     * in a second than one core signs, and than AWS lets one organization make. */
    REGION_UNITS_IN_FLIGHT = 512,
    PATIENCE_MS = 10 * 60 * 1000,
    FRESH_MS = 60 * 60 * 1000, /* AWS sets an account up within the hour */
};

const char *outcome_name(enum outcome outcome)
{
    static const char *const names[OUTCOME_COUNT] = {
        [OUTCOME_CLEAN] = "clean",     [OUTCOME_CHANGED] = "changed", [OUTCOME_DRIFTED] = "drifted",
        [OUTCOME_SKIPPED] = "skipped", [OUTCOME_FAILED] = "failed",   [OUTCOME_UNKNOWN] = "unknown",
    };

    return names[outcome];
}

struct engine *engine_new(const struct engine_options *options)
{
    struct arena *arena = arena_new("engine");
    struct engine *engine = arena_alloc(arena, sizeof *engine);
    struct aws_target management = {.client = options->client,
                                    .credentials = options->credentials,
                                    .account_id = "",
                                    .region = options->baseline->home_region};

    engine->arena = arena;
    engine->options = *options;
    if (engine->options.accounts_in_flight == 0)
        engine->options.accounts_in_flight = ACCOUNTS_IN_FLIGHT;
    if (engine->options.patience_ms == 0)
        engine->options.patience_ms = PATIENCE_MS;
    engine->counts_before = aws_client_counts(options->client);
    engine->inventory = inventory_cache_new(&management);
    engine->facts = facts_new();
    fiber_sem_init(&engine->places, options->sched, REGION_UNITS_IN_FLIGHT);
    order_build(&engine->order);
    engine->members = arena_array(arena, options->baseline->account_count, sizeof *engine->members);
    for (size_t i = 0; i < options->baseline->account_count; i++)
        engine->members[i].shard =
            shard_of_account(&options->shard, &options->baseline->accounts[i]);
    engine->specs = arena_array(arena, engine->order.count, sizeof *engine->specs);
    return engine;
}

void engine_free(struct engine *engine)
{
    if (engine == NULL)
        return;
    for (size_t i = 0; i < engine->options.baseline->account_count; i++) {
        credentials_provider_free(engine->members[i].credentials);
        credentials_provider_free(engine->members[i].incognito);
    }
    inventory_cache_free(engine->inventory);
    facts_free(engine->facts);
    results_end(&engine->plan);
    results_end(&engine->result);
    arena_free(engine->arena);
}

/* --- Identity ------------------------------------------------------------------------------------
 */

/* "arn:aws:iam::123456789012:user/x": the part behind the first colon. */
static const char *arn_partition(struct arena *arena, const char *arn)
{
    const char *from = strchr(arn, ':');
    const char *to = from == NULL ? NULL : strchr(from + 1, ':');

    return to == NULL ? "aws" : arena_strn(arena, from + 1, (size_t)(to - from - 1));
}

static int check_management(const struct engine *engine, const struct inventory *inventory,
                            struct err *err)
{
    const struct account *declared =
        baseline_account_with_role(engine->options.baseline, ROLE_MANAGEMENT);
    const char *us = engine->identity.account_id;

    if (inventory->exists && !str_eq(inventory->management_account_id, us))
        return err_set(err, ERR_GATE,
                       "these credentials are of account %s, but organization %s is managed from "
                       "%s: use credentials of that account",
                       us, inventory->id, inventory->management_account_id);
    if (declared != NULL && declared->id != NULL && !str_eq(declared->id, us))
        return err_set(err, ERR_GATE,
                       "these credentials are of account %s, but the baseline's management account "
                       "is %s",
                       us, declared->id);
    return 0;
}

int engine_identify(struct engine *engine, struct identity *out, struct err *err)
{
    struct identity *identity = &engine->identity;
    const struct inventory *inventory;
    const struct json *answer;
    struct aws_target target = {.client = engine->options.client,
                                .credentials = engine->options.credentials,
                                .account_id = "",
                                .region = engine->options.baseline->home_region,
                                .read_only = true};
    int64_t from_us = env_mono_us(sched_env(engine->options.sched));

    if (aws_call(&target, AWS_STS_GET_CALLER_IDENTITY, NULL, engine->arena, &answer, err) != 0 ||
        json_need_str(answer, "Account", &identity->account_id, err) != 0 ||
        json_need_str(answer, "Arn", &identity->arn, err) != 0)
        return -1;
    identity->partition = arn_partition(engine->arena, identity->arn);
    if (inventory_get(engine->inventory, &inventory, err) != 0)
        return -1;
    if (inventory->exists) {
        identity->organization_id = inventory->id;
        identity->management_account_id = inventory->management_account_id;
    }
    *out = *identity;
    if (check_management(engine, inventory, err) != 0 || regions_read(engine, err) != 0)
        return -1;
    order_number(&engine->order, engine->options.baseline->account_count, engine->regions.count);
    engine->states = arena_array(engine->arena, engine->order.unit_count, 1);
    engine->busy_us += env_mono_us(sched_env(engine->options.sched)) - from_us;
    return 0;
}

const char *engine_account_id(const struct engine *engine, ptrdiff_t account)
{
    const struct account *declared;
    const struct inventory_account *live;

    if (account == NO_ACCOUNT)
        return NULL;
    declared = &engine->options.baseline->accounts[account];
    if (declared->roles & ROLE_MANAGEMENT)
        return engine->identity.account_id;
    live = inventory_account_of(inventory_peek(engine->inventory), declared);
    return live == NULL ? NULL : live->id;
}

/* --- Who calls -----------------------------------------------------------------------------------
 */

bool engine_actor(const struct engine *engine, const struct control *control, ptrdiff_t account,
                  ptrdiff_t *out)
{
    const struct baseline *baseline = engine->options.baseline;
    const struct account *actor = control_actor_account(baseline, control->actor);

    if (control->actor == ACTOR_MANAGEMENT)
        *out = NO_ACCOUNT;
    else if (control->actor == ACTOR_MEMBER)
        *out = account;
    else if (actor != NULL)
        *out = actor - baseline->accounts;
    else
        return false;
    return true;
}

bool engine_is_fresh(const struct engine *engine, ptrdiff_t account)
{
    const struct inventory_account *live;

    if (account == NO_ACCOUNT)
        return false;
    live = inventory_account_of(inventory_peek(engine->inventory),
                                &engine->options.baseline->accounts[account]);
    return live != NULL &&
           env_wall_ms(sched_env(engine->options.sched)) - live->joined_ms < FRESH_MS;
}

/* AWS shows who made some things for as long as they are there.  Under this name comes whoever
 * enters a role with a profile of the AWS command line (botocore/credentials.py, 1.44). */
static const char *session_name(const struct engine *engine, bool incognito)
{
    return !incognito
               ? "plinth"
               : arena_printf(engine->arena, "botocore-session-%lld",
                              (long long)env_wall_ms(sched_env(engine->options.sched)) / 1000);
}

static struct credentials_provider *member_credentials(struct engine *engine, ptrdiff_t account,
                                                       const char *id, bool incognito)
{
    const struct baseline *baseline = engine->options.baseline;
    struct member *member = &engine->members[account];
    struct credentials_provider **held = incognito ? &member->incognito : &member->credentials;

    if (str_eq(id, engine->identity.account_id))
        return engine->options.credentials;
    if (*held == NULL) {
        struct assume_role_options options = {
            .role_arn =
                arena_printf(engine->arena, "arn:%s:iam::%s:role/%s", engine->identity.partition,
                             id, baseline->organization.member_role),
            .session_name = session_name(engine, incognito),
            .region = baseline->home_region,
        };

        *held = credentials_assume_role_new(engine->options.world, engine->options.credentials,
                                            &options);
    }
    return *held;
}

bool engine_target(struct engine *engine, bool incognito, ptrdiff_t account, const char *region,
                   struct aws_target *out)
{
    const char *id =
        account == NO_ACCOUNT ? engine->identity.account_id : engine_account_id(engine, account);

    if (id == NULL)
        return false;
    *out = (struct aws_target){
        .client = engine->options.client,
        .credentials = account == NO_ACCOUNT ? engine->options.credentials
                                             : member_credentials(engine, account, id, incognito),
        .account_id = id,
        .region = region,
    };
    return true;
}

int engine_inventory(struct engine *engine, const struct inventory **out, struct err *err)
{
    return inventory_get(engine->inventory, out, err);
}

void engine_management(struct engine *engine, struct aws_target *out)
{
    (void)engine_target(engine, false, NO_ACCOUNT, engine->options.baseline->home_region, out);
}

bool engine_enter(struct engine *engine, const struct account *account, const char *region,
                  struct aws_target *out)
{
    return engine_target(engine, false, account - engine->options.baseline->accounts, region, out);
}

const struct account *engine_place(const struct engine *engine, const struct unit_result *unit)
{
    const struct baseline *baseline = engine->options.baseline;

    if (unit->control->actor == ACTOR_MEMBER)
        return unit->account == NULL ? NULL : baseline_account(baseline, unit->account);
    return control_actor_account(baseline, unit->control->actor);
}

/* --- Selection -----------------------------------------------------------------------------------
 */

static bool names(const char *const *list, const char *word)
{
    for (size_t i = 0; list != NULL && word != NULL && list[i] != NULL; i++)
        if (str_eq(list[i], word))
            return true;
    return false;
}

static bool in_ous(const char *const *paths, const struct ou *ou)
{
    for (; ou != NULL; ou = ou->parent)
        if (names(paths, ou->path))
            return true;
    return false;
}

bool engine_selects(const struct engine *engine, const struct unit *unit)
{
    const struct selection *selection = &engine->options.selection;
    const struct baseline *baseline = engine->options.baseline;
    const char *control = engine->order.controls[unit->control]->name;
    const char *key = control_key(engine->order.controls[unit->control]);

    if ((selection->only != NULL && !names(selection->only, control)) ||
        names(selection->exclude, control))
        return false;
    /* Who names regions means what is in them. */
    if (selection->regions != NULL &&
        (unit->region == NO_REGION ||
         !names(selection->regions, engine->regions.items[unit->region].name)))
        return false;
    if (selection->accounts == NULL && selection->ous == NULL)
        return true;
    /* Who names accounts means these accounts, and at most what they stand in. */
    if (unit->account == NO_ACCOUNT)
        return names(selection->beside, control) ||
               (selection->around && control_comes_after(control_find("accounts"), key));
    return names(selection->accounts, baseline->accounts[unit->account].name) ||
           names(selection->accounts, engine_account_id(engine, unit->account)) ||
           in_ous(selection->ous, baseline->accounts[unit->account].ou);
}

static int check_words(const char *const *words, const char *const *known, size_t known_count,
                       const char *what, const char *where, struct err *err)
{
    for (size_t i = 0; words != NULL && words[i] != NULL; i++) {
        const char *near = str_nearest(words[i], known, known_count);
        bool found = false;

        for (size_t k = 0; k < known_count; k++)
            found = found || str_eq(words[i], known[k]);
        if (!found)
            return err_set(err, ERR_USAGE, "no %s \"%s\" in %s%s%s%s", what, words[i], where,
                           near == NULL ? "" : "; did you mean \"", near == NULL ? "" : near,
                           near == NULL ? "" : "\"?");
    }
    return 0;
}

int engine_check_selection(const struct engine *engine, struct err *err)
{
    const struct baseline *baseline = engine->options.baseline;
    const struct selection *selection = &engine->options.selection;
    struct arena *arena = arena_new("selection");
    const char **accounts = arena_array(arena, 2 * baseline->account_count, sizeof *accounts);
    const char **ous = arena_array(arena, baseline->ou_count, sizeof *ous);
    const char **controls = arena_array(arena, engine->order.count, sizeof *controls);
    const char **regions = arena_array(arena, engine->regions.count, sizeof *regions);
    size_t account_count = 0;
    int result = 0;

    for (size_t i = 0; i < baseline->account_count; i++) {
        const char *id = engine_account_id(engine, (ptrdiff_t)i);

        accounts[account_count++] = baseline->accounts[i].name;
        if (id != NULL)
            accounts[account_count++] = id;
    }
    for (size_t i = 0; i < baseline->ou_count; i++)
        ous[i] = baseline->ous[i].path;
    for (size_t i = 0; i < engine->regions.count; i++)
        regions[i] = engine->regions.items[i].name;
    for (size_t i = 0; i < engine->order.count; i++)
        controls[i] = engine->order.controls[i]->name;
    if (selection->regions != NULL && engine->regions.count == 0)
        result = err_set(err, ERR_USAGE, "no control that the baseline turns on has regions");
    else if (check_words(selection->accounts, accounts, account_count, "account", "the baseline",
                         err) != 0 ||
             check_words(selection->ous, ous, baseline->ou_count, "organizational unit",
                         "the baseline", err) != 0 ||
             check_words(selection->regions, regions, engine->regions.count, "region",
                         engine->identity.partition, err) != 0 ||
             check_words(selection->only, controls, engine->order.count, "control", "plinth",
                         err) != 0 ||
             check_words(selection->exclude, controls, engine->order.count, "control", "plinth",
                         err) != 0)
        result = -1;
    arena_free(arena);
    return result;
}

/* --- Specs ---------------------------------------------------------------------------------------
 */

/* NULL: the control is off for this unit. */
const struct node *engine_spec_node(struct engine *engine, const struct unit *unit)
{
    const struct baseline *baseline = engine->options.baseline;

    return baseline_control_node(baseline, control_key(engine->order.controls[unit->control]),
                                 unit->account == NO_ACCOUNT ? NULL
                                                             : &baseline->accounts[unit->account]);
}

int engine_spec(struct engine *engine, const struct unit *unit, const void **out, struct err *err)
{
    const struct schema *schema = control_schema(engine->order.controls[unit->control]);
    struct spec_cache *cache = &engine->specs[unit->control];
    const struct node *node;
    struct diags diags;
    void *spec;

    *out = NULL;
    if (schema == NULL)
        return 0;
    node = engine_spec_node(engine, unit);
    if (cache->spec != NULL && cache->node == node) {
        *out = cache->spec;
        return 0;
    }
    /* baseline_load has checked every override: an error here would be a mistake of ours. */
    diags_init(&diags, engine->arena);
    spec = arena_alloc(engine->arena, schema->size);
    schema_decode(schema, node, engine->arena, spec, &diags);
    if (diags_result(&diags, err) != 0)
        return -1;
    *cache = (struct spec_cache){.node = node, .spec = spec};
    *out = spec;
    return 0;
}

/* --- Contexts ------------------------------------------------------------------------------------
 */

static bool enter(void *arg, const struct account *account, const char *region,
                  struct aws_target *out)
{
    return engine_enter(arg, account, region, out);
}

static bool enter_incognito(void *arg, const struct account *account, const char *region,
                            struct aws_target *out)
{
    struct engine *engine = arg;

    return engine_target(engine, true, account - engine->options.baseline->accounts, region, out);
}

int engine_unit_context(struct engine *engine, const struct unit *unit, struct arena *arena,
                        struct control_ctx *out, struct err *err)
{
    const struct baseline *baseline = engine->options.baseline;

    *out = (struct control_ctx){
        .baseline = baseline,
        .account = unit->account == NO_ACCOUNT ? NULL : &baseline->accounts[unit->account],
        .account_id = arena_str(arena, engine_account_id(engine, unit->account)),
        .region = unit->region == NO_REGION ? baseline->home_region
                                            : engine->regions.items[unit->region].name,
        .partition = engine->identity.partition,
        .inventory = engine->inventory,
        .facts = engine->facts,
        .outlet = engine->options.outlet,
        .enter = engine->order.controls[unit->control]->incognito ? enter_incognito : enter,
        .enter_arg = engine,
        .prune = engine->options.prune,
        .arena = arena,
    };
    return engine_spec(engine, unit, &out->spec, err);
}

int engine_context(struct engine *engine, const struct control *control,
                   const struct account *account, struct arena *arena, struct control_ctx *out,
                   struct err *err)
{
    struct aws_target *target = arena_alloc(arena, sizeof *target);
    struct unit unit = {.region = NO_REGION};
    ptrdiff_t actor;

    unit.account = account == NULL ? NO_ACCOUNT : account - engine->options.baseline->accounts;
    while (engine->order.controls[unit.control] != control)
        unit.control++;
    if (!control->always && engine_spec_node(engine, &unit) == NULL)
        return err_set(err, ERR_USAGE, "%s is off for %s", control->name,
                       account == NULL ? "the organization" : account->name);
    if (engine_unit_context(engine, &unit, arena, out, err) != 0)
        return -1;
    if (!engine_actor(engine, control, unit.account, &actor) ||
        !engine_target(engine, control->incognito, actor, out->region, target))
        return err_set(err, ERR_NOTFOUND, "the account that %s works in does not exist",
                       control->name);
    target->allowed = control->ops;
    out->target = target;
    return 0;
}
