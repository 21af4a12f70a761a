#include "plinth/codec/http.h"
#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"

#include <stdbool.h>
#include <string.h>

/* --- Headers --- */

/* A line break in a value would start a header of somebody else's choice; RFC 9110, 5.5 has it
 * replaced by a blank. */
static char *header_value(struct arena *arena, const char *value)
{
    char *out = arena_str(arena, value);

    for (char *at = out; *at != '\0'; at++)
        if (*at == '\r' || *at == '\n')
            *at = ' ';
    return out;
}

void http_header_add(struct http_headers *headers, struct arena *arena, const char *name,
                     const char *value)
{
    struct http_header *header = VEC_ADD(arena, headers);

    header->name = arena_str(arena, name);
    header->value = header_value(arena, value);
}

const char *http_header_get(const struct http_headers *headers, const char *name)
{
    for (size_t i = 0; i < headers->count; i++)
        if (str_eq_nocase(headers->items[i].name, name))
            return headers->items[i].value;
    return NULL;
}

/* --- URLs --- */

static bool is_alnum(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static char *lower_copy(struct arena *arena, const char *text, size_t len)
{
    char *out = arena_strn(arena, text, len);

    for (size_t i = 0; i < len; i++)
        if (out[i] >= 'A' && out[i] <= 'Z')
            out[i] = (char)(out[i] - 'A' + 'a');
    return out;
}

/* The length of the host that `text` starts with, [] included; 0 if it starts with none. */
static size_t host_len(const char *text, size_t len)
{
    size_t at = 0;

    if (len > 0 && text[0] == '[') {
        at = 1;
        while (at < len && (hex_value(text[at]) >= 0 || text[at] == ':' || text[at] == '.'))
            at++;
        return at > 1 && at < len && text[at] == ']' ? at + 1 : 0;
    }
    while (at < len && (is_alnum(text[at]) || strchr("-._", text[at]) != NULL))
        at++;
    return at;
}

static bool port_parse(const char *text, size_t len, int *out)
{
    int port = 0;

    if (len == 0 || len > 5)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        port = port * 10 + (text[i] - '0');
    }
    *out = port;
    return port >= 1 && port <= 65535;
}

/* Visible ASCII only, and no fragment: it does not travel. */
static int url_check(const char *url, struct err *err)
{
    for (const char *at = url; *at != '\0'; at++)
        if (*at <= ' ' || *at > '~' || *at == '#')
            return err_set(err, ERR_CONFIG, "the URL \"%s\" has a character that must not be there",
                           url);
    return 0;
}

int http_url_parse(const char *url, struct arena *arena, struct http_url *out, struct err *err)
{
    const char *marks = strstr(url, "://"), *authority, *path, *query;
    size_t len, host;
    struct http_url parsed = {0};

    if (url_check(url, err) != 0)
        return -1;
    if (marks != NULL)
        parsed.scheme = lower_copy(arena, url, (size_t)(marks - url));
    if (!str_eq(parsed.scheme, "http") && !str_eq(parsed.scheme, "https"))
        return err_set(err, ERR_CONFIG, "the URL \"%s\" does not start with https:// or http://",
                       url);
    authority = marks + 3;
    len = strcspn(authority, "/?");
    host = host_len(authority, len);
    parsed.port = str_eq(parsed.scheme, "https") ? 443 : 80;
    if (memchr(authority, '@', len) != NULL)
        return err_set(err, ERR_CONFIG, "a URL must not carry a user or a password");
    if (host == 0)
        return err_set(err, ERR_CONFIG, "the URL \"%s\" has no host", url);
    if (host < len &&
        (authority[host] != ':' || !port_parse(authority + host + 1, len - host - 1, &parsed.port)))
        return err_set(err, ERR_CONFIG, "the URL \"%s\" has no valid host and port", url);

    parsed.authority = lower_copy(arena, authority, len);
    parsed.host = authority[0] == '[' ? arena_strn(arena, parsed.authority + 1, host - 2)
                                      : arena_strn(arena, parsed.authority, host);
    path = authority + len;
    query = strchr(path, '?');
    len = query == NULL ? strlen(path) : (size_t)(query - path);
    parsed.path = len == 0 ? "/" : arena_strn(arena, path, len);
    parsed.query = query == NULL ? "" : arena_str(arena, query + 1);
    *out = parsed;
    return 0;
}

/* --- Escaping --- */

void uri_encode(const char *bytes, size_t len, const char *keep, struct buf *out)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)bytes[i];

        if (is_alnum(bytes[i]) ||
            (c != '\0' && (strchr("-_.~", c) != NULL || (keep != NULL && strchr(keep, c))))) {
            buf_char(out, bytes[i]);
        } else {
            buf_char(out, '%');
            buf_char(out, digits[c >> 4]);
            buf_char(out, digits[c & 0xF]);
        }
    }
}

char *uri_decode(const char *text, size_t len, int plus_is_space, struct arena *arena)
{
    char *out = arena_alloc(arena, len + 1), *to = out;

    for (size_t i = 0; i < len; i++) {
        char c = text[i];

        if (c == '+' && plus_is_space) {
            c = ' ';
        } else if (c == '%') {
            int high = len - i > 2 ? hex_value(text[i + 1]) : -1;
            int low = len - i > 2 ? hex_value(text[i + 2]) : -1;

            if (high < 0 || low < 0)
                return NULL;
            c = (char)(high << 4 | low);
            i += 2;
        }
        if (c == '\0')
            return NULL;
        *to++ = c;
    }
    return out;
}

int http_params_parse(const char *text, struct arena *arena, struct http_param **out,
                      size_t *out_count, struct err *err)
{
    VEC(struct http_param) params = {0};

    while (*text != '\0') {
        size_t len = strcspn(text, "&");
        const char *equals = memchr(text, '=', len);
        size_t name_len = equals == NULL ? len : (size_t)(equals - text);
        struct http_param param = {.value = ""};

        if (len > 0) {
            param.name = uri_decode(text, name_len, 1, arena);
            if (equals != NULL)
                param.value = uri_decode(equals + 1, len - name_len - 1, 1, arena);
            if (param.name == NULL || param.value == NULL)
                return err_set(err, ERR_PROTOCOL, "parameter %zu has a broken %% escape",
                               params.count + 1);
            *VEC_ADD(arena, &params) = param;
        }
        text += len;
        text += *text == '&';
    }
    *out = params.items;
    *out_count = params.count;
    return 0;
}
