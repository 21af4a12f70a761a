/*
 * schema_priv.h - the formats of strings, for the decoder and for the printers.
 *
 * Layer:  baseline.
 */
#ifndef PLINTH_SRC_BASELINE_SCHEMA_PRIV_H
#define PLINTH_SRC_BASELINE_SCHEMA_PRIV_H

#include "plinth/baseline/schema.h"

#include <stdbool.h>
#include <stddef.h>

struct format_rule {
    const char *pattern; /* anchored; reads the same as a POSIX ERE and in JSON Schema; NULL: any */
    size_t max;          /* characters; 0: no limit */
    const char *what;    /* "an email address" */
};

/* Never NULL.  Static storage.  yields: no. */
const struct format_rule *format_rule(enum field_format format);

/* Whether the text has the format.  yields: no. */
bool format_matches(enum field_format format, const char *text);

#endif
