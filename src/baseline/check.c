#include "loading.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "schema_priv.h"

#include <string.h>

static bool has(const struct strings *list, const char *word)
{
    for (size_t i = 0; i < list->count; i++)
        if (str_eq(list->items[i], word))
            return true;
    return false;
}

/* --- Regions -------------------------------------------------------------------------------------
 */

/* A list's items and its decoded strings run in parallel unless one of them was wrong. */
static void check_repeated(const struct loading *loading, const struct strings *list,
                           const struct node *node, const char *what)
{
    struct names seen;

    names_init(&seen, loading->arena, false);
    for (size_t i = 0; node != NULL && node->count == list->count && i < list->count; i++)
        if (names_add(&seen, list->items[i], list) != NULL)
            diags_add(loading->diags, &node->items[i]->mark, "%s '%s' stands in this list twice",
                      what, list->items[i]);
}

void check_regions(struct loading *loading)
{
    struct baseline *baseline = loading->baseline;
    struct strings *regions = &baseline->regions;
    const struct node *node = node_get(loading->declared.node, "regions");

    if (baseline->home_region == NULL)
        return;
    if (node == NULL || node_is_null(node)) {
        regions->items = arena_array(loading->arena, 1, sizeof *regions->items);
        regions->items[regions->count++] = baseline->home_region;
        return;
    }
    check_repeated(loading, regions, node, "region");
    if (node->type == NODE_LIST && !has(regions, baseline->home_region))
        diags_add_unknown(loading->diags, schema_mark(loading->declared.node, "home_region"),
                          baseline->home_region, regions->items, regions->count,
                          "home region '%s' is not one of 'regions'", baseline->home_region);
}

/* --- Services ------------------------------------------------------------------------------------
 */

static const char accounts_service[] = "account.amazonaws.com";

static void check_delegation(struct loading *loading, struct pair *delegation,
                             const struct strings *trusted)
{
    const struct mark *mark = &delegation->node->mark;
    const struct account *account = find_account(loading, delegation->value, mark);

    if (!format_matches(FORMAT_SERVICE_PRINCIPAL, delegation->key))
        diags_add(loading->diags, mark, "'%s' is not %s", delegation->key,
                  format_rule(FORMAT_SERVICE_PRINCIPAL)->what);
    else if (!has(trusted, delegation->key))
        diags_add(loading->diags, mark,
                  "delegating %s needs it in organization.trusted_access as well", delegation->key);
    if (account == NULL)
        return;
    if (account->roles & ROLE_MANAGEMENT)
        diags_add(loading->diags, mark,
                  "the management account cannot be a delegated administrator");
    /* A role is as good as a name here, but what comes later looks for names. */
    delegation->value = account->name;
}

static const struct contacts *any_contacts(const struct baseline *baseline)
{
    if (baseline->organization.contacts != NULL)
        return baseline->organization.contacts;
    for (size_t i = 0; i < baseline->account_count; i++)
        if (baseline->accounts[i].contacts != NULL)
            return baseline->accounts[i].contacts;
    return NULL;
}

const struct policy_type *find_policy_type(const struct loading *loading, const char *key,
                                           const struct mark *mark)
{
    const struct policy_type *type = policy_type_find(key), *types = policy_types();
    const char **keys;
    size_t count = 0;

    if (type != NULL)
        return type;
    while (types[count].key != NULL)
        count++;
    keys = arena_array(loading->arena, count, sizeof *keys);
    for (size_t i = 0; i < count; i++)
        keys[i] = types[i].key;
    diags_add_unknown(loading->diags, mark, key, keys, count, "unknown policy type '%s'", key);
    return NULL;
}

static void add_policy_types(struct loading *loading, const struct declared_organization *from)
{
    const struct node *node = node_get(from->node, "policy_types");

    check_repeated(loading, &from->policy_types, node, "policy type");
    for (size_t i = 0; i < from->policy_types.count; i++) {
        const struct policy_type *type =
            find_policy_type(loading, from->policy_types.items[i], &node->mark);

        if (type != NULL)
            use_policy_type(loading->baseline, type);
    }
}

void check_organization(struct loading *loading)
{
    struct organization_spec *organization = &loading->baseline->organization;
    const struct declared_organization *from = loading->declared.organization;
    const struct contacts *contacts = any_contacts(loading->baseline);
    struct pairs *delegations = &organization->delegated_administrators;

    if (from == NULL) /* not a map: reported */
        return;
    check_repeated(loading, &organization->trusted_access, node_get(from->node, "trusted_access"),
                   "service");
    for (size_t i = 0; i < delegations->count; i++)
        check_delegation(loading, &delegations->items[i], &organization->trusted_access);
    if (contacts != NULL && !has(&organization->trusted_access, accounts_service))
        diags_add(loading->diags, &contacts->node->mark,
                  "contacts need %s in organization.trusted_access", accounts_service);
    add_policy_types(loading, from);
}
