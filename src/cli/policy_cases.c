#include "policy_cases.h"

#include "requests.h"

#include "plinth/aws/endpoints.h"
#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"
#include "plinth/codec/node.h"
#include "plinth/policy/actions.h"

#include <string.h>

/* Stands for an account without an id in the baseline. */
static const char some_account[] = "000000000000";

struct declared_case {
    const char *name, *principal, *account, *ou, *resource, *region, *expect, *by;
    const struct node *action, *context;
    const struct node *node;
};

struct declared_suite {
    const char *baseline;
    struct objects cases;
    const struct node *node;
};

static const struct choice outcomes[] = {
    {"allow", "allowed"}, {"deny", "denied"}, {"unknown", "unknown"}, {NULL, NULL}};

#define TEXT(field, needed, text)                                                                  \
    {                                                                                              \
        .key = #field, .type = FIELD_STRING, .offset = offsetof(struct declared_case, field),      \
        .required = needed, .doc = text                                                            \
    }

static const struct field case_fields[] = {
    TEXT(name, false, "What it is about, for people."),
    TEXT(principal, true, "`role/NAME`, `user/NAME` or `root` of the account; an ARN; a service."),
    TEXT(account, false, "An account of the baseline."),
    TEXT(ou, false, "Path of a unit: as for an account in it that has no policies of its own."),
    {.key = "action",
     .type = FIELD_NODE,
     .offset = offsetof(struct declared_case, action),
     .required = true,
     .doc = "An action, or a list of actions that meet the same."},
    TEXT(resource, false, "Its ARN, or `*` for actions without one."),
    TEXT(region, false, "`aws:RequestedRegion`."),
    {.key = "context",
     .type = FIELD_NODE,
     .offset = offsetof(struct declared_case, context),
     .doc = "Condition keys: a value, a list of values, or nothing where the key is absent."},
    {.key = "expect",
     .type = FIELD_CHOICE,
     .offset = offsetof(struct declared_case, expect),
     .required = true,
     .choices = outcomes,
     .doc = "What it must meet."},
    TEXT(by, false, "The Sid, or the policy, that must decide."),
    {.key = NULL},
};

static const struct schema case_schema = {
    .name = "case",
    .doc = "One request.",
    .size = sizeof(struct declared_case),
    .node_offset = offsetof(struct declared_case, node),
    .fields = case_fields,
};

static const struct field suite_fields[] = {
    {.key = "baseline",
     .type = FIELD_STRING,
     .offset = offsetof(struct declared_suite, baseline),
     .doc = "The baseline, from this file's directory on, or a shipped one."},
    {.key = "cases",
     .type = FIELD_OBJECTS,
     .offset = offsetof(struct declared_suite, cases),
     .required = true,
     .object = &case_schema,
     .doc = "What to ask."},
    {.key = NULL},
};

static const struct schema suite_schema = {
    .name = "policy test",
    .doc = "Requests, and what they must meet.",
    .size = sizeof(struct declared_suite),
    .node_offset = offsetof(struct declared_suite, node),
    .fields = suite_fields,
};

/* A path beside the file that names it; the name of a shipped baseline has no slash and no dot. */
static const char *beside(const char *path, const char *name, struct arena *arena)
{
    const char *slash = strrchr(path, '/');

    if (name == NULL || *name == '/' || slash == NULL || strpbrk(name, "/.") == NULL)
        return name;
    return arena_printf(arena, "%.*s/%s", (int)(slash - path), path, name);
}

int policy_cases_read(const char *path, struct arena *arena, struct policy_cases *out,
                      struct diags *diags, struct err *err)
{
    struct declared_suite suite;
    struct node *root;

    *out = (struct policy_cases){0};
    if (node_parse_file(path, arena, &root, err) != 0)
        return -1;
    schema_decode(&suite_schema, root, arena, &suite, diags);
    if (diags->count == 0 && suite.cases.count == 0)
        diags_add(diags, &root->mark, "no case: nothing would be tested");
    out->baseline = beside(path, suite.baseline, arena);
    out->declared = suite.cases;
    return diags_result(diags, err);
}

/* --- Requests ------------------------------------------------------------------------------------
 */

struct resolver {
    const struct baseline *baseline;
    struct policy_cases *cases;
    struct arena *arena;
    struct diags *diags;
};

static void resolve_place(struct resolver *resolver, const struct declared_case *from,
                          struct policy_case *out)
{
    const struct baseline *baseline = resolver->baseline;

    if (from->account != NULL && from->ou != NULL)
        diags_add(resolver->diags, schema_mark(from->node, "ou"),
                  "account and ou exclude each other");
    if (from->account != NULL) {
        out->account = baseline_account(baseline, from->account);
        if (out->account == NULL)
            diags_add(resolver->diags, schema_mark(from->node, "account"),
                      "the baseline has no account '%s'", from->account);
    } else if (from->ou != NULL) {
        out->ou = baseline_ou(baseline, from->ou);
        if (out->ou == NULL)
            diags_add(resolver->diags, schema_mark(from->node, "ou"),
                      "the baseline has no organizational unit '%s'", from->ou);
    }
}

