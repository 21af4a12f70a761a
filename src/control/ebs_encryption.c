/*
 * ebs_encryption.c - control "ebs_encryption": new EBS volumes are encrypted, in every account and
 * region.
 *
 * Baseline:  ebs_encryption: { enabled: true }
 * Source:    docs.aws.amazon.com/AWSEC2/latest/APIReference, API version 2016-11-15,
 *            EnableEbsEncryptionByDefault
 * Limits:    with the key that the account has set, or AWS's own (alias/aws/ebs).  No organization
 *            policy can hold this setting.  AWS has no bulk read: one call for each account and
 *            region.
 */
#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/control/control.h"

struct encryption_spec {
    const struct node *node;
    bool enabled;
};

struct encryption_seen {
    bool enabled;
};

static const enum aws_op encryption_ops[] = {
    AWS_EC2_GET_EBS_ENCRYPTION_BY_DEFAULT,
    AWS_EC2_ENABLE_EBS_ENCRYPTION_BY_DEFAULT,
    AWS_EC2_DISABLE_EBS_ENCRYPTION_BY_DEFAULT,
    AWS_OP_NONE,
};

static const struct field encryption_fields[] = {
    {.key = "enabled",
     .type = FIELD_BOOL,
     .offset = offsetof(struct encryption_spec, enabled),
     .fallback = "true",
     .doc = "Whether new volumes and copies of snapshots are encrypted unless they say how."},
    {.key = NULL},
};

static const struct schema encryption_schema = {
    .name = "ebs_encryption",
    .doc = "Encrypts new EBS volumes, in every account and every region that it has.",
    .size = sizeof(struct encryption_spec),
    .node_offset = offsetof(struct encryption_spec, node),
    .fields = encryption_fields,
};

static int encryption_observe(struct control_ctx *ctx, void *out_seen, struct err *err)
{
    struct encryption_seen *seen = out_seen;
    const struct json *answer;

    if (aws_call(ctx->target, AWS_EC2_GET_EBS_ENCRYPTION_BY_DEFAULT, NULL, ctx->arena, &answer,
                 err) != 0)
        return -1;
    seen->enabled = json_bool(answer, "ebsEncryptionByDefault", false);
    return 0;
}

static void encryption_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    const struct encryption_spec *spec = ctx->spec;
    const struct encryption_seen *seen = have;

    struct change *change;

    if (seen->enabled == spec->enabled)
        return;
    change = changes_add(out, CHANGE_UPDATE, 0, NULL, "EBS encryption by default");
    change_field(change, "enabled", yes_no(seen->enabled), yes_no(spec->enabled));
    if (!spec->enabled)
        change_takes_away(change);
}

static int encryption_apply(struct control_ctx *ctx, const void *have, const struct change *change,
                            struct err *err)
{
    const struct encryption_spec *spec = ctx->spec;

    (void)have;
    (void)change;
    return aws_call(ctx->target,
                    spec->enabled ? AWS_EC2_ENABLE_EBS_ENCRYPTION_BY_DEFAULT
                                  : AWS_EC2_DISABLE_EBS_ENCRYPTION_BY_DEFAULT,
                    NULL, ctx->arena, NULL, err);
}

static const char *const encryption_after[] = {"accounts", NULL};

const struct control control_ebs_encryption = {
    .name = "ebs_encryption",
    .title = "encryption of new EBS volumes",
    .scope = CONTROL_PER_REGION,
    .actor = ACTOR_MEMBER,
    .after = encryption_after,
    .ops = encryption_ops,
    .schema = &encryption_schema,
    .seen_size = sizeof(struct encryption_seen),
    .observe = encryption_observe,
    .diff = encryption_diff,
    .apply = encryption_apply,
};
