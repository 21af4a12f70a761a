#include "plinth/baseline/schema.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "schema_priv.h"

#include <assert.h>
#include <string.h>

enum { SHOWN_CHARS = 60 }; /* of a wrong value in an error */

struct decoder {
    struct arena *arena;
    struct diags *diags;
    struct formats *formats;
};

static void decode_object(const struct decoder *decoder, const struct schema *schema,
                          const struct node *node, const struct field *skip, void *out);
static void decode_value(const struct decoder *decoder, const struct field *field,
                         const struct node *node, void *out);

/* --- Scalars ----------------------------------------------------------------------------------
 */

static bool is_type(const struct decoder *decoder, const struct field *field,
                    const struct node *node, enum node_type type)
{
    if (node->type == type)
        return true;
    diags_add(decoder->diags, &node->mark, "'%s' must be %s, not %s", field->key,
              node_type_name(type), node_type_name(node->type));
    return false;
}

static const char *choice_value(const struct decoder *decoder, const struct field *field,
                                const struct node *node)
{
    const struct choice *choice;
    const char *known = "";

    for (choice = field->choices; choice->key != NULL; choice++) {
        if (str_eq(choice->key, node->text))
            return choice->value;
    }
    for (choice = field->choices; choice->key != NULL; choice++)
        known =
            arena_printf(decoder->arena, "%s%s%s", known, *known == '\0' ? "" : ", ", choice->key);
    diags_add(decoder->diags, &node->mark, "'%s' must be one of %s, not '%.*s'", field->key, known,
              SHOWN_CHARS, node->text);
    return NULL;
}

static const char *string_value(const struct decoder *decoder, const struct field *field,
                                const struct node *node)
{
    if (!is_type(decoder, field, node, NODE_SCALAR))
        return NULL;
    if (field->choices != NULL)
        return choice_value(decoder, field, node);
    if (!formats_match(decoder->formats, field->format, node->text)) {
        const struct format_rule *rule = format_rule(field->format);

        diags_add(decoder->diags, &node->mark,
                  "'%s' must be %s (at most %zu characters), not '%.*s'", field->key, rule->what,
                  rule->max, SHOWN_CHARS, node->text);
        return NULL;
    }
    return node->text;
}

static void decode_bool(const struct decoder *decoder, const struct field *field,
                        const struct node *node, bool *out)
{
    if (!is_type(decoder, field, node, NODE_SCALAR))
        return;
    if (!node->quoted && (str_eq(node->text, "true") || str_eq(node->text, "false")))
        *out = node->text[0] == 't';
    else
        diags_add(decoder->diags, &node->mark, "'%s' must be true or false, not %s'%.*s'",
                  field->key, node->quoted ? "the string " : "", SHOWN_CHARS, node->text);
}

static void decode_int(const struct decoder *decoder, const struct field *field,
                       const struct node *node, int64_t *out)
{
    const char *digits;
    uint64_t magnitude;
    int64_t value;

    if (!is_type(decoder, field, node, NODE_SCALAR))
        return;
    digits = node->text[0] == '-' ? node->text + 1 : node->text;
    if (node->quoted || !str_to_u64(digits, &magnitude) || magnitude > INT64_MAX) {
        diags_add(decoder->diags, &node->mark, "'%s' must be a whole number, not %s'%.*s'",
                  field->key, node->quoted ? "the string " : "", SHOWN_CHARS, node->text);
        return;
    }
    value = digits == node->text ? (int64_t)magnitude : -(int64_t)magnitude;
    if ((field->min != 0 || field->max != 0) && (value < field->min || value > field->max))
        diags_add(decoder->diags, &node->mark, "'%s' must be from %lld to %lld, not %lld",
                  field->key, (long long)field->min, (long long)field->max, (long long)value);
    else
        *out = value;
}

/* --- Lists and maps ---------------------------------------------------------------------------
 */

static bool is_count(const struct decoder *decoder, const struct field *field,
                     const struct node *node)
{
    bool few = field->min > 0 && node->count < (size_t)field->min;
    bool many = field->max > 0 && node->count > (size_t)field->max;

    if (few || many)
        diags_add(decoder->diags, &node->mark, "'%s' must have at %s %lld entries, not %zu",
                  field->key, few ? "least" : "most", (long long)(few ? field->min : field->max),
                  node->count);
    return !few && !many;
}

static void decode_strings(const struct decoder *decoder, const struct field *field,
                           const struct node *node, struct strings *out)
{
    size_t i;

    if (!is_type(decoder, field, node, NODE_LIST) || !is_count(decoder, field, node))
        return;
    out->items = arena_array(decoder->arena, node->count, sizeof *out->items);
    for (i = 0; i < node->count; i++) {
        const char *text = string_value(decoder, field, node->items[i]);

        if (text != NULL)
            out->items[out->count++] = text;
    }
}

static void decode_pairs(const struct decoder *decoder, const struct field *field,
                         const struct node *node, struct pairs *out)
{
    size_t i;

    if (!is_type(decoder, field, node, NODE_MAP) || !is_count(decoder, field, node))
        return;
    out->items = arena_array(decoder->arena, node->count, sizeof *out->items);
    for (i = 0; i < node->count; i++) {
        const char *text = string_value(decoder, field, node->items[i]);

        if (text != NULL)
            out->items[out->count++] = (struct pair){node->keys[i]->text, text, node->items[i]};
    }
}

const struct field *schema_name_field(const struct schema *schema)
{
    const struct field *field = schema->fields;

    while (field->key != NULL && field->type != FIELD_STRING)
        field++;
    assert(field->key != NULL);
    return field;
}

