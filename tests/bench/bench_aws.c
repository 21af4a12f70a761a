/*
 * bench_aws.c - CPU time of one aws_call over an in-process transport, beside a bare loop that
 * serializes nothing and waits for nobody: it signs a request, sends it and parses the answer.
 *
 * Not a test: it prints numbers to compare by hand, from a build without sanitizers.  The limiter
 * is out of the way: the clock is virtual and steps a second for each call.
 */
#include "plinth/aws/call.h"
#include "plinth/aws/credentials.h"
#include "plinth/aws/sigv4.h"
#include "plinth/base/arena.h"
#include "plinth/base/env.h"
#include "plinth/base/secret.h"
#include "plinth/codec/xml.h"
#include "plinth/fiber/fiber.h"
#include "plinth/net/transport.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CALLS = 50 * 1000 };

/* An answer of 20 accounts, as ListAccounts gives them. */
static const char account[] =
    "{\"Arn\":\"arn:aws:organizations::111122223333:account/o-exampleorgid/%012d\",\"Email\":\"a%d@"
    "example.com\",\"Id\":\"%012d\",\"JoinedMethod\":\"CREATED\",\"JoinedTimestamp\":1.7e9,"
    "\"Name\":"
    "\"account %d\",\"Status\":\"ACTIVE\"}";

struct bench {
    struct env env;
    struct sched *sched;
    struct transport *transport;
    struct aws_client *client;
    struct credentials *credentials;
    struct credentials_provider *provider;
    struct sigv4_cache *cache;
    enum aws_op op;
    const char *body; /* of each answer */
    size_t answers;
};

static double cpu_us(void)
{
    return (double)clock() * 1e6 / CLOCKS_PER_SEC;
}

static int answer(void *arg, const struct http_request *request, struct arena *arena,
                  struct http_response *out, struct err *err)
{
    struct bench *bench = arg;

    (void)request;
    (void)err;
    *out =
        (struct http_response){.status = 200, .body = bench->body, .body_len = strlen(bench->body)};
    http_header_add(&out->headers, arena, "x-amzn-RequestId",
                    "6f1b5f1e-0000-4000-8000-000000000000");
    bench->answers++;
    return 0;
}

static void step_clock(struct bench *bench)
{
    bench->env.clock->advance(bench->env.clock, env_mono_us(&bench->env) + 1000 * 1000);
}

static void fail(const struct err *err)
{
    (void)fprintf(stderr, "bench_aws: %s\n", err->text);
    exit(1);
}

static void by_aws_call(struct bench *bench)
{
    const struct aws_target target = {.client = bench->client,
                                      .credentials = bench->provider,
                                      .account_id = "111122223333",
                                      .region = "eu-west-1"};
    struct arena *arena = arena_new("bench");
    struct err err = ERR_INIT;

    for (int i = 0; i < CALLS; i++) {
        const struct json *out;
        struct json *params = json_object(arena);

        step_clock(bench);
        json_put_number(params, "MaxResults", 20);
        if (aws_call(&target, bench->op, params, arena, &out, &err) != 0)
            fail(&err);
        arena_reset(arena);
    }
    arena_free(arena);
}

/* What no client can do without. */
static void by_hand(struct bench *bench)
{
    const struct aws_service_info *service = aws_service_info(aws_op_info(bench->op)->service);
    bool xml = service->protocol == AWS_QUERY;
    struct arena *arena = arena_new("bench");
    struct err err = ERR_INIT;

    for (int i = 0; i < CALLS; i++) {
        struct http_request request = {.method = "POST",
                                       .url = "https://example.us-east-1.amazonaws.com/",
                                       .body = "{\"MaxResults\":20}",
                                       .body_len = 17};
        struct sigv4_scope scope = {
            .region = "us-east-1", .service = service->signing_name, .cache = bench->cache};
        struct http_response response;
        struct json *out;

        step_clock(bench);
        scope.wall_ms = env_wall_ms(&bench->env);
        http_header_add(&request.headers, arena, "Content-Type", "application/x-amz-json-1.1");
        http_header_add(&request.headers, arena, "X-Amz-Target",
                        "AWSOrganizationsV20161128.ListAccounts");
        if (sigv4_sign(&scope, bench->credentials, &request, arena, &err) != 0 ||
            bench->transport->send(bench->transport, &request, arena, &response, &err) != 0 ||
            (xml ? xml_parse : json_parse)(response.body, response.body_len, arena, &out, &err) !=
                0)
            fail(&err);
        arena_reset(arena);
    }
    arena_free(arena);
}

static void compare(struct bench *bench, const char *what)
{
    double start = cpu_us(), call_us, hand_us;

    by_aws_call(bench);
    call_us = (cpu_us() - start) / CALLS;
    start = cpu_us();
    by_hand(bench);
    hand_us = (cpu_us() - start) / CALLS;
    (void)printf("%-30s aws_call %6.2f us, by hand %6.2f us, %.2f times\n", what, call_us, hand_us,
                 call_us / hand_us);
}

static void run(void *arg)
{
    struct bench *bench = arg;
    static char page[16 * 1024] = "{\"Accounts\":[";
    size_t len = strlen(page);

    for (int i = 0; i < 20; i++) {
        len += (size_t)snprintf(page + len, sizeof page - len, account, i, i, i, i);
        page[len++] = i == 19 ? ']' : ',';
    }
    page[len] = '}';
    bench->op = AWS_ORGANIZATIONS_LIST_ACCOUNTS;
    bench->body = page;
    compare(bench, "json, a page of 20 accounts");
    bench->body = "{}";
    compare(bench, "json, an empty answer");
    bench->op = AWS_STS_GET_CALLER_IDENTITY;
    bench->body = "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:sts::1:x</Arn>"
                  "<UserId>AROA</UserId><Account>111122223333</Account></GetCallerIdentityResult>"
                  "</GetCallerIdentityResponse>";
    compare(bench, "query, a small XML answer");
}

int main(void)
{
    static const struct aws_endpoints endpoints;
    struct bench bench = {.env = {.clock = clock_virtual_new(1767225600000), .rng = rng_system()}};
    struct err err = ERR_INIT;
    struct aws_client_options options = {.endpoints = &endpoints};

    bench.sched = sched_new(&bench.env, &err);
    if (bench.sched == NULL)
        fail(&err);
    bench.transport = transport_inproc_new(answer, &bench);
    bench.cache = sigv4_cache_new();
    bench.credentials = credentials_new(
        "AKIDEXAMPLE", secret_new("wJalrXUtnFEMI/K7MDENG+bPxRfi", 28), secret_new("token", 5), 0);
    bench.provider = credentials_static_new(bench.credentials);
    options.sched = bench.sched;
    options.transport = bench.transport;
    bench.client = aws_client_new(&options);
    sched_run(bench.sched, run, &bench);

    aws_client_free(bench.client);
    credentials_provider_free(bench.provider);
    credentials_unref(bench.credentials);
    sigv4_cache_free(bench.cache);
    transport_free(bench.transport);
    sched_free(bench.sched);
    clock_virtual_free(bench.env.clock);
    return 0;
}
