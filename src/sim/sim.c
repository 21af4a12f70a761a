/*
 * sim.c - the life of a simulator, and the stages each call goes through.
 */
#include "sim_priv.h"

#include "plinth/base/log.h"

#include <stdlib.h>
#include <string.h>

#define uthash_fatal(message) abort()
#include <uthash.h>

#define SERVICE(name) extern const struct sim_service sim_service_##name;
#include "services.def"
#undef SERVICE

static const struct sim_service *const services[] = {
#define SERVICE(name) &sim_service_##name,
#include "services.def"
#undef SERVICE
};

const struct sim_service *sim_service_at(size_t index)
{
    return index < sizeof services / sizeof services[0] ? services[index] : NULL;
}

/* --- Counters --- */

struct sim_counter {
    uint64_t calls;
    UT_hash_handle hh;
    char name[]; /* "service:Operation" */
};

static void count(struct sim_call *call)
{
    struct sim *sim = call->sim;
    const char *name = sim_action(call);
    size_t len = strlen(name);
    struct sim_counter *counter;

    HASH_FIND(hh, sim->counters, name, len, counter);
    if (counter == NULL) {
        counter = calloc(1, sizeof *counter + len + 1);
        if (counter == NULL)
            abort();
        memcpy(counter->name, name, len);
        HASH_ADD_KEYPTR(hh, sim->counters, counter->name, len, counter);
    }
    counter->calls++;
    sim->calls++;
    sim->writes += call->operation->access == SIM_WRITE;
}

/* Whether "service:Operation" is asked for; NULL asks for every one. */
static bool counter_fits(const struct sim_counter *counter, const char *service,
                         const char *operation)
{
    const char *colon = strchr(counter->name, ':');
    size_t len = (size_t)(colon - counter->name);

    return (service == NULL ||
            (strlen(service) == len && strncmp(service, counter->name, len) == 0)) &&
           (operation == NULL || str_eq(operation, colon + 1));
}

uint64_t sim_calls(const struct sim *sim, const char *service, const char *operation)
{
    uint64_t sum = 0;

    for (const struct sim_counter *it = sim->counters; it != NULL; it = it->hh.next)
        if (counter_fits(it, service, operation))
            sum += it->calls;
    return sum;
}

uint64_t sim_writes(const struct sim *sim)
{
    return sim->writes;
}

struct json *sim_counts(const struct sim *sim, struct arena *arena)
{
    struct json *out = json_object(arena);

    for (const struct sim_counter *it = sim->counters; it != NULL; it = it->hh.next)
        json_put_number(out, it->name, (double)it->calls);
    return out;
}

/* --- Life --- */

static int options_check(const struct sim_options *options, struct err *err)
{
    if (sim_global_region(options->partition) == NULL)
        return err_set(err, ERR_CONFIG, "there is no partition \"%s\"", options->partition);
    if (options->fault_rate < 0 || options->fault_rate > 1 || options->lost_rate < 0 ||
        options->lost_rate > 1)
        return err_set(err, ERR_CONFIG, "a rate of faults must be between 0 and 1");
    if (options->time_scale < 0 || options->latency_ms < 0)
        return err_set(err, ERR_CONFIG, "the time scale and the latency must not be negative");
    return 0;
}

/* The account to be the management account, and the user who signs for it. */
static void populate(struct sim *sim)
{
    struct arena *arena = sim->arena;

    sim_root_key_new(sim, arena);
    sim->login.account_id =
        sim_account_create(sim, arena, "aws@example.com", "Management", NULL, NULL, 0);
    sim->login.access_key_id = sim_access_key_id(sim, arena, "AKIA", sim->login.account_id);
    sim->login.secret_access_key = sim_secret_key(sim, sim->login.access_key_id, arena);
    sim_iam_administrator(sim, arena, sim->login.account_id, sim->login.access_key_id);
}

struct sim *sim_new(const struct sim_options *options, struct err *err)
{
    struct sim_options checked = *options;
    struct sim *sim;

