/*
 * render.c - a template and its values as a document; a YAML node as JSON.
 */
#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/limits.h"
#include "plinth/base/str.h"
#include "plinth/policy/template.h"
#include "template_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The value of one parameter: a string is a list of at most one, which is not empty. */
struct value {
    const struct template_parameter *parameter;
    const char **items;
    size_t count;
    bool boolean;
};

struct renderer {
    const struct policy_template *template; /* NULL: a document without parameters */
    const struct value *values;             /* parallel to the template's parameters */
    struct arena *arena;
    size_t bytes; /* of text so far: lists repeat text, and text repeats strings */
    struct err *err;
};

/* --- Scalars -------------------------------------------------------------------------------------
 */

static const char *skip_digits(const char *text)
{
    return text + strspn(text, "0123456789");
}

/* RFC 8259: no leading zeros, no plus, no hexadecimal.  012345678901 is an account, not a number.
 */
static bool is_json_number(const char *text)
{
    const char *digits = text + (*text == '-'), *end = skip_digits(digits);

    if (end == digits || (*digits == '0' && end > digits + 1))
        return false;
    if (*end == '.') {
        digits = end + 1;
        end = skip_digits(digits);
        if (end == digits)
            return false;
    }
    if (*end == 'e' || *end == 'E') {
        digits = end + 1 + (end[1] == '+' || end[1] == '-');
        end = skip_digits(digits);
        if (end == digits)
            return false;
    }
    return *end == '\0';
}

static struct json *json_boolean(struct arena *arena, bool value)
{
    struct json *holder = json_object(arena);

    json_put_bool(holder, "", value);
    return holder->first;
}

static int scalar_to_json(const struct node *node, struct arena *arena, struct json **out,
                          struct err *err)
{
    const double exact_most = 9007199254740992.0; /* 2^53; more is rounded */
    struct json *holder;
    double number;

    if (node->quoted) {
        *out = json_string(arena, node->text);
    } else if (node_is_null(node)) {
        *out = json_string(arena, NULL);
    } else if (str_eq(node->text, "true") || str_eq(node->text, "false")) {
        *out = json_boolean(arena, str_eq(node->text, "true"));
    } else if (!is_json_number(node->text)) {
        *out = json_string(arena, node->text);
    } else {
        number = strtod(node->text, NULL);
        if (fabs(number) >= exact_most)
            return template_fail(node, err,
                                 "this number is too large to stay exact: put it in quotes");
        holder = json_object(arena);
        json_put_number(holder, "", number);
        *out = holder->first;
    }
    return 0;
}

/* --- Values --------------------------------------------------------------------------------------
 */

static const char *type_name(enum template_type type)
{
    return type == TEMPLATE_LIST   ? "a list of strings"
           : type == TEMPLATE_BOOL ? "true or false"
                                   : "a string";
}

static int take_text(const struct node *node, struct value *value, struct err *err)
{
    if (node->type != NODE_SCALAR || (!node->quoted && node_is_null(node)))
        return template_fail(node, err, "parameter '%s' must be %s", value->parameter->name,
                             type_name(value->parameter->type));
    if (value->parameter->type == TEMPLATE_LIST && node->text[0] == '\0')
        return template_fail(node, err, "parameter '%s' has an empty item", value->parameter->name);
    if (node->text[0] != '\0')
        value->items[value->count++] = node->text;
    return 0;
}

static int take_node(const struct node *node, struct value *value, struct arena *arena,
                     struct err *err)
{
    value->items = arena_array(arena, node->count + 1, sizeof *value->items);
    value->count = 0;
    if (value->parameter->type == TEMPLATE_BOOL) {
        if (node->type != NODE_SCALAR || node->quoted ||
            (!str_eq(node->text, "true") && !str_eq(node->text, "false")))
            return template_fail(node, err, "parameter '%s' must be true or false",
                                 value->parameter->name);
        value->boolean = str_eq(node->text, "true");
        return 0;
    }
    if (value->parameter->type == TEMPLATE_STRING || node->type != NODE_LIST)
        return take_text(node, value, err);
    for (size_t i = 0; i < node->count; i++)
        if (take_text(node->items[i], value, err) != 0)
            return -1;
    return 0;
}

int template_check_default(const struct template_parameter *parameter, struct arena *arena,
                           struct err *err)
{
    struct value value = {.parameter = parameter};

    return parameter->fallback == NULL ? 0 : take_node(parameter->fallback, &value, arena, err);
}

/* A known value fits a parameter of the other type where it means the same: one item. */
static int take_known(const struct policy_template *template, const struct template_value *known,
                      struct value *value, struct arena *arena, struct err *err)
{
    if (value->parameter->type == TEMPLATE_BOOL ||
        (value->parameter->type == TEMPLATE_STRING && known->count > 1))
        return err_set(err, ERR_CONFIG, "%s: parameter '%s' must be a list: it has known values",
                       template->path, known->name);
    value->items = arena_array(arena, known->count + 1, sizeof *value->items);
    for (size_t i = 0; i < known->count; i++)
        if (known->items[i][0] != '\0')
            value->items[value->count++] = known->items[i];
    return 0;
}

