#include "loading.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"

#include <string.h>

enum { OU_DEPTH_MOST = 5, TAG_KEY_MOST = 128, TAG_VALUE_MOST = 256 }; /* AWS Organizations */

static const struct {
    const char *key;
    enum account_role role;
} roles[ROLE_COUNT] = {
    {"management", ROLE_MANAGEMENT},
    {"security", ROLE_SECURITY},
    {"log_archive", ROLE_LOG_ARCHIVE},
    {"backup", ROLE_BACKUP},
};

unsigned role_bit(const char *key)
{
    for (size_t i = 0; i < ROLE_COUNT; i++)
        if (str_eq(roles[i].key, key))
            return roles[i].role;
    return 0;
}

static void check_tags(const struct loading *loading, const struct pairs *tags)
{
    for (size_t i = 0; i < tags->count; i++) {
        const struct pair *tag = &tags->items[i];

        if (str_starts(tag->key, "aws:") || str_starts(tag->key, "plinth:"))
            diags_add(loading->diags, &tag->node->mark,
                      "tag '%s': keys with 'aws:' and 'plinth:' in front are not yours to set",
                      tag->key);
        if (tag->key[0] == '\0' || strlen(tag->key) > TAG_KEY_MOST ||
            strlen(tag->value) > TAG_VALUE_MOST)
            diags_add(loading->diags, &tag->node->mark,
                      "tag '%.40s': a key has 1 to %d bytes and a value at most %d", tag->key,
                      TAG_KEY_MOST, TAG_VALUE_MOST);
    }
}

/* --- The organization ----------------------------------------------------------------------------
 */

void use_policy_type(struct baseline *baseline, const struct policy_type *type)
{
    struct strings *types = &baseline->policy_types;
    size_t count = 0;

    for (size_t i = 0; i < types->count; i++)
        if (str_eq(types->items[i], type->api_name))
            return;
    if (types->items == NULL) {
        while (policy_types()[count].key != NULL)
            count++;
        types->items = arena_array(baseline->arena, count, sizeof *types->items);
    }
    types->items[types->count++] = type->api_name;
}

void build_organization(struct loading *loading)
{
    const struct declared *declared = &loading->declared;
    struct baseline *baseline = loading->baseline;
    const struct declared_organization *from = declared->organization;

    baseline->name = declared->name;
    baseline->home_region = declared->home_region;
    baseline->lock = declared->lock;
    baseline->regions = declared->regions;
    baseline->controls = declared->controls;
    if (from == NULL)
        return;
    baseline->organization = (struct organization_spec){
        .member_role = from->member_role,
        .break_glass_roles = from->break_glass_roles,
        .trusted_access = from->trusted_access,
        .delegated_administrators = from->delegated_administrators,
        .contacts = from->contacts,
        .node = from->node,
    };
}

/* --- Organizational units ------------------------------------------------------------------------
 */

static size_t count_ous(const struct objects *list)
{
    const struct declared_ou *items = list->items;
    size_t count = list->count;

    for (size_t i = 0; i < list->count; i++)
        count += count_ous(&items[i].units);
    return count;
}

/* Where the name of a unit stands: a key in the map of its siblings. */
static const struct mark *ou_mark(const struct ou *ou, const struct node *siblings)
{
    size_t at = 0;

    while (!str_eq(siblings->keys[at]->text, ou->name))
        at++;
    return &siblings->keys[at]->mark;
}

static void add_ou(struct loading *loading, const struct declared_ou *from, const struct ou *parent,
                   const struct node *siblings, size_t depth)
{
    struct baseline *baseline = loading->baseline;
    struct ou *ou = &baseline->ous[baseline->ou_count];
    const struct ou *same;

    *ou = (struct ou){
        .name = from->name,
        .path = parent == NULL ? from->name
                               : arena_printf(loading->arena, "%s/%s", parent->path, from->name),
        .parent = parent,
        .tags = from->tags,
        .controls = from->controls,
        .node = from->node,
    };
    loading->ou_paths[baseline->ou_count++] = ou->path;
    same = names_add(&baseline->index->ous, ou->path, ou);
    if (same != NULL && same->parent == parent) /* else an outer one was reported */
        diags_add(loading->diags, ou_mark(ou, siblings),
                  "organizational units '%s' and '%s' differ in upper and lower case only",
                  same->path, ou->path);
    if (parent == NULL && str_eq_nocase(ou->name, LANGUAGE_ROOT))
        diags_add(loading->diags, ou_mark(ou, siblings),
                  "no organizational unit may be called '%s': it would be taken for the root",
                  ou->name);
    if (depth == OU_DEPTH_MOST + 1)
        diags_add(loading->diags, ou_mark(ou, siblings), "AWS nests units %d deep, '%s' is deeper",
                  OU_DEPTH_MOST, ou->path);
    check_tags(loading, &ou->tags);
}

static void add_ous(struct loading *loading, const struct objects *list, const struct ou *parent,
                    const struct node *siblings, size_t depth)
{
    const struct declared_ou *items = list->items;

    for (size_t i = 0; i < list->count; i++) {
        if (items[i].name == NULL) /* the decoder has reported it */
            continue;
        add_ou(loading, &items[i], parent, siblings, depth);
        add_ous(loading, &items[i].units, &loading->baseline->ous[loading->baseline->ou_count - 1],
                node_get(items[i].node, "units"), depth + 1);
    }
}

void build_ous(struct loading *loading)
{
    struct baseline *baseline = loading->baseline;
    size_t count = count_ous(&loading->declared.ous);

    names_init(&baseline->index->ous, loading->arena, true);
    baseline->ous = arena_array(loading->arena, count, sizeof *baseline->ous);
    loading->ou_paths = arena_array(loading->arena, count, sizeof *loading->ou_paths);
    add_ous(loading, &loading->declared.ous, NULL,
            node_get(loading->declared.node, "organizational_units"), 1);
}

