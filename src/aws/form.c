/*
 * form.c - the form bodies of the query and ec2 protocols.
 *
 * Without a model these rules must hold for every row of ops.def, and
 * tests/interop/serialize_differential.py shows that they do: a list is Name.member.N in query and
 * Name.N in ec2; an empty list is sent as an empty value by query and not at all by ec2; ec2 starts
 * names with a capital letter.  Only of a map, which an object looks like, the row must tell.  No
 * row has a flattened list in query; ops_models.py would refuse one.
 */
#include "call_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"

#include <assert.h>
#include <string.h>

struct form {
    const char *maps; /* the row's */
    bool ec2;
    struct arena *arena;
    struct buf name; /* of the value at hand: "Tags.member.1.Key" */
    struct buf *out;
};

static void add_pair(struct buf *out, const char *name, const char *value)
{
    if (out->len > 0)
        buf_char(out, '&');
    uri_encode(name, strlen(name), NULL, out);
    buf_char(out, '=');
    uri_encode(value, strlen(value), NULL, out);
}

static void cut(struct buf *buf, size_t len)
{
    buf->len = len;
    if (buf->data != NULL)
        buf->data[len] = '\0';
}

static void add_name(struct form *form, const char *key)
{
    if (form->name.len > 0)
        buf_char(&form->name, '.');
    if (form->ec2 && key[0] >= 'a' && key[0] <= 'z') {
        buf_char(&form->name, (char)(key[0] - 'a' + 'A'));
        key++;
    }
    buf_str(&form->name, key);
}

static void add_value(struct form *form, const struct json *value);

/* Name.entry.N.key and Name.entry.N.value */
static void add_entries(struct form *form, const struct json *map)
{
    size_t len = form->name.len, entry_len, number = 1;

    for (const struct json *it = json_first(map); it != NULL; it = it->next, number++) {
        buf_printf(&form->name, ".entry.%zu", number);
        entry_len = form->name.len;
        buf_str(&form->name, ".key");
        add_pair(form->out, buf_text(&form->name), it->key);
        cut(&form->name, entry_len);
        buf_str(&form->name, ".value");
        add_value(form, it);
        cut(&form->name, len);
    }
}

static void add_members(struct form *form, const struct json *object)
{
    size_t len = form->name.len;

    for (const struct json *it = json_first(object); it != NULL; it = it->next) {
        add_name(form, it->key);
        add_value(form, it);
        cut(&form->name, len);
    }
}

static void add_items(struct form *form, const struct json *array)
{
    size_t len = form->name.len, number = 1;

    for (const struct json *it = json_first(array); it != NULL; it = it->next, number++) {
        buf_printf(&form->name, form->ec2 ? ".%zu" : ".member.%zu", number);
        add_value(form, it);
        cut(&form->name, len);
    }
    if (number == 1 && !form->ec2)
        add_pair(form->out, buf_text(&form->name), "");
}

static void add_value(struct form *form, const struct json *value)
{
    switch (value->type) {
    case JSON_NULL:
        break;
    case JSON_OBJECT:
        if (serialize_has_word(form->maps, buf_text(&form->name)))
            add_entries(form, value);
        else
            add_members(form, value);
        break;
    case JSON_ARRAY:
        add_items(form, value);
        break;
    case JSON_BOOL:
    case JSON_NUMBER:
    case JSON_STRING:
        add_pair(form->out, buf_text(&form->name), serialize_scalar(value, form->arena));
        break;
    case JSON_MADE:
        assert(0 && "a request is a whole document");
        break;
    }
}

void form_print(const struct aws_op_info *info, const struct json *params, struct arena *arena,
                struct buf *out)
{
    const struct aws_service_info *service = aws_service_info(info->service);
    struct form form = {
        .maps = info->maps, .ec2 = service->protocol == AWS_EC2, .arena = arena, .out = out};

    buf_init(&form.name, out->max);
    add_pair(out, "Action", info->name);
    add_pair(out, "Version", service->api_version);
    add_members(&form, params);
    buf_fini(&form.name);
}
