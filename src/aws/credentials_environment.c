/*
 * credentials_environment.c - AWS_ACCESS_KEY_ID and its kin.
 */
#include "plinth/base/secret.h"
#include "plinth/base/time.h"

#include "credentials_priv.h"

static int environment_fetch(struct source *source, struct arena *scratch, struct credentials **out,
                             struct err *err)
{
    const struct credentials_world *world = source->world;
    const char *key_id = world_variable(world, "AWS_ACCESS_KEY_ID");
    const char *secret = world_variable(world, "AWS_SECRET_ACCESS_KEY");
    const char *token = world_variable(world, "AWS_SECURITY_TOKEN"); /* the older name wins */
    const char *expiration = world_variable(world, "AWS_CREDENTIAL_EXPIRATION");
    int64_t expires_ms = 0;

    (void)scratch; /* variables need no copy */
    if (key_id == NULL)
        return source_absent(source, err);
    if (secret == NULL)
        return err_set(err, ERR_CONFIG,
                       "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not");
    if (expiration != NULL && !time_parse_rfc3339(expiration, &expires_ms))
        return err_set(err, ERR_CONFIG, "AWS_CREDENTIAL_EXPIRATION: \"%s\" is not a time",
                       expiration);
    if (token == NULL)
        token = world_variable(world, "AWS_SESSION_TOKEN");
    *out = credentials_new(key_id, secret_of(secret), secret_of(token), expires_ms);
    credentials_set_account(*out, world_variable(world, "AWS_ACCOUNT_ID"));
    return 0;
}

struct credentials_provider *credentials_environment_new(const struct credentials_world *world)
{
    return &source_new(sizeof(struct source), "environment", world, NULL, environment_fetch)->base;
}
