/*
 * report.h - a plan, a drift run or an apply, for people and for programs.
 *
 * Layer:  report.  The JSON is versioned: REPORT_FORMAT changes when a member changes its meaning
 * or goes away; members may be added.  Nothing here reads the terminal or the clock.  What is put
 *         into a buffer is only added to: it may have a sink (buf_init_sink), and should, for a run
 *         has a target for each account and region.
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
 * unknown, changes, reads, writes, elapsed_ms, interrupted}, "targets": [...]}.  The targets are
 * made when it is printed, from `run`, which lives until then.  owns: `arena`.  yields: no. */
struct json *report_json(const struct run_result *run, enum report_kind kind,
                         const struct identity *identity, struct arena *arena);

/* What a report says besides its run. */
struct report_about {
    enum report_kind kind;
    const struct identity *identity;
    const struct baseline *baseline;
    const char *version; /* of plinth */
    int64_t now_ms;      /* wall clock */
};

typedef void (*report_fn)(const struct run_result *run, const struct report_about *about,
                          struct buf *out);

/* As report_json, one object a line, compact: {"type": "run", "identity", ...}, then {"type":
 * "target", ...} for each, then {"type": "summary", ...}: whoever reads needs no memory for all.
 * yields: no. */
void report_jsonl(const struct run_result *run, const struct report_about *about, struct buf *out);

/* A comment on a pull request: what is taken away first, then what failed, then the rest, targets
 * that are alike together; cut, and says so, before GitHub's 65,536 characters.  yields: no. */
void report_markdown(const struct run_result *run, const struct report_about *about,
                     struct buf *out);

/* JUnit XML: a suite for each control, a case for each target that is not clean, and one case for
 * all that are.  What drifted is a failure; what failed or could not be read an error.
 * Source: github.com/testmoapp/junitxml.  yields: no. */
void report_junit(const struct run_result *run, const struct report_about *about, struct buf *out);

/* SARIF 2.1.0 (OASIS): a rule for each control, a result for each target, at the control's place in
 * the baseline.  yields: no. */
void report_sarif(const struct run_result *run, const struct report_about *about, struct buf *out);

/* OCSF 1.3.0 Compliance Finding (class 2003), one event a line, as Amazon Security Lake takes
 * custom sources.  yields: no. */
void report_ocsf(const struct run_result *run, const struct report_about *about, struct buf *out);

/* One line about a change, without its newline: `create organizational unit "Workloads"`, `update
 * role view in account Shop (max session: 3600)`.  yields: no. */
void report_change_line(const struct unit_result *unit, const struct change *change,
                        struct buf *out);

/* "plan", "drift", "apply".  Static storage.  yields: no. */
const char *report_kind_name(enum report_kind kind);

/* An id of the target that stays the same from run to run: "guardduty/Shop/eu-west-1".
 * owns: `arena`.  yields: no. */
const char *report_target_id(const struct unit_result *unit, struct arena *arena);

/* Where a unit is: "organization", "account prod (1111...) eu-west-1".  yields: no. */
void report_place(const struct unit_result *unit, struct buf *out);

#endif
