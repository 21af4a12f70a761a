/*
 * credentials_chain.c - the sources one after the other; the first that is set up answers.
 */
#include "plinth/base/arena.h"
#include "plinth/base/env.h"
#include "plinth/base/log.h"
#include "plinth/fiber/fiber.h"

#include "credentials_priv.h"

enum { LINKS_MOST = 8 };

struct chain {
    struct credentials_provider base;
    struct arena *arena;
    const struct credentials_world *world;
    const char *profile; /* the chosen one; NULL in a part of a chain */
    struct credentials_provider *links[LINKS_MOST];
    size_t count;
};

/* A source that is set up and fails ends the search: falling through to another identity without
 * a word would be worse than an error. */
static int chain_fetch(struct credentials_provider *provider, struct credentials **out,
                       struct err *err)
{
    const struct chain *chain = (const struct chain *)provider;
    struct log *log = sched_env(chain->world->sched)->log;

    for (size_t i = 0; i < chain->count; i++) {
        struct credentials_provider *link = chain->links[i];

        err_clear(err);
        if (credentials_get(link, out, err) == 0) {
            log_event(log, LOG_DEBUG, "credentials", "source", link->name, NULL);
            return 0;
        }
        if (err->code != ERR_NOTFOUND)
            return -1;
    }
    if (chain->profile != NULL)
        (void)err_wrap(
            err,
            "no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, choose "
            "a profile (it was \"%s\") or sign in (aws sso login); the last source "
            "said",
            chain->profile);
    return -1;
}

static void chain_free(struct credentials_provider *provider)
{
    struct chain *chain = (struct chain *)provider;

    for (size_t i = 0; i < chain->count; i++)
        credentials_provider_free(chain->links[i]);
    arena_free(chain->arena);
}

static struct chain *chain_new(const struct credentials_world *world, const char *name,
                               const char *profile)
{
    struct arena *arena = arena_new("credentials chain");
    struct chain *chain = arena_alloc(arena, sizeof *chain);

    *chain = (struct chain){
        .base = {.name = name, .fetch = chain_fetch, .free = chain_free},
        .arena = arena,
        .world = world,
        .profile = arena_str(arena, profile),
    };
    return chain;
}

static void add(struct chain *chain, struct credentials_provider *link)
{
    chain->links[chain->count++] = link;
}

/* --- A session of `aws login` --------------------------------------------------------------------
 */

/* Its tokens are bound to a key of the aws cli's; the cli itself can hand the credentials out. */
static int login_fetch(struct source *source, struct arena *scratch, struct credentials **out,
                       struct err *err)
{
    struct profiles profiles;
    int result = 0;

    (void)out; /* there never are any */
    if (profiles_load(source->world, scratch, &profiles, err) != 0)
        return -1;
    if (profiles_value(&profiles, source->profile, "login_session") == NULL)
        result = source_absent(source, err);
    else
        result = err_set(err, ERR_CONFIG,
                         "%s: profile \"%s\" has a login_session, which only the aws cli can use; "
                         "give another profile `credential_process = aws configure "
                         "export-credentials --profile %s`",
                         profiles_place(&profiles, source->profile, "login_session"),
                         source->profile, source->profile);
    profiles_wipe(&profiles);
    return result;
}

static struct credentials_provider *login_new(const struct credentials_world *world,
                                              const char *profile)
{
    return &source_new(sizeof(struct source), "login", world, profile, login_fetch)->base;
}

/* --- The chains ----------------------------------------------------------------------------------
 */

struct credentials_provider *credentials_profile_new(const struct credentials_world *world,
                                                     const char *profile, bool variables)
{
    struct chain *chain = chain_new(world, "profile", NULL);

    add(chain, credentials_web_identity_new(world, profile, variables));
    add(chain, credentials_sso_new(world, profile));
    add(chain, credentials_shared_new(world, profile, CONFIG_KIND_CREDENTIALS));
    add(chain, login_new(world, profile));
    add(chain, credentials_process_new(world, profile));
    add(chain, credentials_shared_new(world, profile, CONFIG_KIND_CONFIG));
    return &chain->base;
}

struct credentials_provider *credentials_chain_new(const struct credentials_world *world,
                                                   struct err *err)
{
    struct arena *scratch = arena_new_wiping("profiles");
    struct profiles profiles;
    struct chain *chain = NULL;

    if (profiles_load(world, scratch, &profiles, err) == 0) {
        chain = chain_new(world, "default chain", profiles.name);
        profiles_wipe(&profiles);
    }
    arena_free(scratch);
    if (chain == NULL)
        return NULL;
    /* Who asks for a profile by option does not mean the keys in the environment. */
    if (world->profile == NULL)
        add(chain, credentials_environment_new(world));
    add(chain, credentials_profile_role_new(world, chain->profile));
    add(chain, credentials_profile_new(world, chain->profile, world->profile == NULL));
    add(chain, credentials_container_new(world));
    add(chain, credentials_imds_new(world));
    return credentials_cache_new(world->sched, &chain->base);
}
