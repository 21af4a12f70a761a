/*
 * events_pattern.c - which events a pattern matches.
 *
 * Source: EventBridge User Guide, "Creating event patterns" and "Comparison operators".
 */
#include "events_priv.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MOST = 24 };

/* --- Checks --------------------------------------------------------------------------------------
 */

static bool is_scalar(const struct json *json)
{
    return json->type != JSON_OBJECT && json->type != JSON_ARRAY;
}

static bool is_comparison(const char *op)
{
    return str_eq(op, "=") || str_eq(op, "<") || str_eq(op, "<=") || str_eq(op, ">") ||
           str_eq(op, ">=");
}

static const char *numeric_fault(const struct json *list)
{
    static const char text[] = "Value of numeric must be an array of operators and numbers";

    if (list->type != JSON_ARRAY || (list->count != 2 && list->count != 4))
        return text;
    for (const struct json *it = list->first; it != NULL; it = it->next->next)
        if (it->type != JSON_STRING || !is_comparison(it->string) || it->next->type != JSON_NUMBER)
            return text;
    return NULL;
}

static bool is_text_or_nocase(const struct json *value)
{
    return value->type == JSON_STRING || json_str(value, "equals-ignore-case") != NULL;
}

/* {"prefix": text}, or a list of texts. */
static bool is_text_test(const struct json *test)
{
    const struct json *value = test->first;

    if (test->count != 1 ||
        (!str_eq(value->key, "prefix") && !str_eq(value->key, "suffix") &&
         !str_eq(value->key, "equals-ignore-case") && !str_eq(value->key, "wildcard")))
        return false;
    if (value->type != JSON_ARRAY)
        return value->type == JSON_STRING;
    for (const struct json *it = value->first; it != NULL; it = it->next)
        if (it->type != JSON_STRING)
            return false;
    return value->count > 0;
}

static const char *anything_but_fault(const struct json *value)
{
    static const char text[] = "Inside anything-but list, only start|null|boolean|number|string "
                               "is supported.";

    if (value->type == JSON_OBJECT)
        return is_text_test(value) ? NULL : text;
    if (value->type == JSON_ARRAY && value->count == 0)
        return text;
    for (const struct json *it = value->first; it != NULL; it = it->next)
        if (!is_scalar(it))
            return text;
    return NULL;
}

static bool cidr_parse(const char *text, unsigned char out[16], int *family, int *bits)
{
    char address[INET6_ADDRSTRLEN];
    const char *slash = strchr(text, '/');
    size_t len = slash == NULL ? strlen(text) : (size_t)(slash - text);
    uint64_t count = 128;

    if (len >= sizeof address || (slash != NULL && !str_to_u64(slash + 1, &count)))
        return false;
    memcpy(address, text, len);
    address[len] = '\0';
    *family = strchr(address, ':') == NULL ? AF_INET : AF_INET6;
    *bits = *family == AF_INET ? 32 : 128;
    if (slash != NULL && count > (uint64_t)*bits)
        return false;
    if (slash != NULL)
        *bits = (int)count;
    return inet_pton(*family, address, out) == 1;
}

static const char *comparison_fault(const struct json *test)
{
    const struct json *value = test->first;
    unsigned char address[16];
    int family, bits;

    if (test->count != 1)
        return "Only one key allowed in match expression";
    if (str_eq(value->key, "prefix") || str_eq(value->key, "suffix"))
        return is_text_or_nocase(value) ? NULL : "prefix and suffix match must be a string";
    if (str_eq(value->key, "equals-ignore-case") || str_eq(value->key, "wildcard"))
        return value->type == JSON_STRING ? NULL : "match value must be a string";
    if (str_eq(value->key, "exists"))
        return value->type == JSON_BOOL ? NULL : "exists match pattern must be true or false";
    if (str_eq(value->key, "cidr"))
        return value->type == JSON_STRING && cidr_parse(value->string, address, &family, &bits)
                   ? NULL
                   : "Malformed CIDR";
    if (str_eq(value->key, "numeric"))
        return numeric_fault(value);
    if (str_eq(value->key, "anything-but"))
        return anything_but_fault(value);
    return "Unrecognized match type";
}

