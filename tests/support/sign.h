/*
 * sign.h - Signature Version 4 for the tests of the simulator, independent of src/aws.
 *
 * It signs every header of the request.  The query string must be percent-encoded as the signature
 * wants it; its order does not matter.
 */
#ifndef PLINTH_TESTS_SIGN_H
#define PLINTH_TESTS_SIGN_H

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/str.h"
#include "plinth/base/time.h"
#include "plinth/codec/hash.h"
#include "plinth/codec/http.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sign_key {
    const char *access_key_id, *secret_access_key;
    const char *session_token; /* NULL: a long-term key */
};

enum { SIGN_PIECES_MOST = 64 };

static inline int sign_by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static inline void sign_query(const char *query, struct arena *arena, struct buf *out)
{
    const char *pieces[SIGN_PIECES_MOST];
    size_t count = 0;

    while (*query != '\0' && count < SIGN_PIECES_MOST) {
        size_t len = strcspn(query, "&");
        const char *piece = arena_strn(arena, query, len);

        pieces[count++] = strchr(piece, '=') ? piece : arena_printf(arena, "%s=", piece);
        query += len + (query[len] == '&');
    }
    qsort(pieces, count, sizeof pieces[0], sign_by_text);
    for (size_t i = 0; i < count; i++)
        buf_printf(out, "%s%s", i == 0 ? "" : "&", pieces[i]);
}

/* "name:value" lines, sorted; returns "a;b;c". */
static inline const char *sign_headers(const struct http_request *request, struct arena *arena,
                                       struct buf *out)
{
    const char *lines[SIGN_PIECES_MOST];
    char *names = arena_str(arena, "");
    size_t count = 0;

    for (size_t i = 0; i < request->headers.count && count < SIGN_PIECES_MOST; i++) {
        char *line = arena_printf(arena, "%s:%s", request->headers.items[i].name,
                                  request->headers.items[i].value);

        for (char *at = line; *at != ':'; at++)
            *at = (char)tolower((unsigned char)*at);
        lines[count++] = line;
    }
    qsort(lines, count, sizeof lines[0], sign_by_text);
    for (size_t i = 0; i < count; i++) {
        buf_printf(out, "%s\n", lines[i]);
        names = arena_printf(arena, "%s%s%.*s", names, i == 0 ? "" : ";",
                             (int)strcspn(lines[i], ":"), lines[i]);
    }
    return names;
}

static inline void sign_path(const char *path, const char *service, struct buf *out)
{
    if (strcmp(service, "s3") == 0)
        buf_str(out, path);
    else
        uri_encode(path, strlen(path), "/", out);
}

static inline const char *sign_signature(const char *secret, const char *scope_date,
                                         const char *region, const char *service, const char *text,
                                         struct arena *arena)
{
    const char *const steps[] = {scope_date, region, service, "aws4_request", text};
    unsigned char key[SHA256_BYTES];
    char *first = arena_printf(arena, "AWS4%s", secret), *hex = arena_alloc(arena, 65);

    hmac_sha256(first, strlen(first), steps[0], strlen(steps[0]), key);
    for (size_t i = 1; i < 5; i++) {
        unsigned char next[SHA256_BYTES];

        hmac_sha256(key, sizeof key, steps[i], strlen(steps[i]), next);
        memcpy(key, next, sizeof key);
    }
    hex_encode(key, sizeof key, hex);
    return hex;
}

/* Adds Host, X-Amz-Date, the token and Authorization. */
static inline void sign_request(struct http_request *request, const struct sign_key *key,
                                const char *region, const char *service, int64_t now_ms,
                                struct arena *arena)
{
    char date[TIME_TEXT_BYTES], digest[SHA256_HEX_BYTES], payload[SHA256_HEX_BYTES];
    const char *names, *scope, *text, *signature;
    struct http_url url;
    struct err err = ERR_INIT;
    struct buf canonical;

    if (http_url_parse(request->url, arena, &url, &err) != 0)
        abort();
    time_amz(now_ms, date);
    sha256_hex(request->body, request->body_len, payload);
    if (http_header_get(&request->headers, "Host") == NULL)
        http_header_add(&request->headers, arena, "Host", url.authority);
    http_header_add(&request->headers, arena, "X-Amz-Date", date);
    if (key->session_token != NULL)
        http_header_add(&request->headers, arena, "X-Amz-Security-Token", key->session_token);
    if (strcmp(service, "s3") == 0)
        http_header_add(&request->headers, arena, "X-Amz-Content-Sha256", payload);

    buf_init(&canonical, 1024 * 1024);
    buf_printf(&canonical, "%s\n", request->method);
    sign_path(url.path, service, &canonical);
    buf_char(&canonical, '\n');
    sign_query(url.query, arena, &canonical);
    buf_char(&canonical, '\n');
    names = sign_headers(request, arena, &canonical);
    buf_printf(&canonical, "\n%s\n%s", names, payload);
    sha256_hex(canonical.data, canonical.len, digest);
    buf_fini(&canonical);

    scope = arena_printf(arena, "%.8s/%s/%s/aws4_request", date, region, service);
    text = arena_printf(arena, "AWS4-HMAC-SHA256\n%s\n%s\n%s", date, scope, digest);
    signature = sign_signature(key->secret_access_key, arena_strn(arena, date, 8), region, service,
                               text, arena);
    http_header_add(&request->headers, arena, "Authorization",
                    arena_printf(arena,
                                 "AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, "
                                 "Signature=%s",
                                 key->access_key_id, scope, names, signature));
}

#endif
