/* Whole calls against a scripted peer: what is sent, what is sent again, and what comes of it. */
#include "call_world.h"

#include "plinth/base/limits.h"

#include <stdio.h>

#define READ_OP AWS_ORGANIZATIONS_LIST_ROOTS
#define WRITE_OP AWS_ORGANIZATIONS_CREATE_ORGANIZATION /* without an idempotency token */
#define TOKEN_OP AWS_GUARDDUTY_CREATE_DETECTOR

#define OK_JSON                                                                                    \
    {                                                                                              \
        200, "{\"Ok\":true}", NULL, NULL, ERR_NONE                                                 \
    }
#define OK_EMPTY                                                                                   \
    {                                                                                              \
        200, "{}", NULL, NULL, ERR_NONE                                                            \
    }
#define FAULT(status, code)                                                                        \
    {                                                                                              \
        status, "{\"__type\":\"" code "\",\"message\":\"m\"}", NULL, NULL, ERR_NONE                \
    }
#define BROKEN(code)                                                                               \
    {                                                                                              \
        0, NULL, NULL, NULL, code                                                                  \
    }

/* --- One exchange --------------------------------------------------------------------------------
 */

static void what_is_sent(struct world *world)
{
    struct json *params = json_object(world->arena);
    struct err err = ERR_INIT;

    SCRIPT(world, OK_JSON);
    assert_true(json_bool(expect(world, READ_OP, NULL, ERR_NONE, &err), "Ok", false));
    assert_string_equal(world->seen[0].request.url,
                        "https://organizations.us-east-1.amazonaws.com/");
    assert_non_null(strstr(seen_header(world, 0, "Authorization"),
                           "Credential=AKIDEXAMPLE/20260101/us-east-1/organizations/"));
    assert_string_equal(seen_header(world, 0, "X-Amz-Date"), "20260101T000000Z");
    assert_string_equal(seen_header(world, 0, "X-Amz-Security-Token"), "token");

    SCRIPT(world, {200, "", NULL, NULL, ERR_NONE});
    json_put_str(params, "x-amz-account-id", "999999999999");
    (void)expect(world, AWS_S3CONTROL_GET_PUBLIC_ACCESS_BLOCK, params, ERR_NONE, &err);
    assert_string_equal(world->seen[0].request.url,
                        "https://999999999999.s3-control.eu-west-1.amazonaws.com"
                        "/v20180820/configuration/publicAccessBlock");
    assert_non_null(seen_header(world, 0, "x-amz-content-sha256"));
    assert_non_null(strstr(seen_header(world, 0, "Authorization"), "/eu-west-1/s3/"));
}

static void anonymous_calls_are_not_signed(struct world *world)
{
    struct err err = ERR_INIT;

    SCRIPT(world, {200, "<R><AssumeRoleWithWebIdentityResult/></R>", NULL, NULL, ERR_NONE});
    (void)expect(world, AWS_STS_ASSUME_ROLE_WITH_WEB_IDENTITY, NULL, ERR_NONE, &err);
    assert_null(seen_header(world, 0, "Authorization"));
    assert_null(seen_header(world, 0, "X-Amz-Security-Token"));
}

static void errors_say_all(struct world *world)
{
    struct err err = ERR_INIT;

    SCRIPT(world, {400, "{\"__type\":\"x#AccessDeniedException\",\"Message\":\"You may not\"}",
                   "x-amzn-RequestId", "id-7", ERR_NONE});
    (void)expect(world, READ_OP, NULL, ERR_DENIED, &err);
    assert_int_equal(err.http_status, 400);
    assert_true(err_is(&err, "AccessDeniedException"));
    assert_string_equal(err.text, "organizations ListRoots: AccessDeniedException: You may not "
                                  "(request id-7)");
    assert_int_equal(world->requests, 1);
}

static void refused_before_anything_is_sent(struct world *world)
{
    static const enum aws_op allowed[] = {AWS_STS_GET_CALLER_IDENTITY, AWS_OP_NONE};
    struct err err = ERR_INIT;

    SCRIPT(world, OK_EMPTY);
    world->target.read_only = true;
    (void)expect(world, WRITE_OP, NULL, ERR_BUG, &err);
    (void)expect(world, READ_OP, NULL, ERR_NONE, &err);
    assert_int_equal(world->requests, 1);
    world->target.allowed = allowed;
    (void)expect(world, READ_OP, NULL, ERR_BUG, &err);
    assert_int_equal(world->requests, 1);
    SCRIPT(world, {200, "<R/>", NULL, NULL, ERR_NONE});
    (void)expect(world, AWS_STS_GET_CALLER_IDENTITY, NULL, ERR_NONE, &err);
}

