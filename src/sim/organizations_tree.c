/*
 * organizations_tree.c - the root, organizational units, and who is whose child.
 *
 * Source: docs.aws.amazon.com/organizations/latest/APIReference: ListRoots,
 *         CreateOrganizationalUnit and its kin, ListChildren, ListParents.
 * Limits: names of OUs under one parent are compared exactly; AWS documents no more than "unique".
 */
#include "organizations_priv.h"

/* --- Entities ------------------------------------------------------------------------------------
 */

enum org_entity org_entity(const struct sim_call *call, const struct org *org, const char *id)
{
    if (id == NULL)
        return ORG_NOTHING;
    if (str_eq(id, org->root))
        return ORG_ROOT;
    if (org_has(call, org, "ou", id))
        return ORG_OU;
    return org_has(call, org, "member", id) ? ORG_ACCOUNT : ORG_NOTHING;
}

const char *org_entity_name(enum org_entity entity)
{
    switch (entity) {
    case ORG_ROOT:
        return "ROOT";
    case ORG_OU:
        return "ORGANIZATIONAL_UNIT";
    case ORG_ACCOUNT:
        return "ACCOUNT";
    case ORG_NOTHING:
        break;
    }
    return NULL;
}

const char *org_parent(struct sim_call *call, const struct org *org, const char *id)
{
    struct json *record = org_get(call, org, "ou", id);

    if (record == NULL)
        record = org_get(call, org, "member", id);
    return json_str(record, "_parent");
}

const char *org_path(struct sim_call *call, const struct org *org, const char *id)
{
    const char *path = "";

    for (; id != NULL; id = org_parent(call, org, id))
        path = arena_printf(call->arena, "%s/%s", id, path);
    return arena_printf(call->arena, "%s/%s", org->id, path);
}

/* OUs from the root down to this one; 0 for the root. */
static int depth_of(struct sim_call *call, const struct org *org, const char *id)
{
    int depth = 0;

    while ((id = org_parent(call, org, id)) != NULL)
        depth++;
    return depth;
}

/* --- The root ------------------------------------------------------------------------------------
 */

void org_root_create(struct sim_call *call, const struct org *org)
{
    struct json *root = json_object(call->arena);

    json_put_str(root, "Id", org->root);
    json_put_str(root, "Arn", org_arn(call, org, "root", org->root));
    json_put_str(root, "Name", "Root");
    org_put(call, org, "root", org->root, root);
}

struct json *org_root(struct sim_call *call, const struct org *org)
{
    struct json *root = org_get(call, org, "root", org->root);
    struct json *types = json_put_array(root, "PolicyTypes");
    const struct org_policy_type *type;

    for (size_t i = 0; (type = org_type_at(i)) != NULL; i++) {
        const char *status = org_type_status(call, org, type->name);
        struct json *item;

        if (status == NULL)
            continue;
        item = json_add_object(types);
        json_put_str(item, "Type", type->name);
        json_put_str(item, "Status", status);
    }
    return root;
}

static void add_root(struct sim_call *call, const struct org *org, const char *id,
                     struct json *items)
{
    (void)id; /* there is one */
    json_add(items, org_root(call, org));
}

static int list_roots(struct sim_call *call)
{
    struct org org;

    if (org_open(call, &org) != 0)
        return -1;
    return org_list(call, &org, "Roots", "root", add_root);
}

/* --- Organizational units ------------------------------------------------------------------------
 */

static struct json *ou_json(struct sim_call *call, const struct org *org, const char *id)
{
    struct json *ou = org_get(call, org, "ou", id);

    json_put_str(ou, "Path", org_path(call, org, id));
    return ou;
}

static int need_parent(struct sim_call *call, const struct org *org, const char *id)
{
    enum org_entity entity = org_entity(call, org, id);

    if (entity == ORG_ROOT || entity == ORG_OU)
        return 0;
    return org_error(call, "ParentNotFoundException", "You specified parent that doesn't exist.");
}

static int need_ou(struct sim_call *call, const struct org *org, struct json **out)
{
    *out = org_get(call, org, "ou", sim_param(call, "OrganizationalUnitId"));
    if (*out != NULL)
        return 0;
    return org_error(call, "OrganizationalUnitNotFoundException",
                     "You specified an organizational unit that doesn't exist.");
}

static int name_taken(struct sim_call *call)
{
    return org_error(call, "DuplicateOrganizationalUnitException",
                     "An OU with the same name already exists.");
}

