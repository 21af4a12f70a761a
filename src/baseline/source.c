#include "source.h"

#include "names.h"
#include "plinth/base/arena.h"
#include "plinth/base/limits.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"
#include "tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct reading {
    struct arena *arena;
    struct diags *diags;
    struct names seen; /* real path -> the path that it was read by */
    const struct file_text *instead;
    VEC(const char *) files;
    VEC(const struct node *) waiting; /* items of `include` */
};

/* --- Merging -------------------------------------------------------------------------------------
 */

/* Nothing behind a key is an empty map or list, whichever the other one is. */
static struct node *combine(void *arg, const struct node *key_a, struct node *a,
                            const struct node *key_b, struct node *b)
{
    struct reading *reading = arg;

    if (a->type == NODE_MAP && b->type == NODE_MAP)
        return tree_merge(a, b, combine, reading, reading->arena);
    if (a->type == NODE_LIST && b->type == NODE_LIST)
        return tree_append(a, b, reading->arena);
    if (node_is_null(a) && b->type != NODE_SCALAR)
        return b;
    if (node_is_null(b) && a->type != NODE_SCALAR)
        return a;
    diags_add(reading->diags, &key_b->mark, "'%s' stands already at %s", key_b->text,
              mark_text(&key_a->mark, reading->arena));
    return a;
}

/* --- Including -----------------------------------------------------------------------------------
 */

const char *source_path(const char *file, const char *name, struct arena *arena)
{
    /* What comes through a pipe has no folder of its own. */
    const char *slash = str_starts(file, "/dev/") ? NULL : strrchr(file, '/');

    if (name[0] == '/' || slash == NULL)
        return arena_str(arena, name);
    return arena_printf(arena, "%.*s/%s", (int)(slash - file), file, name);
}

/* Whether the file may be read: it was not yet, and it is not one too many. */
static int enter(struct reading *reading, const char *path, struct err *err)
{
    char *real = realpath(path, NULL);
    const char *known = arena_str(reading->arena, real == NULL ? path : real), *before;

    /* What is no file, such as /dev/stdin of a pipe, can be opened without a path of its own. */
    if (real == NULL && access(path, R_OK) != 0)
        return err_errno(err, errno, "%s: cannot be opened", path);
    free(real);
    before = names_add(&reading->seen, known, arena_str(reading->arena, path));
    if (before != NULL)
        return err_set(err, ERR_CONFIG, "%s is part of this baseline already (as %s)", path,
                       before);
    if (reading->files.count == LIMIT_INCLUDE_FILES)
        return err_set(err, ERR_LIMIT, "more than %d files in one baseline", LIMIT_INCLUDE_FILES);
    *VEC_ADD(reading->arena, &reading->files) = arena_str(reading->arena, path);
    return 0;
}

static void tell(void *arg, const struct mark *mark, const char *text)
{
    diags_add(arg, mark, "%s", text);
}

static int read_file(struct reading *reading, const char *path, struct node **out, struct err *err)
{
    const struct node_faults faults = {.tell = tell, .arg = reading->diags};
    const struct file_text *instead = reading->instead;

    if (enter(reading, path, err) != 0)
        return -1;
    if (instead != NULL && str_eq(instead->path, path))
        return node_parse_faults(instead->text, instead->len, path, &faults, reading->arena, out,
                                 err);
    return node_parse_file_faults(path, &faults, reading->arena, out, err);
}

/* Take the list of includes out of a file's tree and put its items behind those that wait. */
static struct node *queue_includes(struct reading *reading, struct node *tree)
{
    const struct node *list = node_get(tree, "include");

    if (list == NULL || list->type != NODE_LIST)
        return tree; /* the decoder says what it should be */
    for (size_t i = 0; i < list->count; i++)
        *VEC_ADD(reading->arena, &reading->waiting) = list->items[i];
    return tree_without(tree, "include", reading->arena);
}

/* Every file may say the version, as long as all say the same. */
static struct node *without_same_version(const struct node *tree, struct node *part,
                                         struct arena *arena)
{
    const struct node *ours = node_get(tree, "apiVersion"), *theirs = node_get(part, "apiVersion");

    if (ours == NULL || theirs == NULL || ours->type != NODE_SCALAR ||
        theirs->type != NODE_SCALAR || !str_eq(ours->text, theirs->text))
        return part;
    return tree_without(part, "apiVersion", arena);
}

static struct node *include(struct reading *reading, struct node *tree, const struct node *item)
{
    struct err err = ERR_INIT;
    const char *path;
    struct node *part;

    if (item->type != NODE_SCALAR || item->text[0] == '\0') {
        diags_add(reading->diags, &item->mark, "an item of 'include' must be the name of a file");
        return tree;
    }
    path = source_path(item->mark.file, item->text, reading->arena);
    if (read_file(reading, path, &part, &err) != 0) {
        diags_add_err(reading->diags, &item->mark, &err);
        return tree;
    }
    if (part->type != NODE_MAP) {
        diags_add(reading->diags, &part->mark, "a baseline must be a map, not %s",
                  node_type_name(part->type));
        return tree;
    }
    part = queue_includes(reading, part);
    return tree_merge(tree, without_same_version(tree, part, reading->arena), combine, reading,
                      reading->arena);
}

int source_read(const char *path, const struct file_text *instead, struct arena *arena,
                struct node **out, struct strings *files, struct diags *diags, struct err *err)
{
    struct reading reading = {.arena = arena, .diags = diags, .instead = instead};
    struct node *tree;

    names_init(&reading.seen, arena, false);
    if (read_file(&reading, path, &tree, err) != 0)
        return -1;
    tree = queue_includes(&reading, tree);
    /* Files that are read here add to those that wait. */
    for (size_t i = 0; i < reading.waiting.count; i++)
        tree = include(&reading, tree, reading.waiting.items[i]);
    *out = tree;
    *files = (struct strings){.items = reading.files.items, .count = reading.files.count};
    return 0;
}

int source_parse(const char *text, size_t len, const char *name, struct arena *arena,
                 struct node **out, struct diags *diags, struct err *err)
{
    const struct node_faults faults = {.tell = tell, .arg = diags};
    const struct node *list;

    if (node_parse_faults(text, len, name, &faults, arena, out, err) != 0)
        return -1;
    list = node_get(*out, "include");
    if (list != NULL)
        diags_add(diags, &list->mark, "'include' needs a baseline that is a file");
    return 0;
}
