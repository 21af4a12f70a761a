/*
 * service_needs.h - what AWS services must be able to do in members' accounts with the roles that
 *                   plinth makes for them there.
 *
 * Layer:  control.  The gate asks whether policies leave it.  SCPs and RCPs bind these roles like
 * any other; they do not bind service-linked roles, with which AWS Backup works in the account that
 * a copy goes to. Source: AWS managed policy AWSBackupServiceRolePolicyForBackup, version 29
 * (statements BackupVaultPermissions, BackupVaultCopyPermissions, KMSPermissions,
 *         KMSCreateGrantPermissions, GetResourcesPermissions, EBSCopyPermissions and those of the
 *         other types), and AWSBackupServiceRolePolicyForS3Backup; S3 User Guide, "Setting up
 *         permissions for live replication"; Organizations User Guide, "Service control policies"
 *         and "Resource control policies".
 */
#ifndef PLINTH_CONTROL_SERVICE_NEEDS_H
#define PLINTH_CONTROL_SERVICE_NEEDS_H

#include <stdbool.h>
#include <stddef.h>

struct account;  /* baseline/baseline.h */
struct arena;    /* base/arena.h */
struct baseline; /* baseline/baseline.h */

struct service_need {
    const char *role; /* of the account, by its name */
    const char *action, *region;
    bool in_backup; /* what it acts on is the backup account's; else the role's own account's */
    bool grant;     /* a grant for an AWS service: kms:GrantIsForAWSResource is true */
    bool one_type;  /* without it only one type of resources is lost, which somebody may mean */
};

struct service_needs {
    struct service_need *items;
    size_t count;
};

/* Those of the settings, in an account: none where nothing of the kind is made.  owns: `arena`.
 * yields: no. */
void service_needs(const struct baseline *baseline, const struct account *account,
                   struct arena *arena, struct service_needs *out);

#endif
