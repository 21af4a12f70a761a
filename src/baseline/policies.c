#include "loading.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/str.h"
#include "plinth/policy/template.h"
#include "source.h"

#include <stdlib.h>
#include <string.h>

enum { KNOWN_VALUES_MOST = 7, TARGETS_BYTES_MOST = 8 * 1024 * 1024 };

/* What every template knows. */
struct known_values {
    struct template_value items[KNOWN_VALUES_MOST];
    size_t count;
};

/* --- Known values --------------------------------------------------------------------------------
 */

/* The name of a role that a control makes, from its settings or their table: what policies must
 * spare or protect. */
static const char *role_name(const struct loading *loading, const char *control, const char *key)
{
    const struct node *set = node_get(node_get(loading->baseline->controls, control), key);
    const struct control_section *section = loading->options->sections;

    if (set != NULL && set->type == NODE_SCALAR)
        return set->text;
    while (section->name != NULL && !str_eq(section->name, control))
        section++;
    if (section->schema == NULL)
        return NULL;
    for (const struct field *field = section->schema->fields; field->key != NULL; field++)
        if (str_eq(field->key, key))
            return field->fallback;
    return NULL;
}

static void know_text(struct known_values *known, const char *name, const char *value,
                      struct arena *arena)
{
    const char **items = arena_array(arena, 1, sizeof *items);

    if (value == NULL)
        return;
    items[0] = value;
    known->items[known->count++] =
        (struct template_value){.name = name, .items = items, .count = 1};
}

static void know_list(struct known_values *known, const char *name, const char *const *items,
                      size_t count)
{
    known->items[known->count++] =
        (struct template_value){.name = name, .items = items, .count = count, .list = true};
}

/* Break-glass roles are spared wherever a template spares roles.  Their names are protected for it,
 * or anybody could make such a role. */
static void know_break_glass(struct known_values *known, const struct strings *roles,
                             struct arena *arena)
{
    const char **patterns = arena_array(arena, roles->count + 1, sizeof *patterns);

    if (roles->count == 0)
        return;
    for (size_t i = 0; i < roles->count; i++)
        patterns[i] = arena_printf(arena, "arn:*:iam::*:role/%s", roles->items[i]);
    know_list(known, "exempt_roles", patterns, roles->count);
    know_list(known, "protected_roles", roles->items, roles->count);
}

/* Roles that services work with: the parameter, and the control whose `role` it is. */
static const struct {
    const char *parameter, *control, *service;
} service_roles[] = {
    {"backup_role", "backup", "AWS Backup works"},
    {"replication_role", "s3_replication", "S3 replicates"},
};
enum { SERVICE_ROLE_COUNT = sizeof service_roles / sizeof service_roles[0] };

static void know(const struct loading *loading, struct known_values *known)
{
    const struct baseline *baseline = loading->baseline;

    known->count = 0;
    know_list(known, "allowed_regions", baseline->regions.items, baseline->regions.count);
    know_text(known, "member_role", baseline->organization.member_role, loading->arena);
    know_text(known, "security_role", role_name(loading, "security_role", "name"), loading->arena);
    for (size_t i = 0; i < SERVICE_ROLE_COUNT; i++)
        know_text(known, service_roles[i].parameter,
                  role_name(loading, service_roles[i].control, "role"), loading->arena);
    know_break_glass(known, &baseline->organization.break_glass_roles, loading->arena);
}

/* --- Documents -----------------------------------------------------------------------------------
 */

static int render(const struct loading *loading, const struct known_values *known,
                  const struct policy_template *template, struct policy_item *item, struct err *err)
{
    struct json *document;

    if (policy_template_render(template, item->declared->parameters, known->items, known->count,
                               loading->arena, &document, err) != 0)
        return -1;
    item->document = document;
    return 0;
}

/* A policy that protects another role than the service works with protects nothing. */
static void check_service_roles(const struct loading *loading,
                                const struct declared_policy *declared)
{
    for (size_t i = 0; i < SERVICE_ROLE_COUNT; i++) {
        const char *parameter = service_roles[i].parameter, *control = service_roles[i].control;
        const struct node *given = node_get(declared->parameters, parameter);
        const char *role = role_name(loading, control, "role");

        if (given == NULL || given->type != NODE_SCALAR || str_eq(given->text, role) ||
            baseline_control_node(loading->baseline, control, NULL) == NULL)
            continue;
        diags_add(loading->diags, &given->mark,
                  "%s is '%s', and %s with role '%s' (`%s`): the policy would leave that one open; "
                  "leave the parameter out, and it is taken from there",
                  parameter, given->text, service_roles[i].service, role, control);
    }
}

static void from_template(const struct loading *loading, const struct known_values *known,
                          struct policy_item *item)
{
    const struct declared_policy *declared = item->declared;
    const struct mark *mark = schema_mark(declared->node, "template");
    const struct policy_type *type;
    struct policy_template *template;
    struct err err = ERR_INIT;

