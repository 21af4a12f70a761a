/*
 * node.h - one YAML file as a tree in which every node knows its file, line and column.
 *
 * Layer:  codec.  Parsing is libyaml's.  Anchors and aliases work (the tree shares nodes); merge
 *         keys (<<), tags and several documents are errors.  Duplicate keys are errors.
 * Source: YAML 1.1 as libyaml reads it, in UTF-8.  YAML 1.1 calls yes, no, on and off booleans and
 *         012 ten; here each scalar keeps its text, and its meaning is the schema's.
 * Limits: LIMIT_YAML_BYTES, _DEPTH, _NODES (aliases counted each time they are followed).
 */
#ifndef PLINTH_CODEC_NODE_H
#define PLINTH_CODEC_NODE_H

#include "plinth/base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct arena; /* base/arena.h */

enum node_type { NODE_SCALAR, NODE_LIST, NODE_MAP };

struct mark {
    const char *file; /* as it was given */
    int line, column; /* from 1 */
};

struct node {
    enum node_type type;
    struct mark mark;
    const char *text; /* NODE_SCALAR: UTF-8, NUL-terminated, no NUL inside */
    bool quoted;  /* NODE_SCALAR: it stood in quotes or in a block (| or >), so it is a string */
    bool flow;    /* NODE_LIST, NODE_MAP: it stands in brackets or braces */
    size_t count; /* NODE_LIST, NODE_MAP */
    struct node **items; /* NODE_LIST: items; NODE_MAP: values */
    struct node **keys;  /* NODE_MAP: keys (scalars), parallel to items */
    /* Where it stands in the text, in characters from 0 (a byte order mark is none): from its first
     * character to behind its last one, blanks and comments behind it left out. */
    unsigned begin, end;
};

/* Parse one document.  An empty file is an empty map, and so is an empty document (---).  owns:
 * `arena`; `file` is copied. err: ERR_CONFIG with file:line:column, ERR_LIMIT.  yields: no. */
int node_parse(const char *text, size_t len, const char *file, struct arena *arena,
               struct node **out, struct err *err);

/* Read the file, then node_parse.  A pipe is read to its end, once somebody writes into it.
 * err: also ERR_IO, among it a pipe that nobody writes into.  yields: no. */
int node_parse_file(const char *path, struct arena *arena, struct node **out, struct err *err);

/* The same for who tells all mistakes of a file: a repeated key is told of and left out, and is no
 * error.  What makes the file unreadable still is one.  yields: no. */
struct node_faults {
    void (*tell)(void *arg, const struct mark *mark, const char *text);
    void *arg;
};
int node_parse_faults(const char *text, size_t len, const char *file,
                      const struct node_faults *faults, struct arena *arena, struct node **out,
                      struct err *err);
int node_parse_file_faults(const char *path, const struct node_faults *faults, struct arena *arena,
                           struct node **out, struct err *err);

/* The value of a key; NULL if absent or no map.  yields: no. */
struct node *node_get(const struct node *map, const char *key);

/* Whether a plain scalar says null (empty, ~, null).  yields: no. */
bool node_is_null(const struct node *node);

/* "file:line:column" in `arena`.  yields: no. */
const char *mark_text(const struct mark *mark, struct arena *arena);

/* "a scalar", "a list", "a map".  Static storage. */
const char *node_type_name(enum node_type type);

#endif
