#include "backup_vault.h"

#include "plinth/base/arena.h"
#include "plinth/base/env.h"
#include "plinth/base/str.h"
#include "plinth/base/time.h"
#include "plinth/codec/json.h"
#include "plinth/fiber/fiber.h"
#include "plinth/policy/document.h"

#include <inttypes.h>

/* In the order in which they are carried out, behind those of the key. */
enum { STEP_CREATE, STEP_POLICY, STEP_LOCK, STEP_UNLOCK };

/* --- Documents -----------------------------------------------------------------------------------
 */

struct json *backup_document(const struct control_ctx *ctx, const char *admin_id,
                             struct json **out_statements)
{
    struct json *document = json_object(ctx->arena), *statement;

    json_put_str(document, "Version", "2012-10-17");
    *out_statements = json_put_array(document, "Statement");
    if (admin_id == NULL)
        return document;
    statement = json_add_object(*out_statements);
    json_put_str(statement, "Sid", "Administer");
    json_put_str(statement, "Effect", "Allow");
    json_put_str(json_put_object(statement, "Principal"), "AWS",
                 arena_printf(ctx->arena, "arn:%s:iam::%s:root", ctx->partition, admin_id));
    json_put_str(statement, "Action", "kms:*");
    json_put_str(statement, "Resource", "*");
    return document;
}

static struct json *add_statement(struct json *statements, const char *sid,
                                  const char *const *actions, const char *principal)
{
    struct json *statement = json_add_object(statements), *list;

    json_put_str(statement, "Sid", sid);
    json_put_str(statement, "Effect", "Allow");
    json_put_str(json_put_object(statement, "Principal"), "AWS", principal);
    list = json_put_array(statement, "Action");
    for (; *actions != NULL; actions++)
        json_add_str(list, *actions);
    json_put_str(statement, "Resource", "*");
    return statement;
}

static void put_organization(struct json *condition, const char *organization)
{
    json_put_str(json_put_object(condition, "StringEquals"), "aws:PrincipalOrgID", organization);
}

/* Two roles of an account make its copies: AWS Backup's service role, and the one that it makes for
 * itself.  Whoever else works there, or breaks in, cannot read what the key encrypts. */
static void put_copiers(const struct control_ctx *ctx, struct json *condition,
                        const char *organization)
{
    static const char own[] = "aws-service-role/backup.amazonaws.com/AWSServiceRoleForBackup";
    const struct backup_spec *spec = ctx->spec;
    const char *const names[] = {spec->role, own};
    struct json *roles;

    put_organization(condition, organization);
    roles = json_put_array(json_put_object(condition, "ArnLike"), "aws:PrincipalArn");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        json_add_str(roles,
                     arena_printf(ctx->arena, "arn:%s:iam::*:role/%s", ctx->partition, names[i]));
}

void backup_key_statements(const struct control_ctx *ctx, struct json *statements,
                           const char *principal, const char *organization)
{
    static const char *const use[] = {"kms:DescribeKey", "kms:Encrypt",          "kms:Decrypt",
                                      "kms:ReEncrypt*",  "kms:GenerateDataKey*", NULL};
    static const char *const grants[] = {"kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant",
                                         NULL};
    struct json *statement, *condition;

    statement = add_statement(statements, "Copy", use, principal);
    if (organization != NULL)
        put_copiers(ctx, json_put_object(statement, "Condition"), organization);
    condition = json_put_object(add_statement(statements, "GrantToServices", grants, principal),
                                "Condition");
    if (organization != NULL)
        put_copiers(ctx, condition, organization);
    json_put_bool(json_put_object(condition, "Bool"), "kms:GrantIsForAWSResource", true);
}

const char *backup_vault_policy(const struct control_ctx *ctx, const char *principal,
                                const char *organization)
{
    static const char *const copy[] = {"backup:CopyIntoBackupVault", NULL};
    struct json *statements, *document = backup_document(ctx, NULL, &statements);
    struct json *statement = add_statement(statements, "TakeCopies", copy, principal);

    if (organization != NULL)
        put_organization(json_put_object(statement, "Condition"), organization);
    return json_text(document, ctx->arena);
}

