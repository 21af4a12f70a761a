#include "rehearsal.h"

#include "guarded.h"
#include "process.h"
#include "recording.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/env.h"
#include "plinth/base/secret.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"
#include "plinth/control/control.h"
#include "plinth/control/outlet.h"
#include "plinth/fiber/fiber.h"
#include "plinth/report/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { START_MS = 1764000000, REPORT_BYTES_MOST = 4 * 1024 * 1024 };

struct file {
    const char *path, *content; /* content NULL: it is not there */
};

struct rehearsal {
    struct arena *arena;
    struct process_world world;
    VEC(struct inventory_cache *) inventories; /* read by the operator */
    VEC(struct file) files;                    /* of the machine that plinth runs on */
};

/* --- The machine ---------------------------------------------------------------------------------
 */

static struct file *find_file(const struct rehearsal *rehearsal, const char *path)
{
    for (size_t i = 0; i < rehearsal->files.count; i++)
        if (str_eq(rehearsal->files.items[i].path, path))
            return &rehearsal->files.items[i];
    return NULL;
}

const char *rehearsal_file(const struct rehearsal *rehearsal, const char *path)
{
    const struct file *file = find_file(rehearsal, path);

    return file == NULL ? NULL : file->content;
}

void rehearsal_put_file(struct rehearsal *rehearsal, const char *path, const char *content)
{
    struct file *file = find_file(rehearsal, path);

    if (file == NULL) {
        file = VEC_ADD(rehearsal->arena, &rehearsal->files);
        file->path = arena_str(rehearsal->arena, path);
    }
    file->content = arena_str(rehearsal->arena, content);
}

struct rehearsal *rehearsal_new_with(uint64_t seed, struct sim_options options)
{
    struct arena *arena = arena_new("rehearsal");
    struct rehearsal *rehearsal = arena_alloc(arena, sizeof *rehearsal);
    struct err err = ERR_INIT;

    rehearsal->arena = arena;
    rehearsal->world.env = (struct env){.clock = clock_virtual_new(START_MS * INT64_C(1000)),
                                        .rng = rng_seeded_new(seed)};
    options.env = &rehearsal->world.env;
    options.recorder = recording("rehearsal");
    rehearsal->world.sim = sim_new(&options, &err);
    if (rehearsal->world.sim == NULL) {
        (void)fprintf(stderr, "rehearsal: %s\n", err.text);
        abort();
    }
    rehearsal->world.machines = sched_new(&rehearsal->world.env, &err);
    if (rehearsal->world.machines == NULL) {
        (void)fprintf(stderr, "rehearsal: %s\n", err.text);
        abort();
    }
    return rehearsal;
}

struct rehearsal *rehearsal_new(uint64_t seed, bool delays)
{
    return rehearsal_new_with(seed, (struct sim_options){.delays = delays});
}

void rehearsal_free(struct rehearsal *rehearsal)
{
    for (size_t i = 0; i < rehearsal->inventories.count; i++)
        inventory_cache_free(rehearsal->inventories.items[i]);
    sched_free(rehearsal->world.machines);
    sim_free(rehearsal->world.sim);
    clock_virtual_free(rehearsal->world.env.clock);
    rng_seeded_free(rehearsal->world.env.rng);
    arena_free(rehearsal->arena);
}

struct sim *rehearsal_sim(const struct rehearsal *rehearsal)
{
    return rehearsal->world.sim;
}

struct arena *rehearsal_arena(struct rehearsal *rehearsal)
{
    return rehearsal->arena;
}

void rehearsal_wait(struct rehearsal *rehearsal, int64_t ms)
{
    struct clock *clock = rehearsal->world.env.clock;

    clock->advance(clock, clock->mono_us(clock) + ms * 1000);
}

int64_t rehearsal_now_ms(const struct rehearsal *rehearsal)
{
    return env_wall_ms(&rehearsal->world.env);
}

const struct baseline *rehearsal_baseline(struct rehearsal *rehearsal, const char *path)
{
    static const char *const templates[] = {PLINTH_SOURCEDIR "/templates", NULL};
    struct baseline_options options = {.sections = controls_sections(rehearsal->arena),
                                       .template_dirs = templates};
    struct baseline *baseline = NULL;
    struct err err = ERR_INIT;
    struct diags diags;

    diags_init(&diags, rehearsal->arena);
    if (baseline_load(path, &options, rehearsal->arena, &baseline, &diags, &err) == 0)
        return baseline;
    (void)fprintf(stderr, "%s: %s\n", path, err.text);
    for (size_t i = 0; i < diags.count; i++)
        (void)fprintf(stderr, "%s: %s\n", mark_text(&diags.items[i].mark, rehearsal->arena),
                      diags.items[i].text);
    abort();
}

