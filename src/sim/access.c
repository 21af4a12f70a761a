/*
 * access.c - a call as policies see it: its action, its resource and its condition keys.
 *
 * Source: Service Authorization Reference; IAM User Guide, "AWS global condition context keys" and
 *         "IAM and AWS STS condition context keys".
 * Limits: every call comes over TLS and from 127.0.0.1; no session has MFA; the other condition
 * keys of services are absent.
 */
#include "policies.h"

#include "plinth/base/time.h"

#include <inttypes.h>
#include <string.h>

/* --- The action ----------------------------------------------------------------------------------
 */

static const char *prefix_of(const struct sim_call *call)
{
    const struct sim_service *service = call->service;

    return service->signing_name == NULL ? service->name : service->signing_name;
}

const char *sim_iam_action(const struct sim_call *call)
{
    const char *action = call->service->action == NULL ? NULL : call->service->action(call);

    return action != NULL
               ? action
               : arena_printf(call->arena, "%s:%s", prefix_of(call), call->operation->name);
}

/* --- The resource --------------------------------------------------------------------------------
 */

struct resource_row {
    const char *service, *operations, *resource, *unless;
};

static const struct resource_row resource_rows[] = {
#define RESOURCE(service, operations, resource, unless) {service, operations, resource, unless},
#include "resources.def"
#undef RESOURCE
};

/* The value of "Name" or "Name/"; NULL: the call has none that serves. */
static const char *value_of(const struct sim_call *call, const struct resource_row *row,
                            const char *name)
{
    size_t len = strlen(name);
    bool last_part = name[len - 1] == '/';
    const char *value = sim_param(call, arena_strn(call->arena, name, len - last_part));

    if (str_eq(name, "partition"))
        return call->sim->partition;
    if (str_eq(name, "region"))
        return call->region;
    if (str_eq(name, "account"))
        return call->account;
    if (value == NULL || value[0] == '\0' ||
        (row->unless != NULL && sim_glob(row->unless, value, false)))
        return NULL;
    return last_part && strchr(value, '/') != NULL ? strrchr(value, '/') + 1 : value;
}

/* NULL: the row does not serve. */
static const char *fill(const struct sim_call *call, const struct resource_row *row)
{
    const char *out = "", *at = row->resource;

    while (*at != '\0') {
        size_t plain = strcspn(at, "{");
        const char *value;

        out = arena_printf(call->arena, "%s%.*s", out, (int)plain, at);
        at += plain;
        if (*at == '\0')
            break;
        value = value_of(call, row, arena_strn(call->arena, at + 1, strcspn(at, "}") - 1));
        if (value == NULL || str_starts(value, "arn:"))
            return value;
        out = arena_printf(call->arena, "%s%s", out, value);
        at += strcspn(at, "}") + 1;
    }
    return out;
}

/* "@role/name": as it is, or as it will be created.  A secret's ARN ends in random characters. */
static const char *looked_up(struct sim_call *call, const char *filled)
{
    const char *name = strchr(filled, '/') + 1, *path = sim_param(call, "Path");
    const char *kind = arena_strn(call->arena, filled + 1, (size_t)(name - filled) - 2);
    const struct json *record;

    if (str_eq(kind, "secret")) {
        record = sim_get(call, call->account, call->region, kind, name);
        return record != NULL ? json_str(record, "ARN")
                              : sim_arn(call, "secretsmanager", call->region, call->account,
                                        "secret:%s", name);
    }
    record = sim_get(call, call->account, "", kind, sim_iam_key(call->arena, name));
    return record != NULL ? json_str(record, "Arn")
                          : sim_arn(call, "iam", "", call->account, "%s%s%s", kind,
                                    path == NULL ? "/" : path, name);
}

const char *sim_resource(struct sim_call *call)
{
    for (size_t i = 0; i < sizeof resource_rows / sizeof resource_rows[0]; i++) {
        const struct resource_row *row = &resource_rows[i];
        const char *filled;

        if (!str_eq(row->service, prefix_of(call)) ||
            !sim_glob(row->operations, call->operation->name, false))
            continue;
        filled = fill(call, row);
        if (filled != NULL)
            return filled[0] == '@' ? looked_up(call, filled) : filled;
    }
    return "*";
}

const char *sim_resource_owner(struct sim_call *call, const char *arn)
{
    struct sim_arn_parts parts;
    const struct json *bucket;

    if (arn == NULL || !sim_arn_split(arn, call->arena, &parts))
        return NULL;
    if (!str_eq(parts.service, "s3"))
        return parts.account[0] == '\0' ? NULL : parts.account;
    bucket = sim_get(call, "", "", "bucket",
                     arena_strn(call->arena, parts.resource, strcspn(parts.resource, "/")));
    return json_str(bucket, "_account");
}

