/*
 * ec2_setting.h - settings of EC2 that an account has for a whole region, and that a declarative
 * policy of the organization may hold in its place.
 *
 * Layer:  control, private.
 * Source: Organizations User Guide, "Declarative policies": the account cannot change what such a
 *         policy holds; the answers of EC2 say so in managedBy.
 */
#ifndef PLINTH_CONTROL_EC2_SETTING_H
#define PLINTH_CONTROL_EC2_SETTING_H

#include "plinth/control/control.h"

#include <stdbool.h>

/* Look at who holds what `answer` shows.  The organization's policy is as good as the account's own
 * setting where both want the same; where they do not, nothing here can mend it, and ctx->skip says
 * so.  yields: no. */
void ec2_setting_judge(struct control_ctx *ctx, const struct json *answer, bool as_wanted,
                       const char *live, const char *wanted);

/* Whether a setting goes to a weaker choice; `choices` has the strongest first.  yields: no. */
bool ec2_setting_weakens(const struct choice *choices, const char *from, const char *to);

#endif
