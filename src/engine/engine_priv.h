/*
 * engine_priv.h - the parts of the engine.
 *
 * engine.c   identity, selection, specs, who calls
 * order.c    phases, units and their numbers
 * regions.c  which regions there are, and which of them an account has
 * walk.c     a plan and an apply as walks over the phases
 * shard.c    what belongs to which of several processes, and waiting for the first
 * results.c  what is kept of the units of a run: see plinth/engine/results.h
 * share.c    changes of units that are alike, kept once
 * before.c   what a unit comes after
 * patience.c waiting for what is new
 * run.c      one unit: observe, diff, apply, verify
 * failures.c the parts of a unit that failed
 * gate.c     whether policies lock anybody out: see plinth/engine/gate.h
 */
#ifndef PLINTH_ENGINE_PRIV_H
#define PLINTH_ENGINE_PRIV_H

#include "plinth/engine/engine.h"

#include "plinth/control/facts.h"
#include "plinth/fiber/fiber.h"

enum { ORDER_CONTROLS_MOST = 64 };

/* Controls that run together: those of the organization one after the other, or those of accounts,
 * every account at the same time and its controls one after the other. */
struct phase {
    bool per_account;
    size_t controls[ORDER_CONTROLS_MOST]; /* indexes into order.controls */
    size_t count;
};

/* All controls, dependencies first, and the number of the first unit of each. */
struct order {
    const struct control *controls[ORDER_CONTROLS_MOST];
    size_t first_unit[ORDER_CONTROLS_MOST];
    size_t count;
    struct phase phases[ORDER_CONTROLS_MOST];
    size_t phase_count;
    size_t region_count;
    size_t unit_count; /* of all controls, on or off */
};

enum { NO_ACCOUNT = -1, NO_REGION = -1 };

struct unit {
    size_t control;    /* index into order.controls */
    ptrdiff_t account; /* index into baseline->accounts; NO_ACCOUNT */
    ptrdiff_t region;  /* index into engine->regions; NO_REGION */
    size_t index;      /* see order.first_unit */
};

/* What is kept of every unit: one byte. */
enum unit_state {
    UNIT_OFF,     /* not selected, or its control is off for it: no target */
    UNIT_FOREIGN, /* another shard's: no target here */
    UNIT_LACKING, /* likewise; one of ours needs it, and it is not done */
    UNIT_WAITING, /* selected, nothing known yet */
    UNIT_DONE,    /* + enum outcome */
};

struct member {
    struct credentials_provider *credentials; /* NULL until it is entered */
    struct credentials_provider *incognito;   /* likewise, under a name that is not ours */
    const bool *regions;                      /* enabled, per region; NULL: not known (yet) */
    size_t shard;                             /* that it belongs to */
};

struct region {
    const char *name;
    bool everywhere;    /* every account has it; else it is opted in to */
    bool in_management; /* the management account has it */
};

/* Of the partition, by name; none if no control has regions. */
struct regions {
    struct region *items;
    size_t count, capacity;
};

struct spec_cache {
    const struct node *node; /* the last one decoded */
    const void *spec;
};

struct engine {
    struct engine_options options;
    struct arena *arena; /* lives as long as the engine */
    struct identity identity;
    int64_t busy_us;                 /* in identify, plan and apply: not while somebody was asked */
    struct aws_counts counts_before; /* of the client, when the engine was made */
    struct inventory_cache *inventory;
    struct facts *facts;
    struct order order;
    struct regions regions;
    bool management_regions_stale; /* in_management must be read again */
    struct member *members;        /* per account of the baseline */
    struct spec_cache *specs;      /* per control */
    unsigned char *states;         /* per unit: UNIT_DONE + outcome */
    struct fiber_sem places;       /* for units of regions under way, of all accounts together */
    struct run_result plan;        /* the last one */
    struct run_result result;      /* of the last apply */
};

/* order.c */
void order_build(struct order *order);
void order_number(struct order *order, size_t account_count, size_t region_count);
struct unit order_unit(const struct order *order, size_t control, ptrdiff_t account,
                       ptrdiff_t region);

/* The unit of `other` that must be done before a unit.  False: there is none.  Controls of accounts
 * are only waited for by those of accounts: one bad account must not stop the organization. */
bool order_before(const struct order *order, const struct unit *unit, size_t other,
                  struct unit *out);

/* shard.c: which shard an account belongs to (the email's SHA-256), and which one a unit does. */
size_t shard_of_account(const struct shard *shard, const struct account *account);
size_t shard_of_unit(const struct engine *engine, const struct unit *unit);

/* The first control that a unit of ours comes after and that another shard has not done; NULL:
 * nothing stands in its way. */
const char *shard_lacks(const struct engine *engine, const struct unit *unit);

/* walk.c: note what each unit is before a plan, and count the targets. */
size_t walk_turn_on(struct engine *engine);

/* Whether an account has any target of that control, which has accounts. */
bool walk_is_on(const struct engine *engine, size_t control, ptrdiff_t account);

