/*
 * honey.h - honey tokens: what the baseline says of them, where each one is, and the map that only
 *           the security account holds.
 *
 * Layer:  control.  Control "honey_map" keeps the map, "honey_tokens" makes and plants them, the
 *         detectors and `plinth honey` look for their use.
 *
 * Nothing on a token says what it is: no tag of plinth's, no path, no description.  What is
 * plinth's is known from the map alone: one SecureString parameter for each token in the security
 * account's home region.  Of all places there it is the one that needs nothing to be made first,
 * costs nothing, is read in bulk and written as a whole in one call, and keeps the earlier versions
 * of an entry, which an investigation of an old key needs.
 */
#ifndef PLINTH_CONTROL_HONEY_H
#define PLINTH_CONTROL_HONEY_H

#include "plinth/control/control.h"

enum honey_kind {
    HONEY_ACCESS_KEY,
    HONEY_ROLE,
    HONEY_BUCKET,
    HONEY_SECRET,
    HONEY_PARAMETER,
    HONEY_TABLE,
    HONEY_KIND_COUNT
};

/* A place in AWS: a secret, a parameter (both by name) or an object (by bucket and key). */
struct honey_spot {
    const struct node *node;
    const char *account; /* name in the baseline; never the security account */
    const char *region;  /* NULL: the home region */
    const char *name;
    const char *bucket, *key;
};

/* Where an access key is planted: exactly one of the first five. */
struct honey_plant {
    const struct node *node;
    const char *file; /* absolute path on the machine that applies */
    struct honey_spot *secret, *parameter, *object;
    struct strings command; /* argv; the key is on its standard input */
    const char *format;     /* "credentials", "json", "env"; NULL: what is usual in the place */
};

struct honey_token {
    const char *label; /* its key in the baseline: how people and alarms call it */
    const struct node *node;
    const char *kind_name;  /* "access_key", ...: see honey_kind_of */
    const char *account;    /* NULL: that of the settings */
    const char *region;     /* NULL: the home region; IAM has none */
    const char *given_name; /* NULL: drawn when it is planted, and in the map from then on */
    const char *description;
    struct pairs tags;
    struct honey_plant *plant; /* of access keys */
};

/* Settings of the control. */
struct honey_spec {
    const struct node *node;
    const char *account; /* of tokens that name none; NULL */
    struct objects tokens;
};

/* --- What the baseline says ----------------------------------------------------------------------
 */

/* The settings; NULL if the baseline has no honey tokens.  owns: `arena`.  yields: no. */
const struct honey_spec *honey_settings(const struct baseline *baseline, struct arena *arena);

/* Token `index` of spec->tokens.count, and the one of that label (NULL: there is none).
 * yields: no. */
const struct honey_token *honey_token_at(const struct honey_spec *spec, size_t index);
const struct honey_token *honey_token_find(const struct honey_spec *spec, const char *label);

enum honey_kind honey_kind_of(const struct honey_token *token);

/* "access_key", ...  Static storage.  yields: no. */
const char *honey_kind_name(enum honey_kind kind);

/* The account that it lives in; never NULL for checked settings.  yields: no. */
const struct account *honey_account(const struct baseline *baseline, const struct honey_spec *spec,
                                    const struct honey_token *token);

/* The region that it lives in; for users and roles the home region.  yields: no. */
const char *honey_region(const struct baseline *baseline, const struct honey_token *token);

/* Its ARN, for policies and event patterns.  A secret's ends in "-??????", as AWS adds six letters.
 * owns: `arena`.  yields: no. */
const char *honey_arn(enum honey_kind kind, const char *partition, const char *account_id,
                      const char *region, const char *name, struct arena *arena);

/* Where its key is, for people: "file /srv/x", "secret prod/db in Payments, eu-west-1", "command
 * /usr/bin/x y"; of other kinds NULL.  owns: `arena`.  yields: no. */
const char *honey_place(const struct baseline *baseline, const struct honey_token *token,
                        struct arena *arena);

/* --- The map -------------------------------------------------------------------------------------
 */

/* What the map says of one token. */
struct honey_entry {
    const char *label;
    enum honey_kind kind;
    const char *account; /* name */
    const char *account_id, *region, *name, *arn;
    const char *place;          /* of access keys; NULL */
    const struct json *earlier; /* places that it had before, a list; NULL: none.  What lies there
                                 * is a key that no longer works, and plinth's to replace */
    const char *machine;        /* where a file was planted; NULL */
    const char *access_key_id;  /* of the last key that was planted; NULL: none was yet */
    bool planting;              /* another key was to follow it, and did not yet */
};

struct honey_map {
    struct honey_entry *items;
    size_t count;
};

/* Read all of it.  `security`: the security account in the home region.  owns: `arena`.
 * err: as aws_call.  yields: yes. */
int honey_map_read(const struct aws_target *security, const struct baseline *baseline,
                   struct arena *arena, struct honey_map *out, struct err *err);

/* Where the parameters of a baseline are that honey tokens need, in the security account:
 * "/plinth/WHAT/NAME/"; the map itself is "honey".  owns: `arena`.  yields: no. */
const char *honey_path(const struct baseline *baseline, const char *what, struct arena *arena);

/* NULL: there is none.  yields: no. */
const struct honey_entry *honey_map_find(const struct honey_map *map, const char *label);
const struct honey_entry *honey_map_by_key(const struct honey_map *map, const char *access_key_id);

/* --- Rotation ------------------------------------------------------------------------------------
 */

/* What `plinth honey check` and `test` call, beside reading the map; ends with AWS_OP_NONE. */
extern const enum aws_op honey_use_ops[];

/* Every operation that honey_rotate calls, and that the control does; ends with AWS_OP_NONE. */
extern const enum aws_op honey_ops[];

/* Replace a planted access key with no gap: make a new key, plant it over the old one in its place,
 * record it in the map, and only then delete the old one.  `ctx` is that of the token's account
 * (engine_context).  Killed anywhere, the next rotation or apply puts it right.
 * err: as aws_call; ERR_USAGE when the token is no access key or is not planted; what the place
 * gives.  yields: yes. */
int honey_rotate(struct control_ctx *ctx, const char *label, struct err *err);

#endif