const char *backup_organization_id(const struct control_ctx *ctx)
{
    const struct inventory *inventory = inventory_peek(ctx->inventory);

    return inventory != NULL && inventory->exists ? inventory->id : NULL;
}

/* --- Live ----------------------------------------------------------------------------------------
 */

static struct json *vault_params(const struct control_ctx *ctx, const char *name)
{
    struct json *params = json_object(ctx->arena);

    json_put_str(params, "backupVaultName", name);
    return params;
}

static int check_ours(struct control_ctx *ctx, const struct json *vault, struct err *err)
{
    struct json *params = json_object(ctx->arena);
    const struct json *answer;
    const char *arn;

    if (json_need_str(vault, "BackupVaultArn", &arn, err) != 0)
        return -1;
    json_put_str(params, "resourceArn", arn);
    if (aws_call(ctx->target, AWS_BACKUP_LIST_TAGS, params, ctx->arena, &answer, err) != 0)
        return -1;
    if (str_eq(json_str(json_get(answer, "Tags"), CONTROL_TAG_KEY), ctx->baseline->name))
        return 0;
    return err_set(err, ERR_CONFLICT,
                   "vault %s exists and is not this baseline's (no tag %s=%s); tag it or delete it",
                   json_str(vault, "BackupVaultName"), CONTROL_TAG_KEY, ctx->baseline->name);
}

/* From the list: DescribeBackupVault answers AccessDenied where there is no such vault. */
int backup_vault_find(struct control_ctx *ctx, const char *name, const struct json **out,
                      struct err *err)
{
    const struct json *list;

    *out = NULL;
    if (aws_list(ctx->target, AWS_BACKUP_LIST_BACKUP_VAULTS, NULL, ctx->arena, &list, err) != 0)
        return -1;
    for (const struct json *it = json_first(list); it != NULL; it = it->next)
        if (str_eq(json_str(it, "BackupVaultName"), name))
            *out = it;
    return *out == NULL ? 0 : check_ours(ctx, *out, err);
}

static void read_lock(const struct control_ctx *ctx, const struct json *vault,
                      struct backup_vault_seen *seen)
{
    int64_t now_ms = env_wall_ms(sched_env(aws_client_sched(ctx->target->client)));
    int64_t final_ms = (int64_t)(json_number(vault, "LockDate", 0) * 1000);
    char text[TIME_TEXT_BYTES];

    seen->locked = json_bool(vault, "Locked", false);
    seen->min_days = (int64_t)json_number(vault, "MinRetentionDays", 0);
    seen->max_days = (int64_t)json_number(vault, "MaxRetentionDays", 0);
    if (final_ms <= 0)
        return;
    time_rfc3339(final_ms, text);
    seen->final_from = arena_str(ctx->arena, text);
    seen->compliance = true;
    seen->open = now_ms < final_ms;
}

int backup_vault_policy_read(struct control_ctx *ctx, const char *name, const char **out,
                             struct err *err)
{
    const struct json *answer;

    if (aws_call(ctx->target, AWS_BACKUP_GET_BACKUP_VAULT_ACCESS_POLICY, vault_params(ctx, name),
                 ctx->arena, &answer, err) == 0)
        return json_need_str(answer, "Policy", out, err);
    if (err->code != ERR_NOTFOUND)
        return -1;
    err_clear(err);
    return 0;
}

static bool same_bounds(const struct backup_lock *lock, const struct backup_vault_seen *seen)
{
    return lock->min_days == seen->min_days && lock->max_days == seen->max_days;
}

static bool is_compliance(const struct backup_lock *lock)
{
    return str_eq(lock->mode, "compliance");
}

