/*
 * junit.c - the report for a CI system that shows tests.
 *
 * A run keeps only targets with something to say; the others are one case with their number, so
 * that the sum of a suite is not mistaken for that of the targets.
 */
#include "report_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/time.h"
#include "plinth/codec/xml.h"

struct tally {
    size_t tests, failures, errors, skipped;
};

static void count(struct tally *tally, const struct run_result *run, size_t i)
{
    enum outcome outcome = results_unit(run, i).outcome;

    tally->tests++;
    tally->failures += outcome == OUTCOME_DRIFTED;
    tally->errors += outcome == OUTCOME_FAILED || outcome == OUTCOME_UNKNOWN;
    tally->skipped += outcome == OUTCOME_SKIPPED;
}

static void put_attribute(struct buf *out, const char *name, const char *value)
{
    buf_printf(out, " %s=\"", name);
    xml_escape(value, out);
    buf_char(out, '"');
}

static void put_tally(struct buf *out, const struct tally *tally)
{
    buf_printf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\"", tally->tests,
               tally->failures, tally->errors, tally->skipped);
}

/* NULL: the case passes. */
static const char *element_of(enum outcome outcome)
{
    switch (outcome) {
    case OUTCOME_DRIFTED:
        return "failure";
    case OUTCOME_FAILED:
    case OUTCOME_UNKNOWN:
        return "error";
    case OUTCOME_SKIPPED:
        return "skipped";
    case OUTCOME_CLEAN:
    case OUTCOME_CHANGED:
    case OUTCOME_COUNT:
        break;
    }
    return NULL;
}

static void put_case(struct buf *out, const struct unit_result *unit,
                     const struct report_about *about, struct arena *arena)
{
    const char *element = element_of(unit->outcome);
    const char *message = report_message(unit, about->kind, arena);
    struct buf place;

    buf_init(&place, 1024);
    report_place(unit, &place);
    buf_str(out, "    <testcase");
    put_attribute(out, "classname", unit->control->name);
    put_attribute(out, "name", buf_text(&place));
    buf_fini(&place);
    buf_str(out, ">\n");
    if (element == NULL) {
        buf_str(out, "      <system-out>");
        xml_escape(message, out);
        buf_str(out, "</system-out>\n");
    } else {
        buf_printf(out, "      <%s", element);
        put_attribute(out, "message", message);
        if (unit->outcome != OUTCOME_SKIPPED)
            put_attribute(out, "type", outcome_name(unit->outcome));
        buf_str(out, "/>\n");
    }
    buf_str(out, "    </testcase>\n");
}

/* Units of a control stand together. */
static size_t suite_end(const struct run_result *run, size_t first)
{
    size_t end = first;

    while (end < run->unit_count &&
           results_unit(run, end).control == results_unit(run, first).control)
        end++;
    return end;
}

static void put_suite(struct buf *out, const struct run_result *run, size_t first, size_t end,
                      const struct report_about *about)
{
    struct arena *arena = arena_new("suite");
    struct tally tally = {0};
    char time[TIME_TEXT_BYTES];

    for (size_t i = first; i < end; i++)
        count(&tally, run, i);
    time_rfc3339(about->now_ms, time);
    buf_str(out, "  <testsuite");
    put_attribute(out, "name", results_unit(run, first).control->name);
    put_tally(out, &tally);
    put_attribute(out, "timestamp", time);
    buf_str(out, ">\n");
    for (size_t i = first; i < end; i++) {
        struct unit_result unit = results_unit(run, i);

        put_case(out, &unit, about, arena);
    }
    buf_str(out, "  </testsuite>\n");
    arena_free(arena);
}

static size_t clean_and_silent(const struct run_result *run)
{
    size_t shown = 0;

    for (size_t i = 0; i < run->unit_count; i++)
        shown += results_unit(run, i).outcome == OUTCOME_CLEAN;
    return run->summary.outcomes[OUTCOME_CLEAN] - shown;
}

void report_junit(const struct run_result *run, const struct report_about *about, struct buf *out)
{
    size_t clean = clean_and_silent(run);
    struct tally all = {.tests = clean > 0};

    for (size_t i = 0; i < run->unit_count; i++)
        count(&all, run, i);
    buf_str(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
    put_attribute(out, "name", report_kind_name(about->kind));
    put_tally(out, &all);
    buf_printf(out, " time=\"%.3f\">\n", (double)run->summary.elapsed_ms / 1000);
    for (size_t first = 0, end; first < run->unit_count; first = end) {
        end = suite_end(run, first);
        put_suite(out, run, first, end, about);
    }
    if (clean > 0)
        buf_printf(out,
                   "  <testsuite name=\"clean\" tests=\"1\" failures=\"0\" errors=\"0\" "
                   "skipped=\"0\">\n    <testcase classname=\"clean\" name=\"%zu targets as the "
                   "baseline has them\"/>\n  </testsuite>\n",
                   clean);
    buf_str(out, "</testsuites>\n");
}
