/*
 * document_priv.h - what the files of this layer share about documents.
 */
#ifndef PLINTH_POLICY_DOCUMENT_PRIV_H
#define PLINTH_POLICY_DOCUMENT_PRIV_H

#include "plinth/codec/json.h"

#include <stdbool.h>

struct arena; /* base/arena.h */

/* Text that is the same for equal values: keys sorted, no blanks.  owns: `arena`. */
const char *canonical_text(const struct json *json, struct arena *arena);

/* The items of an array, or the value itself as the only one, as a new array: sorted by their
 * canonical text, each once.  owns: `arena`. */
struct json *canonical_list(const struct json *value, struct arena *arena);

/* The members of an object in the order of their keys.  owns: `arena`. */
struct json *canonical_members(const struct json *object, struct arena *arena);

/* The only item of an array of one; else the array. */
const struct json *list_or_item(const struct json *array);

/* What policy_document_minify prints, as a tree.  owns: `arena`. */
struct json *document_shorten(const struct json *document, bool drop_sids, struct arena *arena);

#endif
