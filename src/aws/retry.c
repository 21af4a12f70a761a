/*
 * retry.c - whether and when to send again.
 *
 * Source: AWS SDKs and Tools Reference Guide, "Retry behavior": exponential backoff with full
 *         jitter, at most 20 s.  Stricter for writes: the SDKs send a write again after any 5xx, we
 *         only where that cannot do it twice.
 */
#include "call_priv.h"

#include "plinth/base/env.h"
#include "plinth/base/str.h"
#include "plinth/base/time.h"

enum {
    BASE_MS = 100,           /* after a failure: it may be gone at once */
    BASE_THROTTLED_MS = 500, /* a bucket takes its time to fill */
    DELAY_MS_MOST = 20 * 1000,
    RETRY_AFTER_MS_MOST = 120 * 1000, /* a server must not stop a run */
};

bool retry_is_safe(const struct aws_op_info *info, enum outcome outcome)
{
    switch (outcome) {
    case OUTCOME_REFUSED:
        return false;
    case OUTCOME_NOT_DONE:
    case OUTCOME_THROTTLED:
        return true;
    case OUTCOME_UNKNOWN:
        return info->access == AWS_READ || info->token != NULL;
    }
    return false;
}

/* Retry-After in seconds or as a date (RFC 9110, 10.2.3); 0 if it is not there. */
static int64_t retry_after_ms(const struct http_response *response, int64_t wall_ms)
{
    const char *value = http_header_get(&response->headers, "Retry-After");
    int64_t at_ms, delay_ms = 0;
    uint64_t seconds;

    if (value == NULL)
        return 0;
    if (str_to_u64(value, &seconds))
        delay_ms =
            seconds > RETRY_AFTER_MS_MOST / 1000 ? RETRY_AFTER_MS_MOST : (int64_t)seconds * 1000;
    else if (time_parse_http(value, &at_ms))
        delay_ms = at_ms - wall_ms;
    if (delay_ms < 0)
        return 0;
    return delay_ms > RETRY_AFTER_MS_MOST ? RETRY_AFTER_MS_MOST : delay_ms;
}

int64_t retry_delay_ms(enum outcome outcome, unsigned attempt, const struct http_response *response,
                       int64_t wall_ms, struct rng *rng)
{
    int64_t most = outcome == OUTCOME_THROTTLED ? BASE_THROTTLED_MS : BASE_MS;
    int64_t least = response == NULL ? 0 : retry_after_ms(response, wall_ms);

    for (; attempt > 1 && most < DELAY_MS_MOST; attempt--)
        most *= 2;
    if (most > DELAY_MS_MOST)
        most = DELAY_MS_MOST;
    /* Whoever was told the same Retry-After is spread behind it too. */
    return least + (int64_t)rng_below(rng, (uint64_t)most + 1);
}