static const char *fault_of(const struct json *pattern, int depth);

static const char *list_fault(const struct json *list)
{
    if (list->count == 0)
        return "Empty arrays are not allowed";
    for (const struct json *it = list->first; it != NULL; it = it->next) {
        const char *why = it->type == JSON_ARRAY    ? "Match value must be String, number, true, "
                                                      "false, or null"
                          : it->type == JSON_OBJECT ? comparison_fault(it)
                                                    : NULL;

        if (why != NULL)
            return why;
    }
    return NULL;
}

static const char *or_fault(const struct json *list, int depth)
{
    if (list->type != JSON_ARRAY || list->count < 2)
        return "$or must be an array of two patterns or more";
    for (const struct json *it = list->first; it != NULL; it = it->next) {
        const char *why = fault_of(it, depth + 1);

        if (why != NULL)
            return why;
    }
    return NULL;
}

/* NULL: it is a pattern. */
static const char *fault_of(const struct json *pattern, int depth)
{
    if (pattern->type != JSON_OBJECT)
        return "Filter is not an object";
    if (pattern->count == 0)
        return "Empty objects are not allowed";
    if (depth > DEPTH_MOST)
        return "Event pattern is too deep";
    for (const struct json *it = pattern->first; it != NULL; it = it->next) {
        const char *why = "Field must be an object or an array";

        if (str_eq(it->key, "$or"))
            why = or_fault(it, depth);
        else if (it->type == JSON_OBJECT)
            why = fault_of(it, depth + 1);
        else if (it->type == JSON_ARRAY)
            why = list_fault(it);
        if (why != NULL)
            return why;
    }
    return NULL;
}

struct json *event_pattern_parse(const char *text, struct arena *arena, const char **out_why)
{
    struct json *pattern = NULL;
    struct err err = ERR_INIT;

    *out_why = "Filter is not an object";
    if (json_parse(text, strlen(text), arena, &pattern, &err) != 0)
        return NULL;
    *out_why = fault_of(pattern, 0);
    return *out_why == NULL ? pattern : NULL;
}

/* --- Comparisons ---------------------------------------------------------------------------------
 */

static bool numeric_holds(const struct json *list, double number)
{
    for (const struct json *it = list->first; it != NULL; it = it->next->next) {
        double limit = it->next->number;
        const char *op = it->string;
        bool equal = number <= limit && number >= limit;
        bool less = op[0] == '<' && number < limit, more = op[0] == '>' && number > limit;

        if (!less && !more && !(equal && strchr(op, '=') != NULL))
            return false;
    }
    return true;
}

static bool cidr_holds(const char *wanted, const char *text)
{
    unsigned char net[16], address[16];
    int net_family, net_bits, family, bits;

    if (!cidr_parse(wanted, net, &net_family, &net_bits) || strchr(text, '/') != NULL ||
        !cidr_parse(text, address, &family, &bits) || family != net_family)
        return false;
    for (int bit = 0; bit < net_bits; bit++)
        if (((net[bit / 8] ^ address[bit / 8]) >> (7 - bit % 8)) & 1)
            return false;
    return true;
}

/* prefix and suffix: a text, or {"equals-ignore-case": text}. */
static bool edge_holds(const struct json *wanted, const char *text, bool at_end)
{
    bool ignore_case = wanted->type == JSON_OBJECT;
    const char *edge = ignore_case ? json_str(wanted, "equals-ignore-case") : wanted->string;
    size_t len = strlen(edge), have = strlen(text);
    const char *at = at_end && have >= len ? text + have - len : text;

    if (have < len)
        return false;
    return ignore_case ? strncasecmp(at, edge, len) == 0 : strncmp(at, edge, len) == 0;
}

