/*
 * evaluate_asks.c - what of a request a policy looks at.
 */
#include "evaluate_priv.h"

#include "plinth/base/str.h"

static bool names_action(const struct statement *statement, const char *action)
{
    struct context context = {0}; /* patterns of actions ask for nothing */

    for (size_t i = 0; i < statement->actions.count; i++)
        if (pattern_match(&statement->actions.items[i], action, &context) != TRUTH_NO)
            return !statement->actions.negated;
    return statement->actions.negated;
}

static bool is_anything(const struct pattern *pattern)
{
    return pattern->count == 1 && pattern->units[0] == UNIT_ANY;
}

static bool has_variable(const struct pattern *pattern, const char *key)
{
    for (size_t i = 0; i < pattern->variable_count; i++)
        if (str_eq_nocase(pattern->variables[i].key, key))
            return true;
    return false;
}

static bool asks_for_resource(const struct statement *statement)
{
    for (size_t i = 0; i < statement->resources.count; i++)
        if (!is_anything(&statement->resources.items[i]))
            return true;
    return false;
}

static bool asks_for_key(const struct statement *statement, const char *key)
{
    for (size_t i = 0; i < statement->resources.count; i++)
        if (has_variable(&statement->resources.items[i], key))
            return true;
    for (size_t i = 0; i < statement->condition_count; i++) {
        const struct condition *condition = &statement->conditions[i];

        if (str_eq_nocase(condition->key, key))
            return true;
        for (size_t j = 0; j < condition->count; j++)
            if (has_variable(&condition->values[j].pattern, key))
                return true;
    }
    return false;
}

bool policy_asks_for(const struct policy_compiled *policy, const char *action, const char *key)
{
    for (size_t i = 0; i < policy->count; i++) {
        const struct statement *statement = &policy->statements[i];

        if (names_action(statement, action) &&
            (key == NULL ? asks_for_resource(statement) : asks_for_key(statement, key)))
            return true;
    }
    return false;
}
