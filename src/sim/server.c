/*
 * server.c - the simulator over HTTP/1.1 on a loopback address, for any AWS client.
 *
 * One thread runs libmicrohttpd's loop and answers everything, so the simulator needs no locks.  An
 * answer that takes its time suspends its connection, not the thread.
 *
 * Paths that AWS never has:
 *   GET  /_sandbox/login   {"account_id", "access_key_id", "secret_access_key", "region"}
 *   GET  /_sandbox/calls   {"reads", "writes", "operations": {"organizations:CreateAccount": n}}
 *   GET  /_sandbox/state   what sim_dump gives
 *   POST /_sandbox/inject  {"fault": "kill_after", "nth_write": 3}
 */
#include "sim_priv.h"

#include "plinth/base/limits.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* libmicrohttpd wipes this much for every request; all its headers must fit in. */
enum { CONNECTION_BYTES = 32 * 1024 };

struct sim_server {
    struct sim *sim;
    struct MHD_Daemon *daemon;
    struct exchange *waiting; /* suspended until their time comes */
    bool stopping;            /* answers no longer wait */
    int stop_pipe[2];
    int port;
    pthread_t thread;
};

/* One request and its answer. */
struct exchange {
    struct sim_server *server;
    struct MHD_Connection *connection;
    struct arena *arena;
    char *uri; /* as it travelled */
    struct buf body;
    bool begun, answered;
    struct http_response response;
    int64_t due_us;
    struct exchange *next; /* of server->waiting */
};

static void *need(void *memory)
{
    if (memory == NULL)
        abort();
    return memory;
}

/* --- The sandbox's own paths --- */

static const struct {
    const char *name;
    enum sim_fault fault;
} faults[] = {
    {"none", SIM_NO_FAULT},
    {"kill_before", SIM_KILL_BEFORE},
    {"kill_after", SIM_KILL_AFTER},
    {"lose_one", SIM_LOSE_ONE},
    {"throttle_one", SIM_THROTTLE_ONE},
    {"refuse_one", SIM_REFUSE_ONE},
    {"error_one", SIM_ERROR_ONE},
};

static int reply(struct exchange *exchange, int status, const struct json *json)
{
    struct http_response *response = &exchange->response;
    struct buf text;

    buf_init(&text, SIZE_MAX / 2);
    json_print(json, JSON_COMPACT, &text);
    http_header_add(&response->headers, exchange->arena, "Content-Type", "application/json");
    response->status = status;
    response->body = arena_strn(exchange->arena, buf_text(&text), text.len);
    response->body_len = text.len;
    buf_fini(&text);
    return 0;
}

static int reply_error(struct exchange *exchange, int status, const char *text)
{
    struct json *json = json_object(exchange->arena);

    json_put_str(json, "error", text);
    return reply(exchange, status, json);
}

static int get_login(struct exchange *exchange)
{
    const struct sim *sim = exchange->server->sim;
    struct json *json = json_object(exchange->arena);

    json_put_str(json, "account_id", sim->login.account_id);
    json_put_str(json, "access_key_id", sim->login.access_key_id);
    json_put_str(json, "secret_access_key", sim->login.secret_access_key);
    json_put_str(json, "region", sim_global_region(sim->partition));
    return reply(exchange, 200, json);
}

static int get_calls(struct exchange *exchange)
{
    const struct sim *sim = exchange->server->sim;
    struct json *json = json_object(exchange->arena);

    json_put_number(json, "reads", (double)(sim->calls - sim->writes));
    json_put_number(json, "writes", (double)sim->writes);
    json_put(json, "operations", sim_counts(sim, exchange->arena));
    return reply(exchange, 200, json);
}

static int get_state(struct exchange *exchange)
{
    return reply(exchange, 200, sim_dump(exchange->server->sim, exchange->arena));
}

static int post_inject(struct exchange *exchange)
{
    struct json *json = NULL;
    struct err err = ERR_INIT;
    double nth;

    if (json_parse(buf_text(&exchange->body), exchange->body.len, exchange->arena, &json, &err) !=
        0)
        return reply_error(exchange, 400, err.text);
    nth = json_number(json, "nth_write", 1);
    if (!(nth >= 1 && nth <= 1e9))
        return reply_error(exchange, 400, "nth_write must be 1 or more");
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
        if (str_eq(json_str(json, "fault"), faults[i].name)) {
            sim_inject(exchange->server->sim, faults[i].fault, (uint64_t)nth);
            return reply(exchange, 200, json_object(exchange->arena));
        }
    return reply_error(exchange, 400, "there is no such fault");
}

static const struct {
    const char *method, *path;
    int (*handle)(struct exchange *exchange);
} own_paths[] = {
    {"GET", "/_sandbox/login", get_login},
    {"GET", "/_sandbox/calls", get_calls},
    {"GET", "/_sandbox/state", get_state},
    {"POST", "/_sandbox/inject", post_inject},
};

