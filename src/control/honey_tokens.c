/*
 * honey_tokens.c - control "honey_tokens": things that nobody has a reason to touch, in the
 *                  accounts that the baseline names, and keys of them where an intruder looks.
 *
 * Baseline:  honey_tokens: { account, seed, tokens: { LABEL: { kind, name, plant, ... } } }
 * Source:    as honey_things.c, honey_place.c and honey_map.c.
 * Limits:    a thing is plinth's when the map says so, as it has no tag of plinth's.  The entry is
 *            written before the thing is made: whoever makes another thing of that name between
 *            the two writes would see it taken over.  What the baseline no longer names stays, and
 *            goes with --prune while the baseline still has a token in that account.  Values in
 *            places are not read back: a place is as planted while it is there.
 */
#include "honey_shared.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"

#include <string.h>

enum {
    STEP_NOTE, /* in the map */
    STEP_CREATE,
    STEP_BOUND,
    STEP_GUARD,
    STEP_PLANT,
    STEP_DELETE_KEY,
    /* Of what the baseline no longer names. */
    STEP_DROP_KEY,
    STEP_DROP_GUARD,
    STEP_DROP,
    STEP_FORGET,
};

/* A token of the account: what is wanted, and what is there. */
struct item {
    const struct honey_token *token;
    const struct honey_entry *entry;     /* its own; NULL: the map does not know it */
    const struct honey_entry *elsewhere; /* of the same label, and of another thing; NULL */
    struct honey_thing thing;
    struct honey_live live;
    bool place_exists;
};

/* A thing of the account that the map knows and the baseline does not. */
struct leftover {
    const struct honey_entry *entry;
    struct honey_thing thing;
    struct honey_live live;
};

struct honey_seen {
    struct item *items; /* NULL: the account does not exist yet */
    size_t item_count;
    struct leftover *leftovers;
    size_t leftover_count;
    struct honey_map map;
};

const enum aws_op honey_ops[] = {
    AWS_SSM_GET_PARAMETERS_BY_PATH,
    AWS_SSM_DESCRIBE_PARAMETERS,
    AWS_SSM_PUT_PARAMETER,
    AWS_SSM_DELETE_PARAMETER,
    AWS_IAM_GET_USER,
    AWS_IAM_GET_USER_POLICY,
    AWS_IAM_LIST_ACCESS_KEYS,
    AWS_IAM_CREATE_USER,
    AWS_IAM_PUT_USER_PERMISSIONS_BOUNDARY,
    AWS_IAM_PUT_USER_POLICY,
    AWS_IAM_CREATE_ACCESS_KEY,
    AWS_IAM_DELETE_ACCESS_KEY,
    AWS_IAM_DELETE_USER_POLICY,
    AWS_IAM_DELETE_USER,
    AWS_IAM_GET_ROLE,
    AWS_IAM_GET_ROLE_POLICY,
    AWS_IAM_CREATE_ROLE,
    AWS_IAM_PUT_ROLE_PERMISSIONS_BOUNDARY,
    AWS_IAM_PUT_ROLE_POLICY,
    AWS_IAM_DELETE_ROLE_POLICY,
    AWS_IAM_DELETE_ROLE,
    AWS_S3_HEAD_BUCKET,
    AWS_S3_GET_PUBLIC_ACCESS_BLOCK,
    AWS_S3_CREATE_BUCKET,
    AWS_S3_PUT_PUBLIC_ACCESS_BLOCK,
    AWS_S3_DELETE_BUCKET,
    AWS_S3_HEAD_OBJECT,
    AWS_S3_PUT_OBJECT,
    AWS_SECRETSMANAGER_DESCRIBE_SECRET,
    AWS_SECRETSMANAGER_CREATE_SECRET,
    AWS_SECRETSMANAGER_PUT_SECRET_VALUE,
    AWS_SECRETSMANAGER_RESTORE_SECRET,
    AWS_SECRETSMANAGER_DELETE_SECRET,
    AWS_DYNAMODB_DESCRIBE_TABLE,
    AWS_DYNAMODB_CREATE_TABLE,
    AWS_DYNAMODB_DELETE_TABLE,
    AWS_OP_NONE,
};

/* --- Live ----------------------------------------------------------------------------------------
 */

static bool is_same_thing(const struct honey_entry *a, const struct honey_entry *b)
{
    return a->kind == b->kind && str_eq(a->account_id, b->account_id) &&
           str_eq(a->region, b->region) && str_eq(a->name, b->name);
}

static bool is_key(const struct item *item)
{
    return item->thing.kind == HONEY_ACCESS_KEY;
}

