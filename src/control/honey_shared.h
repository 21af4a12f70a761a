/*
 * honey_shared.h - what the files of control "honey_tokens" share.
 *
 * Layer:  control, private.
 *
 * honey_settings.c  the baseline's words, and what they must not say
 * honey_names.c     names, ARNs, places
 * honey_entries.c   what the map in the security account says
 * honey_map.c       the control that keeps the map
 * honey_things.c    users, roles, buckets, secrets, parameters, tables
 * honey_place.c     where a key is put
 * honey_plant.c     how a key is made and put there
 * honey_tokens.c    the control that makes and plants
 */
#ifndef PLINTH_CONTROL_HONEY_SHARED_H
#define PLINTH_CONTROL_HONEY_SHARED_H

#include "plinth/control/honey.h"

struct rng;    /* base/env.h */
struct secret; /* base/secret.h */

/* --- honey_settings.c, honey_names.c -------------------------------------------------------------
 */

extern const struct schema honey_schema;

/* As control.check and control.concerns.  yields: no. */
void honey_check(const struct baseline *baseline, const void *decoded, struct diags *diags);
bool honey_concerns(const struct baseline *baseline, const void *decoded,
                    const struct account *account);

/* The word in a text that gives a honey token away; NULL: there is none.  Static storage.
 * yields: no. */
const char *honey_hint(const char *text);

/* Whether AWS takes it as a name of that kind (a bucket's without dots).  yields: no. */
bool honey_is_name(enum honey_kind kind, const char *name);

/* False: there is no such kind.  yields: no. */
bool honey_kind_find(const char *name, enum honey_kind *out);

/* "user", "role", ...: the thing behind a token, for people.  Static storage.  yields: no. */
const char *honey_noun(enum honey_kind kind);

/* A plausible name for something of that kind.  Two of one kind may get the same.  owns: `arena`.
 * yields: no. */
const char *honey_draw(enum honey_kind kind, struct rng *rng, struct arena *arena);

/* --- honey_entries.c -----------------------------------------------------------------------------
 *
 * A name that is not given is drawn once, when the map claims it, and stands in the map alone.  In
 * these ctx->spec is that of honey_tokens.
 */

/* Whether an entry (NULL: no) speaks of the thing that the baseline wants for a token.
 * yields: no. */
bool honey_is_entry_of(const struct control_ctx *ctx, const struct honey_entry *entry,
                       const struct honey_token *token);

/* Before honey_name is asked, in observe: read the map, unless it was read in this run or all names
 * are given.  err: as aws_call.  yields: yes. */
int honey_names_learn(const struct control_ctx *ctx, struct err *err);

/* For the control that reads and writes the map: what it read; whether it will claim a token; what
 * it claimed one as (NULL: it failed).  yields: no. */
void honey_names_set(const struct control_ctx *ctx, const struct honey_map *map);
void honey_name_comes(const struct control_ctx *ctx, const struct honey_token *token, bool comes);
void honey_name_tried(const struct control_ctx *ctx, const struct honey_token *token,
                      const char *name);

/* Its name in AWS (of an access key: the user's), given or drawn; NULL: none was drawn yet, and
 * whether this run does that.  owns: the facts.  yields: no. */
const char *honey_name(const struct control_ctx *ctx, const struct honey_token *token);
bool honey_name_is_to_come(const struct control_ctx *ctx, const struct honey_token *token);

/* err: ERR_CONFLICT while the security account does not exist.  yields: no. */
int honey_security(const struct control_ctx *ctx, struct aws_target *out, struct err *err);

/* Write or replace one entry; remove one.  err: as aws_call.  yields: yes. */
int honey_map_write(const struct control_ctx *ctx, const struct honey_entry *entry,
                    struct err *err);
int honey_map_remove(const struct control_ctx *ctx, const char *label, struct err *err);

/* Whether that place is the entry's, or was; and all that it had until now, for the entry that
 * follows.  `entry` NULL: it had none.  owns: `arena`.  yields: no. */
bool honey_had_place(const struct honey_entry *entry, const char *place);
const struct json *honey_places_until(const struct honey_entry *entry, struct arena *arena);

