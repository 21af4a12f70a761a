/*
 * limiter.c - token buckets that learn.
 *
 * The rates are AWS's.  Behind an endpoint of somebody else (a sandbox, an emulator) a bucket is
 * open until it throttles for the first time; then it is like AWS's.
 *
 * A bucket per (account, region, row of rates.def), made when it is first used and dropped when it
 * is full and idle: then it is what a new one would be.  Throttling makes a bucket slower at once
 * (a third less, and empty); it recovers in about a minute.  Many requests of one burst that come
 * back throttled are one sign, not many.
 */
#include "call_priv.h"

#include "plinth/base/env.h"
#include "plinth/fiber/fiber.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum rate_kind { ALL, READS, WRITES, NAMED };

struct rate {
    enum aws_service service;
    enum rate_kind kind;
    const char *operations; /* NAMED */
    double per_s, burst;
};

static const struct rate rates[] = {
#define RATE(service, kind, operations, per_s, burst)                                              \
    {AWS_SERVICE_##service, kind, operations, per_s, burst},
#include "rates.def"
#undef RATE
};

enum { RATES = sizeof rates / sizeof rates[0], ROWS_OF_OP_MOST = 3, TABLE_SLOTS_FIRST = 256 };

static const double slower = 0.7;              /* times, at each sign of throttling */
static const double rate_least = 0.05;         /* of the row's rate */
static const double open_times = 1000;         /* the row's rate and burst, where nobody limits */
static const double recovery_per_s = 1.0 / 60; /* of the row's rate */

/* Longer names are cut: they would share a bucket, which does no harm. */
enum { ACCOUNT_BYTES = 16, REGION_BYTES = 28 };

struct key {
    char account[ACCOUNT_BYTES], region[REGION_BYTES]; /* no NUL behind one that fills its room */
    unsigned short service, row;
};

struct bucket {
    struct key key;
    double tokens, per_s;
    double burst, per_s_most; /* the row's, or many times that while the bucket is open */
    int64_t filled_us;        /* when `tokens` was true */
    int64_t slowed_us;        /* of the last sign of throttling */
    struct fiber_sem turn;
    size_t users; /* fibers inside bucket_take */
    struct bucket *next;
};

struct limiter {
    struct sched *sched;
    struct bucket **slots;
    size_t slot_count, count;
    bool open[AWS_SERVICE_COUNT];
    unsigned char rows[AWS_OP_COUNT][ROWS_OF_OP_MOST]; /* index into rates; the rest is RATES */
};

/* --- Which rows an operation draws from ----------------------------------------------------------
 */

static bool applies(const struct rate *rate, const struct aws_op_info *info)
{
    if (rate->service != info->service)
        return false;
    switch (rate->kind) {
    case ALL:
        return true;
    case READS:
        return info->access == AWS_READ;
    case WRITES:
        return info->access == AWS_WRITE;
    case NAMED:
        return serialize_has_word(rate->operations, info->name);
    }
    return false;
}

static void find_rows(struct limiter *limiter, enum aws_op op)
{
    size_t count = 0;

    memset(limiter->rows[op], RATES, ROWS_OF_OP_MOST);
    for (size_t i = 0; i < RATES; i++) {
        if (applies(&rates[i], aws_op_info(op))) {
            assert(count < ROWS_OF_OP_MOST);
            limiter->rows[op][count++] = (unsigned char)i;
        }
    }
    assert(rates[0].service == AWS_SERVICE_NONE);
    if (count == 0)
        limiter->rows[op][0] = 0;
}

/* --- The table -----------------------------------------------------------------------------------
 */

static void *need(void *memory)
{
    if (memory == NULL) {
        (void)fputs("plinth: out of memory (for rate limits)\n", stderr);
        exit(1);
    }
    return memory;
}

struct limiter *limiter_new(struct sched *sched, const struct aws_endpoints *endpoints)
{
    struct limiter *limiter = need(calloc(1, sizeof *limiter));

    limiter->sched = sched;
    limiter->slot_count = TABLE_SLOTS_FIRST;
    limiter->slots = need(calloc(TABLE_SLOTS_FIRST, sizeof(struct bucket *)));
    for (int i = AWS_SERVICE_NONE + 1; i < AWS_SERVICE_COUNT; i++)
        limiter->open[i] = !aws_endpoint_is_aws(endpoints, (enum aws_service)i);
    for (int op = AWS_OP_NONE + 1; op < AWS_OP_COUNT; op++)
        find_rows(limiter, (enum aws_op)op);
    return limiter;
}

void limiter_free(struct limiter *limiter)
{
    struct bucket *next;

    if (limiter == NULL)
        return;
    for (size_t i = 0; i < limiter->slot_count; i++) {
        for (struct bucket *it = limiter->slots[i]; it != NULL; it = next) {
            assert(it->users == 0);
            next = it->next;
            free(it);
        }
    }
    free(limiter->slots);
    free(limiter);
}

size_t limiter_buckets(const struct limiter *limiter)
{
    return limiter->count;
}

static int64_t now_us(const struct limiter *limiter)
{
    return env_mono_us(sched_env(limiter->sched));
}

static const struct rate *rate_of(const struct bucket *bucket)
{
    return &rates[bucket->key.row];
}

/* Bring `tokens` and a lowered rate up to now. */
static void bucket_refill(struct bucket *bucket, int64_t now)
{
    double elapsed_s = (double)(now - bucket->filled_us) / 1e6;

    bucket->filled_us = now;
    bucket->tokens += elapsed_s * bucket->per_s;
    if (bucket->tokens > bucket->burst)
        bucket->tokens = bucket->burst;
    bucket->per_s += elapsed_s * recovery_per_s * bucket->per_s_most;
    if (bucket->per_s > bucket->per_s_most)
        bucket->per_s = bucket->per_s_most;
}

/* Whether a new bucket would be the same; one that was open was not. */
static bool bucket_is_spare(const struct limiter *limiter, struct bucket *bucket, int64_t now)
{
    bool was_open =
        limiter->open[bucket->key.service] && bucket->per_s_most <= rate_of(bucket)->per_s;

    if (bucket->users > 0 || was_open)
        return false;
    bucket_refill(bucket, now);
    return bucket->tokens >= bucket->burst && bucket->per_s >= bucket->per_s_most;
}

static size_t key_hash(const struct key *key)
{
    const unsigned char *at = (const unsigned char *)key;
    uint64_t hash = 14695981039346656037U;

    for (size_t i = 0; i < sizeof *key; i++)
        hash = (hash ^ at[i]) * 1099511628211U;
    return (size_t)(hash ^ hash >> 32);
}

static void drop_spare(struct limiter *limiter)
{
    int64_t now = now_us(limiter);

    for (size_t i = 0; i < limiter->slot_count; i++) {
        for (struct bucket **at = &limiter->slots[i]; *at != NULL;) {
            struct bucket *it = *at;

            if (!bucket_is_spare(limiter, it, now)) {
                at = &it->next;
                continue;
            }
            *at = it->next;
            free(it);
            limiter->count--;
        }
    }
}

static void take_twice_the_slots(struct limiter *limiter)
{
    size_t old_count = limiter->slot_count;
    struct bucket **old = limiter->slots, *next;

    limiter->slot_count *= 2;
    limiter->slots = need(calloc(limiter->slot_count, sizeof(struct bucket *)));
    for (size_t i = 0; i < old_count; i++) {
        for (struct bucket *it = old[i]; it != NULL; it = next) {
            struct bucket **slot = &limiter->slots[key_hash(&it->key) % limiter->slot_count];

            next = it->next;
            it->next = *slot;
            *slot = it;
        }
    }
    free(old);
}

/* The next look for spare ones comes only after as many new buckets as are left now. */
static void table_make_room(struct limiter *limiter)
{
    drop_spare(limiter);
    if (limiter->count > limiter->slot_count / 2)
        take_twice_the_slots(limiter);
}

static struct bucket *bucket_find(struct limiter *limiter, const struct key *key)
{
    struct bucket *it = limiter->slots[key_hash(key) % limiter->slot_count];

    while (it != NULL && memcmp(&it->key, key, sizeof *key) != 0)
        it = it->next;
    return it;
}

static struct bucket *bucket_need(struct limiter *limiter, const struct key *key)
{
    double times = limiter->open[key->service] ? open_times : 1;
    struct bucket *bucket = bucket_find(limiter, key), **slot;

    if (bucket != NULL)
        return bucket;
    if (limiter->count >= limiter->slot_count)
        table_make_room(limiter);
    slot = &limiter->slots[key_hash(key) % limiter->slot_count];
    bucket = need(calloc(1, sizeof *bucket));
    bucket->key = *key;
    bucket->tokens = bucket->burst = times * rate_of(bucket)->burst;
    bucket->per_s = bucket->per_s_most = times * rate_of(bucket)->per_s;
    bucket->filled_us = now_us(limiter);
    bucket->slowed_us = -1;
    fiber_sem_init(&bucket->turn, limiter->sched, 1);
    bucket->next = *slot;
    *slot = bucket;
    limiter->count++;
    return bucket;
}

static struct key key_of(enum aws_op op, unsigned char row, const char *account_id,
                         const char *region)
{
    struct key key = {.service = (unsigned short)aws_op_info(op)->service, .row = row};

    /* One set of buckets for an organization, whoever asks: callers may not know their account yet,
     * and a delegated administrator's calls are worked on by the same service. */
    if (key.service != AWS_SERVICE_ORGANIZATIONS)
        memcpy(key.account, account_id, strnlen(account_id, sizeof key.account));
    memcpy(key.region, region, strnlen(region, sizeof key.region));
    return key;
}

/* --- Take and learn ------------------------------------------------------------------------------
 */

/* One fiber waits for the next token, the others wait behind it; so a rate that changes meanwhile
 * holds for all of them. */
static int bucket_take(struct limiter *limiter, struct bucket *bucket, struct err *err)
{
    int result = 0;

    if (fiber_sem_acquire(&bucket->turn, err) != 0)
        return -1;
    bucket_refill(bucket, now_us(limiter));
    while (result == 0 && bucket->tokens < 1) {
        double wait_ms = (1 - bucket->tokens) / bucket->per_s * 1000;

        result = fiber_sleep_ms(limiter->sched, (int64_t)wait_ms + 1, err);
        bucket_refill(bucket, now_us(limiter));
    }
    if (result == 0)
        bucket->tokens -= 1;
    fiber_sem_release(&bucket->turn);
    return result;
}

int limiter_take(struct limiter *limiter, enum aws_op op, const char *account_id,
                 const char *region, struct err *err)
{
    const unsigned char *rows = limiter->rows[op];

    for (size_t i = 0; i < ROWS_OF_OP_MOST && rows[i] != RATES; i++) {
        struct key key = key_of(op, rows[i], account_id, region);
        struct bucket *bucket = bucket_need(limiter, &key);
        int result;

        bucket->users++;
        result = bucket_take(limiter, bucket, err);
        bucket->users--;
        if (result != 0)
            return -1;
    }
    return 0;
}

void limiter_slow_down(struct limiter *limiter, enum aws_op op, const char *account_id,
                       const char *region, int64_t sent_us)
{
    const unsigned char *rows = limiter->rows[op];
    struct bucket *bucket;
    struct key key;
    size_t last = 0;

    while (last + 1 < ROWS_OF_OP_MOST && rows[last + 1] != RATES)
        last++;
    key = key_of(op, rows[last], account_id, region);
    bucket = bucket_need(limiter, &key);
    if (sent_us <= bucket->slowed_us)
        return;
    bucket_refill(bucket, now_us(limiter));
    bucket->slowed_us = bucket->filled_us;
    bucket->tokens = 0;
    bucket->burst = rate_of(bucket)->burst;
    bucket->per_s_most = rate_of(bucket)->per_s;
    if (bucket->per_s > bucket->per_s_most)
        bucket->per_s = bucket->per_s_most;
    bucket->per_s *= slower;
    if (bucket->per_s < rate_least * bucket->per_s_most)
        bucket->per_s = rate_least * bucket->per_s_most;
}
