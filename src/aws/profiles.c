#include "profiles_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"

const char *world_variable(const struct credentials_world *world, const char *name)
{
    const char *value = world->variable(world->arg, name);

    return value == NULL || *value == '\0' ? NULL : value;
}

const char *world_path(const struct credentials_world *world, const char *path, struct arena *arena)
{
    const char *home = world_variable(world, "HOME");

    if (home == NULL || path[0] != '~' || (path[1] != '/' && path[1] != '\0'))
        return path;
    return arena_printf(arena, "%s%s", home, path + 1);
}

/* --- Load ----------------------------------------------------------------------------------------
 */

static int read_one(struct profiles *profiles, const char *variable, const char *otherwise,
                    enum config_kind kind, struct config_file *out, struct err *err)
{
    const char *path = world_variable(profiles->world, variable);

    path = world_path(profiles->world, path == NULL ? otherwise : path, profiles->arena);
    return config_file_read(path, kind, profiles->arena, out, err);
}

static const char *nearest(const struct profiles *profiles, const char *name)
{
    const struct config_file *files[] = {&profiles->config, &profiles->credentials};
    VEC(const char *) names = {0};

    for (size_t i = 0; i < 2; i++)
        for (size_t j = 0; j < files[i]->count; j++)
            if (str_eq(files[i]->sections[j].type, "profile"))
                *VEC_ADD(profiles->arena, &names) = files[i]->sections[j].name;
    return str_nearest(name, names.items, names.count);
}

/* "default" need not exist, unless somebody asked for it by name. */
static int choose(struct profiles *profiles, struct err *err)
{
    const struct credentials_world *world = profiles->world;
    const char *name = world->profile, *meant;

    if (name == NULL)
        name = world_variable(world, "AWS_DEFAULT_PROFILE");
    if (name == NULL)
        name = world_variable(world, "AWS_PROFILE");
    profiles->name = arena_str(profiles->arena, name == NULL ? "default" : name);
    if (name == NULL || profiles_have(profiles, name))
        return 0;
    meant = nearest(profiles, name);
    return err_set(err, ERR_CONFIG, "profile \"%s\" is neither in %s nor in %s%s%s%s", name,
                   profiles->config.path, profiles->credentials.path,
                   meant == NULL ? "" : "; did you mean \"", meant == NULL ? "" : meant,
                   meant == NULL ? "" : "\"?");
}

int profiles_load(const struct credentials_world *world, struct arena *arena, struct profiles *out,
                  struct err *err)
{
    struct profiles profiles = {.world = world, .arena = arena};

    if (read_one(&profiles, "AWS_CONFIG_FILE", "~/.aws/config", CONFIG_KIND_CONFIG,
                 &profiles.config, err) != 0 ||
        read_one(&profiles, "AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials",
                 CONFIG_KIND_CREDENTIALS, &profiles.credentials, err) != 0 ||
        choose(&profiles, err) != 0) {
        profiles_wipe(&profiles);
        return -1;
    }
    *out = profiles;
    return 0;
}

void profiles_wipe(struct profiles *profiles)
{
    config_file_wipe(&profiles->config);
    config_file_wipe(&profiles->credentials);
}

/* --- Look ----------------------------------------------------------------------------------------
 */

bool profiles_have(const struct profiles *profiles, const char *profile)
{
    return config_file_section(&profiles->config, "profile", profile) != NULL ||
           config_file_section(&profiles->credentials, "profile", profile) != NULL;
}

const struct config_entry *profiles_entry(const struct profiles *profiles, const char *profile,
                                          const char *key, const struct config_file **out_file)
{
    const struct config_file *files[] = {&profiles->credentials, &profiles->config};

    for (size_t i = 0; i < 2; i++) {
        const struct config_section *section = config_file_section(files[i], "profile", profile);
        const struct config_entry *entry = config_section_entry(section, key);

        if (entry == NULL)
            continue;
        if (out_file != NULL)
            *out_file = files[i];
        return entry;
    }
    return NULL;
}

const char *profiles_value(const struct profiles *profiles, const char *profile, const char *key)
{
    const struct config_entry *entry = profiles_entry(profiles, profile, key, NULL);

    return entry == NULL ? NULL : entry->value;
}

const char *profiles_setting(const struct profiles *profiles, const char *variable, const char *key)
{
    const char *value = world_variable(profiles->world, variable);

    if (value == NULL)
        value = profiles_value(profiles, profiles->name, key);
    return value == NULL || *value == '\0' ? NULL : value;
}

const char *profiles_place(const struct profiles *profiles, const char *profile, const char *key)
{
    const struct config_file *file = &profiles->config;
    const struct config_entry *entry = profiles_entry(profiles, profile, key, &file);
    const struct config_section *section;

    if (entry != NULL)
        return arena_printf(profiles->arena, "%s:%d", file->path, entry->line);
    section = config_file_section(file, "profile", profile);
    if (section == NULL) {
        file = &profiles->credentials;
        section = config_file_section(file, "profile", profile);
    }
    if (section == NULL)
        return profiles->config.path;
    return arena_printf(profiles->arena, "%s:%d", file->path, section->line);
}
