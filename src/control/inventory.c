#include "plinth/control/inventory.h"

#include "plinth/base/arena.h"
#include "plinth/base/env.h"
#include "plinth/base/limits.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"
#include "plinth/baseline/baseline.h"
#include "plinth/fiber/fiber.h"

#include <ctype.h>
#include <string.h>
#include <uthash.h>

enum {
    OU_DEPTH_MOST = 8,      /* AWS allows 5 below the root; more is an answer that makes no sense */
    LISTINGS_IN_FLIGHT = 8, /* of the tree; the limiter paces them */
    CREATIONS_AT_A_TIME = 5, /* see src/aws/rates.def: Organizations runs about five */
    EMAIL_BYTES = 256,
};

const enum aws_op inventory_ops[] = {
    AWS_ORGANIZATIONS_DESCRIBE_ORGANIZATION,
    AWS_ORGANIZATIONS_LIST_ROOTS,
    AWS_ORGANIZATIONS_LIST_ORGANIZATIONAL_UNITS_FOR_PARENT,
    AWS_ORGANIZATIONS_LIST_ACCOUNTS_FOR_PARENT,
    AWS_ORGANIZATIONS_LIST_CREATE_ACCOUNT_STATUS,
    AWS_OP_NONE,
};

/* Accounts move when their array grows: entries hold positions. */
struct index_entry {
    const char *key;
    size_t at;
    UT_hash_handle hh;
};

struct inventory_index {
    struct index_entry *by_id, *by_email;
    struct inventory_index *next; /* the index of the reading before */
};

struct inventory_cache {
    struct aws_target target;
    struct sched *sched;
    struct arena *arena; /* grows by one inventory a reading: there are two or three in a run */
    struct inventory *current;
    struct inventory_index *indexes; /* of all readings, to be freed */
    bool fresh;
    VEC(struct inventory_creation) sent; /* by this process, and not known to have ended */
    struct fiber_sem reading;            /* one reading at a time */
    struct fiber_sem creations;          /* places for CreateAccount */
};

struct inventory_cache *inventory_cache_new(const struct aws_target *target)
{
    struct arena *arena = arena_new("inventory");
    struct inventory_cache *cache = arena_alloc(arena, sizeof *cache);

    cache->arena = arena;
    cache->target = *target;
    cache->target.read_only = true;
    cache->target.allowed = inventory_ops;
    cache->sched = aws_client_sched(target->client);
    fiber_sem_init(&cache->reading, cache->sched, 1);
    fiber_sem_init(&cache->creations, cache->sched, CREATIONS_AT_A_TIME);
    return cache;
}

void inventory_cache_free(struct inventory_cache *cache)
{
    if (cache == NULL)
        return;
    for (struct inventory_index *index = cache->indexes; index != NULL; index = index->next) {
        HASH_CLEAR(hh, index->by_id);
        HASH_CLEAR(hh, index->by_email);
    }
    arena_free(cache->arena);
}

/* --- The index -----------------------------------------------------------------------------------
 */

static struct inventory *new_inventory(struct inventory_cache *cache)
{
    struct inventory *inventory = arena_alloc(cache->arena, sizeof *inventory);

    inventory->index = arena_alloc(cache->arena, sizeof *inventory->index);
    inventory->index->next = cache->indexes;
    cache->indexes = inventory->index;
    return inventory;
}

/* AWS takes an email once, whatever its case.  False: longer than any email that AWS takes. */
static bool email_key(const char *email, char out[EMAIL_BYTES])
{
    size_t len = strlen(email);

    if (len >= EMAIL_BYTES)
        return false;
    for (size_t i = 0; i <= len; i++)
        out[i] = (char)tolower((unsigned char)email[i]);
    return true;
}

/* The first one of a key stays. */
static void add_entry(struct index_entry **table, struct arena *arena, const char *key, size_t at)
{
    struct index_entry *entry;

    HASH_FIND_STR(*table, key, entry);
    if (entry != NULL)
        return;
    entry = arena_alloc(arena, sizeof *entry);
    *entry = (struct index_entry){.key = arena_str(arena, key), .at = at};
    HASH_ADD_KEYPTR(hh, *table, entry->key, strlen(entry->key), entry);
}

