/*
 * alarms_settings.h - what the baseline says of alarms, the names of their parts, and which events
 *                     are alarms.
 *
 * Layer:  control, private.  Controls "alarms", "alarm_role" and "alarm_rules" share it.
 */
#ifndef PLINTH_CONTROL_ALARMS_SETTINGS_H
#define PLINTH_CONTROL_ALARMS_SETTINGS_H

#include "plinth/control/alarms.h"
#include "plinth/control/control.h"

struct alarms_spec {
    const struct node *node;
    struct strings events;    /* keys of the alarms, see alarms_schema */
    const char *severity;     /* findings count from here: "1", "4", "7", "9" */
    struct strings emails;    /* who is told */
    struct strings webhooks;  /* https:// */
    struct strings queues;    /* SQS queues of the security account, in the home region */
    struct strings functions; /* Lambda functions likewise */
};

extern const struct schema alarms_schema;

/* As control.check.  yields: no. */
void alarms_check(const struct baseline *baseline, const void *decoded, struct diags *diags);

/* ARNs of the central bus and topic.  NULL while the security account does not exist.
 * owns: ctx->arena.  yields: no. */
const char *alarms_bus_arn(const struct control_ctx *ctx);
const char *alarms_topic_arn(const struct control_ctx *ctx);

/* The ARN of the role of ctx's account; NULL while that does not exist.  Likewise. */
const char *alarms_role_arn(const struct control_ctx *ctx);

/* The pattern of the one rule of ctx's account in ctx's region, and the state that lets it see what
 * it looks for.  owns: ctx->arena.  yields: no. */
const char *alarms_pattern(const struct control_ctx *ctx);
const char *alarms_rule_state(const struct alarms_spec *spec);

/* What of that is a call, anywhere: for the central bus.  Likewise. */
const char *alarms_calls_pattern(const struct control_ctx *ctx);

/* What a rule of a member says of itself, and its target: the central bus, entered with the role of
 * the account (NULL while one of the accounts does not exist).  owns: ctx->arena.  yields: no. */
const char *alarms_rule_description(const struct control_ctx *ctx);
struct json *alarms_bus_target(const struct control_ctx *ctx);

/* Put a target on a rule of a bus (NULL: the default bus).  A call that goes well may have failed
 * for the target.  err: as aws_call; ERR_CONFLICT when the target was refused, or its role is too
 * new to be known.  yields: yes. */
int alarms_put_target(struct control_ctx *ctx, const char *bus, const char *rule,
                      const struct json *target, struct err *err);

/* Compare two JSON texts by meaning; NULL is equal to NULL only.  yields: no. */
bool alarms_json_equal(const char *a, const char *b, struct arena *arena);

#endif
