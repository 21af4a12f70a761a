#include "names.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

enum { CAPACITY_FIRST = 16 }; /* a power of two, and so is every later one */

struct name_slot {
    const char *name; /* NULL: free */
    const void *value;
};

void names_init(struct names *names, struct arena *arena, bool nocase)
{
    *names = (struct names){.arena = arena, .nocase = nocase};
}

/* FNV-1a. */
static size_t hash(const struct names *names, const char *name)
{
    uint64_t out = 0xcbf29ce484222325U;

    for (; *name != '\0'; name++) {
        unsigned char c = (unsigned char)*name;

        if (names->nocase && c >= 'A' && c <= 'Z')
            c = (unsigned char)(c - 'A' + 'a');
        out = (out ^ c) * 0x100000001b3U;
    }
    return (size_t)out;
}

/* The name's slot, or the free one where it would go; there is always a free one. */
static struct name_slot *find(const struct names *names, const char *name)
{
    size_t mask = names->capacity - 1;

    for (size_t at = hash(names, name) & mask;; at = (at + 1) & mask) {
        struct name_slot *slot = &names->slots[at];

        if (slot->name == NULL ||
            (names->nocase ? str_eq_nocase(slot->name, name) : str_eq(slot->name, name)))
            return slot;
    }
}

static void grow(struct names *names)
{
    struct name_slot *old = names->slots;
    size_t old_capacity = names->capacity;

    names->capacity = old_capacity == 0 ? CAPACITY_FIRST : old_capacity * 2;
    names->slots = arena_array(names->arena, names->capacity, sizeof *names->slots);
    for (size_t i = 0; i < old_capacity; i++)
        if (old[i].name != NULL)
            *find(names, old[i].name) = old[i];
}

void *names_add(struct names *names, const char *name, const void *value)
{
    struct name_slot *slot;

    assert(value != NULL);
    if (2 * names->count >= names->capacity)
        grow(names);
    slot = find(names, name);
    if (slot->name != NULL)
        return (void *)(uintptr_t)slot->value;
    *slot = (struct name_slot){name, value};
    names->count++;
    return NULL;
}

void *names_get(const struct names *names, const char *name)
{
    if (names->count == 0)
        return NULL;
    return (void *)(uintptr_t)find(names, name)->value;
}
