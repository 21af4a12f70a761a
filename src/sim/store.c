/*
 * store.c - everything that exists in the simulator, in one table.
 *
 * A record is kept packed: a tenth of the memory of its tree, and freed with one call.  10,000
 * accounts with some hundred records each fit a laptop.  What is read a second time unchanged is
 * likely to be read again, so its tree is kept as well, up to TREE_BYTES_MOST for all.
 */
#include "pack.h"
#include "sim_priv.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* An allocation that fails ends the process, as in base/arena.c. */
#define uthash_fatal(message) abort()
#include <uthash.h>

enum { TREE_BYTES_MOST = 32 * 1024 * 1024 };

/* Parsed records.  All of them go at once, with a new `era`. */
struct trees {
    struct arena *arena;
    uint64_t era; /* from 1 */
};

/* The records of one (account, region, kind), in the order they came. */
struct bucket {
    struct trees *trees; /* of the store */
    struct sim_record *first, *last;
    size_t count;
    UT_hash_handle hh;
    char key[]; /* account, region and kind, each with its NUL */
};

/* The content, and what is known of reading it. */
struct reading {
    const struct json *tree; /* of trees->arena, if `era` is that of the trees */
    uint64_t era;
    uint32_t len;
    bool again; /* it was read since it was written */
    char bytes[];
};

struct sim_record {
    struct bucket *bucket;
    struct sim_record *before, *next;
    uint64_t number;
    struct reading *reading;
    UT_hash_handle hh;
    char key[]; /* account, region, kind and id, each with its NUL */
};

struct sim_store {
    struct trees trees;
    struct bucket *buckets;
    struct sim_record *records;
    uint64_t last_number;
    struct buf packing;
};

static void *need(void *memory)
{
    if (memory == NULL)
        abort();
    return memory;
}

struct sim_store *sim_store_new(void)
{
    struct sim_store *store = need(calloc(1, sizeof *store));

    store->trees = (struct trees){arena_new("records"), 1};
    buf_init(&store->packing, UINT32_MAX);
    return store;
}

void sim_store_trim(struct sim_store *store)
{
    if (arena_used(store->trees.arena) < TREE_BYTES_MOST)
        return;
    arena_reset(store->trees.arena);
    store->trees.era++;
}

/* --- Keys --- */

enum { KEY_BYTES_MOST = 4096 };

struct key {
    char bytes[KEY_BYTES_MOST];
    size_t bucket_len; /* the part that names the bucket */
    size_t len;
};

/* False: longer than any key that exists. */
static bool key_add(struct key *key, const char *part)
{
    size_t len = strlen(part) + 1;

    if (len > sizeof key->bytes - key->len)
        return false;
    memcpy(key->bytes + key->len, part, len);
    key->len += len;
    return true;
}

static bool key_make(struct key *key, const char *account, const char *region, const char *kind,
                     const char *id)
{
    key->len = 0;
    if (!key_add(key, account) || !key_add(key, region) || !key_add(key, kind))
        return false;
    key->bucket_len = key->len;
    return key_add(key, id);
}

static struct sim_record *find(const struct sim_store *store, const struct key *key)
{
    struct sim_record *record;

    HASH_FIND(hh, store->records, key->bytes, key->len, record);
    return record;
}

static struct bucket *bucket_find(const struct sim_store *store, const struct key *key)
{
    struct bucket *bucket;

    HASH_FIND(hh, store->buckets, key->bytes, key->bucket_len, bucket);
    return bucket;
}

/* --- Add and remove --- */

static struct bucket *bucket_of(struct sim_store *store, const struct key *key)
{
    struct bucket *bucket = bucket_find(store, key);

    if (bucket == NULL) {
        bucket = need(calloc(1, sizeof *bucket + key->bucket_len));
        bucket->trees = &store->trees;
        memcpy(bucket->key, key->bytes, key->bucket_len);
        HASH_ADD_KEYPTR(hh, store->buckets, bucket->key, key->bucket_len, bucket);
    }
    return bucket;
}

static struct sim_record *record_add(struct sim_store *store, const struct key *key)
{
    struct sim_record *record = need(calloc(1, sizeof *record + key->len));
    struct bucket *bucket = bucket_of(store, key);

    memcpy(record->key, key->bytes, key->len);
    HASH_ADD_KEYPTR(hh, store->records, record->key, key->len, record);
    record->number = ++store->last_number;
    record->bucket = bucket;
    record->before = bucket->last;
    if (bucket->last == NULL)
        bucket->first = record;
    else
        bucket->last->next = record;
    bucket->last = record;
    bucket->count++;
    return record;
}

static void record_remove(struct sim_store *store, struct sim_record *record)
{
    struct bucket *bucket = record->bucket;

    if (record->before == NULL)
        bucket->first = record->next;
    else
        record->before->next = record->next;
    if (record->next == NULL)
        bucket->last = record->before;
    else
        record->next->before = record->before;
    if (--bucket->count == 0) {
        HASH_DEL(store->buckets, bucket);
        free(bucket);
    }
    HASH_DEL(store->records, record);
    free(record->reading);
    free(record);
}