static void decode_objects(const struct decoder *decoder, const struct field *field,
                           const struct node *node, struct objects *out)
{
    bool named = field->type == FIELD_NAMED;
    const struct field *name = named ? schema_name_field(field->object) : NULL;
    size_t i;

    if (!is_type(decoder, field, node, named ? NODE_MAP : NODE_LIST) ||
        !is_count(decoder, field, node))
        return;
    out->items = arena_array(decoder->arena, node->count, field->object->size);
    out->count = node->count;
    for (i = 0; i < node->count; i++) {
        char *item = (char *)out->items + i * field->object->size;

        decode_object(decoder, field->object, node->items[i], name, item);
        if (named)
            decode_value(decoder, name, node->keys[i], item + name->offset);
    }
}

/* --- Objects ----------------------------------------------------------------------------------
 */

static void decode_value(const struct decoder *decoder, const struct field *field,
                         const struct node *node, void *out)
{
    switch (field->type) {
    case FIELD_STRING:
    case FIELD_CHOICE:
        *(const char **)out = string_value(decoder, field, node);
        break;
    case FIELD_BOOL:
        decode_bool(decoder, field, node, out);
        break;
    case FIELD_INT:
        decode_int(decoder, field, node, out);
        break;
    case FIELD_STRINGS:
        decode_strings(decoder, field, node, out);
        break;
    case FIELD_PAIRS:
        decode_pairs(decoder, field, node, out);
        break;
    case FIELD_OBJECT:
        *(void **)out = arena_alloc(decoder->arena, field->object->size);
        decode_object(decoder, field->object, node, NULL, *(void **)out);
        break;
    case FIELD_OBJECTS:
    case FIELD_NAMED:
        decode_objects(decoder, field, node, out);
        break;
    case FIELD_NODE:
        *(const struct node **)out = node;
        break;
    }
}

static void decode_fallback(const struct decoder *decoder, const struct field *field, void *out)
{
    struct err err = ERR_INIT;
    struct node *node;
    bool ok = true;

    if (field->type == FIELD_STRING || field->type == FIELD_CHOICE || field->type == FIELD_BOOL ||
        field->type == FIELD_INT) {
        node = arena_alloc(decoder->arena, sizeof *node);
        node->type = NODE_SCALAR;
        node->text = field->fallback;
    } else {
        ok = node_parse(field->fallback, strlen(field->fallback), "(default)", decoder->arena,
                        &node, &err) == 0;
    }
    assert(ok); /* the tables are ours */
    decode_value(decoder, field, node, out);
}

static const char *const *known_keys(const struct decoder *decoder, const struct schema *schema,
                                     const struct field *skip, size_t *out_count)
{
    const struct field *field;
    const char **known;
    size_t fields = 0;

    while (schema->fields[fields].key != NULL)
        fields++;
    known = arena_array(decoder->arena, fields, sizeof *known);
    *out_count = 0;
    for (field = schema->fields; field->key != NULL; field++) {
        if (field != skip)
            known[(*out_count)++] = field->key;
    }
    return known;
}

static void check_keys(const struct decoder *decoder, const struct schema *schema,
                       const struct node *node, const struct field *skip)
{
    const struct field *field;
    const char *const *known = NULL;
    size_t count = 0;

    for (size_t i = 0; i < node->count; i++) {
        const char *key = node->keys[i]->text;

        for (field = schema->fields; field->key != NULL; field++) {
            if (field != skip && str_eq(field->key, key))
                break;
        }
        if (field->key != NULL)
            continue;
        if (known == NULL)
            known = known_keys(decoder, schema, skip, &count);
        diags_add_unknown(decoder->diags, &node->keys[i]->mark, key, known, count,
                          "unknown key '%.*s' in %s", SHOWN_CHARS, key, schema->name);
    }
}

static void decode_fields(const struct decoder *decoder, const struct schema *schema,
                          const struct node *node, const struct field *skip, void *out)
{
    bool shorthand = node->type == NODE_SCALAR && !node_is_null(node);

    for (const struct field *field = schema->fields; field->key != NULL; field++) {
        const struct node *value = node_get(node, field->key);
        char *at = (char *)out + field->offset;

        if (field == skip)
            continue;
        if (shorthand && str_eq(field->key, schema->shorthand))
            value = node;
        if (value != NULL && !node_is_null(value))
            decode_value(decoder, field, value, at);
        else if (field->required)
            diags_add(decoder->diags, &node->mark, "%s needs '%s'", schema->name, field->key);
        else if (field->fallback != NULL)
            decode_fallback(decoder, field, at);
    }
}

/* `skip`: the field that the key of a FIELD_NAMED map has filled, or NULL. */
static void decode_object(const struct decoder *decoder, const struct schema *schema,
                          const struct node *node, const struct field *skip, void *out)
{
    /* `guardduty:` and nothing behind it: all defaults. */
    bool scalar = node->type == NODE_SCALAR && (schema->shorthand != NULL || node_is_null(node));

    *(const struct node **)((char *)out + schema->node_offset) = node;
    if (node->type != NODE_MAP && !scalar) {
        diags_add(decoder->diags, &node->mark, "%s must be a map, not %s", schema->name,
                  node_type_name(node->type));
        return;
    }
    if (node->type == NODE_MAP)
        check_keys(decoder, schema, node, skip);
    decode_fields(decoder, schema, node, skip, out);
}

void schema_decode(const struct schema *schema, const struct node *node, struct arena *arena,
                   void *out, struct diags *diags)
{
    struct formats formats = {.ready = {false}};
    struct decoder decoder = {arena, diags, &formats};

    memset(out, 0, schema->size);
    decode_object(&decoder, schema, node, NULL, out);
    formats_fini(&formats);
}

const struct mark *schema_mark(const struct node *object, const char *key)
{
    const struct node *value = node_get(object, key);

    return value != NULL ? &value->mark : &object->mark;
}