/* err: ERR_CONFLICT for what no write of ours may or can mend. */
static int check_lock(const struct backup_vault *want, const struct backup_vault_seen *seen,
                      struct err *err)
{
    if (want->lock == NULL || !seen->compliance || same_bounds(want->lock, seen) ||
        (seen->open && is_compliance(want->lock)))
        return 0;
    return err_set(err, ERR_CONFLICT,
                   "vault %s has a lock in compliance mode (min_days %" PRId64 ", max_days %" PRId64
                   ") %s %s, and it is not the baseline's: say the same in the baseline%s",
                   want->name, seen->min_days, seen->max_days,
                   seen->open ? "that can be taken away until" : "that is final since",
                   seen->final_from, seen->open ? ", or take it away" : "");
}

int backup_vault_observe(struct control_ctx *ctx, const struct backup_vault *want,
                         struct backup_vault_seen *seen, struct err *err)
{
    const struct json *vault;
    const char *key;

    if (kms_key_observe(ctx, &want->key, &seen->key, err) != 0 ||
        backup_vault_find(ctx, want->name, &vault, err) != 0)
        return -1;
    if (vault == NULL)
        return 0;
    if (json_need_str(vault, "EncryptionKeyArn", &key, err) != 0)
        return -1;
    if (!str_eq(key, seen->key.arn))
        return err_set(err, ERR_CONFLICT,
                       "vault %s is encrypted under %s, and not under %s; a vault's key cannot be "
                       "changed: empty and delete the vault, or give %s back its alias and tags",
                       want->name, key, want->key.alias, key);
    seen->exists = true;
    read_lock(ctx, vault, seen);
    if (check_lock(want, seen, err) != 0)
        return -1;
    return backup_vault_policy_read(ctx, want->name, &seen->policy, err);
}

/* --- Difference ----------------------------------------------------------------------------------
 */

static const char *days_text(const struct control_ctx *ctx, int64_t days)
{
    return days == 0 ? NULL : arena_printf(ctx->arena, "%" PRId64, days);
}

static const char *mode_text(const struct backup_vault_seen *seen)
{
    if (!seen->locked)
        return NULL;
    return seen->compliance ? "compliance" : "governance";
}

/* The lock that is there takes more than the new one will. */
static bool is_loosened(const struct backup_lock *lock, const struct backup_vault_seen *seen)
{
    return seen->locked &&
           (lock->min_days < seen->min_days ||
            (seen->max_days > 0 && (lock->max_days == 0 || lock->max_days > seen->max_days)));
}

static void diff_no_lock(const struct control_ctx *ctx, const struct backup_vault *want,
                         const struct backup_vault_seen *seen, struct changes *out)
{
    if (!seen->locked)
        return;
    if (want->unlocks && ctx->prune && !seen->compliance)
        change_field(
            changes_add(out, CHANGE_DELETE, STEP_UNLOCK, NULL, "lock of vault %s", want->name),
            "mode", mode_text(seen), NULL);
    else
        changes_note(
            out, "vault %s is locked in %s mode, though the baseline does not say so%s", want->name,
            mode_text(seen),
            seen->compliance || !want->unlocks ? "" : "; a run with --prune takes the lock away");
}

static void diff_lock(const struct control_ctx *ctx, const struct backup_vault *want,
                      const struct backup_vault_seen *seen, struct changes *out)
{
    const struct backup_lock *lock = want->lock;
    struct change *change;

    if (seen->compliance && seen->open)
        changes_note(out, "the lock of vault %s can be taken away until %s, and never after that%s",
                     want->name, seen->final_from,
                     lock == NULL || is_compliance(lock)
                         ? ""
                         : "; the baseline asks for governance mode only");
    if (lock == NULL) {
        diff_no_lock(ctx, want, seen, out);
        return;
    }
    if (seen->locked && same_bounds(lock, seen) && (seen->compliance || !is_compliance(lock)))
        return;
    change = changes_add(out, seen->locked ? CHANGE_UPDATE : CHANGE_CREATE, STEP_LOCK, NULL,
                         "lock of vault %s", want->name);
    change_field(change, "mode", mode_text(seen), lock->mode);
    change_field(change, "min_days", days_text(ctx, seen->min_days),
                 days_text(ctx, lock->min_days));
    change_field(change, "max_days", days_text(ctx, seen->max_days),
                 days_text(ctx, lock->max_days));
    if (is_loosened(lock, seen))
        change_takes_away(change);
    if (is_compliance(lock))
        change_is_final(change, want->name, (int)lock->changeable_for_days);
}

