/*
 * credentials_imds.c - the role of the EC2 instance, from its metadata service.
 *
 * Source: docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html; attempts,
 *         time-outs and the fall-back to version 1 are botocore's.
 *
 * Most machines have no such service, and some (a container behind a hop limit of one) take the
 * question and never answer: the time-outs are short, and whatever goes wrong means that this
 * source has no credentials.
 */
#include "plinth/base/arena.h"
#include "plinth/base/env.h"
#include "plinth/base/secret.h"
#include "plinth/base/str.h"
#include "plinth/codec/http.h"
#include "plinth/codec/json.h"
#include "plinth/fiber/fiber.h"
#include "plinth/net/transport.h"

#include "credentials_priv.h"
#include "text_priv.h"

#include <string.h>

enum { MINUTE_MS = 60 * 1000 };

static const char role_path[] = "/latest/meta-data/iam/security-credentials/";

struct imds {
    const struct credentials_world *world;
    struct arena *arena;
    const char *base; /* URL without a slash at its end */
    int64_t timeout_ms;
    uint64_t attempts;
    bool version_1_disabled;
    char *token; /* NULL: version 1 */
};

/* --- Settings ------------------------------------------------------------------------------------
 */

static int take_number(const struct profiles *profiles, const char *variable, const char *key,
                       uint64_t *out, struct err *err)
{
    const char *value = profiles_setting(profiles, variable, key);

    *out = 1;
    if (value != NULL && (!str_to_u64(value, out) || *out == 0 || *out > 3600))
        return err_set(err, ERR_CONFIG, "%s: \"%s\" is not a number from 1 to 3600", variable,
                       value);
    return 0;
}

static int take_base(struct imds *imds, const struct profiles *profiles, struct err *err)
{
    const char *url = imds->world->imds_endpoint;
    const char *mode = profiles_setting(profiles, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
                                        "ec2_metadata_service_endpoint_mode");
    size_t len;

    if (mode == NULL &&
        text_is_true(profiles_setting(profiles, "AWS_IMDS_USE_IPV6", "imds_use_ipv6")))
        mode = "ipv6";
    if (mode != NULL && !str_eq_nocase(mode, "ipv4") && !str_eq_nocase(mode, "ipv6"))
        return err_set(err, ERR_CONFIG,
                       "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE: \"%s\" is neither ipv4 nor ipv6",
                       mode);
    if (url == NULL)
        url = profiles_setting(profiles, "AWS_EC2_METADATA_SERVICE_ENDPOINT",
                               "ec2_metadata_service_endpoint");
    if (url == NULL)
        url = mode != NULL && str_eq_nocase(mode, "ipv6") ? "http://[fd00:ec2::254]"
                                                          : "http://169.254.169.254";
    len = strlen(url);
    imds->base = arena_strn(imds->arena, url, len > 0 && url[len - 1] == '/' ? len - 1 : len);
    return 0;
}

static int configure(struct imds *imds, struct err *err)
{
    struct profiles profiles;
    uint64_t timeout_s = 0;
    int result = -1;

    if (profiles_load(imds->world, imds->arena, &profiles, err) != 0)
        return -1;
    imds->version_1_disabled = text_is_true(
        profiles_setting(&profiles, "AWS_EC2_METADATA_V1_DISABLED", "ec2_metadata_v1_disabled"));
    if (take_number(&profiles, "AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout",
                    &timeout_s, err) == 0 &&
        take_number(&profiles, "AWS_METADATA_SERVICE_NUM_ATTEMPTS", "metadata_service_num_attempts",
                    &imds->attempts, err) == 0)
        result = take_base(imds, &profiles, err);
    imds->timeout_ms = (int64_t)timeout_s * 1000;
    profiles_wipe(&profiles);
    return result;
}

/* --- Requests ------------------------------------------------------------------------------------
 */

static int send_once(const struct imds *imds, struct http_request *request,
                     struct http_response *out, struct err *err)
{
    struct transport *transport = imds->world->transport;

    request->timeout_ms = imds->timeout_ms;
    return transport->send(transport, request, imds->arena, out, err);
}

/* The session token of version 2.  No token and no error: the service has none to give, so version
 * 1 is asked if that is allowed. */
