/*
 * answer.c - answers and errors as each of AWS's protocols writes them.
 *
 * Source: Smithy 2.0, "AWS protocols"; S3 API Reference, "Error responses".
 */
#include "sim_priv.h"

#include "plinth/base/limits.h"
#include "plinth/codec/xml.h"

#include <string.h>
#include <time.h>

static bool is_hidden(const char *name)
{
    return name[0] == '_';
}

/* --- JSON --- */

static struct json *visible(const struct json *json, struct arena *arena)
{
    struct json *out;

    if (json->type != JSON_OBJECT && json->type != JSON_ARRAY)
        return json_copy(json, arena);
    out = json->type == JSON_OBJECT ? json_object(arena) : json_array(arena);
    for (const struct json *it = json->first; it != NULL; it = it->next) {
        if (it->key == NULL)
            json_add(out, visible(it, arena));
        else if (!is_hidden(it->key))
            json_put(out, it->key, visible(it, arena));
    }
    return out;
}

static void json_answer(struct sim_call *call, struct buf *out)
{
    json_print(visible(call->answer, call->arena), JSON_COMPACT, out);
}

static void json_error(struct sim_call *call, struct buf *out)
{
    struct json *body = json_object(call->arena);

    if (call->service->protocol == SIM_JSON)
        json_put_str(body, "__type", call->error_code);
    json_put_str(body, call->service->protocol == SIM_JSON ? "Message" : "message",
                 call->error_text);
    for (const struct json *it = json_first(call->error_members); it != NULL; it = it->next)
        json_put(body, it->key, it);
    json_print(body, JSON_COMPACT, out);
}

/* --- XML --- */

/* `item`: the element of a list's items; NULL: they repeat the list's own element. */
static void xml_member(const struct json *json, const char *name, const char *item, struct buf *out)
{
    bool flat = item == NULL || str_eq(name, "entry");

    if (is_hidden(name))
        return;
    if (json->type == JSON_ARRAY && flat) {
        for (const struct json *it = json->first; it != NULL; it = it->next)
            xml_member(it, name, item, out);
        return;
    }
    buf_printf(out, "<%s>", name);
    for (const struct json *it = json->first; it != NULL; it = it->next)
        xml_member(it, json->type == JSON_ARRAY ? item : it->key, item, out);
    if (json->type == JSON_STRING)
        xml_escape(json->string, out);
    else if (json->type == JSON_NUMBER || json->type == JSON_BOOL)
        json_print(json, JSON_COMPACT, out);
    buf_printf(out, "</%s>", name);
}

static void xml_members(const struct json *json, const char *item, struct buf *out)
{
    for (const struct json *it = json_first(json); it != NULL; it = it->next)
        xml_member(it, it->key, item, out);
}

static void xml_text(const char *name, const char *text, struct buf *out)
{
    buf_printf(out, "<%s>", name);
    xml_escape(text, out);
    buf_printf(out, "</%s>", name);
}

static void xml_open(const struct sim_call *call, const char *name, const char *suffix,
                     struct buf *out)
{
    const char *xmlns = call->service == NULL ? NULL : call->service->xmlns;

    buf_printf(out, "<%s%s", name, suffix);
    if (xmlns != NULL)
        buf_printf(out, " xmlns=\"%s\"", xmlns);
    buf_char(out, '>');
}

static void query_answer(struct sim_call *call, struct buf *out)
{
    const char *name = call->operation->name;

    xml_open(call, name, "Response", out);
    if (call->answer->count > 0 || call->operation->empty_result) {
        buf_printf(out, "<%sResult>", name);
        xml_members(call->answer, "member", out);
        buf_printf(out, "</%sResult>", name);
    }
    buf_str(out, "<ResponseMetadata>");
    xml_text("RequestId", call->request_id, out);
    buf_printf(out, "</ResponseMetadata></%sResponse>", name);
}

static void ec2_answer(struct sim_call *call, struct buf *out)
{
    xml_open(call, call->operation->name, "Response", out);
    xml_text("requestId", call->request_id, out);
    xml_members(call->answer, "item", out);
    buf_printf(out, "</%sResponse>", call->operation->name);
}

