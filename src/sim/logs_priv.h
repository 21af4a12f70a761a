/*
 * logs_priv.h - what the files of the simulator's CloudWatch Logs share.
 *
 * Layer:  sim, private.
 *
 * (account, region, "log-group", name)           -> the LogGroup, with _tags
 * (account, region, "log-stream/<group>", name)  -> the LogStream
 * (account, region, "log-event/<group>", id)     -> {logStreamName, timestamp, message,
 *                                                    ingestionTime, eventId}
 * (account, region, "log-filter/<group>", name)  -> the MetricFilter
 * (account, region, "log-policy", name)          -> the ResourcePolicy
 */
#ifndef PLINTH_SIM_LOGS_PRIV_H
#define PLINTH_SIM_LOGS_PRIV_H

#include "sim_priv.h"

struct log_group_name {
    const char *account, *region, *name;
};

/* "arn:aws:logs:REGION:ACCOUNT:log-group:NAME", with or without ":*"; false: it is none. */
bool log_group_of_arn(struct sim_call *call, const char *arn, struct log_group_name *out);
bool log_group_exists(const struct sim_call *call, const struct log_group_name *group);

/* The group that a parameter names in the caller's account and region.  NULL with the error set. */
struct json *log_group_asked(struct sim_call *call, const char *member);
const char *log_kind(const struct sim_call *call, const char *what, const char *group);

/* Behind the others of its group, which keeps the newest alone; the metric filters look at it.
 * (logs_events.c) */
void log_event_add(struct sim_call *call, const struct log_group_name *group, const char *stream,
                   const char *message, int64_t at_ms);

/* What the group's filters make of a new event.  (logs_filters.c) */
void log_filters_look(struct sim_call *call, const struct log_group_name *group,
                      const char *message, int64_t at_ms);

/* --- Filter patterns (logs_pattern.c) ------------------------------------------------------------
 */

struct log_pattern; /* opaque; owns: the arena */

/* NULL with *out_why: it is none. */
const struct log_pattern *log_pattern_parse(const char *text, struct arena *arena,
                                            const char **out_why);
bool log_pattern_matches(const struct log_pattern *pattern, const char *message,
                         struct arena *arena);

/* The value that a selector ("$.a.b[0]") means in an event; NULL: there is none. */
const struct json *log_selected(const struct json *event, const char *selector,
                                struct arena *arena);

extern const struct sim_operation log_event_operations[];
extern const struct sim_operation log_filter_operations[];

#endif
