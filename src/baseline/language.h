/*
 * language.h - the tables of the baseline's own keys, and what they decode to.
 *
 * Layer:  baseline.  What is decoded here is what stands in the files; build.c makes it the structs
 *         of baseline.h.
 */
#ifndef PLINTH_SRC_BASELINE_LANGUAGE_H
#define PLINTH_SRC_BASELINE_LANGUAGE_H

#include "plinth/baseline/baseline.h"
#include "plinth/baseline/schema.h"

struct arena; /* base/arena.h */

#define LANGUAGE_VERSION "plinth/v1"

struct declared_variable {
    const char *name, *value, *description;
    const struct node *node;
};

struct declared_organization {
    const char *member_role;
    struct strings break_glass_roles;
    struct strings trusted_access;
    struct pairs delegated_administrators;
    struct strings policy_types; /* keys */
    struct contacts *contacts;
    const struct node *node;
};

struct declared_ou {
    const char *name;
    struct pairs tags;
    const struct node *controls;
    struct objects units; /* struct declared_ou */
    const struct node *node;
};

struct declared_account {
    const char *name, *email, *id, *ou;
    struct strings roles;
    struct pairs tags;
    struct contacts *contacts;
    const struct node *controls;
    const struct node *node;
};

struct declared_target {
    const char *ou; /* a path, or LANGUAGE_ROOT */
    const char *account;
    const struct node *node;
};

struct declared_policy {
    const char *name, *type, *template, *file;
    const struct node *parameters, *document;
    bool keep_whole;
    struct objects attach; /* struct declared_target */
    const struct node *node;
};

struct declared_wave {
    const char *name, *ou, *tag, *bake, *failures;
    struct strings accounts;
    int64_t percent;
    bool rest;
    const struct node *node;
};

struct declared_rollout {
    struct objects waves; /* struct declared_wave */
    const char *bake, *failures;
    int64_t denied_most;
    bool detach_on_alarm;
    const struct node *node;
};

struct declared {
    const char *api_version, *name, *home_region;
    struct strings regions, include;
    struct objects variables; /* struct declared_variable */
    struct declared_organization *organization;
    struct lock_spec *lock;
    struct declared_rollout *rollout;
    struct objects ous;      /* struct declared_ou */
    struct objects accounts; /* struct declared_account */
    struct objects policies; /* struct declared_policy */
    const struct node *controls;
    const struct node *node;
};

/* How `attach` spells the root. */
#define LANGUAGE_ROOT "root"

/* The table of struct declared.  Static storage. */
extern const struct schema language_schema;

/* Of `lock` and `rollout`: language_running.c. */
extern const struct schema lock_schema, rollout_schema;

/* The same for the printers: with the settings of each control under `controls`, and with the
 * policy types as choices. */
struct language {
    const struct schema *root;
    const struct schema *overrides; /* `controls` of an OU or an account */
};

/* owns: `arena`.  yields: no. */
struct language language_with_sections(const struct control_section *sections, struct arena *arena);

#endif
