/*
 * backup_opt_in.c - control "backup_opt_in": which types of resources AWS Backup may back up, in
 *                   every account and source region.
 *
 * Baseline:  backup: { resource_types }
 * Source:    docs.aws.amazon.com/aws-backup/latest/devguide/API_UpdateRegionSettings.html
 * Limits:    a type that is on and that the baseline does not name stays on.  One read per account
 *            and source region: AWS has no call for all accounts.
 */
#include "backup_settings.h"

#include "plinth/base/arena.h"
#include "plinth/codec/json.h"

struct opt_in_seen {
    const struct json *types; /* {type: bool}; NULL: nothing was read */
};

static const enum aws_op opt_in_ops[] = {AWS_BACKUP_DESCRIBE_REGION_SETTINGS,
                                         AWS_BACKUP_UPDATE_REGION_SETTINGS, AWS_OP_NONE};

static const char preference[] = "ResourceTypeOptInPreference";

static int opt_in_observe(struct control_ctx *ctx, void *out_seen, struct err *err)
{
    struct opt_in_seen *seen = out_seen;
    const struct json *answer;

    if (aws_call(ctx->target, AWS_BACKUP_DESCRIBE_REGION_SETTINGS, NULL, ctx->arena, &answer,
                 err) != 0)
        return -1;
    seen->types = json_get(answer, preference);
    return 0;
}

static void opt_in_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    const struct backup_spec *spec = ctx->spec;
    const struct opt_in_seen *seen = have;
    struct change *change = NULL;

    for (size_t i = 0; i < spec->resource_types.count; i++) {
        const char *type = spec->resource_types.items[i];

        if (json_bool(seen->types, type, false))
            continue;
        if (change == NULL)
            change = changes_add(out, CHANGE_UPDATE, 0, NULL, "resource types of AWS Backup");
        change_field(change, type, "off", "on");
    }
}

static int opt_in_apply(struct control_ctx *ctx, const void *seen, const struct change *change,
                        struct err *err)
{
    struct json *params = json_object(ctx->arena), *types = json_put_object(params, preference);

    (void)seen;
    for (size_t i = 0; i < change->field_count; i++)
        json_put_bool(types, change->fields[i].name, true);
    return aws_call(ctx->target, AWS_BACKUP_UPDATE_REGION_SETTINGS, params, ctx->arena, NULL, err);
}

static const char *const opt_in_after[] = {"accounts", NULL};

const struct control control_backup_opt_in = {
    .name = "backup_opt_in",
    .part_of = "backup",
    .title = "resource types that are backed up",
    .scope = CONTROL_PER_REGION,
    .actor = ACTOR_MEMBER,
    .after = opt_in_after,
    .ops = opt_in_ops,
    .seen_size = sizeof(struct opt_in_seen),
    .in_region = backup_in_source_region,
    .observe = opt_in_observe,
    .diff = opt_in_diff,
    .apply = opt_in_apply,
};