    if (policy_template_load(declared->template, loading->options->template_dirs, loading->arena,
                             &template, &err) != 0) {
        diags_add_err(loading->diags, mark, &err);
        return;
    }
    type = policy_type_find(template->type_key);
    if (item->type != NULL && item->type != type)
        diags_add(loading->diags, schema_mark(declared->node, "type"),
                  "template '%s' is for policies of type %s", declared->template,
                  template->type_key);
    item->type = type;
    check_service_roles(loading, declared);
    if (render(loading, known, template, item, &err) != 0)
        diags_add_err(loading->diags, mark, &err);
}

static const struct node *read_policy_file(const struct loading *loading,
                                           const struct declared_policy *declared)
{
    const struct mark *mark = schema_mark(declared->node, "file");
    struct err err = ERR_INIT;
    struct node *node;

    if (!loading->from_file)
        diags_add(loading->diags, mark, "'file' needs a baseline that is a file");
    else if (node_parse_file(source_path(mark->file, declared->file, loading->arena),
                             loading->arena, &node, &err) != 0)
        diags_add_err(loading->diags, mark, &err);
    else
        return node;
    return NULL;
}

static void from_node(const struct loading *loading, const struct node *node,
                      struct policy_item *item)
{
    struct err err = ERR_INIT;
    struct json *document;

    if (node == NULL)
        return;
    if (item->type == NULL) {
        if (item->declared->type == NULL)
            diags_add(loading->diags, &item->declared->node->mark,
                      "policy '%s' needs 'type': only a template knows its own",
                      item->declared->name);
        return;
    }
    if (policy_node_to_json(node, loading->arena, &document, &err) != 0 ||
        policy_type_check(item->type, document, &err) != 0)
        diags_add_err(loading->diags, &node->mark, &err);
    else
        item->document = document;
    item->source = node;
}

static void find_document(const struct loading *loading, const struct known_values *known,
                          struct policy_item *item)
{
    const struct declared_policy *declared = item->declared;
    int sources =
        (declared->template != NULL) + (declared->document != NULL) + (declared->file != NULL);

    if (declared->type != NULL)
        item->type = find_policy_type(loading, declared->type, schema_mark(declared->node, "type"));
    if (declared->parameters != NULL && declared->template == NULL)
        diags_add(loading->diags, schema_mark(declared->node, "parameters"),
                  "'parameters' are for a 'template'");
    if (sources != 1)
        diags_add(loading->diags, &declared->node->mark,
                  "policy '%s' needs %s 'template', 'document' and 'file'", declared->name,
                  sources == 0 ? "one of" : "only one of");
    else if (declared->template != NULL)
        from_template(loading, known, item);
    else if (declared->document != NULL)
        from_node(loading, declared->document, item);
    else
        from_node(loading, read_policy_file(loading, declared), item);
}

/* --- Targets -------------------------------------------------------------------------------------
 */

const char *target_text(const struct attachment *attachment, struct arena *arena)
{
    if (attachment->root)
        return LANGUAGE_ROOT;
    if (attachment->ou != NULL)
        return attachment->ou->path;
    return arena_printf(arena, "account:%s", attachment->account->name);
}

/* False after saying what is wrong. */
static bool find_target(const struct loading *loading, const struct declared_target *target,
                        struct attachment *out)
{
    const struct mark *mark = &target->node->mark;

    *out = (struct attachment){0};
    if ((target->ou != NULL) == (target->account != NULL)) {
        if (target->node->type != NODE_LIST) /* a list was reported by the decoder */
            diags_add(loading->diags, mark, "a target needs either 'ou' or 'account'");
        return false;
    }
    if (str_eq(target->ou, LANGUAGE_ROOT)) {
        out->root = true;
        return true;
    }
    if (target->ou != NULL)
        out->ou = find_ou(loading, target->ou, schema_mark(target->node, "ou"));
    else
        out->account = find_account(loading, target->account, schema_mark(target->node, "account"));
    return out->ou != NULL || out->account != NULL;
}

struct sortable {
    const char *text;
    struct attachment attachment;
};

static int by_text(const void *a, const void *b)
{
    return strcmp(((const struct sortable *)a)->text, ((const struct sortable *)b)->text);
}

static void find_targets(const struct loading *loading, struct policy_item *item)
{
    const struct objects *list = &item->declared->attach;
    const struct declared_target *targets = list->items;
    struct sortable *found = arena_array(loading->arena, list->count, sizeof *found);
    struct names seen;
    struct buf text;
    size_t count = 0;

    names_init(&seen, loading->arena, false);
    for (size_t i = 0; i < list->count; i++) {
        if (!find_target(loading, &targets[i], &found[count].attachment))
            continue;
        found[count].text = target_text(&found[count].attachment, loading->arena);
        if (names_add(&seen, found[count].text, list) != NULL)
            diags_add(loading->diags, &targets[i].node->mark, "'%s' stands in this list twice",
                      found[count].text);
        else
            count++;
    }
    if (count == 0)
        return;
    qsort(found, count, sizeof *found, by_text);
    item->attachments = arena_array(loading->arena, count, sizeof *item->attachments);
    item->attachment_count = count;
    buf_init(&text, TARGETS_BYTES_MOST);
    for (size_t i = 0; i < count; i++) {
        item->attachments[i] = found[i].attachment;
        buf_printf(&text, "%s%s", i == 0 ? "" : "+", found[i].text);
    }
    item->targets = arena_str(loading->arena, buf_text(&text));
    buf_fini(&text);
}

