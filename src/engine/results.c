/*
 * results.c - the units of a plan or an apply that have something to say.
 *
 * Their records are not in the arena of the run: there every growth would leave the smaller array
 * behind, and there is one for each control, account and region.
 */
#include "plinth/engine/results.h"

#include "engine_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define uthash_fatal(message) abort()
#include <uthash.h>

enum { ENTRIES_FIRST = 64 };

struct result_entry {
    uint32_t index;
    uint32_t story, place; /* in texts */
    uint16_t region;       /* likewise; 0: none */
};

/* A text that is kept once. */
struct text {
    UT_hash_handle hh;
    char *text;
};

/* What units say.  Compared byte by byte, which is right since texts and changes are kept once. */
struct story {
    const struct control *control;
    const char *reason;
    const struct changes *changes;
    size_t applied;
    enum outcome outcome;
    enum err_code code;
    int blind;
    uint32_t number;
    UT_hash_handle hh;
};

struct place {
    const char *account, *account_id;
    uint32_t number;
    UT_hash_handle hh;
};

enum {
    STORY_KEY_BYTES = offsetof(struct story, number),
    PLACE_KEY_BYTES = offsetof(struct place, number)
};

struct result_texts {
    struct text *by_text;
    struct story *by_story;
    struct place *by_place;
    VEC(const struct story *) stories;
    VEC(const struct place *) places;
    VEC(const char *) regions; /* the first is NULL */
    struct share_table *shares;
};

/* --- Beginning and end ---------------------------------------------------------------------------
 */

void results_end(struct run_result *run)
{
    if (run->texts != NULL) {
        HASH_CLEAR(hh, run->texts->by_text);
        HASH_CLEAR(hh, run->texts->by_story);
        HASH_CLEAR(hh, run->texts->by_place);
    }
    free(run->entries);
    arena_free(run->arena);
    *run = (struct run_result){0};
}

void results_begin(struct run_result *run)
{
    results_end(run);
    run->arena = arena_new("results");
    run->texts = arena_alloc(run->arena, sizeof *run->texts);
    run->texts->shares = share_table_new(run->arena);
    *VEC_ADD(run->arena, &run->texts->regions) = NULL;
}

/* --- Kept once -----------------------------------------------------------------------------------
 */

static const char *keep_text(struct run_result *run, const char *text)
{
    struct result_texts *texts = run->texts;
    struct text *kept;

    if (text == NULL)
        return NULL;
    HASH_FIND_STR(texts->by_text, text, kept);
    if (kept == NULL) {
        kept = arena_alloc(run->arena, sizeof *kept);
        kept->text = arena_str(run->arena, text);
        HASH_ADD_KEYPTR(hh, texts->by_text, kept->text, strlen(kept->text), kept);
    }
    return kept->text;
}

static uint32_t keep_story(struct run_result *run, const struct unit_result *unit)
{
    struct result_texts *texts = run->texts;
    struct story wanted, *kept;

    memset(&wanted, 0, sizeof wanted); /* its padding is compared as well */
    wanted.control = unit->control;
    wanted.reason = keep_text(run, unit->reason);
    wanted.changes = share_changes(texts->shares, &unit->changes);
    wanted.applied = unit->applied;
    wanted.outcome = unit->outcome;
    wanted.code = unit->code;
    wanted.blind = unit->blind;
    HASH_FIND(hh, texts->by_story, &wanted, STORY_KEY_BYTES, kept);
    if (kept == NULL) {
        kept = arena_alloc(run->arena, sizeof *kept);
        *kept = wanted;
        kept->number = (uint32_t)texts->stories.count;
        *VEC_ADD(run->arena, &texts->stories) = kept;
        HASH_ADD_KEYPTR(hh, texts->by_story, kept, STORY_KEY_BYTES, kept);
    }
    return kept->number;
}

