/*
 * s3_public_access_block.c - control "s3_public_access_block": no bucket can be made public, in
 * every account.
 *
 * Baseline:  s3_public_access_block: { block_public_acls, ignore_public_acls, block_public_policy,
 *            restrict_public_buckets }
 * Source:    docs.aws.amazon.com/AmazonS3/latest/API, version 2018-08-20, PutPublicAccessBlock:
 *            where an S3 policy of the organization manages the account, what is read is what that
 *            policy says, and a change answers 403
 * Limits:    AWS has no bulk read: one call for each account, and one more for an account that
 *            differs.
 */
#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/control/control.h"

enum { SETTINGS = 4 };

struct block_spec {
    const struct node *node;
    bool block_acls, ignore_acls, block_policy, restrict_buckets;
};

struct block_seen {
    bool on[SETTINGS]; /* in the order of `names`; AWS starts without any */
};

static const struct {
    const char *key, *member;
} names[SETTINGS] = {
    {"block_public_acls", "BlockPublicAcls"},
    {"ignore_public_acls", "IgnorePublicAcls"},
    {"block_public_policy", "BlockPublicPolicy"},
    {"restrict_public_buckets", "RestrictPublicBuckets"},
};

static const enum aws_op block_ops[] = {
    AWS_S3CONTROL_GET_PUBLIC_ACCESS_BLOCK,
    AWS_S3CONTROL_PUT_PUBLIC_ACCESS_BLOCK,
    AWS_ORGANIZATIONS_DESCRIBE_EFFECTIVE_POLICY,
    AWS_OP_NONE,
};

static const struct field block_fields[] = {
    {.key = "block_public_acls",
     .type = FIELD_BOOL,
     .offset = offsetof(struct block_spec, block_acls),
     .fallback = "true",
     .doc = "Refuses new access control lists that let everybody in."},
    {.key = "ignore_public_acls",
     .type = FIELD_BOOL,
     .offset = offsetof(struct block_spec, ignore_acls),
     .fallback = "true",
     .doc = "Ignores those that are there."},
    {.key = "block_public_policy",
     .type = FIELD_BOOL,
     .offset = offsetof(struct block_spec, block_policy),
     .fallback = "true",
     .doc = "Refuses new bucket policies that let everybody in."},
    {.key = "restrict_public_buckets",
     .type = FIELD_BOOL,
     .offset = offsetof(struct block_spec, restrict_buckets),
     .fallback = "true",
     .doc = "Lets only the account itself and AWS services into buckets whose policy is public."},
    {.key = NULL},
};

static const struct schema block_schema = {
    .name = "s3_public_access_block",
    .doc = "Blocks public access to S3 in every account. An S3 policy of the organization can hold "
           "the same for all of them (template `s3/block-public-access`).",
    .size = sizeof(struct block_spec),
    .node_offset = offsetof(struct block_spec, node),
    .fields = block_fields,
};

static bool wants(const struct block_spec *spec, int i)
{
    const bool wanted[SETTINGS] = {spec->block_acls, spec->ignore_acls, spec->block_policy,
                                   spec->restrict_buckets};

    return wanted[i];
}

static bool is_as_wanted(const struct block_spec *spec, const struct block_seen *seen)
{
    for (int i = 0; i < SETTINGS; i++)
        if (seen->on[i] != wants(spec, i))
            return false;
    return true;
}

static struct json *params_for(const struct control_ctx *ctx)
{
    struct json *params = json_object(ctx->arena);

    json_put_str(params, "x-amz-account-id", ctx->target->account_id);
    return params;
}

static int read_block(struct control_ctx *ctx, struct block_seen *seen, struct err *err)
{
    const struct json *answer;

    if (aws_call(ctx->target, AWS_S3CONTROL_GET_PUBLIC_ACCESS_BLOCK, params_for(ctx), ctx->arena,
                 &answer, err) != 0) {
        if (err->code != ERR_NOTFOUND)
            return -1;
        err_clear(err);
        return 0;
    }
    for (int i = 0; i < SETTINGS; i++)
        seen->on[i] = json_bool(answer, names[i].member, false);
    return 0;
}

/* Whether the organization manages the account's setting. */
static int read_policy(struct control_ctx *ctx, bool *out_held, struct err *err)
{
    struct json *params = json_object(ctx->arena);

    *out_held = true;
    json_put_str(params, "PolicyType", "S3_POLICY");
    if (aws_call(ctx->target, AWS_ORGANIZATIONS_DESCRIBE_EFFECTIVE_POLICY, params, ctx->arena, NULL,
                 err) == 0)
        return 0;
    if (err->code != ERR_NOTFOUND)
        return -1;
    err_clear(err);
    *out_held = false;
    return 0;
}

static int block_observe(struct control_ctx *ctx, void *out_seen, struct err *err)
{
    struct block_seen *seen = out_seen;
    bool held;

    if (read_block(ctx, seen, err) != 0)
        return -1;
    if (is_as_wanted(ctx->spec, seen))
        return 0;
    if (read_policy(ctx, &held, err) != 0)
        return -1;
    if (held)
        ctx->skip =
            "an S3 policy of the organization says something else than the baseline; change "
            "one of them";
    return 0;
}

static void block_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    const struct block_spec *spec = ctx->spec;
    const struct block_seen *seen = have;
    struct change *change;

    if (is_as_wanted(spec, seen))
        return;
    change = changes_add(out, CHANGE_UPDATE, 0, NULL, "public access to S3");
    for (int i = 0; i < SETTINGS; i++) {
        change_field(change, names[i].key, yes_no(seen->on[i]), yes_no(wants(spec, i)));
        if (seen->on[i] && !wants(spec, i))
            change_takes_away(change);
    }
}

static int block_apply(struct control_ctx *ctx, const void *have, const struct change *change,
                       struct err *err)
{
    const struct block_spec *spec = ctx->spec;
    struct json *params = params_for(ctx), *block;

    (void)have;
    (void)change;
    block = json_put_object(params, "PublicAccessBlockConfiguration");
    for (int i = 0; i < SETTINGS; i++)
        json_put_bool(block, names[i].member, wants(spec, i));
    return aws_call(ctx->target, AWS_S3CONTROL_PUT_PUBLIC_ACCESS_BLOCK, params, ctx->arena, NULL,
                    err);
}

static const char *const block_after[] = {"accounts", NULL};

const struct control control_s3_public_access_block = {
    .name = "s3_public_access_block",
    .title = "no bucket can be made public",
    .scope = CONTROL_PER_ACCOUNT,
    .actor = ACTOR_MEMBER,
    .after = block_after,
    .ops = block_ops,
    .schema = &block_schema,
    .seen_size = sizeof(struct block_seen),
    .observe = block_observe,
    .diff = block_diff,
    .apply = block_apply,
};
