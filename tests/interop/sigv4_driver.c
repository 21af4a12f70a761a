/*
 * sigv4_driver.c - signs what sigv4_differential.py asks for.
 */
#include "driver.h"

#include "plinth/aws/credentials.h"
#include "plinth/aws/sigv4.h"
#include "plinth/base/secret.h"

#include <string.h>

static int sign(const struct json *question, struct arena *arena, struct json *answer,
                struct err *err)
{
    const char *secret = json_str(question, "secret"), *token = json_str(question, "token");
    struct credentials *credentials =
        credentials_new(json_str(question, "access"), secret_new(secret, strlen(secret)),
                        token == NULL ? NULL : secret_new(token, strlen(token)), 0);
    struct sigv4_scope scope = {
        .region = json_str(question, "region"),
        .service = json_str(question, "service"),
        .wall_ms = (int64_t)json_number(question, "time", 0) * 1000,
        .s3 = json_bool(question, "s3", false),
    };
    struct http_request request = {
        .method = json_str(question, "method"),
        .url = json_str(question, "url"),
        .body = json_str(question, "body"),
    };
    int result;

    request.body_len = strlen(request.body);
    for (const struct json *it = json_first(json_get(question, "headers")); it != NULL;
         it = it->next)
        http_header_add(&request.headers, arena, json_at(it, 0)->string, json_at(it, 1)->string);
    result = sigv4_sign(&scope, credentials, &request, arena, err);
    credentials_unref(credentials);
    if (result != 0)
        return -1;
    json_put_str(answer, "authorization", http_header_get(&request.headers, "Authorization"));
    json_put_str(answer, "sha256", http_header_get(&request.headers, "X-Amz-Content-SHA256"));
    return 0;
}

int main(void)
{
    return driver_run(sign);
}