static const struct template_value *find_known(const struct template_value *known, size_t count,
                                               const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(known[i].name, name))
            return &known[i];
    return NULL;
}

/* What the baseline gives, else what is known, else the default, else nothing. */
static int resolve(const struct policy_template *template, const struct node *given,
                   const struct template_value *known, struct value *value, struct arena *arena,
                   struct err *err)
{
    const struct template_parameter *parameter = value->parameter;
    const struct node *own = given == NULL ? NULL : node_get(given, parameter->name);
    int result = 0;

    if (own != NULL)
        result = take_node(own, value, arena, err);
    else if (known != NULL)
        result = take_known(template, known, value, arena, err);
    else if (parameter->fallback != NULL)
        result = take_node(parameter->fallback, value, arena, err);
    if (result != 0 || !parameter->required || parameter->type == TEMPLATE_BOOL || value->count > 0)
        return result;
    if (given != NULL)
        return template_fail(own != NULL ? own : given, err,
                             "the template needs a value for parameter '%s'", parameter->name);
    return err_set(err, ERR_CONFIG, "%s: the template needs a value for parameter '%s'",
                   template->path, parameter->name);
}

static int check_given(const struct policy_template *template, const struct node *given,
                       struct arena *arena, struct err *err)
{
    if (given == NULL)
        return 0;
    if (given->type != NODE_MAP)
        return template_fail(given, err, "the parameters of a template must be a map");
    for (size_t i = 0; i < given->count; i++) {
        const char *name = given->keys[i]->text, *nearest;

        if (template_find_parameter(template, name, strlen(name)) != NULL)
            continue;
        nearest =
            str_nearest(name, template_parameter_names(template, arena), template->parameter_count);
        if (nearest != NULL)
            return template_fail(given->keys[i], err, "unknown parameter '%s'; did you mean '%s'?",
                                 name, nearest);
        return template_fail(given->keys[i], err, "unknown parameter '%s' of template %s", name,
                             template->path);
    }
    return 0;
}

/* --- Text ----------------------------------------------------------------------------------------
 */

static const struct value *value_of(const struct renderer *renderer, const char *name, size_t len)
{
    const struct template_parameter *parameter =
        template_find_parameter(renderer->template, name, len);

    return &renderer->values[parameter - renderer->template->parameter_list];
}

static const char *value_text(const struct value *value, size_t index)
{
    if (value->parameter->type == TEMPLATE_BOOL)
        return value->boolean ? "true" : "false";
    return value->items[value->parameter->type == TEMPLATE_LIST ? index : 0];
}

/* `text` with every reference replaced; a list by its item `index`. */
static int replace(struct renderer *renderer, const char *text, size_t index, const char **out)
{
    struct template_reference reference;
    struct buf buf;
    bool overflow;

    buf_init(&buf, LIMIT_JSON_BYTES - renderer->bytes);
    while (template_find_reference(text, &reference)) {
        buf_add(&buf, text, (size_t)(reference.start - text));
        buf_str(&buf, value_text(value_of(renderer, reference.name, reference.name_len), index));
        text = reference.end;
    }
    buf_str(&buf, text);
    renderer->bytes += buf.len;
    *out = arena_strn(renderer->arena, buf_text(&buf), buf.len);
    overflow = buf.overflow;
    buf_fini(&buf);
    return overflow ? err_set(renderer->err, ERR_LIMIT, "%s: the document becomes too large",
                              renderer->template->path)
                    : 0;
}

/* How often the text stands in the result, and whether it is a list there. */
static size_t repeats(const struct renderer *renderer, const char *text, bool *list)
{
    struct template_reference reference;
    size_t count = 1;

    *list = false;
    for (; template_find_reference(text, &reference); text = reference.end) {
        const struct value *value = value_of(renderer, reference.name, reference.name_len);

        if (value->parameter->type == TEMPLATE_BOOL)
            continue;
        if (value->count == 0)
            return 0;
        if (value->parameter->type == TEMPLATE_LIST) {
            count = value->count;
            *list = true;
        }
    }
    return count;
}

/* --- Nodes ---------------------------------------------------------------------------------------
 */

static bool is_set(const struct renderer *renderer, const struct node *name)
{
    const struct value *value = value_of(renderer, name->text, strlen(name->text));

    return value->parameter->type == TEMPLATE_BOOL ? value->boolean : value->count > 0;
}