/* regions.c: read the regions of the partition, if a control that is on has some.  yields: yes. */
int regions_read(struct engine *engine, struct err *err);

/* Read which regions an account (NO_ACCOUNT: the management account) has, unless it is known or the
 * account does not exist (or cannot be entered) yet.  err: as aws_call.  yields: yes. */
int regions_ask(struct engine *engine, ptrdiff_t account, struct err *err);
bool regions_enabled(const struct engine *engine, ptrdiff_t account, size_t region);

/* Whether a control switches on a region that the account does not have.  yields: no. */
bool regions_coming(struct engine *engine, ptrdiff_t account, size_t region);

/* What was known of the account's regions is out of date.  yields: no. */
void regions_forget(struct engine *engine, ptrdiff_t account);

/* before.c: why a unit cannot be judged: what it needs was not read or not done.  NULL: nothing
 * stands in its way.  owns: `arena`.  yields: no. */
const char *before_blocks(const struct engine *engine, const struct unit *unit,
                          struct arena *arena);

/* Whether the unit's service is yet to get the trusted access of the organization in this run: what
 * AWS refuses before that may be there or not.  yields: no. */
bool before_opens(const struct engine *engine, const struct unit *unit);

/* Whether what it comes after, needed or not, may have changed what the unit looks like. */
bool before_moved(const struct engine *engine, const struct unit *unit);

/* patience.c: whether what is new may have refused that for being new, and wait before the next
 * try; false when patience is at its end, or when a stop has come, which is then the error. yields:
 * patience_wait. */
bool patience_fits(const struct err *err);
bool patience_wait(const struct engine *engine, int64_t *waited_ms, struct err *err);

/* failures.c: the changes of a unit that failed. */
struct failure {
    const struct change *change;
    const struct err *err;
    bool final; /* another try is no use */
};

struct failures {
    struct failure *items;
    size_t count, capacity;
};

/* Whether what failed leaves that change undone.  yields: no. */
bool failures_stop(const struct failures *failures, const struct change *change);

/* `change` outlives it; the error is copied.  yields: no. */
void failures_add(struct failures *failures, const struct change *change, const struct err *err,
                  bool final, struct arena *arena);

/* Before another try: only what is final stays.  yields: no. */
void failures_forget(struct failures *failures);

/* 0: there are none; else the error of one, if possible of one that another try may mend.
 * yields: no. */
int failures_result(const struct failures *failures, struct err *err);

/* All that is wrong, with the problems of the last reading; NULL: nothing.  yields: no. */
const char *failures_text(const struct failures *failures, const struct changes *changes,
                          struct arena *arena);

/* What a unit is that has problems and no changes.  yields: no. */
enum outcome failures_outcome(const struct changes *changes);

/* engine.c */
bool engine_selects(const struct engine *engine, const struct unit *unit);
const struct node *engine_spec_node(struct engine *engine, const struct unit *unit);
int engine_spec(struct engine *engine, const struct unit *unit, const void **out, struct err *err);

/* What a unit's control works with, but for whom it calls.  err: as engine_spec.  yields: no. */
int engine_unit_context(struct engine *engine, const struct unit *unit, struct arena *arena,
                        struct control_ctx *out, struct err *err);
const char *engine_account_id(const struct engine *engine, ptrdiff_t account);

/* Whether AWS may not be done with setting up that account (NO_ACCOUNT: the management account). */
bool engine_is_fresh(const struct engine *engine, ptrdiff_t account);

/* Whose account a control works in: an index, or NO_ACCOUNT for the management account.  False:
 * no account of the baseline has that role. */
bool engine_actor(const struct engine *engine, const struct control *control, ptrdiff_t account,
                  ptrdiff_t *out);

/* Who calls in that account (NO_ACCOUNT: the management account); see control.incognito.  False: it
 * does not exist. */
bool engine_target(struct engine *engine, bool incognito, ptrdiff_t account, const char *region,
                   struct aws_target *out);

/* share.c: changes with their notes, kept once as long as `arena` lives.  yields: no. */
struct share_table; /* share.c */
struct share_table *share_table_new(struct arena *arena);
const struct changes *share_changes(struct share_table *table, const struct changes *changes);

/* Add a copy, but for its subject.  yields: no. */
void share_copy_change(struct changes *to, const struct change *change);

/* run.c: each ends with the unit's state set and, if there is something to say, a result in `run`.
 * yields: yes. */
void run_plan_unit(struct engine *engine, const struct unit *unit);

/* Whether a unit is seen to be as the baseline says; nothing is noted.  yields: yes. */
bool run_is_done(struct engine *engine, const struct unit *unit);
void run_unread_unit(struct engine *engine, const struct unit *unit, const struct err *err);
void run_keep_unit(struct engine *engine, const struct unit *unit,
                   const struct unit_result *planned);
void run_apply_unit(struct engine *engine, const struct unit *unit,
                    const struct unit_result *planned);

/* `i`: of engine->result. */
void run_verify_unit(struct engine *engine, const struct unit *unit, size_t i);

#endif
