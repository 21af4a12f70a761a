/*
 * report_priv.h - what the formats share.
 */
#ifndef PLINTH_REPORT_PRIV_H
#define PLINTH_REPORT_PRIV_H

#include "plinth/report/report.h"

struct arena; /* base/arena.h */
struct buf;   /* base/buf.h */

/* The members of a unit as report_json has them, put into `out`; and those of the sum. */
void report_put_unit(struct json *out, const struct unit_result *unit, enum report_kind kind);
void report_put_summary(struct json *out, const struct summary *summary);
void report_put_identity(struct json *out, const struct identity *identity);

/* Whether the unit has something to say: one planned blind that needs nothing has not. */
bool report_has_news(const struct unit_result *unit);

/* Or binds something for good. */
bool report_takes_away(const struct unit_result *unit);

/* " (irreversible: ...)"; nothing of a change that can be undone. */
void report_final(struct buf *out, const struct change *change);

/* "name: from -> to"; long values are cut unless `whole`, and begin where they part. */
void report_field(struct buf *out, const struct change_field *field, bool whole);

/* Text from AWS or a file with its control characters as \n, \x1b, \u0080. */
void report_escape(struct buf *out, const char *text, size_t len);

/* `accounts` rows of `regions` units each, all alike, in every row for the same regions: a setting
 * that differs in six accounts and seventeen regions is one thing to a reader. */
struct report_group {
    const struct run_result *run;
    size_t first; /* of the run's units */
    size_t accounts, regions;
};
struct report_group report_group_at(const struct run_result *run, size_t first);

/* "accounts: a, b and 12 more", and the regions: what the group stands for. */
void report_group_places(struct buf *out, const struct report_group *group, const char *before,
                         const char *after);

/* What happened to the target, in a sentence or two, one line: "drifted: update role view (max
 * session: 3600)".  owns: `arena`. */
const char *report_message(const struct unit_result *unit, enum report_kind kind,
                           struct arena *arena);

#endif