static int create_ou(struct sim_call *call)
{
    const char *parent = sim_param(call, "ParentId"), *name = sim_param(call, "Name"), *id;
    const struct json *tags = json_get(call->params, "Tags");
    struct json *ou, *named;
    struct org org;

    if (org_open(call, &org) != 0 || need_parent(call, &org, parent) != 0 ||
        org_tags_check(call, &org, tags, NULL) != 0)
        return -1;
    if (org_has(call, &org, org_kind(call, "ou-name", parent), name))
        return name_taken(call);
    if (depth_of(call, &org, parent) >= ORG_OU_DEPTH_MOST)
        return org_constraint(call, "OU_DEPTH_LIMIT_EXCEEDED",
                              "You have exceeded the depth limit for OUs.");
    if (org_count(call, &org, "ou") >= ORG_OUS_MOST)
        return org_constraint(call, "OU_NUMBER_LIMIT_EXCEEDED",
                              "You have exceeded the number of OUs that you can have.");
    id = sim_id(call, arena_printf(call->arena, "ou-%s-", org.root + 2), 8, SIM_LOWER_DIGITS);
    ou = json_object(call->arena);
    json_put_str(ou, "Id", id);
    json_put_str(ou, "Arn", org_arn(call, &org, "ou", id));
    json_put_str(ou, "Name", name);
    json_put_str(ou, "_parent", parent);
    org_put(call, &org, "ou", id, ou);
    org_mark(call, &org, org_kind(call, "ous-of", parent), id);
    named = json_object(call->arena);
    json_put_str(named, "Id", id);
    org_put(call, &org, org_kind(call, "ou-name", parent), name, named);
    org_attach_defaults(call, &org, id);
    org_tags_add(call, &org, id, tags);
    json_put(call->answer, "OrganizationalUnit", ou_json(call, &org, id));
    return 0;
}

static int update_ou(struct sim_call *call)
{
    const char *name = sim_param(call, "Name"), *id, *kind;
    struct json *ou, *named;
    struct org org;

    if (org_open(call, &org) != 0 || need_ou(call, &org, &ou) != 0)
        return -1;
    id = json_str(ou, "Id");
    if (name != NULL && !str_eq(name, json_str(ou, "Name"))) {
        kind = org_kind(call, "ou-name", json_str(ou, "_parent"));
        if (org_has(call, &org, kind, name))
            return name_taken(call);
        org_delete(call, &org, kind, json_str(ou, "Name"));
        named = json_object(call->arena);
        json_put_str(named, "Id", id);
        org_put(call, &org, kind, name, named);
        sim_set_str(ou, "Name", name);
        org_put(call, &org, "ou", id, ou);
    }
    json_put(call->answer, "OrganizationalUnit", ou_json(call, &org, id));
    return 0;
}

/* Detached and untagged, too. */
static void remove_ou(struct sim_call *call, const struct org *org, const struct json *ou)
{
    const char *id = json_str(ou, "Id"), *parent = json_str(ou, "_parent");

    org_detach_target(call, org, id);
    org_delete(call, org, "tags", id);
    org_delete(call, org, org_kind(call, "ous-of", parent), id);
    org_delete(call, org, org_kind(call, "ou-name", parent), json_str(ou, "Name"));
    org_delete(call, org, "ou", id);
}

static int delete_ou(struct sim_call *call)
{
    struct json *ou;
    struct org org;
    const char *id;

    if (org_open(call, &org) != 0 || need_ou(call, &org, &ou) != 0)
        return -1;
    id = json_str(ou, "Id");
    if (org_count(call, &org, org_kind(call, "ous-of", id)) > 0 ||
        org_count(call, &org, org_kind(call, "accounts-of", id)) > 0)
        return org_error(call, "OrganizationalUnitNotEmptyException",
                         "The specified OU is not empty. Move all accounts to another root or to "
                         "other OUs, remove all child OUs, and try the operation again.");
    remove_ou(call, &org, ou);
    return 0;
}

void org_tree_delete(struct sim_call *call, const struct org *org)
{
    const struct sim_record *record;

    while ((record = org_first(call, org, "ou")) != NULL)
        remove_ou(call, org, sim_record_json(record, call->arena));
    org_detach_target(call, org, org->root);
    org_delete(call, org, "root", org->root);
}

static int describe_ou(struct sim_call *call)
{
    struct json *ou;
    struct org org;

    if (org_open(call, &org) != 0 || need_ou(call, &org, &ou) != 0)
        return -1;
    json_put(call->answer, "OrganizationalUnit", ou_json(call, &org, json_str(ou, "Id")));
    return 0;
}

