/*
 * text_priv.h - pieces of text that the files and variables of AWS clients are made of.
 *
 * Layer:  aws, private.
 */
#ifndef PLINTH_AWS_TEXT_PRIV_H
#define PLINTH_AWS_TEXT_PRIV_H

#include <stdbool.h>
#include <stddef.h>

struct arena; /* base/arena.h */

/* Blanks as Python's str.strip takes them, in ASCII.  yields: no. */
bool text_is_blank(char c);

/* As botocore reads a boolean: "true" in any case; all else, and NULL, is no.  yields: no. */
bool text_is_true(const char *text);

/* Split a command line into words as Python's shlex.split does (POSIX quoting, nothing expanded).
 * *out is NULL-terminated.  False: a quote is not closed, or a backslash ends the text.
 * owns: `arena`.  yields: no. */
bool text_shell_split(const char *text, struct arena *arena, char ***out, size_t *out_count);

#endif
