/*
 * sigv4.c - canonical request, string to sign, signature.
 *
 * The canonical form is botocore's, to the letter, where AWS's description leaves room: services
 * were tested with it.  The query is signed as it travels, only sorted; the path of all services
 * but S3 is normalized and encoded once more.
 */
#include "plinth/aws/sigv4.h"

#include "plinth/aws/credentials.h"
#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/secret.h"
#include "plinth/base/str.h"
#include "plinth/base/time.h"
#include "plinth/codec/hash.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CANONICAL_BYTES_MOST = 1024 * 1024, DATE_BYTES = 8 };

/* --- The signing key -----------------------------------------------------------------------------
 */

enum { CACHE_SLOTS = 256, SCOPE_BYTES_MOST = 128, SECRET_BYTES_MOST = 96 };

struct slot {
    char scope[SCOPE_BYTES_MOST]; /* "AKID/20260101/eu-west-1/sts/aws4_request"; "": free */
    char secret[SECRET_BYTES_MOST];
    unsigned char key[SHA256_BYTES];
};

struct sigv4_cache {
    struct secret *pages; /* holds CACHE_SLOTS slots */
    struct slot *slots;
};

struct sigv4_cache *sigv4_cache_new(void)
{
    struct sigv4_cache *cache = calloc(1, sizeof *cache);
    struct slot *zeros = calloc(CACHE_SLOTS, sizeof *zeros);

    if (cache == NULL || zeros == NULL) {
        (void)fputs("plinth: out of memory (for signing keys)\n", stderr);
        exit(1);
    }
    cache->pages = secret_new(zeros, CACHE_SLOTS * sizeof *zeros);
    /* The secret's pages are ours alone and writable; only its reader is const. */
    cache->slots = (struct slot *)(uintptr_t)secret_reveal(cache->pages);
    free(zeros);
    return cache;
}

void sigv4_cache_free(struct sigv4_cache *cache)
{
    if (cache == NULL)
        return;
    secret_free(cache->pages);
    free(cache);
}

static void derive_key(const struct sigv4_scope *scope, const struct credentials *credentials,
                       const char *date, unsigned char out[SHA256_BYTES])
{
    struct buf first;

    buf_init(&first, INT_MAX);
    buf_str(&first, "AWS4");
    buf_add(&first, secret_reveal(credentials->secret_access_key),
            secret_len(credentials->secret_access_key));
    hmac_sha256(first.data, first.len, date, DATE_BYTES, out);
    hmac_sha256(out, SHA256_BYTES, scope->region, strlen(scope->region), out);
    hmac_sha256(out, SHA256_BYTES, scope->service, strlen(scope->service), out);
    hmac_sha256(out, SHA256_BYTES, "aws4_request", strlen("aws4_request"), out);
    wipe(first.data, first.len);
    buf_fini(&first);
}

/* FNV-1a; the whole scope is compared afterwards. */
static size_t slot_index(const char *text)
{
    uint32_t hash = 2166136261U;

    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * 16777619U;
    return hash % CACHE_SLOTS;
}

/* The secret is compared too: one that was corrected keeps its access key id. */
static void signing_key(const struct sigv4_scope *scope, const struct credentials *credentials,
                        const char *credential_scope, const char *date,
                        unsigned char out[SHA256_BYTES])
{
    const char *secret = secret_reveal(credentials->secret_access_key);
    size_t scope_len = strlen(credential_scope);
    size_t secret_bytes = secret_len(credentials->secret_access_key);
    struct slot *slot;

    if (scope->cache == NULL || scope_len >= SCOPE_BYTES_MOST ||
        secret_bytes >= SECRET_BYTES_MOST) {
        derive_key(scope, credentials, date, out);
        return;
    }
    slot = &scope->cache->slots[slot_index(credential_scope)];
    if (strcmp(slot->scope, credential_scope) != 0 || strcmp(slot->secret, secret) != 0) {
        derive_key(scope, credentials, date, slot->key);
        memcpy(slot->scope, credential_scope, scope_len + 1);
        memcpy(slot->secret, secret, secret_bytes + 1);
    }
    memcpy(out, slot->key, SHA256_BYTES);
}