void sim_store_free(struct sim_store *store)
{
    struct sim_record *record, *next;

    if (store == NULL)
        return;
    HASH_ITER(hh, store->records, record, next)
    record_remove(store, record);
    arena_free(store->trees.arena);
    buf_fini(&store->packing);
    free(store);
}

/* --- What services call --- */

bool sim_store_has(const struct sim_store *store, const char *account, const char *region,
                   const char *kind, const char *id)
{
    struct key key;

    return key_make(&key, account, region, kind, id) && find(store, &key) != NULL;
}

static struct json *open_record(const struct sim_record *record, struct arena *arena)
{
    return pack_open(record->reading->bytes, record->reading->len, arena);
}

struct json *sim_record_json(const struct sim_record *record, struct arena *arena)
{
    struct trees *trees = record->bucket->trees;
    struct reading *reading = record->reading;

    if (!reading->again) {
        reading->again = true;
        return open_record(record, arena);
    }
    if (reading->era != trees->era) {
        reading->tree = open_record(record, trees->arena);
        reading->era = trees->era;
    }
    return json_view(reading->tree, arena);
}

struct json *sim_store_get(const struct sim_store *store, struct arena *arena, const char *account,
                           const char *region, const char *kind, const char *id)
{
    struct sim_record *record;
    struct key key;

    if (!key_make(&key, account, region, kind, id) || (record = find(store, &key)) == NULL)
        return NULL;
    return sim_record_json(record, arena);
}

void sim_store_put(struct sim_store *store, const char *account, const char *region,
                   const char *kind, const char *id, const struct json *record)
{
    struct sim_record *slot;
    struct reading *reading;
    struct key key;
    bool fits = key_make(&key, account, region, kind, id);

    assert(fits && record->type == JSON_OBJECT); /* requests are checked before they get here */
    (void)fits;
    buf_reset(&store->packing);
    pack_tree(record, &store->packing);
    assert(!store->packing.overflow);
    reading = need(malloc(sizeof *reading + store->packing.len));
    *reading = (struct reading){.len = (uint32_t)store->packing.len};
    memcpy(reading->bytes, store->packing.data, store->packing.len);
    slot = find(store, &key);
    if (slot == NULL)
        slot = record_add(store, &key);
    free(slot->reading);
    slot->reading = reading;
}

bool sim_store_delete(struct sim_store *store, const char *account, const char *region,
                      const char *kind, const char *id)
{
    struct sim_record *record;
    struct key key;

    if (!key_make(&key, account, region, kind, id) || (record = find(store, &key)) == NULL)
        return false;
    record_remove(store, record);
    return true;
}

static const struct bucket *bucket_named(const struct sim_store *store, const char *account,
                                         const char *region, const char *kind)
{
    struct key key;

    return key_make(&key, account, region, kind, "") ? bucket_find(store, &key) : NULL;
}

size_t sim_store_count(const struct sim_store *store, const char *account, const char *region,
                       const char *kind)
{
    const struct bucket *bucket = bucket_named(store, account, region, kind);

    return bucket == NULL ? 0 : bucket->count;
}

const struct sim_record *sim_store_first(const struct sim_store *store, const char *account,
                                         const char *region, const char *kind)
{
    const struct bucket *bucket = bucket_named(store, account, region, kind);

    return bucket == NULL ? NULL : bucket->first;
}

const struct sim_record *sim_store_next(const struct sim_record *record)
{
    return record->next;
}

/* The part of a record's key behind `skip` others. */
static const char *key_part(const struct sim_record *record, int skip)
{
    const char *part = record->key;

    while (skip-- > 0)
        part += strlen(part) + 1;
    return part;
}

const char *sim_record_id(const struct sim_record *record)
{
    return key_part(record, 3);
}

uint64_t sim_record_number(const struct sim_record *record)
{
    return record->number;
}

/* --- Dump and load --- */

void sim_store_dump(const struct sim_store *store, struct json *out)
{
    struct arena *scratch = arena_new("record");

    /* uthash keeps the order of insertion: loading restores every bucket's order. */
    for (const struct sim_record *it = store->records; it != NULL; it = it->hh.next) {
        struct json *entry = json_add_object(out);

        json_put_str(entry, "account", key_part(it, 0));
        json_put_str(entry, "region", key_part(it, 1));
        json_put_str(entry, "kind", key_part(it, 2));
        json_put_str(entry, "id", key_part(it, 3));
        json_put(entry, "record", open_record(it, scratch));
        arena_reset(scratch);
    }
    arena_free(scratch);
}

int sim_store_load(struct sim_store *store, const struct json *state, struct err *err)
{
    size_t index = 0;

    for (const struct json *it = json_first(state); it != NULL; it = it->next, index++) {
        const char *account = json_str(it, "account"), *region = json_str(it, "region");
        const char *kind = json_str(it, "kind"), *id = json_str(it, "id");
        const struct json *record = json_get(it, "record");
        struct key key;

        if (account == NULL || region == NULL || kind == NULL || id == NULL || record == NULL ||
            record->type != JSON_OBJECT || !key_make(&key, account, region, kind, id))
            return err_set(err, ERR_CONFIG, "record %zu of the saved state is broken", index + 1);
        sim_store_put(store, account, region, kind, id, record);
    }
    return 0;
}
