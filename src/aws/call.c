/*
 * call.c - one call, and a listing of many pages.
 *
 * What is sent is serialized once; each attempt waits for its turn, signs with the time and the
 * credentials of that moment, sends, and says what came of it.
 */
#include "plinth/aws/call.h"

#include "call_priv.h"

#include "plinth/aws/credentials.h"
#include "plinth/aws/sigv4.h"
#include "plinth/base/arena.h"
#include "plinth/base/env.h"
#include "plinth/base/limits.h"
#include "plinth/base/log.h"
#include "plinth/base/secret.h"
#include "plinth/base/str.h"
#include "plinth/base/time.h"
#include "plinth/fiber/fiber.h"
#include "plinth/net/transport.h"

#include <stdio.h>
#include <string.h>

enum { ATTEMPTS_MAX = 8, IN_FLIGHT_MAX = 256, SKEW_MS_LEAST = 60 * 1000 };
enum { SPARES_MOST = 16, SIGNATURE_HEADERS = 4 };

struct aws_client {
    struct arena *arena; /* holds the client too */
    struct sched *sched;
    struct transport *transport;
    struct aws_endpoints endpoints;
    unsigned attempts_max;
    struct fiber_sem in_flight;
    struct limiter *limiter;
    struct sigv4_cache *signing_keys;
    struct arena *spares[SPARES_MOST]; /* of calls that ended: new memory costs more than a call */
    size_t spare_count;
    int64_t skew_ms; /* AWS's clock minus ours, once it complained */
    struct aws_counts counts;
    uint64_t calls[AWS_OP_COUNT];
    aws_attempt_fn observer;
    void *observer_arg;
    struct aws_write_guard guard;
};

/* --- The client ----------------------------------------------------------------------------------
 */

struct aws_client *aws_client_new(const struct aws_client_options *options)
{
    struct arena *arena = arena_new("aws client");
    struct aws_client *client = arena_alloc(arena, sizeof *client);
    size_t in_flight_max = options->in_flight_max == 0 ? IN_FLIGHT_MAX : options->in_flight_max;

    *client = (struct aws_client){
        .arena = arena,
        .sched = options->sched,
        .transport = options->transport,
        .attempts_max = options->attempts_max == 0 ? ATTEMPTS_MAX : options->attempts_max,
        .limiter = limiter_new(options->sched, options->endpoints),
        .signing_keys = sigv4_cache_new(),
    };
    client->endpoints.fips = options->endpoints->fips;
    client->endpoints.url = arena_str(arena, options->endpoints->url);
    for (size_t i = 0; i < AWS_SERVICE_COUNT; i++)
        client->endpoints.service_url[i] = arena_str(arena, options->endpoints->service_url[i]);
    fiber_sem_init(&client->in_flight, options->sched, in_flight_max);
    return client;
}

void aws_client_free(struct aws_client *client)
{
    if (client == NULL)
        return;
    while (client->spare_count > 0)
        arena_free(client->spares[--client->spare_count]);
    limiter_free(client->limiter);
    sigv4_cache_free(client->signing_keys);
    arena_free(client->arena);
}

struct sched *aws_client_sched(const struct aws_client *client)
{
    return client->sched;
}

struct aws_counts aws_client_counts(const struct aws_client *client)
{
    return client->counts;
}

void aws_client_each_op(const struct aws_client *client,
                        void (*fn)(void *arg, enum aws_op op, uint64_t calls), void *arg)
{
    for (int op = AWS_OP_NONE + 1; op < AWS_OP_COUNT; op++)
        if (client->calls[op] > 0)
            fn(arg, (enum aws_op)op, client->calls[op]);
}

void aws_client_observe(struct aws_client *client, aws_attempt_fn fn, void *arg)
{
    client->observer = fn;
    client->observer_arg = arg;
}

