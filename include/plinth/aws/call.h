/*
 * call.h - call an AWS operation: serialize, sign, send, limit, retry, parse.
 *
 * Layer:  aws.
 *
 * Parameters are one struct json object whose keys are the members' wire names
 * (botocore's locationName); ops.def says which of them travel in the path, the query or a header,
 * the rest is the body.  Values are what travels: a time as the member's format has it, bytes as
 * base64.  An XML body is the tree as it travels, so a list that is not flattened stands in its own
 * element: {"TagSet": {"Tag": [{..}, {..}]}}; query and ec2 lists are plain arrays.  Answers of
 * every protocol are a struct json tree, without the wrapper elements of query answers
 * (<XResponse><XResult>); of what came in headers it has what the row of ops.def asks for (the ETag
 * of an object).  Lists are read with json_first, but a flattened one (S3) is a member that
 * repeats: walk the object and compare the keys.  An object of S3 is text without NUL; who sends or
 * asks for a secret one keeps parameters and answer in an arena that is wiped (arena_new_wiping).
 *
 * Retries: full jitter.  A read is repeated after throttling, 5xx and network errors.  A write is
 * repeated only when it certainly was not done (throttled, refused by another change under way, no
 * connection) or carries an idempotency token, which is filled in where it is missing and stays the
 * same; else its lost answer is ERR_LOST, and the engine looks before it sends again.  That a 5xx
 * did nothing is believed only where AWS's code says so (src/aws/errors.def).
 * Source: AWS SDKs and Tools Reference Guide, "Retry behavior".
 */
#ifndef PLINTH_AWS_CALL_H
#define PLINTH_AWS_CALL_H

#include "plinth/aws/endpoints.h"
#include "plinth/aws/ops.h"
#include "plinth/base/err.h"
#include "plinth/codec/json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;                /* base/arena.h */
struct aws_client;           /* opaque: one per run */
struct credentials_provider; /* aws/credentials.h */
struct sched;                /* fiber/fiber.h */
struct transport;            /* net/transport.h */

struct aws_client_options {
    struct sched *sched;
    struct transport *transport;           /* not owned */
    const struct aws_endpoints *endpoints; /* copied */
    unsigned attempts_max;                 /* of one call; 0: 8 */
    size_t in_flight_max;                  /* exchanges at a time; 0: 256 */
};

/* owns: caller, aws_client_free().  yields: no. */
struct aws_client *aws_client_new(const struct aws_client_options *options);
void aws_client_free(struct aws_client *client);
struct sched *aws_client_sched(const struct aws_client *client);

/* What a write is for.  Told to who watches writes; nothing of it is sent. */
struct aws_purpose {
    const char *control, *account, *region; /* the target; account and region may be NULL */
    const char *action, *resource;          /* the change: "create", "detector" */
};

/* Who calls, where, and what it may do.  A plain value: copy it to narrow it. */
struct aws_target {
    struct aws_client *client;
    struct credentials_provider *credentials;
    const char *account_id;     /* "" before it is known */
    const char *region;         /* ignored by global services, but for its partition */
    bool read_only;             /* writes are refused with ERR_BUG, before anything is sent */
    const enum aws_op *allowed; /* others are refused with ERR_BUG; NULL: all; ends AWS_OP_NONE */
    struct aws_counts *counts;  /* also counted here; NULL */
    const struct aws_purpose *purpose; /* of its writes; NULL */
};

struct aws_counts {
    uint64_t reads, writes; /* calls answered or lost, retries not counted */
    uint64_t retries, throttles;
    uint64_t bytes_sent, bytes_received;
};

/* One call.  `params` may be NULL.  `out` may be NULL; else *out lives in `arena` (never NULL on
 * success).  err: ERR_DENIED, ERR_NOTFOUND, ERR_CONFLICT, ERR_THROTTLED, ERR_TRANSIENT, ERR_LOST,
 * ERR_PENDING (the account is not ready: OptInRequired, SubscriptionRequired), ERR_PROTOCOL (an
 * answer that cannot be read, or a refusal of the parameters such as ValidationException),
 * ERR_CANCELLED, ERR_BUG (not allowed to this target, or parameters the operation has no place
 * for), and what the transport and the credentials give; err->service_code is AWS's own code, the
 * text holds operation, message and request id.  yields: yes. */
int aws_call(const struct aws_target *target, enum aws_op op, const struct json *params,
             struct arena *arena, const struct json **out, struct err *err);

/* Every page of a listing; *out is one array of all items.  err: as aws_call, ERR_LIMIT.
 * yields: yes. */
int aws_list(const struct aws_target *target, enum aws_op op, const struct json *params,
             struct arena *arena, const struct json **out, struct err *err);

/* As aws_list, but each item is shown to `fn` and forgotten with its page: for lists that are long
 * and read in many places at once.  What is not 0 of `fn` ends it.  err: as aws_list, and fn's.
 * yields: yes. */
typedef int (*aws_item_fn)(void *arg, const struct json *item, struct err *err);
int aws_each(const struct aws_target *target, enum aws_op op, const struct json *params,
             aws_item_fn fn, void *arg, struct err *err);

/* Counters of the whole client.  yields: no. */
struct aws_counts aws_client_counts(const struct aws_client *client);

/* Calls so far by operation, for reports: fn(arg, op, calls).  yields: no. */
void aws_client_each_op(const struct aws_client *client,
                        void (*fn)(void *arg, enum aws_op op, uint64_t calls), void *arg);

/* One write, as its guard sees it. */
struct aws_write {
    enum aws_op op;
    const char *account_id, *region;
    const struct aws_purpose *purpose; /* NULL */
    const struct json *params;         /* with the token; may hold secrets: keep none of it; NULL */
    const char *token;                 /* the idempotency token, the same for all attempts; NULL */
    uint64_t number;                   /* the guard's own, from begin to end */
};

/* Stands before every write of a client, so that nothing can write past it.  Each may be NULL. */
struct aws_write_guard {
    /* Before the first attempt.  -1: nothing is sent, and the call fails with this error.
     * yields: may. */
    int (*begin)(void *arg, struct aws_write *write, struct err *err);

    /* As the last thing before each attempt leaves.  -1: it does not, and the call ends.
     * yields: must not. */
    int (*check)(void *arg, struct err *err);

    /* What came of a write that began; `err` NULL: it is done.  yields: may. */
    void (*end)(void *arg, const struct aws_write *write, const char *request_id,
                const struct err *err);
    void *arg;
};

/* The only guard of the client; NULL takes it away.  Copied.  yields: no. */
void aws_client_guard(struct aws_client *client, const struct aws_write_guard *guard);

/* Told when an attempt is sent and when it ended, for the log and for who waits. */
struct aws_attempt {
    enum aws_op op;
    const char *account_id, *region;
    unsigned attempt; /* from 1 */
    bool ended;
    const char *request_id; /* of an ended one, may be "" */
    int status;             /* likewise; 0: no answer */
    int64_t elapsed_ms;
};
typedef void (*aws_attempt_fn)(void *arg, const struct aws_attempt *attempt);
void aws_client_observe(struct aws_client *client, aws_attempt_fn fn, void *arg);

#endif
