/*
 * minify.c - a document in as few characters as say the same.
 *
 * AWS counts every character of a document that comes through the API, blanks included.
 * What is never done: statements with NotAction or NotResource are not merged by those lists
 * (denying all but X, and all but Y, denies all but what is in both), and no statement is weighed
 * against another with a different Condition.
 */
#include "document_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/policy/document.h"

#include <stdint.h>
#include <string.h>

/* Comparing each with each costs the square of their number.  No document that AWS takes has room
 * for more: an action with its quotes and comma is five characters at least. */
enum { COMPARED_MOST = 2048 };

/* --- Patterns ------------------------------------------------------------------------------------
 */

static char fold(char c, bool nocase)
{
    return nocase && c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* A star of `b` is taken by a star only, a question mark by a question mark or a star. */
bool glob_covers(const char *a, size_t a_len, const char *b, size_t b_len, bool nocase)
{
    size_t i = 0, j = 0, star = SIZE_MAX, resume = 0;

    while (j < b_len) {
        if (i < a_len && a[i] == '*') {
            star = i++;
            resume = j;
        } else if (i < a_len && b[j] != '*' &&
                   (a[i] == '?' || fold(a[i], nocase) == fold(b[j], nocase))) {
            i++;
            j++;
        } else if (star != SIZE_MAX) {
            i = star + 1;
            j = ++resume;
        } else {
            return false;
        }
    }
    while (i < a_len && a[i] == '*')
        i++;
    return i == a_len;
}

/* Part by part: whether a star reaches over a colon must not matter. */
static bool parts_cover(const char *a, const char *b, size_t parts, bool nocase)
{
    for (size_t left = parts; left > 0; left--) {
        size_t a_len = left == 1 ? strlen(a) : strcspn(a, ":");
        size_t b_len = left == 1 ? strlen(b) : strcspn(b, ":");

        if (!glob_covers(a, a_len, b, b_len, nocase))
            return false;
        if (left == 1)
            return true;
        if (a[a_len] != ':' || b[b_len] != ':')
            return false;
        a += a_len + 1;
        b += b_len + 1;
    }
    return true;
}

/* Whether item `a` of a list makes item `b` of it needless. */
typedef bool (*covers_fn)(const char *a, const char *b);

/* Most items are no patterns: seeing that first is what makes long lists cheap. */
static bool is_pattern(const char *text)
{
    return strpbrk(text, "*?") != NULL;
}

bool action_covers(const char *a, const char *b)
{
    if (!is_pattern(a))
        return str_eq_nocase(a, b);
    return str_eq(a, "*") || parts_cover(a, b, 2, true);
}

/* What a policy variable stands for is known only when the request is made. */
bool resource_covers(const char *a, const char *b)
{
    if (!is_pattern(a))
        return str_eq(a, b);
    if (strstr(a, "${") != NULL || strstr(b, "${") != NULL)
        return str_eq(a, b) || str_eq(a, "*");
    return str_eq(a, "*") || parts_cover(a, b, 6, false);
}

/* --- Lists ---------------------------------------------------------------------------------------
 */

static bool is_needless(const struct json *list, const struct json *item, covers_fn covers)
{
    bool before = true;

    if (item->type != JSON_STRING)
        return false;
    for (const struct json *it = list->first; it != NULL; it = it->next) {
        if (it == item) {
            before = false;
            continue;
        }
        /* Of two that cover each other (their case differs) the first stays. */
        if (it->type == JSON_STRING && covers(it->string, item->string) &&
            (before || !covers(item->string, it->string)))
            return true;
    }
    return false;
}

static bool is_list_of_scalars(const struct json *value)
{
    if (value->type != JSON_ARRAY)
        return false;
    for (const struct json *it = value->first; it != NULL; it = it->next)
        if (it->type == JSON_ARRAY || it->type == JSON_OBJECT)
            return false;
    return true;
}

/* What is no list of the grammar stays as it is, here and below: this file does not judge. */
static const struct json *short_list(const struct json *value, covers_fn covers,
                                     struct arena *arena)
{
    struct json *list, *kept;

    if (!is_list_of_scalars(value))
        return value;
    list = canonical_list(value, arena);
    if (covers == NULL || list->count > COMPARED_MOST)
        return list_or_item(list);
    kept = json_array(arena);
    for (const struct json *it = list->first; it != NULL; it = it->next)
        if (!is_needless(list, it, covers))
            json_add(kept, it);
    return list_or_item(kept);
}

/* --- Statements ----------------------------------------------------------------------------------
 */

enum element_form {
    FORM_SID,
    FORM_PLAIN,
    FORM_ACTION,
    FORM_RESOURCE,
    FORM_PRINCIPAL,
    FORM_CONDITION
};

/* All that a statement may hold, in the order that people write it. */
static const struct element {
    const char *key;
    enum element_form form;
    bool mergeable; /* two statements that differ in it alone are one */
} elements[] = {
    {"Sid", FORM_SID, false},
    {"Effect", FORM_PLAIN, false},
    {"Principal", FORM_PRINCIPAL, false},
    {"NotPrincipal", FORM_PRINCIPAL, false},
    {"Action", FORM_ACTION, true},
    {"NotAction", FORM_ACTION, false},
    {"Resource", FORM_RESOURCE, true},
    {"NotResource", FORM_RESOURCE, false},
    {"Condition", FORM_CONDITION, false},
};

enum { ELEMENT_COUNT = sizeof elements / sizeof elements[0] };

/* A map of lists, `levels` maps deep: the lists shortened, the keys in order. */
static const struct json *short_map(const struct json *value, int levels, struct arena *arena)
{
    struct json *out;

    if (value->type != JSON_OBJECT || levels == 0)
        return short_list(value, NULL, arena);
    out = json_object(arena);
    for (const struct json *it = canonical_members(value, arena)->first; it != NULL; it = it->next)
        json_put(out, it->key, short_map(it, levels - 1, arena));
    return out;
}

static const struct json *short_element(const struct json *value, enum element_form form,
                                        struct arena *arena)
{
    switch (form) {
    case FORM_ACTION:
        return short_list(value, action_covers, arena);
    case FORM_RESOURCE:
        return short_list(value, resource_covers, arena);
    case FORM_PRINCIPAL:
        return short_map(value, 1, arena);
    case FORM_CONDITION:
        return short_map(value, 2, arena);
    default:
        return value;
    }
}

/* An object with nothing but elements of the grammar. */
static bool is_statement(const struct json *value)
{
    size_t known = 0;

    for (size_t i = 0; i < ELEMENT_COUNT; i++)
        known += json_get(value, elements[i].key) != NULL;
    return value->type == JSON_OBJECT && known == value->count;
}

static const struct json *short_statement(const struct json *statement, bool drop_sid,
                                          struct arena *arena)
{
    struct json *out;

    if (!is_statement(statement))
        return statement;
    out = json_object(arena);
    for (size_t i = 0; i < ELEMENT_COUNT; i++) {
        const struct json *value = json_get(statement, elements[i].key);

        if (value == NULL || (elements[i].form == FORM_SID && drop_sid) ||
            (elements[i].form == FORM_CONDITION && value->type == JSON_OBJECT && value->count == 0))
            continue;
        json_put(out, elements[i].key, short_element(value, elements[i].form, arena));
    }
    return out;
}

/* --- Merging -------------------------------------------------------------------------------------
 */

/* A statement with the canonical text of each of its elements: every pair is compared. */
struct slot {
    const struct json *json;
    const char *texts[ELEMENT_COUNT]; /* NULL: it has no such element */
    bool mergeable;
};

/* In no order: the last takes the place of one that was merged away. */
struct slots {
    struct slot *items;
    size_t count;
};

static struct slot make_slot(const struct json *statement, struct arena *arena)
{
    struct slot slot = {.json = statement, .mergeable = is_statement(statement)};

    for (size_t i = 0; i < ELEMENT_COUNT && slot.mergeable; i++) {
        const struct json *value = json_get(statement, elements[i].key);

        slot.texts[i] = value == NULL ? NULL : canonical_text(value, arena);
        slot.mergeable = value == NULL || elements[i].form != FORM_SID;
    }
    return slot;
}

/* The one element that two statements may differ in: each allows or denies every action of its list
 * on every resource of its list, so two lists under the same rest are one.  The first element, a
 * Sid that neither has, where they differ in nothing; NULL where they differ in more. */
static const struct element *find_merge_element(const struct slot *a, const struct slot *b)
{
    const struct element *differs = NULL;

    if (!a->mergeable || !b->mergeable)
        return NULL;
    for (size_t i = 0; i < ELEMENT_COUNT; i++) {
        if (str_eq(a->texts[i], b->texts[i]))
            continue;
        if (differs != NULL || !elements[i].mergeable || a->texts[i] == NULL || b->texts[i] == NULL)
            return NULL;
        differs = &elements[i];
    }
    return differs == NULL ? &elements[0] : differs;
}

static void add_all(struct json *list, const struct json *value)
{
    if (value->type != JSON_ARRAY) {
        json_add(list, value);
        return;
    }
    for (const struct json *it = value->first; it != NULL; it = it->next)
        json_add(list, it);
}

static const struct json *merge(const struct json *a, const struct json *b, const char *key,
                                struct arena *arena)
{
    struct json *both = json_array(arena), *out = json_object(arena);

    if (json_get(a, key) == NULL) /* the Sid that neither has: they are the same */
        return a;
    add_all(both, json_get(a, key));
    add_all(both, json_get(b, key));
    for (const struct json *it = a->first; it != NULL; it = it->next)
        json_put(out, it->key, str_eq(it->key, key) ? both : it);
    return short_statement(out, false, arena);
}

/* One pass; whether anything was merged. */
static bool merge_pass(struct slots *slots, struct arena *arena)
{
    bool merged = false;

    for (size_t i = 0; i < slots->count; i++) {
        for (size_t j = i + 1; j < slots->count;) {
            struct slot *a = &slots->items[i], *b = &slots->items[j];
            const struct element *element = find_merge_element(a, b);

            if (element == NULL) {
                j++;
                continue;
            }
            *a = make_slot(merge(a->json, b->json, element->key, arena), arena);
            *b = slots->items[--slots->count];
            merged = true;
        }
    }
    return merged;
}

static struct json *short_statements(const struct json *value, bool drop_sids, struct arena *arena)
{
    struct json *list = json_array(arena), *out = json_array(arena);
    struct slots slots = {0};

    add_all(list, value);
    for (const struct json *it = list->first; it != NULL; it = it->next)
        json_add(out, short_statement(it, drop_sids, arena));
    list = canonical_list(out, arena);
    if (list->count > COMPARED_MOST)
        return list;
    slots.items = arena_array(arena, list->count + 1, sizeof *slots.items);
    for (const struct json *it = list->first; it != NULL; it = it->next)
        slots.items[slots.count++] = make_slot(it, arena);
    while (merge_pass(&slots, arena))
        ;
    out = json_array(arena);
    for (size_t i = 0; i < slots.count; i++)
        json_add(out, slots.items[i].json);
    return canonical_list(out, arena);
}

struct json *document_shorten(const struct json *document, bool drop_sids, struct arena *arena)
{
    const struct json *statements = json_get(document, "Statement");
    struct json *out;

    if (statements == NULL)
        return json_copy(document, arena);
    out = json_object(arena);
    for (const struct json *it = document->first; it != NULL; it = it->next)
        if (it != statements)
            json_put(out, it->key, it);
    json_put(out, "Statement", short_statements(statements, drop_sids, arena));
    return out;
}

const char *policy_document_minify(const struct json *document, bool drop_sids, struct arena *arena)
{
    struct arena *scratch = arena_new("policy minify");
    const char *text = json_text(document_shorten(document, drop_sids, scratch), arena);

    arena_free(scratch);
    return text;
}
