/*
 * lint_shadow.c - a Deny of which a wider Deny denies everything already.
 *
 * Proved part by part: principals, actions, resources and conditions of the one are all within
 * those of the other.  Where the form does not tell, nothing is said.
 */
#include "document_priv.h"
#include "lint_priv.h"
#include "plinth/base/str.h"

#include <string.h>

struct deny {
    size_t document, number;
    const struct json *statement;
};

typedef bool (*covers_fn)(const char *a, const char *b);

/* --- Lists ---------------------------------------------------------------------------------------
 */

static bool is_open(const char *text)
{
    return strpbrk(text, "*?") != NULL || strstr(text, "${") != NULL;
}

/* Whether an item of `list` covers `text`. */
static bool has_cover(struct lint *lint, const struct json *list, const char *text,
                      covers_fn covers)
{
    for (const struct json *it = lint_first(list); it != NULL; it = lint_next(list, it)) {
        if (!lint_pay(lint,
                      (uint64_t)strlen(text) * (is_open(it->string) ? strlen(it->string) : 1)))
            return false;
        if (covers(it->string, text))
            return true;
    }
    return false;
}

static bool has_covers(struct lint *lint, const struct json *list, const struct json *items,
                       covers_fn covers)
{
    for (const struct json *it = lint_first(items); it != NULL; it = lint_next(items, it))
        if (!has_cover(lint, list, it->string, covers))
            return false;
    return true;
}

/* Whether what `items` names is surely nothing that `list` names. */
static bool is_apart(struct lint *lint, const struct json *list, const struct json *items,
                     covers_fn covers)
{
    for (const struct json *it = lint_first(list); it != NULL; it = lint_next(list, it))
        if (strstr(it->string, "${") != NULL)
            return false;
    for (const struct json *it = lint_first(items); it != NULL; it = lint_next(items, it))
        if (is_open(it->string) || has_cover(lint, list, it->string, covers) || lint->exhausted)
            return false;
    return true;
}

/* The pair of elements `key` and `not_key` of `wide` takes all that the one of `narrow` takes. */
static bool covers_pair(struct lint *lint, const struct json *wide, const struct json *narrow,
                        const char *key, const char *not_key, covers_fn covers)
{
    const struct json *w = json_get(wide, key), *w_not = json_get(wide, not_key);
    const struct json *n = json_get(narrow, key), *n_not = json_get(narrow, not_key);

    if (w != NULL && n != NULL)
        return has_covers(lint, w, n, covers);
    if (w != NULL && n_not != NULL)
        return has_cover(lint, w, "*", covers);
    if (w_not != NULL && n_not != NULL)
        return has_covers(lint, n_not, w_not, covers);
    if (w_not != NULL && n != NULL)
        return is_apart(lint, w_not, n, covers);
    return w == NULL && w_not == NULL && n == NULL && n_not == NULL;
}

/* --- Principals and conditions -------------------------------------------------------------------
 */

static bool covers_principals(const struct json *wide, const struct json *narrow)
{
    const struct json *w = json_get(wide, "Principal"), *n = json_get(narrow, "Principal");

    if (w != NULL && n != NULL && w->type == JSON_STRING)
        return true; /* "*" */
    if (json_get(wide, "NotPrincipal") == NULL && json_get(narrow, "NotPrincipal") == NULL)
        return w == NULL ? n == NULL : n != NULL && json_equal(w, n);
    return w == NULL && n == NULL && json_get(wide, "NotPrincipal") != NULL &&
           json_get(narrow, "NotPrincipal") != NULL &&
           json_equal(json_get(wide, "NotPrincipal"), json_get(narrow, "NotPrincipal"));
}

static bool same_scalar(const struct json *a, const struct json *b)
{
    return a->type == b->type && (a->type == JSON_STRING ? str_eq(a->string, b->string)
                                  : a->type == JSON_BOOL ? a->boolean == b->boolean
                                                         : json_equal(a, b));
}

static bool is_subset(struct lint *lint, const struct json *some, const struct json *all)
{
    for (const struct json *it = lint_first(some); it != NULL; it = lint_next(some, it)) {
        const struct json *other = lint_first(all);

        while (other != NULL && lint_pay(lint, 1) && !same_scalar(it, other))
            other = lint_next(all, other);
        if (other == NULL || lint->exhausted)
            return false;
    }
    return true;
}

/* Whether the values of the narrow condition holding means that those of the wide one hold.  A list
 * of values is an "or"; of a negated operator, an "and". */
