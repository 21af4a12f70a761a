/*
 * sim_server.c - the simulator over HTTP for a test in another language: prints the port and the
 * login as one line of JSON, and serves until its input ends.
 */
#include "plinth/base/arena.h"
#include "plinth/base/env.h"
#include "plinth/codec/json.h"
#include "plinth/sim/sim.h"
#include "recording.h"

#include <stdio.h>
#include <unistd.h>

static void announce(const struct sim *sim, const struct sim_server *server)
{
    struct sim_login login = sim_login(sim);
    struct arena *arena = arena_new("announcement");
    struct json *line = json_object(arena);

    json_put_number(line, "port", sim_server_port(server));
    json_put_str(line, "account_id", login.account_id);
    json_put_str(line, "access_key_id", login.access_key_id);
    json_put_str(line, "secret_access_key", login.secret_access_key);
    (void)printf("%s\n", json_text(line, arena));
    (void)fflush(stdout);
    arena_free(arena);
}

int main(void)
{
    struct rng *rng = rng_seeded_new(1);
    struct env env = {.clock = clock_real(), .rng = rng};
    struct err err = ERR_INIT;
    const struct sim_options options = {.env = &env, .recorder = recording("boto3")};
    struct sim *sim = sim_new(&options, &err);
    struct sim_server *server = sim == NULL ? NULL : sim_server_start(sim, "127.0.0.1", 0, &err);
    char byte;

    if (server == NULL) {
        (void)fprintf(stderr, "sim_server: %s\n", err.text);
        sim_free(sim);
        rng_seeded_free(rng);
        return 1;
    }
    announce(sim, server);
    while (read(STDIN_FILENO, &byte, 1) > 0)
        ;
    sim_server_stop(server);
    sim_free(sim);
    rng_seeded_free(rng);
    return 0;
}
