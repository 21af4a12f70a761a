/*
 * call_priv.h - the parts of a call.
 *
 * call.c       one call, put together from the parts
 * pages.c      a listing, page by page
 * serialize.c  parameters to an HTTP request      form.c     the bodies of query and ec2
 * answer.c     an HTTP answer to a tree           fault.c    an error answer to what it means
 * retry.c      whether and when to send again     limiter.c  when to send at all
 */
#ifndef PLINTH_AWS_CALL_PRIV_H
#define PLINTH_AWS_CALL_PRIV_H

#include "plinth/aws/endpoints.h"
#include "plinth/aws/ops.h"
#include "plinth/base/err.h"
#include "plinth/codec/http.h"
#include "plinth/codec/json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct aws_target; /* call.h */
struct buf;
struct rng;
struct sched;

/* --- call.c --------------------------------------------------------------------------------------
 */

/* As aws_call; the answer is the caller's to change.  yields: yes. */
int call_once(const struct aws_target *target, enum aws_op op, const struct json *params,
              struct arena *arena, struct json **out, struct err *err);

/* The parameters, which may be NULL, and one more in front.  owns: `arena` and `params`. */
const struct json *call_with_member(const struct json *params, const char *key, const char *value,
                                    struct arena *arena);

/* --- serialize.c ---------------------------------------------------------------------------------
 */

/* The request of an operation, unsigned.  `params` may be NULL; null members are left out.
 * `endpoint_url` has no trailing slash.  owns: `arena`; `params` must live as long.
 * err: ERR_BUG for parameters that the operation has no place for, or lacks.  yields: no. */
int serialize_request(const struct aws_op_info *info, const struct json *params,
                      const char *endpoint_url, struct arena *arena, struct http_request *out,
                      struct err *err);

/* Whether `words`, separated by blanks, hold `word`.  `words` may be NULL. */
bool serialize_has_word(const char *words, const char *word);

/* A member as it stands in a path, a query or a header.  owns: `arena` or the member. */
const char *serialize_scalar(const struct json *member, struct arena *arena);

/* --- form.c --------------------------------------------------------------------------------------
 */

/* "Action=..&Version=..&Tags.member.1.Key=..": the body of the query protocols.  yields: no. */
void form_print(const struct aws_op_info *info, const struct json *params, struct arena *arena,
                struct buf *out);

/* --- answer.c ------------------------------------------------------------------------------------
 */

/* A 2xx answer as a tree.  owns: `arena`.  err: ERR_PROTOCOL, ERR_LIMIT.  yields: no. */
int answer_parse(const struct aws_op_info *info, const struct http_response *response,
                 struct arena *arena, struct json **out, struct err *err);

/* A header's value that will be shown to people: NULL if it is not there or not printable ASCII. */
const char *answer_word(const struct http_response *response, const char *name);

/* "" if the answer names none.  owns: the response. */
const char *answer_request_id(const struct http_response *response);

/* Move the items of a page behind those of `items`; the page must not be used afterwards. */
void answer_take_items(const struct aws_op_info *info, struct json *page, struct json *items);

/* --- fault.c -------------------------------------------------------------------------------------
 */

struct fault {
    const char *code;    /* "AccessDenied"; "" if AWS gave none */
    const char *message; /* "" if AWS gave none */
    const char *reason;  /* "ACCOUNT_LIMIT_EXCEEDED": some codes have many; "" if AWS gave none */
    const char *request_id;
    enum err_code means;
    bool not_done; /* AWS says so itself: even a write may be sent again */
    bool repeat;   /* a later attempt can succeed */
    bool skewed;   /* our clock is wrong */
    bool expired;  /* our credentials are */
};

/* What an answer that is not 2xx says.  owns: `arena`.  yields: no. */
void fault_parse(const struct aws_op_info *info, const struct http_response *response,
                 struct arena *arena, struct fault *out);

/* The rules of errors.def alone.  yields: no. */
void fault_classify(int status, struct fault *fault);

/* Set `err` to it: code, message and request id; where AWS said none of them, the status. */
void fault_say(const struct fault *fault, int status, struct err *err);

/* --- retry.c -------------------------------------------------------------------------------------
 */

/* What came of one attempt. */
enum outcome {
    OUTCOME_REFUSED,   /* a definite answer: no attempt will change it */
    OUTCOME_NOT_DONE,  /* nothing happened, and a later attempt can succeed */
    OUTCOME_THROTTLED, /* the same, because we are too fast */
    OUTCOME_UNKNOWN,   /* it may have happened */
};

/* Whether an operation may be sent again. */
bool retry_is_safe(const struct aws_op_info *info, enum outcome outcome);

/* How long to wait before attempt `attempt` + 1 (the first is 1): full jitter, and at least what
 * the answer's Retry-After asks for.  `response` may be NULL.  yields: no. */
int64_t retry_delay_ms(enum outcome outcome, unsigned attempt, const struct http_response *response,
                       int64_t wall_ms, struct rng *rng);

/* --- limiter.c -----------------------------------------------------------------------------------
 */

struct limiter;

/* `endpoints` tells which services are AWS's.  owns: caller, limiter_free(), when nobody waits.
 * yields: no. */
struct limiter *limiter_new(struct sched *sched, const struct aws_endpoints *endpoints);
void limiter_free(struct limiter *limiter);

/* Wait for a turn in every bucket of rates.def that the operation draws from, in the order of
 * arrival.  err: ERR_CANCELLED.  yields: when it must wait. */
int limiter_take(struct limiter *limiter, enum aws_op op, const char *account_id,
                 const char *region, struct err *err);

/* AWS throttled a request that was sent at `sent_us`: slow down.  yields: no. */
void limiter_slow_down(struct limiter *limiter, enum aws_op op, const char *account_id,
                       const char *region, int64_t sent_us);

/* Buckets in memory, for tests.  yields: no. */
size_t limiter_buckets(const struct limiter *limiter);

#endif
