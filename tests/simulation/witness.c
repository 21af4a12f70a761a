#include "witness.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/engine/journal.h"

#include <string.h>

static void fail(struct witness *witness, const char *why)
{
    if (witness->failure == NULL)
        witness->failure = why;
}

/* --- The lock ------------------------------------------------------------------------------------
 */

static unsigned process_of(const struct witness *witness, const char *run)
{
    for (size_t i = 0; i < witness->runs.count; i++)
        if (str_eq(witness->runs.items[i].name, run))
            return witness->runs.items[i].process;
    return 0;
}

static const struct json *parse(struct witness *witness, const void *text, size_t len)
{
    struct err err = ERR_INIT;
    struct json *json;

    if (json_parse(text, len, witness->arena, &json, &err) == 0)
        return json;
    fail(witness, "what stands in the lock is none");
    return NULL;
}

/* What certainly stands in the lock now. */
static void note_lock(struct witness *witness, const struct json *json)
{
    const char *run = json_str(json, "run");
    uint64_t fence = (uint64_t)json_number(json, "fence", 0);
    bool held = json_bool(json, "held", false);

    if (fence < witness->fence)
        fail(witness, "the lock's fencing number went back");
    if (fence == witness->fence && witness->run != NULL && !str_eq(run, witness->run))
        fail(witness, "two runs have the same fencing number");
    witness->takeovers += held && witness->holder != 0 && fence > witness->fence;
    witness->fence = fence;
    witness->run = run;
    witness->holder = held ? process_of(witness, run) : 0;
}

static bool is_lock_bucket(const struct process_exchange *exchange)
{
    return strstr(exchange->request->url, "plinth-lock-") != NULL;
}

static void look_at_lock(struct witness *witness, const struct process_exchange *exchange)
{
    const struct http_request *request = exchange->request;
    const struct http_response *response = exchange->response;
    const struct json *json = NULL;

    if (strstr(request->url, "/lock.json") == NULL)
        return;
    if (str_eq(request->method, "PUT")) {
        json = parse(witness, request->body, request->body_len);
        if (process_of(witness, json_str(json, "run")) == 0)
            *VEC_ADD(witness->arena, &witness->runs) =
                (struct witness_run){json_str(json, "run"), exchange->process};
    } else if (response->status == 200) {
        json = parse(witness, response->body, response->body_len);
    }
    /* Of a write whose answer is lost the next reading tells. */
    if (response->status == 200 && json != NULL)
        note_lock(witness, json);
}

/* --- The wire ------------------------------------------------------------------------------------
 */

static void note_host(struct witness *witness, const char *url)
{
    const char *host = strstr(url, "//");
    size_t len = strcspn(host + 2, "/?") + 2;

    for (size_t i = 0; i < witness->hosts.count; i++)
        if (strlen(witness->hosts.items[i]) == len &&
            strncmp(witness->hosts.items[i], host, len) == 0)
            return;
    *VEC_ADD(witness->arena, &witness->hosts) = arena_strn(witness->arena, host, len);
}

/* The fencing number with which a process may write now; 0: it may not. */
static uint64_t leaves(void *arg, unsigned process)
{
    const struct witness *witness = arg;

    return process == witness->holder ? witness->fence : 0;
}

static void arrives(void *arg, const struct process_exchange *exchange)
{
    struct witness *witness = arg;

    note_host(witness, exchange->request->url);
    if (is_lock_bucket(exchange)) {
        look_at_lock(witness, exchange);
        return;
    }
    if (!exchange->is_write)
        return;
    *VEC_ADD(witness->arena, &witness->writes) =
        (struct witness_write){exchange->process, witness->operation};
    if (exchange->left_with == 0)
        fail(witness, "a write left a run that had not the lock");
    else if (exchange->left_with < witness->written)
        fail(witness, "a write arrived after one of the next holder");
    else
        witness->written = exchange->left_with;
}

static void on_request(void *arg, const char *service, const char *operation,
                       const struct http_request *request, const struct http_response *response,
                       bool is_write)
{
    struct witness *witness = arg;

    (void)service;
    (void)request;
    (void)response;
    (void)is_write;
    witness->operation = operation;
}

struct witness *witness_new(struct rehearsal *rehearsal)
{
    struct arena *arena = rehearsal_arena(rehearsal);
    struct witness *witness = arena_alloc(arena, sizeof *witness);

    witness->arena = arena;
    rehearsal_watch(rehearsal, &(struct process_watch){leaves, arrives, witness});
    sim_observe(rehearsal_sim(rehearsal), on_request, witness);
    return witness;
}

/* --- The journal ---------------------------------------------------------------------------------
 */

static size_t arrived(const struct witness *witness, unsigned process, const char *operation)
{
    size_t count = 0;

    for (size_t i = 0; i < witness->writes.count; i++)
        count += witness->writes.items[i].process == process &&
                 str_eq(witness->writes.items[i].operation, operation);
    return count;
}

/* How often a journal has an operation; `done`: as one that was done. */
static size_t noted(const struct journal_run *run, const char *operation, bool done)
{
    size_t count = 0;

    for (size_t i = 0; i < run->write_count; i++)
        count += str_eq(run->writes[i].op, operation) &&
                 (!done || str_eq(run->writes[i].result, "done"));
    return count;
}

void witness_read_journal(struct witness *witness, const struct rehearsal_outcome *outcome)
{
    struct err err = ERR_INIT;
    struct journal_run *run;

    if (journal_load(outcome->journal, witness->arena, &run, &err) != 0) {
        fail(witness, arena_str(witness->arena, err.text));
        return;
    }
    if (run->end.damaged_line != 0)
        fail(witness, "the journal is damaged");
    if (run->state != (outcome->killed ? JOURNAL_KILLED : JOURNAL_ENDED))
        fail(witness, "the journal does not know how its run ended");
    for (size_t i = 0; i < witness->writes.count; i++)
        if (witness->writes.items[i].process == outcome->process &&
            noted(run, witness->writes.items[i].operation, false) == 0)
            fail(witness, "a write is not in the journal");
    for (size_t i = 0; i < run->write_count; i++)
        if (noted(run, run->writes[i].op, true) >
            arrived(witness, outcome->process, run->writes[i].op))
            fail(witness, "the journal calls done what never arrived");
}
