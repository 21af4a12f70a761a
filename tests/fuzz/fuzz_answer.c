/*
 * fuzz_answer.c - whatever a service answers, a call ends with a tree or with an error that says
 * what it means.
 *
 * Input: one byte for the operation, one for the status, a line that becomes the value of the error
 * headers, and the body.
 */
#include "fuzz.h"

#include "plinth/aws/call.h"
#include "plinth/aws/credentials.h"
#include "plinth/base/arena.h"
#include "plinth/base/env.h"
#include "plinth/base/secret.h"
#include "plinth/base/str.h"
#include "plinth/fiber/fiber.h"
#include "plinth/net/transport.h"

#include <assert.h>
#include <string.h>

/* Listings of each protocol, and a write with a text for an answer. */
static const enum aws_op ops[] = {
    AWS_ORGANIZATIONS_LIST_ROOTS, AWS_IAM_LIST_ROLES,  AWS_EC2_DESCRIBE_REGIONS,
    AWS_GUARDDUTY_LIST_MEMBERS,   AWS_S3_LIST_BUCKETS, AWS_S3_GET_BUCKET_POLICY,
    AWS_S3_GET_BUCKET_LOCATION,   AWS_IAM_CREATE_ROLE, AWS_ORGANIZATIONS_CREATE_ACCOUNT,
};

static const int statuses[] = {200, 200, 400, 403, 404, 409, 429, 500, 503, 301, 204};

struct input {
    struct sched *sched;
    struct transport *transport;
    enum aws_op op;
    int status;
    const char *header, *body;
    size_t body_len;
};

static int answer(void *arg, const struct http_request *request, struct arena *arena,
                  struct http_response *out, struct err *err)
{
    const struct input *input = arg;

    (void)request;
    (void)err;
    *out = (struct http_response){
        .status = input->status, .body = input->body, .body_len = input->body_len};
    http_header_add(&out->headers, arena, "x-amzn-errortype", input->header);
    http_header_add(&out->headers, arena, "Date", input->header);
    http_header_add(&out->headers, arena, "Retry-After", input->header);
    http_header_add(&out->headers, arena, "x-amzn-RequestId", input->header);
    return 0;
}

static void check(int result, const struct json *out, const struct err *err, bool is_list)
{
    if (result == 0) {
        assert(out->type == (is_list ? JSON_ARRAY : JSON_OBJECT));
        return;
    }
    assert(err->code != ERR_NONE && err->code != ERR_BUG && err->code != ERR_CANCELLED);
    assert(err->text[0] != '\0' && strchr(err->text, '\n') == NULL);
    assert(utf8_valid(err->text, strlen(err->text)));
}

static void call(void *arg)
{
    static const struct aws_endpoints endpoints;
    struct input *input = arg;
    struct aws_client_options options = {.sched = input->sched,
                                         .transport = input->transport,
                                         .endpoints = &endpoints,
                                         .attempts_max = 3};
    struct credentials *credentials = credentials_new("AKID", secret_new("s", 1), NULL, 0);
    struct aws_target target = {.client = aws_client_new(&options),
                                .credentials = credentials_static_new(credentials),
                                .account_id = "111122223333",
                                .region = "eu-west-1"};
    struct arena *arena = arena_new("fuzz");
    struct json *params = json_object(arena);
    const struct json *out = NULL;
    struct err err = ERR_INIT;
    int result;

    json_put_str(params, "Bucket", "b");
    if (aws_op_info(input->op)->service != AWS_SERVICE_S3 || input->op == AWS_S3_LIST_BUCKETS)
        json_remove(params, "Bucket");
    if (aws_op_info(input->op)->service == AWS_SERVICE_GUARDDUTY)
        json_put_str(params, "DetectorId", "d");
    result = aws_call(&target, input->op, params, arena, &out, &err);
    check(result, out, &err, false);
    if (aws_op_info(input->op)->page_in != NULL) {
        err_clear(&err);
        result = aws_list(&target, input->op, params, arena, &out, &err);
        check(result, out, &err, true);
    }
    arena_free(arena);
    credentials_provider_free(target.credentials);
    credentials_unref(credentials);
    aws_client_free(target.client);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct env env = {.clock = clock_virtual_new(1767225600000), .rng = rng_seeded_new(1)};
    struct arena *arena = arena_new("fuzz");
    struct err err = ERR_INIT;
    struct input input = {.sched = sched_new(&env, &err)};
    const char *text = (const char *)bytes, *line_end;

    assert(input.sched != NULL);
    if (len >= 2) {
        line_end = memchr(text + 2, '\n', len - 2);
        input.op = ops[bytes[0] % (sizeof ops / sizeof ops[0])];
        input.status = statuses[bytes[1] % (sizeof statuses / sizeof statuses[0])];
        input.body_len = line_end == NULL ? 0 : len - (size_t)(line_end + 1 - text);
        input.header = arena_strn(arena, text + 2, len - 2 - input.body_len - (line_end != NULL));
        input.body = arena_strn(arena, text + len - input.body_len, input.body_len);
        input.transport = transport_inproc_new(answer, &input);
        sched_run(input.sched, call, &input);
        transport_free(input.transport);
    }
    arena_free(arena);
    sched_free(input.sched);
    rng_seeded_free(env.rng);
    clock_virtual_free(env.clock);
    return 0;
}
