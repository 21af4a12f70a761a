/*
 * honey_map.c - control "honey_map": which honey token is which, noted in the security account
 *               before anything is made; and what is no longer wanted, wherever it is.
 *
 * Baseline:  honey_tokens
 * Source:    as honey_entries.c and honey_things.c.
 * Limits:    a thing is plinth's when the map says so, as it has no tag of plinth's.  It is claimed
 *            before it is made: whoever makes another thing of that name between the two would see
 *            it taken over.  What the baseline no longer names stays, and goes with --prune from
 *            every account that the baseline has.
 *
 * Each token is a part of its own: one that cannot be claimed or deleted stops no other.
 */
#include "honey_shared.h"

#include "plinth/base/arena.h"
#include "plinth/base/env.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/fiber/fiber.h"

enum { STEP_DROP_KEY, STEP_DROP_GUARD, STEP_DROP, STEP_FORGET, STEP_NOTE };

/* Somebody else's bucket looks as one that we may not see: several of them are a denial. */
enum { DRAWS_MOST = 32, TAKEN_MOST = 2 };

/* A token, and what the map says of its label. */
struct claim {
    const struct honey_token *token;
    const struct honey_entry *entry;     /* its own; NULL: the map does not know it */
    const struct honey_entry *elsewhere; /* of another thing; NULL */
};

/* A thing that the map knows and the baseline does not. */
struct leftover {
    const struct honey_entry *entry;
    const struct account *account; /* NULL: the baseline does not have it */
    struct honey_thing thing;
    struct honey_live live;
    const char *unread; /* why it could not be read; NULL: it was, or nobody wants to know */
};

struct left_key {
    const struct leftover *left;
    const char *id;
};

struct map_seen {
    struct honey_map map;
    struct leftover *leftovers;
    size_t leftover_count;
};

static const enum aws_op map_ops[] = {
    AWS_SSM_GET_PARAMETERS_BY_PATH,
    AWS_SSM_DESCRIBE_PARAMETERS,
    AWS_SSM_PUT_PARAMETER,
    AWS_SSM_DELETE_PARAMETER,
    AWS_IAM_GET_USER,
    AWS_IAM_GET_USER_POLICY,
    AWS_IAM_LIST_ACCESS_KEYS,
    AWS_IAM_DELETE_ACCESS_KEY,
    AWS_IAM_DELETE_USER_POLICY,
    AWS_IAM_DELETE_USER,
    AWS_IAM_GET_ROLE,
    AWS_IAM_GET_ROLE_POLICY,
    AWS_IAM_DELETE_ROLE_POLICY,
    AWS_IAM_DELETE_ROLE,
    AWS_S3_HEAD_BUCKET,
    AWS_S3_GET_PUBLIC_ACCESS_BLOCK,
    AWS_S3_DELETE_BUCKET,
    AWS_S3_HEAD_OBJECT,
    AWS_SECRETSMANAGER_DESCRIBE_SECRET,
    AWS_SECRETSMANAGER_DELETE_SECRET,
    AWS_DYNAMODB_DESCRIBE_TABLE,
    AWS_DYNAMODB_DELETE_TABLE,
    AWS_OP_NONE,
};

static struct claim claim_of(const struct control_ctx *ctx, const struct honey_map *map,
                             const struct honey_token *token)
{
    const struct honey_entry *entry = honey_map_find(map, token->label);
    bool own = honey_is_entry_of(ctx, entry, token);

    return (struct claim){
        .token = token, .entry = own ? entry : NULL, .elsewhere = own ? NULL : entry};
}

/* The baseline's account of an id; NULL: it has none. */
static const struct account *account_of(const struct control_ctx *ctx, const char *id)
{
    for (size_t i = 0; i < ctx->baseline->account_count; i++)
        if (str_eq(control_account_id(ctx, &ctx->baseline->accounts[i]), id))
            return &ctx->baseline->accounts[i];
    return NULL;
}

/* The same work, in another account.  False: it does not exist. */
static bool enter(const struct control_ctx *ctx, const struct account *account,
                  struct control_ctx *out)
{
    struct aws_target *target = arena_alloc(ctx->arena, sizeof *target);

    *out = *ctx;
    out->account = account;
    out->account_id = control_account_id(ctx, account);
    out->target = target;
    return control_enter(ctx, account, ctx->baseline->home_region, target);
}

/* --- Live ----------------------------------------------------------------------------------------
 */

