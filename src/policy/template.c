/*
 * template.c - find templates and read them; render.c fills them in.
 */
#include "plinth/policy/template.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"
#include "plinth/policy/organization.h"
#include "template_priv.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { NAMES_MOST = 4096, FOLDER_DEPTH_MOST = 4, MESSAGE_BYTES = 512 };

#define SUFFIX ".yaml"

int template_fail(const struct node *node, struct err *err, const char *format, ...)
{
    char text[MESSAGE_BYTES];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return err_set(err, ERR_CONFIG, "%s:%d:%d: %s", node->mark.file, node->mark.line,
                   node->mark.column, text);
}

/* --- Parameters ----------------------------------------------------------------------------------
 */

static size_t name_length(const char *text)
{
    if (text[0] < 'a' || text[0] > 'z')
        return 0;
    return strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_");
}

bool template_find_reference(const char *text, struct template_reference *out)
{
    for (const char *at = strstr(text, "${"); at != NULL; at = strstr(at + 2, "${")) {
        size_t len = name_length(at + 2);

        if (len == 0 || at[2 + len] != '}')
            continue;
        *out = (struct template_reference){
            .start = at, .end = at + 2 + len + 1, .name = at + 2, .name_len = len};
        return true;
    }
    return false;
}

const struct template_parameter *template_find_parameter(const struct policy_template *template,
                                                         const char *name, size_t len)
{
    for (size_t i = 0; i < template->parameter_count; i++)
        if (strlen(template->parameter_list[i].name) == len &&
            strncmp(template->parameter_list[i].name, name, len) == 0)
            return &template->parameter_list[i];
    return NULL;
}

const char **template_parameter_names(const struct policy_template *template, struct arena *arena)
{
    const char **names = arena_array(arena, template->parameter_count + 1, sizeof *names);

    for (size_t i = 0; i < template->parameter_count; i++)
        names[i] = template->parameter_list[i].name;
    return names;
}

/* Every key of the map is one of `known`. */
static int check_keys(const struct node *map, const char *const *known, size_t count,
                      struct err *err)
{
    for (size_t i = 0; i < map->count; i++) {
        const char *key = map->keys[i]->text, *nearest;
        size_t at = 0;

        while (at < count && !str_eq(known[at], key))
            at++;
        if (at < count)
            continue;
        nearest = str_nearest(key, known, count);
        if (nearest != NULL)
            return template_fail(map->keys[i], err, "unknown key '%s'; did you mean '%s'?", key,
                                 nearest);
        return template_fail(map->keys[i], err, "unknown key '%s'", key);
    }
    return 0;
}

static int need_text(const struct node *map, const char *key, const char **out, struct err *err)
{
    const struct node *value = node_get(map, key);

    if (value == NULL)
        return template_fail(map, err, "no '%s'", key);
    if (value->type != NODE_SCALAR || node_is_null(value))
        return template_fail(value, err, "'%s' must be text", key);
    *out = value->text;
    return 0;
}

static int read_bool(const struct node *node, const char *key, bool *out, struct err *err)
{
    if (node->type != NODE_SCALAR || node->quoted ||
        (!str_eq(node->text, "true") && !str_eq(node->text, "false")))
        return template_fail(node, err, "'%s' must be true or false", key);
    *out = str_eq(node->text, "true");
    return 0;
}

static int read_type(const struct node *map, enum template_type *out, struct err *err)
{
    static const char *const types[] = {
        [TEMPLATE_STRING] = "string", [TEMPLATE_LIST] = "list", [TEMPLATE_BOOL] = "bool"};
    const char *text = NULL;

    if (need_text(map, "type", &text, err) != 0)
        return -1;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (str_eq(types[i], text)) {
            *out = (enum template_type)i;
            return 0;
        }
    }
    return template_fail(node_get(map, "type"), err, "'type' must be string, list or bool");
}

static int read_parameter(const struct node *key, const struct node *map,
                          struct template_parameter *out, struct err *err)
{
    static const char *const known[] = {"type", "doc", "default", "required"};
    const struct node *required;

    if (name_length(key->text) != strlen(key->text))
        return template_fail(key, err,
                             "a parameter's name is small letters, digits and underscores");
    if (map->type != NODE_MAP)
        return template_fail(map, err, "a parameter must be a map");
    *out = (struct template_parameter){.name = key->text, .key = key};
    if (check_keys(map, known, sizeof known / sizeof known[0], err) != 0 ||
        read_type(map, &out->type, err) != 0 || need_text(map, "doc", &out->doc, err) != 0)
        return -1;
    out->fallback = node_get(map, "default");
    required = node_get(map, "required");
    return required == NULL ? 0 : read_bool(required, "required", &out->required, err);
}

