/*
 * bench_net.c - what an exchange costs over the transport, beside a bare curl multi loop.
 *
 * Not a test: it prints numbers to compare by hand, from a build without sanitizers.  The server is
 * another process, so that its work does not count.  Both sides send the same request, each as
 * often and as many at a time; the bare loop is epoll and curl_multi_socket_action, with easy
 * handles that are reused as a whole.
 */
#include "loopback.h"

#include "plinth/base/arena.h"
#include "plinth/base/env.h"
#include "plinth/fiber/fiber.h"
#include "plinth/net/transport.h"

#include <curl/curl.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CALLS = 40 * 1000, FLIGHT_MOST = 256, REPEATS = 3, HEADERS = 5 };

static const char *const header_names[HEADERS] = {"Content-Type", "X-Amz-Target", "X-Amz-Date",
                                                  "X-Amz-Security-Token", "Authorization"};
static const char *const header_values[HEADERS] = {
    "application/x-amz-json-1.1", "AWSOrganizationsV20161128.DescribeAccount", "20261124T000000Z",
    "IQoJb3JpZ2luX2VjEJr//////////wEaCXVzLWVhc3QtMSJHMEUCIQDf",
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261124/us-east-1/organizations/aws4_request, "
    "SignedHeaders=content-type;host;x-amz-date;x-amz-target, "
    "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"};
static const char body[] = "{\"AccountId\":\"123456789012\"}";

struct bench {
    char url[64];
    size_t flight; /* exchanges at a time */
    size_t left, failed;
    struct sched *sched;
    struct transport *transport;
    CURLM *multi;
    int epoll_fd;
    int64_t due_us; /* -1: none */
    CURL *easy[FLIGHT_MOST];
    struct curl_slist *headers;
};

static int64_t now_us(void)
{
    return clock_real()->mono_us(clock_real());
}

