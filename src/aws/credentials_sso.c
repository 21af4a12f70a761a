/*
 * credentials_sso.c - IAM Identity Center: the token that `aws sso login` left, renewed while that
 * is possible, for the credentials of a role in an account.
 *
 * Source: docs.aws.amazon.com/sdkref/latest/guide/feature-sso-credentials.html; botocore's
 * tokens.py for the cache (~/.aws/sso/cache/<SHA-1 of the session's name or the start URL>.json).
 */
#include "plinth/aws/call.h"
#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/env.h"
#include "plinth/base/log.h"
#include "plinth/base/secret.h"
#include "plinth/base/str.h"
#include "plinth/base/time.h"
#include "plinth/codec/hash.h"
#include "plinth/codec/json.h"
#include "plinth/fiber/fiber.h"

#include "credentials_priv.h"
#include "file_priv.h"

#include <string.h>

enum { TOKEN_FILE_BYTES_MOST = 64 * 1024, RENEW_BEFORE_MS = 15 * 60 * 1000 };

struct sso {
    struct source *source;
    struct arena *arena;
    const char *session; /* NULL: the older form, without an sso-session */
    const char *start_url, *region, *role, *account;
    const char *token_path;
};

static int64_t now_ms(const struct sso *sso)
{
    return env_wall_ms(sched_env(sso->source->world->sched));
}

static int sign_in(const struct sso *sso, struct err *err, const char *why)
{
    return err_set(err, ERR_DENIED, "profile \"%s\": %s: run `aws sso login --profile %s`",
                   sso->source->profile, why, sso->source->profile);
}

/* --- The profile ---------------------------------------------------------------------------------
 */

/* A key of the session and the profile, which must not contradict each other. */
static int take_key(const struct sso *sso, const struct profiles *profiles,
                    const struct config_section *session, const char *key, const char **out,
                    struct err *err)
{
    const struct config_entry *shared = config_section_entry(session, key);
    const char *own = profiles_value(profiles, sso->source->profile, key);

    if (shared != NULL && own != NULL && !str_eq(shared->value, own))
        return err_set(err, ERR_CONFIG,
                       "%s: %s is \"%s\" in the profile and \"%s\" in its "
                       "sso-session",
                       profiles_place(profiles, sso->source->profile, key), key, own,
                       shared->value);
    *out = arena_str(sso->arena, shared != NULL ? shared->value : own);
    if (*out == NULL)
        return err_set(err, ERR_CONFIG, "%s: profile \"%s\" is set up for SSO, but has no %s",
                       profiles_place(profiles, sso->source->profile, "sso_account_id"),
                       sso->source->profile, key);
    return 0;
}

static int take_profile(struct sso *sso, const struct profiles *profiles, struct err *err)
{
    const char *profile = sso->source->profile;
    const struct config_section *session = NULL;

    if (profiles_value(profiles, profile, "sso_role_name") == NULL &&
        profiles_value(profiles, profile, "sso_account_id") == NULL)
        return source_absent(sso->source, err);
    sso->session = arena_str(sso->arena, profiles_value(profiles, profile, "sso_session"));
    if (sso->session != NULL) {
        session = config_file_section(&profiles->config, "sso-session", sso->session);
        if (session == NULL)
            return err_set(err, ERR_CONFIG, "%s: there is no section [sso-session %s]",
                           profiles_place(profiles, profile, "sso_session"), sso->session);
    }
    if (take_key(sso, profiles, session, "sso_role_name", &sso->role, err) != 0 ||
        take_key(sso, profiles, session, "sso_account_id", &sso->account, err) != 0 ||
        take_key(sso, profiles, session, "sso_start_url", &sso->start_url, err) != 0 ||
        take_key(sso, profiles, session, "sso_region", &sso->region, err) != 0)
        return -1;
    return 0;
}

static int configure(struct sso *sso, struct err *err)
{
    const struct credentials_world *world = sso->source->world;
    const char *key;
    struct profiles profiles;
    char digest[41];
    int result;

    if (profiles_load(world, sso->arena, &profiles, err) != 0)
        return -1;
    result = take_profile(sso, &profiles, err);
    profiles_wipe(&profiles);
    if (result != 0)
        return -1;
    key = sso->session != NULL ? sso->session : sso->start_url;
    sha1_hex(key, strlen(key), digest);
    sso->token_path =
        world_path(world, arena_printf(sso->arena, "~/.aws/sso/cache/%s.json", digest), sso->arena);
    return 0;
}