/* --- plinth --------------------------------------------------------------------------------------
 */

struct plinth_run {
    struct rehearsal *rehearsal;
    const struct baseline *baseline;
    const struct rehearsal_options *options;
    struct rehearsal_outcome *outcome;
    struct process process;
    struct guarded guarded;
};

/* --- What it does outside of AWS; the dead do nothing. */

static int file_exists(void *arg, const char *path, bool *out, struct err *err)
{
    const struct plinth_run *run = arg;

    (void)err;
    *out = rehearsal_file(run->rehearsal, path) != NULL;
    return 0;
}

static int put_file(void *arg, const char *path, const struct secret *content, struct err *err)
{
    const struct plinth_run *run = arg;

    if (run->process.dead)
        return err_set(err, ERR_IO, "the process was killed");
    rehearsal_put_file(run->rehearsal, path, secret_reveal(content));
    return 0;
}

static int run_command(void *arg, const char *const *argv, const struct secret *input,
                       struct err *err)
{
    return put_file(arg, argv[0], input, err);
}

static char *report(struct rehearsal *rehearsal, const struct run_result *result,
                    enum report_kind kind)
{
    struct report_style style = {.kind = kind, .verbose = true};
    struct buf buf;
    char *text;

    buf_init(&buf, REPORT_BYTES_MOST);
    report_text(result, &style, &buf);
    text = arena_str(rehearsal->arena, buf_text(&buf));
    buf_fini(&buf);
    return text;
}

static int plan_and_apply(struct plinth_run *run, struct engine *engine)
{
    struct rehearsal_outcome *outcome = run->outcome;
    struct rehearsal *rehearsal = run->rehearsal;
    const struct run_result *result;
    struct identity identity;

    if (engine_identify(engine, &identity, &outcome->err) != 0)
        return -1;
    if (run->options->job != NULL)
        return run->options->job(run->options->job_arg, engine, &outcome->err);
    if (run->options->await_ms > 0 &&
        engine_await(engine, run->options->await_ms, NULL, NULL, &identity, &outcome->err) != 0)
        return -1;
    if (engine_check_selection(engine, &outcome->err) != 0 ||
        engine_plan(engine, &result, &outcome->err) != 0)
        return -1;
    outcome->plan_text = report(rehearsal, result, REPORT_PLAN);
    outcome->text = outcome->plan_text;
    outcome->summary = result->summary;
    plan_digest(result, outcome->digest);
    if (!run->options->apply)
        return 0;
    if (run->options->meanwhile != NULL) {
        struct aws_target management = simulated_management(&run->process.simulated);

        run->options->meanwhile(run->options->meanwhile_arg, &management,
                                &run->process.simulated.world);
    }
    if (guarded_apply(&run->guarded, engine, &identity, result, &result, &outcome->err) != 0)
        return -1;
    outcome->text = report(rehearsal, result, REPORT_APPLY);
    outcome->summary = result->summary;
    return 0;
}

static void plinth_main(void *arg)
{
    struct plinth_run *run = arg;
    const struct simulated *simulated = &run->process.simulated;
    const struct outlet outlet = {.machine = "rehearsal",
                                  .exists = file_exists,
                                  .put_file = put_file,
                                  .run = run_command,
                                  .arg = run};
    struct engine_options options = {
        .sched = simulated->sched,
        .client = simulated->client,
        .credentials = simulated->credentials,
        .world = &simulated->world,
        .baseline = run->baseline,
        .outlet = &outlet,
        .selection = run->options->selection,
        .shard = run->options->shard,
        .prune = run->options->prune,
    };
    struct engine *engine = engine_new(&options);

    run->outcome->result = plan_and_apply(run, engine);
    engine_free(engine);
}

static void run_process(struct rehearsal *rehearsal, const struct baseline *baseline,
                        const struct rehearsal_options *options, struct rehearsal_outcome *outcome)
{
    struct plinth_run run = {
        .rehearsal = rehearsal, .baseline = baseline, .options = options, .outcome = outcome};
    uint64_t before = sim_writes(rehearsal->world.sim);

    *outcome = (struct rehearsal_outcome){.err = ERR_INIT, .plan_text = "", .text = ""};
    process_begin(&run.process, &rehearsal->world, &options->trouble);
    run.guarded = (struct guarded){.arena = rehearsal->arena,
                                   .process = &run.process,
                                   .baseline = baseline,
                                   .options = &options->guard,
                                   .outcome = outcome,
                                   .bytes_at_death = -1};
    sched_run(run.process.simulated.sched, plinth_main, &run);
    guarded_end(&run.guarded);
    outcome->process = run.process.number;
    outcome->killed = run.process.dead;
    outcome->sim_writes = sim_writes(rehearsal->world.sim) - before;
    process_end(&run.process);
}

