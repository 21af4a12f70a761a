/*
 * s3_replica_key.c - control "s3_replica_key": the KMS key of the backup account under which
 *                    replicas are written.
 *
 * Baseline:  s3_replication: { region, role, rotation_days }
 * Source:    S3 User Guide, "Replicating encrypted objects (SSE-S3, SSE-KMS, DSSE-KMS, SSE-C)"
 * Limits:    see kms_key.h.  The key of an earlier region stays: replicas need it.
 */
#include "kms_key.h"
#include "s3_replication_settings.h"

#include "plinth/base/arena.h"
#include "plinth/codec/json.h"

static const enum aws_op key_ops[] = {KMS_KEY_OPS, AWS_OP_NONE};

/* A source account may encrypt with it, through S3, as its replication role.  Roles are named by a
 * condition and not as the principal: KMS takes no principal that does not exist yet, and a role
 * that is made anew would be another one. */
static void add_replication(const struct control_ctx *ctx, struct json *statements,
                            const char *organization)
{
    const struct replication_spec *spec = ctx->spec;
    struct json *statement = json_add_object(statements), *actions, *condition, *equals;

    json_put_str(statement, "Sid", "ReplicationEncrypts");
    json_put_str(statement, "Effect", "Allow");
    json_put_str(json_put_object(statement, "Principal"), "AWS", "*");
    actions = json_put_array(statement, "Action");
    json_add_str(actions, "kms:Encrypt");
    json_add_str(actions, "kms:GenerateDataKey");
    json_put_str(statement, "Resource", "*");
    condition = json_put_object(statement, "Condition");
    equals = json_put_object(condition, "StringEquals");
    json_put_str(equals, "aws:PrincipalOrgID", organization);
    json_put_str(
        equals, "kms:ViaService",
        arena_printf(ctx->arena, "s3.%s.amazonaws.com", replication_region(ctx->baseline, spec)));
    json_put_str(json_put_object(condition, "ArnLike"), "aws:PrincipalArn",
                 arena_printf(ctx->arena, "arn:%s:iam::*:role/%s", ctx->partition, spec->role));
}

/* NULL while the backup account or the organization is not there. */
static const char *key_policy(const struct control_ctx *ctx)
{
    const struct inventory *inventory = inventory_peek(ctx->inventory);
    const char *id = control_account_id(ctx, control_actor_account(ctx->baseline, ACTOR_BACKUP));
    struct json *document = json_object(ctx->arena), *statements, *statement;

    if (inventory == NULL || !inventory->exists || id == NULL)
        return NULL;
    json_put_str(document, "Version", "2012-10-17");
    statements = json_put_array(document, "Statement");
    statement = json_add_object(statements);
    json_put_str(statement, "Sid", "Administer");
    json_put_str(statement, "Effect", "Allow");
    json_put_str(json_put_object(statement, "Principal"), "AWS",
                 arena_printf(ctx->arena, "arn:%s:iam::%s:root", ctx->partition, id));
    json_put_str(statement, "Action", "kms:*");
    json_put_str(statement, "Resource", "*");
    add_replication(ctx, statements, inventory->id);
    return json_text(document, ctx->arena);
}

static struct kms_key wanted(const struct control_ctx *ctx)
{
    const struct replication_spec *spec = ctx->spec;

    return (struct kms_key){
        .title = "replica key",
        .alias = kms_key_alias(ctx->baseline, "replicas", ctx->arena),
        .use = "s3-replica",
        .description = "Encrypts replicas of the organization's buckets.",
        .fact = REPLICATION_KEY_FACT,
        .policy = key_policy(ctx),
        .rotation_days = spec->rotation_days,
    };
}

static int key_observe(struct control_ctx *ctx, void *seen, struct err *err)
{
    const struct kms_key want = wanted(ctx);

    return kms_key_observe(ctx, &want, seen, err);
}

static void key_diff(const struct control_ctx *ctx, const void *seen, struct changes *out)
{
    const struct kms_key want = wanted(ctx);

    kms_key_diff(ctx, &want, seen, out);
}

static int key_apply(struct control_ctx *ctx, const void *seen, const struct change *change,
                     struct err *err)
{
    const struct kms_key want = wanted(ctx);

    return kms_key_apply(ctx, &want, seen, change->step, err);
}

static const char *const key_after[] = {"organization", "accounts", NULL};

const struct control control_s3_replica_key = {
    .name = "s3_replica_key",
    .part_of = "s3_replication",
    .title = "encryption key of replicated buckets",
    .scope = CONTROL_PER_ADMIN_REGION,
    .actor = ACTOR_BACKUP,
    .after = key_after,
    .ops = key_ops,
    .seen_size = sizeof(struct kms_key_seen),
    .in_region = replication_in_region,
    .observe = key_observe,
    .diff = key_diff,
    .apply = key_apply,
};