/* --- The token -----------------------------------------------------------------------------------
 */

/* Older versions of the aws cli wrote "UTC" where "Z" belongs. */
static bool parse_time(const char *text, struct arena *arena, int64_t *out_ms)
{
    if (text == NULL)
        return false;
    if (str_ends(text, "UTC"))
        text = arena_printf(arena, "%.*sZ", (int)(strlen(text) - 3), text);
    return time_parse_rfc3339(text, out_ms);
}

static int load_token(const struct sso *sso, struct json **out, int64_t *out_expires_ms,
                      struct err *err)
{
    size_t len = 0;
    char *text;
    int result;

    if (file_read(sso->token_path, TOKEN_FILE_BYTES_MOST, sso->arena, &text, &len, err) != 0) {
        if (err->code != ERR_NOTFOUND)
            return -1;
        return sign_in(sso, err, "not signed in");
    }
    result = json_parse(text, len, sso->arena, out, err);
    wipe(text, len);
    if (result != 0 || json_str(*out, "accessToken") == NULL ||
        !parse_time(json_str(*out, "expiresAt"), sso->arena, out_expires_ms))
        return sign_in(sso, err, "the token that was saved is not readable");
    return 0;
}

/* Printed into one piece of memory, so that no copy is left behind. */
static int save_token(const struct sso *sso, const struct json *token, struct err *err)
{
    static const char room[TOKEN_FILE_BYTES_MOST];
    struct buf text;
    int result;

    buf_init(&text, TOKEN_FILE_BYTES_MOST);
    buf_add(&text, room, sizeof room);
    buf_reset(&text);
    json_print(token, JSON_COMPACT, &text);
    result = text.overflow ? err_set(err, ERR_LIMIT, "%s: the token is too large", sso->token_path)
                           : file_replace(sso->token_path, text.data, text.len, sso->arena, err);
    wipe(text.data, text.len);
    buf_fini(&text);
    return result;
}

static bool can_renew(const struct sso *sso, const struct json *token)
{
    int64_t registered_until_ms = 0;

    return json_str(token, "refreshToken") != NULL && json_str(token, "clientId") != NULL &&
           json_str(token, "clientSecret") != NULL &&
           parse_time(json_str(token, "registrationExpiresAt"), sso->arena, &registered_until_ms) &&
           registered_until_ms > now_ms(sso);
}

static int create_token(const struct sso *sso, const struct json *token, const struct json **out,
                        struct err *err)
{
    const struct aws_target target = {
        .client = source_client(sso->source),
        .account_id = "",
        .region = sso->region,
    };
    struct json *params = json_object(sso->arena);
    int result;

    json_put_str(params, "grantType", "refresh_token");
    json_put_str(params, "clientId", json_str(token, "clientId"));
    json_put_str(params, "clientSecret", json_str(token, "clientSecret"));
    json_put_str(params, "refreshToken", json_str(token, "refreshToken"));
    result = aws_call(&target, AWS_SSO_OIDC_CREATE_TOKEN, params, sso->arena, out, err);
    json_wipe(params);
    if (result == 0 && json_str(*out, "accessToken") == NULL)
        result = err_set(err, ERR_PROTOCOL, "CreateToken: the answer has no accessToken");
    return result;
}

/* Replaces *token and *expires_ms. */
static int renew_token(const struct sso *sso, struct json **token, int64_t *expires_ms,
                       struct err *err)
{
    const struct json *answer = NULL;
    struct json *renewed;
    char expires_at[TIME_TEXT_BYTES];