static void an_unreadable_answer(struct world *world)
{
    struct err err = ERR_INIT;

    SCRIPT(world, {200, "<html>", NULL, NULL, ERR_NONE});
    (void)expect(world, READ_OP, NULL, ERR_PROTOCOL, &err);
    /* A write was carried out, but nobody knows what came of it. */
    (void)expect(world, WRITE_OP, NULL, ERR_LOST, &err);
    assert_int_equal(world->requests, 2);
}

WORLD_TEST(what_is_sent)
WORLD_TEST(anonymous_calls_are_not_signed)
WORLD_TEST(errors_say_all)
WORLD_TEST(refused_before_anything_is_sent)
WORLD_TEST(an_unreadable_answer)

/* --- Sending again -------------------------------------------------------------------------------
 */

static void reads_are_repeated(struct world *world)
{
    struct err err = ERR_INIT;

    SCRIPT(world, FAULT(500, "InternalFailure"), BROKEN(ERR_LOST), BROKEN(ERR_TRANSIENT),
           FAULT(400, "ThrottlingException"), {503, "", NULL, NULL, ERR_NONE}, OK_JSON);
    (void)expect(world, READ_OP, NULL, ERR_NONE, &err);
    assert_int_equal(world->requests, 6);
    assert_int_equal(world->counts.reads, 1);
    assert_int_equal(world->counts.retries, 5);
    assert_int_equal(world->counts.throttles, 1);
}

static void attempts_are_capped(struct world *world)
{
    struct err err = ERR_INIT;

    SCRIPT(world, FAULT(500, "InternalFailure"));
    (void)expect(world, READ_OP, NULL, ERR_TRANSIENT, &err);
    assert_int_equal(world->requests, 8);
    SCRIPT(world, BROKEN(ERR_LOST));
    (void)expect(world, READ_OP, NULL, ERR_TRANSIENT, &err);
    assert_int_equal(world->requests, 8);
    SCRIPT(world, FAULT(400, "ConcurrentModificationException"));
    (void)expect(world, WRITE_OP, NULL, ERR_CONFLICT, &err);
    assert_int_equal(world->requests, 8);
    world_client(world, 3, 0);
    SCRIPT(world, FAULT(429, "TooManyRequestsException"));
    (void)expect(world, READ_OP, NULL, ERR_THROTTLED, &err);
    assert_int_equal(world->requests, 3);
}

static void writes_are_sent_once(struct world *world)
{
    struct err err = ERR_INIT;

    SCRIPT(world, FAULT(500, "InternalFailure"), OK_JSON);
    (void)expect(world, WRITE_OP, NULL, ERR_LOST, &err);
    assert_int_equal(world->requests, 1);
    SCRIPT(world, FAULT(503, "ServiceUnavailable"), OK_JSON);
    (void)expect(world, WRITE_OP, NULL, ERR_LOST, &err);
    assert_int_equal(world->requests, 1);
    SCRIPT(world, BROKEN(ERR_LOST), OK_JSON);
    (void)expect(world, WRITE_OP, NULL, ERR_LOST, &err);
    assert_int_equal(world->requests, 1);
    assert_int_equal(world->counts.writes, 3);
}

/* Refused for the rate or never sent: nothing happened. */
static void writes_that_did_not_happen_are_repeated(struct world *world)
{
    struct err err = ERR_INIT;

    SCRIPT(world, BROKEN(ERR_TRANSIENT), FAULT(400, "TooManyRequestsException"),
           FAULT(400, "ConcurrentModificationException"), OK_JSON);
    (void)expect(world, WRITE_OP, NULL, ERR_NONE, &err);
    assert_int_equal(world->requests, 4);
    SCRIPT(world, BROKEN(ERR_TRANSIENT));
    (void)expect(world, WRITE_OP, NULL, ERR_TRANSIENT, &err);
}

static const char *token_of(struct world *world, size_t request)
{
    struct json *body;
    struct err err = ERR_INIT;

    assert_int_equal(json_parse(world->seen[request].body, strlen(world->seen[request].body),
                                world->arena, &body, &err),
                     0);
    assert_true(json_bool(body, "enable", false));
    return json_str(body, "clientToken");
}

