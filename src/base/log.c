#include "plinth/base/log.h"

#include "plinth/base/buf.h"
#include "plinth/base/env.h"
#include "plinth/base/time.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOG_LINE_BYTES_MOST = 16 * 1024 };

struct log {
    struct log_options options;
};

struct log *log_new(const struct log_options *options)
{
    struct log *log = calloc(1, sizeof *log);

    if (log == NULL) {
        (void)fputs("plinth: out of memory (for the log)\n", stderr);
        exit(1);
    }
    log->options = *options;
    return log;
}

void log_free(struct log *log)
{
    free(log);
}

const char *log_num(char out[24], int64_t value)
{
    (void)snprintf(out, 24, "%lld", (long long)value);
    return out;
}

static void escape(struct buf *line, const char *text)
{
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;

        if (c == '"' || c == '\\')
            buf_printf(line, "\\%c", c);
        else if (c < 0x20 || c == 0x7F)
            buf_printf(line, "\\u%04x", c);
        else
            buf_char(line, (char)c);
    }
}

static void add_json(struct buf *line, const char *key, const char *value)
{
    buf_str(line, line->len > 1 ? ",\"" : "\"");
    escape(line, key);
    buf_str(line, "\":\"");
    escape(line, value);
    buf_char(line, '"');
}

static void add_text(struct buf *line, const char *key, const char *value)
{
    bool quote = *value == '\0' || strpbrk(value, " \"=\\\n\r\t") != NULL;

    buf_printf(line, " %s=%s", key, quote ? "\"" : "");
    escape(line, value);
    if (quote)
        buf_char(line, '"');
}

static const char *level_name(enum log_level level)
{
    static const char *const names[] = {"debug", "info", "warn", "error"};

    return names[level];
}

void log_event(struct log *log, enum log_level level, const char *event, ...)
{
    const struct log_options *options = log == NULL ? NULL : &log->options;
    char stamp[TIME_TEXT_BYTES];
    const char *key, *value;
    struct buf line;
    va_list args;
    bool json;

    if (options == NULL || options->sink == NULL || level < options->level)
        return;
    json = options->format == LOG_JSON;
    buf_init(&line, LOG_LINE_BYTES_MOST);
    if (json) {
        buf_char(&line, '{');
        if (options->clock != NULL) {
            time_rfc3339(options->clock->wall_ms(options->clock), stamp);
            add_json(&line, "time", stamp);
        }
        add_json(&line, "level", level_name(level));
        add_json(&line, "event", event);
    } else {
        buf_printf(&line, "%s: ", level_name(level));
        escape(&line, event);
    }
    va_start(args, event);
    while ((key = va_arg(args, const char *)) != NULL) {
        value = va_arg(args, const char *);
        if (value != NULL)
            (json ? add_json : add_text)(&line, key, value);
    }
    va_end(args);
    if (json)
        buf_char(&line, '}');
    options->sink(options->sink_arg, level, buf_text(&line), line.len);
    buf_fini(&line);
}
