/*
 * share.c - targets that are alike share their changes.
 *
 * A first apply makes the same changes in every account and region: kept once, memory grows with
 * the kinds of targets and not with their number.
 */
#include "engine_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"

#include <string.h>

enum { SLOTS_FIRST = 64 };

/* What was kept so far, by its hash; `slot_count` is a power of two. */
struct share_table {
    struct share_entry {
        uint64_t hash;
        struct changes *changes; /* NULL: free */
    } * slots;
    size_t slot_count, count;
    struct arena *arena;
};

static void hash_bytes(uint64_t *hash, const void *bytes, size_t len)
{
    const unsigned char *at = bytes;

    for (size_t i = 0; i < len; i++)
        *hash = (*hash ^ at[i]) * 1099511628211U;
}

/* With its NUL, so that no two lists of texts are the same bytes. */
static void hash_text(uint64_t *hash, const char *text)
{
    hash_bytes(hash, text == NULL ? "-" : text, text == NULL ? 1 : strlen(text) + 1);
}

static uint64_t hash_changes(const struct changes *changes)
{
    uint64_t hash = 14695981039346656037U;

    for (size_t i = 0; i < changes->count; i++) {
        const struct change *change = &changes->items[i];

        hash_bytes(&hash, &change->kind, sizeof change->kind);
        hash_text(&hash, change->resource);
        for (size_t f = 0; f < change->field_count; f++) {
            hash_text(&hash, change->fields[f].name);
            hash_text(&hash, change->fields[f].from);
            hash_text(&hash, change->fields[f].to);
        }
    }
    for (size_t i = 0; i < changes->note_count; i++)
        hash_text(&hash, changes->notes[i]);
    return hash;
}

static bool are_same(const struct changes *a, const struct changes *b)
{
    if (a->count != b->count || a->note_count != b->note_count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        const struct change *left = &a->items[i], *right = &b->items[i];

        if (left->step != right->step || left->takes_away != right->takes_away ||
            !str_eq(left->final.name, right->final.name) || left->final.days != right->final.days ||
            !change_same(left, right, false))
            return false;
    }
    for (size_t i = 0; i < a->note_count; i++)
        if (!str_eq(a->notes[i], b->notes[i]))
            return false;
    return true;
}

static void grow(struct share_table *table)
{
    struct share_table old = *table;

    table->slot_count = old.slot_count == 0 ? SLOTS_FIRST : 2 * old.slot_count;
    table->slots = arena_array(table->arena, table->slot_count, sizeof *table->slots);
    for (size_t i = 0; i < old.slot_count; i++) {
        size_t at = (size_t)old.slots[i].hash & (table->slot_count - 1);

        if (old.slots[i].changes == NULL)
            continue;
        while (table->slots[at].changes != NULL)
            at = (at + 1) & (table->slot_count - 1);
        table->slots[at] = old.slots[i];
    }
}

void share_copy_change(struct changes *to, const struct change *change)
{
    struct change *copy = changes_add(to, change->kind, change->step, NULL, "%s", change->resource);

    copy->takes_away = change->takes_away;
    if (change->final.name != NULL)
        change_is_final(copy, change->final.name, change->final.days);
    for (size_t i = 0; i < change->field_count; i++)
        change_field(copy, change->fields[i].name, change->fields[i].from, change->fields[i].to);
}

struct share_table *share_table_new(struct arena *arena)
{
    struct share_table *table = arena_alloc(arena, sizeof *table);

    table->arena = arena;
    grow(table);
    return table;
}

const struct changes *share_changes(struct share_table *table, const struct changes *changes)
{
    uint64_t hash = hash_changes(changes);
    struct share_entry *share;
    size_t at;

    if (2 * table->count >= table->slot_count)
        grow(table);
    at = (size_t)hash & (table->slot_count - 1);
    for (share = &table->slots[at]; share->changes != NULL; share = &table->slots[at]) {
        if (share->hash == hash && are_same(share->changes, changes))
            return share->changes;
        at = (at + 1) & (table->slot_count - 1);
    }
    share->hash = hash;
    share->changes = arena_alloc(table->arena, sizeof *share->changes);
    changes_init(share->changes, table->arena);
    for (size_t i = 0; i < changes->count; i++)
        share_copy_change(share->changes, &changes->items[i]);
    for (size_t i = 0; i < changes->note_count; i++)
        changes_note(share->changes, "%s", changes->notes[i]);
    table->count++;
    return share->changes;
}
