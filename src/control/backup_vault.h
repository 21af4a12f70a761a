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

/* Statements that let `principal` copy to and from what the key encrypts; "*" stands for the roles
 * that make copies in the accounts of `organization`, which else is NULL.
 * Source: AWS Backup Developer Guide, "Encryption for backups in AWS Backup", section "Encryption
 *         for copies of a backup to a different account or AWS Region"
 *         (docs.aws.amazon.com/aws-backup/latest/devguide/encryption.html#copy-encryption); AWS
 *         re:Post, "How do I resolve the "Given key ID is not accessible" error"
 *         (repost.aws/knowledge-center/backup-cross-account-copy-error): these actions, on the key
 *         of the account that is copied from, for the account that is copied to.  The central key
 *         is both: copies go there, and come back.
 * yields: no. */
void backup_key_statements(const struct control_ctx *ctx, struct json *statements,
                           const char *principal, const char *organization);

/* A vault's access policy that takes copies of `principal`, with "*" of everybody of
 * `organization`.  owns: ctx->arena.  yields: no. */
const char *backup_vault_policy(const struct control_ctx *ctx, const char *principal,
                                const char *organization);

/* NULL while there is no organization.  yields: no. */
const char *backup_organization_id(const struct control_ctx *ctx);

/* The vault of that name, as AWS lists it; NULL if there is none.  owns: ctx->arena.
 * err: as aws_list; ERR_CONFLICT for one that is somebody else's.  yields: yes. */
int backup_vault_find(struct control_ctx *ctx, const char *name, const struct json **out,
                      struct err *err);

/* Read, compare and write a vault's access policy; NULL: there is none, or it is not known yet.
 * err: as aws_call; ERR_CONFLICT for one that is not known.  yields: not to compare. */
int backup_vault_policy_read(struct control_ctx *ctx, const char *name, const char **out,
                             struct err *err);
void backup_vault_policy_diff(int step, const char *name, const char *seen, const char *want,
                              struct changes *out);
int backup_vault_policy_put(struct control_ctx *ctx, const char *name, const char *policy,
                            struct err *err);

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
