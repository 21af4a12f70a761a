/*
 * template.h - policy documents with parameters: the files under templates/.
 *
 * Layer:  policy.  A template is YAML: `type`, `description`, `parameters` (each: type string, list
 *         or bool; doc; default; required) and `document`.
 *
 *         In the values of the document `${name}` is replaced.  Alone it becomes what the parameter
 *         is: a string, a bool, or the items of a list, spliced into the list around it.  Within
 *         other text a list parameter repeats that text for each of its items
 *         ("arn:*:iam::*:role/${roles}").  Text with an empty parameter in it vanishes, and so does
 *         a list or map of which nothing is left, with its key: an exception without entries is no
 *         exception.  A list that must not be empty is marked `required`, which asks for an item.
 *         `${aws:...}` and other names with a colon are IAM policy variables and stay, like ${*},
 *         ${?} and ${$}.  A map with `When: name` is left out when that parameter is false or
 *         empty, one with `Unless: name` when it is not.
 */
#ifndef PLINTH_POLICY_TEMPLATE_H
#define PLINTH_POLICY_TEMPLATE_H

#include "plinth/base/err.h"
#include "plinth/codec/json.h"
#include "plinth/codec/node.h"

#include <stdbool.h>
#include <stddef.h>

struct arena; /* base/arena.h */

struct template_value { /* a value known to every template, such as the allowed regions */
    const char *name;
    const char *const *items;
    size_t count;
    bool list;
};

enum template_type { TEMPLATE_STRING, TEMPLATE_LIST, TEMPLATE_BOOL };

struct template_parameter {
    const char *name;
    enum template_type type;
    const char *doc;
    const struct node *fallback; /* `default`; NULL: none, then it is empty or false */
    bool required;               /* must be given, and not be empty */
    const struct node *key;      /* where it is declared */
};

struct policy_template {
    const char *path;
    const char *type_key; /* "service_control_policy" */
    const char *description;
    const struct node *parameters; /* map; NULL */
    const struct node *document;
    const struct template_parameter *parameter_list; /* the same map, read */
    size_t parameter_count;
};

/* The names of all templates in the directories, sorted, each once.  A directory that does not
 * exist has none.  owns: `arena`.  err: ERR_IO, ERR_LIMIT.  yields: no. */
int policy_template_names(const char *const *dirs, struct arena *arena, const char ***out,
                          size_t *out_count, struct err *err);

/* Find `name` ("scp/region-limits") as NAME.yaml in the directories, the first one wins, and read
 * it; `dirs` ends with NULL.  owns: `arena`.  err: ERR_NOTFOUND naming what is near, ERR_CONFIG,
 * ERR_IO.  yields: no. */
int policy_template_load(const char *name, const char *const *dirs, struct arena *arena,
                         struct policy_template **out, struct err *err);

/* The template in a file's tree.  owns: `arena`; `root` must live as long.  err: ERR_CONFIG.
 * yields: no. */
int policy_template_parse(const struct node *root, struct arena *arena,
                          struct policy_template **out, struct err *err);

/* Fill it in: `given` (a map node; NULL: none) over `known` over the defaults.  A known value that
 * the template has no parameter for is no mistake.  An unknown, missing or mistyped parameter is
 * ERR_CONFIG at its place.  owns: `arena`.  err: also ERR_LIMIT.  yields: no. */
int policy_template_render(const struct policy_template *template, const struct node *given,
                           const struct template_value *known, size_t known_count,
                           struct arena *arena, struct json **out, struct err *err);

/* A YAML node as JSON: plain true, false, null and numbers become such, quoted text stays text.
 * owns: `arena`.  err: ERR_CONFIG.  yields: no. */
int policy_node_to_json(const struct node *node, struct arena *arena, struct json **out,
                        struct err *err);

#endif
