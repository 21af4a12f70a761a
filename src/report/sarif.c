/*
 * sarif.c - the report for code scanning: what differs, at its place in the baseline.
 *
 * Source: SARIF 2.1.0 (docs.oasis-open.org/sarif/sarif/v2.1.0); GitHub, "SARIF support for code
 *         scanning": a result needs a place in a file, and the fingerprint makes it the same alert
 *         in the next run.
 */
#include "report_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/str.h"
#include "plinth/codec/node.h"

#define SARIF_SCHEMA                                                                               \
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"

/* "note", "warning", "error"; what was done in an apply is no result. */
static const char *level_of(const struct unit_result *unit)
{
    switch (unit->outcome) {
    case OUTCOME_DRIFTED:
        return report_takes_away(unit) ? "error" : "warning";
    case OUTCOME_FAILED:
    case OUTCOME_UNKNOWN:
        return "error";
    case OUTCOME_SKIPPED:
        return "warning";
    case OUTCOME_CLEAN:
        return unit->changes.note_count > 0 ? "note" : NULL;
    case OUTCOME_CHANGED:
    case OUTCOME_COUNT:
        break;
    }
    return NULL;
}

static void put_text(struct json *object, const char *key, const char *text)
{
    json_put_str(json_put_object(object, key), "text", text);
}

/* One for each control that has a result, in their order; they stand together. */
static void put_rules(struct json *driver, const struct run_result *run)
{
    struct json *rules = json_put_array(driver, "rules");
    const struct control *last = NULL;

    for (size_t i = 0; i < run->unit_count; i++) {
        struct unit_result unit = results_unit(run, i);
        const struct control *control = unit.control;
        struct json *rule;

        if (level_of(&unit) == NULL || control == last)
            continue;
        last = control;
        rule = json_add_object(rules);
        json_put_str(rule, "id", control->name);
        put_text(rule, "shortDescription", control->title == NULL ? control->name : control->title);
    }
}

static const struct mark *mark_of(const struct baseline *baseline, const struct unit_result *unit)
{
    const struct account *account =
        unit->account == NULL ? NULL : baseline_account(baseline, unit->account);
    const struct node *node = baseline_control_node(baseline, control_key(unit->control), account);

    return node == NULL || node->mark.line < 1 ? NULL : &node->mark;
}

static void put_locations(struct json *result, const struct unit_result *unit,
                          const struct baseline *baseline, struct arena *arena)
{
    const struct mark *mark = mark_of(baseline, unit);
    struct json *location = json_add_object(json_put_array(result, "locations"));
    struct json *physical = json_put_object(location, "physicalLocation"), *logical;

    json_put_str(json_put_object(physical, "artifactLocation"), "uri",
                 mark == NULL ? baseline->file : mark->file);
    json_put_number(json_put_object(physical, "region"), "startLine",
                    mark == NULL ? 1 : mark->line);
    logical = json_add_object(json_put_array(location, "logicalLocations"));
    json_put_str(logical, "fullyQualifiedName", report_target_id(unit, arena));
    json_put_str(logical, "kind", "resource");
}

struct results {
    const struct run_result *run;
    const struct report_about *about;
};

static struct json *make_result(const void *arg, size_t i, struct arena *arena)
{
    const struct report_about *about = ((const struct results *)arg)->about;
    struct unit_result one = results_unit(((const struct results *)arg)->run, i), *unit = &one;
    const char *level = level_of(unit);
    struct json *result = json_object(arena);
    struct buf text;

    if (level == NULL)
        return NULL;
    json_put_str(result, "ruleId", unit->control->name);
    json_put_str(result, "level", level);
    buf_init(&text, 16 * 1024);
    report_place(unit, &text);
    buf_printf(&text, " %s", report_message(unit, about->kind, arena));
    put_text(result, "message", buf_text(&text));
    buf_fini(&text);
    put_locations(result, unit, about->baseline, arena);
    json_put_str(json_put_object(result, "partialFingerprints"), "plinthTarget/v1",
                 report_target_id(unit, arena));
    return result;
}

void report_sarif(const struct run_result *run, const struct report_about *about, struct buf *out)
{
    struct arena *arena = arena_new("sarif");
    struct json *log = json_object(arena), *one, *driver, *invocation;
    const struct results results = {run, about};

    json_put_str(log, "$schema", SARIF_SCHEMA);
    json_put_str(log, "version", "2.1.0");
    one = json_add_object(json_put_array(log, "runs"));
    driver = json_put_object(json_put_object(one, "tool"), "driver");
    json_put_str(driver, "name", "plinth");
    json_put_str(driver, "version", about->version);
    put_rules(driver, run);
    invocation = json_add_object(json_put_array(one, "invocations"));
    json_put_bool(invocation, "executionSuccessful",
                  !run->summary.interrupted && run->summary.outcomes[OUTCOME_UNKNOWN] == 0);
    json_put_made(one, "results", make_result, &results, run->unit_count);
    json_print(log, JSON_PRETTY, out);
    buf_char(out, '\n');
    arena_free(arena);
}
