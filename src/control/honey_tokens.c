/*
 * honey_tokens.c - control "honey_tokens": things that nobody has a reason to touch, in the
 *                  accounts that the baseline names, and keys of them where an intruder looks.
 *
 * Baseline:  honey_tokens: { account, tokens: { LABEL: { kind, name, plant, ... } } }
 * Source:    as honey_things.c, honey_place.c and honey_entries.c.
 * Limits:    nothing is made that the map does not name yet (control "honey_map", which also
 *            deletes what the baseline no longer names).  Values in places are not read back: a
 *            place is as planted while it is there.
 *
 * Each token is a part of its own: one that cannot be read or planted stops no other.
 */
#include "honey_shared.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"

#include <string.h>

enum { STEP_CREATE, STEP_BOUND, STEP_GUARD, STEP_PLANT, STEP_DELETE_KEY };

/* A token of the account: what is wanted, and what is there. */
struct item {
    const struct honey_token *token;
    const struct honey_entry *entry; /* NULL: the map does not know it (yet) */
    struct honey_thing thing;        /* its name NULL: it is drawn when the map claims it */
    struct honey_live live;
    bool place_exists;
    const char *trouble; /* why nothing is done about it; NULL: nothing stands in the way */
    struct err *unread;  /* it is that it could not be read; NULL: it was */
};

struct honey_seen {
    struct item *items; /* NULL: the account does not exist yet */
    size_t item_count;
};

const enum aws_op honey_ops[] = {
    AWS_SSM_GET_PARAMETERS_BY_PATH,
    AWS_SSM_DESCRIBE_PARAMETERS,
    AWS_SSM_PUT_PARAMETER,
    AWS_IAM_GET_USER,
    AWS_IAM_GET_USER_POLICY,
    AWS_IAM_LIST_ACCESS_KEYS,
    AWS_IAM_CREATE_USER,
    AWS_IAM_PUT_USER_PERMISSIONS_BOUNDARY,
    AWS_IAM_PUT_USER_POLICY,
    AWS_IAM_CREATE_ACCESS_KEY,
    AWS_IAM_DELETE_ACCESS_KEY,
    AWS_IAM_GET_ROLE,
    AWS_IAM_GET_ROLE_POLICY,
    AWS_IAM_CREATE_ROLE,
    AWS_IAM_PUT_ROLE_PERMISSIONS_BOUNDARY,
    AWS_IAM_PUT_ROLE_POLICY,
    AWS_S3_HEAD_BUCKET,
    AWS_S3_GET_PUBLIC_ACCESS_BLOCK,
    AWS_S3_CREATE_BUCKET,
    AWS_S3_PUT_PUBLIC_ACCESS_BLOCK,
    AWS_S3_HEAD_OBJECT,
    AWS_S3_PUT_OBJECT,
    AWS_SECRETSMANAGER_DESCRIBE_SECRET,
    AWS_SECRETSMANAGER_CREATE_SECRET,
    AWS_SECRETSMANAGER_PUT_SECRET_VALUE,
    AWS_SECRETSMANAGER_RESTORE_SECRET,
    AWS_DYNAMODB_DESCRIBE_TABLE,
    AWS_DYNAMODB_CREATE_TABLE,
    AWS_OP_NONE,
};

/* --- Live ----------------------------------------------------------------------------------------
 */

static bool is_key(const struct item *item)
{
    return item->thing.kind == HONEY_ACCESS_KEY;
}

/* Whether a key lies in the place that the baseline wants, as far as the map knows. */
static bool is_noted_planted(const struct control_ctx *ctx, const struct item *item)
{
    const struct honey_entry *entry = item->entry;

    return entry != NULL && entry->access_key_id != NULL && !entry->planting &&
           str_eq(entry->place, honey_place(ctx->baseline, item->token, ctx->arena));
}

/* err: what made it stop; else 0, also when there is trouble with this one. */
static int in_trouble(const struct control_ctx *ctx, struct item *item, struct err *err)
{
    if (err->code == ERR_CANCELLED)
        return -1;
    item->unread = arena_alloc(ctx->arena, sizeof *item->unread);
    *item->unread = *err;
    item->trouble = item->unread->text;
    err_clear(err);
    return 0;
}

/* A place that cannot be looked at stands in the way of nothing: the map claims it only when it can
 * be.  But what was planted there stays as it is. */
