/*
 * organizations_backup_policy.c - whether a document is a backup policy.
 *
 * Source: AWS Organizations User Guide, "Backup policy syntax and examples", "Inheritance
 *         operators".
 * Limits: what a plan lacks is not missed, because a policy further up or down may have it.
 */
#include "organizations_priv.h"

#include <string.h>

enum node_kind { BRANCH, VALUE, LIST };

/* One member of the document; `any` stands for a name that the user chose. */
struct node {
    const char *name; /* NULL ends a table; "*": any name */
    enum node_kind kind;
    const struct node *children; /* of a branch */
};

#define NODES_END                                                                                  \
    {                                                                                              \
        .name = NULL                                                                               \
    }

static const struct node tag_nodes[] = {
    {"tag_key", VALUE, NULL}, {"tag_value", VALUE, NULL}, NODES_END};
static const struct node named_tag_nodes[] = {{"*", BRANCH, tag_nodes}, NODES_END};
static const struct node lifecycle_nodes[] = {
    {"move_to_cold_storage_after_days", VALUE, NULL},
    {"delete_after_days", VALUE, NULL},
    {"opt_in_to_archive_for_supported_resources", VALUE, NULL},
    NODES_END,
};
static const struct node copy_nodes[] = {
    {"target_backup_vault_arn", VALUE, NULL}, {"lifecycle", BRANCH, lifecycle_nodes}, NODES_END};
static const struct node named_copy_nodes[] = {{"*", BRANCH, copy_nodes}, NODES_END};
static const struct node index_nodes[] = {{"resource_types", LIST, NULL}, NODES_END};
static const struct node rule_nodes[] = {
    {"schedule_expression", VALUE, NULL},
    {"schedule_expression_timezone", VALUE, NULL},
    {"start_backup_window_minutes", VALUE, NULL},
    {"complete_backup_window_minutes", VALUE, NULL},
    {"target_backup_vault_name", VALUE, NULL},
    {"target_logically_air_gapped_backup_vault_arn", VALUE, NULL},
    {"enable_continuous_backup", VALUE, NULL},
    {"lifecycle", BRANCH, lifecycle_nodes},
    {"recovery_point_tags", BRANCH, named_tag_nodes},
    {"copy_actions", BRANCH, named_copy_nodes},
    {"index_actions", BRANCH, index_nodes},
    NODES_END,
};
static const struct node named_rule_nodes[] = {{"*", BRANCH, rule_nodes}, NODES_END};
static const struct node tag_selection_nodes[] = {
    {"iam_role_arn", VALUE, NULL}, {"tag_key", VALUE, NULL}, {"tag_value", LIST, NULL}, NODES_END};
static const struct node named_tag_selection_nodes[] = {{"*", BRANCH, tag_selection_nodes},
                                                        NODES_END};
static const struct node condition_nodes[] = {{"*", BRANCH, NULL}, NODES_END};
static const struct node resource_selection_nodes[] = {
    {"iam_role_arn", VALUE, NULL},
    {"resource_types", LIST, NULL},
    {"not_resource_types", LIST, NULL},
    {"conditions", BRANCH, condition_nodes},
    NODES_END,
};
static const struct node named_resource_selection_nodes[] = {
    {"*", BRANCH, resource_selection_nodes}, NODES_END};
static const struct node selection_nodes[] = {{"tags", BRANCH, named_tag_selection_nodes},
                                              {"resources", BRANCH, named_resource_selection_nodes},
                                              NODES_END};
static const struct node ec2_nodes[] = {{"windows_vss", VALUE, NULL}, NODES_END};
static const struct node advanced_nodes[] = {{"ec2", BRANCH, ec2_nodes}, NODES_END};
static const struct node plan_nodes[] = {
    {"regions", LIST, NULL},
    {"rules", BRANCH, named_rule_nodes},
    {"selections", BRANCH, selection_nodes},
    {"advanced_backup_settings", BRANCH, advanced_nodes},
    {"backup_plan_tags", BRANCH, named_tag_nodes},
    NODES_END,
};
static const struct node named_plan_nodes[] = {{"*", BRANCH, plan_nodes}, NODES_END};
static const struct node top_nodes[] = {{"plans", BRANCH, named_plan_nodes}, NODES_END};

static const struct node *node_of(const struct node *nodes, const char *name)
{
    for (const struct node *it = nodes; it != NULL && it->name != NULL; it++)
        if (str_eq(it->name, "*") || str_eq(it->name, name))
            return it;
    return NULL;
}

static bool is_list_of_text(const struct json *value)
{
    if (value->type != JSON_ARRAY)
        return false;
    for (const struct json *it = json_first(value); it != NULL; it = it->next)
        if (it->type != JSON_STRING)
            return false;
    return true;
}

/* Why a value is not set by operators that fit it; NULL: it is. */
static const char *leaf_why(const struct node *node, const struct json *value, struct arena *arena)
{
    if (value->type != JSON_OBJECT || value->count == 0)
        return arena_printf(arena, "\"%s\" is not set by an operator such as @@assign", value->key);
    for (const struct json *it = json_first(value); it != NULL; it = it->next) {
        bool assigns = str_eq(it->key, "@@assign");

        if (str_eq(it->key, "@@operators_allowed_for_child_policies"))
            continue;
        if (!assigns &&
            (node->kind != LIST || (!str_eq(it->key, "@@append") && !str_eq(it->key, "@@remove"))))
            return arena_printf(arena, "\"%s\" does not take %s", value->key, it->key);
        if (node->kind == LIST ? !is_list_of_text(it)
                               : it->type == JSON_ARRAY || it->type == JSON_OBJECT)
            return arena_printf(arena, "the value of \"%s\" has a wrong type", value->key);
    }
    return NULL;
}

static const char *branch_why(const struct node *nodes, const struct json *branch,
                              struct arena *arena)
{
    const char *why = NULL;

    if (branch->type != JSON_OBJECT)
        return arena_printf(arena, "\"%s\" must be an object", branch->key);
    for (const struct json *it = json_first(branch); it != NULL && why == NULL; it = it->next) {
        const struct node *node = node_of(nodes, it->key);

        if (str_eq(it->key, "@@operators_allowed_for_child_policies"))
            continue;
        if (node == NULL || str_starts(it->key, "@@"))
            return arena_printf(arena, "\"%s\" is not expected", it->key);
        if (node->kind == BRANCH)
            why = node->children == NULL ? NULL : branch_why(node->children, it, arena);
        else
            why = leaf_why(node, it, arena);
    }
    return why;
}

const char *org_backup_policy_why(const struct json *document, struct arena *arena)
{
    return branch_why(top_nodes, document, arena);
}
