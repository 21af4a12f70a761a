/*
 * canonical.c - values in an order of their own, so that equal ones look equal.
 */
#include "document_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/limits.h"

#include <stdlib.h>
#include <string.h>

struct item {
    const struct json *json;
    const char *text;
};

const char *canonical_text(const struct json *json, struct arena *arena)
{
    struct buf buf;
    const char *text;

    buf_init(&buf, LIMIT_JSON_BYTES);
    json_print_canonical(json, &buf);
    text = arena_strn(arena, buf_text(&buf), buf.len);
    buf_fini(&buf);
    return text;
}

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct item *)a)->text, ((const struct item *)b)->text);
}

struct json *canonical_list(const struct json *value, struct arena *arena)
{
    size_t count = value->type == JSON_ARRAY ? value->count : 1, at = 0;
    struct item *items = arena_array(arena, count + 1, sizeof *items);
    struct json *list = json_array(arena);

    if (value->type != JSON_ARRAY)
        items[0] = (struct item){value, ""};
    else
        for (const struct json *it = value->first; it != NULL; it = it->next)
            items[at++] = (struct item){it, canonical_text(it, arena)};
    qsort(items, count, sizeof *items, compare);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || strcmp(items[i].text, items[i - 1].text) != 0)
            json_add(list, items[i].json);
    return list;
}

struct json *canonical_members(const struct json *object, struct arena *arena)
{
    struct item *items = arena_array(arena, object->count + 1, sizeof *items);
    struct json *out = json_object(arena);
    size_t at = 0;

    for (const struct json *it = object->first; it != NULL; it = it->next)
        items[at++] = (struct item){it, it->key};
    qsort(items, at, sizeof *items, compare);
    for (size_t i = 0; i < at; i++)
        json_put(out, items[i].text, items[i].json);
    return out;
}

const struct json *list_or_item(const struct json *array)
{
    return array->count == 1 ? array->first : array;
}
