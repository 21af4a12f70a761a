#include "plinth/base/err.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void set_text(struct err *err, enum err_code code, const char *format, va_list args)
{
    assert(code != ERR_NONE);
    err->code = code;
    err->http_status = 0;
    err->service_code[0] = '\0';
    (void)vsnprintf(err->text, sizeof err->text, format, args);
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
    char context[ERR_TEXT_BYTES];
    va_list args;
    size_t len, keep;

    va_start(args, format);
    (void)vsnprintf(context, sizeof context - 3, format, args);
    va_end(args);
    strcat(context, ": ");

    len = strlen(context);
    keep = strlen(err->text);
    if (keep > sizeof err->text - 1 - len)
        keep = sizeof err->text - 1 - len;
    memmove(err->text + len, err->text, keep);
    memcpy(err->text, context, len);
    err->text[len + keep] = '\0';
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
