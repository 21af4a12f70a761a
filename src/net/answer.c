#include "plinth/base/arena.h"
#include "plinth/base/limits.h"
#include "plinth/base/vec.h"

#include "net_priv.h"

#include <string.h>

/* A body of usual size leaves its memory for the next one; a huge one does not. */
enum { BODY_KEPT_BYTES = 256 * 1024 };

void answer_init(struct answer *answer)
{
    *answer = (struct answer){0};
    buf_init(&answer->body, LIMIT_HTTP_BODY_BYTES);
}

void answer_fini(struct answer *answer)
{
    buf_fini(&answer->body);
}

void answer_start(struct answer *answer, struct arena *arena)
{
    answer->arena = arena;
    answer->headers = (struct http_headers){0};
    answer->header_bytes = 0;
    answer->headers_end = false;
    answer->too_large = false;
    if (answer->body.capacity > BODY_KEPT_BYTES)
        buf_fini(&answer->body);
    buf_reset(&answer->body);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* RFC 9112, 5: name, colon, value with blanks around it.  A name with blanks (which includes a
 * folded line), a line without a colon, and one with a NUL are no header. */
static void add_header(struct answer *answer, const char *line, size_t len)
{
    const char *colon = memchr(line, ':', len);
    size_t name_len = colon == NULL ? 0 : (size_t)(colon - line);
    struct http_header *header;
    char *copy;

    for (size_t i = 0; i < name_len; i++)
        if (is_blank(line[i]))
            return;
    if (name_len == 0 || memchr(line, '\0', len) != NULL)
        return;
    while (is_blank(line[len - 1]))
        len--;
    copy = arena_strn(answer->arena, line, len);
    copy[name_len] = '\0';
    header = VEC_ADD(answer->arena, &answer->headers);
    header->name = copy;
    header->value = copy + name_len + 1;
    while (is_blank(*header->value))
        header->value++;
}

bool answer_take_line(struct answer *answer, const char *line, size_t len)
{
    static const char status[] = "HTTP/";

    answer->header_bytes += len;
    if (answer->header_bytes > LIMIT_HTTP_HEADER_BYTES) {
        answer->too_large = true;
        return false;
    }
    if (len >= strlen(status) && memcmp(line, status, strlen(status)) == 0) {
        answer->headers.count = 0;
        answer->headers_end = false;
    } else if (len > 0 && (line[0] == '\r' || line[0] == '\n')) {
        answer->headers_end = true;
    } else if (!answer->headers_end) {
        add_header(answer, line, len);
    }
    return true;
}

bool answer_take_body(struct answer *answer, const char *bytes, size_t len)
{
    buf_add(&answer->body, bytes, len);
    answer->too_large = answer->too_large || answer->body.overflow;
    return !answer->too_large;
}

void answer_finish(struct answer *answer, int status, struct http_response *out)
{
    *out = (struct http_response){
        .status = status,
        .headers = answer->headers,
        .body = arena_strn(answer->arena, buf_text(&answer->body), answer->body.len),
        .body_len = answer->body.len,
    };
}
