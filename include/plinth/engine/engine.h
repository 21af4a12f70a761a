/*
 * engine.h - plan, apply and verify: from a baseline and a live organization to no difference.
 *
 * Layer:  engine.  A target is one control for one thing of its scope (the organization, an
 * account, a region, an account in a region).  Every target ends in exactly one outcome, and the
 *         outcomes of a run add up to its targets: nothing that was left out looks clean.
 */
#ifndef PLINTH_ENGINE_ENGINE_H
#define PLINTH_ENGINE_ENGINE_H

#include "plinth/aws/call.h"
#include "plinth/aws/credentials.h"
#include "plinth/base/err.h"
#include "plinth/baseline/baseline.h"
#include "plinth/control/change.h"
#include "plinth/control/control.h"
#include "plinth/engine/gate.h"
#include "plinth/engine/results.h"
#include "plinth/policy/evaluate.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;     /* base/arena.h */
struct engine;    /* opaque */
struct inventory; /* control/inventory.h */
struct outlet;    /* control/outlet.h */

/* What the engine itself calls in management and member accounts, if a control has regions; ends
 * with AWS_OP_NONE. */
extern const enum aws_op engine_region_ops[];

/* Whom we are: shown before anything is changed. */
struct identity {
    const char *account_id, *arn, *partition;
    const char *organization_id;       /* NULL: no organization yet */
    const char *management_account_id; /* NULL likewise */
};

/* Which targets; each list ends with NULL, NULL takes all. */
struct selection {
    const char *const *accounts; /* names or ids */
    const char *const *ous;      /* paths; what is below belongs to it */
    const char *const *regions;
    const char *const *beside;  /* controls of the organization that stay in where accounts or
                                 * units are named; NULL takes none */
    const char *const *only;    /* controls */
    const char *const *exclude; /* controls */
    bool around; /* where accounts or OUs are named: also the targets of the organization that the
                  * control "accounts" comes after (with their parts), so that an account has where
                  * to stand */
};

/* One of several processes that do one run together.  An account belongs to one of them by its
 * email, which it has before it has an id; what works from the management account or an
 * administrator's, and these accounts themselves, belong to the first. */
struct shard {
    size_t index, count; /* count 0 or 1: it is alone */
};

enum { SHARD_COUNT_MOST = 1000 };

/* Told as things happen; each may be NULL.  Called on a fiber; must not wait. */
struct engine_observer {
    void (*total)(void *arg, size_t targets); /* before the first target */
    void (*unit_done)(void *arg, const struct unit_result *unit);
    void (*change_begin)(void *arg, const struct unit_result *unit, const struct change *change);
    void (*change_end)(void *arg, const struct unit_result *unit, const struct change *change,
                       const struct err *err); /* err NULL: it is done */
    void *arg;
};

struct engine_options {
    struct sched *sched;
    struct aws_client *client;
    struct credentials_provider *credentials; /* of the management account; not owned */
    const struct credentials_world *world;    /* to enter member accounts; outlives the engine */
    const struct baseline *baseline;
    const struct outlet *outlet; /* for controls that plant something; NULL: they cannot */
    struct selection selection;
    struct shard shard;
    struct engine_observer observer;
    bool prune;
    size_t accounts_in_flight; /* 0: 128 */
    int64_t patience_ms; /* how long a fresh organization, account or role may refuse; 0: 10 min */
};

/* owns: caller, engine_free().  yields: no. */
struct engine *engine_new(const struct engine_options *options);
void engine_free(struct engine *engine);

/* Ask STS and Organizations who we are.  owns: the engine.  err: as aws_call; ERR_GATE when we are
 * not in the management account, or the baseline names another one.  yields: yes. */
int engine_identify(struct engine *engine, struct identity *out, struct err *err);

/* The organization as it was read last, with what was written since; see control/inventory.h.
 * engine_identify comes first.  err: as aws_call.  yields: yes. */
int engine_inventory(struct engine *engine, const struct inventory **out, struct err *err);

