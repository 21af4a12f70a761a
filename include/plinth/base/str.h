/*
 * str.h - small helpers on NUL-terminated strings.
 *
 * Layer:  base.
 */
#ifndef PLINTH_BASE_STR_H
#define PLINTH_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Both NULL, or both the same text.  yields: no. */
bool str_eq(const char *a, const char *b);

bool str_starts(const char *text, const char *prefix);
bool str_ends(const char *text, const char *suffix);

/* ASCII case ignored, whatever the locale.  yields: no. */
bool str_eq_nocase(const char *a, const char *b);

/* "yes" or "no"; static storage.  yields: no. */
const char *yes_no(bool value);

/* A whole decimal number, no sign, no blanks, nothing behind it.  False if it is not one or does
 * not fit.  yields: no. */
bool str_to_u64(const char *text, uint64_t *out);

/* The candidate nearest to `word` (at most a third of its letters differ, and at most three), for
 * "did you mean"; NULL if none is near.  owns: the candidates' owner.  yields: no. */
const char *str_nearest(const char *word, const char *const *candidates, size_t count);

/* Bytes of the character that the text starts with; 0 if it starts with none that is well-formed.
 * yields: no. */
size_t utf8_len(const char *bytes, size_t len);

/* Whether the bytes are well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms).
 * yields: no. */
bool utf8_valid(const char *bytes, size_t len);

/* Bytes of the control character that the text starts with, 0 if it starts with none: C0, DEL, and
 * C1 (U+0080 to U+009F), which some terminals obey too.  yields: no. */
size_t str_control(const char *text);

/* Put `with` in the place of each control character: text from outside must not move the cursor,
 * nor make a line of its own.  yields: no. */
void str_defang(char *text, char with);

#endif
