/*
 * tls_front.c - TLS before a plain server, as AWS has it: what a client pays for TLS, and whether
 * it does it right, shows against this.
 *
 *   tls_front PORT CA_FILE
 *
 * Listens on a free port of 127.0.0.1, which it prints, and passes on what comes to PORT there.  It
 * is a proxy as well: CONNECT to any name leads to PORT, in a TLS session of that name.  With
 * HTTPS_PROXY at it and the file as AWS_CA_BUNDLE a client meets the simulator under AWS's own
 * names.
 *
 * A chain of three as AWS has it: a root, whose certificate it writes to CA_FILE, an intermediate
 * and a leaf for the name that was asked for, all RSA with 2048 bits.  TLS 1.2 and 1.3 with session
 * tickets, HTTP/1.1.  Ends when its standard input does, and prints what it saw as one line of
 * JSON.
 */
#include "certificate.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { KEY_BITS = 2048, NAMES_MOST = 1024, NAME_BYTES = 256, HEAD_BYTES = 4096, BACKLOG = 1024 };

/* A name that clients asked for, and what it shows them. */
struct leaf {
    char name[NAME_BYTES];
    X509 *certificate;
};

struct front {
    int listener;
    in_port_t behind; /* network order */
    SSL_CTX *tls;
    struct issuer root, intermediate;
    EVP_PKEY *key;        /* of every leaf */
    pthread_mutex_t lock; /* of all below */
    struct leaf leaves[NAMES_MOST];
    size_t leaf_count;
    size_t connections, full, resumed, refused; /* refused: a handshake that came to nothing */
};

struct peer {
    struct front *front;
    int fd;
};

static void need(bool ok, const char *what)
{
    if (ok)
        return;
    (void)fprintf(stderr, "tls_front: %s failed\n", what);
    exit(1);
}

static void count(struct front *front, size_t *counter)
{
    (void)pthread_mutex_lock(&front->lock);
    ++*counter;
    (void)pthread_mutex_unlock(&front->lock);
}

/* --- Certificates --------------------------------------------------------------------------------
 */

static struct issuer issuer_new(const char *name, const struct issuer *above)
{
    EVP_PKEY *key = EVP_RSA_gen(KEY_BITS);

    need(key != NULL, "a key");
    return (struct issuer){.certificate = certificate_new(name, NULL, key, above), .key = key};
}

/* Locked. */
static X509 *leaf_of(struct front *front, const char *name)
{
    char names[NAME_BYTES + sizeof "DNS:"];
    struct leaf *leaf;

    for (size_t i = 0; i < front->leaf_count; i++)
        if (strcmp(front->leaves[i].name, name) == 0)
            return front->leaves[i].certificate;
    need(front->leaf_count < NAMES_MOST && strlen(name) < NAME_BYTES, "room for a name");
    leaf = &front->leaves[front->leaf_count++];
    (void)snprintf(leaf->name, sizeof leaf->name, "%s", name);
    (void)snprintf(names, sizeof names, "DNS:%s", name);
    leaf->certificate =
        certificate_new("plinth test server", *name == '\0' ? "IP:127.0.0.1" : names, front->key,
                        &front->intermediate);
    return leaf->certificate;
}

/* A client that names no server has asked for an address. */
static int choose_certificate(SSL *ssl, void *arg)
{
    struct front *front = arg;
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    bool ok;

    (void)pthread_mutex_lock(&front->lock);
    ok = SSL_use_certificate(ssl, leaf_of(front, name == NULL ? "" : name)) == 1 &&
         SSL_use_PrivateKey(ssl, front->key) == 1 &&
         SSL_add1_chain_cert(ssl, front->intermediate.certificate) == 1;
    (void)pthread_mutex_unlock(&front->lock);
    return ok ? 1 : 0;
}

static void write_root(const struct front *front, const char *path)
{
    FILE *file = fopen(path, "w");

    need(file != NULL && PEM_write_X509(file, front->root.certificate) == 1 && fclose(file) == 0,
         path);
}

static void tls_init(struct front *front)
{
    front->root = issuer_new("plinth test root", NULL);
    front->intermediate = issuer_new("plinth test intermediate", &front->root);
    front->key = EVP_RSA_gen(KEY_BITS);
    front->tls = SSL_CTX_new(TLS_server_method());
    need(front->key != NULL && front->tls != NULL &&
             SSL_CTX_set_min_proto_version(front->tls, TLS1_2_VERSION) == 1,
         "TLS");
    SSL_CTX_set_cert_cb(front->tls, choose_certificate, front);
    /* Between two records of data SSL_read must come back, so that the other side is served. */
    (void)SSL_CTX_clear_mode(front->tls, SSL_MODE_AUTO_RETRY);
}

/* --- One connection ------------------------------------------------------------------------------
 */

static bool send_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t sent = send(fd, bytes, len, MSG_NOSIGNAL);

        if (sent <= 0)
            return false;
        bytes += sent;
        len -= (size_t)sent;
    }
    return true;
}

