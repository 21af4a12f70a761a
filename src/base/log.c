#include "plinth/base/log.h"

#include "plinth/base/buf.h"
#include "plinth/base/env.h"
#include "plinth/base/str.h"
#include "plinth/base/time.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A pair that would make a line longer is left out, and the tail says so. */
enum { LOG_LINE_BYTES_MOST = 16 * 1024, LOG_TAIL_BYTES = 32 };

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

/* Bytes that are no UTF-8 would make the JSON unreadable. */
static void escape(struct buf *line, const char *text)
{
    size_t len = strlen(text), step;

    for (; len > 0; text += step, len -= step) {
        unsigned char c = (unsigned char)text[0];

        step = utf8_len(text, len);
        if (step == 0) {
            buf_str(line, "\\ufffd");
            step = 1;
        } else if (c == '"' || c == '\\') {
            buf_printf(line, "\\%c", c);
        } else if (str_control(text) > 0) {
            buf_printf(line, "\\u%04x", (unsigned char)text[step - 1]); /* C2 80 is U+0080 */
        } else {
            buf_add(line, text, step);
        }
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

/* One pair, or nothing and false when the line has no room for it. */
static bool add_pair(struct buf *line, enum log_format format, const char *key, const char *value)
{
    size_t len = line->len;

    if (format == LOG_JSON)
        add_json(line, key, value);
    else
        add_text(line, key, value);
    if (!line->overflow)
        return true;
    line->overflow = false;
    line->len = len;
    line->data[len] = '\0';
    return false;
}

static void begin(struct buf *line, const struct log_options *options, enum log_level level,
                  const char *event)
{
    char stamp[TIME_TEXT_BYTES];

    if (options->format == LOG_TEXT) {
        buf_printf(line, "%s: ", level_name(level));
        escape(line, event);
        return;
    }
    buf_char(line, '{');
    if (options->clock != NULL) {
        time_rfc3339(options->clock->wall_ms(options->clock), stamp);
        add_json(line, "time", stamp);
    }
    add_json(line, "level", level_name(level));
    add_json(line, "event", event);
}

void log_event(struct log *log, enum log_level level, const char *event, ...)
{
    const struct log_options *options = log == NULL ? NULL : &log->options;
    const char *key, *value;
    struct buf line;
    va_list args;
    bool fits = true;

    if (options == NULL || options->sink == NULL || level < options->level)
        return;
    buf_init(&line, LOG_LINE_BYTES_MOST);
    begin(&line, options, level, event);
    va_start(args, event);
    while ((key = va_arg(args, const char *)) != NULL) {
        value = va_arg(args, const char *);
        if (value != NULL && !add_pair(&line, options->format, key, value))
            fits = false;
    }
    va_end(args);
    line.max += LOG_TAIL_BYTES;
    if (!fits)
        (void)add_pair(&line, options->format, "left_out", "yes");
    if (options->format == LOG_JSON)
        buf_char(&line, '}');
    options->sink(options->sink_arg, level, buf_text(&line), line.len);
    buf_fini(&line);
}
