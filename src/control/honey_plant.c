/*
 * honey_plant.c - an access key is made, planted and recorded, and no kill leaves one that nobody
 *                 knows.
 *
 * Source: docs.aws.amazon.com/IAM/latest/APIReference, CreateAccessKey: its answer alone has the
 *         secret; IAM User Guide, "IAM and AWS STS quotas": two keys a user.
 *
 * docs/architecture.md, "Planting a key", says what each kill leaves.  In short: what counts is the
 * entry in the map.  It names the key that was planted last, or says that one was to follow; a key
 * of the user that it does not name was never planted, and is deleted.
 */
#include "honey_shared.h"

#include "plinth/base/arena.h"
#include "plinth/base/secret.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/control/outlet.h"

#include <string.h>

struct honey_entry honey_entry_of(const struct control_ctx *ctx, const struct honey_token *token,
                                  const char *name)
{
    const struct account *account = honey_account(ctx->baseline, ctx->spec, token);
    const char *id = control_account_id(ctx, account);
    enum honey_kind kind = honey_kind_of(token);
    const char *region = honey_region(ctx->baseline, token);
    const char *place = honey_place(ctx->baseline, token, ctx->arena);

    return (struct honey_entry){
        .label = token->label,
        .kind = kind,
        .account = account->name,
        .account_id = id,
        .region = region,
        .name = name,
        .arn = id == NULL || name == NULL
                   ? NULL
                   : honey_arn(kind, ctx->partition, id, region, name, ctx->arena),
        .place = place,
        .machine = token->plant != NULL && token->plant->file != NULL && ctx->outlet != NULL
                       ? ctx->outlet->machine
                       : NULL,
        .planting = place != NULL,
    };
}

/* --- Keys ----------------------------------------------------------------------------------------
 */

bool honey_key_lives(const struct honey_live *live, const char *access_key_id)
{
    for (const struct json *it = json_first(live->keys); it != NULL; it = it->next)
        if (access_key_id != NULL && str_eq(json_str(it, "AccessKeyId"), access_key_id))
            return str_eq(json_str(it, "Status"), "Active");
    return false;
}

const char *honey_stray_key(const struct honey_live *live, const struct honey_entry *entry)
{
    for (const struct json *it = json_first(live->keys); it != NULL; it = it->next)
        if (entry == NULL || !str_eq(json_str(it, "AccessKeyId"), entry->access_key_id))
            return json_str(it, "AccessKeyId");
    return NULL;
}

int honey_key_delete(const struct control_ctx *ctx, const char *user, const char *access_key_id,
                     struct err *err)
{
    struct json *params = json_object(ctx->arena);

    json_put_str(params, "UserName", user);
    json_put_str(params, "AccessKeyId", access_key_id);
    if (aws_call(ctx->target, AWS_IAM_DELETE_ACCESS_KEY, params, ctx->arena, NULL, err) == 0)
        return 0;
    if (err->code != ERR_NOTFOUND)
        return -1;
    err_clear(err);
    return 0;
}

/* Those of the user that no place has, so that there is room for one. */
static int delete_strays(const struct control_ctx *ctx, const struct honey_thing *user,
                         const struct honey_entry *entry, bool *out_lives, struct err *err)
{
    struct honey_live live;

    if (honey_thing_read(ctx, user, &live, err) != 0)
        return -1;
    if (!live.exists)
        return err_set(err, ERR_NOTFOUND, "user %s is not there yet", user->name);
    *out_lives = honey_key_lives(&live, entry->access_key_id);
    for (const struct json *it = json_first(live.keys); it != NULL; it = it->next) {
        const char *id = json_str(it, "AccessKeyId");

        if (*out_lives && str_eq(id, entry->access_key_id))
            continue;
        if (honey_key_delete(ctx, user->name, id, err) != 0)
            return err_wrap(err, "access key %s, which was never planted", id);
    }
    return 0;
}

