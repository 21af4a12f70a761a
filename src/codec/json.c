#include "json_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* --- Read --- */

static bool is_container(const struct json *json)
{
    return json != NULL && (json->type == JSON_ARRAY || json->type == JSON_OBJECT);
}

const struct json *json_get(const struct json *json, const char *key)
{
    if (json == NULL || json->type != JSON_OBJECT)
        return NULL;
    for (const struct json *it = json->first; it != NULL; it = it->next)
        if (strcmp(it->key, key) == 0)
            return it;
    return NULL;
}

const struct json *json_path(const struct json *json, ...)
{
    va_list keys;
    const char *key;

    va_start(keys, json);
    while (json != NULL && (key = va_arg(keys, const char *)) != NULL)
        json = json_get(json, key);
    va_end(keys);
    return json;
}

const struct json *json_first(const struct json *json)
{
    return is_container(json) ? json->first : NULL;
}

const struct json *json_at(const struct json *json, size_t index)
{
    const struct json *it = json_first(json);

    while (it != NULL && index-- > 0)
        it = it->next;
    return it;
}

const char *json_str(const struct json *json, const char *key)
{
    const struct json *member = json_get(json, key);

    return member != NULL && member->type == JSON_STRING ? member->string : NULL;
}

int json_need_str(const struct json *json, const char *key, const char **out, struct err *err)
{
    const char *string = json_str(json, key);

    if (string == NULL)
        return err_set(err, ERR_PROTOCOL, "no string \"%s\" in the document", key);
    *out = string;
    return 0;
}

bool json_bool(const struct json *json, const char *key, bool fallback)
{
    const struct json *member = json_get(json, key);

    if (member == NULL)
        return fallback;
    if (member->type == JSON_BOOL)
        return member->boolean;
    if (member->type == JSON_STRING && strcmp(member->string, "true") == 0)
        return true;
    if (member->type == JSON_STRING && strcmp(member->string, "false") == 0)
        return false;
    return fallback;
}

double json_number(const struct json *json, const char *key, double fallback)
{
    const struct json *member = json_get(json, key);
    double value;
    char *end;

    if (member != NULL && member->type == JSON_NUMBER)
        return member->number;
    /* strtod alone would take blanks, "inf" and hexadecimal too. */
    if (member == NULL || member->type != JSON_STRING || member->string[0] == '\0' ||
        member->string[strspn(member->string, "0123456789+-.eE")] != '\0')
        return fallback;
    value = strtod(member->string, &end);
    return *end == '\0' && isfinite(value) ? value : fallback;
}

/* --- Compare --- */

struct ranked {
    const struct json *json;
    size_t rank; /* its place in the object: qsort is not stable */
};

static int ranked_compare(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    int order = strcmp(x->json->key, y->json->key);

    if (order != 0)
        return order;
    return x->rank < y->rank ? -1 : x->rank > y->rank;
}

const struct json **json_sorted(const struct json *object, struct arena *arena)
{
    struct ranked *ranked = arena_array(arena, object->count, sizeof *ranked);
    const struct json **out = arena_array(arena, object->count, sizeof(struct json *));
    size_t count = 0;

    for (const struct json *it = object->first; it != NULL; it = it->next, count++)
        ranked[count] = (struct ranked){it, count};
    assert(count == object->count);
    if (count > 1)
        qsort(ranked, count, sizeof *ranked, ranked_compare);
    for (size_t i = 0; i < count; i++)
        out[i] = ranked[i].json;
    return out;
}

/* Item by item, keys included. */
static bool children_equal(const struct json *a, const struct json *b)
{
    const struct json *x = a->first, *y = b->first;

    for (; x != NULL && y != NULL; x = x->next, y = y->next)
        if (!str_eq(x->key, y->key) || !json_equal(x, y))
            return false;
    return x == NULL && y == NULL;
}

static bool same_key_order(const struct json *a, const struct json *b)
{
    const struct json *x = a->first, *y = b->first;

    for (; x != NULL && y != NULL; x = x->next, y = y->next)
        if (strcmp(x->key, y->key) != 0)
            return false;
    return true;
}

/* Sorting costs memory, so it is kept for objects that do differ in order.  Of a repeated key the
 * first is compared with the first, the second with the second. */
static bool objects_equal(const struct json *a, const struct json *b)
{
    struct arena *scratch;
    const struct json **xs, **ys;
    bool equal = true;

    if (same_key_order(a, b))
        return children_equal(a, b);
    scratch = arena_new("json_equal");
    xs = json_sorted(a, scratch);
    ys = json_sorted(b, scratch);
    for (size_t i = 0; equal && i < a->count; i++)
        equal = strcmp(xs[i]->key, ys[i]->key) == 0;
    for (size_t i = 0; equal && i < a->count; i++)
        equal = json_equal(xs[i], ys[i]);
    arena_free(scratch);
    return equal;
}

