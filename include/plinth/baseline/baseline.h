/*
 * baseline.h - what an organization should be: a YAML file, checked, as structs.
 *
 * Layer:  baseline.  apiVersion plinth/v1.  docs/baseline.md is printed from the tables here.
 */
#ifndef PLINTH_BASELINE_BASELINE_H
#define PLINTH_BASELINE_BASELINE_H

#include "plinth/baseline/diag.h"
#include "plinth/baseline/schema.h"
#include "plinth/policy/organization.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;          /* base/arena.h */
struct baseline_index; /* opaque: names to accounts and OUs, and the settings of each */

/* What an account is for; one account may have several, each role but WORKLOAD at most one
 * account. */
enum account_role {
    ROLE_WORKLOAD = 0,
    ROLE_MANAGEMENT = 1,
    ROLE_SECURITY = 2,
    ROLE_LOG_ARCHIVE = 4,
    ROLE_BACKUP = 8,
};

struct ou {
    const char *name;
    const char *path;        /* "Workloads/Prod"; unique */
    const struct ou *parent; /* NULL: the root */
    struct pairs tags;
    const struct node *controls; /* overrides; NULL */
    const struct node *node;
};

struct contact { /* an alternate contact: docs.aws.amazon.com/accounts/latest/reference */
    const char *name, *title, *email, *phone;
    const struct node *node;
};

struct contacts {
    struct contact *billing, *operations, *security; /* NULL: not managed */
    const struct node *node;
};

struct account {
    const char *name;
    const char *email;
    const char *id;      /* given when an existing account is adopted by id; NULL */
    const struct ou *ou; /* NULL: in the root */
    unsigned roles;      /* bits of enum account_role */
    struct pairs tags;
    struct contacts *contacts;   /* its own, or the organization's; NULL */
    const struct node *controls; /* overrides; NULL */
    const struct node *node;
};

/* Where a policy is attached: exactly one of these. */
struct attachment {
    bool root;
    const struct ou *ou;
    const struct account *account;
};

/* One policy as AWS will hold it: SCPs and RCPs of the same targets are packed together. */
struct baseline_policy {
    const char *name;        /* "plinth-..."; unique per type */
    const char *description; /* names what was packed; at most 512 characters */
    const struct policy_type *type;
    const char *content; /* minified JSON */
    const struct json *document;
    struct attachment *attachments;
    size_t attachment_count;
    const struct node *node; /* of the first policy in it */
    bool unwanted; /* never of a loaded baseline: a temporary one of a rollout, that must go */
};

/* A policy in the IAM language as it was declared, before it was packed with others. */
struct baseline_document {
    const char *name;
    const struct policy_type *type;
    const struct json *document;
    const char *targets;     /* "root", "Workloads+account:dev": equal means the same */
    const struct node *node; /* the document in its file; of a template the policy that names it */
};

struct organization_spec {
    const char *member_role;          /* how plinth enters members: OrganizationAccountAccessRole */
    struct strings break_glass_roles; /* of people, for emergencies; no policy may cut them off */
    struct strings trusted_access;    /* service principals */
    struct pairs delegated_administrators; /* service principal -> account name or role */
    struct contacts *contacts;             /* default of every account; NULL */
    const struct node *node;
};

/* Where the lock is that keeps two runs apart; each NULL: by default. */
struct lock_spec {
    const char *kind; /* "s3", "file" or "none" */
    const char *bucket, *key, *region;
    const char *file;
    const struct node *node;
};

/* A number of accounts, or a share of them. */
struct share {
    unsigned value;
    bool percent;
};

/* Accounts that change together. */
struct wave {
    const char *name;
    const struct account **accounts; /* in the order of the baseline; at least one */
    size_t account_count;
    int64_t bake_ms;
    struct share failures_most;
};

/* Every account of the baseline is in exactly one wave. */
struct rollout_spec {
    struct wave *waves;
    size_t wave_count;
    uint64_t denied_most;
    bool detach_on_alarm;
};

