/*
 * secret.c - each secret on pages of its own.
 *
 * A page per secret is generous, but plinth holds a few for each account it works in, and a page
 * can be kept out of core dumps, out of swap, and given back to the kernel as a whole.
 */
#include "plinth/base/secret.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct secret {
    size_t mapped;
    size_t len;
    char bytes[];
};

void wipe(void *bytes, size_t len)
{
    if (len > 0)
        explicit_bzero(bytes, len);
}

struct secret *secret_new(const void *bytes, size_t len)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t need, mapped;
    struct secret *secret;

    if (len > SIZE_MAX / 2)
        abort();
    need = sizeof(struct secret) + len + 1;
    mapped = (need + page - 1) / page * page;
    secret = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (secret == MAP_FAILED) {
        (void)fputs("plinth: out of memory (for a secret)\n", stderr);
        exit(1);
    }
    (void)madvise(secret, mapped, MADV_DONTDUMP);
    (void)mlock(secret, mapped); /* refused past RLIMIT_MEMLOCK: swap is then the lesser evil */
    secret->mapped = mapped;
    secret->len = len;
    if (len > 0)
        memcpy(secret->bytes, bytes, len);
    return secret;
}

void secret_free(struct secret *secret)
{
    size_t mapped;

    if (secret == NULL)
        return;
    mapped = secret->mapped;
    wipe(secret, mapped);
    (void)munmap(secret, mapped);
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
