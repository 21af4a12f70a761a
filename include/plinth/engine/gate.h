/*
 * gate.h - the lock-out gate: whether the SCPs and RCPs of a baseline leave those their access who
 *          must keep it.
 *
 * Layer:  engine.  Asked for every member account of the baseline:
 *         - the role that plinth enters it with, and each break-glass role: every operation that
 * the controls declare which work there, in every region where they do;
 *         - the security role: those of them that read;
 *         - entering the account, and the tasks of central root sessions where the baseline has
 * them;
 *         - the roles with which AWS Backup and S3 copy into the backup account: what they need
 * for that (control/service_needs.h);
 *         - anybody: that region limits on several levels leave a region to work in.
 *         What is denied for sure is refused.  What hangs on a condition key or a resource that
 *         nobody can know here is told, as a warning.  With `live` the policies of others are over
 *         the accounts as well, each where it is attached, FullAWSAccess among them; then what was
 *         denied before the plan already is told, and not refused.
 */
#ifndef PLINTH_ENGINE_GATE_H
#define PLINTH_ENGINE_GATE_H

#include "plinth/base/err.h"
#include "plinth/baseline/baseline.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;     /* base/arena.h */
struct gate_live; /* engine/gate_live.h: what hangs on the organization now */

struct gate_finding {
    const char
        *policy;      /* what an override names; "FullAWSAccess" where nothing allows it any more */
    const char *text; /* "SCP plinth-root-1 statement DenyOtherRegions denies ..." */
    bool warning;     /* told, not refused */
};

struct gate_findings {
    struct gate_finding *items;
    size_t count;
};

struct gate_options {
    const struct baseline *baseline;
    const char *organization_id; /* NULL: not known */
    struct strings regions;      /* that every account has; none: those of the baseline only */
    /* The id of an account; may be NULL, and may give NULL: then the baseline's, if it has one. */
    const char *(*account_id)(const void *arg, const struct account *account);
    const void *arg;
    const struct gate_live *live; /* NULL: offline, as if nobody else had policies */
};

/* Look at all of the baseline's SCPs and RCPs as they would be.  owns: `arena`.  err: as
 * guardrails_new.  yields: no. */
int gate_check(const struct gate_options *options, struct arena *arena, struct gate_findings *out,
               struct err *err);

/* Whether every override names a policy.  err: ERR_USAGE.  yields: no. */
int gate_check_overrides(const struct gate_options *options, const char *const *overrides,
                         struct err *err);

/* Whether all findings but warnings are overridden by the name of their policy; `overrides` ends
 * with NULL, and may be NULL.  err: ERR_GATE with the first that is not, ERR_USAGE for a name that
 * is no policy of the baseline, nor of the organization.  yields: no. */
int gate_decide(const struct gate_options *options, const struct gate_findings *findings,
                const char *const *overrides, struct err *err);

#endif
