/*
 * lint_condition.c - condition keys, their types and values, one condition at a time.
 */
#include "lint_condition.h"
#include "document_priv.h"
#include "iam_tables.h"
#include "plinth/base/str.h"

#include <string.h>

enum { KEYS_MOST = 1024, NEAR_STEPS = 1 << 20, KEY_STEPS = 8 * 1024, PREFIX_BYTES_MOST = 128 };

/* --- Keys ----------------------------------------------------------------------------------------
 */

/* Among the keys of the same prefix; NULL. */
static const char *near_key(struct lint *lint, const char *key)
{
    const char *names[KEYS_MOST];
    size_t prefix = strcspn(key, ":") + 1, total, count = 0;
    bool global = glob_covers("aws:*", strlen("aws:*"), key, strlen(key), true);
    const struct iam_key *keys = global ? iam_global_keys(&total) : iam_keys(&total);

    if (strlen(key) >= PREFIX_BYTES_MOST || !lint_pay(lint, NEAR_STEPS))
        return NULL;
    for (size_t i = 0; i < total && count < KEYS_MOST; i++)
        if (strcspn(keys[i].name, ":") + 1 == prefix &&
            glob_covers(keys[i].name, prefix, key, prefix, true))
            names[count++] = keys[i].name;
    return str_nearest(key, names, count);
}

/* A host before the colon is an identity provider, which has keys of its own. */
static bool is_provider(const char *key)
{
    const char *dot = strchr(key, '.');

    return dot != NULL && dot < key + strcspn(key, ":");
}

static void lint_key(struct lint *lint, const struct lint_condition *condition,
                     const struct lint_place *place)
{
    const char *near;

    if (condition->key != NULL || is_provider(condition->it.key))
        return;
    near = near_key(lint, condition->it.key);
    lint_add(lint, LINT_UNKNOWN_KEY, place, "there is no condition key \"%s\"%s%s%s",
             condition->it.key, near == NULL ? "" : "; did you mean ", near == NULL ? "" : near,
             near == NULL ? "" : "?");
}

/* Whether an action of the statement, or what its wildcard matches, is among `names`. */
static bool action_among(struct lint *lint, const char *action, const char *prefix, size_t len,
                         const char *names)
{
    const char *colon = strchr(action, ':');
    size_t name_len;

    if (colon == NULL || str_eq(action, "*:*"))
        return true;
    if ((size_t)(colon - action) != len || !glob_covers(prefix, len, action, len, true))
        return false;
    name_len = strlen(colon + 1);
    for (const char *at = names; *at != '\0'; at += strspn(at, " ")) {
        size_t at_len = strcspn(at, " ");

        if (!lint_pay(lint, (uint64_t)name_len * at_len) ||
            glob_covers(colon + 1, name_len, at, at_len, true))
            return true;
        at += at_len;
    }
    return false;
}

static void lint_availability(struct lint *lint, const struct lint_condition *condition,
                              const struct lint_place *place)
{
    const struct json *actions = json_get(lint->statement, "Action");
    const struct iam_key *key = condition->key;

    if (key == NULL || key->actions[0] == '\0' || actions == NULL)
        return;
    for (const struct json *it = lint_first(actions); it != NULL; it = lint_next(actions, it))
        if (action_among(lint, it->string, key->name, strcspn(key->name, ":"), key->actions))
            return;
    lint_add(lint, LINT_KEY_UNAVAILABLE, place,
             "no action of the statement has %s: it is always absent", key->name);
}

/* --- Types ---------------------------------------------------------------------------------------
 */

static const char *const type_names[] = {
    [IAM_KEY_ANY] = "",          [IAM_KEY_STRING] = "a string",  [IAM_KEY_ARN] = "an ARN",
    [IAM_KEY_BOOL] = "a bool",   [IAM_KEY_NUMERIC] = "a number", [IAM_KEY_DATE] = "a date",
    [IAM_KEY_IP] = "an address",
};

static enum iam_key_type compares(enum condition_type type)
{
    switch (type) {
    case CONDITION_TEXT:
        return IAM_KEY_STRING;
    case CONDITION_ARN:
        return IAM_KEY_ARN;
    case CONDITION_NUMERIC:
        return IAM_KEY_NUMERIC;
    case CONDITION_DATE:
        return IAM_KEY_DATE;
    case CONDITION_BOOL:
        return IAM_KEY_BOOL;
    case CONDITION_IP:
        return IAM_KEY_IP;
    case CONDITION_BINARY:
    case CONDITION_NULL:
        break;
    }
    return IAM_KEY_ANY;
}

static void lint_type(struct lint *lint, const struct lint_condition *condition,
                      const struct lint_place *place)
{
    enum iam_key_type wanted = compares(condition->it.type), is;

    if (condition->key == NULL)
        return;
    is = condition->key->type;
    if (wanted == is || wanted == IAM_KEY_ANY || is == IAM_KEY_ANY)
        return;
    if (wanted == IAM_KEY_STRING && is == IAM_KEY_ARN)
        lint_add(lint, LINT_ARN_AS_TEXT, place,
                 "%s is an ARN: %s lets a wildcard reach over its parts, ArnLike does not",
                 condition->key->name, condition->operator_name);
    else
        lint_add(lint, LINT_OPERATOR_TYPE, place, "%s compares %s, but %s is %s",
                 condition->operator_name, type_names[wanted], condition->key->name,
                 type_names[is]);
}

