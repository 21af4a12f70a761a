/*
 * credentials.c - one set of credentials, the fixed source of them, and the cache in front of all
 * other sources.
 */
#include "plinth/aws/credentials.h"

#include "plinth/base/arena.h"
#include "plinth/base/env.h"
#include "plinth/base/log.h"
#include "plinth/base/secret.h"
#include "plinth/fiber/fiber.h"

#include <assert.h>
#include <string.h>

/* --- One set -------------------------------------------------------------------------------------
 */

struct owned_credentials {
    struct credentials credentials; /* first: what callers see is what is freed */
    struct arena *arena;
};

struct credentials *credentials_new(const char *access_key_id, struct secret *secret_access_key,
                                    struct secret *session_token, int64_t expires_ms)
{
    struct arena *arena = arena_new("credentials");
    struct owned_credentials *owned = arena_alloc(arena, sizeof *owned);

    owned->arena = arena;
    owned->credentials = (struct credentials){
        .access_key_id = arena_str(arena, access_key_id),
        .secret_access_key = secret_access_key,
        .session_token = session_token,
        .expires_ms = expires_ms,
        .references = 1,
    };
    return &owned->credentials;
}

void credentials_set_account(struct credentials *credentials, const char *account_id)
{
    struct owned_credentials *owned = (struct owned_credentials *)credentials;

    credentials->account_id = arena_str(owned->arena, account_id);
}

struct credentials *credentials_ref(struct credentials *credentials)
{
    assert(credentials->references > 0);
    credentials->references++;
    return credentials;
}

void credentials_unref(struct credentials *credentials)
{
    if (credentials == NULL)
        return;
    assert(credentials->references > 0);
    if (--credentials->references > 0)
        return;
    secret_free(credentials->secret_access_key);
    secret_free(credentials->session_token);
    arena_free(((struct owned_credentials *)credentials)->arena);
}

/* --- Any source ----------------------------------------------------------------------------------
 */

int credentials_get(struct credentials_provider *provider, struct credentials **out,
                    struct err *err)
{
    return provider->fetch(provider, out, err);
}

void credentials_provider_free(struct credentials_provider *provider)
{
    if (provider != NULL)
        provider->free(provider);
}

/* --- Fixed ---------------------------------------------------------------------------------------
 */

struct fixed_provider {
    struct credentials_provider base;
    struct arena *arena;
    struct credentials *credentials;
};

static int fixed_fetch(struct credentials_provider *provider, struct credentials **out,
                       struct err *err)
{
    (void)err; /* nothing to fail at */
    *out = credentials_ref(((struct fixed_provider *)provider)->credentials);
    return 0;
}

static void fixed_free(struct credentials_provider *provider)
{
    struct fixed_provider *fixed = (struct fixed_provider *)provider;

    credentials_unref(fixed->credentials);
    arena_free(fixed->arena);
}

struct credentials_provider *credentials_static_new(struct credentials *credentials)
{
    struct arena *arena = arena_new("fixed credentials");
    struct fixed_provider *fixed = arena_alloc(arena, sizeof *fixed);

    *fixed = (struct fixed_provider){
        .base = {.name = "static", .fetch = fixed_fetch, .free = fixed_free},
        .arena = arena,
        .credentials = credentials_ref(credentials),
    };
    return &fixed->base;
}

/* --- The cache -----------------------------------------------------------------------------------
 */

enum {
    RENEW_BEFORE_MS = 5 * 60 * 1000,  /* or a tenth of the lifetime */
    RENEW_AGAIN_AFTER_MS = 30 * 1000, /* after a renewal failed and the old ones still serve */
};

struct cache {
    struct credentials_provider base;
    struct arena *arena;
    struct sched *sched;
    struct credentials_provider *inner;
    struct credentials *current; /* NULL before the first fetch */
    int64_t renew_at_ms;         /* wall time */
    struct fiber_sem fetching;   /* one at a time */
    uint64_t fetches;            /* that ended */
    struct err last;             /* how the last one ended */
};