/* --- The canonical request -----------------------------------------------------------------------
 */

/* "/a//b/../c/" to "/a/c/": RFC 3986, 5.2.4, and repeated slashes are one. */
static void normalize_path(const char *path, struct buf *out)
{
    size_t len = strlen(path);

    for (const char *at = path; *at != '\0';) {
        size_t segment = strcspn(at, "/");

        if (segment == 2 && at[0] == '.' && at[1] == '.') {
            while (out->len > 0 && out->data[--out->len] != '/')
                continue;
        } else if (segment > 0 && !(segment == 1 && at[0] == '.')) {
            buf_char(out, '/');
            buf_add(out, at, segment);
        }
        at += segment;
        at += *at == '/';
    }
    if (out->len == 0 || path[len - 1] == '/')
        buf_char(out, '/');
}

static void add_path(const char *path, bool s3, struct buf *out)
{
    struct buf normal;

    if (s3) {
        buf_str(out, path);
        return;
    }
    buf_init(&normal, out->max);
    normalize_path(path, &normal);
    uri_encode(normal.data, normal.len, "/", out);
    out->overflow |= normal.overflow;
    buf_fini(&normal);
}

struct piece {
    const char *name, *value;
    size_t name_len, value_len;
};

static int bytes_compare(const char *a, size_t a_len, const char *b, size_t b_len)
{
    int order = memcmp(a, b, a_len < b_len ? a_len : b_len);

    return order != 0 ? order : (a_len > b_len) - (a_len < b_len);
}

static int piece_compare(const void *a, const void *b)
{
    const struct piece *x = a, *y = b;
    int order = bytes_compare(x->name, x->name_len, y->name, y->name_len);

    return order != 0 ? order : bytes_compare(x->value, x->value_len, y->value, y->value_len);
}

/* Sorted by name, then by value; nothing is decoded or encoded. */
static void add_query(const char *query, struct arena *arena, struct buf *out)
{
    struct piece *pieces;
    size_t count = 1, at = 0;

    if (*query == '\0')
        return;
    for (const char *c = query; *c != '\0'; c++)
        count += *c == '&';
    pieces = arena_array(arena, count, sizeof *pieces);
    for (const char *from = query; at < count; at++) {
        size_t len = strcspn(from, "&"), name_len = strcspn(from, "=&");

        pieces[at] = (struct piece){from, from + name_len, name_len, len - name_len};
        if (len > name_len) {
            pieces[at].value++;
            pieces[at].value_len--;
        }
        from += len + 1;
    }
    qsort(pieces, count, sizeof *pieces, piece_compare);
    for (at = 0; at < count; at++) {
        if (at > 0)
            buf_char(out, '&');
        buf_add(out, pieces[at].name, pieces[at].name_len);
        buf_char(out, '=');
        buf_add(out, pieces[at].value, pieces[at].value_len);
    }
}

/* Headers that a proxy or the transport may change on the way; botocore's list. */
static bool is_signed(const char *lower_name)
{
    static const char *const unsigned_names[] = {
        "baggage",    "connection",         "expect",
        "keep-alive", "proxy-authenticate", "proxy-authorization",
        "te",         "traceparent",        "tracestate",
        "trailer",    "transfer-encoding",  "upgrade",
        "user-agent", "x-amzn-trace-id",
    };

    for (size_t i = 0; i < sizeof unsigned_names / sizeof unsigned_names[0]; i++)
        if (strcmp(lower_name, unsigned_names[i]) == 0)
            return false;
    return true;
}

/* A header with its name in lower case and its place in the request: values of one name are joined
 * in the order they travel in. */
