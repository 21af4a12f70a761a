/*
 * loopback.h - an HTTP server on 127.0.0.1, in threads of the test, that misbehaves on request.
 *
 * The path of a request says what comes back:
 *   /ok            200 and "hello"             /echo          200 and the request itself
 *   /status/NNN    that status, no body        /redirect      302 to /ok
 *   /drop          the connection is closed    /drop-kept     /ok first, closed at the second time
 *   /silent        nothing, ever               /garbage       bytes that are not HTTP
 *   /cut-length    less than Content-Length    /cut-chunks    chunks without an end
 *   /huge-length   a Content-Length of 1 TB    /huge-chunks   chunks for ever
 *   /huge-head     header lines for ever       /long-line     one header line of 256 KB
 *   /interim       100 and 103 before a 200    /trailers      headers behind the body
 *   /close         /ok, then the end           /hold          /ok once loopback_release was called
 *   /close-idle    /ok, and closed without a word of it
 * As a proxy it answers absolute URLs like /echo, tunnels CONNECT to any port of 127.0.0.1, and
 * refuses port 1 with 407.
 */
#ifndef PLINTH_TESTS_LOOPBACK_H
#define PLINTH_TESTS_LOOPBACK_H

#include <stdbool.h>
#include <stddef.h>

struct loopback; /* opaque */

enum loopback_kind { LOOPBACK_PLAIN, LOOPBACK_TLS, LOOPBACK_TLS_HTTP2 };

/* Listens when it returns; aborts if it cannot.  A TLS server makes a certificate of its own for
 * 127.0.0.1, which is its own CA. */
struct loopback *loopback_start(enum loopback_kind kind);

/* Closes all connections and waits for the threads. */
void loopback_stop(struct loopback *server);

int loopback_port(const struct loopback *server);

/* The CA bundle of a TLS server; a file that is gone after loopback_stop. */
const char *loopback_ca_path(const struct loopback *server);

/* From now on /hold answers. */
void loopback_release(struct loopback *server);

struct loopback_counts {
    size_t connections;      /* accepted so far */
    size_t connections_most; /* open at one time */
    size_t resumed;          /* of the TLS handshakes */
    size_t requests;
    size_t held; /* wait in /hold now */
};
struct loopback_counts loopback_counts(struct loopback *server);

#endif
