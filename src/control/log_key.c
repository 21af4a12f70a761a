/*
 * log_key.c - control "log_key": the KMS key of the log archive.
 *
 * Baseline:  log_archive: { rotation_days, security_reads }
 * Source:    docs.aws.amazon.com/kms/latest/APIReference, API version 2014-11-01
 * Limits:    one key in the home region, found by its alias alias/BASELINE-logs; see kms_key.h.
 */
#include "kms_key.h"
#include "log_archive.h"

#include "plinth/control/facts.h"

static const enum aws_op key_ops[] = {KMS_KEY_OPS, AWS_OP_NONE};

static struct kms_key wanted_key(const struct control_ctx *ctx)
{
    const struct log_archive_spec *spec = ctx->spec;
    struct log_names names = log_names_of(ctx);

    return (struct kms_key){.title = "log key",
                            .alias = names.alias,
                            .use = "log-archive",
                            .description = "Encrypts the log archive.",
                            .fact = "log_key.arn",
                            .policy = log_key_policy(&names, ctx->arena),
                            .rotation_days = spec->rotation_days};
}

static int key_observe(struct control_ctx *ctx, void *seen, struct err *err)
{
    struct kms_key want = wanted_key(ctx);

    /* Known alias without a key: cloudtrail then knows that there is none, and not only that this
     * control is left out of the run. */
    facts_set(ctx->facts, "log_key.alias", want.alias);
    return kms_key_observe(ctx, &want, seen, err);
}

static void key_diff(const struct control_ctx *ctx, const void *seen, struct changes *out)
{
    struct kms_key want = wanted_key(ctx);

    kms_key_diff(ctx, &want, seen, out);
}

static int key_apply(struct control_ctx *ctx, const void *seen, const struct change *change,
                     struct err *err)
{
    struct kms_key want = wanted_key(ctx);

    return kms_key_apply(ctx, &want, seen, change->step, err);
}

static const char *const key_after[] = {"accounts", NULL};

const struct control control_log_key = {
    .name = "log_key",
    .part_of = "log_archive",
    .title = "encryption key of the log archive",
    .scope = CONTROL_PER_ORG,
    .actor = ACTOR_LOG_ARCHIVE,
    .after = key_after,
    .needs = ROLE_SECURITY, /* it is to read, and the policy names it */
    .ops = key_ops,
    .seen_size = sizeof(struct kms_key_seen),
    .observe = key_observe,
    .diff = key_diff,
    .apply = key_apply,
};
