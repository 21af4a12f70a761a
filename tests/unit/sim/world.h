/*
 * world.h - a simulator to call, and the cmocka that its tests need.
 */
#ifndef PLINTH_TESTS_SIM_WORLD_H
#define PLINTH_TESTS_SIM_WORLD_H

#include "sim_client.h"
#include "sim_priv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static inline int world_open_with(void **state, struct sim_options options)
{
    struct sim_client *client = calloc(1, sizeof *client);

    *state = client;
    return client == NULL ? -1 : sim_client_open(client, options);
}

static inline int world_open(void **state)
{
    return world_open_with(state, (struct sim_options){0});
}

static inline int world_open_slow(void **state)
{
    return world_open_with(state, (struct sim_options){.delays = true});
}

static inline int world_close(void **state)
{
    sim_client_close(*state);
    free(*state);
    return 0;
}

#define WORLD_TEST(test) cmocka_unit_test_setup_teardown(test, world_open, world_close)
#define SLOW_TEST(test) cmocka_unit_test_setup_teardown(test, world_open_slow, world_close)

/* Call IAM or STS; the parameters are joined as they travel. */
__attribute__((format(printf, 2, 3))) static inline const struct json *
iam(struct sim_client *client, const char *format, ...)
{
    const char *fields;
    va_list args;

    va_start(args, format);
    fields = arena_vprintf(client->arena, format, args);
    va_end(args);
    return sim_client_iam(client, fields);
}

__attribute__((format(printf, 2, 3))) static inline const struct json *
sts(struct sim_client *client, const char *format, ...)
{
    const char *fields;
    va_list args;

    va_start(args, format);
    fields = arena_vprintf(client->arena, format, args);
    va_end(args);
    return sim_client_sts(client, fields);
}

/* The last answer was this error; "" for none. */
#define EXPECT(client, code) assert_string_equal(sim_client_code(client), code)

/* Go on with the Credentials of an answer. */
static inline void world_use(struct sim_client *client, const struct json *answer)
{
    const struct json *credentials = json_get(answer, "Credentials");

    client->key = (struct sign_key){json_str(credentials, "AccessKeyId"),
                                    json_str(credentials, "SecretAccessKey"),
                                    json_str(credentials, "SessionToken")};
}

/* A policy as a parameter travels; ' stands for ". */
static inline const char *world_policy(struct sim_client *client, const char *text)
{
    char *copy = arena_str(client->arena, text);

    for (char *at = copy; *at != '\0'; at++)
        if (*at == '\'')
            *at = '"';
    return sim_client_escape(client, copy);
}

#define ANYBODY "{'Statement':{'Effect':'Allow','Principal':'*','Action':'sts:AssumeRole'}}"
#define EVERYTHING "{'Statement':[{'Effect':'Allow','Action':'*','Resource':'*'}]}"

/* A role of the login's account; returns its ARN. */
static inline const char *world_role(struct sim_client *client, const char *name, const char *trust)
{
    const struct json *answer = iam(client,
                                    "Action=CreateRole&RoleName=%s"
                                    "&AssumeRolePolicyDocument=%s",
                                    name, world_policy(client, trust));

    EXPECT(client, "");
    return json_str(json_get(answer, "Role"), "Arn");
}

static inline const struct json *world_assume(struct sim_client *client, const char *arn)
{
    return sts(client, "Action=AssumeRole&RoleSessionName=test&RoleArn=%s",
               sim_client_escape(client, arn));
}

/* An organization of all features, and a member of it; returns the member's id. */
static inline const char *world_organization(struct sim_client *client)
{
    const struct json *answer;

    (void)sim_client_json(client, "organizations", "AWSOrganizationsV20161128.CreateOrganization",
                          "{}");
    EXPECT(client, "");
    answer = sim_client_json(client, "organizations", "AWSOrganizationsV20161128.CreateAccount",
                             "{\"Email\":\"m@example.com\",\"AccountName\":\"m\"}");
    answer = sim_client_json(client, "organizations",
                             "AWSOrganizationsV20161128.DescribeCreateAccountStatus",
                             arena_printf(client->arena, "{\"CreateAccountRequestId\":\"%s\"}",
                                          json_str(json_get(answer, "CreateAccountStatus"), "Id")));
    return json_str(json_get(answer, "CreateAccountStatus"), "AccountId");
}

/* A call that nobody sent, for what handlers use. */
static inline struct sim_call world_call(struct sim_client *client,
                                         const struct sim_service *service)
{
    static const struct http_request nothing;

    return (struct sim_call){.sim = client->sim,
                             .arena = client->arena,
                             .request = &nothing,
                             .service = service,
                             .operation = service->operations[0],
                             .account = client->account,
                             .region = "us-east-1",
                             .now_ms = env_wall_ms(&client->env),
                             .params = json_object(client->arena),
                             .answer = json_object(client->arena)};
}

/* JSON in C: ' stands for ". */
static inline struct json *world_json(struct sim_client *client, const char *text)
{
    char *copy = arena_str(client->arena, text);
    struct json *json = NULL;
    struct err err = ERR_INIT;

    for (char *at = copy; *at != '\0'; at++)
        if (*at == '\'')
            *at = '"';
    assert_int_equal(json_parse(copy, strlen(copy), client->arena, &json, &err), 0);
    return json;
}

#endif
