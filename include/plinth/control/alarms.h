/*
 * alarms.h - the names that alarms travel by, for the command that tries them.
 *
 * Layer:  control.
 */
#ifndef PLINTH_CONTROL_ALARMS_H
#define PLINTH_CONTROL_ALARMS_H

/* Bus, topic, role and the rule of every account and region.  Templates protect what begins so. */
#define ALARMS_NAME "plinth-alarms"

/* The source of a test event, and its type.  Its detail is {"token": text}, which the central topic
 * repeats. */
#define ALARMS_TEST_SOURCE "plinth.test"
#define ALARMS_TEST_TYPE "plinth alarms test"

#endif