struct baseline {
    const char *file;
    struct strings files; /* that one and those that are included, as they were read; none from
                             memory */
    const char *name;     /* ownership tag value */
    const char *home_region;
    struct strings regions; /* allowed regions, home_region included */
    struct organization_spec organization;
    struct lock_spec *lock;       /* NULL: by default */
    struct rollout_spec *rollout; /* NULL: the baseline has no waves */
    struct strings policy_types;  /* API names to enable: those listed and those in use */
    struct ou *ous;               /* parents before children */
    size_t ou_count;
    struct account *accounts;
    size_t account_count;
    struct baseline_policy *policies; /* packed */
    size_t policy_count;
    struct baseline_document *documents; /* what `policies` were packed from */
    size_t document_count;
    const struct node *controls; /* the top-level section; NULL */
    struct baseline_index *index;
    struct arena *arena;
};

/* A policy that the settings of a control make: it goes the way of those under `policies:`. */
struct section_policy {
    const char *name; /* unique among all policies */
    const char *type; /* key of a policy type */
    const struct json *document;
    const struct node *attach; /* paths of units: a list of texts, or one */
};

/* In a document: POLICY_ACCOUNT_ID "NAME}" stands for the id of that account of the baseline, which
 * is known when it exists. */
#define POLICY_ACCOUNT_ID "{account:"

struct section_policies {
    struct section_policy *items;
    size_t count, capacity;
};

/* A key under `controls:`, known from the control of that name. */
struct control_section {
    const char *name;
    const struct schema *schema; /* NULL: takes no settings of its own */
    bool per_account;            /* may be overridden in an OU or an account */
    /* Checks across fields; may be NULL.  `spec` is decoded. */
    void (*check)(const struct baseline *baseline, const void *spec, struct diags *diags);
    /* Organization policies that the settings make; may be NULL.  `spec` passed `check`.
     * owns: `arena`. */
    void (*policies)(const struct baseline *baseline, const void *spec, struct arena *arena,
                     struct section_policies *out);
};

struct variable_value {
    const char *name, *value;
};

/* A file of a baseline as it stands, or as it is to become. */
struct file_text {
    const char *path; /* as in baseline.files */
    const char *text;
    size_t len;
};

struct baseline_options {
    const struct control_section *sections; /* ends with a NULL name */
    const struct variable_value *variables; /* --var; ends with a NULL name; may be NULL */
    const char *const *template_dirs;       /* ends with NULL; searched in order */
    size_t accounts_least; /* add copies of the accounts without a role until there are so many: to
                            * rehearse at a size that the organization does not have yet */
    const struct file_text *instead; /* read for the file of that path; NULL */
};

/* Read, include, substitute, decode, check and pack.  owns: `arena`.  Every mistake of the files is
 * in `diags`, in the order of their places; with 0 there are none.  err: ERR_CONFIG when diags has
 * errors, ERR_IO when `path` cannot be read.  yields: no. */
int baseline_load(const char *path, const struct baseline_options *options, struct arena *arena,
                  struct baseline **out, struct diags *diags, struct err *err);

/* The same from memory; `name` stands in the marks, and `include` is an error.  yields: no. */
int baseline_load_text(const char *text, size_t len, const char *name,
                       const struct baseline_options *options, struct arena *arena,
                       struct baseline **out, struct diags *diags, struct err *err);

/* The settings of a control for one account (NULL: for the organization): the top-level section,
 * with those of each OU from the root down and then the account's own laid over it (maps merge, all
 * else replaces).  NULL if the control is off: it appears nowhere for it, or an OU or the account
 * says `false`.  Computed when the baseline was loaded, so that accounts which override nothing
 * share one node with their OU.  owns: the baseline.  yields: no. */
const struct node *baseline_control_node(const struct baseline *baseline, const char *control,
                                         const struct account *account);

const struct account *baseline_account(const struct baseline *baseline, const char *name);
const struct account *baseline_account_with_role(const struct baseline *baseline,
                                                 enum account_role role);
const struct ou *baseline_ou(const struct baseline *baseline, const char *path);

/* "90s", "30m", "2h", "1d" in milliseconds; "3" and "5%".  False if it is none.  yields: no. */
bool baseline_duration(const char *text, int64_t *out_ms);
bool baseline_share(const char *text, struct share *out);

/* How many that is of `count`, rounded down.  yields: no. */
size_t baseline_share_of(const struct share *share, size_t count);

/* The whole language as JSON Schema, and as the reference page.  yields: no. */
struct json *baseline_schema_json(const struct control_section *sections, struct arena *arena);
void baseline_schema_markdown(const struct control_section *sections, struct buf *out);

#endif
