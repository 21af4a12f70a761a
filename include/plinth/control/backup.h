/*
 * backup.h - whom the baseline's backups take.
 *
 * Layer:  control.
 */
#ifndef PLINTH_CONTROL_BACKUP_H
#define PLINTH_CONTROL_BACKUP_H

#include <stddef.h>

struct arena;    /* base/arena.h */
struct baseline; /* baseline/baseline.h */

/* Tags by which resources ask for the baseline's plans; no plan at all: `count` is 0. */
struct backup_selection {
    const char *key, *value;
};

struct backup_selections {
    struct backup_selection *items;
    size_t count;
};

/* All of them, of whatever account a plan is attached to: what asks for a plan and is out of its
 * reach has no backup, and nobody meant that.  owns: `arena`.  yields: no. */
void backup_selections(const struct baseline *baseline, struct arena *arena,
                       struct backup_selections *out);

#endif
