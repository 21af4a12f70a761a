/*
 * refusals.h - what AWS refused to a service of the organization in this run, or has not been asked
 *              yet, for who needs it.
 *
 * Layer:  control.
 */
#ifndef PLINTH_CONTROL_REFUSALS_H
#define PLINTH_CONTROL_REFUSALS_H

#include "plinth/base/err.h"

#include <stdbool.h>

struct arena; /* base/arena.h */
struct facts; /* control/facts.h */

enum refusal {
    REFUSAL_TRUSTED_ACCESS,
    REFUSAL_ADMINISTRATOR, /* delegated */
    REFUSAL_COUNT
};

/* Note how it went for that service; `result` 0: well, and what was noted before is forgotten.
 * Returns `result`.  yields: no. */
int refusals_note(struct facts *facts, enum refusal refusal, const char *principal, int result,
                  const struct err *err);

/* Note whether the service is without its trusted access, which this run is to turn on: what it
 * guards cannot be read before that.  yields: no. */
void refusals_await(struct facts *facts, const char *principal, bool awaited);
bool refusals_is_awaited(const struct facts *facts, const char *principal);

/* "trusted access for config.amazonaws.com, which was refused: ..."; NULL: nothing was.
 * owns: `arena`.  yields: no. */
const char *refusals_of(const struct facts *facts, enum refusal refusal, const char *principal,
                        struct arena *arena);

#endif
