/*
 * honey_place.c - where an access key is planted: a file, a secret, a parameter, an object, or what
 *                 a command makes of it.
 *
 * Source: AWS SDKs and Tools Reference Guide, "Shared config and credentials files" and
 *         "Environment variables"; API references of Secrets Manager (2017-10-17), Systems Manager
 *         (2014-11-06) and S3 (2006-03-01).
 *
 * The key's secret is in struct secret or in an arena that is wiped, and nowhere else.
 */
#include "honey_shared.h"

#include "plinth/base/arena.h"
#include "plinth/base/secret.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/control/outlet.h"

#include <string.h>

/* A thing in another account, seen as one of its own. */
struct spot {
    struct control_ctx ctx; /* of the account that it is in */
    struct aws_target target;
    struct honey_thing thing;
};

static int open_spot(const struct control_ctx *ctx, enum honey_kind kind,
                     const struct honey_spot *where, struct spot *out, struct err *err)
{
    const struct account *account = baseline_account(ctx->baseline, where->account);
    const char *region = where->region == NULL ? ctx->baseline->home_region : where->region;

    if (!control_enter(ctx, account, region, &out->target))
        return err_set(err, ERR_CONFLICT, "account %s does not exist yet", where->account);
    out->ctx = *ctx;
    out->ctx.target = &out->target;
    out->thing = (struct honey_thing){kind, region, where->name};
    return 0;
}

/* --- Look ----------------------------------------------------------------------------------------
 */

static int object_exists(const struct control_ctx *ctx, const struct honey_spot *where, bool *out,
                         struct err *err)
{
    struct json *params = json_object(ctx->arena);
    struct spot spot;

    if (open_spot(ctx, HONEY_BUCKET, where, &spot, err) != 0)
        return -1;
    json_put_str(params, "Bucket", where->bucket);
    json_put_str(params, "Key", where->key);
    *out = aws_call(&spot.target, AWS_S3_HEAD_OBJECT, params, ctx->arena, NULL, err) == 0;
    if (*out)
        return 0;
    if (err->code != ERR_NOTFOUND)
        return -1;
    err_clear(err);
    return 0;
}

static int spot_exists(const struct control_ctx *ctx, enum honey_kind kind,
                       const struct honey_spot *where, bool *out, struct err *err)
{
    struct honey_live live;
    struct spot spot;

    if (open_spot(ctx, kind, where, &spot, err) != 0 ||
        honey_thing_read(&spot.ctx, &spot.thing, &live, err) != 0)
        return -1;
    *out = live.exists;
    return 0;
}

static int file_exists(const struct control_ctx *ctx, const char *path,
                       const struct honey_entry *entry, bool *out, struct err *err)
{
    const struct outlet *outlet = ctx->outlet;

    if (outlet == NULL || (entry != NULL && !str_eq(entry->machine, outlet->machine))) {
        *out = entry != NULL;
        return 0;
    }
    return outlet->exists(outlet->arg, path, out, err);
}

/* The account that the place is in may be one that this run is to make: nothing is there then. */
static bool is_to_come(const struct control_ctx *ctx, const struct honey_spot *where)
{
    struct aws_target ignored;

    return where != NULL && !control_enter(ctx, baseline_account(ctx->baseline, where->account),
                                           ctx->baseline->home_region, &ignored);
}

int honey_place_exists(const struct control_ctx *ctx, const struct honey_token *token,
                       const struct honey_entry *entry, bool *out, struct err *err)
{
    const struct honey_plant *plant = token->plant;
    int result = 0;

    *out = false;
    if (is_to_come(ctx, plant->secret) || is_to_come(ctx, plant->parameter) ||
        is_to_come(ctx, plant->object))
        return 0;
    if (plant->file != NULL)
        result = file_exists(ctx, plant->file, entry, out, err);
    else if (plant->secret != NULL)
        result = spot_exists(ctx, HONEY_SECRET, plant->secret, out, err);
    else if (plant->parameter != NULL)
        result = spot_exists(ctx, HONEY_PARAMETER, plant->parameter, out, err);
    else if (plant->object != NULL)
        result = object_exists(ctx, plant->object, out, err);
    return result == 0 ? 0 : err_wrap(err, "%s", honey_place(ctx->baseline, token, ctx->arena));
}

/* --- Put -----------------------------------------------------------------------------------------
 */

static const char *format_of(const struct honey_plant *plant)
{
    if (plant->format != NULL)
        return plant->format;
    return plant->secret != NULL || plant->parameter != NULL ? "json" : "credentials";
}

