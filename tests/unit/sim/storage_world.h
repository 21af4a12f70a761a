/*
 * storage_world.h - a simulator whose S3, KMS and CloudTrail are called.
 */
#ifndef PLINTH_TESTS_STORAGE_WORLD_H
#define PLINTH_TESTS_STORAGE_WORLD_H

#include "plinth/codec/hash.h"
#include "world.h"

static inline char *quotes(struct sim_client *client, const char *format, va_list args)
{
    char *text = arena_vprintf(client->arena, format, args);

    for (char *at = text; *at != '\0'; at++)
        if (*at == '\'')
            *at = '"';
    return text;
}

/* One call of S3 in the client's region; `body` may be NULL. */
static inline const struct json *s3(struct sim_client *client, const char *method, const char *path,
                                    const char *body)
{
    struct http_request request = {
        .method = method,
        .url = arena_printf(client->arena, "http://s3.%s.amazonaws.com%s", client->region, path),
        .body = body,
        .body_len = body == NULL ? 0 : strlen(body),
    };
    unsigned char digest[MD5_BYTES];

    if (body != NULL) {
        md5(body, strlen(body), digest);
        http_header_add(&request.headers, client->arena, "Content-MD5",
                        base64_encode(digest, sizeof digest, client->arena));
    }
    sim_client_send(client, &request, "s3");
    return str_eq(method, "HEAD") ? json_object(client->arena) : sim_client_tree(client);
}

/* PUT; ' stands for ". */
__attribute__((format(printf, 3, 4))) static inline void
put(struct sim_client *client, const char *path, const char *format, ...)
{
    const char *body;
    va_list args;

    va_start(args, format);
    body = quotes(client, format, args);
    va_end(args);
    (void)s3(client, "PUT", path, body);
}

/* KMS and CloudTrail; ' stands for ". */
__attribute__((format(printf, 3, 4))) static inline const struct json *
kms(struct sim_client *client, const char *operation, const char *format, ...)
{
    const char *body;
    va_list args;

    va_start(args, format);
    body = quotes(client, format, args);
    va_end(args);
    return sim_client_json(client, "kms", arena_printf(client->arena, "TrentService.%s", operation),
                           body);
}

__attribute__((format(printf, 3, 4))) static inline const struct json *
trail(struct sim_client *client, const char *operation, const char *format, ...)
{
    const char *body;
    va_list args;

    va_start(args, format);
    body = quotes(client, format, args);
    va_end(args);
    return sim_client_json(client, "cloudtrail",
                           arena_printf(client->arena,
                                        "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.%s",
                                        operation),
                           body);
}

/* A new key of the login; returns its ARN. */
static inline const char *new_key(struct sim_client *client)
{
    const struct json *answer = kms(client, "CreateKey", "{}");

    EXPECT(client, "");
    return json_str(json_get(answer, "KeyMetadata"), "Arn");
}

/* A bucket whose policy lets CloudTrail in, for whatever trail. */
static inline void open_bucket(struct sim_client *client, const char *name)
{
    (void)s3(client, "PUT", arena_printf(client->arena, "/%s", name), NULL);
    EXPECT(client, "");
    put(client, arena_printf(client->arena, "/%s?policy", name),
        "{'Version':'2012-10-17','Statement':{'Effect':'Allow',"
        "'Principal':{'Service':'cloudtrail.amazonaws.com'},'Action':'s3:*',"
        "'Resource':['arn:aws:s3:::%s','arn:aws:s3:::%s/*']}}",
        name, name);
    EXPECT(client, "");
}

/* Go on as a member that the organization has; the management account may be come back to with
 * sim_client_login. */
static inline void become(struct sim_client *client, const char *account)
{
    const char *arn =
        arena_printf(client->arena, "arn:aws:iam::%s:role/OrganizationAccountAccessRole", account);

    world_use(client, world_assume(client, arn));
    EXPECT(client, "");
}

#endif
