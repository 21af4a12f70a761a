/*
 * config_file.c - the INI dialect of ~/.aws/config, as botocore reads it by way of Python's
 * configparser: a line that is indented deeper than its option continues it, a '#' or ';' starts a
 * comment only as the first thing of a line, '=' and ':' both part key from value, and what
 * continues an empty value is a list of nested properties.
 *
 * The text is copied once and taken apart in place: what is taken off it only ever shrinks, so a
 * value and the lines that continue it are moved together where they stand.  There is one copy of
 * every secret then, and config_file_wipe knows where.
 */
#include "plinth/aws/config_file.h"

#include "plinth/base/arena.h"
#include "plinth/base/limits.h"
#include "plinth/base/secret.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"

#include "file_priv.h"
#include "text_priv.h"

#include <stdlib.h>
#include <string.h>

struct parser {
    struct config_file *file;
    struct arena *arena;
    struct err *err;
    struct config_section *section;  /* NULL before the first header */
    struct config_section *defaults; /* [DEFAULT], which may come several times; NULL */
    struct config_entry *option;     /* what a line that is indented deeper continues; NULL */
    char *value_end;                 /* of `option` */
    size_t indent;                   /* of the last header or option */
    int line;
};

static int fail(const struct parser *parser, int line, const char *what)
{
    return err_set(parser->err, ERR_CONFIG, "%s:%d: %s", parser->file->path, line, what);
}

static struct config_section *add_section(struct parser *parser)
{
    struct config_file *file = parser->file;

    if (file->count == file->capacity)
        file->sections = vec_grow(parser->arena, file->sections, file->count, &file->capacity,
                                  sizeof *file->sections);
    return &file->sections[file->count++];
}

static struct config_entry *add_entry(struct parser *parser)
{
    struct config_section *section = parser->section;

    if (section->count == section->capacity)
        section->entries = vec_grow(parser->arena, section->entries, section->count,
                                    &section->capacity, sizeof *section->entries);
    return &section->entries[section->count++];
}

/* --- Lines ---------------------------------------------------------------------------------------
 */

/* Leave the blanks around [*from, *to) out, and put a NUL behind it. */
static void strip(char **from, char **to)
{
    while (*from < *to && text_is_blank(**from))
        ++*from;
    while (*to > *from && text_is_blank((*to)[-1]))
        --*to;
    **to = '\0';
}

static void take_header(struct parser *parser, char *name)
{
    parser->option = NULL;
    if (strcmp(name, "DEFAULT") != 0) {
        parser->section = add_section(parser);
        parser->section->name = name;
        parser->section->line = parser->line;
        return;
    }
    if (parser->defaults == NULL) {
        parser->defaults = arena_alloc(parser->arena, sizeof *parser->defaults);
        parser->defaults->name = name;
        parser->defaults->line = parser->line;
    }
    parser->section = parser->defaults;
}

static int take_option(struct parser *parser, char *from, char *to)
{
    char *split = from + strcspn(from, "=:"), *key_end = split, *value = split + 1;

    if (split >= to)
        return fail(parser, parser->line, "neither a [section] nor key = value");
    strip(&from, &key_end);
    if (from == key_end)
        return fail(parser, parser->line, "no key in front of the value");
    for (char *at = from; at < key_end; at++)
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at - 'A' + 'a');
    strip(&value, &to);
    parser->option = add_entry(parser);
    *parser->option = (struct config_entry){.key = from, .value = value, .line = parser->line};
    parser->value_end = to;
    return 0;
}

/* A line that continues an option; an empty one (from == to) counts when another follows. */
static void take_continuation(struct parser *parser, char *from, char *to)
{
    size_t len = (size_t)(to - from);

    *parser->value_end++ = '\n';
    memmove(parser->value_end, from, len);
    parser->value_end += len;
    *parser->value_end = '\0';
}

/* "child = value" under an option without a value of its own. */
static int take_nested(struct parser *parser, char *from, char *to)
{
    size_t parent = (size_t)(parser->option - parser->section->entries);
    char *split = strchr(from, '='), *key_end = split, *value;
    struct config_entry *entry;

    if (split == NULL)
        return fail(parser, parser->line, "neither nested key = value nor part of a value");
    value = split + 1;
    strip(&from, &key_end);
    strip(&value, &to);
    entry = add_entry(parser);
    parser->option = &parser->section->entries[parent]; /* adding may have moved it */
    *entry = (struct config_entry){
        .key = arena_printf(parser->arena, "%s.%s", parser->option->key, from),
        .value = value,
        .line = parser->line,
        .nested = true,
    };
    return 0;
}

