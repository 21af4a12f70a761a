/*
 * tree.h - new maps from old ones: nodes may be shared by aliases, so none is changed in place.
 *
 * Layer:  baseline.
 */
#ifndef PLINTH_SRC_BASELINE_TREE_H
#define PLINTH_SRC_BASELINE_TREE_H

#include "plinth/codec/node.h"

struct arena; /* base/arena.h */

/* What a key that both maps have becomes. */
typedef struct node *(*tree_combine_fn)(void *arg, const struct node *key_a, struct node *a,
                                        const struct node *key_b, struct node *b);

/* The keys of `a`, and behind them those that only `b` has.  The mark is `a`'s.  owns: `arena`; the
 * values are those of the maps.  yields: no. */
struct node *tree_merge(const struct node *a, const struct node *b, tree_combine_fn combine,
                        void *arg, struct arena *arena);

/* The map without a key, which need not be in it.  yields: no. */
struct node *tree_without(const struct node *map, const char *key, struct arena *arena);

/* The items of `a`, then those of `b`.  yields: no. */
struct node *tree_append(const struct node *a, const struct node *b, struct arena *arena);

#endif
