/*
 * sandbox.h - `plinth sandbox`: the simulator behind HTTP, and questions to a running one.
 *
 * Layer:  cli.
 */
#ifndef PLINTH_CLI_SANDBOX_H
#define PLINTH_CLI_SANDBOX_H

#include "cli.h"

#include "plinth/base/err.h"

#include <stdbool.h>

struct arena; /* base/arena.h */
struct json;  /* codec/json.h */

#define SANDBOX_LISTEN_DEFAULT "127.0.0.1:4599"

struct sandbox_opts {
    struct common common;
    const char *listen, *state, *record;
    const char *time_scale, *fault_rate, *lost_rate; /* decimals, as text; NULL: not given */
    long seed, regions;                              /* 0: none, AWS's */
    bool no_delays, throttle;
};

/* "127.0.0.1:4599", "[::1]:4599".  owns: `arena`.  err: ERR_USAGE.  yields: no. */
int sandbox_parse_listen(const char *listen, struct arena *arena, const char **out_address,
                         int *out_port, struct err *err);

/* "http://127.0.0.1:4599"; `address` as sandbox_parse_listen gives it.  owns: `arena`. */
const char *sandbox_url(const char *address, int port, struct arena *arena);

/* Serve until SIGINT or SIGTERM.  Returns the exit code. */
int sandbox_serve(const struct sandbox_opts *options);

/* Ask the running one and print: shell commands that point any AWS client at it; how often it was
 * called.  Return the exit code. */
int sandbox_env(const struct sandbox_opts *options);
int sandbox_calls(const struct sandbox_opts *options);

#endif