/* Who calls in the management account, in the home region, as the engine itself does; `out` lives
 * as long as the engine.  engine_identify comes first.  yields: no. */
void engine_management(struct engine *engine, struct aws_target *out);

/* Who calls in an account of the baseline, in a region, as the engine itself does; `out` lives as
 * long as the engine.  False: the account does not exist.  engine_identify comes first.
 * yields: no. */
bool engine_enter(struct engine *engine, const struct account *account, const char *region,
                  struct aws_target *out);

/* What a control of that account works with outside of a plan or an apply, for a command that does
 * what the control knows to do: it may write, but call nothing that the control does not declare.
 * owns: `arena`, which the engine outlives.  engine_identify comes first.  err: ERR_USAGE when the
 * control is off for the account, ERR_NOTFOUND when the account does not exist.  yields: no. */
int engine_context(struct engine *engine, const struct control *control,
                   const struct account *account, struct arena *arena, struct control_ctx *out,
                   struct err *err);

/* Whether the selection names only what exists.  err: ERR_USAGE with the near match.  yields: no.
 */
int engine_check_selection(const struct engine *engine, struct err *err);

/* Of a shard that is not the first: wait until what its targets come after and the first one makes
 * is as the baseline says, by reading it; `told` hears now and then what is waited for.  What is
 * lacking after `wait_ms` is no error: the plan then leaves out what needs it.  *out is then who we
 * are, as of engine_identify, which comes first.  Below 0 nothing is read, and a plan
 * takes things as they are.
 * err: ERR_CANCELLED, as aws_call.  yields: yes. */
int engine_await(struct engine *engine, int64_t wait_ms, void (*told)(void *arg, const char *text),
                 void *arg, struct identity *out, struct err *err);

/* Read everything selected and compare; writes nothing.  engine_identify comes first.  *out belongs
 * to the engine and stays until the next engine_plan.
 * err: only when nothing could be planned at all.  yields: yes. */
int engine_plan(struct engine *engine, const struct run_result **out, struct err *err);

/* The SCPs and RCPs that hang over an account of the baseline now, whoever made them, to be asked
 * alone.  Two calls for each policy; engine_identify comes first.  owns: `arena`.
 * err: ERR_NOTFOUND when there is no organization or no such account; ERR_CONFIG for a policy that
 * cannot be evaluated; as aws_call.  yields: yes. */
int engine_attached(struct engine *engine, const struct account *account, struct arena *arena,
                    struct policy_attached *out, struct err *err);

/* What engine_attached calls besides inventory_ops; ends with AWS_OP_NONE. */
extern const enum aws_op engine_attached_ops[];

/* Whether the last plan's changes of policies, and of where accounts are, leave those their access
 * who must keep it: see gate.h.  Reads the SCPs and RCPs of everybody.  A plan that changes nothing
 * of the kind passes.  `overrides` as of gate_decide; *out, with what is only told, lives as long
 * as the plan.  err: ERR_GATE naming the statement, ERR_USAGE; as aws_call.  yields: yes. */
int engine_gate(struct engine *engine, const char *const *overrides, struct gate_findings *out,
                struct err *err);

/* Add a note to the i-th unit of the last plan, for its report.  yields: no. */
void engine_note(struct engine *engine, size_t i, const char *text);

/* In which account a unit of a plan works.  NULL: none of the baseline.  yields: no. */
const struct account *engine_place(const struct engine *engine, const struct unit_result *unit);

/* Carry out the last plan, and nothing else: every target that differs is read again, changed, and
 * read back.  What a reading shows that was not in the plan is not done (ERR_GATE), and neither is
 * what the plan could not read; a target that was planned blind takes what it needs.  Dependencies
 * first; a failed target never stops the others that do not need it.
 * err: only when nothing could be done at all.  yields: yes. */
int engine_apply(struct engine *engine, const struct run_result **out, struct err *err);

/* SHA-256 over everything a plan would do and over the values it saw, in hex: equal for equal
 * plans, whatever the order they were read in.  yields: no. */
void plan_digest(const struct run_result *plan, char out[65]);

#endif
