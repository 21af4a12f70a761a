/*
 * pack.h - a tree as compact bytes, in which the store keeps its records: written and read faster
 *          than JSON text, and no longer.
 *
 * Layer:  sim, private.  The bytes never leave the process: dumps are JSON.
 */
#ifndef PLINTH_SIM_PACK_H
#define PLINTH_SIM_PACK_H

#include <stddef.h>

struct arena; /* base/arena.h */
struct buf;   /* base/buf.h */
struct json;  /* codec/json.h */

/* Append `tree`, which has nothing in it that is made when it is printed.  yields: no. */
void pack_tree(const struct json *tree, struct buf *out);

/* The tree of what pack_tree appended; its texts lie in a copy of the bytes.  owns: `arena`.
 * yields: no. */
struct json *pack_open(const void *bytes, size_t len, struct arena *arena);

#endif
