/*
 * kms_key.h - a customer key: its alias, policy and rotation.
 *
 * Layer:  control, private.  A control embeds it among its other writes.
 * Source: docs.aws.amazon.com/kms/latest/APIReference, API version 2014-11-01
 * Limits: found by its alias, else by its tags.  Keys are never deleted: what they encrypted would
 *         be lost.  One that is disabled or about to be deleted is brought back.
 */
#ifndef PLINTH_CONTROL_KMS_KEY_H
#define PLINTH_CONTROL_KMS_KEY_H

#include "plinth/control/control.h"

#include <stdint.h>

/* Steps of its changes, beside those that the control counts from 0; in the order in which they
 * are carried out. */
enum {
    KMS_KEY_CREATE = 2000,
    KMS_KEY_CANCEL_DELETION,
    KMS_KEY_ENABLE,
    KMS_KEY_ALIAS,
    KMS_KEY_POLICY,
    KMS_KEY_ROTATION
};

/* The tag that says what a key of plinth's is for. */
#define KMS_KEY_USE "plinth:use"

struct kms_key {
    const char *title;       /* for people: "log key" */
    const char *alias;       /* "alias/laws-logs" */
    const char *use;         /* value of KMS_KEY_USE */
    const char *description; /* a sentence */
    const char *fact;        /* under which its ARN is published */
    const char *policy;      /* JSON; NULL while a name in it is not known */
    int64_t rotation_days;
};

struct kms_key_seen {
    const char *arn;       /* NULL: there is none */
    const char *state;     /* Enabled, Disabled, PendingDeletion */
    const char *policy;    /* JSON */
    int64_t rotation_days; /* 0: off */
    bool has_alias;
};

/* What a control that has one calls for it. */
#define KMS_KEY_OPS                                                                                \
    AWS_KMS_DESCRIBE_KEY, AWS_KMS_LIST_KEYS, AWS_KMS_LIST_RESOURCE_TAGS, AWS_KMS_GET_KEY_POLICY,   \
        AWS_KMS_GET_KEY_ROTATION_STATUS, AWS_KMS_CREATE_KEY, AWS_KMS_CREATE_ALIAS,                 \
        AWS_KMS_CANCEL_KEY_DELETION, AWS_KMS_ENABLE_KEY, AWS_KMS_PUT_KEY_POLICY,                   \
        AWS_KMS_ENABLE_KEY_ROTATION

/* "alias/BASELINE-word", in the letters that aliases and buckets take.  owns: `arena`.
 * yields: no. */
const char *kms_key_alias(const struct baseline *baseline, const char *word, struct arena *arena);

/* Read the key, and set its fact.  owns: ctx->arena.  err: as aws_call; ERR_CONFLICT when the alias
 * names somebody else's.  yields: yes. */
int kms_key_observe(struct control_ctx *ctx, const struct kms_key *want, struct kms_key_seen *seen,
                    struct err *err);

/* Add what it lacks.  yields: no. */
void kms_key_diff(const struct control_ctx *ctx, const struct kms_key *want,
                  const struct kms_key_seen *seen, struct changes *out);

/* The key's ARN, also of one made since it was observed; NULL: there is none.  yields: no. */
const char *kms_key_arn(const struct control_ctx *ctx, const struct kms_key *want,
                        const struct kms_key_seen *seen);

/* Carry out one of the steps above.  err: as aws_call; ERR_CONFLICT while the policy is not known.
 * yields: yes. */
int kms_key_apply(struct control_ctx *ctx, const struct kms_key *want,
                  const struct kms_key_seen *seen, int step, struct err *err);

#endif