static int take_token(struct imds *imds, struct err *err)
{
    struct http_request request = {
        .method = "PUT",
        .url = arena_printf(imds->arena, "%s/latest/api/token", imds->base),
    };
    struct http_response response;

    http_header_add(&request.headers, imds->arena, "x-aws-ec2-metadata-token-ttl-seconds", "21600");
    for (uint64_t attempt = 1; attempt <= imds->attempts; attempt++) {
        err_clear(err);
        if (send_once(imds, &request, &response, err) != 0) {
            if (err->code == ERR_LOST)
                break; /* it was heard: behind a hop limit the answer never comes */
            if (err->code != ERR_TRANSIENT)
                return -1;
        } else if (response.status == 200) {
            imds->token = (char *)response.body; /* in our arena */
            return 0;
        } else if (response.status == 400) {
            return err_set(err, ERR_PROTOCOL, "the token request was refused as malformed");
        } else if (response.status == 403 || response.status == 404 || response.status == 405) {
            break;
        }
    }
    if (err->code == ERR_TRANSIENT)
        return -1; /* nobody is there, whatever the version */
    if (imds->version_1_disabled)
        return err_set(err, ERR_TRANSIENT, "it gave no token, and version 1 is disabled");
    err_clear(err);
    return 0;
}

static int get(const struct imds *imds, const char *path, struct http_response *out,
               struct err *err)
{
    struct http_request request = {
        .method = "GET",
        .url = arena_printf(imds->arena, "%s%s", imds->base, path),
    };

    if (imds->token != NULL)
        http_header_add(&request.headers, imds->arena, "x-aws-ec2-metadata-token", imds->token);
    for (uint64_t attempt = 1; attempt <= imds->attempts; attempt++) {
        err_clear(err);
        if (send_once(imds, &request, out, err) != 0) {
            if (err->code == ERR_CANCELLED)
                break;
        } else if (out->status == 200 && out->body_len > 0) {
            break;
        } else {
            (void)err_set(err, ERR_TRANSIENT, "%s: status %d", path, out->status);
        }
    }
    http_headers_wipe(&request.headers);
    return err->code == ERR_NONE ? 0 : -1;
}

/* The service goes on giving credentials that have ended, or are about to, while it cannot renew
 * them, and AWS goes on taking them: so they are used, and asked for again after a while. */
static void extend(struct credentials *credentials, struct env *env)
{
    int64_t now_ms = env_wall_ms(env);
    int64_t window_ms =
        15 * MINUTE_MS + 2 * MINUTE_MS + (int64_t)rng_below(env->rng, 8 * MINUTE_MS + 1);

    if (credentials->expires_ms != 0 && now_ms >= credentials->expires_ms - window_ms)
        credentials->expires_ms = now_ms + window_ms;
}

static int take_credentials(struct imds *imds, struct credentials **out, struct err *err)
{
    struct http_response role, answer;
    struct json *json = NULL;
    int result = -1;

    if (get(imds, role_path, &role, err) != 0 ||
        get(imds, arena_printf(imds->arena, "%s%s", role_path, role.body), &answer, err) != 0)
        return -1;
    if (json_parse(answer.body, answer.body_len, imds->arena, &json, err) != 0)
        (void)err_set(err, ERR_PROTOCOL, "the answer is not JSON");
    else if (json_str(json, "Message") != NULL && json_str(json, "AccessKeyId") == NULL)
        (void)err_set(err, ERR_DENIED, "role %s: %s", role.body, json_str(json, "Message"));
    else
        result = credentials_from_json(json, "Token", out, err);
    if (result == 0)
        extend(*out, sched_env(imds->world->sched));
    json_wipe(json);
    wipe((char *)answer.body, answer.body_len); /* in our arena */
    return result;
}

static int imds_fetch(struct source *source, struct arena *scratch, struct credentials **out,
                      struct err *err)
{
    struct imds imds = {.world = source->world, .arena = scratch};
    int result;

    if (text_is_true(world_variable(source->world, "AWS_EC2_METADATA_DISABLED")))
        return err_set(err, ERR_NOTFOUND, "instance metadata: AWS_EC2_METADATA_DISABLED is set");
    if (configure(&imds, err) != 0)
        return -1;
    result = take_token(&imds, err);
    if (result == 0)
        result = take_credentials(&imds, out, err);
    if (imds.token != NULL)
        wipe(imds.token, strlen(imds.token));
    if (result == 0 || err->code == ERR_CANCELLED)
        return result;
    err->code = ERR_NOTFOUND;
    return err_wrap(err, "instance metadata at %s", imds.base);
}

struct credentials_provider *credentials_imds_new(const struct credentials_world *world)
{
    return &source_new(sizeof(struct source), "instance metadata", world, NULL, imds_fetch)->base;
}