/* --- All of them ---------------------------------------------------------------------------------
 */

static void check_name(const struct loading *loading, struct names *names,
                       const struct declared_policy *declared)
{
    const struct declared_policy *same = names_add(names, declared->name, declared);

    if (same != NULL)
        diags_add(loading->diags, schema_mark(declared->node, "name"),
                  "policy '%s' is given already at %s", declared->name,
                  mark_text(schema_mark(same->node, "name"), loading->arena));
}

/* As if it stood under `policies:`. */
static const struct declared_policy *declare(const struct loading *loading,
                                             const struct section_policy *made)
{
    struct declared_policy *declared = arena_alloc(loading->arena, sizeof *declared);
    const struct node *list = made->attach;
    size_t count = list->type == NODE_LIST ? list->count : 1;
    struct declared_target *targets = arena_array(loading->arena, count, sizeof *targets);

    for (size_t i = 0; i < count; i++) {
        const struct node *item = list->type == NODE_LIST ? list->items[i] : list;

        targets[i] = (struct declared_target){.ou = item->text, .node = item};
    }
    *declared = (struct declared_policy){.name = made->name,
                                         .type = made->type,
                                         .attach = {.items = targets, .count = count},
                                         .node = list};
    return declared;
}

static bool is_whole(const struct policy_item *item)
{
    return item->document != NULL && item->attachment_count > 0;
}

/* Policies that the settings of controls make; `items` has room.  Returns how many. */
static size_t build_made(const struct loading *loading, const struct section_policies *made,
                         struct names *names, struct policy_item *items)
{
    size_t count = 0;

    for (size_t i = 0; i < made->count; i++) {
        struct policy_item *item = &items[count];
        struct err err = ERR_INIT;

        *item = (struct policy_item){.declared = declare(loading, &made->items[i]),
                                     .type = policy_type_find(made->items[i].type),
                                     .document = made->items[i].document};
        check_name(loading, names, item->declared);
        if (policy_type_check(item->type, item->document, &err) != 0)
            diags_add_err(loading->diags, &item->declared->node->mark, &err);
        find_targets(loading, item);
        count += is_whole(item);
    }
    return count;
}

/* Settings that are wrong make no policies: they were reported. */
static void make_all(const struct loading *loading, struct section_policies *made)
{
    const struct control_section *sections = loading->options->sections;

    for (size_t i = 0; sections[i].name != NULL && loading->diags->count == 0; i++) {
        const struct node *node = node_get(loading->baseline->controls, sections[i].name);
        void *spec;

        if (sections[i].policies == NULL || node == NULL)
            continue;
        spec = arena_alloc(loading->arena, sections[i].schema->size);
        schema_decode(sections[i].schema, node, loading->arena, spec, loading->diags);
        sections[i].policies(loading->baseline, spec, loading->arena, made);
    }
}

static void keep_documents(const struct loading *loading, const struct policy_item *items,
                           size_t count)
{
    struct baseline *baseline = loading->baseline;

    baseline->documents = arena_array(loading->arena, count + 1, sizeof *baseline->documents);
    for (size_t i = 0; i < count; i++)
        if (items[i].type->iam_language)
            baseline->documents[baseline->document_count++] = (struct baseline_document){
                .name = items[i].declared->name,
                .type = items[i].type,
                .document = items[i].document,
                .targets = items[i].targets,
                .node = items[i].source != NULL ? items[i].source : items[i].declared->node};
}

void build_policies(struct loading *loading)
{
    const struct declared_policy *declared = loading->declared.policies.items;
    size_t declared_count = loading->declared.policies.count, count = 0;
    struct section_policies made = {.count = 0};
    struct policy_item *items;
    struct known_values known;
    struct names names;

    make_all(loading, &made);
    items = arena_array(loading->arena, declared_count + made.count, sizeof *items);
    know(loading, &known);
    names_init(&names, loading->arena, true);
    for (size_t i = 0; i < declared_count; i++) {
        struct policy_item *item = &items[count];

        if (declared[i].name == NULL) /* reported by the decoder */
            continue;
        check_name(loading, &names, &declared[i]);
        *item = (struct policy_item){.declared = &declared[i]};
        find_document(loading, &known, item);
        find_targets(loading, item);
        count += is_whole(item);
    }
    count += build_made(loading, &made, &names, items + count);
    keep_documents(loading, items, count);
    pack_policies(loading, items, count);
}
