/*
 * secret.c - secrets on pages of their own.
 *
 * Pages can be kept out of core dumps, out of swap, and given back to the kernel as a whole.  What
 * belongs together may share them: plinth holds two secrets for each account that it works in.
 */
#include "plinth/base/secret.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { ALIGNMENT = 16 };

/* At the start of a mapping. */
struct pages {
    size_t mapped, used;
    size_t secrets; /* in it */
};

struct secret {
    struct pages *pages;
    size_t len;
    char bytes[];
};

void wipe(void *bytes, size_t len)
{
    if (len > 0)
        explicit_bzero(bytes, len);
}

static size_t aligned(size_t size)
{
    return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static size_t size_of(size_t len)
{
    if (len > SIZE_MAX / 2)
        abort();
    return aligned(sizeof(struct secret) + len + 1);
}

static struct pages *pages_new(size_t need)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t mapped = (need + page - 1) / page * page;
    struct pages *pages =
        mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (pages == MAP_FAILED) {
        (void)fputs("plinth: out of memory (for a secret)\n", stderr);
        exit(1);
    }
    (void)madvise(pages, mapped, MADV_DONTDUMP);
    (void)mlock(pages, mapped); /* refused past RLIMIT_MEMLOCK: swap is then the lesser evil */
    pages->mapped = mapped;
    pages->used = aligned(sizeof *pages);
    return pages;
}

static struct secret *put(struct pages *pages, const void *bytes, size_t len)
{
    struct secret *secret = (struct secret *)((char *)pages + pages->used);

    secret->pages = pages;
    secret->len = len;
    if (len > 0)
        memcpy(secret->bytes, bytes, len);
    pages->used += size_of(len);
    pages->secrets++;
    return secret;
}

struct secret *secret_new(const void *bytes, size_t len)
{
    return put(pages_new(aligned(sizeof(struct pages)) + size_of(len)), bytes, len);
}

struct secret *secret_new_beside(const struct secret *other, const void *bytes, size_t len)
{
    struct pages *pages = other->pages;

    return pages->mapped - pages->used < size_of(len) ? secret_new(bytes, len)
                                                      : put(pages, bytes, len);
}

void secret_free(struct secret *secret)
{
    struct pages *pages;
    size_t mapped;

    if (secret == NULL)
        return;
    pages = secret->pages;
    wipe(secret, size_of(secret->len));
    if (--pages->secrets > 0)
        return;
    mapped = pages->mapped;
    wipe(pages, mapped);
    (void)munmap(pages, mapped);
}

const char *secret_reveal(const struct secret *secret)
{
    return secret == NULL ? "" : secret->bytes;
}

size_t secret_len(const struct secret *secret)
{
    return secret == NULL ? 0 : secret->len;
}

bool secret_eq(const struct secret *a, const struct secret *b)
{
    unsigned char differs = 0;

    if (a == NULL || b == NULL || a->len != b->len)
        return a == b;
    for (size_t i = 0; i < a->len; i++)
        differs |= (unsigned char)(a->bytes[i] ^ b->bytes[i]);
    return differs == 0;
}
