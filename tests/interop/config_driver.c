/*
 * config_driver.c - parses the files and splits the commands that config_differential.py makes up.
 */
#include "driver.h"

#include "plinth/aws/config_file.h"

#include "text_priv.h"

#include <string.h>

static void put_entries(struct json *out, const struct config_section *section)
{
    for (size_t i = 0; section != NULL && i < section->count; i++) {
        struct json *entry = json_add_object(out);

        json_put_str(entry, "key", section->entries[i].key);
        json_put_str(entry, "value", section->entries[i].value);
        json_put_bool(entry, "nested", section->entries[i].nested);
    }
}

static int parse(const char *text, enum config_kind kind, struct arena *arena, struct json *answer,
                 struct err *err)
{
    struct json *sections = json_put_array(answer, "sections");
    struct config_file file;

    if (config_file_parse(text, strlen(text), "f", kind, arena, &file, err) != 0)
        return -1;
    for (size_t i = 0; i < file.count; i++) {
        const struct config_section *section = &file.sections[i];
        struct json *out = json_add_object(sections), *entries;

        json_put_str(out, "type", section->type);
        json_put_str(out, "name", section->name);
        entries = json_put_array(out, "entries");
        put_entries(entries, section->defaults);
        put_entries(entries, section);
    }
    return 0;
}

static int split(const char *command, struct arena *arena, struct json *answer, struct err *err)
{
    struct json *out = json_put_array(answer, "words");
    size_t count = 0;
    char **words;

    if (!text_shell_split(command, arena, &words, &count))
        return err_set(err, ERR_CONFIG, "it does not end");
    for (size_t i = 0; i < count; i++)
        json_add_str(out, words[i]);
    return 0;
}

static int answer_one(const struct json *question, struct arena *arena, struct json *answer,
                      struct err *err)
{
    const char *command = json_str(question, "command");

    if (command != NULL)
        return split(command, arena, answer, err);
    return parse(json_str(question, "text"),
                 json_bool(question, "credentials", false) ? CONFIG_KIND_CREDENTIALS
                                                           : CONFIG_KIND_CONFIG,
                 arena, answer, err);
}

int main(void)
{
    return driver_run(answer_one);
}
