/*
 * fuzz_sim.c - a request that nobody signed well is answered, and changes nothing.
 *
 * Input: the first line is the method, the second the path and query, the third the Authorization
 * header, the fourth X-Amz-Target, and the rest is the body; lines that are empty are left out.
 */
#include "fuzz.h"

#include "plinth/base/arena.h"
#include "plinth/base/env.h"
#include "plinth/codec/json.h"
#include "plinth/sim/sim.h"

#include <assert.h>
#include <string.h>

/* The next line, without what ends it. */
static const char *line(const char **at, const char *end, struct arena *arena)
{
    const char *start = *at, *stop = memchr(start, '\n', (size_t)(end - start));

    *at = stop == NULL ? end : stop + 1;
    return arena_strn(arena, start, (size_t)((stop == NULL ? end : stop) - start));
}

static void add(struct http_request *request, struct arena *arena, const char *name,
                const char *value)
{
    if (*value != '\0')
        http_header_add(&request->headers, arena, name, value);
}

static void ask(struct sim *sim, const uint8_t *bytes, size_t len, struct arena *arena)
{
    const char *at = (const char *)bytes, *end = at + len;
    struct http_request request = {.method = line(&at, end, arena)};
    struct http_response response;

    request.url = arena_printf(arena, "http://sts.amazonaws.com%s", line(&at, end, arena));
    add(&request, arena, "Authorization", line(&at, end, arena));
    add(&request, arena, "X-Amz-Target", line(&at, end, arena));
    add(&request, arena, "X-Amz-Date", "20261124T120000Z");
    request.body = at;
    request.body_len = (size_t)(end - at);
    sim_handle(sim, &request, arena, &response);
    assert(response.status >= 400 && response.status < 600);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct clock *clock = clock_virtual_new(INT64_C(1795521600000));
    struct rng *rng = rng_seeded_new(1);
    struct env env = {.clock = clock, .rng = rng};
    struct err err = ERR_INIT;
    struct sim *sim = sim_new(&(struct sim_options){.env = &env}, &err);
    struct arena *arena = arena_new("fuzz");
    const struct json *before;

    assert(sim != NULL);
    before = sim_dump(sim, arena);
    if (len > 0)
        ask(sim, bytes, len, arena);
    assert(json_equal(before, sim_dump(sim, arena)));
    arena_free(arena);
    sim_free(sim);
    rng_seeded_free(rng);
    clock_virtual_free(clock);
    return 0;
}
