#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "peer.h"

#include "plinth/base/limits.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static int start_plain(void **state)
{
    return world_start(state, LOOPBACK_PLAIN);
}

static void assert_fails(const struct call *call, enum err_code code)
{
    if (call->failed == 0 || call->err.code != code)
        fail_msg("wanted %s, got %s (%d): %s", err_code_name(code), err_code_name(call->err.code),
                 call->response.status, call->err.text);
}

static void assert_succeeds(const struct call *call, int status)
{
    if (call->failed != 0)
        fail_msg("%s: %s", err_code_name(call->err.code), call->err.text);
    assert_int_equal(call->response.status, status);
}

/* --- Answers -------------------------------------------------------------------------------------
 */

static void test_any_status_is_an_answer(void **state)
{
    static const int statuses[] = {200, 204, 304, 400, 403, 404, 429, 500, 503};
    struct world *world = *state;

    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        struct call call =
            call_path(world, "GET", arena_printf(world->arena, "/status/%d", statuses[i]));

        assert_succeeds(&call, statuses[i]);
        assert_int_equal(call.response.body_len, 0);
        assert_string_equal(call.response.body, "");
    }
}

static void test_headers_and_body_arrive(void **state)
{
    struct world *world = *state;
    struct call call = call_path(world, "GET", "/ok");

    assert_succeeds(&call, 200);
    assert_string_equal(call.response.body, "hello");
    assert_int_equal(call.response.body_len, 5);
    assert_string_equal(http_header_get(&call.response.headers, "x-amzn-requestid"), "1234");
    call = call_path(world, "HEAD", "/ok");
    assert_succeeds(&call, 200);
    assert_int_equal(call.response.body_len, 0);
}

static void test_interim_answers_and_trailers_are_dropped(void **state)
{
    struct world *world = *state;
    struct call call = call_path(world, "GET", "/interim");

    assert_succeeds(&call, 200);
    assert_string_equal(call.response.body, "hello");
    assert_string_equal(http_header_get(&call.response.headers, "X-Final"), "3");
    assert_null(http_header_get(&call.response.headers, "X-Interim"));
    call = call_path(world, "GET", "/trailers");
    assert_succeeds(&call, 200);
    assert_string_equal(call.response.body, "hello");
    assert_string_equal(http_header_get(&call.response.headers, "X-Head"), "1");
    assert_null(http_header_get(&call.response.headers, "X-Trailer"));
}

static void test_no_redirect_is_followed(void **state)
{
    struct world *world = *state;
    struct call call = call_path(world, "GET", "/redirect");

    assert_succeeds(&call, 302);
    assert_string_equal(http_header_get(&call.response.headers, "Location"), "/ok");
    assert_int_equal(loopback_counts(world->server).requests, 1);
}

/* --- Requests ------------------------------------------------------------------------------------
 */

static void test_the_url_travels_as_given(void **state)
{
    static const char *const paths[] = {
        "/echo",         "/echo/../a/./b//c",   "/echo/%2e%2E/%41%zz", "/echo/a+b%20c?x=+%2B&y",
        "/echo/a:b@c=d", "/echo?a=/../b?c=d&&", "/echo/%2F%2f;v=1,2",  "/echo/~'()*!$",
    };
    struct world *world = *state;

    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct call call = call_path(world, "GET", paths[i]);
        const char *wanted = arena_printf(world->arena, "GET %s HTTP/1.1\r\n", paths[i]);

        assert_succeeds(&call, 200);
        assert_memory_equal(call.response.body, wanted, strlen(wanted));
    }
}

/* The request that the server saw, of a call with these headers. */
static struct call echo(struct world *world, const char *method, const char *body, size_t len,
                        struct http_headers headers)
{
    struct call call = {.world = world};

    call.request = (struct http_request){.method = method,
                                         .url = url_of(world, "http", "/echo"),
                                         .headers = headers,
                                         .body = body,
                                         .body_len = len};
    sched_run(world->sched, call_run, &call);
    assert_succeeds(&call, 200);
    return call;
}

