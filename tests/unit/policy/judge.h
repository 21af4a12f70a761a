/*
 * judge.h - a small second opinion on policy documents: what a request meets.
 *
 * Written for these tests from the IAM User Guide ("Policy evaluation logic", "Condition
 * operators") and sharing no code with the library, so that one mistake cannot hide in both.  It
 * knows the operators that the tests use and fails on every other.  Policy variables are replaced
 * from the request's context.
 */
#ifndef TESTS_UNIT_POLICY_JUDGE_H
#define TESTS_UNIT_POLICY_JUDGE_H

#include "plinth/codec/json.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum verdict { SILENT, ALLOWED, DENIED };

struct request {
    const char *action, *resource;
    const char *const *context; /* key, value, ..., NULL */
};

static bool judge_matches(const char *pattern, const char *text, bool nocase)
{
    if (*pattern == '\0')
        return *text == '\0';
    if (*pattern == '*')
        return judge_matches(pattern + 1, text, nocase) ||
               (*text != '\0' && judge_matches(pattern, text + 1, nocase));
    if (*text == '\0')
        return false;
    if (*pattern != '?' && *pattern != *text &&
        !(nocase && tolower((unsigned char)*pattern) == tolower((unsigned char)*text)))
        return false;
    return judge_matches(pattern + 1, text + 1, nocase);
}

static const char *judge_context(const struct request *request, const char *key)
{
    for (const char *const *at = request->context; at != NULL && *at != NULL; at += 2)
        if (strcasecmp(at[0], key) == 0)
            return at[1];
    return NULL;
}

/* What a text of a policy stands for: itself, or the variable that it is. */
static const char *judge_text(const struct request *request, const char *text)
{
    const char *known;
    char key[128];

    if (strncmp(text, "${", 2) != 0)
        return text;
    (void)snprintf(key, sizeof key, "%.*s", (int)strcspn(text + 2, "}"), text + 2);
    known = judge_context(request, key);
    return known == NULL ? text : known;
}

/* Whether one of the values, a text or a list of texts, is or matches `text`. */
static bool judge_any(const struct request *request, const struct json *value, const char *text,
                      bool like, bool nocase)
{
    const char *own;

    if (value->type == JSON_ARRAY) {
        for (const struct json *it = value->first; it != NULL; it = it->next)
            if (judge_any(request, it, text, like, nocase))
                return true;
        return false;
    }
    if (value->type == JSON_BOOL)
        return strcmp(value->boolean ? "true" : "false", text) == 0;
    if (value->type != JSON_STRING)
        fail_msg("the judge knows no value of type %d", (int)value->type);
    own = judge_text(request, value->string);
    return like ? judge_matches(own, text, nocase) : (nocase ? strcasecmp : strcmp)(own, text) == 0;
}

static bool judge_key(const struct request *request, const char *operator,
                      const struct json * value)
{
    static const struct {
        const char *name;
        bool negated, like;
    } known[] = {
        {"StringEquals", false, false}, {"StringNotEquals", true, false},
        {"StringLike", false, true},    {"StringNotLike", true, true},
        {"ArnLike", false, true},       {"ArnNotLike", true, true},
        {"ArnEquals", false, true},     {"Bool", false, false},
    };
    size_t len = strlen(operator);
    bool if_exists = len > 8 && strcmp(operator+ len - 8, "IfExists") == 0;
    const char *text = judge_context(request, value->key);

    if (if_exists)
        len -= 8;
    if (strcmp(operator, "Null") == 0)
        return judge_any(request, value, text == NULL ? "true" : "false", false, false);
    if (strcmp(operator, "NumericLessThan") == 0)
        return text != NULL && strtod(text, NULL) < strtod(value->string, NULL);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strncmp(known[i].name, operator, len) != 0 || known[i].name[len] != '\0')
            continue;
        if (text == NULL)
            return known[i].negated || if_exists;
        return judge_any(request, value, text, known[i].like, false) != known[i].negated;
    }
    fail_msg("the judge does not know %s", operator);
    return false;
}

static bool judge_conditions(const struct request *request, const struct json *condition)
{
    for (const struct json *it = json_first(condition); it != NULL; it = it->next)
        for (const struct json *key = it->first; key != NULL; key = key->next)
            if (!judge_key(request, it->key, key))
                return false;
    return true;
}

static bool judge_statement(const struct request *request, const struct json *statement)
{
    const struct json *action = json_get(statement, "Action");
    const struct json *not_action = json_get(statement, "NotAction");
    const struct json *resource = json_get(statement, "Resource");
    const struct json *not_resource = json_get(statement, "NotResource");

    if (action != NULL && !judge_any(request, action, request->action, true, true))
        return false;
    if (not_action != NULL && judge_any(request, not_action, request->action, true, true))
        return false;
    if (resource != NULL && !judge_any(request, resource, request->resource, true, false))
        return false;
    if (not_resource != NULL && judge_any(request, not_resource, request->resource, true, false))
        return false;
    return judge_conditions(request, json_get(statement, "Condition"));
}

static enum verdict judge(const struct json *document, const struct request *request)
{
    const struct json *statements = json_get(document, "Statement");
    enum verdict verdict = SILENT;

    for (const struct json *it = statements->type == JSON_ARRAY ? statements->first : statements;
         it != NULL; it = statements->type == JSON_ARRAY ? it->next : NULL) {
        if (!judge_statement(request, it))
            continue;
        if (strcmp(json_str(it, "Effect"), "Deny") == 0)
            return DENIED;
        verdict = ALLOWED;
    }
    return verdict;
}

#endif
