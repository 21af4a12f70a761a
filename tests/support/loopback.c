#include "loopback.h"
#include "loopback_priv.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- Bytes ---------------------------------------------------------------------------------------
 */

void loopback_need(bool ok, const char *what)
{
    if (ok)
        return;
    (void)fprintf(stderr, "loopback: %s failed\n", what);
    abort();
}

ssize_t peer_read(struct peer *peer, void *bytes, size_t len)
{
    if (peer->ssl != NULL)
        return SSL_read(peer->ssl, bytes, (int)len);
    return recv(peer->fd, bytes, len, 0);
}

bool peer_write(struct peer *peer, const void *bytes, size_t len)
{
    const char *at = bytes;

    while (len > 0) {
        ssize_t done = peer->ssl != NULL ? SSL_write(peer->ssl, at, (int)len)
                                         : send(peer->fd, at, len, MSG_NOSIGNAL);

        if (done <= 0)
            return false;
        at += done;
        len -= (size_t)done;
    }
    return true;
}

static bool say(struct peer *peer, const char *text)
{
    return peer_write(peer, text, strlen(text));
}

/* In one piece where it is small. */
static bool answer(struct peer *peer, const char *body, size_t len)
{
    char bytes[512];
    int head =
        snprintf(bytes, sizeof bytes,
                 "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\nX-Amzn-RequestId: 1234\r\n\r\n", len);

    if (len > sizeof bytes - (size_t)head)
        return peer_write(peer, bytes, (size_t)head) && peer_write(peer, body, len);
    memcpy(bytes + head, body, len);
    return peer_write(peer, bytes, (size_t)head + len);
}

/* --- Requests ------------------------------------------------------------------------------------
 */

/* Read one request; false at the end of the connection. */
static bool read_request(struct peer *peer, struct request *request)
{
    const char *end = NULL, *length;
    ssize_t got;

    request->len = 0;
    request->body_len = 0;
    for (;;) {
        request->bytes[request->len] = '\0';
        if (end == NULL && (end = strstr(request->bytes, "\r\n\r\n")) != NULL) {
            request->head_len = (size_t)(end - request->bytes) + 4;
            length = strstr(request->bytes, "\r\nContent-Length: ");
            if (length != NULL && length < end)
                request->body_len = (size_t)strtoul(length + 18, NULL, 10);
        }
        if (end != NULL && request->len >= request->head_len + request->body_len)
            return true;
        if (request->len == REQUEST_BYTES)
            return false;
        got = peer_read(peer, request->bytes + request->len, REQUEST_BYTES - request->len);
        if (got <= 0)
            return false;
        request->len += (size_t)got;
        if (request->bytes[0] == 0x16)
            return false; /* a client that wants TLS */
    }
}

static bool forever(struct peer *peer, const char *head, const char *piece)
{
    bool alive = say(peer, head);

    while (alive)
        alive = say(peer, piece);
    return false;
}