    if (checked.partition == NULL)
        checked.partition = "aws";
    if (checked.time_scale == 0)
        checked.time_scale = 1;
    if (options_check(&checked, err) != 0)
        return NULL;
    sim = calloc(1, sizeof *sim);
    if (sim == NULL)
        abort();
    sim->arena = arena_new("simulator");
    sim->scratch = arena_new("simulated call");
    sim->options = checked;
    sim->options.partition = sim->partition = arena_str(sim->arena, checked.partition);
    sim->env = options->env;
    sim->store = sim_store_new();
    sim->faults = sim_faults_new(&sim->options);
    sim->rates = sim_rates_new();
    sim->policies = sim_policies_new();
    populate(sim);
    return sim;
}

void sim_free(struct sim *sim)
{
    struct sim_counter *counter, *next;

    if (sim == NULL)
        return;
    HASH_ITER(hh, sim->counters, counter, next)
    {
        HASH_DEL(sim->counters, counter);
        free(counter);
    }
    sim_work_free(sim->work);
    sim_auth_forget(sim);
    sim_policies_free(sim->policies);
    sim_rates_free(sim->rates);
    sim_faults_free(sim->faults);
    sim_store_free(sim->store);
    arena_free(sim->scratch);
    arena_free(sim->arena);
    free(sim);
}

struct sim_login sim_login(const struct sim *sim)
{
    return sim->login;
}

void sim_inject(struct sim *sim, enum sim_fault fault, uint64_t nth_write)
{
    sim_faults_inject(sim->faults, fault, nth_write);
}

void sim_trouble(struct sim *sim, bool throttle, double fault_rate, double lost_rate)
{
    sim->options.throttle = throttle;
    sim_faults_rates(sim->faults, fault_rate, lost_rate);
}

void sim_observe(struct sim *sim, sim_observer_fn observer, void *arg)
{
    sim->observer = observer;
    sim->observer_arg = arg;
}

int64_t sim_latency_ms(struct sim *sim)
{
    return sim_faults_latency_ms(sim->faults);
}

/* --- Dump and load --- */

struct json *sim_dump(const struct sim *sim, struct arena *arena)
{
    struct json *out = json_object(arena), *login = json_put_object(out, "login");

    json_put_str(out, "partition", sim->partition);
    json_put_str(login, "account_id", sim->login.account_id);
    json_put_str(login, "access_key_id", sim->login.access_key_id);
    json_put_str(login, "secret_access_key", sim->login.secret_access_key);
    sim_store_dump(sim->store, json_put_array(out, "records"));
    return out;
}

int sim_load(struct sim *sim, const struct json *state, struct err *err)
{
    const struct json *login = json_get(state, "login"), *records = json_get(state, "records");
    const char *account = json_str(login, "account_id");
    const char *key_id = json_str(login, "access_key_id");
    const char *secret = json_str(login, "secret_access_key");
    struct sim_store *store;

    if (account == NULL || key_id == NULL || secret == NULL || records == NULL)
        return err_set(err, ERR_CONFIG, "the saved state is not one of a simulator");
    if (!str_eq(json_str(state, "partition"), sim->partition))
        return err_set(err, ERR_CONFIG, "the saved state is of another partition than \"%s\"",
                       sim->partition);
    store = sim_store_new();
    if (sim_store_load(store, records, err) != 0 ||
        (!sim_store_has(store, "", "", "root-key", "self") &&
         err_set(err, ERR_CONFIG, "the saved state is of another version of the simulator") != 0)) {
        sim_store_free(store);
        return -1;
    }
    sim_store_free(sim->store);
    sim->store = store;
    sim_auth_forget(sim);
    sim->organization_version++;
    sim->login = (struct sim_login){arena_str(sim->arena, account), arena_str(sim->arena, key_id),
                                    arena_str(sim->arena, secret)};
    return 0;
}

/* --- One call --- */

/* Who calls what.  -1: the error is set. */
static int identify(struct sim_call *call)
{
    struct err err = ERR_INIT;
    bool is_signed = http_header_get(&call->request->headers, "Authorization") != NULL;

    if (http_url_parse(call->request->url, call->arena, &call->url, &err) != 0)
        return sim_error(call, "InvalidURI", 400, "%s", err.text);
    if (sim_protocol_service(call) != 0 || (is_signed && sim_auth(call) != 0) ||
        sim_protocol_request(call) != 0)
        return -1;
    /* Without a signature only after the operation is known to need none. */
    if (!is_signed && !call->operation->anonymous && sim_auth(call) != 0)
        return -1;
    return 0;
}

