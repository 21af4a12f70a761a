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

/* The source of a test event, and its type.  Its detail is {"token": text}, which the central topic
 * repeats. */
#define ALARMS_TEST_SOURCE "plinth.test"
#define ALARMS_TEST_TYPE "plinth alarms test"

/* What a test calls in members; ends with AWS_OP_NONE. */
extern const enum aws_op alarms_test_ops[];

#endif
