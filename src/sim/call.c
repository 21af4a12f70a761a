/*
 * call.c - what a handler says: errors, parameters and the store of its call.
 */
#include "sim_priv.h"

#include <assert.h>
#include <stdarg.h>

/* --- Errors --- */

int sim_error(struct sim_call *call, const char *code, int status, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    call->error_text = arena_vprintf(call->arena, format, args);
    va_end(args);
    call->error_code = arena_str(call->arena, code);
    call->error_members = NULL;
    call->status = status;
    return -1;
}

void sim_error_put(struct sim_call *call, const char *name, const char *value)
{
    assert(call->error_code != NULL);
    if (call->error_members == NULL)
        call->error_members = json_object(call->arena);
    json_put_str(call->error_members, name, value);
}

int sim_bad_input(struct sim_call *call, const char *format, ...)
{
    const char *code = call->service->bad_input;
    const char *text;
    va_list args;

    va_start(args, format);
    text = arena_vprintf(call->arena, format, args);
    va_end(args);
    return sim_error(call, code == NULL ? "ValidationException" : code, 400, "%s", text);
}

int sim_denied(struct sim_call *call, const char *action, const char *resource)
{
    return sim_denied_because(call, action, resource, NULL);
}

int sim_denied_because(struct sim_call *call, const char *action, const char *resource,
                       const char *why)
{
    const struct sim_service *service = call->service;
    const char *code = service->denied == NULL ? "AccessDeniedException" : service->denied;
    int status = service->denied_status != 0     ? service->denied_status
                 : service->protocol == SIM_JSON ? 400
                                                 : 403;
    const char *who = call->principal.arn == NULL ? "anonymous" : call->principal.arn;

    return sim_error(call, code, status, "%sUser: %s is not authorized to perform: %s%s%s%s%s",
                     service->protocol == SIM_EC2 ? "You are not authorized to perform this "
                                                    "operation. "
                                                  : "",
                     who, action,
                     resource == NULL ? "" : " on resource: ", resource == NULL ? "" : resource,
                     why == NULL ? "" : " ", why == NULL ? "" : why);
}

const char *sim_action(const struct sim_call *call)
{
    return arena_printf(call->arena, "%s:%s", call->service->name,
                        call->operation == NULL ? "" : call->operation->name);
}

const char *sim_signing_name(const struct sim_call *call)
{
    return call->service->signing_name == NULL ? call->service->name : call->service->signing_name;
}

/* --- Parameters --- */

const char *sim_param(const struct sim_call *call, const char *name)
{
    return json_str(call->params, name);
}

/* --- The store --- */

struct json *sim_get(struct sim_call *call, const char *account, const char *region,
                     const char *kind, const char *id)
{
    return sim_store_get(call->sim->store, call->arena, account, region, kind, id);
}

bool sim_has(const struct sim_call *call, const char *account, const char *region, const char *kind,
             const char *id)
{
    return sim_store_has(call->sim->store, account, region, kind, id);
}

/* What lies over an account hangs on these alone. */
static void note_change(struct sim *sim, const char *kind)
{
    if (str_starts(kind, "org/") || str_eq(kind, "organization") || str_eq(kind, "membership"))
        sim->organization_version++;
}

void sim_put(struct sim_call *call, const char *account, const char *region, const char *kind,
             const char *id, const struct json *record)
{
    note_change(call->sim, kind);
    sim_store_put(call->sim->store, account, region, kind, id, record);
}

bool sim_delete(struct sim_call *call, const char *account, const char *region, const char *kind,
                const char *id)
{
    note_change(call->sim, kind);
    return sim_store_delete(call->sim->store, account, region, kind, id);
}

const struct sim_record *sim_first(const struct sim_call *call, const char *account,
                                   const char *region, const char *kind)
{
    return sim_store_first(call->sim->store, account, region, kind);
}
