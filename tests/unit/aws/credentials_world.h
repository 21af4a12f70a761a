/*
 * credentials_world.h - a home folder, an environment and a peer for one source of credentials.
 */
#ifndef PLINTH_TESTS_CREDENTIALS_WORLD_H
#define PLINTH_TESTS_CREDENTIALS_WORLD_H

#include "plinth/aws/credentials.h"
#include "plinth/aws/endpoints.h"
#include "plinth/base/arena.h"
#include "plinth/base/env.h"
#include "plinth/base/log.h"
#include "plinth/base/secret.h"
#include "plinth/fiber/fiber.h"
#include "plinth/net/transport.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { VARIABLES_MOST = 32, REQUESTS_MOST = 64, NOW_S = 1700000000 };
#define NOW_MS ((int64_t)NOW_S * 1000)

struct cw {
    struct env env;
    struct sched *sched;
    struct arena *arena;
    struct transport *transport;
    struct aws_endpoints endpoints;
    struct credentials_world world;
    char home[64];
    const char *names[VARIABLES_MOST], *values[VARIABLES_MOST];
    size_t variable_count;

    /* The peer: `answer` fills `out`; requests are kept in `arena`. */
    int (*answer)(struct cw *cw, const struct http_request *request, struct http_response *out,
                  struct err *err);
    struct http_request requests[REQUESTS_MOST];
    size_t request_count;
    int step; /* the answer's own */

    const char *mfa_code; /* what the user types; NULL: there is no terminal */
    const char *question;
    int warnings;

    /* Of the last fetch. */
    struct credentials_provider *provider;
    struct credentials *credentials;
    struct err err;
    int result;
};

static inline const char *cw_variable(void *arg, const char *name)
{
    const struct cw *cw = arg;

    for (size_t i = cw->variable_count; i-- > 0;)
        if (strcmp(cw->names[i], name) == 0)
            return cw->values[i];
    return NULL;
}

/* Of equal names the last one counts; NULL unsets. */
static inline void cw_set(struct cw *cw, const char *name, const char *value)
{
    assert_true(cw->variable_count < VARIABLES_MOST);
    cw->names[cw->variable_count] = name;
    cw->values[cw->variable_count++] = value;
}

static inline int cw_prompt(void *arg, const char *question, struct arena *arena, char **out,
                            struct err *err)
{
    struct cw *cw = arg;

    if (cw->mfa_code == NULL)
        return err_set(err, ERR_IO, "no terminal");
    cw->question = arena_str(cw->arena, question);
    *out = arena_str(arena, cw->mfa_code);
    return 0;
}

static inline void cw_log(void *arg, enum log_level level, const char *line, size_t len)
{
    (void)line;
    (void)len;
    if (level == LOG_WARN)
        ((struct cw *)arg)->warnings++;
}

static inline void cw_keep(struct cw *cw, const struct http_request *request)
{
    struct http_request *kept = &cw->requests[cw->request_count++];

    assert_true(cw->request_count <= REQUESTS_MOST);
    *kept = (struct http_request){
        .method = arena_str(cw->arena, request->method),
        .url = arena_str(cw->arena, request->url),
        .body =
            request->body == NULL ? "" : arena_strn(cw->arena, request->body, request->body_len),
        .timeout_ms = request->timeout_ms,
    };
    for (size_t i = 0; i < request->headers.count; i++)
        http_header_add(&kept->headers, cw->arena, request->headers.items[i].name,
                        request->headers.items[i].value);
}

static inline int cw_handle(void *arg, const struct http_request *request, struct arena *arena,
                            struct http_response *out, struct err *err)
{
    struct cw *cw = arg;

    cw_keep(cw, request);
    *out = (struct http_response){.status = 500, .body = ""};
    if (cw->answer == NULL)
        return err_set(err, ERR_TRANSIENT, "nobody is there");
    if (cw->answer(cw, request, out, err) != 0)
        return -1;
    out->body_len = strlen(out->body);
    out->body = arena_strn(arena, out->body, out->body_len); /* as the contract has it */
    return 0;
}

static inline int cw_setup_on(void **state, struct clock *clock)
{
    struct cw *cw = calloc(1, sizeof *cw);

    assert_non_null(cw);
    cw->arena = arena_new("test");
    cw->env = (struct env){.clock = clock, .rng = rng_system()};
    cw->env.log = log_new(&(struct log_options){.sink = cw_log, .sink_arg = cw});
    cw->sched = sched_new(&cw->env, &cw->err);
    cw->transport = transport_inproc_new(cw_handle, cw);
    cw->world = (struct credentials_world){
        .sched = cw->sched,
        .transport = cw->transport,
        .endpoints = &cw->endpoints,
        .variable = cw_variable,
        .prompt = cw_prompt,
        .arg = cw,
    };
    (void)snprintf(cw->home, sizeof cw->home, "/tmp/plinth-home-XXXXXX");
    assert_non_null(mkdtemp(cw->home));
    cw_set(cw, "HOME", cw->home);
    *state = cw;
    return 0;
}