static int64_t cpu_us(void)
{
    struct rusage usage;

    (void)getrusage(RUSAGE_SELF, &usage);
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * INT64_C(1000000) +
           usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

/* --- The transport -------------------------------------------------------------------------------
 */

static void send_in_turn(void *arg)
{
    struct bench *bench = arg;
    struct arena *arena = arena_new("bench");

    while (bench->left > 0) {
        struct http_request request = {
            .method = "POST", .url = bench->url, .body = body, .body_len = sizeof body - 1};
        struct http_response response;
        struct err err = ERR_INIT;

        bench->left--;
        arena_reset(arena);
        for (size_t i = 0; i < HEADERS; i++)
            http_header_add(&request.headers, arena, header_names[i], header_values[i]);
        if (bench->transport->send(bench->transport, &request, arena, &response, &err) != 0 ||
            response.status != 200)
            bench->failed++;
    }
    arena_free(arena);
}

static void spawn_senders(void *arg)
{
    struct bench *bench = arg;

    for (size_t i = 0; i < bench->flight; i++)
        fiber_spawn(bench->sched, "sender", send_in_turn, bench);
}

static void run_transport(struct bench *bench)
{
    struct env env = {.clock = clock_real(), .rng = rng_system()};
    struct transport_curl_options options = {.connections_per_host = bench->flight,
                                             .user_agent = "plinth"};
    struct err err = ERR_INIT;

    bench->sched = sched_new(&env, &err);
    bench->transport = transport_curl_new(bench->sched, &options, &err);
    if (bench->transport == NULL) {
        (void)fprintf(stderr, "bench_net: %s\n", err.text);
        exit(1);
    }
    sched_run(bench->sched, spawn_senders, bench);
    transport_free(bench->transport);
    sched_free(bench->sched);
}

/* --- The bare loop -------------------------------------------------------------------------------
 */

static size_t take(char *bytes, size_t size, size_t count, void *arg)
{
    (void)bytes, (void)arg;
    return size * count;
}

static int on_timer(CURLM *multi, long timeout_ms, void *arg)
{
    struct bench *bench = arg;

    (void)multi;
    bench->due_us = timeout_ms < 0 ? -1 : now_us() + timeout_ms * 1000;
    return 0;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
    struct bench *bench = arg;
    struct epoll_event event = {.data.fd = fd};

    (void)easy;
    event.events = ((what & CURL_POLL_IN) != 0 ? (uint32_t)EPOLLIN : 0) |
                   ((what & CURL_POLL_OUT) != 0 ? (uint32_t)EPOLLOUT : 0);
    if (what == CURL_POLL_REMOVE)
        return epoll_ctl(bench->epoll_fd, EPOLL_CTL_DEL, fd, NULL) * 0;
    (void)epoll_ctl(bench->epoll_fd, known != NULL ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
    (void)curl_multi_assign(bench->multi, fd, bench);
    return 0;
}

static void start_one(struct bench *bench, CURL *easy)
{
    if (bench->left == 0)
        return;
    bench->left--;
    (void)curl_easy_setopt(easy, CURLOPT_URL, bench->url);
    (void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, bench->headers);
    (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
    (void)curl_multi_add_handle(bench->multi, easy);
}

static void take_ends(struct bench *bench)
{
    struct CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(bench->multi, &left)) != NULL) {
        CURL *easy = message->easy_handle;
        long status = 0;

        (void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        bench->failed += message->data.result != CURLE_OK || status != 200;
        (void)curl_multi_remove_handle(bench->multi, easy);
        start_one(bench, easy);
    }
}

static void turn(struct bench *bench, int *running)
{
    struct epoll_event events[FLIGHT_MOST];
    int64_t left_us = bench->due_us < 0 ? 1000000 : bench->due_us - now_us();
    int count = epoll_wait(bench->epoll_fd, events, FLIGHT_MOST,
                           left_us <= 0 ? 0 : (int)((left_us + 999) / 1000));

    for (int i = 0; i < count; i++) {
        int ready = ((events[i].events & ~(uint32_t)EPOLLOUT) != 0 ? CURL_CSELECT_IN : 0) |
                    ((events[i].events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0);

        (void)curl_multi_socket_action(bench->multi, events[i].data.fd, ready, running);
        take_ends(bench);
    }
    if (bench->due_us >= 0 && bench->due_us <= now_us()) {
        bench->due_us = -1;
        (void)curl_multi_socket_action(bench->multi, CURL_SOCKET_TIMEOUT, 0, running);
        take_ends(bench);
    }
}

static void run_bare(struct bench *bench)
{
    int running = 1;

    bench->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    bench->multi = curl_multi_init();
    bench->due_us = -1;
    bench->headers = NULL;
    (void)curl_multi_setopt(bench->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    (void)curl_multi_setopt(bench->multi, CURLMOPT_SOCKETDATA, bench);
    (void)curl_multi_setopt(bench->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    (void)curl_multi_setopt(bench->multi, CURLMOPT_TIMERDATA, bench);
    (void)curl_multi_setopt(bench->multi, CURLMOPT_MAXCONNECTS, (long)FLIGHT_MOST);
    for (size_t i = 0; i < HEADERS; i++) {
        char line[512];

        (void)snprintf(line, sizeof line, "%s: %s", header_names[i], header_values[i]);
        bench->headers = curl_slist_append(bench->headers, line);
    }
    for (size_t i = 0; i < bench->flight; i++) {
        bench->easy[i] = curl_easy_init();
        (void)curl_easy_setopt(bench->easy[i], CURLOPT_WRITEFUNCTION, take);
        (void)curl_easy_setopt(bench->easy[i], CURLOPT_NOSIGNAL, 1L);
        (void)curl_easy_setopt(bench->easy[i], CURLOPT_USERAGENT, "plinth");
        (void)curl_easy_setopt(bench->easy[i], CURLOPT_TIMEOUT_MS, 60000L);
        start_one(bench, bench->easy[i]);
    }
    while (running > 0 || bench->left > 0)
        turn(bench, &running);
    for (size_t i = 0; i < bench->flight; i++)
        curl_easy_cleanup(bench->easy[i]);
    (void)curl_multi_cleanup(bench->multi);
    curl_slist_free_all(bench->headers);
    (void)close(bench->epoll_fd);
}

/* --- Both ----------------------------------------------------------------------------------------
 */

static void measure(struct bench *bench, const char *what, void (*run)(struct bench *bench))
{
    int64_t start_us = now_us(), start_cpu_us = cpu_us(), took_us, took_cpu_us;

    bench->left = CALLS;
    bench->failed = 0;
    run(bench);
    took_us = now_us() - start_us;
    took_cpu_us = cpu_us() - start_cpu_us;
    printf("%-10s %4zu at a time: %7.0f requests/s, %5.1f us of CPU each", what, bench->flight,
           CALLS * 1e6 / (double)took_us, (double)took_cpu_us / CALLS);
    if (bench->failed > 0)
        printf(", %zu FAILED", bench->failed);
    printf("\n");
}

/* The server runs until its standard input ends, which is when this process does. */
static pid_t fork_server(int *out_port, int *out_end)
{
    int port[2], end[2];
    char byte;
    pid_t child;

    if (pipe(port) != 0 || pipe(end) != 0 || (child = fork()) < 0)
        exit(1);
    if (child == 0) {
        struct loopback *server = loopback_start(LOOPBACK_PLAIN);
        int number = loopback_port(server);

        (void)close(end[1]);
        if (write(port[1], &number, sizeof number) != sizeof number)
            _exit(1);
        while (read(end[0], &byte, 1) > 0)
            ;
        loopback_stop(server);
        _exit(0);
    }
    (void)close(end[0]);
    if (read(port[0], out_port, sizeof *out_port) != sizeof *out_port)
        exit(1);
    *out_end = end[1];
    return child;
}

int main(void)
{
    static const size_t flights[] = {1, 16, 64, FLIGHT_MOST};
    static struct bench bench;
    int port, end;
    pid_t server = fork_server(&port, &end);

    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
    (void)snprintf(bench.url, sizeof bench.url, "http://127.0.0.1:%d/ok", port);
    for (size_t i = 0; i < sizeof flights / sizeof flights[0]; i++) {
        bench.flight = flights[i];
        for (int repeat = 0; repeat < REPEATS; repeat++) {
            measure(&bench, "transport", run_transport);
            measure(&bench, "bare curl", run_bare);
        }
    }
    curl_global_cleanup();
    (void)close(end);
    (void)waitpid(server, NULL, 0);
    return 0;
}