static void rest_xml_answer(struct sim_call *call, struct buf *out)
{
    const char *root = call->answer_root != NULL
                           ? call->answer_root
                           : arena_printf(call->arena, "%sResult", call->operation->name);

    if (call->answer->count == 0 && call->answer_root == NULL)
        return; /* an operation without output has no body */
    buf_str(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    xml_open(call, root, "", out);
    xml_members(call->answer, NULL, out);
    buf_printf(out, "</%s>", root);
}

static void xml_error_members(struct sim_call *call, struct buf *out)
{
    xml_text("Code", call->error_code, out);
    xml_text("Message", call->error_text, out);
    xml_members(call->error_members, NULL, out);
}

static void query_error(struct sim_call *call, struct buf *out)
{
    xml_open(call, "ErrorResponse", "", out);
    buf_printf(out, "<Error><Type>%s</Type>", call->status < 500 ? "Sender" : "Receiver");
    xml_error_members(call, out);
    buf_str(out, "</Error>");
    xml_text("RequestId", call->request_id, out);
    buf_str(out, "</ErrorResponse>");
}

static void ec2_error(struct sim_call *call, struct buf *out)
{
    buf_str(out, "<Response><Errors><Error>");
    xml_error_members(call, out);
    buf_str(out, "</Error></Errors>");
    xml_text("RequestID", call->request_id, out);
    buf_str(out, "</Response>");
}

/* S3's error is the root; S3 Control wraps it as the query protocol does. */
static void rest_xml_error(struct sim_call *call, struct buf *out)
{
    if (!str_eq(call->service->name, "s3")) {
        query_error(call, out);
        return;
    }
    buf_str(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>");
    xml_error_members(call, out);
    xml_text("RequestId", call->request_id, out);
    xml_text("HostId", call->request_id, out);
    buf_str(out, "</Error>");
}

/* --- One protocol, one row --- */

struct writer {
    void (*answer)(struct sim_call *call, struct buf *out);
    void (*error)(struct sim_call *call, struct buf *out);
    const char *content_type, *request_id_header;
};

static const struct writer writers[] = {
    [SIM_JSON] = {json_answer, json_error, "application/x-amz-json-1.1", "x-amzn-RequestId"},
    [SIM_QUERY] = {query_answer, query_error, "text/xml", "x-amzn-RequestId"},
    [SIM_EC2] = {ec2_answer, ec2_error, "text/xml;charset=UTF-8", "x-amzn-RequestId"},
    [SIM_REST_JSON] = {json_answer, json_error, "application/json", "x-amzn-RequestId"},
    [SIM_REST_XML] = {rest_xml_answer, rest_xml_error, "application/xml", "x-amz-request-id"},
};

/* What answers when the service is not known: it says so in XML, as AWS's front door does. */
static const struct writer stranger = {NULL, query_error, "text/xml", "x-amzn-RequestId"};

const char *sim_http_date(int64_t ms, struct arena *arena)
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm utc;
    char text[64] = "";

    if (gmtime_r(&seconds, &utc) != NULL)
        (void)strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc);
    return arena_str(arena, text);
}

static const char *content_type(const struct sim_call *call, const struct writer *writer)
{
    if (call->service != NULL && call->service->protocol == SIM_JSON)
        return arena_printf(call->arena, "application/x-amz-json-%s", call->service->json_version);
    return writer->content_type;
}

void sim_protocol_answer(struct sim_call *call, struct http_response *out)
{
    const struct writer *writer =
        call->service == NULL ? &stranger : &writers[call->service->protocol];
    bool text_given = call->answer_text != NULL && call->error_code == NULL;
    struct buf body;

    buf_init(&body, LIMIT_HTTP_BODY_BYTES);
    if (call->error_code != NULL)
        writer->error(call, &body);
    else if (!text_given)
        writer->answer(call, &body);
    http_header_add(&call->headers, call->arena, writer->request_id_header, call->request_id);
    if (call->error_code != NULL && writer->error == json_error)
        http_header_add(&call->headers, call->arena, "x-amzn-ErrorType", call->error_code);
    if (http_header_get(&call->headers, "Content-Type") == NULL)
        http_header_add(&call->headers, call->arena, "Content-Type", content_type(call, writer));
    http_header_add(&call->headers, call->arena, "Date", sim_http_date(call->now_ms, call->arena));
    out->status = call->status == 0 ? 200 : call->status;
    out->headers = call->headers;
    out->body = text_given ? call->answer_text : arena_strn(call->arena, buf_text(&body), body.len);
    out->body_len = text_given && call->answer_len > 0 ? call->answer_len : strlen(out->body);
    /* The answer to HEAD has headers only (RFC 9110, 9.3.2); 204 and 304 have no content. */
    if (str_eq(call->request->method, "HEAD") || out->status == 204 || out->status == 304)
        out->body_len = 0;
    buf_fini(&body);
}
