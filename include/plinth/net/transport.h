/*
 * transport.h - one HTTP exchange, over the network or inside the process.
 *
 * Layer:  net.  Who calls cannot tell the two apart: real AWS and `plinth sandbox` are behind curl,
 *         rehearsals and most tests are behind a function.
 */
#ifndef PLINTH_NET_TRANSPORT_H
#define PLINTH_NET_TRANSPORT_H

#include "plinth/codec/http.h"

#include <stdbool.h>
#include <stdint.h>

struct arena; /* base/arena.h */
struct sched; /* fiber/fiber.h */

struct transport {
    /* Send `request`, wait for the whole answer.  Any HTTP status is success here; no redirect is
     * followed and nothing is sent a second time.  `request` must stay as it is until the return.
     * Once the run is being stopped nothing more is sent; what was sent is waited for.
     * owns: the response lives in `arena`.
     * err: ERR_TRANSIENT when the request certainly never reached the server (no connection, no
     *      name, a broken TLS handshake), ERR_LOST when it may have, ERR_LIMIT when the answer is
     *      too large, ERR_IO for a certificate that is not trusted, for a proxy that refuses us and
     *      for what libcurl cannot do, ERR_CANCELLED (nothing was sent).  yields: yes. */
    int (*send)(struct transport *transport, const struct http_request *request,
                struct arena *arena, struct http_response *out, struct err *err);
    void (*free)(struct transport *transport);
};

struct transport_curl_options {
    size_t connections_per_host; /* exchanges at a time with one server; 0: 64 */
    int64_t timeout_ms;          /* whole exchange, from its turn on; 0: 60 s */
    int64_t connect_timeout_ms;  /* 0: 10 s */
    const char *ca_bundle;       /* all that is trusted, read once; NULL: the system's */
    const char *proxy;           /* NULL: HTTPS_PROXY and its kin; NO_PROXY counts for both */
    const char *user_agent;      /* NULL: none */
};

/* One curl multi handle on the scheduler's loop, which must be on the real clock; connections are
 * kept and shared.  Their total follows from RLIMIT_NOFILE: raise that first.  `options` is
 * copied.
 * owns: caller, transport_free(), when no exchange is under way.  err: ERR_IO.  yields: no. */
struct transport *transport_curl_new(struct sched *sched,
                                     const struct transport_curl_options *options, struct err *err);

/* Answers a request inside the process.  It may yield (to model latency).  Same contract as
 * transport.send. */
typedef int (*transport_handler_fn)(void *arg, const struct http_request *request,
                                    struct arena *arena, struct http_response *out,
                                    struct err *err);

/* owns: caller, transport_free().  yields: no. */
struct transport *transport_inproc_new(transport_handler_fn handler, void *arg);

/* NULL is a no-op.  yields: no. */
void transport_free(struct transport *transport);

#endif
