/*
 * serialize.c - parameters to an HTTP request, for the five protocols.
 *
 * Source: the protocol specifications of Smithy 2.0 (awsJson1_0, awsJson1_1, awsQuery, ec2Query,
 *         restJson1, restXml); held against botocore by tests/interop/serialize_differential.py.
 */
#include "call_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/limits.h"
#include "plinth/base/str.h"
#include "plinth/codec/hash.h"
#include "plinth/codec/xml.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* --- Where a member travels ----------------------------------------------------------------------
 */

enum place { PLACE_PATH, PLACE_QUERY, PLACE_HEADER, PLACE_BODY };

bool serialize_has_word(const char *words, const char *word)
{
    size_t len = strlen(word);

    for (const char *at = words; len > 0 && at != NULL && (at = strstr(at, word)) != NULL;
         at += len)
        if ((at == words || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
            return true;
    return false;
}

/* "{Name}", or "{Name+}" whose slashes are kept; NULL if the path has none. */
static const char *path_label(const char *uri, const char *name)
{
    size_t len = strlen(name);

    for (const char *at = strchr(uri, '{'); at != NULL; at = strchr(at + 1, '{'))
        if (strncmp(at + 1, name, len) == 0 && (at[1 + len] == '}' || at[1 + len] == '+'))
            return at;
    return NULL;
}

static enum place place_of(const struct aws_op_info *info, const char *name)
{
    if (path_label(info->uri, name) != NULL)
        return PLACE_PATH;
    if (serialize_has_word(info->query, name))
        return PLACE_QUERY;
    return serialize_has_word(info->headers, name) ? PLACE_HEADER : PLACE_BODY;
}

const char *serialize_scalar(const struct json *member, struct arena *arena)
{
    if (member->type == JSON_STRING)
        return member->string;
    if (member->type == JSON_BOOL)
        return member->boolean ? "true" : "false";
    return json_text(member, arena);
}

/* --- The URL -------------------------------------------------------------------------------------
 */

static void add_encoded(struct buf *out, const char *text)
{
    uri_encode(text, strlen(text), NULL, out);
}

/* An empty label would make another path of it: "/detector/" is not one detector. */
static int add_path(const struct aws_op_info *info, const struct json *params, struct arena *arena,
                    struct buf *out, struct err *err)
{
    const char *at = info->uri;

    while (*at != '\0') {
        size_t literal = strcspn(at, "{"), name_len;
        const struct json *member;
        const char *name, *text;

        buf_add(out, at, literal);
        at += literal;
        if (*at == '\0')
            break;
        name_len = strcspn(at + 1, "+}");
        name = arena_strn(arena, at + 1, name_len);
        member = json_get(params, name);
        text = member == NULL || member->type == JSON_NULL ? "" : serialize_scalar(member, arena);
        if (*text == '\0')
            return err_set(err, ERR_BUG, "%s needs \"%s\"", info->name, name);
        uri_encode(text, strlen(text), at[1 + name_len] == '+' ? "/" : NULL, out);
        at += 1 + strcspn(at, "}");
    }
    return 0;
}

static void add_query_pair(struct buf *url, char *mark, const char *name, const char *value)
{
    buf_char(url, *mark);
    *mark = '&';
    add_encoded(url, name);
    buf_char(url, '=');
    add_encoded(url, value);
}

/* A list repeats the name, a map brings its own. */
static void add_query_member(struct buf *url, char *mark, const struct json *member,
                             struct arena *arena)
{
    const struct json *it = json_first(member);

    if (member->type != JSON_ARRAY && member->type != JSON_OBJECT) {
        add_query_pair(url, mark, member->key, serialize_scalar(member, arena));
        return;
    }
    for (; it != NULL; it = it->next)
        add_query_pair(url, mark, member->type == JSON_ARRAY ? member->key : it->key,
                       serialize_scalar(it, arena));
}

/* --- Headers and body ----------------------------------------------------------------------------
 */

static void add_header_member(struct http_request *request, const struct json *member,
                              struct arena *arena)
{
    const char *value = NULL;

    if (member->type != JSON_ARRAY) {
        http_header_add(&request->headers, arena, member->key, serialize_scalar(member, arena));
        return;
    }
    for (const struct json *it = member->first; it != NULL; it = it->next) {
        const char *text = serialize_scalar(it, arena);

        value = value == NULL ? text : arena_printf(arena, "%s,%s", value, text);
    }
    if (value != NULL)
        http_header_add(&request->headers, arena, member->key, value);
}

/* `params` holds its members by reference: only the links are new. */
static void add_body_member(struct json *body, const struct json *member)
{
    struct json *copy = arena_alloc(body->arena, sizeof *copy);

    *copy = *member;
    copy->next = NULL;
    if (body->last == NULL)
        body->first = copy;
    else
        body->last->next = copy;
    body->last = copy;
    body->count++;
}

static void set_body(struct http_request *request, const char *type, const char *text,
                     struct arena *arena)
{
    request->body = text;
    request->body_len = strlen(text);
    if (http_header_get(&request->headers, "Content-Type") == NULL) /* an object has its own */
        http_header_add(&request->headers, arena, "Content-Type", type);
}

static const char *take_text(struct buf *buf, struct arena *arena)
{
    const char *text = arena_strn(arena, buf_text(buf), buf->len);

    assert(!buf->overflow); /* parameters come from a baseline, which is far smaller */
    buf_fini(buf);
    return text;
}

/* S3 wants a checksum of what changes a bucket, and takes one of everything else. */
static void add_checksum(struct http_request *request, struct arena *arena)
{
    unsigned char digest[MD5_BYTES];

    if (http_header_get(&request->headers, "Content-MD5") != NULL)
        return;
    md5(request->body, request->body_len, digest);
    http_header_add(&request->headers, arena, "Content-MD5",
                    base64_encode(digest, sizeof digest, arena));
}

static int set_xml_body(const struct aws_op_info *info, const struct json *body,
                        struct http_request *request, struct arena *arena, struct err *err)
{
    const struct json *payload = json_get(body, info->payload == NULL ? "" : info->payload);
    struct buf text;

    if (body->count > (payload != NULL))
        return err_set(err, ERR_BUG, "%s has no place for \"%s\"", info->name, body->last->key);
    if (payload == NULL)
        return 0;
    if (payload->type == JSON_STRING) {
        set_body(request, "application/octet-stream", payload->string, arena);
    } else {
        buf_init(&text, LIMIT_XML_BYTES);
        xml_print(payload, info->payload, aws_service_info(info->service)->xmlns, &text);
        set_body(request, "application/xml", take_text(&text, arena), arena);
    }
    add_checksum(request, arena);
    return 0;
}

/* The verbs that carry a body carry "{}" when there is nothing to say. */
static int set_json_body(const struct aws_op_info *info, const struct json *body,
                         struct http_request *request, struct arena *arena, struct err *err)
{
    bool carries = str_starts(info->method, "P") && !info->no_body;
    const struct json *payload = json_get(body, info->payload == NULL ? "" : info->payload);

    if (body->count > 0 && (!carries || (info->payload != NULL && body->count > 1)))
        return err_set(err, ERR_BUG, "%s has no place for \"%s\"", info->name, body->last->key);
    if (!carries)
        return 0;
    if (info->payload == NULL)
        set_body(request, "application/json", json_text(body, arena), arena);
    else if (payload == NULL)
        set_body(request, "application/json", "{}", arena);
    else if (payload->type == JSON_STRING)
        set_body(request, "application/octet-stream", payload->string, arena);
    else
        set_body(request, "application/json", json_text(payload, arena), arena);
    return 0;
}

/* --- Protocols -----------------------------------------------------------------------------------
 */

static int serialize_rest(const struct aws_op_info *info, const struct json *params,
                          const char *endpoint_url, struct arena *arena, struct http_request *out,
                          struct err *err)
{
    struct json *body = json_object(arena);
    char mark = strchr(info->uri, '?') == NULL ? '?' : '&';
    struct buf url;
    int result;

    buf_init(&url, LIMIT_JSON_BYTES);
    buf_str(&url, endpoint_url);
    result = add_path(info, params, arena, &url, err);
    for (const struct json *it = json_first(params); it != NULL; it = it->next) {
        enum place place = it->type == JSON_NULL ? PLACE_PATH : place_of(info, it->key);

        if (place == PLACE_QUERY)
            add_query_member(&url, &mark, it, arena);
        else if (place == PLACE_HEADER)
            add_header_member(out, it, arena);
        else if (place == PLACE_BODY)
            add_body_member(body, it);
    }
    out->url = take_text(&url, arena);
    if (result != 0)
        return -1;
    if (aws_service_info(info->service)->protocol == AWS_REST_XML)
        return set_xml_body(info, body, out, arena, err);
    return set_json_body(info, body, out, arena, err);
}

static void serialize_json(const struct aws_op_info *info, const struct json *params,
                           struct arena *arena, struct http_request *out)
{
    const struct aws_service_info *service = aws_service_info(info->service);

    set_body(out, arena_printf(arena, "application/x-amz-json-%s", service->json_version),
             params == NULL ? "{}" : json_text(params, arena), arena);
    http_header_add(&out->headers, arena, "X-Amz-Target",
                    arena_printf(arena, "%s.%s", service->target_prefix, info->name));
}

static void serialize_form(const struct aws_op_info *info, const struct json *params,
                           struct arena *arena, struct http_request *out)
{
    struct buf text;

    buf_init(&text, LIMIT_JSON_BYTES);
    form_print(info, params, arena, &text);
    set_body(out, "application/x-www-form-urlencoded; charset=utf-8", take_text(&text, arena),
             arena);
}

int serialize_request(const struct aws_op_info *info, const struct json *params,
                      const char *endpoint_url, struct arena *arena, struct http_request *out,
                      struct err *err)
{
    struct http_request request = {.method = info->method};

    assert(params == NULL || params->type == JSON_OBJECT);
    switch (aws_service_info(info->service)->protocol) {
    case AWS_REST_JSON:
    case AWS_REST_XML:
        if (serialize_rest(info, params, endpoint_url, arena, &request, err) != 0)
            return -1;
        break;
    case AWS_JSON:
        serialize_json(info, params, arena, &request);
        request.url = arena_printf(arena, "%s%s", endpoint_url, info->uri);
        break;
    case AWS_QUERY:
    case AWS_EC2:
        serialize_form(info, params, arena, &request);
        request.url = arena_printf(arena, "%s%s", endpoint_url, info->uri);
        break;
    }
    *out = request;
    return 0;
}
