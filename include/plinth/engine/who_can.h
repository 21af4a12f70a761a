/*
 * who_can.h - which principals of a baseline the SCPs and RCPs let do an action in an account.
 *
 * Layer:  engine.  Asked of: the role that plinth enters the account with, the break-glass roles,
 *         the security role, any other role, service-linked roles, the root user, and central root
 *         sessions where the baseline has them.  Identity policies are taken to allow everything,
 *         and so are the task policies of root sessions.
 */
#ifndef PLINTH_ENGINE_WHO_CAN_H
#define PLINTH_ENGINE_WHO_CAN_H

#include "plinth/baseline/baseline.h"
#include "plinth/policy/evaluate.h"

#include <stddef.h>

struct arena; /* base/arena.h */

struct who_can_question {
    const struct baseline *baseline;
    const struct account *account;
    const char *account_id;             /* NULL: the baseline's, or 000000000000 */
    const char *organization_id;        /* NULL: not known */
    const struct policy_attached *over; /* what hangs over the account */
    const char *action;                 /* "s3:GetObject" */
    const char *resource;               /* NULL: not known */
    const char *region;                 /* aws:RequestedRegion */
};

struct who_can_row {
    const char *who; /* "role/OrganizationAccountAccessRole", "the root user" */
    const char *why; /* why the baseline knows it: "the role that plinth enters the account with" */
    struct policy_answer answer;
};

struct who_can_rows {
    struct who_can_row *items;
    size_t count, capacity;
};

/* owns: `arena`.  yields: no. */
void who_can(const struct who_can_question *question, struct arena *arena,
             struct who_can_rows *out);

#endif
