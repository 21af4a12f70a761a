/*
 * profiles_priv.h - the config file and the credentials file as one set of profiles.
 *
 * Layer:  aws, private.
 */
#ifndef PLINTH_AWS_PROFILES_PRIV_H
#define PLINTH_AWS_PROFILES_PRIV_H

#include "plinth/aws/config_file.h"
#include "plinth/aws/credentials.h"

#include <stdbool.h>

struct profiles {
    const struct credentials_world *world;
    struct arena *arena;
    struct config_file config, credentials;
    const char *name; /* of the profile that was chosen */
};

/* An environment variable; NULL if it is unset or empty.  yields: no. */
const char *world_variable(const struct credentials_world *world, const char *name);

/* `path` with a leading "~" replaced by $HOME.  owns: `arena` or `path`.  yields: no. */
const char *world_path(const struct credentials_world *world, const char *path,
                       struct arena *arena);

/* Read both files.  They hold secrets: call profiles_wipe when all that is needed was copied.
 * owns: `arena`.  err: ERR_CONFIG with file and line; when the profile was chosen, by option or
 * variable, and does not exist; ERR_IO, ERR_LIMIT.  yields: no. */
int profiles_load(const struct credentials_world *world, struct arena *arena, struct profiles *out,
                  struct err *err);
void profiles_wipe(struct profiles *profiles);

bool profiles_have(const struct profiles *profiles, const char *profile);

/* A key of a profile, the credentials file first; NULL.  *out_file (if wanted) is where it stands.
 * owns: `profiles`.  yields: no. */
const struct config_entry *profiles_entry(const struct profiles *profiles, const char *profile,
                                          const char *key, const struct config_file **out_file);
const char *profiles_value(const struct profiles *profiles, const char *profile, const char *key);

/* The value of a variable, else of a key of the chosen profile; NULL.  yields: no. */
const char *profiles_setting(const struct profiles *profiles, const char *variable,
                             const char *key);

/* "path:line" of a key, or of the profile if it has none such, for messages.
 * owns: profiles->arena.  yields: no. */
const char *profiles_place(const struct profiles *profiles, const char *profile, const char *key);

#endif
