#include "rehearsal.h"

#include "recording.h"
#include "simulated.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/env.h"
#include "plinth/base/secret.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"
#include "plinth/codec/http.h"
#include "plinth/control/control.h"
#include "plinth/control/outlet.h"
#include "plinth/fiber/fiber.h"
#include "plinth/report/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LATENCY_MS = 40, START_MS = 1764000000, REPORT_BYTES_MOST = 4 * 1024 * 1024 };

struct file {
    const char *path, *content; /* content NULL: it is not there */
};

struct rehearsal {
    struct arena *arena;
    struct env env;
    struct sim *sim;
    VEC(struct inventory_cache *) inventories; /* read by the operator */
    VEC(struct file) files;                    /* of the machine that plinth runs on */
    struct outlet outlet;
};

/* One process: everything that a restart forgets. */
struct process {
    struct rehearsal *rehearsal;
    struct simulated simulated;
    int64_t calls_left; /* before the stop; negative: no stop */
    const char *dead_region;
    struct rehearsal_cut cut;
    struct rehearsal_jump jump;
    struct clock clock; /* of this machine */
    int64_t ahead_ms;   /* of the world's, in wall time */
    struct env env;     /* with that clock */
    int64_t started_us;
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

static int file_exists(void *arg, const char *path, bool *out, struct err *err)
{
    (void)err;
    *out = rehearsal_file(arg, path) != NULL;
    return 0;
}

static int put_file(void *arg, const char *path, const struct secret *content, struct err *err)
{
    (void)err;
    rehearsal_put_file(arg, path, secret_reveal(content));
    return 0;
}

static int run_command(void *arg, const char *const *argv, const struct secret *input,
                       struct err *err)
{
    return put_file(arg, argv[0], input, err);
}

static struct rehearsal *rehearsal_with(uint64_t seed, struct sim_options options)
{
    struct arena *arena = arena_new("rehearsal");
    struct rehearsal *rehearsal = arena_alloc(arena, sizeof *rehearsal);
    struct err err = ERR_INIT;

