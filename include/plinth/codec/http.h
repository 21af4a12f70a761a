/*
 * http.h - the shape of an HTTP message, and the escaping of its parts.
 *
 * Layer:  codec.  Shared by net (which sends it), aws (which signs it) and sim (which answers it).
 * Source: RFC 9110, RFC 3986.
 */
#ifndef PLINTH_CODEC_HTTP_H
#define PLINTH_CODEC_HTTP_H

#include "plinth/base/err.h"

#include <stddef.h>
#include <stdint.h>

struct arena; /* base/arena.h */
struct buf;   /* base/buf.h */

struct http_header {
    const char *name;
    const char *value;
};

struct http_headers {
    struct http_header *items;
    size_t count, capacity;
};

struct http_request {
    const char *method;          /* "GET" */
    const char *url;             /* absolute, path and query encoded as they travel */
    struct http_headers headers; /* without Content-Length */
    const void *body;            /* NULL: none */
    size_t body_len;
    int64_t timeout_ms; /* for the whole exchange; 0: the transport's default */
};

struct http_response {
    int status;
    struct http_headers headers;
    const char *body; /* NUL-terminated behind body_len */
    size_t body_len;
};

/* Copies name and value; a line break in the value becomes a blank.  yields: no. */
void http_header_add(struct http_headers *headers, struct arena *arena, const char *name,
                     const char *value);

/* The first value of that name, whatever its case; NULL.  yields: no. */
const char *http_header_get(const struct http_headers *headers, const char *name);

struct http_url {
    const char *scheme, *host; /* lower case; host without port and without [] */
    const char *authority;     /* host, and ":port" if the URL has one: the Host header */
    int port;                  /* 80 or 443 if the URL has none */
    const char *path;          /* as it travels; "/" if empty */
    const char *query;         /* as it travels, without "?"; "" if there is none */
};

/* Take an absolute http or https URL apart.  User, password and fragment are refused.
 * owns: `arena`.  err: ERR_CONFIG.  yields: no. */
int http_url_parse(const char *url, struct arena *arena, struct http_url *out, struct err *err);

/* Percent-encode all but A-Z a-z 0-9 - _ . ~ (RFC 3986 unreserved) and the bytes in `keep`.
 * yields: no. */
void uri_encode(const char *bytes, size_t len, const char *keep, struct buf *out);

/* Decode %XX; `plus_is_space` for form bodies and query strings.  owns: `arena`.  NULL if a % is
 * not followed by two hex digits or a NUL would come out.  yields: no. */
char *uri_decode(const char *text, size_t len, int plus_is_space, struct arena *arena);

struct http_param {
    const char *name, *value; /* decoded; value "" where there is no "=" */
};

/* Split "a=1&b=2"; "+" is a blank, empty pieces are skipped.
 * owns: `arena`.  err: ERR_PROTOCOL.  yields: no. */
int http_params_parse(const char *text, struct arena *arena, struct http_param **out,
                      size_t *out_count, struct err *err);

#endif
