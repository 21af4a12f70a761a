/*
 * laws.c - what every control must obey, tried on the simulator in virtual time.
 *
 *   control_laws NAME tests/control/NAME
 *
 * The folder holds the proof of one control as data:
 *   baseline.yaml  an organization that uses it
 *   damage.json    [{"what", "calls": [...], "finds": [text, ...]}, ...]: what somebody does behind
 *                  plinth's back, and what the plan must then name.  With "prune": true the runs
 *                  after it have --prune; with "stays": true nothing may be written, and what the
 *                  plan names are notes; with "wrong": true plinth cannot mend it, and says so
 *   given.json     [call, ...]: what is there before, made when what runs first is.  Optional.
 *   foreign.json   {"calls": [...], "keep": [...]}: what is not plinth's, made beforehand, and the
 *                  calls whose answers must stay the same.  Optional.
 *   other.yaml     the same organization with other settings of this control.  Optional.
 *   less.yaml      the same organization with something taken out of this control.  Optional.
 *
 * Calls are as ../support/operator.h says.
 */
#include "../support/operator.h"
#include "../support/rehearsal.h"

#include "plinth/aws/ops.h"
#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/limits.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/control/control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LATER_MS = 60 * 1000 };
enum { CONTROLS_MOST = 64, SEED = 7 };

struct laws {
    const struct control *control;
    const char *folder;
    const char *only[2];                   /* the control */
    const char *before[CONTROLS_MOST + 1]; /* all that runs first */
    struct arena *arena;                   /* of the whole program */
    bool called[AWS_OP_COUNT];             /* by plinth, in any law */
    int failures;
};