/* Chunks of 16 KB. */
static bool chunks_forever(struct peer *peer)
{
    char piece[8 + 0x4000 + 3] = "004000\r\n";

    memset(piece + 8, 'x', 0x4000);
    memcpy(piece + 8 + 0x4000, "\r\n", 3);
    return forever(peer, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", piece);
}

static bool long_line(struct peer *peer)
{
    static const char letters[] =
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
    bool alive = say(peer, "HTTP/1.1 200 OK\r\nX-Long: ");

    for (size_t i = 0; alive && i < 256 * 1024 / strlen(letters); i++)
        alive = say(peer, letters);
    return alive && say(peer, "\r\nContent-Length: 0\r\n\r\n");
}

static bool hold(struct peer *peer)
{
    struct loopback *server = peer->server;

    (void)pthread_mutex_lock(&server->lock);
    server->counts.held++;
    while (!server->released && !server->stopping)
        (void)pthread_cond_wait(&server->changed, &server->lock);
    server->counts.held--;
    (void)pthread_mutex_unlock(&server->lock);
    return answer(peer, "hello", 5);
}

static bool wait_for_end(struct peer *peer)
{
    char c;

    while (peer_read(peer, &c, 1) > 0)
        ;
    return false;
}

/* What is sent as it stands; `more` says whether the connection goes on. */
static const struct canned {
    const char *path, *text;
    bool more;
} canned[] = {
    {"/drop", "", false},
    {"/garbage", "\x01\x02garbage\r\n\r\n", false},
    {"/redirect", "HTTP/1.1 302 Found\r\nLocation: /ok\r\nContent-Length: 0\r\n\r\n", true},
    {"/close", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello", false},
    {"/close-idle", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", false},
    {"/cut-length", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", false},
    {"/cut-chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", false},
    {"/huge-length", "HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\nhalf", false},
    {"/interim",
     "HTTP/1.1 100 Continue\r\nX-Interim: 1\r\n\r\nHTTP/1.1 103 Early Hints\r\nX-Interim: 2\r\n\r\n"
     "HTTP/1.1 200 OK\r\nX-Final: 3\r\nContent-Length: 5\r\n\r\nhello",
     true},
    {"/trailers",
     "HTTP/1.1 200 OK\r\nX-Head: 1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n"
     "X-Trailer: 2\r\n\r\n",
     true},
};

static bool serve_canned(struct peer *peer, const char *path, bool *out_more)
{
    for (size_t i = 0; i < sizeof canned / sizeof canned[0]; i++) {
        if (strcmp(path, canned[i].path) != 0)
            continue;
        *out_more = say(peer, canned[i].text) && canned[i].more;
        return true;
    }
    return false;
}

static bool serve_status(struct peer *peer, const char *status)
{
    char head[128];

    (void)snprintf(head, sizeof head, "HTTP/1.1 %.3s Because\r\nContent-Length: 0\r\n\r\n", status);
    return say(peer, head);
}

/* Whether the connection goes on. */
static bool serve(struct peer *peer, const struct request *request, size_t count)
{
    char path[64] = "";
    bool more;

    (void)sscanf(request->bytes, "%*s %63s", path);
    path[strcspn(path, "?")] = '\0';
    if (serve_canned(peer, path, &more))
        return more;
    if (strncmp(request->bytes, "CONNECT ", 8) == 0)
        return loopback_tunnel(peer, path);
    if (strncmp(path, "/echo", 5) == 0 || path[0] != '/')
        return answer(peer, request->bytes, request->len);
    if (strcmp(path, "/drop-kept") == 0 && count > 1)
        return false;
    if (strcmp(path, "/silent") == 0)
        return wait_for_end(peer);
    if (strcmp(path, "/huge-head") == 0)
        return forever(peer, "HTTP/1.1 200 OK\r\n", "X-More: and more and more and more\r\n");
    if (strcmp(path, "/huge-chunks") == 0)
        return chunks_forever(peer);
    if (strcmp(path, "/long-line") == 0)
        return long_line(peer);
    if (strcmp(path, "/hold") == 0)
        return hold(peer);
    if (strncmp(path, "/status/", 8) == 0)
        return serve_status(peer, path + 8);
    if (strncmp(request->bytes, "HEAD ", 5) == 0)
        return say(peer, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
    return answer(peer, "hello", 5);
}

void loopback_count_request(struct loopback *server)
{
    (void)pthread_mutex_lock(&server->lock);
    server->counts.requests++;
    (void)pthread_mutex_unlock(&server->lock);
}

static void serve_http1(struct peer *peer)
{
    struct request *request = malloc(sizeof *request);
    size_t count = 0;
    bool more = true;

    loopback_need(request != NULL, "malloc");
    while (more && read_request(peer, request)) {
        loopback_count_request(peer->server);
        more = serve(peer, request, ++count);
    }
    free(request);
}

/* --- Threads -------------------------------------------------------------------------------------
 */

static void *peer_main(void *arg)
{
    struct peer *peer = arg;
    struct loopback *server = peer->server;

    if (server->tls != NULL)
        peer->ssl = loopback_tls_accept(server, peer->fd);
    if (server->tls == NULL || (peer->ssl != NULL && !loopback_tls_is_http2(peer->ssl)))
        serve_http1(peer);
    else if (peer->ssl != NULL)
        loopback_serve_http2(peer);
    if (peer->ssl != NULL)
        SSL_free(peer->ssl);
    (void)pthread_mutex_lock(&server->lock);
    (void)close(peer->fd);
    peer->fd = -1;
    server->open--;
    (void)pthread_mutex_unlock(&server->lock);
    return NULL;
}

static void peer_add(struct loopback *server, int fd)
{
    struct peer *peer = calloc(1, sizeof *peer);

    loopback_need(peer != NULL, "calloc");
    loopback_need(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)) == 0,
                  "setsockopt");
    peer->server = server;
    peer->fd = fd;
    (void)pthread_mutex_lock(&server->lock);
    peer->next = server->peers;
    server->peers = peer;
    server->counts.connections++;
    if (++server->open > server->counts.connections_most)
        server->counts.connections_most = server->open;
    (void)pthread_mutex_unlock(&server->lock);
    loopback_need(pthread_create(&peer->thread, NULL, peer_main, peer) == 0, "pthread_create");
}

static void *accept_main(void *arg)
{
    struct loopback *server = arg;
    int fd;

    while ((fd = accept(server->fd, NULL, NULL)) >= 0)
        peer_add(server, fd);
    return NULL;
}

static void listen_on_loopback(struct loopback *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;

    server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    loopback_need(server->fd >= 0, "socket");
    loopback_need(bind(server->fd, (struct sockaddr *)&address, sizeof address) == 0, "bind");
    loopback_need(listen(server->fd, 1024) == 0, "listen");
    loopback_need(getsockname(server->fd, (struct sockaddr *)&address, &len) == 0, "getsockname");
    server->port = ntohs(address.sin_port);
}

struct loopback *loopback_start(enum loopback_kind kind)
{
    struct loopback *server = calloc(1, sizeof *server);
    sigset_t pipes, before;

    loopback_need(server != NULL, "calloc");
    (void)pthread_mutex_init(&server->lock, NULL);
    (void)pthread_cond_init(&server->changed, NULL);
    if (kind != LOOPBACK_PLAIN)
        loopback_tls_init(server, kind == LOOPBACK_TLS_HTTP2);
    listen_on_loopback(server);
    /* Only the threads of the server, which inherit this, may write where nobody reads. */
    (void)sigemptyset(&pipes);
    (void)sigaddset(&pipes, SIGPIPE);
    (void)pthread_sigmask(SIG_BLOCK, &pipes, &before);
    loopback_need(pthread_create(&server->thread, NULL, accept_main, server) == 0,
                  "pthread_create");
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return server;
}

void loopback_stop(struct loopback *server)
{
    struct peer *next;

    (void)shutdown(server->fd, SHUT_RDWR);
    (void)pthread_join(server->thread, NULL);
    (void)close(server->fd);
    (void)pthread_mutex_lock(&server->lock);
    server->stopping = true;
    (void)pthread_cond_broadcast(&server->changed);
    for (struct peer *peer = server->peers; peer != NULL; peer = peer->next)
        if (peer->fd >= 0)
            (void)shutdown(peer->fd, SHUT_RDWR);
    (void)pthread_mutex_unlock(&server->lock);
    for (struct peer *peer = server->peers; peer != NULL; peer = next) {
        next = peer->next;
        (void)pthread_join(peer->thread, NULL);
        free(peer);
    }
    loopback_tls_fini(server);
    (void)pthread_cond_destroy(&server->changed);
    (void)pthread_mutex_destroy(&server->lock);
    free(server);
}

int loopback_port(const struct loopback *server)
{
    return server->port;
}

const char *loopback_ca_path(const struct loopback *server)
{
    return server->ca_path;
}

void loopback_release(struct loopback *server)
{
    (void)pthread_mutex_lock(&server->lock);
    server->released = true;
    (void)pthread_cond_broadcast(&server->changed);
    (void)pthread_mutex_unlock(&server->lock);
}

struct loopback_counts loopback_counts(struct loopback *server)
{
    struct loopback_counts counts;

    (void)pthread_mutex_lock(&server->lock);
    counts = server->counts;
    (void)pthread_mutex_unlock(&server->lock);
    return counts;
}

/* --- As a proxy ----------------------------------------------------------------------------------
 */

static bool relay(int from, int to)
{
    char bytes[16 * 1024];
    ssize_t got = recv(from, bytes, sizeof bytes, 0);

    return got > 0 && send(to, bytes, (size_t)got, MSG_NOSIGNAL) == got;
}

bool loopback_tunnel(struct peer *peer, const char *authority)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const char *colon = strrchr(authority, ':');
    int port = colon == NULL ? 0 : (int)strtol(colon + 1, NULL, 10), fd;
    bool alive;

    if (port == 1)
        return say(peer, "HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n");
    address.sin_port = htons((unsigned short)port);
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    loopback_need(fd >= 0, "socket");
    alive = connect(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
            say(peer, "HTTP/1.1 200 Connected\r\nX-Proxy: 1\r\n\r\n");
    while (alive) {
        struct pollfd both[] = {{.fd = peer->fd, .events = POLLIN}, {.fd = fd, .events = POLLIN}};

        alive = poll(both, 2, -1) > 0 && (both[0].revents == 0 || relay(peer->fd, fd)) &&
                (both[1].revents == 0 || relay(fd, peer->fd));
    }
    (void)close(fd);
    return false;
}