static bool text_holds(const struct json *test, const char *text)
{
    if (str_eq(test->key, "prefix"))
        return edge_holds(test, text, false);
    if (str_eq(test->key, "suffix"))
        return edge_holds(test, text, true);
    if (str_eq(test->key, "equals-ignore-case"))
        return str_eq_nocase(test->string, text);
    if (str_eq(test->key, "wildcard"))
        return sim_glob(test->string, text, false);
    return str_eq(test->key, "cidr") && cidr_holds(test->string, text);
}

/* One test of a comparison whose value may be a list of texts, as inside of anything-but. */
static bool any_text_holds(const struct json *test, const char *text)
{
    struct json one;

    if (test->type != JSON_ARRAY)
        return text_holds(test, text);
    for (const struct json *it = test->first; it != NULL; it = it->next) {
        one = *it;
        one.key = test->key;
        if (it->type == JSON_STRING && text_holds(&one, text))
            return true;
    }
    return false;
}

static bool anything_but_holds(const struct json *but, const struct json *value)
{
    if (but->type == JSON_OBJECT)
        return value->type != JSON_STRING || !any_text_holds(but->first, value->string);
    if (but->type != JSON_ARRAY)
        return !json_equal(but, value);
    for (const struct json *it = but->first; it != NULL; it = it->next)
        if (json_equal(it, value))
            return false;
    return true;
}

/* `value` is a scalar of the event. */
static bool test_holds(const struct json *test, const struct json *value)
{
    const struct json *comparison = test->first;

    if (test->type != JSON_OBJECT)
        return json_equal(test, value);
    if (str_eq(comparison->key, "exists"))
        return comparison->boolean;
    if (str_eq(comparison->key, "anything-but"))
        return anything_but_holds(comparison, value);
    if (str_eq(comparison->key, "numeric"))
        return value->type == JSON_NUMBER && numeric_holds(comparison, value->number);
    return value->type == JSON_STRING && text_holds(comparison, value->string);
}

static bool absent_holds(const struct json *tests)
{
    for (const struct json *test = tests->first; test != NULL; test = test->next)
        if (test->type == JSON_OBJECT && str_eq(test->first->key, "exists") &&
            !test->first->boolean)
            return true;
    return false;
}

/* A list of the event matches if one of its items does. */
static bool list_holds(const struct json *tests, const struct json *value)
{
    if (value == NULL || value->type == JSON_OBJECT)
        return absent_holds(tests);
    if (value->type == JSON_ARRAY) {
        for (const struct json *it = value->first; it != NULL; it = it->next)
            if (list_holds(tests, it))
                return true;
        return false;
    }
    for (const struct json *test = tests->first; test != NULL; test = test->next)
        if (test_holds(test, value))
            return true;
    return false;
}

/* --- Patterns ------------------------------------------------------------------------------------
 */

static bool any_of(const struct json *patterns, const struct json *event)
{
    for (const struct json *it = patterns->first; it != NULL; it = it->next)
        if (event_pattern_matches(it, event))
            return true;
    return false;
}

static bool object_holds(const struct json *pattern, const struct json *value)
{
    if (value == NULL || value->type != JSON_ARRAY)
        return event_pattern_matches(pattern, value);
    for (const struct json *it = value->first; it != NULL; it = it->next)
        if (event_pattern_matches(pattern, it))
            return true;
    return false;
}

bool event_pattern_matches(const struct json *pattern, const struct json *event)
{
    for (const struct json *it = pattern->first; it != NULL; it = it->next) {
        bool holds;

        if (str_eq(it->key, "$or"))
            holds = any_of(it, event);
        else if (it->type == JSON_OBJECT)
            holds = object_holds(it, json_get(event, it->key));
        else
            holds = list_holds(it, json_get(event, it->key));
        if (!holds)
            return false;
    }
    return true;
}
