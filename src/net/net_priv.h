/*
 * net_priv.h - the parts of the curl transport.
 *
 * curl.c      one exchange: what is asked of libcurl, and what its result means to the caller
 * loop.c      libcurl's sockets and timer on the scheduler's loop
 * answer.c    an HTTP answer, taken in pieces
 *
 * Layer:  net, private.
 */
#ifndef PLINTH_NET_PRIV_H
#define PLINTH_NET_PRIV_H

#include "plinth/base/buf.h"
#include "plinth/net/transport.h"

#include <curl/curl.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- answer.c ------------------------------------------------------------------------------------
 */

struct answer {
    struct arena *arena;         /* of the headers */
    struct http_headers headers; /* of the last answer: a 100 may come before the 200 */
    size_t header_bytes;         /* of all answers together */
    bool headers_end;            /* what follows are trailers, which are dropped */
    struct buf body;             /* its memory serves one answer after the other */
    bool too_large;
};

void answer_init(struct answer *answer);
void answer_fini(struct answer *answer);

/* Forget the answer before; headers go to `arena` from now on. */
void answer_start(struct answer *answer, struct arena *arena);

/* One line of the head with its line break, or a piece of the body.  False: too large, take no
 * more. */
bool answer_take_line(struct answer *answer, const char *line, size_t len);
bool answer_take_body(struct answer *answer, const char *bytes, size_t len);

/* The body goes to the arena. */
void answer_finish(struct answer *answer, int status, struct http_response *out);

/* --- loop.c --------------------------------------------------------------------------------------
 */

struct loop_socket;
struct sched_timer; /* fiber/fiber.h */

/* Called from the loop, on no fiber, when a transfer has ended and left the multi handle. */
typedef void (*loop_done_fn)(CURL *easy, CURLcode result);

struct loop {
    struct sched *sched;
    CURLM *multi;
    loop_done_fn done;
    struct arena *arena;         /* of the sockets */
    struct loop_socket *sockets; /* by fd */
    size_t socket_capacity;
    struct sched_timer *timer; /* NULL: none runs */
    int64_t timer_due_us;      /* of `timer`: never later than what libcurl wants */
    int64_t wanted_due_us;     /* -1: libcurl waits for no time */
};

/* `loop` stays where it is until loop_fini, which closes all connections.  err: ERR_IO. */
int loop_init(struct loop *loop, struct sched *sched, struct arena *arena, loop_done_fn done,
              struct err *err);
void loop_fini(struct loop *loop);

/* Whose sockets the loop may keep watching between two transfers: set on each easy handle. */
bool loop_adopt(struct loop *loop, CURL *easy);

/* Start a transfer.  It runs from the loop, when the caller yields.  err: ERR_IO. */
int loop_add(struct loop *loop, CURL *easy, struct err *err);

#endif
