/*
 * recorder.c - the shape of an exchange, and the file of those seen.
 *
 * The shape is a set of hashes, one for each member with its place and value: lists of one and of a
 * thousand equal items are the same shape.
 */
#include "plinth/sim/recorder.h"

#include "sim_priv.h"

#include "plinth/codec/hash.h"
#include "plinth/codec/xml.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define uthash_fatal(message) abort()
#include <uthash.h>

struct shape {
    uint64_t hash;
    UT_hash_handle hh;
};

struct sim_recorder {
    FILE *file;
    const char *path;
    struct shape *seen;
    struct arena *arena;
};

struct sim_recorder *sim_recorder_new(const char *path, struct err *err)
{
    struct sim_recorder *recorder;
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "a");

    if (file == NULL) {
        (void)err_set(err, ERR_IO, "%s cannot be written: %s", path, strerror(errno));
        if (fd >= 0)
            (void)close(fd);
        return NULL;
    }
    recorder = calloc(1, sizeof *recorder);
    if (recorder == NULL)
        abort();
    recorder->file = file;
    recorder->arena = arena_new("recorder");
    recorder->path = arena_str(recorder->arena, path);
    return recorder;
}

void sim_recorder_free(struct sim_recorder *recorder)
{
    struct shape *shape, *next;

    if (recorder == NULL)
        return;
    HASH_ITER(hh, recorder->seen, shape, next)
    {
        HASH_DEL(recorder->seen, shape);
        free(shape);
    }
    (void)fclose(recorder->file);
    arena_free(recorder->arena);
    free(recorder);
}

/* --- The shape -----------------------------------------------------------------------------------
 */

enum { SHAPE_MEMBERS_MOST = 4096 };

struct members {
    uint64_t hashes[SHAPE_MEMBERS_MOST]; /* sorted; what is beyond is the same shape */
    size_t count;
};

#define FNV_BASIS UINT64_C(14695981039346656037)
#define FNV_PRIME UINT64_C(1099511628211)

static uint64_t hash_byte(uint64_t hash, unsigned char byte)
{
    return (hash ^ byte) * FNV_PRIME;
}

/* Whatever run of letters and digits holds a digit counts as one: ids, times and names of tests. */
static uint64_t hash_text(uint64_t hash, const char *text)
{
    while (*text != '\0') {
        size_t len = 0;
        bool digit = false;

        for (; isalnum((unsigned char)text[len]); len++)
            digit = digit || isdigit((unsigned char)text[len]);
        if (len == 0) {
            hash = hash_byte(hash, (unsigned char)*text++);
            continue;
        }
        for (size_t i = 0; i < (digit ? 1 : len); i++)
            hash = hash_byte(hash, digit ? '0' : (unsigned char)text[i]);
        text += len;
    }
    return hash_byte(hash, 0);
}

static void members_add(struct members *members, uint64_t hash)
{
    size_t low = 0, high = members->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (members->hashes[middle] < hash)
            low = middle + 1;
        else
            high = middle;
    }
    if (members->count == SHAPE_MEMBERS_MOST ||
        (low < members->count && members->hashes[low] == hash))
        return;
    memmove(members->hashes + low + 1, members->hashes + low,
            (members->count - low) * sizeof members->hashes[0]);
    members->hashes[low] = hash;
    members->count++;
}

/* Trees are no deeper than LIMIT_JSON_DEPTH. */
static void add_tree(struct members *members, const struct json *tree, uint64_t place)
{
    place = hash_byte(place, (unsigned char)tree->type);
    if (tree->key != NULL)
        place = hash_text(place, tree->key);
    if (tree->type == JSON_STRING)
        members_add(members, hash_text(place, tree->string));
    else if (tree->type == JSON_BOOL)
        members_add(members, hash_byte(place, tree->boolean));
    else
        members_add(members, place);
    for (const struct json *it = json_first(tree); it != NULL; it = it->next)
        add_tree(members, it, place);
}

/* A query string or a form. */
static void add_form(struct members *members, const char *text, uint64_t place)
{
    while (*text != '\0') {
        size_t len = strcspn(text, "&");
        uint64_t hash = place;

        for (size_t i = 0; i < len; i++)
            if (!isdigit((unsigned char)text[i]))
                hash = hash_byte(hash, (unsigned char)text[i]);
        members_add(members, hash);
        text += len + (text[len] == '&');
    }
}