static void test_a_request_carries_what_was_signed_and_no_more(void **state)
{
    struct world *world = *state;
    struct http_headers headers = {0};
    struct call call;
    const char *wanted = arena_printf(world->arena,
                                      "POST /echo HTTP/1.1\r\n"
                                      "Host: 127.0.0.1:%d\r\n"
                                      "User-Agent: plinth-test/1\r\n"
                                      "X-Amz-Target: A.B\r\n"
                                      "X-Empty:\r\n"
                                      "Content-Length: 4\r\n"
                                      "\r\n"
                                      "body",
                                      loopback_port(world->server));

    http_header_add(&headers, world->arena, "X-Amz-Target", "A.B");
    http_header_add(&headers, world->arena, "X-Empty", "");
    call = echo(world, "POST", "body", 4, headers);
    assert_string_equal(call.response.body, wanted);

    http_header_add(&headers, world->arena, "content-type", "application/x-amz-json-1.1");
    http_header_add(&headers, world->arena, "Host", "iam.amazonaws.com");
    http_header_add(&headers, world->arena, "Accept", "application/json");
    call = echo(world, "POST", "body", 4, headers);
    assert_non_null(strstr(call.response.body, "\r\ncontent-type: application/x-amz-json-1.1\r\n"));
    assert_non_null(strstr(call.response.body, "\r\nHost: iam.amazonaws.com\r\n"));
    assert_non_null(strstr(call.response.body, "\r\nAccept: application/json\r\n"));
}

/* One handle serves them all in turn: nothing of one request may be left in the next. */
static void test_each_method_in_turn(void **state)
{
    static const struct {
        const char *method, *body;
        bool length; /* announced */
    } cases[] = {
        {"PUT", "put", true},   {"GET", NULL, false},    {"DELETE", NULL, false},
        {"POST", NULL, true},   {"PATCH", "p", true},    {"DELETE", "why", true},
        {"GET", NULL, false},   {"POST", "post", true},  {"PUT", NULL, true},
        {"GET", "query", true}, {"DELETE", NULL, false},
    };
    struct world *world = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *body = cases[i].body == NULL ? "" : cases[i].body, *end;
        struct call call =
            echo(world, cases[i].method, cases[i].body, strlen(body), (struct http_headers){0});
        const char *line = arena_printf(world->arena, "%s /echo HTTP/1.1\r\n", cases[i].method);
        const char *length =
            arena_printf(world->arena, "\r\nContent-Length: %zu\r\n", strlen(body));

        assert_memory_equal(call.response.body, line, strlen(line));
        assert_true((strstr(call.response.body, length) != NULL) == cases[i].length);
        assert_true((strstr(call.response.body, "Content-Length") != NULL) == cases[i].length);
        end = strstr(call.response.body, "\r\n\r\n");
        assert_non_null(end);
        assert_string_equal(end + 4, body);
    }
    assert_int_equal(loopback_counts(world->server).connections, 1);
}

static void test_a_large_body_does_not_wait_for_a_100(void **state)
{
    struct world *world = *state;
    size_t len = 3 * 1024 * 1024;
    char *body = arena_alloc(world->arena, len + 1);
    struct call call;

    for (size_t i = 0; i < len; i++)
        body[i] = (char)('a' + i % 26);
    call = echo(world, "PUT", body, len, (struct http_headers){0});
    assert_null(strstr(call.response.body, "Expect"));
    assert_true(call.response.body_len > len);
    assert_memory_equal(call.response.body + call.response.body_len - len, body, len);
}

/* --- Connections ---------------------------------------------------------------------------------
 */

static void test_a_connection_is_kept(void **state)
{
    struct world *world = *state;
    struct call call;

    for (int i = 0; i < 20; i++) {
        call = call_path(world, "GET", "/ok");
        assert_succeeds(&call, 200);
    }
    assert_int_equal(loopback_counts(world->server).connections, 1);
    assert_int_equal(loopback_counts(world->server).requests, 20);
    call = call_path(world, "GET", "/close");
    assert_succeeds(&call, 200);
    call = call_path(world, "GET", "/ok");
    assert_succeeds(&call, 200);
    assert_int_equal(loopback_counts(world->server).connections, 2);
}

/* The server ends the idle connection.  Its end is there before the next request, or it is not and
 * that request is lost; it is never sent twice. */
