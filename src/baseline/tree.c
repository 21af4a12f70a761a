#include "tree.h"

#include "names.h"
#include "plinth/base/arena.h"
#include "plinth/base/str.h"

static struct node *new_map(const struct node *like, size_t room, struct arena *arena)
{
    struct node *out = arena_alloc(arena, sizeof *out);

    *out = *like;
    out->count = 0;
    out->keys = arena_array(arena, room, sizeof(struct node *));
    out->items = arena_array(arena, room, sizeof(struct node *));
    return out;
}

static void add(struct node *map, struct node *key, struct node *value)
{
    map->keys[map->count] = key;
    map->items[map->count++] = value;
}

struct node *tree_merge(const struct node *a, const struct node *b, tree_combine_fn combine,
                        void *arg, struct arena *arena)
{
    struct node *out = new_map(a, a->count + b->count, arena);
    struct names values; /* key -> where its value stands in `out` */

    names_init(&values, arena, false);
    for (size_t i = 0; i < a->count; i++) {
        (void)names_add(&values, a->keys[i]->text, &out->items[out->count]);
        add(out, a->keys[i], a->items[i]);
    }
    for (size_t i = 0; i < b->count; i++) {
        struct node **value = names_get(&values, b->keys[i]->text);

        if (value == NULL)
            add(out, b->keys[i], b->items[i]);
        else
            *value = combine(arg, out->keys[value - out->items], *value, b->keys[i], b->items[i]);
    }
    return out;
}

struct node *tree_without(const struct node *map, const char *key, struct arena *arena)
{
    struct node *out = new_map(map, map->count, arena);

    for (size_t i = 0; i < map->count; i++)
        if (!str_eq(map->keys[i]->text, key))
            add(out, map->keys[i], map->items[i]);
    return out;
}

struct node *tree_append(const struct node *a, const struct node *b, struct arena *arena)
{
    struct node *out = arena_alloc(arena, sizeof *out);

    *out = *a;
    out->count = a->count + b->count;
    out->items = arena_array(arena, out->count, sizeof(struct node *));
    for (size_t i = 0; i < out->count; i++)
        out->items[i] = i < a->count ? a->items[i] : b->items[i - a->count];
    return out;
}
