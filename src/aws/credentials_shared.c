/*
 * credentials_shared.c - keys that stand in ~/.aws/credentials or ~/.aws/config.
 */
#include "plinth/base/arena.h"
#include "plinth/base/secret.h"

#include "credentials_priv.h"

struct shared {
    struct source source;
    enum config_kind kind;
};

static const char *value_of(const struct config_section *section, const char *key)
{
    const struct config_entry *entry = config_section_entry(section, key);

    return entry == NULL || *entry->value == '\0' ? NULL : entry->value;
}

static int take_keys(struct source *source, const struct config_file *file,
                     struct credentials **out, struct err *err)
{
    const struct config_section *section = config_file_section(file, "profile", source->profile);
    const struct config_entry *key_id = config_section_entry(section, "aws_access_key_id");
    const char *secret = value_of(section, "aws_secret_access_key");
    const char *token = value_of(section, "aws_security_token"); /* the older name wins */

    if (key_id == NULL)
        return source_absent(source, err);
    if (*key_id->value == '\0')
        return err_set(err, ERR_CONFIG, "%s:%d: aws_access_key_id is empty", file->path,
                       key_id->line);
    if (secret == NULL)
        return err_set(err, ERR_CONFIG,
                       "%s:%d: profile \"%s\" has aws_access_key_id, but no "
                       "aws_secret_access_key",
                       file->path, key_id->line, source->profile);
    if (token == NULL)
        token = value_of(section, "aws_session_token");
    *out = credentials_new(key_id->value, secret_of(secret), secret_of(token), 0);
    credentials_set_account(*out, value_of(section, "aws_account_id"));
    return 0;
}

static int shared_fetch(struct source *source, struct arena *scratch, struct credentials **out,
                        struct err *err)
{
    const struct shared *shared = (const struct shared *)source;
    struct profiles profiles;
    int result;

    if (profiles_load(source->world, scratch, &profiles, err) != 0)
        return -1;
    result = take_keys(
        source, shared->kind == CONFIG_KIND_CREDENTIALS ? &profiles.credentials : &profiles.config,
        out, err);
    profiles_wipe(&profiles);
    return result;
}

struct credentials_provider *credentials_shared_new(const struct credentials_world *world,
                                                    const char *profile, enum config_kind kind)
{
    const char *name = kind == CONFIG_KIND_CREDENTIALS ? "shared credentials file" : "config file";
    struct source *source = source_new(sizeof(struct shared), name, world, profile, shared_fetch);

    ((struct shared *)source)->kind = kind;
    return &source->base;
}
