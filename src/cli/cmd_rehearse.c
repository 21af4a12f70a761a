/*
 * cmd_rehearse.c - how long a run will take, what it will call and what will limit it, before it is
 *                  run: on the simulator, in virtual time.
 */
#include "load.h"
#include "rehearse.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/baseline/baseline.h"
#include "plinth/codec/json.h"
#include "plinth/fiber/fiber.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LATENCY_MS = 80, ACCOUNTS_MOST = 10 * 1000 };

static const struct opt rehearse_options[] = {
    {"accounts", 0, OPT_NUMBER, offsetof(struct rehearse_opts, accounts), "N",
     "so many: the baseline's, and copies of those without a role", .least = 1,
     .most = ACCOUNTS_MOST},
    {"regions", 0, OPT_NUMBER, offsetof(struct rehearse_opts, regions), "N",
     "so many are on in every account; 17 if not given, as in AWS", .least = 1},
    {"as-built", 0, OPT_FLAG, offsetof(struct rehearse_opts, as_built), NULL,
     "start from what one apply made; else from one empty account"},
    {"live", 0, OPT_FLAG, offsetof(struct rehearse_opts, live), NULL,
     "start from accounts, units and policies as AWS has them now; reads only"},
    {"profile", 0, OPT_TEXT, offsetof(struct run_opts, profile), "NAME",
     "with --live: profile of ~/.aws/config; else AWS_PROFILE"},
    {"drift", 0, OPT_NUMBER, offsetof(struct rehearse_opts, drift), "N",
     "damage so many things first"},
    {"seed", 0, OPT_NUMBER, offsetof(struct rehearse_opts, seed), "N",
     "another seed is another run; the same one the same; 1 if not given", .least = 1,
     .fallback = 1},
    {"latency-ms", 0, OPT_NUMBER, offsetof(struct rehearse_opts, latency_ms), "MS",
     "of a call, on average; 80 if not given", .fallback = LATENCY_MS},
    {"fault-rate", 0, OPT_TEXT, offsetof(struct rehearse_opts, fault_rate), "X",
     "share of calls that fail, from 0 to 1"},
    {"lost-rate", 0, OPT_TEXT, offsetof(struct rehearse_opts, lost_rate), "X",
     "share of calls that are done but not answered"},
    {"parallel", 0, OPT_NUMBER, offsetof(struct run_opts, parallel), "N",
     "accounts in flight, as of plinth apply", .least = 1},
    PRUNE_OPT,
    OVERRIDE_GATE_OPT(struct rehearse_opts),
    BASELINE_OPTS,
    OUTPUT_OPT,
    {0},
};

struct rehearsal {
    const struct rehearse_opts *options;
    struct arena *arena; /* outlives the engine */
    struct rehearse_world world;
    struct rehearse_result result;
    struct err err;
    int failed, code;
};

/* --- The run -------------------------------------------------------------------------------------
 */

struct op_list {
    struct arena *arena;
    struct rehearse_op *items;
    size_t count;
};

static void add_op(void *arg, enum aws_op op, uint64_t calls)
{
    struct op_list *list = arg;
    const struct aws_op_info *info = aws_op_info(op);

    if (list->items == NULL)
        list->items = arena_array(list->arena, AWS_OP_COUNT, sizeof *list->items);
    list->items[list->count++] =
        (struct rehearse_op){aws_service_info(info->service)->name, info->name, calls};
}

static int by_calls(const void *a, const void *b)
{
    const struct rehearse_op *left = a, *right = b;
    int order = (left->calls < right->calls) - (left->calls > right->calls);

    if (order == 0)
        order = strcmp(left->service, right->service);
    return order != 0 ? order : strcmp(left->operation, right->operation);
}

static void count_calls(struct rehearsal *rehearsal, const struct simulated *process)
{
    struct rehearse_result *result = &rehearsal->result;
    struct op_list list = {.arena = rehearsal->arena};

    result->counts = aws_client_counts(process->client);
    aws_client_each_op(process->client, add_op, &list);
    if (list.count > 0)
        qsort(list.items, list.count, sizeof *list.items, by_calls);
    result->ops = list.items;
    result->op_count = list.count;
    result->fibers_most = sched_stats(process->sched).alive_most;
    sim_bound(rehearsal->world.sim, rehearsal->arena, &result->bound);
}