static int read_place(const struct control_ctx *ctx, struct item *item, struct err *err)
{
    const char *place = honey_place(ctx->baseline, item->token, ctx->arena);

    if (honey_place_exists(ctx, item->token, item->entry, &item->place_exists, err) != 0) {
        if (is_noted_planted(ctx, item) || err->code == ERR_CANCELLED)
            return in_trouble(ctx, item, err);
        err_clear(err);
    }
    if (item->place_exists && !honey_had_place(item->entry, place))
        item->trouble = honey_place_there(ctx->baseline, item->token, ctx->arena);
    return 0;
}

static int read_item(const struct control_ctx *ctx, struct item *item, struct err *err)
{
    if (item->thing.name != NULL && honey_thing_read(ctx, &item->thing, &item->live, err) != 0) {
        (void)err_wrap(err, "%s %s", honey_noun(item->thing.kind), item->thing.name);
        return in_trouble(ctx, item, err);
    }
    if (is_key(item) && read_place(ctx, item, err) != 0)
        return -1;
    if (item->entry == NULL && (item->live.exists || item->live.deleted))
        item->trouble = honey_thing_there(&item->thing, item->token, ctx->arena);
    return 0;
}

static struct item item_of(const struct control_ctx *ctx, const struct honey_map *map,
                           const struct honey_token *token)
{
    const struct honey_entry *entry = honey_map_find(map, token->label);
    struct item item = {.token = token};

    item.entry = honey_is_entry_of(ctx, entry, token) ? entry : NULL;
    item.thing = (struct honey_thing){honey_kind_of(token), honey_region(ctx->baseline, token),
                                      item.entry != NULL ? entry->name : token->given_name};
    return item;
}

/* Another thing still has the token's label: it is in the way, which honey_map says. */
static bool is_elsewhere(const struct control_ctx *ctx, const struct honey_map *map,
                         const struct honey_token *token)
{
    return !ctx->prune && honey_map_find(map, token->label) != NULL &&
           !honey_is_entry_of(ctx, honey_map_find(map, token->label), token);
}

/* An account in which nothing can be read is told of as such: it may be a new one. */
static int check_any_read(const struct honey_seen *seen, struct err *err)
{
    for (size_t i = 0; i < seen->item_count; i++)
        if (seen->items[i].unread == NULL)
            return 0;
    if (seen->item_count == 0)
        return 0;
    *err = *seen->items[0].unread;
    return -1;
}

static int honey_observe(struct control_ctx *ctx, void *out_seen, struct err *err)
{
    const struct honey_spec *spec = ctx->spec;
    struct honey_seen *seen = out_seen;
    struct aws_target security;
    struct honey_map map = {0};

    if (control_enter(ctx, control_actor_account(ctx->baseline, ACTOR_SECURITY),
                      ctx->baseline->home_region, &security) &&
        honey_map_read(&security, ctx->baseline, ctx->arena, &map, err) != 0)
        return -1;
    seen->items = arena_array(ctx->arena, spec->tokens.count, sizeof *seen->items);
    for (size_t i = 0; i < spec->tokens.count; i++) {
        const struct honey_token *token = honey_token_at(spec, i);
        struct item *item = &seen->items[seen->item_count];

        if (honey_account(ctx->baseline, spec, token) != ctx->account ||
            is_elsewhere(ctx, &map, token))
            continue;
        seen->item_count++;
        *item = item_of(ctx, &map, token);
        if (read_item(ctx, item, err) != 0)
            return err_wrap(err, "token %s", token->label);
    }
    return check_any_read(seen, err);
}

/* --- Compare -------------------------------------------------------------------------------------
 */

/* "user svc-mailer", "user of token in-file": its name is drawn when it is claimed. */
static const char *words(const struct item *item, struct arena *arena)
{
    const char *noun = honey_noun(item->thing.kind), *name = item->thing.name;

    return name == NULL ? arena_printf(arena, "%s of token %s", noun, item->token->label)
                        : arena_printf(arena, "%s %s", noun, name);
}

static struct change *add(struct changes *out, const struct item *item, enum change_kind kind,
                          int step, const char *what)
{
    struct change *change =
        changes_add(out, kind, step, item, "%s%s", what, words(item, out->arena));

    change_is_part(change, item->token->label);
    return change;
}

static bool is_planted(const struct control_ctx *ctx, const struct item *item)
{
    return is_noted_planted(ctx, item) &&
           honey_key_lives(&item->live, item->entry->access_key_id) &&
           (item->place_exists || item->token->plant->command.count > 0);
}