/* What stands in the way of a token that the map does not know: nothing is taken over. */
static int check_free(const struct control_ctx *ctx, const struct item *item, struct err *err)
{
    const char *noun = honey_noun(item->thing.kind), *label = item->token->label;
    const char *place = honey_place(ctx->baseline, item->token, ctx->arena);

    if (item->entry == NULL && (item->live.exists || item->live.deleted))
        return err_set(err, ERR_CONFLICT,
                       "%s %s exists and is not in the map of honey tokens; delete it, or give "
                       "token %s another name",
                       noun, item->thing.name, label);
    if (is_key(item) && item->place_exists && !honey_had_place(item->entry, place))
        return err_set(err, ERR_CONFLICT,
                       "%s: something is there already; take it away, or plant token %s elsewhere",
                       place, label);
    return 0;
}

static int read_item(const struct control_ctx *ctx, const struct honey_map *map, struct item *item,
                     struct err *err)
{
    const struct honey_entry wanted = honey_entry_of(ctx, item->token);

    item->thing = (struct honey_thing){wanted.kind, wanted.region, wanted.name};
    item->entry = honey_map_find(map, item->token->label);
    if (item->entry != NULL && !is_same_thing(item->entry, &wanted)) {
        item->elsewhere = item->entry;
        item->entry = NULL;
    }
    if (honey_thing_read(ctx, &item->thing, &item->live, err) != 0)
        return err_wrap(err, "%s %s", honey_noun(item->thing.kind), item->thing.name);
    if (is_key(item) &&
        honey_place_exists(ctx, item->token, item->entry, &item->place_exists, err) != 0)
        return -1;
    return item->elsewhere == NULL ? check_free(ctx, item, err) : 0;
}

/* Whether a token of this account is what the entry speaks of. */
static bool is_wanted(const struct honey_seen *seen, const struct honey_entry *entry)
{
    for (size_t i = 0; i < seen->item_count; i++)
        if (seen->items[i].entry == entry)
            return true;
    return false;
}

static int read_leftovers(const struct control_ctx *ctx, const struct honey_map *map,
                          struct honey_seen *seen, struct err *err)
{
    seen->leftovers = arena_array(ctx->arena, map->count, sizeof *seen->leftovers);
    for (size_t i = 0; i < map->count; i++) {
        const struct honey_entry *entry = &map->items[i];
        struct leftover *left = &seen->leftovers[seen->leftover_count];

        if (!str_eq(entry->account_id, ctx->account_id) || is_wanted(seen, entry))
            continue;
        seen->leftover_count++;
        *left =
            (struct leftover){.entry = entry, .thing = {entry->kind, entry->region, entry->name}};
        if (honey_thing_read(ctx, &left->thing, &left->live, err) != 0)
            return err_wrap(err, "%s %s", honey_noun(entry->kind), entry->name);
    }
    return 0;
}

static int honey_observe(struct control_ctx *ctx, void *out_seen, struct err *err)
{
    const struct honey_spec *spec = ctx->spec;
    struct honey_seen *seen = out_seen;
    struct aws_target security;

    if (control_enter(ctx, control_actor_account(ctx->baseline, ACTOR_SECURITY),
                      ctx->baseline->home_region, &security) &&
        honey_map_read(&security, ctx->baseline, ctx->arena, &seen->map, err) != 0)
        return -1;
    seen->items = arena_array(ctx->arena, spec->tokens.count, sizeof *seen->items);
    for (size_t i = 0; i < spec->tokens.count; i++) {
        struct item *item = &seen->items[seen->item_count];

        item->token = honey_token_at(spec, i);
        if (honey_account(ctx->baseline, spec, item->token) != ctx->account)
            continue;
        seen->item_count++;
        if (read_item(ctx, &seen->map, item, err) != 0)
            return err_wrap(err, "token %s", item->token->label);
    }
    return read_leftovers(ctx, &seen->map, seen, err);
}

/* --- Compare -------------------------------------------------------------------------------------
 */

static struct change *add(struct changes *out, const struct item *item, enum change_kind kind,
                          int step)
{
    return changes_add(out, kind, step, item, "%s %s", honey_noun(item->thing.kind),
                       item->thing.name);
}

static bool is_planted(const struct control_ctx *ctx, const struct item *item)
{
    const struct honey_entry *entry = item->entry;

    return entry != NULL && !entry->planting &&
           honey_key_lives(&item->live, entry->access_key_id) &&
           str_eq(entry->place, honey_place(ctx->baseline, item->token, ctx->arena)) &&
           (item->place_exists || item->token->plant->command.count > 0);
}