/* --- Condition keys ------------------------------------------------------------------------------
 */

static void put_organization(struct sim_call *call, struct json *context, const char *account,
                             const char *id_key, const char *path_key)
{
    const struct sim_guardrails *over =
        account == NULL || account[0] == '\0' ? NULL : sim_guardrails_of(call, account);

    if (over == NULL || over->organization == NULL)
        return;
    json_put_str(context, id_key, over->organization);
    json_add_str(json_put_array(context, path_key), over->path);
}

/* [{Key, Value}], as most services have them. */
static void put_tags(struct sim_call *call, struct json *context, const char *prefix,
                     const struct json *tags)
{
    if (tags == NULL || tags->type != JSON_ARRAY)
        return;
    for (const struct json *it = tags->first; it != NULL; it = it->next)
        if (it->type == JSON_OBJECT && json_str(it, "Key") != NULL)
            json_put_str(context, arena_printf(call->arena, "%s/%s", prefix, json_str(it, "Key")),
                         json_str(it, "Value"));
}

static void put_request_tags(struct sim_call *call, struct json *context)
{
    const struct json *tags = json_get(call->params, "Tags");
    struct json *keys;

    if (tags == NULL || tags->type != JSON_ARRAY)
        return;
    put_tags(call, context, "aws:RequestTag", tags);
    keys = json_put_array(context, "aws:TagKeys");
    for (const struct json *it = tags->first; it != NULL; it = it->next)
        if (it->type == JSON_OBJECT && json_str(it, "Key") != NULL)
            json_add_str(keys, json_str(it, "Key"));
}

static void put_parameters(const struct sim_call *call, struct json *context)
{
    static const struct {
        const char *service, *parameter, *key;
    } rows[] = {
        {"sts", "RoleSessionName", "sts:RoleSessionName"},
        {"sts", "ExternalId", "sts:ExternalId"},
        {"iam", "PolicyArn", "iam:PolicyARN"},
        {"iam", "PermissionsBoundary", "iam:PermissionsBoundary"},
        {"iam", "AWSServiceName", "iam:AWSServiceName"},
        {"organizations", "ServicePrincipal", "organizations:ServicePrincipal"},
        {"organizations", "PolicyType", "organizations:PolicyType"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (str_eq(rows[i].service, prefix_of(call)) && sim_param(call, rows[i].parameter) != NULL)
            json_put_str(context, rows[i].key, sim_param(call, rows[i].parameter));
}

/* Parsed once for each call. */
const struct json *sim_entity(struct sim_call *call)
{
    const struct sim_principal *caller = &call->principal;

    if (caller->name == NULL || caller->kind == SIM_ROOT)
        return NULL;
    if (call->entity_of != caller->arn) {
        call->entity =
            sim_get(call, caller->account, "", caller->kind == SIM_ROLE ? "role" : "user",
                    sim_iam_key(call->arena, caller->name));
        call->entity_of = caller->arn;
    }
    return call->entity;
}

static void put_caller(struct sim_call *call, struct json *context)
{
    const struct sim_principal *caller = &call->principal;

    put_organization(call, context, caller->account, "aws:PrincipalOrgID", "aws:PrincipalOrgPaths");
    json_put_str(context, "aws:userid", caller->user_id);
    if (caller->session)
        json_put_str(context, "aws:MultiFactorAuthPresent", "false");
    if (caller->root_task != NULL)
        json_put_str(context, "aws:AssumedRoot", "true");
    put_tags(call, context, "aws:PrincipalTag", json_get(sim_entity(call), "Tags"));
}

struct json *sim_context(struct sim_call *call, const char *resource_owner)
{
    struct json *context = json_object(call->arena);
    char now[TIME_TEXT_BYTES];

    time_rfc3339(call->now_ms, now);
    json_put_str(context, "aws:CurrentTime", now);
    json_put_str(context, "aws:EpochTime",
                 arena_printf(call->arena, "%" PRId64, call->now_ms / 1000));
    json_put_str(context, "aws:SecureTransport", "true");
    json_put_str(context, "aws:SourceIp", "127.0.0.1");
    json_put_str(context, "aws:UserAgent", http_header_get(&call->request->headers, "User-Agent"));
    json_put_str(context, "aws:ViaAWSService", "false");
    if (call->principal.kind != SIM_NOBODY)
        put_caller(call, context);
    put_organization(call, context, resource_owner, "aws:ResourceOrgID", "aws:ResourceOrgPaths");
    put_request_tags(call, context);
    put_parameters(call, context);
    for (const struct json *it = json_first(call->more_context); it != NULL; it = it->next)
        json_put(context, it->key, it);
    return context;
}
