/*
 * backup_baseline.h - a baseline with the settings of backups that a test is about.
 */
#ifndef PLINTH_TESTS_BACKUP_BASELINE_H
#define PLINTH_TESTS_BACKUP_BASELINE_H

#include "../../support/baseline_text.h"

#include "plinth/base/arena.h"
#include "plinth/baseline/baseline.h"
#include "plinth/control/control.h"

#include <string.h>

#define BACKUP "  - {name: Vault, email: b@example.com, roles: [backup], ou: Core}\n"
#define PLAN "schedule: \"cron(0 3 * * ? *)\", values: [daily]"

/* `accounts` are lines of the list, `settings` are in flow style.  What is wrong is in `diags`;
 * NULL then. */
static inline struct baseline *backup_load(struct arena *arena, const char *accounts,
                                           const char *settings, struct diags *diags)
{
    const char *text = arena_printf(arena,
                                    "apiVersion: plinth/v1\n"
                                    "name: My test\n"
                                    "home_region: eu-central-1\n"
                                    "regions: [eu-central-1, eu-west-1, us-east-1]\n"
                                    "organization: {trusted_access: [backup.amazonaws.com]}\n"
                                    "organizational_units: {Core: , Work: {units: {Prod: }}}\n"
                                    "accounts:\n"
                                    "  - {name: Main, email: a@example.com, roles: [management]}\n"
                                    "%s"
                                    "controls:\n"
                                    "  backup: {%s}\n",
                                    accounts, settings);

    return baseline_of_text(arena, text, diags);
}

#endif
