/*
 * results.c - the units of a plan or an apply that have something to say.
 *
 * They are not in the arena of the run: there every growth would leave the smaller array behind,
 * and there is one unit for each control, account and region.
 */
#include "engine_priv.h"

#include "plinth/base/arena.h"

#include <stdio.h>
#include <stdlib.h>

enum { UNITS_FIRST = 64 };

void results_begin(struct run_result *run, struct arena *arena)
{
    free(run->units);
    arena_reset(arena);
    *run = (struct run_result){.arena = arena};
}

void results_add(struct run_result *run, const struct unit_result *unit)
{
    if (run->unit_count == run->unit_capacity) {
        size_t larger = run->unit_capacity == 0 ? UNITS_FIRST : 2 * run->unit_capacity;
        struct unit_result *units = reallocarray(run->units, larger, sizeof *units);

        if (units == NULL) {
            (void)fprintf(stderr, "plinth: out of memory (for %zu results)\n", larger);
            exit(1);
        }
        run->units = units;
        run->unit_capacity = larger;
    }
    run->units[run->unit_count++] = *unit;
}
