/*
 * seeds.c - many worlds, each with trouble of its own: calls that fail or are refused, answers that
 * are lost, throttling, runs that are killed in the middle, services that cannot be reached for a
 * while, clocks that are set wrong, and two runs at the same time, of which one stands still or is
 * cut off from its lock.  Each must converge, with no account and no honey token twice, no key that
 * nobody knows, and no write without the lock (witness.h).
 *
 *   simulation_seeds KIND [FIRST COUNT]
 *
 * The first that fails ends it and prints its seed; `simulation_seeds KIND SEED 1` plays it again.
 */
#include "../support/honey_check.h"
#include "../support/rehearsal.h"
#include "witness.h"

#include "plinth/base/arena.h"
#include "plinth/base/env.h"
#include "plinth/base/str.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SEEDS = 1000, RUNS_MOST = 12, JOURNAL_EVERY = 2 };

/* What the worlds of a kind are made of. */
struct kind {
    const char *name, *baseline;
    size_t honey_keys;
};

static const struct kind kinds[] = {
    {"small", PLINTH_SOURCEDIR "/tests/unit/engine/data/small.yaml", 0},
    {"honey", PLINTH_SOURCEDIR "/tests/simulation/honey.yaml", 2},
    {"large", PLINTH_SOURCEDIR "/tests/simulation/large.yaml", 2},
    {NULL, NULL, 0},
};

static const char *const regions[] = {"eu-central-1", "eu-west-1", "us-east-1", NULL};
static const char *const files[] = {"/home/build/.aws/credentials", NULL};

static bool is_clean(const struct rehearsal_outcome *outcome)
{
    return outcome->result == 0 &&
           outcome->summary.outcomes[OUTCOME_CLEAN] == outcome->summary.targets;
}

/* An account for each of the baseline, and none more. */
static bool accounts_are_right(struct rehearsal *rehearsal, const struct baseline *baseline)
{
    const struct inventory *inventory = rehearsal_inventory(rehearsal);

    for (size_t i = 0; i < baseline->account_count; i++)
        if (inventory_account_of(inventory, &baseline->accounts[i]) == NULL)
            return false;
    return inventory->account_count == baseline->account_count;
}

/* --- Trouble -------------------------------------------------------------------------------------
 */

/* What the worlds of a run of this program have in common. */
struct program {
    const struct kind *kind;
    struct arena *arena;
    VEC(const char *) places; /* parts of hosts' names: what can be cut off */
    uint64_t writes, calls;   /* of a first apply: where trouble may come */
    int64_t takes_ms;         /* likewise */
    const char *folder;       /* of journals */
    uint64_t kills, pairs, takeovers, lost, resumed;
};

static int64_t between(struct rng *rng, int64_t least, int64_t most)
{
    return least + (int64_t)rng_below(rng, (uint64_t)(most - least + 1));
}

static bool one_in(struct rng *rng, uint64_t n)
{
    return rng_below(rng, n) == 0;
}

/* One write of whoever is at work. */
static void disturb_a_write(const struct program *program, struct rng *rng, struct sim *sim)
{
    static const enum sim_fault faults[] = {SIM_LOSE_ONE, SIM_REFUSE_ONE, SIM_THROTTLE_ONE,
                                            SIM_ERROR_ONE};

    sim_inject(sim, faults[rng_below(rng, sizeof faults / sizeof faults[0])],
               1 + rng_below(rng, program->writes));
}

static struct process_cut some_cut(const struct program *program, struct rng *rng)
{
    int64_t from_ms = between(rng, 0, 120 * 1000);

    return (struct process_cut){.host =
                                    program->places.items[rng_below(rng, program->places.count)],
                                .from_ms = from_ms,
                                .until_ms = from_ms + between(rng, 1000, 300 * 1000)};
}

/* Up to a day, in both directions: more than AWS takes a signature for. */
static struct process_jump some_jump(struct rng *rng)
{
    enum { DAY_MS = 24 * 3600 * 1000 };

    return (struct process_jump){.after_calls = between(rng, 0, 60),
                                 .by_ms = between(rng, -DAY_MS, DAY_MS)};
}

static struct process_kill some_kill(const struct program *program, struct rng *rng)
{
    return (struct process_kill){.after_writes = 1 + rng_below(rng, program->writes),
                                 .then_calls = one_in(rng, 2) ? 0 : between(rng, 1, 5)};
}

/* From less than a lease to several. */
static struct process_stall some_stall(const struct program *program, struct rng *rng)
{
    return (struct process_stall){.after_calls = between(rng, 0, (int64_t)program->calls),
                                  .for_ms = between(rng, 10 * 1000, 300 * 1000)};
}

static struct process_cut cut_from_lock(const struct program *program, struct rng *rng)
{
    int64_t from_ms = between(rng, 0, program->takes_ms);