/* Once its id and email are set. */
static void index_account(struct arena *arena, struct inventory *inventory,
                          const struct inventory_account *account)
{
    size_t at = (size_t)(account - inventory->accounts);
    char email[EMAIL_BYTES];

    add_entry(&inventory->index->by_id, arena, account->id, at);
    if (account->email != NULL && email_key(account->email, email))
        add_entry(&inventory->index->by_email, arena, email, at);
}

/* --- Reading -----------------------------------------------------------------------------------
 */

/* One level of the tree is read by many fibers at a time; the first error ends it. */
struct walk {
    struct inventory_cache *cache;
    struct inventory *inventory;
    struct err *err;
    bool failed;
};

struct walk_parent {
    struct walk *walk;
    const char *parent_id, *parent_path;
};

static struct inventory_ou *add_ou(struct arena *arena, struct inventory *inventory)
{
    if (inventory->ou_count == inventory->ou_capacity)
        inventory->ous = vec_grow(arena, inventory->ous, inventory->ou_count,
                                  &inventory->ou_capacity, sizeof *inventory->ous);
    return &inventory->ous[inventory->ou_count++];
}

static struct inventory_account *add_account(struct arena *arena, struct inventory *inventory)
{
    if (inventory->account_count == inventory->account_capacity)
        inventory->accounts = vec_grow(arena, inventory->accounts, inventory->account_count,
                                       &inventory->account_capacity, sizeof *inventory->accounts);
    return &inventory->accounts[inventory->account_count++];
}

static const char *child_path(struct arena *arena, const char *parent_path, const char *name)
{
    return *parent_path == '\0' ? arena_str(arena, name)
                                : arena_printf(arena, "%s/%s", parent_path, name);
}

static int list_children(struct walk_parent *parent, struct err *err)
{
    struct walk *walk = parent->walk;
    struct arena *arena = walk->cache->arena;
    struct json *params = json_object(arena);
    const struct json *list;

    json_put_str(params, "ParentId", parent->parent_id);
    if (aws_list(&walk->cache->target, AWS_ORGANIZATIONS_LIST_ORGANIZATIONAL_UNITS_FOR_PARENT,
                 params, arena, &list, err) != 0)
        return -1;
    for (const struct json *it = json_first(list); it != NULL; it = it->next) {
        struct inventory_ou *ou = add_ou(arena, walk->inventory);

        if (json_need_str(it, "Id", &ou->id, err) != 0 ||
            json_need_str(it, "Name", &ou->name, err) != 0)
            return -1;
        ou->parent_id = parent->parent_id;
        ou->path = child_path(arena, parent->parent_path, ou->name);
    }

    if (aws_list(&walk->cache->target, AWS_ORGANIZATIONS_LIST_ACCOUNTS_FOR_PARENT, params, arena,
                 &list, err) != 0)
        return -1;
    for (const struct json *it = json_first(list); it != NULL; it = it->next) {
        struct inventory_account *account = add_account(arena, walk->inventory);

        if (json_need_str(it, "Id", &account->id, err) != 0 ||
            json_need_str(it, "Name", &account->name, err) != 0)
            return -1;
        /* State takes the place of Status, which AWS retires in September 2026. */
        account->status = json_str(it, "State");
        if (account->status == NULL && json_need_str(it, "Status", &account->status, err) != 0)
            return -1;
        account->arn = json_str(it, "Arn");
        account->email = json_str(it, "Email");
        account->joined_ms = (int64_t)(json_number(it, "JoinedTimestamp", 0) * 1000);
        account->parent_id = parent->parent_id;
        index_account(arena, walk->inventory, account);
    }
    if (walk->inventory->account_count > LIMIT_ACCOUNTS)
        return err_set(err, ERR_LIMIT, "more than %d accounts", LIMIT_ACCOUNTS);
    return 0;
}

