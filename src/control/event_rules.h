/*
 * event_rules.h - the event rules of one bus in one region whose names begin alike, each with one
 *                 target of plinth's.
 *
 * Layer:  control, private.  A control embeds them; what it wants is a list.
 * Source: docs.aws.amazon.com/eventbridge/latest/APIReference, API version 2015-10-07
 * Limits: read by one call for all of them and one for the targets of each, as AWS has no bulk read
 *         of these.  Targets that somebody else put on a rule are reported and left.  Rules that
 *         are not wanted any more end with --prune.
 */
#ifndef PLINTH_CONTROL_EVENT_RULES_H
#define PLINTH_CONTROL_EVENT_RULES_H

#include "plinth/control/control.h"

/* Steps of their changes, beside those that the control counts from 0. */
enum { EVENT_RULE_PUT = 2000, EVENT_RULE_TARGET, EVENT_RULE_REMOVE_TARGETS, EVENT_RULE_DELETE };

/* A rule as it should be. */
struct event_rule {
    const char *name;
    const char *description; /* says whose it is: see event_rules_description */
    const char *pattern;     /* JSON; NULL while it is not known */
    const char *state;
    const struct json *target; /* NULL while it is not known */
};

struct event_rule_seen {
    const char *name, *pattern, *state, *description;
    const struct json *targets;
};

struct event_rules_seen {
    struct event_rule_seen *items;
    size_t count;
};

/* Which rules: those of `bus` (NULL: the default bus) that are called `name`, or begin so and go on
 * with a dash where `family` says so. */
struct event_rules {
    const char *bus, *name;
    bool family;
};

/* What a control that has some calls for them. */
#define EVENT_RULES_OPS                                                                            \
    AWS_EVENTS_LIST_RULES, AWS_EVENTS_LIST_TAGS_FOR_RESOURCE, AWS_EVENTS_LIST_TARGETS_BY_RULE,     \
        AWS_EVENTS_PUT_RULE, AWS_EVENTS_PUT_TARGETS
#define EVENT_RULES_PRUNE_OPS AWS_EVENTS_REMOVE_TARGETS, AWS_EVENTS_DELETE_RULE

/* "plinth:baseline=NAME: TEXT".  A listing shows it, while tags take another call for each rule.
 * owns: ctx->arena.  yields: no. */
const char *event_rules_description(const struct control_ctx *ctx, const char *text);

/* owns: ctx->arena.  err: as aws_call; ERR_CONFLICT when one is somebody else's.  yields: yes. */
int event_rules_observe(struct control_ctx *ctx, const struct event_rules *of,
                        struct event_rules_seen *seen, struct err *err);

/* Add what they lack; the changes keep pointers to `want` and `seen`.  yields: no. */
void event_rules_diff(const struct control_ctx *ctx, const struct event_rules *of,
                      const struct event_rule *want, size_t count,
                      const struct event_rules_seen *seen, struct changes *out);

/* Carry out one of the steps above.  err: as aws_call; ERR_CONFLICT when the target was refused, or
 * is not known yet.  yields: yes. */
int event_rules_apply(struct control_ctx *ctx, const struct event_rules *of,
                      const struct change *change, struct err *err);

#endif