static int take_line(struct parser *parser, char *from, char *to)
{
    char *start = from;
    char *close;
    size_t indent;

    strip(&from, &to);
    if (*from == '#' || *from == ';')
        return 0;
    indent = (size_t)(from - start);
    if (parser->option != NULL && (from == to || indent > parser->indent)) {
        if (*parser->option->value == '\0')
            return from == to ? 0 : take_nested(parser, from, to);
        take_continuation(parser, from, to);
        return 0;
    }
    if (from == to)
        return 0;
    parser->indent = indent;
    close = strrchr(from, ']');
    if (*from == '[' && close != NULL && close > from + 1) {
        *close = '\0';
        take_header(parser, from + 1);
        return 0;
    }
    if (parser->section == NULL)
        return fail(parser, parser->line, "text before the first [section]");
    return take_option(parser, from, to);
}

static int check_line(const struct parser *parser, const char *from, size_t len)
{
    if (len > LIMIT_CONFIG_LINE_BYTES)
        return err_set(parser->err, ERR_LIMIT, "%s:%d: a line of more than %d bytes",
                       parser->file->path, parser->line, LIMIT_CONFIG_LINE_BYTES);
    if (!utf8_valid(from, len))
        return fail(parser, parser->line, "not UTF-8");
    for (size_t i = 0; i < len; i++)
        if (((unsigned char)from[i] < ' ' && from[i] != '\t') || from[i] == 0x7F)
            return fail(parser, parser->line, "a control character");
    return 0;
}

static int take_lines(struct parser *parser, char *text, size_t len)
{
    char *end = text + len;

    for (char *from = text, *next; from < end; from = next) {
        char *to = from;

        while (to < end && *to != '\n' && *to != '\r')
            to++;
        next = to + (end - to >= 2 && to[0] == '\r' && to[1] == '\n' ? 2 : 1);
        parser->line++;
        if (check_line(parser, from, (size_t)(to - from)) != 0 || take_line(parser, from, to) != 0)
            return -1;
    }
    return 0;
}

/* --- Sections ------------------------------------------------------------------------------------
 */

/* Blank lines at the end of a value are not part of it. */
static void trim_values(struct config_section *section)
{
    for (size_t i = 0; i < section->count; i++) {
        char *value = (char *)section->entries[i].value; /* ours: it is in file->text */
        size_t len = strlen(value);

        while (len > 0 && text_is_blank(value[len - 1]))
            value[--len] = '\0';
    }
}

static int by_key(const void *a, const void *b)
{
    const struct config_entry *const *x = a, *const *y = b;
    int order = strcmp((*x)->key, (*y)->key);

    return order != 0 ? order : ((*x)->line > (*y)->line) - ((*x)->line < (*y)->line);
}

static int by_name(const void *a, const void *b)
{
    const struct config_section *const *x = a, *const *y = b;
    int order = strcmp((*x)->name, (*y)->name);

    return order != 0 ? order : ((*x)->line > (*y)->line) - ((*x)->line < (*y)->line);
}

/* A key that stands twice is a mistake that would else be found out by which value was used. */
static int check_keys(const struct parser *parser, const struct config_section *section)
{
    const struct config_entry **sorted =
        arena_array(parser->arena, section->count + 1, sizeof *sorted);
    size_t count = 0;

    for (size_t i = 0; i < section->count; i++)
        if (!section->entries[i].nested)
            sorted[count++] = &section->entries[i];
    qsort(sorted, count, sizeof *sorted, by_key);
    for (size_t i = 1; i < count; i++)
        if (strcmp(sorted[i - 1]->key, sorted[i]->key) == 0)
            return err_set(parser->err, ERR_CONFIG, "%s:%d: \"%s\" again; it stands in line %d",
                           parser->file->path, sorted[i]->line, sorted[i]->key,
                           sorted[i - 1]->line);
    return 0;
}