static void a_token_stays_the_same(struct world *world)
{
    struct json *params = json_object(world->arena);
    const char *first;
    struct err err = ERR_INIT;

    json_put_bool(params, "enable", true);
    SCRIPT(world, BROKEN(ERR_LOST), FAULT(500, "InternalServerErrorException"), OK_JSON);
    (void)expect(world, TOKEN_OP, params, ERR_NONE, &err);
    assert_int_equal(world->requests, 3);
    first = token_of(world, 0);
    assert_int_equal(strlen(first), 36);
    assert_string_equal(token_of(world, 1), first);
    assert_string_equal(token_of(world, 2), first);
    assert_int_equal(params->count, 1);

    SCRIPT(world, OK_JSON);
    (void)expect(world, TOKEN_OP, params, ERR_NONE, &err);
    assert_string_not_equal(token_of(world, 0), first);
    json_put_str(params, "clientToken", "given");
    (void)expect(world, TOKEN_OP, params, ERR_NONE, &err);
    assert_string_equal(token_of(world, 1), "given");
}

/* The first attempt may have been carried out, whatever the last one was refused for. */
static void spent_with_a_token(struct world *world)
{
    struct err err = ERR_INIT;

    SCRIPT(world, FAULT(500, "InternalFailure"), FAULT(429, "TooManyRequestsException"));
    (void)expect(world, TOKEN_OP, NULL, ERR_LOST, &err);
    assert_int_equal(world->requests, 8);
    SCRIPT(world, FAULT(500, "InternalFailure"), FAULT(403, "AccessDeniedException"));
    (void)expect(world, TOKEN_OP, NULL, ERR_DENIED, &err);
    assert_int_equal(world->requests, 2);
}

/* A failure on our side says nothing about the attempt before it. */
static void lost_and_then_a_failure_of_ours(struct world *world)
{
    struct err err = ERR_INIT;

    SCRIPT(world, BROKEN(ERR_LOST), BROKEN(ERR_IO));
    (void)expect(world, TOKEN_OP, NULL, ERR_LOST, &err);
    assert_int_equal(world->requests, 2);
    SCRIPT(world, BROKEN(ERR_IO));
    (void)expect(world, TOKEN_OP, NULL, ERR_IO, &err);
    SCRIPT(world, BROKEN(ERR_LIMIT));
    (void)expect(world, WRITE_OP, NULL, ERR_LOST, &err);
    (void)expect(world, READ_OP, NULL, ERR_LIMIT, &err);
    assert_int_equal(world->requests, 2);
}

static void waits_grow_and_honour_retry_after(struct world *world)
{
    struct err err = ERR_INIT;
    int64_t longest = 0;

    SCRIPT(world, FAULT(500, "InternalFailure"));
    (void)expect(world, READ_OP, NULL, ERR_TRANSIENT, &err);
    for (size_t i = 1; i < world->requests; i++) {
        int64_t wait_ms = world->seen[i].at_ms - world->seen[i - 1].at_ms;

        assert_in_range(wait_ms, 0, 100 << (i - 1));
        longest = wait_ms > longest ? wait_ms : longest;
    }
    assert_true(longest > 800); /* seeded: the later waits are long ones */

    SCRIPT(world, {503, "", "Retry-After", "30", ERR_NONE}, OK_JSON);
    (void)expect(world, READ_OP, NULL, ERR_NONE, &err);
    assert_in_range(world->seen[1].at_ms - world->seen[0].at_ms, 30000, 30100);
}

WORLD_TEST(reads_are_repeated)
WORLD_TEST(attempts_are_capped)
WORLD_TEST(writes_are_sent_once)
WORLD_TEST(writes_that_did_not_happen_are_repeated)
WORLD_TEST(a_token_stays_the_same)
WORLD_TEST(spent_with_a_token)
WORLD_TEST(lost_and_then_a_failure_of_ours)
WORLD_TEST(waits_grow_and_honour_retry_after)

static void stop_soon(void *arg)
{
    struct world *world = arg;
    struct err err = ERR_INIT;

    (void)fiber_sleep_ms(world->sched, 1000, &err);
    sched_stop(world->sched);
}

static void a_stop_ends_the_wait(struct world *world)
{
    struct err err = ERR_INIT;

    SCRIPT(world, {503, "", "Retry-After", "60", ERR_NONE});
    fiber_spawn(world->sched, "stop", stop_soon, world);
    (void)expect(world, READ_OP, NULL, ERR_CANCELLED, &err);
    assert_int_equal(world->requests, 1);
    assert_int_equal(env_mono_us(&world->env) / 1000, 1000);
}

WORLD_TEST(a_stop_ends_the_wait)

/* --- The clock and the credentials ---------------------------------------------------------------
 */