void aws_client_guard(struct aws_client *client, const struct aws_write_guard *guard)
{
    client->guard = guard == NULL ? (struct aws_write_guard){0} : *guard;
}

/* --- One attempt ---------------------------------------------------------------------------------
 */

struct call {
    const struct aws_target *target;
    struct aws_client *client;
    struct env *env;
    enum aws_op op;
    const struct aws_op_info *info;
    struct arena *scratch; /* the request and its answers */
    struct aws_endpoint endpoint;
    const struct json *params;   /* with the token */
    struct http_request request; /* without a signature */
    struct http_response response;
    bool answered; /* `response` is the last attempt's */
    struct fault fault;
    unsigned attempt;         /* from 1 */
    int64_t sent_us;          /* when the last attempt left us; -1: it did not */
    bool sent;                /* an attempt left us */
    bool maybe_done;          /* one of them may have been carried out */
    bool skewed, refetched;   /* what is mended once only was mended */
    int64_t signed_skew_ms;   /* the client's, when the last attempt was signed */
    struct aws_counts counts; /* of this call alone */
};

static void name_the_call(const struct call *call, struct err *err)
{
    (void)err_wrap(err, "%s %s", aws_service_info(call->info->service)->name, call->info->name);
}

static uint64_t request_bytes(const struct http_request *request)
{
    uint64_t bytes = strlen(request->method) + strlen(request->url) + request->body_len;

    for (size_t i = 0; i < request->headers.count; i++)
        bytes += strlen(request->headers.items[i].name) + strlen(request->headers.items[i].value);
    return bytes;
}

/* A copy with headers of its own, signed as of now. */
static int sign(struct call *call, const struct credentials *credentials, struct http_request *out,
                struct err *err)
{
    const struct aws_service_info *service = aws_service_info(call->info->service);
    const struct sigv4_scope scope = {
        .region = call->endpoint.signing_region,
        .service = service->signing_name,
        .wall_ms = env_wall_ms(call->env) + call->client->skew_ms,
        .s3 = service->protocol == AWS_REST_XML && str_eq(service->signing_name, "s3"),
        .cache = call->client->signing_keys,
    };
    const struct http_headers *headers = &call->request.headers;

    call->signed_skew_ms = call->client->skew_ms;
    *out = call->request;
    out->headers.capacity = headers->count + SIGNATURE_HEADERS;
    out->headers.items =
        arena_array(call->scratch, out->headers.capacity, sizeof *out->headers.items);
    for (size_t i = 0; i < headers->count; i++)
        out->headers.items[i] = headers->items[i];
    return sigv4_sign(&scope, credentials, out, call->scratch, err);
}

static void wipe_token(struct http_request *request)
{
    char *token = (char *)(uintptr_t)http_header_get(&request->headers, "X-Amz-Security-Token");

    if (token != NULL)
        wipe(token, strlen(token));
}

static void observe(const struct call *call, bool ended)
{
    const struct aws_client *client = call->client;
    const struct aws_attempt attempt = {
        .op = call->op,
        .account_id = call->target->account_id,
        .region = call->endpoint.signing_region,
        .ended = ended,
        .request_id = ended && call->answered ? answer_request_id(&call->response) : "",
        .status = ended && call->answered ? call->response.status : 0,
        .elapsed_ms = (env_mono_us(call->env) - call->sent_us) / 1000,
        .attempt = call->attempt,
    };

    if (client->observer != NULL)
        client->observer(client->observer_arg, &attempt);
}

/* Whether a write may still leave. */
static int check_guard(const struct call *call, struct err *err)
{
    const struct aws_write_guard *guard = &call->client->guard;

    if (call->info->access != AWS_WRITE || guard->check == NULL)
        return 0;
    return guard->check(guard->arg, err);
}

