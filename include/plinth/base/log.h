/*
 * log.h - structured events: one line, or one JSON object, each.
 *
 * Layer:  base.  There is no free-form printf below the cli: an event has a name and pairs of key
 *         and value.  Usual keys: run, account, region, control, op, request_id, ms, code.
 */
#ifndef PLINTH_BASE_LOG_H
#define PLINTH_BASE_LOG_H

#include <stddef.h>
#include <stdint.h>

struct clock; /* base/env.h */
struct log;

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_format { LOG_TEXT, LOG_JSON };

/* Receives each finished line, without its newline. */
typedef void (*log_sink_fn)(void *arg, enum log_level level, const char *line, size_t len);

struct log_options {
    enum log_level level; /* events below it are dropped before they are formatted */
    enum log_format format;
    struct clock *clock; /* stamps JSON events; NULL: no time */
    log_sink_fn sink;    /* NULL: nothing is logged */
    void *sink_arg;
};

/* owns: caller, log_free().  yields: no. */
struct log *log_new(const struct log_options *options);
void log_free(struct log *log);

/* Log one event with key, value, key, value, ..., NULL; a NULL value leaves its pair out.  Control
 * characters are escaped, so that text from outside cannot forge a line.  A NULL log drops it.
 * yields: no. */
void log_event(struct log *log, enum log_level level, const char *event, ...)
    __attribute__((sentinel));

/* A number as a value: log_event(..., "ms", LOG_NUM(elapsed_ms), NULL). */
#define LOG_NUM(value) log_num((char[24]){0}, (int64_t)(value))
const char *log_num(char out[24], int64_t value);

#endif
