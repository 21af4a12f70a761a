/*
 * rehearse_report.c - a rehearsal for people, and as one document.
 *
 * Nothing of the machine it ran on is in there: the same seed gives the same bytes.
 */
#include "rehearse.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/baseline/baseline.h"
#include "plinth/codec/json.h"
#include "plinth/report/report.h"

#include <inttypes.h>

#define REHEARSAL_FORMAT "plinth/rehearsal/v1"

enum { OPS_SHOWN = 20 };

/* "1 h 12 min", "3 min 20 s", "4.2 s" */
static void put_time(struct buf *out, int64_t ms)
{
    int64_t s = (ms + 500) / 1000;

    if (ms < 60 * 1000)
        buf_printf(out, "%" PRId64 ".%" PRId64 " s", ms / 1000, ms % 1000 / 100);
    else if (s < 3600)
        buf_printf(out, "%" PRId64 " min %" PRId64 " s", s / 60, s % 60);
    else
        buf_printf(out, "%" PRId64 " h %" PRId64 " min", s / 3600, s % 3600 / 60);
}

static double ratio_of(const struct rehearse_result *result)
{
    return result->bound.least_ms == 0
               ? 0
               : (double)result->elapsed_ms / (double)result->bound.least_ms;
}

static uint64_t calls_of(const struct rehearse_result *result)
{
    return result->counts.reads + result->counts.writes;
}

/* --- Text ----------------------------------------------------------------------------------------
 */

static void put_head(const struct rehearse_result *result, const struct rehearse_opts *options,
                     struct buf *out)
{
    buf_printf(out, "rehearsal of %s: %zu accounts, %zu regions, %s; seed %ld, %ld ms a call\n\n",
               result->baseline->name, result->accounts, result->regions,
               options->live       ? "from the live organization"
               : options->as_built ? "from what an apply made"
                                   : "from one empty account",
               options->seed, options->latency_ms);
}

static void put_duration(const struct rehearse_result *result, struct buf *out)
{
    buf_str(out, "expect ");
    put_time(out, result->elapsed_ms);
    if (result->apply != NULL) {
        buf_str(out, ": plan ");
        put_time(out, result->plan_ms);
        buf_str(out, ", apply ");
        put_time(out, result->elapsed_ms - result->plan_ms);
    }
    buf_str(out, "\nno run that makes these calls can be faster than ");
    put_time(out, result->bound.least_ms);
    buf_printf(out, "; this one takes %.2f times that\n", ratio_of(result));
    buf_printf(out,
               "%" PRIu64 " calls, %" PRIu64 " of them writes; %" PRIu64 " throttled, %" PRIu64
               " sent again\n",
               calls_of(result), result->counts.writes, result->counts.throttles,
               result->counts.retries);
}

static void put_limits(const struct sim_bound *bound, struct buf *out)
{
    buf_str(out, "\nwhat limits it:\n");
    if (bound->creations > 0) {
        buf_str(out, "  ");
        put_time(out, bound->creations_ms);
        buf_printf(out, "  %" PRIu64 " accounts created, five at a time\n", bound->creations);
    }
    for (size_t i = 0; i < bound->limit_count; i++) {
        const struct sim_limit *limit = &bound->limits[i];

        buf_str(out, "  ");
        put_time(out, limit->least_ms);
        buf_printf(out, "  %" PRIu64 " calls of %s:%s in account %s %s, %g a second\n",
                   limit->calls, limit->service, limit->operation, limit->account, limit->region,
                   limit->per_second);
    }
    buf_str(out, "  ");
    put_time(out, bound->chain_ms);
    buf_printf(out, "  a chain of %" PRIu64 " calls that need each other's answers\n",
               bound->chain_calls);
}

static void put_ops(const struct rehearse_result *result, bool all, struct buf *out)
{
    size_t shown = !all && result->op_count > OPS_SHOWN ? OPS_SHOWN : result->op_count;

    buf_str(out, "\ncalls:\n");
    for (size_t i = 0; i < shown; i++)
        buf_printf(out, "  %8" PRIu64 "  %s:%s\n", result->ops[i].calls, result->ops[i].service,
                   result->ops[i].operation);
    if (shown < result->op_count)
        buf_printf(out, "  and %zu more operations; --verbose shows all\n",
                   result->op_count - shown);
}

void rehearse_text(const struct rehearse_result *result, const struct rehearse_opts *options,
                   bool color, struct buf *out)
{
    const struct common *common = &options->run.baseline.common;
    struct report_style style = {.kind = REPORT_PLAN, .color = color, .verbose = common->verbose};

    put_head(result, options, out);
    report_text(result->plan, &style, out);
    if (result->apply != NULL) {
        buf_char(out, '\n');
        report_summary(result->apply, REPORT_APPLY, out);
    }
    buf_char(out, '\n');
    put_duration(result, out);
    put_limits(&result->bound, out);
    put_ops(result, common->verbose, out);
}

/* --- JSON ----------------------------------------------------------------------------------------
 */

static void put_bound(struct json *document, const struct rehearse_result *result)
{
    const struct sim_bound *bound = &result->bound;
    struct json *out = json_put_object(document, "lower_bound"), *list;

    json_put_number(out, "ms", (double)bound->least_ms);
    json_put_number(out, "creations", (double)bound->creations);
    json_put_number(out, "creations_ms", (double)bound->creations_ms);
    json_put_number(out, "chain_calls", (double)bound->chain_calls);
    json_put_number(out, "chain_ms", (double)bound->chain_ms);
    list = json_put_array(out, "rates");
    for (size_t i = 0; i < bound->limit_count; i++) {
        const struct sim_limit *limit = &bound->limits[i];
        struct json *item = json_add_object(list);

        json_put_str(item, "service", limit->service);
        json_put_str(item, "operation", limit->operation);
        json_put_str(item, "account_id", limit->account);
        json_put_str(item, "region", limit->region);
        json_put_number(item, "calls", (double)limit->calls);
        json_put_number(item, "per_second", limit->per_second);
        json_put_number(item, "ms", (double)limit->least_ms);
    }
}

struct json *rehearse_json(const struct rehearse_result *result,
                           const struct rehearse_opts *options, struct arena *arena)
{
    struct json *out = json_object(arena), *calls;

    json_put_str(out, "format", REHEARSAL_FORMAT);
    json_put_str(out, "baseline", result->baseline->name);
    json_put_number(out, "accounts", (double)result->accounts);
    json_put_number(out, "regions", (double)result->regions);
    json_put_number(out, "seed", (double)options->seed);
    json_put_number(out, "latency_ms", (double)options->latency_ms);
    json_put_number(out, "plan_ms", (double)result->plan_ms);
    json_put_number(out, "elapsed_ms", (double)result->elapsed_ms);
    put_bound(out, result);
    json_put_number(out, "ratio", ratio_of(result));
    json_put_number(out, "reads", (double)result->counts.reads);
    json_put_number(out, "writes", (double)result->counts.writes);
    json_put_number(out, "throttles", (double)result->counts.throttles);
    json_put_number(out, "retries", (double)result->counts.retries);
    json_put_number(out, "fibers_most", (double)result->fibers_most);
    calls = json_put_object(out, "calls");
    for (size_t i = 0; i < result->op_count; i++)
        json_put_number(
            calls, arena_printf(arena, "%s:%s", result->ops[i].service, result->ops[i].operation),
            (double)result->ops[i].calls);
    json_put(out, "plan", report_json(result->plan, REPORT_PLAN, &result->identity, arena));
    if (result->apply != NULL)
        json_put(out, "apply", report_json(result->apply, REPORT_APPLY, &result->identity, arena));
    return out;
}
