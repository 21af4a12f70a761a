#include "simulated.h"

#include "plinth/base/arena.h"
#include "plinth/base/secret.h"
#include "plinth/base/str.h"
#include "plinth/fiber/fiber.h"
#include "plinth/sim/sim.h"

#include <string.h>

static int answer(void *arg, const struct http_request *request, struct arena *arena,
                  struct http_response *out, struct err *err)
{
    struct simulated *process = arg;
    const struct simulated_options *options = &process->options;
    struct err ignored = ERR_INIT; /* what was sent arrives, also through a stop */

    if (options->network != NULL)
        return options->network(options->arg, request, arena, out, err);
    (void)fiber_sleep_ms(process->sched, sim_latency_ms(options->sim), &ignored);
    sim_handle(options->sim, request, arena, out);
    if (out->status == 0)
        return err_set(err, ERR_LOST, "the connection was closed");
    return 0;
}

/* A simulated machine has no variables and no terminal. */
static const char *no_variable(void *arg, const char *name)
{
    (void)arg;
    (void)name;
    return NULL;
}

static int no_prompt(void *arg, const char *question, struct arena *arena, char **out,
                     struct err *err)
{
    (void)arg;
    (void)arena;
    (void)out;
    return err_set(err, ERR_IO, "no terminal to ask: %s", question);
}

int simulated_begin(struct simulated *process, const struct simulated_options *options,
                    struct err *err)
{
    struct sim_login login = sim_login(options->sim);
    struct aws_client_options client = {.endpoints = &process->endpoints};
    struct credentials *credentials;

    *process = (struct simulated){.options = *options};
    process->sched = client.sched = sched_new(options->env, err);
    if (process->sched == NULL)
        return -1;
    process->transport = client.transport = transport_inproc_new(answer, process);
    process->client = aws_client_new(&client);
    credentials = credentials_new(
        login.access_key_id, secret_new(login.secret_access_key, strlen(login.secret_access_key)),
        NULL, 0);
    process->credentials = credentials_static_new(credentials);
    credentials_unref(credentials);
    process->world = (struct credentials_world){.sched = process->sched,
                                                .client = process->client,
                                                .transport = process->transport,
                                                .endpoints = &process->endpoints,
                                                .variable = no_variable,
                                                .prompt = no_prompt};
    return 0;
}

void simulated_end(struct simulated *process)
{
    credentials_provider_free(process->credentials);
    aws_client_free(process->client);
    transport_free(process->transport);
    sched_free(process->sched);
}

struct aws_target simulated_management(const struct simulated *process)
{
    return (struct aws_target){.client = process->client,
                               .credentials = process->credentials,
                               .account_id = "",
                               .region = "us-east-1"};
}

static void add_region(const char **regions, size_t *count, size_t most, const char *name)
{
    for (size_t i = 0; i < *count; i++)
        if (str_eq(regions[i], name))
            return;
    if (*count < most && name != NULL)
        regions[(*count)++] = name;
}

int simulated_regions(size_t count, const char *home, struct arena *arena, const char *const **out,
                      struct err *err)
{
    size_t known = 0, chosen = 0;
    const char **regions;

    while (sim_region_name(known) != NULL)
        known++;
    if (count > known)
        return err_set(err, ERR_USAGE, "AWS has %zu regions, not %zu", known, count);
    regions = arena_array(arena, count + 1, sizeof *regions);
    add_region(regions, &chosen, count, arena_str(arena, home));
    for (size_t i = 0; i < known; i++)
        add_region(regions, &chosen, count, sim_region_name(i));
    *out = regions;
    return 0;
}
