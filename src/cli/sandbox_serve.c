/*
 * sandbox_serve.c - the simulator in the foreground, its state in a file.
 */
#include "sandbox.h"

#include "decimal.h"
#include "signals.h"
#include "simulated.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/env.h"
#include "plinth/base/files.h"
#include "plinth/base/limits.h"
#include "plinth/codec/json.h"
#include "plinth/sim/recorder.h"
#include "plinth/sim/sim.h"

#include <stdio.h>

static int parse_options(const struct sandbox_opts *from, struct arena *arena,
                         struct sim_options *out, struct err *err)
{
    out->delays = !from->no_delays;
    out->throttle = from->throttle;
    out->fault_seed = (uint64_t)from->seed;
    if (decimal_parse("sandbox: --time-scale", from->time_scale, 0.0001, 100, &out->time_scale,
                      err) != 0 ||
        decimal_parse("sandbox: --fault-rate", from->fault_rate, 0, 1, &out->fault_rate, err) !=
            0 ||
        decimal_parse("sandbox: --lost-rate", from->lost_rate, 0, 1, &out->lost_rate, err) != 0)
        return -1;
    return from->regions == 0
               ? 0
               : simulated_regions((size_t)from->regions, NULL, arena, &out->default_regions, err);
}

/* A file that does not exist is an empty AWS; one that is broken must not be written over. */
static int load_state(struct sim *sim, const char *path, struct arena *arena, struct err *err)
{
    struct json *state;
    char *text;
    size_t len;

    if (files_read(path, LIMIT_JSON_BYTES, arena, &text, &len, err) != 0) {
        if (err->code != ERR_NOTFOUND)
            return -1;
        err_clear(err);
        return 0;
    }
    if (json_parse(text, len, arena, &state, err) == 0 && sim_load(sim, state, err) == 0)
        return 0;
    return err_wrap(err, "%s is no state of a sandbox and was left as it is", path);
}

static int save_state(const struct sim *sim, const char *path, struct arena *arena, struct err *err)
{
    struct buf text;
    int result;

    buf_init(&text, LIMIT_JSON_BYTES);
    json_print(sim_dump(sim, arena), JSON_PRETTY, &text);
    buf_char(&text, '\n');
    if (text.overflow)
        result = err_set(err, ERR_LIMIT, "%s: the state is larger than %d bytes", path,
                         LIMIT_JSON_BYTES);
    else
        result = files_write(path, buf_text(&text), text.len, FILE_MODE_PRIVATE, true, err);
    buf_fini(&text);
    return result;
}

static int announce(const char *address, int port, const struct sandbox_opts *options,
                    struct arena *arena, struct err *err)
{
    const char *url = sandbox_url(address, port, arena);

    if (printf("listening on %s\n", url) < 0 || fflush(stdout) != 0)
        return err_set(err, ERR_IO, "standard output cannot be written");
    if (!options->common.quiet)
        (void)fprintf(stderr,
                      "plinth: in another terminal: eval \"$(plinth sandbox env --listen %s)\"\n",
                      url + sizeof "http://" - 1);
    return 0;
}

/* From the first answer to the last.  err: ERR_IO, ERR_USAGE. */
static int serve(struct sim *sim, const char *address, int port, const struct sandbox_opts *options,
                 struct arena *arena, struct err *err)
{
    struct sim_server *server;
    int result;

    /* Before the server's thread starts, so that it has them blocked too. */
    signals_block();
    server = sim_server_start(sim, address, port, err);
    if (server == NULL)
        return -1;
    result = announce(address, sim_server_port(server), options, arena, err);
    if (result == 0)
        signals_wait();
    sim_server_stop(server);
    return result;
}

int sandbox_serve(const struct sandbox_opts *options)
{
    struct arena *arena = arena_new("sandbox");
    struct rng *seeded = options->seed == 0 ? NULL : rng_seeded_new((uint64_t)options->seed);
    struct env env = {.clock = clock_real(), .rng = seeded == NULL ? rng_system() : seeded};
    struct sim_options sim_options = {.env = &env};
    struct err err = ERR_INIT;
    struct sim_recorder *recorder = NULL;
    struct sim *sim = NULL;
    const char *address;
    int port, code = EXIT_DONE;

    if (parse_options(options, arena, &sim_options, &err) != 0 ||
        sandbox_parse_listen(options->listen, arena, &address, &port, &err) != 0 ||
        (options->state != NULL && files_check_target(options->state, &err) != 0) ||
        (options->record != NULL &&
         (recorder = sim_options.recorder = sim_recorder_new(options->record, &err)) == NULL) ||
        (sim = sim_new(&sim_options, &err)) == NULL ||
        (options->state != NULL && load_state(sim, options->state, arena, &err) != 0) ||
        serve(sim, address, port, options, arena, &err) != 0 ||
        (options->state != NULL && save_state(sim, options->state, arena, &err) != 0)) {
        code = fail(&options->common, &err);
    }
    sim_free(sim);
    sim_recorder_free(recorder);
    rng_seeded_free(seeded);
    arena_free(arena);
    return code;
}
