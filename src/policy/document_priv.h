/*
 * document_priv.h - what the files of this layer share about documents.
 */
#ifndef PLINTH_POLICY_DOCUMENT_PRIV_H
#define PLINTH_POLICY_DOCUMENT_PRIV_H

#include "plinth/codec/json.h"

#include <stdbool.h>
#include <stddef.h>

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

/* Whether all that pattern `b` matches is matched by pattern `a`; a text without wildcards is a
 * pattern too.  True is certain; false may be a miss.  Costs at most the product of the lengths. */
bool glob_covers(const char *a, size_t a_len, const char *b, size_t b_len, bool nocase);

/* The same of an action or resource of a policy and another one. */
bool action_covers(const char *a, const char *b);
bool resource_covers(const char *a, const char *b);

/* What policy_document_minify prints, as a tree.  owns: `arena`. */
struct json *document_shorten(const struct json *document, bool drop_sids, struct arena *arena);

#endif