static void test_an_idle_connection_that_ended_is_not_used(void **state)
{
    struct world *world = *state;

    for (int i = 0; i < 30; i++) {
        struct call call = call_path(world, "POST", "/close-idle");

        if (call.failed != 0)
            assert_fails(&call, ERR_LOST);
    }
    assert_true(loopback_counts(world->server).requests <= 30);
    assert_true(world->succeeded >= 15);
}

static void send_many(void *arg)
{
    struct call *calls = arg;
    struct fiber *fibers[500];

    for (size_t i = 0; i < 500; i++)
        fibers[i] = fiber_spawn_joinable(calls[0].world->sched, "sender", call_run, &calls[i]);
    for (size_t i = 0; i < 500; i++)
        fiber_join(fibers[i]);
}

static struct call *five_hundred(struct world *world, const char *path)
{
    struct call *calls = arena_array(world->arena, 500, sizeof *calls);

    for (size_t i = 0; i < 500; i++) {
        calls[i].world = world;
        calls[i].request = (struct http_request){
            .method = "POST", .url = url_of(world, "http", path), .body_len = 8};
        calls[i].request.body = arena_printf(world->arena, "%08zu", i);
    }
    sched_run(world->sched, send_many, calls);
    return calls;
}

static void test_five_hundred_at_once(void **state)
{
    struct world *world = *state;
    struct call *calls = five_hundred(world, "/echo");
    struct loopback_counts counts = loopback_counts(world->server);

    for (size_t i = 0; i < 500; i++) {
        assert_succeeds(&calls[i], 200);
        /* Each fiber has the answer to its own request. */
        assert_string_equal(calls[i].response.body + calls[i].response.body_len - 8,
                            calls[i].request.body);
    }
    assert_int_equal(counts.requests, 500);
    assert_true(counts.connections <= 64);
}

/* Keeps the connections busy until as many wait in /hold as may. */
static void release_when_held(void *arg)
{
    struct world *world = arg;
    struct err err = ERR_INIT;

    while (loopback_counts(world->server).held < world->held_most)
        assert_int_equal(fiber_sleep_ms(world->sched, 1, &err), 0);
    assert_int_equal(fiber_sleep_ms(world->sched, 20, &err), 0); /* room for one more to come */
    assert_int_equal(loopback_counts(world->server).held, world->held_most);
    loopback_release(world->server);
}

static void hold_many(void *arg)
{
    struct call *calls = arg;

    fiber_spawn(calls[0].world->sched, "release", release_when_held, calls[0].world);
    for (size_t i = 0; i < 30; i++)
        fiber_spawn(calls[0].world->sched, "sender", call_run, &calls[i]);
}

static void hold_thirty(struct world *world, size_t held_most)
{
    struct call *calls = arena_array(world->arena, 30, sizeof *calls);

    world->held_most = held_most;
    for (size_t i = 0; i < 30; i++) {
        calls[i].world = world;
        calls[i].request = (struct http_request){
            .method = "GET", .url = url_of(world, "http", "/hold"), .timeout_ms = INT64_MAX};
    }
    sched_run(world->sched, hold_many, calls);
    assert_int_equal(world->succeeded, 30);
    assert_int_equal(loopback_counts(world->server).connections, held_most);
}

static void test_connections_per_host_are_bounded(void **state)
{
    struct world *world = *state;

    world->options.connections_per_host = 7;
    hold_thirty(world, 7);
}

