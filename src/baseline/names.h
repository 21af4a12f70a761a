/*
 * names.h - text to pointer, in an arena: found in constant time, freed with everything else.
 *
 * Layer:  baseline.  (uthash would keep its table outside the arena, and a baseline has no
 *         destructor.)
 */
#ifndef PLINTH_SRC_BASELINE_NAMES_H
#define PLINTH_SRC_BASELINE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

struct arena; /* base/arena.h */

struct names {
    struct arena *arena;
    struct name_slot *slots;
    size_t count, capacity;
    bool nocase; /* ASCII case does not matter */
};

void names_init(struct names *names, struct arena *arena, bool nocase);

/* Add unless the name is there already; then what it has.  NULL: it was added.  Neither is copied;
 * `value` is not NULL.  yields: no. */
void *names_add(struct names *names, const char *name, const void *value);

/* NULL if it is not there.  yields: no. */
void *names_get(const struct names *names, const char *name);

#endif