    rehearsal->arena = arena;
    rehearsal->outlet = (struct outlet){.machine = "rehearsal",
                                        .exists = file_exists,
                                        .put_file = put_file,
                                        .run = run_command,
                                        .arg = rehearsal};
    rehearsal->env = (struct env){.clock = clock_virtual_new(START_MS * INT64_C(1000)),
                                  .rng = rng_seeded_new(seed)};
    options.env = &rehearsal->env;
    options.recorder = recording("rehearsal");
    rehearsal->sim = sim_new(&options, &err);
    if (rehearsal->sim == NULL) {
        (void)fprintf(stderr, "rehearsal: %s\n", err.text);
        abort();
    }
    return rehearsal;
}

struct rehearsal *rehearsal_new(uint64_t seed, bool delays)
{
    return rehearsal_with(seed, (struct sim_options){.delays = delays});
}

struct rehearsal *rehearsal_new_troubled(uint64_t seed, double fault_rate, double lost_rate)
{
    return rehearsal_with(seed, (struct sim_options){.delays = true,
                                                     .throttle = true,
                                                     .fault_rate = fault_rate,
                                                     .lost_rate = lost_rate,
                                                     .fault_seed = seed});
}

void rehearsal_free(struct rehearsal *rehearsal)
{
    for (size_t i = 0; i < rehearsal->inventories.count; i++)
        inventory_cache_free(rehearsal->inventories.items[i]);
    sim_free(rehearsal->sim);
    clock_virtual_free(rehearsal->env.clock);
    rng_seeded_free(rehearsal->env.rng);
    arena_free(rehearsal->arena);
}

struct sim *rehearsal_sim(const struct rehearsal *rehearsal)
{
    return rehearsal->sim;
}

struct arena *rehearsal_arena(struct rehearsal *rehearsal)
{
    return rehearsal->arena;
}

void rehearsal_wait(struct rehearsal *rehearsal, int64_t ms)
{
    struct clock *clock = rehearsal->env.clock;

    clock->advance(clock, clock->mono_us(clock) + ms * 1000);
}

int64_t rehearsal_now_ms(const struct rehearsal *rehearsal)
{
    return env_wall_ms(&rehearsal->env);
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

/* --- One process ---------------------------------------------------------------------------------
 */

/* A clock that may be wrong. */

static struct process *process_of(struct clock *clock)
{
    return (struct process *)(void *)((char *)clock - offsetof(struct process, clock));
}

static int64_t machine_wall_ms(struct clock *clock)
{
    struct process *process = process_of(clock);

    return env_wall_ms(&process->rehearsal->env) + process->ahead_ms;
}

static int64_t machine_mono_us(struct clock *clock)
{
    return env_mono_us(&process_of(clock)->rehearsal->env);
}

static void machine_advance(struct clock *clock, int64_t to_mono_us)
{
    struct clock *world = process_of(clock)->rehearsal->env.clock;

    world->advance(world, to_mono_us);
}

static bool is_cut(const struct process *process, const char *url)
{
    const struct rehearsal_cut *cut = &process->cut;
    int64_t now_ms = (env_mono_us(&process->rehearsal->env) - process->started_us) / 1000;

    return cut->host != NULL && now_ms >= cut->from_ms && now_ms < cut->until_ms &&
           strstr(url, cut->host) != NULL;
}

/* What the machine's network does before a request arrives. */
static int travel(void *arg, const struct http_request *request, struct err *err)
{
    struct process *process = arg;
    struct err ignored = ERR_INIT;

    if (process->calls_left == 0)
        sched_stop(process->simulated.sched);
    process->calls_left--;
    if (process->jump.by_ms != 0 && process->jump.after_calls-- == 0)
        process->ahead_ms = process->jump.by_ms;
    (void)fiber_sleep_ms(process->simulated.sched, LATENCY_MS, &ignored);
    if (process->dead_region != NULL && strstr(request->url, process->dead_region) != NULL)
        return err_set(err, ERR_TRANSIENT, "no route to %s", process->dead_region);
    if (is_cut(process, request->url))
        return err_set(err, ERR_TRANSIENT, "no route to %s", process->cut.host);
    return 0;
}

static void process_begin(struct process *process, struct rehearsal *rehearsal)
{
    struct simulated_options options = {
        .env = &process->env, .sim = rehearsal->sim, .before = travel, .arg = process};
    struct err err = ERR_INIT;

    *process = (struct process){.rehearsal = rehearsal,
                                .calls_left = -1,
                                .clock = {machine_wall_ms, machine_mono_us, machine_advance},
                                .env = rehearsal->env,
                                .started_us = env_mono_us(&rehearsal->env)};
    process->env.clock = &process->clock;
    if (simulated_begin(&process->simulated, &options, &err) != 0) {
        (void)fprintf(stderr, "rehearsal: %s\n", err.text);
        abort();
    }
}

/* --- plinth --------------------------------------------------------------------------------------
 */

struct plinth_run {
    struct process *process;
    const struct baseline *baseline;
    const struct rehearsal_options *options;
    struct rehearsal_outcome *outcome;
};

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
    struct rehearsal *rehearsal = run->process->rehearsal;
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
        struct aws_target management = simulated_management(&run->process->simulated);

        run->options->meanwhile(run->options->meanwhile_arg, &management,
                                &run->process->simulated.world);
    }
    if (engine_apply(engine, &result, &outcome->err) != 0)
        return -1;
    outcome->text = report(rehearsal, result, REPORT_APPLY);
    outcome->summary = result->summary;
    return 0;
}

static void plinth_main(void *arg)
{
    struct plinth_run *run = arg;
    struct process *process = run->process;
    struct engine_options options = {
        .sched = process->simulated.sched,
        .client = process->simulated.client,
        .credentials = process->simulated.credentials,
        .world = &process->simulated.world,
        .baseline = run->baseline,
        .outlet = &process->rehearsal->outlet,
        .selection = run->options->selection,
        .shard = run->options->shard,
        .prune = run->options->prune,
    };
    struct engine *engine = engine_new(&options);

    run->outcome->result = plan_and_apply(run, engine);
    engine_free(engine);
}

struct rehearsal_outcome rehearsal_run(struct rehearsal *rehearsal, const struct baseline *baseline,
                                       const struct rehearsal_options *options)
{
    struct rehearsal_outcome outcome = {.err = ERR_INIT, .plan_text = "", .text = ""};
    struct process process;
    struct plinth_run run = {&process, baseline, options, &outcome};
    uint64_t before = sim_writes(rehearsal->sim);

    process_begin(&process, rehearsal);
    if (options->stop_after_calls > 0)
        process.calls_left = options->stop_after_calls;
    process.dead_region = options->dead_region;
    process.cut = options->cut;
    process.jump = options->jump;
    sched_run(process.simulated.sched, plinth_main, &run);
    simulated_end(&process.simulated);
    outcome.sim_writes = sim_writes(rehearsal->sim) - before;
    return outcome;
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

    process_begin(&process, rehearsal);
    sched_run(process.simulated.sched, operator_main, &run);
    simulated_end(&process.simulated);
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
