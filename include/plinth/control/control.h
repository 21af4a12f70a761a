/*
 * control.h - what one security control must provide.
 *
 * Layer:  control.  One control = one file src/control/<name>.c + one line in controls.def + its
 *         proof as data in tests/control/<name>/.  The engine owns order, retries of lost answers,
 *         reports and memory; a control knows one AWS feature.
 */
#ifndef PLINTH_CONTROL_CONTROL_H
#define PLINTH_CONTROL_CONTROL_H

#include "plinth/aws/call.h"
#include "plinth/base/err.h"
#include "plinth/baseline/baseline.h"
#include "plinth/control/change.h"
#include "plinth/control/inventory.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;  /* base/arena.h */
struct facts;  /* control/facts.h */
struct outlet; /* control/outlet.h */

/* What one target of a control is. */
enum control_scope {
    CONTROL_PER_ORG,          /* the organization */
    CONTROL_PER_ADMIN_REGION, /* each region that the account has which `actor` names */
    CONTROL_PER_ACCOUNT,      /* each account of the baseline */
    CONTROL_PER_REGION,       /* each account in each region that it has */
};

/* In which account it works. */
enum control_actor {
    ACTOR_MANAGEMENT,
    ACTOR_SECURITY,
    ACTOR_LOG_ARCHIVE,
    ACTOR_BACKUP,
    ACTOR_MEMBER, /* the account that the target is about */
};

/* What a control works with.  Everything lives at least as long as the plan. */
struct control_ctx {
    const struct baseline *baseline;
    const struct account *account;     /* that the target is about; NULL per organization */
    const char *account_id;            /* its id; NULL: it does not exist yet */
    const char *region;                /* the home region where the scope has none */
    const char *partition;             /* "aws" */
    const void *spec;                  /* decoded by `schema`; NULL without one */
    const struct aws_target *target;   /* NULL in diff: it has nobody to call */
    struct inventory_cache *inventory; /* the organization's tree, read once for all controls */
    struct facts *facts;               /* what controls learned that others need */
    const struct outlet *outlet;       /* what it may do outside of AWS; NULL: nothing */

    /* Who calls in another account; see control_enter.  NULL: nobody. */
    bool (*enter)(void *arg, const struct account *account, const char *region,
                  struct aws_target *out);
    void *enter_arg;
    bool prune;          /* may delete what it owns and the baseline no longer names */
    struct arena *arena; /* lives as long as the target's plan */
    const char *skip;    /* observe may set it: why this target is left out */
};

struct control {
    const char *name;    /* [a-z][a-z0-9_]*, unique */
    const char *part_of; /* the control whose key and settings it shares; NULL: it has its own */
    const char *title;   /* one line for people: "view access for the security account" */
    enum control_scope scope;
    enum control_actor actor;
    bool incognito;      /* what it makes in members' accounts does not name plinth as its maker */
    bool enters_members; /* it does there what it declares, by control_enter */
    bool always;         /* on without a key under `controls:`: the baseline's own sections */
    const char *const *after; /* controls that run first, and that it needs: if one fails, this one
                               * is skipped; NULL, or NULL-terminated */
    const char *const *follows; /* controls that run first, and that it can do without; likewise */
    const char *const *trusts;  /* services of the organization that it needs: where AWS refused
                                 * trusted access to one, or its delegated administrator, it is
                                 * skipped; it follows "trusted_access" then.  Likewise */
    unsigned needs; /* bits of enum account_role: the accounts that must exist before it writes,
                     * beside its own */
    const enum aws_op *ops;      /* every operation it may call; ends with AWS_OP_NONE */
    const struct schema *schema; /* its settings under `controls:`; NULL: none, or part_of's */
    size_t seen_size;            /* bytes of the live state; the engine zeroes it */

    /* Checks across fields of a decoded spec; may be NULL.  No I/O. */
    void (*check)(const struct baseline *baseline, const void *spec, struct diags *diags);

    /* As control_section.policies: organization policies that its settings make, by the control
     * "policies".  May be NULL.  No I/O. */
    void (*policies)(const struct baseline *baseline, const void *spec, struct arena *arena,
                     struct section_policies *out);

    /* Of a control per account: whether it switches this region on for the account.  The engine
     * runs it before all controls that have regions, and plans what they do in the region as in an
     * account that does not exist yet.  May be NULL.  No I/O. */
    bool (*brings_region)(const void *spec, const char *region);

