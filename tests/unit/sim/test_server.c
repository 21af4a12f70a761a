#include "world.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- A client of a few lines: it sends, and reads one answer --- */

static int dial(const struct sim_server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)sim_server_port(server)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static void send_text(int fd, const char *text)
{
    size_t len = strlen(text);

    assert_int_equal(send(fd, text, len, MSG_NOSIGNAL), len);
}

/* Headers and body; "" if the connection was closed before anything came. */
static const char *receive(int fd, struct arena *arena)
{
    char *text = arena_alloc(arena, 65536), *body = NULL;
    const char *length;
    size_t have = 0, wanted = 0;

    while (have < 65535) {
        ssize_t got = recv(fd, text + have, 65535 - have, 0);

        if (got <= 0)
            break;
        have += (size_t)got;
        body = strstr(text, "\r\n\r\n");
        length = strstr(text, "Content-Length: ");
        if (body != NULL && length != NULL)
            wanted = (size_t)(body + 4 - text) + strtoul(length + 16, NULL, 10);
        if (wanted > 0 && have >= wanted)
            break;
    }
    return text;
}

/* The request as it travels. */
static const char *wire(struct arena *arena, const struct http_request *request, const char *path)
{
    char *out = arena_printf(arena, "%s %s HTTP/1.1\r\n", request->method, path);

    for (size_t i = 0; i < request->headers.count; i++)
        out = arena_printf(arena, "%s%s: %s\r\n", out, request->headers.items[i].name,
                           request->headers.items[i].value);
    return arena_printf(arena, "%sContent-Length: %zu\r\n\r\n%s", out, request->body_len,
                        request->body == NULL ? "" : (const char *)request->body);
}

static const char *signed_call(struct sim_client *client, const struct sim_server *server,
                               const char *service, const char *body)
{
    struct http_request request = {
        .method = "POST",
        .url = arena_printf(client->arena, "http://127.0.0.1:%d/", sim_server_port(server)),
        .body = body,
        .body_len = strlen(body),
    };

    sign_request(&request, &client->key, "us-east-1", service, env_wall_ms(&client->env),
                 client->arena);
    return wire(client->arena, &request, "/");
}

static const char whoami[] = "Action=GetCallerIdentity&Version=2011-06-15";

static struct sim_server *start(struct sim_client *client)
{
    struct err err = ERR_INIT;
    struct sim_server *server = sim_server_start(client->sim, "127.0.0.1", 0, &err);

    assert_non_null(server);
    assert_true(sim_server_port(server) > 0);
    return server;
}

static const char *get(struct sim_client *client, const struct sim_server *server,
                       const char *method, const char *path, const char *body)
{
    struct http_request request = {.method = method, .body = body, .body_len = strlen(body)};
    const char *answer;
    int fd = dial(server);

    http_header_add(&request.headers, client->arena, "Host", "localhost");
    send_text(fd, wire(client->arena, &request, path));
    answer = receive(fd, client->arena);
    (void)close(fd);
    return answer;
}

/* --- Tests --- */

static void test_one_connection_takes_several_calls(void **state)
{
    struct sim_client *client = *state;
    struct sim_server *server = start(client);
    int fd = dial(server);

    for (int i = 0; i < 3; i++) {
        const char *answer;

        send_text(fd, signed_call(client, server, "sts", whoami));
        answer = receive(fd, client->arena);
        assert_true(str_starts(answer, "HTTP/1.1 200 OK"));
        assert_non_null(strstr(answer, client->account));
        assert_non_null(strstr(answer, "Date: Tue, 24 Nov 2026 12:00:00 GMT")); /* its own clock */
    }
    (void)close(fd);
    sim_server_stop(server);
    assert_int_equal(sim_calls(client->sim, "sts", "GetCallerIdentity"), 3);
}

static void test_errors_travel(void **state)
{
    struct sim_client *client = *state;
    struct sim_server *server = start(client);
    int fd = dial(server);
    const char *answer;

    client->key.secret_access_key = "wrong";
    send_text(fd, signed_call(client, server, "sts", whoami));
    answer = receive(fd, client->arena);
    assert_true(str_starts(answer, "HTTP/1.1 403 "));
    assert_non_null(strstr(answer, "SignatureDoesNotMatch"));
    (void)close(fd);
    sim_server_stop(server);
}

static void test_a_lost_answer_closes_the_connection(void **state)
{
    struct sim_client *client = *state;
    struct sim_server *server;
    int fd;

    sim_inject(client->sim, SIM_LOSE_ONE, 1);
    server = start(client);
    fd = dial(server);
    send_text(
        fd, signed_call(client, server, "iam", "Action=CreateUser&Version=2010-05-08&UserName=u"));
    assert_string_equal(receive(fd, client->arena), "");
    (void)close(fd);
    sim_server_stop(server);
    assert_true(sim_store_has(client->sim->store, client->account, "", "user", "u"));
}

