/*
 * equal.c - whether two documents say the same in another form.
 *
 * Both are rewritten into a normal form, whose canonical texts are compared.
 * Source: IAM User Guide: "Action" (prefix and name are case-insensitive), "Condition" (so are
 *         condition keys), "Principal" (an account's id and the ARN of its root mean the same, "*"
 *         and {"AWS": "*"} as well), "Version" (2008-10-17 where it is left out).
 */
#include "document_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"
#include "plinth/policy/document.h"

#include <stdlib.h>
#include <string.h>

enum { ACCOUNT_ID_DIGITS = 12 };

/* How the scalars of a list are rewritten. */
typedef const struct json *(*rewrite_fn)(const struct json *scalar, struct arena *arena);

static const char *lower(const char *text, struct arena *arena)
{
    char *copy = arena_str(arena, text);

    for (char *at = copy; *at != '\0'; at++)
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at - 'A' + 'a');
    return copy;
}

static const struct json *as_it_is(const struct json *scalar, struct arena *arena)
{
    (void)arena;
    return scalar;
}

static const struct json *action(const struct json *scalar, struct arena *arena)
{
    return scalar->type != JSON_STRING ? scalar : json_string(arena, lower(scalar->string, arena));
}

/* A condition compares text: true and "true" are the same value. */
static const struct json *condition_value(const struct json *scalar, struct arena *arena)
{
    return scalar->type == JSON_BOOL || scalar->type == JSON_NUMBER
               ? json_string(arena, canonical_text(scalar, arena))
               : scalar;
}

/* arn:aws:iam::123456789012:root is the long form of 123456789012. */
static const struct json *aws_principal(const struct json *scalar, struct arena *arena)
{
    const char *account;

    if (scalar->type != JSON_STRING || !str_starts(scalar->string, "arn:"))
        return scalar;
    account = strstr(scalar->string, ":iam::");
    if (account == NULL)
        return scalar;
    account += strlen(":iam::");
    if (strspn(account, "0123456789") != ACCOUNT_ID_DIGITS ||
        !str_eq(account + ACCOUNT_ID_DIGITS, ":root"))
        return scalar;
    return json_string(arena, arena_strn(arena, account, ACCOUNT_ID_DIGITS));
}

/* Any value: lists sorted, a list of one as its item. */
static const struct json *normal(const struct json *value, rewrite_fn rewrite, struct arena *arena)
{
    struct json *out;

    if (value->type == JSON_ARRAY) {
        out = json_array(arena);
        for (const struct json *it = value->first; it != NULL; it = it->next)
            json_add(out, normal(it, rewrite, arena));
        return list_or_item(canonical_list(out, arena));
    }
    if (value->type != JSON_OBJECT)
        return rewrite(value, arena);
    out = json_object(arena);
    for (const struct json *it = value->first; it != NULL; it = it->next)
        json_put(out, it->key, normal(it, rewrite, arena));
    return out;
}

static const struct json *normal_principal(const struct json *value, struct arena *arena)
{
    struct json *out = json_object(arena);

    if (value->type != JSON_OBJECT) {
        json_put(out, "AWS", normal(value, aws_principal, arena));
        return out;
    }
    for (const struct json *it = value->first; it != NULL; it = it->next)
        json_put(out, it->key,
                 normal(it, str_eq(it->key, "AWS") ? aws_principal : as_it_is, arena));
    return out;
}

static const struct json *normal_condition(const struct json *value, struct arena *arena)
{
    struct json *out = json_object(arena);

    for (const struct json *it = json_first(value); it != NULL; it = it->next) {
        struct json *keys = json_put_object(out, it->key == NULL ? "" : it->key);

        for (const struct json *key = json_first(it); key != NULL; key = key->next)
            json_put(keys, key->key == NULL ? "" : lower(key->key, arena),
                     normal(key, condition_value, arena));
    }
    return out;
}

static const struct json *normal_statement(const struct json *statement, struct arena *arena)
{
    struct json *out;

    if (statement->type != JSON_OBJECT)
        return statement;
    out = json_object(arena);
    for (const struct json *it = statement->first; it != NULL; it = it->next) {
        if (str_eq(it->key, "Sid") || (str_eq(it->key, "Condition") && it->count == 0))
            continue;
        if (str_eq(it->key, "Action") || str_eq(it->key, "NotAction"))
            json_put(out, it->key, normal(it, action, arena));
        else if (str_eq(it->key, "Principal") || str_eq(it->key, "NotPrincipal"))
            json_put(out, it->key, normal_principal(it, arena));
        else if (str_eq(it->key, "Condition"))
            json_put(out, it->key, normal_condition(it, arena));
        else
            json_put(out, it->key, normal(it, as_it_is, arena));
    }
    return out;
}