static void lint_set(struct lint *lint, const struct lint_condition *condition,
                     const struct lint_place *place)
{
    const struct iam_key *key = condition->key;

    if (key == NULL || condition->it.type == CONDITION_NULL)
        return;
    if (key->several && condition->it.set == SET_NONE)
        lint_add(lint, LINT_SET_NEEDED, place,
                 "%s has several values: say ForAllValues: or ForAnyValue:", key->name);
    if (!key->several && condition->it.set != SET_NONE)
        lint_add(lint, LINT_SET_NEEDLESS, place,
                 "%s has one value: leave out %s, which also changes what its absence means",
                 key->name, condition->it.set == SET_ALL ? "ForAllValues:" : "ForAnyValue:");
}

/* --- Values --------------------------------------------------------------------------------------
 */

static bool has_literal_star(const char *text)
{
    for (const char *at = strchr(text, '*'); at != NULL; at = strchr(at + 1, '*'))
        if (at - text < 2 || strncmp(at - 2, "${", 2) != 0)
            return true;
    return false;
}

static bool is_value(const struct lint_condition *condition, const struct condition_value *value)
{
    if (strstr(value->text, "${") != NULL)
        return true;
    switch (condition->it.type) {
    case CONDITION_BOOL:
    case CONDITION_NULL:
        return str_eq_nocase(value->text, "true") || str_eq_nocase(value->text, "false");
    case CONDITION_ARN:
        return str_starts(value->text, "arn:") || strpbrk(value->text, "*?") != NULL;
    case CONDITION_NUMERIC:
    case CONDITION_DATE:
    case CONDITION_IP:
    case CONDITION_TEXT:
    case CONDITION_BINARY:
        break;
    }
    return value->valid;
}

static bool takes_all(const struct lint_condition *condition, const struct condition_value *value)
{
    return condition->wild && value->text[0] != '\0' &&
           (strspn(value->text, "*") == strlen(value->text) ||
            (condition->it.type == CONDITION_ARN && resource_covers(value->text, "arn:*:*:*:*:*")));
}

static void lint_exception(struct lint *lint, const struct lint_condition *condition,
                           const struct lint_place *place)
{
    bool scp = lint->documents[lint->document].kind == POLICY_SCP;
    bool present = scp && condition->key != NULL && condition->key->in_every_scp;

    if (present || condition->it.set == SET_ANY)
        lint_add(lint, LINT_VOID, place, "%s excepts every %s: the statement is void",
                 condition->operator_name, condition->it.key);
    else
        lint_add(lint, LINT_VOID_WHERE_PRESENT, place,
                 "%s excepts every value: the statement holds only where %s is absent",
                 condition->operator_name, condition->it.key);
}

static void lint_values(struct lint *lint, const struct lint_condition *condition,
                        struct lint_place *place)
{
    const struct json *it = lint_first(place->list);

    for (size_t i = 0; i < condition->it.count; i++, it = it->next) {
        const struct condition_value *value = &condition->it.values[i];

        place->item = it;
        if (!is_value(condition, value))
            lint_add(lint, LINT_CONDITION_VALUE, place, "\"%s\" is nothing that %s compares",
                     value->text, condition->operator_name);
        else if (condition->it.type == CONDITION_TEXT && !condition->wild &&
                 has_literal_star(value->text))
            lint_add(lint, LINT_LITERAL_WILDCARD, place,
                     "%s takes the star of \"%s\" as a plain character; StringLike does not",
                     condition->operator_name, value->text);
        if (condition->it.negated && takes_all(condition, value))
            lint_exception(lint, condition, place);
    }
    place->item = NULL;
}

/* --- All of them ---------------------------------------------------------------------------------
 */

static void lint_one(struct lint *lint, const struct lint_condition *condition)
{
    struct lint_place place = {.element = "Condition",
                               .inner = condition->operator_name,
                               .innermost = condition->it.key,
                               .list = condition->values};

    lint_key(lint, condition, &place);
    lint_availability(lint, condition, &place);
    lint_type(lint, condition, &place);
    lint_set(lint, condition, &place);
    lint_values(lint, condition, &place);
}

static void compile(struct lint *lint, const char *operator_name, const struct json *values,
                    struct lint_condition *out)
{
    struct err err = ERR_INIT;

    *out = (struct lint_condition){.operator_name = operator_name, .values = values};
    if (condition_compile(operator_name, values, true, lint->arena, &out->it, &err) != 0) {
        lint_add(lint, LINT_STRUCTURE, NULL, "%s", err.text);
        out->it.count = 0;
    }
    out->wild = out->it.type == CONDITION_ARN || strstr(operator_name, "Like") != NULL;
    out->key = lint_pay(lint, KEY_STEPS) ? iam_key_find(out->it.key) : NULL;
}

void lint_conditions(struct lint *lint)
{
    const struct json *block = json_get(lint->statement, "Condition");
    struct lint_condition *all;
    size_t count = 0;

    for (const struct json *it = json_first(block); it != NULL; it = it->next)
        count += it->count;
    all = arena_array(lint->arena, count + 1, sizeof *all);
    count = 0;
    for (const struct json *it = json_first(block); it != NULL; it = it->next)
        for (const struct json *key = it->first; key != NULL; key = key->next) {
            compile(lint, it->key, key, &all[count]);
            if (!lint->exhausted)
                lint_one(lint, &all[count]);
            count++;
        }
    lint_together(lint, all, count);
}