/* One of in_flight_max exchanges. */
static int exchange(struct call *call, const struct credentials *credentials, struct err *err)
{
    struct aws_client *client = call->client;
    struct http_request request = call->request;
    int result = 0;

    if (fiber_sem_acquire(&client->in_flight, err) != 0)
        return -1;
    if (credentials != NULL)
        result = sign(call, credentials, &request, err);
    if (result == 0)
        result = check_guard(call, err);
    if (result == 0) {
        call->sent = true;
        call->sent_us = env_mono_us(call->env);
        call->counts.bytes_sent += request_bytes(&request);
        observe(call, false);
        result = client->transport->send(client->transport, &request, call->scratch,
                                         &call->response, err);
        call->answered = result == 0;
        call->counts.bytes_received += call->answered ? call->response.body_len : 0;
        observe(call, true);
    }
    wipe_token(&request);
    fiber_sem_release(&client->in_flight);
    return result;
}

/* Wait for a turn, then send.  `*out_used` is what it was signed with, to be given back. */
static int send_once(struct call *call, struct credentials **out_used, struct err *err)
{
    call->answered = false;
    call->sent_us = -1;
    if (limiter_take(call->client->limiter, call->op, call->target->account_id,
                     call->endpoint.signing_region, err) != 0)
        return -1;
    if (!call->info->anonymous && credentials_get(call->target->credentials, out_used, err) != 0)
        return err_wrap(err, "credentials");
    return exchange(call, *out_used, err);
}

/* --- What came of it -----------------------------------------------------------------------------
 */

/* Our clock against the answer's Date.  False: it is not wrong, or was set before.  Calls that were
 * under way together are refused together: the first one sets the clock for all. */
static bool mend_clock(struct call *call)
{
    const char *date = http_header_get(&call->response.headers, "Date");
    int64_t theirs_ms, ours_ms = env_wall_ms(call->env) + call->client->skew_ms;

    if (!call->fault.skewed || call->skewed || date == NULL || !time_parse_http(date, &theirs_ms))
        return false;
    call->skewed = true;
    if (call->signed_skew_ms != call->client->skew_ms)
        return true;
    if (theirs_ms - ours_ms > -SKEW_MS_LEAST && theirs_ms - ours_ms < SKEW_MS_LEAST)
        return false;
    call->client->skew_ms += theirs_ms - ours_ms;
    log_event(call->env->log, LOG_DEBUG, "clock corrected", "ms", LOG_NUM(call->client->skew_ms),
              NULL);
    return true;
}

/* AWS's word against the expiry we were told: marked as expired, they will be fetched again. */
static bool mend_credentials(struct call *call, struct credentials *used)
{
    if (!call->fault.expired || call->refetched || used == NULL)
        return false;
    call->refetched = true;
    used->expires_ms = env_wall_ms(call->env);
    return true;
}

/* `used` is what the attempt was signed with; NULL. */
static enum outcome judge_answer(struct call *call, struct credentials *used, struct err *err)
{
    struct fault *fault = &call->fault;

    fault_parse(call->info, &call->response, call->scratch, fault);
    fault_say(fault, call->response.status, err);
    if (fault->means == ERR_THROTTLED) {
        call->counts.throttles++;
        limiter_slow_down(call->client->limiter, call->op, call->target->account_id,
                          call->endpoint.signing_region, call->sent_us);
        return OUTCOME_THROTTLED;
    }
    if (fault->not_done || mend_clock(call) || mend_credentials(call, used))
        return OUTCOME_NOT_DONE;
    return fault->repeat ? OUTCOME_UNKNOWN : OUTCOME_REFUSED;
}

static enum outcome judge_failure(const struct call *call, const struct err *err)
{
    if (call->sent_us < 0)
        return OUTCOME_REFUSED;
    if (err->code == ERR_TRANSIENT)
        return OUTCOME_NOT_DONE;
    return err->code == ERR_LOST ? OUTCOME_UNKNOWN : OUTCOME_REFUSED;
}