static int check_names(const struct parser *parser)
{
    const struct config_file *file = parser->file;
    const struct config_section **sorted =
        arena_array(parser->arena, file->count + 1, sizeof *sorted);

    for (size_t i = 0; i < file->count; i++)
        sorted[i] = &file->sections[i];
    qsort(sorted, file->count, sizeof *sorted, by_name);
    for (size_t i = 1; i < file->count; i++)
        if (strcmp(sorted[i - 1]->name, sorted[i]->name) == 0)
            return err_set(parser->err, ERR_CONFIG, "%s:%d: [%s] again; it stands in line %d",
                           file->path, sorted[i]->line, sorted[i]->name, sorted[i - 1]->line);
    return 0;
}

/* From the header of ~/.aws/config: [default], or [type name] with shell quoting.  False: a section
 * of somebody else. */
static bool name_section(struct config_section *section, struct arena *arena)
{
    static const char *const types[] = {"profile", "sso-session", "services"};
    char **words;
    size_t count;

    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (str_starts(section->name, types[i])) {
            if (!text_shell_split(section->name, arena, &words, &count) || count != 2)
                return false;
            section->type = types[i];
            section->name = words[1];
            return true;
        }
    section->type = "profile";
    return strcmp(section->name, "default") == 0;
}

static int finish(struct parser *parser, enum config_kind kind)
{
    struct config_file *file = parser->file;
    size_t kept = 0;

    if (parser->defaults != NULL) {
        trim_values(parser->defaults);
        if (check_keys(parser, parser->defaults) != 0)
            return -1;
    }
    if (check_names(parser) != 0)
        return -1;
    for (size_t i = 0; i < file->count; i++) {
        struct config_section section = file->sections[i];

        trim_values(&section);
        if (check_keys(parser, &section) != 0)
            return -1;
        section.type = "profile"; /* in the credentials file every section is one */
        section.defaults = parser->defaults;
        if (kind == CONFIG_KIND_CREDENTIALS || name_section(&section, parser->arena))
            file->sections[kept++] = section;
    }
    file->count = kept;
    return 0;
}

int config_file_parse(const char *text, size_t len, const char *path, enum config_kind kind,
                      struct arena *arena, struct config_file *out, struct err *err)
{
    struct config_file file = {.path = arena_str(arena, path)};
    struct parser parser = {.file = &file, .arena = arena, .err = err};

    if (len > LIMIT_CONFIG_BYTES)
        return err_set(err, ERR_LIMIT, "%s: more than %d bytes", path, LIMIT_CONFIG_BYTES);
    file.text = arena_strn(arena, text, len);
    file.text_len = len;
    if (take_lines(&parser, file.text, len) != 0 || finish(&parser, kind) != 0) {
        config_file_wipe(&file);
        return -1;
    }
    *out = file;
    return 0;
}

/* --- Files ---------------------------------------------------------------------------------------
 */

int config_file_read(const char *path, enum config_kind kind, struct arena *arena,
                     struct config_file *out, struct err *err)
{
    size_t len = 0;
    char *text;
    int result;

    if (file_read(path, LIMIT_CONFIG_BYTES, arena, &text, &len, err) != 0) {
        if (err->code != ERR_NOTFOUND)
            return -1;
        err_clear(err);
        *out = (struct config_file){.path = arena_str(arena, path)};
        return 0;
    }
    result = config_file_parse(text, len, path, kind, arena, out, err);
    wipe(text, len);
    return result;
}

void config_file_wipe(struct config_file *file)
{
    wipe(file->text, file->text_len);
}

/* --- Lookup --------------------------------------------------------------------------------------
 */

const struct config_section *config_file_section(const struct config_file *file, const char *type,
                                                 const char *name)
{
    for (size_t i = file->count; i-- > 0;)
        if (str_eq(file->sections[i].type, type) && str_eq(file->sections[i].name, name))
            return &file->sections[i];
    return NULL;
}

const struct config_entry *config_section_entry(const struct config_section *section,
                                                const char *key)
{
    for (; section != NULL; section = section->defaults)
        for (size_t i = section->count; i-- > 0;)
            if (str_eq(section->entries[i].key, key))
                return &section->entries[i];
    return NULL;
}
