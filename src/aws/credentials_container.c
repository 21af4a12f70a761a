/*
 * credentials_container.c - the credentials endpoint of ECS tasks, EKS pods and their like.
 *
 * Source: docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
 */
#include "plinth/base/arena.h"
#include "plinth/base/secret.h"
#include "plinth/base/str.h"
#include "plinth/codec/http.h"
#include "plinth/codec/json.h"
#include "plinth/fiber/fiber.h"
#include "plinth/net/transport.h"

#include "credentials_priv.h"
#include "file_priv.h"

#include <arpa/inet.h>
#include <string.h>

/* An EKS pod identity token is about 1 KiB. */
enum { TOKEN_BYTES_MOST = 16 * 1024, TIMEOUT_MS = 2000, ATTEMPTS = 3, PAUSE_MS = 1000 };

static bool is_loopback(const char *host)
{
    static const struct in6_addr loopback = IN6ADDR_LOOPBACK_INIT;
    struct in6_addr v6;
    struct in_addr v4;

    if (inet_pton(AF_INET, host, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    return inet_pton(AF_INET6, host, &v6) == 1 && memcmp(&v6, &loopback, sizeof v6) == 0;
}

/* The token goes nowhere but to this machine, to the addresses of ECS and EKS, or by TLS. */
static int check_host(const char *url, struct arena *arena, struct err *err)
{
    static const char *const hosts[] = {
        "169.254.170.2",  /* ECS */
        "169.254.170.23", /* EKS */
        "fd00:ec2::23",
        "localhost",
    };
    struct http_url parts;

    if (http_url_parse(url, arena, &parts, err) != 0)
        return err_wrap(err, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
    if (str_eq(parts.scheme, "https") || is_loopback(parts.host))
        return 0;
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
        if (str_eq(parts.host, hosts[i]))
            return 0;
    return err_set(err, ERR_CONFIG,
                   "AWS_CONTAINER_CREDENTIALS_FULL_URI: %s is no address of this machine, ECS or "
                   "EKS; others need https",
                   parts.host);
}

/* Read at each fetch: EKS renews the file. */
static int add_token(const struct credentials_world *world, struct http_request *request,
                     struct arena *arena, struct err *err)
{
    const char *path = world_variable(world, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    const char *token = world_variable(world, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
    char *text = NULL;
    size_t len = 0;
    int result = 0;

    if (path != NULL) {
        if (file_read(path, TOKEN_BYTES_MOST, arena, &text, &len, err) != 0) {
            err->code = ERR_CONFIG; /* the source is set up, so the chain must not go on */
            return err_wrap(err, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
        }
        token = text;
    }
    if (token != NULL && strpbrk(token, "\r\n") != NULL)
        result = err_set(err, ERR_CONFIG, "the authorization token has a line break in it");
    else if (token != NULL)
        http_header_add(&request->headers, arena, "Authorization", token);
    if (text != NULL)
        wipe(text, len);
    return result;
}

static int take_answer(const struct http_response *response, struct arena *arena,
                       struct credentials **out, struct err *err)
{
    struct json *json = NULL;
    int result;

    if (response->status != 200)
        return err_set(err, ERR_TRANSIENT, "the answer has status %d", response->status);
    if (json_parse(response->body, response->body_len, arena, &json, err) != 0)
        return err_set(err, ERR_PROTOCOL, "the answer is not JSON");
    result = credentials_from_json(json, "Token", out, err);
    json_wipe(json);
    return result;
}

static int ask(const struct credentials_world *world, const struct http_request *request,
               struct arena *arena, struct credentials **out, struct err *err)
{
    for (int attempt = 1;; attempt++) {
        struct http_response response = {.status = 0};
        int result = world->transport->send(world->transport, request, arena, &response, err);

        if (result == 0) {
            result = take_answer(&response, arena, out, err);
            wipe((char *)response.body, response.body_len); /* it is in our arena */
        }
        if (result == 0 || err->code == ERR_CANCELLED || attempt == ATTEMPTS)
            return result;
        if (fiber_sleep_ms(world->sched, PAUSE_MS, err) != 0)
            return -1;
    }
}

static int container_fetch(struct source *source, struct arena *scratch, struct credentials **out,
                           struct err *err)
{
    const struct credentials_world *world = source->world;
    const char *relative = world_variable(world, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    const char *full = world_variable(world, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
    struct http_request request = {.method = "GET", .timeout_ms = TIMEOUT_MS};
    int result;

    if (relative != NULL)
        request.url = arena_printf(scratch, "http://169.254.170.2%s", relative);
    else if (full == NULL)
        return source_absent(source, err);
    else if (check_host(full, scratch, err) != 0)
        return -1;
    else
        request.url = full;
    http_header_add(&request.headers, scratch, "Accept", "application/json");
    if (add_token(world, &request, scratch, err) != 0)
        return -1;
    result = ask(world, &request, scratch, out, err);
    http_headers_wipe(&request.headers);
    return result == 0 ? 0 : err_wrap(err, "container credentials at %s", request.url);
}

struct credentials_provider *credentials_container_new(const struct credentials_world *world)
{
    return &source_new(sizeof(struct source), "container", world, NULL, container_fetch)->base;
}