    /* Of a control per account: whether this one is a target, as its settings name accounts
     * themselves.  NULL: every account is that it is on for.  No I/O. */
    bool (*concerns)(const struct baseline *baseline, const void *spec,
                     const struct account *account);

    /* Of a control that has regions: whether this one is among those that its settings name, for
     * the account that the target is about (NULL: the administrator).  Others are no target; one
     * that is named and that the account does not have is left out and says so.  NULL: all regions
     * that the account has.  No I/O. */
    bool (*in_region)(const struct baseline *baseline, const struct account *account,
                      const void *spec, const char *region);

    /* Read the live state into `seen`.  The target refuses write operations here.  Absent is a
     * state, not an error: zeroed memory must mean "nothing is there", because that is what the
     * engine takes when the actor's account does not exist yet (it then calls nothing).  An actor
     * in the management account is asked, and finds ctx->account_id NULL.  owns: ctx->arena.
     * err: as aws_call.  yields: yes. */
    int (*observe)(struct control_ctx *ctx, void *seen, struct err *err);

    /* Compare.  Pure: no I/O, no clock, cannot fail.  Nothing added = compliant.  yields: no. */
    void (*diff)(const struct control_ctx *ctx, const void *seen, struct changes *out);

    /* Carry out one change of diff with one write.  Safe to repeat: after ERR_LOST or ERR_CONFLICT
     * the engine observes again and applies what then still differs.
     * err: as aws_call.  yields: yes. */
    int (*apply)(struct control_ctx *ctx, const void *seen, const struct change *change,
                 struct err *err);
};

/* All controls in the order of controls.def; ends with NULL.  Static storage. */
const struct control *const *controls_all(void);

/* NULL if there is none of that name.  yields: no. */
const struct control *control_find(const char *name);

/* Whether it runs after the control of that name, however many stand between them.  yields: no. */
bool control_comes_after(const struct control *control, const char *name);

/* Its key under `controls:`, and the table of its settings (NULL: it has none).  yields: no. */
const char *control_key(const struct control *control);
const struct schema *control_schema(const struct control *control);

/* Whether the baseline turns the control on, for the organization or for any account.  yields: no.
 */
bool control_is_on(const struct baseline *baseline, const struct control *control);

/* The organization's settings of a control, decoded by its table, for another control that uses
 * what this one makes; NULL if it is off.  owns: `arena`.  yields: no. */
const void *control_settings(const struct baseline *baseline, const char *name,
                             struct arena *arena);

/* What the baseline layer must know of them.  owns: `arena`.  yields: no. */
const struct control_section *controls_sections(struct arena *arena);

/* The ownership tag on what plinth makes: key, and the baseline's name as value. */
#define CONTROL_TAG_KEY "plinth:baseline"

/* The account whose role makes it the actor; NULL for ACTOR_MEMBER.  yields: no. */
const struct account *control_actor_account(const struct baseline *baseline,
                                            enum control_actor actor);

/* The id of the baseline's account, as the inventory has it; NULL if it does not exist (or the
 * inventory was not read yet).  yields: no. */
const char *control_account_id(const struct control_ctx *ctx, const struct account *account);

/* Who calls in another account of the baseline than the target's own, with the same rights: writes
 * are refused where the target refuses them, and so are operations that the control does not
 * declare.  For what one change does in two accounts; else a control of its own is right.  False:
 * the account does not exist.  Not in diff.  yields: no. */
bool control_enter(const struct control_ctx *ctx, const struct account *account, const char *region,
                   struct aws_target *out);

/* A name in small letters, digits and dashes, which is what names of buckets, aliases and vaults
 * may all hold.  owns: `arena`.  yields: no. */
const char *control_word(const char *name, struct arena *arena);

/* [{"Key": k, "Value": v}, ...] of the pairs and, if `owned`, the ownership tag, put under `key`.
 * yields: no. */
void control_put_tags(struct json *object, const char *key, const struct baseline *baseline,
                      const struct pairs *tags, bool owned);

/* The value of a tag in AWS's list form; NULL if absent.  yields: no. */
const char *control_tag(const struct json *tags, const char *key);

/* Add a field "tag <key>" for each wanted tag that is absent or differs.  yields: no. */
void control_diff_tags(struct change *change, const struct json *seen, const struct pairs *want);

/* Whether every wanted tag is there.  yields: no. */
bool control_tags_match(const struct json *seen, const struct pairs *want);

#endif