static void resolve_principal(struct resolver *resolver, const struct declared_case *from,
                              const char *id, struct policy_principal *out)
{
    const char *text = from->principal;

    if (str_eq(text, "root") || str_starts(text, "role/") || str_starts(text, "user/"))
        text =
            arena_printf(resolver->arena, "arn:%s:iam::%s:%s",
                         aws_partition_of_region(resolver->baseline->home_region)->name, id, text);
    if (!policy_principal_parse(text, resolver->arena, out))
        diags_add(resolver->diags, schema_mark(from->node, "principal"),
                  "'%s' is no principal: it is role/NAME, user/NAME, root, an ARN of IAM or STS, a "
                  "service's name or *",
                  from->principal);
}

static void resolve_key(struct resolver *resolver, const struct node *key, const struct node *value,
                        struct policy_key *out)
{
    size_t count = value->type == NODE_LIST ? value->count : 1;
    const char **values = arena_array(resolver->arena, count + 1, sizeof *values);

    *out = (struct policy_key){.name = key->text, .values = values};
    if (node_is_null(value))
        return;
    for (size_t i = 0; i < count; i++) {
        const struct node *item = value->type == NODE_LIST ? value->items[i] : value;

        if (item->type == NODE_SCALAR)
            values[out->count++] = item->text;
        else
            diags_add(resolver->diags, &item->mark, "must be a value or a list of values");
    }
}

static void resolve_context(struct resolver *resolver, const struct node *context,
                            struct policy_request *out)
{
    struct policy_key *keys;

    if (context == NULL)
        return;
    if (context->type != NODE_MAP) {
        diags_add(resolver->diags, &context->mark, "context must be a map of condition keys");
        return;
    }
    out->keys = keys = arena_array(resolver->arena, context->count + 1, sizeof *keys);
    out->key_count = context->count;
    for (size_t i = 0; i < context->count; i++)
        resolve_key(resolver, context->keys[i], context->items[i], &keys[i]);
}

static void add_action(struct resolver *resolver, const struct declared_case *from,
                       const struct policy_case *template, const struct node *action)
{
    struct policy_case *out;
    const char *place = from->account != NULL ? from->account
                        : from->ou != NULL    ? from->ou
                                              : "the root";

    const char *mistake;
    enum policy_action is;

    if (action->type != NODE_SCALAR) {
        diags_add(resolver->diags, &action->mark, "an action reads \"service:Action\"");
        return;
    }
    is = policy_action_look(action->text, resolver->arena, &mistake);
    if (is == POLICY_ACTION_MALFORMED) {
        diags_add(resolver->diags, &action->mark, "%s", mistake);
        return;
    }
    if (is == POLICY_ACTION_UNKNOWN)
        diags_add(&resolver->cases->doubts, &action->mark, "%s", mistake);
    out = VEC_ADD(resolver->arena, resolver->cases);
    *out = *template;
    out->request.action = action->text;
    out->what =
        arena_printf(resolver->arena, "%s to %s in %s%s%s", action->text, from->principal, place,
                     from->region == NULL ? "" : " in ", from->region == NULL ? "" : from->region);
}

static void check_names(struct resolver *resolver, const struct declared_case *from)
{
    const char *mistake;

    if (from->region != NULL &&
        (mistake = region_mistake(resolver->baseline, from->region, resolver->arena)) != NULL)
        diags_add(resolver->diags, schema_mark(from->node, "region"), "%s", mistake);
    if (from->resource != NULL &&
        (mistake = resource_mistake(from->resource, resolver->arena)) != NULL)
        diags_add(resolver->diags, schema_mark(from->node, "resource"), "%s", mistake);
}

static void resolve_case(struct resolver *resolver, const struct declared_case *from)
{
    struct policy_case template = {
        .name = from->name, .expect = from->expect, .by = from->by, .node = from->node};
    const char *id;

    resolve_place(resolver, from, &template);
    check_names(resolver, from);
    id = template.account != NULL && template.account->id != NULL ? template.account->id
                                                                  : some_account;
    template.request.resource = from->resource;
    template.request.resource_account = id;
    template.request.region = from->region;
    resolve_principal(resolver, from, id, &template.request.principal);
    resolve_context(resolver, from->context, &template.request);
    if (from->action->type != NODE_LIST) {
        add_action(resolver, from, &template, from->action);
        return;
    }
    for (size_t i = 0; i < from->action->count; i++)
        add_action(resolver, from, &template, from->action->items[i]);
}

int policy_cases_resolve(struct policy_cases *cases, const struct baseline *baseline,
                         struct arena *arena, struct diags *diags, struct err *err)
{
    const struct declared_case *declared = cases->declared.items;
    struct resolver resolver = {baseline, cases, arena, diags};

    diags_init(&cases->doubts, arena);
    for (size_t i = 0; i < cases->declared.count; i++)
        resolve_case(&resolver, &declared[i]);
    diags_sort(diags);
    return diags_result(diags, err);
}