/* --- honey_things.c ------------------------------------------------------------------------------
 */

/* One thing of the context's own account. */
struct honey_thing {
    enum honey_kind kind;
    const char *region, *name;
};

/* What of it is there. */
struct honey_live {
    bool exists;
    bool deleted; /* secrets: on its way out, and can be restored; then exists is false */
    bool guarded; /* users and roles: denied everything; buckets: closed to the public */
    bool bounded; /* users and roles: the permissions boundary is in place */
    const struct json *keys; /* of a user: AccessKeyMetadata */
};

/* Whether that kind of thing has a guard, and whether a boundary.  yields: no. */
bool honey_has_guard(enum honey_kind kind);
bool honey_has_boundary(enum honey_kind kind);

/* The permissions boundary of users and roles: its ARN.  owns: ctx->arena.  yields: no. */
const char *honey_boundary(const struct control_ctx *ctx);

/* err: as aws_call; absent is no error.  yields: yes. */
int honey_thing_read(const struct control_ctx *ctx, const struct honey_thing *thing,
                     struct honey_live *out, struct err *err);

/* Whether reading a bucket failed because somebody else has one of that name.  yields: no. */
bool honey_is_taken(const struct honey_thing *thing, const struct err *err);

/* Why nothing is taken over: a thing, or what is in the place of a key, was there before the map
 * had it.  owns: `arena`.  yields: no. */
const char *honey_thing_there(const struct honey_thing *thing, const struct honey_token *token,
                              struct arena *arena);
const char *honey_place_there(const struct baseline *baseline, const struct honey_token *token,
                              struct arena *arena);

/* One write each.  `live` is how it was found, `token` gives description and tags.  err: as
 * aws_call.  yields: yes. */
int honey_thing_create(const struct control_ctx *ctx, const struct honey_thing *thing,
                       const struct honey_live *live, const struct honey_token *token,
                       struct err *err);
int honey_thing_guard(const struct control_ctx *ctx, const struct honey_thing *thing,
                      struct err *err);
int honey_thing_bound(const struct control_ctx *ctx, const struct honey_thing *thing,
                      struct err *err);
int honey_thing_unguard(const struct control_ctx *ctx, const struct honey_thing *thing,
                        struct err *err);
int honey_thing_delete(const struct control_ctx *ctx, const struct honey_thing *thing,
                       struct err *err);

/* --- honey_place.c -------------------------------------------------------------------------------
 */

/* Whether something is in the place of a token's key.  Of a command it is never known: false.  The
 * file of another machine counts as being there.  `entry`: what the map says; NULL.
 * err: as aws_call; of a file ERR_IO.  yields: yes. */
int honey_place_exists(const struct control_ctx *ctx, const struct honey_token *token,
                       const struct honey_entry *entry, bool *out, struct err *err);

/* Put a key there, over what is there.  err: as aws_call; of a file or a command ERR_IO.
 * yields: yes. */
int honey_place_put(const struct control_ctx *ctx, const struct honey_token *token,
                    const char *access_key_id, const struct secret *secret, struct err *err);

/* --- honey_plant.c -------------------------------------------------------------------------------
 */

/* The entry that the baseline wants for a token of that name (NULL: not drawn yet), with no key.
 * owns: ctx->arena.  yields: no. */
struct honey_entry honey_entry_of(const struct control_ctx *ctx, const struct honey_token *token,
                                  const char *name);

/* Whether the entry's key is one of the user's, and active.  yields: no. */
bool honey_key_lives(const struct honey_live *live, const char *access_key_id);

/* The first key of the user that is not the entry's; NULL.  yields: no. */
const char *honey_stray_key(const struct honey_live *live, const struct honey_entry *entry);

int honey_key_delete(const struct control_ctx *ctx, const char *user, const char *access_key_id,
                     struct err *err);

/* Make a key, plant it, record it.  `entry`: what the map says now.  See docs/architecture.md,
 * "Planting a key".  err: as aws_call, and what the place gives.  yields: yes. */
int honey_plant(const struct control_ctx *ctx, const struct honey_token *token,
                const struct honey_entry *entry, struct err *err);

#endif