static bool is_wanted(const struct control_ctx *ctx, const struct honey_entry *entry)
{
    const struct honey_token *token = honey_token_find(ctx->spec, entry->label);

    return token != NULL && honey_is_entry_of(ctx, entry, token);
}

static int read_leftover(const struct control_ctx *ctx, struct leftover *left, struct err *err)
{
    struct control_ctx there;

    if (!ctx->prune || left->account == NULL || !enter(ctx, left->account, &there) ||
        honey_thing_read(&there, &left->thing, &left->live, err) == 0)
        return 0;
    if (err->code == ERR_CANCELLED)
        return -1;
    left->unread = arena_str(ctx->arena, err->text);
    err_clear(err);
    return 0;
}

static int read_leftovers(const struct control_ctx *ctx, struct map_seen *seen, struct err *err)
{
    seen->leftovers = arena_array(ctx->arena, seen->map.count, sizeof *seen->leftovers);
    for (size_t i = 0; i < seen->map.count; i++) {
        const struct honey_entry *entry = &seen->map.items[i];
        struct leftover *left = &seen->leftovers[seen->leftover_count];

        if (is_wanted(ctx, entry))
            continue;
        seen->leftover_count++;
        *left = (struct leftover){.entry = entry,
                                  .account = account_of(ctx, entry->account_id),
                                  .thing = {entry->kind, entry->region, entry->name}};
        if (read_leftover(ctx, left, err) != 0)
            return -1;
    }
    return 0;
}

/* Whether this run deletes what an entry speaks of. */
static bool is_to_go(const struct control_ctx *ctx, const struct map_seen *seen,
                     const struct honey_entry *entry)
{
    for (size_t i = 0; ctx->prune && i < seen->leftover_count; i++)
        if (seen->leftovers[i].entry == entry)
            return seen->leftovers[i].account != NULL && seen->leftovers[i].unread == NULL;
    return false;
}

/* Whether this run claims a token that has no entry. */
static bool is_to_claim(const struct control_ctx *ctx, const struct map_seen *seen,
                        const struct claim *claim)
{
    return claim->entry == NULL &&
           (claim->elsewhere == NULL || is_to_go(ctx, seen, claim->elsewhere));
}

static int map_observe(struct control_ctx *ctx, void *out_seen, struct err *err)
{
    const struct honey_spec *spec = ctx->spec;
    struct map_seen *seen = out_seen;

    if (honey_map_read(ctx->target, ctx->baseline, ctx->arena, &seen->map, err) != 0)
        return -1;
    if (read_leftovers(ctx, seen, err) != 0)
        return -1;
    honey_names_set(ctx, &seen->map);
    for (size_t i = 0; i < spec->tokens.count; i++) {
        const struct claim claim = claim_of(ctx, &seen->map, honey_token_at(spec, i));

        honey_name_comes(ctx, claim.token, is_to_claim(ctx, seen, &claim));
    }
    return 0;
}

/* --- Compare -------------------------------------------------------------------------------------
 */

static void drop_key(const struct leftover *left, const char *id, struct changes *out)
{
    struct left_key *key = arena_alloc(out->arena, sizeof *key);
    struct change *change;

    *key = (struct left_key){left, id};
    change = changes_add(out, CHANGE_DELETE, STEP_DROP_KEY, key, "access key of user %s in %s",
                         left->thing.name, left->account->name);
    change_field(change, "key", id, NULL);
    change_is_part(change, left->entry->label);
}

static void drop(const struct leftover *left, struct changes *out)
{
    const char *noun = honey_noun(left->thing.kind), *name = left->thing.name;
    const char *label = left->entry->label, *account = left->account->name;

    for (const struct json *it = json_first(left->live.keys); it != NULL; it = it->next)
        drop_key(left, json_str(it, "AccessKeyId"), out);
    if (left->live.guarded && honey_has_boundary(left->thing.kind))
        change_is_part(changes_add(out, CHANGE_DELETE, STEP_DROP_GUARD, left,
                                   "policy of %s %s in %s", noun, name, account),
                       label);
    if (left->live.exists)
        change_is_part(
            changes_add(out, CHANGE_DELETE, STEP_DROP, left, "%s %s in %s", noun, name, account),
            label);
    change_is_part(changes_add(out, CHANGE_DELETE, STEP_FORGET, left,
                               "entry of %s in the map of honey tokens", label),
                   label);
}

