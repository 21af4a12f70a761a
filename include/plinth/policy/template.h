/*
 * template.h - policy documents with parameters: the files under templates/.
 *
 * Layer:  policy.  A template is YAML: `type`, `description`, `parameters` (each: type string, list
 *         or bool; doc; default; required) and `document`.  In the document `${name}` is replaced
 *         inside strings; a list item or value that is only `${name}` of a list parameter is
 * spliced in.  What becomes an empty list vanishes with its key (an exception without entries is no
 *         exception).  `${aws:...}` and other names with a colon are IAM policy variables and stay.
 *         A statement with `When: name` is left out when that parameter is false or empty.
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

struct policy_template {
    const char *path;
    const char *type_key; /* "service_control_policy" */
    const char *description;
    const struct node *parameters; /* map; NULL */
    const struct node *document;
};

/* Find `name` ("scp/region-limits") as NAME.yaml in the directories and read it.  owns: `arena`.
 * err: ERR_NOTFOUND listing what there is near, ERR_CONFIG, ERR_IO.  yields: no. */
int policy_template_load(const char *name, const char *const *dirs, struct arena *arena,
                         struct policy_template **out, struct err *err);

/* Fill it in: `given` (a map node; NULL: none) over `known` over the defaults.  An unknown, missing
 * or mistyped parameter is ERR_CONFIG at its place.  owns: `arena`.  yields: no. */
int policy_template_render(const struct policy_template *template, const struct node *given,
                           const struct template_value *known, size_t known_count,
                           struct arena *arena, struct json **out, struct err *err);

/* A YAML node as JSON: plain true/false and numbers become such, quoted text stays text.
 * owns: `arena`.  err: ERR_CONFIG.  yields: no. */
int policy_node_to_json(const struct node *node, struct arena *arena, struct json **out,
                        struct err *err);

#endif
