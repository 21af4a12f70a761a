/*
 * access_analyzer_settings.h - what the baseline says of control "access_analyzer".
 *
 * Layer:  control, private.
 */
#ifndef PLINTH_CONTROL_ACCESS_ANALYZER_SETTINGS_H
#define PLINTH_CONTROL_ACCESS_ANALYZER_SETTINGS_H

#include "plinth/baseline/baseline.h"
#include "plinth/baseline/schema.h"

#include <stdbool.h>
#include <stdint.h>

/* What an analyzer looks for. */
enum analyzer_kind { ANALYZER_EXTERNAL, ANALYZER_UNUSED, ANALYZER_INTERNAL, ANALYZER_KIND_COUNT };

/* One key of an archive rule's filter, and what a finding must have there. */
struct analyzer_criterion {
    const struct node *node;
    const char *key; /* "resourceType" */
    struct strings eq, neq, contains;
    const char *exists; /* "true", "false"; NULL: not looked at */
};

struct analyzer_rule {
    const struct node *node;
    const char *name;
    const char *kind;      /* "external", "unused", "internal" */
    struct objects filter; /* struct analyzer_criterion; all must hold */
};

struct analyzer_unused {
    const struct node *node;
    int64_t days;
    const char *regions; /* "home", "all" */
};

struct analyzer_internal {
    const struct node *node;
    struct strings resource_types;
    const char *regions;
};

struct analyzer_spec {
    const struct node *node;
    const char *name;                   /* what the names of the analyzers begin with */
    struct analyzer_unused *unused;     /* NULL: none */
    struct analyzer_internal *internal; /* NULL: none */
    struct objects rules;               /* struct analyzer_rule */
};

extern const struct schema analyzer_schema;

/* As control.check.  yields: no. */
void analyzer_check(const struct baseline *baseline, const void *decoded, struct diags *diags);

/* "external", "unused", "internal".  Static storage. */
const char *analyzer_kind_key(enum analyzer_kind kind);

/* Rule `i`, and whether it belongs to the analyzer of that kind.  yields: no. */
const struct analyzer_rule *analyzer_rule_at(const struct analyzer_spec *spec, size_t i);
bool analyzer_rule_is_of(const struct analyzer_rule *rule, enum analyzer_kind kind);

/* A rule's filter as AWS has it.  owns: `arena`.  yields: no. */
struct json *analyzer_rule_filter(const struct analyzer_rule *rule, struct arena *arena);

/* Whether two filters say the same: the order of keys and of values means nothing.  yields: no. */
bool analyzer_filter_equal(const struct json *a, const struct json *b);

/* Whether two lists hold the same strings.  yields: no. */
bool analyzer_list_equal(const struct json *a, const struct json *b);

#endif
