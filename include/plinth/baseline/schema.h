/*
 * schema.h - one table per object of the baseline: it decodes, it prints the JSON Schema and it
 *            prints the reference page.
 *
 * Layer:  baseline.  A control declares its own table and nothing else has to know its keys.
 *         Decoding never stops at the first mistake: every error of a run goes to `diags`.
 */
#ifndef PLINTH_BASELINE_SCHEMA_H
#define PLINTH_BASELINE_SCHEMA_H

#include "plinth/baseline/diag.h"
#include "plinth/codec/json.h"
#include "plinth/codec/node.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena; /* base/arena.h */
struct buf;   /* base/buf.h */

/* What a field decodes to, in the struct at its offset. */
enum field_type {
    FIELD_STRING,  /* const char * */
    FIELD_BOOL,    /* bool */
    FIELD_INT,     /* int64_t, within min and max */
    FIELD_CHOICE,  /* const char *: the choice's value (AWS's spelling), static storage */
    FIELD_STRINGS, /* struct strings; each item checked against `format` or `choices` */
    FIELD_PAIRS,   /* struct pairs: a map of strings */
    FIELD_OBJECT,  /* void *: a struct of `object`, NULL if absent */
    FIELD_OBJECTS, /* struct objects: a list of them */
    FIELD_NAMED,   /* struct objects: a map; each key goes to the object's first string field */
    FIELD_NODE,    /* struct node *: taken as it is; `object` only describes it */
};

/* What the text of a string must look like; the checks and their JSON Schema patterns are in
 * schema_format.c. */
enum field_format {
    FORMAT_ANY,
    FORMAT_NAME,         /* [A-Za-z0-9][A-Za-z0-9 _.-]*, at most 50 characters */
    FORMAT_ACCOUNT_NAME, /* as AWS has them, without what paths and lists need: + / : */
    FORMAT_OU_NAME,
    FORMAT_KEY, /* [a-z][a-z0-9_-]* */
    FORMAT_EMAIL,
    FORMAT_REGION,            /* "eu-central-1"; the shape, not a pinned list */
    FORMAT_ACCOUNT_ID,        /* 12 digits; must be quoted or keep its leading zeros */
    FORMAT_ROLE_NAME,         /* IAM role name, 1 to 64 of [\w+=,.@-] */
    FORMAT_ARN,               /* arn:...; * allowed, as in policies */
    FORMAT_SERVICE_PRINCIPAL, /* "guardduty.amazonaws.com" */
    FORMAT_PHONE,
    FORMAT_DURATION, /* "90s", "30m", "2h", "1d", "0s"; see baseline_duration */
    FORMAT_SHARE,    /* "3", "5%"; see baseline_share */
};

struct choice {
    const char *key;   /* as the baseline spells it */
    const char *value; /* as AWS spells it */
};

struct strings {
    const char **items;
    size_t count;
};

struct pair {
    const char *key, *value;
    const struct node *node; /* of the value */
};

struct pairs {
    struct pair *items;
    size_t count;
};

struct objects {
    void *items; /* `count` structs of the field's object schema, one behind the other */
    size_t count;
};

struct schema;

struct field {
    const char *key; /* NULL ends the table */
    enum field_type type;
    size_t offset;
    bool required;
    bool uniform; /* of a control: the same for every account, so no OU or account overrides it */
    const char *fallback; /* as it would stand in the baseline; NULL: zero */
    enum field_format format;
    const struct choice *choices; /* ends with a NULL key */
    const struct schema *object;
    int64_t min, max;    /* FIELD_INT: the value; lists: how many; both 0: no limit */
    const char *doc;     /* one or two sentences, Markdown */
    const char *example; /* for the reference page; NULL */
};

struct schema {
    const char *name; /* "account" */
    const char *doc;
    size_t size;           /* of the struct */
    size_t node_offset;    /* where its `const struct node *node` is (set to the object's node) */
    const char *shorthand; /* a scalar in the map's place is the value of this field; NULL: none */
    const struct field *fields;
};

/* Decode `node` into `out` (zeroed by the callee).  Unknown keys (with "did you mean"), wrong
 * types, missing and out-of-range values go to `diags`; what is wrong keeps its zero value. owns:
 * `arena`.  yields: no. */
void schema_decode(const struct schema *schema, const struct node *node, struct arena *arena,
                   void *out, struct diags *diags);

/* The mark of a key inside a decoded object's node, for checks across fields; the object's own mark
 * if the key is absent.  yields: no. */
const struct mark *schema_mark(const struct node *object, const char *key);

/* JSON Schema (draft 2020-12) of one table.  owns: `arena`.  yields: no. */
struct json *schema_json(const struct schema *schema, struct arena *arena);

/* The table as Markdown, nested objects behind it.  yields: no. */
void schema_markdown(const struct schema *schema, const char *path, struct buf *out);

#endif