static int read_parameters(struct policy_template *template, struct arena *arena, struct err *err)
{
    const struct node *map = template->parameters;
    struct template_parameter *list;

    if (map == NULL)
        return 0;
    if (map->type != NODE_MAP)
        return template_fail(map, err, "'parameters' must be a map");
    list = arena_array(arena, map->count + 1, sizeof *list);
    for (size_t i = 0; i < map->count; i++)
        if (read_parameter(map->keys[i], map->items[i], &list[i], err) != 0 ||
            template_check_default(&list[i], arena, err) != 0)
            return -1;
    template->parameter_list = list;
    template->parameter_count = map->count;
    return 0;
}

/* --- The document --------------------------------------------------------------------------------
 */

bool template_is_switch(const char *key)
{
    return str_eq(key, TEMPLATE_WHEN) || str_eq(key, TEMPLATE_UNLESS);
}

struct references {
    const struct policy_template *template;
    bool *used; /* by parameter */
    struct arena *arena;
    struct err *err;
};

static const struct template_parameter *use(struct references *references, const struct node *node,
                                            const char *name, size_t len)
{
    const struct policy_template *template = references->template;
    const struct template_parameter *parameter = template_find_parameter(template, name, len);
    const char *nearest, *text;

    if (parameter != NULL) {
        references->used[parameter - template->parameter_list] = true;
        return parameter;
    }
    text = arena_strn(references->arena, name, len);
    nearest = str_nearest(text, template_parameter_names(template, references->arena),
                          template->parameter_count);
    (void)template_fail(node, references->err, "no parameter '%s'%s%s%s", text,
                        nearest == NULL ? "" : "; did you mean '", nearest == NULL ? "" : nearest,
                        nearest == NULL ? "" : "'?");
    return NULL;
}

static int check_text(struct references *references, const struct node *node)
{
    struct template_reference reference;
    size_t lists = 0;

    for (const char *at = node->text; template_find_reference(at, &reference); at = reference.end) {
        const struct template_parameter *parameter =
            use(references, node, reference.name, reference.name_len);

        if (parameter == NULL)
            return -1;
        lists += parameter->type == TEMPLATE_LIST;
    }
    if (lists > 1)
        return template_fail(node, references->err, "two lists in one text");
    return 0;
}

static int check_references(struct references *references, const struct node *node)
{
    struct template_reference reference;

    if (node->type == NODE_SCALAR)
        return check_text(references, node);
    for (size_t i = 0; i < node->count; i++) {
        const struct node *key = node->type == NODE_MAP ? node->keys[i] : NULL;
        const struct node *value = node->items[i];

        if (key != NULL && template_is_switch(key->text)) {
            if (value->type != NODE_SCALAR)
                return template_fail(value, references->err, "'%s' must name a parameter",
                                     key->text);
            if (use(references, value, value->text, strlen(value->text)) == NULL)
                return -1;
            continue;
        }
        if (key != NULL && template_find_reference(key->text, &reference))
            return template_fail(key, references->err,
                                 "parameters are replaced in values, not in keys");
        if (check_references(references, value) != 0)
            return -1;
    }
    return 0;
}

static int check_document(const struct policy_template *template, struct arena *arena,
                          struct err *err)
{
    struct references references = {.template = template, .arena = arena, .err = err};

    if (template->document->type != NODE_MAP)
        return template_fail(template->document, err, "'document' must be a map");
    references.used = arena_array(arena, template->parameter_count + 1, sizeof(bool));
    if (check_references(&references, template->document) != 0)
        return -1;
    for (size_t i = 0; i < template->parameter_count; i++)
        if (!references.used[i])
            return template_fail(template->parameter_list[i].key, err,
                                 "parameter '%s' is used nowhere",
                                 template->parameter_list[i].name);
    return 0;
}

/* --- Templates -----------------------------------------------------------------------------------
 */

static int check_type(const struct node *node, struct arena *arena, struct err *err)
{
    const struct policy_type *types = policy_types();
    VEC(const char *) keys = {0};
    const char *nearest;

    for (const struct policy_type *type = types; type->key != NULL; type++) {
        if (str_eq(type->key, node->text))
            return 0;
        *VEC_ADD(arena, &keys) = type->key;
    }
    nearest = str_nearest(node->text, keys.items, keys.count);
    if (nearest != NULL)
        return template_fail(node, err, "unknown type '%s'; did you mean '%s'?", node->text,
                             nearest);
    return template_fail(node, err, "unknown type '%s'", node->text);
}

int policy_template_parse(const struct node *root, struct arena *arena,
                          struct policy_template **out, struct err *err)
{
    static const char *const known[] = {"type", "description", "parameters", "document"};
    struct policy_template *template = arena_alloc(arena, sizeof *template);

