/*
 * secret.h - a value that may be used but never shown.
 *
 * Layer:  base.  The bytes live on pages of their own that are kept out of core dumps
 *         (MADV_DONTDUMP) and are wiped when freed.  There is no way to print one: the only way to
 *         the bytes is secret_reveal, whose callers a reviewer can list with grep.
 */
#ifndef PLINTH_BASE_SECRET_H
#define PLINTH_BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

struct secret; /* opaque */

/* A copy of `len` bytes.  The caller wipes its own copy.  owns: caller, secret_free().
 * yields: no. */
struct secret *secret_new(const void *bytes, size_t len);

/* As secret_new, on the pages of `other` where there is room: for secrets that are held and freed
 * together, a page less each.  Each is freed by itself.  yields: no. */
struct secret *secret_new_beside(const struct secret *other, const void *bytes, size_t len);

/* Wipe and free.  NULL is a no-op.  yields: no. */
void secret_free(struct secret *secret);

/* The bytes, NUL-terminated behind secret_len().  owns: the secret.  NULL gives "".  yields: no. */
const char *secret_reveal(const struct secret *secret);
size_t secret_len(const struct secret *secret);

/* Compares in constant time.  Both NULL is equal.  yields: no. */
bool secret_eq(const struct secret *a, const struct secret *b);

/* Overwrite memory so that the compiler cannot leave it out.  yields: no. */
void wipe(void *bytes, size_t len);

#endif
