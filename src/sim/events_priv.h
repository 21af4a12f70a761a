/*
 * events_priv.h - what the files of EventBridge, SNS and SQS show each other.
 *
 * Layer:  sim, private.
 *
 * (account, region, "event-bus", name)         -> the bus; "default" only once it has a policy
 * (account, region, "event-rule/<bus>", name)  -> the rule, with "_targets" and "_tags"
 * (account, region, "event-reader/<bus>", name) -> {Pattern}: rules that also see read-only calls
 * (account, region, "sns-topic", name)         -> {TopicArn, Attributes, _tags}
 * (account, region, "sns-subscription/<topic>", id) -> the subscription
 * (account, region, "sqs-queue", name)         -> {QueueUrl, Attributes, tags}
 * (account, region, "sqs-message/<queue>", id) -> the message
 */
#ifndef PLINTH_SIM_EVENTS_PRIV_H
#define PLINTH_SIM_EVENTS_PRIV_H

#include "resource_policy.h"
#include "sim_priv.h"

/* --- Patterns (events_pattern.c) ---------------------------------------------------------------
 */

/* The parsed pattern; NULL with *out_why if it is none. */
struct json *event_pattern_parse(const char *text, struct arena *arena, const char **out_why);
bool event_pattern_matches(const struct json *pattern, const struct json *event);

/* --- Buses and rules (events.c, events_rules.c, events_targets.c) --------------------------------
 */

struct event_bus {
    const char *account, *region, *name;
};

/* "default", another name of the caller's, or an ARN; NULL is the default bus.  -1: the error is
 * set. */
int event_bus_named(struct sim_call *call, const char *name, struct event_bus *out);

/* False: it is the ARN of something else. */
bool event_bus_of_arn(struct sim_call *call, const char *arn, struct event_bus *out);
bool event_bus_exists(struct sim_call *call, const struct event_bus *bus);
const char *event_bus_arn(const struct sim_call *call, const struct event_bus *bus);

/* NULL: it has none. */
const char *event_bus_policy(struct sim_call *call, const struct event_bus *bus);

/* -1: there is no such bus. */
int event_bus_missing(struct sim_call *call, const char *name);

const char *event_rule_kind(const struct sim_call *call, const struct event_bus *bus);
const char *event_reader_kind(const struct sim_call *call, const struct event_bus *bus);
int event_rule_missing(struct sim_call *call, const char *rule, const char *bus);

/* The rule that the parameters `name` and EventBusName mean; NULL: the error is set. */
struct json *event_rule_asked(struct sim_call *call, const char *name, struct event_bus *out_bus);
void event_rule_put(struct sim_call *call, const struct event_bus *bus, const struct json *rule);

/* What a target gets of an event: all of it, Input, a part, or a text made of parts. */
const char *event_input(struct sim_call *call, const struct json *target, const struct json *rule,
                        const struct json *event);

extern const struct sim_operation event_rule_operations[];
extern const struct sim_operation event_target_operations[];
extern const struct sim_operation event_put_operations[];

/* --- Delivery (events_deliver.c, events_trail.c) -------------------------------------------------
 */

/* Hand an event to every rule of a bus that matches.  `readers_only`: to those alone that see
 * read-only calls of CloudTrail. */
void event_deliver(struct sim_call *call, const struct event_bus *bus, const struct json *event,
                   bool readers_only);

/* Whether a rule matches. */
bool event_is_wanted(struct sim_call *call, const struct event_bus *bus, const struct json *event,
                     bool readers_only);

/* --- SNS and SQS ---------------------------------------------------------------------------------
 */

extern const struct sim_operation sns_subscription_operations[];

/* NULL: there is no such topic. */
struct json *sns_topic_of_arn(struct sim_call *call, const char *arn);

/* The topic that a parameter names, for its owner or for whom its policy lets.  NULL: the error is
 * set. */
struct json *sns_topic_asked(struct sim_call *call, const char *member, const char *action);
const char *sns_subscription_kind(const struct sim_call *call, const char *topic);

/* "Invalid parameter: ...".  Returns -1. */
int sns_invalid(struct sim_call *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Publish for an AWS service, if the topic's policy lets it.  False: no such topic, or refused. */
bool sns_publish_for(struct sim_call *call, const char *topic_arn, const char *message,
                     const struct sim_service_act *act);

/* To every confirmed subscription.  Returns the message's id. */
const char *sns_fan_out(struct sim_call *call, const struct json *topic, const char *message,
                        const char *subject);

/* Likewise into a queue. */
bool sqs_send_for(struct sim_call *call, const char *queue_arn, const char *body,
                  const struct sim_service_act *act);

#endif
