/*
 * answer_driver.c - reads the answers that answer_differential.py makes up.
 */
#include "driver.h"

#include "call_priv.h"
#include "find_op.h"

#include <string.h>

static int read_answer(const struct json *question, struct arena *arena, struct json *answer,
                       struct err *err)
{
    const struct aws_op_info *info = aws_op_info(find_op(question));
    struct http_response response = {.status = (int)json_number(question, "status", 0),
                                     .body = json_str(question, "body")};
    const struct json *headers = json_get(question, "headers");
    struct fault fault;
    struct json *tree;

    response.body_len = strlen(response.body);
    for (const struct json *it = json_first(headers); it != NULL; it = it->next)
        http_header_add(&response.headers, arena, it->key, it->string);
    if (response.status >= 300) {
        fault_parse(info, &response, arena, &fault);
        json_put_str(answer, "code", fault.code);
        json_put_str(answer, "message", fault.message);
        json_put_str(answer, "request_id", fault.request_id);
        return 0;
    }
    if (answer_parse(info, &response, arena, &tree, err) != 0)
        return -1;
    json_put(answer, "answer", tree);
    return 0;
}

int main(void)
{
    return driver_run(read_answer);
}
