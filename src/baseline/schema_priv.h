/*
 * schema_priv.h - what the decoder and the printers of tables share.
 *
 * Layer:  baseline.
 */
#ifndef PLINTH_SRC_BASELINE_SCHEMA_PRIV_H
#define PLINTH_SRC_BASELINE_SCHEMA_PRIV_H

#include "plinth/baseline/schema.h"

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

struct format_rule {
    const char *pattern; /* anchored; reads the same as a POSIX ERE and in JSON Schema; NULL: any */
    size_t max;          /* characters; 0: no limit */
    const char *what;    /* "an email address" */
};

/* The field that the key of a FIELD_NAMED map fills: the first string.  yields: no. */
const struct field *schema_name_field(const struct schema *schema);

/* Never NULL.  Static storage.  yields: no. */
const struct format_rule *format_rule(enum field_format format);

/* Whether the text has the format.  yields: no. */
bool format_matches(enum field_format format, const char *text);

enum { FORMAT_COUNT = FORMAT_SHARE + 1 };

/* The same for many texts: each pattern is compiled once, when it is first needed.  Zeroed memory
 * is an empty one; owns: caller, formats_fini(). */
struct formats {
    regex_t compiled[FORMAT_COUNT];
    bool ready[FORMAT_COUNT];
};

bool formats_match(struct formats *formats, enum field_format format, const char *text);
void formats_fini(struct formats *formats);

#endif