static bool expired(const struct credentials *credentials, int64_t now_ms)
{
    return credentials->expires_ms != 0 && credentials->expires_ms <= now_ms;
}

static bool fresh(const struct cache *cache, int64_t now_ms)
{
    return cache->current != NULL && !expired(cache->current, now_ms) &&
           (cache->current->expires_ms == 0 || now_ms < cache->renew_at_ms);
}

static void keep(struct cache *cache, struct credentials *fetched, int64_t now_ms)
{
    int64_t before_ms = (fetched->expires_ms - now_ms) / 10;

    credentials_unref(cache->current);
    cache->current = fetched;
    cache->renew_at_ms =
        fetched->expires_ms - (before_ms < RENEW_BEFORE_MS ? before_ms : RENEW_BEFORE_MS);
}

/* A failed renewal costs nobody his call while the old ones last. */
static int fall_back(struct cache *cache, int64_t now_ms, struct err *err)
{
    struct env *env = sched_env(cache->sched);

    if (cache->current == NULL || expired(cache->current, now_ms) || err->code == ERR_CANCELLED)
        return -1;
    log_event(env->log, LOG_WARN, "credentials not renewed", "source", cache->inner->name,
              "left_ms", LOG_NUM(cache->current->expires_ms - now_ms), "error", err->text, NULL);
    cache->renew_at_ms = now_ms + RENEW_AGAIN_AFTER_MS;
    err_clear(err);
    return 0;
}

/* With the semaphore held. */
static int renew(struct cache *cache, struct err *err)
{
    struct env *env = sched_env(cache->sched);
    struct credentials *fetched = NULL;
    int result = credentials_get(cache->inner, &fetched, err);
    int64_t now_ms = env_wall_ms(env);

    if (result == 0 && expired(fetched, now_ms)) {
        credentials_unref(fetched);
        result = err_set(err, ERR_DENIED, "%s gave credentials that have expired already",
                         cache->inner->name);
    }
    if (result == 0)
        keep(cache, fetched, now_ms);
    else
        result = fall_back(cache, now_ms, err);
    cache->fetches++;
    cache->last = *err;
    return result;
}

static int cache_fetch(struct credentials_provider *provider, struct credentials **out,
                       struct err *err)
{
    struct cache *cache = (struct cache *)provider;
    struct env *env = sched_env(cache->sched);
    uint64_t fetches = cache->fetches;
    int result = 0;

    if (!fresh(cache, env_wall_ms(env))) {
        if (fiber_sem_acquire(&cache->fetching, err) != 0)
            return -1;
        /* Who waited takes the outcome of the fetch that he waited for, a failure as well: else a
         * source that is down would be asked once by each of them, one after the other. */
        if (fetches != cache->fetches && cache->last.code != ERR_NONE) {
            *err = cache->last;
            result = -1;
        } else if (!fresh(cache, env_wall_ms(env))) {
            result = renew(cache, err);
        }
        fiber_sem_release(&cache->fetching);
    }
    if (result == 0)
        *out = credentials_ref(cache->current);
    return result;
}

static void cache_free(struct credentials_provider *provider)
{
    struct cache *cache = (struct cache *)provider;

    credentials_unref(cache->current);
    credentials_provider_free(cache->inner);
    arena_free(cache->arena);
}

struct credentials_provider *credentials_cache_new(struct sched *sched,
                                                   struct credentials_provider *inner)
{
    struct arena *arena = arena_new("credentials cache");
    struct cache *cache = arena_alloc(arena, sizeof *cache);

    *cache = (struct cache){
        .base = {.name = inner->name, .fetch = cache_fetch, .free = cache_free},
        .arena = arena,
        .sched = sched,
        .inner = inner,
    };
    fiber_sem_init(&cache->fetching, sched, 1);
    return &cache->base;
}
