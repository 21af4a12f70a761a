/*
 * json_priv.h - what the files behind json.h and xml.h share.
 *
 * Layer:  codec, private.
 */
#ifndef PLINTH_CODEC_JSON_PRIV_H
#define PLINTH_CODEC_JSON_PRIV_H

#include "plinth/codec/json.h"

/* A new node without key or children.  owns: `arena`. */
struct json *json_new(struct arena *arena, enum json_type type);

/* Hang `child` behind the children of a container.  `key` is not copied; NULL in an array. */
void json_append(struct json *container, const char *key, struct json *child);

/* The members by key, those with the same key in their order; `object->count` of them.
 * owns: `arena`. */
const struct json **json_sorted(const struct json *object, struct arena *arena);

#endif
