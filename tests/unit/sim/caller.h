/*
 * caller.h - call operations of the simulator as any account, without signing.
 *
 * Parameters are JSON with ' in place of ", so that they read well in C.
 */
#ifndef PLINTH_TESTS_CALLER_H
#define PLINTH_TESTS_CALLER_H

#include "sim_priv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct caller {
    struct env env;
    struct sim *sim;
    struct arena *arena;
    const struct sim_service *service;
    const char *as;     /* the account that calls */
    const char *me;     /* the account that is there from the start */
    const char *region; /* where; NULL: us-east-1 */
    const char *code;   /* of the last error; NULL: it went well */
    const char *reason; /* its Reason */
    const char *text;
};

static inline int caller_setup_with(void **state, const struct sim_service *service, bool delays)
{
    struct caller *caller = calloc(1, sizeof *caller);
    struct sim_options options = {.delays = delays, .latency_ms = delays ? 100 : 0};
    struct err err = ERR_INIT;

    caller->env.clock = clock_virtual_new(INT64_C(1795556000000));
    caller->env.rng = rng_seeded_new(7);
    options.env = &caller->env;
    caller->sim = sim_new(&options, &err);
    caller->arena = arena_new("test");
    caller->service = service;
    *state = caller;
    if (caller->sim == NULL)
        return -1;
    caller->me = caller->as = sim_login(caller->sim).account_id;
    return 0;
}

static inline int caller_teardown(void **state)
{
    struct caller *caller = *state;

    sim_free(caller->sim);
    arena_free(caller->arena);
    rng_seeded_free(caller->env.rng);
    clock_virtual_free(caller->env.clock);
    free(caller);
    return 0;
}

/* Let time pass. */
static inline void caller_wait(struct caller *caller, double seconds)
{
    struct clock *clock = caller->env.clock;

    clock->advance(clock, clock->mono_us(clock) + (int64_t)(seconds * 1e6));
}

static inline const struct sim_operation *caller_operation(const struct caller *caller,
                                                           const char *name)
{
    for (size_t i = 0; i < SIM_TABLES_MOST && caller->service->operations[i] != NULL; i++)
        for (const struct sim_operation *it = caller->service->operations[i]; it->name; it++)
            if (str_eq(it->name, name))
                return it;
    return NULL;
}

static inline struct json *caller_params(struct caller *caller, const char *format, va_list args)
{
    char *text = arena_vprintf(caller->arena, format, args);
    struct err err = ERR_INIT;
    struct json *params;

    for (char *at = text; *at != '\0'; at++)
        if (*at == '\'')
            *at = '"';
    if (json_parse(text, strlen(text), caller->arena, &params, &err) != 0)
        fail_msg("%s in %s", err.text, text);
    return params;
}

/* The answer; NULL if the call failed. */
static inline struct json *caller_run(struct caller *caller, const char *name, struct json *params)
{
    static const struct http_request nothing;
    struct sim_call call = {
        .sim = caller->sim,
        .arena = caller->arena,
        .request = &nothing,
        .service = caller->service,
        .operation = caller_operation(caller, name),
        .account = caller->as,
        .region = caller->region == NULL ? "us-east-1" : caller->region,
        .now_ms = env_wall_ms(&caller->env),
        .params = params,
        .answer = json_object(caller->arena),
    };

    call.principal = (struct sim_principal){
        .kind = SIM_USER,
        .account = caller->as,
        .arn = arena_printf(caller->arena, "arn:aws:iam::%s:user/tester", caller->as),
        .name = "tester",
    };
    call.principal.source_arn = call.principal.arn;
    assert_non_null(call.operation);
    caller->code = caller->reason = caller->text = NULL;
    if (sim_check_rules(&call, call.operation->rules, params) == 0 &&
        (call.service->before == NULL || call.service->before(&call) == 0) &&
        call.operation->handler(&call) == 0)
        return call.answer;
    caller->code = call.error_code;
    caller->text = call.error_text;
    caller->reason = json_str(call.error_members, "Reason");
    assert_non_null(caller->code);
    return NULL;
}

/* It must go well. */
__attribute__((format(printf, 3, 4))) static inline struct json *
ok(struct caller *caller, const char *name, const char *format, ...)
{
    struct json *answer;
    va_list args;

    va_start(args, format);
    answer = caller_run(caller, name, caller_params(caller, format, args));
    va_end(args);
    if (answer == NULL)
        fail_msg("%s: %s: %s", name, caller->code, caller->text);
    return answer;
}

/* It must fail: `expected` is the code, or "code/reason". */
__attribute__((format(printf, 4, 5))) static inline void
fails(struct caller *caller, const char *expected, const char *name, const char *format, ...)
{
    const char *slash = strchr(expected, '/');
    struct json *answer;
    va_list args;

    va_start(args, format);
    answer = caller_run(caller, name, caller_params(caller, format, args));
    va_end(args);
    if (answer != NULL)
        fail_msg("%s went well, expected %s", name, expected);
    if (slash == NULL) {
        assert_string_equal(caller->code, expected);
        return;
    }
    assert_string_equal(arena_printf(caller->arena, "%s/%s", caller->code,
                                     caller->reason == NULL ? "no reason" : caller->reason),
                        expected);
}

/* The first item of a list in an answer whose member `key` is `value`; NULL. */
static inline const struct json *item_with(const struct json *answer, const char *list,
                                           const char *key, const char *value)
{
    for (const struct json *it = json_first(json_get(answer, list)); it != NULL; it = it->next)
        if (str_eq(json_str(it, key), value))
            return it;
    return NULL;
}

static inline size_t items(const struct json *answer, const char *list)
{
    assert_non_null(json_get(answer, list));
    return json_get(answer, list)->count;
}

#endif