static void test_connections_are_bounded_by_the_files(void **state)
{
    struct world *world = *state;
    struct rlimit before, few;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    few = (struct rlimit){.rlim_cur = 150, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    hold_thirty(world, 150 / 2 - 64);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

/* --- Failures ------------------------------------------------------------------------------------
 */

/* A port that nobody listens on. */
static int dead_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    (void)close(fd);
    return ntohs(address.sin_port);
}

static void test_no_connection_is_transient(void **state)
{
    struct world *world = *state;
    const char *url =
        arena_printf(world->arena, "http://127.0.0.1:%d/a/secret?token=hidden", dead_port());
    struct call call = call_one(world, "POST", url, "x", 1);

    assert_fails(&call, ERR_TRANSIENT);
    assert_null(strstr(call.err.text, "secret"));
    assert_null(strstr(call.err.text, "hidden"));
    call = call_one(world, "POST", "http://no-such-host.invalid/", "x", 1);
    assert_fails(&call, ERR_TRANSIENT);
    assert_non_null(strstr(call.err.text, "no-such-host.invalid"));
}

static void test_an_answer_that_breaks_off_is_lost(void **state)
{
    static const char *const paths[] = {"/drop", "/cut-length", "/cut-chunks", "/garbage"};
    struct world *world = *state;

    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct call call = call_one(world, "POST", url_of(world, "http", paths[i]), "x", 1);

        assert_fails(&call, ERR_LOST);
        assert_int_equal(loopback_counts(world->server).requests, 2 * i + 1);
        call = call_one(world, "DELETE", url_of(world, "http", paths[i]), NULL, 0);
        assert_fails(&call, ERR_LOST);
        assert_int_equal(loopback_counts(world->server).requests, 2 * i + 2);
    }
}

/* libcurl by itself would send it again on a new connection. */
static void test_nothing_is_sent_twice(void **state)
{
    struct world *world = *state;
    static const char *const methods[] = {"POST", "GET", "DELETE"};

    for (size_t i = 0; i < 3; i++) {
        struct call call = call_path(world, methods[i], "/drop-kept");

        assert_succeeds(&call, 200);
        call = call_path(world, methods[i], "/drop-kept");
        assert_fails(&call, ERR_LOST);
        assert_int_equal(loopback_counts(world->server).requests, 2 * (i + 1));
    }
}

static void test_too_large_is_a_limit(void **state)
{
    static const char *const paths[] = {"/huge-length", "/huge-chunks", "/huge-head", "/long-line"};
    struct world *world = *state;

    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct call call = call_path(world, "GET", paths[i]);

        assert_fails(&call, ERR_LIMIT);
    }
    assert_int_equal(loopback_counts(world->server).requests, 4);
}

static void test_a_silent_server_is_left(void **state)
{
    struct world *world = *state;
    struct call call = {.world = world};

    call.request = (struct http_request){
        .method = "GET", .url = url_of(world, "http", "/silent"), .timeout_ms = 50};
    sched_run(world->sched, call_run, &call);
    assert_fails(&call, ERR_LOST);
    /* The next one has the default again. */
    call = call_path(world, "GET", "/ok");
    assert_succeeds(&call, 200);
}

/* Its queue is full, so that a connection is neither made nor refused. */
static void test_a_connection_that_does_not_come_is_transient(void **state)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct world *world = *state;
    socklen_t len = sizeof address;
    int fds[9];
    struct call call;

    fds[0] = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fds[0], (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fds[0], 0), 0);
    assert_int_equal(getsockname(fds[0], (struct sockaddr *)&address, &len), 0);
    for (size_t i = 1; i < 9; i++) {
        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)connect(fds[i], (struct sockaddr *)&address, sizeof address);
    }
    world->options.connect_timeout_ms = 50;
    call = call_one(world, "POST",
                    arena_printf(world->arena, "http://127.0.0.1:%d/", ntohs(address.sin_port)),
                    "x", 1);
    assert_fails(&call, ERR_TRANSIENT);
    for (size_t i = 0; i < 9; i++)
        (void)close(fds[i]);
}

static void test_what_cannot_be_sent_is_no_network_error(void **state)
{
    static const char *const urls[] = {"ftp://127.0.0.1/", "file:///etc/passwd",
                                       "gopher://x/",      "http://user:password@127.0.0.1/",
                                       "http://a b/",      ""};
    struct world *world = *state;

    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        struct call call = call_one(world, "GET", urls[i], NULL, 0);

        assert_fails(&call, ERR_IO);
    }
}

/* --- Stop ----------------------------------------------------------------------------------------
 */

