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
 *         - anybody: that region limits on several levels leave a region to work in.
 *         What is denied for sure is a finding; what hangs on an unknown condition key is none.
 *         Foreign policies are taken as unchanged: plinth adds to them, and only its own can be the
 *         news.  plinth never detaches FullAWSAccess or the last policy of a target.
 */
#ifndef PLINTH_ENGINE_GATE_H
#define PLINTH_ENGINE_GATE_H

#include "plinth/base/err.h"
#include "plinth/baseline/baseline.h"

#include <stddef.h>

struct arena; /* base/arena.h */

struct gate_finding {
    const char *policy; /* its name in the baseline: what an override names */
    const char *text;   /* "SCP plinth-root-1 statement DenyOtherRegions denies ..." */
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
};

/* Look at all of the baseline's SCPs and RCPs as they would be.  owns: `arena`.  err: as
 * guardrails_new.  yields: no. */
int gate_check(const struct gate_options *options, struct arena *arena, struct gate_findings *out,
               struct err *err);

/* Whether all findings are overridden by the name of their policy; `overrides` ends with NULL, and
 * may be NULL.  err: ERR_GATE with the first that is not, ERR_USAGE for a name that is no policy of
 * the baseline.  yields: no. */
int gate_decide(const struct baseline *baseline, const struct gate_findings *findings,
                const char *const *overrides, struct err *err);

#endif
