/*
 * throttle.c - token buckets per account, region and row of rates.def.
 *
 * A bucket that nobody used for a while is full again, and a full one need not be kept: the table
 * is swept when it has doubled.
 */
#include "sim_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define uthash_fatal(message) abort()
#include <uthash.h>

static const struct sim_rate rates[] = {
#define RATE(service, operation, per_second, burst) {service, operation, per_second, burst},
#include "rates.def"
#undef RATE
};

enum { RATE_COUNT = sizeof rates / sizeof rates[0], KEY_BYTES = 64, SWEEP_FIRST = 4096 };

const struct sim_rate *sim_rate_at(size_t index)
{
    return index < RATE_COUNT ? &rates[index] : NULL;
}

bool sim_rate_applies(const struct sim_rate *rate, const struct sim_call *call)
{
    return str_eq(rate->service, call->service->name) &&
           (str_eq(rate->operation, "*") || str_eq(rate->operation, call->operation->name));
}

struct bucket {
    char key[KEY_BYTES]; /* account, region and the number of its rate */
    const struct sim_rate *rate;
    double tokens;
    int64_t filled_ms;
    UT_hash_handle hh;
};

struct sim_rates {
    struct bucket *buckets;
    size_t sweep_at;
};

struct sim_rates *sim_rates_new(void)
{
    struct sim_rates *out = calloc(1, sizeof *out);

    if (out == NULL)
        abort();
    out->sweep_at = SWEEP_FIRST;
    return out;
}

static void sweep(struct sim_rates *all, int64_t now_ms)
{
    struct bucket *bucket, *next;

    HASH_ITER(hh, all->buckets, bucket, next)
    {
        double seconds = (double)(now_ms - bucket->filled_ms) / 1000;

        if (bucket->tokens + seconds * bucket->rate->per_second < bucket->rate->burst)
            continue;
        HASH_DEL(all->buckets, bucket);
        free(bucket);
    }
}

void sim_rates_free(struct sim_rates *all)
{
    struct bucket *bucket, *next;

    if (all == NULL)
        return;
    HASH_ITER(hh, all->buckets, bucket, next)
    {
        HASH_DEL(all->buckets, bucket);
        free(bucket);
    }
    free(all);
}

static struct bucket *bucket_for(struct sim_rates *all, const struct sim_call *call, size_t index)
{
    struct bucket *bucket;
    char key[KEY_BYTES];

    (void)snprintf(key, sizeof key, "%s %s %zu", call->account, call->region, index);
    HASH_FIND_STR(all->buckets, key, bucket);
    if (bucket != NULL)
        return bucket;
    bucket = calloc(1, sizeof *bucket);
    if (bucket == NULL)
        abort();
    memcpy(bucket->key, key, sizeof key);
    bucket->rate = &rates[index];
    bucket->tokens = rates[index].burst;
    bucket->filled_ms = call->now_ms;
    HASH_ADD_STR(all->buckets, key, bucket);
    return bucket;
}

static void fill(struct bucket *bucket, int64_t now_ms)
{
    double seconds = (double)(now_ms - bucket->filled_ms) / 1000;

    if (seconds <= 0)
        return; /* a wall clock may go back */
    bucket->tokens += seconds * bucket->rate->per_second;
    if (bucket->tokens > bucket->rate->burst)
        bucket->tokens = bucket->rate->burst;
    bucket->filled_ms = now_ms;
}

bool sim_rates_take(struct sim_rates *all, const struct sim_call *call)
{
    struct bucket *taken[RATE_COUNT];
    size_t count = 0;

    if (HASH_COUNT(all->buckets) >= all->sweep_at) {
        sweep(all, call->now_ms);
        all->sweep_at = SWEEP_FIRST + 2 * HASH_COUNT(all->buckets);
    }
    for (size_t i = 0; i < RATE_COUNT; i++) {
        if (!sim_rate_applies(&rates[i], call))
            continue;
        taken[count] = bucket_for(all, call, i);
        fill(taken[count], call->now_ms);
        if (taken[count++]->tokens < 1)
            return false;
    }
    for (size_t i = 0; i < count; i++)
        taken[i]->tokens -= 1;
    return true;
}