static bool has_work(const struct run_result *plan)
{
    return plan->summary.outcomes[OUTCOME_CLEAN] < plan->summary.targets;
}

static int run(struct rehearsal *rehearsal, struct engine *engine, int64_t from_us, struct err *err)
{
    struct rehearse_result *result = &rehearsal->result;
    const struct env *env = &rehearsal->world.env;
    struct gate_findings findings = {0};

    if (engine_identify(engine, &result->identity, err) != 0 ||
        engine_plan(engine, &result->plan, err) != 0)
        return -1;
    result->plan_ms = result->elapsed_ms = (env_mono_us(env) - from_us) / 1000;
    if (!has_work(result->plan))
        return 0;
    if (engine_gate(engine, rehearsal->options->overrides.items, &findings, err) != 0 ||
        engine_apply(engine, &result->apply, err) != 0)
        return -1;
    result->elapsed_ms = (env_mono_us(env) - from_us) / 1000;
    return 0;
}

/* The report is printed here: what it shows is the engine's. */
static bool print(const struct rehearsal *rehearsal)
{
    const struct common *common = &rehearsal->options->run.baseline.common;
    struct buf text;

    if (wants_json(&rehearsal->options->run.baseline))
        return put_json(rehearse_json(&rehearsal->result, rehearsal->options, rehearsal->arena));
    result_buf(&text);
    rehearse_text(&rehearsal->result, rehearsal->options, use_color(common, STDOUT_FILENO), &text);
    return put_buf(&text);
}

static int code_of(const struct rehearse_result *result)
{
    const struct summary *summary =
        result->apply == NULL ? &result->plan->summary : &result->apply->summary;
    const size_t *outcomes = summary->outcomes;

    return outcomes[OUTCOME_FAILED] + outcomes[OUTCOME_UNKNOWN] + outcomes[OUTCOME_SKIPPED] +
                       outcomes[OUTCOME_DRIFTED] >
                   0
               ? EXIT_PARTIAL
               : EXIT_DONE;
}

static void run_job(void *arg, struct simulated *process)
{
    struct rehearsal *rehearsal = arg;
    struct rehearse_world *world = &rehearsal->world;
    struct engine *engine;

    sim_trouble(world->sim, true, world->fault_rate, world->lost_rate);
    sim_bound_begin(world->sim);
    engine = rehearse_engine(world, process, &rehearsal->options->run, rehearsal->result.baseline);
    rehearsal->failed = run(rehearsal, engine, env_mono_us(&world->env), &rehearsal->err);
    if (rehearsal->failed == 0) {
        count_calls(rehearsal, process);
        rehearsal->code = print(rehearsal) ? code_of(&rehearsal->result) : EXIT_ERROR;
    }
    engine_free(engine);
}

/* --- The command ---------------------------------------------------------------------------------
 */

static int check_options(const struct rehearse_opts *options, struct err *err)
{
    if (options->live && (options->as_built || options->accounts > 0 || options->regions > 0))
        return err_set(err, ERR_USAGE,
                       "rehearse: --live takes the organization as it is, without --as-built, "
                       "--accounts and --regions");
    if (options->run.profile != NULL && !options->live)
        return err_set(err, ERR_USAGE,
                       "rehearse: --profile goes with --live; nothing else asks AWS");
    return 0;
}

/* So many accounts as were asked for. */
static int check_accounts(const struct rehearse_opts *options, const struct baseline *baseline,
                          struct err *err)
{
    size_t asked = (size_t)options->accounts;

    if (asked == 0 || baseline->account_count == asked)
        return 0;
    if (baseline->account_count > asked)
        return err_set(err, ERR_USAGE, "rehearse: the baseline has %zu accounts, --accounts %zu",
                       baseline->account_count, asked);
    return err_set(err, ERR_USAGE,
                   "rehearse: --accounts %zu needs an account without a role, to be copied", asked);
}