    return (struct process_cut){.host = "plinth-lock-",
                                .from_ms = from_ms,
                                .until_ms = from_ms + between(rng, 10 * 1000, 300 * 1000)};
}

static struct process_trouble some_trouble(const struct program *program, struct rng *rng)
{
    struct process_trouble trouble = {0};

    if (one_in(rng, 3))
        trouble.cut = some_cut(program, rng);
    if (one_in(rng, 3))
        trouble.jump = some_jump(rng);
    if (one_in(rng, 3))
        trouble.kill = some_kill(program, rng);
    return trouble;
}

/* --- A world -------------------------------------------------------------------------------------
 */

struct world {
    struct program *program;
    uint64_t seed;
    struct rng *rng;
    struct rehearsal *rehearsal;
    struct witness *witness;
    const struct baseline *baseline;
    const char *folder;               /* of journals; NULL: none is kept */
    const char *killed;               /* journal of a run that nobody went on with yet; NULL */
    struct rehearsal_outcome outcome; /* of the last run */
    int failed;
};

static void fail(void *arg, const char *why, const char *detail)
{
    struct world *world = arg;

    world->failed = 1;
    (void)printf("seed %" PRIu64 ": %s: %s\n%s\n%s\n", world->seed, why, detail,
                 world->outcome.err.text, world->outcome.text);
}

static struct rehearsal_options apply_of(const struct world *world)
{
    return (struct rehearsal_options){
        .apply = true, .guard = {.lock = true, .journal = world->folder, .resumes = world->killed}};
}

static void note_run(struct world *world, const struct rehearsal_outcome *outcome)
{
    struct program *program = world->program;

    program->kills += outcome->killed;
    program->lost += outcome->locks[LOCK_LOST];
    if (outcome->journal == NULL)
        return;
    witness_read_journal(world->witness, outcome);
    world->killed = outcome->killed ? outcome->journal : NULL;
}

static void run_alone(struct world *world, const struct process_trouble *trouble)
{
    struct rehearsal_options options = apply_of(world);

    options.trouble = *trouble;
    world->program->resumed += world->killed != NULL;
    world->outcome = rehearsal_run(world->rehearsal, world->baseline, &options);
    note_run(world, &world->outcome);
}

/* The first stands still, is cut off from its lock, or only meets the second. */
static void run_two(struct world *world)
{
    struct rng *rng = world->rng;
    struct rehearsal_part parts[2] = {{.options = apply_of(world)}, {.options = apply_of(world)}};

    for (size_t i = 0; i < 2; i++) {
        parts[i].options.trouble = some_trouble(world->program, rng);
        parts[i].options.guard.lock_wait_ms = one_in(rng, 3) ? 0 : 30 * 60 * 1000;
        parts[i].options.guard.resumes = NULL;
    }
    /* At the same moment, or at any. */
    parts[1].begins_after_ms = between(rng, 0, one_in(rng, 3) ? 100 : world->program->takes_ms);
    if (one_in(rng, 3))
        parts[0].options.trouble.cut = cut_from_lock(world->program, rng);
    else if (!one_in(rng, 4))
        parts[0].options.trouble.stall = some_stall(world->program, rng);
    rehearsal_run_together(world->rehearsal, world->baseline, parts, 2);
    world->program->pairs++;
    for (size_t i = 0; i < 2; i++)
        note_run(world, &parts[i].outcome);
    world->killed = NULL;
}

/* Runs until one is clean; the first few are disturbed. */
static void converge(struct world *world)
{
    struct sim *sim = rehearsal_sim(world->rehearsal);
    uint64_t disturbed = rng_below(world->rng, 4);
    int runs = 0;

    do {
        struct process_trouble trouble = {0};

        if (disturbed > 0) {
            disturb_a_write(world->program, world->rng, sim);
            trouble = some_trouble(world->program, world->rng);
        }
        if (disturbed > 0 && one_in(world->rng, 3))
            run_two(world);
        else
            run_alone(world, &trouble);
        disturbed -= disturbed > 0;
        sim_inject(sim, SIM_NO_FAULT, 0);
        world->outcome =
            rehearsal_run(world->rehearsal, world->baseline, &(struct rehearsal_options){0});
    } while (!is_clean(&world->outcome) && ++runs < RUNS_MOST);
}

static void check(struct world *world)
{
    size_t honey_keys = world->program->kind->honey_keys;

    if (world->witness->failure != NULL)
        fail(world, world->witness->failure, "");
    else if (!is_clean(&world->outcome))
        fail(world, "it does not converge", "");
    else if (!accounts_are_right(world->rehearsal, world->baseline))
        fail(world, "accounts are missing, or there twice", "");
    else if (honey_keys > 0)
        honey_check(world->rehearsal, files, honey_keys, fail, world);
}

