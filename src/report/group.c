/*
 * group.c - units that are alike: shown once, with the accounts and regions that they stand for.
 */
#include "report_priv.h"

#include "plinth/base/str.h"

static bool same_account(const struct run_result *run, size_t i, size_t k)
{
    return str_eq(results_unit(run, i).account, results_unit(run, k).account);
}

static bool same_region(const struct run_result *run, size_t i, size_t k)
{
    return str_eq(results_unit(run, i).region, results_unit(run, k).region);
}

/* Whether the row behind `from` is alike and about the same regions. */
static bool row_follows(const struct run_result *run, size_t first, size_t from, size_t regions)
{
    if (from + regions > run->unit_count)
        return false;
    for (size_t r = 0; r < regions; r++)
        if (!results_alike(run, first, from + r) || !same_account(run, from, from + r) ||
            !same_region(run, first + r, from + r))
            return false;
    return from + regions == run->unit_count || !same_account(run, from, from + regions) ||
           !results_alike(run, first, from + regions);
}

struct report_group report_group_at(const struct run_result *run, size_t first)
{
    struct report_group group = {.run = run, .first = first, .accounts = 1, .regions = 1};

    while (first + group.regions < run->unit_count &&
           same_account(run, first, first + group.regions) &&
           results_alike(run, first, first + group.regions))
        group.regions++;
    while (row_follows(run, first, first + group.accounts * group.regions, group.regions))
        group.accounts++;
    return group;
}
