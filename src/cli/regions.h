/*
 * regions.h - names of regions on the command line and in files of requests.
 *
 * Layer:  cli.
 */
#ifndef PLINTH_CLI_REGIONS_H
#define PLINTH_CLI_REGIONS_H

#include "plinth/baseline/baseline.h"

struct arena; /* base/arena.h */

/* What is wrong with a region that somebody named: it is in another partition than the baseline, or
 * neither plinth nor the baseline knows it.  NULL: nothing.  owns: `arena`.  yields: no. */
const char *region_mistake(const struct baseline *baseline, const char *region,
                           struct arena *arena);

#endif