void backup_vault_policy_diff(int step, const char *name, const char *seen, const char *want,
                              struct changes *out)
{
    if (seen != NULL && want != NULL && policy_text_equal(seen, want))
        return;
    change_field(changes_add(out, seen == NULL ? CHANGE_CREATE : CHANGE_UPDATE, step, NULL,
                             "access policy of vault %s", name),
                 "policy", seen, want == NULL ? change_unknown : want);
}

void backup_vault_diff(const struct control_ctx *ctx, const struct backup_vault *want,
                       const struct backup_vault_seen *seen, struct changes *out)
{
    kms_key_diff(ctx, &want->key, &seen->key, out);
    if (!seen->exists)
        change_field(changes_add(out, CHANGE_CREATE, STEP_CREATE, NULL, "vault %s", want->name),
                     "key", NULL, seen->key.arn == NULL ? change_unknown : seen->key.arn);
    backup_vault_policy_diff(STEP_POLICY, want->name, seen->policy, want->policy, out);
    diff_lock(ctx, want, seen, out);
}

/* --- Changes -------------------------------------------------------------------------------------
 */

static int create_vault(struct control_ctx *ctx, const struct backup_vault *want,
                        const struct backup_vault_seen *seen, struct err *err)
{
    struct json *params = vault_params(ctx, want->name);
    const char *key = kms_key_arn(ctx, &want->key, &seen->key);

    if (key == NULL)
        return err_set(err, ERR_CONFLICT, "its key does not exist");
    json_put_str(params, "EncryptionKeyArn", key);
    json_put_str(json_put_object(params, "BackupVaultTags"), CONTROL_TAG_KEY, ctx->baseline->name);
    return aws_call(ctx->target, AWS_BACKUP_CREATE_BACKUP_VAULT, params, ctx->arena, NULL, err);
}

int backup_vault_policy_put(struct control_ctx *ctx, const char *name, const char *policy,
                            struct err *err)
{
    struct json *params = vault_params(ctx, name);

    if (policy == NULL)
        return err_set(err, ERR_CONFLICT, "an account or the organization does not exist yet");
    json_put_str(params, "Policy", policy);
    return aws_call(ctx->target, AWS_BACKUP_PUT_BACKUP_VAULT_ACCESS_POLICY, params, ctx->arena,
                    NULL, err);
}

static int put_lock(struct control_ctx *ctx, const struct backup_vault *want, struct err *err)
{
    const struct backup_lock *lock = want->lock;
    struct json *params = vault_params(ctx, want->name);

    if (lock->min_days > 0)
        json_put_number(params, "MinRetentionDays", (double)lock->min_days);
    if (lock->max_days > 0)
        json_put_number(params, "MaxRetentionDays", (double)lock->max_days);
    if (is_compliance(lock)) /* this member alone makes it one */
        json_put_number(params, "ChangeableForDays", (double)lock->changeable_for_days);
    return aws_call(ctx->target, AWS_BACKUP_PUT_BACKUP_VAULT_LOCK_CONFIGURATION, params, ctx->arena,
                    NULL, err);
}

int backup_vault_apply(struct control_ctx *ctx, const struct backup_vault *want,
                       const struct backup_vault_seen *seen, const struct change *change,
                       struct err *err)
{
    struct json *params = vault_params(ctx, want->name);

    switch (change->step) {
    case STEP_CREATE:
        return create_vault(ctx, want, seen, err);
    case STEP_POLICY:
        return backup_vault_policy_put(ctx, want->name, want->policy, err);
    case STEP_LOCK:
        return put_lock(ctx, want, err);
    case STEP_UNLOCK:
        return aws_call(ctx->target, AWS_BACKUP_DELETE_BACKUP_VAULT_LOCK_CONFIGURATION, params,
                        ctx->arena, NULL, err);
    default:
        return kms_key_apply(ctx, &want->key, &seen->key, change->step, err);
    }
}
