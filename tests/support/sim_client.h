/*
 * sim_client.h - call a simulator in the process, for its own tests: one signed request, its answer
 * as a tree.
 */
#ifndef PLINTH_TESTS_SIM_CLIENT_H
#define PLINTH_TESTS_SIM_CLIENT_H

#include "plinth/base/env.h"
#include "plinth/codec/json.h"
#include "plinth/codec/xml.h"
#include "plinth/sim/sim.h"
#include "recording.h"
#include "sign.h"

#include <stdbool.h>

struct sim_client {
    struct clock *clock;
    struct rng *rng;
    struct env env;
    struct sim *sim;
    struct arena *arena; /* everything that a test gets lives here */
    struct sign_key key;
    const char *region;
    const char *account; /* of the login */
    struct http_response response;
};

/* 2026-11-24T12:00:00Z. */
#define SIM_CLIENT_START_MS INT64_C(1795521600000)

static inline void sim_client_login(struct sim_client *client)
{
    struct sim_login login = sim_login(client->sim);

    client->key = (struct sign_key){login.access_key_id, login.secret_access_key, NULL};
    client->account = login.account_id;
}

static inline int sim_client_open(struct sim_client *client, struct sim_options options)
{
    struct err err = ERR_INIT;

    *client = (struct sim_client){.region = "us-east-1"};
    client->clock = clock_virtual_new(SIM_CLIENT_START_MS);
    client->rng = rng_seeded_new(1);
    client->env = (struct env){.clock = client->clock, .rng = client->rng};
    client->arena = arena_new("test");
    options.env = &client->env;
    if (options.recorder == NULL)
        options.recorder = recording("sim");
    client->sim = sim_new(&options, &err);
    if (client->sim == NULL)
        return -1;
    sim_client_login(client);
    return 0;
}

static inline void sim_client_close(struct sim_client *client)
{
    sim_free(client->sim);
    arena_free(client->arena);
    rng_seeded_free(client->rng);
    clock_virtual_free(client->clock);
}

static inline void sim_client_wait(struct sim_client *client, int64_t seconds)
{
    client->clock->advance(client->clock, env_mono_us(&client->env) + seconds * 1000000);
}

/* Sign as `signing_name` and send; client->response is the answer. */
static inline void sim_client_send(struct sim_client *client, struct http_request *request,
                                   const char *signing_name)
{
    sign_request(request, &client->key, client->region, signing_name, env_wall_ms(&client->env),
                 client->arena);
    sim_handle(client->sim, request, client->arena, &client->response);
}

/* The answer as a tree, without the wrapping of the query protocol: {Role: {...}}; an error is
 * {Code, Message, ...} in every protocol. */
static inline const struct json *sim_client_tree(struct sim_client *client)
{
    const struct http_response *response = &client->response;
    const char *type = http_header_get(&response->headers, "Content-Type");
    struct json *tree = NULL;
    struct err err = ERR_INIT;

    if (response->body_len == 0)
        return json_object(client->arena);
    if (type != NULL && strstr(type, "json") != NULL) {
        if (json_parse(response->body, response->body_len, client->arena, &tree, &err) != 0)
            return NULL;
        if (response->status >= 300) {
            const char *text = json_str(tree, "Message");

            if (text == NULL)
                text = json_str(tree, "message");
            json_put_str(tree, "Code", http_header_get(&response->headers, "x-amzn-ErrorType"));
            if (json_get(tree, "Message") == NULL)
                json_put_str(tree, "Message", text);
        }
        return tree;
    }
    if (xml_parse(response->body, response->body_len, client->arena, &tree, &err) != 0)
        return NULL;
    if (json_get(tree, "Errors") != NULL)
        return json_path(tree, "Errors", "Error", NULL);
    if (json_get(tree, "Error") != NULL)
        return json_get(tree, "Error");
    for (const struct json *it = json_first(tree); it != NULL; it = it->next)
        if (str_ends(it->key, "Result"))
            return it;
    return tree;
}

/* The error code of the last answer; "" if it was none, "lost" if there was no answer. */
static inline const char *sim_client_code(struct sim_client *client)
{
    const char *code;

    if (client->response.status == 0)
        return "lost";
    if (client->response.status < 300)
        return "";
    code = json_str(sim_client_tree(client), "Code");
    return code == NULL ? "?" : code;
}

/* Query protocol: `fields` is "Action=...&Version=..." as it travels. */
static inline const struct json *sim_client_query(struct sim_client *client, const char *service,
                                                  const char *version, const char *fields)
{
    const char *body = arena_printf(client->arena, "%s&Version=%s", fields, version);
    struct http_request request = {
        .method = "POST",
        .url = arena_printf(client->arena, "http://%s.amazonaws.com/", service),
        .body = body,
        .body_len = strlen(body),
    };

    http_header_add(&request.headers, client->arena, "Content-Type",
                    "application/x-www-form-urlencoded; charset=utf-8");
    sim_client_send(client, &request, service);
    return sim_client_tree(client);
}

/* JSON protocols: `target` "AWSOrganizationsV20161128.ListRoots". */
static inline const struct json *sim_client_json(struct sim_client *client, const char *service,
                                                 const char *target, const char *body)
{
    struct http_request request = {
        .method = "POST",
        .url = arena_printf(client->arena, "http://%s.amazonaws.com/", service),
        .body = body,
        .body_len = strlen(body),
    };

    http_header_add(&request.headers, client->arena, "Content-Type", "application/x-amz-json-1.1");
    http_header_add(&request.headers, client->arena, "X-Amz-Target", target);
    sim_client_send(client, &request, service);
    return sim_client_tree(client);
}

/* REST protocols: `path` with its query string. */
static inline const struct json *sim_client_rest(struct sim_client *client, const char *service,
                                                 const char *method, const char *path,
                                                 const char *body)
{
    struct http_request request = {
        .method = method,
        .url = arena_printf(client->arena, "http://%s.amazonaws.com%s", service, path),
        .body = body,
        .body_len = body == NULL ? 0 : strlen(body),
    };

    sim_client_send(client, &request, service);
    return sim_client_tree(client);
}

static inline const struct json *sim_client_iam(struct sim_client *client, const char *fields)
{
    return sim_client_query(client, "iam", "2010-05-08", fields);
}

static inline const struct json *sim_client_sts(struct sim_client *client, const char *fields)
{
    return sim_client_query(client, "sts", "2011-06-15", fields);
}

/* `text` percent-encoded, for the fields of a query. */
static inline const char *sim_client_escape(struct sim_client *client, const char *text)
{
    struct buf out;
    const char *copy;

    buf_init(&out, 3 * strlen(text) + 1);
    uri_encode(text, strlen(text), NULL, &out);
    copy = arena_str(client->arena, buf_text(&out));
    buf_fini(&out);
    return copy;
}

#endif
