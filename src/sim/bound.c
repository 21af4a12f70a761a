/*
 * bound.c - counts what the calls needed: tokens of each bucket, creations, answers of each other.
 */
#include "plinth/sim/bound.h"

#include "organizations_priv.h"
#include "sim_priv.h"

#include <stdlib.h>
#include <string.h>

#define uthash_fatal(message) abort()
#include <uthash.h>

enum { ACCOUNT_BYTES = 16, REGION_BYTES = 28 };

struct place {
    char account[ACCOUNT_BYTES], region[REGION_BYTES];
    uint32_t row;
};

struct demand {
    struct place place;
    uint64_t calls;
    UT_hash_handle hh;
};

/* An access key or a page token, and how many calls led to it. */
struct link {
    uint64_t depth;
    UT_hash_handle hh;
    char name[];
};

struct sim_work {
    struct demand *demands;
    struct link *links;
    uint64_t calls, depth_most;
    uint64_t depth; /* of the call under way */
    uint64_t creations;
    int64_t creations_ms, creation_most_ms;
};

static void *need(void *memory)
{
    if (memory == NULL)
        abort();
    return memory;
}

void sim_work_free(struct sim_work *work)
{
    struct demand *demand, *next_demand;
    struct link *link, *next_link;

    if (work == NULL)
        return;
    HASH_ITER(hh, work->demands, demand, next_demand)
    {
        HASH_DEL(work->demands, demand);
        free(demand);
    }
    HASH_ITER(hh, work->links, link, next_link)
    {
        HASH_DEL(work->links, link);
        free(link);
    }
    free(work);
}

void sim_bound_begin(struct sim *sim)
{
    sim_work_free(sim->work);
    sim->work = need(calloc(1, sizeof *sim->work));
}

/* --- The chain -----------------------------------------------------------------------------------
 */

static uint64_t depth_of(const struct sim_work *work, const char *name)
{
    struct link *link = NULL;

    if (name != NULL)
        HASH_FIND_STR(work->links, name, link);
    return link == NULL ? 0 : link->depth;
}

static void note_link(struct sim_work *work, const char *name)
{
    struct link *link;

    if (name == NULL)
        return;
    HASH_FIND_STR(work->links, name, link);
    if (link == NULL) {
        link = need(calloc(1, sizeof *link + strlen(name) + 1));
        memcpy(link->name, name, strlen(name) + 1);
        HASH_ADD_STR(work->links, name, link);
    }
    link->depth = work->depth;
}

/* As the services call what asks for, or names, the next page. */
static const char *const page_names[] = {
    "NextToken",       "nextToken", "Marker", "ContinuationToken", "NextContinuationToken",
    "PaginationToken", "position"};

static uint64_t depth_before(const struct sim_work *work, const struct sim_call *call)
{
    uint64_t most = depth_of(work, call->principal.access_key_id);

    for (size_t i = 0; i < sizeof page_names / sizeof page_names[0]; i++) {
        uint64_t depth = depth_of(work, json_str(call->params, page_names[i]));

        most = depth > most ? depth : most;
    }
    return most;
}

/* --- Noting --------------------------------------------------------------------------------------
 */

static void note_demand(struct sim_work *work, const struct sim_call *call, uint32_t row)
{
    struct place place = {.row = row};
    struct demand *demand;

    memcpy(place.account, call->account, strnlen(call->account, sizeof place.account - 1));
    memcpy(place.region, call->region, strnlen(call->region, sizeof place.region - 1));
    HASH_FIND(hh, work->demands, &place, sizeof place, demand);
    if (demand == NULL) {
        demand = need(calloc(1, sizeof *demand));
        demand->place = place;
        HASH_ADD(hh, work->demands, place, sizeof place, demand);
    }
    demand->calls++;
}

void sim_work_note(struct sim_work *work, const struct sim_call *call)
{
    const struct sim_rate *rate;

    if (call->error_code != NULL && call->operation->access == SIM_WRITE)
        return;
    for (uint32_t row = 0; (rate = sim_rate_at(row)) != NULL; row++)
        if (sim_rate_applies(rate, call))
            note_demand(work, call, row);
    work->calls++;
    work->depth = depth_before(work, call) + 1;
    if (work->depth > work->depth_most)
        work->depth_most = work->depth;
    note_link(work, json_str(json_get(call->answer, "Credentials"), "AccessKeyId"));
    for (size_t i = 0; i < sizeof page_names / sizeof page_names[0]; i++)
        note_link(work, json_str(call->answer, page_names[i]));
}

void sim_work_creation(struct sim_work *work, int64_t takes_ms)
{
    work->creations++;
    work->creations_ms += takes_ms;
    if (takes_ms > work->creation_most_ms)
        work->creation_most_ms = takes_ms;
}

/* --- The bound -----------------------------------------------------------------------------------
 */

static int64_t least_ms(const struct demand *demand, const struct sim_rate *rate)
{
    double waiting = (double)demand->calls - rate->burst;

    return waiting <= 0 ? 0 : (int64_t)(waiting / rate->per_second * 1000);
}

/* Behind those that are slower, unless its row is there with a slower one. */
static void add_limit(struct sim_bound *out, const struct sim_limit *limit)
{
    size_t at = 0, end;

    while (at < out->limit_count && out->limits[at].least_ms >= limit->least_ms) {
        if (str_eq(out->limits[at].service, limit->service) &&
            str_eq(out->limits[at].operation, limit->operation))
            return;
        at++;
    }
    for (end = at; end < out->limit_count; end++)
        if (str_eq(out->limits[end].service, limit->service) &&
            str_eq(out->limits[end].operation, limit->operation))
            break;
    if (end == out->limit_count) {
        if (end == SIM_LIMITS_MOST)
            end--;
        else
            out->limit_count++;
    }
    if (at > end)
        return;
    memmove(&out->limits[at + 1], &out->limits[at], (end - at) * sizeof out->limits[0]);
    out->limits[at] = *limit;
}

static void add_demand(struct sim_bound *out, const struct demand *demand)
{
    const struct sim_rate *rate = sim_rate_at(demand->place.row);
    struct sim_limit limit = {
        .service = rate->service,
        .operation = rate->operation,
        .account = demand->place.account,
        .region = demand->place.region,
        .calls = demand->calls,
        .per_second = rate->per_second,
        .burst = rate->burst,
        .least_ms = least_ms(demand, rate),
    };

    if (limit.least_ms > 0)
        add_limit(out, &limit);
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

void sim_bound(const struct sim *sim, struct arena *arena, struct sim_bound *out)
{
    const struct sim_work *work = sim->work;

    *out = (struct sim_bound){0};
    if (work == NULL)
        return;
    for (const struct demand *it = work->demands; it != NULL; it = it->hh.next)
        add_demand(out, it);
    for (size_t i = 0; i < out->limit_count; i++) {
        out->limits[i].account = arena_str(arena, out->limits[i].account);
        out->limits[i].region = arena_str(arena, out->limits[i].region);
    }
    out->calls = work->calls;
    out->creations = work->creations;
    out->creations_ms = larger(work->creations_ms / ORG_CREATIONS_MOST, work->creation_most_ms);
    out->chain_calls = work->depth_most;
    out->chain_ms = (int64_t)work->depth_most * sim->options.latency_ms;
    out->least_ms = larger(out->limit_count == 0 ? 0 : out->limits[0].least_ms,
                           larger(out->creations_ms, out->chain_ms));
}