static bool implies(struct lint *lint, const char *operator_name, const struct json *wide,
                    const struct json *narrow)
{
    if (strstr(operator_name, "Not") != NULL)
        return is_subset(lint, wide, narrow);
    /* Null of both values is true; a range is as wide as its widest value: all are an "or". */
    return is_subset(lint, narrow, wide);
}

static const struct json *condition_key(const struct json *keys, const char *name)
{
    for (const struct json *it = json_first(keys); it != NULL; it = it->next)
        if (str_eq_nocase(it->key, name))
            return it;
    return NULL;
}

/* Every condition of the wide statement follows from one of the narrow statement. */
static bool covers_conditions(struct lint *lint, const struct json *wide, const struct json *narrow)
{
    const struct json *block = json_get(narrow, "Condition");

    for (const struct json *it = json_first(json_get(wide, "Condition")); it != NULL; it = it->next)
        for (const struct json *key = it->first; key != NULL; key = key->next) {
            const struct json *same = condition_key(json_get(block, it->key), key->key);

            if (same == NULL || !lint_pay(lint, it->count) || !implies(lint, it->key, key, same))
                return false;
        }
    return true;
}

/* --- Statements ----------------------------------------------------------------------------------
 */

/* Whether the one's targets are under the other's. */
static bool is_over(const struct lint *lint, const struct deny *wide, const struct deny *narrow)
{
    const struct lint_document *w = &lint->documents[wide->document];
    const struct lint_document *n = &lint->documents[narrow->document];

    if (wide->document == narrow->document)
        return true;
    return w->kind == n->kind && w->targets != NULL && n->targets != NULL &&
           (str_eq(w->targets, "root") || str_eq(w->targets, n->targets));
}

static bool covers(struct lint *lint, const struct deny *wide, const struct deny *narrow)
{
    const struct json *w = wide->statement, *n = narrow->statement;

    return is_over(lint, wide, narrow) && covers_principals(w, n) &&
           covers_conditions(lint, w, n) &&
           covers_pair(lint, w, n, "Action", "NotAction", action_covers) &&
           covers_pair(lint, w, n, "Resource", "NotResource", resource_covers) && !lint->exhausted;
}

static const char *statement_name(const struct lint *lint, const struct deny *deny,
                                  const struct deny *from)
{
    const char *sid = json_str(deny->statement, "Sid");
    const char *name = sid == NULL || *sid == '\0'
                           ? arena_printf(lint->arena, "statement %zu", deny->number)
                           : sid;

    return deny->document == from->document
               ? name
               : arena_printf(lint->arena, "%s of %s", name, lint->documents[deny->document].name);
}

static void report(struct lint *lint, const struct deny *wide, const struct deny *narrow)
{
    lint->document = narrow->document;
    lint->statement = narrow->statement;
    lint->number = narrow->number;
    lint_add(lint, LINT_SHADOWED, NULL, "%s denies all of it already",
             statement_name(lint, wide, narrow));
}

/* Of the documents that are well-formed. */
static size_t find_denies(const struct lint *lint, struct deny *denies)
{
    size_t count = 0;

    for (size_t i = 0; i < lint->document_count; i++) {
        const struct json *list = json_get(lint->documents[i].document, "Statement");
        size_t number = 1;

        if (lint->malformed[i])
            continue;
        for (const struct json *it = lint_first(list); it != NULL; it = lint_next(list, it)) {
            if (str_eq(json_str(it, "Effect"), "Deny"))
                denies[count++] = (struct deny){i, number, it};
            number++;
        }
    }
    return count;
}

void lint_shadows(struct lint *lint)
{
    struct deny *denies;
    bool *told;
    size_t count = 0;

    for (size_t i = 0; i < lint->document_count; i++) {
        const struct json *list = json_get(lint->documents[i].document, "Statement");

        count += list == NULL ? 0 : list->count + 1;
    }
    denies = arena_array(lint->arena, count + 1, sizeof *denies);
    told = arena_array(lint->arena, count + 1, sizeof *told);
    count = find_denies(lint, denies);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < i && !told[i]; k++) {
            if (told[k])
                continue;
            if (!lint_pay(lint, 1))
                return;
            told[i] = covers(lint, &denies[k], &denies[i]);
            told[k] = !told[i] && covers(lint, &denies[i], &denies[k]);
            if (told[i])
                report(lint, &denies[k], &denies[i]);
            else if (told[k])
                report(lint, &denies[i], &denies[k]);
        }
}
