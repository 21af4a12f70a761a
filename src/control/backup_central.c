/*
 * backup_central.c - control "backup_central": the vault of the backup account, which takes copies
 *                    from this organization only.
 *
 * Baseline:  backup: { region, lock, rotation_days }
 * Source:    AWS Backup Developer Guide, "Creating backup copies across AWS accounts"; for the
 * key's policy see backup_key_statements Limits:    see backup_vault.h.  Its lock is never taken
 * away, not even by a prune.  The vault of an earlier region stays.
 */
#include "backup_vault.h"

#include "plinth/base/arena.h"
#include "plinth/codec/json.h"

static const enum aws_op central_ops[] = {BACKUP_VAULT_OPS, AWS_OP_NONE};

static const char *key_policy(const struct control_ctx *ctx, const char *id,
                              const char *organization)
{
    struct json *statements, *document = backup_document(ctx, id, &statements);

    backup_key_statements(ctx, statements, "*", organization);
    return json_text(document, ctx->arena);
}

static struct backup_vault wanted(const struct control_ctx *ctx)
{
    const struct backup_spec *spec = ctx->spec;
    const char *id = control_account_id(ctx, control_actor_account(ctx->baseline, ACTOR_BACKUP));
    const char *organization = id == NULL ? NULL : backup_organization_id(ctx);

    return (struct backup_vault){
        .name = backup_central_name(ctx->baseline, ctx->arena),
        .key = {.title = "central backup key",
                .alias = kms_key_alias(ctx->baseline, "central-backup", ctx->arena),
                .use = "central-backup",
                .description = "Encrypts the copies of the organization's backups.",
                .fact = "backup_central.key",
                .policy = organization == NULL ? NULL : key_policy(ctx, id, organization),
                .rotation_days = spec->rotation_days},
        .policy = organization == NULL ? NULL : backup_vault_policy(ctx, "*", organization),
        .lock = spec->lock,
    };
}

static int central_observe(struct control_ctx *ctx, void *seen, struct err *err)
{
    struct backup_vault want = wanted(ctx);

    return backup_vault_observe(ctx, &want, seen, err);
}

static void central_diff(const struct control_ctx *ctx, const void *seen, struct changes *out)
{
    struct backup_vault want = wanted(ctx);

    backup_vault_diff(ctx, &want, seen, out);
}

static int central_apply(struct control_ctx *ctx, const void *seen, const struct change *change,
                         struct err *err)
{
    struct backup_vault want = wanted(ctx);

    return backup_vault_apply(ctx, &want, seen, change, err);
}

static const char *const central_after[] = {"organization", "accounts", NULL};

const struct control control_backup_central = {
    .name = "backup_central",
    .part_of = "backup",
    .title = "central vault of the backup account",
    .scope = CONTROL_PER_ADMIN_REGION,
    .actor = ACTOR_BACKUP,
    .after = central_after,
    .ops = central_ops,
    .seen_size = sizeof(struct backup_vault_seen),
    .in_region = backup_in_central_region,
    .observe = central_observe,
    .diff = central_diff,
    .apply = central_apply,
};
