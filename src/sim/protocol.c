/*
 * protocol.c - which service and operation a request means, and its parameters as one tree.
 *
 * Source: Smithy 2.0, "AWS protocols" (awsJson1_0, awsJson1_1, awsQuery, ec2Query, restJson1,
 *         restXml).
 */
#include "sim_priv.h"

#include "plinth/codec/xml.h"

#include <string.h>

/* --- The service --- */

static const char *signing_name(const struct sim_service *service)
{
    return service->signing_name == NULL ? service->name : service->signing_name;
}

/* Whether a label of the host, or the labels at its start, are the service's endpoint. */
static bool host_names(const char *host, const struct sim_service *service)
{
    const char *endpoint = service->endpoint == NULL ? service->name : service->endpoint;
    size_t len = strlen(endpoint);

    for (const char *at = host; at != NULL; at = strchr(at, '.')) {
        at += *at == '.';
        if (strncmp(at, endpoint, len) == 0 && (at[len] == '.' || at[len] == '\0'))
            return true;
    }
    return false;
}

static bool is_rest(const struct sim_service *service)
{
    return service->protocol == SIM_REST_JSON || service->protocol == SIM_REST_XML;
}

/* S3 and S3 Control sign with one name: the host tells them apart, or else the path. */
static const struct sim_service *service_by_scope(const struct sim_call *call, const char *name)
{
    const struct sim_service *service, *first = NULL, *routed = NULL;

    for (size_t i = 0; (service = sim_service_at(i)) != NULL; i++) {
        if (!str_eq(signing_name(service), name))
            continue;
        if (host_names(call->url.host, service))
            return service;
        if (routed == NULL && is_rest(service) &&
            sim_route(service, call->request->method, call->url.path, call->url.query, call->arena,
                      NULL) != NULL)
            routed = service;
        if (first == NULL)
            first = service;
    }
    return routed == NULL ? first : routed;
}

static bool version_fits(const struct sim_call *call, const struct sim_service *service)
{
    const struct http_request *request = call->request;
    struct http_param *params;
    struct err ignored = ERR_INIT;
    size_t count;

    if (service->api_version == NULL || request->body_len == 0 ||
        http_params_parse(arena_strn(call->arena, request->body, request->body_len), call->arena,
                          &params, &count, &ignored) != 0)
        return false;
    for (size_t i = 0; i < count; i++)
        if (str_eq(params[i].name, "Version") && str_eq(params[i].value, service->api_version))
            return true;
    return false;
}

/* A request without a signature says its service only by its host, or by the version of the API. */
static const struct sim_service *service_unsigned(const struct sim_call *call)
{
    const struct sim_service *service;

    for (size_t i = 0; (service = sim_service_at(i)) != NULL; i++)
        if (host_names(call->url.host, service))
            return service;
    for (size_t i = 0; (service = sim_service_at(i)) != NULL; i++)
        if (version_fits(call, service))
            return service;
    return NULL;
}

int sim_protocol_service(struct sim_call *call)
{
    struct sim_scope scope;

    if (sim_auth_scope(call->request, call->arena, &scope)) {
        call->service = service_by_scope(call, scope.service);
        if (call->service == NULL)
            return sim_error(call, "UnknownOperationException", 400,
                             "The simulator has no service %s.", scope.service);
        return 0;
    }
    call->service = service_unsigned(call);
    if (call->service == NULL)
        return sim_error(call, "MissingAuthenticationToken", 403,
                         "Request is missing Authentication Token");
    return 0;
}

/* --- Operation and parameters --- */

static const struct sim_operation *operation_named(const struct sim_service *service,
                                                   const char *name)
{
    for (size_t i = 0; i < SIM_TABLES_MOST && service->operations[i] != NULL; i++)
        for (const struct sim_operation *it = service->operations[i]; it->name != NULL; it++)
            if (str_eq(it->name, name))
                return it;
    return NULL;
}

static int parse_json_body(struct sim_call *call)
{
    const struct http_request *request = call->request;
    struct json *body;
    struct err err = ERR_INIT;

    if (request->body_len == 0)
        return 0;
    if (json_parse(request->body, request->body_len, call->arena, &body, &err) != 0 ||
        body->type != JSON_OBJECT)
        return sim_error(call, "SerializationException", 400, "%s",
                         err.code == ERR_NONE ? "the body is no JSON object" : err.text);
    for (const struct json *it = body->first; it != NULL; it = it->next)
        sim_set(call->params, it->key, it);
    return 0;
}

static int json_request(struct sim_call *call)
{
    const char *target = http_header_get(&call->request->headers, "X-Amz-Target");
    const char *dot = target == NULL ? NULL : strrchr(target, '.');
    const char *prefix = call->service->target_prefix;

    if (dot != NULL && strlen(prefix) == (size_t)(dot - target) && str_starts(target, prefix))
        call->operation = operation_named(call->service, dot + 1);
    if (call->operation == NULL)
        return sim_error(call, "UnknownOperationException", 400,
                         "The simulator has no operation %s in %s.",
                         target == NULL ? "(no X-Amz-Target)" : target, call->service->name);
    return parse_json_body(call);
}

static int query_request(struct sim_call *call)
{
    const struct http_request *request = call->request;
    const char *text = request->body_len == 0
                           ? call->url.query
                           : arena_strn(call->arena, request->body, request->body_len);
    struct http_param *params;
    const char *action;
    size_t count;
    struct err err = ERR_INIT;

    if (http_params_parse(text, call->arena, &params, &count, &err) != 0)
        return sim_error(call, "MalformedQueryString", 400, "%s", err.text);
    call->params = sim_params_unflatten(params, count, call->arena);
    action = sim_param(call, "Action");
    if (action == NULL)
        return sim_error(call, "MissingAction", 400, "The request has no Action.");
    call->operation = operation_named(call->service, action);
    if (call->operation == NULL || !str_eq(sim_param(call, "Version"), call->service->api_version))
        call->operation = NULL;
    if (call->operation == NULL)
        return sim_error(call, "InvalidAction", 400,
                         "The action %s is not valid for this web service.", action);
    return 0;
}

static int parse_xml_body(struct sim_call *call)
{
    const struct http_request *request = call->request;
    struct json *body;
    struct err err = ERR_INIT;

    if (request->body_len == 0 || call->operation->raw_body)
        return 0;
    /* Not every payload is XML: a bucket policy is JSON. */
    if (xml_parse(request->body, request->body_len, call->arena, &body, &err) == 0)
        sim_set(call->params, body->key, body);
    return 0;
}

static int rest_request(struct sim_call *call)
{
    bool xml = call->service->protocol == SIM_REST_XML;

    call->operation = sim_route(call->service, call->request->method, call->url.path,
                                call->url.query, call->arena, call->params);
    if (call->operation == NULL)
        return xml ? sim_error(call, "MethodNotAllowed", 405,
                               "The simulator has no operation %s %s in %s.", call->request->method,
                               call->url.path, call->service->name)
                   : sim_error(call, "UnknownOperationException", 404,
                               "The simulator has no operation %s %s in %s.", call->request->method,
                               call->url.path, call->service->name);
    return xml ? parse_xml_body(call) : parse_json_body(call);
}

int sim_protocol_request(struct sim_call *call)
{
    switch (call->service->protocol) {
    case SIM_JSON:
        return json_request(call);
    case SIM_QUERY:
    case SIM_EC2:
        return query_request(call);
    case SIM_REST_JSON:
    case SIM_REST_XML:
        break;
    }
    return rest_request(call);
}