    if (root->type != NODE_MAP)
        return template_fail(root, err, "a template must be a map");
    if (check_keys(root, known, sizeof known / sizeof known[0], err) != 0 ||
        need_text(root, "type", &template->type_key, err) != 0 ||
        check_type(node_get(root, "type"), arena, err) != 0 ||
        need_text(root, "description", &template->description, err) != 0)
        return -1;
    template->path = root->mark.file;
    template->parameters = node_get(root, "parameters");
    template->document = node_get(root, "document");
    if (template->document == NULL)
        return template_fail(root, err, "no 'document'");
    if (read_parameters(template, arena, err) != 0 || check_document(template, arena, err) != 0)
        return -1;
    *out = template;
    return 0;
}

/* --- Files ---------------------------------------------------------------------------------------
 */

struct names {
    const char **items;
    size_t count, capacity;
};

static int list_folder(const char *dir, const char *prefix, int depth, struct arena *arena,
                       struct names *names, struct err *err);

static int list_entry(const char *dir, const char *prefix, const char *entry, int depth,
                      struct arena *arena, struct names *names, struct err *err)
{
    const char *path = arena_printf(arena, "%s/%s", dir, entry);
    const char *name = arena_printf(arena, "%s%s", prefix, entry);
    struct stat info;

    if (entry[0] == '.' || stat(path, &info) != 0)
        return 0;
    if (S_ISDIR(info.st_mode))
        return depth == FOLDER_DEPTH_MOST ? 0
                                          : list_folder(path, arena_printf(arena, "%s/", name),
                                                        depth + 1, arena, names, err);
    if (!str_ends(entry, SUFFIX))
        return 0;
    if (names->count == NAMES_MOST)
        return err_set(err, ERR_LIMIT, "%s: more than %d templates", dir, NAMES_MOST);
    *VEC_ADD(arena, names) = arena_strn(arena, name, strlen(name) - strlen(SUFFIX));
    return 0;
}

static int list_folder(const char *dir, const char *prefix, int depth, struct arena *arena,
                       struct names *names, struct err *err)
{
    DIR *folder = opendir(dir);
    const struct dirent *entry;
    int result = 0;

    if (folder == NULL)
        return errno == ENOENT ? 0 : err_errno(err, errno, "%s", dir);
    while (result == 0 && (entry = readdir(folder)) != NULL)
        result = list_entry(dir, prefix, entry->d_name, depth, arena, names, err);
    (void)closedir(folder);
    return result;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int policy_template_names(const char *const *dirs, struct arena *arena, const char ***out,
                          size_t *out_count, struct err *err)
{
    struct names names = {0};
    size_t kept = 0;

    for (; *dirs != NULL; dirs++)
        if (list_folder(*dirs, "", 0, arena, &names, err) != 0)
            return -1;
    if (names.count > 0)
        qsort(names.items, names.count, sizeof *names.items, compare_names);
    for (size_t i = 0; i < names.count; i++)
        if (kept == 0 || !str_eq(names.items[kept - 1], names.items[i]))
            names.items[kept++] = names.items[i];
    *out = names.items;
    *out_count = kept;
    return 0;
}

/* Nothing that leaves the directories: folders and words only. */
static bool is_template_name(const char *name)
{
    for (const char *at = name;; at++) {
        size_t len = strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");

        at += len;
        if (len == 0 || (*at != '/' && *at != '\0'))
            return false;
        if (*at == '\0')
            return true;
    }
}

static int not_found(const char *name, const char *const *dirs, struct arena *arena,
                     struct err *err)
{
    const char *where = "", *nearest, *all = "", **names;
    size_t count;

    for (size_t i = 0; dirs[i] != NULL; i++)
        where = arena_printf(arena, "%s%s%s", where, i == 0 ? "" : ", ", dirs[i]);
    if (policy_template_names(dirs, arena, &names, &count, err) != 0)
        return -1;
    nearest = str_nearest(name, names, count);
    if (nearest != NULL)
        return err_set(err, ERR_NOTFOUND, "no template '%s' in %s; did you mean '%s'?", name, where,
                       nearest);
    for (size_t i = 0; i < count; i++)
        all = arena_printf(arena, "%s%s%s", all, i == 0 ? "" : ", ", names[i]);
    return err_set(err, ERR_NOTFOUND, "no template '%s' in %s; there is %s", name, where,
                   count == 0 ? "none at all" : all);
}

int policy_template_load(const char *name, const char *const *dirs, struct arena *arena,
                         struct policy_template **out, struct err *err)
{
    if (!is_template_name(name))
        return err_set(err, ERR_CONFIG,
                       "'%s' names no template: a name is like scp/region-limits, without %s", name,
                       SUFFIX);
    for (size_t i = 0; dirs[i] != NULL; i++) {
        const char *path = arena_printf(arena, "%s/%s" SUFFIX, dirs[i], name);
        struct node *root;
        struct stat info;

        if (stat(path, &info) != 0)
            continue;
        if (node_parse_file(path, arena, &root, err) != 0)
            return -1;
        return policy_template_parse(root, arena, out, err);
    }
    return not_found(name, dirs, arena, err);
}