const struct ou *find_ou(const struct loading *loading, const char *path, const struct mark *mark)
{
    const struct ou *ou = baseline_ou(loading->baseline, path);

    if (ou == NULL)
        diags_add_unknown(loading->diags, mark, path, loading->ou_paths,
                          loading->baseline->ou_count, "no organizational unit '%s'", path);
    return ou;
}

/* --- Accounts ------------------------------------------------------------------------------------
 */

struct unique {
    struct names emails, ids;
};

/* `value` may be given once; NULL was reported already. */
static void check_unique(const struct loading *loading, struct names *known, const char *what,
                         const char *value, const struct account *account, const char *key)
{
    const struct account *other = value == NULL ? NULL : names_add(known, value, account);

    if (other != NULL)
        diags_add(loading->diags, schema_mark(account->node, key), "%s '%s' is given already at %s",
                  what, value, mark_text(schema_mark(other->node, key), loading->arena));
}

static void take_roles(struct loading *loading, struct account *account,
                       const struct strings *names)
{
    const struct node *node = node_get(account->node, "roles");

    for (size_t i = 0; i < names->count; i++) {
        unsigned bit = role_bit(names->items[i]);
        size_t place = 0;
        const struct account **holder;

        while (roles[place].role != bit)
            place++;
        holder = &loading->baseline->index->by_role[place];
        if (*holder != NULL)
            diags_add(loading->diags, &node->mark, "role %s is given already at %s",
                      names->items[i],
                      mark_text(schema_mark((*holder)->node, "roles"), loading->arena));
        else
            *holder = account;
        account->roles |= bit;
    }
}

/* Contacts of its own, each in place of the organization's. */
static struct contacts *merged_contacts(const struct loading *loading, struct contacts *own)
{
    const struct contacts *common = loading->baseline->organization.contacts;

    if (own == NULL)
        return loading->baseline->organization.contacts;
    if (common == NULL)
        return own;
    if (own->billing == NULL)
        own->billing = common->billing;
    if (own->operations == NULL)
        own->operations = common->operations;
    if (own->security == NULL)
        own->security = common->security;
    return own;
}

static void add_account(struct loading *loading, struct unique *unique,
                        const struct declared_account *from)
{
    struct baseline *baseline = loading->baseline;
    struct account *account = &baseline->accounts[baseline->account_count];

    *account = (struct account){
        .name = from->name,
        .email = from->email,
        .id = from->id,
        .tags = from->tags,
        .contacts = merged_contacts(loading, from->contacts),
        .controls = from->controls,
        .node = from->node,
    };
    loading->account_names[baseline->account_count++] = from->name == NULL ? "" : from->name;
    check_unique(loading, &baseline->index->accounts, "account", account->name, account, "name");
    check_unique(loading, &unique->emails, "email", account->email, account, "email");
    check_unique(loading, &unique->ids, "account id", account->id, account, "id");
    if (from->ou != NULL)
        account->ou = find_ou(loading, from->ou, schema_mark(from->node, "ou"));
    take_roles(loading, account, &from->roles);
    check_tags(loading, &account->tags);
}

/* "Shop" again as "Shop 2"; its place, tags and settings stay. */
static void copy_account(const struct loading *loading, const struct declared_account *from,
                         size_t round, size_t number, struct declared_account *out)
{
    *out = *from;
    out->id = NULL;
    out->name = arena_printf(loading->arena, "%.40s %zu", from->name, round);
    out->email = arena_printf(loading->arena, "copy+%zu@example.com", number);
}

/* Up to options.accounts_least, round after round over the accounts without a role. */
static void copy_accounts(struct loading *loading)
{
    struct objects *list = &loading->declared.accounts;
    const struct declared_account *given = list->items;
    size_t least = loading->options->accounts_least, from = 0, round = 2, copied = 0;
    struct declared_account *items;

    if (list->count >= least)
        return;
    items = arena_array(loading->arena, least, sizeof *items);
    memcpy(items, given, list->count * sizeof *items);
    for (size_t at = list->count; at < least; from++) {
        if (from == list->count) {
            if (copied == 0)
                return; /* all have a role */
            from = 0;
            round++;
        }
        if (given[from].roles.count > 0 || given[from].name == NULL)
            continue;
        copy_account(loading, &given[from], round, ++copied, &items[at++]);
    }
    list->items = items;
    list->count = least;
}

void build_accounts(struct loading *loading)
{
    struct baseline *baseline = loading->baseline;
    const struct declared_account *items;
    struct unique unique;
    size_t count;

    copy_accounts(loading);
    items = loading->declared.accounts.items;
    count = loading->declared.accounts.count;
    names_init(&baseline->index->accounts, loading->arena, true);
    names_init(&unique.emails, loading->arena, true);
    names_init(&unique.ids, loading->arena, false);
    baseline->accounts = arena_array(loading->arena, count, sizeof *baseline->accounts);
    loading->account_names = arena_array(loading->arena, count, sizeof *loading->account_names);
    for (size_t i = 0; i < count; i++)
        add_account(loading, &unique, &items[i]);
}

const struct account *find_account(const struct loading *loading, const char *name,
                                   const struct mark *mark)
{
    const struct account *account = baseline_account(loading->baseline, name);

    if (account == NULL && role_bit(name) != 0)
        account = baseline_account_with_role(loading->baseline, role_bit(name));
    if (account == NULL)
        diags_add_unknown(loading->diags, mark, name, loading->account_names,
                          loading->baseline->account_count, "no account '%s'", name);
    return account;
}
