#include "cli.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/env.h"
#include "plinth/base/log.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RESULT_PIECE_BYTES = 64 * 1024 };

bool put_result(const char *text, size_t len)
{
    if (fwrite(text, 1, len, stdout) == len && fflush(stdout) == 0)
        return true;
    /* Who closed the pipe knows that it wanted no more. */
    if (errno != EPIPE)
        perror("plinth: standard output");
    return false;
}

static int put_piece(void *arg, const char *bytes, size_t len)
{
    (void)arg;
    return put_result(bytes, len) ? 0 : -1;
}

void result_buf(struct buf *out)
{
    buf_init_sink(out, RESULT_PIECE_BYTES, put_piece, NULL);
}

bool put_buf(struct buf *out)
{
    bool ok = buf_flush(out) == 0;

    buf_fini(out);
    return ok;
}

bool put_json(const struct json *json)
{
    struct buf text;

    result_buf(&text);
    json_print(json, JSON_PRETTY, &text);
    buf_char(&text, '\n');
    return put_buf(&text);
}

/* --- Failures ------------------------------------------------------------------------------------
 */

static void put_event(void *arg, enum log_level level, const char *line, size_t len)
{
    (void)arg;
    (void)level;
    (void)fprintf(stderr, "%.*s\n", (int)len, line);
}

struct log *events_new(const struct common *common)
{
    const struct log_options options = {
        .level = LOG_INFO, .format = LOG_JSON, .clock = clock_real(), .sink = put_event};

    return str_eq(common->log_format, "json") ? log_new(&options) : NULL;
}

void put_error(const struct common *common, const struct err *err)
{
    struct log *events = events_new(common);

    if (events == NULL)
        (void)fprintf(stderr, "plinth: %s\n", err->text);
    else
        log_event(events, LOG_ERROR, "error", "code", err_code_name(err->code), "text", err->text,
                  NULL);
    log_free(events);
}

void put_warning(const struct common *common, const char *text)
{
    struct log *events = events_new(common);

    if (events == NULL)
        (void)fprintf(stderr, "plinth: warning: %s\n", text);
    else
        log_event(events, LOG_WARN, "warning", "text", text, NULL);
    log_free(events);
}

static int exit_for(const struct err *err)
{
    switch (err->code) {
    case ERR_USAGE:
        return EXIT_BAD_USAGE;
    case ERR_GATE:
        return EXIT_GATE;
    case ERR_CANCELLED:
        return EXIT_INTERRUPTED;
    default:
        return EXIT_ERROR;
    }
}

struct json *failure_json(const struct err *err, int code, struct arena *arena)
{
    struct json *document = json_object(arena), *error;

    json_put_str(document, "format", FAILURE_FORMAT);
    error = json_put_object(document, "error");
    json_put_str(error, "code", err_code_name(err->code));
    json_put_str(error, "message", err->text);
    json_put_number(error, "exit", code);
    return document;
}

int fail(const struct common *common, const struct err *err)
{
    int code = exit_for(err);
    struct arena *arena;

    put_error(common, err);
    if (str_eq(common->output, "json")) {
        arena = arena_new("failure");
        (void)put_json(failure_json(err, code, arena));
        arena_free(arena);
    }
    return code;
}

/* --- The environment -----------------------------------------------------------------------------
 */

const char *env_text(const char *name)
{
    const char *value = getenv(name);

    return value == NULL || *value == '\0' ? NULL : value;
}

bool use_color(const struct common *common, int fd)
{
    const char *term = env_text("TERM");

    return !common->no_color && env_text("NO_COLOR") == NULL && isatty(fd) && term != NULL &&
           strcmp(term, "dumb") != 0;
}
