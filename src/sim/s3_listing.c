/*
 * s3_listing.c - what is in a bucket, page by page, by key and by folder.
 *
 * Source: S3 API Reference, version 2006-03-01, "ListObjectsV2".
 * Limits: the token is the key or folder to go on behind, in clear.
 */
#include "s3_priv.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE_MOST = 1000, TOKEN_BYTES_MOST = 1024 };

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char **sorted_keys(struct sim_call *call, size_t *out_count)
{
    size_t count = sim_store_count(call->sim->store, "", "", s3_objects_kind(call)), i = 0;
    const char **keys = arena_array(call->arena, count + 1, sizeof *keys);

    for (const struct sim_record *it = sim_first(call, "", "", s3_objects_kind(call)); it != NULL;
         it = sim_store_next(it))
        keys[i++] = sim_record_id(it);
    if (count > 1)
        qsort(keys, count, sizeof *keys, by_text);
    *out_count = count;
    return keys;
}

/* As the caller asked: percent-encoded, so that XML can carry every key. */
static const char *shown(struct sim_call *call, const char *text)
{
    struct buf out;
    const char *encoded;

    if (text == NULL || !str_eq(sim_param(call, "encoding-type"), "url"))
        return text;
    buf_init(&out, 3 * strlen(text) + 1);
    uri_encode(text, strlen(text), "/", &out);
    encoded = arena_str(call->arena, buf_text(&out));
    buf_fini(&out);
    return encoded;
}

static void show_object(struct sim_call *call, struct json *list, const char *key,
                        const struct json *version)
{
    struct json *item = json_add_object(list);

    json_put_str(item, "Key", shown(call, key));
    sim_put_time(call, item, "LastModified", (int64_t)json_number(version, "_modified_ms", 0));
    json_put_str(item, "ETag", json_str(version, "ETag"));
    json_put_number(item, "Size", json_number(version, "Size", 0));
    json_put_str(item, "StorageClass", "STANDARD");
}

/* The part of a key up to the delimiter behind the prefix; NULL: it has none. */
static const char *folder_of(struct sim_call *call, const char *key, const char *prefix)
{
    const char *delimiter = sim_param(call, "delimiter"), *end;

    if (delimiter == NULL || *delimiter == '\0')
        return NULL;
    end = strstr(key + strlen(prefix), delimiter);
    return end == NULL ? NULL
                       : arena_strn(call->arena, key, (size_t)(end - key) + strlen(delimiter));
}

struct listing {
    struct json *contents, *folders;
    const char *folder; /* the last one that was shown */
    const char *last;   /* the last key or folder that was shown: the token */
    size_t count, most;
};

/* False: the page is full. */
static bool list_key(struct sim_call *call, struct listing *listing, const char *key,
                     const char *prefix)
{
    const struct json *version = s3_object(call, key);
    const char *folder;

    if (version == NULL)
        return true;
    folder = folder_of(call, key, prefix);
    if (folder != NULL && str_eq(folder, listing->folder))
        return true;
    if (listing->count == listing->most)
        return false;
    listing->count++;
    listing->last = folder == NULL ? key : folder;
    if (folder == NULL) {
        show_object(call, listing->contents, key, version);
        return true;
    }
    listing->folder = folder;
    json_put_str(json_add_object(listing->folders), "Prefix", shown(call, folder));
    return true;
}

/* A folder that was shown is behind us with all its keys. */
static bool is_before(const char *key, const char *after)
{
    size_t len = after == NULL ? 0 : strlen(after);

    return after != NULL &&
           (strcmp(key, after) <= 0 || (after[len - 1] == '/' && strncmp(key, after, len) == 0));
}

static int list_objects(struct sim_call *call)
{
    const char *prefix = sim_param(call, "prefix"), *token = sim_param(call, "continuation-token");
    const char *start = sim_param(call, "start-after"), **keys;
    struct listing listing = {
        .contents = json_array(call->arena),
        .folders = json_array(call->arena),
        .most = (size_t)json_number(call->params, "max-keys", PAGE_MOST),
    };
    bool more = false;
    size_t count;

    prefix = prefix == NULL ? "" : prefix;
    listing.most = listing.most > PAGE_MOST ? PAGE_MOST : listing.most;
    keys = sorted_keys(call, &count);
    for (size_t i = 0; i < count && !more; i++)
        if (str_starts(keys[i], prefix) && !is_before(keys[i], token) &&
            (start == NULL || strcmp(keys[i], start) > 0))
            more = !list_key(call, &listing, keys[i], prefix);
    call->answer_root = "ListBucketResult";
    json_put_str(call->answer, "Name", sim_param(call, "Bucket"));
    json_put_str(call->answer, "Prefix", shown(call, prefix));
    json_put_str(call->answer, "Delimiter", shown(call, sim_param(call, "delimiter")));
    json_put_str(call->answer, "EncodingType", sim_param(call, "encoding-type"));
    json_put_number(call->answer, "KeyCount", (double)listing.count);
    json_put_number(call->answer, "MaxKeys", (double)listing.most);
    json_put_bool(call->answer, "IsTruncated", more && listing.last != NULL);
    json_put(call->answer, "Contents", listing.contents);
    json_put(call->answer, "CommonPrefixes", listing.folders);
    if (more)
        json_put_str(call->answer, "NextContinuationToken", listing.last);
    return 0;
}

static const struct sim_rule list_rules[] = {
    {.name = "max-keys", .number = true, .min = 0, .max = INT32_MAX},
    {.name = "encoding-type", .values = "url"},
    {.name = "continuation-token", .min = 1, .max = TOKEN_BYTES_MOST},
    {.name = NULL},
};

const struct sim_operation s3_listing_operations[] = {
    {.name = "ListObjectsV2",
     .handler = list_objects,
     .rules = list_rules,
     .method = "GET",
     .uri = "/{Bucket}?list-type=2"},
    {.name = NULL},
};
