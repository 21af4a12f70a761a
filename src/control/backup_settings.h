/*
 * backup_settings.h - what the baseline says of backups, and the names of their parts.
 *
 * Layer:  control, private to backup*.c.
 */
#ifndef PLINTH_CONTROL_BACKUP_SETTINGS_H
#define PLINTH_CONTROL_BACKUP_SETTINGS_H

#include "plinth/control/backup.h"
#include "plinth/control/control.h"

#include <stdint.h>

/* Of a restore test's name. */
enum { BACKUP_RESTORE_NAME_MOST = 20 };

struct backup_lock {
    const char *mode;            /* "governance", "compliance" */
    int64_t min_days, max_days;  /* 0: none */
    int64_t changeable_for_days; /* of compliance */
    const struct node *node;
};

struct backup_air_gapped {
    const char *name; /* NULL: by default */
    int64_t min_days, max_days;
    const struct node *node;
};

struct backup_copy {
    int64_t cold_after_days, delete_after_days; /* 0: as the plan's */
    const struct node *node;
};

struct backup_plan {
    const char *name;
    const char *schedule; /* "cron(0 3 * * ? *)", UTC */
    int64_t start_within_minutes, complete_within_minutes;
    int64_t cold_after_days, delete_after_days; /* 0: never */
    bool copies;                                /* to the central vault */
    bool copies_to_air_gapped;
    struct backup_copy *copy; /* how long a copy lives; NULL: as the plan */
    const char *tag;
    struct strings values;
    struct strings attach; /* paths of OUs */
    const struct node *node;
};

/* In each account what is restored for a try, and deleted again: by AWS Backup's restore testing.
 */
struct backup_restore_test {
    const char *name;
    const char *schedule;
    int64_t start_within_hours;
    const char *algorithm; /* AWS's name */
    int64_t window_days;
    struct strings point_types, resource_types; /* AWS's names */
    struct pairs tags;                          /* of what is restored: all of them */
    int64_t validation_hours;
    struct strings accounts; /* none: every one that has a vault */
    const struct node *node;
};

struct backup_spec {
    const char *region;            /* of the central vault */
    struct strings source_regions; /* none: the home region */
    const char *role;
    struct strings resource_types;
    int64_t rotation_days;
    struct backup_lock *lock;             /* of the central vault; NULL */
    struct backup_lock *source_lock;      /* of the vaults in the accounts; NULL */
    struct backup_air_gapped *air_gapped; /* NULL: no such vault */
    struct objects plans;                 /* struct backup_plan */
    struct objects restore_tests;         /* struct backup_restore_test */
    const struct node *node;
};

extern const struct schema backup_schema;

/* yields: no. */
bool backup_lists(const struct strings *list, const char *text);

/* Whether what is attached to the unit of that path, or to "root", binds the account.  yields: no.
 */
bool backup_is_under(const struct account *account, const char *path);

/* The regions of the accounts' vaults; `home` is where they stand if the settings name none.
 * yields: no. */
const struct strings *backup_sources(const struct baseline *baseline,
                                     const struct backup_spec *spec, struct strings *home);

/* As control.check.  yields: no. */
void backup_check(const struct baseline *baseline, const void *decoded, struct diags *diags);

/* As control_section.policies: the organization's backup policy.  yields: no. */
void backup_policies(const struct baseline *baseline, const void *decoded, struct arena *arena,
                     struct section_policies *out);

/* As control.in_region: where accounts keep their vaults.  yields: no. */
bool backup_in_source_region(const struct baseline *baseline, const struct account *account,
                             const void *decoded, const char *region);

/* Likewise: where the backup account keeps its vault. */
bool backup_in_central_region(const struct baseline *baseline, const struct account *account,
                              const void *decoded, const char *region);

/* Likewise: where it keeps the logically air-gapped one, if there is any. */
bool backup_in_air_gapped_region(const struct baseline *baseline, const struct account *account,
                                 const void *decoded, const char *region);

/* Likewise: where accounts try to restore. */
bool backup_in_restore_region(const struct baseline *baseline, const struct account *account,
                              const void *decoded, const char *region);

/* Whether the account takes part in a restore test.  yields: no. */
bool backup_restore_concerns(const struct backup_restore_test *test, const struct account *account);

/* "startup-backup", in each account; "startup-central", in the backup account.  owns: `arena`.
 * yields: no. */
const char *backup_vault_name(const struct baseline *baseline, struct arena *arena);
const char *backup_central_name(const struct baseline *baseline, struct arena *arena);

/* "startup-airgap", or as the settings name it; there must be one.  Likewise. */
const char *backup_air_gapped_name(const struct baseline *baseline, const struct backup_spec *spec,
                                   struct arena *arena);

/* How long a copy of the plan lives.  yields: no. */
int64_t backup_copy_delete_days(const struct backup_plan *plan);

#endif