static void diff_key(const struct control_ctx *ctx, const struct item *item, struct changes *out)
{
    const char *place = honey_place(ctx->baseline, item->token, ctx->arena);
    const char *old = item->entry == NULL ? NULL : item->entry->access_key_id;
    const char *stray = honey_stray_key(&item->live, item->entry);
    struct change *change;

    if (!is_planted(ctx, item)) {
        change = add(out, item, old == NULL ? CHANGE_CREATE : CHANGE_UPDATE, STEP_PLANT,
                     "access key of ");
        change_field(change, "key", old, change_unknown);
        change_field(change, "planted in", NULL, place);
    } else if (stray != NULL) {
        /* Not what the baseline would lose: a key whose secret nobody has, or somebody else. */
        change = add(out, item, CHANGE_UPDATE, STEP_DELETE_KEY, "access keys of ");
        change_field(change, "in no place", stray, NULL);
    }
}

static void diff_item(const struct control_ctx *ctx, const struct item *item, struct changes *out)
{
    struct change *change;

    if (item->trouble != NULL) {
        changes_problem(out, item->unread != NULL, "token %s: %s", item->token->label,
                        item->trouble);
        return;
    }
    if (!item->live.exists) {
        change = add(out, item, CHANGE_CREATE, STEP_CREATE, "");
        change_field(change, "region", NULL, item->thing.region);
    } else if (honey_has_boundary(item->thing.kind) && !item->live.bounded) {
        change = add(out, item, CHANGE_UPDATE, STEP_BOUND, "");
        change_field(change, "permissions boundary", NULL, honey_boundary(ctx));
    }
    if (honey_has_guard(item->thing.kind) && !item->live.guarded) {
        change = add(out, item, CHANGE_UPDATE, STEP_GUARD, "");
        if (item->thing.kind == HONEY_BUCKET)
            change_field(change, "public access", NULL, "blocked");
        else
            change_field(change, "policy", NULL, "denies everything");
    }
    if (is_key(item))
        diff_key(ctx, item, out);
}

/* The settings alone, for an account that does not exist yet. */
static void diff_blind(const struct control_ctx *ctx, struct changes *out)
{
    const struct honey_spec *spec = ctx->spec;
    const struct honey_map none = {0};

    for (size_t i = 0; i < spec->tokens.count; i++) {
        const struct honey_token *token = honey_token_at(spec, i);
        struct item *item = arena_alloc(ctx->arena, sizeof *item);

        if (honey_account(ctx->baseline, spec, token) != ctx->account)
            continue;
        *item = item_of(ctx, &none, token);
        diff_item(ctx, item, out);
    }
}

static void honey_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    const struct honey_seen *seen = have;

    if (seen->items == NULL)
        diff_blind(ctx, out);
    for (size_t i = 0; i < seen->item_count; i++)
        diff_item(ctx, &seen->items[i], out);
}

/* --- Apply ---------------------------------------------------------------------------------------
 */

/* Nothing is made that the map does not name, with its place. */
static int check_claimed(const struct control_ctx *ctx, const struct item *item, struct err *err)
{
    if (item->entry != NULL &&
        str_eq(item->entry->place, honey_place(ctx->baseline, item->token, ctx->arena)))
        return 0;
    return err_set(err, ERR_GATE,
                   "token %s is not noted in the map of honey tokens, which honey_map does first",
                   item->token->label);
}

static int honey_apply(struct control_ctx *ctx, const void *have, const struct change *change,
                       struct err *err)
{
    const struct item *item = change->subject;

    (void)have;
    if (check_claimed(ctx, item, err) != 0)
        return -1;
    switch (change->step) {
    case STEP_CREATE:
        return honey_thing_create(ctx, &item->thing, &item->live, item->token, err);
    case STEP_BOUND:
        return honey_thing_bound(ctx, &item->thing, err);
    case STEP_GUARD:
        return honey_thing_guard(ctx, &item->thing, err);
    case STEP_DELETE_KEY:
        return honey_key_delete(ctx, item->thing.name, honey_stray_key(&item->live, item->entry),
                                err);
    default:
        return honey_plant(ctx, item->token, item->entry, err);
    }
}

static const char *const honey_after[] = {"accounts", "opt_in_regions", NULL};
static const char *const honey_follows[] = {"honey_map", NULL};

const struct control control_honey_tokens = {
    .name = "honey_tokens",
    .title = "honey tokens",
    .scope = CONTROL_PER_ACCOUNT,
    .incognito = true,
    .actor = ACTOR_MEMBER,
    .after = honey_after,
    .follows = honey_follows,
    .needs = ROLE_SECURITY, /* which keeps the map */
    .ops = honey_ops,
    .schema = &honey_schema,
    .seen_size = sizeof(struct honey_seen),
    .check = honey_check,
    .concerns = honey_concerns,
    .observe = honey_observe,
    .diff = honey_diff,
    .apply = honey_apply,
};