    if (create_token(sso, *token, &answer, err) != 0)
        return -1;
    *expires_ms = now_ms(sso) + (int64_t)(json_number(answer, "expiresIn", 0) * 1000);
    time_rfc3339(*expires_ms, expires_at);
    renewed = json_object(sso->arena);
    json_put_str(renewed, "startUrl", sso->start_url);
    json_put_str(renewed, "region", sso->region);
    json_put_str(renewed, "accessToken", json_str(answer, "accessToken"));
    json_put_str(renewed, "expiresAt", expires_at);
    json_put_str(renewed, "clientId", json_str(*token, "clientId"));
    json_put_str(renewed, "clientSecret", json_str(*token, "clientSecret"));
    json_put_str(renewed, "registrationExpiresAt", json_str(*token, "registrationExpiresAt"));
    json_put_str(renewed, "refreshToken", json_str(answer, "refreshToken"));
    json_wipe(answer);
    json_wipe(*token);
    *token = renewed;
    return 0;
}

/* A renewal that fails costs nothing while the old token lasts. */
static int try_to_renew(const struct sso *sso, struct json **token, int64_t *expires_ms,
                        struct err *err)
{
    struct log *log = sched_env(sso->source->world->sched)->log;

    if (renew_token(sso, token, expires_ms, err) == 0) {
        /* The token serves this run even if the next one cannot find it. */
        if (save_token(sso, *token, err) != 0)
            log_event(log, LOG_WARN, "SSO token not saved", "error", err->text, NULL);
    } else if (err->code == ERR_CANCELLED) {
        return -1;
    } else {
        log_event(log, LOG_WARN, "SSO token not renewed", "error", err->text, NULL);
    }
    err_clear(err);
    return 0;
}

static int get_token(const struct sso *sso, struct json **out, struct err *err)
{
    int64_t expires_ms = 0;

    if (load_token(sso, out, &expires_ms, err) != 0)
        return -1;
    if (sso->session != NULL && expires_ms - now_ms(sso) < RENEW_BEFORE_MS &&
        can_renew(sso, *out) && try_to_renew(sso, out, &expires_ms, err) != 0)
        return -1;
    if (expires_ms <= now_ms(sso))
        return sign_in(sso, err, "the sign-in has ended");
    return 0;
}

/* --- The role's credentials ----------------------------------------------------------------------
 */

static int take_answer(const struct sso *sso, const struct json *answer, struct credentials **out,
                       struct err *err)
{
    const struct json *role = json_get(answer, "roleCredentials");
    const char *key_id, *secret, *token;

    if (json_need_str(role, "accessKeyId", &key_id, err) != 0 ||
        json_need_str(role, "secretAccessKey", &secret, err) != 0 ||
        json_need_str(role, "sessionToken", &token, err) != 0)
        return -1;
    *out = credentials_new(key_id, secret_of(secret), secret_of(token),
                           (int64_t)json_number(role, "expiration", 0));
    credentials_set_account(*out, sso->account);
    return 0;
}

static int get_credentials(const struct sso *sso, const struct json *token,
                           struct credentials **out, struct err *err)
{
    const struct aws_target target = {
        .client = source_client(sso->source),
        .account_id = "",
        .region = sso->region,
        .read_only = true,
    };
    struct json *params = json_object(sso->arena);
    const struct json *answer = NULL;
    int result;

    json_put_str(params, "role_name", sso->role);
    json_put_str(params, "account_id", sso->account);
    json_put_str(params, "x-amz-sso_bearer_token", json_str(token, "accessToken"));
    result = aws_call(&target, AWS_SSO_GET_ROLE_CREDENTIALS, params, sso->arena, &answer, err);
    json_wipe(params);
    if (result != 0 && err_is(err, "UnauthorizedException"))
        return sign_in(sso, err, "the sign-in is not valid any more");
    if (result == 0)
        result = take_answer(sso, answer, out, err);
    json_wipe(answer);
    return result == 0 ? 0
                       : err_wrap(err, "SSO role \"%s\" in account %s", sso->role, sso->account);
}

static int sso_fetch(struct source *source, struct arena *scratch, struct credentials **out,
                     struct err *err)
{
    struct sso sso = {.source = source, .arena = scratch};
    struct json *token = NULL;
    int result;

    if (configure(&sso, err) != 0)
        return -1;
    result = get_token(&sso, &token, err);
    if (result == 0)
        result = get_credentials(&sso, token, out, err);
    json_wipe(token);
    return result;
}

struct credentials_provider *credentials_sso_new(const struct credentials_world *world,
                                                 const char *profile)
{
    return &source_new(sizeof(struct source), "sso", world, profile, sso_fetch)->base;
}
