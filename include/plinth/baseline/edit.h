/*
 * edit.h - one account more in the files of a baseline.
 *
 * Layer:  baseline.  What comes out is text: who calls shows it, loads it as
 * baseline_options.instead and writes it.
 */
#ifndef PLINTH_BASELINE_EDIT_H
#define PLINTH_BASELINE_EDIT_H

#include "plinth/baseline/baseline.h"

struct account_entry {
    const char *name, *email;
    const char *id; /* NULL: to be known by its email */
    const char *ou; /* NULL: in the root */
    struct pairs tags;
};

/* Which of its files takes an account: `into` (one of them) if it is not NULL; else the only one
 * whose `accounts` holds some, the only one that has the key, or the first one.
 * owns: `baseline`.  err: ERR_USAGE when there are several, or `into` is none of them; ERR_IO.
 * yields: no. */
int baseline_accounts_file(const struct baseline *baseline, const char *into, const char **out,
                           struct err *err);

/* The file with the account behind those that it has; see node_edit.h.  owns: `arena`.
 * err: as node_append; ERR_USAGE for a value that is to be filled in (${...}).  yields: no. */
int baseline_add_account(const struct file_text *file, const struct account_entry *entry,
                         struct arena *arena, struct file_text *out, struct err *err);

/* Whether `after` is `before` and that account.  err: ERR_CONFIG.  yields: no. */
int baseline_check_added(const struct baseline *before, const struct baseline *after,
                         const struct account_entry *entry, struct err *err);

#endif
