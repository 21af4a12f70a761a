/*
 * honey_entries.c - what the map of honey tokens says: which is whose, what it is called, and where
 *                   its key is.
 *
 * Source: docs.aws.amazon.com/systems-manager/latest/APIReference, PutParameter,
 *         GetParametersByPath; API version 2014-11-06.  A SecureString is encrypted with the
 *         account's aws/ssm key, whose policy lets the account's own callers use it through
 *         Systems Manager.
 * Limits:    an entry fits a standard parameter (4 KB), which costs nothing.
 */
#include "honey_shared.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/control/facts.h"

#include <ctype.h>
#include <string.h>

/* The baseline's name may hold blanks, which a parameter's may not. */
const char *honey_path(const struct baseline *baseline, const char *what, struct arena *arena)
{
    char *path = arena_printf(arena, "/plinth/%s/%s/", what, baseline->name);

    for (char *at = path; *at != '\0'; at++)
        if (!isalnum((unsigned char)*at) && strchr("/_.-", *at) == NULL)
            *at = '-';
    return path;
}

/* --- Read ----------------------------------------------------------------------------------------
 */

static int parse_entry(const struct json *parameter, const char *path, struct arena *arena,
                       struct honey_entry *out, struct err *err)
{
    const char *name, *value, *kind;
    struct json *json;

    if (json_need_str(parameter, "Name", &name, err) != 0 ||
        json_need_str(parameter, "Value", &value, err) != 0)
        return -1;
    if (json_parse(value, strlen(value), arena, &json, err) != 0 ||
        json_need_str(json, "kind", &kind, err) != 0 ||
        json_need_str(json, "account", &out->account, err) != 0 ||
        json_need_str(json, "accountId", &out->account_id, err) != 0 ||
        json_need_str(json, "region", &out->region, err) != 0 ||
        json_need_str(json, "name", &out->name, err) != 0 ||
        json_need_str(json, "arn", &out->arn, err) != 0)
        return err_wrap(err, "parameter %s", name);
    if (!honey_kind_find(kind, &out->kind))
        return err_set(err, ERR_PROTOCOL, "parameter %s: no kind of honey token is called %s", name,
                       kind);
    out->label = str_starts(name, path) ? name + strlen(path) : name;
    out->place = json_str(json, "place");
    out->earlier = json_get(json, "earlierPlaces");
    out->machine = json_str(json, "machine");
    out->access_key_id = json_str(json, "accessKeyId");
    out->planting = json_bool(json, "planting", false);
    return 0;
}

int honey_map_read(const struct aws_target *security, const struct baseline *baseline,
                   struct arena *arena, struct honey_map *out, struct err *err)
{
    const char *path = honey_path(baseline, "honey", arena);
    struct json *params = json_object(arena);
    const struct json *list;

    json_put_str(params, "Path", path);
    json_put_bool(params, "WithDecryption", true);
    *out = (struct honey_map){NULL, 0};
    if (aws_list(security, AWS_SSM_GET_PARAMETERS_BY_PATH, params, arena, &list, err) != 0)
        return err_wrap(err, "the map of honey tokens");
    out->items = arena_array(arena, list->count, sizeof *out->items);
    for (const struct json *it = json_first(list); it != NULL; it = it->next)
        if (parse_entry(it, path, arena, &out->items[out->count++], err) != 0)
            return err_wrap(err, "the map of honey tokens");
    return 0;
}

const struct honey_entry *honey_map_find(const struct honey_map *map, const char *label)
{
    for (size_t i = 0; i < map->count; i++)
        if (str_eq(map->items[i].label, label))
            return &map->items[i];
    return NULL;
}

const struct honey_entry *honey_map_by_key(const struct honey_map *map, const char *access_key_id)
{
    for (size_t i = 0; access_key_id != NULL && i < map->count; i++)
        if (str_eq(map->items[i].access_key_id, access_key_id))
            return &map->items[i];
    return NULL;
}

bool honey_had_place(const struct honey_entry *entry, const char *place)
{
    if (entry == NULL)
        return false;
    for (const struct json *it = json_first(entry->earlier); it != NULL; it = it->next)
        if (str_eq(it->string, place))
            return true;
    return str_eq(entry->place, place);
}

const struct json *honey_places_until(const struct honey_entry *entry, struct arena *arena)
{
    struct json *places = json_array(arena);

    for (const struct json *it = json_first(entry->earlier); it != NULL; it = it->next)
        if (!str_eq(it->string, entry->place))
            json_add(places, it);
    if (entry->place != NULL)
        json_add_str(places, entry->place);
    return places;
}

/* --- Write ---------------------------------------------------------------------------------------
 */

int honey_security(const struct control_ctx *ctx, struct aws_target *out, struct err *err)
{
    if (control_enter(ctx, control_actor_account(ctx->baseline, ACTOR_SECURITY),
                      ctx->baseline->home_region, out))
        return 0;
    return err_set(err, ERR_CONFLICT, "the security account does not exist yet");
}

