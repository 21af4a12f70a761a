/*
 * sim.h - an AWS that runs in the process: accounts, regions, signatures, errors and delays.
 *
 * Layer:  sim.  Uses base, fiber and codec only, never aws or control, so that one mistake cannot
 *         hide in both.  It starts with one account (the management account to be) and nothing in
 *         it.  Behaviour is AWS's as documented; each service file names its sources.
 */
#ifndef PLINTH_SIM_SIM_H
#define PLINTH_SIM_SIM_H

#include "plinth/codec/http.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena; /* base/arena.h */
struct env;   /* base/env.h */
struct json;  /* codec/json.h */
struct sched; /* fiber/fiber.h */
struct sim;   /* opaque */
struct sim_recorder;

struct sim_options {
    struct env *env;       /* its clock drives everything that takes time; its rng the ids */
    const char *partition; /* NULL: "aws" */
    bool delays;           /* asynchrony as AWS's: account creation, role propagation, conflicts */
    double time_scale;     /* 1: AWS's delays; 0.01: a hundredth; 0 means 1 */
    bool throttle;         /* enforce the documented rates */
    int latency_ms;        /* what sim_latency_ms gives on average */
    double fault_rate;     /* share of calls that fail with 500, 503, throttling; seeded */
    double lost_rate;      /* share of calls that are done but whose answer is lost; seeded */
    uint64_t fault_seed;
    const char *const *default_regions; /* on in every account, the others are opted in to; ends
                                         * with NULL; NULL: AWS's; outlives the simulator */
    struct sim_recorder *recorder;      /* sim/recorder.h; NULL: none; outlives the simulator */
};

/* owns: caller, sim_free().  err: ERR_CONFIG.  yields: no. */
struct sim *sim_new(const struct sim_options *options, struct err *err);
void sim_free(struct sim *sim);

/* Answer one request, signature checked.  A lost answer is status 0: the caller drops the
 * connection.  owns: `arena`.  yields: no. */
void sim_handle(struct sim *sim, const struct http_request *request, struct arena *arena,
                struct http_response *out);

/* How long the next answer takes: between half and one and a half of options.latency_ms, seeded.
 * The transport waits; sim_handle does not.  yields: no. */
int64_t sim_latency_ms(struct sim *sim);

/* The account that exists from the start, and credentials of its administrator. */
struct sim_login {
    const char *account_id, *access_key_id, *secret_access_key;
};
struct sim_login sim_login(const struct sim *sim); /* owns: the simulator, until sim_load */

/* The secret of an access key.  None is kept: each is made from the key's id and one root key, so
 * that a dump holds a secret only where somebody put it.  owns: `arena`. */
const char *sim_secret_key(const struct sim *sim, const char *access_key_id, struct arena *arena);

/* How often an operation was called ("organizations", "CreateAccount"); NULL counts all of them. */
uint64_t sim_calls(const struct sim *sim, const char *service, const char *operation);

/* Calls that would change something, and those that did. */
uint64_t sim_writes(const struct sim *sim);

/* Everything that exists, as JSON; sim_load gives back the same simulator.  owns: `arena`.
 * err: ERR_CONFIG.  yields: no. */
struct json *sim_dump(const struct sim *sim, struct arena *arena);
int sim_load(struct sim *sim, const struct json *state, struct err *err);

/* Other trouble from now on than the options had.  yields: no. */
void sim_trouble(struct sim *sim, bool throttle, double fault_rate, double lost_rate);

/* The regions of partition aws that the simulator knows, those that are always on first; NULL past
 * the end.  Static storage. */
const char *sim_region_name(size_t index);

/* Make the nth write from now (1: the next) and all that follow behave like this; for the laws of
 * a control.  SIM_NO_FAULT ends it. */
enum sim_fault {
    SIM_NO_FAULT,
    SIM_KILL_BEFORE, /* neither this write nor anything after it happens; answers are lost */
    SIM_KILL_AFTER,  /* this write happens, its answer is lost, and nothing happens after it */
    SIM_LOSE_ONE,    /* this write happens, its answer is lost; later ones are normal */
    SIM_THROTTLE_ONE,
    SIM_REFUSE_ONE, /* AccessDenied, once */
    SIM_ERROR_ONE,  /* 500, nothing was done, once */
};
void sim_inject(struct sim *sim, enum sim_fault fault, uint64_t nth_write);

/* Called after each request, for recorders.  `operation` is "" for an unknown one. */
typedef void (*sim_observer_fn)(void *arg, const char *service, const char *operation,
                                const struct http_request *request,
                                const struct http_response *response, bool is_write);
void sim_observe(struct sim *sim, sim_observer_fn observer, void *arg);

/* Serve it over HTTP on a loopback address until sim_server_stop.  Port 0 takes a free one.
 * One thread of its own: nobody else may touch `sim` meanwhile.  err: ERR_IO, ERR_USAGE for an
 * address that is not loopback.  yields: no. */
struct sim_server;
struct sim_server *sim_server_start(struct sim *sim, const char *address, int port,
                                    struct err *err);
int sim_server_port(const struct sim_server *server);
void sim_server_stop(struct sim_server *server);

#endif