struct signed_header {
    const char *name, *value;
    size_t place;
};

static int header_compare(const void *a, const void *b)
{
    const struct signed_header *x = a, *y = b;
    int order = strcmp(x->name, y->name);

    return order != 0 ? order : (x->place > y->place) - (x->place < y->place);
}

static const char *lower(struct arena *arena, const char *text)
{
    char *out = arena_str(arena, text);

    for (char *at = out; *at != '\0'; at++)
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at - 'A' + 'a');
    return out;
}

/* Blanks at both ends go, those within become one. */
static void add_trimmed(const char *value, struct buf *out)
{
    static const char blanks[] = " \t\n\v\f\r";

    for (value += strspn(value, blanks); *value != '\0';) {
        size_t word = strcspn(value, blanks);

        buf_add(out, value, word);
        value += word;
        value += strspn(value, blanks);
        if (*value != '\0')
            buf_char(out, ' ');
    }
}

/* The Host header as it will travel: the transport leaves a default port out. */
static const char *host_value(const struct http_url *url, struct arena *arena)
{
    size_t len = strlen(url->authority);
    int standard = str_eq(url->scheme, "https") ? 443 : 80;
    const char *port = strrchr(url->authority, ':');

    if (url->port == standard && port != NULL && strchr(port, ']') == NULL)
        len = (size_t)(port - url->authority);
    return arena_strn(arena, url->authority, len);
}

/* Sorted; *out_count of them. */
static struct signed_header *signed_headers(const struct http_request *request,
                                            const struct http_url *url, struct arena *arena,
                                            size_t *out_count)
{
    const struct http_headers *headers = &request->headers;
    struct signed_header *out = arena_array(arena, headers->count + 1, sizeof *out);
    size_t count = 0;

    for (size_t i = 0; i < headers->count; i++) {
        const char *name = lower(arena, headers->items[i].name);

        if (is_signed(name))
            out[count++] = (struct signed_header){name, headers->items[i].value, i};
    }
    if (http_header_get(headers, "host") == NULL)
        out[count++] = (struct signed_header){"host", host_value(url, arena), headers->count};
    qsort(out, count, sizeof *out, header_compare);
    *out_count = count;
    return out;
}

/* "host:example.com\n..." */
static void add_headers(const struct signed_header *headers, size_t count, struct buf *out)
{
    for (size_t i = 0; i < count; i++) {
        bool again = i > 0 && strcmp(headers[i].name, headers[i - 1].name) == 0;

        if (i > 0)
            buf_char(out, again ? ',' : '\n');
        if (!again) {
            buf_str(out, headers[i].name);
            buf_char(out, ':');
        }
        add_trimmed(headers[i].value, out);
    }
    buf_char(out, '\n');
}

/* "host;x-amz-date" */
static void add_header_names(const struct signed_header *headers, size_t count, struct buf *out)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && strcmp(headers[i].name, headers[i - 1].name) == 0)
            continue;
        if (i > 0)
            buf_char(out, ';');
        buf_str(out, headers[i].name);
    }
}

static void payload_hash(const struct http_request *request, char out[SHA256_HEX_BYTES])
{
    sha256_hex(request->body_len == 0 ? "" : request->body, request->body_len, out);
}

/* --- The request ---------------------------------------------------------------------------------
 */

static void headers_remove(struct http_headers *headers, const char *name)
{
    size_t kept = 0;

    for (size_t i = 0; i < headers->count; i++)
        if (!str_eq_nocase(headers->items[i].name, name))
            headers->items[kept++] = headers->items[i];
    headers->count = kept;
}

static void header_set(struct http_headers *headers, struct arena *arena, const char *name,
                       const char *value)
{
    headers_remove(headers, name);
    http_header_add(headers, arena, name, value);
}