static uint32_t keep_place(struct run_result *run, const struct unit_result *unit)
{
    struct result_texts *texts = run->texts;
    struct place wanted = {.account = keep_text(run, unit->account),
                           .account_id = keep_text(run, unit->account_id)};
    struct place *kept;

    HASH_FIND(hh, texts->by_place, &wanted, PLACE_KEY_BYTES, kept);
    if (kept == NULL) {
        kept = arena_alloc(run->arena, sizeof *kept);
        *kept = wanted;
        kept->number = (uint32_t)texts->places.count;
        *VEC_ADD(run->arena, &texts->places) = kept;
        HASH_ADD_KEYPTR(hh, texts->by_place, kept, PLACE_KEY_BYTES, kept);
    }
    return kept->number;
}

/* AWS has some forty regions. */
static uint16_t keep_region(struct run_result *run, const char *region)
{
    struct result_texts *texts = run->texts;
    size_t at = 0;

    while (at < texts->regions.count && !str_eq(texts->regions.items[at], region))
        at++;
    if (at == texts->regions.count)
        *VEC_ADD(run->arena, &texts->regions) = arena_str(run->arena, region);
    assert(at <= UINT16_MAX);
    return (uint16_t)at;
}

/* --- Units ---------------------------------------------------------------------------------------
 */

void results_add(struct run_result *run, const struct unit_result *unit)
{
    if (run->unit_count == run->unit_capacity) {
        size_t larger = run->unit_capacity == 0 ? ENTRIES_FIRST : 2 * run->unit_capacity;
        struct result_entry *entries = reallocarray(run->entries, larger, sizeof *entries);

        if (entries == NULL) {
            (void)fprintf(stderr, "plinth: out of memory (for %zu results)\n", larger);
            exit(1);
        }
        run->entries = entries;
        run->unit_capacity = larger;
    }
    results_set(run, run->unit_count++, unit);
}

void results_set(struct run_result *run, size_t i, const struct unit_result *unit)
{
    assert(i < run->unit_count && unit->index <= UINT32_MAX);
    run->entries[i] = (struct result_entry){.index = (uint32_t)unit->index,
                                            .story = keep_story(run, unit),
                                            .place = keep_place(run, unit),
                                            .region = keep_region(run, unit->region)};
}

struct unit_result results_unit(const struct run_result *run, size_t i)
{
    const struct result_entry *entry = &run->entries[i];
    const struct story *story = run->texts->stories.items[entry->story];
    const struct place *place = run->texts->places.items[entry->place];

    assert(i < run->unit_count);
    return (struct unit_result){
        .index = entry->index,
        .control = story->control,
        .account = place->account,
        .account_id = place->account_id,
        .region = run->texts->regions.items[entry->region],
        .outcome = story->outcome,
        .reason = story->reason,
        .code = story->code,
        .blind = story->blind != 0,
        .changes = *story->changes,
        .applied = story->applied,
    };
}

bool results_alike(const struct run_result *run, size_t i, size_t k)
{
    const struct story *a = run->texts->stories.items[run->entries[i].story];
    const struct story *b = run->texts->stories.items[run->entries[k].story];

    return a->control == b->control && a->outcome == b->outcome && a->applied == b->applied &&
           a->reason == b->reason && a->changes == b->changes;
}

static int by_index(const void *a, const void *b)
{
    const struct result_entry *left = a, *right = b;

    return (left->index > right->index) - (left->index < right->index);
}

void results_sort(struct run_result *run)
{
    if (run->unit_count > 0)
        qsort(run->entries, run->unit_count, sizeof *run->entries, by_index);
}

bool results_find(const struct run_result *run, size_t index, size_t *out)
{
    const struct result_entry wanted = {.index = (uint32_t)index};
    const struct result_entry *found =
        run->unit_count == 0
            ? NULL
            : bsearch(&wanted, run->entries, run->unit_count, sizeof wanted, by_index);

    if (found != NULL)
        *out = (size_t)(found - run->entries);
    return found != NULL;
}
