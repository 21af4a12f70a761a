/*
 * ssm_priv.h - what the files of the simulator's Parameter Store share.
 *
 * Layer:  sim, private.  ssm.c says how a parameter is kept.
 */
#ifndef PLINTH_SIM_SSM_PRIV_H
#define PLINTH_SIM_SSM_PRIV_H

#include "sim_priv.h"

extern const struct sim_operation ssm_description_operations[];

/* By name or ARN; NULL: there is none. */
struct json *ssm_find(struct sim_call *call, const char *name);
void ssm_put(struct sim_call *call, const struct json *parameter);
const char *ssm_arn(const struct sim_call *call, const char *name);

/* Below "/a": "/a/b" always, "/a/b/c" if all levels are asked for. */
bool ssm_is_below(const char *name, const char *path, bool recursive);

int ssm_check_tags(struct sim_call *call, const struct json *tags);

#endif