static const struct json *normal_document(const struct json *document, struct arena *arena)
{
    const struct json *statements = json_get(document, "Statement");
    struct json *out, *list;

    if (statements == NULL)
        return normal(document, as_it_is, arena);
    list = json_array(arena);
    if (statements->type != JSON_ARRAY)
        json_add(list, normal_statement(statements, arena));
    else
        for (const struct json *it = statements->first; it != NULL; it = it->next)
            json_add(list, normal_statement(it, arena));
    out = json_object(arena);
    for (const struct json *it = document->first; it != NULL; it = it->next)
        if (!str_eq(it->key, "Statement") && !str_eq(it->key, "Id"))
            json_put(out, it->key, it);
    if (json_get(document, "Version") == NULL)
        json_put_str(out, "Version", "2008-10-17");
    json_put(out, "Statement", canonical_list(list, arena));
    return out;
}

/* --- The whole ---------------------------------------------------------------------------------
 */

bool policy_document_equal(const struct json *a, const struct json *b)
{
    struct arena *arena;
    bool equal;

    if (a == NULL || b == NULL)
        return a == b;
    arena = arena_new("policy equal");
    equal = strcmp(canonical_text(normal_document(a, arena), arena),
                   canonical_text(normal_document(b, arena), arena)) == 0;
    arena_free(arena);
    return equal;
}

bool policy_text_equal(const char *a, const char *b)
{
    struct arena *arena;
    struct json *left, *right;
    struct err ignored = ERR_INIT; /* what cannot be read is equal to nothing else */
    bool equal;

    if (a == NULL || b == NULL || strcmp(a, b) == 0)
        return str_eq(a, b);
    arena = arena_new("policy equal");
    equal = json_parse(a, strlen(a), arena, &left, &ignored) == 0 &&
            json_parse(b, strlen(b), arena, &right, &ignored) == 0 &&
            policy_document_equal(left, right);
    arena_free(arena);
    return equal;
}

/* --- Piece by piece ------------------------------------------------------------------------------
 */

struct pieces {
    struct arena *arena;
    const char **items;
    size_t count, capacity;
};

static void add_piece(struct pieces *pieces, const struct json *statement,
                      const struct json *action, const struct json *resource)
{
    struct json *out = json_object(pieces->arena);

    for (const struct json *it = statement->first; it != NULL; it = it->next)
        if (!str_eq(it->key, "Action") && !str_eq(it->key, "Resource"))
            json_put(out, it->key, it);
    if (action != NULL)
        json_put(out, "Action", action);
    if (resource != NULL)
        json_put(out, "Resource", resource);
    *VEC_ADD(pieces->arena, pieces) = canonical_text(out, pieces->arena);
}

/* The items of a list, or the value itself; one NULL where there is none. */
static size_t items_of(const struct json *value, struct arena *arena, const struct json ***out)
{
    size_t count = 0;

    if (value == NULL || value->type != JSON_ARRAY) {
        *out = arena_alloc(arena, sizeof **out);
        (*out)[0] = value;
        return 1;
    }
    *out = arena_array(arena, value->count, sizeof **out);
    for (const struct json *it = value->first; it != NULL; it = it->next)
        (*out)[count++] = it;
    return count;
}

/* NotAction and NotResource exclude as a whole: they are no lists of pieces. */
static void add_pieces(struct pieces *pieces, const struct json *statement)
{
    const struct json **actions, **resources;
    size_t action_count = items_of(json_get(statement, "Action"), pieces->arena, &actions);
    size_t resource_count = items_of(json_get(statement, "Resource"), pieces->arena, &resources);

    for (size_t a = 0; a < action_count; a++)
        for (size_t r = 0; r < resource_count; r++)
            add_piece(pieces, statement, actions[a], resources[r]);
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char *const *policy_text_pieces(const char *text, struct arena *arena, size_t *out_count)
{
    struct pieces pieces = {.arena = arena};
    struct err ignored = ERR_INIT; /* what cannot be read is one piece */
    const struct json *statements = NULL;
    struct json *document = NULL;
    size_t count = 0;

    if (json_parse(text, strlen(text), arena, &document, &ignored) == 0)
        statements = json_get(normal_document(document, arena), "Statement");
    for (const struct json *it = json_first(statements); it != NULL; it = it->next)
        if (it->type == JSON_OBJECT)
            add_pieces(&pieces, it);
    if (statements == NULL)
        *VEC_ADD(arena, &pieces) =
            document == NULL ? text : canonical_text(normal_document(document, arena), arena);
    if (pieces.count > 0)
        qsort(pieces.items, pieces.count, sizeof *pieces.items, compare_texts);
    for (size_t i = 0; i < pieces.count; i++)
        if (i == 0 || !str_eq(pieces.items[i], pieces.items[count - 1]))
            pieces.items[count++] = pieces.items[i];
    *out_count = count;
    return pieces.items;
}
