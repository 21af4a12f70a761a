/*
 * chain.h - the policies of AWS Organizations that are over an account or a unit, from the root
 *           down: as a baseline has them, or as they hang in AWS now, whoever made them.
 *
 * Layer:  engine.
 * Source: docs.aws.amazon.com/organizations/latest/APIReference: ListPoliciesForTarget,
 *         DescribePolicy, DescribeEffectivePolicy.
 */
#ifndef PLINTH_ENGINE_CHAIN_H
#define PLINTH_ENGINE_CHAIN_H

#include "plinth/aws/call.h"
#include "plinth/baseline/baseline.h"
#include "plinth/control/inventory.h"
#include "plinth/policy/organization.h"

#include <stdbool.h>
#include <stddef.h>

struct arena; /* base/arena.h */

struct chain_policy {
    const struct policy_type *type;
    const char *name, *description; /* the description NULL or empty: it has none */
    const char *id;                 /* in AWS; NULL: of a baseline */
    bool is_aws;                    /* FullAWSAccess and its like */
    bool is_ours;                   /* the baseline's, by its type and name */
    size_t characters;
    const struct json *document;
};

struct chain_level {
    const char *name; /* "the root", "Workloads/Prod", "account Shop" */
    const char *id;   /* in AWS; NULL: of a baseline */
    struct chain_policy *policies;
    size_t count, capacity;
};

/* What AWS makes of the policies of a type whose language merges from level to level. */
struct chain_merged {
    const struct policy_type *type;
    const struct json *document;
};

struct chain {
    struct chain_level *levels; /* from the root down */
    size_t count;
    bool is_management;          /* the management account: no SCP and no RCP binds it */
    struct chain_merged *merged; /* live, of an account */
    size_t merged_count, merged_capacity;
};

/* What chain_read calls; ends with AWS_OP_NONE. */
extern const enum aws_op chain_ops[];

/* As the baseline has them; what AWS attaches by itself counts as attached.  `place` is the name or
 * id of an account, the path of a unit or "root".  owns: `arena`.  err: ERR_USAGE when the baseline
 * has no such place.  yields: no. */
int chain_of_baseline(const struct baseline *baseline, const char *place, struct arena *arena,
                      struct chain *out, struct err *err);

/* As they hang in AWS now.  `place` may also be an account or a unit that the baseline does not
 * have, by its name, id or path there.  A call for each level and type that is enabled, one for
 * each policy, and of an account one for each type that merges.  owns: `arena`. err: ERR_USAGE when
 * there is no such place, or several accounts of that name; ERR_NOTFOUND when there is no
 * organization; as aws_call.  yields: yes. */
int chain_read(const struct aws_target *management, const struct inventory *inventory,
               const struct baseline *baseline, const char *place, struct arena *arena,
               struct chain *out, struct err *err);

#endif
