/*
 * route.c - which operation of a REST service a method and a URL mean.
 *
 * Source: Smithy 2.0, "HTTP bindings": the pattern with more literal parts wins, a label takes one
 *         segment, a greedy label {x+} the rest, a query literal must be there.
 */
#include "sim_priv.h"

#include <string.h>

struct label {
    const char *name, *value;
};

enum { LABELS_MOST = 8 };

struct match {
    struct label labels[LABELS_MOST];
    size_t label_count;
    int literals; /* how exact the pattern is */
};

static bool match_add(struct match *match, const char *name, size_t name_len, const char *value,
                      size_t value_len, struct arena *arena)
{
    struct label *label = &match->labels[match->label_count];

    if (match->label_count == LABELS_MOST || value_len == 0)
        return false;
    label->name = arena_strn(arena, name, name_len);
    label->value = uri_decode(value, value_len, 0, arena);
    match->label_count++;
    return label->value != NULL;
}

static bool ends(const char *pattern)
{
    return *pattern == '\0' || *pattern == '?';
}

/* Both stand on a '/'. */
static bool match_path(const char *pattern, const char *path, struct match *match,
                       struct arena *arena)
{
    while (*pattern == '/' && *path == '/') {
        size_t want = strcspn(++pattern, "/?"), have = strcspn(++path, "/");

        if (want > 2 && pattern[0] == '{' && pattern[want - 2] == '+')
            return match_add(match, pattern + 1, want - 3, path, strlen(path), arena);
        if (want > 2 && pattern[0] == '{') {
            if (!match_add(match, pattern + 1, want - 2, path, have, arena))
                return false;
        } else if (want != have || strncmp(pattern, path, want) != 0) {
            return false;
        } else {
            match->literals++;
        }
        pattern += want;
        path += have;
        if (*path == '/' && path[1] == '\0' && ends(pattern))
            path++; /* a slash at the end means nothing */
    }
    return ends(pattern) && *path == '\0';
}

static bool has_param(const struct http_param *params, size_t count, const char *text, size_t len)
{
    const char *equals = memchr(text, '=', len);
    size_t name_len = equals == NULL ? len : (size_t)(equals - text);

    for (size_t i = 0; i < count; i++)
        if (strlen(params[i].name) == name_len && strncmp(params[i].name, text, name_len) == 0 &&
            (equals == NULL || (strlen(params[i].value) == len - name_len - 1 &&
                                strncmp(params[i].value, equals + 1, len - name_len - 1) == 0)))
            return true;
    return false;
}

static bool match_query(const char *pattern, const struct http_param *params, size_t count,
                        struct match *match)
{
    const char *literal = strchr(pattern, '?');

    while (literal != NULL && *literal != '\0') {
        size_t len = strcspn(++literal, "&");

        if (!has_param(params, count, literal, len))
            return false;
        match->literals += 100; /* a sub-resource outweighs any path */
        literal += len;
    }
    return true;
}

static void put_params(struct json *out, const struct match *match, const struct http_param *params,
                       size_t count)
{
    for (size_t i = 0; i < match->label_count; i++)
        sim_set_str(out, match->labels[i].name, match->labels[i].value);
    for (size_t i = 0; i < count; i++) {
        const struct json *there = json_get(out, params[i].name);
        struct json *list;

        if (there == NULL) {
            json_put_str(out, params[i].name, params[i].value);
            continue;
        }
        /* A name that comes again makes a list. */
        list = json_array(out->arena);
        if (there->type == JSON_ARRAY)
            list = json_copy(there, out->arena);
        else
            json_add(list, there);
        json_add_str(list, params[i].value);
        sim_set(out, params[i].name, list);
    }
}

const struct sim_operation *sim_route(const struct sim_service *service, const char *method,
                                      const char *path, const char *query, struct arena *arena,
                                      struct json *params)
{
    const struct sim_operation *best = NULL;
    struct match best_match = {.literals = -1};
    struct http_param *queries;
    struct err ignored = ERR_INIT;
    size_t count;

    if (http_params_parse(query, arena, &queries, &count, &ignored) != 0)
        return NULL;
    for (size_t i = 0; i < SIM_TABLES_MOST && service->operations[i] != NULL; i++)
        for (const struct sim_operation *it = service->operations[i]; it->name != NULL; it++) {
            struct match match = {0};

            if (str_eq(it->method, method) && match_path(it->uri, path, &match, arena) &&
                match_query(it->uri, queries, count, &match) &&
                match.literals > best_match.literals) {
                best = it;
                best_match = match;
            }
        }
    if (best != NULL && params != NULL)
        put_params(params, &best_match, queries, count);
    return best;
}
