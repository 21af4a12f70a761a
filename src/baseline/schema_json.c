/*
 * schema_json.c - the tables as JSON Schema, for editors.
 *
 * Source: JSON Schema draft 2020-12.  A value that is not a string may be ${var.name} all the same,
 *         and so may a string with a format: each of these is "this, or a reference".  Where a key
 *         is optional, nothing behind it (null) is fine as well.
 */
#include "language.h"
#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"
#include "plinth/policy/template.h"
#include "schema_priv.h"

#include <assert.h>
#include <string.h>

static const char schema_dialect[] = "https://json-schema.org/draft/2020-12/schema";
static const char reference_name[] = "reference";

/* How an object's table is used: the same table may stand in several definitions. */
struct use {
    const struct schema *schema;
    bool named;   /* the key of a map is its name */
    bool partial; /* laid over another one: nothing is required, and not all may differ */
};

struct definition {
    struct use use;
    const char *name;
};

struct printer {
    struct arena *arena;
    struct json *definitions;
    VEC(struct definition) known;
    const struct schema *overrides; /* its fields are partial, or `false`; NULL */
};

static const char *define(struct printer *printer, struct use use);

/* --- Values --------------------------------------------------------------------------------------
 */

static void put_ref(struct json *into, const char *name)
{
    struct arena *arena = into->arena;

    json_put_str(into, "$ref", arena_printf(arena, "#/$defs/%s", name));
}

/* A new place for what stands beside a reference. */
static struct json *or_reference(struct json *into, bool nullable)
{
    struct json *list = json_put_array(into, "anyOf"), *value = json_add_object(list);

    put_ref(json_add_object(list), reference_name);
    if (nullable)
        json_put_str(json_add_object(list), "type", "null");
    return value;
}

static void put_type(struct json *into, const char *type, bool nullable)
{
    struct json *list;

    if (!nullable) {
        json_put_str(into, "type", type);
        return;
    }
    list = json_put_array(into, "type");
    json_add_str(list, type);
    json_add_str(list, "null");
}

static void put_pattern(const struct format_rule *rule, struct json *into)
{
    json_put_str(into, "type", "string");
    json_put_str(into, "pattern", rule->pattern);
    json_put_number(into, "maxLength", (double)rule->max);
}

static void put_text(const struct field *field, bool nullable, struct json *into)
{
    const struct format_rule *rule = format_rule(field->format);
    struct json *list;

    if (field->choices != NULL) {
        list = json_put_array(or_reference(into, nullable), "enum");
        for (const struct choice *choice = field->choices; choice->key != NULL; choice++)
            json_add_str(list, choice->key);
    } else if (rule->pattern != NULL) {
        put_pattern(rule, or_reference(into, nullable));
    } else {
        /* A scalar is text, whatever YAML takes it for. */
        list = json_put_array(into, "type");
        json_add_str(list, "string");
        json_add_str(list, "number");
        json_add_str(list, "boolean");
        if (nullable)
            json_add_str(list, "null");
    }
}

static void put_int(const struct field *field, struct json *into)
{
    into = or_reference(into, !field->required);
    json_put_str(into, "type", "integer");
    if (field->min != 0 || field->max != 0) {
        json_put_number(into, "minimum", (double)field->min);
        json_put_number(into, "maximum", (double)field->max);
    }
}

/* Of a list or a map. */
static struct json *put_many(const struct field *field, struct json *into)
{
    bool list = field->type == FIELD_STRINGS || field->type == FIELD_OBJECTS;

    put_type(into, list ? "array" : "object", !field->required);
    if (field->min > 0)
        json_put_number(into, list ? "minItems" : "minProperties", (double)field->min);
    if (field->max > 0)
        json_put_number(into, list ? "maxItems" : "maxProperties", (double)field->max);
    return json_put_object(into, list ? "items" : "additionalProperties");
}

static bool needs_something(struct use use)
{
    for (const struct field *field = use.schema->fields; field->key != NULL; field++)
        if (field->required && !use.partial)
            return true;
    return false;
}

/* Whether a table looks different where it is laid over another one. */
static bool differs_partial(const struct schema *schema)
{
    for (const struct field *field = schema->fields; field->key != NULL; field++)
        if (field->required || field->uniform)
            return true;
    return false;
}

static void put_object(struct printer *printer, const struct field *field, bool override,
                       struct json *into)
{
    struct use use = {.schema = field->object, .partial = override};
    struct json *list;

    if (override) {
        list = json_put_array(into, "anyOf");
        into = json_add_object(list);
        json_put_bool(json_add_object(list), "const", false);
    } else if (field->object != NULL && !field->required && needs_something(use)) {
        list = json_put_array(into, "anyOf");
        into = json_add_object(list);
        json_put_str(json_add_object(list), "type", "null");
    }
    if (field->object != NULL) {
        put_ref(into, define(printer, use));
    } else {
        put_type(into, "object", true);
        json_put_number(into, "maxProperties", 0);
    }
}

static void put_named(struct printer *printer, const struct field *field, struct json *into)
{
    struct json *value = put_many(field, into);
    const struct format_rule *rule = format_rule(schema_name_field(field->object)->format);

    /* Keys are not searched for references. */
    if (rule->pattern != NULL)
        put_pattern(rule, json_put_object(into, "propertyNames"));
    put_ref(value, define(printer, (struct use){.schema = field->object, .named = true}));
}