/* The headers that are signed themselves; `payload` becomes the hash that is signed. */
static void add_own_headers(const struct sigv4_scope *scope, const struct credentials *credentials,
                            const char *time, struct http_request *request, struct arena *arena,
                            char payload[SHA256_HEX_BYTES])
{
    const char *given = http_header_get(&request->headers, "X-Amz-Content-SHA256");

    headers_remove(&request->headers, "Authorization");
    header_set(&request->headers, arena, "X-Amz-Date", time);
    if (credentials->session_token != NULL)
        header_set(&request->headers, arena, "X-Amz-Security-Token",
                   secret_reveal(credentials->session_token));
    payload_hash(request, payload);
    if (scope->s3)
        header_set(&request->headers, arena, "X-Amz-Content-SHA256", payload);
    else if (given != NULL)
        (void)snprintf(payload, SHA256_HEX_BYTES, "%s", given);
}

/* The hash of the canonical request in hex; -1 if it is too large. */
static int canonical_hash(const struct http_request *request, const struct http_url *url,
                          const struct signed_header *headers, size_t count, const char *payload,
                          bool s3, struct arena *arena, char out[SHA256_HEX_BYTES])
{
    struct buf canonical;
    int result;

    buf_init(&canonical, CANONICAL_BYTES_MOST);
    buf_str(&canonical, request->method);
    buf_char(&canonical, '\n');
    add_path(url->path, s3, &canonical);
    buf_char(&canonical, '\n');
    add_query(url->query, arena, &canonical);
    buf_char(&canonical, '\n');
    add_headers(headers, count, &canonical);
    buf_char(&canonical, '\n');
    add_header_names(headers, count, &canonical);
    buf_char(&canonical, '\n');
    buf_str(&canonical, payload);
    result = canonical.overflow ? -1 : 0;
    sha256_hex(buf_text(&canonical), canonical.len, out);
    if (canonical.data != NULL)
        wipe(canonical.data, canonical.len); /* it holds the session token */
    buf_fini(&canonical);
    return result;
}

int sigv4_sign(const struct sigv4_scope *scope, const struct credentials *credentials,
               struct http_request *request, struct arena *arena, struct err *err)
{
    char time[TIME_TEXT_BYTES], payload[SHA256_HEX_BYTES], hash[SHA256_HEX_BYTES];
    char signature[SHA256_HEX_BYTES];
    unsigned char key[SHA256_BYTES], digest[SHA256_BYTES];
    struct signed_header *headers;
    const char *credential, *to_sign;
    struct http_url url;
    struct buf value;
    size_t count;

    if (http_url_parse(request->url, arena, &url, err) != 0)
        return -1;
    time_amz(scope->wall_ms, time);
    add_own_headers(scope, credentials, time, request, arena, payload);
    headers = signed_headers(request, &url, arena, &count);
    if (canonical_hash(request, &url, headers, count, payload, scope->s3, arena, hash) != 0)
        return err_set(err, ERR_CONFIG, "the request to %s is too large to be signed", url.host);

    credential = arena_printf(arena, "%s/%.8s/%s/%s/aws4_request", credentials->access_key_id, time,
                              scope->region, scope->service);
    to_sign = arena_printf(arena, "AWS4-HMAC-SHA256\n%s\n%s\n%s", time,
                           credential + strlen(credentials->access_key_id) + 1, hash);
    signing_key(scope, credentials, credential, time, key);
    hmac_sha256(key, sizeof key, to_sign, strlen(to_sign), digest);
    wipe(key, sizeof key);
    hex_encode(digest, sizeof digest, signature);

    buf_init(&value, CANONICAL_BYTES_MOST);
    buf_printf(&value, "AWS4-HMAC-SHA256 Credential=%s, SignedHeaders=", credential);
    add_header_names(headers, count, &value);
    buf_printf(&value, ", Signature=%s", signature);
    http_header_add(&request->headers, arena, "Authorization", buf_text(&value));
    buf_fini(&value);
    return 0;
}
