/*
 * inventory.h - the organization as it is: its tree and its accounts, read once for all controls.
 *
 * Layer:  control.  ListAccountsForParent and ListOrganizationalUnitsForParent along the tree give
 *         every account with its place: no call per account.  Writes keep it up to date, so that a
 *         thousand new accounts do not cause a thousand listings.
 * Source: docs.aws.amazon.com/organizations/latest/APIReference
 */
#ifndef PLINTH_CONTROL_INVENTORY_H
#define PLINTH_CONTROL_INVENTORY_H

#include "plinth/aws/call.h"
#include "plinth/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct account; /* baseline/baseline.h */
struct inventory_cache;
struct inventory_index; /* by id and by email */

struct inventory_ou {
    const char *id, *name, *parent_id;
    const char *path; /* "Workloads/Prod"; "" for the root.  For people: names may hold a slash */
};

struct inventory_account {
    const char *id, *arn, *name, *email, *parent_id;
    const char *status; /* ACTIVE, PENDING_CLOSURE, CLOSED, SUSPENDED ... */
    int64_t joined_ms;  /* wall time; 0: AWS did not say */
};

/* A CreateAccount that AWS is still working on. */
struct inventory_creation {
    const char *request_id, *name;
};

struct inventory {
    bool exists; /* false: the account is in no organization, and all else is empty */
    const char *id, *arn, *management_account_id, *management_account_email, *feature_set;
    const char *root_id;
    const char **policy_types; /* enabled ones, API names */
    size_t policy_type_count;
    struct inventory_ou *ous; /* the root first, parents before children */
    size_t ou_count, ou_capacity;
    struct inventory_account *accounts;
    size_t account_count, account_capacity;
    struct inventory_creation *creations;
    size_t creation_count, creation_capacity;
    struct inventory_index *index; /* of accounts; the inventory's own */
};

/* Reads with `target` (the management account; copied) when it is first asked.
 * owns: caller, inventory_cache_free().  yields: no. */
struct inventory_cache *inventory_cache_new(const struct aws_target *target);
void inventory_cache_free(struct inventory_cache *cache);

/* The inventory, read now if it was not yet; who comes meanwhile waits for the same reading.
 * owns: the cache; what was read before stays valid when the cache is invalidated.
 * err: as aws_call.  yields: yes. */
int inventory_get(struct inventory_cache *cache, const struct inventory **out, struct err *err);

/* What was read last; NULL if nothing was.  yields: no. */
const struct inventory *inventory_peek(const struct inventory_cache *cache);

/* Read again at the next inventory_get.  yields: no. */
void inventory_invalidate(struct inventory_cache *cache);

/* Every operation that inventory_get calls; ends with AWS_OP_NONE.  A control that uses it need not
 * list them. */
extern const enum aws_op inventory_ops[];

/* Note what a write has done.  Texts are copied.  yields: no. */
void inventory_note_ou(struct inventory_cache *cache, const char *id, const char *name,
                       const char *parent_id);
void inventory_note_account(struct inventory_cache *cache, const char *id, const char *name,
                            const char *email, const char *parent_id);
void inventory_note_move(struct inventory_cache *cache, const char *account_id,
                         const char *parent_id);

/* Note a CreateAccount that was sent.  It stays in every later reading, also in one that AWS shows
 * it too late to, until it is known how it ended: an account is created once.  yields: no. */
void inventory_note_creation(struct inventory_cache *cache, const char *request_id,
                             const char *name);
void inventory_note_creation_end(struct inventory_cache *cache, const char *request_id);

/* Find; NULL if there is none.  `inventory` may be NULL.  A path names one OU in the other: an OU
 * with a slash in its name has none.  yields: no. */
const struct inventory_ou *inventory_ou_by_path(const struct inventory *inventory,
                                                const char *path);
const struct inventory_ou *inventory_ou_by_id(const struct inventory *inventory, const char *id);
const struct inventory_account *inventory_account_by_id(const struct inventory *inventory,
                                                        const char *id);
bool inventory_has_policy_type(const struct inventory *inventory, const char *api_name);

/* The live account of a baseline's account: by its id if the baseline gives one, the management
 * account by its role, the others by email.  NULL: it does not exist.  yields: no. */
const struct inventory_account *inventory_account_of(const struct inventory *inventory,
                                                     const struct account *account);

/* Few account creations run at the same time; take one of the places.
 * err: ERR_CANCELLED.  yields: yes. */
int inventory_creation_begin(struct inventory_cache *cache, struct err *err);
void inventory_creation_end(struct inventory_cache *cache);

#endif
