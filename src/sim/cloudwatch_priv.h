/*
 * cloudwatch_priv.h - what the files of the simulator's CloudWatch share.
 *
 * Layer:  sim, private.
 *
 * (account, region, "alarm", name)           -> the MetricAlarm, with _tags
 * (account, region, "metric/<series>", slot) -> {Sum, SampleCount, Minimum, Maximum, _slot}
 * ("", "", "alarm-look", ARN)                -> {account, region, name, _ready_ms}: to be looked at
 */
#ifndef PLINTH_SIM_CLOUDWATCH_PRIV_H
#define PLINTH_SIM_CLOUDWATCH_PRIV_H

#include "sim_priv.h"

struct metric {
    const char *namespace, *name;
    const struct json *dimensions; /* [{Name, Value}]; NULL: none */
};

/* A new number of a metric; alarms on it are looked at. */
void metric_add(struct sim_call *call, const char *account, const char *region,
                const struct metric *metric, double value, int64_t at_ms);

/* The state changes, and the actions of the new one are carried out. */
void alarm_enter(struct sim_call *call, const char *account, const char *region, struct json *alarm,
                 const char *state, const char *reason, int64_t at_ms);

/* Look at an alarm from its next turn on. */
void alarm_schedule(struct sim_call *call, const char *account, const char *region,
                    const struct json *alarm, int64_t due_ms);

#endif
