/*
 * params.c - the query protocol's flat parameters as a tree.
 *
 * "Tags.member.1.Key=a" (query) and "Filter.1.Value.1=b" (EC2) both name lists by numbers.  The
 * names become objects first; then an object of numbers becomes an array.
 */
#include "sim_priv.h"

#include <stdlib.h>
#include <string.h>

enum { DEPTH_MOST = 12 };

static struct json *child(const struct json *object, const char *key)
{
    for (struct json *it = object->first; it != NULL; it = it->next)
        if (str_eq(it->key, key))
            return it;
    return NULL;
}

/* A name that is both a value and a structure, or comes twice: the first one counts. */
static void place(struct json *root, const char *name, const char *value, struct arena *arena)
{
    struct json *at = root;

    for (int depth = 0; depth < DEPTH_MOST; depth++) {
        size_t len = strcspn(name, ".");
        char *part = arena_strn(arena, name, len);
        struct json *next = child(at, part);

        if (name[len] == '\0') {
            if (next == NULL)
                json_put_str(at, part, value);
            return;
        }
        if (next == NULL)
            next = json_put_object(at, part);
        if (next->type != JSON_OBJECT)
            return;
        at = next;
        name += len + 1;
    }
}

static bool all_numbers(const struct json *object)
{
    uint64_t number;

    for (const struct json *it = object->first; it != NULL; it = it->next)
        if (!str_to_u64(it->key, &number))
            return false;
    return object->first != NULL;
}

static int by_number(const void *a, const void *b)
{
    const struct json *const *x = a, *const *y = b;
    uint64_t i = 0, j = 0;

    (void)str_to_u64((*x)->key, &i);
    (void)str_to_u64((*y)->key, &j);
    return i < j ? -1 : i > j;
}

static struct json *tidy(const struct json *json, struct arena *arena);

static struct json *tidy_list(const struct json *json, struct arena *arena)
{
    struct json *out = json_array(arena);
    const struct json **items = arena_array(arena, json->count, sizeof *items);
    size_t count = 0;

    for (const struct json *it = json->first; it != NULL; it = it->next)
        items[count++] = it;
    qsort(items, count, sizeof *items, by_number);
    for (size_t i = 0; i < count; i++)
        json_add(out, tidy(items[i], arena));
    return out;
}

static struct json *tidy(const struct json *json, struct arena *arena)
{
    const struct json *member = json->count == 1 ? json_get(json, "member") : NULL;
    struct json *out;

    if (json->type != JSON_OBJECT)
        return json_copy(json, arena);
    if (member != NULL && all_numbers(member))
        json = member;
    if (all_numbers(json))
        return tidy_list(json, arena);
    out = json_object(arena);
    for (const struct json *it = json->first; it != NULL; it = it->next)
        json_put(out, it->key, tidy(it, arena));
    return out;
}

struct json *sim_params_unflatten(const struct http_param *params, size_t count,
                                  struct arena *arena)
{
    struct json *root = json_object(arena), *out = json_object(arena);

    for (size_t i = 0; i < count; i++)
        place(root, params[i].name, params[i].value, arena);
    /* The root is a structure even if its only member is called "1". */
    for (const struct json *it = root->first; it != NULL; it = it->next)
        json_put(out, it->key, tidy(it, arena));
    return out;
}
