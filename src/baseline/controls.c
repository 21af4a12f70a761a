#include "loading.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "tree.h"

/* `false` in the place of settings. */
static bool is_off(const struct node *node)
{
    return node->type == NODE_SCALAR && !node->quoted && str_eq(node->text, "false");
}

/* --- Laying over ---------------------------------------------------------------------------------
 */

/* Errors about the whole are about what is laid over, so its mark stays. */
static struct node *lay_over(void *arg, const struct node *key_below, struct node *below,
                             const struct node *key_above, struct node *above)
{
    struct node *out;

    (void)key_below;
    (void)key_above;
    if (below->type != NODE_MAP || above->type != NODE_MAP)
        return above;
    out = tree_merge(below, above, lay_over, arg, arg);
    out->mark = above->mark;
    return out;
}

/* NULL is off.  Where nothing is laid over, the node stays the same one: who compares pointers sees
 * that the settings are the same. */
static const struct node *settings(const struct node *below, const struct node *overrides,
                                   const char *control, struct arena *arena)
{
    struct node *above = node_get(overrides, control);

    if (above == NULL)
        return below;
    if (is_off(above))
        return NULL;
    if (below == NULL || node_is_null(below))
        return above;
    if (node_is_null(above))
        return below;
    return lay_over(arena, NULL, (struct node *)(uintptr_t)below, NULL, above);
}

/* --- Checking ------------------------------------------------------------------------------------
 */

static void check_settings(const struct loading *loading, const struct control_section *section,
                           const struct node *node)
{
    size_t before = loading->diags->count + loading->diags->dropped;
    void *spec;

    if (section->schema == NULL) {
        if (!node_is_null(node) && (node->type != NODE_MAP || node->count > 0))
            diags_add(loading->diags, &node->mark, "%s takes no settings", section->name);
        return;
    }
    spec = arena_alloc(loading->arena, section->schema->size);
    schema_decode(section->schema, node, loading->arena, spec, loading->diags);
    if (section->check != NULL && before == loading->diags->count + loading->diags->dropped)
        section->check(loading->baseline, spec, loading->diags);
}

