/*
 * names.c - ids, keys, ARNs, times and tags in the forms AWS gives them.
 *
 * Source: IAM User Guide, "Unique identifiers"; the layout of access key ids is not documented, but
 *         known (the account is in bits 7 to 46 of the first six bytes).
 */
#include "sim_priv.h"

#include "plinth/base/time.h"
#include "plinth/codec/hash.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void random_text(struct rng *rng, const char *alphabet, char *out, size_t len)
{
    size_t letters = strlen(alphabet);

    for (size_t i = 0; i < len; i++)
        out[i] = alphabet[rng_below(rng, letters)];
}

const char *sim_id(struct sim_call *call, const char *prefix, size_t len, const char *alphabet)
{
    size_t prefix_len = strlen(prefix);
    char *out = arena_alloc(call->arena, prefix_len + len + 1);

    memcpy(out, prefix, prefix_len);
    random_text(call->sim->env->rng, alphabet, out + prefix_len, len);
    return out;
}

/* --- Access keys --- */

enum { KEY_ID_BYTES = 10, KEY_ID_LETTERS = 16, SECRET_BYTES = 30 };

static const char base32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

const char *sim_access_key_id(struct sim *sim, struct arena *arena, const char *prefix,
                              const char *account)
{
    unsigned char bytes[KEY_ID_BYTES];
    char letters[KEY_ID_LETTERS + 1] = "";
    uint64_t number = 0, head;

    (void)str_to_u64(account, &number);
    rng_bytes(sim->env->rng, bytes, sizeof bytes);
    head = (uint64_t)1 << 47 | number << 7 | (bytes[5] & 0x7F);
    for (int i = 0; i < 6; i++)
        bytes[i] = (unsigned char)(head >> (40 - 8 * i));
    for (size_t bit = 0; bit < KEY_ID_BYTES * 8; bit++)
        if (bytes[bit / 8] & 0x80 >> bit % 8)
            letters[bit / 5] = (char)(letters[bit / 5] | 0x10 >> bit % 5);
    for (size_t i = 0; i < KEY_ID_LETTERS; i++)
        letters[i] = base32[(unsigned char)letters[i]];
    return arena_printf(arena, "%s%s", prefix, letters);
}

const char *sim_access_key_account(const char *access_key_id, struct arena *arena)
{
    uint64_t head = 0;

    if (strlen(access_key_id) != 4 + KEY_ID_LETTERS)
        return NULL;
    /* Ten letters are 50 bits: the six bytes, and two bits more. */
    for (const char *at = access_key_id + 4; *at != '\0'; at++) {
        const char *place = strchr(base32, *at);

        if (place == NULL)
            return NULL;
        if (at - access_key_id < 14)
            head = head << 5 | (uint64_t)(place - base32);
    }
    head = (head >> 2 & 0x7FFFFFFFFF80) >> 7;
    return arena_printf(arena, "%012llu", (unsigned long long)head);
}

void sim_root_key_new(struct sim *sim, struct arena *arena)
{
    unsigned char bytes[SHA256_BYTES];
    struct json *record = json_object(arena);

    rng_bytes(sim->env->rng, bytes, sizeof bytes);
    json_put_str(record, "Key", base64_encode(bytes, sizeof bytes, arena));
    sim_store_put(sim->store, "", "", "root-key", "self", record);
}

const char *sim_secret_key(const struct sim *sim, const char *access_key_id, struct arena *arena)
{
    const char *root =
        json_str(sim_store_get(sim->store, arena, "", "", "root-key", "self"), "Key");
    unsigned char bytes[SHA256_BYTES];

    hmac_sha256(root, strlen(root), access_key_id, strlen(access_key_id), bytes);
    return base64_encode(bytes, SECRET_BYTES, arena);
}

/* --- ARNs and times --- */