static void diff_leftover(const struct control_ctx *ctx, const struct leftover *left,
                          struct changes *out)
{
    const struct honey_entry *entry = left->entry;
    const char *noun = honey_noun(left->thing.kind);

    if (!ctx->prune)
        changes_note(out,
                     "%s %s of %s is in the map of honey tokens as %s and no longer in the "
                     "baseline; it stays without --prune",
                     noun, entry->name, entry->account, entry->label);
    else if (left->account == NULL)
        changes_note(out,
                     "token %s is no longer in the baseline, and --prune does not reach %s %s: "
                     "account %s (%s) is not in the baseline; delete it and its entry in the map",
                     entry->label, noun, entry->name, entry->account, entry->account_id);
    else if (left->unread != NULL)
        changes_problem(out, true, "%s %s of %s: %s", noun, entry->name, entry->account,
                        left->unread);
    else
        drop(left, out);
}

static void diff_claim(const struct control_ctx *ctx, const struct map_seen *seen,
                       const struct claim *claim, struct changes *out)
{
    const struct honey_token *token = claim->token;
    const struct honey_entry *entry = claim->entry;
    const char *place = honey_place(ctx->baseline, token, ctx->arena);
    const char *name = honey_name(ctx, token);
    struct change *change;

    if (entry == NULL && !is_to_claim(ctx, seen, claim)) {
        changes_note(out, "token %s is still %s %s of %s, which has to go first (--prune)",
                     token->label, honey_noun(claim->elsewhere->kind), claim->elsewhere->name,
                     claim->elsewhere->account);
        return;
    }
    if (entry != NULL && str_eq(entry->place, place))
        return;
    change = changes_add(out, entry == NULL ? CHANGE_CREATE : CHANGE_UPDATE, STEP_NOTE, token,
                         "entry of %s in the map of honey tokens", token->label);
    change_field(change, honey_noun(honey_kind_of(token)), entry == NULL ? NULL : entry->name,
                 name == NULL ? change_unknown : name);
    change_field(change, "place", entry == NULL ? NULL : entry->place, place);
    change_is_part(change, token->label);
}

static void map_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    const struct honey_spec *spec = ctx->spec;
    const struct map_seen *seen = have;

    for (size_t i = 0; i < seen->leftover_count; i++)
        diff_leftover(ctx, &seen->leftovers[i], out);
    for (size_t i = 0; i < spec->tokens.count; i++) {
        const struct claim claim = claim_of(ctx, &seen->map, honey_token_at(spec, i));

        diff_claim(ctx, seen, &claim, out);
    }
}

/* --- Claim ---------------------------------------------------------------------------------------
 */

/* Whether the map or the baseline has that name for another thing of the kind. */
static bool is_spoken_for(const struct control_ctx *ctx, const struct map_seen *seen,
                          enum honey_kind kind, const char *name)
{
    const struct honey_spec *spec = ctx->spec;

    for (size_t i = 0; i < seen->map.count; i++)
        if (seen->map.items[i].kind == kind && str_eq(seen->map.items[i].name, name))
            return true;
    for (size_t i = 0; i < spec->tokens.count; i++) {
        const struct honey_token *token = honey_token_at(spec, i);

        if (honey_kind_of(token) == kind && str_eq(honey_name(ctx, token), name))
            return true;
    }
    return false;
}

/* `there`: in the token's account.  Somebody else's bucket is an error of its reading. */
static int is_free(const struct control_ctx *there, const struct honey_thing *thing, bool *out,
                   struct err *err)
{
    struct honey_live live;

    if (honey_thing_read(there, thing, &live, err) != 0)
        return -1;
    *out = !live.exists && !live.deleted;
    return 0;
}

static int draw(const struct control_ctx *there, const struct map_seen *seen,
                const struct honey_token *token, const char **out, struct err *err)
{
    struct rng *rng = sched_env(aws_client_sched(there->target->client))->rng;
    struct honey_thing thing = {.kind = honey_kind_of(token),
                                .region = honey_region(there->baseline, token)};
    int taken = 0;

    for (int i = 0; i < DRAWS_MOST; i++) {
        bool free = false;

        thing.name = honey_draw(thing.kind, rng, there->arena);
        if (is_spoken_for(there, seen, thing.kind, thing.name))
            continue;
        if (is_free(there, &thing, &free, err) != 0) {
            if (!honey_is_taken(&thing, err) || ++taken > TAKEN_MOST)
                return err_wrap(err, "%s %s", honey_noun(thing.kind), thing.name);
            err_clear(err);
        }
        if (free) {
            *out = thing.name;
            return 0;
        }
    }
    return err_set(err, ERR_GATE, "no name is left for token %s: give it one", token->label);
}

