#include "json_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/limits.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"

#include <cjson/cJSON.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * cJSON takes more than JSON: any control character as a blank, control characters and broken UTF-8
 * in strings, 01 and 1. as numbers, broken \u escapes as NUL; and it recurses.  So the tokens are
 * checked here first; how they may follow each other is left to cJSON.
 */
struct scan {
    const char *text;
    size_t len, at;
    size_t depth, nodes;
};

/* cJSON copies a number into a buffer of 64 bytes and cuts what is longer. */
enum { NUMBER_BYTES_MOST = 63 };

static int scan_fail(const struct scan *scan, const char *what, struct err *err)
{
    return err_set(err, ERR_PROTOCOL, "JSON: %s at byte %zu", what, scan->at);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The character `ahead`; NUL, which is in no valid token, past the end. */
static char peek(const struct scan *scan, size_t ahead)
{
    return ahead < scan->len - scan->at ? scan->text[scan->at + ahead] : '\0';
}

static size_t scan_digits(struct scan *scan)
{
    size_t start = scan->at;

    while (is_digit(peek(scan, 0)))
        scan->at++;
    return scan->at - start;
}

static int scan_number(struct scan *scan, struct err *err)
{
    size_t start = scan->at;

    if (peek(scan, 0) == '-')
        scan->at++;
    if (peek(scan, 0) == '0')
        scan->at++;
    else if (scan_digits(scan) == 0)
        return scan_fail(scan, "a number without digits", err);
    if (is_digit(peek(scan, 0)))
        return scan_fail(scan, "a number with a leading zero", err);
    if (peek(scan, 0) == '.') {
        scan->at++;
        if (scan_digits(scan) == 0)
            return scan_fail(scan, "a number without digits behind its point", err);
    }
    if (peek(scan, 0) == 'e' || peek(scan, 0) == 'E') {
        scan->at++;
        if (peek(scan, 0) == '+' || peek(scan, 0) == '-')
            scan->at++;
        if (scan_digits(scan) == 0)
            return scan_fail(scan, "a number without digits in its exponent", err);
    }
    if (scan->at - start > NUMBER_BYTES_MOST)
        return err_set(err, ERR_LIMIT, "JSON: a number of more than %d characters at byte %zu",
                       NUMBER_BYTES_MOST, start);
    return 0;
}

static int scan_escape(struct scan *scan, struct err *err)
{
    char c = peek(scan, 1);

    if (c == 'u') {
        for (size_t i = 2; i < 6; i++)
            if (!is_hex(peek(scan, i)))
                return scan_fail(scan, "\\u without four hexadecimal digits", err);
        if (memcmp(scan->text + scan->at + 2, "0000", 4) == 0)
            return scan_fail(scan, "the character NUL, which no text here may hold", err);
        scan->at += 6;
        return 0;
    }
    if (c == '\0' || strchr("\"\\/bfnrt", c) == NULL)
        return scan_fail(scan, "an unknown escape", err);
    scan->at += 2;
    return 0;
}

static int scan_string(struct scan *scan, struct err *err)
{
    size_t step;

    scan->at++;
    while (scan->at < scan->len) {
        unsigned char c = (unsigned char)scan->text[scan->at];

        if (c == '"') {
            scan->at++;
            return 0;
        }
        if (c < 0x20)
            return scan_fail(scan, "a control character in a string", err);
        if (c == '\\') {
            if (scan_escape(scan, err) != 0)
                return -1;
            continue;
        }
        step = c < 0x80 ? 1 : utf8_len(scan->text + scan->at, scan->len - scan->at);
        if (step == 0)
            return scan_fail(scan, "a string that is not UTF-8", err);
        scan->at += step;
    }
    return scan_fail(scan, "a string without an end", err);
}

/* Anything that is neither string nor number. */
static int scan_other(struct scan *scan, struct err *err)
{
    char c = scan->text[scan->at];

    if (c == '{' || c == '[') {
        if (++scan->depth > LIMIT_JSON_DEPTH)
            return err_set(err, ERR_LIMIT, "JSON: nested deeper than %d at byte %zu",
                           LIMIT_JSON_DEPTH, scan->at);
        scan->nodes++;
    } else if (c == '}' || c == ']') {
        if (scan->depth == 0)
            return scan_fail(scan, "a bracket that nothing opened", err);
        scan->depth--;
    } else if (c == ',') {
        scan->nodes++;
    } else if (!is_blank(c) && c != ':' && !(c >= 'a' && c <= 'z')) {
        return scan_fail(scan, "an unexpected character", err);
    }
    if (scan->nodes > LIMIT_JSON_NODES)
        return err_set(err, ERR_LIMIT, "JSON: more than %d values at byte %zu", LIMIT_JSON_NODES,
                       scan->at);
    scan->at++;
    return 0;
}

static int scan_all(const char *text, size_t len, struct err *err)
{
    struct scan scan = {.text = text, .len = len};

    while (scan.at < len) {
        char c = text[scan.at];
        int failed;

        if (c == '"')
            failed = scan_string(&scan, err);
        else if (c == '-' || is_digit(c))
            failed = scan_number(&scan, err);
        else
            failed = scan_other(&scan, err);
        if (failed != 0)
            return -1;
    }
    return 0;
}

/* cJSON has no places any more, so the key says where it is. */
static int check_keys(const struct json *object, struct arena *scratch, struct err *err)
{
    const struct json **sorted;

    if (object->count < 2)
        return 0;
    arena_reset(scratch);
    sorted = json_sorted(object, scratch);
    for (size_t i = 1; i < object->count; i++)
        if (strcmp(sorted[i - 1]->key, sorted[i]->key) == 0)
            return err_set(err, ERR_PROTOCOL, "JSON: the key \"%s\" stands twice in one object",
                           sorted[i]->key);
    return 0;
}

struct copy {
    struct arena *arena, *scratch;
    struct err *err;
};

/* NULL: `copy->err` says why.  Recurses no deeper than LIMIT_JSON_DEPTH. */
static struct json *copy_tree(const cJSON *from, const struct copy *copy)
{
    struct arena *arena = copy->arena;
    struct json *out;

    if (cJSON_IsString(from))
        return json_string(arena, from->valuestring);
    if (cJSON_IsNumber(from)) {
        if (!isfinite(from->valuedouble)) {
            (void)err_set(copy->err, ERR_PROTOCOL, "JSON: a number too large for a double");
            return NULL;
        }
        out = json_new(arena, JSON_NUMBER);
        out->number = from->valuedouble;
        return out;
    }
    if (cJSON_IsBool(from)) {
        out = json_new(arena, JSON_BOOL);
        out->boolean = cJSON_IsTrue(from) != 0;
        return out;
    }
    if (cJSON_IsNull(from))
        return json_new(arena, JSON_NULL);

    out = json_new(arena, cJSON_IsObject(from) ? JSON_OBJECT : JSON_ARRAY);
    for (const cJSON *it = from->child; it != NULL; it = it->next) {
        struct json *child = copy_tree(it, copy);

        if (child == NULL)
            return NULL;
        json_append(out, out->type == JSON_OBJECT ? arena_str(arena, it->string) : NULL, child);
    }
    if (out->type == JSON_OBJECT && check_keys(out, copy->scratch, copy->err) != 0)
        return NULL;
    return out;
}

int json_parse(const char *text, size_t len, struct arena *arena, struct json **out,
               struct err *err)
{
    const char *end = text;
    struct json *json = NULL;
    cJSON *parsed;
    struct copy copy = {.arena = arena, .err = err};

    if (len > LIMIT_JSON_BYTES)
        return err_set(err, ERR_LIMIT, "JSON: %zu bytes, most is %d", len, LIMIT_JSON_BYTES);
    if (len == 0)
        return err_set(err, ERR_PROTOCOL, "JSON: nothing there at byte 0");
    if (scan_all(text, len, err) != 0)
        return -1;
    parsed = cJSON_ParseWithLengthOpts(text, len, &end, 0);
    if (parsed == NULL)
        return err_set(err, ERR_PROTOCOL, "JSON: syntax error at byte %zu", (size_t)(end - text));
    while (end < text + len && is_blank(*end))
        end++;
    if (end < text + len) {
        (void)err_set(err, ERR_PROTOCOL, "JSON: more than one document at byte %zu",
                      (size_t)(end - text));
    } else {
        copy.scratch = arena_new("json_parse");
        json = copy_tree(parsed, &copy);
        arena_free(copy.scratch);
    }
    cJSON_Delete(parsed);
    if (json == NULL)
        return -1;
    *out = json;
    return 0;
}
