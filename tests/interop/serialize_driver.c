/*
 * serialize_driver.c - makes the requests that serialize_differential.py asks for.
 */
#include "driver.h"

#include "call_priv.h"
#include "find_op.h"

static int serialize(const struct json *question, struct arena *arena, struct json *answer,
                     struct err *err)
{
    enum aws_op op = find_op(question);
    struct http_request request;
    struct json *headers;

    if (op == AWS_OP_NONE)
        return err_set(err, ERR_USAGE, "unknown operation");
    if (serialize_request(aws_op_info(op), json_get(question, "params"), "https://example.com",
                          arena, &request, err) != 0)
        return -1;
    json_put_str(answer, "method", request.method);
    json_put_str(answer, "url", request.url);
    json_put_str(answer, "body", request.body == NULL ? "" : request.body);
    headers = json_put_object(answer, "headers");
    for (size_t i = 0; i < request.headers.count; i++)
        json_put_str(headers, request.headers.items[i].name, request.headers.items[i].value);
    return 0;
}

int main(void)
{
    return driver_run(serialize);
}
