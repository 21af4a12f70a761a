/*
 * resource_policy.h - policies that hang on a resource: who may use a bucket or a key.
 *
 * Layer:  sim, private.
 */
#ifndef PLINTH_SIM_RESOURCE_POLICY_H
#define PLINTH_SIM_RESOURCE_POLICY_H

#include "sim_priv.h"

/* The parsed policy if it is one and its principals exist; else NULL with *out_why. */
struct json *sim_resource_policy_parse(struct sim_call *call, const char *text,
                                       const char **out_why);

/* What a policy's text says of the caller; silent if it is NULL. */
enum sim_verdict sim_resource_policy_caller(struct sim_call *call, const char *text,
                                            const char *action, const char *resource);

/* The same of an AWS service ("cloudtrail.amazonaws.com") that acts for `source_arn` of the account
 * `source_account`; `more` holds further condition keys and may be NULL. */
struct sim_service_act {
    const char *service, *action, *resource;
    const char *source_arn, *source_account;
    const struct json *more;
};
enum sim_verdict sim_resource_policy_service(struct sim_call *call, const char *text,
                                             const struct sim_service_act *act);

/* Whether the service may take a role of act->source_account, for what act->source_arn names;
 * *out_as is then the call as the role makes it in `region`. */
bool sim_service_assume(struct sim_call *call, const struct sim_service_act *act,
                        const char *region, const char *role_arn, struct sim_call *out_as);

#endif
