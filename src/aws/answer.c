#include "call_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/xml.h"

#include <string.h>

const char *answer_word(const struct http_response *response, const char *name)
{
    const char *value = http_header_get(&response->headers, name);

    for (const char *at = value; at != NULL && *at != '\0'; at++)
        if (*at < ' ' || *at > '~')
            return NULL;
    return value;
}

const char *answer_request_id(const struct http_response *response)
{
    static const char *const names[] = {"x-amzn-requestid", "x-amz-request-id",
                                        "x-amzn-request-id"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = answer_word(response, names[i]);

        if (value != NULL)
            return value;
    }
    return "";
}

/* <XResponse><XResult>...</XResult><ResponseMetadata/></XResponse>: what <XResult> holds.  An
 * operation without output has no <XResult>, and an empty one is read as a string. */
static struct json *query_result(const struct aws_op_info *info, const struct json *root,
                                 struct arena *arena)
{
    const char *name = arena_printf(arena, "%sResult", info->name);

    for (struct json *it = root->type == JSON_OBJECT ? root->first : NULL; it != NULL;
         it = it->next)
        if (strcmp(it->key, name) == 0 && it->type == JSON_OBJECT)
            return it;
    return json_object(arena);
}

/* A root that is only a text (S3's <LocationConstraint>) becomes a member of that name. */
static struct json *rest_result(struct json *root, struct arena *arena)
{
    struct json *object;

    if (root->type == JSON_OBJECT)
        return root;
    object = json_object(arena);
    if (root->string[0] != '\0')
        json_put_str(object, root->key, root->string);
    return object;
}

static int xml_answer(const struct aws_op_info *info, const struct http_response *response,
                      struct arena *arena, struct json **out, struct err *err)
{
    struct json *root;

    if (xml_parse(response->body, response->body_len, arena, &root, err) != 0)
        return -1;
    *out = aws_service_info(info->service)->protocol == AWS_QUERY ? query_result(info, root, arena)
                                                                  : rest_result(root, arena);
    return 0;
}

/* What the row wants of the headers, under their own names. */
static void take_headers(const struct aws_op_info *info, const struct http_response *response,
                         struct json *out)
{
    for (const char *at = info->answer_headers; at != NULL && *at != '\0';) {
        size_t len = strcspn(at, " ");
        const char *name = arena_strn(out->arena, at, len);

        json_put_str(out, name, answer_word(response, name));
        at += len;
        at += *at == ' ';
    }
}

static int parse_body(const struct aws_op_info *info, const struct http_response *response,
                      struct arena *arena, struct json **out, struct err *err)
{
    enum aws_protocol protocol = aws_service_info(info->service)->protocol;

    if (info->text_answer != NULL) {
        if (response->body_len > 0 && memchr(response->body, '\0', response->body_len) != NULL)
            return err_set(err, ERR_PROTOCOL, "the answer is no text");
        *out = json_object(arena);
        json_put_str(*out, info->text_answer, response->body == NULL ? "" : response->body);
        return 0;
    }
    if (response->body_len == 0) {
        *out = json_object(arena);
        return 0;
    }
    if (protocol != AWS_JSON && protocol != AWS_REST_JSON)
        return xml_answer(info, response, arena, out, err);
    if (json_parse(response->body, response->body_len, arena, out, err) != 0)
        return -1;
    if ((*out)->type != JSON_OBJECT)
        return err_set(err, ERR_PROTOCOL, "the answer is no JSON object");
    return 0;
}

int answer_parse(const struct aws_op_info *info, const struct http_response *response,
                 struct arena *arena, struct json **out, struct err *err)
{
    if (parse_body(info, response, arena, out, err) != 0)
        return -1;
    take_headers(info, response, *out);
    return 0;
}

void answer_take_items(const struct aws_op_info *info, struct json *page, struct json *items)
{
    struct json *list = page->first;

    while (list != NULL && strcmp(list->key, info->page_items) != 0)
        list = list->next;
    if (list == NULL || list->first == NULL)
        return;
    for (struct json *it = list->first; it != NULL; it = it->next)
        it->key = NULL; /* "member" of an XML list; items of an array have none */
    if (items->last == NULL)
        items->first = list->first;
    else
        items->last->next = list->first;
    items->last = list->last;
    items->count += list->count;
}
