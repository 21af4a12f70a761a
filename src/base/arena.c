#include "plinth/base/arena.h"

#include "plinth/base/secret.h"
#include "plinth/base/vec.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif
#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(addr, size) ((void)(addr), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(addr, size) ((void)(addr), (void)(size))
#endif

/* Blocks double.  The first is small, because what plinth keeps for each account is: three arenas
 * of a few hundred bytes. */
enum { ALIGNMENT = 16, BLOCK_BYTES_FIRST = 512, BLOCK_BYTES_MOST = 256 * 1024 };

struct block {
    struct block *next;
    size_t size; /* of data */
    size_t used;
    _Alignas(ALIGNMENT) char data[];
};

struct arena {
    const char *name;
    struct block *blocks; /* the one in use first */
    size_t used;
    size_t next_size;
    bool wipes;
};

static void out_of_memory(const char *name, size_t size)
{
    (void)fprintf(stderr, "plinth: out of memory (%zu bytes for %s)\n", size, name);
    exit(1);
}

/* Unused room is poisoned under ASan, so that running past one allocation is seen. */
static struct block *block_new(struct arena *arena, size_t least)
{
    size_t size = arena->next_size > least ? arena->next_size : least;
    struct block *block = malloc(sizeof *block + size);

    if (block == NULL)
        out_of_memory(arena->name, size);
    block->size = size;
    block->used = 0;
    ASAN_POISON_MEMORY_REGION(block->data, block->size);
    if (arena->next_size < BLOCK_BYTES_MOST)
        arena->next_size *= 2;
    return block;
}

struct arena *arena_new(const char *name)
{
    struct arena *arena = calloc(1, sizeof *arena);

    if (arena == NULL)
        out_of_memory(name, sizeof *arena);
    arena->name = name;
    arena->next_size = BLOCK_BYTES_FIRST;
    return arena;
}

struct arena *arena_new_wiping(const char *name)
{
    struct arena *arena = arena_new(name);

    arena->wipes = true;
    return arena;
}

static void block_forget(const struct arena *arena, struct block *block)
{
    ASAN_UNPOISON_MEMORY_REGION(block->data, block->size);
    if (arena->wipes)
        wipe(block->data, block->used);
    block->used = 0;
}

static void blocks_free(const struct arena *arena, struct block *block)
{
    struct block *next;

    for (; block != NULL; block = next) {
        next = block->next;
        block_forget(arena, block);
        free(block);
    }
}

void arena_free(struct arena *arena)
{
    if (arena == NULL)
        return;
    blocks_free(arena, arena->blocks);
    free(arena);
}

void arena_reset(struct arena *arena)
{
    struct block *keep = arena->blocks;

    if (keep != NULL) {
        blocks_free(arena, keep->next);
        keep->next = NULL;
        block_forget(arena, keep);
        ASAN_POISON_MEMORY_REGION(keep->data, keep->size);
    }
    arena->used = 0;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    size_t need = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    struct block *block = arena->blocks;
    void *out;

    if (need < size)
        out_of_memory(arena->name, size);
    if (need == 0)
        need = ALIGNMENT;
    if (block == NULL || block->size - block->used < need) {
        block = block_new(arena, need);
        block->next = arena->blocks;
        arena->blocks = block;
    }
    out = block->data + block->used;
    block->used += need;
    arena->used += need;
    ASAN_UNPOISON_MEMORY_REGION(out, size);
    memset(out, 0, size);
    return out;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        out_of_memory(arena->name, SIZE_MAX);
    return arena_alloc(arena, count * size);
}

char *arena_strn(struct arena *arena, const char *text, size_t len)
{
    char *out;

    if (len == SIZE_MAX)
        out_of_memory(arena->name, len);
    out = arena_alloc(arena, len + 1);
    if (len > 0)
        memcpy(out, text, len);
    return out;
}

char *arena_str(struct arena *arena, const char *text)
{
    return text == NULL ? NULL : arena_strn(arena, text, strlen(text));
}

char *arena_vprintf(struct arena *arena, const char *format, va_list args)
{
    char small[256]; /* most texts fit, and are printed once */
    va_list again;
    int len;
    char *out;

    va_copy(again, args);
    len = vsnprintf(small, sizeof small, format, again);
    va_end(again);
    if (len < 0)
        out_of_memory(arena->name, 0);
    if ((size_t)len < sizeof small) {
        out = arena_strn(arena, small, (size_t)len);
        if (arena->wipes)
            wipe(small, sizeof small);
        return out;
    }
    out = arena_alloc(arena, (size_t)len + 1);
    (void)vsnprintf(out, (size_t)len + 1, format, args);
    if (arena->wipes)
        wipe(small, sizeof small);
    return out;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    char *out;

    va_start(args, format);
    out = arena_vprintf(arena, format, args);
    va_end(args);
    return out;
}

size_t arena_used(const struct arena *arena)
{
    return arena->used;
}

void *vec_grow(struct arena *arena, const void *items, size_t count, size_t *capacity,
               size_t item_size)
{
    size_t larger = *capacity == 0 ? 8 : *capacity * 2;
    void *out = arena_array(arena, larger, item_size);

    if (count > 0)
        memcpy(out, items, count * item_size);
    *capacity = larger;
    return out;
}
