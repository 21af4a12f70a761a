/*
 * secretsmanager_priv.h - what the files of the simulator's Secrets Manager share.
 *
 * Layer:  sim, private.  secretsmanager.c says how a secret is kept.
 */
#ifndef PLINTH_SIM_SECRETSMANAGER_PRIV_H
#define PLINTH_SIM_SECRETSMANAGER_PRIV_H

#include "resource_policy.h"
#include "sim_priv.h"

extern const struct sim_operation secret_description_operations[];

/* The secret that SecretId means: a name, or an ARN with or without its six random characters.
 * NULL with the error set. */
struct json *secret_asked(struct sim_call *call);

/* The same, unless it is scheduled for deletion. */
struct json *secret_open(struct sim_call *call);
void secret_put(struct sim_call *call, const struct json *secret);

/* ARN and Name into the answer. */
void secret_say(struct sim_call *call, const struct json *secret);

int secret_check_tags(struct sim_call *call, const struct json *tags);

#endif
