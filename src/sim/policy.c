/*
 * policy.c - IAM's policy language, as far as the simulator decides by it.
 *
 * Source: IAM User Guide, "JSON policy elements" and "Policy evaluation logic".
 * Limits: no policy variables; numbers, dates and IP addresses are not compared: a statement with
 *         such a condition never applies.
 */
#include "sim_priv.h"

#include <string.h>

/* --- Text --- */

static char lower(char c, bool ignore_case)
{
    return ignore_case && c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool sim_glob(const char *pattern, const char *text, bool ignore_case)
{
    const char *star = NULL, *retry = NULL;

    while (*text != '\0') {
        if (*pattern == '*') {
            star = pattern++;
            retry = text;
        } else if (*pattern == '?' || (*pattern != '\0' &&
                                       lower(*pattern, ignore_case) == lower(*text, ignore_case))) {
            pattern++;
            text++;
        } else if (star != NULL) {
            pattern = star + 1;
            text = ++retry;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

/* A string, or an array of strings: both are written in policies. */
static const struct json *first_of(const struct json *values)
{
    return values != NULL && values->type == JSON_ARRAY ? values->first : values;
}

/* Only the items of an array have siblings that belong to them. */
static const struct json *next_of(const struct json *values, const struct json *it)
{
    return values->type == JSON_ARRAY ? it->next : NULL;
}

typedef bool (*compare_fn)(const char *pattern, const char *text);

static bool any_fits(const struct json *patterns, const char *text, compare_fn compare)
{
    for (const struct json *it = first_of(patterns); it != NULL; it = next_of(patterns, it)) {
        if (it->type == JSON_STRING && compare(it->string, text))
            return true;
        /* {"Bool": {"aws:SecureTransport": false}} */
        if (it->type == JSON_BOOL && compare(it->boolean ? "true" : "false", text))
            return true;
    }
    return false;
}

static bool like(const char *pattern, const char *text)
{
    return sim_glob(pattern, text, false);
}

static bool like_nocase(const char *pattern, const char *text)
{
    return sim_glob(pattern, text, true);
}

/* --- Conditions --- */

struct operator
{
    const char *name;
    compare_fn compare;
    bool negated;
};

static const struct operator operators[] = {
    {"StringEquals", str_eq, false},
    {"StringNotEquals", str_eq, true},
    {"StringEqualsIgnoreCase", str_eq_nocase, false},
    {"StringNotEqualsIgnoreCase", str_eq_nocase, true},
    {"StringLike", like, false},
    {"StringNotLike", like, true},
    {"ArnEquals", like, false}, /* ArnEquals and ArnLike are the same */
    {"ArnLike", like, false},
    {"ArnNotEquals", like, true},
    {"ArnNotLike", like, true},
    {"Bool", str_eq_nocase, false},
};

struct test {
    const struct operator* op;
    bool if_exists, for_any, for_all, is_null;
};

/* "ForAnyValue:StringLikeIfExists". */
static bool test_parse(const char *name, struct test *out)
{
    size_t len;

    *out = (struct test){.for_any = str_starts(name, "ForAnyValue:"),
                         .for_all = str_starts(name, "ForAllValues:")};
    if (out->for_any || out->for_all)
        name = strchr(name, ':') + 1;
    len = strlen(name);
    out->if_exists = str_ends(name, "IfExists");
    if (out->if_exists)
        len -= strlen("IfExists");
    out->is_null = len == 4 && strncmp(name, "Null", len) == 0;
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++)
        if (strlen(operators[i].name) == len && strncmp(operators[i].name, name, len) == 0)
            out->op = &operators[i];
    return out->is_null || out->op != NULL;
}

static const struct json *context_value(const struct json *context, const char *key)
{
    for (const struct json *it = json_first(context); it != NULL; it = it->next)
        if (str_eq_nocase(it->key, key))
            return it;
    return NULL;
}

static bool test_holds(const struct test *test, const struct json *have, const struct json *wanted)
{
    bool all = true, any = false;

    if (test->is_null)
        return any_fits(wanted, have == NULL ? "true" : "false", str_eq_nocase);
    if (have == NULL)
        return test->if_exists || test->for_all || (test->op->negated && !test->for_any);
    for (const struct json *it = first_of(have); it != NULL; it = next_of(have, it)) {
        bool fits = it->type == JSON_STRING &&
                    any_fits(wanted, it->string, test->op->compare) != test->op->negated;

        all = all && fits;
        any = any || fits;
    }
    return test->for_all ? all : any;
}

static bool conditions_hold(const struct json *condition, const struct json *context)
{
    struct test test;

    for (const struct json *op = json_first(condition); op != NULL; op = op->next) {
        if (!test_parse(op->key, &test))
            return false;
        for (const struct json *it = json_first(op); it != NULL; it = it->next)
            if (!test_holds(&test, context_value(context, it->key), it))
                return false;
    }
    return true;
}

/* --- Statements --- */

/* "*", an account's id, "arn:aws:iam::1111...:root" or the ARN of the role, user or session. */
static bool principal_fits(const char *wanted, const struct sim_principal *principal,
                           struct arena *arena)
{
    const char *account = principal->account == NULL ? "" : principal->account;

    return str_eq(wanted, "*") || str_eq(wanted, principal->arn) ||
           str_eq(wanted, principal->source_arn) ||
           (account[0] != '\0' &&
            (str_eq(wanted, account) ||
             (str_starts(wanted, "arn:") &&
              str_ends(wanted, arena_printf(arena, ":iam::%s:root", account)))));
}

static bool principals_fit(const struct json *principals, const struct sim_principal *principal,
                           struct arena *arena)
{
    if (principals == NULL)
        return true; /* an identity policy is its owner's */
    if (principals->type == JSON_STRING)
        return principal_fits(principals->string, principal, arena);
    for (const struct json *type = json_first(principals); type != NULL; type = type->next)
        for (const struct json *it = first_of(type); it != NULL; it = next_of(type, it))
            if (it->type == JSON_STRING && principal_fits(it->string, principal, arena))
                return true;
    return false;
}

/* Element or NotElement; neither fits everything. */
static bool element_fits(const struct json *statement, const char *name, const char *not_name,
                         const char *text, compare_fn compare)
{
    const struct json *yes = json_get(statement, name), *no = json_get(statement, not_name);

    if (text == NULL || (yes == NULL && no == NULL))
        return true;
    return yes != NULL ? any_fits(yes, text, compare) : !any_fits(no, text, compare);
}

static bool statement_applies(const struct json *statement, const struct sim_question *question,
                              struct arena *arena)
{
    const struct json *not_principal = json_get(statement, "NotPrincipal");

    return element_fits(statement, "Action", "NotAction", question->action, like_nocase) &&
           element_fits(statement, "Resource", "NotResource", question->resource, like) &&
           principals_fit(json_get(statement, "Principal"), question->principal, arena) &&
           (not_principal == NULL || !principals_fit(not_principal, question->principal, arena)) &&
           conditions_hold(json_get(statement, "Condition"), question->context);
}

enum sim_verdict sim_policy_verdict(const struct json *policy, const struct sim_question *question,
                                    struct arena *arena)
{
    const struct json *statements = json_get(policy, "Statement");
    enum sim_verdict verdict = SIM_SILENT;

    for (const struct json *it = first_of(statements); it != NULL; it = next_of(statements, it)) {
        if (!statement_applies(it, question, arena))
            continue;
        if (str_eq(json_str(it, "Effect"), "Deny"))
            return SIM_REFUSED;
        verdict = SIM_ALLOWED;
    }
    return verdict;
}

/* --- Documents --- */

static const char *statement_fault(const struct json *statement, bool needs_principal)
{
    const char *effect = json_str(statement, "Effect");
    bool has_principal =
        json_get(statement, "Principal") != NULL || json_get(statement, "NotPrincipal") != NULL;

    if (statement->type != JSON_OBJECT)
        return "Syntax errors in policy.";
    if (!str_eq(effect, "Allow") && !str_eq(effect, "Deny"))
        return effect == NULL ? "Missing required field Effect" : "Invalid effect";
    if (json_get(statement, "Action") == NULL && json_get(statement, "NotAction") == NULL)
        return "Missing required field Action";
    if (needs_principal)
        return has_principal ? NULL : "Missing required field Principal";
    if (has_principal)
        return "Policy document should not specify a principal.";
    if (json_get(statement, "Resource") == NULL && json_get(statement, "NotResource") == NULL)
        return "Policy statement must contain resources.";
    return NULL;
}

struct json *sim_policy_parse(const char *text, bool needs_principal, struct arena *arena,
                              const char **out_why)
{
    const struct json *statements;
    const char *version;
    struct json *policy = NULL;
    struct err err = ERR_INIT;

    *out_why = "This policy contains invalid Json";
    if (json_parse(text, strlen(text), arena, &policy, &err) != 0 || policy->type != JSON_OBJECT)
        return NULL;
    version = json_str(policy, "Version");
    *out_why = "The policy must contain a valid version string";
    if (json_get(policy, "Version") != NULL && !str_eq(version, "2012-10-17") &&
        !str_eq(version, "2008-10-17"))
        return NULL;
    statements = json_get(policy, "Statement");
    *out_why = "Syntax errors in policy.";
    if (first_of(statements) == NULL)
        return NULL;
    for (const struct json *it = first_of(statements); it != NULL; it = next_of(statements, it))
        if ((*out_why = statement_fault(it, needs_principal)) != NULL)
            return NULL;
    return policy;
}
