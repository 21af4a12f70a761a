/*
 * backup_air_gapped.c - control "backup_air_gapped": a logically air-gapped vault in the backup
 *                       account, which is locked for good from the moment that it is there.
 *
 * Baseline:  backup: { air_gapped: { name, min_days, max_days } }
 * Source:    docs.aws.amazon.com/aws-backup/latest/devguide/API_CreateLogicallyAirGappedBackupVault
 *            .html, version 2018-11-15; AWS Backup Developer Guide, "Logically air-gapped vault"
 * Limits:    its retention is fixed when it is made, and so is its key: one that AWS owns, which
 *            nobody can disable, delete or share.  With whom the vault is shared (AWS RAM), and who
 *            approves for it together, is left alone.  One that is taken out of the baseline stays.
 */
#include "backup_vault.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/fiber/fiber.h"

#include <inttypes.h>

/* AWS makes it within a minute or so. */
enum { POLL_MS = 5000, POLLS = 60 };

enum { STEP_CREATE, STEP_POLICY };

struct air_gapped_seen {
    bool exists;
    const char *policy; /* JSON; NULL: none */
};

static const enum aws_op air_gapped_ops[] = {
    AWS_BACKUP_LIST_BACKUP_VAULTS,
    AWS_BACKUP_LIST_TAGS,
    AWS_BACKUP_GET_BACKUP_VAULT_ACCESS_POLICY,
    AWS_BACKUP_CREATE_LOGICALLY_AIR_GAPPED_BACKUP_VAULT,
    AWS_BACKUP_PUT_BACKUP_VAULT_ACCESS_POLICY,
    AWS_OP_NONE,
};

static const struct backup_air_gapped *wanted(const struct control_ctx *ctx)
{
    const struct backup_spec *spec = ctx->spec;

    return spec->air_gapped;
}

static const char *name_of(const struct control_ctx *ctx)
{
    return backup_air_gapped_name(ctx->baseline, ctx->spec, ctx->arena);
}

static const char *wanted_policy(const struct control_ctx *ctx)
{
    const char *organization = backup_organization_id(ctx);

    return organization == NULL ? NULL : backup_vault_policy(ctx, "*", organization);
}

/* Once AWS has made it, if it is making it.  err: as backup_vault_find; ERR_PENDING. */
static int find_made(struct control_ctx *ctx, const struct json **out, struct err *err)
{
    for (int poll = 0; poll < POLLS; poll++) {
        if (poll > 0 && fiber_sleep_ms(aws_client_sched(ctx->target->client), POLL_MS, err) != 0)
            return -1;
        if (backup_vault_find(ctx, name_of(ctx), out, err) != 0)
            return -1;
        if (*out == NULL || !str_eq(json_str(*out, "VaultState"), "CREATING"))
            return 0;
    }
    return err_set(err, ERR_PENDING, "AWS is still making vault %s", name_of(ctx));
}

/* err: ERR_CONFLICT for what no write can mend. */
static int check_made(const struct control_ctx *ctx, const struct json *vault, struct err *err)
{
    const struct backup_air_gapped *want = wanted(ctx);
    int64_t min_days = (int64_t)json_number(vault, "MinRetentionDays", 0);
    int64_t max_days = (int64_t)json_number(vault, "MaxRetentionDays", 0);

    if (!str_eq(json_str(vault, "VaultType"), "LOGICALLY_AIR_GAPPED_BACKUP_VAULT"))
        return err_set(err, ERR_CONFLICT,
                       "vault %s exists and is not a logically air-gapped one, which no vault can "
                       "become; give air_gapped another name",
                       name_of(ctx));
    if (str_eq(json_str(vault, "VaultState"), "FAILED"))
        return err_set(err, ERR_CONFLICT, "AWS could not make vault %s; delete it and try again",
                       name_of(ctx));
    if (min_days != want->min_days || max_days != want->max_days)
        return err_set(err, ERR_CONFLICT,
                       "vault %s keeps for %" PRId64 " to %" PRId64
                       " days, which is fixed, and not "
                       "for %" PRId64 " to %" PRId64
                       ": say the same in the baseline, or give air_gapped another name",
                       name_of(ctx), min_days, max_days, want->min_days, want->max_days);
    return 0;
}

static int air_gapped_observe(struct control_ctx *ctx, void *out_seen, struct err *err)
{
    struct air_gapped_seen *seen = out_seen;
    const struct json *vault;

    if (find_made(ctx, &vault, err) != 0)
        return -1;
    if (vault == NULL)
        return 0;
    if (check_made(ctx, vault, err) != 0)
        return -1;
    seen->exists = true;
    return backup_vault_policy_read(ctx, name_of(ctx), &seen->policy, err);
}

static void air_gapped_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    const struct backup_air_gapped *want = wanted(ctx);
    const struct air_gapped_seen *seen = have;
    struct change *change;

    if (!seen->exists) {
        change = changes_add(out, CHANGE_CREATE, STEP_CREATE, NULL, "logically air-gapped vault %s",
                             name_of(ctx));
        change_field(change, "min_days", NULL,
                     arena_printf(ctx->arena, "%" PRId64, want->min_days));
        change_field(change, "max_days", NULL,
                     arena_printf(ctx->arena, "%" PRId64, want->max_days));
        change_is_final(change, name_of(ctx), 0);
    }
    backup_vault_policy_diff(STEP_POLICY, name_of(ctx), seen->policy, wanted_policy(ctx), out);
}

static int create(struct control_ctx *ctx, struct err *err)
{
    const struct backup_air_gapped *want = wanted(ctx);
    struct json *params = json_object(ctx->arena);
    const struct json *vault;

    json_put_str(params, "backupVaultName", name_of(ctx));
    json_put_number(params, "MinRetentionDays", (double)want->min_days);
    json_put_number(params, "MaxRetentionDays", (double)want->max_days);
    json_put_str(json_put_object(params, "BackupVaultTags"), CONTROL_TAG_KEY, ctx->baseline->name);
    if (aws_call(ctx->target, AWS_BACKUP_CREATE_LOGICALLY_AIR_GAPPED_BACKUP_VAULT, params,
                 ctx->arena, NULL, err) != 0)
        return -1;
    return find_made(ctx, &vault, err);
}

static int air_gapped_apply(struct control_ctx *ctx, const void *seen, const struct change *change,
                            struct err *err)
{
    (void)seen;
    if (change->step == STEP_CREATE)
        return create(ctx, err);
    return backup_vault_policy_put(ctx, name_of(ctx), wanted_policy(ctx), err);
}

static const char *const air_gapped_after[] = {"organization", "accounts", NULL};

const struct control control_backup_air_gapped = {
    .name = "backup_air_gapped",
    .part_of = "backup",
    .title = "logically air-gapped vault of the backup account",
    .scope = CONTROL_PER_ADMIN_REGION,
    .actor = ACTOR_BACKUP,
    .after = air_gapped_after,
    .ops = air_gapped_ops,
    .seen_size = sizeof(struct air_gapped_seen),
    .in_region = backup_in_air_gapped_region,
    .observe = air_gapped_observe,
    .diff = air_gapped_diff,
    .apply = air_gapped_apply,
};
