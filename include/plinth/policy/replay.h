/*
 * replay.h - CloudTrail's past events against policies: what would they have denied?
 *
 * Layer:  policy.  Fed with the bytes of log files as they come, at hundreds of megabytes a second
 *         and in bounded memory: LIMIT_REPLAY_RECORD_BYTES, LIMIT_REPLAY_ANSWERS,
 *         LIMIT_REPLAY_ACTIONS, LIMIT_REPLAY_GROUPS.
 *
 *         Every record ends in exactly one of the counts of struct replay_counts.  What an event
 *         does not tell is not guessed: such an answer is unknown, and a row of its own.
 * Source: CloudTrail User Guide, "CloudTrail record contents", "CloudTrail userIdentity element";
 *         IAM User Guide, "AWS global condition context keys"; docs/evaluator.md, "Replay".
 */
#ifndef PLINTH_POLICY_REPLAY_H
#define PLINTH_POLICY_REPLAY_H

#include "plinth/base/err.h"
#include "plinth/policy/evaluate.h"

#include <stddef.h>
#include <stdint.h>

struct arena;  /* base/arena.h */
struct replay; /* opaque */

struct replay_account {
    const char *id; /* 12 digits */
    const char *name;
    struct policy_attached attached; /* guardrails_only */
};

struct replay_options {
    const struct replay_account *accounts; /* must live as long as the replay */
    size_t account_count;
    const char *const *only; /* ids of accounts; events of others are passed over */
    size_t only_count;       /* 0: all */
    int64_t since_ms;        /* events from then on, before `until_ms` */
    int64_t until_ms;
};

/* The event as one of these.  They add up to `records`. */
struct replay_counts {
    uint64_t records;
    uint64_t allowed;        /* as before */
    uint64_t denied;         /* newly */
    uint64_t unknown;        /* hangs on what the event does not tell */
    uint64_t already_denied; /* AccessDenied and its like: it had failed already */
    uint64_t management;     /* by a principal of the management account */
    uint64_t service_linked; /* by a service-linked role */
    uint64_t services;       /* by a service, or a provider's user without a role yet */
    uint64_t free_actions;   /* takes no permission */
    uint64_t foreign;        /* by an account that is not given */
    uint64_t other_accounts; /* by another account, as told to the resource's owner */
    uint64_t no_principal;   /* by none that IAM knows, or the event does not tell it */
    uint64_t no_call;        /* no API call: sign-ins, what services do by themselves */
    uint64_t other_times;    /* not in since_ms to until_ms */
    uint64_t passed_over;    /* not of `only` */

    uint64_t malformed; /* are no records */
    uint64_t files, bytes;
    uint64_t assumed;   /* of the records: action taken as service:eventName, which no table has */
    uint64_t ungrouped; /* of denied and unknown: past LIMIT_REPLAY_GROUPS rows */
};

/* Alike: denied or unknown by the same statement, of the same principal, action, region, account.
 */
struct replay_row {
    struct policy_answer answer;
    const char *principal; /* ARN; of a session, its role's */
    const char *action;
    const char *region;                   /* "" where the event has none */
    const struct replay_account *account; /* the principal's, if it is given, else the owner's */
    uint64_t count;
    int64_t first_ms, last_ms;
};

struct replay_malformed {
    const char *file;
    uint64_t offset; /* in the unpacked file */
    const char *why;
};

struct replay_result {
    struct replay_counts counts;
    const struct replay_row *const *rows; /* denied ones first, each kind by falling count */
    size_t row_count;
    const struct replay_malformed *malformed; /* the first LIMIT_ERRORS_SHOWN */
    size_t malformed_count;
};

/* owns: caller, replay_free().  yields: no. */
struct replay *replay_new(const struct replay_options *options);
void replay_free(struct replay *replay); /* NULL is a no-op */

/* A file begins; then its bytes; then its end, with what kept the rest from being read, or NULL.
 * yields: no. */
void replay_file_begin(struct replay *replay, const char *name);
void replay_file_bytes(struct replay *replay, const char *bytes, size_t len);
void replay_file_end(struct replay *replay, const char *failure);

/* owns: the replay.  yields: no. */
void replay_finish(struct replay *replay, struct replay_result *out);

#endif