/* --- Listings ------------------------------------------------------------------------------------
 */

static void add_ou(struct sim_call *call, const struct org *org, const char *id, struct json *items)
{
    json_add(items, ou_json(call, org, id));
}

static int list_ous_for_parent(struct sim_call *call)
{
    const char *parent = sim_param(call, "ParentId");
    struct org org;

    if (org_open(call, &org) != 0 || need_parent(call, &org, parent) != 0)
        return -1;
    return org_list(call, &org, "OrganizationalUnits", org_kind(call, "ous-of", parent), add_ou);
}

static void add_account(struct sim_call *call, const struct org *org, const char *id,
                        struct json *items)
{
    json_add(items, org_account(call, org, id));
}

static int list_accounts_for_parent(struct sim_call *call)
{
    const char *parent = sim_param(call, "ParentId");
    struct org org;

    if (org_open(call, &org) != 0 || need_parent(call, &org, parent) != 0)
        return -1;
    return org_list(call, &org, "Accounts", org_kind(call, "accounts-of", parent), add_account);
}

static void add_child(struct sim_call *call, const struct org *org, const char *id,
                      struct json *items)
{
    struct json *child = json_add_object(items);

    json_put_str(child, "Id", id);
    json_put_str(child, "Type", org_entity_name(org_entity(call, org, id)));
}

static int list_children(struct sim_call *call)
{
    const char *parent = sim_param(call, "ParentId");
    bool accounts = str_eq(sim_param(call, "ChildType"), "ACCOUNT");
    struct org org;

    if (org_open(call, &org) != 0 || need_parent(call, &org, parent) != 0)
        return -1;
    return org_list(call, &org, "Children",
                    org_kind(call, accounts ? "accounts-of" : "ous-of", parent), add_child);
}

static int list_parents(struct sim_call *call)
{
    struct json *parent;
    struct org org;
    const char *id;

    if (org_open(call, &org) != 0)
        return -1;
    id = org_parent(call, &org, sim_param(call, "ChildId"));
    if (id == NULL)
        return org_error(call, "ChildNotFoundException",
                         "You specified a child that doesn't exist.");
    parent = json_add_object(json_put_array(call->answer, "Parents"));
    json_put_str(parent, "Id", id);
    json_put_str(parent, "Type", org_entity_name(org_entity(call, &org, id)));
    return 0;
}

/* --- The table -----------------------------------------------------------------------------------
 */

static const struct sim_rule create_ou_rules[] = {
    ORG_RULE_ENTITY("ParentId"),
    {.name = "Name", .required = true, .min = 1, .max = 128},
    ORG_RULES_END,
};
static const struct sim_rule update_ou_rules[] = {
    ORG_RULE_ENTITY("OrganizationalUnitId"),
    {.name = "Name", .min = 1, .max = 128},
    ORG_RULES_END,
};
static const struct sim_rule ou_rules[] = {
    ORG_RULE_ENTITY("OrganizationalUnitId"),
    ORG_RULES_END,
};
static const struct sim_rule parent_rules[] = {ORG_RULE_ENTITY("ParentId"), ORG_RULES_END};
static const struct sim_rule children_rules[] = {
    ORG_RULE_ENTITY("ParentId"),
    {.name = "ChildType", .required = true, .values = "ACCOUNT|ORGANIZATIONAL_UNIT"},
    ORG_RULES_END,
};
static const struct sim_rule child_rules[] = {ORG_RULE_ENTITY("ChildId"), ORG_RULES_END};

const struct sim_operation org_tree_operations[] = {
    ORG_READ("ListRoots", list_roots, NULL),
    ORG_WRITE("CreateOrganizationalUnit", create_ou, create_ou_rules),
    ORG_WRITE("UpdateOrganizationalUnit", update_ou, update_ou_rules),
    ORG_WRITE("DeleteOrganizationalUnit", delete_ou, ou_rules),
    ORG_READ("DescribeOrganizationalUnit", describe_ou, ou_rules),
    ORG_READ("ListOrganizationalUnitsForParent", list_ous_for_parent, parent_rules),
    ORG_READ("ListAccountsForParent", list_accounts_for_parent, parent_rules),
    ORG_READ("ListChildren", list_children, children_rules),
    ORG_READ("ListParents", list_parents, child_rules),
    ORG_OPERATIONS_END,
};
