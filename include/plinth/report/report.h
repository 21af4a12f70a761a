/*
 * report.h - a plan, a drift run or an apply, for people and for programs.
 *
 * Layer:  report.  The JSON is versioned: REPORT_FORMAT changes when a member changes its meaning
 * or goes away; members may be added.  Nothing here reads the terminal or the clock.
 */
#ifndef PLINTH_REPORT_REPORT_H
#define PLINTH_REPORT_REPORT_H

#include "plinth/codec/json.h"
#include "plinth/engine/engine.h"

#include <stdbool.h>

struct arena; /* base/arena.h */
struct buf;   /* base/buf.h */

#define REPORT_FORMAT "plinth/report/v1"

enum report_kind { REPORT_PLAN, REPORT_DRIFT, REPORT_APPLY };

struct report_style {
    enum report_kind kind;
    bool color;   /* ANSI escapes */
    bool verbose; /* whole values instead of the first 200 characters */
};

/* Text for a terminal: what is taken away first, then by control and place, targets that are alike
 * together unless verbose; ends with the sum.
 * Control characters of values are escaped.  yields: no. */
void report_text(const struct run_result *run, const struct report_style *style, struct buf *out);

/* The last line alone: "plan: 12 changes in 5 of 30 targets ...".  yields: no. */
void report_summary(const struct run_result *run, enum report_kind kind, struct buf *out);

/* {"format", "kind", "identity", "summary": {targets, clean, changed, drifted, skipped, failed,
 * unknown, changes, reads, writes, elapsed_ms, interrupted}, "targets": [...]}.
 * owns: `arena`.  yields: no. */
struct json *report_json(const struct run_result *run, enum report_kind kind,
                         const struct identity *identity, struct arena *arena);

/* One line about a change, without its newline: `create organizational unit "Workloads"`, `update
 * role view in account Shop (max session: 3600)`.  yields: no. */
void report_change_line(const struct unit_result *unit, const struct change *change,
                        struct buf *out);

/* Where a unit is: "organization", "account prod (1111...) eu-west-1".  yields: no. */
void report_place(const struct unit_result *unit, struct buf *out);

#endif