/* CONNECT: take its head and agree.  Anything else stays where it is. */
static bool take_connect(int fd)
{
    static const char yes[] = "HTTP/1.1 200 Connected\r\n\r\n";
    char head[HEAD_BYTES + 1];
    size_t len = 0;

    if (recv(fd, head, 1, MSG_PEEK) != 1 || head[0] != 'C')
        return true;
    for (;;) {
        ssize_t got = recv(fd, head + len, HEAD_BYTES - len, 0);

        if (got <= 0)
            return false;
        len += (size_t)got;
        head[len] = '\0';
        if (strstr(head, "\r\n\r\n") != NULL) /* nothing follows before our answer */
            return send_all(fd, yes, sizeof yes - 1);
    }
}

static int connect_behind(const struct front *front)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                  .sin_port = front->behind};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    if (fd >= 0)
        (void)close(fd);
    return -1;
}

static bool pass_in(SSL *ssl, int behind)
{
    char bytes[16 * 1024];

    do {
        int got = SSL_read(ssl, bytes, sizeof bytes);

        if (got <= 0)
            return SSL_get_error(ssl, got) == SSL_ERROR_WANT_READ;
        if (!send_all(behind, bytes, (size_t)got))
            return false;
    } while (SSL_pending(ssl) > 0);
    return true;
}

static bool pass_out(SSL *ssl, int behind)
{
    char bytes[16 * 1024];
    ssize_t got = recv(behind, bytes, sizeof bytes, 0);

    return got > 0 && SSL_write(ssl, bytes, (int)got) == got;
}

static void pass(SSL *ssl, int fd, int behind)
{
    bool alive = true;

    while (alive) {
        struct pollfd both[] = {{.fd = fd, .events = POLLIN}, {.fd = behind, .events = POLLIN}};

        alive = poll(both, 2, -1) > 0 && (both[0].revents == 0 || pass_in(ssl, behind)) &&
                (both[1].revents == 0 || pass_out(ssl, behind));
    }
    (void)SSL_shutdown(ssl);
}

static void serve(struct front *front, SSL *ssl, int fd)
{
    int behind;

    if (!take_connect(fd))
        return;
    if (SSL_accept(ssl) != 1) {
        count(front, &front->refused);
        return;
    }
    count(front, SSL_session_reused(ssl) ? &front->resumed : &front->full);
    behind = connect_behind(front);
    if (behind < 0)
        return;
    pass(ssl, fd, behind);
    (void)close(behind);
}

static void *peer_main(void *arg)
{
    struct peer peer = *(struct peer *)arg;
    SSL *ssl = SSL_new(peer.front->tls);

    free(arg);
    need(ssl != NULL && SSL_set_fd(ssl, peer.fd) == 1, "SSL_new");
    serve(peer.front, ssl, peer.fd);
    SSL_free(ssl);
    (void)close(peer.fd);
    return NULL;
}

/* --- The front -----------------------------------------------------------------------------------
 */

static void *accept_main(void *arg)
{
    struct front *front = arg;
    int fd;

    while ((fd = accept(front->listener, NULL, NULL)) >= 0) {
        struct peer *peer = malloc(sizeof *peer);
        pthread_t thread;

        need(peer != NULL && setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)) == 0,
             "a connection");
        *peer = (struct peer){.front = front, .fd = fd};
        count(front, &front->connections);
        need(pthread_create(&thread, NULL, peer_main, peer) == 0 && pthread_detach(thread) == 0,
             "a thread");
    }
    return NULL;
}

static int listen_on_loopback(struct front *front)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;

    front->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    need(front->listener >= 0 &&
             bind(front->listener, (struct sockaddr *)&address, sizeof address) == 0 &&
             listen(front->listener, BACKLOG) == 0 &&
             getsockname(front->listener, (struct sockaddr *)&address, &len) == 0,
         "listening");
    return ntohs(address.sin_port);
}

/* The threads end with the process. */
static void report(struct front *front)
{
    (void)pthread_mutex_lock(&front->lock);
    printf("{\"connections\": %zu, \"names\": %zu, \"full\": %zu, \"resumed\": %zu, "
           "\"refused\": %zu}\n",
           front->connections, front->leaf_count, front->full, front->resumed, front->refused);
    (void)fflush(stdout);
    _exit(0);
}

int main(int argc, char **argv)
{
    static struct front front = {.lock = PTHREAD_MUTEX_INITIALIZER};
    char *end = NULL;
    unsigned long behind = argc == 3 ? strtoul(argv[1], &end, 10) : 0;
    pthread_t thread;

    if (behind == 0 || behind > UINT16_MAX || *end != '\0') {
        (void)fputs("usage: tls_front PORT CA_FILE\n", stderr);
        return 64;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    front.behind = htons((in_port_t)behind);
    tls_init(&front);
    write_root(&front, argv[2]);
    printf("listening on 127.0.0.1:%d\n", listen_on_loopback(&front));
    need(fflush(stdout) == 0 && pthread_create(&thread, NULL, accept_main, &front) == 0, "a start");
    while (getchar() != EOF)
        ;
    report(&front);
}
