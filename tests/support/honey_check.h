/*
 * honey_check.h - whether every honey key that works is known, and its secret in one place.
 */
#ifndef PLINTH_TESTS_HONEY_CHECK_H
#define PLINTH_TESTS_HONEY_CHECK_H

#include "rehearsal.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/hash.h"
#include "plinth/codec/json.h"

#include <string.h>

/* A record as text.  Bodies of objects are kept in base64. */
static inline const char *record_text(const struct json *record, struct arena *arena)
{
    const char *body = json_str(json_get(record, "record"), "_body");
    size_t len;

    return body == NULL ? json_text(record, arena)
                        : (const char *)base64_decode(body, strlen(body), arena, &len);
}

/* Records of the simulator that have the text in them: things, events of its trail, all. */
static inline size_t records_with(const struct json *records, const char *text, struct arena *arena)
{
    size_t count = 0;

    for (const struct json *it = json_first(records); it != NULL; it = it->next)
        count += strstr(record_text(it, arena), text) != NULL;
    return count;
}

static inline size_t files_with(const struct rehearsal *rehearsal, const char *const *files,
                                const char *text)
{
    size_t count = 0;

    for (; *files != NULL; files++) {
        const char *content = rehearsal_file(rehearsal, *files);

        count += content != NULL && strstr(content, text) != NULL;
    }
    return count;
}

/* The map as text: entries lie in the simulator as they were written. */
static inline bool map_names(const struct json *records, const char *id, struct arena *arena)
{
    for (const struct json *it = json_first(records); it != NULL; it = it->next) {
        const char *text = json_text(it, arena);

        if (strstr(text, "/plinth/honey/") != NULL && strstr(text, id) != NULL)
            return true;
    }
    return false;
}

static inline bool is_user_key(const struct json *record)
{
    return str_eq(json_str(record, "kind"), "credential") &&
           str_starts(json_str(record, "id"), "AKIA") &&
           str_starts(json_str(json_get(record, "record"), "_arn"), "arn:aws:iam::") &&
           str_eq(json_str(json_get(record, "record"), "_kind"), "user");
}

/* Called with each thing that is wrong. */
typedef void (*honey_wrong_fn)(void *arg, const char *why, const char *detail);

/* Every key of a user that exists: planted once, and known; `keys` of them.  `files` (ends with
 * NULL) are the baseline's places that are not in AWS. */
static inline void honey_check(struct rehearsal *rehearsal, const char *const *files, size_t keys,
                               honey_wrong_fn wrong, void *arg)
{
    struct arena *arena = rehearsal_arena(rehearsal);
    struct sim *sim = rehearsal_sim(rehearsal);
    const struct json *records = json_get(sim_dump(sim, arena), "records");
    size_t found = 0;

    for (const struct json *it = json_first(records); it != NULL; it = it->next) {
        const char *id = json_str(it, "id");
        const char *secret;

        if (!is_user_key(it) || str_eq(id, sim_login(sim).access_key_id))
            continue;
        found++;
        secret = sim_secret_key(sim, id, arena);
        if (!map_names(records, id, arena))
            wrong(arg, "a key that the map does not know", id);
        if (records_with(records, secret, arena) + files_with(rehearsal, files, secret) != 1)
            wrong(arg, "the secret of a key is not in exactly one place", id);
    }
    if (found != keys)
        wrong(arg, "wrong number of keys", arena_printf(arena, "%zu", found));
}

#endif
