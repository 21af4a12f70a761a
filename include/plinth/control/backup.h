/*
 * backup.h - what the baseline's backups need of its policies.
 *
 * Layer:  control.
 */
#ifndef PLINTH_CONTROL_BACKUP_H
#define PLINTH_CONTROL_BACKUP_H

#include <stdbool.h>

struct account;  /* baseline/baseline.h */
struct arena;    /* base/arena.h */
struct baseline; /* baseline/baseline.h */

struct backup_copier {
    const char *role;   /* by its name */
    const char *region; /* that it copies to */
};

/* Who copies the backups of an account to where; false: no plan does.  owns: `arena`.
 * yields: no. */
bool backup_copier(const struct baseline *baseline, const struct account *account,
                   struct arena *arena, struct backup_copier *out);

#endif