static bool is_left_out(const struct renderer *renderer, const struct node *map)
{
    const struct node *when = node_get(map, TEMPLATE_WHEN);
    const struct node *unless = node_get(map, TEMPLATE_UNLESS);

    return (when != NULL && !is_set(renderer, when)) ||
           (unless != NULL && is_set(renderer, unless));
}

static bool is_switch(const struct renderer *renderer, const struct node *node, size_t index)
{
    return renderer->template != NULL && node->type == NODE_MAP &&
           template_is_switch(node->keys[index]->text);
}

/* Whether nothing is left of a node that had something in it. */
static bool vanishes(const struct renderer *renderer, const struct node *node)
{
    bool list;

    if (renderer->template == NULL)
        return false;
    if (node->type == NODE_SCALAR)
        return repeats(renderer, node->text, &list) == 0;
    if (node->type == NODE_MAP && is_left_out(renderer, node))
        return true;
    for (size_t i = 0; i < node->count; i++)
        if (!is_switch(renderer, node, i) && !vanishes(renderer, node->items[i]))
            return false;
    return node->count > 0;
}

/* Into `parent`, an array or an object, under `key` if it is an object. */
static void put(struct json *parent, const char *key, const struct json *value)
{
    if (parent->type == JSON_ARRAY)
        json_add(parent, value);
    else
        json_put(parent, key, value);
}

static int render_repeated(struct renderer *renderer, const struct node *node, struct json *parent,
                           const char *key)
{
    const char *text;
    bool list;
    size_t count = repeats(renderer, node->text, &list);
    struct json *into = list && parent->type == JSON_OBJECT ? json_put_array(parent, key) : parent;

    for (size_t i = 0; i < count; i++) {
        if (replace(renderer, node->text, i, &text) != 0)
            return -1;
        put(into, key, json_string(renderer->arena, text));
    }
    return 0;
}

static int render_scalar(struct renderer *renderer, const struct node *node, struct json *parent,
                         const char *key)
{
    struct template_reference reference;
    const struct value *value;
    struct json *scalar = NULL;

    if (renderer->template == NULL || !template_find_reference(node->text, &reference)) {
        if (scalar_to_json(node, renderer->arena, &scalar, renderer->err) != 0)
            return -1;
        put(parent, key, scalar);
        return 0;
    }
    value = value_of(renderer, reference.name, reference.name_len);
    if (value->parameter->type == TEMPLATE_BOOL && reference.start == node->text &&
        *reference.end == '\0') {
        put(parent, key, json_boolean(renderer->arena, value->boolean));
        return 0;
    }
    return render_repeated(renderer, node, parent, key);
}

static int render(struct renderer *renderer, const struct node *node, struct json *parent,
                  const char *key)
{
    struct json *into;

    if (vanishes(renderer, node))
        return 0;
    if (node->type == NODE_SCALAR)
        return render_scalar(renderer, node, parent, key);
    if (parent->type == JSON_OBJECT)
        into = node->type == NODE_LIST ? json_put_array(parent, key) : json_put_object(parent, key);
    else
        into = node->type == NODE_LIST ? json_array(renderer->arena) : json_add_object(parent);
    for (size_t i = 0; i < node->count; i++)
        if (!is_switch(renderer, node, i) &&
            render(renderer, node->items[i], into,
                   node->type == NODE_MAP ? node->keys[i]->text : NULL) != 0)
            return -1;
    if (parent->type == JSON_ARRAY && node->type == NODE_LIST)
        json_add(parent, into);
    return 0;
}

/* The document on its own; NULL if nothing is left of it. */
static int render_root(struct renderer *renderer, const struct node *node, struct json **out)
{
    struct json *holder = json_array(renderer->arena);

    if (render(renderer, node, holder, NULL) != 0)
        return -1;
    *out = holder->first;
    return 0;
}

int policy_template_render(const struct policy_template *template, const struct node *given,
                           const struct template_value *known, size_t known_count,
                           struct arena *arena, struct json **out, struct err *err)
{
    struct value *values = arena_array(arena, template->parameter_count + 1, sizeof *values);
    struct renderer renderer = {.template = template, .values = values, .arena = arena, .err = err};
    struct json *document;

    if (check_given(template, given, arena, err) != 0)
        return -1;
    for (size_t i = 0; i < template->parameter_count; i++) {
        values[i].parameter = &template->parameter_list[i];
        if (resolve(template, given, find_known(known, known_count, values[i].parameter->name),
                    &values[i], arena, err) != 0)
            return -1;
    }
    if (render_root(&renderer, template->document, &document) != 0)
        return -1;
    if (document == NULL)
        return err_set(err, ERR_CONFIG, "%s: with these parameters nothing is left of the document",
                       template->path);
    *out = document;
    return 0;
}

int policy_node_to_json(const struct node *node, struct arena *arena, struct json **out,
                        struct err *err)
{
    struct renderer renderer = {.arena = arena, .err = err};

    return render_root(&renderer, node, out);
}
