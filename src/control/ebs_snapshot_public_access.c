/*
 * ebs_snapshot_public_access.c - control "ebs_snapshot_public_access": EBS snapshots are not shared
 * with everyone, in every account and region.
 *
 * Baseline:  ebs_snapshot_public_access: { state: block-all-sharing }
 * Source:    docs.aws.amazon.com/AWSEC2/latest/APIReference, API version 2016-11-15,
 *            EnableSnapshotBlockPublicAccess
 * Limits:    sharing with single accounts is not looked at.  AWS has no bulk read: one call for
 * each account and region.
 */
#include "ec2_setting.h"

#include "plinth/base/str.h"
#include "plinth/codec/json.h"

#define UNBLOCKED "unblocked" /* also what AWS starts with */

struct snapshot_spec {
    const struct node *node;
    const char *state;
};

struct snapshot_seen {
    const char *state; /* NULL: not read, so as AWS starts */
};

static const enum aws_op snapshot_ops[] = {
    AWS_EC2_GET_SNAPSHOT_BLOCK_PUBLIC_ACCESS_STATE,
    AWS_EC2_ENABLE_SNAPSHOT_BLOCK_PUBLIC_ACCESS,
    AWS_EC2_DISABLE_SNAPSHOT_BLOCK_PUBLIC_ACCESS,
    AWS_OP_NONE,
};

static const struct choice snapshot_states[] = {
    {"block-all-sharing", "block-all-sharing"},
    {"block-new-sharing", "block-new-sharing"},
    {UNBLOCKED, UNBLOCKED},
    {NULL, NULL},
};

static const struct field snapshot_fields[] = {
    {.key = "state",
     .type = FIELD_CHOICE,
     .offset = offsetof(struct snapshot_spec, state),
     .fallback = "block-all-sharing",
     .choices = snapshot_states,
     .doc = "`block-all-sharing` also hides snapshots that are public already; "
            "`block-new-sharing` leaves them as they are."},
    {.key = NULL},
};

static const struct schema snapshot_schema = {
    .name = "ebs_snapshot_public_access",
    .doc = "Stops the sharing of EBS snapshots with everyone, in every account and every region "
           "that it has.",
    .size = sizeof(struct snapshot_spec),
    .node_offset = offsetof(struct snapshot_spec, node),
    .fields = snapshot_fields,
};

static int snapshot_observe(struct control_ctx *ctx, void *out_seen, struct err *err)
{
    const struct snapshot_spec *spec = ctx->spec;
    struct snapshot_seen *seen = out_seen;
    const struct json *answer;

    if (aws_call(ctx->target, AWS_EC2_GET_SNAPSHOT_BLOCK_PUBLIC_ACCESS_STATE, NULL, ctx->arena,
                 &answer, err) != 0 ||
        json_need_str(answer, "state", &seen->state, err) != 0)
        return -1;
    ec2_setting_judge(ctx, answer, str_eq(seen->state, spec->state), seen->state, spec->state);
    return 0;
}

static void snapshot_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    const struct snapshot_spec *spec = ctx->spec;
    const struct snapshot_seen *seen = have;
    const char *live = seen->state == NULL ? UNBLOCKED : seen->state;
    struct change *change;

    if (str_eq(live, spec->state))
        return;
    change = changes_add(out, CHANGE_UPDATE, 0, NULL, "public access to EBS snapshots");
    change_field(change, "state", live, spec->state);
    if (ec2_setting_weakens(snapshot_states, live, spec->state))
        change_takes_away(change);
}

static int snapshot_apply(struct control_ctx *ctx, const void *have, const struct change *change,
                          struct err *err)
{
    const struct snapshot_spec *spec = ctx->spec;
    struct json *params = json_object(ctx->arena);

    (void)have;
    (void)change;
    if (str_eq(spec->state, UNBLOCKED))
        return aws_call(ctx->target, AWS_EC2_DISABLE_SNAPSHOT_BLOCK_PUBLIC_ACCESS, NULL, ctx->arena,
                        NULL, err);
    json_put_str(params, "State", spec->state);
    return aws_call(ctx->target, AWS_EC2_ENABLE_SNAPSHOT_BLOCK_PUBLIC_ACCESS, params, ctx->arena,
                    NULL, err);
}

static const char *const snapshot_after[] = {"accounts", NULL};

const struct control control_ebs_snapshot_public_access = {
    .name = "ebs_snapshot_public_access",
    .title = "EBS snapshots are not shared with everyone",
    .scope = CONTROL_PER_REGION,
    .actor = ACTOR_MEMBER,
    .after = snapshot_after,
    .ops = snapshot_ops,
    .schema = &snapshot_schema,
    .seen_size = sizeof(struct snapshot_seen),
    .observe = snapshot_observe,
    .diff = snapshot_diff,
    .apply = snapshot_apply,
};