static void list_children_fiber(void *arg)
{
    struct walk_parent *parent = arg;
    struct err err = ERR_INIT;

    if (parent->walk->failed)
        return;
    if (list_children(parent, &err) != 0 && !parent->walk->failed) {
        parent->walk->failed = true;
        *parent->walk->err = err;
    }
}

/* Breadth first, so that parents stand before their children. */
static int walk_tree(struct inventory_cache *cache, struct inventory *inventory, struct err *err)
{
    struct walk walk = {.cache = cache, .inventory = inventory, .err = err};
    struct fiber_group group;
    size_t done = 0;

    for (int depth = 0; done < inventory->ou_count; depth++) {
        size_t level_end = inventory->ou_count;
        struct walk_parent *parents = arena_array(cache->arena, level_end - done, sizeof *parents);

        if (depth > OU_DEPTH_MOST)
            return err_set(err, ERR_PROTOCOL, "organizational units nest deeper than %d",
                           OU_DEPTH_MOST);
        fiber_group_init(&group, cache->sched, LISTINGS_IN_FLIGHT);
        for (size_t i = done; i < level_end; i++) {
            parents[i - done] = (struct walk_parent){.walk = &walk,
                                                     .parent_id = inventory->ous[i].id,
                                                     .parent_path = inventory->ous[i].path};
            fiber_group_spawn(&group, "inventory", list_children_fiber, &parents[i - done]);
        }
        fiber_group_wait(&group);
        if (walk.failed)
            return -1;
        done = level_end;
    }
    return 0;
}

static int read_root(struct inventory_cache *cache, struct inventory *inventory, struct err *err)
{
    const struct json *roots, *root;
    struct inventory_ou *ou;
    size_t capacity = 0;

    if (aws_list(&cache->target, AWS_ORGANIZATIONS_LIST_ROOTS, NULL, cache->arena, &roots, err) !=
        0)
        return -1;
    root = json_first(roots);
    if (json_need_str(root, "Id", &inventory->root_id, err) != 0)
        return -1;
    ou = add_ou(cache->arena, inventory);
    *ou = (struct inventory_ou){.id = inventory->root_id, .name = "Root", .path = ""};

    for (const struct json *it = json_first(json_get(root, "PolicyTypes")); it != NULL;
         it = it->next) {
        if (!str_eq(json_str(it, "Status"), "ENABLED"))
            continue;
        if (inventory->policy_type_count == capacity)
            inventory->policy_types =
                vec_grow(cache->arena, inventory->policy_types, inventory->policy_type_count,
                         &capacity, sizeof *inventory->policy_types);
        inventory->policy_types[inventory->policy_type_count++] = json_str(it, "Type");
    }
    return 0;
}

static void add_creation(struct arena *arena, struct inventory *inventory, const char *request_id,
                         const char *name)
{
    for (size_t i = 0; i < inventory->creation_count; i++)
        if (str_eq(inventory->creations[i].request_id, request_id))
            return;
    if (inventory->creation_count == inventory->creation_capacity)
        inventory->creations =
            vec_grow(arena, inventory->creations, inventory->creation_count,
                     &inventory->creation_capacity, sizeof *inventory->creations);
    inventory->creations[inventory->creation_count++] =
        (struct inventory_creation){.request_id = request_id, .name = name};
}

/* What is still being created is not in the tree yet, and must not be created again. */
static int read_creations(struct inventory_cache *cache, struct inventory *inventory,
                          struct err *err)
{
    struct json *params = json_object(cache->arena);
    const struct json *list;

