/*
 * alarms.h - the names that alarms travel by, for the command that tries them.
 *
 * Layer:  control.
 */
#ifndef PLINTH_CONTROL_ALARMS_H
#define PLINTH_CONTROL_ALARMS_H

#include "plinth/aws/ops.h"

/* Bus, topic, role and the rule of every account and region.  Templates protect what begins so. */
#define ALARMS_NAME "plinth-alarms"

/* Of honey tokens: rules, metric filters and the metric alarm begin so; the rule of a token on the
 * central bus makes of each use a text that begins with "HONEY TOKEN LABEL was used (". */
#define ALARMS_USE_NAME ALARMS_NAME "-use"

/* The log group of the organization's trail, and the role that it is written with. */
#define TRAIL_LOGS_NAME "plinth-trail"

/* The source of a test event, and its type.  Its detail is {"token": text}, which the central topic
 * repeats. */
#define ALARMS_TEST_SOURCE "plinth.test"
#define ALARMS_TEST_TYPE "plinth alarms test"

/* What a test calls in members; ends with AWS_OP_NONE. */
extern const enum aws_op alarms_test_ops[];

#endif
