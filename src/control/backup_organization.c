/*
 * backup_organization.c - control "backup_organization": copies may go from one account of the
 *                         organization to another.
 *
 * Baseline:  backup
 * Source:    docs.aws.amazon.com/aws-backup/latest/devguide/API_UpdateGlobalSettings.html: from the
 *            management account; AWS Backup Developer Guide, "Managing AWS Backup resources across
 *            multiple AWS accounts": trusted access comes first.
 * Limits:    other global settings are left as they are.
 */
#include "backup_settings.h"

#include "plinth/base/str.h"
#include "plinth/codec/json.h"

static const char setting[] = "isCrossAccountBackupEnabled";

struct organization_seen {
    bool crosses;
};

static const enum aws_op organization_ops[] = {AWS_BACKUP_DESCRIBE_GLOBAL_SETTINGS,
                                               AWS_BACKUP_UPDATE_GLOBAL_SETTINGS, AWS_OP_NONE};

static int organization_observe(struct control_ctx *ctx, void *out_seen, struct err *err)
{
    struct organization_seen *seen = out_seen;
    const struct inventory *inventory;
    const struct json *answer;

    if (inventory_get(ctx->inventory, &inventory, err) != 0)
        return -1;
    if (!inventory->exists)
        return 0;
    if (aws_call(ctx->target, AWS_BACKUP_DESCRIBE_GLOBAL_SETTINGS, NULL, ctx->arena, &answer,
                 err) != 0)
        return -1;
    seen->crosses = str_eq(json_str(json_get(answer, "GlobalSettings"), setting), "true");
    return 0;
}

static bool has_administrator(const struct baseline *baseline)
{
    const struct pairs *pairs = &baseline->organization.delegated_administrators;

    for (size_t i = 0; i < pairs->count; i++)
        if (str_eq(pairs->items[i].key, "backup.amazonaws.com"))
            return true;
    return false;
}

static void organization_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    const struct organization_seen *seen = have;

    if (!has_administrator(ctx->baseline))
        changes_note(out, "backup.amazonaws.com is not in organization.delegated_administrators: "
                          "the jobs of all accounts are seen from the management account only");
    if (!seen->crosses)
        change_field(changes_add(out, CHANGE_UPDATE, 0, NULL, "AWS Backup of the organization"),
                     "cross-account backup", "off", "on");
}

static int organization_apply(struct control_ctx *ctx, const void *seen,
                              const struct change *change, struct err *err)
{
    struct json *params = json_object(ctx->arena);

    (void)seen;
    (void)change;
    json_put_str(json_put_object(params, "GlobalSettings"), setting, "true");
    return aws_call(ctx->target, AWS_BACKUP_UPDATE_GLOBAL_SETTINGS, params, ctx->arena, NULL, err);
}

static const char *const organization_after[] = {"organization", NULL};
static const char *const organization_trusts[] = {"backup.amazonaws.com", NULL};
static const char *const organization_follows[] = {"trusted_access", NULL};

const struct control control_backup_organization = {
    .name = "backup_organization",
    .part_of = "backup",
    .title = "backup across accounts",
    .scope = CONTROL_PER_ORG,
    .actor = ACTOR_MANAGEMENT,
    .after = organization_after,
    .follows = organization_follows,
    .trusts = organization_trusts,
    .ops = organization_ops,
    .seen_size = sizeof(struct organization_seen),
    .observe = organization_observe,
    .diff = organization_diff,
    .apply = organization_apply,
};