static bool is_like(const struct http_headers *headers, const char *word)
{
    const char *type = http_header_get(headers, "Content-Type");

    return type != NULL && strstr(type, word) != NULL;
}

static void add_body(struct members *members, const struct http_headers *headers, const void *body,
                     size_t len, uint64_t place, struct arena *arena)
{
    const char *text = arena_strn(arena, len == 0 ? "" : body, len);
    struct err ignored = ERR_INIT;
    struct json *tree;

    if (len == 0)
        return;
    if (is_like(headers, "form"))
        add_form(members, text, place);
    else if ((text[0] == '{' && json_parse(text, len, arena, &tree, &ignored) == 0) ||
             (text[0] == '<' && xml_parse(text, len, arena, &tree, &ignored) == 0))
        add_tree(members, tree, place);
    else
        members_add(members, hash_text(place, text));
}

static uint64_t shape_of(const struct http_request *request, const struct http_response *response,
                         struct arena *arena)
{
    struct members *members = arena_alloc(arena, sizeof *members);
    const char *target = http_header_get(&request->headers, "X-Amz-Target");
    const char *question = strchr(request->url, '?');
    uint64_t hash = hash_text(FNV_BASIS, request->method);
    size_t path_len = strcspn(request->url, "?");

    hash = hash_text(hash, arena_strn(arena, request->url, path_len));
    hash = hash_text(hash, target == NULL ? "" : target);
    hash = hash_byte(hash, (unsigned char)(response->status / 100));
    add_form(members, question == NULL ? "" : question + 1, hash_byte(FNV_BASIS, 'q'));
    add_body(members, &request->headers, request->body, request->body_len,
             hash_byte(FNV_BASIS, 'r'), arena);
    add_body(members, &response->headers, response->body, response->body_len,
             hash_byte(FNV_BASIS, 'a'), arena);
    for (size_t i = 0; i < members->count; i++)
        for (int shift = 0; shift < 64; shift += 8)
            hash = hash_byte(hash, (unsigned char)(members->hashes[i] >> shift));
    return hash;
}

/* True: it is new, and known from now on. */
static bool remember(struct sim_recorder *recorder, uint64_t hash)
{
    struct shape *shape;

    HASH_FIND(hh, recorder->seen, &hash, sizeof hash, shape);
    if (shape != NULL)
        return false;
    shape = calloc(1, sizeof *shape);
    if (shape == NULL)
        abort();
    shape->hash = hash;
    HASH_ADD(hh, recorder->seen, hash, sizeof shape->hash, shape);
    return true;
}

/* --- The file ------------------------------------------------------------------------------------
 */

static void put_headers(struct json *out, const char *key, const struct http_headers *headers)
{
    struct json *object = json_put_object(out, key);

    for (size_t i = 0; i < headers->count; i++)
        json_put_str(object, headers->items[i].name, headers->items[i].value);
}

static const char *line_of(const struct http_request *request, const struct http_response *response,
                           struct arena *arena)
{
    struct json *line = json_object(arena);

    json_put_str(line, "method", request->method);
    json_put_str(line, "url", request->url);
    put_headers(line, "headers", &request->headers);
    json_put_str(
        line, "body",
        base64_encode(request->body_len == 0 ? "" : request->body, request->body_len, arena));
    json_put_number(line, "status", response->status);
    put_headers(line, "answer_headers", &response->headers);
    json_put_str(
        line, "answer_body",
        base64_encode(response->body_len == 0 ? "" : response->body, response->body_len, arena));
    return json_text(line, arena);
}

int sim_recorder_add(struct sim_recorder *recorder, const struct http_request *request,
                     const struct http_response *response, struct err *err)
{
    struct arena *arena = arena_new("exchange");
    int result = 0;

    /* One flushed write a line: processes that share the file do not mix their lines. */
    if (remember(recorder, shape_of(request, response, arena)) &&
        (fprintf(recorder->file, "%s\n", line_of(request, response, arena)) < 0 ||
         fflush(recorder->file) != 0))
        result = err_set(err, ERR_IO, "%s cannot be written: %s", recorder->path, strerror(errno));
    arena_free(arena);
    return result;
}
