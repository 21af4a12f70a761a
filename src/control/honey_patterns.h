/*
 * honey_patterns.h - by what the use of a honey token is known in what CloudTrail records.
 *
 * Layer:  control, private.  For EventBridge (control "honey_rules", "honey_alerts"), for
 * CloudWatch Logs ("honey_filters") and for what a trail must record of data ("cloudtrail").
 * Source: CloudTrail User Guide, "CloudTrail record contents" and "CloudTrail userIdentity
 * element"; the "Logging ... with CloudTrail" pages of Secrets Manager, Systems Manager, S3 and
 *         DynamoDB; EventBridge User Guide, "Comparison operators"; CloudWatch Logs User Guide,
 *         "Filter pattern syntax for metric filters".
 * Limits: a key is known by its user, so that a rotation changes nothing here.  A call that was
 *         refused often has no parameters, but names what it was about in its error's message.
 *         Settings of buckets and tables that are read are not looked at: AWS Config and plinth
 *         itself read them all the time.
 */
#ifndef PLINTH_CONTROL_HONEY_PATTERNS_H
#define PLINTH_CONTROL_HONEY_PATTERNS_H

#include "honey_shared.h"

/* What AWS takes: characters of a rule's pattern, of a metric filter's pattern. */
enum { HONEY_PATTERN_MOST = 2048, HONEY_FILTER_MOST = 1024 };

/* And characters of these that stand around a list, at most. */
enum { HONEY_FRAME_MOST = 64 };

/* Between two terms of a filter. */
#define HONEY_OR " || "

/* One token as AWS has it. */
struct honey_identity {
    enum honey_kind kind;
    bool
        exists; /* it has a name, or gets one in this run; else there is nothing to be looked for */
    bool known; /* false: its account does not exist or its name is to come: others stand in */
    const char *label, *account_id, *region, *name, *arn;
};

/* ctx->spec is that of honey_tokens, and honey_names_learn was called.  owns: ctx->arena.
 * yields: no. */
struct honey_identity honey_identify(const struct control_ctx *ctx,
                                     const struct honey_token *token);

/* Event patterns without what they have in common, each of which shows its use.  owns: `arena`.
 * yields: no. */
struct strings honey_event_patterns(const struct honey_identity *identity, struct arena *arena);

/* One pattern from such: `account_id` NULL: the account does not matter.  Never more than
 * HONEY_PATTERN_MOST characters if it was packed by honey_pack.  owns: `arena`.  yields: no. */
const char *honey_event_pattern(const struct strings *patterns, const char *account_id,
                                struct arena *arena);

/* How many of the items, from the first, fit into `room` with a separator of `between` characters
 * each.  At least one of a list that has any.  yields: no. */
size_t honey_pack(const struct strings *items, size_t room, size_t between);

/* Terms of a filter of CloudWatch Logs, each of which shows its use.  Likewise. */
struct strings honey_filter_terms(const struct honey_identity *identity, struct arena *arena);

/* What shows the use of several tokens: those of `account` (NULL: all) that can be used in `region`
 * (NULL: any; keys and roles are used anywhere), as `signs_of` (one of the two above) has them.
 * *out_known: the accounts of all of them are.  owns: ctx->arena.  yields: no. */
struct strings
honey_signs(const struct control_ctx *ctx, const struct account *account, const char *region,
            struct strings (*signs_of)(const struct honey_identity *identity, struct arena *arena),
            bool *out_known);

/* The signs to look for, in an order that depends on nothing else: those wanted, and without
 * --prune those that are looked for already: what the baseline no longer names is still out there
 * until it is pruned.  owns: ctx->arena.  yields: no. */
struct strings honey_merge(const struct control_ctx *ctx, const struct strings *wanted,
                           const struct strings *live);

/* The signs in a pattern that plinth wrote; of another one none, or what looks like them.
 * owns: `arena`.  yields: no. */
struct strings honey_event_signs(const char *pattern, struct arena *arena);
struct strings honey_filter_signs(const char *pattern, struct arena *arena);

/* A filter's pattern from such terms.  Likewise. */
const char *honey_filter_pattern(const struct strings *terms, struct arena *arena);

/* The ARNs of which a trail must record data events: buckets with objects, tables.  NULL: none of
 * that kind.  `*out_type` is CloudTrail's resource type.  owns: `arena`.  yields: no. */
const char *honey_data_arn(const struct honey_identity *identity, const char **out_type,
                           struct arena *arena);

#endif
