#include "rehearse.h"

#include "decimal.h"

#include "plinth/base/arena.h"
#include "plinth/base/secret.h"
#include "plinth/base/str.h"
#include "plinth/baseline/baseline.h"
#include "plinth/codec/json.h"
#include "plinth/fiber/fiber.h"

/* START_S is a fixed day, so that the same seed gives the same times. */
enum { START_S = 1764000000, DAY_S = 24 * 3600 };

/* --- The machine that plinth runs on -------------------------------------------------------------
 */

static int file_exists(void *arg, const char *path, bool *out, struct err *err)
{
    const struct rehearse_world *world = arg;

    (void)err;
    *out = false;
    for (size_t i = 0; i < world->files.count; i++)
        *out = *out || str_eq(world->files.items[i], path);
    return 0;
}

/* That something is there is all that is looked at again; secrets of a simulator open nothing. */
static int put_file(void *arg, const char *path, const struct secret *content, struct err *err)
{
    struct rehearse_world *world = arg;
    bool exists;

    (void)content;
    if (file_exists(arg, path, &exists, err) != 0)
        return -1;
    if (!exists)
        *VEC_ADD(world->arena, &world->files) = arena_str(world->arena, path);
    return 0;
}

static int run_command(void *arg, const char *const *argv, const struct secret *input,
                       struct err *err)
{
    return put_file(arg, argv[0], input, err);
}

/* --- The world -----------------------------------------------------------------------------------
 */

int rehearse_world_open(struct rehearse_world *world, const struct rehearse_opts *options,
                        const char *home_region, struct err *err)
{
    struct sim_options sim = {.delays = true,
                              .latency_ms = (int)options->latency_ms,
                              .fault_seed = (uint64_t)options->seed};

    *world = (struct rehearse_world){.arena = arena_new("rehearsal")};
    world->outlet = (struct outlet){.machine = "rehearsal",
                                    .exists = file_exists,
                                    .put_file = put_file,
                                    .run = run_command,
                                    .arg = world};
    world->env = (struct env){.clock = clock_virtual_new(START_S * INT64_C(1000)),
                              .rng = rng_seeded_new((uint64_t)options->seed)};
    world->rng = rng_seeded_new((uint64_t)options->seed);
    if (decimal_parse("rehearse: --fault-rate", options->fault_rate, 0, 1, &world->fault_rate,
                      err) != 0 ||
        decimal_parse("rehearse: --lost-rate", options->lost_rate, 0, 1, &world->lost_rate, err) !=
            0 ||
        (options->regions > 0 && simulated_regions((size_t)options->regions, home_region,
                                                   world->arena, &world->regions, err) != 0))
        return -1;
    sim.env = &world->env;
    sim.default_regions = world->regions;
    world->sim = sim_new(&sim, err);
    return world->sim == NULL ? -1 : 0;
}

void rehearse_world_close(struct rehearse_world *world)
{
    sim_free(world->sim);
    rng_seeded_free(world->rng);
    rng_seeded_free(world->env.rng);
    clock_virtual_free(world->env.clock);
    arena_free(world->arena);
}

/* --- A process in it -----------------------------------------------------------------------------
 */

struct process_run {
    const struct rehearse_job *job;
    struct simulated *process;
};

static void process_main(void *arg)
{
    struct process_run *run = arg;

    run->job->fn(run->job->arg, run->process);
}

int rehearse_process(struct rehearse_world *world, const struct rehearse_job *job, struct err *err)
{
    const struct simulated_options options = {.env = &world->env, .sim = world->sim};
    struct simulated process;
    struct process_run run = {job, &process};

    if (simulated_begin(&process, &options, err) != 0)
        return -1;
    sched_run(process.sched, process_main, &run);
    simulated_end(&process);
    return 0;
}

struct engine *rehearse_engine(struct rehearse_world *world, struct simulated *process,
                               const struct run_opts *options, const struct baseline *baseline)
{
    const struct engine_options engine = {
        .sched = process->sched,
        .client = process->client,
        .credentials = process->credentials,
        .world = &process->world,
        .baseline = baseline,
        .outlet = &world->outlet,
        .prune = options->prune,
        .accounts_in_flight = (size_t)options->parallel,
    };

    return engine_new(&engine);
}

static void wait_a_day(struct rehearse_world *world)
{
    struct clock *clock = world->env.clock;

    clock->advance(clock, clock->mono_us(clock) + DAY_S * INT64_C(1000000));
}

struct building {
    struct rehearse_world *world;
    const struct run_opts *options;
    const struct baseline *baseline;
    struct err err;
    int failed;
};

static int build(struct engine *engine, struct err *err)
{
    const struct run_result *result;
    struct identity identity;

    if (engine_identify(engine, &identity, err) != 0 || engine_plan(engine, &result, err) != 0 ||
        engine_apply(engine, &result, err) != 0)
        return -1;
    for (size_t i = 0; i < result->unit_count; i++) {
        struct unit_result unit = results_unit(result, i);

        if (unit.outcome > OUTCOME_CHANGED)
            return err_set(err, ERR_CONFLICT, "as built: %s in %s %s is %s: %s", unit.control->name,
                           unit.account == NULL ? "the organization" : unit.account,
                           unit.region == NULL ? "" : unit.region, outcome_name(unit.outcome),
                           unit.reason == NULL ? "" : unit.reason);
    }
    return 0;
}

static void build_job(void *arg, struct simulated *process)
{
    struct building *building = arg;
    struct engine *engine =
        rehearse_engine(building->world, process, building->options, building->baseline);

    building->failed = build(engine, &building->err);
    engine_free(engine);
}

