/*
 * gate_decide.c - what a person may let pass: findings of the gate, by the name of their policy.
 */
#include "gate_live.h"

#include "plinth/base/str.h"
#include "plinth/engine/gate.h"

static bool is_named(const char *const *names, const char *name)
{
    for (; names != NULL && *names != NULL; names++)
        if (str_eq(*names, name))
            return true;
    return false;
}

static bool is_policy(const struct gate_options *options, const char *name)
{
    for (size_t i = 0; i < options->baseline->policy_count; i++)
        if (str_eq(options->baseline->policies[i].name, name))
            return true;
    return options->live != NULL &&
           (str_eq(name, "FullAWSAccess") || gate_live_has(options->live, name));
}

int gate_check_overrides(const struct gate_options *options, const char *const *overrides,
                         struct err *err)
{
    for (; overrides != NULL && *overrides != NULL; overrides++)
        if (!is_policy(options, *overrides))
            return err_set(err, ERR_USAGE, "--override-gate %s: the %s no such policy", *overrides,
                           options->live == NULL ? "baseline has" : "organization has");
    return 0;
}

int gate_decide(const struct gate_options *options, const struct gate_findings *findings,
                const char *const *overrides, struct err *err)
{
    const struct gate_finding *first = NULL;
    size_t more = 0;

    if (gate_check_overrides(options, overrides, err) != 0)
        return -1;
    for (size_t i = 0; i < findings->count; i++) {
        if (findings->items[i].warning || is_named(overrides, findings->items[i].policy))
            continue;
        if (first == NULL)
            first = &findings->items[i];
        else
            more++;
    }
    if (first == NULL)
        return 0;
    if (more > 0)
        return err_set(err, ERR_GATE,
                       "%s; there are %zu more (plinth validate lists them); --override-gate %s "
                       "would let it pass",
                       first->text, more, first->policy);
    return err_set(err, ERR_GATE, "%s; --override-gate %s would let it pass", first->text,
                   first->policy);
}