static inline int cw_setup(void **state)
{
    return cw_setup_on(state, clock_virtual_new(NOW_MS));
}

static inline int cw_setup_real(void **state)
{
    return cw_setup_on(state, clock_real());
}

/* A file, or a folder with all that is in it. */
static inline void cw_remove(const char *path)
{
    DIR *folder = opendir(path);
    struct dirent *entry;
    char inside[512];

    while (folder != NULL && (entry = readdir(folder)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            snprintf(inside, sizeof inside, "%s/%s", path, entry->d_name) < (int)sizeof inside)
            cw_remove(inside);
    if (folder != NULL)
        (void)closedir(folder);
    (void)remove(path);
}

static inline int cw_teardown(void **state)
{
    struct cw *cw = *state;

    credentials_provider_free(cw->provider);
    credentials_unref(cw->credentials);
    transport_free(cw->transport);
    if (sched_stats(cw->sched).alive == 0) /* else a test failed, and its message is to be seen */
        sched_free(cw->sched);
    log_free(cw->env.log);
    if (cw->env.clock->advance != NULL)
        clock_virtual_free(cw->env.clock);
    cw_remove(cw->home);
    arena_free(cw->arena);
    free(cw);
    return 0;
}

#define CW_TEST(test) cmocka_unit_test_setup_teardown(test, cw_setup, cw_teardown)
#define CW_REAL_TEST(test) cmocka_unit_test_setup_teardown(test, cw_setup_real, cw_teardown)

/* A file in the home folder; its folders are made. */
static inline const char *cw_write(struct cw *cw, const char *name, const char *text)
{
    char *path = arena_printf(cw->arena, "%s/%s", cw->home, name);
    FILE *file;

    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(path, 0700);
        *slash = '/';
    }
    file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    return path;
}

static inline void cw_config(struct cw *cw, const char *text)
{
    (void)cw_write(cw, ".aws/config", text);
}

static inline void cw_credentials(struct cw *cw, const char *text)
{
    (void)cw_write(cw, ".aws/credentials", text);
}

static inline void cw_fetch_fiber(void *arg)
{
    struct cw *cw = arg;

    cw->result = credentials_get(cw->provider, &cw->credentials, &cw->err);
}

/* Fetch from cw->provider; the outcome is in cw. */
static inline int cw_fetch(struct cw *cw)
{
    credentials_unref(cw->credentials);
    cw->credentials = NULL;
    err_clear(&cw->err);
    sched_run(cw->sched, cw_fetch_fiber, cw);
    return cw->result;
}

static inline void cw_use(struct cw *cw, struct credentials_provider *provider)
{
    credentials_provider_free(cw->provider);
    cw->provider = provider;
}

/* A fetch that must give these; NULL for no token. */
static inline void cw_assert_gives(struct cw *cw, const char *key_id, const char *secret,
                                   const char *token)
{
    if (cw_fetch(cw) != 0)
        fail_msg("%s", cw->err.text);
    assert_string_equal(cw->credentials->access_key_id, key_id);
    assert_string_equal(secret_reveal(cw->credentials->secret_access_key), secret);
    if (token == NULL)
        assert_null(cw->credentials->session_token);
    else
        assert_string_equal(secret_reveal(cw->credentials->session_token), token);
}

/* A fetch that must fail; `text` stands in its message, with the home folder as "~". */
static inline void cw_assert_fails(struct cw *cw, enum err_code code, const char *text)
{
    size_t len = strlen(cw->home);
    char shown[ERR_TEXT_BYTES] = "", *out = shown;

    assert_int_equal(cw_fetch(cw), -1);
    for (const char *at = cw->err.text; *at != '\0';) {
        bool home = strncmp(at, cw->home, len) == 0;

        *out++ = home ? '~' : *at;
        at += home ? len : 1;
    }
    if (strstr(shown, text) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", text, shown);
    assert_string_equal(err_code_name(cw->err.code), err_code_name(code));
}

static inline const char *cw_header(const struct cw *cw, size_t request, const char *name)
{
    assert_true(request < cw->request_count);
    return http_header_get(&cw->requests[request].headers, name);
}

static inline void cw_assert_body(const struct cw *cw, size_t request, const char *piece)
{
    assert_true(request < cw->request_count);
    if (strstr(cw->requests[request].body, piece) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", piece, (const char *)cw->requests[request].body);
}

#endif
