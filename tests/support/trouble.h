/*
 * trouble.h - what can happen to one process of plinth, and what is seen of it from outside.
 */
#ifndef PLINTH_TESTS_TROUBLE_H
#define PLINTH_TESTS_TROUBLE_H

#include "plinth/codec/http.h"

#include <stdbool.h>
#include <stdint.h>

/* Hosts that cannot be reached for a while. */
struct process_cut {
    const char *host;          /* a part of their name: "//iam."; NULL: all can be reached */
    int64_t from_ms, until_ms; /* since the process began */
};

/* The machine's wall clock is set wrong, at a call. */
struct process_jump {
    int64_t after_calls;
    int64_t by_ms; /* ahead of AWS's from then on; 0: never */
};

/* The whole process stands still, once that many calls have left. */
struct process_stall {
    int64_t after_calls;
    int64_t for_ms; /* 0: never */
};

/* The process ends like one that is killed: what has left arrives, and nothing else happens. */
struct process_kill {
    uint64_t after_writes; /* that arrived; 0: never */
    int64_t then_calls;    /* that leave before it dies; 0: it never hears of the last write */
};

struct process_trouble {
    int64_t stop_after_calls; /* as if Ctrl-C came then; 0: never */
    const char *dead_region;  /* nothing there can be reached; NULL: all can */
    struct process_cut cut;
    struct process_jump jump;
    struct process_stall stall;
    struct process_kill kill;
};

/* One request, from outside of the process that sent it. */
struct process_exchange {
    unsigned process;
    const struct http_request *request;
    const struct http_response *response; /* status 0: nobody hears it */
    bool is_write;
    uint64_t left_with; /* what `leaves` said */
};

/* Who stands at the wire. */
struct process_watch {
    uint64_t (*leaves)(void *arg, unsigned process);
    void (*arrives)(void *arg, const struct process_exchange *exchange);
    void *arg;
};

#endif