static void diff_key(const struct control_ctx *ctx, const struct item *item, struct changes *out)
{
    const char *place = honey_place(ctx->baseline, item->token, ctx->arena);
    const char *old = item->entry == NULL ? NULL : item->entry->access_key_id;
    const char *stray = honey_stray_key(&item->live, item->entry);
    struct change *change;

    if (!is_planted(ctx, item)) {
        change = changes_add(out, old == NULL ? CHANGE_CREATE : CHANGE_UPDATE, STEP_PLANT, item,
                             "access key of user %s", item->thing.name);
        change_field(change, "key", old, change_unknown);
        change_field(change, "planted in", NULL, place);
    } else if (stray != NULL) {
        /* Not what the baseline would lose: a key whose secret nobody has, or somebody else. */
        change = changes_add(out, CHANGE_UPDATE, STEP_DELETE_KEY, item, "access keys of user %s",
                             item->thing.name);
        change_field(change, "in no place", stray, NULL);
    }
}

static void diff_item(const struct control_ctx *ctx, const struct item *item, struct changes *out)
{
    const char *place = honey_place(ctx->baseline, item->token, ctx->arena);
    const struct honey_entry *entry = item->entry;
    struct change *change;

    if (entry == NULL || !str_eq(entry->place, place)) {
        change = changes_add(out, entry == NULL ? CHANGE_CREATE : CHANGE_UPDATE, STEP_NOTE, item,
                             "entry of %s in the map of honey tokens", item->token->label);
        change_field(change, honey_noun(item->thing.kind), entry == NULL ? NULL : entry->name,
                     item->thing.name);
        change_field(change, "place", entry == NULL ? NULL : entry->place, place);
    }
    if (!item->live.exists) {
        change = add(out, item, CHANGE_CREATE, STEP_CREATE);
        change_field(change, "region", NULL, item->thing.region);
    } else if (honey_has_boundary(item->thing.kind) && !item->live.bounded) {
        change = add(out, item, CHANGE_UPDATE, STEP_BOUND);
        change_field(change, "permissions boundary", NULL, honey_boundary(ctx));
    }
    if (honey_has_guard(item->thing.kind) && !item->live.guarded) {
        change = add(out, item, CHANGE_UPDATE, STEP_GUARD);
        if (item->thing.kind == HONEY_BUCKET)
            change_field(change, "public access", NULL, "blocked");
        else
            change_field(change, "policy", NULL, "denies everything");
    }
    if (is_key(item))
        diff_key(ctx, item, out);
}

static void drop_leftover(const struct leftover *left, struct changes *out)
{
    const char *noun = honey_noun(left->thing.kind), *name = left->thing.name;

    for (const struct json *it = json_first(left->live.keys); it != NULL; it = it->next)
        change_field(
            changes_add(out, CHANGE_DELETE, STEP_DROP_KEY, it, "access key of user %s", name),
            "key", json_str(it, "AccessKeyId"), NULL);
    if (left->live.guarded && honey_has_boundary(left->thing.kind))
        (void)changes_add(out, CHANGE_DELETE, STEP_DROP_GUARD, left, "policy of %s %s", noun, name);
    if (left->live.exists)
        (void)changes_add(out, CHANGE_DELETE, STEP_DROP, left, "%s %s", noun, name);
    (void)changes_add(out, CHANGE_DELETE, STEP_FORGET, left,
                      "entry of %s in the map of honey tokens", left->entry->label);
}

/* The settings alone, for an account that does not exist yet. */
static void diff_blind(const struct control_ctx *ctx, struct changes *out)
{
    const struct honey_spec *spec = ctx->spec;

    for (size_t i = 0; i < spec->tokens.count; i++) {
        const struct honey_token *token = honey_token_at(spec, i);
        struct item *item = arena_alloc(ctx->arena, sizeof *item);
        struct honey_entry wanted;

        if (honey_account(ctx->baseline, spec, token) != ctx->account)
            continue;
        wanted = honey_entry_of(ctx, token);
        *item = (struct item){.token = token, .thing = {wanted.kind, wanted.region, wanted.name}};
        diff_item(ctx, item, out);
    }
}

static bool has_token(const struct control_ctx *ctx, const char *account)
{
    const struct honey_spec *spec = ctx->spec;

    for (size_t i = 0; i < spec->tokens.count; i++)
        if (str_eq(honey_account(ctx->baseline, spec, honey_token_at(spec, i))->name, account))
            return true;
    return false;
}

