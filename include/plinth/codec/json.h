/*
 * json.h - one tree for the data of every protocol: JSON, and XML answers as well.
 *
 * Layer:  codec.  Parsing is cJSON's (json) and libxml2's (xml.h); the tree is ours and lives in an
 *         arena.  Objects keep their order and may repeat a key (XML does).  All readers take NULL
 *         and give the empty answer, so that a path of them needs one check at the end.
 * Source: RFC 8259.
 * Limits: LIMIT_JSON_BYTES, LIMIT_JSON_DEPTH, LIMIT_JSON_NODES.  A string holds no NUL, so a
 *         document with \u0000 in one is refused.  Numbers are doubles: exact up to 2^53.
 */
#ifndef PLINTH_CODEC_JSON_H
#define PLINTH_CODEC_JSON_H

#include "plinth/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena; /* base/arena.h */
struct buf;   /* base/buf.h */

enum json_type {
    JSON_NULL,
    JSON_BOOL,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT,
    JSON_MADE, /* an array whose items are made when it is printed: json_put_made */
};

/* The i-th item, in `arena`, which lasts until it is printed; NULL: there is none. */
typedef struct json *(*json_make_fn)(const void *arg, size_t i, struct arena *arena);

struct json_made {
    json_make_fn make;
    const void *arg;
    size_t count; /* i < count */
};

struct json {
    enum json_type type;
    bool boolean;
    double number;
    const char *key; /* in an object; NULL elsewhere */
    union {
        const char *string;           /* JSON_STRING: UTF-8, NUL-terminated */
        const struct json_made *made; /* JSON_MADE */
    };
    struct json *first, *last; /* children of an array or object */
    struct json *next;         /* the next sibling */
    size_t count;              /* of children */
    struct arena *arena;       /* where children are put */
};

/* --- Parse and print ---------------------------------------------------------------------------
 */

/* Parse exactly one document.  A repeated key is an error here.  owns: `arena`.  err: ERR_PROTOCOL
 * with the byte offset or the key, ERR_LIMIT.  yields: no. */
int json_parse(const char *text, size_t len, struct arena *arena, struct json **out,
               struct err *err);

enum json_style { JSON_COMPACT, JSON_PRETTY };

/* Append as JSON; NULL is `null`.  Whole numbers print without a fraction; bytes of a string that
 * are not UTF-8 become U+FFFD.  Check out->overflow.  yields: no. */
void json_print(const struct json *json, enum json_style style, struct buf *out);

/* Compact JSON in an arena.  yields: no. */
char *json_text(const struct json *json, struct arena *arena);

/* Keys sorted, no blanks: equal documents give equal bytes (for digests).  yields: no. */
void json_print_canonical(const struct json *json, struct buf *out);

/* --- Read --------------------------------------------------------------------------------------
 */

/* The first member with that key; NULL if there is none or `json` is no object.  yields: no. */
const struct json *json_get(const struct json *json, const char *key);

/* json_get along a path: json_path(j, "Policy", "PolicySummary", "Id", NULL).  yields: no. */
const struct json *json_path(const struct json *json, ...) __attribute__((sentinel));

/* The first child, for `for (it = json_first(x); it; it = it->next)`.  An XML list element
 * (<Roles><member>..) and a JSON array read alike.  yields: no. */
const struct json *json_first(const struct json *json);

/* Item `index` of an array or an XML list; NULL past the end.  yields: no. */
const struct json *json_at(const struct json *json, size_t index);

/* The member's string; NULL if absent or no string.  yields: no. */
const char *json_str(const struct json *json, const char *key);

/* As json_str, but absence is an error.  err: ERR_PROTOCOL naming the key.  yields: no. */
int json_need_str(const struct json *json, const char *key, const char **out, struct err *err);

/* The member as a bool ("true" of an XML answer as well); `fallback` if absent.  yields: no. */
bool json_bool(const struct json *json, const char *key, bool fallback);

/* The member as a number (digits of an XML answer as well); `fallback` if absent.  yields: no. */
double json_number(const struct json *json, const char *key, double fallback);

/* Same value: numbers by value, objects whatever their order.  yields: no. */
bool json_equal(const struct json *a, const struct json *b);

/* --- Build: a container puts its children into the arena it was made in -------------------------
 */

struct json *json_object(struct arena *arena);
struct json *json_array(struct arena *arena);
struct json *json_string(struct arena *arena, const char *text); /* NULL gives JSON null */

/* Add a member behind the others, even if the key is there already; each copies key and text.  A
 * NULL value adds nothing; a number must be finite.  yields: no. */
void json_put_str(struct json *object, const char *key, const char *value);
void json_put_bool(struct json *object, const char *key, bool value);
void json_put_number(struct json *object, const char *key, double value);
struct json *json_put_object(struct json *object, const char *key); /* a new, empty member */
struct json *json_put_array(struct json *object, const char *key);
void json_put(struct json *object, const char *key, const struct json *value); /* a deep copy */

/* A new member, printed as an array whose items are made one after the other while it is printed,
 * so that a list of millions needs memory for one.  It has no items to read, and `arg` lives as
 * long as the document.  yields: no. */
void json_put_made(struct json *object, const char *key, json_make_fn make, const void *arg,
                   size_t count);

/* Every member with that key; none is fine.  yields: no. */
void json_remove(struct json *object, const char *key);

void json_add_str(struct json *array, const char *value);
struct json *json_add_object(struct json *array);
void json_add(struct json *array, const struct json *value); /* a deep copy */

/* A deep copy in another arena.  yields: no. */
struct json *json_copy(const struct json *json, struct arena *arena);

/* The same, but for the texts and keys: they stay those of `json`, which must outlive it. */
struct json *json_view(const struct json *json, struct arena *arena);

#endif
