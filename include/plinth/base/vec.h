/*
 * vec.h - a growing array in an arena.
 *
 * Layer:  base.  `VEC(struct x) xs = {0}; *VEC_ADD(arena, &xs) = item;`  Growing copies to a new
 *         place in the same arena: hold indexes, not pointers, across VEC_ADD.
 */
#ifndef PLINTH_BASE_VEC_H
#define PLINTH_BASE_VEC_H

#include "plinth/base/arena.h"

#include <stddef.h>

#define VEC(type)                                                                                  \
    struct {                                                                                       \
        type *items;                                                                               \
        size_t count;                                                                              \
        size_t capacity;                                                                           \
    }

/* Room for one more item, counted; a pointer to it.  It is zeroed, unless `count` was set back
 * before: then it holds what it held. */
#define VEC_ADD(arena, vec)                                                                        \
    (((vec)->count == (vec)->capacity                                                              \
          ? (void)((vec)->items = vec_grow((arena), (vec)->items, (vec)->count, &(vec)->capacity,  \
                                           sizeof *(vec)->items))                                  \
          : (void)0),                                                                              \
     &(vec)->items[(vec)->count++])

/* For VEC_ADD only.  yields: no. */
void *vec_grow(struct arena *arena, const void *items, size_t count, size_t *capacity,
               size_t item_size);

#endif