#define SKEWED                                                                                     \
    {                                                                                              \
        403, "{\"__type\":\"RequestTimeTooSkewed\"}", "Date", "Thu, 01 Jan 2026 01:00:00 GMT",     \
            ERR_NONE                                                                               \
    }

static void a_wrong_clock_is_corrected(struct world *world)
{
    struct err err = ERR_INIT;

    SCRIPT(world, SKEWED, OK_JSON);
    (void)expect(world, WRITE_OP, NULL, ERR_NONE, &err);
    assert_int_equal(world->requests, 2);
    assert_string_equal(seen_header(world, 0, "X-Amz-Date"), "20260101T000000Z");
    assert_true(strncmp(seen_header(world, 1, "X-Amz-Date"), "20260101T0100", 13) == 0);
    (void)expect(world, READ_OP, NULL, ERR_NONE, &err); /* it stays corrected */
    assert_true(strncmp(seen_header(world, 2, "X-Amz-Date"), "20260101T0100", 13) == 0);
}

/* Once: a clock that agrees is not the reason, and neither is one that was just set. */
static void a_clock_that_agrees_is_not_corrected(struct world *world)
{
    struct err err = ERR_INIT;

    SCRIPT(world, {403, "{\"__type\":\"RequestTimeTooSkewed\"}", "Date",
                   "Thu, 01 Jan 2026 00:00:05 GMT", ERR_NONE});
    (void)expect(world, READ_OP, NULL, ERR_DENIED, &err);
    assert_int_equal(world->requests, 1);
    SCRIPT(world, SKEWED,
           {403, "{\"__type\":\"RequestTimeTooSkewed\"}", "Date", "Thu, 01 Jan 2026 09:00:00 GMT",
            ERR_NONE});
    (void)expect(world, READ_OP, NULL, ERR_DENIED, &err);
    assert_int_equal(world->requests, 2);
}

/* Gives AKID1, AKID2, ... that would last for an hour. */
struct numbered {
    struct credentials_provider base;
    struct world *world;
    int fetches;
};

static int numbered_fetch(struct credentials_provider *provider, struct credentials **out,
                          struct err *err)
{
    struct numbered *numbered = (struct numbered *)provider;
    char id[16];

    (void)err;
    (void)snprintf(id, sizeof id, "AKID%d", ++numbered->fetches);
    *out = world_credentials(id, env_wall_ms(&numbered->world->env) + 3600 * 1000);
    return 0;
}

static void numbered_free(struct credentials_provider *provider)
{
    (void)provider;
}

static void expired_credentials_are_fetched_again(struct world *world)
{
    struct numbered numbered = {{"numbered", numbered_fetch, numbered_free}, world, 0};
    struct credentials_provider *cache = credentials_cache_new(world->sched, &numbered.base);
    struct err err = ERR_INIT;

    world->target.credentials = cache;
    SCRIPT(world, FAULT(403, "ExpiredToken"), OK_JSON);
    (void)expect(world, WRITE_OP, NULL, ERR_NONE, &err);
    assert_int_equal(world->requests, 2);
    assert_non_null(strstr(seen_header(world, 0, "Authorization"), "=AKID1/"));
    assert_non_null(strstr(seen_header(world, 1, "Authorization"), "=AKID2/"));
    SCRIPT(world, FAULT(403, "ExpiredToken"));
    (void)expect(world, READ_OP, NULL, ERR_DENIED, &err);
    assert_int_equal(world->requests, 2);
    credentials_provider_free(cache);
}

WORLD_TEST(a_wrong_clock_is_corrected)
WORLD_TEST(a_clock_that_agrees_is_not_corrected)
WORLD_TEST(expired_credentials_are_fetched_again)

/* --- Many at a time ------------------------------------------------------------------------------
 */

static void call_once(void *arg)
{
    struct world *world = arg;
    struct err err = ERR_INIT;

    (void)expect(world, READ_OP, NULL, ERR_NONE, &err);
}

static void run_many(struct world *world, size_t count)
{
    struct fiber_group group;

    fiber_group_init(&group, world->sched, count);
    for (size_t i = 0; i < count; i++)
        fiber_group_spawn(&group, "caller", call_once, world);
    fiber_group_wait(&group);
}

static void exchanges_are_limited(struct world *world)
{
    world_client(world, 0, 3);
    world->latency_ms = 10;
    SCRIPT(world, OK_JSON);
    run_many(world, 30);
    assert_int_equal(world->in_flight_most, 3);
    assert_int_equal(world->requests, 30);
}