/* The only place where the secret of a key comes from.  owns: *out_secret: caller. */
static int create_key(const struct control_ctx *ctx, const char *user, const char **out_id,
                      struct secret **out_secret, struct err *err)
{
    struct arena *arena = arena_new_wiping("key");
    struct json *params = json_object(arena);
    const struct json *answer;
    const char *id, *secret;
    int result = -1;

    json_put_str(params, "UserName", user);
    if (aws_call(ctx->target, AWS_IAM_CREATE_ACCESS_KEY, params, arena, &answer, err) == 0 &&
        json_need_str(json_get(answer, "AccessKey"), "AccessKeyId", &id, err) == 0 &&
        json_need_str(json_get(answer, "AccessKey"), "SecretAccessKey", &secret, err) == 0) {
        *out_id = arena_str(ctx->arena, id);
        *out_secret = secret_new(secret, strlen(secret));
        result = 0;
    }
    arena_free(arena);
    return result;
}

/* --- Planting ------------------------------------------------------------------------------------
 */

/* The key is made: put it in its place and in the map. */
static int put_and_record(const struct control_ctx *ctx, const struct honey_token *token,
                          struct honey_entry *entry, const char *id, const struct secret *secret,
                          struct err *err)
{
    struct err ignored = ERR_INIT;

    if (honey_place_put(ctx, token, id, secret, err) != 0) {
        /* Also when the answer was lost: the next key goes over it.  If this fails, the next run
         * finds a key that is not in the map. */
        (void)honey_key_delete(ctx, entry->name, id, &ignored);
        return -1;
    }
    entry->access_key_id = id;
    entry->planting = false;
    if (honey_map_write(ctx, entry, err) == 0)
        return 0;
    if (err->code != ERR_LOST) /* else the map may have it */
        (void)honey_key_delete(ctx, entry->name, id, &ignored);
    return err_wrap(err, "the map of honey tokens");
}

int honey_plant(const struct control_ctx *ctx, const struct honey_token *token,
                const struct honey_entry *entry, struct err *err)
{
    struct honey_entry next = honey_entry_of(ctx, token, entry->name);
    const struct honey_thing user = {HONEY_ACCESS_KEY, next.region, next.name};
    const char *old, *id = NULL;
    struct secret *secret = NULL;
    bool lives = false;
    int result;

    next.access_key_id = old = entry->access_key_id;
    next.earlier = entry->earlier;
    if (delete_strays(ctx, &user, entry, &lives, err) != 0)
        return -1;
    /* From here on the place may hold another key than the map names. */
    if (lives && !entry->planting && honey_map_write(ctx, &next, err) != 0)
        return err_wrap(err, "the map of honey tokens");
    if (create_key(ctx, user.name, &id, &secret, err) != 0)
        return -1;
    result = put_and_record(ctx, token, &next, id, secret, err);
    secret_free(secret);
    if (result == 0 && lives)
        result = honey_key_delete(ctx, user.name, old, err);
    return result;
}

int honey_rotate(struct control_ctx *ctx, const char *label, struct err *err)
{
    const struct honey_token *token = honey_token_find(ctx->spec, label);
    struct aws_target security;
    struct honey_map map;
    const struct honey_entry *entry;

    if (token == NULL || honey_kind_of(token) != HONEY_ACCESS_KEY)
        return err_set(err, ERR_USAGE, "%s is no access key among the baseline's honey tokens",
                       label);
    if (honey_account(ctx->baseline, ctx->spec, token) != ctx->account)
        return err_set(err, ERR_BUG, "%s does not live in %s", label, ctx->account->name);
    if (honey_security(ctx, &security, err) != 0 ||
        honey_map_read(&security, ctx->baseline, ctx->arena, &map, err) != 0)
        return -1;
    entry = honey_map_find(&map, label);
    if (entry == NULL || entry->access_key_id == NULL ||
        !str_eq(entry->account_id, ctx->account_id))
        return err_set(err, ERR_USAGE, "%s is not planted yet: apply first", label);
    if (!str_eq(entry->place, honey_place(ctx->baseline, token, ctx->arena)))
        return err_set(err, ERR_USAGE, "%s has moved in the baseline: apply first", label);
    return honey_plant(ctx, token, entry, err);
}
