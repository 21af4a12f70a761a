#include "plinth/base/arena.h"
#include "plinth/net/transport.h"

struct inproc {
    struct transport transport; /* first: a struct transport of this file is a struct inproc */
    struct arena *arena;        /* holds this struct */
    transport_handler_fn handler;
    void *arg;
};

static int inproc_send(struct transport *transport, const struct http_request *request,
                       struct arena *arena, struct http_response *out, struct err *err)
{
    struct inproc *inproc = (struct inproc *)transport;

    return inproc->handler(inproc->arg, request, arena, out, err);
}

static void inproc_free(struct transport *transport)
{
    struct inproc *inproc = (struct inproc *)transport;

    arena_free(inproc->arena);
}

struct transport *transport_inproc_new(transport_handler_fn handler, void *arg)
{
    struct arena *arena = arena_new("in-process transport");
    struct inproc *inproc = arena_alloc(arena, sizeof *inproc);

    *inproc = (struct inproc){
        .transport = {.send = inproc_send, .free = inproc_free},
        .arena = arena,
        .handler = handler,
        .arg = arg,
    };
    return &inproc->transport;
}
