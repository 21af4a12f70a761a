/*
 * credentials_web_identity.c - a role for a token that somebody else signed: GitHub Actions, EKS.
 *
 * Source: docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 */
#include "plinth/aws/call.h"
#include "plinth/base/arena.h"
#include "plinth/base/secret.h"
#include "plinth/codec/json.h"

#include "credentials_priv.h"
#include "file_priv.h"
#include "text_priv.h"

/* STS takes 20,000 characters. */
enum { TOKEN_BYTES_MOST = 32 * 1024 };

struct web_identity {
    struct source source;
    bool variables;
};

/* What is asked for; copied out of the profile, so that its secrets can be wiped early. */
struct ask {
    const char *token_path, *role_arn, *session_name;
};

static const char *find(const struct web_identity *self, const struct profiles *profiles,
                        const char *variable, const char *key, struct arena *arena)
{
    const char *value = self->variables ? world_variable(profiles->world, variable) : NULL;

    if (value == NULL)
        value = profiles_value(profiles, self->source.profile, key);
    return value == NULL || *value == '\0' ? NULL : arena_str(arena, value);
}

static int find_all(struct web_identity *self, struct arena *arena, struct ask *out,
                    struct err *err)
{
    struct profiles profiles;
    int result = 0;

    if (profiles_load(self->source.world, arena, &profiles, err) != 0)
        return -1;
    out->token_path =
        find(self, &profiles, "AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file", arena);
    out->role_arn = find(self, &profiles, "AWS_ROLE_ARN", "role_arn", arena);
    out->session_name = find(self, &profiles, "AWS_ROLE_SESSION_NAME", "role_session_name", arena);
    if (out->token_path == NULL)
        result = source_absent(&self->source, err);
    else if (out->role_arn == NULL)
        result =
            err_set(err, ERR_CONFIG,
                    "%s: a web identity token file, but no role: set AWS_ROLE_ARN or role_arn",
                    profiles_place(&profiles, self->source.profile, "web_identity_token_file"));
    profiles_wipe(&profiles);
    return result;
}

static int web_identity_fetch(struct source *source, struct arena *scratch,
                              struct credentials **out, struct err *err)
{
    struct aws_target target = {.account_id = "", .read_only = true};
    struct json *params = json_object(scratch);
    const struct json *answer = NULL;
    struct ask ask = {.token_path = NULL};
    size_t len = 0;
    char *token;
    int result;

    if (find_all((struct web_identity *)source, scratch, &ask, err) != 0 ||
        sts_region(source->world, scratch, &target.region, err) != 0)
        return -1;
    /* Read at each fetch: whoever writes it renews it. */
    if (file_read(world_path(source->world, ask.token_path, scratch), TOKEN_BYTES_MOST, scratch,
                  &token, &len, err) != 0) {
        if (err->code == ERR_NOTFOUND)
            err->code = ERR_CONFIG; /* the source is set up, so the chain must not go on */
        return err_wrap(err, "web identity token");
    }
    for (size_t end = len; end > 0 && text_is_blank(token[end - 1]); end--)
        token[end - 1] = '\0'; /* a line break behind it, as editors and echo leave it */
    json_put_str(params, "RoleArn", ask.role_arn);
    json_put_str(params, "RoleSessionName",
                 ask.session_name != NULL ? ask.session_name
                                          : default_session_name(source->world, scratch));
    json_put_str(params, "WebIdentityToken", token);
    wipe(token, len);
    target.client = source_client(source);
    result =
        aws_call(&target, AWS_STS_ASSUME_ROLE_WITH_WEB_IDENTITY, params, scratch, &answer, err);
    json_wipe(params);
    if (result == 0)
        result = assumed_credentials(answer, scratch, out, err);
    return result == 0 ? 0 : err_wrap(err, "assume %s with a web identity", ask.role_arn);
}

struct credentials_provider *credentials_web_identity_new(const struct credentials_world *world,
                                                          const char *profile, bool variables)
{
    struct source *source =
        source_new(sizeof(struct web_identity), "web identity", world, profile, web_identity_fetch);

    ((struct web_identity *)source)->variables = variables;
    return &source->base;
}
