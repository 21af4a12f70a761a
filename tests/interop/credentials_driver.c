/*
 * credentials_driver.c - settings and credentials for the homes that credentials_differential.py
 * makes up, with a peer that answers every role as STS does.
 */
#include "driver.h"

#include "plinth/aws/credentials.h"
#include "plinth/aws/settings.h"
#include "plinth/base/env.h"
#include "plinth/base/secret.h"
#include "plinth/fiber/fiber.h"
#include "plinth/net/transport.h"

#include <string.h>

struct run {
    const struct json *question;
    struct arena *arena;
    struct env env;
    struct credentials_world world;
    struct json *requests;
    struct json *answer;
};

static const char *variable(void *arg, const char *name)
{
    return json_str(json_get(((struct run *)arg)->question, "variables"), name);
}

static int sts(void *arg, const struct http_request *request, struct arena *arena,
               struct http_response *out, struct err *err)
{
    struct run *run = arg;
    const char *authorization = http_header_get(&request->headers, "Authorization");
    const char *body = arena_strn(arena, request->body, request->body_len);
    const char *action = strstr(body, "Action=AssumeRoleWithWebIdentity") != NULL
                             ? "AssumeRoleWithWebIdentity"
                             : "AssumeRole";
    struct json *kept = json_add_object(run->requests);

    (void)err;
    json_put_str(kept, "body", body);
    json_put_str(kept, "authorization", authorization);
    *out = (struct http_response){
        .status = 200,
        .body = arena_printf(arena,
                             "<%sResponse><%sResult><Credentials><AccessKeyId>ASIA%zu</AccessKeyId>"
                             "<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"
                             "<Expiration>2100-01-01T00:00:00Z</Expiration></Credentials>"
                             "</%sResult></%sResponse>",
                             action, action, run->requests->count, action, action),
    };
    out->body_len = strlen(out->body);
    return 0;
}

/* --- What is asked -------------------------------------------------------------------------------
 */

static void put_settings(const struct run *run, struct json *out)
{
    struct aws_settings settings;
    struct err err = ERR_INIT;
    struct json *urls;

    if (aws_settings_load(&run->world, run->arena, &settings, &err) != 0) {
        json_put_str(out, "error", err.text);
        return;
    }
    json_put_str(out, "profile", settings.profile);
    json_put_str(out, "region", settings.region);
    json_put_str(out, "ca_bundle", settings.ca_bundle);
    json_put_bool(out, "fips", settings.endpoints.fips);
    json_put_number(out, "attempts", settings.attempts_max);
    urls = json_put_object(out, "urls");
    for (enum aws_service i = AWS_SERVICE_NONE + 1; i < AWS_SERVICE_COUNT; i++)
        json_put_str(urls, aws_service_info(i)->name,
                     settings.endpoints.service_url[i] != NULL ? settings.endpoints.service_url[i]
                                                               : settings.endpoints.url);
}

static void put_credentials(const struct run *run, struct json *out)
{
    struct credentials *credentials = NULL;
    struct err err = ERR_INIT;
    struct credentials_provider *chain = credentials_chain_new(&run->world, &err);

    if (chain == NULL || credentials_get(chain, &credentials, &err) != 0) {
        json_put_str(out, "error", err.code == ERR_NOTFOUND ? "none" : err.text);
    } else {
        json_put_str(out, "key_id", credentials->access_key_id);
        json_put_str(out, "secret", secret_reveal(credentials->secret_access_key));
        json_put_str(out, "token", secret_reveal(credentials->session_token));
    }
    credentials_unref(credentials);
    credentials_provider_free(chain);
}

static void answer_fiber(void *arg)
{
    struct run *run = arg;

    put_settings(run, json_put_object(run->answer, "settings"));
    put_credentials(run, json_put_object(run->answer, "credentials"));
}

static int answer_one(const struct json *question, struct arena *arena, struct json *answer,
                      struct err *err)
{
    const struct aws_endpoints endpoints = {.url = NULL};
    struct run run = {.question = question,
                      .arena = arena,
                      .env = {.clock = clock_real(), .rng = rng_system()},
                      .requests = json_array(arena),
                      .answer = answer};
    struct sched *sched = sched_new(&run.env, err);
    struct transport *transport = transport_inproc_new(sts, &run);

    if (sched == NULL)
        return -1;
    run.world = (struct credentials_world){
        .sched = sched,
        .transport = transport,
        .endpoints = &endpoints,
        .variable = variable,
        .arg = &run,
        .profile = json_str(question, "profile"),
    };
    sched_run(sched, answer_fiber, &run);
    json_put(answer, "requests", run.requests);
    transport_free(transport);
    sched_free(sched);
    return 0;
}

int main(void)
{
    return driver_run(answer_one);
}