bool json_equal(const struct json *a, const struct json *b)
{
    if (a == b)
        return true;
    if (a == NULL || b == NULL || a->type != b->type || a->count != b->count)
        return false;
    switch (a->type) {
    case JSON_NULL:
        return true;
    case JSON_BOOL:
        return a->boolean == b->boolean;
    case JSON_NUMBER:
        return a->number == b->number;
    case JSON_STRING:
        return strcmp(a->string, b->string) == 0;
    case JSON_ARRAY:
        return children_equal(a, b);
    case JSON_OBJECT:
        return objects_equal(a, b);
    case JSON_MADE:
        return a->made == b->made;
    }
    return false;
}

/* --- Build --- */

struct json *json_new(struct arena *arena, enum json_type type)
{
    struct json *json = arena_alloc(arena, sizeof *json);

    json->type = type;
    json->arena = arena;
    return json;
}

void json_append(struct json *container, const char *key, struct json *child)
{
    assert(is_container(container));
    assert((container->type == JSON_OBJECT) == (key != NULL));
    child->key = key;
    if (container->last == NULL)
        container->first = child;
    else
        container->last->next = child;
    container->last = child;
    container->count++;
}

static struct json *member_add(struct json *object, const char *key, struct json *value)
{
    json_append(object, arena_str(object->arena, key), value);
    return value;
}

struct json *json_object(struct arena *arena)
{
    return json_new(arena, JSON_OBJECT);
}

struct json *json_array(struct arena *arena)
{
    return json_new(arena, JSON_ARRAY);
}

struct json *json_string(struct arena *arena, const char *text)
{
    struct json *json = json_new(arena, text == NULL ? JSON_NULL : JSON_STRING);

    json->string = arena_str(arena, text);
    return json;
}

void json_put_str(struct json *object, const char *key, const char *value)
{
    if (value != NULL)
        (void)member_add(object, key, json_string(object->arena, value));
}

void json_put_bool(struct json *object, const char *key, bool value)
{
    member_add(object, key, json_new(object->arena, JSON_BOOL))->boolean = value;
}

void json_put_number(struct json *object, const char *key, double value)
{
    assert(isfinite(value)); /* JSON has no other */
    member_add(object, key, json_new(object->arena, JSON_NUMBER))->number = value;
}

struct json *json_put_object(struct json *object, const char *key)
{
    return member_add(object, key, json_object(object->arena));
}

struct json *json_put_array(struct json *object, const char *key)
{
    return member_add(object, key, json_array(object->arena));
}

void json_put_made(struct json *object, const char *key, json_make_fn make, const void *arg,
                   size_t count)
{
    struct json_made *made = arena_alloc(object->arena, sizeof *made);

    *made = (struct json_made){.make = make, .arg = arg, .count = count};
    member_add(object, key, json_new(object->arena, JSON_MADE))->made = made;
}

void json_put(struct json *object, const char *key, const struct json *value)
{
    if (value != NULL)
        (void)member_add(object, key, json_copy(value, object->arena));
}

void json_remove(struct json *object, const char *key)
{
    struct json *kept = NULL, *next;

    if (object == NULL || object->type != JSON_OBJECT)
        return;
    next = object->first;
    object->first = NULL;
    object->count = 0;
    while (next != NULL) {
        struct json *it = next;

        next = it->next;
        it->next = NULL;
        if (strcmp(it->key, key) == 0)
            continue;
        if (kept == NULL)
            object->first = it;
        else
            kept->next = it;
        kept = it;
        object->count++;
    }
    object->last = kept;
}

void json_add_str(struct json *array, const char *value)
{
    if (value != NULL)
        json_append(array, NULL, json_string(array->arena, value));
}

struct json *json_add_object(struct json *array)
{
    struct json *object = json_object(array->arena);

    json_append(array, NULL, object);
    return object;
}

void json_add(struct json *array, const struct json *value)
{
    if (value != NULL)
        json_append(array, NULL, json_copy(value, array->arena));
}

struct json *json_copy(const struct json *json, struct arena *arena)
{
    struct json *out;

    if (json == NULL)
        return NULL;
    out = json_new(arena, json->type);
    out->boolean = json->boolean;
    out->number = json->number;
    if (json->type == JSON_MADE)
        out->made = json->made;
    else
        out->string = arena_str(arena, json->string);
    for (const struct json *it = json->first; it != NULL; it = it->next)
        json_append(out, arena_str(arena, it->key), json_copy(it, arena));
    return out;
}

struct json *json_view(const struct json *json, struct arena *arena)
{
    struct json *out;

    if (json == NULL)
        return NULL;
    out = json_new(arena, json->type);
    out->boolean = json->boolean;
    out->number = json->number;
    if (json->type == JSON_MADE)
        out->made = json->made;
    else
        out->string = json->string;
    for (const struct json *it = json->first; it != NULL; it = it->next)
        json_append(out, it->key, json_view(it, arena));
    return out;
}