static int throttled(struct sim_call *call)
{
    const struct sim_service *service = call->service;

    return sim_error(call, service->throttled == NULL ? "ThrottlingException" : service->throttled,
                     service->throttled_status == 0 ? 400 : service->throttled_status,
                     "Rate exceeded");
}

static int handle(struct sim_call *call)
{
    if (sim_authorize(call) != 0 ||
        sim_check_rules(call, call->operation->rules, call->params) != 0)
        return -1;
    if (call->service->before != NULL && call->service->before(call) != 0)
        return -1;
    return call->operation->handler(call);
}

/* What was refused for the rate alone is no work. */
static int carry_out(struct sim_call *call)
{
    int result;

    if (call->sim->options.throttle && !sim_rates_take(call->sim->rates, call))
        return throttled(call);
    result = handle(call);
    if (call->sim->work != NULL)
        sim_work_note(call->sim->work, call);
    return result;
}

/* True: the answer is lost. */
static bool run(struct sim_call *call)
{
    struct sim_fate fate;

    if (identify(call) != 0)
        return false;
    count(call);
    sim_trail_arrive(call);
    sim_replicas_arrive(call);
    sim_alarms_look(call);
    fate = sim_faults_next(call->sim->faults, call);
    if (!fate.nothing)
        (void)carry_out(call);
    else if (fate.throttled)
        (void)throttled(call);
    else if (fate.denied)
        (void)sim_denied(call, sim_action(call), NULL);
    else if (fate.code != NULL)
        (void)sim_error(call, fate.code, fate.status, "%s", fate.text);
    if (!fate.nothing || fate.denied)
        sim_trail_tell(call);
    return fate.lost;
}

static void log_unknown(struct sim_call *call)
{
    const char *target = http_header_get(&call->request->headers, "X-Amz-Target");

    log_event(call->sim->env->log, LOG_WARN, "sim.unknown", "service",
              call->service == NULL ? NULL : call->service->name, "method", call->request->method,
              "url", call->request->url, "target", target, "code", call->error_code, "text",
              call->error_text, NULL);
}

static void record(struct sim *sim, const struct http_request *request,
                   const struct http_response *response)
{
    struct err err = ERR_INIT;

    if (sim->options.recorder != NULL &&
        sim_recorder_add(sim->options.recorder, request, response, &err) != 0)
        log_event(sim->env->log, LOG_WARN, "sim.record", "text", err.text, NULL);
}

static void copy_response(const struct http_response *from, struct arena *arena,
                          struct http_response *out)
{
    *out = (struct http_response){.status = from->status, .body_len = from->body_len};
    for (size_t i = 0; i < from->headers.count; i++)
        http_header_add(&out->headers, arena, from->headers.items[i].name,
                        from->headers.items[i].value);
    if (from->body != NULL)
        out->body = arena_strn(arena, from->body, from->body_len);
}

void sim_handle(struct sim *sim, const struct http_request *request, struct arena *arena,
                struct http_response *out)
{
    struct http_response response = {0};
    struct sim_call call = {
        .sim = sim,
        .arena = sim->scratch,
        .request = request,
        .region = "",
        .account = "",
        .now_ms = env_wall_ms(sim->env),
        .params = json_object(sim->scratch),
        .answer = json_object(sim->scratch),
    };

    sim_store_trim(sim->store);
    rng_uuid(sim->env->rng, call.request_id);
    if (!run(&call))
        sim_protocol_answer(&call, &response);
    copy_response(&response, arena, out);
    if (call.operation == NULL)
        log_unknown(&call);
    record(sim, request, out);
    if (sim->observer != NULL)
        sim->observer(sim->observer_arg, call.service == NULL ? "" : call.service->name,
                      call.operation == NULL ? "" : call.operation->name, request, out,
                      call.operation != NULL && call.operation->access == SIM_WRITE);
    arena_reset(sim->scratch);
}