    json_add_str(json_put_array(params, "States"), "IN_PROGRESS");
    if (aws_list(&cache->target, AWS_ORGANIZATIONS_LIST_CREATE_ACCOUNT_STATUS, params, cache->arena,
                 &list, err) != 0)
        return -1;
    for (const struct json *it = json_first(list); it != NULL; it = it->next) {
        const char *request_id, *name;

        if (json_need_str(it, "Id", &request_id, err) != 0 ||
            json_need_str(it, "AccountName", &name, err) != 0)
            return -1;
        add_creation(cache->arena, inventory, request_id, name);
    }
    for (size_t i = 0; i < cache->sent.count; i++)
        add_creation(cache->arena, inventory, cache->sent.items[i].request_id,
                     cache->sent.items[i].name);
    return 0;
}

static int read_all(struct inventory_cache *cache, struct inventory *inventory, struct err *err)
{
    const struct json *answer, *organization;

    if (aws_call(&cache->target, AWS_ORGANIZATIONS_DESCRIBE_ORGANIZATION, NULL, cache->arena,
                 &answer, err) != 0) {
        if (err_is(err, "AWSOrganizationsNotInUseException")) {
            err_clear(err);
            return 0;
        }
        return -1;
    }
    organization = json_get(answer, "Organization");
    if (json_need_str(organization, "Id", &inventory->id, err) != 0 ||
        json_need_str(organization, "MasterAccountId", &inventory->management_account_id, err) !=
            0 ||
        json_need_str(organization, "FeatureSet", &inventory->feature_set, err) != 0)
        return -1;
    inventory->arn = json_str(organization, "Arn");
    inventory->management_account_email = json_str(organization, "MasterAccountEmail");
    inventory->exists = true;
    /* Creations first: one that ends between the two readings is then in both, never in none. */
    if (read_creations(cache, inventory, err) != 0 || read_root(cache, inventory, err) != 0)
        return -1;
    return walk_tree(cache, inventory, err);
}

int inventory_get(struct inventory_cache *cache, const struct inventory **out, struct err *err)
{
    struct inventory *inventory;
    int result = 0;

    if (!cache->fresh) {
        if (fiber_sem_acquire(&cache->reading, err) != 0)
            return -1;
        if (!cache->fresh) {
            inventory = new_inventory(cache);
            result = read_all(cache, inventory, err);
            if (result == 0) {
                cache->current = inventory;
                cache->fresh = true;
            }
        }
        fiber_sem_release(&cache->reading);
        if (result != 0)
            return err_wrap(err, "reading the organization");
    }
    *out = cache->current;
    return 0;
}

const struct inventory *inventory_peek(const struct inventory_cache *cache)
{
    return cache->current;
}

void inventory_invalidate(struct inventory_cache *cache)
{
    cache->fresh = false;
}

/* --- Keeping it up to date -----------------------------------------------------------------------
 */

void inventory_note_ou(struct inventory_cache *cache, const char *id, const char *name,
                       const char *parent_id)
{
    const struct inventory_ou *parent = inventory_ou_by_id(cache->current, parent_id);
    const char *parent_path = parent == NULL ? "" : parent->path;
    struct inventory_ou *ou;

    if (cache->current == NULL || inventory_ou_by_id(cache->current, id) != NULL)
        return;
    ou = add_ou(cache->arena, cache->current);
    ou->id = arena_str(cache->arena, id);
    ou->name = arena_str(cache->arena, name);
    ou->parent_id = arena_str(cache->arena, parent_id);
    ou->path = child_path(cache->arena, parent_path, name);
}

void inventory_note_account(struct inventory_cache *cache, const char *id, const char *name,
                            const char *email, const char *parent_id)
{
    struct inventory_account *account;

    if (cache->current == NULL || inventory_account_by_id(cache->current, id) != NULL)
        return;
    account = add_account(cache->arena, cache->current);
    account->id = arena_str(cache->arena, id);
    account->name = arena_str(cache->arena, name);
    account->email = arena_str(cache->arena, email);
    account->parent_id = arena_str(cache->arena, parent_id);
    account->status = "ACTIVE";
    account->joined_ms = env_wall_ms(sched_env(cache->sched));
    index_account(cache->arena, cache->current, account);
}