/* One attempt.  True: a 2xx answer; else `*out_outcome` and `err` say why not. */
static bool attempt(struct call *call, enum outcome *out_outcome, struct err *err)
{
    struct credentials *used = NULL;
    bool done = false;

    call->attempt++;
    if (send_once(call, &used, err) != 0)
        *out_outcome = judge_failure(call, err);
    else if (call->response.status >= 200 && call->response.status < 300)
        done = true;
    else
        *out_outcome = judge_answer(call, used, err);
    credentials_unref(used);
    return done;
}

/* Whether a write may have been carried out, although nothing says so: an attempt before was not
 * answered, or this one's answer was too large.  A definite answer since settles it. */
static bool is_lost(const struct call *call, enum outcome outcome, const struct err *err)
{
    if (call->info->access != AWS_WRITE || err->code == ERR_CANCELLED)
        return false;
    if (call->answered && outcome == OUTCOME_REFUSED)
        return false;
    return call->maybe_done || (call->sent_us >= 0 && err->code == ERR_LIMIT);
}

/* The last error, in the light of all attempts. */
static int give_up(const struct call *call, enum outcome outcome, struct err *err)
{
    if (is_lost(call, outcome, err))
        err->code = ERR_LOST;
    else if (outcome == OUTCOME_UNKNOWN)
        err->code = ERR_TRANSIENT;
    name_the_call(call, err);
    return -1;
}

static int repeat(struct call *call, struct err *err)
{
    for (;;) {
        enum outcome outcome;
        int64_t delay_ms;

        if (attempt(call, &outcome, err))
            return 0;
        call->maybe_done |= outcome == OUTCOME_UNKNOWN;
        if (call->attempt >= call->client->attempts_max || !retry_is_safe(call->info, outcome))
            return give_up(call, outcome, err);
        delay_ms = retry_delay_ms(outcome, call->attempt, call->answered ? &call->response : NULL,
                                  env_wall_ms(call->env) + call->client->skew_ms, call->env->rng);
        call->counts.retries++;
        if (fiber_sleep_ms(call->client->sched, delay_ms, err) != 0) {
            name_the_call(call, err);
            return -1;
        }
        err_clear(err);
    }
}

/* --- A call --------------------------------------------------------------------------------------
 */

static int check_allowed(const struct aws_target *target, enum aws_op op, struct err *err)
{
    const struct aws_op_info *info = aws_op_info(op);
    const enum aws_op *allowed = target->allowed;

    if (target->read_only && info->access == AWS_WRITE)
        return err_set(err, ERR_BUG, "%s is a write, and this target is only read", info->name);
    if (allowed == NULL)
        return 0;
    while (*allowed != op && *allowed != AWS_OP_NONE)
        allowed++;
    if (*allowed == AWS_OP_NONE)
        return err_set(err, ERR_BUG, "%s is not among the operations that were declared",
                       info->name);
    return 0;
}

/* The members of `params` behind one more; nothing is copied but the head.  owns: `arena`. */
const struct json *call_with_member(const struct json *params, const char *key, const char *value,
                                    struct arena *arena)
{
    struct json *object = json_object(arena);

    json_put_str(object, key, value);
    if (params != NULL && params->first != NULL) {
        object->first->next = params->first;
        object->last = params->last;
        object->count += params->count;
    }
    return object;
}

static void counts_add(struct aws_counts *to, const struct aws_counts *from)
{
    to->reads += from->reads;
    to->writes += from->writes;
    to->retries += from->retries;
    to->throttles += from->throttles;
    to->bytes_sent += from->bytes_sent;
    to->bytes_received += from->bytes_received;
}

static void count_call(struct call *call)
{
    if (!call->sent)
        return;
    if (call->info->access == AWS_READ)
        call->counts.reads = 1;
    else
        call->counts.writes = 1;
    call->client->calls[call->op]++;
    counts_add(&call->client->counts, &call->counts);
    if (call->target->counts != NULL)
        counts_add(call->target->counts, &call->counts);
}

