/*
 * lint_contradiction.c - conditions of one statement that cannot hold together, or miss a third.
 *
 * All conditions of a statement must hold.  What is said here is proved for every request, with
 * and without the key: where a policy variable or two wildcards leave it open, nothing is said.
 */
#include "document_priv.h"
#include "lint_condition.h"
#include "plinth/base/str.h"

#include <math.h>
#include <string.h>

/* --- Presence ------------------------------------------------------------------------------------
 */

/* Whether Null says that, and nothing else, of the key. */
static bool says_null(const struct condition *condition, const char *value)
{
    if (condition->type != CONDITION_NULL || condition->count == 0)
        return false;
    for (size_t i = 0; i < condition->count; i++)
        if (!str_eq_nocase(condition->values[i].text, value))
            return false;
    return true;
}

/* Whether it is false where the key is absent. */
static bool needs_key(const struct condition *condition)
{
    if (condition->type == CONDITION_NULL)
        return says_null(condition, "false");
    return !condition->if_exists && condition->set != SET_ALL &&
           (condition->set == SET_ANY || !condition->negated);
}

/* --- Values --------------------------------------------------------------------------------------
 */

static bool is_open(const struct lint_condition *condition, const struct condition_value *value)
{
    return strstr(value->text, "${") != NULL ||
           (condition->wild && strpbrk(value->text, "*?") != NULL);
}

/* Whether every value that `wanted` takes is one of `excepted`. */
static bool is_excepted(const struct lint_condition *wanted, const struct condition_value *value,
                        const struct lint_condition *excepted,
                        const struct condition_value *exception)
{
    bool nocase = exception->pattern.nocase;

    if (value->pattern.nocase && !nocase)
        return false;
    if (nocase ? str_eq_nocase(value->text, exception->text) : str_eq(value->text, exception->text))
        return wanted->wild == excepted->wild || !is_open(wanted, value);
    if (wanted->it.type == CONDITION_ARN)
        return resource_covers(exception->text, value->text);
    return wanted->it.type == CONDITION_TEXT && excepted->wild &&
           strstr(exception->text, "${") == NULL && strstr(value->text, "${") == NULL &&
           glob_covers(exception->text, strlen(exception->text), value->text, strlen(value->text),
                       nocase);
}

static bool all_excepted(struct lint *lint, const struct lint_condition *wanted,
                         const struct lint_condition *excepted)
{
    for (size_t i = 0; i < wanted->it.count; i++) {
        size_t k = 0;

        while (k < excepted->it.count &&
               lint_pay(lint, strlen(wanted->it.values[i].text) *
                                  (strlen(excepted->it.values[k].text) + 1)) &&
               !is_excepted(wanted, &wanted->it.values[i], excepted, &excepted->it.values[k]))
            k++;
        if (k == excepted->it.count || lint->exhausted)
            return false;
    }
    return wanted->it.count > 0;
}

/* Whether no value can be equal to both. */
static bool are_apart(const struct lint_condition *a, const struct condition_value *x,
                      const struct lint_condition *b, const struct condition_value *y)
{
    bool x_open = is_open(a, x), y_open = is_open(b, y);

    if (strstr(x->text, "${") != NULL || strstr(y->text, "${") != NULL || (x_open && y_open))
        return false;
    if (a->it.type == CONDITION_NUMERIC)
        return x->valid && y->valid && fabs(x->number - y->number) > 0;
    /* Case left aside, more is equal: what is apart then is apart. */
    if (x_open)
        return !glob_covers(x->text, strlen(x->text), y->text, strlen(y->text), true);
    return !glob_covers(y->text, strlen(y->text), x->text, strlen(x->text), true) &&
           !str_eq_nocase(x->text, y->text);
}

static bool all_apart(struct lint *lint, const struct lint_condition *a,
                      const struct lint_condition *b)
{
    for (size_t i = 0; i < a->it.count; i++)
        for (size_t k = 0; k < b->it.count; k++)
            if (!lint_pay(lint,
                          strlen(a->it.values[i].text) * (strlen(b->it.values[k].text) + 1)) ||
                !are_apart(a, &a->it.values[i], b, &b->it.values[k]))
                return false;
    return a->it.count > 0 && b->it.count > 0;
}

/* --- Ranges --------------------------------------------------------------------------------------
 */

static bool is_below(const struct condition *condition)
{
    return condition->comparison == COMPARE_LESS || condition->comparison == COMPARE_LESS_EQUAL;
}

static bool is_above(const struct condition *condition)
{
    return condition->comparison == COMPARE_GREATER ||
           condition->comparison == COMPARE_GREATER_EQUAL;
}

/* One of the values is enough, so the widest counts. */
static bool widest(const struct condition *condition, double *out)
{
    for (size_t i = 0; i < condition->count; i++) {
        const struct condition_value *value = &condition->values[i];
        double number = condition->type == CONDITION_NUMERIC ? value->number : (double)value->ms;

        if (!value->valid)
            return false;
        if (i == 0 || (is_below(condition) ? number > *out : number < *out))
            *out = number;
    }
    return condition->count > 0;
}

