/*
 * loopback_priv.h - the parts of the loopback server: loopback.c is HTTP/1.1 and the threads,
 * loopback_tls.c the certificate, and an HTTP/2 that answers every request with 200 and "hello".
 */
#ifndef PLINTH_TESTS_LOOPBACK_PRIV_H
#define PLINTH_TESTS_LOOPBACK_PRIV_H

#include "loopback.h"

#include <openssl/ssl.h>
#include <pthread.h>
#include <sys/types.h>

enum { REQUEST_BYTES = 4 * 1024 * 1024 };

struct request {
    size_t len, head_len, body_len;
    char bytes[REQUEST_BYTES + 1];
};

struct peer {
    struct loopback *server;
    int fd; /* -1: closed */
    SSL *ssl;
    pthread_t thread;
    struct peer *next;
};

struct loopback {
    int fd, port;
    SSL_CTX *tls; /* NULL: plain */
    char ca_path[64];
    pthread_t thread;
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t changed;
    struct peer *peers;
    size_t open;
    struct loopback_counts counts;
    bool released, stopping;
};

void loopback_need(bool ok, const char *what); /* aborts if not */
void loopback_count_request(struct loopback *server);

ssize_t peer_read(struct peer *peer, void *bytes, size_t len);
bool peer_write(struct peer *peer, const void *bytes, size_t len);

bool loopback_tunnel(struct peer *peer, const char *authority);

void loopback_tls_init(struct loopback *server, bool http2);
void loopback_tls_fini(struct loopback *server);
SSL *loopback_tls_accept(struct loopback *server, int fd); /* NULL: the client did not like us */
bool loopback_tls_is_http2(const SSL *ssl);
void loopback_serve_http2(struct peer *peer);

#endif
