/*
 * cloudtrail_priv.h - what the files of the simulator's CloudTrail share.
 *
 * Layer:  sim, private.
 *
 * (account, "", "trail", ARN) -> the Trail structure, with _logging, _started_ms, _stopped_ms,
 * _tags, _selectors and _advanced.  A trail belongs to its account and lives in its home region;
 * an organization's belongs to the management account.
 */
#ifndef PLINTH_SIM_CLOUDTRAIL_PRIV_H
#define PLINTH_SIM_CLOUDTRAIL_PRIV_H

#include "sim_priv.h"

extern const struct sim_operation cloudtrail_trail_operations[];
extern const struct sim_operation cloudtrail_setting_operations[];
extern const struct sim_operation cloudtrail_history_operations[];

/* The trail that a name or an ARN means to the caller: its own of this region or a shadow of
 * another's, its own or its organization's by ARN.  NULL with the error set. */
struct json *cloudtrail_find(struct sim_call *call, const char *name);

/* The same to change it: from its home region, by its owner or by the organization's delegated
 * administrator.  NULL with the error set. */
struct json *cloudtrail_open(struct sim_call *call, const char *name);
void cloudtrail_put(struct sim_call *call, const struct json *trail);

/* In the trail's account: whose it is. */
const char *cloudtrail_owner(const struct sim_call *call, const struct json *trail);

/* Why a trail cannot deliver, as GetTrailStatus says it; NULL: it can.  (cloudtrail_delivery.c) */
const char *cloudtrail_delivery_error(struct sim_call *call, const struct json *trail);

/* What CreateTrail and UpdateTrail check of bucket and key; the key's ARN goes into the trail.
 * -1: the error is set. */
int cloudtrail_check_delivery(struct sim_call *call, struct json *trail);

/* The same of its log group and the role that writes there.  (cloudtrail_logs.c) */
int cloudtrail_check_logs(struct sim_call *call, const struct json *trail);

/* Whether the trail has a log group, and its role may write there now. */
bool cloudtrail_reaches_logs(struct sim_call *call, const struct json *trail);

/* --- What is told of a call ----------------------------------------------------------------------
 */

struct trail_event {
    const char *recipient; /* the account in which it is told */
    const char *source;    /* "iam.amazonaws.com" */
    const char *name;      /* the operation */
    bool is_read, is_data;
    const char *resource_type, *resource_arn; /* of a data event; else NULL */
};

/* The record.  owns: the call's arena.  (cloudtrail_record.c) */
struct json *cloudtrail_record(struct sim_call *call, const struct trail_event *told);

/* Whether any trail records it; `each` is called with every one that does, unless it is NULL.
 * (cloudtrail_selectors.c) */
typedef void (*cloudtrail_fn)(struct sim_call *call, const struct trail_event *told,
                              const struct json *trail, const struct json *record);
bool cloudtrail_each_recording(struct sim_call *call, const struct trail_event *told,
                               cloudtrail_fn each, const struct json *record);
bool cloudtrail_is_recorded(struct sim_call *call, const struct trail_event *told);

/* Into the history that LookupEvents reads: the last that is done with a record, as it adds members
 * of its own.  (cloudtrail_history.c) */
void cloudtrail_remember(struct sim_call *call, const struct trail_event *told,
                         struct json *record);

/* Into the log groups of the trails that record it.  (cloudtrail_logs.c) */
void cloudtrail_to_logs(struct sim_call *call, const struct trail_event *told,
                        const struct json *record);

int cloudtrail_check_tags(struct sim_call *call, const struct json *tags);

#endif