static void put_value(struct printer *printer, const struct field *field, bool override,
                      struct json *into)
{
    switch (field->type) {
    case FIELD_STRING:
    case FIELD_CHOICE:
        put_text(field, !field->required, into);
        break;
    case FIELD_BOOL:
        json_put_str(or_reference(into, !field->required), "type", "boolean");
        break;
    case FIELD_INT:
        put_int(field, into);
        break;
    case FIELD_STRINGS:
    case FIELD_PAIRS:
        put_text(field, false, put_many(field, into));
        break;
    case FIELD_OBJECT:
        put_object(printer, field, override, into);
        break;
    case FIELD_OBJECTS:
        put_ref(put_many(field, into), define(printer, (struct use){.schema = field->object}));
        break;
    case FIELD_NAMED:
        put_named(printer, field, into);
        break;
    case FIELD_NODE:
        if (field->object != NULL)
            put_object(printer, field, false, into);
        break;
    }
}

/* --- Properties ----------------------------------------------------------------------------------
 */

/* Text of a table as it would stand in a baseline. */
static struct json *parsed(const struct printer *printer, const char *yaml)
{
    struct err err = ERR_INIT;
    struct json *out;
    struct node *node;
    bool ok = node_parse(yaml, strlen(yaml), "(table)", printer->arena, &node, &err) == 0 &&
              policy_node_to_json(node, printer->arena, &out, &err) == 0;

    assert(ok); /* the tables are ours */
    return out;
}

static void put_default(const struct printer *printer, const struct field *field, struct json *into)
{
    if (field->fallback == NULL)
        return;
    if (field->type == FIELD_STRING || field->type == FIELD_CHOICE)
        json_put_str(into, "default", field->fallback);
    else
        json_put(into, "default", parsed(printer, field->fallback));
}

static void put_property(struct printer *printer, const struct field *field, bool override,
                         struct json *properties)
{
    struct json *into = json_put_object(properties, field->key);

    json_put_str(into, "description", field->doc);
    put_value(printer, field, override, into);
    put_default(printer, field, into);
    if (field->example != NULL)
        json_add(json_put_array(into, "examples"), parsed(printer, field->example));
}

static void put_properties(struct printer *printer, struct use use, struct json *into)
{
    const struct field *name = use.named ? schema_name_field(use.schema) : NULL;
    bool override = use.schema == printer->overrides;
    struct json *list, *properties;

    put_type(into, "object", !needs_something(use));
    if (needs_something(use)) {
        list = json_put_array(into, "required");
        for (const struct field *field = use.schema->fields; field->key != NULL; field++)
            if (field->required && field != name)
                json_add_str(list, field->key);
    }
    properties = json_put_object(into, "properties");
    for (const struct field *field = use.schema->fields; field->key != NULL; field++)
        if (field != name && !(use.partial && field->uniform))
            put_property(printer, field, override, properties);
    json_put_bool(into, "additionalProperties", false);
}

static void put_schema(struct printer *printer, struct use use, struct json *into)
{
    const struct field *field = use.schema->fields;
    struct json *list;

    json_put_str(into, "description", use.schema->doc);
    if (use.schema->shorthand == NULL) {
        put_properties(printer, use, into);
        return;
    }
    while (!str_eq(field->key, use.schema->shorthand))
        field++;
    list = json_put_array(into, "anyOf");
    put_value(printer, field, false, json_add_object(list));
    put_properties(printer, use, json_add_object(list));
}

/* --- Definitions ---------------------------------------------------------------------------------
 */

static bool is_taken(const struct printer *printer, const char *name)
{
    for (size_t i = 0; i < printer->known.count; i++)
        if (str_eq(printer->known.items[i].name, name))
            return true;
    return str_eq(name, reference_name);
}

/* The name under $defs; made when it is first asked for. */
static const char *define(struct printer *printer, struct use use)
{
    struct definition *definition;
    const char *base, *name;

    if (use.partial && !differs_partial(use.schema))
        use.partial = false; /* it would be the same */
    for (size_t i = 0; i < printer->known.count; i++) {
        const struct use *known = &printer->known.items[i].use;

        if (known->schema == use.schema && known->named == use.named &&
            known->partial == use.partial)
            return printer->known.items[i].name;
    }
    base = arena_printf(printer->arena, "%s%s", use.schema->name, use.partial ? "_override" : "");
    name = base;
    for (int i = 2; is_taken(printer, name); i++)
        name = arena_printf(printer->arena, "%s_%d", base, i);
    /* Known before it is printed: a table may contain itself. */
    definition = VEC_ADD(printer->arena, &printer->known);
    *definition = (struct definition){use, name};
    put_schema(printer, use, json_put_object(printer->definitions, name));
    return name;
}

static struct json *print(const struct schema *schema, const struct schema *overrides,
                          const char *title, struct arena *arena)
{
    struct printer printer = {.arena = arena, .overrides = overrides};
    struct json *out = json_object(arena), *reference;

    json_put_str(out, "$schema", schema_dialect);
    json_put_str(out, "title", title);
    printer.definitions = json_object(arena);
    reference = json_put_object(printer.definitions, reference_name);
    json_put_str(reference, "description", "The value of a variable.");
    json_put_str(reference, "type", "string");
    json_put_str(reference, "pattern", "[$][{]var[.][a-z][a-z0-9_-]*[}]");
    put_schema(&printer, (struct use){.schema = schema}, out);
    json_put(out, "$defs", printer.definitions);
    return out;
}

struct json *schema_json(const struct schema *schema, struct arena *arena)
{
    return print(schema, NULL, schema->name, arena);
}

struct json *baseline_schema_json(const struct control_section *sections, struct arena *arena)
{
    struct language language = language_with_sections(sections, arena);

    return print(language.root, language.overrides, "plinth baseline", arena);
}