static void own_path(struct exchange *exchange, const char *method)
{
    for (size_t i = 0; i < sizeof own_paths / sizeof own_paths[0]; i++)
        if (str_eq(exchange->uri, own_paths[i].path) && str_eq(method, own_paths[i].method)) {
            (void)own_paths[i].handle(exchange);
            return;
        }
    (void)reply_error(exchange, 404, "the sandbox has no such path");
}

/* --- AWS's --- */

struct collector {
    struct http_headers *headers;
    struct arena *arena;
};

static enum MHD_Result add_header(void *arg, enum MHD_ValueKind kind, const char *name,
                                  const char *value)
{
    struct collector *collector = arg;

    (void)kind;
    if (!str_eq_nocase(name, "Content-Length"))
        http_header_add(collector->headers, collector->arena, name, value == NULL ? "" : value);
    return MHD_YES;
}

static void aws_call(struct exchange *exchange, const char *method)
{
    struct http_request request = {
        .method = arena_str(exchange->arena, method),
        .body = exchange->body.len == 0 ? NULL : exchange->body.data,
        .body_len = exchange->body.len,
    };
    struct collector collector = {&request.headers, exchange->arena};
    const char *host;

    (void)MHD_get_connection_values(exchange->connection, MHD_HEADER_KIND, add_header, &collector);
    host = http_header_get(&request.headers, "Host");
    request.url = arena_printf(exchange->arena, "http://%s%s", host == NULL ? "localhost" : host,
                               exchange->uri);
    sim_handle(exchange->server->sim, &request, exchange->arena, &exchange->response);
}

/* --- Waiting --- */

/* True: the connection is suspended and comes back when its answer is due. */
static bool wait_first(struct exchange *exchange)
{
    struct sim *sim = exchange->server->sim;
    int64_t latency_ms = sim_latency_ms(sim);

    if (latency_ms == 0 || exchange->server->stopping)
        return false;
    exchange->due_us = env_mono_us(sim->env) + latency_ms * 1000;
    exchange->next = exchange->server->waiting;
    exchange->server->waiting = exchange;
    MHD_suspend_connection(exchange->connection);
    return true;
}

/* Let those go on whose time has come, or all of them.  Returns the milliseconds until the daemon
 * must run; -1: nobody waits.  Of a resumed connection MHD_get_timeout says nothing. */
static int resume_due(struct sim_server *server, bool all)
{
    int64_t now_us = env_mono_us(server->sim->env), next_us = -1;
    struct exchange **at = &server->waiting;
    bool resumed = false;

    while (*at != NULL) {
        struct exchange *exchange = *at;

        if (all || exchange->due_us <= now_us) {
            *at = exchange->next;
            MHD_resume_connection(exchange->connection);
            resumed = true;
            continue;
        }
        if (next_us < 0 || exchange->due_us < next_us)
            next_us = exchange->due_us;
        at = &exchange->next;
    }
    if (resumed)
        return 0;
    return next_us < 0 ? -1 : (int)((next_us - now_us) / 1000 + 1);
}

/* --- libmicrohttpd's callbacks --- */

/* The first to hear of a request, and the only one to see its URI undecoded. */
static void *on_uri(void *arg, const char *uri, struct MHD_Connection *connection)
{
    struct exchange *exchange = need(calloc(1, sizeof *exchange));

    exchange->server = arg;
    exchange->connection = connection;
    exchange->arena = arena_new("exchange");
    exchange->uri = arena_str(exchange->arena, uri);
    buf_init(&exchange->body, LIMIT_HTTP_BODY_BYTES);
    return exchange;
}

static void on_completed(void *arg, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode why)
{
    struct exchange *exchange = *state;

    (void)arg, (void)connection, (void)why;
    if (exchange == NULL)
        return;
    buf_fini(&exchange->body);
    arena_free(exchange->arena);
    free(exchange);
    *state = NULL;
}

static enum MHD_Result queue_answer(struct exchange *exchange)
{
    const struct http_response *answer = &exchange->response;
    struct MHD_Response *response;
    enum MHD_Result queued;

    if (answer->status == 0)
        return MHD_NO; /* lost: the connection is closed without a word */
    response = MHD_create_response_from_buffer(answer->body_len, (void *)(uintptr_t)answer->body,
                                               MHD_RESPMEM_MUST_COPY);
    if (response == NULL)
        return MHD_NO;
    for (size_t i = 0; i < answer->headers.count; i++)
        (void)MHD_add_response_header(response, answer->headers.items[i].name,
                                      answer->headers.items[i].value);
    queued = MHD_queue_response(exchange->connection, (unsigned)answer->status, response);
    MHD_destroy_response(response);
    return queued;
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_len, void **state)
{
    struct exchange *exchange = *state;

    (void)arg, (void)connection, (void)url, (void)version;
    if (!exchange->begun) {
        exchange->begun = true; /* only the headers have come */
        return MHD_YES;
    }
    if (*upload_len > 0) {
        buf_add(&exchange->body, upload, *upload_len);
        *upload_len = 0;
        return MHD_YES;
    }
    if (exchange->answered)
        return queue_answer(exchange);
    exchange->answered = true;
    if (exchange->body.overflow)
        (void)reply_error(exchange, 413, "the body is too large");
    else if (str_starts(exchange->uri, "/_sandbox/"))
        own_path(exchange, method);
    else
        aws_call(exchange, method);
    return wait_first(exchange) ? MHD_YES : queue_answer(exchange);
}