/* Neither part of a key has a character that JSON would escape. */
static struct secret *written(const struct honey_plant *plant, const char *access_key_id,
                              const struct secret *secret)
{
    struct arena *arena = arena_new_wiping("key");
    const char *format = format_of(plant), *text;
    struct secret *out;

    if (str_eq(format, "json"))
        text =
            arena_printf(arena, "{\"aws_access_key_id\":\"%s\",\"aws_secret_access_key\":\"%s\"}",
                         access_key_id, secret_reveal(secret));
    else if (str_eq(format, "env"))
        text = arena_printf(arena, "AWS_ACCESS_KEY_ID=%s\nAWS_SECRET_ACCESS_KEY=%s\n",
                            access_key_id, secret_reveal(secret));
    else
        text =
            arena_printf(arena, "[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n",
                         access_key_id, secret_reveal(secret));
    out = secret_new(text, strlen(text));
    arena_free(arena);
    return out;
}

static int put_secret(const struct control_ctx *ctx, const struct honey_spot *where,
                      const struct secret *content, struct arena *arena, struct err *err)
{
    struct json *params = json_object(arena);
    struct honey_live live;
    struct spot spot;

    if (open_spot(ctx, HONEY_SECRET, where, &spot, err) != 0 ||
        honey_thing_read(&spot.ctx, &spot.thing, &live, err) != 0)
        return -1;
    json_put_str(params, live.exists || live.deleted ? "SecretId" : "Name", where->name);
    if (live.deleted &&
        aws_call(&spot.target, AWS_SECRETSMANAGER_RESTORE_SECRET, params, arena, NULL, err) != 0)
        return -1;
    json_put_str(params, "SecretString", secret_reveal(content));
    return aws_call(&spot.target,
                    live.exists || live.deleted ? AWS_SECRETSMANAGER_PUT_SECRET_VALUE
                                                : AWS_SECRETSMANAGER_CREATE_SECRET,
                    params, arena, NULL, err);
}

static int put_parameter(const struct control_ctx *ctx, const struct honey_spot *where,
                         const struct secret *content, struct arena *arena, struct err *err)
{
    struct json *params = json_object(arena);
    struct spot spot;

    if (open_spot(ctx, HONEY_PARAMETER, where, &spot, err) != 0)
        return -1;
    json_put_str(params, "Name", where->name);
    json_put_str(params, "Value", secret_reveal(content));
    json_put_str(params, "Type", "SecureString");
    json_put_bool(params, "Overwrite", true);
    return aws_call(&spot.target, AWS_SSM_PUT_PARAMETER, params, arena, NULL, err);
}

static int put_object(const struct control_ctx *ctx, const struct honey_spot *where,
                      const struct secret *content, struct arena *arena, struct err *err)
{
    struct json *params = json_object(arena);
    struct spot spot;

    if (open_spot(ctx, HONEY_BUCKET, where, &spot, err) != 0)
        return -1;
    json_put_str(params, "Bucket", where->bucket);
    json_put_str(params, "Key", where->key);
    json_put_str(params, "Body", secret_reveal(content));
    return aws_call(&spot.target, AWS_S3_PUT_OBJECT, params, arena, NULL, err);
}

static int put_outside(const struct control_ctx *ctx, const struct honey_plant *plant,
                       const struct secret *content, struct err *err)
{
    const struct outlet *outlet = ctx->outlet;
    const char **argv;

    if (outlet == NULL)
        return err_set(err, ERR_IO, "nothing can be planted on this machine from here");
    if (plant->file != NULL)
        return outlet->put_file(outlet->arg, plant->file, content, err);
    argv = arena_array(ctx->arena, plant->command.count + 1, sizeof *argv);
    for (size_t i = 0; i < plant->command.count; i++)
        argv[i] = plant->command.items[i];
    return outlet->run(outlet->arg, argv, content, err);
}

int honey_place_put(const struct control_ctx *ctx, const struct honey_token *token,
                    const char *access_key_id, const struct secret *secret, struct err *err)
{
    const struct honey_plant *plant = token->plant;
    struct secret *content = written(plant, access_key_id, secret);
    struct arena *arena = arena_new_wiping("plant");
    int result;

    if (plant->secret != NULL)
        result = put_secret(ctx, plant->secret, content, arena, err);
    else if (plant->parameter != NULL)
        result = put_parameter(ctx, plant->parameter, content, arena, err);
    else if (plant->object != NULL)
        result = put_object(ctx, plant->object, content, arena, err);
    else
        result = put_outside(ctx, plant, content, err);
    arena_free(arena);
    secret_free(content);
    return result == 0 ? 0 : err_wrap(err, "%s", honey_place(ctx->baseline, token, ctx->arena));
}