static void a_clock_is_set_for_all(struct world *world)
{
    world->latency_ms = 10;
    SCRIPT(world, SKEWED, SKEWED, SKEWED, OK_JSON);
    run_many(world, 3);
    assert_int_equal(world->requests, 6);
}

/* Nothing waits within the burst; after throttling the same calls take their time. */
static void throttling_is_learned(struct world *world)
{
    struct err err = ERR_INIT;
    int64_t before_ms;

    SCRIPT(world, OK_JSON);
    run_many(world, 40);
    assert_int_equal(env_mono_us(&world->env), 0);
    SCRIPT(world, FAULT(400, "TooManyRequestsException"), OK_JSON);
    (void)expect(world, READ_OP, NULL, ERR_NONE, &err);
    before_ms = env_mono_us(&world->env) / 1000;
    run_many(world, 28);
    assert_in_range(env_mono_us(&world->env) / 1000 - before_ms, 1500, 2100); /* 14 a second */
}

struct report {
    size_t sent, attempts, ops;
    struct aws_attempt last;
    uint64_t calls;
};

static void note_attempt(void *arg, const struct aws_attempt *attempt)
{
    struct report *report = arg;

    *(attempt->ended ? &report->attempts : &report->sent) += 1;
    assert_int_equal(report->sent - report->attempts, !attempt->ended);
    report->last = *attempt;
    assert_string_equal(attempt->request_id, attempt->status == 0 ? "" : "id-1");
}

static void note_op(void *arg, enum aws_op op, uint64_t calls)
{
    struct report *report = arg;

    assert_true(op == READ_OP || op == WRITE_OP);
    report->ops++;
    report->calls += calls;
}

static void all_is_counted(struct world *world)
{
    struct report report = {0};
    struct aws_counts counts;
    struct err err = ERR_INIT;

    aws_client_observe(world->client, note_attempt, &report);
    world->latency_ms = 25;
    SCRIPT(world, BROKEN(ERR_LOST), {200, "{}", "x-amzn-RequestId", "id-1", ERR_NONE});
    (void)expect(world, READ_OP, NULL, ERR_NONE, &err);
    (void)expect(world, READ_OP, NULL, ERR_NONE, &err);
    (void)expect(world, WRITE_OP, NULL, ERR_NONE, &err);
    assert_int_equal(report.attempts, 4);
    assert_int_equal(report.last.op, WRITE_OP);
    assert_int_equal(report.last.status, 200);
    assert_int_equal(report.last.elapsed_ms, 25);
    assert_int_equal(report.last.attempt, 1);
    assert_string_equal(report.last.account_id, "111122223333");
    aws_client_each_op(world->client, note_op, &report);
    assert_int_equal(report.ops, 2);
    assert_int_equal(report.calls, 3);
    counts = aws_client_counts(world->client);
    assert_true(counts.reads == 2 && counts.writes == 1);
    assert_int_equal(counts.retries, 1);
    assert_int_equal(counts.bytes_received, 6);
    assert_true(counts.bytes_sent > 4 * 400);
    assert_memory_equal(&counts, &world->counts, sizeof counts);
}

WORLD_TEST(a_clock_is_set_for_all)
WORLD_TEST(exchanges_are_limited)
WORLD_TEST(throttling_is_learned)
WORLD_TEST(all_is_counted)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN_IN_WORLD(what_is_sent),
        RUN_IN_WORLD(anonymous_calls_are_not_signed),
        RUN_IN_WORLD(errors_say_all),
        RUN_IN_WORLD(refused_before_anything_is_sent),
        RUN_IN_WORLD(an_unreadable_answer),
        RUN_IN_WORLD(reads_are_repeated),
        RUN_IN_WORLD(attempts_are_capped),
        RUN_IN_WORLD(writes_are_sent_once),
        RUN_IN_WORLD(writes_that_did_not_happen_are_repeated),
        RUN_IN_WORLD(a_token_stays_the_same),
        RUN_IN_WORLD(spent_with_a_token),
        RUN_IN_WORLD(lost_and_then_a_failure_of_ours),
        RUN_IN_WORLD(waits_grow_and_honour_retry_after),
        RUN_IN_WORLD(a_stop_ends_the_wait),
        RUN_IN_WORLD(a_wrong_clock_is_corrected),
        RUN_IN_WORLD(a_clock_that_agrees_is_not_corrected),
        RUN_IN_WORLD(expired_credentials_are_fetched_again),
        RUN_IN_WORLD(a_clock_is_set_for_all),
        RUN_IN_WORLD(exchanges_are_limited),
        RUN_IN_WORLD(throttling_is_learned),
        RUN_IN_WORLD(all_is_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