static void report_unknown(const struct loading *loading, const struct node *key)
{
    const struct control_section *sections = loading->options->sections;
    const char **names;
    size_t count = 0;

    while (sections[count].name != NULL)
        count++;
    names = arena_array(loading->arena, count, sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[i] = sections[i].name;
    diags_add_unknown(loading->diags, &key->mark, key->text, names, count, "unknown control '%s'",
                      key->text);
}

/* The keys of a `controls` map.  False if it is none. */
static bool check_names(const struct loading *loading, const struct node *map, bool per_account)
{
    if (map->type != NODE_MAP) {
        if (!node_is_null(map))
            diags_add(loading->diags, &map->mark, "'controls' must be a map, not %s",
                      node_type_name(map->type));
        return false;
    }
    for (size_t i = 0; i < map->count; i++) {
        const struct node *key = map->keys[i];
        const struct section_nodes *nodes =
            names_get(&loading->baseline->index->sections, key->text);

        if (nodes == NULL)
            report_unknown(loading, key);
        else if (per_account && !nodes->section->per_account)
            diags_add(loading->diags, &key->mark,
                      "control '%s' is the organization's as a whole and cannot differ here",
                      key->text);
    }
    return true;
}

/* --- One map of overrides ------------------------------------------------------------------------
 */

/* What must be the same everywhere, because something else knows the control by it. */
static void check_uniform(const struct loading *loading, const struct control_section *section,
                          const struct node *overrides)
{
    if (section->schema == NULL || overrides->type != NODE_MAP)
        return;
    for (const struct field *field = section->schema->fields; field->key != NULL; field++) {
        const struct node *value = node_get(overrides, field->key);

        if (field->uniform && value != NULL)
            diags_add(loading->diags, &value->mark,
                      "'%s' of %s is the same everywhere and cannot differ here", field->key,
                      section->name);
    }
}

/* Check what an OU or an account lays over, control by control. */
static void check_overrides(const struct loading *loading, const struct node *overrides,
                            const struct node *(*find)(const struct loading *loading, size_t at,
                                                       const struct section_nodes *nodes),
                            size_t at)
{
    if (!check_names(loading, overrides, true))
        return;
    for (size_t i = 0; i < overrides->count; i++) {
        const struct section_nodes *nodes =
            names_get(&loading->baseline->index->sections, overrides->keys[i]->text);
        const struct node *node;

        if (nodes == NULL || !nodes->section->per_account)
            continue;
        check_uniform(loading, nodes->section, overrides->items[i]);
        node = find(loading, at, nodes);
        if (node != NULL)
            check_settings(loading, nodes->section, node);
    }
}

static const struct node *node_of_ou(const struct loading *loading, size_t at,
                                     const struct section_nodes *nodes)
{
    (void)loading;
    return nodes->by_ou[at];
}

static const struct node *node_of_account(const struct loading *loading, size_t at,
                                          const struct section_nodes *nodes)
{
    return loading->baseline->index->own[at][nodes->number];
}

static void build_section(struct loading *loading, const struct control_section *section,
                          size_t number)
{
    struct baseline *baseline = loading->baseline;
    struct section_nodes *nodes = arena_alloc(loading->arena, sizeof *nodes);

    nodes->section = section;
    nodes->number = number;
    nodes->top = node_get(baseline->controls, section->name);
    nodes->by_ou = arena_array(loading->arena, baseline->ou_count, sizeof *nodes->by_ou);
    for (size_t i = 0; i < baseline->ou_count; i++) {
        const struct ou *ou = &baseline->ous[i];
        const struct node *below =
            ou->parent == NULL ? nodes->top : nodes->by_ou[ou->parent - baseline->ous];

        nodes->by_ou[i] = settings(below, ou->controls, section->name, loading->arena);
    }
    (void)names_add(&baseline->index->sections, section->name, nodes);
}

static void build_account(struct loading *loading, size_t at)
{
    struct baseline *baseline = loading->baseline;
    const struct account *account = &baseline->accounts[at];
    const struct control_section *sections = loading->options->sections;
    const struct node **own;
    size_t count = 0;

    while (sections[count].name != NULL)
        count++;
    own = arena_array(loading->arena, count, sizeof *own);
    for (size_t i = 0; i < count; i++) {
        const struct section_nodes *nodes = names_get(&baseline->index->sections, sections[i].name);
        const struct node *below =
            account->ou == NULL ? nodes->top : nodes->by_ou[account->ou - baseline->ous];

        own[i] = settings(below, account->controls, sections[i].name, loading->arena);
    }
    baseline->index->own[at] = own;
}

void build_controls(struct loading *loading)
{
    struct baseline *baseline = loading->baseline;
    struct baseline_index *index = baseline->index;
    const struct control_section *sections = loading->options->sections;

    names_init(&index->sections, loading->arena, false);
    for (size_t i = 0; sections[i].name != NULL; i++)
        build_section(loading, &sections[i], i);
    index->own = arena_array(loading->arena, baseline->account_count, sizeof *index->own);
    for (size_t i = 0; i < baseline->account_count; i++)
        if (baseline->accounts[i].controls != NULL)
            build_account(loading, i);

    if (baseline->controls != NULL && check_names(loading, baseline->controls, false)) {
        for (size_t i = 0; sections[i].name != NULL; i++) {
            const struct node *top = node_get(baseline->controls, sections[i].name);

            if (top != NULL)
                check_settings(loading, &sections[i], top);
        }
    }
    for (size_t i = 0; i < baseline->ou_count; i++)
        if (baseline->ous[i].controls != NULL)
            check_overrides(loading, baseline->ous[i].controls, node_of_ou, i);
    for (size_t i = 0; i < baseline->account_count; i++)
        if (baseline->accounts[i].controls != NULL)
            check_overrides(loading, baseline->accounts[i].controls, node_of_account, i);
}

/* --- Asking --------------------------------------------------------------------------------------
 */

const struct node *baseline_control_node(const struct baseline *baseline, const char *control,
                                         const struct account *account)
{
    const struct baseline_index *index = baseline->index;
    const struct section_nodes *nodes = names_get(&index->sections, control);
    size_t at;

    if (nodes == NULL)
        return NULL;
    if (account == NULL)
        return nodes->top;
    at = (size_t)(account - baseline->accounts);
    if (index->own[at] != NULL)
        return index->own[at][nodes->number];
    return account->ou == NULL ? nodes->top : nodes->by_ou[account->ou - baseline->ous];
}