/* The token is made here, so that all attempts carry the same. */
static int prepare(struct call *call, const struct json *params, struct err *err)
{
    const char *account_id = json_str(params, "x-amz-account-id");
    char token[37];

    if (account_id == NULL)
        account_id = call->target->account_id;
    if (call->info->token != NULL && json_get(params, call->info->token) == NULL) {
        rng_uuid(call->env->rng, token);
        params = call_with_member(params, call->info->token, token, call->scratch);
    }
    if (aws_endpoint_resolve(&call->client->endpoints, call->info->service, call->target->region,
                             account_id, call->scratch, &call->endpoint, err) != 0)
        return -1;
    call->params = params;
    return serialize_request(call->info, params, call->endpoint.url, call->scratch, &call->request,
                             err);
}

static struct arena *scratch_take(struct aws_client *client)
{
    return client->spare_count > 0 ? client->spares[--client->spare_count]
                                   : arena_new_wiping("call");
}

static void scratch_give_back(struct aws_client *client, struct arena *scratch)
{
    if (client->spare_count == SPARES_MOST) {
        arena_free(scratch);
        return;
    }
    arena_reset(scratch);
    client->spares[client->spare_count++] = scratch;
}

/* `out` may be NULL. */
static int send_and_parse(struct call *call, struct arena *arena, struct json **out,
                          struct err *err)
{
    if (repeat(call, err) != 0)
        return -1;
    if (out == NULL || answer_parse(call->info, &call->response, arena, out, err) == 0)
        return 0;
    /* It was carried out, but what came of it cannot be read. */
    if (call->info->access == AWS_WRITE)
        err->code = ERR_LOST;
    name_the_call(call, err);
    return -1;
}

/* A write between the words of its guard. */
static int send_guarded(struct call *call, struct arena *arena, struct json **out, struct err *err)
{
    const struct aws_write_guard *guard = &call->client->guard;
    struct aws_write write = {
        .op = call->op,
        .account_id = call->target->account_id,
        .region = call->endpoint.signing_region,
        .purpose = call->target->purpose,
        .params = call->params,
        .token = call->info->token == NULL ? NULL : json_str(call->params, call->info->token),
    };
    int result;

    if (guard->begin != NULL && guard->begin(guard->arg, &write, err) != 0) {
        name_the_call(call, err);
        return -1;
    }
    result = send_and_parse(call, arena, out, err);
    if (guard->end != NULL)
        guard->end(guard->arg, &write, call->answered ? answer_request_id(&call->response) : "",
                   result == 0 ? NULL : err);
    return result;
}

/* `out` may be NULL. */
static int call_run(struct call *call, const struct json *params, struct arena *arena,
                    struct json **out, struct err *err)
{
    if (prepare(call, params, err) != 0) {
        name_the_call(call, err);
        return -1;
    }
    return call->info->access == AWS_WRITE ? send_guarded(call, arena, out, err)
                                           : send_and_parse(call, arena, out, err);
}

int call_once(const struct aws_target *target, enum aws_op op, const struct json *params,
              struct arena *arena, struct json **out, struct err *err)
{
    struct call call = {
        .target = target,
        .client = target->client,
        .env = sched_env(target->client->sched),
        .op = op,
        .info = aws_op_info(op),
    };
    int result;

    if (check_allowed(target, op, err) != 0)
        return -1;
    call.scratch = scratch_take(call.client);
    result = call_run(&call, params, arena, out, err);
    count_call(&call);
    scratch_give_back(call.client, call.scratch);
    return result;
}

int aws_call(const struct aws_target *target, enum aws_op op, const struct json *params,
             struct arena *arena, const struct json **out, struct err *err)
{
    struct json *answer;

    if (call_once(target, op, params, arena, out == NULL ? NULL : &answer, err) != 0)
        return -1;
    if (out != NULL)
        *out = answer;
    return 0;
}