int rehearse_build(struct rehearse_world *world, const struct run_opts *options,
                   const struct baseline *baseline, struct err *err)
{
    struct building building = {world, options, baseline, ERR_INIT, 0};
    const struct rehearse_job job = {build_job, &building};

    if (rehearse_process(world, &job, err) != 0)
        return -1;
    wait_a_day(world);
    if (building.failed != 0)
        *err = building.err;
    return building.failed;
}

/* --- Damage --------------------------------------------------------------------------------------
 */

struct damage {
    struct rehearse_world *world;
    const struct baseline *baseline;
    size_t count;
    struct arena *arena;
    const struct inventory *inventory;
    struct simulated *process;
    struct err err;
    int failed;
};

static int move_to_root(struct damage *damage, const struct aws_target *management,
                        const struct inventory_account *account, struct err *err)
{
    struct json *params = json_object(damage->arena);

    if (str_eq(account->parent_id, damage->inventory->root_id))
        return 0;
    json_put_str(params, "AccountId", account->id);
    json_put_str(params, "SourceParentId", account->parent_id);
    json_put_str(params, "DestinationParentId", damage->inventory->root_id);
    return aws_call(management, AWS_ORGANIZATIONS_MOVE_ACCOUNT, params, damage->arena, NULL, err);
}

static int drop_contact(struct damage *damage, const struct aws_target *management,
                        const struct inventory_account *account, struct err *err)
{
    struct json *params = json_object(damage->arena);

    json_put_str(params, "AccountId", account->id);
    json_put_str(params, "AlternateContactType", "SECURITY");
    if (aws_call(management, AWS_ACCOUNT_DELETE_ALTERNATE_CONTACT, params, damage->arena, NULL,
                 err) == 0 ||
        err->code == ERR_NOTFOUND) {
        err_clear(err);
        return 0;
    }
    return -1;
}

static int in_the_account(struct damage *damage, const struct aws_target *management,
                          const struct inventory_account *account, enum aws_op op,
                          const char *region, struct err *err)
{
    const struct assume_role_options role = {
        .role_arn = arena_printf(damage->arena, "arn:aws:iam::%s:role/%s", account->id,
                                 damage->baseline->organization.member_role),
        .session_name = "damage",
        .region = region,
    };
    struct credentials_provider *member =
        credentials_assume_role_new(&damage->process->world, management->credentials, &role);
    struct json *params = json_object(damage->arena);
    struct aws_target target = *management;
    int result;

    target.credentials = member;
    target.account_id = account->id;
    target.region = region;
    if (op == AWS_S3CONTROL_DELETE_PUBLIC_ACCESS_BLOCK)
        json_put_str(params, "x-amz-account-id", account->id);
    result = aws_call(&target, op, params, damage->arena, NULL, err);
    credentials_provider_free(member);
    /* Guardrails that hold, and what was never set up, are no damage. */
    if (result != 0 && (err->code == ERR_DENIED || err->code == ERR_NOTFOUND)) {
        err_clear(err);
        return 0;
    }
    return result;
}

/* One kind of damage, in one account. */
static int damage_one(struct damage *damage, const struct aws_target *management,
                      const struct inventory_account *account, struct err *err)
{
    const struct strings *regions = &damage->baseline->regions;
    const char *region = regions->count == 0
                             ? damage->baseline->home_region
                             : regions->items[rng_below(damage->world->rng, regions->count)];

    switch (rng_below(damage->world->rng, 4)) {
    case 0:
        return move_to_root(damage, management, account, err);
    case 1:
        return drop_contact(damage, management, account, err);
    case 2:
        return in_the_account(damage, management, account,
                              AWS_EC2_DISABLE_EBS_ENCRYPTION_BY_DEFAULT, region, err);
    default:
        return in_the_account(damage, management, account, AWS_S3CONTROL_DELETE_PUBLIC_ACCESS_BLOCK,
                              region, err);
    }
}

static int damage_all(struct damage *damage, struct err *err)
{
    struct aws_target management = simulated_management(damage->process);
    struct inventory_cache *cache = inventory_cache_new(&management);
    int result = inventory_get(cache, &damage->inventory, err);

    if (result == 0 && damage->inventory->account_count < 2)
        result = err_set(err, ERR_USAGE,
                         "rehearse: --drift needs an organization: add --as-built or --live");
    for (size_t i = 0; result == 0 && i < damage->count; i++) {
        const struct inventory *inventory = damage->inventory;
        const struct inventory_account *account =
            &inventory->accounts[rng_below(damage->world->rng, inventory->account_count)];

        if (!str_eq(account->id, inventory->management_account_id))
            result = damage_one(damage, &management, account, err);
        inventory_invalidate(cache);
        if (result == 0)
            result = inventory_get(cache, &damage->inventory, err);
    }
    inventory_cache_free(cache);
    return result;
}

static void damage_job(void *arg, struct simulated *process)
{
    struct damage *damage = arg;

    damage->process = process;
    damage->failed = damage_all(damage, &damage->err);
}

int rehearse_damage(struct rehearse_world *world, const struct baseline *baseline, size_t count,
                    struct err *err)
{
    struct damage damage = {.world = world,
                            .baseline = baseline,
                            .count = count,
                            .arena = arena_new("damage"),
                            .err = ERR_INIT};
    const struct rehearse_job job = {damage_job, &damage};
    int result = rehearse_process(world, &job, err);

    arena_free(damage.arena);
    if (result == 0 && damage.failed != 0) {
        *err = damage.err;
        result = -1;
    }
    wait_a_day(world);
    return result;
}
