#include "certificate.h"
#include "loopback_priv.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- The certificate -----------------------------------------------------------------------------
 */

static void write_ca(struct loopback *server, X509 *certificate)
{
    static const char pattern[] = "/tmp/plinth-loopback-XXXXXX";
    FILE *file;
    int fd;

    memcpy(server->ca_path, pattern, sizeof pattern);
    fd = mkstemp(server->ca_path);
    file = fd < 0 ? NULL : fdopen(fd, "w");
    loopback_need(file != NULL && PEM_write_X509(file, certificate) == 1 && fclose(file) == 0,
                  "writing the CA bundle");
}

static int choose_http2(SSL *ssl, const unsigned char **out, unsigned char *out_len,
                        const unsigned char *offered, unsigned offered_len, void *arg)
{
    static const unsigned char http2[] = "\x02h2";

    (void)ssl, (void)arg;
    return SSL_select_next_proto((unsigned char **)out, out_len, http2, 3, offered, offered_len) ==
                   OPENSSL_NPN_NEGOTIATED
               ? SSL_TLSEXT_ERR_OK
               : SSL_TLSEXT_ERR_NOACK;
}

void loopback_tls_init(struct loopback *server, bool http2)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate;

    loopback_need(key != NULL, "EVP_EC_gen");
    certificate = certificate_new("plinth loopback", "IP:127.0.0.1", key, NULL);
    server->tls = SSL_CTX_new(TLS_server_method());
    loopback_need(server->tls != NULL && SSL_CTX_use_certificate(server->tls, certificate) == 1 &&
                      SSL_CTX_use_PrivateKey(server->tls, key) == 1,
                  "SSL_CTX_new");
    if (http2)
        SSL_CTX_set_alpn_select_cb(server->tls, choose_http2, NULL);
    write_ca(server, certificate);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

void loopback_tls_fini(struct loopback *server)
{
    if (server->tls == NULL)
        return;
    (void)unlink(server->ca_path);
    SSL_CTX_free(server->tls);
}

SSL *loopback_tls_accept(struct loopback *server, int fd)
{
    SSL *ssl = SSL_new(server->tls);

    loopback_need(ssl != NULL && SSL_set_fd(ssl, fd) == 1, "SSL_new");
    if (SSL_accept(ssl) == 1) {
        (void)pthread_mutex_lock(&server->lock);
        server->counts.resumed += SSL_session_reused(ssl) != 0;
        (void)pthread_mutex_unlock(&server->lock);
        return ssl;
    }
    SSL_free(ssl);
    return NULL;
}

bool loopback_tls_is_http2(const SSL *ssl)
{
    const unsigned char *name;
    unsigned len;

    SSL_get0_alpn_selected(ssl, &name, &len);
    return len == 2 && memcmp(name, "h2", 2) == 0;
}

/* --- HTTP/2 (RFC 9113), as much as answering needs -----------------------------------------------
 */

enum { FRAME_DATA = 0, FRAME_HEADERS = 1, FRAME_SETTINGS = 4, FRAME_HEAD_BYTES = 9 };
enum { FLAG_ACK = 1, FLAG_END_STREAM = 1, FLAG_END_HEADERS = 4 };

static bool read_all(struct peer *peer, void *bytes, size_t len)
{
    char *at = bytes;

    while (len > 0) {
        ssize_t got = peer_read(peer, at, len);

        if (got <= 0)
            return false;
        at += got;
        len -= (size_t)got;
    }
    return true;
}

static bool frame(struct peer *peer, int type, int flags, const unsigned char *stream,
                  const char *payload, size_t len)
{
    unsigned char bytes[64] = {[2] = (unsigned char)len, (unsigned char)type, (unsigned char)flags};

    if (stream != NULL)
        memcpy(bytes + 5, stream, 4);
    memcpy(bytes + FRAME_HEAD_BYTES, payload, len);
    return peer_write(peer, bytes, FRAME_HEAD_BYTES + len);
}

static bool answer_stream(struct peer *peer, const unsigned char *stream)
{
    loopback_count_request(peer->server);
    /* 0x88 is ":status: 200" in the static table of HPACK. */
    return frame(peer, FRAME_HEADERS, FLAG_END_HEADERS, stream, "\x88", 1) &&
           frame(peer, FRAME_DATA, FLAG_END_STREAM, stream, "hello", 5);
}

void loopback_serve_http2(struct peer *peer)
{
    static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    unsigned char head[FRAME_HEAD_BYTES];
    char *payload = malloc(1 << 24);
    bool alive;

    loopback_need(payload != NULL, "malloc");
    alive = read_all(peer, payload, strlen(preface)) && frame(peer, FRAME_SETTINGS, 0, NULL, "", 0);
    while (alive && read_all(peer, head, sizeof head)) {
        size_t len = (size_t)head[0] << 16 | (size_t)head[1] << 8 | head[2];
        int type = head[3], flags = head[4];

        alive = read_all(peer, payload, len);
        if (alive && type == FRAME_SETTINGS && (flags & FLAG_ACK) == 0)
            alive = frame(peer, FRAME_SETTINGS, FLAG_ACK, NULL, "", 0);
        if (alive && (type == FRAME_HEADERS || type == FRAME_DATA) &&
            (flags & FLAG_END_STREAM) != 0)
            alive = answer_stream(peer, head + 5);
    }
    free(payload);
}
