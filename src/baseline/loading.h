/*
 * loading.h - the steps of loading a baseline, in the order of their work.
 *
 * Layer:  baseline.  A step goes on after a mistake: each says what is wrong in its own part, and
 *         leaves out what another one has reported.
 */
#ifndef PLINTH_SRC_BASELINE_LOADING_H
#define PLINTH_SRC_BASELINE_LOADING_H

#include "language.h"
#include "names.h"
#include "plinth/baseline/baseline.h"

#include <stdbool.h>
#include <stddef.h>

struct arena; /* base/arena.h */

/* The settings of one control, for everybody. */
struct section_nodes {
    const struct control_section *section;
    size_t number;
    const struct node *top;    /* NULL: off */
    const struct node **by_ou; /* parallel to baseline.ous */
};

enum { ROLE_COUNT = 4 }; /* those that one account at most has */

struct baseline_index {
    struct names ous;      /* by path */
    struct names accounts; /* by name */
    const struct account *by_role[ROLE_COUNT];
    struct names sections;    /* struct section_nodes */
    const struct node ***own; /* per account: per section, for those that override; else NULL */
};

struct loading {
    struct arena *arena;
    struct diags *diags;
    const struct baseline_options *options;
    bool from_file; /* so it may name other files */
    struct declared declared;
    struct baseline *baseline;
    const char **ou_paths; /* for "did you mean" */
    const char **account_names;
};

/* Organization, OUs and accounts: from `declared` to `baseline`, and to its index. */
void build_organization(struct loading *loading);
void build_ous(struct loading *loading);
void build_accounts(struct loading *loading);

/* What one account or OU alone cannot get wrong: delegations, trusted access, regions. */
void check_organization(struct loading *loading);
void check_regions(struct loading *loading);

/* Settings of controls: known, well-formed, and laid over one another. */
void build_controls(struct loading *loading);

/* Which account is in which wave; after build_accounts. */
void build_rollout(struct loading *loading);

/* A policy of the baseline, with all that AWS must know of it. */
struct policy_item {
    const struct declared_policy *declared;
    const struct policy_type *type;
    const struct json *document;
    const struct node *source;      /* of the document; NULL: a template or a control made it */
    const char *targets;            /* "root+Workloads/Prod+account:dev": equal means the same */
    struct attachment *attachments; /* in that order */
    size_t attachment_count;
};

/* Policies: rendered, and their targets found. */
void build_policies(struct loading *loading);

/* Group them by their targets, pack, name, and count against AWS's quotas. */
void pack_policies(struct loading *loading, const struct policy_item *items, size_t count);

/* "root", "Workloads/Prod", "account:dev".  owns: `arena`.  yields: no. */
const char *target_text(const struct attachment *attachment, struct arena *arena);

/* An account by name, else by role; NULL after saying so at `mark`.  yields: no. */
const struct account *find_account(const struct loading *loading, const char *name,
                                   const struct mark *mark);
const struct ou *find_ou(const struct loading *loading, const char *path, const struct mark *mark);

/* NULL after saying so at `mark`.  yields: no. */
const struct policy_type *find_policy_type(const struct loading *loading, const char *key,
                                           const struct mark *mark);

/* Put a type among those to turn on, once.  yields: no. */
void use_policy_type(struct baseline *baseline, const struct policy_type *type);

/* The bit of a role's key; 0 if it is none.  yields: no. */
unsigned role_bit(const char *key);

#endif
