/*
 * backup.c - control "backup": in every account, in its source regions, a vault under a key of its
 *            own.
 *
 * Baseline:  backup (see backup_settings.c)
 * Source:    AWS Backup Developer Guide, "Creating backup copies across AWS accounts": the backup
 *            account must be able to use the source's key, and a copy can only come back into a
 *            vault that takes it.
 * Limits:    see backup_vault.h.  A vault of a region that is no source any more stays.
 */
#include "backup_vault.h"

#include "plinth/base/arena.h"
#include "plinth/codec/json.h"

static const enum aws_op backup_ops[] = {
    BACKUP_VAULT_OPS, AWS_BACKUP_DELETE_BACKUP_VAULT_LOCK_CONFIGURATION, AWS_OP_NONE};

static const char *key_policy(const struct control_ctx *ctx, const char *root)
{
    struct json *statements, *document = backup_document(ctx, ctx->account_id, &statements);

    backup_key_statements(ctx, statements, root, NULL);
    return json_text(document, ctx->arena);
}

static struct backup_vault wanted(const struct control_ctx *ctx)
{
    const struct backup_spec *spec = ctx->spec;
    const char *backup_id =
        control_account_id(ctx, control_actor_account(ctx->baseline, ACTOR_BACKUP));
    const char *root = NULL;

    if (backup_id != NULL && ctx->account_id != NULL)
        root = arena_printf(ctx->arena, "arn:%s:iam::%s:root", ctx->partition, backup_id);
    return (struct backup_vault){
        .name = backup_vault_name(ctx->baseline, ctx->arena),
        .key = {.title = "backup key",
                .alias = kms_key_alias(ctx->baseline, "backup", ctx->arena),
                .use = "backup",
                .description = "Encrypts the backups of this account.",
                .fact =
                    arena_printf(ctx->arena, "backup.key %s %s", ctx->account->name, ctx->region),
                .policy = root == NULL ? NULL : key_policy(ctx, root),
                .rotation_days = spec->rotation_days},
        /* Copies come back from the central vault, and from nowhere else. */
        .policy = root == NULL ? NULL : backup_vault_policy(ctx, root, NULL),
        .lock = spec->source_lock,
        .unlocks = true,
    };
}

static int backup_observe(struct control_ctx *ctx, void *seen, struct err *err)
{
    struct backup_vault want = wanted(ctx);

    return backup_vault_observe(ctx, &want, seen, err);
}

static void backup_diff(const struct control_ctx *ctx, const void *seen, struct changes *out)
{
    struct backup_vault want = wanted(ctx);

    backup_vault_diff(ctx, &want, seen, out);
}

static int backup_apply(struct control_ctx *ctx, const void *seen, const struct change *change,
                        struct err *err)
{
    struct backup_vault want = wanted(ctx);

    return backup_vault_apply(ctx, &want, seen, change, err);
}

static const char *const backup_after[] = {"accounts", NULL};

const struct control control_backup = {
    .name = "backup",
    .title = "vault of each account",
    .scope = CONTROL_PER_REGION,
    .actor = ACTOR_MEMBER,
    .after = backup_after,
    .needs = ROLE_BACKUP, /* its policies name it */
    .ops = backup_ops,
    .schema = &backup_schema,
    .seen_size = sizeof(struct backup_vault_seen),
    .check = backup_check,
    .policies = backup_policies,
    .in_region = backup_in_source_region,
    .observe = backup_observe,
    .diff = backup_diff,
    .apply = backup_apply,
};
