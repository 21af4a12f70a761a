#include "plinth/aws/call.h"
#include "plinth/base/arena.h"
#include "plinth/base/secret.h"
#include "plinth/base/time.h"
#include "plinth/codec/http.h"
#include "plinth/codec/json.h"

#include "credentials_priv.h"

#include <string.h>

static void source_free(struct credentials_provider *provider)
{
    struct source *source = (struct source *)provider;

    aws_client_free(source->own_client);
    arena_free(source->arena);
}

static int source_fetch(struct credentials_provider *provider, struct credentials **out,
                        struct err *err)
{
    struct source *source = (struct source *)provider;
    struct arena *scratch = arena_new_wiping(provider->name);
    int result = source->fetch(source, scratch, out, err);

    /* What a service did not find is no reason for the chain to go on. */
    if (result != 0 && err->code == ERR_NOTFOUND && err->http_status != 0)
        err->code = ERR_DENIED;
    arena_free(scratch);
    return result;
}

struct source *source_new(size_t size, const char *name, const struct credentials_world *world,
                          const char *profile, source_fetch_fn fetch)
{
    struct arena *arena = arena_new(name);
    struct source *source = arena_alloc(arena, size);

    *source = (struct source){
        .base = {.name = name, .fetch = source_fetch, .free = source_free},
        .fetch = fetch,
        .arena = arena,
        .world = world,
        .profile = arena_str(arena, profile),
    };
    return source;
}

struct aws_client *source_client(struct source *source)
{
    struct aws_client_options options = {
        .sched = source->world->sched,
        .transport = source->world->transport,
        .endpoints = source->world->endpoints,
    };

    if (source->world->client != NULL)
        return source->world->client;
    if (source->own_client == NULL)
        source->own_client = aws_client_new(&options);
    return source->own_client;
}

int source_absent(struct source *source, struct err *err)
{
    return err_set(err, ERR_NOTFOUND, "%s: not set up", source->base.name);
}

/* --- Answers -------------------------------------------------------------------------------------
 */

struct secret *secret_of(const char *text)
{
    return text == NULL ? NULL : secret_new(text, strlen(text));
}

int credentials_from_json(const struct json *json, const char *token_key, struct credentials **out,
                          struct err *err)
{
    const char *expiration = json_str(json, "Expiration"), *key_id, *secret;
    const char *token = json_str(json, token_key);
    struct secret *kept;
    int64_t expires_ms = 0;

    if (json_need_str(json, "AccessKeyId", &key_id, err) != 0 ||
        json_need_str(json, "SecretAccessKey", &secret, err) != 0)
        return -1;
    if (expiration != NULL && !time_parse_rfc3339(expiration, &expires_ms))
        return err_set(err, ERR_PROTOCOL, "Expiration is not a time");
    kept = secret_of(secret);
    *out = credentials_new(key_id, kept,
                           token == NULL ? NULL : secret_new_beside(kept, token, strlen(token)),
                           expires_ms);
    credentials_set_account(*out, json_str(json, "AccountId"));
    return 0;
}

void json_wipe(const struct json *json)
{
    if (json == NULL)
        return;
    if (json->type == JSON_STRING)
        wipe((char *)json->string, strlen(json->string)); /* the tree's arena is ours */
    for (const struct json *child = json->first; child != NULL; child = child->next)
        json_wipe(child);
}

void http_headers_wipe(const struct http_headers *headers)
{
    for (size_t i = 0; i < headers->count; i++)
        wipe((char *)headers->items[i].value, strlen(headers->items[i].value));
}
