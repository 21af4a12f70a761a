/*
 * service_role.h - a role that an AWS service takes: who may take it, and the one policy that says
 *                  what it may do then.
 *
 * Layer:  control, private.  A control embeds it among its other writes.
 * Source: docs.aws.amazon.com/IAM/latest/APIReference, API version 2010-05-08
 * Limits: a role of that name that plinth did not make is a conflict.  Further policies on it are
 *         not looked at: nobody but the service can take it.
 */
#ifndef PLINTH_CONTROL_SERVICE_ROLE_H
#define PLINTH_CONTROL_SERVICE_ROLE_H

#include "plinth/control/control.h"

/* Steps of its changes, beside those that the control counts from 0. */
enum { SERVICE_ROLE_CREATE = 1000, SERVICE_ROLE_TRUST, SERVICE_ROLE_POLICY };

/* Documents are JSON; NULL while a name in them is not known yet. */
struct service_role {
    const char *name, *description, *trust, *policy_name, *policy;
};

struct service_role_seen {
    bool exists;
    const char *trust;  /* JSON */
    const char *policy; /* JSON; NULL: it has none of that name */
};

/* What a control that has one calls for it. */
#define SERVICE_ROLE_OPS                                                                           \
    AWS_IAM_GET_ROLE, AWS_IAM_GET_ROLE_POLICY, AWS_IAM_CREATE_ROLE,                                \
        AWS_IAM_UPDATE_ASSUME_ROLE_POLICY, AWS_IAM_PUT_ROLE_POLICY

/* A document of one statement that allows `action`; *out_statement takes what else it says.
 * owns: ctx->arena.  yields: no. */
struct json *service_role_document(const struct control_ctx *ctx, const char *action,
                                   struct json **out_statement);

/* Read the role `name` and its policy.  owns: ctx->arena.  err: as aws_call; ERR_CONFLICT when it
 * is somebody else's.  yields: yes. */
int service_role_observe(struct control_ctx *ctx, const char *name, const char *policy_name,
                         struct service_role_seen *seen, struct err *err);

/* Add what it lacks.  yields: no. */
void service_role_diff(const struct service_role *want, const struct service_role_seen *seen,
                       struct changes *out);

/* Carry out one of the steps above.  err: as aws_call; ERR_CONFLICT while a document is not known.
 * yields: yes. */
int service_role_apply(struct control_ctx *ctx, const struct service_role *want, int step,
                       struct err *err);

#endif
