/*
 * requests.h - what requests name, on the command line and in files of cases: regions, resources.
 *
 * Layer:  cli.
 */
#ifndef PLINTH_CLI_REQUESTS_H
#define PLINTH_CLI_REQUESTS_H

#include "plinth/baseline/baseline.h"

struct arena; /* base/arena.h */

/* What is wrong with a region that somebody named: it is in another partition than the baseline, or
 * neither plinth nor the baseline knows it.  NULL: nothing.  owns: `arena`.  yields: no. */
const char *region_mistake(const struct baseline *baseline, const char *region,
                           struct arena *arena);

/* What is wrong with a resource: it is neither an ARN nor "*".  NULL: nothing.  owns: `arena`.
 * yields: no. */
const char *resource_mistake(const char *resource, struct arena *arena);

#endif