/* --- The thread --- */

static int wait_ms(struct sim_server *server, int until_due_ms)
{
    MHD_UNSIGNED_LONG_LONG mhd_ms;
    int wait = until_due_ms;

    if (MHD_get_timeout(server->daemon, &mhd_ms) == MHD_YES &&
        (wait < 0 || mhd_ms < (unsigned)wait))
        wait = mhd_ms > 60000 ? 60000 : (int)mhd_ms;
    return wait;
}

static void *serve(void *arg)
{
    struct sim_server *server = arg;
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    struct pollfd fds[2] = {{.fd = info->epoll_fd, .events = POLLIN},
                            {.fd = server->stop_pipe[0], .events = POLLIN}};

    for (;;) {
        int until_due_ms = resume_due(server, false);

        (void)poll(fds, 2, wait_ms(server, until_due_ms));
        if (fds[1].revents != 0)
            break;
        (void)MHD_run(server->daemon);
    }
    /* A daemon must not be stopped while a connection is suspended. */
    server->stopping = true;
    (void)resume_due(server, true);
    (void)MHD_run(server->daemon);
    return NULL;
}

/* --- Start and stop --- */

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static int address_parse(const char *text, int port, union address *out, struct err *err)
{
    memset(out, 0, sizeof *out);
    if (str_eq(text, "localhost"))
        text = "127.0.0.1";
    if (inet_pton(AF_INET, text, &out->v4.sin_addr) == 1) {
        out->v4.sin_family = AF_INET;
        out->v4.sin_port = htons((uint16_t)port);
        if (ntohl(out->v4.sin_addr.s_addr) >> 24 == 127)
            return 0;
    } else if (inet_pton(AF_INET6, text, &out->v6.sin6_addr) == 1) {
        out->v6.sin6_family = AF_INET6;
        out->v6.sin6_port = htons((uint16_t)port);
        if (IN6_IS_ADDR_LOOPBACK(&out->v6.sin6_addr))
            return 0;
    }
    return err_set(err, ERR_USAGE,
                   "the sandbox listens on loopback only (127.0.0.1, ::1), not on \"%s\"", text);
}

static struct MHD_Daemon *daemon_start(struct sim_server *server, const union address *address)
{
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_SUPPRESS_DATE_NO_CLOCK;

    if (address->any.sa_family == AF_INET6)
        flags |= MHD_USE_IPv6;
    return MHD_start_daemon(flags, 0, NULL, NULL, on_request, server, MHD_OPTION_SOCK_ADDR,
                            &address->any, MHD_OPTION_URI_LOG_CALLBACK, on_uri, server,
                            MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
                            MHD_OPTION_CONNECTION_LIMIT, 4096U, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                            (size_t)CONNECTION_BYTES, MHD_OPTION_END);
}

static void server_free(struct sim_server *server)
{
    if (server->daemon != NULL)
        MHD_stop_daemon(server->daemon);
    for (int i = 0; i < 2; i++)
        if (server->stop_pipe[i] >= 0)
            (void)close(server->stop_pipe[i]);
    free(server);
}

struct sim_server *sim_server_start(struct sim *sim, const char *address, int port, struct err *err)
{
    struct sim_server *server;
    union address parsed;
    int failed;

    if (address_parse(address, port, &parsed, err) != 0)
        return NULL;
    server = need(calloc(1, sizeof *server));
    server->sim = sim;
    server->stop_pipe[0] = server->stop_pipe[1] = -1;
    if (pipe(server->stop_pipe) != 0) {
        (void)err_errno(err, errno, "no pipe for the sandbox");
        goto fail;
    }
    server->daemon = daemon_start(server, &parsed);
    if (server->daemon == NULL) {
        (void)err_errno(err, errno, "cannot listen on %s, port %d", address, port);
        goto fail;
    }
    server->port = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
    failed = pthread_create(&server->thread, NULL, serve, server);
    if (failed != 0) {
        (void)err_errno(err, failed, "no thread for the sandbox");
        goto fail;
    }
    return server;
fail:
    server_free(server);
    return NULL;
}

int sim_server_port(const struct sim_server *server)
{
    return server->port;
}

void sim_server_stop(struct sim_server *server)
{
    ssize_t written;

    if (server == NULL)
        return;
    do {
        written = write(server->stop_pipe[1], "", 1);
    } while (written < 0 && errno == EINTR);
    (void)pthread_join(server->thread, NULL);
    server_free(server);
}