static void stop_while_held(void *arg)
{
    struct call *calls = arg;
    struct world *world = calls[0].world;
    struct err err = ERR_INIT;
    struct fiber *fibers[5];

    for (size_t i = 0; i < 4; i++)
        fibers[i] = fiber_spawn_joinable(world->sched, "sender", call_run, &calls[i]);
    while (loopback_counts(world->server).held < 2)
        assert_int_equal(fiber_sleep_ms(world->sched, 1, &err), 0);
    sched_stop(world->sched);
    fibers[4] = fiber_spawn_joinable(world->sched, "late", call_run, &calls[4]);
    for (size_t i = 2; i < 5; i++)
        fiber_join(fibers[i]);
    assert_int_equal(world->failed, 3);
    loopback_release(world->server);
    for (size_t i = 0; i < 2; i++)
        fiber_join(fibers[i]);
}

/* Two are under way, two wait for a connection, one comes after the stop. */
static void test_a_stop_lets_finish_what_was_sent(void **state)
{
    struct world *world = *state;
    struct call calls[5];

    world->options.connections_per_host = 2;
    for (size_t i = 0; i < 5; i++)
        calls[i] = (struct call){
            .world = world, .request = {.method = "POST", .url = url_of(world, "http", "/hold")}};
    sched_run(world->sched, stop_while_held, calls);
    for (size_t i = 0; i < 5; i++) {
        if (i < 2)
            assert_succeeds(&calls[i], 200);
        else
            assert_fails(&calls[i], ERR_CANCELLED);
    }
    assert_int_equal(loopback_counts(world->server).requests, 2);
}

static void stop_at_once(void *arg)
{
    struct call *call = arg;

    fiber_spawn(call->world->sched, "sender", call_run, call);
    fiber_yield(call->world->sched); /* now its turn has come, and no connection is made yet */
    sched_stop(call->world->sched);
}

static void test_a_stop_while_connecting(void **state)
{
    struct world *world = *state;
    struct call call = {.world = world};

    call.request = (struct http_request){.method = "POST", .url = url_of(world, "http", "/ok")};
    sched_run(world->sched, stop_at_once, &call);
    assert_fails(&call, ERR_CANCELLED);
    assert_int_equal(loopback_counts(world->server).requests, 0);
}

/* --- Options -------------------------------------------------------------------------------------
 */

static void test_a_missing_ca_bundle_is_found_at_once(void **state)
{
    struct world *world = *state;
    struct err err = ERR_INIT;

    world->options.ca_bundle = "/nonexistent/ca.pem";
    assert_null(transport_curl_new(world->sched, &world->options, &err));
    assert_int_equal(err.code, ERR_IO);
    assert_non_null(strstr(err.text, "/nonexistent/ca.pem"));
}

#define PLAIN_TEST(test) cmocka_unit_test_setup_teardown(test, start_plain, world_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLAIN_TEST(test_any_status_is_an_answer),
        PLAIN_TEST(test_headers_and_body_arrive),
        PLAIN_TEST(test_interim_answers_and_trailers_are_dropped),
        PLAIN_TEST(test_no_redirect_is_followed),
        PLAIN_TEST(test_the_url_travels_as_given),
        PLAIN_TEST(test_a_request_carries_what_was_signed_and_no_more),
        PLAIN_TEST(test_each_method_in_turn),
        PLAIN_TEST(test_a_large_body_does_not_wait_for_a_100),
        PLAIN_TEST(test_a_connection_is_kept),
        PLAIN_TEST(test_an_idle_connection_that_ended_is_not_used),
        PLAIN_TEST(test_five_hundred_at_once),
        PLAIN_TEST(test_connections_per_host_are_bounded),
        PLAIN_TEST(test_connections_are_bounded_by_the_files),
        PLAIN_TEST(test_no_connection_is_transient),
        PLAIN_TEST(test_an_answer_that_breaks_off_is_lost),
        PLAIN_TEST(test_nothing_is_sent_twice),
        PLAIN_TEST(test_too_large_is_a_limit),
        PLAIN_TEST(test_a_silent_server_is_left),
        PLAIN_TEST(test_a_connection_that_does_not_come_is_transient),
        PLAIN_TEST(test_what_cannot_be_sent_is_no_network_error),
        PLAIN_TEST(test_a_stop_lets_finish_what_was_sent),
        PLAIN_TEST(test_a_stop_while_connecting),
        PLAIN_TEST(test_a_missing_ca_bundle_is_found_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
