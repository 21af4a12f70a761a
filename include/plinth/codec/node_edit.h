/*
 * node_edit.h - one item more at the end of a list in a YAML file, all else byte for byte as it
 * was.
 *
 * Layer:  codec.  The text is edited where the tree's places say, in the manner of the list: its
 *         indentation, its dash or its brackets, its line ends.  Comments stay where they are. What
 *         was written is read again, and is thrown away unless it is the old tree and the item.
 */
#ifndef PLINTH_CODEC_NODE_EDIT_H
#define PLINTH_CODEC_NODE_EDIT_H

#include "plinth/codec/node.h"

#include <stddef.h>

/* Put `item`, a map whose values are texts or maps of texts, behind the last one of the list under
 * `key` of the file's outermost map.  A key without a value and a missing key become a list.  Of a
 * text in the item only what it says counts, and `quoted` that it is to stand in quotes.
 * owns: `arena`.  err: ERR_CONFIG as node_parse, and with the place when the text cannot be edited
 * (no map, no list, a text that is laid out too unusually); ERR_LIMIT.  yields: no. */
int node_append(const char *text, size_t len, const char *file, const char *key,
                const struct node *item, struct arena *arena, const char **out, size_t *out_len,
                struct err *err);

/* Whether a text can stand without quotes in a map of YAML 1.1, in braces too, and is then a text
 * to everybody.  yields: no. */
bool node_is_plain(const char *text);

#endif