int honey_map_write(const struct control_ctx *ctx, const struct honey_entry *entry, struct err *err)
{
    struct json *params = json_object(ctx->arena), *value = json_object(ctx->arena);
    struct aws_target security;

    if (honey_security(ctx, &security, err) != 0)
        return -1;
    json_put_str(value, "kind", honey_kind_name(entry->kind));
    json_put_str(value, "account", entry->account);
    json_put_str(value, "accountId", entry->account_id);
    json_put_str(value, "region", entry->region);
    json_put_str(value, "name", entry->name);
    json_put_str(value, "arn", entry->arn);
    if (entry->place != NULL)
        json_put_str(value, "place", entry->place);
    if (entry->earlier != NULL)
        json_put(value, "earlierPlaces", entry->earlier);
    if (entry->machine != NULL)
        json_put_str(value, "machine", entry->machine);
    if (entry->access_key_id != NULL)
        json_put_str(value, "accessKeyId", entry->access_key_id);
    if (entry->planting)
        json_put_bool(value, "planting", true);
    json_put_str(params, "Name",
                 arena_printf(ctx->arena, "%s%s", honey_path(ctx->baseline, "honey", ctx->arena),
                              entry->label));
    json_put_str(params, "Value", json_text(value, ctx->arena));
    json_put_str(params, "Type", "SecureString");
    json_put_bool(params, "Overwrite", true);
    return aws_call(&security, AWS_SSM_PUT_PARAMETER, params, ctx->arena, NULL, err);
}

int honey_map_remove(const struct control_ctx *ctx, const char *label, struct err *err)
{
    struct json *params = json_object(ctx->arena);
    struct aws_target security;

    if (honey_security(ctx, &security, err) != 0)
        return -1;
    json_put_str(
        params, "Name",
        arena_printf(ctx->arena, "%s%s", honey_path(ctx->baseline, "honey", ctx->arena), label));
    return aws_call(&security, AWS_SSM_DELETE_PARAMETER, params, ctx->arena, NULL, err);
}

/* --- Names ---------------------------------------------------------------------------------------
 */

bool honey_is_entry_of(const struct control_ctx *ctx, const struct honey_entry *entry,
                       const struct honey_token *token)
{
    const char *id = control_account_id(ctx, honey_account(ctx->baseline, ctx->spec, token));

    return entry != NULL && entry->kind == honey_kind_of(token) && id != NULL &&
           str_eq(entry->account_id, id) &&
           str_eq(entry->region, honey_region(ctx->baseline, token)) &&
           (token->given_name == NULL || str_eq(entry->name, token->given_name));
}

static const char names_read[] = "honey.names";

static const char *fact_of(const struct control_ctx *ctx, const char *what,
                           const struct honey_token *token)
{
    return arena_printf(ctx->arena, "honey.%s/%s", what, token->label);
}

void honey_names_set(const struct control_ctx *ctx, const struct honey_map *map)
{
    const struct honey_spec *spec = ctx->spec;

    for (size_t i = 0; i < spec->tokens.count; i++) {
        const struct honey_token *token = honey_token_at(spec, i);
        const struct honey_entry *entry = honey_map_find(map, token->label);

        facts_set(ctx->facts, fact_of(ctx, "name", token),
                  honey_is_entry_of(ctx, entry, token) ? entry->name : NULL);
    }
    facts_set(ctx->facts, names_read, "yes");
}

void honey_name_comes(const struct control_ctx *ctx, const struct honey_token *token, bool comes)
{
    facts_set(ctx->facts, fact_of(ctx, "comes", token), comes ? "yes" : NULL);
}

void honey_name_tried(const struct control_ctx *ctx, const struct honey_token *token,
                      const char *name)
{
    facts_set(ctx->facts, fact_of(ctx, "name", token), name);
    facts_set(ctx->facts, fact_of(ctx, "failed", token), name == NULL ? "yes" : NULL);
}

/* While nobody could read the map there is none. */
bool honey_name_is_to_come(const struct control_ctx *ctx, const struct honey_token *token)
{
    if (honey_name(ctx, token) != NULL || facts_get(ctx->facts, fact_of(ctx, "failed", token)))
        return false;
    return facts_get(ctx->facts, names_read) == NULL ||
           facts_get(ctx->facts, fact_of(ctx, "comes", token)) != NULL;
}

const char *honey_name(const struct control_ctx *ctx, const struct honey_token *token)
{
    return token->given_name != NULL ? token->given_name
                                     : facts_get(ctx->facts, fact_of(ctx, "name", token));
}

int honey_names_learn(const struct control_ctx *ctx, struct err *err)
{
    const struct honey_spec *spec = ctx->spec;
    struct aws_target security;
    struct honey_map map;
    bool drawn = false;

    for (size_t i = 0; i < spec->tokens.count; i++)
        drawn = drawn || honey_token_at(spec, i)->given_name == NULL;
    if (!drawn || facts_get(ctx->facts, names_read) != NULL ||
        !control_enter(ctx, control_actor_account(ctx->baseline, ACTOR_SECURITY),
                       ctx->baseline->home_region, &security))
        return 0;
    if (honey_map_read(&security, ctx->baseline, ctx->arena, &map, err) != 0)
        return -1;
    honey_names_set(ctx, &map);
    return 0;
}