static void test_the_sandbox_s_own_paths(void **state)
{
    struct sim_client *client = *state;
    struct sim_server *server = start(client);
    const char *answer = get(client, server, "GET", "/_sandbox/login", "");

    assert_non_null(strstr(answer, client->key.secret_access_key));
    assert_non_null(strstr(answer, "\"region\":\"us-east-1\""));
    assert_non_null(strstr(get(client, server, "GET", "/_sandbox/calls", ""),
                           "{\"reads\":0,\"writes\":0,\"operations\":{}}"));
    assert_non_null(strstr(get(client, server, "GET", "/_sandbox/state", ""), "\"records\":["));
    assert_true(str_starts(get(client, server, "GET", "/_sandbox/nothing", ""), "HTTP/1.1 404 "));
    assert_true(str_starts(get(client, server, "POST", "/_sandbox/login", ""), "HTTP/1.1 404 "));
    sim_server_stop(server);
}

static void test_faults_are_injected_from_outside(void **state)
{
    static const char *const broken[] = {"", "{}", "{\"fault\":\"nonsense\"}",
                                         "{\"fault\":\"lose_one\",\"nth_write\":0}"};
    struct sim_client *client = *state;
    struct sim_server *server = start(client);
    int fd;

    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++)
        assert_true(str_starts(get(client, server, "POST", "/_sandbox/inject", broken[i]),
                               "HTTP/1.1 400 "));
    assert_true(str_starts(get(client, server, "POST", "/_sandbox/inject",
                               "{\"fault\":\"refuse_one\",\"nth_write\":1}"),
                           "HTTP/1.1 200 "));
    fd = dial(server);
    send_text(
        fd, signed_call(client, server, "iam", "Action=CreateUser&Version=2010-05-08&UserName=u"));
    assert_non_null(strstr(receive(fd, client->arena), "AccessDenied"));
    (void)close(fd);
    sim_server_stop(server);
}

static void test_it_listens_on_loopback_only(void **state)
{
    static const char *const others[] = {
        "0.0.0.0", "192.0.2.1", "::", "2001:db8::1", "example", ""};
    struct sim_client *client = *state;

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct err err = ERR_INIT;

        assert_null(sim_server_start(client->sim, others[i], 0, &err));
        assert_int_equal(err.code, ERR_USAGE);
    }
}

static void test_a_port_in_use_is_an_error(void **state)
{
    struct sim_client *client = *state;
    struct sim_server *server = start(client);
    struct err err = ERR_INIT;

    assert_null(sim_server_start(client->sim, "localhost", sim_server_port(server), &err));
    assert_int_equal(err.code, ERR_IO);
    sim_server_stop(server);
    sim_server_stop(NULL);
}

static void test_it_stops_with_clients_connected(void **state)
{
    struct sim_client *client = *state;
    struct sim_server *server = start(client);
    int idle = dial(server), half = dial(server);

    send_text(half, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc");
    send_text(idle, signed_call(client, server, "sts", whoami));
    (void)receive(idle, client->arena);
    sim_server_stop(server);
    (void)close(idle);
    (void)close(half);
}

static int open_late(void **state)
{
    return world_open_with(state, (struct sim_options){.latency_ms = 40});
}

/* Latency needs a clock that moves. */
static void test_late_answers_wait_side_by_side(void **state)
{
    struct sim_client *client = *state;
    struct sim_server *server;
    int fds[8];

    client->env.clock = clock_real();
    server = start(client);
    for (size_t i = 0; i < 8; i++) {
        fds[i] = dial(server);
        send_text(fds[i], signed_call(client, server, "sts", whoami));
    }
    for (size_t i = 0; i < 8; i++) {
        assert_true(str_starts(receive(fds[i], client->arena), "HTTP/1.1 200 "));
        (void)close(fds[i]);
    }
    sim_server_stop(server);
}

static void test_it_stops_while_answers_wait(void **state)
{
    struct sim_client *client = *state;
    struct sim_server *server = start(client); /* its clock stands still: nothing is ever due */
    int fd = dial(server);

    send_text(fd, signed_call(client, server, "sts", whoami));
    sim_server_stop(server);
    (void)close(fd);
}

#define LATE_TEST(test) cmocka_unit_test_setup_teardown(test, open_late, world_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_one_connection_takes_several_calls),
        WORLD_TEST(test_errors_travel),
        WORLD_TEST(test_a_lost_answer_closes_the_connection),
        WORLD_TEST(test_the_sandbox_s_own_paths),
        WORLD_TEST(test_faults_are_injected_from_outside),
        WORLD_TEST(test_it_listens_on_loopback_only),
        WORLD_TEST(test_a_port_in_use_is_an_error),
        WORLD_TEST(test_it_stops_with_clients_connected),
        LATE_TEST(test_late_answers_wait_side_by_side),
        LATE_TEST(test_it_stops_while_answers_wait),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