void inventory_note_move(struct inventory_cache *cache, const char *account_id,
                         const char *parent_id)
{
    const struct inventory_account *account = inventory_account_by_id(cache->current, account_id);

    if (account != NULL)
        cache->current->accounts[account - cache->current->accounts].parent_id =
            arena_str(cache->arena, parent_id);
}

void inventory_note_creation(struct inventory_cache *cache, const char *request_id,
                             const char *name)
{
    struct inventory_creation *creation = VEC_ADD(cache->arena, &cache->sent);

    creation->request_id = arena_str(cache->arena, request_id);
    creation->name = arena_str(cache->arena, name);
    if (cache->current != NULL)
        add_creation(cache->arena, cache->current, creation->request_id, creation->name);
}

static void remove_creation(struct inventory_creation *creations, size_t *count,
                            const char *request_id)
{
    for (size_t i = 0; i < *count; i++)
        if (str_eq(creations[i].request_id, request_id)) {
            creations[i] = creations[--*count];
            return;
        }
}

void inventory_note_creation_end(struct inventory_cache *cache, const char *request_id)
{
    remove_creation(cache->sent.items, &cache->sent.count, request_id);
    if (cache->current != NULL)
        remove_creation(cache->current->creations, &cache->current->creation_count, request_id);
}

/* --- Finding -------------------------------------------------------------------------------------
 */

static const struct inventory_ou *child_named(const struct inventory *inventory,
                                              const char *parent_id, const char *name, size_t len)
{
    for (size_t i = 0; i < inventory->ou_count; i++) {
        const struct inventory_ou *ou = &inventory->ous[i];

        if (str_eq(ou->parent_id, parent_id) && strlen(ou->name) == len &&
            memcmp(ou->name, name, len) == 0)
            return ou;
    }
    return NULL;
}

/* Along the tree, and not by the text: AWS takes names with a slash in them. */
const struct inventory_ou *inventory_ou_by_path(const struct inventory *inventory, const char *path)
{
    const struct inventory_ou *at =
        inventory == NULL || inventory->ou_count == 0 ? NULL : &inventory->ous[0];

    while (at != NULL && *path != '\0') {
        size_t len = strcspn(path, "/");

        at = child_named(inventory, at->id, path, len);
        path += len;
        path += *path == '/';
    }
    return at;
}

const struct inventory_ou *inventory_ou_by_id(const struct inventory *inventory, const char *id)
{
    for (size_t i = 0; inventory != NULL && i < inventory->ou_count; i++)
        if (str_eq(inventory->ous[i].id, id))
            return &inventory->ous[i];
    return NULL;
}

const struct inventory_account *inventory_account_by_id(const struct inventory *inventory,
                                                        const char *id)
{
    struct index_entry *entry = NULL;

    if (inventory != NULL && id != NULL)
        HASH_FIND_STR(inventory->index->by_id, id, entry);
    return entry == NULL ? NULL : &inventory->accounts[entry->at];
}

bool inventory_has_policy_type(const struct inventory *inventory, const char *api_name)
{
    for (size_t i = 0; inventory != NULL && i < inventory->policy_type_count; i++)
        if (str_eq(inventory->policy_types[i], api_name))
            return true;
    return false;
}

const struct inventory_account *inventory_account_of(const struct inventory *inventory,
                                                     const struct account *account)
{
    struct index_entry *entry = NULL;
    char email[EMAIL_BYTES];

    if (inventory == NULL)
        return NULL;
    if (account->id != NULL)
        return inventory_account_by_id(inventory, account->id);
    if (account->roles & ROLE_MANAGEMENT)
        return inventory_account_by_id(inventory, inventory->management_account_id);
    if (account->email != NULL && email_key(account->email, email))
        HASH_FIND_STR(inventory->index->by_email, email, entry);
    return entry == NULL ? NULL : &inventory->accounts[entry->at];
}

int inventory_creation_begin(struct inventory_cache *cache, struct err *err)
{
    return fiber_sem_acquire(&cache->creations, err);
}

void inventory_creation_end(struct inventory_cache *cache)
{
    fiber_sem_release(&cache->creations);
}
