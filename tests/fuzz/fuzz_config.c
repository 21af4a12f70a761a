/*
 * fuzz_config.c - a config file, read as either kind: every text stays inside the copy that gets
 * wiped, and what was found once is found by name.
 */
#include "fuzz.h"

#include "plinth/aws/config_file.h"
#include "plinth/base/arena.h"
#include "plinth/base/str.h"

#include <assert.h>
#include <string.h>

static void check_entry(const struct config_file *file, const struct config_entry *entry)
{
    assert(entry->value >= file->text && entry->value <= file->text + file->text_len);
    assert(utf8_valid(entry->value, strlen(entry->value)));
    assert(utf8_valid(entry->key, strlen(entry->key)));
    assert(entry->line > 0);
    assert(!entry->nested || strchr(entry->key, '.') != NULL);
}

static void check_section(const struct config_file *file, const struct config_section *section)
{
    int line = section->line;

    for (size_t i = 0; i < section->count; i++) {
        const struct config_entry *entry = &section->entries[i];

        check_entry(file, entry);
        assert(entry->line >= line);
        line = entry->line;
        assert(config_section_entry(section, entry->key) != NULL);
    }
}

static void check(const uint8_t *bytes, size_t len, enum config_kind kind)
{
    struct arena *arena = arena_new("fuzz");
    struct config_file file;
    struct err err = ERR_INIT;

    if (config_file_parse((const char *)bytes, len, "f", kind, arena, &file, &err) != 0) {
        assert(err.code == ERR_CONFIG || err.code == ERR_LIMIT);
        assert(str_starts(err.text, "f:"));
    } else {
        for (size_t i = 0; i < file.count; i++) {
            check_section(&file, &file.sections[i]);
            assert(config_file_section(&file, file.sections[i].type, file.sections[i].name) !=
                   NULL);
        }
        config_file_wipe(&file);
        for (size_t i = 0; i < file.text_len; i++)
            assert(file.text[i] == '\0');
    }
    arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    check(bytes, len, CONFIG_KIND_CONFIG);
    check(bytes, len, CONFIG_KIND_CREDENTIALS);
    return 0;
}