/* What is left in accounts without a token, where this control has no unit; one unit tells. */
static void note_strays(const struct control_ctx *ctx, const struct honey_map *map,
                        struct changes *out)
{
    const struct honey_spec *spec = ctx->spec;

    if (honey_account(ctx->baseline, spec, honey_token_at(spec, 0)) != ctx->account)
        return;
    for (size_t i = 0; i < map->count; i++) {
        const struct honey_entry *entry = &map->items[i];

        if (!has_token(ctx, entry->account))
            changes_note(out,
                         "token %s is no longer in the baseline, and --prune does not reach %s %s: "
                         "account %s has no other token; run with one there, or delete it and its "
                         "entry in the map",
                         entry->label, honey_noun(entry->kind), entry->name, entry->account);
    }
}

static void honey_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    const struct honey_seen *seen = have;

    if (seen->items == NULL) {
        diff_blind(ctx, out);
        return;
    }
    for (size_t i = 0; i < seen->leftover_count; i++) {
        const struct leftover *left = &seen->leftovers[i];

        if (ctx->prune)
            drop_leftover(left, out);
        else
            changes_note(out,
                         "%s %s is in the map of honey tokens as %s and no longer in the "
                         "baseline; it stays without --prune",
                         honey_noun(left->thing.kind), left->thing.name, left->entry->label);
    }
    note_strays(ctx, &seen->map, out);
    for (size_t i = 0; i < seen->item_count; i++) {
        const struct item *item = &seen->items[i];
        bool goes = item->elsewhere != NULL && ctx->prune &&
                    str_eq(item->elsewhere->account_id, ctx->account_id);

        if (item->elsewhere == NULL || goes)
            diff_item(ctx, item, out);
        else
            changes_note(out, "token %s is still %s %s of %s: --prune deletes that first",
                         item->token->label, honey_noun(item->elsewhere->kind),
                         item->elsewhere->name, item->elsewhere->account);
    }
}

/* --- Apply ---------------------------------------------------------------------------------------
 */

static int note(const struct control_ctx *ctx, const struct item *item, struct err *err)
{
    struct honey_entry entry = honey_entry_of(ctx, item->token);

    if (item->entry != NULL) {
        entry.access_key_id = item->entry->access_key_id;
        entry.earlier = honey_places_until(item->entry, ctx->arena);
    }
    return honey_map_write(ctx, &entry, err);
}

static int plant(const struct control_ctx *ctx, const struct item *item, struct err *err)
{
    struct honey_entry entry = honey_entry_of(ctx, item->token);

    if (item->entry != NULL) {
        entry.access_key_id = item->entry->access_key_id;
        entry.earlier = str_eq(item->entry->place, entry.place)
                            ? item->entry->earlier
                            : honey_places_until(item->entry, ctx->arena);
        /* A new place was noted by the change before, as one that a key is to follow to. */
        entry.planting = item->entry->planting || !str_eq(item->entry->place, entry.place);
    }
    return honey_plant(ctx, item->token, &entry, err);
}

static int apply_item(const struct control_ctx *ctx, const struct item *item, int step,
                      struct err *err)
{
    switch (step) {
    case STEP_NOTE:
        return note(ctx, item, err);
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
        return plant(ctx, item, err);
    }
}

static int apply_leftover(const struct control_ctx *ctx, const struct leftover *left, int step,
                          struct err *err)
{
    if (step == STEP_DROP_GUARD)
        return honey_thing_unguard(ctx, &left->thing, err);
    if (step == STEP_DROP)
        return honey_thing_delete(ctx, &left->thing, err);
    return honey_map_remove(ctx, left->entry->label, err);
}

static int drop_key(const struct control_ctx *ctx, const struct json *key, struct err *err)
{
    return honey_key_delete(ctx, json_str(key, "UserName"), json_str(key, "AccessKeyId"), err);
}

static int honey_apply(struct control_ctx *ctx, const void *have, const struct change *change,
                       struct err *err)
{
    (void)have;
    if (change->step == STEP_DROP_KEY)
        return drop_key(ctx, change->subject, err);
    if (change->step > STEP_DROP_KEY)
        return apply_leftover(ctx, change->subject, change->step, err);
    return apply_item(ctx, change->subject, change->step, err);
}

static const char *const honey_after[] = {"accounts", "opt_in_regions", NULL};

const struct control control_honey_tokens = {
    .name = "honey_tokens",
    .title = "honey tokens",
    .scope = CONTROL_PER_ACCOUNT,
    .actor = ACTOR_MEMBER,
    .after = honey_after,
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
