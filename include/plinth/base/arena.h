/*
 * arena.h - memory by lifetime: allocate freely, free everything at once.
 *
 * Layer:  base.  Out of memory prints one line and exits: a re-run of plinth is always safe, and
 *         code that cannot be tested is worse.  Never store a pointer to a shorter-lived arena.
 */
#ifndef PLINTH_BASE_ARENA_H
#define PLINTH_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena;

/* A new, empty arena; `name` (static storage) shows in diagnostics.  owns: caller, arena_free().
 * yields: no. */
struct arena *arena_new(const char *name);

/* As arena_new, but what was in it is overwritten before it is freed or forgotten: for requests and
 * answers that may hold secrets.  yields: no. */
struct arena *arena_new_wiping(const char *name);

/* Free the arena and all that was allocated from it.  NULL is a no-op.  yields: no. */
void arena_free(struct arena *arena);

/* Forget everything allocated; keeps one block for reuse.  yields: no. */
void arena_reset(struct arena *arena);

/* `size` zeroed bytes, aligned for any type.  Never NULL.  yields: no. */
void *arena_alloc(struct arena *arena, size_t size) __attribute__((malloc, returns_nonnull));

/* `count` zeroed items of `size` bytes; exits on overflow.  yields: no. */
void *arena_array(struct arena *arena, size_t count, size_t size)
    __attribute__((malloc, returns_nonnull));

/* Copies, NUL-terminated.  `text` may be NULL for arena_str, which then gives NULL.  yields: no. */
char *arena_str(struct arena *arena, const char *text);
char *arena_strn(struct arena *arena, const char *text, size_t len);

/* A formatted string.  yields: no. */
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3), returns_nonnull));
char *arena_vprintf(struct arena *arena, const char *format, va_list args);

/* Bytes handed out since arena_new or the last reset.  yields: no. */
size_t arena_used(const struct arena *arena);

#endif
