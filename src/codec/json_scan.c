/*
 * json_scan.c - the scanner behind json_scan.h.
 */
#include "plinth/codec/json_scan.h"

#include "plinth/base/buf.h"
#include "plinth/base/limits.h"

#include <stdint.h>
#include <string.h>

const char json_scan_more[] = "it ends in the middle";

static bool fail(struct json_scan *scan, const char *why)
{
    scan->why = scan->at == scan->end ? json_scan_more : why;
    return false;
}

void json_scan_blanks(struct json_scan *scan)
{
    const char *at = scan->at;

    while (at < scan->end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
        at++;
    scan->at = at;
}

bool json_scan_byte(struct json_scan *scan, char c, const char *why)
{
    json_scan_blanks(scan);
    if (scan->at == scan->end || *scan->at != c)
        return fail(scan, why);
    scan->at++;
    return true;
}

/* --- Strings -------------------------------------------------------------------------------------
 */

#define EACH_BYTE(value) (0x0101010101010101ULL * (value))

/* Whether one of eight bytes is a quote, a backslash or a control character.  It may say yes of
 * bytes above 0x7f as well: the loop behind it looks at each. */
static bool has_special(uint64_t bytes)
{
    uint64_t quote = bytes ^ EACH_BYTE('"'), backslash = bytes ^ EACH_BYTE('\\');

    return (((quote - EACH_BYTE(1)) | (backslash - EACH_BYTE(1)) | (bytes - EACH_BYTE(0x20))) &
            EACH_BYTE(0x80)) != 0;
}

/* To the first byte that may end a run of plain ones, or to `end`. */
static const char *pass_plain(const char *at, const char *end)
{
    while (true) {
        const char *stop;
        uint64_t word;

        for (; (size_t)(end - at) >= sizeof word; at += sizeof word) {
            memcpy(&word, at, sizeof word);
            if (has_special(word))
                break;
        }
        stop = (size_t)(end - at) < sizeof word ? end : at + sizeof word;
        for (; at < stop; at++)
            if (*at == '"' || *at == '\\' || (unsigned char)*at < 0x20)
                return at;
        if (at == end)
            return at;
    }
}

/* Behind the opening quote. */
static bool scan_string(struct json_scan *scan, struct json_slice *out)
{
    *out = (struct json_slice){.bytes = scan->at};
    while (true) {
        scan->at = pass_plain(scan->at, scan->end);
        if (scan->at == scan->end || (unsigned char)*scan->at < 0x20)
            return fail(scan, "a control character in a string");
        if (*scan->at == '"') {
            out->len = (size_t)(scan->at - out->bytes);
            scan->at++;
            return true;
        }
        out->escaped = true;
        scan->at += scan->end - scan->at < 2 ? 1 : 2;
    }
}

/* --- Other scalars -------------------------------------------------------------------------------
 */

static bool scan_word(struct json_scan *scan, const char *word)
{
    for (; *word != '\0'; word++, scan->at++)
        if (scan->at == scan->end || *scan->at != *word)
            return fail(scan, "no value");
    return true;
}

static bool scan_digits(struct json_scan *scan)
{
    const char *from = scan->at;

    while (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9')
        scan->at++;
    return scan->at > from || fail(scan, "no digit in a number");
}

static bool scan_exponent(struct json_scan *scan)
{
    if (scan->at == scan->end || (*scan->at != 'e' && *scan->at != 'E'))
        return true;
    scan->at++;
    if (scan->at < scan->end && (*scan->at == '+' || *scan->at == '-'))
        scan->at++;
    return scan_digits(scan);
}

/* A number must have something behind it, or nobody knows where it ends. */
static bool scan_number(struct json_scan *scan)
{
    if (*scan->at == '-')
        scan->at++;
    if (scan->at < scan->end && *scan->at == '0')
        scan->at++;
    else if (!scan_digits(scan))
        return false;
    if (scan->at < scan->end && *scan->at == '.') {
        scan->at++;
        if (!scan_digits(scan))
            return false;
    }
    return scan_exponent(scan) && (scan->at < scan->end || fail(scan, ""));
}

static bool scan_scalar(struct json_scan *scan)
{
    struct json_slice text;

    if (scan->at == scan->end)
        return fail(scan, "");
    switch (*scan->at) {
    case '"':
        scan->at++;
        return scan_string(scan, &text);
    case 't':
        return scan_word(scan, "true");
    case 'f':
        return scan_word(scan, "false");
    case 'n':
        return scan_word(scan, "null");
    default:
        if (*scan->at != '-' && (*scan->at < '0' || *scan->at > '9'))
            return fail(scan, "no value");
        return scan_number(scan);
    }
}

/* --- Members and items ---------------------------------------------------------------------------
 */

static bool scan_key(struct json_scan *scan, struct json_slice *out)
{
    json_scan_blanks(scan);
    if (scan->at == scan->end || *scan->at != '"')
        return fail(scan, "no key in an object");
    scan->at++;
    if (!scan_string(scan, out) || !json_scan_byte(scan, ':', "no colon behind a key"))
        return false;
    json_scan_blanks(scan);
    return true;
}

bool json_scan_item(struct json_scan *scan, bool *first)
{
    json_scan_blanks(scan);
    if (scan->at == scan->end)
        return fail(scan, "");
    if (*scan->at == ']') {
        scan->at++;
        return false;
    }
    if (!*first) {
        if (*scan->at != ',')
            return fail(scan, "no comma and no end in an array");
        scan->at++;
        json_scan_blanks(scan);
    }
    *first = false;
    return true;
}

bool json_scan_member(struct json_scan *scan, bool *first, struct json_slice *out_key)
{
    json_scan_blanks(scan);
    if (scan->at == scan->end)
        return fail(scan, "");
    if (*scan->at == '}') {
        scan->at++;
        return false;
    }
    if (!*first) {
        if (*scan->at != ',')
            return fail(scan, "no comma and no end in an object");
        scan->at++;
    }
    *first = false;
    return scan_key(scan, out_key);
}

/* --- Whole values --------------------------------------------------------------------------------
 */

/* One bit for each container that we are in: an object or an array. */
struct nesting {
    uint64_t objects;
    unsigned depth;
};

/* Behind a value: over what ends containers, to the place of the next value, or out of all. */
static bool scan_behind(struct json_scan *scan, struct nesting *nesting)
{
    while (nesting->depth > 0) {
        bool object = nesting->objects & 1, first = false;
        struct json_slice key;

        if (object ? json_scan_member(scan, &first, &key) : json_scan_item(scan, &first))
            return true;
        if (scan->why != NULL)
            return false;
        nesting->objects >>= 1;
        nesting->depth--;
    }
    return true;
}

/* At a "{" or "[": into it, to the place of its first value; an empty one is passed over. */
static bool scan_open(struct json_scan *scan, struct nesting *nesting)
{
    bool object = *scan->at++ == '{', first = true;
    struct json_slice key;

    if (nesting->depth == LIMIT_JSON_DEPTH)
        return fail(scan, "too deep");
    nesting->objects = nesting->objects << 1 | object;
    nesting->depth++;
    if (object ? json_scan_member(scan, &first, &key) : json_scan_item(scan, &first))
        return true;
    if (scan->why != NULL)
        return false;
    nesting->objects >>= 1;
    nesting->depth--;
    return scan_behind(scan, nesting);
}

bool json_scan_value(struct json_scan *scan)
{
    struct nesting nesting = {0};

    json_scan_blanks(scan);
    do {
        if (scan->at < scan->end && (*scan->at == '{' || *scan->at == '[')) {
            if (!scan_open(scan, &nesting))
                return false;
        } else if (!scan_scalar(scan) || !scan_behind(scan, &nesting)) {
            return false;
        }
    } while (nesting.depth > 0);
    return true;
}

bool json_scan_text(struct json_scan *scan, struct json_slice *out)
{
    json_scan_blanks(scan);
    if (scan->at < scan->end && *scan->at == '"') {
        scan->at++;
        return scan_string(scan, out);
    }
    *out = (struct json_slice){0};
    return json_scan_value(scan);
}

/* --- What a string says --------------------------------------------------------------------------
 */

static bool read_hex(const char *at, const char *end, unsigned *out)
{
    *out = 0;
    if (end - at < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        char c = at[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;

        if (digit < 0)
            return false;
        *out = *out * 16 + (unsigned)digit;
    }
    return true;
}

static void add_character(struct buf *out, unsigned code)
{
    if (code == 0 || (code >= 0xd800 && code < 0xe000))
        code = 0xfffd;
    if (code < 0x80) {
        buf_char(out, (char)code);
        return;
    }
    if (code < 0x800) {
        buf_char(out, (char)(0xc0 | code >> 6));
    } else {
        if (code < 0x10000) {
            buf_char(out, (char)(0xe0 | code >> 12));
        } else {
            buf_char(out, (char)(0xf0 | code >> 18));
            buf_char(out, (char)(0x80 | (code >> 12 & 0x3f)));
        }
        buf_char(out, (char)(0x80 | (code >> 6 & 0x3f)));
    }
    buf_char(out, (char)(0x80 | (code & 0x3f)));
}

/* At the "u" of "\uXXXX"; what is behind it, and behind its second half. */
static const char *add_unicode(const char *at, const char *end, struct buf *out)
{
    unsigned code, low;

    if (!read_hex(at + 1, end, &code)) {
        add_character(out, 0);
        return at + 1;
    }
    at += 5;
    if (code >= 0xd800 && code < 0xdc00 && end - at >= 6 && at[0] == '\\' && at[1] == 'u' &&
        read_hex(at + 2, end, &low) && low >= 0xdc00 && low < 0xe000) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        at += 6;
    }
    add_character(out, code);
    return at;
}

void json_slice_add(const struct json_slice *slice, struct buf *out)
{
    static const char letters[] = "bfnrt", meant[] = "\b\f\n\r\t";
    const char *at = slice->bytes, *end = at + slice->len;

    while (at < end) {
        const char *backslash = slice->escaped ? memchr(at, '\\', (size_t)(end - at)) : NULL;
        const char *letter;

        if (backslash == NULL || backslash + 1 == end) {
            buf_add(out, at, (size_t)(end - at));
            return;
        }
        buf_add(out, at, (size_t)(backslash - at));
        at = backslash + 1;
        if (*at == 'u') {
            at = add_unicode(at, end, out);
            continue;
        }
        letter = memchr(letters, *at, sizeof letters - 1);
        buf_char(out, letter == NULL ? *at : meant[letter - letters]);
        at++;
    }
}

bool json_slice_eq(const struct json_slice *slice, const char *text)
{
    size_t len = strlen(text);

    return slice->bytes != NULL && !slice->escaped && slice->len == len &&
           memcmp(slice->bytes, text, len) == 0;
}