static int one_world(struct program *program, uint64_t seed)
{
    struct rng *rng = rng_seeded_new(seed);
    double fault_rate = (double)rng_below(rng, 100) / 1000;
    struct sim_options options = {.delays = true,
                                  .throttle = true,
                                  .fault_rate = fault_rate,
                                  .lost_rate = fault_rate / 2,
                                  .fault_seed = seed,
                                  .default_regions = regions};
    struct world world = {.program = program,
                          .seed = seed,
                          .rng = rng,
                          .rehearsal = rehearsal_new_with(seed, options),
                          .folder = seed % JOURNAL_EVERY == 0 ? program->folder : NULL};

    world.witness = witness_new(world.rehearsal);
    world.baseline = rehearsal_baseline(world.rehearsal, program->kind->baseline);
    converge(&world);
    program->takeovers += world.witness->takeovers;
    check(&world);
    rehearsal_free(world.rehearsal);
    rng_seeded_free(rng);
    return world.failed;
}

/* --- All worlds ----------------------------------------------------------------------------------
 */

static void add_place(struct program *program, const char *place)
{
    for (size_t i = 0; i < program->places.count; i++)
        if (str_eq(program->places.items[i], place))
            return;
    *VEC_ADD(program->arena, &program->places) = place;
}

/* A host is a service in a region; a service as a whole begins like its hosts.  Some have the
 * number of an account before them: "//111122223333.s3-control.eu-central-1.amazonaws.com". */
static void add_host(struct program *program, const char *host)
{
    const char *service = host + 2 + strspn(host + 2, "0123456789");

    if (service == host + 2)
        service = host;
    add_place(program, arena_str(program->arena, service));
    add_place(program, arena_strn(program->arena, service, strcspn(service + 1, ".") + 2));
}

/* What a run of this baseline calls can be cut off, and all of it. */
static void learn(struct program *program)
{
    struct rehearsal *rehearsal =
        rehearsal_new_with(1, (struct sim_options){.delays = true, .default_regions = regions});
    const struct baseline *baseline = rehearsal_baseline(rehearsal, program->kind->baseline);
    struct witness *witness = witness_new(rehearsal);
    struct rehearsal_options options = {.apply = true, .guard = {.lock = true}};
    int64_t began_ms = rehearsal_now_ms(rehearsal);

    program->writes = rehearsal_run(rehearsal, baseline, &options).sim_writes;
    program->calls = sim_calls(rehearsal_sim(rehearsal), NULL, NULL);
    program->takes_ms = rehearsal_now_ms(rehearsal) - began_ms;
    (void)rehearsal_run(rehearsal, baseline, &options);
    add_place(program, "//");
    for (size_t i = 0; i < witness->hosts.count; i++)
        add_host(program, witness->hosts.items[i]);
    rehearsal_free(rehearsal);
}

static void remove_journals(const char *folder)
{
    DIR *open = opendir(folder);

    for (struct dirent *it; open != NULL && (it = readdir(open)) != NULL;)
        if (it->d_name[0] != '.')
            (void)unlinkat(dirfd(open), it->d_name, 0);
    if (open != NULL)
        (void)closedir(open);
}

static int usage(void)
{
    (void)fprintf(stderr, "usage: simulation_seeds small|honey|large [FIRST COUNT]\n");
    return 2;
}

int main(int argc, char **argv)
{
    uint64_t first = 1, count = SEEDS, seed;
    char folder[] = "/tmp/plinth-seeds-XXXXXX";
    struct program program = {.kind = kinds, .arena = arena_new("program"), .folder = folder};
    int failed = 0;

    while (argc > 1 && program.kind->name != NULL && !str_eq(program.kind->name, argv[1]))
        program.kind++;
    if ((argc != 2 && argc != 4) || program.kind->name == NULL ||
        (argc == 4 && (!str_to_u64(argv[2], &first) || !str_to_u64(argv[3], &count))))
        return usage();
    if (mkdtemp(folder) == NULL) {
        perror(folder);
        return 2;
    }
    learn(&program);
    for (seed = first; failed == 0 && seed < first + count; seed++) {
        failed = one_world(&program, seed);
        remove_journals(folder);
    }
    (void)rmdir(folder);
    (void)printf("%" PRIu64 " kills, %" PRIu64 " times two runs, %" PRIu64
                 " locks taken over, %" PRIu64 " lost, %" PRIu64 " runs resumed\n",
                 program.kills, program.pairs, program.takeovers, program.lost, program.resumed);
    (void)printf("%" PRIu64 " worlds from seed %" PRIu64 ": %s\n", seed - first, first,
                 failed == 0 ? "all converged" : "the last one failed");
    arena_free(program.arena);
    return failed == 0 ? 0 : 1;
}
