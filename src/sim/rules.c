/*
 * rules.c - parameters checked against a service's rules, in the words AWS uses.
 */
#include "sim_priv.h"

#include <stdio.h>
#include <string.h>

/* Whether `c` is in `chars`, a list of characters and ranges ("a-z"); a '-' first is itself. */
static bool char_in(char c, const char *chars)
{
    for (const char *at = chars; *at != '\0'; at++) {
        if (at[1] == '-' && at[2] != '\0') {
            if (c >= at[0] && c <= at[2])
                return true;
            at += 2;
        } else if (c == *at) {
            return true;
        }
    }
    return false;
}

static bool value_in(const char *text, const char *values)
{
    size_t len = strlen(text);

    while (*values != '\0') {
        size_t step = strcspn(values, "|");

        if (step == len && strncmp(values, text, len) == 0)
            return true;
        values += step;
        values += *values == '|';
    }
    return false;
}

/* AWS names the member with a small first letter, whatever its wire name.  `value` is shown as it
 * is. */
static int broken(struct sim_call *call, const struct sim_rule *rule, const char *value,
                  const char *constraint)
{
    char name[64];

    (void)snprintf(name, sizeof name, "%s", rule->name);
    if (name[0] >= 'A' && name[0] <= 'Z' && !(name[1] >= 'A' && name[1] <= 'Z'))
        name[0] = (char)(name[0] - 'A' + 'a');
    return sim_bad_input(call,
                         "1 validation error detected: Value %s at '%s' failed to satisfy "
                         "constraint: Member must %s",
                         value, name, constraint);
}

static const char *quoted(const struct sim_call *call, const char *text)
{
    return arena_printf(call->arena, "'%s'", text);
}

static int check_number(struct sim_call *call, const struct sim_rule *rule,
                        const struct json *value)
{
    double number = value->number;
    uint64_t parsed;

    if (value->type == JSON_STRING) {
        if (!str_to_u64(value->string, &parsed))
            return broken(call, rule, quoted(call, value->string), "be a whole number");
        number = (double)parsed;
    } else if (value->type != JSON_NUMBER) {
        return broken(call, rule, "(no number)", "be a whole number");
    }
    if (number < rule->min)
        return broken(
            call, rule, arena_printf(call->arena, "'%.0f'", number),
            arena_printf(call->arena, "have value greater than or equal to %.0f", rule->min));
    if (rule->max > 0 && number > rule->max)
        return broken(
            call, rule, arena_printf(call->arena, "'%.0f'", number),
            arena_printf(call->arena, "have value less than or equal to %.0f", rule->max));
    return 0;
}

static int check_text(struct sim_call *call, const struct sim_rule *rule, const char *text)
{
    size_t len = strlen(text);

    if ((double)len < rule->min)
        return broken(
            call, rule, quoted(call, text),
            arena_printf(call->arena, "have length greater than or equal to %.0f", rule->min));
    if (rule->max > 0 && (double)len > rule->max)
        return broken(
            call, rule, quoted(call, text),
            arena_printf(call->arena, "have length less than or equal to %.0f", rule->max));
    if (rule->values != NULL && !value_in(text, rule->values))
        return broken(call, rule, quoted(call, text),
                      arena_printf(call->arena, "satisfy enum value set: [%s]", rule->values));
    for (const char *at = text; rule->chars != NULL && *at != '\0'; at++)
        if (!char_in(*at, rule->chars))
            return broken(call, rule, quoted(call, text),
                          arena_printf(call->arena, "satisfy regular expression pattern: %s",
                                       rule->pattern != NULL
                                           ? rule->pattern
                                           : arena_printf(call->arena, "[%s]+", rule->chars)));
    return 0;
}

/* A rule that limits nothing but presence fits every type. */
static bool is_text_rule(const struct sim_rule *rule)
{
    return rule->chars != NULL || rule->values != NULL || rule->max > 0 || rule->min > 0;
}

int sim_check(struct sim_call *call, const struct sim_rule *rule, const struct json *value)
{
    if (value == NULL || value->type == JSON_NULL)
        return rule->required ? broken(call, rule, "null", "not be null") : 0;
    if (rule->number)
        return check_number(call, rule, value);
    if (!is_text_rule(rule))
        return 0;
    if (value->type != JSON_STRING)
        return broken(call, rule, "(no string)", "be a string");
    return check_text(call, rule, value->string);
}

int sim_check_rules(struct sim_call *call, const struct sim_rule *rules, const struct json *params)
{
    for (const struct sim_rule *rule = rules; rule != NULL && rule->name != NULL; rule++)
        if (sim_check(call, rule, json_get(params, rule->name)) != 0)
            return -1;
    return 0;
}
