/*
 * bench_base.c - what it costs to keep each secret on a page of its own.
 *
 * Not a test: it prints numbers to compare by hand, from a build without sanitizers.
 */
#include "plinth/base/env.h"
#include "plinth/base/secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SECRETS = 20 * 1000 };

static int64_t resident_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long pages = 0;

    if (file == NULL || fscanf(file, "%*d %ld", &pages) != 1)
        pages = 0;
    if (file != NULL)
        (void)fclose(file);
    return pages * sysconf(_SC_PAGESIZE);
}

int main(void)
{
    static const char bytes[40];
    struct secret **secrets = calloc(SECRETS, sizeof(struct secret *));
    struct clock *clock = clock_real();
    int64_t start_us, made_us, before_bytes, held_bytes;

    if (secrets == NULL)
        return 1;
    before_bytes = resident_bytes();
    start_us = clock->mono_us(clock);
    for (int i = 0; i < SECRETS; i++)
        secrets[i] = secret_new(bytes, sizeof bytes);
    made_us = clock->mono_us(clock);
    held_bytes = resident_bytes() - before_bytes;
    for (int i = 0; i < SECRETS; i += 2) /* leaves holes, as a long run does */
        secret_free(secrets[i]);
    for (int i = 1; i < SECRETS; i += 2)
        secret_free(secrets[i]);
    printf("%.2f us to make a secret, %.2f us to free one\n",
           (double)(made_us - start_us) / SECRETS,
           (double)(clock->mono_us(clock) - made_us) / SECRETS);
    printf("%lld bytes per secret, %d at a time\n", (long long)(held_bytes / SECRETS), SECRETS);
    free(secrets);
    return 0;
}
