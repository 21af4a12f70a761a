/*
 * sandbox_ask.c - what a running sandbox tells about itself.
 */
#include "sandbox.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/env.h"
#include "plinth/codec/json.h"
#include "plinth/fiber/fiber.h"
#include "plinth/net/transport.h"

#include <string.h>

enum { TEXT_BYTES_MOST = 64 * 1024 };

struct question {
    struct transport *transport;
    struct arena *arena;
    const char *url;
    struct json *answer;
    struct err err;
    int failed;
};

static int get(struct question *question, struct err *err)
{
    struct http_request request = {.method = "GET", .url = question->url};
    struct http_response response;

    if (question->transport->send(question->transport, &request, question->arena, &response, err) !=
        0)
        return -1;
    if (response.status != 200)
        return err_set(err, ERR_PROTOCOL, "%s answered %d: is that a plinth sandbox?",
                       question->url, response.status);
    return json_parse(response.body, response.body_len, question->arena, &question->answer, err);
}

static void get_fiber(void *arg)
{
    struct question *question = arg;

    question->failed = get(question, &question->err);
}

/* *out_base is the sandbox's URL.  owns: `arena`.  err: ERR_USAGE, ERR_IO, ERR_PROTOCOL. */
static int ask(const struct sandbox_opts *options, const char *path, struct arena *arena,
               const char **out_base, const struct json **out, struct err *err)
{
    /* It is on this machine: a proxy would not find it. */
    const struct transport_curl_options curl = {.proxy = "",
                                                .user_agent = "plinth/" PLINTH_VERSION};
    struct env env = {.clock = clock_real(), .rng = rng_system()};
    struct question question = {.arena = arena, .err = ERR_INIT};
    struct sched *sched;
    const char *address;
    int port, result = -1;

    if (sandbox_parse_listen(options->listen, arena, &address, &port, err) != 0)
        return -1;
    *out_base = sandbox_url(address, port, arena);
    question.url = arena_printf(arena, "%s%s", *out_base, path);
    sched = sched_new(&env, err);
    if (sched == NULL)
        return -1;
    question.transport = transport_curl_new(sched, &curl, err);
    if (question.transport != NULL) {
        sched_run(sched, get_fiber, &question);
        result = question.failed;
        *out = question.answer;
        if (result != 0) {
            *err = question.err;
            (void)err_wrap(err, "no sandbox answers there (start one with plinth sandbox)");
        }
    }
    transport_free(question.transport);
    sched_free(sched);
    return result;
}

/* What is printed for a shell holds nothing that a shell would read as more than a word. */
static bool is_word(const char *text)
{
    return text != NULL && *text != '\0' &&
           text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                             "/+=_.:-")] == '\0';
}

static int print_env(const char *base, const struct json *login, struct err *err)
{
    const char *key = json_str(login, "access_key_id");
    const char *secret = json_str(login, "secret_access_key");
    const char *region = json_str(login, "region");
    struct buf text;
    bool ok;

    if (!is_word(key) || !is_word(secret) || !is_word(region))
        return err_set(err, ERR_PROTOCOL, "%s does not answer as a plinth sandbox does", base);
    buf_init(&text, TEXT_BYTES_MOST);
    buf_printf(&text,
               "export AWS_ENDPOINT_URL='%s'\n"
               "export AWS_ACCESS_KEY_ID='%s'\n"
               "export AWS_SECRET_ACCESS_KEY='%s'\n"
               "export AWS_REGION='%s'\n"
               "export AWS_DEFAULT_REGION='%s'\n" /* boto3 reads no other */
               "unset AWS_SESSION_TOKEN AWS_PROFILE\n"
               "# AWS CLI before 2.13 does not read AWS_ENDPOINT_URL: aws --endpoint-url %s ...\n",
               base, key, secret, region, region, base);
    ok = put_result(buf_text(&text), text.len);
    buf_fini(&text);
    return ok ? 0 : err_set(err, ERR_IO, "standard output cannot be written");
}

int sandbox_env(const struct sandbox_opts *options)
{
    struct arena *arena = arena_new("sandbox env");
    struct err err = ERR_INIT;
    const struct json *login;
    const char *base;
    int code = EXIT_DONE;

    if (ask(options, "/_sandbox/login", arena, &base, &login, &err) != 0 ||
        print_env(base, login, &err) != 0) {
        code = fail(&options->common, &err);
    }
    arena_free(arena);
    return code;
}

int sandbox_calls(const struct sandbox_opts *options)
{
    struct arena *arena = arena_new("sandbox calls");
    struct err err = ERR_INIT;
    const struct json *calls;
    const char *base;
    int code = EXIT_DONE;

    if (ask(options, "/_sandbox/calls", arena, &base, &calls, &err) != 0) {
        code = fail(&options->common, &err);
    } else if (!put_json(calls)) {
        code = EXIT_ERROR;
    }
    arena_free(arena);
    return code;
}
