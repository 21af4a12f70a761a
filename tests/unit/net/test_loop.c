#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "child.h"
#include "peer.h"

#include "net_priv.h"

#include <string.h>
#include <unistd.h>

/* The loop is what curl.c stands on; here it is what TLS, proxies and HTTP/2 do to its sockets. */

static int start_plain(void **state)
{
    return world_start(state, LOOPBACK_PLAIN);
}

static int start_tls(void **state)
{
    return world_start(state, LOOPBACK_TLS);
}

static int start_http2(void **state)
{
    return world_start(state, LOOPBACK_TLS_HTTP2);
}

static struct call call_tls(struct world *world, const char *path)
{
    return call_one(world, "POST", url_of(world, "https", path), "x", 1);
}

static void assert_hello(const struct call *call)
{
    if (call->failed != 0)
        fail_msg("%s: %s", err_code_name(call->err.code), call->err.text);
    assert_int_equal(call->response.status, 200);
    assert_string_equal(call->response.body, "hello");
}

/* --- TLS -----------------------------------------------------------------------------------------
 */

static void test_tls_connection_is_kept(void **state)
{
    struct world *world = *state;

    for (int i = 0; i < 5; i++) {
        struct call call = call_tls(world, "/ok");

        assert_hello(&call);
    }
    assert_int_equal(loopback_counts(world->server).connections, 1);
}

static void test_a_certificate_of_another_ca_is_refused(void **state)
{
    struct world *world = *state;
    struct loopback *other = loopback_start(LOOPBACK_TLS);
    struct call call;

    world->options.ca_bundle = loopback_ca_path(other);
    call = call_tls(world, "/ok");
    assert_int_equal(call.failed, -1);
    assert_int_equal(call.err.code, ERR_IO);
    world->options.ca_bundle = NULL; /* the system's does not have it either */
    transport_free(world->transport);
    world->transport = NULL;
    call = call_tls(world, "/ok");
    assert_int_equal(call.failed, -1);
    assert_int_equal(call.err.code, ERR_IO);
    assert_int_equal(loopback_counts(world->server).requests, 0);
    loopback_stop(other);
}

/* For every connection it would be most of what TLS costs, in time and in memory. */
static void test_the_bundle_is_read_once(void **state)
{
    struct world *world = *state;
    struct call call = call_tls(world, "/close");

    assert_hello(&call);
    assert_int_equal(truncate(world->options.ca_bundle, 0), 0);
    call = call_tls(world, "/ok");
    assert_hello(&call);
    assert_int_equal(loopback_counts(world->server).connections, 2);
}

struct pair {
    struct call slow, quick;
};

/* The quick one starts when the slow one holds the connection. */
static void call_both(void *arg)
{
    struct pair *pair = arg;
    struct world *world = pair->slow.world;
    struct err err = ERR_INIT;

    fiber_spawn(world->sched, "slow", call_run, &pair->slow);
    while (loopback_counts(world->server).held == 0)
        assert_int_equal(fiber_sleep_ms(world->sched, 1, &err), 0);
    call_run(&pair->quick);
    loopback_release(world->server);
}

/* By whichever of our handles: the second connection is made by one that never met the server. */
static void test_a_session_is_resumed(void **state)
{
    struct world *world = *state;
    struct call first = call_tls(world, "/ok");
    struct pair pair = {.slow = {.world = world}, .quick = {.world = world}};

    assert_hello(&first);
    pair.slow.request =
        (struct http_request){.method = "GET", .url = url_of(world, "https", "/hold")};
    pair.quick.request =
        (struct http_request){.method = "GET", .url = url_of(world, "https", "/ok")};
    sched_run(world->sched, call_both, &pair);
    assert_hello(&pair.slow);
    assert_hello(&pair.quick);
    assert_int_equal(loopback_counts(world->server).connections, 2);
    assert_int_equal(loopback_counts(world->server).resumed, 1);
}