static void fail(struct laws *laws, const char *law, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void fail(struct laws *laws, const char *law, const char *format, ...)
{
    va_list args;

    laws->failures++;
    (void)printf("%s: %s: ", laws->control->name, law);
    va_start(args, format);
    (void)vprintf(format, args);
    va_end(args);
    (void)printf("\n");
}

/* --- Data ----------------------------------------------------------------------------------------
 */

static const char *path_of(const struct laws *laws, const char *name)
{
    return arena_printf(laws->arena, "%s/%s", laws->folder, name);
}

/* NULL: there is no such file. */
static const struct json *read_json(struct laws *laws, const char *name)
{
    const char *path = path_of(laws, name);
    FILE *file = fopen(path, "r");
    struct err err = ERR_INIT;
    struct json *json;
    char chunk[4096];
    struct buf text;
    size_t got;

    if (file == NULL)
        return NULL;
    buf_init(&text, LIMIT_YAML_BYTES);
    while ((got = fread(chunk, 1, sizeof chunk, file)) > 0)
        buf_add(&text, chunk, got);
    (void)fclose(file);
    if (json_parse(buf_text(&text), text.len, laws->arena, &json, &err) != 0) {
        (void)fprintf(stderr, "%s: %s\n", path, err.text);
        exit(2);
    }
    buf_fini(&text);
    return json;
}

/* --- plinth, once --------------------------------------------------------------------------------
 */

static struct rehearsal_outcome run(struct laws *laws, struct rehearsal *rehearsal,
                                    const struct baseline *baseline,
                                    const struct rehearsal_options *options)
{
    struct rehearsal_outcome outcome = rehearsal_run(rehearsal, baseline, options);

    for (int op = AWS_OP_NONE + 1; op < AWS_OP_COUNT; op++) {
        const struct aws_op_info *info = aws_op_info((enum aws_op)op);

        if (sim_calls(rehearsal_sim(rehearsal), aws_service_info(info->service)->name, info->name) >
            0)
            laws->called[op] = true;
    }
    return outcome;
}

static size_t unhappy(const struct rehearsal_outcome *outcome)
{
    const size_t *outcomes = outcome->summary.outcomes;

    return outcomes[OUTCOME_FAILED] + outcomes[OUTCOME_UNKNOWN] + outcomes[OUTCOME_SKIPPED];
}

static bool adds_up(const struct rehearsal_outcome *outcome)
{
    size_t sum = 0;

    for (int i = 0; i < OUTCOME_COUNT; i++)
        sum += outcome->summary.outcomes[i];
    return sum == outcome->summary.targets;
}

static bool happy(struct laws *laws, const char *law, const struct rehearsal_outcome *outcome)
{
    if (outcome->result != 0)
        fail(laws, law, "%s", outcome->err.text);
    else if (!adds_up(outcome))
        fail(laws, law, "the outcomes do not add up to the targets\n%s", outcome->text);
    else if (unhappy(outcome) > 0)
        fail(laws, law, "not every target is well\n%s", outcome->text);
    else
        return true;
    return false;
}

/* Read everything: it must be clean, and reading must not have written. */
static bool is_clean(struct laws *laws, const char *law, struct rehearsal *rehearsal,
                     const struct baseline *baseline, const struct rehearsal_options *what)
{
    struct rehearsal_options options = *what;
    struct rehearsal_outcome outcome;

    options.apply = false;
    outcome = run(laws, rehearsal, baseline, &options);
    if (!happy(laws, law, &outcome))
        return false;
    if (outcome.summary.changes > 0)
        fail(laws, law, "it did not converge\n%s", outcome.text);
    else if (outcome.sim_writes > 0 || outcome.summary.writes > 0)
        fail(laws, law, "a plan made %llu writes", (unsigned long long)outcome.sim_writes);
    else
        return true;
    return false;
}

static bool converge(struct laws *laws, const char *law, struct rehearsal *rehearsal,
                     const struct baseline *baseline, const struct rehearsal_options *what)
{
    struct rehearsal_options options = *what;
    struct rehearsal_outcome outcome;

    options.apply = true;
    outcome = run(laws, rehearsal, baseline, &options);
    return happy(laws, law, &outcome) && is_clean(laws, law, rehearsal, baseline, what);
}

/* A world in which everything is there that is given, if anything is. */
static struct rehearsal *world(struct laws *laws, uint64_t seed, bool fresh)
{
    struct rehearsal_options options = {.selection.only = laws->before, .apply = true};
    const struct json *given = read_json(laws, "given.json");
    struct rehearsal *rehearsal = rehearsal_new(seed, fresh);

    if (given != NULL) {
        (void)rehearsal_run(
            rehearsal, rehearsal_baseline(rehearsal, path_of(laws, "baseline.yaml")), &options);
        rehearsal_wait(rehearsal, LATER_MS);
        operator_call_all(rehearsal, given);
    }
    return rehearsal;
}

/* --- Laws 1 to 3 ---------------------------------------------------------------------------------
 */

static void law_converge(struct laws *laws)
{
    static const struct rehearsal_options all = {.apply = false}, apply_all = {.apply = true};
    struct rehearsal *rehearsal = world(laws, SEED, true);
    const struct baseline *baseline = rehearsal_baseline(rehearsal, path_of(laws, "baseline.yaml"));
    struct rehearsal_outcome outcome = run(laws, rehearsal, baseline, &all);

    if (happy(laws, "plan of an empty AWS", &outcome) && outcome.summary.changes == 0)
        fail(laws, "plan of an empty AWS", "it has no changes");
    if (outcome.sim_writes > 0)
        fail(laws, "plan of an empty AWS", "it made %llu writes",
             (unsigned long long)outcome.sim_writes);
    if (converge(laws, "apply", rehearsal, baseline, &all)) {
        outcome = run(laws, rehearsal, baseline, &apply_all);
        if (outcome.sim_writes > 0)
            fail(laws, "second apply", "it made %llu writes\n%s",
                 (unsigned long long)outcome.sim_writes, outcome.text);
    }
    rehearsal_free(rehearsal);
}

/* The plan of an empty AWS is complete: it names as many changes as the apply then makes. */
static void law_complete(struct laws *laws)
{
    static const struct rehearsal_options apply_all = {.apply = true}, all = {.apply = false};
    struct rehearsal *rehearsal = world(laws, SEED + 1, true);
    const struct baseline *baseline = rehearsal_baseline(rehearsal, path_of(laws, "baseline.yaml"));
    struct rehearsal_outcome planned = run(laws, rehearsal, baseline, &all);
    struct rehearsal_outcome applied = run(laws, rehearsal, baseline, &apply_all);

    if (planned.summary.changes != applied.summary.changes)
        fail(laws, "the plan is complete", "%zu changes planned, %zu made\n%s\n%s",
             planned.summary.changes, applied.summary.changes, planned.text, applied.text);
    rehearsal_free(rehearsal);
}

/* --- Law 4 ---------------------------------------------------------------------------------------
 */

static void must_find(struct laws *laws, const char *law, const struct json *damage,
                      const char *text)
{
    for (const struct json *it = json_first(json_get(damage, "finds")); it != NULL; it = it->next)
        if (strstr(text, it->string) == NULL)
            fail(laws, law, "the plan does not name \"%s\"\n%s", it->string, text);
}

/* What plinth cannot mend is told by the plan, and no run calls it well. */
static void one_wrong(struct laws *laws, const char *law, struct rehearsal *rehearsal,
                      const struct baseline *baseline, const struct json *damage)
{
    const struct rehearsal_options apply = {.apply = true}, plan = {.apply = false};
    struct rehearsal_outcome outcome = run(laws, rehearsal, baseline, &plan);

    must_find(laws, law, damage, outcome.text);
    outcome = run(laws, rehearsal, baseline, &apply);
    must_find(laws, law, damage, outcome.text);
    if (outcome.summary.outcomes[OUTCOME_FAILED] == 0)
        fail(laws, law, "an apply does not fail\n%s", outcome.text);
    outcome = run(laws, rehearsal, baseline, &plan);
    if (outcome.summary.outcomes[OUTCOME_FAILED] == 0)
        fail(laws, law, "what is left is no failure\n%s", outcome.text);
}

static void one_damage(struct laws *laws, struct rehearsal *rehearsal,
                       const struct baseline *baseline, const struct json *damage)
{
    const struct rehearsal_options options = {.prune = json_bool(damage, "prune", false)};
    const char *what = json_str(damage, "what");
    const char *law = arena_printf(laws->arena, "damage: %s", what == NULL ? "?" : what);
    bool stays = json_bool(damage, "stays", false);
    struct rehearsal_outcome outcome;

    /* Whoever does it comes later: a new account's role can be assumed by then. */
    rehearsal_wait(rehearsal, LATER_MS);
    operator_call_all(rehearsal, json_get(damage, "calls"));
    if (json_bool(damage, "wrong", false)) {
        one_wrong(laws, law, rehearsal, baseline, damage);
        return;
    }
    outcome = run(laws, rehearsal, baseline, &options);
    if (!happy(laws, law, &outcome))
        return;
    if ((outcome.summary.outcomes[OUTCOME_DRIFTED] == 0) != stays)
        fail(laws, law, stays ? "it was to be noted and left" : "it was not found");
    must_find(laws, law, damage, outcome.text);
    (void)(stays ? is_clean : converge)(laws, law, rehearsal, baseline, &options);
}

static void law_damage(struct laws *laws)
{
    static const struct rehearsal_options all = {.apply = false};
    const struct json *damages = read_json(laws, "damage.json");
    struct rehearsal *rehearsal = world(laws, SEED, true);
    const struct baseline *baseline = rehearsal_baseline(rehearsal, path_of(laws, "baseline.yaml"));

    if (damages == NULL || damages->count == 0)
        fail(laws, "damage", "there is none in damage.json");
    if (converge(laws, "before damage", rehearsal, baseline, &all))
        for (const struct json *it = json_first(damages); it != NULL; it = it->next)
            one_damage(laws, rehearsal, baseline, it);
    rehearsal_free(rehearsal);
}

/* --- Law 5 ---------------------------------------------------------------------------------------
 */

/* Kinds of records that only tell of calls that were made. */
static bool is_trace(const char *kind)
{
    return str_eq(kind, "credential") || str_eq(kind, "session") || str_eq(kind, "role-used") ||
           str_starts(kind, "trail-") || str_starts(kind, "log-event") ||
           str_starts(kind, "log-stream");
}

/* "accounts-of/ou-ab12" names one of many: what stands behind the slash is an id,
 * and AWS's ids have a dash or digits in them. */
static const char *without_ids(struct arena *arena, const char *kind)
{
    const char *slash = strchr(kind, '/');

    if (slash == NULL || strpbrk(slash, "-0123456789") == NULL)
        return kind;
    return arena_printf(arena, "%.*s/*", (int)(slash - kind), kind);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* How many records of each kind exist, one line each: equal states have equal lines, whatever ids
 * they drew. */
static const char *census(struct laws *laws, struct rehearsal *rehearsal)
{
    struct arena *arena = rehearsal_arena(rehearsal);
    const struct json *records = json_get(sim_dump(rehearsal_sim(rehearsal), arena), "records");
    const char **kinds = arena_array(arena, records->count, sizeof *kinds);
    const char *text = "";
    size_t count = 0;

    for (const struct json *it = json_first(records); it != NULL; it = it->next) {
        const char *kind = json_str(it, "kind");

        if (!is_trace(kind))
            kinds[count++] = without_ids(arena, kind);
    }
    qsort(kinds, count, sizeof *kinds, by_text);
    for (size_t i = 0, from = 0; i < count; i++)
        if (i + 1 == count || !str_eq(kinds[i], kinds[i + 1])) {
            text = arena_printf(laws->arena, "%s%zu %s\n", text, i + 1 - from, kinds[i]);
            from = i + 1;
        }
    return text;
}

static const struct {
    enum sim_fault fault;
    const char *name;
    bool mended_at_once; /* the same run goes on as if nothing had happened */
} faults[] = {
    {SIM_KILL_BEFORE, "killed before", false}, {SIM_KILL_AFTER, "killed after", false},
    {SIM_LOSE_ONE, "answer lost of", true},    {SIM_THROTTLE_ONE, "throttled", true},
    {SIM_ERROR_ONE, "failed", true},           {SIM_REFUSE_ONE, "refused", false},
};

/* Every account and region with every fault would take hours: two regions stand for all. */
static void narrow(const struct laws *laws, const struct baseline *baseline,
                   struct rehearsal_options *options)
{
    if (laws->control->scope != CONTROL_PER_REGION &&
        laws->control->scope != CONTROL_PER_ADMIN_REGION)
        return;
    options->selection.regions =
        arena_array(laws->arena, baseline->regions.count + 1, sizeof(char *));
    memcpy((void *)options->selection.regions, baseline->regions.items,
           baseline->regions.count * sizeof(char *));
}

/* A world in which everything is there that the control comes after. */
static struct rehearsal *prepared(struct laws *laws, const struct baseline **out_baseline)
{
    struct rehearsal *rehearsal = world(laws, SEED, true);
    struct rehearsal_options options = {.selection.only = laws->before, .apply = true};

    *out_baseline = rehearsal_baseline(rehearsal, path_of(laws, "baseline.yaml"));
    if (laws->before[0] != NULL)
        (void)rehearsal_run(rehearsal, *out_baseline, &options);
    return rehearsal;
}

static void one_fault(struct laws *laws, size_t fault, uint64_t nth, const char *wanted)
{
    struct rehearsal_options options = {.selection.only = laws->only, .apply = true};
    const char *law =
        arena_printf(laws->arena, "%s write %llu", faults[fault].name, (unsigned long long)nth);
    const struct baseline *baseline;
    struct rehearsal *rehearsal = prepared(laws, &baseline);
    struct rehearsal_outcome outcome;
    const char *got;

    narrow(laws, baseline, &options);
    sim_inject(rehearsal_sim(rehearsal), faults[fault].fault, nth);
    outcome = run(laws, rehearsal, baseline, &options);
    sim_inject(rehearsal_sim(rehearsal), SIM_NO_FAULT, 0);
    if (!faults[fault].mended_at_once || happy(laws, law, &outcome)) {
        /* A fresh account is asked again after a refusal: then all may be well, and must be. */
        if (!faults[fault].mended_at_once && outcome.result == 0 && unhappy(&outcome) == 0)
            (void)is_clean(laws, law, rehearsal, baseline, &options);
        if (converge(laws, law, rehearsal, baseline, &options)) {
            got = census(laws, rehearsal);
            if (!str_eq(got, wanted))
                fail(laws, law, "another final state:\n%s\nnot\n%s", got, wanted);
        }
    }
    rehearsal_free(rehearsal);
}

static void law_faults(struct laws *laws)
{
    struct rehearsal_options options = {.selection.only = laws->only, .apply = true};
    const struct baseline *baseline;
    struct rehearsal *rehearsal = prepared(laws, &baseline);
    struct rehearsal_outcome outcome;
    const char *wanted;

    narrow(laws, baseline, &options);
    outcome = run(laws, rehearsal, baseline, &options);
    wanted = census(laws, rehearsal);
    if (!happy(laws, "unbroken run", &outcome))
        outcome.sim_writes = 0;
    rehearsal_free(rehearsal);
    if (outcome.sim_writes == 0)
        fail(laws, "faults", "the control writes nothing in this baseline");
    for (size_t fault = 0; fault < sizeof faults / sizeof faults[0]; fault++)
        for (uint64_t nth = 1; nth <= outcome.sim_writes; nth++)
            one_fault(laws, fault, nth, wanted);
    (void)printf("%s: %llu writes, each with %zu faults\n", laws->control->name,
                 (unsigned long long)outcome.sim_writes, sizeof faults / sizeof faults[0]);
}

/* --- Laws 6 and 7 --------------------------------------------------------------------------------
 */

/* A declared operation that no law called is a permission that nobody has proved to be needed.
 * (An undeclared one never gets through: aws_call refuses it.) */
static void law_declared(struct laws *laws)
{
    for (const enum aws_op *op = laws->control->ops; *op != AWS_OP_NONE; op++)
        if (!laws->called[*op])
            fail(laws, "declared operations", "%s is declared and was never called",
                 aws_op_info(*op)->name);
}

static void law_foreign(struct laws *laws)
{
    static const struct rehearsal_options all = {.prune = true};
    const struct json *foreign = read_json(laws, "foreign.json");
    struct rehearsal *rehearsal;
    const struct baseline *baseline;
    const char **before;
    size_t i = 0;

    if (foreign == NULL)
        return;
    rehearsal = rehearsal_new(SEED, false);
    baseline = rehearsal_baseline(rehearsal, path_of(laws, "baseline.yaml"));
    operator_call_all(rehearsal, json_get(foreign, "calls"));
    before = arena_array(laws->arena, json_get(foreign, "keep")->count, sizeof *before);
    for (const struct json *it = json_first(json_get(foreign, "keep")); it != NULL; it = it->next)
        before[i++] = operator_call(rehearsal, it);
    (void)converge(laws, "beside what is not plinth's", rehearsal, baseline, &all);
    i = 0;
    for (const struct json *it = json_first(json_get(foreign, "keep")); it != NULL; it = it->next) {
        const char *after = operator_call(rehearsal, it);

        if (!str_eq(before[i], after))
            fail(laws, "what is not plinth's", "%s was\n%s\nand is now\n%s",
                 json_str(it, "operation"), before[i], after);
        i++;
    }
    rehearsal_free(rehearsal);
}

static bool has_file(struct laws *laws, const char *name)
{
    FILE *file = fopen(path_of(laws, name), "r");

    if (file != NULL)
        (void)fclose(file);
    return file != NULL;
}

/* From one baseline to another, and back. */
static void law_other(struct laws *laws)
{
    static const struct rehearsal_options all = {.apply = false};
    struct rehearsal *rehearsal;
    const struct baseline *one, *other;

    if (!has_file(laws, "other.yaml"))
        return;
    rehearsal = world(laws, SEED, true);
    one = rehearsal_baseline(rehearsal, path_of(laws, "baseline.yaml"));
    other = rehearsal_baseline(rehearsal, path_of(laws, "other.yaml"));
    if (converge(laws, "before other settings", rehearsal, one, &all) &&
        converge(laws, "other settings", rehearsal, other, &all))
        (void)converge(laws, "back from other settings", rehearsal, one, &all);
    rehearsal_free(rehearsal);
}

/* What left the baseline stays, and is told of, until a run with prune. */
static void law_less(struct laws *laws)
{
    static const struct rehearsal_options all = {.apply = false}, prune = {.prune = true},
                                          apply_all = {.apply = true};
    struct rehearsal *rehearsal;
    const struct baseline *less;
    struct rehearsal_outcome outcome;

    if (!has_file(laws, "less.yaml"))
        return;
    rehearsal = world(laws, SEED, false);
    less = rehearsal_baseline(rehearsal, path_of(laws, "less.yaml"));
    if (converge(laws, "before it is less", rehearsal,
                 rehearsal_baseline(rehearsal, path_of(laws, "baseline.yaml")), &all)) {
        outcome = run(laws, rehearsal, less, &apply_all);
        if (outcome.sim_writes > 0)
            fail(laws, "less without prune", "it made %llu writes\n%s",
                 (unsigned long long)outcome.sim_writes, outcome.text);
        outcome = run(laws, rehearsal, less, &prune);
        if (outcome.summary.changes == 0)
            fail(laws, "less with prune", "nothing to take away");
        (void)converge(laws, "less with prune", rehearsal, less, &prune);
    }
    rehearsal_free(rehearsal);
}

/* --- main ----------------------------------------------------------------------------------------
 */

static void add_before(struct laws *laws, size_t *count, const struct control *control)
{
    const char *const *const lists[] = {control->after, control->follows};

    for (size_t l = 0; l < sizeof lists / sizeof lists[0]; l++)
        for (size_t i = 0; lists[l] != NULL && lists[l][i] != NULL; i++) {
            bool known = false;

            for (size_t k = 0; k < *count; k++)
                known = known || str_eq(laws->before[k], lists[l][i]);
            if (known)
                continue;
            laws->before[(*count)++] = lists[l][i];
            add_before(laws, count, control_find(lists[l][i]));
        }
}

int main(int argc, char **argv)
{
    struct laws laws = {.folder = argc == 3 ? argv[2] : ""};
    size_t count = 0;

    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    laws.control = argc == 3 ? control_find(argv[1]) : NULL;
    if (laws.control == NULL) {
        (void)fprintf(stderr, "usage: control_laws CONTROL FOLDER\n");
        return 2;
    }
    laws.arena = arena_new("laws");
    laws.only[0] = laws.control->name;
    add_before(&laws, &count, laws.control);
    law_converge(&laws);
    law_complete(&laws);
    law_damage(&laws);
    law_faults(&laws);
    law_foreign(&laws);
    law_other(&laws);
    law_less(&laws);
    law_declared(&laws);
    arena_free(laws.arena);
    (void)printf("%s: %s\n", laws.control->name, laws.failures == 0 ? "obeys every law" : "fails");
    return laws.failures == 0 ? 0 : 1;
}
