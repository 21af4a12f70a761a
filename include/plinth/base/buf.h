/*
 * buf.h - a growing byte buffer with a maximum size.
 *
 * Layer:  base.  The maximum is given at the start, so that nothing from outside can grow without
 *         bound.  A buffer that would pass it is marked `overflow` and takes nothing more: check
 *         once, at the end.
 */
#ifndef PLINTH_BASE_BUF_H
#define PLINTH_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* Takes the bytes of a buffer; anything but 0 ends it. */
typedef int (*buf_sink_fn)(void *arg, const char *bytes, size_t len);

struct buf {
    char *data; /* always NUL-terminated behind len once anything was added; NULL before */
    size_t len;
    size_t capacity;
    size_t max;
    bool overflow;
    buf_sink_fn sink; /* NULL: all stays in the buffer */
    void *sink_arg;
    size_t piece; /* it is emptied when it holds that many bytes */
};

/* An empty buffer that takes at most `max` bytes.  owns: caller, buf_fini().  yields: no. */
void buf_init(struct buf *buf, size_t max);

/* An empty buffer for a text of any length: it goes to `sink` in pieces of `piece` bytes or more.
 * What is added is gone from the buffer then.  End with buf_flush.  owns: caller, buf_fini().
 * yields: no. */
void buf_init_sink(struct buf *buf, size_t piece, buf_sink_fn sink, void *arg);

/* Empty it into its sink.  0, or -1 when the sink has refused some of it: then it has overflowed.
 * yields: as the sink. */
int buf_flush(struct buf *buf);

/* Free the memory; the buffer is as buf_init left it.  yields: no. */
void buf_fini(struct buf *buf);

/* Empty it, keep the memory.  yields: no. */
void buf_reset(struct buf *buf);

void buf_add(struct buf *buf, const void *bytes, size_t len);
void buf_str(struct buf *buf, const char *text);
void buf_char(struct buf *buf, char c);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *buf, const char *format, va_list args);

/* The text so far, "" if nothing was added.  owns: the buffer, until the next call on it. */
const char *buf_text(const struct buf *buf);

#endif