static void test_a_certificate_of_another_name_is_refused(void **state)
{
    struct world *world = *state;
    const char *url =
        arena_printf(world->arena, "https://localhost:%d/ok", loopback_port(world->server));
    struct call call = call_one(world, "GET", url, NULL, 0);

    assert_int_equal(call.failed, -1);
    assert_int_equal(call.err.code, ERR_IO);
    assert_int_equal(loopback_counts(world->server).requests, 0);
}

static void test_a_handshake_that_breaks_is_transient(void **state)
{
    struct world *world = *state; /* its server does not speak TLS */
    struct call call = call_tls(world, "/ok");

    assert_int_equal(call.failed, -1);
    assert_int_equal(call.err.code, ERR_TRANSIENT);
}

static void test_a_tls_connection_that_breaks_is_lost(void **state)
{
    static const char *const paths[] = {"/drop", "/cut-length"};
    struct world *world = *state;

    for (size_t i = 0; i < 2; i++) {
        struct call call = call_tls(world, paths[i]);

        assert_int_equal(call.failed, -1);
        assert_int_equal(call.err.code, ERR_LOST);
        assert_int_equal(loopback_counts(world->server).requests, i + 1);
    }
}

/* --- Proxies -------------------------------------------------------------------------------------
 */

static void test_a_proxy_is_used(void **state)
{
    struct world *world = *state;
    struct call call;

    world->options.proxy = url_of(world, "http", "");
    call = call_one(world, "GET", "http://no-such-host.invalid/path?q", NULL, 0);
    assert_int_equal(call.response.status, 200);
    assert_non_null(strstr(call.response.body, "GET http://no-such-host.invalid/path?q HTTP/1.1"));
}

static void test_the_environment_names_a_proxy(void **state)
{
    struct world *world = *state;
    struct call call;

    assert_int_equal(setenv("http_proxy", url_of(world, "http", ""), 1), 0);
    assert_int_equal(setenv("NO_PROXY", "127.0.0.1,example.com", 1), 0);
    call = call_one(world, "GET", "http://no-such-host.invalid/", NULL, 0);
    assert_int_equal(call.response.status, 200);
    call = call_path(world, "GET", "/echo");
    assert_int_equal(call.response.status, 200);
    assert_memory_equal(call.response.body, "GET /echo ", 10);
    assert_int_equal(unsetenv("http_proxy"), 0);
    assert_int_equal(unsetenv("NO_PROXY"), 0);
}

static void test_tls_goes_through_a_proxy(void **state)
{
    struct world *world = *state;
    struct loopback *proxy = loopback_start(LOOPBACK_PLAIN);
    struct call call;

    world->options.proxy = arena_printf(world->arena, "http://127.0.0.1:%d", loopback_port(proxy));
    call = call_tls(world, "/ok");
    assert_hello(&call);
    assert_null(http_header_get(&call.response.headers, "X-Proxy"));
    assert_int_equal(loopback_counts(proxy).requests, 1);
    assert_int_equal(loopback_counts(world->server).requests, 1);
    call = call_one(world, "GET", "https://127.0.0.1:1/", NULL, 0);
    assert_int_equal(call.failed, -1);
    assert_int_equal(call.err.code, ERR_IO); /* the proxy's 407 */
    assert_non_null(strstr(call.err.text, "407"));
    transport_free(world->transport); /* before its proxy goes */
    world->transport = NULL;
    loopback_stop(proxy);
}

/* --- HTTP/2 --------------------------------------------------------------------------------------
 */

static void send_hundred(void *arg)
{
    struct call *calls = arg;

    for (size_t i = 0; i < 100; i++)
        fiber_spawn(calls[0].world->sched, "sender", call_run, &calls[i]);
}

/* The first one waits for nobody, and the others for its connection. */
static void test_http2_shares_a_connection(void **state)
{
    struct world *world = *state;
    struct call *calls = arena_array(world->arena, 100, sizeof *calls);

    for (size_t i = 0; i < 100; i++) {
        calls[i].world = world;
        calls[i].request = (struct http_request){
            .method = "POST", .url = url_of(world, "https", "/ok"), .body = "body", .body_len = 4};
    }
    sched_run(world->sched, send_hundred, calls);
    for (size_t i = 0; i < 100; i++)
        assert_hello(&calls[i]);
    assert_int_equal(loopback_counts(world->server).requests, 100);
    assert_int_equal(loopback_counts(world->server).connections, 1);
}

