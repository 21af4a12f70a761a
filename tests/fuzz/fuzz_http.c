/*
 * fuzz_http.c - the parts of HTTP messages: URLs, parameters, percent codes, and answers line by
 * line.  The first byte of an input says which: U, P, D or A.
 */
#include "fuzz.h"
#include "net_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/limits.h"
#include "plinth/base/str.h"
#include "plinth/codec/http.h"

#include <assert.h>
#include <string.h>

static bool has_blank(const char *text)
{
    return text[strcspn(text, " \t\r\n")] != '\0';
}

static bool is_trimmed(const char *text)
{
    size_t len = strlen(text);

    return len == 0 ||
           (strchr(" \t\r\n", text[0]) == NULL && strchr(" \t\r\n", text[len - 1]) == NULL);
}

/* --- Percent codes -------------------------------------------------------------------------------
 */

/* Encodes `bytes` behind what `out` has. */
static void encode(const char *bytes, struct buf *out)
{
    size_t from = out->len;

    uri_encode(bytes, strlen(bytes), NULL, out);
    assert(!out->overflow);
    assert(!has_blank(buf_text(out) + from) && strpbrk(buf_text(out) + from, "&=+?#/") == NULL);
}

static void check_decoding(const char *text, size_t len, struct arena *arena)
{
    for (int plus = 0; plus <= 1; plus++) {
        const char *decoded = uri_decode(text, len, plus, arena), *again;
        struct buf buf;

        if (decoded == NULL)
            continue;
        assert(strlen(decoded) <= len);
        buf_init(&buf, 3 * len + 1);
        encode(decoded, &buf);
        again = uri_decode(buf_text(&buf), buf.len, plus, arena);
        assert(again != NULL && strcmp(again, decoded) == 0);
        buf_fini(&buf);
    }
}

/* --- Parameters ----------------------------------------------------------------------------------
 */

static void check_params(const char *text, struct arena *arena)
{
    struct err err = ERR_INIT;
    struct http_param *params, *again;
    size_t count, again_count;
    struct buf buf;

    if (http_params_parse(text, arena, &params, &count, &err) != 0) {
        assert(err.code == ERR_PROTOCOL);
        return;
    }
    buf_init(&buf, 4 * strlen(text) + 8);
    for (size_t i = 0; i < count; i++) {
        encode(params[i].name, &buf);
        buf_char(&buf, '=');
        encode(params[i].value, &buf);
        buf_char(&buf, '&');
    }
    assert(http_params_parse(buf_text(&buf), arena, &again, &again_count, &err) == 0);
    assert(count == again_count);
    for (size_t i = 0; i < count; i++) {
        assert(strcmp(params[i].name, again[i].name) == 0);
        assert(strcmp(params[i].value, again[i].value) == 0);
    }
    buf_fini(&buf);
}

/* --- URLs ----------------------------------------------------------------------------------------
 */

static void check_url(const char *text, struct arena *arena)
{
    struct err err = ERR_INIT;
    struct http_url url, again;
    const char *whole;

    if (http_url_parse(text, arena, &url, &err) != 0) {
        assert(err.code == ERR_CONFIG);
        return;
    }
    assert(str_eq(url.scheme, "http") || str_eq(url.scheme, "https"));
    assert(url.host[0] != '\0' && url.port > 0 && url.port <= 65535 && url.path[0] == '/');
    assert(strpbrk(url.authority, "@/?#") == NULL && strpbrk(url.path, "?#") == NULL);
    whole = arena_printf(arena, "%s://%s%s%s%s", url.scheme, url.authority, url.path,
                         url.query[0] == '\0' ? "" : "?", url.query);
    assert(!has_blank(whole));
    assert(http_url_parse(whole, arena, &again, &err) == 0);
    assert(str_eq(url.scheme, again.scheme) && str_eq(url.host, again.host));
    assert(str_eq(url.authority, again.authority) && url.port == again.port);
    assert(str_eq(url.path, again.path) && str_eq(url.query, again.query));
}

/* --- Answers -------------------------------------------------------------------------------------
 */

/* The head ends at the first empty line; then comes the body, in two pieces. */
static void check_answer(const char *bytes, size_t len, struct arena *arena)
{
    struct http_response response;
    struct answer answer;
    size_t at = 0, lines_bytes = 0;
    bool taken = true;

    answer_init(&answer);
    answer_start(&answer, arena);
    while (taken && at < len && bytes[at] != '\n') {
        const char *end = memchr(bytes + at, '\n', len - at);
        size_t line = end == NULL ? len - at : (size_t)(end - bytes) - at + 1;

        taken = answer_take_line(&answer, bytes + at, line);
        lines_bytes += line;
        at += line;
    }
    assert(taken == (lines_bytes <= LIMIT_HTTP_HEADER_BYTES));
    assert(taken != answer.too_large);
    if (taken && at < len) {
        taken = answer_take_body(&answer, bytes + at, (len - at) / 2) &&
                answer_take_body(&answer, bytes + at + (len - at) / 2, len - at - (len - at) / 2);
        assert(taken);
    }
    answer_finish(&answer, 200, &response);
    answer_fini(&answer);
    assert(!taken || response.body_len == len - at);
    assert(!taken || memcmp(response.body, bytes + at, len - at) == 0);
    assert(response.body[response.body_len] == '\0');
    for (size_t i = 0; i < response.headers.count; i++) {
        const struct http_header *header = &response.headers.items[i];

        assert(strchr(header->name, ':') == NULL && !has_blank(header->name));
        assert(is_trimmed(header->value));
        assert(http_header_get(&response.headers, header->name) != NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct arena *arena = arena_new("fuzz");
    const char *text = len == 0 ? "" : arena_strn(arena, (const char *)bytes + 1, len - 1);

    switch (len == 0 ? 0 : bytes[0]) {
    case 'U':
        check_url(text, arena);
        break;
    case 'P':
        check_params(text, arena);
        break;
    case 'D':
        check_decoding((const char *)bytes + 1, len - 1, arena);
        break;
    case 'A':
        check_answer((const char *)bytes + 1, len - 1, arena);
        break;
    default:
        break;
    }
    arena_free(arena);
    return 0;
}
