/*
 * json_scan.h - walk over the bytes of JSON without making a tree.
 *
 * Layer:  codec.  For inputs of gigabytes, of which few members matter: nothing is copied and
 *         nothing allocated; what is passed over is checked as well.  For all else: json.h.
 * Source: RFC 8259.  Not checked: that strings are UTF-8, and that escapes name characters.
 * Limits: LIMIT_JSON_DEPTH.
 */
#ifndef PLINTH_CODEC_JSON_SCAN_H
#define PLINTH_CODEC_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

struct buf; /* base/buf.h */

/* A string between its quotes, as it stands in the text. */
struct json_slice {
    const char *bytes; /* NULL: there is none */
    size_t len;
    bool escaped; /* it has a backslash in it */
};

struct json_scan {
    const char *at, *end;
    const char *why; /* NULL: all is well; json_scan_more: the bytes end too early; else what is
                      * wrong at `at`.  Static storage. */
};

extern const char json_scan_more[];

/* All of these give false where the text is wrong or ends: `why` tells.  After that, only begin
 * again.  yields: no. */

/* Pass over blanks. */
void json_scan_blanks(struct json_scan *scan);

/* Pass over this byte, and blanks before it; `why`: what is wrong if another stands there. */
bool json_scan_byte(struct json_scan *scan, char c, const char *why);

/* Pass over one value of any kind. */
bool json_scan_value(struct json_scan *scan);

/* A value: its text if it is a string, else out->bytes is NULL. */
bool json_scan_text(struct json_scan *scan, struct json_slice *out);

/* Behind the "{" of an object: on to its next member, with `scan` on the value; `*first` is true
 * before the first.  False too at the end of the object, then with no `why`. */
bool json_scan_member(struct json_scan *scan, bool *first, struct json_slice *out_key);

/* Behind the "[" of an array: on to its next item.  Likewise. */
bool json_scan_item(struct json_scan *scan, bool *first);

/* Append what the slice says: escapes become characters, those that cannot be in a text (NUL, a
 * lone surrogate) U+FFFD. */
void json_slice_add(const struct json_slice *slice, struct buf *out);

/* Whether the text is that one, byte for byte; false for one with escapes. */
bool json_slice_eq(const struct json_slice *slice, const char *text);

#endif
