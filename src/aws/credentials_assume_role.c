/*
 * credentials_assume_role.c - sts:AssumeRole with other credentials.
 *
 * Source: docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
#include "plinth/aws/call.h"
#include "plinth/aws/settings.h"
#include "plinth/base/arena.h"
#include "plinth/base/env.h"
#include "plinth/base/secret.h"
#include "plinth/base/str.h"
#include "plinth/fiber/fiber.h"

#include "credentials_priv.h"

#include <string.h>

const char *default_session_name(const struct credentials_world *world, struct arena *arena)
{
    return arena_printf(arena, "plinth-%lld",
                        (long long)env_wall_ms(sched_env(world->sched)) / 1000);
}

int sts_region(const struct credentials_world *world, struct arena *arena, const char **out,
               struct err *err)
{
    struct aws_settings settings;

    if (aws_settings_load(world, arena, &settings, err) != 0)
        return -1;
    *out = settings.sts_region;
    return 0;
}

/* The account of "arn:aws:sts::111122223333:assumed-role/..."; NULL. */
static const char *account_of_arn(const char *arn, struct arena *arena)
{
    if (arn == NULL || !str_starts(arn, "arn:"))
        return NULL;
    for (int i = 0; i < 4; i++) {
        arn = strchr(arn, ':');
        if (arn == NULL)
            return NULL;
        arn++;
    }
    return arena_strn(arena, arn, strcspn(arn, ":"));
}

int assumed_credentials(const struct json *answer, struct arena *arena, struct credentials **out,
                        struct err *err)
{
    const struct json *credentials = json_get(answer, "Credentials");
    const char *arn = json_str(json_get(answer, "AssumedRoleUser"), "Arn");
    int result = credentials_from_json(credentials, "SessionToken", out, err);

    if (result == 0)
        credentials_set_account(*out, account_of_arn(arn, arena));
    json_wipe(answer);
    return result;
}

/* The code that goes with the MFA device; asked for anew at every renewal. */
static int put_mfa(const struct credentials_world *world, const char *serial, struct arena *arena,
                   struct json *params, struct err *err)
{
    char *code;

    if (world->prompt == NULL)
        return err_set(err, ERR_IO, "MFA device %s: there is no terminal to ask for its code",
                       serial);
    if (world->prompt(world->arg, arena_printf(arena, "MFA code for %s: ", serial), arena, &code,
                      err) != 0)
        return err_wrap(err, "MFA device %s", serial);
    json_put_str(params, "SerialNumber", serial);
    json_put_str(params, "TokenCode", code);
    wipe(code, strlen(code));
    return 0;
}

int assume_role(struct source *source, struct credentials_provider *with,
                const struct assume_role_options *options, struct arena *arena,
                struct credentials **out, struct err *err)
{
    const struct aws_target target = {
        .client = source_client(source),
        .credentials = with,
        .account_id = "",
        .region = options->region,
        .read_only = true,
    };
    struct json *params = json_object(arena);
    const struct json *answer = NULL;
    int result = 0;

    json_put_str(params, "RoleArn", options->role_arn);
    json_put_str(params, "RoleSessionName",
                 options->session_name != NULL ? options->session_name
                                               : default_session_name(source->world, arena));
    json_put_str(params, "ExternalId", options->external_id);
    json_put_str(params, "Policy", options->session_policy);
    if (options->duration_s > 0)
        json_put_number(params, "DurationSeconds", options->duration_s);
    if (options->mfa_serial != NULL)
        result = put_mfa(source->world, options->mfa_serial, arena, params, err);
    if (result == 0)
        result = aws_call(&target, AWS_STS_ASSUME_ROLE, params, arena, &answer, err);
    json_wipe(params);
    if (result == 0)
        result = assumed_credentials(answer, arena, out, err);
    return result == 0 ? 0 : err_wrap(err, "assume %s", options->role_arn);
}

/* --- As a source of its own ----------------------------------------------------------------------
 */

struct assume_role_source {
    struct source source;
    struct credentials_provider *with;
    struct assume_role_options options;
};

static int assume_role_fetch(struct source *source, struct arena *scratch, struct credentials **out,
                             struct err *err)
{
    const struct assume_role_source *self = (const struct assume_role_source *)source;

    return assume_role(source, self->with, &self->options, scratch, out, err);
}

struct credentials_provider *credentials_assume_role_new(const struct credentials_world *world,
                                                         struct credentials_provider *source,
                                                         const struct assume_role_options *options)
{
    struct source *base = source_new(sizeof(struct assume_role_source), "assume role", world, NULL,
                                     assume_role_fetch);
    struct assume_role_source *self = (struct assume_role_source *)base;

    self->with = source;
    self->options = (struct assume_role_options){
        .role_arn = arena_str(base->arena, options->role_arn),
        .session_name = arena_str(base->arena, options->session_name),
        .external_id = arena_str(base->arena, options->external_id),
        .mfa_serial = arena_str(base->arena, options->mfa_serial),
        .session_policy = arena_str(base->arena, options->session_policy),
        .duration_s = options->duration_s,
        .region = arena_str(base->arena, options->region),
    };
    return credentials_cache_new(world->sched, &base->base);
}
