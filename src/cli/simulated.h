/*
 * simulated.h - one process of plinth on a simulator in the same process: a scheduler, a transport,
 *               a client and credentials, in virtual time if the clock is virtual.
 *
 * Layer:  cli; the tests stand on it too (tests/support/rehearsal.h).  Nothing here can reach AWS.
 */
#ifndef PLINTH_CLI_SIMULATED_H
#define PLINTH_CLI_SIMULATED_H

#include "plinth/aws/call.h"
#include "plinth/aws/credentials.h"
#include "plinth/base/err.h"
#include "plinth/net/transport.h"

struct arena; /* base/arena.h */
struct env;   /* base/env.h */
struct sched; /* fiber/fiber.h */
struct sim;   /* sim/sim.h */

struct simulated_options {
    struct env *env; /* of the process, in the simulator's time; outlives it */
    struct sim *sim;

    /* A network of one's own, in the place of a wait for the simulator's latency and sim_handle;
     * NULL: these. */
    transport_handler_fn network;
    void *arg;
};

struct simulated {
    struct simulated_options options;
    struct aws_endpoints endpoints;
    struct sched *sched;
    struct transport *transport;
    struct aws_client *client;
    struct credentials_provider *credentials; /* the administrator of the first account */
    struct credentials_world world;
};

/* `process` stays where it is until simulated_end.  err: ERR_IO.  yields: no. */
int simulated_begin(struct simulated *process, const struct simulated_options *options,
                    struct err *err);
void simulated_end(struct simulated *process);

/* Names of `count` regions for sim_options.default_regions: `home`, which may be NULL, the one of
 * the global services, and then as AWS lists them.  owns: `arena`.  err: ERR_USAGE when AWS has
 * fewer. yields: no. */
int simulated_regions(size_t count, const char *home, struct arena *arena, const char *const **out,
                      struct err *err);

/* The management account, with all that an administrator may do. */
struct aws_target simulated_management(const struct simulated *process);

#endif
