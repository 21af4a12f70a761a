/*
 * rollout.h - a change goes through the organization in waves, and stops when it does harm.
 *
 * Layer:  engine.  A wave is accounts of the baseline (struct wave).  What works in an account is
 *         applied wave by wave.  An SCP or RCP that is new or changed is first attached as a
 *         temporary copy (its name with ROLLOUT_SUFFIX) to the accounts of the waves so far, or to
 *         units that lie wholly in them; when all waves are through, the settling step makes the
 *         real change and takes the copies away.  All else that is the organization's own comes
 *         with the settling step.  The policies as a step wants them are a baseline of their own,
 *         which goes through plan, gate and apply like any other: so each step converges from
 *         wherever a run before was killed.
 */
#ifndef PLINTH_ENGINE_ROLLOUT_H
#define PLINTH_ENGINE_ROLLOUT_H

#include "plinth/aws/call.h"
#include "plinth/base/err.h"
#include "plinth/baseline/baseline.h"
#include "plinth/codec/json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;      /* base/arena.h */
struct engine;     /* engine/engine.h */
struct run_result; /* engine/engine.h */

#define ROLLOUT_SUFFIX "+rollout"
#define ROLLOUT_FORMAT "plinth/rollout/v1"

/* --- The policies of a step ----------------------------------------------------------------------
 */

enum { ROLLOUT_SETTLED = -1 };

/* The baseline with the policies that stand while the first `reach` waves have what is new:
 * temporary copies over these waves, and nothing else of the baseline's own (it stays as it is
 * live); 0: no copy any more.  ROLLOUT_SETTLED: the whole baseline, and no copy any more.  `engine`
 * has the whole baseline, and its last plan has read the control "policies".  owns: `arena`; shares
 * accounts and units with the baseline.  err: as aws_call; ERR_CONFLICT when the policies could not
 * be read.  yields: yes. */
int rollout_baseline(struct engine *engine, int reach, struct arena *arena,
                     const struct baseline **out, struct err *err);

/* --- Health --------------------------------------------------------------------------------------
 */

/* What a rollout calls besides in member accounts; ends with AWS_OP_NONE. */
extern const enum aws_op rollout_ops[];

/* Calls in a wave's accounts that an SCP or RCP denied explicitly; plinth's own are not counted. */
struct rollout_denied {
    uint64_t before, after; /* the split */
    const char *example;    /* "s3:GetObject by ... in ACCOUNT, REGION"; NULL */
    const char *unread;     /* what could not be asked and should have been; NULL: nothing */
    bool more;              /* there were more events than are read of one account and region */
};

/* Ask the event history of each account of the wave, in all its regions.  owns: `arena`.  err:
 * ERR_CANCELLED; what cannot be asked is told in *out.  yields: yes. */
int rollout_look(struct engine *engine, const struct wave *wave, int64_t from_ms, int64_t split_ms,
                 int64_t to_ms, struct arena *arena, struct rollout_denied *out, struct err *err);

/* Whether a CloudTrail record is a call that an SCP or RCP denied explicitly, of somebody else than
 * plinth in `member_role`.  yields: no. */
bool rollout_is_denial(const struct json *record, const char *member_role);

/* Whether that is more than `denied_most` beyond what was denied in as long a time before.  */
bool rollout_alarms(const struct rollout_denied *denied, uint64_t denied_most);

/* --- The rollout as it stands --------------------------------------------------------------------
 */

enum rollout_phase { ROLLOUT_APPLY, ROLLOUT_BAKE, ROLLOUT_SETTLE };

enum rollout_state {
    ROLLOUT_RUNNING, /* or killed: it goes on from here */
    ROLLOUT_PAUSED,
    ROLLOUT_STOPPED, /* it did harm, or failed; waits for resume or abort */
    ROLLOUT_ABORTED,
    ROLLOUT_DONE,
};

/* Static storage. */
const char *rollout_state_name(enum rollout_state state);

struct rollout_progress {
    int64_t began_ms; /* 0: not yet */
    size_t failed;    /* accounts */
    uint64_t denied_before, denied;
};

struct rollout {
    const struct rollout_spec *spec;
    const char *id, *digest; /* digest: of the baseline and of who is in which wave */
    enum rollout_state state;
    enum rollout_phase phase;
    size_t wave;           /* under way; the count of waves when it settles */
    int64_t bake_since_ms; /* of ROLLOUT_BAKE: it lasts as long as the baseline says by now */
    bool detaching;        /* what the stopped wave attached is to be taken away */
    bool detached;         /* and it was */
    const char *why;       /* of ROLLOUT_STOPPED; NULL */
    struct rollout_progress *waves;
    bool detach_on_alarm;
    const struct share *failures_most; /* in the place of each wave's; NULL */
    struct arena *arena;
};

/* A new one that has not begun.  owns: `arena`.  yields: no. */
struct rollout *rollout_new(const struct rollout_spec *spec, const char *id, const char *digest,
                            struct arena *arena);

/* As a document, and back; a document of another digest has no waves of ours.  owns: `arena`.
 * err: ERR_PROTOCOL; ERR_GATE when the baseline is another one.  yields: no. */
struct json *rollout_document(const struct rollout *rollout, struct arena *arena);
int rollout_parse(const struct json *document, struct rollout *rollout, struct err *err);

/* --- Its course ----------------------------------------------------------------------------------
 */

enum rollout_request { ROLLOUT_GO, ROLLOUT_PAUSE, ROLLOUT_ABORT };

/* What an apply of a step came to. */
struct rollout_tally {
    size_t accounts_failed; /* with a target that failed, was skipped or is unknown */
    const char *example;    /* the first of them, and why; NULL */
    const char *failure;    /* what stops the rollout whatever the limit; NULL: nothing */
    size_t changes;         /* carried out */
    bool interrupted;
};

/* The world of a rollout.  Whether these yield is their own affair. */
struct rollout_world {
    /* Carry out a step: the accounts of `wave` (NULL: none; with ROLLOUT_SETTLED all) and the
     * policies as they stand with `reach`. */
    int (*apply)(void *arg, const struct wave *wave, int reach, struct rollout_tally *out,
                 struct err *err);
    int (*look)(void *arg, const struct wave *wave, int64_t from_ms, int64_t split_ms,
                int64_t to_ms, struct rollout_denied *out, struct err *err);
    int (*wait)(void *arg, int64_t ms, struct err *err); /* err: ERR_CANCELLED */
    int64_t (*now_ms)(void *arg);
    enum rollout_request (*asked)(void *arg);
    int (*save)(void *arg, const struct rollout *rollout, struct err *err);
    void (*say)(void *arg, const char *text);
    void *arg;
};

enum { ROLLOUT_POLL_MS = 2000, ROLLOUT_LOOK_MS = 5 * 60 * 1000 };

/* Go on from where it stands to its end, a stop or an abort; see rollout->state.  A stopped one
 * does its wave again.  That somebody goes on is saved first, and each step before it begins.  err:
 * as the world's; it then stands where it stood.  */
int rollout_run(struct rollout *rollout, const struct rollout_world *world, struct err *err);

/* Finish what a stop began and a kill broke off: a stopped one that is `detaching`.  Likewise. */
int rollout_detach(struct rollout *rollout, const struct rollout_world *world, struct err *err);

/* Take away every temporary policy, and end it.  Likewise. */
int rollout_abort(struct rollout *rollout, const struct rollout_world *world, struct err *err);

#endif
