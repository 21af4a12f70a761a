/*
 * evaluate_compile.c - a checked document as arrays of patterns.
 */
#include "evaluate_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"

#include <string.h>

struct builder {
    struct arena *arena;
    bool variables; /* the document's version has them */
    struct err *err;
};

/* A list, or its only item. */
static const struct json *first_of(const struct json *value)
{
    return value->type == JSON_ARRAY ? value->first : value;
}

static size_t count_of(const struct json *value)
{
    return value->type == JSON_ARRAY ? value->count : 1;
}

/* `key` or `not_key`, whichever the statement has. */
static int build_patterns(const struct builder *builder, const struct json *statement,
                          const char *key, const char *not_key, unsigned flags,
                          struct patterns *out)
{
    const struct json *value = json_get(statement, key), *it;
    struct pattern *items;

    out->negated = value == NULL;
    if (value == NULL)
        value = json_get(statement, not_key);
    if (value == NULL) { /* a trust policy has no resource */
        *out = (struct patterns){NULL, 0, false};
        return 0;
    }
    out->count = count_of(value);
    out->items = items = arena_array(builder->arena, out->count, sizeof *items);
    it = first_of(value);
    for (size_t i = 0; i < out->count; i++, it = it->next)
        if (pattern_compile(it->string, flags, builder->arena, &items[i], builder->err) != 0)
            return err_wrap(builder->err, "%s", value->key);
    return 0;
}

static size_t count_members(const struct json *maps)
{
    size_t count = 0;

    for (const struct json *it = json_first(maps); it != NULL; it = it->next)
        count += count_of(it);
    return count;
}

static void build_principals(const struct builder *builder, const struct json *statement,
                             struct statement *out)
{
    const struct json *value = json_get(statement, "Principal");
    struct principal_pattern *items;
    size_t at = 0;

    out->not_principal = value == NULL;
    if (value == NULL)
        value = json_get(statement, "NotPrincipal");
    out->has_principal = value != NULL;
    if (value == NULL)
        return;
    out->principal_count = value->type == JSON_STRING ? 1 : count_members(value);
    items = arena_array(builder->arena, out->principal_count, sizeof *items);
    out->principals = items;
    if (value->type == JSON_STRING) {
        principal_compile("AWS", value->string, builder->arena, &items[0]);
        return;
    }
    for (const struct json *type = value->first; type != NULL; type = type->next) {
        const struct json *it = first_of(type);

        for (size_t left = count_of(type); left > 0; left--, it = it->next)
            principal_compile(type->key, it->string, builder->arena, &items[at++]);
    }
}

static int build_conditions(const struct builder *builder, const struct json *statement,
                            struct statement *out)
{
    const struct json *maps = json_get(statement, "Condition");
    struct condition *items;
    size_t count = 0, at = 0;

    for (const struct json *it = json_first(maps); it != NULL; it = it->next)
        count += it->count;
    items = arena_array(builder->arena, count, sizeof *items);
    for (const struct json *op = json_first(maps); op != NULL; op = op->next)
        for (const struct json *key = op->first; key != NULL; key = key->next)
            if (condition_compile(op->key, key, builder->variables, builder->arena, &items[at++],
                                  builder->err) != 0)
                return -1;
    out->conditions = items;
    out->condition_count = count;
    return 0;
}

static int build_statement(const struct builder *builder, const struct json *statement,
                           struct statement *out)
{
    const char *sid = json_str(statement, "Sid");

    out->sid = sid == NULL || *sid == '\0' ? NULL : arena_str(builder->arena, sid);
    out->deny = str_eq(json_str(statement, "Effect"), "Deny");
    build_principals(builder, statement, out);
    if (build_patterns(builder, statement, "Action", "NotAction",
                       PATTERN_WILDCARDS | PATTERN_NOCASE, &out->actions) != 0 ||
        build_patterns(builder, statement, "Resource", "NotResource",
                       PATTERN_WILDCARDS | (builder->variables ? PATTERN_VARIABLES : 0),
                       &out->resources) != 0)
        return -1;
    return build_conditions(builder, statement, out);
}

int policy_compile(const struct json *document, enum policy_kind kind,
                   const struct policy_label *label, struct arena *arena,
                   const struct policy_compiled **out, struct err *err)
{
    const struct json *list = json_get(document, "Statement"), *it;
    struct policy_compiled *policy;
    struct statement *statements;
    struct builder builder = {.arena = arena, .err = err};

    if (policy_document_check_kind(document, kind, err) != 0)
        return err_wrap(err, "%s %s", label->title, label->name);
    /* The older version takes ${...} as it stands. */
    builder.variables = str_eq(json_str(document, "Version"), "2012-10-17");
    policy = arena_alloc(arena, sizeof *policy);
    policy->label.title = arena_str(arena, label->title);
    policy->label.name = arena_str(arena, label->name);
    policy->count = count_of(list);
    policy->statements = statements = arena_array(arena, policy->count, sizeof *statements);
    it = first_of(list);
    for (size_t i = 0; i < policy->count; i++, it = it->next)
        if (build_statement(&builder, it, &statements[i]) != 0)
            return err_wrap(err, "%s %s: statement %zu", label->title, label->name, i + 1);
    *out = policy;
    return 0;
}

const char *policy_compiled_name(const struct policy_compiled *policy)
{
    return policy->label.name;
}
