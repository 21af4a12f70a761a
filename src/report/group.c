/*
 * group.c - units that are alike: shown once, with the accounts and regions that they stand for.
 */
#include "report_priv.h"

#include "plinth/base/str.h"

static bool same_changes(const struct changes *a, const struct changes *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!change_same(&a->items[i], &b->items[i], false))
            return false;
    return true;
}

static bool are_alike(const struct unit_result *a, const struct unit_result *b)
{
    if (a->control != b->control || a->outcome != b->outcome || a->applied != b->applied ||
        !str_eq(a->reason, b->reason) || a->changes.note_count != b->changes.note_count)
        return false;
    for (size_t i = 0; i < a->changes.note_count; i++)
        if (!str_eq(a->changes.notes[i], b->changes.notes[i]))
            return false;
    return same_changes(&a->changes, &b->changes);
}

/* Whether the row behind `from` is alike and about the same regions. */
static bool row_follows(const struct run_result *run, size_t first, size_t from, size_t regions)
{
    const struct unit_result *units = run->units;

    if (from + regions > run->unit_count)
        return false;
    for (size_t r = 0; r < regions; r++)
        if (!are_alike(&units[first], &units[from + r]) ||
            !str_eq(units[from].account, units[from + r].account) ||
            !str_eq(units[first + r].region, units[from + r].region))
            return false;
    return from + regions == run->unit_count ||
           !str_eq(units[from].account, units[from + regions].account) ||
           !are_alike(&units[first], &units[from + regions]);
}

struct report_group report_group_at(const struct run_result *run, size_t first)
{
    const struct unit_result *units = run->units;
    struct report_group group = {.accounts = 1, .regions = 1};

    while (first + group.regions < run->unit_count &&
           str_eq(units[first].account, units[first + group.regions].account) &&
           are_alike(&units[first], &units[first + group.regions]))
        group.regions++;
    while (row_follows(run, first, first + group.accounts * group.regions, group.regions))
        group.accounts++;
    return group;
}
