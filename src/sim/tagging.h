/*
 * tagging.h - the resources of an account, for services that find them by their tags.
 *
 * Layer:  sim, private.
 */
#ifndef PLINTH_SIM_TAGGING_H
#define PLINTH_SIM_TAGGING_H

#include "sim_priv.h"

/* What of the account is in the region: [{"arn", "type" ("s3:bucket"), "created_ms",
 * "tags": [{Key, Value}]}].  owns: the call's arena. */
struct json *sim_resources(struct sim_call *call, const char *account, const char *region);

#endif