const char *sim_arn(const struct sim_call *call, const char *service, const char *region,
                    const char *account, const char *format, ...)
{
    const char *resource;
    va_list args;

    va_start(args, format);
    resource = arena_vprintf(call->arena, format, args);
    va_end(args);
    return arena_printf(call->arena, "arn:%s:%s:%s:%s:%s", call->sim->partition, service, region,
                        account, resource);
}

bool sim_arn_split(const char *arn, struct arena *arena, struct sim_arn_parts *out)
{
    const char *parts[5], *at = arn;

    for (size_t i = 0; i < 5; i++) {
        size_t len = strcspn(at, ":");

        if (at[len] == '\0')
            return false;
        parts[i] = arena_strn(arena, at, len);
        at += len + 1;
    }
    *out = (struct sim_arn_parts){
        .service = parts[2], .region = parts[3], .account = parts[4], .resource = at};
    return str_eq(parts[0], "arn") && *at != '\0';
}

void sim_put_time(const struct sim_call *call, struct json *object, const char *key, int64_t ms)
{
    char text[TIME_TEXT_BYTES];

    if (call->service->protocol == SIM_JSON || call->service->protocol == SIM_REST_JSON) {
        sim_set_number(object, key, (double)ms / 1000);
        return;
    }
    time_rfc3339(ms, text);
    sim_set_str(object, key, text);
}

int64_t sim_due_ms(const struct sim_call *call, double seconds)
{
    const struct sim_options *options = &call->sim->options;

    return options->delays ? call->now_ms + (int64_t)(seconds * 1000 * options->time_scale)
                           : call->now_ms;
}

bool sim_ready(const struct sim_call *call, const struct json *record)
{
    return json_number(record, "_ready_ms", 0) <= (double)call->now_ms;
}

/* --- Members --- */

void sim_set_str(struct json *object, const char *key, const char *value)
{
    json_remove(object, key);
    json_put_str(object, key, value);
}

void sim_set_number(struct json *object, const char *key, double value)
{
    json_remove(object, key);
    json_put_number(object, key, value);
}

void sim_set_bool(struct json *object, const char *key, bool value)
{
    json_remove(object, key);
    json_put_bool(object, key, value);
}

void sim_set(struct json *object, const char *key, const struct json *value)
{
    json_remove(object, key);
    json_put(object, key, value);
}

/* --- Tags --- */

static const struct json *tag_named(const struct json *tags, const char *key)
{
    for (const struct json *tag = json_first(tags); tag != NULL; tag = tag->next)
        if (str_eq(json_str(tag, "Key"), key))
            return tag;
    return NULL;
}

static void tag_add(struct json *tags, const struct json *tag)
{
    struct json *copy = json_add_object(tags);
    const char *value = json_str(tag, "Value");

    json_put_str(copy, "Key", json_str(tag, "Key"));
    json_put_str(copy, "Value", value == NULL ? "" : value);
}

struct json *sim_tags_with(struct arena *arena, const struct json *tags, const struct json *add)
{
    struct json *out = json_array(arena);
    const struct json *tag, *changed;

    for (tag = json_first(tags); tag != NULL; tag = tag->next) {
        changed = tag_named(add, json_str(tag, "Key"));
        tag_add(out, changed == NULL ? tag : changed);
    }
    for (tag = json_first(add); tag != NULL; tag = tag->next)
        if (tag_named(out, json_str(tag, "Key")) == NULL)
            tag_add(out, tag);
    return out;
}

static bool names_key(const struct json *keys, const char *key)
{
    for (const struct json *it = json_first(keys); it != NULL; it = it->next)
        if (str_eq(it->string, key))
            return true;
    return false;
}

struct json *sim_tags_without(struct arena *arena, const struct json *tags, const struct json *keys)
{
    struct json *out = json_array(arena);

    for (const struct json *tag = json_first(tags); tag != NULL; tag = tag->next)
        if (!names_key(keys, json_str(tag, "Key")))
            tag_add(out, tag);
    return out;
}
