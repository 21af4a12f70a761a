/*
 * template_priv.h - what reading and rendering a template share.
 */
#ifndef PLINTH_POLICY_TEMPLATE_PRIV_H
#define PLINTH_POLICY_TEMPLATE_PRIV_H

#include "plinth/policy/template.h"

/* Keys of a map in a document that make the map depend on a parameter. */
#define TEMPLATE_WHEN "When"
#define TEMPLATE_UNLESS "Unless"

bool template_is_switch(const char *key);

/* One ${name} in a text. */
struct template_reference {
    const char *start, *end; /* from the $ to behind the } */
    const char *name;
    size_t name_len;
};

/* The first reference to a parameter in `text`; false if there is none.  What is no name of a
 * parameter (an IAM policy variable, ${*}) is passed over. */
bool template_find_reference(const char *text, struct template_reference *out);

/* NULL if the template has no such parameter. */
const struct template_parameter *template_find_parameter(const struct policy_template *template,
                                                         const char *name, size_t len);

/* The names of the parameters, for "did you mean".  owns: `arena`. */
const char **template_parameter_names(const struct policy_template *template, struct arena *arena);

/* ERR_CONFIG "file:line:column: text". */
int template_fail(const struct node *node, struct err *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Whether the default is of the parameter's type.  err: ERR_CONFIG. */
int template_check_default(const struct template_parameter *parameter, struct arena *arena,
                           struct err *err);

#endif
