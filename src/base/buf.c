#include "plinth/base/buf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buf_init(struct buf *buf, size_t max)
{
    *buf = (struct buf){.max = max};
}

void buf_init_sink(struct buf *buf, size_t piece, buf_sink_fn sink, void *arg)
{
    *buf = (struct buf){.max = SIZE_MAX / 2, .sink = sink, .sink_arg = arg, .piece = piece};
}

int buf_flush(struct buf *buf)
{
    if (!buf->overflow && buf->len > 0) {
        int refused = buf->sink(buf->sink_arg, buf->data, buf->len);

        buf_reset(buf);
        buf->overflow = refused != 0;
    }
    return buf->overflow ? -1 : 0;
}

static void flush_piece(struct buf *buf)
{
    if (buf->sink != NULL && buf->len >= buf->piece)
        (void)buf_flush(buf);
}

void buf_fini(struct buf *buf)
{
    size_t max = buf->max;

    free(buf->data);
    buf_init(buf, max);
}

void buf_reset(struct buf *buf)
{
    buf->len = 0;
    buf->overflow = false;
    if (buf->data != NULL)
        buf->data[0] = '\0';
}

/* Room for `len` more bytes and a NUL. */
static bool reserve(struct buf *buf, size_t len)
{
    size_t capacity = buf->capacity == 0 ? 256 : buf->capacity;
    char *data;

    if (buf->overflow || len > buf->max - buf->len) {
        buf->overflow = true;
        return false;
    }
    if (buf->data != NULL && buf->capacity - buf->len > len)
        return true;
    while (capacity - buf->len <= len)
        capacity *= 2;
    data = realloc(buf->data, capacity);
    if (data == NULL) {
        (void)fprintf(stderr, "plinth: out of memory (%zu bytes for a buffer)\n", capacity);
        exit(1);
    }
    buf->data = data;
    buf->capacity = capacity;
    return true;
}

void buf_add(struct buf *buf, const void *bytes, size_t len)
{
    if (!reserve(buf, len))
        return;
    if (len > 0)
        memcpy(buf->data + buf->len, bytes, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
    flush_piece(buf);
}

void buf_str(struct buf *buf, const char *text)
{
    buf_add(buf, text, strlen(text));
}

void buf_char(struct buf *buf, char c)
{
    buf_add(buf, &c, 1);
}

void buf_vprintf(struct buf *buf, const char *format, va_list args)
{
    size_t room = buf->overflow ? 0 : buf->capacity - buf->len;
    va_list again;
    int len;

    va_copy(again, args);
    len = vsnprintf(room == 0 ? NULL : buf->data + buf->len, room, format, again);
    va_end(again);
    if (room > 0 && (len < 0 || (size_t)len >= room || (size_t)len > buf->max - buf->len))
        buf->data[buf->len] = '\0'; /* what did not fit is no part of it */
    if (len < 0 || !reserve(buf, (size_t)len))
        return;
    if ((size_t)len >= room)
        (void)vsnprintf(buf->data + buf->len, (size_t)len + 1, format, args);
    buf->len += (size_t)len;
    flush_piece(buf);
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    buf_vprintf(buf, format, args);
    va_end(args);
}

const char *buf_text(const struct buf *buf)
{
    return buf->data == NULL ? "" : buf->data;
}
