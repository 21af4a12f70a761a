/*
 * err.h - what went wrong, said once, with its context.
 *
 * Layer:  base.  Every fallible function returns 0 or -1 (or a pointer or NULL) and takes a
 *         `struct err *`, never NULL, as its last parameter.  No allocation, no "last error":
 *         another fiber would overwrite it.
 */
#ifndef PLINTH_BASE_ERR_H
#define PLINTH_BASE_ERR_H

#include <stdbool.h>

/* The codes say what a caller can do, not where the error came from. */
enum err_code {
    ERR_NONE = 0,
    ERR_USAGE,     /* the command line is wrong: tell the user */
    ERR_CONFIG,    /* the baseline or a configuration file is wrong: file:line:column in the text */
    ERR_DENIED,    /* refused by permissions or by a policy */
    ERR_NOTFOUND,  /* the thing does not exist */
    ERR_CONFLICT,  /* the live state is not what the write expected: look again */
    ERR_THROTTLED, /* refused for its rate, retries spent; nothing was done */
    ERR_TRANSIENT, /* failed for now, retries spent; nothing was done */
    ERR_LOST,      /* a write was sent and its answer lost: look before sending it again */
    ERR_PENDING,   /* the service is not ready for this account yet: come back later */
    ERR_PROTOCOL,  /* the answer makes no sense */
    ERR_IO,        /* a file or a local resource failed */
    ERR_LIMIT,     /* input larger than base/limits.h allows */
    ERR_CANCELLED, /* the run is being stopped */
    ERR_GATE,      /* refused by a safety gate of ours */
    ERR_BUG,       /* an invariant of ours broke */
};

enum { ERR_TEXT_BYTES = 1024, ERR_SERVICE_CODE_BYTES = 96 };

struct err {
    enum err_code code;
    int http_status; /* of the answer that made this error; 0: there was none */
    char service_code[ERR_SERVICE_CODE_BYTES]; /* AWS's own error code, "" if AWS gave none */
    char text[ERR_TEXT_BYTES];                 /* one line, UTF-8, always NUL-terminated */
};

/* An err with nothing in it. */
#define ERR_INIT                                                                                   \
    {                                                                                              \
        .code = ERR_NONE                                                                           \
    }

/* Set code and text; clears the service code.  Text past the size is cut.  Returns -1.
 * yields: no. */
int err_set(struct err *err, enum err_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Put "context: " in front of the text; the code stays.  Returns -1.  yields: no. */
int err_wrap(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Like err_set with ERR_IO and strerror(errno_value) behind the text.  Returns -1.  yields: no. */
int err_errno(struct err *err, int errno_value, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Back to ERR_INIT.  yields: no. */
void err_clear(struct err *err);

/* Whether AWS answered with this error code ("AccessDeniedException").  yields: no. */
bool err_is(const struct err *err, const char *service_code);

/* A stable lower-case name of the code ("denied").  Static storage.  yields: no. */
const char *err_code_name(enum err_code code);

#endif