/* --- The loop itself -----------------------------------------------------------------------------
 */

static void never_done(CURL *easy, CURLcode result)
{
    (void)easy, (void)result;
    fail();
}

static void test_a_loop_that_did_nothing_ends(void **state)
{
    struct world *world = *state;
    struct err err = ERR_INIT;
    struct loop loop;

    assert_int_equal(loop_init(&loop, world->sched, world->arena, never_done, &err), 0);
    loop_fini(&loop);
    assert_null(loop.timer);
}

static void park_for_ever(void *arg)
{
    fiber_park(((struct world *)arg)->sched, "nothing");
}

static void free_and_park(void *arg)
{
    struct world *world = arg;

    (void)alarm(20);
    transport_free(world->transport);
    sched_run(world->sched, park_for_ever, world);
}

/* A watch that is left would have the scheduler wait for it; without one it sees that nothing can
 * ever come, and aborts. */
static void test_closed_connections_leave_no_watch(void **state)
{
    struct world *world = *state;
    int status;

    for (int i = 0; i < 10; i++) {
        struct call call =
            call_one(world, "POST", url_of(world, "http", i % 3 == 0 ? "/close" : "/ok"), "x", 1);

        assert_hello(&call);
    }
    status = child_run(free_and_park, world, -1);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

/* The real clock, and how often it was asked: at least once a turn of the scheduler's loop. */
struct counting_clock {
    struct clock clock;
    size_t calls;
};

static int64_t count_mono_us(struct clock *clock)
{
    ((struct counting_clock *)clock)->calls++;
    return clock_real()->mono_us(clock_real());
}

static void fall_idle(void *arg)
{
    struct world *world = arg;
    struct counting_clock *counting = (struct counting_clock *)world->env.clock;
    struct call call = {.world = world};
    struct err err = ERR_INIT;

    call.request =
        (struct http_request){.method = "GET", .url = url_of(world, "http", "/close-idle")};
    call_run(&call);
    assert_hello(&call);
    counting->calls = 0;
    assert_int_equal(fiber_sleep_ms(world->sched, 50, &err), 0);
    assert_true(counting->calls < 200); /* and not as often as fits into 50 ms */
}

/* An idle connection stays watched.  When its server ends it, that must be heard once only. */
static void test_an_idle_connection_that_ended_is_let_go(void **state)
{
    struct world *world = *state;
    struct counting_clock counting = {
        .clock = {.wall_ms = clock_real()->wall_ms, .mono_us = count_mono_us}};

    world->env.clock = &counting.clock;
    sched_run(world->sched, fall_idle, world);
    world->env.clock = clock_real();
}

#define LOOP_TEST(test, start) cmocka_unit_test_setup_teardown(test, start, world_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOOP_TEST(test_tls_connection_is_kept, start_tls),
        LOOP_TEST(test_a_certificate_of_another_ca_is_refused, start_tls),
        LOOP_TEST(test_a_certificate_of_another_name_is_refused, start_tls),
        LOOP_TEST(test_the_bundle_is_read_once, start_tls),
        LOOP_TEST(test_a_session_is_resumed, start_tls),
        LOOP_TEST(test_a_handshake_that_breaks_is_transient, start_plain),
        LOOP_TEST(test_a_tls_connection_that_breaks_is_lost, start_tls),
        LOOP_TEST(test_a_proxy_is_used, start_plain),
        LOOP_TEST(test_the_environment_names_a_proxy, start_plain),
        LOOP_TEST(test_tls_goes_through_a_proxy, start_tls),
        LOOP_TEST(test_http2_shares_a_connection, start_http2),
        LOOP_TEST(test_a_loop_that_did_nothing_ends, start_plain),
        LOOP_TEST(test_closed_connections_leave_no_watch, start_plain),
        LOOP_TEST(test_an_idle_connection_that_ended_is_let_go, start_plain),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