struct rehearsal_outcome rehearsal_run(struct rehearsal *rehearsal, const struct baseline *baseline,
                                       const struct rehearsal_options *options)
{
    struct rehearsal_outcome outcome;

    run_process(rehearsal, baseline, options, &outcome);
    return outcome;
}

/* --- Several at a time */

struct together {
    struct rehearsal *rehearsal;
    const struct baseline *baseline;
    struct rehearsal_part *parts;
    size_t count, begun;
};

static void one_of_them(void *arg)
{
    struct together *together = arg;
    struct rehearsal_part *part = &together->parts[together->begun++];
    struct err ignored = ERR_INIT;

    (void)fiber_sleep_ms(together->rehearsal->world.machines, part->begins_after_ms, &ignored);
    run_process(together->rehearsal, together->baseline, &part->options, &part->outcome);
}

static void all_of_them(void *arg)
{
    struct together *together = arg;

    for (size_t i = 0; i < together->count; i++)
        fiber_spawn(together->rehearsal->world.machines, "process", one_of_them, together);
}

void rehearsal_run_together(struct rehearsal *rehearsal, const struct baseline *baseline,
                            struct rehearsal_part *parts, size_t count)
{
    struct together together = {rehearsal, baseline, parts, count, 0};

    sched_run(rehearsal->world.machines, all_of_them, &together);
}

void rehearsal_watch(struct rehearsal *rehearsal, const struct process_watch *watch)
{
    rehearsal->world.watch = *watch;
}

/* --- The operator --------------------------------------------------------------------------------
 */

struct operator_run {
    struct process *process;
    rehearsal_operator_fn fn;
    void *arg;
};

static void operator_main(void *arg)
{
    struct operator_run *run = arg;
    struct aws_target management = simulated_management(&run->process->simulated);

    run->fn(run->arg, &management, &run->process->simulated.world);
}

void rehearsal_operate(struct rehearsal *rehearsal, rehearsal_operator_fn fn, void *arg)
{
    struct process process;
    struct operator_run run = {&process, fn, arg};

    process_begin(&process, &rehearsal->world, &(struct process_trouble){0});
    sched_run(process.simulated.sched, operator_main, &run);
    process_end(&process);
}

struct one_call {
    struct rehearsal *rehearsal;
    const char *account_id, *region;
    enum aws_op op;
    const struct json *params, **out;
    struct err *err;
    int result;
};

static void make_call(void *arg, const struct aws_target *management,
                      const struct credentials_world *world)
{
    struct one_call *call = arg;
    struct arena *arena = call->rehearsal->arena;
    struct credentials_provider *member = NULL;
    struct aws_target target = *management;

    target.region = call->region;
    if (call->account_id != NULL) {
        struct assume_role_options options = {
            .role_arn = arena_printf(arena, "arn:aws:iam::%s:role/OrganizationAccountAccessRole",
                                     call->account_id),
            .session_name = "operator",
            .region = call->region,
        };

        member = credentials_assume_role_new(world, management->credentials, &options);
        target.credentials = member;
        target.account_id = call->account_id;
    }
    call->result = aws_op_info(call->op)->page_in != NULL
                       ? aws_list(&target, call->op, call->params, arena, call->out, call->err)
                       : aws_call(&target, call->op, call->params, arena, call->out, call->err);
    credentials_provider_free(member);
}

int rehearsal_call(struct rehearsal *rehearsal, const char *account_id, const char *region,
                   enum aws_op op, const struct json *params, const struct json **out,
                   struct err *err)
{
    const struct json *ignored;
    struct one_call call = {.rehearsal = rehearsal,
                            .account_id = account_id,
                            .region = region,
                            .op = op,
                            .params = params,
                            .out = out == NULL ? &ignored : out,
                            .err = err};

    rehearsal_operate(rehearsal, make_call, &call);
    return call.result;
}

struct inventory_reading {
    struct rehearsal *rehearsal;
    const struct inventory *inventory;
    struct err err;
    int result;
};

static void read_inventory(void *arg, const struct aws_target *management,
                           const struct credentials_world *world)
{
    struct inventory_reading *reading = arg;
    struct inventory_cache *cache = inventory_cache_new(management);

    (void)world;
    reading->result = inventory_get(cache, &reading->inventory, &reading->err);
    *VEC_ADD(reading->rehearsal->arena, &reading->rehearsal->inventories) = cache;
}

const struct inventory *rehearsal_inventory(struct rehearsal *rehearsal)
{
    struct inventory_reading reading = {.rehearsal = rehearsal, .err = ERR_INIT};

    rehearsal_operate(rehearsal, read_inventory, &reading);
    if (reading.result != 0) {
        (void)fprintf(stderr, "rehearsal: %s\n", reading.err.text);
        abort();
    }
    return reading.inventory;
}