static size_t region_count(const struct rehearsal *rehearsal)
{
    enum { REGIONS_OF_AWS = 17 };

    return rehearsal->options->regions > 0 ? (size_t)rehearsal->options->regions : REGIONS_OF_AWS;
}

/* The world as the options have it.  Returns EXIT_DONE or what to exit with, printed. */
static int prepare(struct rehearsal *rehearsal, struct loaded *loaded)
{
    const struct rehearse_opts *options = rehearsal->options;
    const struct common *common = &options->run.baseline.common;
    struct err err = ERR_INIT;
    int code;

    if (rehearse_world_open(&rehearsal->world, options, loaded->baseline->home_region, &err) != 0)
        return fail(common, &err);
    if (options->live) {
        code = rehearse_clone(&rehearsal->world, options, loaded->path, loaded->baseline);
        if (code != EXIT_DONE)
            return code;
    }
    if ((options->as_built &&
         rehearse_build(&rehearsal->world, &options->run, loaded->baseline, &err) != 0) ||
        (options->drift > 0 &&
         rehearse_damage(&rehearsal->world, loaded->baseline, (size_t)options->drift, &err) != 0))
        return fail(common, &err);
    return EXIT_DONE;
}

static int rehearse(struct rehearsal *rehearsal, const char *argument)
{
    const struct rehearse_opts *options = rehearsal->options;
    const struct common *common = &options->run.baseline.common;
    const struct rehearse_job job = {run_job, rehearsal};
    const struct baseline_options more = {.accounts_least = (size_t)options->accounts};
    struct err err = ERR_INIT;
    struct loaded loaded;
    int code;

    if (check_options(options, &err) != 0)
        return fail(common, &err);
    if (load_baseline_with(argument, &options->run.baseline.variables, &more, rehearsal->arena,
                           &loaded, &err) != 0)
        return load_failed(&loaded, &options->run.baseline, &err);
    if (check_accounts(options, loaded.baseline, &err) != 0)
        return fail(common, &err);
    rehearsal->result.baseline = loaded.baseline;
    rehearsal->result.accounts = loaded.baseline->account_count;
    rehearsal->result.regions = region_count(rehearsal);
    code = prepare(rehearsal, &loaded);
    if (code == EXIT_DONE && rehearse_process(&rehearsal->world, &job, &err) != 0)
        code = fail(common, &err);
    if (code == EXIT_DONE)
        code = rehearsal->failed != 0 ? fail(common, &rehearsal->err) : rehearsal->code;
    return code;
}

static int rehearse_run(const void *options, const struct words *positional)
{
    struct rehearse_opts opts = *(const struct rehearse_opts *)options;
    struct rehearsal rehearsal = {.options = &opts, .err = ERR_INIT};
    int code;

    rehearsal.arena = arena_new("rehearse");
    code = rehearse(&rehearsal, positional->count == 0 ? NULL : positional->items[0]);
    rehearse_world_close(&rehearsal.world);
    arena_free(rehearsal.arena);
    return code;
}

const struct command command_rehearse = {
    .name = "rehearse",
    .summary = "run a baseline on a simulated AWS, in virtual time",
    .usage = "[BASELINE]",
    .text =
        "Plans and applies the baseline on a simulator in this process, with AWS's latencies and\n"
        "documented rates, and prints how long it would take, what limits it, which calls it\n"
        "makes and what it changes.  An hour takes seconds.  The same seed gives the same output\n"
        "to the byte.  Nothing is sent to AWS; only --live reads there.  Exits with 4 when the\n"
        "rehearsed run leaves something undone, and with 3 when the lock-out gate refuses it.",
    .examples = "  plinth rehearse startup\n"
                "  plinth rehearse --live\n"
                "  plinth rehearse --accounts 1000 --as-built --drift 20\n"
                "  plinth rehearse --fault-rate 0.02 --lost-rate 0.01 --seed 7 --output json\n",
    .opts = rehearse_options,
    .options_size = sizeof(struct rehearse_opts),
    .positional_most = 1,
    .run = rehearse_run,
};
