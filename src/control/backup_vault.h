/*
 * backup_vault.h - a vault of AWS Backup with its key, access policy and lock.
 *
 * Layer:  control, private to backup*.c.
 * Source: docs.aws.amazon.com/aws-backup/latest/devguide/API_Operations.html, version 2018-11-15;
 *         "AWS Backup Vault Lock".
 * Limits: a vault's key cannot be changed.  A lock in compliance mode is never loosened, tightened
 *         or renewed but by a change that says so; once it is final, nothing is tried.
 */
#ifndef PLINTH_CONTROL_BACKUP_VAULT_H
#define PLINTH_CONTROL_BACKUP_VAULT_H

#include "backup_settings.h"
#include "kms_key.h"

struct backup_vault {
    const char *name;
    struct kms_key key;
    const char *policy;             /* JSON; NULL while a name in it is not known */
    const struct backup_lock *lock; /* NULL: none is wanted */
    bool unlocks;                   /* a prune takes a lock in governance mode away */
};

struct backup_vault_seen {
    struct kms_key_seen key;
    bool exists, locked;
    bool compliance;            /* it is locked, or will be, for good */
    bool open;                  /* that lock can still be taken away */
    const char *final_from;     /* of such a lock: RFC 3339 */
    int64_t min_days, max_days; /* of the lock; 0: none */
    const char *policy;         /* JSON; NULL: none */
};

/* What a control that has one calls for it; one that `unlocks` also calls
 * DeleteBackupVaultLockConfiguration. */
#define BACKUP_VAULT_OPS                                                                           \
    KMS_KEY_OPS, AWS_BACKUP_LIST_BACKUP_VAULTS, AWS_BACKUP_LIST_TAGS,                              \
        AWS_BACKUP_GET_BACKUP_VAULT_ACCESS_POLICY, AWS_BACKUP_CREATE_BACKUP_VAULT,                 \
        AWS_BACKUP_PUT_BACKUP_VAULT_ACCESS_POLICY, AWS_BACKUP_PUT_BACKUP_VAULT_LOCK_CONFIGURATION

/* Statements of a key's or vault's policy, with "Administer" for the account itself where
 * `admin_id` is not NULL.  owns: ctx->arena.  yields: no. */
struct json *backup_document(const struct control_ctx *ctx, const char *admin_id,
                             struct json **out_statements);

/* Statements that let `principal` copy to and from what the key encrypts; "*" stands for everybody
 * of `organization`, which else is NULL.  yields: no. */
void backup_key_statements(struct json *statements, const char *principal,
                           const char *organization);

/* Likewise one of a vault's policy, that takes copies.  yields: no. */
void backup_vault_statement(struct json *statements, const char *principal,
                            const char *organization);

/* owns: ctx->arena.  err: as aws_call; ERR_CONFLICT for a vault of that name that is somebody
 * else's or has another key, and for a final lock that is not the wanted one.  yields: yes. */
int backup_vault_observe(struct control_ctx *ctx, const struct backup_vault *want,
                         struct backup_vault_seen *seen, struct err *err);

/* Keys, vault, access policy, lock.  yields: no. */
void backup_vault_diff(const struct control_ctx *ctx, const struct backup_vault *want,
                       const struct backup_vault_seen *seen, struct changes *out);

/* err: as aws_call; ERR_CONFLICT while a name is not known.  yields: yes. */
int backup_vault_apply(struct control_ctx *ctx, const struct backup_vault *want,
                       const struct backup_vault_seen *seen, const struct change *change,
                       struct err *err);

#endif
