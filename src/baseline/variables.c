#include "source.h"

#include "names.h"
#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/limits.h"
#include "plinth/base/str.h"

#include <string.h>

/* Filling in must not make a small file large. */
enum { FILLED_BYTES_MOST = 4 * LIMIT_YAML_BYTES, SHOWN_CHARS = 60 };

/* Where a scalar stands. */
enum place {
    PLACE_PLAIN,
    PLACE_PARAMETERS, /* of a template: ${aws:username} and its kin belong to IAM */
    PLACE_DOCUMENT,   /* so they do here, and quotes make a string of what is in them */
};

struct variable {
    const char *name, *value; /* NULL: it has none */
};

struct variables {
    struct arena *arena;
    struct diags *diags;
    struct names known; /* name -> struct variable */
    const char **names;
    size_t count;
    size_t filled_bytes; /* of all scalars with references */
};

static const char opening[] = "${var.";

/* --- Declarations --------------------------------------------------------------------------------
 */

/* The default of a declaration; NULL if there is none.  What is neither a scalar nor a map with one
 * is the decoder's to report. */
static const struct node *default_of(const struct node *declaration)
{
    if (declaration->type == NODE_MAP)
        declaration = node_get(declaration, "default");
    if (declaration == NULL || declaration->type != NODE_SCALAR || node_is_null(declaration))
        return NULL;
    return declaration;
}

static const struct variable_value *find_given(const struct variable_value *given, const char *name)
{
    for (; given != NULL && given->name != NULL; given++)
        if (str_eq(given->name, name))
            return given;
    return NULL;
}

static void declare(struct variables *variables, const struct node *key,
                    const struct node *declaration, const struct variable_value *given)
{
    struct variable *variable = arena_alloc(variables->arena, sizeof *variable);
    const struct node *fallback = default_of(declaration);

    variable->name = key->text;
    given = find_given(given, key->text);
    if (given != NULL)
        variable->value = given->value;
    else if (fallback != NULL)
        variable->value = fallback->text;
    else
        diags_add(variables->diags, &key->mark,
                  "variable '%s' has no value: give it a default, or --var %s=...", key->text,
                  key->text);
    if (fallback != NULL && strstr(fallback->text, opening) != NULL)
        diags_add(variables->diags, &fallback->mark,
                  "the value of variable '%s' must not refer to variables", key->text);
    (void)names_add(&variables->known, key->text, variable);
    variables->names[variables->count++] = key->text;
}

static void declare_all(struct variables *variables, const struct node *root,
                        const struct variable_value *given)
{
    const struct node *map = node_get(root, "variables");

    names_init(&variables->known, variables->arena, false);
    if (map != NULL && map->type == NODE_MAP) {
        variables->names = arena_array(variables->arena, map->count, sizeof *variables->names);
        for (size_t i = 0; i < map->count; i++)
            declare(variables, map->keys[i], map->items[i], given);
    }
    for (; given != NULL && given->name != NULL; given++) {
        if (names_get(&variables->known, given->name) == NULL)
            diags_add_unknown(variables->diags, NULL, given->name, variables->names,
                              variables->count, "--var %s: the baseline has no such variable",
                              given->name);
        if (strstr(given->value, opening) != NULL)
            diags_add(variables->diags, NULL, "--var %s: its value must not refer to variables",
                      given->name);
    }
}

/* --- References ----------------------------------------------------------------------------------
 */

static void substitute_one(const struct variables *variables, const struct mark *mark,
                           const char *name, struct buf *out)
{
    const struct variable *variable = names_get(&variables->known, name);

    if (variable == NULL)
        diags_add_unknown(variables->diags, mark, name, variables->names, variables->count,
                          "unknown variable '%s'", name);
    else if (variable->value != NULL)
        buf_str(out, variable->value);
}

static const char *substituted(struct variables *variables, const struct node *node,
                               enum place place)
{
    const char *text = node->text, *from, *end;
    const char *result;
    struct buf out;

    buf_init(&out, FILLED_BYTES_MOST - variables->filled_bytes);
    while ((from = strstr(text, "${")) != NULL && (end = strchr(from, '}')) != NULL) {
        size_t len = (size_t)(end + 1 - from), prefix = strlen(opening);

        buf_add(&out, text, (size_t)(from - text));
        text = end + 1;
        if (str_starts(from, opening)) {
            substitute_one(variables, &node->mark,
                           arena_strn(variables->arena, from + prefix, len - prefix - 1), &out);
            continue;
        }
        if (place == PLACE_PLAIN)
            diags_add(variables->diags, &node->mark,
                      "'%.*s' is no variable: one is written ${var.name}", SHOWN_CHARS, from);
        buf_add(&out, from, len);
    }
    buf_str(&out, text);
    if (out.overflow)
        diags_add(variables->diags, &node->mark, "filled in, the variables make more than %d bytes",
                  FILLED_BYTES_MOST);
    variables->filled_bytes += out.len;
    result = arena_str(variables->arena, buf_text(&out));
    buf_fini(&out);
    return result;
}

/* One reference and nothing else: the value stands there as if it had been written so, and can be a
 * number or true. */
static bool is_whole_reference(const char *text)
{
    const char *end = strchr(text, '}');

    return str_starts(text, opening) && end != NULL && end[1] == '\0';
}

static void substitute(struct variables *variables, struct node *node, enum place place)
{
    if (node->type != NODE_SCALAR) {
        for (size_t i = 0; i < node->count; i++)
            substitute(variables, node->items[i], place);
        return;
    }
    if (strstr(node->text, "${") == NULL)
        return;
    if (place != PLACE_DOCUMENT && is_whole_reference(node->text))
        node->quoted = false;
    node->text = substituted(variables, node, place);
}

static void substitute_policies(struct variables *variables, struct node *list)
{
    for (size_t i = 0; i < list->count; i++) {
        struct node *policy = list->items[i];

        for (size_t k = 0; k < policy->count; k++) {
            const char *key = policy->type == NODE_MAP ? policy->keys[k]->text : "";

            substitute(variables, policy->items[k],
                       str_eq(key, "document")     ? PLACE_DOCUMENT
                       : str_eq(key, "parameters") ? PLACE_PARAMETERS
                                                   : PLACE_PLAIN);
        }
    }
}

void variables_substitute(struct node *root, const struct variable_value *given,
                          struct arena *arena, struct diags *diags)
{
    struct variables variables = {.arena = arena, .diags = diags};

    declare_all(&variables, root, given);
    for (size_t i = 0; root->type == NODE_MAP && i < root->count; i++) {
        const char *key = root->keys[i]->text;

        if (str_eq(key, "policies"))
            substitute_policies(&variables, root->items[i]);
        else if (!str_eq(key, "variables"))
            substitute(&variables, root->items[i], PLACE_PLAIN);
    }
}
