/*
 * lint_table.h - tests/policy/lint/NAME.yaml: documents with a finding beside the nearest without.
 */
#ifndef TESTS_UNIT_POLICY_LINT_TABLE_H
#define TESTS_UNIT_POLICY_LINT_TABLE_H

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/node.h"
#include "plinth/policy/lint.h"
#include "plinth/policy/organization.h"
#include "plinth/policy/template.h"

#include <string.h>

static enum policy_kind table_kind(const char *name)
{
    return str_eq(name, "scp")        ? POLICY_SCP
           : str_eq(name, "rcp")      ? POLICY_RCP
           : str_eq(name, "resource") ? POLICY_RESOURCE
           : str_eq(name, "trust")    ? POLICY_TRUST
           : str_eq(name, "identity") ? POLICY_IDENTITY
                                      : POLICY_ANY;
}

static const char *table_text(const struct node *row, const char *key, const char *fallback)
{
    const struct node *node = node_get(row, key);

    return node == NULL ? fallback : node->text;
}

static inline struct lint_result table_lint(const struct node *row, const char *key,
                                            struct arena *arena)
{
    struct json *document = json_object(arena), *statements;
    struct lint_document linted = {
        .name = "tested", .document = document, .kind = table_kind(table_text(row, "kind", NULL))};
    struct lint_result result;
    struct err err = ERR_INIT;

    json_put_str(document, "Version", table_text(row, "version", "2012-10-17"));
    if (policy_node_to_json(node_get(row, key), arena, &statements, &err) != 0)
        fail_msg("%s", err.text);
    json_put(document, "Statement", statements);
    if (policy_lint(&linted, 1, arena, &result, &err) != 0)
        fail_msg("%s", err.text);
    return result;
}

/* The bad one has that finding and no other, the good one has none. */
static inline void table_row(const struct node *row, struct arena *arena, bool *covered)
{
    const char *code = node_get(row, "code")->text, *text = table_text(row, "text", "");
    struct lint_result bad = table_lint(row, "bad", arena);
    struct lint_result good = table_lint(row, "good", arena);

    if (bad.count != 1 || !str_eq(lint_rule(bad.findings[0].code)->name, code))
        fail_msg("%s: %zu findings and not one %s: %s", mark_text(&row->mark, arena), bad.count,
                 code, bad.count == 0 ? "" : bad.findings[bad.count - 1].text);
    if (strstr(bad.findings[0].text, text) == NULL)
        fail_msg("%s: \"%s\" does not say \"%s\"", mark_text(&row->mark, arena),
                 bad.findings[0].text, text);
    if (good.count != 0)
        fail_msg("%s: the good one has %s: %s", mark_text(&row->mark, arena),
                 lint_rule(good.findings[0].code)->name, good.findings[0].text);
    covered[bad.findings[0].code] = true;
}

static inline void table_run(const char *name, bool covered[LINT_CODE_COUNT])
{
    struct arena *arena = arena_new("table");
    const char *path = arena_printf(arena, "%s/tests/policy/lint/%s.yaml", PLINTH_SOURCEDIR, name);
    struct err err = ERR_INIT;
    struct node *root;

    if (node_parse_file(path, arena, &root, &err) != 0)
        fail_msg("%s", err.text);
    assert_true(root->count > 0);
    for (size_t i = 0; i < root->count; i++)
        table_row(root->items[i], arena, covered);
    arena_free(arena);
}

#endif
