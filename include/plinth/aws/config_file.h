/*
 * config_file.h - ~/.aws/config and ~/.aws/credentials.
 *
 * Layer:  aws.  Source: AWS SDKs and Tools Reference Guide, "Shared config and credentials files";
 *         where the guide is silent, botocore's reading (sections, nested properties, comments).
 *         Stricter than botocore: control characters are an error, and nested lines of [DEFAULT]
 * are looked at even where no section takes them. Limits: LIMIT_CONFIG_BYTES,
 * LIMIT_CONFIG_LINE_BYTES.
 */
#ifndef PLINTH_AWS_CONFIG_FILE_H
#define PLINTH_AWS_CONFIG_FILE_H

#include "plinth/base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct arena; /* base/arena.h */

struct config_entry {
    const char *key;   /* lower case; nested ones as "parent.child", the child as it was written */
    const char *value; /* lines that continue it stand behind '\n'; "" for a parent */
    int line;
    bool nested;
};

struct config_section {
    const char *type; /* "profile", "sso-session", "services"; "profile" for a bare [default] */
    const char *name;
    struct config_entry *entries; /* as they stand: of equal keys the last one counts */
    size_t count, capacity;
    int line;
    const struct config_section *defaults; /* [DEFAULT], in force where a key is absent; NULL */
};

struct config_file {
    const char *path;
    struct config_section *sections; /* of equal names the last one counts */
    size_t count, capacity;
    char *text; /* what keys and values point into */
    size_t text_len;
};

enum config_kind { CONFIG_KIND_CONFIG, CONFIG_KIND_CREDENTIALS };

/* Parse text.  owns: `arena`.  err: ERR_CONFIG "path:line: what", ERR_LIMIT.  yields: no. */
int config_file_parse(const char *text, size_t len, const char *path, enum config_kind kind,
                      struct arena *arena, struct config_file *out, struct err *err);

/* Read and parse; a file that does not exist is empty.  err: also ERR_IO.  yields: no. */
int config_file_read(const char *path, enum config_kind kind, struct arena *arena,
                     struct config_file *out, struct err *err);

/* Overwrite all keys and values; nothing may be read from the file after it.  yields: no. */
void config_file_wipe(struct config_file *file);

/* NULL if there is none.  yields: no. */
const struct config_section *config_file_section(const struct config_file *file, const char *type,
                                                 const char *name);
const struct config_entry *config_section_entry(const struct config_section *section,
                                                const char *key);

#endif
