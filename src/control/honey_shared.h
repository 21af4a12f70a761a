/*
 * honey_shared.h - what the files of control "honey_tokens" share.
 *
 * Layer:  control, private.
 */
#ifndef PLINTH_CONTROL_HONEY_SHARED_H
#define PLINTH_CONTROL_HONEY_SHARED_H

#include "plinth/control/honey.h"

extern const struct schema honey_schema;

/* As control.check.  yields: no. */
void honey_check(const struct baseline *baseline, const void *decoded, struct diags *diags);

/* The word in a text that gives a honey token away; NULL: there is none.  Static storage.
 * yields: no. */
const char *honey_hint(const char *text);

/* False: there is no such kind.  yields: no. */
bool honey_kind_find(const char *name, enum honey_kind *out);

/* Whether a token of the settings lives in the account.  yields: no. */
bool honey_concerns(const struct baseline *baseline, const void *spec,
                    const struct account *account);

#endif