/* Nothing is taken over. */
static int check_name(const struct control_ctx *there, const struct honey_token *token,
                      struct err *err)
{
    const struct honey_thing thing = {honey_kind_of(token), honey_region(there->baseline, token),
                                      token->given_name};
    bool free;

    if (is_free(there, &thing, &free, err) != 0)
        return err_wrap(err, "%s %s", honey_noun(thing.kind), thing.name);
    return free ? 0 : err_set(err, ERR_GATE, "%s", honey_thing_there(&thing, token, there->arena));
}

static int check_place(const struct control_ctx *there, const struct claim *claim, struct err *err)
{
    const char *place = honey_place(there->baseline, claim->token, there->arena);
    bool exists;

    if (place == NULL || honey_had_place(claim->entry, place))
        return 0;
    if (honey_place_exists(there, claim->token, claim->entry, &exists, err) != 0)
        return -1;
    if (!exists)
        return 0;
    return err_set(err, ERR_GATE, "%s",
                   honey_place_there(there->baseline, claim->token, there->arena));
}

static int note(const struct control_ctx *ctx, const struct map_seen *seen,
                const struct claim *claim, struct err *err)
{
    const struct honey_token *token = claim->token;
    const char *name = claim->entry == NULL ? token->given_name : claim->entry->name;
    struct honey_entry entry;
    struct control_ctx there;

    if (!enter(ctx, honey_account(ctx->baseline, ctx->spec, token), &there))
        return err_set(err, ERR_CONFLICT, "account %s does not exist yet",
                       honey_account(ctx->baseline, ctx->spec, token)->name);
    if (check_place(&there, claim, err) != 0)
        return -1;
    if (name == NULL ? draw(&there, seen, token, &name, err) != 0
                     : claim->entry == NULL && check_name(&there, token, err) != 0)
        return -1;
    entry = honey_entry_of(ctx, token, name);
    if (claim->entry != NULL) {
        entry.access_key_id = claim->entry->access_key_id;
        entry.earlier = honey_places_until(claim->entry, ctx->arena);
    }
    if (honey_map_write(ctx, &entry, err) != 0)
        return -1;
    honey_name_tried(ctx, token, name);
    return 0;
}

/* --- Apply ---------------------------------------------------------------------------------------
 */

static int apply_leftover(const struct control_ctx *ctx, const struct change *change,
                          struct err *err)
{
    const struct left_key *key = change->step == STEP_DROP_KEY ? change->subject : NULL;
    const struct leftover *left = key != NULL ? key->left : change->subject;
    struct control_ctx there;

    if (change->step == STEP_FORGET)
        return honey_map_remove(ctx, left->entry->label, err);
    if (!enter(ctx, left->account, &there))
        return err_set(err, ERR_CONFLICT, "account %s does not exist", left->account->name);
    if (key != NULL)
        return honey_key_delete(&there, left->thing.name, key->id, err);
    return change->step == STEP_DROP_GUARD ? honey_thing_unguard(&there, &left->thing, err)
                                           : honey_thing_delete(&there, &left->thing, err);
}

static int map_apply(struct control_ctx *ctx, const void *have, const struct change *change,
                     struct err *err)
{
    const struct map_seen *seen = have;
    struct claim claim;

    if (change->step != STEP_NOTE)
        return apply_leftover(ctx, change, err);
    claim = claim_of(ctx, &seen->map, change->subject);
    if (note(ctx, seen, &claim, err) == 0)
        return 0;
    if (claim.entry == NULL)
        honey_name_tried(ctx, claim.token, NULL);
    return -1;
}

static const char *const map_after[] = {"accounts", "opt_in_regions", NULL};

const struct control control_honey_map = {
    .name = "honey_map",
    .part_of = "honey_tokens",
    .title = "the map of honey tokens",
    .scope = CONTROL_PER_ORG,
    .incognito = true,
    .actor = ACTOR_SECURITY,
    .enters_members = true,
    .after = map_after,
    .needs = ROLE_SECURITY,
    .ops = map_ops,
    .seen_size = sizeof(struct map_seen),
    .observe = map_observe,
    .diff = map_diff,
    .apply = map_apply,
};
