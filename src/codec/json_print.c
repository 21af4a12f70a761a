#include "json_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INDENT = 2 };

/* How one document is laid out; `scratch` is for sorting and NULL where nothing is sorted. */
struct layout {
    bool pretty;
    struct arena *scratch;
    struct buf *out;
};

/* JSON's own short escapes; 0 where there is none. */
static char short_escape(char c)
{
    switch (c) {
    case '"':
    case '\\':
        return c;
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return 0;
    }
}

/* The longest start of `text` that stands in a JSON string as it is. */
static size_t plain_len(const char *text, size_t len)
{
    size_t at = 0, step;

    for (; at < len; at += step) {
        unsigned char c = (unsigned char)text[at];

        if (c < 0x20 || c == '"' || c == '\\')
            break;
        step = c < 0x80 ? 1 : utf8_len(text + at, len - at);
        if (step == 0)
            break;
    }
    return at;
}

static void print_string(const char *text, struct buf *out)
{
    size_t len = strlen(text);

    buf_char(out, '"');
    while (len > 0) {
        size_t plain = plain_len(text, len);

        buf_add(out, text, plain);
        text += plain;
        len -= plain;
        if (len == 0)
            break;
        if (short_escape(*text) != 0) {
            buf_char(out, '\\');
            buf_char(out, short_escape(*text));
        } else if ((unsigned char)*text < 0x20) {
            buf_printf(out, "\\u%04x", (unsigned)*text);
        } else {
            buf_str(out, "\xEF\xBF\xBD"); /* not UTF-8: U+FFFD, so that the output is */
        }
        text++;
        len--;
    }
    buf_char(out, '"');
}

static void print_number(double value, struct buf *out)
{
    static const double exact_most = 9007199254740992.0; /* 2^53: every whole number up to it */
    char text[40];

    if (!isfinite(value)) {
        buf_str(out, "null");
        return;
    }
    if (value >= -exact_most && value <= exact_most && (double)(int64_t)value == value) {
        buf_printf(out, "%" PRId64, (int64_t)value); /* and -0 is 0 */
        return;
    }
    /* 17 digits always read back as the same number; most need fewer. */
    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    buf_str(out, text);
}

static void print_value(const struct json *json, const struct layout *layout, int depth);

static void new_line(const struct layout *layout, int depth)
{
    if (layout->pretty)
        buf_printf(layout->out, "\n%*s", depth * INDENT, "");
}

static void print_children(const struct json *json, const struct layout *layout, int depth)
{
    struct buf *out = layout->out;
    bool object = json->type == JSON_OBJECT;
    const struct json *it = json->first;
    const struct json **sorted = NULL;

    buf_char(out, object ? '{' : '[');
    if (object && layout->scratch != NULL)
        sorted = json_sorted(json, layout->scratch);
    for (size_t i = 0; i < json->count; i++) {
        if (sorted != NULL)
            it = sorted[i];
        if (i > 0)
            buf_char(out, ',');
        new_line(layout, depth + 1);
        if (object) {
            print_string(it->key, out);
            buf_str(out, layout->pretty ? ": " : ":");
        }
        print_value(it, layout, depth + 1);
        it = it->next;
    }
    if (json->count > 0)
        new_line(layout, depth);
    buf_char(out, object ? '}' : ']');
}

/* With memory for one item at a time. */
static void print_made(const struct json_made *made, const struct layout *layout, int depth)
{
    struct arena *arena = arena_new("made JSON");
    bool any = false;

    buf_char(layout->out, '[');
    for (size_t i = 0; i < made->count && !layout->out->overflow; i++) {
        const struct json *item = made->make(made->arg, i, arena);

        if (item == NULL)
            continue;
        if (any)
            buf_char(layout->out, ',');
        any = true;
        new_line(layout, depth + 1);
        print_value(item, layout, depth + 1);
        arena_reset(arena);
    }
    if (any)
        new_line(layout, depth);
    buf_char(layout->out, ']');
    arena_free(arena);
}

static void print_value(const struct json *json, const struct layout *layout, int depth)
{
    switch (json == NULL ? JSON_NULL : json->type) {
    case JSON_NULL:
        buf_str(layout->out, "null");
        break;
    case JSON_BOOL:
        buf_str(layout->out, json->boolean ? "true" : "false");
        break;
    case JSON_NUMBER:
        print_number(json->number, layout->out);
        break;
    case JSON_STRING:
        print_string(json->string, layout->out);
        break;
    case JSON_ARRAY:
    case JSON_OBJECT:
        print_children(json, layout, depth);
        break;
    case JSON_MADE:
        print_made(json->made, layout, depth);
        break;
    }
}

void json_print(const struct json *json, enum json_style style, struct buf *out)
{
    struct layout layout = {.pretty = style == JSON_PRETTY, .out = out};

    print_value(json, &layout, 0);
}

void json_print_canonical(const struct json *json, struct buf *out)
{
    struct layout layout = {.scratch = arena_new("canonical JSON"), .out = out};

    print_value(json, &layout, 0);
    arena_free(layout.scratch);
}

char *json_text(const struct json *json, struct arena *arena)
{
    struct buf buf;
    char *text;

    buf_init(&buf, SIZE_MAX / 4); /* the tree is in memory already: its size was bounded before */
    json_print(json, JSON_COMPACT, &buf);
    text = arena_strn(arena, buf_text(&buf), buf.len);
    buf_fini(&buf);
    return text;
}
