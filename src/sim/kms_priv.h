/*
 * kms_priv.h - what other services of the simulator ask of KMS.
 *
 * Layer:  sim, private.
 *
 * (account, region, "kms-key", id) -> KeyMetadata, with _policy, _tags and _rotation_days.
 * (account, region, "kms-alias", "alias/x") -> AliasListEntry.
 */
#ifndef PLINTH_SIM_KMS_PRIV_H
#define PLINTH_SIM_KMS_PRIV_H

#include "sim_priv.h"

/* The key that an id, an alias or an ARN of either means in the region; NULL: there is none.  Only
 * an ARN can name a key of another account than the caller's. */
struct json *kms_find(struct sim_call *call, const char *region, const char *name);

/* Whether a key takes part: neither disabled nor about to be deleted. */
bool kms_is_enabled(const struct json *key);

/* Whether a service may use it, by the key's policy. */
struct sim_service_act; /* resource_policy.h */
bool kms_service_may(struct sim_call *call, const struct json *key,
                     const struct sim_service_act *act);

extern const struct sim_operation kms_key_operations[];
extern const struct sim_operation kms_alias_operations[];

/* The call's KeyId, open to the caller for the operation.  NULL with the error set. */
struct json *kms_open(struct sim_call *call);
void kms_put(struct sim_call *call, const struct json *key);

/* -1 with the error set: the key's state does not allow it. */
int kms_must_be(struct sim_call *call, const struct json *key, bool disabled_too);

#endif
