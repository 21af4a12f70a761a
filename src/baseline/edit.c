#include "plinth/baseline/edit.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/node_edit.h"

#include <string.h>

static const char accounts_key[] = "accounts";

/* --- Which file ----------------------------------------------------------------------------------
 */

static bool is_file_of(const struct baseline *baseline, const char *path)
{
    for (size_t i = 0; i < baseline->files.count; i++)
        if (str_eq(baseline->files.items[i], path))
            return true;
    return false;
}

struct holders {
    const char *with_key, *with_accounts; /* the first of each */
    size_t key_count, account_count;
};

static int find_holders(const struct baseline *baseline, struct arena *arena, struct holders *out,
                        struct err *err)
{
    for (size_t i = 0; i < baseline->files.count; i++) {
        const char *path = baseline->files.items[i];
        const struct node *list;
        struct node *root;

        if (node_parse_file(path, arena, &root, err) != 0)
            return -1;
        list = node_get(root, accounts_key);
        if (list == NULL)
            continue;
        if (out->key_count++ == 0)
            out->with_key = path;
        if (list->type == NODE_LIST && list->count > 0 && out->account_count++ == 0)
            out->with_accounts = path;
    }
    return 0;
}

int baseline_accounts_file(const struct baseline *baseline, const char *into, const char **out,
                           struct err *err)
{
    struct holders holders = {.key_count = 0};
    struct arena *arena;
    int result;

    if (into != NULL) {
        *out = into;
        return is_file_of(baseline, into)
                   ? 0
                   : err_set(err, ERR_USAGE, "%s is no file of the baseline %s", into,
                             baseline->file);
    }
    arena = arena_new("accounts file");
    result = find_holders(baseline, arena, &holders, err);
    arena_free(arena);
    if (result != 0)
        return -1;
    if (holders.account_count > 1 || (holders.account_count == 0 && holders.key_count > 1))
        return err_set(err, ERR_USAGE,
                       "several files of this baseline have `accounts`: say with --into which one "
                       "takes it, %s or another",
                       holders.account_count > 1 ? holders.with_accounts : holders.with_key);
    *out = holders.account_count == 1 ? holders.with_accounts
           : holders.key_count == 1   ? holders.with_key
                                      : baseline->file;
    return 0;
}

/* --- The text ------------------------------------------------------------------------------------
 */

static struct node *new_map(size_t room, struct arena *arena)
{
    struct node *map = arena_alloc(arena, sizeof *map);

    map->type = NODE_MAP;
    map->keys = arena_array(arena, room, sizeof(struct node *));
    map->items = arena_array(arena, room, sizeof(struct node *));
    return map;
}

static struct node *new_text(const char *text, struct arena *arena)
{
    struct node *node = arena_alloc(arena, sizeof *node);

    node->type = NODE_SCALAR;
    node->text = text;
    return node;
}

static void add(struct node *map, const char *key, struct node *value, struct arena *arena)
{
    map->keys[map->count] = new_text(key, arena);
    map->items[map->count++] = value;
}

/* As an account is written in a baseline, in the order of the reference page. */
static struct node *entry_node(const struct account_entry *entry, struct arena *arena)
{
    enum { KEYS_MOST = 5 };
    struct node *map = new_map(KEYS_MOST, arena), *tags;

    add(map, "name", new_text(entry->name, arena), arena);
    add(map, "email", new_text(entry->email, arena), arena);
    if (entry->id != NULL)
        add(map, "id", new_text(entry->id, arena), arena);
    if (entry->ou != NULL)
        add(map, "ou", new_text(entry->ou, arena), arena);
    if (entry->tags.count == 0)
        return map;
    tags = new_map(entry->tags.count, arena);
    for (size_t i = 0; i < entry->tags.count; i++)
        add(tags, entry->tags.items[i].key, new_text(entry->tags.items[i].value, arena), arena);
    add(map, "tags", tags, arena);
    return map;
}

static bool is_filled_in(const char *text)
{
    return text != NULL && strstr(text, "${") != NULL;
}

int baseline_add_account(const struct file_text *file, const struct account_entry *entry,
                         struct arena *arena, struct file_text *out, struct err *err)
{
    bool filled = is_filled_in(entry->name) || is_filled_in(entry->email);

    for (size_t i = 0; i < entry->tags.count; i++)
        filled = filled || is_filled_in(entry->tags.items[i].key) ||
                 is_filled_in(entry->tags.items[i].value);
    /* The next run would compare what was filled in with what is given. */
    if (filled)
        return err_set(err, ERR_USAGE, "account \"%s\": give the values themselves, not ${...}",
                       entry->name);
    out->path = file->path;
    return node_append(file->text, file->len, file->path, accounts_key, entry_node(entry, arena),
                       arena, &out->text, &out->len, err);
}

/* --- Whether it came out as it was meant
 * -----------------------------------------------------------
 */

static bool has_tags(const struct pairs *have, const struct pairs *want)
{
    if (have->count != want->count)
        return false;
    for (size_t i = 0; i < want->count; i++)
        if (!str_eq(have->items[i].key, want->items[i].key) ||
            !str_eq(have->items[i].value, want->items[i].value))
            return false;
    return true;
}

int baseline_check_added(const struct baseline *before, const struct baseline *after,
                         const struct account_entry *entry, struct err *err)
{
    const struct account *account = baseline_account(after, entry->name);

    if (account != NULL && after->account_count == before->account_count + 1 &&
        baseline_account(before, entry->name) == NULL && str_eq(account->email, entry->email) &&
        str_eq(account->id, entry->id) &&
        str_eq(account->ou == NULL ? NULL : account->ou->path, entry->ou) &&
        has_tags(&account->tags, &entry->tags))
        return 0;
    return err_set(err, ERR_CONFIG,
                   "%s with account \"%s\" would not be the same baseline and that account: add "
                   "it by hand",
                   after->file, entry->name);
}
