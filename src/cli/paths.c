#include "paths.h"

#include "cli.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/secret.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"

#include <dirent.h>
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef VEC(const char *) names;

/* The folder of the program; NULL if it cannot be known. */
static const char *program_folder(struct arena *arena)
{
    char program[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", program, sizeof program - 1);

    if (len <= 0)
        return NULL;
    program[len] = '\0';
    return arena_str(arena, dirname(program));
}

/* "../share/plinth" as the program sees it, so that an installation can be moved as a whole; NULL
 * if it is not there. */
static const char *beside_program(const char *folder, struct arena *arena)
{
    char data[PATH_MAX];

    if (folder == NULL || realpath(arena_printf(arena, "%s/../share/plinth", folder), data) == NULL)
        return NULL;
    return arena_str(arena, data);
}

/* Who installs plinth need not trust the tree that somebody built it in, long ago. */
static bool lies_where_built(const char *folder)
{
    char built[PATH_MAX];

    return folder != NULL && realpath(PLINTH_BINARYDIR, built) != NULL && str_eq(folder, built);
}

static const char *const *data_dirs(struct arena *arena)
{
    const char *given = env_text("PLINTH_DATADIR");
    const char *folder = program_folder(arena), *beside = beside_program(folder, arena);
    names dirs = {0};

    if (given != NULL) {
        *VEC_ADD(arena, &dirs) = given;
    } else {
        if (beside != NULL)
            *VEC_ADD(arena, &dirs) = beside;
        *VEC_ADD(arena, &dirs) = PLINTH_DATADIR;
        if (lies_where_built(folder))
            *VEC_ADD(arena, &dirs) = PLINTH_SOURCEDIR;
    }
    *VEC_ADD(arena, &dirs) = NULL;
    return dirs.items;
}

/* "baselines/startup.yaml" and "startup" are "startup"; NULL for a path of any other shape. */
static const char *shipped_name(const char *argument, struct arena *arena)
{
    static const char folder[] = "baselines/", ending[] = ".yaml";
    size_t len;

    if (str_starts(argument, folder))
        argument += strlen(folder);
    len = strlen(argument) - (str_ends(argument, ending) ? strlen(ending) : 0);
    if (len == 0 || memchr(argument, '/', len) != NULL || argument[0] == '.')
        return NULL;
    return arena_strn(arena, argument, len);
}

static void add_shipped(const char *data_dir, struct arena *arena, names *out)
{
    DIR *dir = opendir(arena_printf(arena, "%s/baselines", data_dir));
    const struct dirent *entry;

    if (dir == NULL)
        return;
    while ((entry = readdir(dir)) != NULL)
        if (entry->d_name[0] != '.' && str_ends(entry->d_name, ".yaml"))
            *VEC_ADD(arena, out) =
                arena_strn(arena, entry->d_name, strlen(entry->d_name) - strlen(".yaml"));
    (void)closedir(dir);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "minimal, startup": for messages. */
static const char *join(const names *shipped, struct arena *arena)
{
    const char *text = "";

    for (size_t i = 0; i < shipped->count; i++)
        if (i == 0 || !str_eq(shipped->items[i], shipped->items[i - 1]))
            text = arena_printf(arena, "%s%s%s", text, i == 0 ? "" : ", ", shipped->items[i]);
    return text;
}

static int not_found(const char *argument, const char *name, const char *const *dirs,
                     struct arena *arena, struct err *err)
{
    names shipped = {0};
    const char *near;

    for (size_t i = 0; dirs[i] != NULL; i++)
        add_shipped(dirs[i], arena, &shipped);
    if (shipped.count > 0)
        qsort(shipped.items, shipped.count, sizeof *shipped.items, by_name);
    if (argument == NULL)
        return err_set(err, ERR_USAGE,
                       "no " PATHS_BASELINE_DEFAULT " here: name a baseline, or write one with "
                       "plinth init%s%s",
                       shipped.count == 0 ? "" : "; shipped baselines: ", join(&shipped, arena));
    if (access(argument, F_OK) == 0)
        return err_set(err, ERR_USAGE, "%s is a folder, not a baseline", argument);
    near = name == NULL ? NULL : str_nearest(name, shipped.items, shipped.count);
    if (near != NULL)
        return err_set(err, ERR_USAGE, "no baseline \"%s\"; did you mean \"%s\"?", argument, near);
    return err_set(err, ERR_USAGE, "no baseline \"%s\"%s%s", argument,
                   shipped.count == 0 ? "" : "; shipped baselines: ", join(&shipped, arena));
}

/* A folder is none, so that one named "startup" does not hide the baseline. */
static bool can_be_baseline(const char *path)
{
    struct stat info;

    return stat(path, &info) == 0 && !S_ISDIR(info.st_mode);
}

const char *paths_input(const char *word)
{
    return str_eq(word, "-") ? "/dev/stdin" : word;
}

int paths_read(const char *path, size_t bytes_most, struct arena *arena, char **out,
               size_t *out_len, struct err *err)
{
    FILE *file = fopen(path, "re");
    char block[16 * 1024];
    size_t got;
    int result = 0;
    struct buf text;

    if (file == NULL)
        return err_errno(err, errno, "%s", path);
    buf_init(&text, bytes_most);
    while (!text.overflow && (got = fread(block, 1, sizeof block, file)) > 0)
        buf_add(&text, block, got);
    if (ferror(file))
        result = err_errno(err, errno, "%s", path);
    else if (text.overflow)
        result = err_set(err, ERR_LIMIT, "%s: larger than %zu bytes", path, bytes_most);
    *out_len = text.len;
    *out = arena_strn(arena, buf_text(&text), text.len);
    wipe(text.data, text.len);
    wipe(block, sizeof block);
    buf_fini(&text);
    (void)fclose(file);
    return result;
}

int paths_baseline(const char *argument, struct arena *arena, const char **out, struct err *err)
{
    const char *const *dirs = data_dirs(arena);
    const char *name = argument == NULL ? NULL : shipped_name(argument, arena);
    const char *path = argument == NULL ? PATHS_BASELINE_DEFAULT : argument;

    path = paths_input(path);
    if (can_be_baseline(path)) {
        *out = path;
        return 0;
    }
    for (size_t i = 0; name != NULL && dirs[i] != NULL; i++) {
        path = arena_printf(arena, "%s/baselines/%s.yaml", dirs[i], name);
        if (can_be_baseline(path)) {
            *out = path;
            return 0;
        }
    }
    return not_found(argument, name, dirs, arena, err);
}

const char *const *paths_templates(const char *baseline, struct arena *arena)
{
    const char *const *dirs = data_dirs(arena);
    names out = {0};

    /* As source_path: what comes through a pipe has no folder of its own. */
    *VEC_ADD(arena, &out) =
        str_starts(baseline, "/dev/")
            ? "templates"
            : arena_printf(arena, "%s/templates", dirname(arena_str(arena, baseline)));
    for (size_t i = 0; dirs[i] != NULL; i++)
        *VEC_ADD(arena, &out) = arena_printf(arena, "%s/templates", dirs[i]);
    *VEC_ADD(arena, &out) = NULL;
    return out.items;
}