static bool is_empty_range(const struct condition *below, const struct condition *above)
{
    double top, bottom;

    if (!is_below(below) || !is_above(above) || !widest(below, &top) || !widest(above, &bottom))
        return false;
    return top < bottom || (top <= bottom && (below->comparison == COMPARE_LESS ||
                                              above->comparison == COMPARE_GREATER));
}

/* --- Pairs ---------------------------------------------------------------------------------------
 */

/* Both name values to be equal to, or one of them values not to be equal to. */
static bool both_equal(const struct condition *a, const struct condition *b)
{
    return a->comparison == COMPARE_EQUAL && b->comparison == COMPARE_EQUAL;
}

static bool has_plain_values(const struct condition *condition)
{
    return condition->type == CONDITION_TEXT || condition->type == CONDITION_BOOL ||
           condition->type == CONDITION_NUMERIC;
}

/* Why `a`, which needs the key, and `b` never hold together; NULL: they may. */
static const char *values_apart(struct lint *lint, const struct lint_condition *a,
                                const struct lint_condition *b)
{
    if (b->it.negated)
        return both_equal(&a->it, &b->it) && all_excepted(lint, a, b)
                   ? "the one excepts every value that the other one wants"
                   : NULL;
    if (is_empty_range(&a->it, &b->it) || is_empty_range(&b->it, &a->it))
        return "no value is in both ranges";
    if (both_equal(&a->it, &b->it) && has_plain_values(&a->it) && all_apart(lint, a, b))
        return "no value is one of both";
    return NULL;
}

/* In this order; NULL: they may hold together. */
static const char *contradiction(struct lint *lint, const struct lint_condition *a,
                                 const struct lint_condition *b)
{
    if (says_null(&a->it, "true") && needs_key(&b->it))
        return "the one wants the key absent, the other one wants it there";
    if (a->it.type != b->it.type || a->it.set != SET_NONE || b->it.set != SET_NONE ||
        a->it.type == CONDITION_NULL || !needs_key(&a->it))
        return NULL;
    return values_apart(lint, a, b);
}

static void lint_pair(struct lint *lint, const struct lint_condition *a,
                      const struct lint_condition *b)
{
    const struct lint_place place = {.element = "Condition",
                                     .inner = b->operator_name,
                                     .innermost = b->it.key,
                                     .list = b->values};
    const char *why = contradiction(lint, a, b);

    if (why == NULL)
        why = contradiction(lint, b, a);
    if (why != NULL)
        lint_add(lint, LINT_NEVER_MATCHES, &place,
                 "%s and %s of %s never hold together: %s; the statement is void", a->operator_name,
                 b->operator_name, b->it.key, why);
}

/* --- What is missing -----------------------------------------------------------------------------
 */

static void lint_absent(struct lint *lint, const struct lint_condition *conditions, size_t count,
                        const struct lint_condition *tested)
{
    const struct lint_place place = {.element = "Condition",
                                     .inner = tested->operator_name,
                                     .innermost = tested->it.key,
                                     .list = tested->values};

    if (lint->deny || tested->it.set != SET_ALL)
        return;
    for (size_t i = 0; i < count; i++)
        if (str_eq_nocase(conditions[i].it.key, tested->it.key) && needs_key(&conditions[i].it))
            return;
    lint_add(lint, LINT_ALLOW_ABSENT, &place,
             "%s is true where %s is absent; add Null: {\"%s\": \"false\"}", tested->operator_name,
             tested->it.key, tested->it.key);
}

static bool is_of_caller(const char *key)
{
    static const char *const keys[] = {"aws:PrincipalOrgID", "aws:PrincipalOrgPaths",
                                       "aws:PrincipalAccount", "aws:PrincipalArn"};

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (str_eq_nocase(keys[i], key))
            return true;
    return false;
}

static bool is_of_service(const char *key)
{
    return str_eq_nocase(key, "aws:PrincipalIsAWSService") ||
           str_eq_nocase(key, "aws:PrincipalServiceName") ||
           str_eq_nocase(key, "aws:PrincipalServiceNamesList");
}

/* A service's own calls have none of the caller's keys, and what is absent is not equal. */
static void lint_services(struct lint *lint, const struct lint_condition *conditions, size_t count)
{
    const struct lint_condition *found = NULL;
    struct lint_place place = {.element = "Condition"};

    if (lint->documents[lint->document].kind != POLICY_RCP)
        return;
    for (size_t i = 0; i < count; i++) {
        if (is_of_service(conditions[i].it.key) || needs_key(&conditions[i].it))
            return;
        if (conditions[i].it.negated && is_of_caller(conditions[i].it.key))
            found = &conditions[i];
    }
    if (found == NULL)
        return;
    place.inner = found->operator_name;
    place.innermost = found->it.key;
    lint_add(lint, LINT_RCP_SERVICES, &place,
             "AWS services have no %s and are denied too; spare them with BoolIfExists: "
             "{\"aws:PrincipalIsAWSService\": \"false\"}",
             found->it.key);
}

void lint_together(struct lint *lint, const struct lint_condition *conditions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!lint_pay(lint, count))
            return;
        lint_absent(lint, conditions, count, &conditions[i]);
        for (size_t k = 0; k < i; k++)
            if (str_eq_nocase(conditions[k].it.key, conditions[i].it.key))
                lint_pair(lint, &conditions[k], &conditions[i]);
    }
    lint_services(lint, conditions, count);
}
