#include "plinth/base/err.h"

#include "plinth/base/str.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Text that was cut does not end within a character. */
static void end_whole(char text[ERR_TEXT_BYTES])
{
    size_t len = strlen(text), last = len;

    while (last > 0 && ((unsigned char)text[--last] & 0xC0) == 0x80)
        ;
    if (len == ERR_TEXT_BYTES - 1 && utf8_len(text + last, len - last) == 0)
        text[last] = '\0';
}

/* Format by way of a copy: the arguments may be err->text itself.  One line stays one line,
 * whatever a service put into its message. */
static void set_text(struct err *err, enum err_code code, const char *format, va_list args)
{
    char text[ERR_TEXT_BYTES];

    assert(code != ERR_NONE);
    (void)vsnprintf(text, sizeof text, format, args);
    end_whole(text);
    str_defang(text, ' ');
    *err = (struct err){.code = code};
    memcpy(err->text, text, strlen(text) + 1);
}

int err_set(struct err *err, enum err_code code, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    set_text(err, code, format, args);
    va_end(args);
    return -1;
}

int err_wrap(struct err *err, const char *format, ...)
{
    const size_t room = sizeof err->text - 1 - strlen(": ");
    struct err context;
    va_list args;
    size_t len, keep;

    va_start(args, format);
    set_text(&context, ERR_BUG, format, args);
    va_end(args);
    len = strlen(context.text) < room ? strlen(context.text) : room;
    keep = strlen(err->text) < room - len ? strlen(err->text) : room - len;
    memmove(err->text + len + 2, err->text, keep);
    memcpy(err->text, context.text, len);
    memcpy(err->text + len, ": ", 2);
    err->text[len + 2 + keep] = '\0';
    end_whole(err->text);
    return -1;
}

int err_errno(struct err *err, int errno_value, const char *format, ...)
{
    va_list args;
    size_t len;

    va_start(args, format);
    set_text(err, ERR_IO, format, args);
    va_end(args);
    len = strlen(err->text);
    (void)snprintf(err->text + len, sizeof err->text - len, ": %s", strerror(errno_value));
    return -1;
}

void err_clear(struct err *err)
{
    *err = (struct err)ERR_INIT;
}

bool err_is(const struct err *err, const char *service_code)
{
    return strcmp(err->service_code, service_code) == 0;
}

const char *err_code_name(enum err_code code)
{
    switch (code) {
    case ERR_NONE:
        return "none";
    case ERR_USAGE:
        return "usage";
    case ERR_CONFIG:
        return "config";
    case ERR_DENIED:
        return "denied";
    case ERR_NOTFOUND:
        return "notfound";
    case ERR_CONFLICT:
        return "conflict";
    case ERR_THROTTLED:
        return "throttled";
    case ERR_TRANSIENT:
        return "transient";
    case ERR_LOST:
        return "lost";
    case ERR_PENDING:
        return "pending";
    case ERR_PROTOCOL:
        return "protocol";
    case ERR_IO:
        return "io";
    case ERR_LIMIT:
        return "limit";
    case ERR_CANCELLED:
        return "cancelled";
    case ERR_GATE:
        return "gate";
    case ERR_BUG:
        return "bug";
    }
    return "bug";
}
